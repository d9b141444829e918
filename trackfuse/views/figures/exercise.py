"""An exercise's timeline: one panel a launch, one lane a nation, what failed meanwhile shaded."""

from __future__ import annotations

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from trackfuse.core.errors import SettingsError, check_kind
from trackfuse.studies.exercise import AfterAction, Inject
from trackfuse.views.style.axes import lanes, legend_below, note_right, sign
from trackfuse.views.style.style import INK, MUTED, nation_looks, policy_look, sheet

SIGNS = (("knows of the launch", "D"), ("holds a track", "o"), ("gives notice to the public", "s"))
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

    Raises
    ------
    SettingsError
        If it is given anything but what `tf.play` returns.
    """
    check_kind(SettingsError, "tf.plots.exercise", played, AfterAction, "tf.play")
    launches, panel_in = played.exercise.launches, 0.4 + 0.3 * len(played.exercise.nations)
    medians = np.median(np.where(np.isnan(played.times_s), np.inf, played.times_s), axis=0)

    def draw(figure: Figure) -> None:
        span = _span(played, medians)
        panels = figure.subplots(len(launches), 1, squeeze=False)[:, 0]
        for k, axes in enumerate(panels):
            _panel(axes, played, medians[k], launches[k], span)
        panels[-1].set_xlabel("clock of the exercise (s)")
        legend_below(panels[-1], _legend(played), points=23.6, columns=4)

    return sheet(draw, 0.95 + panel_in * len(launches), caption=f"{played.caption()}.")


def _span(played: AfterAction, medians: np.ndarray) -> float:
    """How long every panel lasts, s: until the last event of any launch, and room for words."""
    lift_off = np.array([launch.from_s for launch in played.exercise.launches])[:, None]
    since = (medians - lift_off[:, None, None]).reshape(-1)
    return 1.2 * float(max(since[np.isfinite(since)], default=60.0))


def _panel(axes: Axes, played: AfterAction, times: np.ndarray, launch: Inject, span: float) -> None:
    begin, looks = launch.from_s, nation_looks(played.exercise.nations).values()
    lanes(axes, [look.label for look in looks])
    axes.set_xlim(begin - 0.02 * span, begin + span)
    axes.set_title(launch.scenario.title if launch.scenario is not None else "", fontsize=6.3)
    for inject in played.exercise.injects:
        if inject.kind in SHADES:
            color, alpha, _ = SHADES[inject.kind]
            axes.axvspan(inject.from_s, inject.until_s, color=color, alpha=alpha, lw=0, zorder=0.5)
    axes.axvline(begin, color=INK, lw=0.75)
    for row, look in enumerate(looks):
        _lane(axes, times[-1, row], row - 0.17, look.color, filled=True)
        _lane(axes, times[0, row], row + 0.17, look.color, filled=False)
        both = np.isfinite(times[0, row]) & np.isfinite(times[-1, row])
        best = float(np.max(times[0, row, both] - times[-1, row, both], initial=0.0))
        if best >= 0.5:
            note_right(axes, f"up to {best:.0f} s sooner", row, (-2.2, 0.0), ha="right", color=look.ink)


def _lane(axes: Axes, times: np.ndarray, y: float, color: str, *, filled: bool) -> None:
    happened = times[np.isfinite(times)]
    if not happened.size:
        at_left = axes.get_yaxis_transform()
        axes.text(0.02, y, "never learns of it", size=5.2, color=MUTED, transform=at_left, va="center")
        return
    axes.plot([happened.min(), happened.max()], [y, y], color=color, lw=0.65, alpha=0.9 if filled else 0.45)
    for t, (_, marker) in zip(times, SIGNS, strict=True):
        if np.isfinite(t):
            axes.plot(t, y, marker, color=color, ms=3.7, mew=0.8, mfc=color if filled else "white", zorder=3)


def _legend(played: AfterAction) -> list[Artist]:
    with_it, without = (policy_look(played.policies[i]).label for i in (-1, 0))
    kinds = dict.fromkeys(inject.kind for inject in played.exercise.injects if inject.kind in SHADES)
    shades = [SHADES[kind] for kind in kinds]
    return [
        *(sign(words, marker, color=MUTED, ms=3.7) for words, marker in SIGNS),
        sign(f"filled: {with_it}", "o", color=MUTED, ms=3.7),
        sign(f"hollow: {without}", "o", color=MUTED, ms=3.7, mfc="white"),
        *(Patch(color=color, alpha=2.0 * alpha, lw=0, label=words) for color, alpha, words in shades),
    ]
