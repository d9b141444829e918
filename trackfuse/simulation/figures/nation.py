"""The figures of merit of one run, by launch and nation."""

import numpy as np

from trackfuse.simulation.figures.declared import COLUMN, FIGURES
from trackfuse.simulation.figures.harm import harm_of
from trackfuse.simulation.figures.held import held_estimates
from trackfuse.simulation.figures.impact import impacts_of
from trackfuse.simulation.figures.position import positions_of
from trackfuse.simulation.figures.stated import stated_of
from trackfuse.simulation.figures.times import times_of
from trackfuse.simulation.outcome import Outcome
from trackfuse.simulation.predicted import OwnPredictions
from trackfuse.simulation.warning_inputs import warning_inputs


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
        apply.
    """
    predicted = own if own is not None else warning_inputs(run).own
    table = np.full((len(run.knowledge), len(run.scenario.nations), len(FIGURES)), np.nan)
    for launch in range(len(table)):
        held = held_estimates(run, launch)
        found = (
            times_of(run, launch)
            | positions_of(run, launch, held)
            | impacts_of(run, launch, predicted, held)
            | stated_of(run, launch, held)
            | harm_of(run, launch)
        )
        table[launch][:, [COLUMN[name] for name in found]] = np.column_stack(list(found.values()))
    return table
