"""Policies side by side over many runs: medians with their spread, and paired gains with their interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullFormatter

from trackfuse.views.style.style import FAINT, INK, MUTED, NATIONS, Look, place_label, policy_look

if TYPE_CHECKING:
    from trackfuse.studies.compare import Comparison

METRICS = {
    "detection_s": "first knowledge (s after launch)",
    "confirmation_s": "first track (s after launch)",
    "notice_s": "first notice (s after launch)",
    "position_error_m": "position error at apogee (m)",
    "impact_error_km": "impact error, as of apogee (km)",
    "warning_time_s": "warning time (s before the missile)",
}
"""Metric -> its words on an axis."""
_LOGARITHMIC = {"position_error_m", "impact_error_km"}
_LEAST = {"s": 5.0, "m": 10.0, "km": 0.1}
_MOST_PLACES = 8
_NOTE = 0.7
"""Room beside the intervals for what is written there, as a share of theirs."""


def looks_of(names: Sequence[str]) -> dict[str, Look]:
    """Look of every policy, in the order given.

    Parameters
    ----------
    names : sequence of str

    Returns
    -------
    dict of str to Look
    """
    return {name: policy_look(name, order) for order, name in enumerate(names)}


def chosen_places(comparison: Comparison) -> list[str]:
    """The places to show: the most populous of those that the flight passes over or hits.

    Parameters
    ----------
    comparison : Comparison

    Returns
    -------
    list of str
    """
    people = {place.name: place.population for place in comparison.scenario.places}
    return sorted((name for name, _ in comparison.places), key=lambda name: -people[name])[:_MOST_PLACES]


def draw_policies(figure: Figure, comparison: Comparison) -> None:
    """Five figures by nation, and the warning time by place: a dot for the median, a line from 5 to 95 %.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    comparison : Comparison
    """
    looks = looks_of([policy.name for policy in comparison.policies])
    places = chosen_places(comparison)
    kinds = _kinds(comparison)
    grid = figure.add_gridspec(
        2 if places else 1, len(kinds), height_ratios=[3.0, 0.9 * len(places)] if places else None
    )
    nations = {code: look.label for code, look in NATIONS.items()}
    for column, metric in enumerate(kinds):
        axes = figure.add_subplot(grid[0, column])
        table = comparison.nodes[comparison.nodes["metric"] == metric]
        _draw_spread(axes, table, "node", nations, looks, metric, first=column == 0)
    if places:
        axes = figure.add_subplot(grid[1, :])
        labels = {name: place_label(name) for name in places}
        _draw_spread(axes, comparison.warnings, "place", labels, looks, "warning_time_s", first=True)
        axes.axvline(0.0, color=INK, lw=0.9, zorder=1)
    _key(figure, looks, "median, and 5 to 95 % of the runs")


def draw_gains(figure: Figure, comparison: Comparison) -> None:
    """Paired gains over the baseline by nation and by place: median with its 95 % interval; right of zero is better.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    comparison : Comparison
    """
    names = [p.name for p in comparison.policies if p.name != comparison.baseline]
    looks = looks_of(names)
    places = chosen_places(comparison)
    kinds = _kinds(comparison)
    grid = figure.add_gridspec(
        2 if places else 1, len(kinds), height_ratios=[3.0, 0.9 * len(places)] if places else None
    )
    nations = {code: look.label for code, look in NATIONS.items()}
    table = comparison.gains
    for column, metric in enumerate(kinds):
        axes = figure.add_subplot(grid[0, column])
        mine = table[(table["metric"] == metric) & (table["place"] == "")]
        _draw_interval(axes, mine, "nation", nations, looks, metric, first=column == 0)
        axes.locator_params(axis="x", nbins=3)  # the numbers of neighbours must not run into each other
    if places:
        axes = figure.add_subplot(grid[1, :])
        _draw_interval(
            axes,
            table[table["place"] != ""],
            "place",
            {n: place_label(n) for n in places},
            looks,
            "warning_time_s",
            first=True,
        )
    _key(figure, looks, "median gain, run by run, with its 95 % interval")


def _kinds(comparison: Comparison) -> list[str]:
    """The figures by nation that there are: a satellite has no impact."""
    known = comparison.nodes[comparison.nodes["n"] > 0]["metric"].unique()
    return [metric for metric in list(METRICS)[:5] if metric in known]


def _draw_spread(
    axes: Axes, table: pd.DataFrame, by: str, rows: dict[str, str], looks: dict[str, Look], metric: str, *, first: bool
) -> None:
    for row, lane, look, figures in _cells(table, by, rows, looks):
        if figures is None or figures["n"] == 0:
            axes.annotate(
                "never",
                (0.0, row + lane),
                xycoords=axes.get_yaxis_transform(),
                xytext=(3, 0),
                textcoords="offset points",
                fontsize=5.8,
                color=MUTED,
                va="center",
            )
            continue
        low, middle, high = (float(figures[name]) for name in ("p05", "median", "p95"))
        axes.plot([low, high], [row + lane] * 2, color=look.color, lw=1.6, alpha=0.6, solid_capstyle="butt", zorder=2)
        axes.plot(middle, row + lane, look.marker, color=look.color, ms=_size(look), mec="white", mew=0.4, zorder=3)
    _frame(axes, rows, METRICS[metric].replace(" (", "\n("), first)
    low, high = axes.get_xlim()
    if metric in _LOGARITHMIC and not 0.0 < high < 10.0 * low:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
        low, high = axes.get_xlim()
        axes.xaxis.set_minor_formatter(NullFormatter() if high > 100.0 * low else FuncFormatter(_between_decades))


def _between_decades(value: float, _: object) -> str:
    """Names of twice and five times a power of ten; of the others none."""
    return f"{value:g}" if round(value / 10.0 ** np.floor(np.log10(value)), 3) in (2.0, 5.0) else ""


def _draw_interval(
    axes: Axes, table: pd.DataFrame, by: str, rows: dict[str, str], looks: dict[str, Look], metric: str, *, first: bool
) -> None:
    unit = metric.rsplit("_", 1)[1]
    axes.axvline(0.0, color=INK, lw=0.9, zorder=1)
    for row, lane, look, figures in _cells(table, by, rows, looks):
        if figures is None:
            continue
        if figures["only_with"] or figures["only_without"]:
            alone = [
                f"{figures[key]} only {words}"
                for key, words in (("only_with", "with"), ("only_without", "without"))
                if figures[key]
            ]
            axes.annotate(
                ", ".join(alone),
                (1.0, row + lane),
                xycoords=axes.get_yaxis_transform(),
                xytext=(-2, 0),
                textcoords="offset points",
                fontsize=5.8,
                color=look.ink,
                ha="right",
                va="center",
            )
        if not np.isfinite(figures["median"]):
            continue
        low, middle, high = (float(figures[name]) for name in ("low", "median", "high"))
        axes.plot([low, high], [row + lane] * 2, color=look.color, lw=1.6, alpha=0.6, solid_capstyle="butt", zorder=2)
        axes.plot(middle, row + lane, look.marker, color=look.color, ms=_size(look), mec="white", mew=0.4, zorder=3)
    words = METRICS[metric].split(" (")[0]
    better = "more" if metric == "warning_time_s" else "smaller by" if unit in ("m", "km") else "sooner by"
    _frame(axes, rows, f"{words}:\n{better} ({unit})", first)
    low, high = axes.get_xlim()
    least = _LEAST[unit]  # a gain of nothing should look like nothing
    low, high = min(low, -least), max(high, least)
    axes.set_xlim(low, high + (_NOTE * (high - low) if (table["only_with"] + table["only_without"]).any() else 0.0))


def _size(look: Look) -> float:
    return 8.0 if look.marker == "*" else 4.6


def _cells(table: pd.DataFrame, by: str, rows: dict[str, str], looks: dict[str, Look]) -> list[tuple]:
    """Row, offset in the row, look and figures (or None) of every row and policy."""
    spread = np.linspace(-0.3, 0.3, len(looks)) if len(looks) > 1 else np.zeros(1)
    found = {(figures[by], figures["policy"]): figures for figures in table.to_dict("records")}
    return [
        (row, lane, look, found.get((key, name)))
        for row, key in enumerate(rows)
        for lane, (name, look) in zip(spread, looks.items(), strict=True)
    ]


def _frame(axes: Axes, rows: dict[str, str], words: str, first: bool) -> None:
    axes.set(ylim=(len(rows) - 0.5, -0.5), xlabel=words)
    axes.set_yticks(range(len(rows)), list(rows.values()) if first else [""] * len(rows))
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", visible=False)
    axes.xaxis.label.set_fontsize(7.6)
    for edge in np.arange(0.5, len(rows) - 1):
        axes.axhline(edge, color=FAINT, lw=0.6)


def _key(figure: Figure, looks: dict[str, Look], words: str) -> None:
    signs = [
        Line2D([], [], color=look.color, marker=look.marker, ms=5, lw=1.6, label=look.label) for look in looks.values()
    ]
    figure.legend(
        handles=signs, loc="outside upper left", ncol=len(signs), title=words, alignment="left", title_fontsize=7.5
    )
