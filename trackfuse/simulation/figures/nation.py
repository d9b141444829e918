"""The figures of merit of one run, by launch and nation."""

import numpy as np

from trackfuse.simulation.figures.declared import COLUMN, FIGURES
from trackfuse.simulation.figures.harm import harm_of
from trackfuse.simulation.figures.held import HeldEstimates, follows_own, held_estimates
from trackfuse.simulation.figures.impact import (
    ImpactHeld,
    impacts_held,
    impacts_of,
    instants_s,
    points_of,
    predict_held,
)
from trackfuse.simulation.figures.position import cycles_at, in_custody, last_of, positions_of
from trackfuse.simulation.figures.stated import stated_of
from trackfuse.simulation.figures.times import times_of
from trackfuse.simulation.outcome import Outcome
from trackfuse.simulation.predicted import OwnPredictions
from trackfuse.simulation.warning_inputs import predicted_anew
from trackfuse.warning import picked


def nation_figures(run: Outcome, own: OwnPredictions | None = None) -> np.ndarray:
    """The figures of one run by launch and nation.

    Parameters
    ----------
    run : Outcome
        With fused tracks at all cycles.
    own : OwnPredictions, optional
        What the centres predicted from their own tracks; None: worked out anew.

    Returns
    -------
    ndarray, shape (L, C, F)
        The scenario's L launches and C nations by `FIGURES`; inf where a figure never occurs, nan where it does not
        apply. Each figure in its own unit.
    """
    predicted = own if own is not None else predicted_anew(run)
    follows = follows_own(run)
    table = np.full((len(run.knowledge), len(run.scenario.nations), len(FIGURES)), np.nan)
    for launch in range(len(table)):
        held = held_estimates(run, launch)
        kept = in_custody(run, launch, held)
        found = times_of(run, launch, follows) | positions_of(run, launch, held, kept) | harm_of(run, launch, follows)
        if run.prepared.targets[launch].flight.lands:
            found |= _of_impact(run, launch, impacts_held(run, launch, predicted, follows), held, kept)
        table[launch][:, [COLUMN[name] for name in found]] = np.column_stack(list(found.values()))
    return table


def _of_impact(
    run: Outcome, launch: int, impacts: list[ImpactHeld], held: HeldEstimates, kept: np.ndarray
) -> dict[str, np.ndarray]:
    """Figures of the impact, and of what is stated at the end; the held estimates are predicted all at once."""
    nations, last = len(impacts), last_of(kept)
    stated = cycles_at(run, instants_s(run, launch))
    cycles = np.column_stack([np.tile(stated, (nations, 1)), last])
    made = predict_held(run, held, cycles)
    each = np.arange(cycles.size).reshape(cycles.shape)
    then = points_of(run, launch, picked(made, each[:, :-1].ravel())).reshape(4, nations, -1)
    return impacts_of(run, launch, impacts, then) | stated_of(run, launch, held, kept, picked(made, each[:, -1]))
