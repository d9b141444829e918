"""Tables of alerts and launches, of the data or of one's own, as rows that say where they stand."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trackfuse.core.errors import DataError, unknown

if TYPE_CHECKING:
    import pandas as pd

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
    """
    if given is None or isinstance(given, str | Path):
        return read(given), str(given or f"data/{name}.csv")
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

    Raises
    ------
    DataError
        If a column is missing.
    """
    for column in columns:
        if column not in table.columns:
            raise DataError(f"{where}: {unknown('column', column, table.columns)}")
    return [
        {**{str(column): value for column, value in record.items()}, "place": f"{where} row {number}"}
        for number, record in enumerate(table.to_dict("records"), start=2)
    ]
