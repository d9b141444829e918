"""An exercise's timeline: one panel a launch, one lane a nation, what failed meanwhile shaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from trackfuse.views.style.style import INK, MUTED, NATIONS, legend_below, policy_look, sheet

if TYPE_CHECKING:
    from trackfuse.studies.exercise import AfterAction, Inject

SIGNS = (("knows of the launch", "D"), ("holds a track", "o"), ("tells the public", "s"))
"""Of the report's events, in its order."""
SHADES = {
    "sensor_outage": ("#c4262e", 0.13, "sensors out"),
    "link_outage": ("#6a51a3", 0.15, "links cut"),
    "late_satellite": ("#5c6670", 0.16, "satellite late"),
    "false_plots": ("#009e73", 0.12, "false plots"),
}
"""Kind of inject -> colour, opacity and words."""


def exercise(played: AfterAction) -> Figure:
    """Timeline of a played exercise: for each launch what each nation knew and said, with and without the sharing.

    Parameters
    ----------
    played : AfterAction
        As `play` gives it. Drawn are the last policy, filled, and the first, hollow: medians over the runs.

    Returns
    -------
    matplotlib.figure.Figure
    """
    launches = played.exercise.launches
    medians = np.median(np.where(np.isnan(played.times_s), np.inf, played.times_s), axis=0)

    def draw(figure: Figure) -> None:
        span = _span(played, medians)
        panels = figure.subplots(len(launches), 1, squeeze=False)[:, 0]
        for k, axes in enumerate(panels):
            _panel(axes, played, medians[k], launches[k], span)
        panels[-1].set_xlabel("clock of the exercise (s)")
        legend_below(panels[-1], _legend(played), points=32.0, columns=4)

    return sheet(draw, size_in=(9.6, 1.3 + 1.75 * len(launches)), caption=f"{played.caption()}.")


def _span(played: AfterAction, medians: np.ndarray) -> float:
    """How long every panel lasts, s: until the last event of any launch, and room for words."""
    lift_off = np.array([launch.from_s for launch in played.exercise.launches])[:, None]
    since = (medians - lift_off[:, None, None]).reshape(-1)
    return 1.2 * float(max(since[np.isfinite(since)], default=60.0))


def _panel(axes: Axes, played: AfterAction, times: np.ndarray, launch: Inject, span: float) -> None:
    begin = launch.from_s
    axes.set(xlim=(begin - 0.02 * span, begin + span), ylim=(len(NATIONS) - 0.4, -0.6))
    axes.set_yticks(range(len(NATIONS)), [look.label for look in NATIONS.values()])
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", visible=False)
    axes.set_title(launch.scenario.title if launch.scenario is not None else "", fontsize=8.5)
    for inject in played.exercise.injects:
        if inject.kind in SHADES:
            color, alpha, _ = SHADES[inject.kind]
            axes.axvspan(inject.from_s, inject.until_s, color=color, alpha=alpha, lw=0, zorder=0.5)
    axes.axvline(begin, color=INK, lw=1.0)
    for row, look in enumerate(NATIONS.values()):
        _lane(axes, times[-1, row], row - 0.17, look.color, filled=True)
        _lane(axes, times[0, row], row + 0.17, look.color, filled=False)
        gained = times[0, row] - times[-1, row]
        best = float(np.max(gained, where=np.isfinite(gained), initial=0.0))
        if best >= 0.5:
            axes.annotate(
                f"up to {best:.0f} s sooner", (0.995, row), xycoords=axes.get_yaxis_transform(),
                ha="right", va="center", fontsize=7, color=look.ink,
            )  # fmt: skip


def _lane(axes: Axes, times: np.ndarray, y: float, color: str, *, filled: bool) -> None:
    happened = times[np.isfinite(times)]
    if not happened.size:
        axes.annotate(
            "never learns of it", (0.02, y), xycoords=axes.get_yaxis_transform(), fontsize=7, color=MUTED, va="center"
        )
        return
    axes.plot([happened.min(), happened.max()], [y, y], color=color, lw=0.9, alpha=0.9 if filled else 0.45)
    for t, (_, sign) in zip(times, SIGNS, strict=True):
        if np.isfinite(t):
            axes.plot(t, y, sign, color=color, ms=5.0, mew=1.1, mfc=color if filled else "white", zorder=3)


def _legend(played: AfterAction) -> list[Artist]:
    with_it, without = (policy_look(played.policies[i]).label for i in (-1, 0))
    signs: list[Artist] = [
        Line2D([], [], marker=sign, color=MUTED, ls="", ms=5.0, label=words) for words, sign in SIGNS
    ]
    signs += [
        Line2D([], [], marker="o", color=MUTED, ls="", ms=5.0, label=f"filled: {with_it}"),
        Line2D([], [], marker="o", color=MUTED, ls="", ms=5.0, mfc="white", label=f"hollow: {without}"),
    ]
    kinds = dict.fromkeys(inject.kind for inject in played.exercise.injects if inject.kind in SHADES)
    signs += [Patch(color=SHADES[kind][0], alpha=2.0 * SHADES[kind][1], lw=0, label=SHADES[kind][2]) for kind in kinds]
    return signs
