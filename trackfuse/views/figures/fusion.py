"""Rules of fusion: whose claims hold, how good they are, what memory and feedback give, and what latency and loss of
the exchange cost.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from trackfuse.core.errors import SettingsError, check_kind
from trackfuse.studies.fusion import FusionStudy
from trackfuse.views.style.axes import note, stacked
from trackfuse.views.style.style import BURNING, FAINT, INK, MUTED, nation_looks, sheet

NAMES = {
    "ci": "covariance intersection",
    "naive": "naive: adding",
    "campo": "Bar-Shalom–Campo",
    "ici": "inverse intersection",
    "split_ci": "split intersection",
    "tracklet": "tracklets",
}
"""Rule -> its words on an axis."""
WAYS = {
    ("ci", "without"): "intersection",
    ("ci", "with"): "intersection with memory",
    ("tracklet", "with"): "tracklets",
}
"""Rule, with or without memory -> its words on an axis."""
FEEDBACK = {"none": "no feedback", "partial": "partial feedback", "full": "full feedback"}
"""Feedback -> its words on an axis."""
_SHARING = {"mesh": "Reports of own sensors (mesh)", "ideal": "All plots shared and reported too (ideal)"}
_PHASES = {"burn": "last minute of the burn", "fall": "free fall"}
_VARIED = {"latency_s": "latency of the direct exchange (s)", "loss": "messages lost"}
_OVER, _UNDER = BURNING, "#0072b2"


def fusion(study: FusionStudy) -> Figure:
    """Above, NEES of every rule with its band, and its position error; below, what latency and loss cost. Between the
    two, where the study has a hub, the same for rules with and without memory and feedback.

    Parameters
    ----------
    study : FusionStudy
        What `tf.fusion_study` gave.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    SettingsError
        If it is given anything but what `tf.fusion_study` returns.
    """
    check_kind(SettingsError, "tf.plots.fusion", study, FusionStudy, "tf.fusion_study")
    caption = (
        f"{study.caption()}. NEES: square of the true error over that claimed, 6 on average where the claim is right; "
        "more is too sure. Mean over centres, runs and free fall; grey: 95 % band of the mean over the runs at one "
        "instant. Below the band a claim is cautious. Lower row: policy mesh, the scenario's own rule; instants at "
        "which the centre has a track whatever the latency or loss. A late or rare report of a burning target can make "
        "a fused track worse than no report does, for no report contains the thrust; the claim allows for it."
    )
    if len(study.feedback):
        caption += (
            " Memory and feedback: policy mesh; reports: how many reports of tracks a cycle brings to somebody, from "
            "all to all or by way of the hub."
        )
    height_in = 3.9 + 0.25 * study.rules["rule"].nunique() + _ways_height(study)
    return sheet(lambda figure: draw_fusion(figure, study), height_in, caption=caption)


def draw_fusion(figure: Figure, study: FusionStudy) -> None:
    """Draw both halves.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    study : FusionStudy
    """
    ratios = [0.34 * study.rules["rule"].nunique() + 1.0, 2.6]
    if len(study.feedback):
        above, between, below = stacked(figure, [ratios[0], 1.3 * _ways_height(study), ratios[1]])
        _draw_ways(between, study.feedback)
    else:
        above, below = stacked(figure, ratios)
    grid = above.subplots(1, 4, sharey=True, width_ratios=[3.0, 1.6, 3.0, 1.6])
    for k, (case, title) in enumerate(_SHARING.items()):
        table = study.rules[study.rules["policy"] == case].reset_index(drop=True)
        _draw_nees(grid[2 * k], table, [NAMES[str(rule)] for rule in table["rule"]])
        grid[2 * k].set_title(title)
        _draw_error(grid[2 * k + 1], table)
    grid[0].invert_yaxis()
    axes = below.subplots(1, 4)
    for k, (varied, phase) in enumerate((v, p) for p in _PHASES for v in _VARIED):
        _draw_cost(axes[k], study.links, varied, phase)
    axes[0].set_ylabel("position error (m)")
    for look in nation_looks(study.links["nation"]).values():
        axes[0].plot([], [], color=look.color, ls=look.line, marker=look.marker, ms=3.0, label=look.label)
    axes[0].legend(loc="best")


def _ways_height(study: FusionStudy) -> float:
    """Height of the part on memory and feedback, in."""
    return 0.6 + 0.17 * len(study.feedback) if len(study.feedback) else 0.0


def _draw_ways(figure: SubFigure, table: pd.DataFrame) -> None:
    left, middle, right = figure.subplots(1, 3, sharey=True, width_ratios=[3.0, 3.0, 1.6])
    asked = zip(table["rule"], table["memory"], table["feedback"], strict=True)
    words = [f"{WAYS[rule, memory]}, {FEEDBACK[feedback]}" for rule, memory, feedback in asked]
    _draw_nees(left, table, words)
    left.set_title("Memory and feedback (mesh)")
    _draw_error(middle, table)
    y = np.arange(len(table))
    right.barh(y, table["reports"], height=0.55, color=FAINT)
    for at, value in zip(y, table["reports"], strict=True):
        note(right, f"{value}", (value, at), (2.2, 0), fontsize=5.5, color=INK)
    right.set(xlim=(0.0, 1.25 * float(table["reports"].max())), xlabel="reports a cycle")
    right.grid(axis="y", visible=False)
    left.invert_yaxis()


def _draw_nees(axes: Axes, table: pd.DataFrame, words: list[str]) -> None:
    y = np.arange(len(table))
    low, high = table["low"].iloc[0], table["high"].iloc[0]
    axes.axvspan(low, high, color=FAINT, alpha=0.7, lw=0, zorder=0)
    axes.axvline(6.0, color=MUTED, lw=0.6)
    color = [_OVER if value > high else _UNDER for value in table["nees"]]
    axes.barh(y, table["nees"], height=0.55, color=color, zorder=2)
    for at, value in zip(y, table["nees"], strict=True):
        note(axes, f"{value:.1f}", (value, at), (2.2, 0), fontsize=5.5, color=INK)
    axes.set_yticks(y, words)
    axes.set(xlim=(0.0, 1.18 * max(float(table["nees"].max()), high)), xlabel="NEES (6 is right)")
    axes.grid(axis="y", visible=False)


def _draw_error(axes: Axes, table: pd.DataFrame) -> None:
    y = np.arange(len(table))
    axes.hlines(y, 0.0, table["position_rms_m"], color=FAINT, lw=0.75)
    axes.plot(table["claimed_rms_m"], y, "|", color=MUTED, ms=6.6, mew=1.2)
    axes.plot(table["position_rms_m"], y, "o", color=INK, ms=3.0)
    most = float(np.nanmax(table[["position_rms_m", "claimed_rms_m"]].to_numpy()))
    axes.set(xlim=(0.0, 1.1 * most), xlabel="error ●, claim | (m)")
    axes.grid(axis="y", visible=False)


def _draw_cost(axes: Axes, links: pd.DataFrame, varied: str, phase: str) -> None:
    table, looks = links[(links["varied"] == varied) & (links["phase"] == phase)], nation_looks(links["nation"])
    for nation, rows in table.groupby("nation"):
        look = looks[str(nation)]
        x = np.arange(len(rows))
        axes.plot(x, rows["position_rms_m"], color=look.color, ls=look.line, marker=look.marker, ms=3.0)
    values = table["value"].drop_duplicates()
    label = "{:.0%}" if varied == "loss" else "{:g}"
    axes.set_xticks(np.arange(len(values)), [label.format(value) for value in values])
    axes.set(ylim=(0.0, 1.1 * float(table["position_rms_m"].max())), xlabel=_VARIED[varied])
    axes.set_title(_PHASES[phase].capitalize(), fontsize=6.3)
