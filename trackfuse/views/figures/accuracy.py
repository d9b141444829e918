"""Accuracy: how far each nation's track is from the truth, what it claims, and the best that any tracker could do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MultipleLocator

from trackfuse.catalog.scenario import Scenario
from trackfuse.core.language import translate
from trackfuse.flight import Flight
from trackfuse.scoring.accuracy import track_errors
from trackfuse.simulation.information_arrival import bounds
from trackfuse.simulation.run import Run
from trackfuse.views.figures.map import nation_centre
from trackfuse.views.style.axes import note, sign, stroke
from trackfuse.views.style.style import BURNING, MUTED, Look, nation_looks

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
        xlabel=translate("time after launch (s)"),
        ylabel=translate("position error (three axes together)"),
    )
    axes.xaxis.set_major_locator(MultipleLocator(step))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v / 1e3:g} km" if v >= 1e3 else f"{v:g} m"))
    axes.axvline(flight.burnout_s, color=BURNING, lw=0.65, ls=(0, (2, 2)), zorder=1)
    note(axes, translate("burn-out"), (flight.burnout_s, LIMITS_M[1]), (2.2, -1.5), color=BURNING, va="top")


@dataclass(frozen=True, slots=True, kw_only=True)
class Curves:
    """What is drawn of the centre that stands for a nation.

    Parameters
    ----------
    look : Look
        Of its nation.
    t_s : ndarray, shape (J,)
        Seconds after launch.
    error_m, sigma_m : ndarray, shape (J,)
        True error of position, and what the track claims; nan where there is none.
    least_m : ndarray, shape (J,), or None
        The bound; None for the policy compared against.
    """

    look: Look
    t_s: np.ndarray
    error_m: np.ndarray
    sigma_m: np.ndarray
    least_m: np.ndarray | None


def curves_of(run: Run, *, against: bool = False) -> dict[str, Curves]:
    """The curves of a run.

    Parameters
    ----------
    run : Run
    against : bool
        The policy compared against: without the bound.

    Returns
    -------
    dict of str to Curves
        Of every nation that ever has a track.
    """
    found = {nation: nation_centre(run, nation) for nation in run.scenario.nations}
    centres = {nation: centre for nation, centre in found.items() if centre is not None}
    rows, looks = list(centres.values()), nation_looks(run.scenario.nations)
    fused = run.fused
    errors = track_errors(fused.mean[rows], fused.covariance[rows], fused.status[rows], run.prepared.truth[0])
    least: list[np.ndarray | None] = [None] * len(rows)
    if not against:
        least = list(np.sqrt(np.einsum("njii->nj", bounds(run, centres=rows)[..., :3, :3])))
    return {
        nation: Curves(
            look=looks[nation],
            t_s=run.prepared.cycle_s,
            error_m=errors.position_m[k],
            sigma_m=errors.position_sigma_m[k],
            least_m=least[k],
        )
        for k, nation in enumerate(centres)
    }


def draw_errors(axes: Axes, curves: dict[str, Curves]) -> list[Artist]:
    """Of one centre a nation: the true error, the sigma that its track claims, and the bound.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    curves : dict of str to Curves
        Of the policy compared against the error only, thin and pale.

    Returns
    -------
    list of Artist
        What was added.
    """
    drawn: list[Artist] = []
    for each in curves.values():
        look, t = each.look, each.t_s
        if each.least_m is None:
            drawn += stroke(axes, t, each.error_m, color=look.color, lw=0.6, alpha=0.6, zorder=2.2)
            continue
        drawn += stroke(axes, t, each.sigma_m, color=look.color, lw=2.5, alpha=0.2, zorder=2)
        drawn += stroke(axes, t, each.least_m, color=look.color, lw=0.8, ls=BOUND, zorder=2.5)
        drawn += stroke(axes, t, each.error_m, color=look.color, ls=look.line, lw=1.1, zorder=3)
    return drawn


def signs(scenario: Scenario, *, against: str | None) -> list[Artist]:
    """The lines with their words, for a legend.

    Parameters
    ----------
    scenario : Scenario
    against : str or None
        Label of the policy compared against, if any.

    Returns
    -------
    list of Artist
    """
    looks = nation_looks(scenario.nations).values()
    lines: list[Artist] = [
        *(
            sign(translate("{nation}: true error").format(nation=look.label), color=look.color, ls=look.line)
            for look in looks
        ),
        sign(translate("claimed by the track (1 sigma)"), color=MUTED, lw=2.5, alpha=0.4),
        sign(translate("bound without biases"), color=MUTED, lw=0.8, ls=BOUND),
    ]
    if against:
        words = translate("true error: {policy}").format(policy=against)
        lines.append(sign(words, color=MUTED, lw=0.6, alpha=0.6))
    return lines
