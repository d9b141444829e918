"""The documentation site: what its pages are made of is there. `make docs` builds it and refuses any warning."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

import trackfuse as tf


@pytest.fixture(scope="module")
def pages(root: Path) -> ModuleType:
    """docs/site/pages.py, which finds the gallery beside it."""
    folder = root / "docs" / "site"
    sys.path.insert(0, str(folder))
    try:
        found = importlib.util.spec_from_file_location("pages", folder / "pages.py")
        assert found is not None and found.loader is not None
        module = importlib.util.module_from_spec(found)
        found.loader.exec_module(module)
    finally:
        sys.path.remove(str(folder))
    return module


def test_every_public_name_is_in_the_reference(pages: ModuleType) -> None:
    named = [name for names in pages.REFERENCE.values() for name in names.split()]
    assert len(set(named)) == len(named)
    assert set(named) <= set(tf.__all__)
    assert pages.ungrouped() == set(), "give it a group of REFERENCE"


def test_every_figure_is_in_the_gallery_or_said_to_take_longer(pages: ModuleType) -> None:
    import gallery

    code = "\n".join(gallery.SHOWN.values())
    drawn = {name for name in tf.plots.__all__ if f"tf.plots.{name}(" in code}
    assert drawn | gallery.LONGER | {"save"} == set(tf.plots.__all__)
    assert not drawn & gallery.LONGER


def test_a_figure_of_the_gallery_is_drawn_by_the_code_shown(pages: ModuleType) -> None:
    import gallery

    figure = gallery.drawn('run = tf.simulate("kn25_2023_02_20", seed=7)\ntf.plots.timeline(run)')
    assert figure.axes


def test_pages_of_the_code_are_written_anew(pages: ModuleType, tmp_path: Path, root: Path) -> None:
    pages.write_reference(tmp_path / "reference")
    pages.write_tutorials(root / "notebooks", tmp_path / "tutorials")
    said = "".join(path.read_text() for path in (tmp_path / "reference").iterdir())
    assert ".. autofunction:: trackfuse.simulate\n" in said and ".. autoclass:: trackfuse.Run\n" in said
    assert ".. autofunction:: trackfuse.plots.timeline\n" in said
    shown = {path.name for path in (tmp_path / "tutorials").iterdir()}
    assert shown == {path.name for path in (root / "notebooks").glob("*.ipynb")}


def test_every_page_is_reached_from_the_first(root: Path) -> None:
    docs = root / "docs"
    text = "".join((docs / f"{name}.md").read_text() for name in ("index", "howto", "tutorials", "reference"))
    listed = set(text.split())
    missing = [path.name for path in docs.glob("*.md") if path.stem != "index" and path.stem not in listed]
    assert missing == []
