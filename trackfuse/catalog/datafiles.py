"""Where the data lie, their hash, and the reading of one file: CSV against its Table Schema, TOML."""

import codecs
import json
import math
import os
import tomllib
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache, wraps
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, ParamSpec, TypeVar

from pydantic import TypeAdapter

from trackfuse.catalog.csvtable import check_readable, table_of
from trackfuse.core import cells
from trackfuse.core.errors import DataError, ScenarioError, TrackfuseError, check_known
from trackfuse.core.times import as_day

P = ParamSpec("P")
T = TypeVar("T")
Row = dict[str, Any]
"""One row of a file: text, numbers (nan where empty) and dates (None where empty) by column."""

_SUFFIXES = (".csv", ".toml", ".geojson")
"""Files whose content decides results. The schemas go with the program, which reads its own copy of them."""

MOST_SAID = 300
"""Letters of what another library says of a file."""

_PACKAGE = Path(__file__).resolve().parents[1]
_SHIPPED = (_PACKAGE / "_data", _PACKAGE.parent / "data")
"""Folders of the shipped data: in the installed package, in the checkout."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraints:
    """What the cells of one column must satisfy, by the names of the Table Schema standard.

    Parameters
    ----------
    required : bool
        Whether an empty cell is an error.
    minimum, maximum : float
        Bounds of a number, inclusive.
    enum : tuple of str
        The texts allowed; empty allows any.
    """

    required: bool = False
    minimum: float = -math.inf
    maximum: float = math.inf
    enum: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What one column of a data file may hold: a field of a Table Schema.

    Parameters
    ----------
    name : str
    type : str
        "string", "number", "integer" or "date".
    constraints : Constraints
    core : bool
        Whether a launches, alerts or statements file of one's own must have the column.
    """

    name: str
    type: Literal["string", "number", "integer", "date"] = "string"
    constraints: Constraints = Constraints()
    core: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """The column of another file in which a foreign key must be found."""

    resource: str
    fields: tuple[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignKey:
    """A column whose cells, where they are not empty, must be found in another file."""

    fields: tuple[str]
    reference: Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSchema:
    """Columns and keys of one data file, by the names of the Table Schema standard (datapackage.org).

    Parameters
    ----------
    fields : tuple of Column
        The columns that the file must have, in any order.
    fieldsMatch : str
        "exact": other columns are an error; "subset": they are kept as text.
    primaryKey : tuple of str
        Columns that together name a row.
    foreignKeys : tuple of ForeignKey
    """

    fields: tuple[Column, ...]
    fieldsMatch: Literal["exact", "subset"] = "exact"
    primaryKey: tuple[str, ...] = ()
    foreignKeys: tuple[ForeignKey, ...] = ()

    @property
    def columns(self) -> dict[str, Column]:
        """The columns by name."""
        return {column.name: column for column in self.fields}


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
    if not chosen:
        return _shipped_dir()
    if not (Path(chosen) / "sensors.csv").is_file():
        raise DataError(f"TRACKFUSE_DATA: {chosen!r} is not a data folder: it has no sensors.csv")
    return Path(chosen)


@cache
def _shipped_dir() -> Path:
    for folder in _SHIPPED:
        if (folder / "sensors.csv").is_file():
            return folder
    raise DataError(f"no data in {_SHIPPED[0]} or {_SHIPPED[1]}; set TRACKFUSE_DATA to their folder")


def once_per_folder(read: Callable[P, T]) -> Callable[P, T]:
    """The reader of data, run once for each data folder and each set of arguments."""

    @lru_cache(maxsize=64)
    def kept(_folder: Path, *args: P.args, **kwargs: P.kwargs) -> T:
        return read(*args, **kwargs)

    @wraps(read)
    def reader(*args: P.args, **kwargs: P.kwargs) -> T:
        return kept(data_dir(), *args, **kwargs)

    return reader


@once_per_folder
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
    folder, digest = data_dir(), sha256()
    for path in sorted(p for p in folder.rglob("*") if p.suffix in _SUFFIXES and p.is_file()):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(folder).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


@lru_cache(maxsize=1)
def schemas() -> dict[str, TableSchema]:
    """The Table Schema of every CSV file, as data/datapackage.json of the program's own copy describes it.

    Returns
    -------
    dict of str to TableSchema
        By the name of the file, such as "sensors.csv".
    """
    resources = json.loads(read_text(_shipped_dir() / "datapackage.json"))["resources"]
    described = {resource["path"]: resource["schema"] for resource in resources if "schema" in resource}
    return TypeAdapter(dict[str, TableSchema]).validate_python(described)


@once_per_folder
def rows_of(name: str) -> tuple[Row, ...]:
    """Checked rows of one CSV file of the data folder, read once; `name` is such as "sensors.csv"."""
    return read_csv(data_dir() / name, schemas()[name])


def own_schema(name: str) -> TableSchema:
    """What a launches, alerts or statements file of one's own must have: the core columns of the shipped one."""
    shipped = schemas()[name]
    core = tuple(column for column in shipped.fields if column.core)
    return TableSchema(fields=core, fieldsMatch="subset", primaryKey=shipped.primaryKey)


def shown(path: Path) -> str:
    """How a path is named in messages: data/... for the project's own files, else as given."""
    try:
        return f"data/{path.resolve().relative_to(data_dir().resolve()).as_posix()}"
    except (ValueError, OSError, RuntimeError):  # elsewhere; a loop of links
        return str(path)


def read_text(path: Path, error: type[Exception] = DataError) -> str:
    """Text of a file, or one clear line why it cannot be read."""
    check_readable(shown(path), path, error)
    try:
        content = path.read_bytes()
        if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):  # what Excel calls Unicode text
            return content.decode("utf-16")
        return content.decode("utf-8-sig")
    except FileNotFoundError:
        raise error(f"{shown(path)}: no such file") from None
    except IsADirectoryError:
        raise error(f"{shown(path)}: is a folder, not a file") from None
    except UnicodeDecodeError as bad:
        raise error(f"{shown(path)}: not UTF-8 text (byte {bad.start}); save it as UTF-8") from None
    except OSError as bad:
        raise error(f"{shown(path)}: cannot be read: {bad.strerror or bad}") from None
    except ValueError:
        raise error(f"{str(path)!r}: is no name of a file") from None


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
    text = read_text(path, error)
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise error(f"{shown(path)}: not TOML: tables or lists are nested too deeply") from None
    except ValueError as bad:  # TOMLDecodeError, or a whole number of thousands of digits
        raise error(f"{shown(path)}: not TOML: {bad}") from None


@contextmanager
def reading_parquet(where: str) -> Generator[None]:
    """Make what reading a damaged or odd Parquet file raises one line of DataError.

    Parameters
    ----------
    where : str
        What messages call the file.

    Raises
    ------
    DataError
        File, and what the reader says of it.
    """
    try:
        yield
    # Of a file with turned bits, pyarrow and pandas raise nearly everything.
    except (OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RuntimeError,
            MemoryError) as bad:  # fmt: skip
        line = next((part.strip() for part in str(bad).splitlines() if part.strip()), type(bad).__name__)
        raise DataError(f"{where}: cannot be read: {line[:MOST_SAID]}") from None


def placed(where: str, make: Callable[..., T], error: type[TrackfuseError] = ScenarioError) -> Callable[..., T]:
    """`make`, its complaints prefixed with the place in the file."""

    def made(*args: Any, **kwargs: Any) -> T:
        try:
            return make(*args, **kwargs)
        except TrackfuseError as bad:
            raise error(f"{where}: {bad}") from None

    return made


def read_csv(path: Path, schema: TableSchema) -> tuple[Row, ...]:
    """Rows of a CSV file, every cell checked against its column.

    Parameters
    ----------
    path : Path
    schema : TableSchema

    Returns
    -------
    tuple of dict
        Cells by column.

    Raises
    ------
    DataError
        File, row (the header is row 1), column and value of the first thing wrong.
    """
    where, columns, key_columns = shown(path), schema.columns, schema.primaryKey
    header, lines = table_of(where, read_text(path))
    _check_columns(where, header, schema)
    rows, seen = [], {}
    for number, found in lines:
        row = {
            name: _cell(f"{where} row {number} {name}", cell, columns.get(name, Column(name=name)))
            for name, cell in zip(header, found, strict=True)
        }
        key = tuple(row[name] for name in key_columns)
        if key and key in seen:
            name = " ".join(map(str, key))
            raise DataError(f"{where} row {number} {'+'.join(key_columns)}: {name!r} is already in row {seen[key]}")
        seen[key] = number
        rows.append(row)
    return tuple(rows)


def _check_columns(where: str, header: list[str], schema: TableSchema) -> None:
    wanted = schema.columns
    if not header:
        raise DataError(f"{where}: empty file; columns wanted: {', '.join(wanted)}")
    missing = [name for name in wanted if name not in header]
    if missing:
        there = ", ".join(name[:40] for name in header[:60])
        raise DataError(f"{where} row 1: no column {missing[0]!r}; the file has {there}")
    if schema.fieldsMatch == "exact":
        for name in header:
            check_known(DataError, "column", name, wanted, where=f"{where} row 1")


def _cell(where: str, text: str, column: Column) -> Any:
    """The value of a cell; text, nan or None where it is empty."""
    limits = column.constraints
    if not text:
        if limits.required:
            raise DataError(f"{where}: is empty")
        return {"string": "", "date": None}.get(column.type, math.nan)
    if column.type == "date":
        return as_day(DataError, where, text)
    if column.type == "string":
        if limits.enum:
            check_known(DataError, "value", text, limits.enum, where=where)
        return text
    return _number(where, text, column)


def _number(where: str, text: str, column: Column) -> float:
    low, high = column.constraints.minimum, column.constraints.maximum
    value = cells.number(DataError, where, text)
    if math.isnan(value) and not column.constraints.required:  # "NaN", as MATLAB writes that there is none
        return value
    if not (math.isfinite(value) and low <= value <= high):
        raise DataError(f"{where}: {text[:40]} is not a finite number in [{low:g}, {high:g}]")
    if column.type == "integer":
        if value != int(value):
            raise DataError(f"{where}: {text[:40]} is not a whole number")
        return int(value)
    return value
