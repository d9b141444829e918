"""Whether a mean and a covariance that somebody gives can be those of a state."""

from typing import Any

import numpy as np

SYMMETRY = 1e-6
"""A correlation and its mirror image may differ by so much: solving with tracks' covariances rounds by far less."""


def check_estimate(mean: Any, covariance: Any, n: int = 6) -> None:
    """Raise ValueError unless there is a state of n finite numbers and a positive definite covariance.

    Parameters
    ----------
    mean : ndarray, shape (n,)
        m and m/s.
    covariance : ndarray, shape (n, n)
        m^2, m^2/s, m^2/s^2.
    n : int
        Position and velocity, unless said otherwise.

    Raises
    ------
    ValueError
        Which of these does not hold.
    """
    for name, array, shape in (("mean", mean, (n,)), ("covariance", covariance, (n, n))):
        if np.shape(array) != shape:
            raise ValueError(f"{name} has shape {np.shape(array)}, not {shape}")
        if not np.isfinite(array).all():
            raise ValueError(f"{name} is not finite")
    try:
        np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        raise ValueError("covariance is not positive definite") from None
    # Against the standard deviations: entries near 0 may differ by their own size through rounding alone.
    sigma = np.sqrt(np.diag(covariance))
    if (np.abs(covariance - np.transpose(covariance)) > SYMMETRY * np.outer(sigma, sigma)).any():
        raise ValueError("covariance is not symmetric")
