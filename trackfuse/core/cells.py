"""What a cell of a table holds, as a plain value: the one place where cells of files and of DataFrames are cleaned."""

import math
import re
from datetime import date, datetime, time
from typing import Any

import numpy as np

from trackfuse.core.errors import TrackfuseError, shortened

NO_NUMBER = frozenset({"nan", "na", "n/a", "#n/a", "<na>", "null", "none", "nat", "-nan", "1.#qnan", "-1.#ind"})
"""How MATLAB, Excel, R, databases and pandas write that there is no number, in small letters."""
_INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b\u200e\u200f\u2060\0"))
_BREAKS = dict.fromkeys(map(ord, "\u00a0\u2007\u202f\u2028\u2029\u0085\x0b\x0c\x1c\x1d\x1e"), " ")
"""Breaks of a line or a page that no file has between its rows, and spaces that do not break."""
_SPACES = _BREAKS | dict.fromkeys(map(ord, "\r\n\t"), " ")
_CONTROLS = re.compile(r"[\0\x0b\x0c\x1c-\x1e]")
_MINUS = str.maketrans({"\u2212": "-", "\u2012": "-", "\u2013": "-"})
"""What word processors make of a hyphen before a number."""


def plain(given: Any) -> Any:
    """What a cell holds, whoever read it.

    Parameters
    ----------
    given : object
        Text, number, date or nothing, as the csv module, numpy, pandas (nullable and Arrow types as well) or Excel's
        readers give it.

    Returns
    -------
    str, int, float, bool, date, datetime, time or None
        Text without what cannot be seen at its ends, and on one line; None for an empty cell, nan, NaT and NA.
        Anything else is given back as it is.
    """
    if isinstance(given, str):
        return text(given) or None
    if given is None or type(given).__name__ in ("NAType", "NaTType"):
        return None
    if isinstance(given, np.datetime64):
        return None if np.isnat(given) else given.astype("datetime64[us]").item()
    if isinstance(given, np.generic):
        given = given.item()
    if isinstance(given, datetime):
        of_pandas = getattr(given, "to_pydatetime", None)
        return of_pandas() if of_pandas else given
    if isinstance(given, float) and math.isnan(given):
        return None
    if type(given).__module__ == "decimal":
        return float(given)
    return given


def visible(given: str) -> str:
    """The text of a file without what cannot be seen; other breaks of a line than those of files are spaces."""
    if given.isascii() and not _CONTROLS.search(given):
        return given
    return given.translate(_INVISIBLE).translate(_BREAKS)


def text(given: str) -> str:
    """Text without what cannot be seen at its ends, and on one line."""
    if given.isascii() and given.isprintable():
        return given.strip()
    return given.translate(_INVISIBLE).translate(_SPACES).strip()


def number(error: type[TrackfuseError], where: str, given: Any) -> float:
    """The number of a cell.

    Parameters
    ----------
    error : type
        What to raise.
    where : str
        File, row and column, for the message.
    given : object
        As in `plain`.

    Returns
    -------
    float
        nan where the cell is empty, or says that there is no number, as MATLAB's "NaN" does.

    Raises
    ------
    TrackfuseError
        If the cell holds anything else: what, and the likely reason.
    """
    value = plain(given)
    if value is None or (isinstance(value, str) and value.lower() in NO_NUMBER):
        return math.nan
    if isinstance(value, str):
        written = value.translate(_MINUS)
        try:
            return float("no number" if "_" in written else written)
        except ValueError:
            raise error(f"{where}: {shortened(value)} is not a number{_hint(written)}") from None
    if isinstance(value, bool | date | time) or not isinstance(value, int | float):
        raise error(f"{where}: {shortened(value)} is not a number")
    try:
        return float(value)
    except OverflowError:
        raise error(f"{where}: {shortened(value)} is too large a number") from None


def _hint(written: str) -> str:
    """Why a number may not be one."""
    plainer = written.replace(" ", "").replace(",", ".", 1)
    try:
        float(plainer)
    except ValueError:
        return ""
    return f"; write {plainer}, with a point and without spaces"
