"""trackfuse's compiled filter on the case of eight radars."""

import numpy as np

from trackfuse.kernels.filter import MEAN, ROOM, coast_step, update6
from trackfuse.kernels.jit import njit
from trackfuse.tracking.track import plot_rows

from .case import NOISE_PSD, SIGMA, STEP_S, Case


def run(case: Case) -> np.ndarray:
    """Means after every second, ndarray of shape (600, 6)."""
    seconds, sensors = case.z.shape[:2]
    n = seconds * sensors
    plots = plot_rows(
        np.repeat(STEP_S * np.arange(1.0, seconds + 1.0), sensors), np.tile(np.arange(sensors), seconds),
        case.z.reshape(n, 3), np.tile(SIGMA, (n, 1)), case.site_m, case.enu_from_ecef, np.zeros(sensors, dtype=bool),
    )
    return _filter(case.mean, case.covariance, plots.reshape(seconds, sensors, -1), STEP_S, NOISE_PSD)


@njit
def _filter(mean, covariance, plots, step_s, psd):
    f, room = np.empty((8, 7)), np.empty((ROOM, 9, 9))
    f[:6, :6], f[MEAN, :6] = covariance, mean
    out = np.empty((plots.shape[0], 6))
    for k in range(plots.shape[0]):
        coast_step(f, step_s, psd, 0.0, 0.0, room)
        for s in range(plots.shape[1]):
            update6(f, plots[k, s], room)
        out[k] = f[MEAN, :6]
    return out
