"""Rules of fusion: whose claims hold, how good they are, and what the exchange's latency and loss cost."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

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
_SHARING = {"mesh": "Reports of own sensors (mesh)", "ideal": "All plots shared and reported too (ideal)"}
_PHASES = {"burn": "last minute of the burn", "fall": "free fall"}
_VARIED = {"latency_s": "latency of the direct exchange (s)", "loss": "messages lost"}
_OVER, _UNDER = BURNING, "#0072b2"


def fusion(study: FusionStudy) -> Figure:
    """Above, NEES of every rule with its band, and its position error; below, what latency and loss cost.

    Parameters
    ----------
    study : FusionStudy
        What `tf.fusion_study` gave.

    Returns
    -------
    matplotlib.figure.Figure
    """
    check_kind(SettingsError, "tf.plots.fusion", study, FusionStudy, "tf.fusion_study")
    caption = (
        f"{study.caption()}. NEES: square of the true error over that claimed, 6 on average where the claim is right; "
        "more is too sure. Mean over centres, runs and free fall; grey: 95 % band of the mean over the runs at one "
        "instant. Below the band a claim is cautious. Lower row: policy mesh, the scenario's own rule; instants at "
        "which the centre has a track whatever the latency or loss. A late or rare report of a burning target can make "
        "a fused track worse than no report does, for no report contains the thrust; the claim allows for it."
    )
    height_in = 3.9 + 0.25 * study.rules["rule"].nunique()
    return sheet(lambda figure: draw_fusion(figure, study), height_in, caption=caption)


def draw_fusion(figure: Figure, study: FusionStudy) -> None:
    """Draw both halves.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    study : FusionStudy
    """
    ratios = [0.34 * study.rules["rule"].nunique() + 1.0, 2.6]
    above, below = stacked(figure, ratios)
    grid = above.subplots(1, 4, sharey=True, width_ratios=[3.0, 1.6, 3.0, 1.6])
    for k, (case, title) in enumerate(_SHARING.items()):
        table = study.rules[study.rules["policy"] == case].reset_index(drop=True)
        _draw_nees(grid[2 * k], table, title)
        _draw_error(grid[2 * k + 1], table)
    grid[0].invert_yaxis()
    axes = below.subplots(1, 4)
    for k, (varied, phase) in enumerate((v, p) for p in _PHASES for v in _VARIED):
        _draw_cost(axes[k], study.links, varied, phase)
    axes[0].set_ylabel("position error (m)")
    for look in nation_looks(study.links["nation"]).values():
        axes[0].plot([], [], color=look.color, ls=look.line, marker=look.marker, ms=3.0, label=look.label)
    axes[0].legend(loc="best")


def _draw_nees(axes: Axes, table: pd.DataFrame, title: str) -> None:
    y = np.arange(len(table))
    low, high = table["low"].iloc[0], table["high"].iloc[0]
    axes.axvspan(low, high, color=FAINT, alpha=0.7, lw=0, zorder=0)
    axes.axvline(6.0, color=MUTED, lw=0.6)
    color = [_OVER if value > high else _UNDER for value in table["nees"]]
    axes.barh(y, table["nees"], height=0.55, color=color, zorder=2)
    for at, value in zip(y, table["nees"], strict=True):
        note(axes, f"{value:.1f}", (value, at), (2.2, 0), fontsize=5.5, color=INK)
    axes.set_yticks(y, [NAMES[str(rule)] for rule in table["rule"]])
    axes.set(xlim=(0.0, 1.18 * max(float(table["nees"].max()), high)), xlabel="NEES (6 is right)")
    axes.set_title(title)
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
