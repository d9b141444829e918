"""A cache of compiled code that cannot be read is a miss, whoever damaged it; a user may have no home."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = "from trackfuse.kernels.angle import arc_tangent; print(round(arc_tangent(7.0, 2.0), 6))"


def run(cache: Path, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k not in ("HOME", "XDG_CACHE_HOME")}
    environment |= {"NUMBA_CACHE_DIR": str(cache)} | more
    return subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, env=environment, timeout=300, check=False
    )


@pytest.mark.parametrize("content", [b"", b"\x80\x04", b"other", None], ids=["empty", "cut", "foreign", "half"])
@pytest.mark.parametrize("ending", ["nbi", "nbc"])
def test_a_damaged_cache_is_a_miss(tmp_path: Path, ending: str, content: bytes | None) -> None:
    first = run(tmp_path)
    assert first.returncode == 0, first.stderr
    files = list(tmp_path.rglob(f"*.{ending}"))
    assert files
    for file in files:
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2] if content is None else content)
    for _ in range(2):  # and it is mended
        again = run(tmp_path)
        assert again.returncode == 0 and again.stdout == first.stdout, again.stderr
    assert "cannot be read" not in again.stderr


def test_a_user_without_a_home(tmp_path: Path) -> None:
    made = run(tmp_path, HOME="/nonexistent")
    assert made.returncode == 0, made.stderr
