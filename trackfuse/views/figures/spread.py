"""Policies side by side over many runs: medians with their spread, and paired gains with their interval."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from trackfuse.core.language import message, translate
from trackfuse.studies.compare import Comparison
from trackfuse.views.style.axes import interval, lanes, note, note_right, sign
from trackfuse.views.style.fonts import bare, in_two
from trackfuse.views.style.style import FAINT, INK, MUTED, Look, nation_looks, place_label, policy_look
from trackfuse.views.style.tables import unchanged

WORDS = {
    "first_knowledge_s": message("first knowledge (s after launch)"),
    "first_track_s": message("first track (s after launch)"),
    "time_to_1km_s": message("position to 1 km (s after launch)"),
    "impact_error_burnout_km": message("impact after burn-out (km)"),
    "first_notice_s": message("first notice (s after launch)"),
    "warning_time_s": message("warning time (s before the missile)"),
}
"""Figure -> its words on an axis."""
MORE, SMALLER = message("{figure}:\nmore ({unit})"), message("{figure}:\nsmaller by ({unit})")
SOONER = message("{figure}:\nsooner by ({unit})")
_LOGARITHMIC = {"impact_error_burnout_km"}
_LEAST = {"s": 5.0, "m": 10.0, "km": 0.1}
_MOST_PLACES = 8
_NOTE = 0.9
"""Width for the words beside the intervals, as a share of that of the intervals."""
SHARES = message("{policy_share}, not {baseline_share}")
"""In what share of the runs a figure occurs, beside an interval; the caption says so."""


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
    nodes = _of_first(comparison.nodes, comparison)
    for metric, panel in _panels(figure, comparison).items():
        if metric == "warning_time_s":
            _draw_spread(panel, comparison.warnings.set_index(["place", "policy"]), looks, metric)
            panel.axes.axvline(0.0, color=INK, lw=0.65, zorder=1)
        else:
            _draw_spread(panel, nodes[nodes["figure"] == metric].set_index(["nation", "policy"]), looks, metric)
    _key(figure, looks, translate("median, and 5 to 95 % of the runs"))


def some_lack(comparison: Comparison) -> bool:
    """Whether some figure of `WORDS` occurs under a policy in another share of the runs than under the baseline.

    Parameters
    ----------
    comparison : Comparison

    Returns
    -------
    bool
    """
    mine = _shown(comparison)
    return bool((mine["p_policy"] != mine["p_baseline"]).any())


def _shown(comparison: Comparison) -> pd.DataFrame:
    """Gains of the figures of `WORDS` that apply, of the first launch."""
    gains = comparison.gains
    mine = gains[gains["object"].isin((comparison.objects[0], "")) & gains["figure"].isin(WORDS)]
    return mine[mine["p_policy"].notna()]


def unmoved(comparison: Comparison) -> tuple[str, ...]:
    """Figures of `WORDS` that change in no run under any policy, so that a panel of their gains would be empty.

    Parameters
    ----------
    comparison : Comparison

    Returns
    -------
    tuple of str
        None of them where nothing changes at all: then every panel shows that.
    """
    mine = _shown(comparison)
    moved = set(mine[~unchanged(mine)]["figure"])
    return tuple(name for name in WORDS if name in set(mine["figure"]) and name not in moved) if moved else ()


def draw_gains(figure: Figure, comparison: Comparison) -> None:
    """Paired gains over the baseline by nation and by place: median with its 95 % interval; right of zero is better.
    What changes in no run has no panel.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    comparison : Comparison
    """
    looks = looks_of([policy.name for policy in comparison.policies if policy.name != comparison.baseline])
    table = comparison.gains
    for metric, panel in _panels(figure, comparison, unmoved(comparison)).items():
        if metric == "warning_time_s":
            _draw_gains(panel, table[table["place"] != ""].set_index(["place", "policy"]), looks, metric)
        else:
            mine = _of_first(table[table["figure"] == metric], comparison)
            _draw_gains(panel, mine.set_index(["nation", "policy"]), looks, metric)
            panel.axes.locator_params(axis="x", nbins=3)  # the numbers of neighbours must not run into each other
    _key(figure, looks, translate("median gain, run by run, with its 95 % interval"))


def _of_first(table: pd.DataFrame, comparison: Comparison) -> pd.DataFrame:
    """The rows of nations, of the first launch."""
    return table[table["object"] == comparison.objects[0]]


class Panel(NamedTuple):
    """Axes for one metric, and its rows.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    rows : dict of str to str
        Nation or place -> its name, from the top down.
    named : bool
        Whether the names stand at the left.
    """

    axes: Axes
    rows: dict[str, str]
    named: bool


def _panels(figure: Figure, comparison: Comparison, without: Sequence[str] = ()) -> dict[str, Panel]:
    """By metric: a row of panels by nation, of the figures that there are, and below one by place."""
    known = comparison.nodes[comparison.nodes["n"] > 0]["figure"].unique()  # a satellite has no impact
    metrics = [metric for metric in list(WORDS)[:-1] if metric in known and metric not in without]
    places = chosen_places(comparison) if "warning_time_s" not in without else []
    codes = comparison.scenario.nations
    heights = ([len(codes)] if metrics else []) + ([0.9 * len(places)] if places else [])
    grid = figure.add_gridspec(len(heights), max(len(metrics), 1), height_ratios=heights)
    nations = {code: look.label for code, look in nation_looks(codes).items()}
    panels = {
        metric: Panel(figure.add_subplot(grid[0, column]), nations, column == 0)
        for column, metric in enumerate(metrics)
    }
    if places:
        rows = {name: place_label(name) for name in places}
        panels["warning_time_s"] = Panel(figure.add_subplot(grid[-1, :]), rows, True)
    return panels


def _draw_spread(panel: Panel, table: pd.DataFrame, looks: dict[str, Look], metric: str) -> None:
    axes = panel.axes
    for row, look, figures in _cells(panel, table, looks):
        if figures is None or figures["n"] == 0:
            at_left = {"xycoords": axes.get_yaxis_transform(), "fontsize": 5.0, "color": MUTED}
            note(axes, translate("never"), (0.0, row), (2.2, 0), **at_left)
            continue
        if figures["p_never"] > 0.0:
            words = translate("never in {share}").format(share=f"{figures['p_never']:.0%}")
            note_right(axes, words, row, (-1.5, 0.0), fontsize=5.0, color=look.ink, ha="right")
        _draw_interval(axes, row, look, [figures[name] for name in ("p05", "median", "p95")])
    _frame(panel, in_two(translate(WORDS[metric])))
    low, high = axes.get_xlim()
    logarithmic = metric in _LOGARITHMIC and not 0.0 < high < 10.0 * low
    if logarithmic:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
        low, high = axes.get_xlim()
        axes.xaxis.set_minor_formatter(NullFormatter() if high > 100.0 * low else FuncFormatter(_between_decades))
    if ((table["p_never"] > 0.0) & (table["n"] > 0)).any():
        axes.set_xlim(low, high * (high / low) ** _NOTE if logarithmic else high + _NOTE * (high - low))


def _between_decades(value: float, _: object) -> str:
    """Names of twice and five times a power of ten; of the others none."""
    return f"{value:g}" if round(value / 10.0 ** np.floor(np.log10(value)), 3) in (2.0, 5.0) else ""


def _draw_gains(panel: Panel, table: pd.DataFrame, looks: dict[str, Look], metric: str) -> None:
    axes, unit = panel.axes, metric.rsplit("_", 1)[1]
    axes.axvline(0.0, color=INK, lw=0.65, zorder=1)
    for row, look, figures in _cells(panel, table, looks):
        if figures is None:
            continue
        if figures["p_policy"] != figures["p_baseline"]:
            alone = translate(SHARES).format(
                policy_share=f"{figures['p_policy']:.0%}", baseline_share=f"{figures['p_baseline']:.0%}"
            )
            note_right(axes, alone, row, (-1.5, 0.0), fontsize=5.0, color=look.ink, ha="right")
        if np.isfinite(figures["median"]):
            _draw_interval(axes, row, look, [figures[name] for name in ("low", "median", "high")])
    better = MORE if metric == "warning_time_s" else SMALLER if unit in ("m", "km") else SOONER
    _frame(panel, translate(better).format(figure=bare(translate(WORDS[metric])), unit=unit))
    low, high = axes.get_xlim()
    least = _LEAST[unit]  # a gain of nothing should look like nothing
    low, high = min(low, -least), max(high, least)
    axes.set_xlim(low, high + (_NOTE * (high - low) if (table["p_policy"] != table["p_baseline"]).any() else 0.0))


def _draw_interval(axes: Axes, row: float, look: Look, ends: Sequence[float]) -> None:
    """A bar from the first to the last, and the policy's sign at the one between."""
    low, middle, high = map(float, ends)
    interval(axes, [low, high], row, color=look.color, lw=1.2, alpha=0.6, zorder=2)
    size = 6.2 if look.marker == "*" else 3.7
    axes.plot(middle, row, look.marker, color=look.color, ms=size, mec="white", mew=0.3, zorder=3)


def _cells(panel: Panel, table: pd.DataFrame, looks: dict[str, Look]) -> Iterator[tuple[float, Look, Any]]:
    """Height, look, and figures (or None) of every row and policy; the table is indexed by both."""
    offsets = np.linspace(-0.3, 0.3, len(looks)) if len(looks) > 1 else np.zeros(1)
    found = table.to_dict("index")
    for row, key in enumerate(panel.rows):
        for offset, (name, look) in zip(offsets, looks.items(), strict=True):
            yield row + offset, look, found.get((key, name))


def _frame(panel: Panel, words: str) -> None:
    axes, rows = panel.axes, panel.rows
    lanes(axes, list(rows.values()) if panel.named else [""] * len(rows), above=0.5, below=0.5)
    axes.set_xlabel(words, fontsize=5.6)
    for edge in np.arange(0.5, len(rows) - 1):
        axes.axhline(edge, color=FAINT, lw=0.45)


def _key(figure: Figure, looks: dict[str, Look], words: str) -> None:
    signs = [sign(look.label, look.marker, color=look.color, ms=3.7, ls="-", lw=1.2) for look in looks.values()]
    figure.legend(
        handles=signs, title=words, title_fontsize=5.5, loc="outside upper left", ncol=len(signs), alignment="left"
    )
