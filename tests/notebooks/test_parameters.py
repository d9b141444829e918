"""Every notebook has one cell of parameters, and takes others in its place as papermill gives them."""

import ast
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

import trackfuse as tf

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


def parameters(book: nbformat.NotebookNode) -> list[int]:
    """Places of the cells tagged "parameters"."""
    return [k for k, cell in enumerate(book.cells) if "parameters" in cell.metadata.get("tags", [])]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def test_one_cell_sets_plain_values(path: Path) -> None:
    book = nbformat.read(path, as_version=4)
    (place,) = parameters(book)
    before = "\n".join(cell.source for cell in book.cells[:place] if cell.cell_type == "code")
    assert before == "import trackfuse as tf"  # nothing is computed before the values are there
    for line in ast.parse(book.cells[place].source).body:
        assert isinstance(line, ast.Assign), ast.unparse(line)
        ast.literal_eval(line.value)


def test_other_values_are_taken(tmp_path: Path) -> None:
    book = nbformat.read(NOTEBOOKS[0].with_name("10_playback.ipynb"), as_version=4)
    (place,) = parameters(book)
    names = {target.id for line in ast.parse(book.cells[place].source).body for target in line.targets}
    given = {"scenario": "kn25_2023_02_20", "policy": "national", "seed": 3}
    assert names == set(given)
    injected = nbformat.v4.new_code_cell("\n".join(f"{name} = {value!r}" for name, value in given.items()))
    book.cells.insert(place + 1, injected)  # papermill's way: a cell after the one with the tag
    book.cells = [*book.cells[: place + 3], nbformat.v4.new_code_cell("print(run.caption())")]
    NotebookClient(book, timeout=240, resources={"metadata": {"path": str(tmp_path)}}).execute()
    assert book.cells[-1].outputs[0].text.strip() == tf.simulate(
        given["scenario"], given["policy"], seed=3
    ).caption()
