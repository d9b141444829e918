"""Batch maximum likelihood: the state that explains all detections of a falling target best. The reference for the
filters.
"""

from dataclasses import dataclass

import numpy as np

from trackfuse.core.errors import SettingsError
from trackfuse.kernels.batch import first_guess, normal_equations, predicted
from trackfuse.sensing import Detections
from trackfuse.tracking.packing import packed

ITERATIONS = 60
SETTLED = 1e-12
"""Done with a step whose square, over its own variance, is below this: a millionth of a standard deviation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchEstimate:
    """What all detections together say of a falling target.

    Parameters
    ----------
    mean : ndarray, shape (6,)
        ECEF position (m) and velocity relative to the rotating Earth (m/s).
    covariance : ndarray, shape (6, 6)
        Inverse of the information: m^2, m^2/s, m^2/s^2.
    cost : float
        Sum of squared residuals over their variances: chi-square with as many degrees of freedom as numbers were
        measured (3 a radar detection, 4 with a range rate, 2 an infrared one), less 6.
    converged : bool
        Whether the iteration settled.
    """

    mean: np.ndarray
    covariance: np.ndarray
    cost: float
    converged: bool


def batch(
    detections: Detections, at_s: float, *, guess: np.ndarray | None = None, beta_kgpm2: float = np.inf
) -> BatchEstimate:
    """Estimate the state of a target in free fall from all its detections at once.

    Parameters
    ----------
    detections : Detections
        Of one target, in any order.
    at_s : float
        Time for which the state is wanted, s.
    guess : ndarray, shape (6,), optional
        State at the first detection to begin with; by default from the first detections. ECEF, m and m/s.
    beta_kgpm2 : float
        Ballistic coefficient, kg/m^2; infinite for no drag.

    Returns
    -------
    BatchEstimate

    Raises
    ------
    SettingsError
        If there is no detection, or none by a radar and no guess.

    Notes
    -----
    Gauss-Newton, damped (Levenberg 1944) where a step does not improve the fit. No process noise: valid above the air,
    where the motion is that of `kernels.gravity`. Shapiro (1958).
    """
    if len(detections) == 0:
        raise SettingsError("batch: no detection to estimate from")
    rows = packed(detections)
    rows = rows[np.argsort(rows["t_s"], kind="stable")]
    inverse_ballistic_coefficient, epoch = 1.0 / beta_kgpm2, float(rows["t_s"][0])
    x = _guessed(rows, epoch, inverse_ballistic_coefficient) if guess is None else np.asarray(guess, dtype=float)
    x, information, cost, converged = _solved(x, epoch, rows, inverse_ballistic_coefficient)
    phi = np.empty((6, 6))
    mean = predicted(x, epoch, float(at_s), inverse_ballistic_coefficient, phi)
    covariance = phi @ _inverse(information) @ phi.T
    return BatchEstimate(mean=mean, covariance=0.5 * (covariance + covariance.T), cost=cost, converged=converged)


def _guessed(rows: np.ndarray, epoch: float, inverse_ballistic_coefficient: float) -> np.ndarray:
    guess = first_guess(rows)
    if not np.isfinite(guess).all():
        raise SettingsError("batch: no radar detection to begin with, and no guess given")
    first = rows["t_s"][~rows["infrared"]][0]
    return predicted(guess, float(first), epoch, inverse_ballistic_coefficient, np.empty((6, 6)))


def _inverse(information: np.ndarray) -> np.ndarray:
    scale = 1.0 / np.sqrt(np.diag(information))
    return np.linalg.inv(information * np.outer(scale, scale)) * np.outer(scale, scale)


def _solved(
    x: np.ndarray, epoch: float, rows: np.ndarray, inverse_ballistic_coefficient: float
) -> tuple[np.ndarray, np.ndarray, float, bool]:
    information, pull = np.empty((6, 6)), np.empty(6)
    trial_information, trial_pull = np.empty((6, 6)), np.empty(6)
    cost, damping = normal_equations(x, epoch, rows, inverse_ballistic_coefficient, information, pull), 0.0
    for _ in range(ITERATIONS):
        damped = information + damping * np.diag(np.diag(information))
        step = _inverse(damped) @ pull
        if step @ information @ step < SETTLED:
            return x + step, information, cost, True
        trial = normal_equations(x + step, epoch, rows, inverse_ballistic_coefficient, trial_information, trial_pull)
        if trial <= cost * (1.0 + 1e-12):
            x, cost, damping = x + step, trial, 0.1 * damping if damping > 1e-6 else 0.0
            information, trial_information = trial_information, information
            pull, trial_pull = trial_pull, pull
        else:
            damping = max(10.0 * damping, 1e-3)
    return x, information, cost, False
