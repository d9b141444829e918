"""Tables of alerts and launches, of the data or of one's own, as rows that say where they stand."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trackfuse.core.cells import plain
from trackfuse.core.errors import DataError, shortened, unknown

if TYPE_CHECKING:
    import pandas as pd

WHOLE = 1e15
"""Below this a float that is a whole number is written as one: pandas reads whole numbers with a gap as floats."""
Row = dict[str, Any]
"""One row by column; "place" is the name of its table and its number, for error messages."""


def given_table(
    given: pd.DataFrame | str | Path | None, read: Callable[[str | Path | None], pd.DataFrame], name: str
) -> tuple[pd.DataFrame, str]:
    """The table that a user gave, and what error messages call it.

    Parameters
    ----------
    given : DataFrame, str or Path, optional
        A table or a file; by default the shipped one.
    read : callable
        Reads a file, or the shipped one for None.
    name : str
        "alerts" or "launches".

    Returns
    -------
    (DataFrame, str)

    Raises
    ------
    DataError
        If what is given is neither a table nor a file.
    """
    if given is None or isinstance(given, str | Path):
        return read(given), str(given or f"data/{name}.csv")
    if not hasattr(given, "to_dict") or not hasattr(given, "columns"):
        raise DataError(f"{name}: {shortened(given)} is neither a table nor the name of a file")
    return given, name


def placed_rows(table: pd.DataFrame, columns: Iterable[str], where: str) -> list[Row]:
    """The rows of a table, each with its place; the header is row 1.

    Parameters
    ----------
    table : DataFrame
    columns : iterable of str
        Columns that it must have.
    where : str
        Name of the table or file.

    Returns
    -------
    list of dict
        Cells as `trackfuse.core.cells.plain` gives them.

    Raises
    ------
    DataError
        If a column is missing.
    """
    there = [str(column).strip() for column in table.columns]
    for column in columns:
        if column not in there:
            raise DataError(f"{where}: {unknown('column', column, there)}")
    return [
        {**{str(column).strip(): plain(value) for column, value in record.items()}, "place": f"{where} row {number}"}
        for number, record in enumerate(table.to_dict("records"), start=2)
    ]


def worded(given: Any) -> str:
    """The text of a cell as `placed_rows` gives it: a number as one would write it, "" where it is empty."""
    if given is None:
        return ""
    if isinstance(given, float) and given.is_integer() and abs(given) < WHOLE:
        given = int(given)
    return given if isinstance(given, str) else str(given)
