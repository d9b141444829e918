"""How far gains can be believed: which group of assumptions moves one, and how wide it spreads by kind of flight."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from trackfuse.core.errors import SettingsError, check_kind, check_known
from trackfuse.core.language import translate
from trackfuse.studies.uncertainty import DRAWS, Uncertainty
from trackfuse.views.style.axes import interval, lanes, note_right, sign
from trackfuse.views.style.style import FAINT, INK, MUTED, Look, cite, nation_looks, policy_look, sheet
from trackfuse.views.style.tables import MEASURES, measure, spread

_LEAST = {"km": 0.05, "s": 0.5}
"""Below this a width is not drawn, by unit."""
_SAID = 0.005
"""Below this a share of runs is not written."""


# ---- one scenario ----------------------------------------------------------------------------------------------------


def uncertainty(done: Uncertainty, figure: str = "first_track_s") -> Figure:
    """What share of the variance of a gain each group of assumptions accounts for, by nation.

    Parameters
    ----------
    done : Uncertainty
    figure : str
        One of those that the study was asked for.

    Returns
    -------
    matplotlib.figure.Figure
        A bar a group and nation of the first launch.

    Raises
    ------
    SettingsError
        If the study has not that figure; the nearest is offered.
    """
    check_kind(SettingsError, "tf.plots.uncertainty", done, Uncertainty, "tf.uncertainty")
    check_known(SettingsError, "figure in this study", figure, list(done.table["figure"].unique()), where="figure")
    first = done.table["object"].iloc[0]
    table = done.table[(done.table["object"] == first) & (done.table["figure"] == figure)]
    names = [*done.groups, DRAWS]
    over = f"{policy_look(done.policy).label} over {policy_look(done.baseline).label}"
    caption = (
        f"{done.caption()}. Bars: total Sobol index, the share of the variance that is left when all but the group is "
        "known; dark: the group alone; lines: 95 % bootstrap intervals. Total indices add up to more than 1 where "
        "groups act together. Where the gain is nearly always the same, the bars are of whether the figure occurs "
        "under one policy alone. No bars: the same in nearly all runs."
    )

    def draw(sheet_: Figure) -> None:
        panels = np.atleast_1d(sheet_.subplots(1, len(table), sharey=True))
        looks = nation_looks(table["nation"])
        for axes, row in zip(panels, table.to_dict("records"), strict=True):
            mine = done.indices[(done.indices["object"] == first) & (done.indices["nation"] == row["nation"])]
            mine = mine[(mine["figure"] == figure) & (mine["answer"] == row["of"])]
            _draw_shares(axes, mine.set_index("group"), names, looks[row["nation"]])
            axes.set_title(f"{looks[row['nation']].label}\n{_gained(row)}", fontsize=6.3)
        panels[len(panels) // 2].set_xlabel("share of the variance of the gain")
        total = Patch(color=FAINT, label="with all that it does together with others")
        signs = [total, Patch(color=MUTED, label="alone")]
        sheet_.legend(handles=signs, loc="outside upper center", ncols=2, fontsize=5.5,
                      title=f"{MEASURES[figure].words.capitalize()}: {over}", title_fontsize=6.8)  # fmt: skip

    return sheet(draw, 1.6 + 0.17 * len(names), caption=caption)


def _gained(row: dict[Hashable, Any]) -> str:
    """The gain and its spread in words."""
    said = spread([row["gain"], row["p05"], row["p95"]], row["unit"], sign="+")
    alone = "".join(
        f"\n{words} alone: {row[side]:.0%}"
        for side, words in (("only_policy", "new policy"), ("only_baseline", "old policy"))
        if row[side] >= _SAID
    )
    return f"{said} {row['unit']}{alone}" if said not in ("-", "0") else f"{said}{alone}"


def _draw_shares(axes: Axes, mine: pd.DataFrame, names: list[str], look: Look) -> None:
    lanes(axes, names, fontsize=5.8)
    axes.set_xlim(0.0, 1.25)
    axes.axhline(len(names) - 1.5, color=MUTED, lw=0.45)
    for lane, name in enumerate(names):
        if name not in mine.index:
            continue
        row = mine.loc[name].to_dict()
        axes.barh(lane, max(row["total"], 0.0), 0.62, color=look.color, alpha=0.4, lw=0.0)
        axes.barh(lane, min(max(row["first"], 0.0), 1.25), 0.3, color=look.color, lw=0.0)
        interval(axes, [max(row["total_low"], 0.0), row["total_high"]], lane, color=INK, lw=0.65)
    if mine.empty:
        axes.text(0.5, 0.5, "the same in\nnearly all runs", transform=axes.transAxes, ha="center", va="center",
                  fontsize=5.8, color=MUTED)  # fmt: skip


# ---- kinds of flight -------------------------------------------------------------------------------------------------


def headline_spread(table: pd.DataFrame) -> Figure:
    """Gain of real-time exchange over the status quo of 2023 by nation and kind of flight, with its spread.

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
    caption = cite(translate(
        "Trilateral over bilateral (the arrangement of November 2023), paired runs on the same noise; positive is "
        "sooner, or closer. Dot: median; bar: 5 to 95 % over noise, posture and everything that is assumed, varied at "
        "once: ships, radars in maintenance, parameters of sensors, cross-section, boost and drag, delays, losses, "
        "what an ally passes on, how coarse the published items are and whether tracks are exchanged instead. At the "
        "right: in what share of the runs the figure occurs under trilateral alone. A dash: under both in no run."
    ))  # fmt: skip
    rows = list(dict.fromkeys(zip(table["kind"], table["nation"], strict=True)))
    return sheet(lambda figure: _draw_kinds(figure, table, rows), 1.45 + 0.22 * len(rows), caption=caption)


def _draw_kinds(figure: Figure, table: pd.DataFrame, rows: list[tuple[str, str]]) -> None:
    metrics = list(dict.fromkeys(table["figure"]))
    panels = np.atleast_1d(figure.subplots(1, len(metrics), sharey=True))
    looks = nation_looks(nation for _, nation in rows)
    begins = [row == 0 or rows[row - 1][0] != kind for row, (kind, _) in enumerate(rows)]
    heads = [translate("{kind}:  ").format(kind=translate(kind)) for kind, _ in rows]
    names = [head * first + looks[nation].label for head, first, (_, nation) in zip(heads, begins, rows, strict=True)]
    first = table.drop_duplicates(["figure", "kind", "nation"])  # of several launches that of the first
    found = first.set_index(["figure", "kind", "nation"]).to_dict("index")
    for axes, metric in zip(panels, metrics, strict=True):
        least = _LEAST.get(MEASURES[metric].unit, 0.0)
        lanes(axes, names, fontsize=5.5)
        words, unit, _ = measure(metric, MEASURES[metric].unit)
        title = translate("{figure} ({unit})").format(figure=words[:1].upper() + words[1:], unit=unit)
        axes.set_title(title.replace(", ", ",\n").replace("、", "、\n"), fontsize=6.0)
        axes.axvline(0.0, color=MUTED, lw=0.6)
        for lane, key in enumerate(rows):
            _draw_gain(axes, lane, found.get((metric, *key)), looks[key[1]], least)
        axes.margins(x=0.1)
        low, high = axes.get_xlim()
        if high - low < 4.0 * least:  # nothing to see: no scale of noughts
            low, high = -4.0 * least, 4.0 * least
        room = 0.3 * (high - low) if (table.loc[table["figure"] == metric, "only_policy"] >= _SAID).any() else 0.0
        axes.set_xlim(low, high + room)
        for lane in np.flatnonzero(begins)[1:]:
            axes.axhline(lane - 0.5, color=MUTED, lw=0.45)
    signs = [sign(translate("gain, median"), "o", color=INK, ms=3.0), sign(translate("5 to 95 %"), color=FAINT, lw=3.0)]
    figure.legend(handles=signs, loc="outside upper center", ncols=2, fontsize=5.5)


def _draw_gain(axes: Axes, lane: int, row: dict[Hashable, Any] | None, look: Look, least: float) -> None:
    if row is None or not np.isfinite(row["gain"]):
        axes.text(0.0, lane, " —", va="center", fontsize=5.2, color=MUTED)
    else:
        if row["p95"] - row["p05"] >= least:
            interval(axes, [row["p05"], row["p95"]], lane, color=look.color, alpha=0.5, lw=3.0)
        axes.plot(row["gain"], lane, "o", color=look.ink, ms=2.7, zorder=3)
    if row is not None and row["only_policy"] >= _SAID:
        words = translate("alone {share}").format(share=f"{row['only_policy']:.0%}")
        note_right(axes, words, lane, (-1.5, 0.0), fontsize=5.0, color=look.ink, ha="right")
