"""Where a target was when two satellites first saw it: from a track's first lines of sight."""

from typing import NamedTuple

import numpy as np

from trackfuse.kernels.consider_covariance import RegistrationErrors
from trackfuse.kernels.first_state import first_state
from trackfuse.kernels.initiation import N
from trackfuse.kernels.node_state import Confirmation
from trackfuse.tracking.settings import TrackerSettings


class FirstFix(NamedTuple):
    """State of a target at the first of the lines of sight that fix it.

    Parameters
    ----------
    mean : ndarray, shape (6,)
        ECEF position (m) and velocity (m/s).
    covariance : ndarray, shape (6, 6)
        With what registration errors of the sensors add. In m^2, m^2/s and m^2/s^2.
    t_s : float
        Instant, s.
    """

    mean: np.ndarray
    covariance: np.ndarray
    t_s: float


def first_fix(plots: np.ndarray, sensor: np.ndarray, errors: np.ndarray, settings: TrackerSettings) -> FirstFix | None:
    """The state at the first of a track's lines of sight, by least squares of those of its first 20 s.

    Parameters
    ----------
    plots : ndarray of DETECTION, shape (m,)
        Detections of the track, as `packing.packed` gives them, in any order.
    sensor : ndarray of int, shape (m,)
        Number of each one's sensor.
    errors : ndarray, shape (m, 3, E)
        What one standard deviation of each of E errors of its sensor adds to each. Range in m, azimuth and elevation in
        rad.
    settings : TrackerSettings

    Returns
    -------
    FirstFix or None
        None where the lines of sight of two places make no two fixes within the window of confirmation.

    Notes
    -----
    Weighted least squares with the acceleration constant over these seconds; Bar-Shalom, Li & Kirubarajan (2001), 3.4.
    """
    lines = np.flatnonzero(plots["infrared"])
    order = lines[np.lexsort((*plots["z"][lines].T[::-1], plots["t_s"][lines]))]
    who, each = np.unique(sensor[order], return_inverse=True)
    wide = RegistrationErrors(
        np.ascontiguousarray(errors[order]), errors.shape[2] * each.astype(np.int64), errors.shape[2] * len(who)
    )
    state, covariance = np.empty((N + 1, N)), np.empty((6, 6))
    confirm = Confirmation(settings.confirm_plots, float(settings.confirm_window_s))
    t_s = first_state(plots.take(order), wide, confirm, state, covariance)
    return FirstFix(state[N, :6].copy(), covariance, t_s) if np.isfinite(t_s) else None
