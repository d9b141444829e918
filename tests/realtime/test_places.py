"""How many live runs there may be at a time."""

import subprocess
import sys
from pathlib import Path

import pytest

from trackfuse.core.errors import SettingsError
from trackfuse.realtime.places import MOST, taken_place


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


def test_without_a_limit_none_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(MOST, raising=False)
    assert taken_place() is None
    assert not list(tmp_path.iterdir())


def test_a_place_is_free_again_once_it_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MOST, "2")
    first, second = taken_place(), taken_place()
    assert first is not None and second is not None
    with pytest.raises(SettingsError, match="all 2 places for live runs on this machine are taken"):
        taken_place()
    first.close()
    third = taken_place()
    assert third is not None
    third.close()
    second.close()


def test_a_process_that_is_killed_gives_its_place_back(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(MOST, "1")
    code = (
        f"import tempfile; tempfile.tempdir = {str(tmp_path)!r}\n"
        "from trackfuse.realtime.places import taken_place\n"
        "kept = taken_place(); print('taken', flush=True); input()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None and other.stdout.readline() == b"taken\n"
        with pytest.raises(SettingsError, match="all 1 places"):
            taken_place()
        other.kill()
    place = taken_place()
    assert place is not None
    place.close()


@pytest.mark.parametrize("said", ["0", "-1", "two", "1.5", "²"])
def test_a_limit_that_is_none_is_refused(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MOST, said)
    with pytest.raises(SettingsError, match="not a whole number of 1 or more"):
        taken_place()
