"""How values show themselves: one short line as `repr`, and a table with names and units in a notebook."""

import math
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from html import escape
from numbers import Real
from typing import TYPE_CHECKING, Any, TypeVar

from trackfuse.core.htmltable import NOTEBOOK_STYLE, as_html
from trackfuse.core.language import message

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")
NATION_NAMES = {"JPN": message("Japan"), "ROK": message("South Korea"), "USA": message("United States")}
"""Code of a nation -> its name in tables and figures."""
UNITS = {
    "mps2": "m/s²", "mps": "m/s", "kgpm2": "kg/m²", "m2": "m²", "dbsm": "dBsm", "db": "dB", "deg": "deg",
    "urad": "µrad", "km": "km", "ms": "ms", "m": "m", "s": "s", "pct": "%",
}  # fmt: skip
"""Last part of a name -> the unit that it stands for."""
MOST_TEXT = 60
"""Letters of a text that a line of `repr` has room for."""


def displayed(
    line: Callable[[Any], str] | None = None, table: "Callable[[Any], pd.DataFrame] | None" = None
) -> Callable[[type[T]], type[T]]:
    """Give a class a `repr` of one line, and a table in notebooks.

    Parameters
    ----------
    line : callable, optional
        Gives what the line says of a value, after the name of its class; by default the class has its own `__repr__`.
    table : callable, optional
        Gives what a notebook shows of it, as a table of results; by default the fields of the value. A class with a
        `_repr_html_` of its own keeps it.

    Returns
    -------
    callable
        A decorator. It is the outermost one, above `dataclass`, which would write a `repr` of its own.
    """

    def give(kind: type[T]) -> type[T]:
        def html(self: T) -> str:
            rows = field_table(self) if table is None else readable(table(self))
            caption = getattr(self, "caption", None)
            below = f'<span class="trackfuse-caption">{escape(str(caption()))}</span>' if callable(caption) else ""
            return f"{NOTEBOOK_STYLE}{as_html(rows, repr(self)[1:-1])}{below}"

        if says := line:
            kind.__repr__ = lambda self: f"<{kind.__name__} {' '.join(says(self).split())}>"
        if not hasattr(kind, "_repr_html_"):
            kind._repr_html_ = html  # pyright: ignore[reportAttributeAccessIssue]  # what a notebook looks for
        return kind

    return give


def significant(value: float, digits: int = 3) -> str:
    """A number as text, to so many significant digits.

    Parameters
    ----------
    value : float
    digits : int

    Returns
    -------
    str
        Such as "1,680", "57.3", "0.0421"; "0" without a sign for nothing, and "–" for what is not finite.
    """
    if not math.isfinite(value):
        return "–"
    if value == 0.0:
        return "0"
    size = math.floor(math.log10(abs(float(f"{value:.{digits - 1}e}"))))
    if not -4 <= size < 9:
        return f"{value:.{digits - 1}e}"
    return f"{round(value, digits - 1 - size):,.{max(digits - 1 - size, 0)}f}"


def heading(name: str) -> str:
    """The name of a column or field in words, with its unit: "position_rms_m" is "position rms (m)".

    Parameters
    ----------
    name : str

    Returns
    -------
    str
    """
    words = name.split("_")
    unit = UNITS.get(words[-1]) if len(words) > 1 else None
    return f"{' '.join(words[:-1])} ({unit})" if unit else " ".join(words)


def readable(table: "pd.DataFrame") -> "pd.DataFrame":
    """A table of results as text for reading: headings with units, three significant digits, names of nations.

    Parameters
    ----------
    table : DataFrame
        Its columns are named with their units; its first column heads the rows if it has no named index.

    Returns
    -------
    DataFrame of str
    """
    indexed = table.index.names != [None]
    flat = table.reset_index() if indexed else table
    text = flat.map(cell).set_axis([heading(str(name)) for name in flat.columns], axis="columns")
    return text.set_index(list(text.columns[: table.index.nlevels if indexed else 1]))


def cell(value: Any) -> str:
    """One cell of a table of results as text.

    Parameters
    ----------
    value : object

    Returns
    -------
    str
        Whole numbers as they are, others to three significant digits; "–" where there is none.
    """
    if value is None or value != value:
        return "–"
    if isinstance(value, str):
        return NATION_NAMES.get(value, value)
    if type(value).__name__ in ("bool", "bool_"):
        return "yes" if value else "no"
    if isinstance(value, Real):
        return str(value) if float(value).is_integer() and not isinstance(value, float) else significant(float(value))
    return brief(value)


def field_table(value: Any) -> "pd.DataFrame":
    """The fields of a frozen value, one row each, with their units.

    Parameters
    ----------
    value : dataclass

    Returns
    -------
    DataFrame of str
        One column, "value", as exact as it was given.
    """
    import pandas as pd

    rows = [(heading(each.name), brief(getattr(value, each.name))) for each in fields(value)]
    return pd.DataFrame(rows, columns=["field", "value"]).set_index("field")


def brief(value: Any) -> str:
    """A value in a few words: a number as it is, a long list by its length, an array by its shape.

    Parameters
    ----------
    value : object

    Returns
    -------
    str
    """
    if value is None:
        return "–"
    if isinstance(value, str):
        return NATION_NAMES.get(value, value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value + 0.0:g}" if math.isfinite(value) else "no limit"  # 0.0 added: nothing has no sign
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple) and shape:
        return f"array of shape {shape}"
    if isinstance(value, tuple | list):
        parts = [brief(each) for each in value]
        text = ", ".join(parts)
        return text if len(text) <= 2 * MOST_TEXT else f"{len(parts)}: {parts[0]}, …, {parts[-1]}"
    if is_dataclass(value) and not isinstance(value, type):
        return str(next((getattr(value, name) for name in _NAMED if hasattr(value, name)), repr(value)))
    return str(value)


_NAMED = ("name", "sensor_id", "node_id", "link_id", "launch_id", "title")
"""Fields by one of which a value is called."""


def cut(text: str, most: int = MOST_TEXT) -> str:
    """A text of at most so many letters, "…" in place of its end where it is longer.

    Parameters
    ----------
    text : str
    most : int

    Returns
    -------
    str
    """
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
