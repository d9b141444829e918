"""Are errors as large as claimed? Normalised squares of errors and innovations, with their bands."""

import numpy as np
from scipy.special import gammaincinv

from trackfuse.core.errors import SettingsError, check_between


def nees(error: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """Normalised estimation error squared, e' P^-1 e.

    Parameters
    ----------
    error : ndarray, shape (..., n)
        Estimate minus truth.
    covariance : ndarray, shape (..., n, n)
        As claimed; positive definite, or nan where there is no estimate.

    Returns
    -------
    ndarray, shape (...)
        Chi-square with n degrees of freedom if the claim is right; nan where an input is.

    Notes
    -----
    Bar-Shalom, Li & Kirubarajan, Estimation with Applications to Tracking and Navigation (2001), 5.4. The covariance
    is scaled to a unit diagonal before solving: metres and metres a second differ by orders of magnitude.
    """
    scale = 1.0 / np.sqrt(np.einsum("...ii->...i", covariance))
    correlation = covariance * scale[..., :, None] * scale[..., None, :]
    scaled = error * scale
    out = np.full(scaled.shape[:-1], np.nan)
    there = np.isfinite(scaled).all(axis=-1) & np.isfinite(correlation).all(axis=(-2, -1))
    e = scaled[there]
    out[there] = np.einsum("ki,ki->k", e, np.linalg.solve(correlation[there], e[..., None])[..., 0])
    return out


def nis(innovation: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """Normalised innovation squared, v' S^-1 v: what a filter can check without knowing the truth.

    Parameters
    ----------
    innovation : ndarray, shape (..., d)
        Measurement minus its prediction.
    covariance : ndarray, shape (..., d, d)
        Of the innovation: H P H' + R.

    Returns
    -------
    ndarray, shape (...)
        Chi-square with d degrees of freedom if the filter is consistent.

    Notes
    -----
    Bar-Shalom, Li & Kirubarajan (2001), 5.4.
    """
    return nees(innovation, covariance)


def band(dimension: int, runs: int, probability: float = 0.95) -> tuple[float, float]:
    """Two-sided band of the mean of normalised squares over independent runs.

    Parameters
    ----------
    dimension : int
        Of the error or innovation.
    runs : int
        Independent runs averaged at one instant. Instants of one run are not independent.
    probability : float
        That the mean of a consistent filter lies in the band.

    Returns
    -------
    tuple of float
        Lower and upper limit: chi-square quantiles of dimension * runs degrees of freedom, over runs.

    Raises
    ------
    SettingsError
        If dimension or runs are below 1, or the probability is not in (0, 1).
    """
    if dimension < 1 or runs < 1:
        raise SettingsError(f"band: dimension {dimension!r} and runs {runs!r} must be 1 or more")
    check_between(SettingsError, "band probability", probability, 0.0, 1.0 - 1e-12, open_low=True)
    tails = np.array([0.5 * (1.0 - probability), 0.5 * (1.0 + probability)])
    limits = 2.0 * gammaincinv(0.5 * dimension * runs, tails) / runs
    return float(limits[0]), float(limits[1])
