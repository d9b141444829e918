"""predict: at which cycles impact is predicted, and the predictions made there."""

import math
from dataclasses import dataclass

import numpy as np

from trackfuse.catalog.scenario import Scenario
from trackfuse.flight import Flight
from trackfuse.sharing import Deliveries
from trackfuse.simulation.prepare import Prepared
from trackfuse.simulation.rounding import POSITION_AND_IMPACT
from trackfuse.tracking import TrackerSettings, Tracks
from trackfuse.warning import Predictions, joined, picked, predict, rounded, soonest


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPredictions:
    """Impact predictions of own tracks: the same under all policies under which the tracks are.

    Parameters
    ----------
    row, cycle : ndarray of int, shape (M,)
        Track, and the cycle at which each was made.
    node : ndarray of int, shape (M,)
        Whose track it is.
    boosting : ndarray, shape (M,)
        Probability that the engine burns.
    states : ndarray, shape (M, 44)
        What each was made from: mean, covariance, probability that the engine burns, instant.
    predictions : Predictions
        M of them, as their node has them.
    reported : Predictions
        The same as the published items state them.
    """

    row: np.ndarray
    cycle: np.ndarray
    node: np.ndarray
    boosting: np.ndarray
    states: np.ndarray
    predictions: Predictions
    reported: Predictions


def available(own: OwnPredictions, rows: np.ndarray, deliveries: Deliveries) -> tuple[np.ndarray, np.ndarray]:
    """When every centre can have some own predictions of others.

    Parameters
    ----------
    own : OwnPredictions
    rows : ndarray of int, shape (m,)
        Which of them.
    deliveries : Deliveries
        Between N centres.

    Returns
    -------
    (ndarray, ndarray), each of shape (m, N)
        With the track, and by the published items, s; inf for a centre's own and for never.
    """
    node, cycle = own.node[rows], own.cycle[rows]
    reports, sender = (deliveries.track_received_s, deliveries.warning_received_s), node
    if deliveries.releasable is not None:
        row = np.broadcast_to(own.row[rows][:, None], (len(rows), reports[0].shape[2]))
        reports, sender = deliveries.reports_of(node, row), np.arange(len(rows))
    track, items = (soonest(sender, cycle, each) for each in reports)
    return track, items


def to_predict(tracks: Tracks, settings: TrackerSettings) -> np.ndarray:
    """Pairs of track and cycle at which impact is predicted anew: every `predict_s` while new detections come in.

    Parameters
    ----------
    tracks : Tracks
        K tracks.
    settings : TrackerSettings

    Returns
    -------
    ndarray of int, shape (M, 2)
        Track and cycle, in that order. A track that is only predicted forward keeps its prediction: in free fall it
        leads to the same place. All predict at the same cycles, whenever they began: else a track that begins sooner
        could, for no other reason, lead to a later notice.
    """
    step = max(1, round(settings.predict_s / settings.cycle_s))
    pairs = [np.empty((0, 2), dtype=np.int64)]
    for row in range(len(tracks.node)):
        held = np.flatnonzero(tracks.status[row] == 1)
        chosen = held[((held + 1) % step == 0) | (held == held[:1])]
        newest = tracks.last_plot_s[row, chosen]
        fresh = np.append(True, newest[1:] > newest[:-1])[: chosen.size]
        pairs.append(np.stack([np.full(fresh.sum(), row), chosen[fresh]], axis=1))
    return np.concatenate(pairs).astype(np.int64)


def predict_at(tracks: Tracks, pairs: np.ndarray, cycle_s: np.ndarray, settings: TrackerSettings) -> Predictions:
    """Impact predictions of tracks at given cycles.

    Parameters
    ----------
    tracks : Tracks
    pairs : ndarray of int, shape (M, 2)
        Track and cycle.
    cycle_s : ndarray, shape (J,)
        Instants of the cycles, s.
    settings : TrackerSettings

    Returns
    -------
    Predictions
        Arrays whose first axis has length M.
    """
    row, cycle = pairs.T
    return predict(
        tracks.mean[row, cycle],
        tracks.covariance[row, cycle],
        cycle_s[cycle],
        tracks.boosting[row, cycle],
        settings,
    )


def own_predictions(
    scenario: Scenario, prepared: Prepared, tracks: Tracks, rounding: np.ndarray, like: OwnPredictions | None = None
) -> OwnPredictions:
    """Predict impact from every node's own tracks, and what its messages would state.

    Parameters
    ----------
    scenario : Scenario
        Its rule and its tracker say how coarse messages are.
    prepared : Prepared
    tracks : Tracks
        K own tracks at J cycles.
    rounding : ndarray, shape (K, J, 11)
        Standard normal numbers, as `message_rounding` gives them.
    like : OwnPredictions, optional
        Of the same scenario: what the same state led to there is taken over.

    Returns
    -------
    OwnPredictions
    """
    pairs = to_predict(tracks, scenario.tracker)
    row, cycle = pairs.T
    made, states = _predict_once(tracks, pairs, prepared.cycle_s, scenario.tracker, like)
    return OwnPredictions(
        row=row,
        cycle=cycle,
        node=tracks.node[row],
        boosting=tracks.boosting[row, cycle],
        states=states,
        predictions=made,
        reported=rounded(
            made,
            rounding[row, cycle][:, POSITION_AND_IMPACT],
            impact_m=scenario.rule.impact_point_m,
            time_s=scenario.rule.impact_time_s,
            position_m=scenario.tracker.warning_position_m,
        ),
    )


def _predict_once(
    tracks: Tracks, pairs: np.ndarray, cycle_s: np.ndarray, settings: TrackerSettings, like: OwnPredictions | None
) -> tuple[Predictions, np.ndarray]:
    """Predictions of pairs of track and cycle, (M, 2), each state once: centres with the same detections hold the same
    tracks, and so does a centre under several policies. The states are given too.
    """
    row, cycle = pairs.T
    states = np.concatenate(
        [tracks.mean[row, cycle], tracks.covariance[row, cycle].reshape(-1, 36), tracks.boosting[row, cycle, None],
         cycle_s[cycle, None]], axis=1,
    )  # fmt: skip
    before = len(like.row) if like is not None else 0
    whole = np.concatenate([like.states, states]) if like is not None else states
    place: dict[bytes, int] = {}
    first = np.array([place.setdefault(state.tobytes(), k) for k, state in enumerate(whole)], dtype=np.int64)[before:]
    new = np.flatnonzero(first == before + np.arange(len(first)))
    made = predict_at(tracks, pairs[new], cycle_s, settings)
    if like is None and len(new) == len(pairs):
        return made, states
    where = np.empty(len(whole), dtype=np.int64)
    where[:before], where[before + new] = np.arange(before), before + np.arange(len(new))
    known = joined(like.predictions, made) if like is not None else made
    return picked(known, where[first]), states


def impact_of(flight: Flight) -> tuple[float, float, float]:
    """Where and when a flight comes down.

    Parameters
    ----------
    flight : Flight

    Returns
    -------
    tuple of float
        Latitude and longitude (rad), seconds after lift-off; NaN, NaN and infinity of what does not come down.
    """
    return math.radians(flight.impact_lat_deg), math.radians(flight.impact_lon_deg), float(flight.impact_s)
