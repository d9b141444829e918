"""What a centre receives of another's prediction: exact with the track, rounded with the message alone."""

from dataclasses import dataclass, replace

import numpy as np
import pymap3d

from trackfuse.earth import beside_rad
from trackfuse.warning.predict import HIT, Predictions


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictionSet:
    """Everything that N centres may decide on: K predictions, each with its origin.

    Parameters
    ----------
    predictions : Predictions
    origin : ndarray of int, shape (K,)
        Whose: i for what centre i's track says, N + i for what its messages say.
    made_s : ndarray, shape (K,)
        Instant of the cycle at which it was made, seconds after lift-off.
    boosting : ndarray, shape (K,)
        Probability that the engine of the predicted track burns.
    available_s : ndarray, shape (K, N)
        When each centre has it, seconds after lift-off; inf if never.
    """

    predictions: Predictions
    origin: np.ndarray
    made_s: np.ndarray
    boosting: np.ndarray
    available_s: np.ndarray


def prediction_set_of(
    predictions: Predictions,
    *,
    node: np.ndarray,
    made_s: np.ndarray,
    boosting: np.ndarray,
    reported: Predictions,
    track_available_s: np.ndarray,
    items_available_s: np.ndarray,
) -> PredictionSet:
    """Put together what every centre can decide on.

    A centre has its own predictions at once, those of a track that it receives as they are, and those of which it
    receives the published items as these report them.

    Parameters
    ----------
    predictions : Predictions
        K predictions, each of a centre from its own track.
    node : ndarray of int, shape (K,)
        The centre.
    made_s : ndarray, shape (K,)
        Instant of the cycle at which it made it, seconds after lift-off.
    boosting : ndarray, shape (K,)
        Probability that the engine burns.
    reported : Predictions
        The same ones as messages carry them (see `rounded`).
    track_available_s, items_available_s : ndarray, shape (K, N)
        When each other centre has word of it with a report of the track, and with the published items (see `soonest`).

    Returns
    -------
    PredictionSet
        At most 2 K predictions: messages that nobody receives, and those of no impact, are left out.
    """
    own, items, mine = track_available_s.copy(), items_available_s.copy(), np.arange(len(node))
    own[mine, node], items[mine, node] = made_s, np.inf
    rows = np.flatnonzero((reported.status == HIT) & np.isfinite(items).any(axis=1))
    return PredictionSet(
        predictions=joined(predictions, picked(reported, rows)),
        origin=np.concatenate([node, own.shape[1] + node[rows]]),
        made_s=np.concatenate([made_s, made_s[rows]]),
        boosting=np.concatenate([boosting, boosting[rows]]),
        available_s=np.concatenate([own, items[rows]]),
    )


def rounded(
    predictions: Predictions, normal: np.ndarray, *, impact_m: float, time_s: float, position_m: float
) -> Predictions:
    """Predictions as the published items report them: coarser than known, and said to be so.

    Parameters
    ----------
    predictions : Predictions
        K predictions.
    normal : ndarray, shape (K, 6)
        Standard normal numbers of each: the target's position (ECEF axes), then the impact's east, north and time.
    impact_m, time_s : float
        Standard deviations that the item adds to the impact point, an axis (m), and to its instant (s).
    position_m : float
        The same of the trajectory: it shifts the path's beginning, as the impact point shifts its end.

    Returns
    -------
    Predictions
        The path between its two ends is shifted in proportion; the variances of what is added are added.
    """
    east, north = impact_m * normal[:, 3:5].T
    lat, lon = beside_rad(predictions.lat_rad, predictions.lon_rad, east, north)
    end = np.stack(pymap3d.enu2ecefv(east, north, 0.0, predictions.lat_rad, predictions.lon_rad, deg=False), axis=-1)
    begin = position_m * normal[:, :3]
    up = predictions.ground_m[:, 0] / np.linalg.norm(predictions.ground_m[:, 0], axis=1, keepdims=True)
    begin = begin - up * (begin * up).sum(axis=1, keepdims=True)
    share = np.linspace(0.0, 1.0, predictions.ground_m.shape[1])
    shift = (1.0 - share)[:, None] * begin[:, None] + share[:, None] * end[:, None]
    variance = ((1.0 - share) * position_m) ** 2 + (share * impact_m) ** 2
    return replace(
        predictions,
        lat_rad=lat,
        lon_rad=lon,
        time_s=predictions.time_s + time_s * normal[:, 5],
        covariance=predictions.covariance + np.diag([impact_m, impact_m, time_s]) ** 2,
        ground_m=predictions.ground_m + shift,
        ground_sigma_m=np.sqrt(predictions.ground_sigma_m**2 + variance),
    )


def picked(predictions: Predictions, rows: np.ndarray) -> Predictions:
    """Some of K predictions.

    Parameters
    ----------
    predictions : Predictions
    rows : ndarray of int, shape (m,)

    Returns
    -------
    Predictions
    """
    return Predictions(**{name: values[rows] for name, values in predictions.arrays._asdict().items()})


def joined(first: Predictions, second: Predictions) -> Predictions:
    """Predictions one after the other.

    Parameters
    ----------
    first, second : Predictions

    Returns
    -------
    Predictions
    """
    after = second.arrays
    return Predictions(**{
        name: np.concatenate([values, getattr(after, name)]) for name, values in first.arrays._asdict().items()
    })  # fmt: skip


def soonest(node: np.ndarray, cycle: np.ndarray, received_s: np.ndarray) -> np.ndarray:
    """When every centre has word of every prediction: with the first report to arrive from its cycle on.

    Parameters
    ----------
    node, cycle : ndarray of int, shape (K,)
        The centre that made each, and when.
    received_s : ndarray, shape (N, N, J)
        When the second node has the first one's report of a cycle; inf if never.

    Returns
    -------
    ndarray, shape (K, N)
        Instant, s; inf if never. A report carries its sender's newest prediction; whoever has it knows all that the
        sender reported before.
    """
    first = np.minimum.accumulate(received_s[:, :, ::-1], axis=2)[:, :, ::-1]
    return first[node, :, cycle].astype(float)
