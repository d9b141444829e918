"""Where compiled kernels are kept, so that a change anywhere below a kernel is never answered by old code.

numba's cache notices a change of the file that holds a function, not of the functions that it calls or the constants
that it uses: after an update of `gravity.py` alone, everything compiled on top of it would go on with the old gravity.
Hence one folder for each state of a file and of all that it imports.
"""

import os
import re
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).parents[1]
_IMPORT = re.compile(r"^\s*from (trackfuse[\w.]*) import (.+)$", re.MULTILINE)


def folder(source: Path, apart: str) -> Path | None:
    """Folder for what is compiled from a file.

    Parameters
    ----------
    source : Path
        The file that holds the function.
    apart : str
        What else code is kept apart by.

    Returns
    -------
    Path or None
        In $NUMBA_CACHE_DIR if that is set, else beside the kernels, else in the user's cache; None if none of these can
        be written to, so that every process has to compile anew.
    """
    given = os.environ.get("NUMBA_CACHE_DIR")
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    own = [] if home.startswith("~") else [Path(home) / "trackfuse"]  # a user may have no home
    bases = [Path(given)] if given else [PACKAGE / "kernels" / "__pycache__", *own]
    base = next((base for base in bases if _is_writable(base)), None)
    return base / apart / f"{source.stem}-{stamp(source)}" if base else None


@cache
def stamp(source: Path) -> str:
    """Hash of a file and of every file of the package that it imports, directly or not.

    Parameters
    ----------
    source : Path

    Returns
    -------
    str
        16 hexadecimal digits.
    """
    digest = blake2b(digest_size=8)
    for path in sorted(below(source)):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def below(source: Path) -> set[Path]:
    """The file and every file of the package that it imports, directly or not.

    Parameters
    ----------
    source : Path

    Returns
    -------
    set of Path
    """
    found, left = set(), [source.resolve()]
    while left:
        path = left.pop()
        if path not in found:
            found.add(path)
            left += _imported(path)
    return found


@cache
def _imported(path: Path) -> tuple[Path, ...]:
    files = []
    for module, names in _IMPORT.findall(path.read_text(encoding="utf-8")):
        place = PACKAGE.joinpath(*module.split(".")[1:])
        candidates = [place, *(place / name for name in re.findall(r"\w+", names))]
        files += [file for file in (candidate.with_suffix(".py") for candidate in candidates) if file.is_file()]
    return tuple(files)


def forgiving(kept: Any) -> None:
    """Have numba's cache of a function take what it cannot read for a miss, go on where it cannot write, and let one
    process at a time write: two that found the same free name for code of two signatures would leave one's code under
    the other's signature, and whoever calls that reads memory that is not its own.

    Parameters
    ----------
    kept : numba.core.caching.FunctionCache
    """
    load, save, where = kept.load_overload, kept.save_overload, kept.cache_path
    if where is None:  # a kernel that is not to be kept
        return

    def loaded(*args: Any) -> Any:
        try:
            return load(*args)
        except Exception:  # a file that is cut, empty, of another program: pickle may raise anything
            _say(where, "holds files that cannot be read; what they held is compiled anew")
            with suppress(OSError):
                kept.flush()
            return None

    def saved(*args: Any) -> None:
        try:
            os.makedirs(where, exist_ok=True)
            with _alone_in(Path(where)):
                save(*args)
        except OSError as bad:
            _say(where, f"cannot be written to ({bad.strerror or bad}); the next process compiles anew")

    kept.load_overload, kept.save_overload = loaded, saved


@contextmanager
def _alone_in(place: Path) -> Generator[None]:
    """Wait until no other process is in this block with this folder."""
    try:
        import fcntl
    except ImportError:  # a system without such locks
        yield
        return
    with open(place / "lock", "ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@cache
def _say(where: str, what: str) -> None:
    print(f"trackfuse: the folder of compiled code {where} {what}", file=sys.stderr, flush=True)


@cache
def _is_writable(base: Path) -> bool:
    try:
        base.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=base):
            return True
    except OSError:
        return False
