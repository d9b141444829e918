"""The folder of a sweep: what is in it can be trusted, whatever interrupted its making.

    manifest.json    what was asked for: version, data, seed, design, columns
    points.parquet   the design points, and why one could not be flown
    rows/            the results: a Parquet dataset, one file a block

A block is a range of tasks; task k is run k % runs of point k // runs. Its file is written whole elsewhere, brought to
the disk and then renamed, and its name ends with the hash of the manifest and of its bytes, by which one that is torn,
altered or of another sweep is known. The manifest has the hash of the points, and of the code that flies them.
"""

import errno
import json
import os
import re
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from shutil import rmtree
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from trackfuse.catalog.scenario_validation import stored_fault
from trackfuse.core.errors import DataError, SettingsError, shortened

MANIFEST, POINTS, ROWS, PARTIAL, LOCK = "manifest.json", "points.parquet", "rows", "partial", "lock"
LITTER = ("thumbs.db", "desktop.ini", "ehthumbs.db", "icon\r")
"""What Windows and macOS leave in folders, in small letters; what begins with a point is passed over as well."""


_OPEN = ConfigDict(extra="allow", strict=True)


class _Design(BaseModel):
    model_config = _OPEN
    kind: str
    points: int
    over: dict[str, Any]


class _Manifest(BaseModel):
    model_config = _OPEN
    format: Any
    trackfuse: str
    code: str
    data: str
    seed: int
    runs: int
    scenario: str
    title: str
    posture: str | None
    assumptions: str
    parts: list[str]
    policies: list[str]
    design: _Design
    columns: dict[str, str]
    hashes: dict[str, str]


_BLOCK = re.compile(r"tasks-(\d{12})-(\d{12})-([0-9a-f]{32})\.parquet")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One file of results.

    Parameters
    ----------
    first, last : int
        Tasks first, first + 1, ... last - 1.
    path : Path
    """

    first: int
    last: int
    path: Path


def digest(content: bytes) -> str:
    """Hash of a file's bytes, 32 hexadecimal digits."""
    return blake2b(content, digest_size=16).hexdigest()


def write_whole(folder: Path, name: str, content: bytes) -> None:
    """Write a file so that it is there whole or not at all, after a power cut too.

    Parameters
    ----------
    folder : Path
        The sweep's.
    name : str
        Path of the file within it.
    content : bytes

    Raises
    ------
    OSError
        If it cannot be written, a full disk say; nothing is left half-written.
    """
    target, partial = folder / name, folder / PARTIAL / Path(name).name
    try:
        partial.parent.mkdir(exist_ok=True)
        with open(partial, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, target)
        _sync_folder(target.parent)
    except OSError as bad:
        with suppress(OSError):
            partial.unlink()
        reason = os.strerror(bad.errno) if bad.errno else str(bad)
        what = f"{target}: cannot be written: {reason}; finished blocks are kept, and calling again goes on from there"
        raise OSError(bad.errno or errno.EIO, what) from None


def clear_partial(folder: Path) -> None:
    """Remove what an interruption left half-written."""
    rmtree(folder / PARTIAL, ignore_errors=True)


def _sync_folder(folder: Path) -> None:
    """Bring a folder's list of files to the disk, where the system can."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def key_of(folder: Path) -> bytes:
    """What the blocks of a sweep are marked with: its manifest as it stands in the folder."""
    return (folder / MANIFEST).read_bytes()


def write_block(folder: Path, first: int, last: int, content: bytes) -> None:
    """Write the results of tasks first to last - 1; raises OSError as `write_whole` does."""
    mark = digest(key_of(folder) + content)
    write_whole(folder, f"{ROWS}/tasks-{first:012d}-{last:012d}-{mark}.parquet", content)


def open_folder(folder: Path, manifest: dict[str, Any], points: bytes, points_there: Callable[[Path], str]) -> None:
    """Make a sweep's folder, or find it as it was left.

    Parameters
    ----------
    folder : Path
    manifest : dict
        Of the sweep that is asked for.
    points : bytes
        Its points.parquet, written again where there is none or another.
    points_there : callable
        Gives the hash of the points in such a file, as the manifest has it; "" where it cannot be read.

    Raises
    ------
    SettingsError
        If the folder holds a sweep that differs in anything.
    """
    clear_partial(folder)
    if (folder / MANIFEST).is_file():
        _check_same(folder, read_manifest(folder), manifest)
        (folder / ROWS).mkdir(exist_ok=True)
        if points_there(folder / POINTS) != manifest["hashes"]["points"]:
            print(f"{folder / POINTS}: is missing or altered and is written again", file=sys.stderr)
            write_whole(folder, POINTS, points)
        return
    (folder / ROWS).mkdir(parents=True, exist_ok=True)
    write_whole(folder, POINTS, points)
    write_whole(folder, MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False).encode() + b"\n")


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a sweep's folder.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    dict

    Raises
    ------
    DataError
        If there is none or it cannot be read.
    """
    path = folder / MANIFEST
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise DataError(f"{folder}: holds no sweep: there is no {MANIFEST}") from None
    except (ValueError, RecursionError, OSError) as bad:
        raise DataError(f"{path}: is damaged: {bad}") from None
    try:
        _Manifest.model_validate(found)
    except ValidationError as bad:
        raise DataError(f"{path}: is damaged: {stored_fault(bad)}") from None
    return found


def _check_same(folder: Path, there: dict[str, Any], asked: dict[str, Any]) -> None:
    for key in ("format", "trackfuse", "code", "data", "seed", "runs"):
        if there.get(key) != asked[key]:
            old, new = (str(each)[:16] for each in (there.get(key), asked[key]))
            raise SettingsError(f"{folder}: holds a sweep with {key} {old}, this one has {new}; give another folder")
    for key in asked["hashes"]:
        if there.get("hashes", {}).get(key) != asked["hashes"][key]:
            raise SettingsError(f"{folder}: holds a sweep with another {key}; give another folder")


@contextmanager
def locked(folder: Path) -> Generator[None]:
    """Keep a folder for this process; the system lets go of it when the process ends, however it ends.

    Raises
    ------
    SettingsError
        If the folder holds something else than a sweep, or another process is at work there.
    """
    if "\0" in str(folder):
        raise SettingsError(f"{shortened(str(folder))}: is no name of a folder")
    if os.path.lexists(folder) and not folder.is_dir():
        raise SettingsError(f"{folder}: is a file; give another folder")
    if folder.is_dir():
        _check_ours(folder)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        import fcntl
    except ImportError:  # a system without such locks
        yield
        return
    with open(folder / LOCK, "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as bad:
            if bad.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                raise
            raise SettingsError(f"{folder}: another sweep is being written there") from None
        yield


def _check_ours(folder: Path) -> None:
    """Raise SettingsError for a folder with something else, before anything is put there."""
    if (folder / MANIFEST).is_file():
        return
    ours = {LOCK, PARTIAL, ROWS, POINTS}  # what an interruption before the manifest leaves
    rows = _listed(folder / ROWS) if (folder / ROWS).is_dir() else []
    if {path.name for path in _listed(folder)} - ours or rows:
        raise SettingsError(f"{folder}: is there already and holds no sweep; give another folder")


def blocks(folder: Path) -> list[Block]:
    """Blocks in a folder in order of their tasks; what is in the files is not looked at.

    Raises
    ------
    DataError
        If there is a file among them that no sweep has written.
    """
    found = []
    if not (folder / ROWS).is_dir():
        raise DataError(f"{folder / ROWS}: is missing; the same sweep into the same folder flies it again")
    for path in _listed(folder / ROWS):
        match = _BLOCK.fullmatch(path.name)
        if match is None:
            raise DataError(f"{path}: is no part of this sweep; take it out of the folder")
        found.append(Block(first=int(match[1]), last=int(match[2]), path=path))
    return found


def _listed(folder: Path) -> list[Path]:
    """What is in a folder but for what systems put there by themselves, in order of the names."""
    left = (path for path in folder.iterdir() if not path.name.startswith(".") and path.name.lower() not in LITTER)
    return sorted(left)


def content_of(block: Block, key: bytes) -> bytes | None:
    """Bytes of a block's file; None where they are not what its name says, or belong to a sweep of another key."""
    content = block.path.read_bytes() if block.path.is_file() else b""
    return content if block.path.stem.endswith(digest(key + content)) else None


def keep_sound(folder: Path, tasks: int) -> tuple[list[Block], int]:
    """Take out of a folder every block that is torn, altered, or holds tasks of another.

    Parameters
    ----------
    folder : Path
    tasks : int
        Of the whole sweep.

    Returns
    -------
    list of Block
        Those that stay.
    int
        How many were taken out.
    """
    kept, end, out, key = [], 0, 0, key_of(folder)
    for block in blocks(folder):
        if end <= block.first < block.last <= tasks and content_of(block, key) is not None:
            kept.append(block)
            end = block.last
        else:
            block.path.unlink()
            out += 1
    return kept, out


def missing(kept: list[Block], tasks: int, size: int) -> Iterator[tuple[int, int]]:
    """Ranges of tasks, at most `size` long, that no block holds.

    Ranges begin at multiples of `size` where they can, so that the same call makes the same files.
    """
    first = 0
    for end, after in [*((block.first, block.last) for block in kept), (tasks, tasks)]:
        while first < end:
            last = min(end, (first // size + 1) * size)
            yield first, last
            first = last
        first = max(first, after)
