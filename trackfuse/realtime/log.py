"""What a process of a live run did, written as it happens: records one after the other, nothing ever changed."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgpack

from trackfuse.core.errors import DataError, shortened
from trackfuse.realtime.pack import packed

HEADER = "live.json"
"""What was run: in the folder of a log, beside a file for each process."""
FORM = 1


class Log:
    """The log of one process.

    Parameters
    ----------
    path : path
        Is added to if it is there.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab")

    def write(self, what: str, at_s: float, *values: Any) -> None:
        """Add a record: what happened, when, and what there is to say of it."""
        self._file.write(packed([what, at_s, *values]))

    def flush(self) -> None:
        """Hand what was written to the operating system: it is kept if this process is killed."""
        self._file.flush()

    def close(self) -> None:
        """End the log."""
        self._file.close()


def records(path: Path) -> Iterator[list[Any]]:
    """The records of a log, as `Log.write` took them; one that was cut off in the middle ends it."""
    if path.is_file():
        with path.open("rb") as file:
            unpacker = msgpack.Unpacker(file, max_buffer_size=1 << 26)
            try:
                yield from unpacker
            except msgpack.UnpackException:
                return


def check_new(folder: Path) -> None:
    """Raise DataError unless the folder of a log is new or empty."""
    if "\0" in str(folder):
        raise DataError(f"{shortened(str(folder))}: is no name of a folder")
    if os.path.lexists(folder) and (not folder.is_dir() or any(folder.iterdir())):
        raise DataError(f"{folder}: is there already; choose another folder for the log")


def write_header(folder: Path, said: dict[str, Any]) -> None:
    """Begin a log: make its folder, which must be new or empty, and write what is run.

    Raises
    ------
    DataError
        If there is something in the folder already.
    """
    check_new(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / HEADER).write_text(json.dumps({"form": FORM} | said, indent=1), encoding="utf-8")


def read_header(folder: str | os.PathLike[str]) -> dict[str, Any]:
    """What was run.

    Parameters
    ----------
    folder : str or path

    Returns
    -------
    dict

    Raises
    ------
    DataError
        If the folder is no log, or of another form.
    """
    path = Path(folder) / HEADER
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{path}: is no log of a live run: {error}") from error
    if not isinstance(said, dict) or said.get("form") != FORM:
        raise DataError(f"{path} form: is not {FORM}, the form that this version reads")
    return said
