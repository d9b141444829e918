"""Whether two centres track one object: the difference of their tracks against its covariance."""

import numpy as np

from trackfuse.core.errors import SettingsError
from trackfuse.tracking.assign import assign
from trackfuse.tracking.gate import distances, gate_threshold


def cross_covariance(
    before: np.ndarray,
    transition: np.ndarray,
    noise: np.ndarray,
    gain_a: np.ndarray,
    measure_a: np.ndarray,
    gain_b: np.ndarray,
    measure_b: np.ndarray,
) -> np.ndarray:
    """Covariance between the errors of two tracks of one object after each has had a measurement of its own.

    Parameters
    ----------
    before : ndarray, shape (n, n)
        The same at the previous step.
    transition, noise : ndarray, shape (n, n)
        Motion and the covariance of the process noise, which both errors share.
    gain_a, gain_b : ndarray, shape (n, d)
        Kalman gains; zero for a track that had no measurement.
    measure_a, measure_b : ndarray, shape (d, n)
        Measurement matrices.

    Returns
    -------
    ndarray, shape (n, n)
        Rows belong to the first track.

    Notes
    -----
    Bar-Shalom, On the track-to-track correlation problem (1981). Valid while the two measure independently.
    """
    own_a = np.eye(len(before)) - gain_a @ measure_a
    own_b = np.eye(len(before)) - gain_b @ measure_b
    return own_a @ (transition @ before @ transition.T + noise) @ own_b.T


def shared_covariance(covariance_a: np.ndarray, covariance_b: np.ndarray, common: np.ndarray) -> np.ndarray:
    """Covariance between the errors of two tracks that have measurements in common, without process noise.

    Parameters
    ----------
    covariance_a, covariance_b : ndarray, shape (..., n, n)
    common : ndarray, shape (..., n, n)
        Information (inverse covariance) of the measurements that both have used, carried to the tracks' instant.

    Returns
    -------
    ndarray, shape (..., n, n)
        Pa J Pb, exact for linear least squares: either error is its covariance times a sum over its measurements.
    """
    return np.asarray(covariance_a) @ common @ covariance_b


def track_distance(
    mean_a: np.ndarray,
    covariance_a: np.ndarray,
    mean_b: np.ndarray,
    covariance_b: np.ndarray,
    cross: np.ndarray | None = None,
) -> np.ndarray:
    """Squared distance between tracks, of which the expectation is n if they are of one object.

    Parameters
    ----------
    mean_a, mean_b : ndarray, shape (..., n)
        At one instant.
    covariance_a, covariance_b : ndarray, shape (..., n, n)
    cross : ndarray, shape (..., n, n), optional
        Covariance between the errors, rows those of the first. None is zero, which takes the difference to be less
        certain than it is: tracks of two objects then look alike too easily.

    Returns
    -------
    ndarray, shape (...)
        d' (Pa + Pb - Pab - Pab')^-1 d.

    Raises
    ------
    SettingsError
        If shapes do not match or the covariance of the difference is not positive definite.
    """
    spread = np.asarray(covariance_a, dtype=float) + covariance_b
    if cross is not None:
        spread = spread - cross - np.swapaxes(cross, -1, -2)
    return distances(np.asarray(mean_a, dtype=float) - mean_b, spread)[0]


def match_tracks(squared: np.ndarray, dimension: int, probability: float = 0.999) -> np.ndarray:
    """Pairs of tracks of two centres that are of one object, as far as their distances tell.

    Parameters
    ----------
    squared : ndarray, shape (A, B)
        Squared distances, as `track_distance` gives them; inf where a pair is ruled out.
    dimension : int
        Of the states compared.
    probability : float
        With which a true pair lies within the gate.

    Returns
    -------
    ndarray of int, shape (A,)
        The second centre's track for each of the first's, -1 for none; none twice.

    Raises
    ------
    SettingsError
        If a distance is negative or nan, or the probability is not between 0 and 1.
    """
    squared = np.asarray(squared, dtype=float)
    if not (squared >= 0.0).all():
        raise SettingsError("match_tracks: a distance is negative or not a number")
    return assign(squared, np.full(squared.shape[0], gate_threshold(probability, dimension)))
