"""The face of the package: everything at hand, nothing loaded before it is used."""

import subprocess
import sys

import pytest

import trackfuse as tf

HEAVY = ("numpy", "pandas", "matplotlib", "numba", "scipy", "pydantic", "ipywidgets", "dask", "filterpy", "pyarrow")


def fresh(code: str) -> str:
    """What a new interpreter prints."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_import_loads_nothing_heavy() -> None:
    loaded = fresh("import sys, trackfuse, trackfuse.cli; print(*{name.split('.')[0] for name in sys.modules})").split()
    assert not set(HEAVY) & set(loaded)


def test_a_run_loads_nothing_that_it_does_not_use() -> None:
    """Each of these takes a start from a fifth of a second to one second."""
    code = "import sys, trackfuse as tf; tf.simulate('kn23_2022_09_25', seed=1); print(*sys.modules)"
    loaded = set(fresh(code).split())
    assert "trackfuse.simulation.run" in loaded
    assert not {"scipy.stats", "scipy.optimize", "scipy.spatial", "matplotlib", "dask", "zmq", "SALib"} & loaded


@pytest.mark.parametrize("name", tf.__all__)
def test_every_name_is_there(name: str) -> None:
    assert name in dir(tf)
    assert getattr(tf, name) is getattr(tf, name)


def test_names_the_design_promises() -> None:
    promised = {"load_scenario", "simulate", "compare", "plots", "explore"}
    assert promised <= set(tf.__all__)


def test_nothing_but_the_face_is_listed() -> None:
    assert dir(tf) == sorted(tf.__all__)


def test_unknown_name_offers_the_nearest() -> None:
    with pytest.raises(AttributeError, match="no attribute 'simulatte'; did you mean 'simulate'"):
        tf.simulatte  # noqa: B018
