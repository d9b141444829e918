"""trackfuse's compiled filter on the case of eight radars."""

import numpy as np

from trackfuse.kernels.filter import coast_step, update6
from trackfuse.kernels.jit import njit

from .case import NOISE_PSD, SIGMA, STEP_S, Case


def run(case: Case) -> np.ndarray:
    """Means after every second, ndarray of shape (600, 6)."""
    return _filter(case.mean, case.covariance, case.z, SIGMA, case.site_m, case.enu_from_ecef, STEP_S, NOISE_PSD)


@njit
def _filter(mean, covariance, z, sigma, site_m, enu_from_ecef, step_s, psd):
    x, p = mean.copy(), covariance.copy()
    phi, work, cube, gain = np.empty((6, 6)), np.empty((6, 6)), np.empty((5, 3, 3)), np.empty(6)
    out = np.empty((z.shape[0], 6))
    for k in range(z.shape[0]):
        coast_step(x, p, step_s, psd, 0.0, 0.0, phi, work, cube)
        for s in range(z.shape[1]):
            update6(x, p, z[k, s], sigma, site_m[s], enu_from_ecef[s], False, gain)
        out[k] = x
    return out
