"""filterpy's extended Kalman filter on the case of eight radars."""

from typing import Any

import numpy as np
from filterpy.kalman import ExtendedKalmanFilter

from .case import SIGMA, STEP_S, Case, difference, moved, process_noise, seen, seen_gradient, transition


class _FreeFall(ExtendedKalmanFilter):
    """The library's filter with its prediction overridden, as its documentation asks for a nonlinear motion."""

    def predict_x(self, u: Any = 0) -> None:
        self.F = transition(self.x, STEP_S)
        self.x = moved(self.x, STEP_S)


def run(case: Case) -> np.ndarray:
    """Means after every second, ndarray of shape (600, 6)."""
    ekf = _FreeFall(dim_x=6, dim_z=3)
    ekf.x, ekf.P = case.mean.copy(), case.covariance.copy()
    ekf.Q, ekf.R = process_noise(STEP_S), np.diag(SIGMA**2)
    sites = list(zip(case.site_m, case.enu_from_ecef, strict=True))
    out = np.empty_like(case.truth)
    for k, plots in enumerate(case.z):
        ekf.predict()
        for z, site in zip(plots, sites, strict=True):
            ekf.update(z, seen_gradient, seen, args=site, hx_args=site, residual=difference)
        out[k] = ekf.x
    return out
