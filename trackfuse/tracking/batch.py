"""Batch maximum likelihood: the state that explains all plots of a falling target best. The reference for the
filters.
"""

from dataclasses import dataclass

import numpy as np

from trackfuse.core.errors import SettingsError
from trackfuse.kernels.batch import carried, first_guess, normal_equations
from trackfuse.kernels.filter import INFRARED, T
from trackfuse.tracking.track import plot_rows

ITERATIONS = 60
SETTLED = 1e-12
"""Done with a step whose square, over its own variance, is below this: a millionth of a standard deviation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchEstimate:
    """What all plots together say of a falling target.

    Parameters
    ----------
    mean : ndarray, shape (6,)
        ECEF position (m) and velocity relative to the rotating Earth (m/s).
    covariance : ndarray, shape (6, 6)
        Inverse of the information: m^2, m^2/s, m^2/s^2.
    cost : float
        Sum of squared residuals over their variances: chi-square with as many degrees of freedom as numbers were
        measured (3 a radar plot, 4 with a range rate, 2 an infrared plot), less 6.
    converged : bool
        Whether the iteration settled.
    """

    mean: np.ndarray
    covariance: np.ndarray
    cost: float
    converged: bool


def batch(
    *,
    plot_t_s: np.ndarray,
    plot_sensor: np.ndarray,
    z: np.ndarray,
    sigma: np.ndarray,
    site_m: np.ndarray,
    enu_from_ecef: np.ndarray,
    is_infrared: np.ndarray,
    at_s: float,
    guess: np.ndarray | None = None,
    beta_kgpm2: float = np.inf,
    site_velocity_mps: np.ndarray | None = None,
) -> BatchEstimate:
    """Estimate the state of a target in free fall from all its plots at once.

    Parameters
    ----------
    plot_t_s : ndarray, shape (m,)
        Times of measurement, s, in any order.
    plot_sensor : ndarray of int, shape (m,)
        Row of the sensor, 0..S-1.
    z, sigma : ndarray, shape (m, 3) or (m, 4)
        Range (m), azimuth and elevation (rad), range rate (m/s), and their standard deviations (see `track`).
    site_m : ndarray, shape (S, 3)
        ECEF position of the sensors, m.
    enu_from_ecef : ndarray, shape (S, 3, 3)
    is_infrared : ndarray of bool, shape (S,)
    at_s : float
        Time for which the state is wanted, s.
    guess : ndarray, shape (6,), optional
        State at the first plot to begin with; by default from the first plots.
    beta_kgpm2 : float
        Ballistic coefficient, kg/m^2; infinite for no drag.
    site_velocity_mps : ndarray, shape (S, 3), optional
        ECEF velocity of the sensors, m/s (see `track`).

    Returns
    -------
    BatchEstimate

    Raises
    ------
    SettingsError
        If there is no plot, or no radar plot and no guess.

    Notes
    -----
    Gauss-Newton, damped (Levenberg 1944) where a step does not improve the fit. No process noise: valid above the air,
    where the motion is that of `kernels.gravity`. Shapiro (1958).
    """
    if len(plot_t_s) == 0:
        raise SettingsError("batch: no plot to estimate from")
    rows = plot_rows(plot_t_s, plot_sensor, z, sigma, site_m, enu_from_ecef, is_infrared, site_velocity_mps)
    rows = rows[np.argsort(rows[:, T], kind="stable")]
    thin, epoch = 1.0 / beta_kgpm2, float(rows[0, T])
    x = _guessed(rows, epoch, thin) if guess is None else np.asarray(guess, dtype=float)
    x, information, cost, converged = _solved(x, epoch, rows, thin)
    phi = np.empty((6, 6))
    mean = carried(x, epoch, float(at_s), thin, phi)
    covariance = phi @ _inverse(information) @ phi.T
    return BatchEstimate(mean=mean, covariance=0.5 * (covariance + covariance.T), cost=cost, converged=converged)


def _guessed(rows: np.ndarray, epoch: float, thin: float) -> np.ndarray:
    guess = first_guess(rows)
    if not np.isfinite(guess).all():
        raise SettingsError("batch: no radar plot to begin with, and no guess given")
    first = rows[rows[:, INFRARED] == 0.0][0, T]
    return carried(guess, float(first), epoch, thin, np.empty((6, 6)))


def _inverse(information: np.ndarray) -> np.ndarray:
    scale = 1.0 / np.sqrt(np.diag(information))
    return np.linalg.inv(information * np.outer(scale, scale)) * np.outer(scale, scale)


def _solved(x: np.ndarray, epoch: float, rows: np.ndarray, thin: float) -> tuple[np.ndarray, np.ndarray, float, bool]:
    information, pull = np.empty((6, 6)), np.empty(6)
    trial_information, trial_pull = np.empty((6, 6)), np.empty(6)
    cost, damping = normal_equations(x, epoch, rows, thin, information, pull), 0.0
    for _ in range(ITERATIONS):
        damped = information + damping * np.diag(np.diag(information))
        step = _inverse(damped) @ pull
        if step @ information @ step < SETTLED:
            return x + step, information, cost, True
        trial = normal_equations(x + step, epoch, rows, thin, trial_information, trial_pull)
        if trial <= cost * (1.0 + 1e-12):
            x, cost, damping = x + step, trial, 0.1 * damping if damping > 1e-6 else 0.0
            information, trial_information = trial_information, information
            pull, trial_pull = trial_pull, pull
        else:
            damping = max(10.0 * damping, 1e-3)
    return x, information, cost, False
