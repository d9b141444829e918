"""A cache of compiled code that cannot be read is a miss, whoever damaged it; a user may have no home."""

import os
import subprocess
import sys
import time
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
from numba.core import event

from trackfuse.kernels import angle

PROGRAM = "from trackfuse.kernels.angle import arc_tangent; print(round(arc_tangent(7.0, 2.0), 6))"


def run(cache: Path, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k not in ("HOME", "XDG_CACHE_HOME")}
    environment |= {"NUMBA_CACHE_DIR": str(cache)} | more
    return subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, env=environment, timeout=300, check=False
    )


def kernel_of(cache: Path) -> Any:
    """The kernel of `PROGRAM` as a new process would wrap it: from a module of its own, that nobody else has."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NUMBA_CACHE_DIR", str(cache))
        spec = spec_from_file_location(angle.__name__, str(angle.__file__))
        assert spec and spec.loader
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
    return module.arc_tangent


def compiled_in(cache: Path) -> int:
    """How often the kernel had to be compiled to give the right answer."""
    with event.install_recorder("numba:compile") as recorded:
        assert round(kernel_of(cache)(7.0, 2.0), 6) == 1.292497
    return sum(each.is_start for _, each in recorded.buffer)


def damage(cache: Path, ending: str, content: bytes | None) -> None:
    """Give every file of that ending this content, or half of its own."""
    files = list(cache.rglob(f"*.{ending}"))
    assert files
    for file in files:
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2] if content is None else content)


CONTENTS = pytest.mark.parametrize(
    "content", [b"", b"\x80\x04", b"other", None], ids=["empty", "cut", "foreign", "half"]
)


@CONTENTS
@pytest.mark.parametrize("ending", ["nbi", "nbc"])
def test_a_damaged_cache_is_a_miss(tmp_path: Path, ending: str, content: bytes | None) -> None:
    assert compiled_in(tmp_path) > 0
    assert compiled_in(tmp_path) == 0
    damage(tmp_path, ending, content)
    assert compiled_in(tmp_path) > 0
    assert compiled_in(tmp_path) == 0  # and it is mended


def test_a_process_with_a_damaged_cache_answers(tmp_path: Path) -> None:
    first = run(tmp_path)
    assert first.returncode == 0, first.stderr
    for ending in ("nbc", "nbi"):
        damage(tmp_path, ending, None)
        again = run(tmp_path)
        assert again.returncode == 0 and again.stdout == first.stdout, again.stderr


def test_a_user_without_a_home(tmp_path: Path) -> None:
    made = run(tmp_path, HOME="/nonexistent")
    assert made.returncode == 0, made.stderr


AT_ONCE = """
import sys, time
from numba.core import event
from numba.core.caching import IndexDataCacheFile
from trackfuse.kernels.angle import arc_tangent

read = IndexDataCacheFile._load_index
IndexDataCacheFile._load_index = lambda self: (read(self), time.sleep({pause}))[0]
while time.time() < {begin}:
    time.sleep(0.01)
with event.install_recorder("numba:compile") as recorded:
    for given in {given}:
        print(round(arc_tangent(*given), 6), type(given[0]).__name__)
print(sum(each.is_start for _, each in recorded.buffer), file=sys.stderr)
"""


def test_two_processes_that_save_at_once_keep_both(tmp_path: Path) -> None:
    """Each reads the list of what is there, waits, and adds code of another signature under the next free name."""
    environment, begin = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}, time.time() + 8.0
    both = [
        subprocess.Popen([sys.executable, "-c", AT_ONCE.format(pause=1.0, begin=begin, given=f"[({one}, {other})]")],
                         env=environment, stdout=subprocess.PIPE, text=True)
        for one, other in ((7.0, 2.0), (7, 2))
    ]  # fmt: skip
    made = [each.communicate(timeout=300)[0] for each in both]
    program = AT_ONCE.format(pause=0.0, begin=0.0, given="[(7.0, 2.0), (7, 2)]")
    later = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert later.returncode == 0
    assert later.stdout == "".join(made) and later.stdout.count("1.292497") == 2
    assert later.stderr.strip() == "0"
