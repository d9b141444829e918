"""Gates: which plots a track could have caused, by the distance between what was measured and what was expected."""

import math

import numpy as np

from trackfuse.core.errors import SettingsError, check_between


def gate_threshold(probability: float, measured: int) -> float:
    """Squared distance below which the right plot lies with a given probability.

    Parameters
    ----------
    probability : float
        Above 0 and below 1.
    measured : int
        Numbers measured, 1 or more.

    Returns
    -------
    float
        Quantile of the chi-square distribution with so many degrees of freedom.

    Raises
    ------
    SettingsError
        If an argument is out of range.

    Notes
    -----
    Bar-Shalom, Li & Kirubarajan (2001), 3.7.4; valid for Gaussian innovations.
    """
    from scipy.special import gammaincinv

    check_between(SettingsError, "gate probability", probability, 0.0, 1.0 - 1e-15, open_low=True)
    check_between(SettingsError, "gate measured", measured, 1, 1000)
    return 2.0 * float(gammaincinv(0.5 * measured, probability))


def distances(innovation: np.ndarray, covariance: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Squared distances and likelihoods of innovations, of which some components may not have been measured.

    Parameters
    ----------
    innovation : ndarray, shape (..., d)
        Measured minus expected; a component that was not measured is not read.
    covariance : ndarray, shape (..., d, d)
        Of the innovation; infinite on the diagonal where a component was not measured.

    Returns
    -------
    squared : ndarray, shape (...)
        Squared distance over the components measured (Mahalanobis).
    log_likelihood : ndarray, shape (...)
        Of the Gaussian, per product of the units of the components measured.
    measured : ndarray of int, shape (...)
        How many there are.

    Raises
    ------
    SettingsError
        If shapes do not match, a component measured is not finite or a covariance is not positive definite.
    """
    innovation, covariance = np.asarray(innovation, dtype=float), np.asarray(covariance, dtype=float)
    if covariance.shape != (*innovation.shape, innovation.shape[-1]):
        raise SettingsError(f"gate: innovations {innovation.shape} and covariances {covariance.shape} do not match")
    seen = np.isfinite(np.diagonal(covariance, axis1=-2, axis2=-1))
    # A component that was not measured becomes one of its own with nothing in it: it adds nothing to either sum.
    both = seen[..., :, None] & seen[..., None, :]
    matrix = np.where(both, covariance, np.eye(innovation.shape[-1]))
    left = np.where(seen, innovation, 0.0)
    if not (np.isfinite(left).all() and np.isfinite(matrix).all()):
        raise SettingsError("gate: an innovation or covariance is not finite")
    try:
        low = np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        raise SettingsError("gate: a covariance is not positive definite") from None
    white = np.linalg.solve(low, left[..., None])[..., 0]
    squared, measured = (white**2).sum(axis=-1), seen.sum(axis=-1)
    volume = np.log(np.diagonal(low, axis1=-2, axis2=-1)).sum(axis=-1)
    return squared, -0.5 * (squared + measured * math.log(2.0 * math.pi)) - volume, measured


def gate(innovation: np.ndarray, covariance: np.ndarray, probability: float) -> np.ndarray:
    """Whether plots lie within the ellipsoid in which the right one lies with a given probability.

    Parameters
    ----------
    innovation : ndarray, shape (..., d)
    covariance : ndarray, shape (..., d, d)
        Infinite on the diagonal where a component was not measured.
    probability : float
        Above 0 and below 1.

    Returns
    -------
    ndarray of bool, shape (...)
        True, too, where nothing was measured.

    Raises
    ------
    SettingsError
        As `distances` and `gate_threshold`.
    """
    squared, _, measured = distances(innovation, covariance)
    limits = [np.inf] + [gate_threshold(probability, n) for n in range(1, np.shape(innovation)[-1] + 1)]
    return squared <= np.array(limits)[measured]
