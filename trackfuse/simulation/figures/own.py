"""Figures of merit of a user's own: functions of a run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from trackfuse.core.errors import PluginError, SettingsError
from trackfuse.core.plugins import source_name
from trackfuse.simulation.figures.declared import BY_NAME

if TYPE_CHECKING:
    import pandas as pd

    from trackfuse.simulation.run import Run

NEEDED = ("nation", "figure", "unit", "value")
OwnKey = tuple[str, str, str, bool]
"""Nation, figure, unit, and whether larger is better."""


class Figure(Protocol):
    """A figure of merit of a user's own: a function of a run.

    Parameters
    ----------
    run : Run

    Returns
    -------
    DataFrame
        One row a nation and figure, with the columns nation, figure, unit and value. A further column
        `larger_is_better` (true or false) says which way is better; without it smaller is. A row that is missing, or
        whose value is not finite, is a figure that did not occur.
    """

    def __call__(self, run: Run, /) -> pd.DataFrame: ...


def check_figures(figures: Sequence[Figure]) -> None:
    """Raise SettingsError unless each is a function."""
    if callable(figures):
        raise SettingsError(f"figures: {figures!r} is one function; give a list of them")
    for each in figures:
        if not callable(each):
            raise SettingsError(f"figures: {each!r} cannot be called; a figure is a function of a run")


def own_figures(run: Run, figures: Sequence[Figure]) -> dict[OwnKey, float]:
    """What functions of a user's own make of a run.

    Parameters
    ----------
    run : Run
    figures : sequence of Figure

    Returns
    -------
    dict of (str, str, str, bool) to float
        (nation, figure, unit, larger is better) -> value.

    Raises
    ------
    PluginError
        If one fails, or gives no such table: which one, in which run, and what was wrong.
    """
    found: dict[OwnKey, float] = {}
    for figure in figures:
        try:
            rows = _rows(figure(run), run.scenario.nations)
            taken = found.keys() & rows.keys()
            if taken:
                raise ValueError(f"another figure has given {min(taken)[1]!r} already")
        except Exception as error:
            where = f"run {run.run} under {run.policy.name!r}"
            what = str(error) if isinstance(error, ValueError) else repr(error)
            raise PluginError(f"figure {source_name(figure)}", where, math.nan, what) from error
        found |= rows
    return found


def _rows(table: Any, nations: Sequence[str]) -> dict[OwnKey, float]:
    """A table as values by key; ValueError if it is not one of figures."""
    missing = [name for name in NEEDED if name not in getattr(table, "columns", ())]
    if missing:
        raise ValueError(f"gives no table with the columns {', '.join(NEEDED)}: {', '.join(missing)} missing")
    found: dict[OwnKey, float] = {}
    for row in table.to_dict("records"):
        if row["nation"] not in nations:
            raise ValueError(f"nation {row['nation']!r} is none of {', '.join(nations)}")
        if row["figure"] in BY_NAME:
            raise ValueError(f"{row['figure']!r} is the name of a figure that there is already")
        larger = row.get("larger_is_better", False)
        if isinstance(larger, float) and math.isnan(larger):
            larger = False  # one of several tables put together did not say
        if not isinstance(larger, bool | np.bool_):
            raise ValueError(f"larger_is_better {larger!r} of {row['figure']!r} is neither true nor false")
        key = (str(row["nation"]), str(row["figure"]), str(row["unit"]), bool(larger))
        if key in found:
            raise ValueError(f"gives {row['figure']!r} of {row['nation']} twice")
        found[key] = float(row["value"])
    return found
