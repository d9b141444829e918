"""What the centres of a run knew of impacts, worked out anew from it: for other rules, other places, and messages."""

import numpy as np
import pandas as pd

from trackfuse.catalog import records
from trackfuse.simulation.decide import WarningInputs, decide
from trackfuse.simulation.outcome import Outcome
from trackfuse.simulation.predicted import OwnPredictions, own_predictions
from trackfuse.simulation.prepare import arrivals_of, draw_noise, launches_of
from trackfuse.simulation.rounding import message_rounding
from trackfuse.warning import regions_table


def rounding_in(run: Outcome) -> np.ndarray:
    """The rounding of every message about every own track of a run; see `message_rounding`.

    Standard normal numbers, shape (K, J, 11).
    """
    centres = tuple(run.scenario.nodes[i].node_id for i in run.local.node)
    return message_rounding(
        run.scenario.launch.launch_id, centres, len(run.prepared.cycle_s), seed=run.seed, run=run.run
    )


def predicted_anew(run: Outcome) -> OwnPredictions:
    """What the centres of a run predicted from their own tracks: the same bits as when it was simulated."""
    return own_predictions(run.scenario, run.prepared, run.local, rounding_in(run))


def warning_inputs(run: Outcome) -> WarningInputs:
    """What the centres of a run knew, predicted anew: the same bits as when it was simulated.

    Parameters
    ----------
    run : Outcome

    Returns
    -------
    WarningInputs
    """
    noise = draw_noise(run.scenario, run.prepared, seed=run.seed, run=run.run)
    return WarningInputs(
        prepared=run.prepared,
        own=predicted_anew(run),
        clusters=run.clusters,
        objects=run.objects,
        deliveries=run.deliveries,
        knowledge=run.knowledge,
        chain_normal=noise.chain_normal,
    )


def region_notices(run: Outcome) -> pd.DataFrame:
    """Notices of a run to the prefectures of Japan and the provinces of South Korea.

    Parameters
    ----------
    run : Outcome

    Returns
    -------
    DataFrame
        As `warning.regions_table` gives it, with the launch in front.
    """
    scenario, discs = run.scenario, records.regions()
    launches = launches_of(scenario)
    arrival_s = np.array([
        lift_off + arrivals_of(launch, discs, scenario.rule, scenario.debris) for launch, lift_off in launches
    ])  # fmt: skip
    parts = []
    for given in decide(warning_inputs(run), scenario.nodes, discs, scenario.rule, arrival_s):
        table = regions_table(given.notices, scenario.nodes, discs)
        table.insert(0, "launch", launches[given.launch][0].launch_id if given.launch >= 0 else "false")
        parts.append(table)
    return pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]
