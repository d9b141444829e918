"""Accuracy: how far each nation's track is from the truth, what it claims, and the best that any tracker could do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MultipleLocator

from trackfuse.flight import Flight
from trackfuse.views.map import nation_centre
from trackfuse.views.style import BURNING, MUTED, NATIONS

if TYPE_CHECKING:
    from trackfuse.study.simulation import Simulation

LIMITS_M = (3.0, 1e5)
"""Range of the axis, m: the same in every figure, so that two can be laid side by side."""


def draw_frame(axes: Axes, flight: Flight) -> None:
    """Axes: seconds after launch, position error on a logarithmic scale.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    flight : Flight
    """
    step = next(s for s in (60.0, 120.0, 300.0, 600.0, 1200.0) if flight.impact_s / s <= 9 or s == 1200.0)
    axes.set(xlim=(0.0, flight.impact_s * 1.01), ylim=LIMITS_M, yscale="log", xlabel="time after launch (s)",
             ylabel="position error (three axes together)")
    axes.xaxis.set_major_locator(MultipleLocator(step))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v / 1e3:g} km" if v >= 1e3 else f"{v:g} m"))
    axes.axvline(flight.burnout_s, color=BURNING, lw=0.9, ls=(0, (2, 2)), zorder=1)
    axes.annotate("burn-out", (flight.burnout_s, LIMITS_M[1]), xytext=(3, -2), textcoords="offset points", fontsize=7,
                  color=BURNING, va="top")


def draw_errors(axes: Axes, run: Simulation, *, against: bool = False) -> list[Artist]:
    """Error (line in the nation's style) and claimed sigma (thin) of one centre a nation.

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
    for nation, look in NATIONS.items():
        centre = nation_centre(run, nation)
        if centre is None:
            continue
        t = run.prepared.cycle_s
        if against:
            drawn += axes.plot(t, errors.position_m[centre], color=look.color, lw=0.8, ls=(0, (1, 1.2)), alpha=0.8, zorder=2)
        else:
            drawn += axes.plot(t, errors.position_m[centre], color=look.color, ls=look.line, lw=1.5, zorder=3)
            drawn += axes.plot(t, errors.position_sigma_m[centre], color=look.color, lw=3.2, alpha=0.22, zorder=2.5)
    return drawn


def key(axes: Axes, *, against: str | None) -> None:
    """Explain the lines.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    against : str or None
        Label of the policy compared against, if any.
    """
    lines = [Line2D([], [], color=look.color, ls=look.line, label=look.label) for look in NATIONS.values()]
    lines.append(Line2D([], [], color=MUTED, lw=3.2, alpha=0.4, label="what the track claims (1 sigma)"))
    if against:
        lines.append(Line2D([], [], color=MUTED, lw=0.8, ls=(0, (1, 1.2)), label=f"under {against}"))
    axes.legend(handles=lines, loc="upper right", ncol=1)
