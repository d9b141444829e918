"""Every notebook runs from top to bottom, without an error.

With two runs where it asks for more: what it shows of them is the same, and how precise that is no test asks. `make
docs-run` runs them as they are.
"""

import ast
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


def with_two_runs(book: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook with a cell after that of its parameters, as papermill gives others."""
    place = next(k for k, cell in enumerate(book.cells) if "parameters" in cell.metadata.get("tags", []))
    names = {each.id for each in ast.walk(ast.parse(book.cells[place].source)) if isinstance(each, ast.Name)}
    if "runs" in names:
        book.cells.insert(place + 1, nbformat.v4.new_code_cell("runs = 2"))
    return book


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def test_runs_from_top_to_bottom(path: Path, tmp_path: Path) -> None:
    book = with_two_runs(nbformat.read(path, as_version=4))
    NotebookClient(book, timeout=240, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [output for cell in book.cells if cell.cell_type == "code" for output in cell.outputs]
    assert not [output for output in outputs if output.output_type == "error"]
    shown = {kind for output in outputs for kind in output.get("data", {})}
    assert shown & {"image/png", "application/vnd.jupyter.widget-view+json"}
    assert not [output.text for output in outputs if output.output_type == "stream" and "Warning" in output.text]
