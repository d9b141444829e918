"""The commands of the Makefile."""

import json
import os
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

COMMANDS = ("report", "lab", "app", "docs", "docs-run", "test", "test-browser", "lint", "messages", "bench", "clean")


def test_help_lists_every_command(root: Path) -> None:
    shown = subprocess.run(["make", "help"], cwd=root, capture_output=True, text=True, check=True).stdout
    assert [line.split()[1] for line in shown.splitlines()] == ["help", *COMMANDS]


@pytest.fixture
def lab(root: Path, tmp_path: Path) -> Iterator[str]:
    """Address that `make lab` prints, with its token."""
    folders = ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR")
    own = {name: str(tmp_path / name) for name in folders}
    log = tmp_path / "log"
    with log.open("w") as out:
        # -o: the environment that runs this test is taken as it is.
        process = subprocess.Popen(
            ["make", "-o", ".venv/.ready", "lab", "LABFLAGS=--no-browser --port=0"],
            cwd=root, env=os.environ | own, stdout=out, stderr=out, start_new_session=True,
        )
    try:
        yield wait_for_address(log)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


def wait_for_address(log: Path) -> str:
    until = time.monotonic() + 60.0
    while time.monotonic() < until:
        if found := re.search(r"http://\S+/lab\?token=\w+", log.read_text()):
            return found.group()
        time.sleep(0.2)
    raise AssertionError(log.read_text())


def test_lab_is_for_this_machine_and_this_person_only(lab: str) -> None:
    assert re.match(r"http://(127\.0\.0\.1|localhost):\d+/lab", lab)
    page, token = lab.split("?token=")
    contents = page.removesuffix("/lab") + "/api/contents"
    with urllib.request.urlopen(f"{contents}?token={token}", timeout=10) as answer:
        assert b"01_one_launch.ipynb" in answer.read()
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(contents, timeout=10)


def test_lab_asks_for_no_news(root: Path) -> None:
    given = json.loads((root / "app" / "overrides.json").read_text())["@jupyterlab/apputils-extension:notification"]
    assert given == {"fetchNews": "false", "checkForUpdates": False}
    recipe = subprocess.run(
        ["make", "-n", "-o", ".venv/.ready", "lab"], cwd=root, capture_output=True, text=True, check=True
    )
    assert "cp app/overrides.json .venv/share/jupyter/lab/settings/" in recipe.stdout
