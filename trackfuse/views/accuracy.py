"""Accuracy: how far each nation's track is from the truth, what it claims, and the best that any tracker could do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MultipleLocator

from trackfuse.flight import Flight
from trackfuse.study import reached
from trackfuse.views.map import nation_centre
from trackfuse.views.style import BURNING, MUTED, NATIONS, stroke

if TYPE_CHECKING:
    from trackfuse.study.simulation import Simulation

BOUND = (0, (1, 1.2))
LIMITS_M = (1.0, 3e4)
"""Range of the axis, m: the same in every figure, so that two can be laid side by side."""


def draw_frame(axes: Axes, flight: Flight) -> None:
    """Axes: seconds after launch, position error on a logarithmic scale.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    flight : Flight
    """
    step = next(s for s in (60.0, 120.0, 300.0, 600.0, 1200.0) if flight.end_s / s <= 9 or s == 1200.0)
    axes.set(
        xlim=(0.0, flight.end_s * 1.01),
        ylim=LIMITS_M,
        yscale="log",
        xlabel="time after launch (s)",
        ylabel="position error (three axes together)",
    )
    axes.xaxis.set_major_locator(MultipleLocator(step))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v / 1e3:g} km" if v >= 1e3 else f"{v:g} m"))
    axes.axvline(flight.burnout_s, color=BURNING, lw=0.9, ls=(0, (2, 2)), zorder=1)
    axes.annotate(
        "burn-out",
        (flight.burnout_s, LIMITS_M[1]),
        xytext=(3, -2),
        textcoords="offset points",
        fontsize=7,
        color=BURNING,
        va="top",
    )


def draw_errors(axes: Axes, run: Simulation, *, against: bool = False) -> list[Artist]:
    """Of one centre a nation: the true error, the sigma that its track claims, and the bound.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    run : Simulation
    against : bool
        The policy compared against: error only, thin and pale.

    Returns
    -------
    list of Artist
        What was added.
    """
    errors, drawn = run.errors, []
    t = run.prepared.cycle_s
    found = {nation: nation_centre(run, nation) for nation in NATIONS}
    centres = {nation: centre for nation, centre in found.items() if centre is not None}
    least = {}
    if not against:
        bounds = reached.bounds(run, centres=list(centres.values()))
        least = dict(zip(centres.values(), np.sqrt(np.einsum("njii->nj", bounds[..., :3, :3])), strict=True))
    for nation, centre in centres.items():
        look = NATIONS[nation]
        if against:
            drawn += stroke(axes, t, errors.position_m[centre], color=look.color, lw=0.8, alpha=0.6, zorder=2.2)
            continue
        drawn += stroke(axes, t, errors.position_sigma_m[centre], color=look.color, lw=3.4, alpha=0.2, zorder=2)
        drawn += stroke(axes, t, least[centre], color=look.color, lw=0.9, ls=BOUND, zorder=2.5)
        drawn += stroke(axes, t, errors.position_m[centre], color=look.color, ls=look.line, lw=1.5, zorder=3)
    return drawn


def signs(*, against: str | None) -> list[Artist]:
    """The lines with their words, for a legend.

    Parameters
    ----------
    against : str or None
        Label of the policy compared against, if any.

    Returns
    -------
    list of Artist
    """
    lines: list[Artist] = [
        Line2D([], [], color=look.color, ls=look.line, label=f"{look.label}: true error") for look in NATIONS.values()
    ]
    lines.append(Line2D([], [], color=MUTED, lw=3.4, alpha=0.4, label="claimed by the track (1 sigma)"))
    lines.append(Line2D([], [], color=MUTED, lw=0.9, ls=BOUND, label="bound: nobody could do better"))
    if against:
        lines.append(Line2D([], [], color=MUTED, lw=0.8, alpha=0.6, label=f"true error: {against}"))
    return lines
