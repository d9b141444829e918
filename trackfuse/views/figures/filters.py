"""Filters on the same plots: their errors beside the bound, and whether what they claim is what they have."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from trackfuse.core.errors import SettingsError, check_kind
from trackfuse.studies.filters import FilterStudy
from trackfuse.views.style.axes import note
from trackfuse.views.style.style import BURNING, FAINT, INK, MUTED, Look, sheet

LINES = {
    "ekf": Look(label="EKF of free fall", color="#0072b2", ink="#005a8e", line="-", marker="o"),
    "ukf": Look(label="UKF of free fall", color="#d98b00", ink="#8f5d00", line=(0, (5, 1.6)), marker="s"),
    "imm": Look(label="IMM: the tracker", color=BURNING, ink=BURNING, line=(0, (5, 1.4, 1, 1.4)), marker="^"),
    "batch": Look(label="batch: all plots at once", color="#00674b", ink="#00674b", line=(0, (1, 1.2)), marker="D"),
}
"""Filter -> its look."""
_ERRORS = (("position", "m", "Position", "m"), ("velocity", "mps", "Velocity", "m/s"))


def filters(study: FilterStudy) -> Figure:
    """Above, errors of position and velocity beside the bound; below, NEES with its band, and error over bound.

    Parameters
    ----------
    study : FilterStudy
        What `tf.filter_study` gave.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    SettingsError
        If it is given anything but what `tf.filter_study` returns.
    """
    check_kind(SettingsError, "tf.plots.filters", study, FilterStudy, "tf.filter_study")
    caption = (
        f"{study.caption()}. Root mean square over the runs; all filters get the same plots, all that any sensor has. "
        "Bound: Cramér–Rao, of the plots since burn-out and of the start given to EKF and UKF, motion known, without "
        "process noise. The batch has no start; the IMM has the plots of the burn as well, and has to find the "
        "burn-out. NEES: square of the true error over that claimed, 6 on average where the claim is right; grey: "
        "95\N{NO-BREAK SPACE}% band of the mean over the runs at one instant. Above the band a filter is too sure, "
        "below it cautious."
    )
    return sheet(lambda figure: draw_filters(figure, study), 4.9, caption=caption)


def draw_filters(figure: Figure, study: FilterStudy) -> None:
    """Draw the four panels.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    study : FilterStudy
    """
    grid = figure.subplots(2, 2, sharex=True)
    for axes, (what, unit, title, shown) in zip(grid[0], _ERRORS, strict=True):
        _draw_error(axes, study.table, what, unit)
        axes.set(title=f"{title} error", ylabel=f"{shown}, root mean square")
    _draw_nees(grid[1, 0], study.table)
    _draw_ratio(grid[1, 1], study.table)
    for axes in grid.flat:
        axes.axvline(study.apogee_s, color=FAINT, lw=0.75, zorder=0)
    at_top = {"xycoords": ("data", "axes fraction"), "va": "top", "fontsize": 5.5, "color": MUTED}
    note(grid[0, 1], "apogee", (study.apogee_s, 1.0), (2.2, -2.2), **at_top)
    for axes in grid[1]:
        axes.set_xlabel("time after launch (s)")
    signs, labels = grid[0, 0].get_legend_handles_labels()
    figure.legend(signs, labels, loc="outside upper left", ncols=len(signs))


def _lines(axes: Axes, table: pd.DataFrame, values: pd.Series) -> None:
    for order, (name, rows) in enumerate(table.groupby("filter", sort=False)):
        look = LINES[str(name)]
        axes.plot(
            rows["t_s"], values[rows.index], markevery=(2 * order % 5, 5), label=look.label,
            color=look.color, ls=look.line, marker=look.marker, ms=2.6, lw=0.95,
        )  # fmt: skip


def _draw_error(axes: Axes, table: pd.DataFrame, what: str, unit: str) -> None:
    limit = table.groupby("t_s")[f"{what}_bound_{unit}"].mean()
    axes.fill_between(limit.index, 1e-6 * limit, limit, color=FAINT, alpha=0.45, lw=0, label="below the bound")
    _lines(axes, table, table[f"{what}_rms_{unit}"])
    seen = pd.concat([table[f"{what}_rms_{unit}"], limit]).dropna()
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_ylim(0.7 * float(seen.min()), 1.4 * float(seen.max()))


def _draw_nees(axes: Axes, table: pd.DataFrame) -> None:
    band = table.drop_duplicates("t_s").sort_values("t_s")
    axes.fill_between(band["t_s"], band["low"], band["high"], color=FAINT, alpha=0.7, lw=0, zorder=0)
    axes.axhline(6.0, color=MUTED, lw=0.6)
    _lines(axes, table, table["nees"])
    most = max(1.15 * float(band["high"].max()), min(1.05 * float(table["nees"].max()), 20.0))
    axes.set(title="NEES: is the claim right?", ylabel="NEES (6 is right)", ylim=(0.0, most))


def _draw_ratio(axes: Axes, table: pd.DataFrame) -> None:
    ratio = table["position_rms_m"] / table["position_bound_m"]
    axes.axhline(1.0, color=INK, lw=0.6)
    _lines(axes, table, ratio)
    top = float(np.clip(1.1 * ratio.max(), 1.3, 3.0))
    axes.set(title="Position error over the bound", ylabel="ratio", ylim=(0.0, top))
