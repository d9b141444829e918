"""What was compiled from old sources is never used for new ones, a place to keep it is found or done without, and
nothing is compiled twice."""

import ast
import gc
import importlib
import os
import subprocess
import sys
from collections import Counter
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from numba import TypingError
from numba.core import event
from numba.core.dispatcher import Dispatcher

from trackfuse.kernels import cache, jit
from trackfuse.kernels.jit import njit
from trackfuse.kernels.records import RECORDS

KERNELS = sorted((cache.PACKAGE / "kernels").glob("*.py"))


@pytest.mark.parametrize("path", KERNELS, ids=[path.name for path in KERNELS])
def test_every_import_within_the_package_is_followed(path: Path) -> None:
    wanted = {
        node.module
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("trackfuse.")
    }
    files = {cache.PACKAGE.joinpath(*module.split(".")[1:]).with_suffix(".py") for module in wanted if module}
    assert {file for file in files if file.is_file()} <= cache.below(path)


def test_a_change_below_a_kernel_is_noticed(tmp_path: Path) -> None:
    """A copy of the package: compile, change a constant two files below, and ask again."""
    needed = [*cache.PACKAGE.glob("__init__.py*"), *cache.PACKAGE.glob("core/*.py")]
    doors = ("__init__.py", "cache.py", "jit.py", "records.py")
    for path in [*needed, *(cache.PACKAGE / "kernels" / name for name in doors)]:
        copy = tmp_path / "trackfuse" / path.relative_to(cache.PACKAGE)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(path.read_text())
    kernels = tmp_path / "trackfuse" / "kernels"
    (kernels / "low.py").write_text(
        "from trackfuse.core.constants import G0_MPS2\nfrom trackfuse.kernels.jit import njit\n\n\n"
        "@njit\ndef pull(m):\n    return m * G0_MPS2\n"
    )
    (kernels / "high.py").write_text(
        "from trackfuse.kernels.jit import njit\nfrom trackfuse.kernels.low import pull\n\n\n"
        "@njit\ndef twice(m):\n    return 2.0 * pull(m)\n"
    )
    assert asked(tmp_path) == ("19.6133", True)
    assert asked(tmp_path) == ("19.6133", False)
    constants = tmp_path / "trackfuse" / "core" / "constants.py"
    constants.write_text(constants.read_text().replace("9.80665", "9.5"))
    assert asked(tmp_path) == ("19.0", True)


def test_no_two_kernels_have_one_name() -> None:
    """Code from two processes is linked by name and types of arguments: one name must always be one kernel."""
    names = Counter(
        (kernel.py_func.__module__, kernel.py_func.__qualname__)
        for module in (importlib.import_module(f"trackfuse.kernels.{path.stem}") for path in KERNELS)
        for kernel in {id(value): value for value in vars(module).values() if isinstance(value, Dispatcher)}.values()
        if kernel.py_func.__module__ == module.__name__
    )
    assert len(names) > 150
    assert [name for name, count in names.items() if count > 1 or "<locals>" in name[1]] == []


@pytest.mark.parametrize("path", [path for path in KERNELS if path.stem != "records"], ids=lambda path: path.name)
def test_records_are_made_in_one_place(path: Path) -> None:
    assert "np.dtype(" not in path.read_text()


def test_records_that_numba_numbers_otherwise_have_a_cache_of_their_own() -> None:
    """Compiled names hold the number of a record type, which counts what the process has made before."""
    ask = "from trackfuse.kernels.jit import NUMBERS; print(NUMBERS)"
    other = "import numba, numpy; held = numba.from_dtype(numpy.dtype([('a', float), ('b', int)])); "
    usual, again, later = (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        for code in (ask, ask, other + ask)
    )
    assert usual == again
    assert len(set(usual.split("-"))) == len(RECORDS)
    assert usual != later


def asked(folder: Path) -> tuple[str, bool]:
    """What the kernel answers in a new process, and whether that had to compile."""
    code = "from trackfuse.kernels.high import twice; print(twice(1.0))"
    environment = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, env=environment | {"PYTHONPATH": str(folder)},
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip(), "compiling" in done.stderr


def test_the_user_s_choice_of_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "mine"))
    chosen = cache.folder(KERNELS[-1], "1-2")
    assert chosen
    assert chosen.parent == tmp_path / "mine" / "1-2"


def test_no_place_at_all(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    occupied = tmp_path / "file"
    occupied.write_text("")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(occupied / "below"))
    assert cache.folder(KERNELS[-1], "1-2") is None


def test_a_literal_argument_is_not_compiled_for_anew() -> None:
    @njit(cache=False)
    def least(a, b):
        return a - b if a < b else 0

    @njit(cache=False)
    def calls(n):
        return least(0, n) + least(n, 3) + least(b=5, a=n) + least(n, n)

    with event.install_recorder("numba:compile") as recorded:
        assert calls(2) == -2 - 1 - 3
    assert sum(each.is_start for _, each in recorded.buffer) == 2
    assert least(1, 3) == -2  # from Python, which has a way in of its own


def test_without_numba_s_insides_kernels_are_compiled_as_numba_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the two kinds of one kernel rest on may go with any release of numba."""
    monkeypatch.setattr(jit, "Compiler", object)

    @njit(cache=False)
    def least(a, b):
        return a - b if a < b else 0

    @njit(cache=False)
    def calls(n):
        return least(0, n) + least(n, 3)

    assert not jit.can_link()
    assert "get_call_template" not in vars(least)
    assert calls(2) == -2 - 1


UNCOMPILED = """
import numpy as np, sys, trackfuse as tf
from dataclasses import replace
whole = tf.load_scenario("kn25_2023_02_20")
base = replace(whole, sensors=whole.sensors[::3])  # of every kind and nation: each look costs a hundred times as much
several = replace(base, tracker=replace(base.tracker, association="gnn"))
for scenario in (base, several):
    run = tf.simulate(scenario, "trilateral", seed=1)
    np.save(sys.stdout.buffer, run.fused.mean)
    np.save(sys.stdout.buffer, run.warning_time_s)
"""


def test_without_compilation_all_is_the_same() -> None:
    """NUMBA_DISABLE_JIT=1, for stepping through kernels with a debugger: to 1e-6 of the largest number of an array,
    for a compiler may join a product and a sum.
    """
    plain, compiled = (
        subprocess.run([sys.executable, "-c", UNCOMPILED], capture_output=True, check=True,
                       env=os.environ | {"NUMBA_DISABLE_JIT": flag}).stdout
        for flag in ("1", "0")
    )  # fmt: skip
    one, other = BytesIO(plain), BytesIO(compiled)
    for _ in range(4):
        mine, theirs = np.load(one), np.load(other)
        assert np.array_equal(np.isnan(mine), np.isnan(theirs))
        np.testing.assert_allclose(mine, theirs, rtol=1e-6, atol=1e-6 * np.nan_to_num(np.abs(theirs)).max())


def test_garbage_is_collected_as_before_once_compiled() -> None:
    before = gc.get_threshold()

    @njit(cache=False)
    def wrong(n):
        return n + "1"

    with pytest.raises(TypingError):
        wrong(1)
    assert gc.get_threshold() == before


COLD = """
import sys
from hashlib import blake2b
from numba.core import event
from trackfuse import simulate

with event.install_recorder("numba:compile") as recorded:
    run = simulate("hwasong12_2022_10_04", seed=3)
print(*(value.hex() for value in run.warning_time_s))
print(blake2b(run.fused.covariance.tobytes()).hexdigest())
for _, each in recorded.buffer:
    if each.is_start:
        function, inner = each.data["dispatcher"].py_func, "no_cpython_wrapper" in each.data["dispatcher"].targetoptions
        print(function.__module__, function.__qualname__, id(function), inner, file=sys.stderr)
"""


def test_a_first_use_says_so_once_and_compiles_nothing_twice(tmp_path: Path) -> None:
    """A default run in an empty cache, and again: the same bits; the first says one line and compiles every kernel for
    one signature, and of numba no assigned slices, whose error message alone takes it a twentieth of the time: all its
    operations on text come along.
    """
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    first, again = (
        subprocess.run([sys.executable, "-c", COLD], env=environment, capture_output=True, text=True, check=True)
        for _ in range(2)
    )
    assert (again.stdout, again.stderr) == (first.stdout, "")
    said, *compiled = first.stderr.splitlines()
    assert "compiling" in said
    kernels = Counter(line for line in compiled if line.startswith("trackfuse."))
    assert len(kernels) > 100
    assert {line: times for line, times in kernels.items() if times > 1} == {}
    assert not [line for line in compiled if "unicode" in line]
