"""The headline with its spread: seconds and kilometres gained, and what makes them uncertain."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from trackfuse.core.errors import SettingsError
from trackfuse.studies.uncertainty import SOURCES
from trackfuse.views.figures.headline import COLUMNS
from trackfuse.views.style.axes import interval, lanes, sign
from trackfuse.views.style.style import INK, MUTED, cite, nation_looks, sheet

COLORS = {"noise": "#56b4e9", "parameters": "#e69f00", "latency": "#009e73"}
LABELS = {
    "noise": "noise (5 to 95 % of runs)",
    "parameters": "sensor parameters, weakest to best",
    "latency": "sharing delays, slow to fast",
}
PANELS = ("first_track_s", "first_notice_s", "warning_time_s", "impact_error_burnout_km")
_LEAST = {"impact_error_burnout_km": 0.05}
"""Below this a width is not drawn but said to be nothing: 0.5 s, or 50 m."""


def headline_spread(table: pd.DataFrame) -> Figure:
    """Gain of real-time exchange over the status quo of 2023 by nation and kind of flight, its spread split by source.

    Parameters
    ----------
    table : DataFrame
        What `tf.headline_spread` gave.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    SettingsError
        If the table has no row.
    """
    if table.empty:
        raise SettingsError("headline_spread: the table has no row")
    caption = cite(
        "Trilateral over bilateral (the arrangement of November 2023), paired runs on the same noise; positive is "
        "sooner, or closer. Three bars, one thing varied at a time: noise; every assumed sensor parameter at its "
        "weakest and best; the delays, periods and losses of the exchange and of the relay by hand at the ends of "
        "what is assumed. Their widths are not to be added. Hollow: what national sensors alone would lose against "
        "bilateral, for context. Warning time: the nation's place with the greatest gain. A dot without bars: no "
        "change in any case. A dash: no place of the nation is concerned, or nothing is predicted."
    )
    rows = _rows(table)
    return sheet(lambda figure: _draw(figure, table, rows), 1.55 + 0.25 * len(rows), caption=caption)


def _rows(table: pd.DataFrame) -> list[tuple[str, str]]:
    """Kind and nation of every lane, from the top down: the nations that have a centre in the kind's scenario."""
    of_nations = table[table["place"] == ""]
    return list(dict.fromkeys(zip(of_nations["kind"], of_nations["nation"], strict=True)))


def _draw(figure: Figure, table: pd.DataFrame, rows: list[tuple[str, str]]) -> None:
    panels = figure.subplots(1, len(PANELS), sharey=True)
    looks = nation_looks(nation for _, nation in rows)
    begins = [row == 0 or rows[row - 1][0] != kind for row, (kind, _) in enumerate(rows)]
    names = [
        f"{kind}:  " * first + looks[nation].label for first, (kind, nation) in zip(begins, rows, strict=True)
    ]
    best = table.dropna(subset="gain").sort_values("gain", ascending=False, kind="stable")
    found = best.drop_duplicates(["figure", "kind", "nation"]).set_index(["figure", "kind", "nation"]).to_dict("index")
    for axes, metric in zip(panels, PANELS, strict=True):
        lanes(axes, names, fontsize=5.5)
        axes.set_title(COLUMNS[metric].capitalize())
        axes.axvline(0.0, color=MUTED, lw=0.6)
        for row, lane in enumerate(rows):
            if (metric, *lane) in found:
                _cell(axes, row, found[metric, *lane], metric)
            else:
                axes.text(0.0, row, " —", va="center", fontsize=5.2, color=MUTED)
        axes.margins(x=0.1)
        low, high = axes.get_xlim()
        if high - low < 4.0 * (least := _LEAST.get(metric, 0.5)):  # nothing to see: no scale of noughts
            axes.set_xlim(-4.0 * least, 4.0 * least)
        for row in np.flatnonzero(begins)[1:]:
            axes.axhline(row - 0.5, color=MUTED, lw=0.45)
    signs = [
        *(Patch(color=COLORS[source], label=LABELS[source]) for source in SOURCES),
        sign("gain, median", "o", color=INK, ms=3.0),
        sign("national alone", "v", color=MUTED, mfc="white", ms=3.7),
    ]
    figure.legend(handles=signs, loc="outside upper center", ncols=5, fontsize=5.5)


def _cell(axes: Axes, row: int, record: dict, metric: str) -> None:
    least = _LEAST.get(metric, 0.5)
    for k, source in enumerate(SOURCES):
        low, high = record[f"{source}_low"], record[f"{source}_high"]
        if high - low >= least:
            interval(axes, [low, high], row + 0.22 * (k - 1), color=COLORS[source], lw=2.4)
    axes.plot(record["gain"], row, "o", color=INK, ms=2.7, zorder=3)
    if np.isfinite(record["national"]) and abs(record["national"]) >= least:
        axes.plot(-record["national"], row, "v", color=MUTED, mfc="white", ms=3.7, zorder=2.5)
