"""Writing a folder or a file completely, or not at all."""

import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path

from trackfuse.core.errors import SettingsError

MARK = "study.json"
"""A file that every report has: only a folder that has it, or an empty one, is replaced."""


@contextmanager
def atomic_folder(out: Path) -> Generator[Path]:
    """A new folder to write to; it replaces `out` at the end, and leaves no trace if there is an error.

    Parameters
    ----------
    out : Path
        Where the finished folder goes; an earlier report there is replaced.

    Yields
    ------
    Path
        An empty folder beside it.

    Raises
    ------
    SettingsError
        Before anything is written: if the folder cannot be written to, or holds something else.
    """
    target = Path(os.path.abspath(out.expanduser()))
    if os.path.lexists(target) and not target.is_dir():  # also a link to nothing
        raise SettingsError(f"report folder {str(out)!r}: a file of that name is in the way")
    if target.is_dir() and any(target.iterdir()) and not (target / MARK).is_file():
        raise SettingsError(f"report folder {str(out)!r}: holds other things than a report; give a new or empty folder")
    if target.is_dir() and not os.access(target, os.W_OK):
        raise SettingsError(f"report folder {str(out)!r}: cannot be written to")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except (OSError, ValueError) as wrong:  # no path at all is a ValueError
        why = getattr(wrong, "strerror", None) or wrong
        raise SettingsError(f"report folder {str(out)!r}: cannot be written to: {why}") from None
    try:
        yield fresh
        fresh.chmod(0o755)
        _replace(fresh, target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _replace(fresh: Path, target: Path) -> None:
    """Rename a folder; the old one is moved away first, since a folder cannot be renamed over a full one."""
    if not target.exists():
        fresh.rename(target)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{target.name}-old-", dir=target.parent))
    target.rename(old / target.name)
    try:
        fresh.rename(target)
    except OSError:
        (old / target.name).rename(target)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def write_atomically(path: Path, content: bytes, what: str) -> None:
    """Write a file, or leave no trace of it.

    Parameters
    ----------
    path : Path
        In a folder that exists; a file of that name is replaced.
    content : bytes
    what : str
        Who writes it, for the message.

    Raises
    ------
    SettingsError
        If it cannot be written.
    """
    # Not the name itself and more: that may be too long for the system where the name is not.
    partial = path.with_name(f".{blake2b(os.fsencode(path.name), digest_size=8).hexdigest()}.partial")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as wrong:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise SettingsError(f"{what} {str(path)!r}: cannot be written: {wrong.strerror}") from None
