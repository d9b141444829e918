"""What the documents name is there: functions, files, folders, commands."""

import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMED = ("README", "ARCHITECTURE", "CONTRIBUTING")
DOCUMENTS = [*(ROOT / f"{name}.md" for name in NAMED), *sorted(ROOT.glob("docs/*.md"))]
ROOMS = sorted(path.parent.name for path in (ROOT / "trackfuse").glob("*/__init__.py"))


def resolved(dotted: str) -> object:
    """The thing of a dotted name, modules imported on the way."""
    first, *rest = dotted.split(".")
    found = importlib.import_module("trackfuse" if first == "tf" else first)
    for name in rest:
        try:
            found = getattr(found, name)
        except AttributeError:
            found = importlib.import_module(f"{found.__name__}.{name}")
    return found


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_named_things_exist(path: Path) -> None:
    named = set(re.findall(r"`((?:trackfuse|tf)\.[A-Za-z_.]+[A-Za-z_])", path.read_text(encoding="utf-8")))
    for dotted in sorted(named - {"tf.toml"}):
        assert resolved(dotted) is not None, dotted


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_named_files_exist(path: Path) -> None:
    named = set(re.findall(r"[`(]([\w*./-]+/[\w*.-]*(?:\.\w+)?)[`)]", path.read_text(encoding="utf-8")))
    made = ("reports/", "results/", "rows/", "trackfuse/_", "made/", "build/", ".venv/")
    missing = [
        name for name in sorted(named) if not name.startswith((*made, "/", "http"))
        and not any([*ROOT.glob(name), *(ROOT / "trackfuse").glob(name)])
    ]  # fmt: skip
    assert missing == []


def test_every_room_is_in_the_picture() -> None:
    picture = (ROOT / "docs" / "architecture.svg").read_text(encoding="utf-8")
    assert [room for room in ROOMS if f"{room}/" not in picture] == []
