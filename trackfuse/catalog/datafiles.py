"""Where the data lie, their hash, and the reading of one file: CSV against its columns, TOML."""

import csv
import math
import os
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from trackfuse.core.errors import DataError, TrackfuseError, unknown

Row = dict[str, Any]
"""One row of a file: text, numbers (nan where empty) and dates (None where empty) by column."""

_SUFFIXES = (".csv", ".toml", ".geojson")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What one column of a data file may hold.

    Parameters
    ----------
    kind : str
        "text", "number", "whole" or "date".
    required : bool
        Whether an empty cell is an error.
    low, high : float
        Bounds of a number, inclusive.
    choices : tuple of str
        The texts allowed; empty allows any.
    """

    kind: str = "text"
    required: bool = False
    low: float = -math.inf
    high: float = math.inf
    choices: tuple[str, ...] = ()


def data_dir() -> Path:
    """Folder of the data: $TRACKFUSE_DATA, else the installed package's, else the checkout's.

    Returns
    -------
    Path

    Raises
    ------
    DataError
        If $TRACKFUSE_DATA is set but is not a data folder, or there are no data at all.
    """
    chosen = os.environ.get("TRACKFUSE_DATA")
    if chosen:
        if not (Path(chosen) / "sensors.csv").is_file():
            raise DataError(f"TRACKFUSE_DATA: {chosen!r} is not a data folder: it has no sensors.csv")
        return Path(chosen)
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "_data", package.parent / "data"):
        if (folder / "sensors.csv").is_file():
            return folder
    raise DataError(f"no data in {package / '_data'} or {package.parent / 'data'}; set TRACKFUSE_DATA to their folder")


def data_hash() -> str:
    """SHA-256 over the names and bytes of all data files, as hexadecimal digits: what a result should cite.

    Returns
    -------
    str
        64 digits; read once a session.

    Raises
    ------
    DataError
        If there are no data.
    """
    return _hash_of(data_dir())


@lru_cache(maxsize=8)
def _hash_of(folder: Path) -> str:
    digest = sha256()
    for path in sorted(p for p in folder.rglob("*") if p.suffix in _SUFFIXES and p.is_file()):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(folder).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def shown(path: Path) -> str:
    """How a path is named in messages: data/... for the project's own files, else as given."""
    try:
        return f"data/{path.resolve().relative_to(data_dir().resolve()).as_posix()}"
    except ValueError:
        return str(path)


def read_text(path: Path, error: type[Exception] = DataError) -> str:
    """Text of a file, or one clear line why it cannot be read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise error(f"{shown(path)}: no such file") from None
    except IsADirectoryError:
        raise error(f"{shown(path)}: is a folder, not a file") from None
    except UnicodeDecodeError as bad:
        raise error(f"{shown(path)}: not UTF-8 text (byte {bad.start})") from None
    except OSError as bad:
        raise error(f"{shown(path)}: cannot be read: {bad.strerror or bad}") from None


def read_toml(path: Path, error: type[TrackfuseError]) -> dict[str, Any]:
    """Contents of a TOML file.

    Parameters
    ----------
    path : Path
    error : type
        What to raise when the file is missing, unreadable or malformed.

    Returns
    -------
    dict
    """
    try:
        return tomllib.loads(read_text(path, error))
    except tomllib.TOMLDecodeError as bad:
        raise error(f"{shown(path)}: not TOML: {bad}") from None


def read_csv(
    path: Path, columns: dict[str, Column], *, unique: tuple[str, ...] = (), strict: bool = True
) -> tuple[Row, ...]:
    """Rows of a CSV file, every cell checked against its column.

    Parameters
    ----------
    path : Path
    columns : dict of str to Column
        The columns that the file must have.
    unique : tuple of str
        Columns that together name a row.
    strict : bool
        Whether a column not listed is an error; otherwise it is kept as text.

    Returns
    -------
    tuple of dict
        Cells by column.

    Raises
    ------
    DataError
        File, row (the header is row 1), column and value of the first thing wrong.
    """
    lines = csv.reader(read_text(path).splitlines(keepends=True), strict=True)
    where = shown(path)
    try:
        header = [name.strip() for name in next(lines, [])]
        if not header:
            raise DataError(f"{where}: empty file; columns wanted: {', '.join(columns)}")
        _check_header(where, header, columns, strict)
        rows, seen = [], {}
        for number, cells in enumerate(lines, start=2):
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                raise DataError(f"{where} row {number}: {len(cells)} cells, the header has {len(header)}")
            row = {
                name: _cell(f"{where} row {number} {name}", cell.strip(), columns.get(name, Column()))
                for name, cell in zip(header, cells, strict=True)
            }
            key = tuple(row[name] for name in unique)
            if unique and key in seen:
                name = " ".join(map(str, key))
                raise DataError(f"{where} row {number} {'+'.join(unique)}: {name!r} is already in row {seen[key]}")
            seen[key] = number
            rows.append(row)
    except csv.Error as bad:
        raise DataError(f"{where} row {lines.line_num}: not CSV: {bad}") from None
    return tuple(rows)


def _check_header(where: str, header: list[str], columns: dict[str, Column], strict: bool) -> None:
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise DataError(f"{where} row 1: column {twice[0]!r} appears twice")
    missing = [name for name in columns if name not in header]
    if missing:
        raise DataError(f"{where} row 1: no column {missing[0]!r}; the file has {', '.join(header)}")
    strange = [name for name in header if name not in columns]
    if strict and strange:
        raise DataError(f"{where} row 1: {unknown('column', strange[0], columns)}")


def _cell(where: str, text: str, column: Column) -> Any:
    if not text:
        if column.required:
            raise DataError(f"{where}: is empty")
        return {"text": "", "date": None}.get(column.kind, math.nan)
    return _READERS[column.kind](where, text, column)


def _text(where: str, text: str, column: Column) -> str:
    if column.choices and text not in column.choices:
        raise DataError(f"{where}: {unknown('value', text, column.choices)}")
    return text


def _number(where: str, text: str, column: Column) -> float:
    try:
        value = float(text)
    except ValueError:
        raise DataError(f"{where}: {text!r} is not a number") from None
    if not (math.isfinite(value) and column.low <= value <= column.high):
        raise DataError(f"{where}: {text} is not a finite number in [{column.low:g}, {column.high:g}]")
    return value


def _whole(where: str, text: str, column: Column) -> int:
    value = _number(where, text, column)
    if value != int(value):
        raise DataError(f"{where}: {text} is not a whole number")
    return int(value)


def _date(where: str, text: str, column: Column) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise DataError(f"{where}: {text!r} is not a date (YYYY-MM-DD)") from None


_READERS: dict[str, Callable[[str, str, Column], Any]] = {
    "text": _text,
    "number": _number,
    "whole": _whole,
    "date": _date,
}
