"""What the centres decide from what they knew: apart from the tracks, so that another rule needs no new ones."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from trackfuse.catalog import records
from trackfuse.catalog.scenario import Scenario
from trackfuse.sharing import Exchange, Node
from trackfuse.simulation.predicted import impact_of, predict_at, to_predict
from trackfuse.simulation.prepare import Noise, Prepared, arrivals_of, draw_noise
from trackfuse.tracking import Tracks
from trackfuse.warning import (
    Notices,
    Place,
    Predictions,
    WarningRule,
    chain_delays,
    notices,
    regions_table,
    rounded,
    voices,
)

if TYPE_CHECKING:
    from trackfuse.simulation.run import Simulation


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What N centres know of where a missile comes down, and how quick they are: what the rule is applied to.

    Parameters
    ----------
    predictions : Predictions
        K predictions, each of a centre from its own track.
    told : Predictions
        The same ones as the published items tell them.
    node, cycle : ndarray of int, shape (K,)
        The centre, and the cycle at which it made it.
    boosting : ndarray, shape (K,)
    cycle_s : ndarray, shape (J,)
    track_received_s, warning_received_s : ndarray, shape (N, N, J)
    confirmed_s, message_s : ndarray, shape (N,)
    chain_normal : ndarray, shape (N, 5)
    impact : tuple of float
        The truth, for the score.
    """

    predictions: Predictions
    told: Predictions
    node: np.ndarray
    cycle: np.ndarray
    boosting: np.ndarray
    cycle_s: np.ndarray
    track_received_s: np.ndarray
    warning_received_s: np.ndarray
    confirmed_s: np.ndarray
    message_s: np.ndarray
    chain_normal: np.ndarray
    impact: tuple[float, float, float]


def known_of(scenario: Scenario, prepared: Prepared, exchange: Exchange, local: Tracks, noise: Noise) -> Known:
    """What the centres of one run know.

    Parameters
    ----------
    scenario : Scenario
    prepared : Prepared
    exchange : Exchange
    local : Tracks
        Own tracks.
    noise : Noise

    Returns
    -------
    Known
    """
    pairs = to_predict(local, scenario.tracker)
    node, cycle = pairs.T
    made = predict_at(local, pairs, prepared.cycle_s, scenario.tracker)
    return Known(
        predictions=made,
        told=as_told(scenario, made, noise.report_normal[node, cycle], noise.item_normal[node, cycle]),
        node=node,
        cycle=cycle,
        boosting=local.boosting[node, cycle],
        cycle_s=prepared.cycle_s,
        track_received_s=exchange.track_received_s,
        warning_received_s=exchange.warning_received_s,
        confirmed_s=exchange.confirmed_s,
        message_s=exchange.message_s,
        chain_normal=noise.chain_normal,
        impact=impact_of(prepared.flight),
    )


def known_under(known: Known, exchange: Exchange) -> Known:
    """The same own tracks and predictions, but another exchange of what is made of them.

    Parameters
    ----------
    known : Known
    exchange : Exchange

    Returns
    -------
    Known
    """
    return replace(
        known,
        track_received_s=exchange.track_received_s,
        warning_received_s=exchange.warning_received_s,
        confirmed_s=exchange.confirmed_s,
        message_s=exchange.message_s,
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
    noise = draw_noise(run.scenario, run.prepared, seed=run.seed, run=run.run)
    return known_of(run.scenario, run.prepared, run.exchange, run.local, noise)


def as_told(scenario: Scenario, made: Predictions, report: np.ndarray, item: np.ndarray) -> Predictions:
    """Predictions as the published items tell them: what a message says, and what its receiver's rule decides on.

    Parameters
    ----------
    scenario : Scenario
        Its rule and its tracker say how coarse they are.
    made : Predictions
        K predictions.
    report : ndarray, shape (K, 6)
        Standard normal numbers of the trajectory's rounding.
    item : ndarray, shape (K, 5)
        The same of the other items (see `prepare.item_normal`).

    Returns
    -------
    Predictions
    """
    return rounded(
        made,
        np.concatenate([report[:, :3], item[:, 2:]], axis=1),
        impact_m=scenario.rule.impact_point_m,
        time_s=scenario.rule.impact_time_s,
        position_m=scenario.tracker.warning_position_m,
    )


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
    heard = voices(
        known.predictions,
        node=known.node,
        cycle=known.cycle,
        boosting=known.boosting,
        told=known.told,
        cycle_s=known.cycle_s,
        track_received_s=known.track_received_s,
        warning_received_s=known.warning_received_s,
    )
    return notices(
        known=heard,
        nodes=nodes,
        places=places,
        rule=rule,
        cycle_s=known.cycle_s,
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
