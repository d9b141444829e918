"""At which cycles impact is predicted, and the predictions made there."""

import math

import numpy as np

from trackfuse.flight import Flight
from trackfuse.tracking import TrackerSettings, Tracks
from trackfuse.warning import Predictions, predict


def to_predict(tracks: Tracks, settings: TrackerSettings) -> np.ndarray:
    """Pairs of node and cycle at which impact is predicted anew: every `predict_s` while new plots come in.

    Parameters
    ----------
    tracks : Tracks
    settings : TrackerSettings

    Returns
    -------
    ndarray of int, shape (K, 2)
        Node and cycle, in that order. A track that is only carried forward keeps its prediction: in free fall it leads
        to the same place. All nodes predict at the same cycles, whenever their tracks began: else a track that begins
        sooner could, for no other reason, lead to a later notice.
    """
    step = max(1, round(settings.predict_s / settings.cycle_s))
    pairs = []
    for node in range(tracks.status.shape[0]):
        held = np.flatnonzero(tracks.status[node] == 1)
        chosen = held[((held + 1) % step == 0) | (held == held[:1])]
        newest = tracks.last_plot_s[node, chosen]
        fresh = np.append(True, newest[1:] > newest[:-1])[: chosen.size]
        pairs.append(np.stack([np.full(fresh.sum(), node), chosen[fresh]], axis=1))
    return np.concatenate(pairs).astype(np.int64)


def predict_at(tracks: Tracks, pairs: np.ndarray, cycle_s: np.ndarray, settings: TrackerSettings) -> Predictions:
    """Impact predictions of tracks at given cycles.

    Parameters
    ----------
    tracks : Tracks
    pairs : ndarray of int, shape (K, 2)
        Node and cycle.
    cycle_s : ndarray, shape (J,)
        Instants of the cycles, seconds after lift-off.
    settings : TrackerSettings

    Returns
    -------
    Predictions
        Arrays whose first axis has length K.
    """
    node, cycle = pairs.T
    return predict(
        tracks.mean[node, cycle],
        tracks.covariance[node, cycle],
        cycle_s[cycle],
        tracks.boosting[node, cycle],
        settings,
    )


def impact_of(flight: Flight) -> tuple[float, float, float]:
    """Where and when a flight comes down.

    Parameters
    ----------
    flight : Flight

    Returns
    -------
    tuple of float
        Latitude and longitude (rad), seconds after lift-off; NaN, NaN and infinity of a satellite.
    """
    return math.radians(flight.impact_lat_deg), math.radians(flight.impact_lon_deg), float(flight.impact_s)
