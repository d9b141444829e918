"""Every way to set up names the same packages."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

FROM_CONDA = {"matplotlib-base": "matplotlib", "dask-core": "dask", "msgpack-python": "msgpack"}
"""Packages that conda has under another name, or whose plain conda name brings more than PyPI's does."""


@pytest.fixture(scope="module")
def project(root: Path) -> dict[str, Any]:
    return tomllib.loads((root / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def environment(root: Path) -> dict[str, Any]:
    return yaml.safe_load((root / "environment.yml").read_text())


@pytest.fixture(scope="module")
def pins(root: Path) -> dict[str, str]:
    lines = [line for line in (root / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==[A-Za-z0-9.+]+", line) for line in lines)
    return {canonicalize_name(name): version for name, _, version in (line.partition("==") for line in lines)}


def ranges(requirements: list[str]) -> dict[str, SpecifierSet]:
    parsed = [Requirement(line) for line in requirements]
    return {canonicalize_name(FROM_CONDA.get(r.name, r.name)): r.specifier for r in parsed}


def test_conda_and_pip_name_the_same_packages(project: dict[str, Any], environment: dict[str, Any]) -> None:
    plain = [line for line in environment["dependencies"] if isinstance(line, str)]
    conda = [line for line in plain if line.split()[0] not in ("python", "pip")]
    (by_pip,) = [line["pip"] for line in environment["dependencies"] if isinstance(line, dict)]
    assert by_pip[-1] == "-e .[dev]"
    assert ranges(conda + by_pip[:-1]) == ranges(project["dependencies"])


def test_conda_has_the_same_python(project: dict[str, Any], environment: dict[str, Any]) -> None:
    assert environment["channels"] == ["conda-forge", "nodefaults"]  # the default channel is licensed
    (python,) = [line for line in environment["dependencies"] if str(line).split()[0] == "python"]
    assert Requirement(python).specifier == SpecifierSet(project["requires-python"])


def test_conda_grammar(environment: dict[str, Any]) -> None:
    """`name`, or `name` and ranges with one space between: conda's strict parser takes no `==2.4.*`."""
    lines = [line for line in environment["dependencies"] if isinstance(line, str)]
    assert all(re.fullmatch(r"[a-z0-9_.-]+( (>=|<|<=|==)[0-9.]+(,(>=|<|<=)[0-9.]+)*)?", line) for line in lines)


def test_pins_lie_within_the_ranges(project: dict[str, Any], pins: dict[str, str]) -> None:
    extras = project["optional-dependencies"].values()
    wanted = [*project["dependencies"], *(line for extra in extras for line in extra)]
    for name, allowed in ranges(wanted).items():
        assert allowed.contains(pins[name]), f"{name}=={pins[name]} is not in {allowed}"


def test_one_version_everywhere(root: Path) -> None:
    from trackfuse import __version__

    assert f"\nversion: {__version__}\n" in (root / "CITATION.cff").read_text()
    assert f"## [{__version__}]" in (root / "CHANGELOG.md").read_text()


def test_citation_is_readable(root: Path) -> None:
    cited = yaml.safe_load((root / "CITATION.cff").read_text())
    assert {"cff-version", "title", "authors", "version", "license"} <= set(cited)
