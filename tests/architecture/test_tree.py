"""What any file of the project must keep to."""

import ast
import json
import re
from pathlib import Path

import pytest

MOST_LINES_OF_A_FILE = 400
MOST_LINES_OF_A_FUNCTION = 60
MOST_LINES_OF_A_CELL = 10

# Written in pieces, so that this file does not find itself.
UNFINISHED = re.compile(r"\b(" + "|".join(("TO" "DO", "FIX" "ME", "X" "XX", "NotImpl" "ementedError")) + r")\b")
MACHINE = re.compile(r"(?<![\w./$~}-])/(" + "|".join(("wo" "rk", "ro" "ot", "ho" "me", "Us" "ers")) + r")(/|\b)")
REGISTRY = re.compile("|".join((r"index" r"-url", r"/sim" r"ple\b", r"pypi\." r"org", r"files\.python" r"hosted")))
BROKEN_ENGINE = "kinematic" "_kf"


def texts(files: list[Path]) -> list[tuple[Path, str]]:
    binary = {".png", ".pdf", ".jpg", ".parquet", ".ttf", ".mo"}
    return [(path, path.read_text(encoding="utf-8")) for path in files if path.suffix not in binary]


def test_nothing_unfinished_and_no_trace_of_a_machine(root: Path, project_files: list[Path]) -> None:
    found = [
        f"{path.relative_to(root)}:{number}: {match.group()}"
        for path, text in texts(project_files)
        for number, line in enumerate(text.splitlines(), 1)
        for pattern in (UNFINISHED, MACHINE, REGISTRY)
        if (match := pattern.search(line))
    ]
    assert not found


def test_filterpy_s_wrong_model_is_not_used(project_files: list[Path]) -> None:
    """Its measurement matrix is wrong in release 2.0.0."""
    sources = [(path, text) for path, text in texts(project_files) if path.suffix == ".py"]
    assert not [path for path, text in sources if BROKEN_ENGINE in text]


def test_files_and_functions_stay_short(root: Path, project_files: list[Path]) -> None:
    long = []
    for path in project_files:
        inside = path.relative_to(root)
        if path.suffix != ".py" or inside.parts[0] != "trackfuse":
            continue
        text = path.read_text(encoding="utf-8")
        lines = len(text.splitlines())
        if lines > MOST_LINES_OF_A_FILE:
            long.append(f"{inside}: {lines} lines")
        if inside.parts[1] != "kernels":  # straight-line formulas may be longer
            long += [f"{inside}: {name}, {n} lines" for name, n in functions(text) if n > MOST_LINES_OF_A_FUNCTION]
    assert not long


def functions(text: str) -> list[tuple[str, int]]:
    """Name and number of lines, the docstring not counted, of every function."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            first = node.body[1] if ast.get_docstring(node) is not None and len(node.body) > 1 else node.body[0]
            found.append((node.name, (node.end_lineno or 0) - first.lineno + 1))
    return found


@pytest.fixture(scope="module")
def cells(root: Path, project_files: list[Path]) -> list[tuple[str, dict]]:
    """Name of the notebook and cell, of every code cell."""
    notebooks = [path for path in project_files if path.suffix == ".ipynb"]
    assert notebooks
    documents = [(path.name, json.loads(path.read_text(encoding="utf-8"))) for path in notebooks]
    return [(name, cell) for name, document in documents for cell in document["cells"] if cell["cell_type"] == "code"]


def test_notebooks_carry_no_output(cells: list[tuple[str, dict]]) -> None:
    assert not [name for name, cell in cells if cell["outputs"] or cell["execution_count"] is not None]


def test_notebooks_are_thin(cells: list[tuple[str, dict]]) -> None:
    sources = [(name, "".join(cell["source"])) for name, cell in cells]
    assert not [name for name, source in sources if len(source.splitlines()) > MOST_LINES_OF_A_CELL]
    imports = {(name, line.strip()) for name, source in sources for line in source.splitlines() if "import " in line}
    assert {line for _, line in imports} == {"import trackfuse as tf"}


def test_what_the_readme_points_to_is_there(root: Path) -> None:
    text = (root / "README.md").read_text(encoding="utf-8")
    linked = re.findall(r"\]\(((?!https?:)[^)#]+)\)", text)
    assert linked
    assert not [target for target in linked if not (root / target).is_file()]
