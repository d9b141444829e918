"""Tables for reading: numbers as text, and a table as HTML that a screen reader can walk."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from trackfuse.core.htmltable import NOTEBOOK_STYLE as NOTEBOOK_STYLE
from trackfuse.core.htmltable import as_html as as_html
from trackfuse.core.language import message, translate
from trackfuse.simulation.figures import BY_NAME


class Measure(NamedTuple):
    """How a figure of merit is named: its words, its unit, and one word for where there is little space."""

    words: str
    unit: str
    short: str


_SHORT = {
    "first_knowledge_s": message("knows"),
    "first_track_s": message("track"),
    "time_to_1km_s": message("to 1 km"),
    "position_error_apogee_m": message("apogee"),
    "impact_error_burnout_km": message("impact, burn-out + 30 s"),
    "impact_error_60s_km": message("60 s before"),
    "impact_known_s": message("impact known"),
    "first_notice_s": message("notice"),
    "warning_time_s": message("warning"),
}
MEASURES = {each.name: Measure(each.words, each.unit, _SHORT.get(each.name, each.words)) for each in BY_NAME.values()}
"""Name of a figure -> its names for reading."""
_DIGITS = {"s": 1, "m": 0, "m/s": 2, "km": 2, "share": 2, "count": 0}
"""Unit -> digits after the point; none from ten kilometres on."""


def measure(figure: str, unit: str) -> Measure:
    """The names of a figure: a declared one, or one of a user's own, which has its name and unit alone."""
    words, unit, short = MEASURES.get(figure, Measure(figure, unit, figure))
    return Measure(translate(words), unit, translate(short))


def number(value: float, unit: str, *, sign: str = "", never: str = "–") -> str:
    """A value of a figure as text.

    Parameters
    ----------
    value : float
    unit : str
        Of the figure.
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
    digits = 0 if unit == "km" and abs(value) >= 10.0 else _DIGITS.get(unit, 2)
    if abs(value) < 0.5 * 10.0**-digits:
        value = 0.0  # nothing has no sign
    return "0" if sign and not value else f"{value:{sign}.{digits}f}"


def spread(ends: Sequence[float], unit: str, *, sign: str = "") -> str:
    """A median with its interval as text.

    Parameters
    ----------
    ends : sequence of float
        Median, low and high.
    unit : str
        Of the figure.
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
    middle, least, most = number(median, unit, sign=sign), number(low, unit), number(high, unit)
    nothing = sign and {number(value, unit, sign=sign) for value in ends} == {"0"}
    return "0" if nothing else translate("{middle} ({low} to {high})").format(middle=middle, low=least, high=most)


def occurs(p_policy: float, p_baseline: float) -> str:
    """Where a gain has no number: in what share of the runs a figure occurs under either policy, in words."""
    if p_policy == p_baseline == 0.0:
        return translate("never")
    words = translate("in {policy_share} of runs, not {baseline_share}")
    return words.format(policy_share=f"{p_policy:.0%}", baseline_share=f"{p_baseline:.0%}")


def unchanged(gains: pd.DataFrame) -> pd.Series:
    """Which rows of a table of gains say that nothing changes in any run.

    Parameters
    ----------
    gains : DataFrame
        With the columns of `Comparison.gains`.

    Returns
    -------
    Series of bool
    """
    zero = (gains[["p05", "p95", "low", "high"]].fillna(0.0) == 0.0).all(axis=1)
    return zero & (gains["p_policy"] == gains["p_baseline"])


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
