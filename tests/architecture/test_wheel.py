"""A wheel works away from the checkout, with its data."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def installed(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with nothing but the installed wheel."""
    made, target = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("installed")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", made, root]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = made.glob("trackfuse-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert not [name for name in names if name.startswith(("tests/", "data/", "notebooks/")) or "__pycache__" in name]
    assert {"trackfuse/__init__.pyi", "trackfuse/py.typed"} <= set(names), "what type checkers read"
    catalogues = {f"trackfuse/core/locale/{code}/LC_MESSAGES/trackfuse.mo" for code in ("ja", "ko")}
    assert catalogues <= set(names), "what gettext reads"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", target, wheel]
    subprocess.run(pip, check=True, capture_output=True)
    return target


def away(installed: Path, tmp_path: Path, code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if name != "TRACKFUSE_DATA"}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=inherited | {"PYTHONPATH": str(installed)} | environment,
        capture_output=True, text=True, check=False,
    )


def test_data_come_from_the_package(installed: Path, tmp_path: Path) -> None:
    code = "import trackfuse as tf; from trackfuse.catalog.catalog import data_dir; print(tf.__file__, data_dir())"
    done = away(installed, tmp_path, code)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(installed / "trackfuse" / "__init__.py"), str(installed / "trackfuse" / "_data")]


def test_every_scenario_loads(installed: Path, tmp_path: Path) -> None:
    done = away(installed, tmp_path, "from trackfuse.cli import main; main(['scenarios'])")
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) >= 8


def test_benchmarks_are_carried(installed: Path, tmp_path: Path) -> None:
    done = away(installed, tmp_path, "from trackfuse.cli import _benchmarks; print(_benchmarks().__file__)")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(installed))


def test_data_the_user_names_must_exist(installed: Path, tmp_path: Path) -> None:
    code = "import sys; from trackfuse.cli import main; sys.exit(main(['scenarios']))"
    done = away(installed, tmp_path, code, TRACKFUSE_DATA=str(tmp_path / "none"))
    assert done.returncode == 2
    assert str(tmp_path / "none") in done.stderr
