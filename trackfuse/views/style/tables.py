"""Tables for reading: numbers as text, and a table as HTML that a screen reader can walk."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from pandas.io.formats.style import Styler

NOTEBOOK_STYLE = """<style>
table.trackfuse {border-collapse: collapse; font-size: 12px; line-height: 1.45}
table.trackfuse caption {text-align: left; padding-bottom: 4px; white-space: nowrap}
table.trackfuse :is(td, th) {padding: 0 8px 0 0; text-align: right; vertical-align: top; border: none; background: none}
table.trackfuse :is(th[scope=row], th.names) {text-align: left}
.trackfuse-caption {display: block; font-size: 11px; line-height: 1.3}
</style>"""
"""For notebooks, in their light and dark themes: tables take the colours around them."""


class Measure(NamedTuple):
    """How a figure of merit is named: its words, its unit, and one word for where there is little space."""

    words: str
    unit: str
    short: str


MEASURES = {
    "detection_s": Measure("first knowledge", "s", "knows"),
    "confirmation_s": Measure("first track", "s", "track"),
    "notice_s": Measure("first notice", "s", "notice"),
    "position_error_m": Measure("position error at apogee", "m", "position"),
    "velocity_error_mps": Measure("velocity error at apogee", "m/s", "velocity"),
    "impact_error_km": Measure("impact error, as of apogee", "km", "impact"),
    "warning_time_s": Measure("warning time", "s", "warning"),
}
"""Metric -> its names."""
_DIGITS = {"s": 1, "m": 0, "m/s": 2, "km": 2}
"""Unit -> digits after the point; none from ten kilometres on."""
_Styler = Styler.from_custom_template(str(Path(__file__).parent), html_table="table.html.j2")


def number(value: float, metric: str, *, sign: str = "", never: str = "–") -> str:
    """A value of a metric as text.

    Parameters
    ----------
    value : float
    metric : str
        One of MEASURES.
    sign : {"", "+"}
        "+" for a gain, which always has a sign; one that rounds to nothing is "0".
    never : str
        What is written where the value is not finite.

    Returns
    -------
    str
    """
    if not np.isfinite(value):
        return never
    unit = MEASURES[metric].unit
    digits = 0 if unit == "km" and abs(value) >= 10.0 else _DIGITS[unit]
    return "0" if sign and abs(value) < 0.5 * 10.0**-digits else f"{value:{sign}.{digits}f}"


def spread(ends: Sequence[float], metric: str, *, sign: str = "") -> str:
    """A median with its interval as text.

    Parameters
    ----------
    ends : sequence of float
        Median, low and high.
    metric : str
        One of MEASURES.
    sign : {"", "+"}
        Of the median, as in `number`.

    Returns
    -------
    str
        Such as "+4.0 (-1.0 to 5.5)"; "-" without a median, and "0" for a gain of nothing in any run.
    """
    median, low, high = ends
    if not np.isfinite(median):
        return "-"
    middle, least, most = number(median, metric, sign=sign), number(low, metric), number(high, metric)
    nothing = sign and {number(value, metric, sign=sign) for value in ends} == {"0"}
    return "0" if nothing else f"{middle} ({least} to {most})"


def as_html(table: pd.DataFrame, caption: str) -> str:
    """A table as HTML: the names in its index head the rows; one that repeats is written once, for all its rows.

    Parameters
    ----------
    table : DataFrame
        Every level of the index has a name, which may be "".
    caption : str

    Returns
    -------
    str
        All text is escaped; it takes the style of the page, in a notebook NOTEBOOK_STYLE.
    """
    return _Styler(table, caption=caption).to_html(exclude_styles=True, sparse_index=True)


def as_text(table: pd.DataFrame, digits: int = 1) -> str:
    """A table as aligned text for a terminal, without its index.

    Parameters
    ----------
    table : DataFrame
    digits : int
        Of numbers, after the point.

    Returns
    -------
    str
    """
    return table.to_string(index=False, float_format=f"{{:.{digits}f}}".format, na_rep="-")


def written_once(names: pd.Series) -> pd.Series:
    """The names in a column, without those that repeat the name above.

    Parameters
    ----------
    names : Series of str

    Returns
    -------
    Series of str
    """
    return names.where(names != names.shift(), "")
