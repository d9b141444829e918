"""Are errors as large as claimed? Normalised squares of errors and innovations, with their bands."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.special import gammaincinv

from trackfuse.core.errors import SettingsError, check_between


def nees(error: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """Normalised estimation error squared, e' P^-1 e.

    Any units that agree: the covariance has those of the error, squared; the answer has no unit.

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

    Any units that agree: the covariance has those of the innovation, squared; the answer has no unit.

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

    Notes
    -----
    Bar-Shalom, Li & Kirubarajan (2001), 5.4.
    """
    if dimension < 1 or runs < 1:
        raise SettingsError(f"band: dimension {dimension!r} and runs {runs!r} must be 1 or more")
    check_between(SettingsError, "band probability", probability, 0.0, 1.0 - 1e-12, open_low=True)
    tails = np.array([0.5 * (1.0 - probability), 0.5 * (1.0 + probability)])
    limits = 2.0 * gammaincinv(0.5 * dimension * runs, tails) / runs
    return float(limits[0]), float(limits[1])


def consistency_table(
    squares: np.ndarray, t_s: np.ndarray, phases: Mapping[str, tuple[float, float]], dimension: int = 6
) -> pd.DataFrame:
    """Mean normalised square in each phase of a flight, beside its band.

    Parameters
    ----------
    squares : ndarray, shape (R, J)
        Normalised squares of R runs at J instants; nan where there is no estimate.
    t_s : ndarray, shape (J,)
        Instants, s.
    phases : mapping of str to (float, float)
        Name of each phase and its interval (after, up to and including), s.
    dimension : int
        Of the error.

    Returns
    -------
    DataFrame
        One row a phase: mean and median over runs and instants, the 95 % band of the mean of one instant, the share of
        instants below and above their own band (2.5 % each expected), and how many instants count.

    Notes
    -----
    Only instants at which at least half of the runs have an estimate count; each has the band of its number of runs.
    """
    have = np.isfinite(squares).sum(axis=0)
    means = np.nansum(squares, axis=0) / np.where(have > 0, have, np.nan)
    rows = []
    for name, (after, until) in phases.items():
        inside = np.flatnonzero((t_s > after) & (t_s <= until) & (2 * have >= len(squares)) & (have > 0))
        limits = np.array([band(dimension, int(n)) for n in have[inside]]).reshape(-1, 2)
        low, high = limits.mean(axis=0) if len(inside) else (np.nan, np.nan)
        rows.append(
            {
                "phase": name,
                "mean": np.nanmean(squares[:, inside]) if len(inside) else np.nan,
                "median": np.nanmedian(squares[:, inside]) if len(inside) else np.nan,
                "low": low,
                "high": high,
                "below": np.mean(means[inside] < limits[:, 0]) if len(inside) else np.nan,
                "above": np.mean(means[inside] > limits[:, 1]) if len(inside) else np.nan,
                "instants": len(inside),
            }
        )
    return pd.DataFrame(rows)
