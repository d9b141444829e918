"""What the centres decide from what they knew: apart from the tracks, so that another rule needs no new ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from trackfuse.sharing import Exchange, Node
from trackfuse.study import records
from trackfuse.study.predicted import impact_of, predict_at, to_predict
from trackfuse.study.prepare import Prepared, arrivals_of
from trackfuse.study.scenario import Scenario
from trackfuse.tracking import Tracks
from trackfuse.warning import (
    Notices,
    Place,
    Predictions,
    WarningRule,
    chain_delays,
    chain_normal,
    notices,
    regions_table,
)

if TYPE_CHECKING:
    from trackfuse.study.simulation import Simulation


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What N centres know of where a missile comes down, and how quick they are: what the rule is applied to.

    Parameters
    ----------
    predictions : Predictions
        K predictions, each of a centre from its own track.
    node, cycle : ndarray of int, shape (K,)
        The centre, and the cycle at which it made it.
    boosting : ndarray, shape (K,)
    cycle_s : ndarray, shape (J,)
    report_received_s : ndarray, shape (N, N, J)
    confirmed_s, message_s : ndarray, shape (N,)
    chain_normal : ndarray, shape (N, 4)
    impact : tuple of float
        The truth, for the score.
    """

    predictions: Predictions
    node: np.ndarray
    cycle: np.ndarray
    boosting: np.ndarray
    cycle_s: np.ndarray
    report_received_s: np.ndarray
    confirmed_s: np.ndarray
    message_s: np.ndarray
    chain_normal: np.ndarray
    impact: tuple[float, float, float]


def known_of(
    scenario: Scenario, prepared: Prepared, exchange: Exchange, local: Tracks, chain: np.ndarray
) -> Known:
    """What the centres of one run know.

    Parameters
    ----------
    scenario : Scenario
    prepared : Prepared
    exchange : Exchange
    local : Tracks
        Own tracks.
    chain : ndarray, shape (N, 4)
        As `chain_normal` gives it.

    Returns
    -------
    Known
    """
    pairs = to_predict(local, scenario.tracker)
    return Known(
        predictions=predict_at(local, pairs, prepared.cycle_s, scenario.tracker),
        node=pairs[:, 0],
        cycle=pairs[:, 1],
        boosting=local.boosting[pairs[:, 0], pairs[:, 1]],
        cycle_s=prepared.cycle_s,
        report_received_s=np.minimum(exchange.track_received_s, exchange.warning_received_s),
        confirmed_s=exchange.confirmed_s,
        message_s=exchange.message_s,
        chain_normal=chain,
        impact=impact_of(prepared.flight),
    )


def known_in(run: Simulation) -> Known:
    """What the centres of a run know, predicted anew: the same bits as when it was simulated.

    Parameters
    ----------
    run : Simulation

    Returns
    -------
    Known
    """
    launch_id = run.scenario.launch.launch_id
    chain = chain_normal(run.scenario.nodes, seed=run.seed, run=run.run, launch_id=launch_id)
    return known_of(run.scenario, run.prepared, run.exchange, run.local, chain)


def decide(
    known: Known, nodes: tuple[Node, ...], places: tuple[Place, ...], rule: WarningRule, arrival_s: np.ndarray
) -> Notices:
    """Apply a rule to what the centres know.

    Parameters
    ----------
    known : Known
    nodes : tuple of Node
    places : tuple of Place
        P places.
    rule : WarningRule
    arrival_s : ndarray, shape (P,)
        True arrival at each, under the same rule.

    Returns
    -------
    Notices
    """
    return notices(
        predictions=known.predictions,
        node=known.node,
        cycle=known.cycle,
        boosting=known.boosting,
        nodes=nodes,
        places=places,
        rule=rule,
        cycle_s=known.cycle_s,
        report_received_s=known.report_received_s,
        confirmed_s=known.confirmed_s,
        message_s=known.message_s,
        delay_s=chain_delays(rule, nodes, known.chain_normal),
        arrival_s=arrival_s,
        impact=known.impact,
    )


def region_notices(run: Simulation) -> pd.DataFrame:
    """Notices of a run to the prefectures of Japan and the provinces of South Korea.

    Parameters
    ----------
    run : Simulation

    Returns
    -------
    DataFrame
        As `warning.regions_table` gives it.
    """
    scenario, discs = run.scenario, records.regions()
    arrival = arrivals_of(scenario.launch, discs, scenario.rule)
    return regions_table(decide(known_in(run), scenario.nodes, discs, scenario.rule, arrival), scenario.nodes, discs)
