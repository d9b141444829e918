"""Registration errors in a filter: carried but not estimated (Schmidt), or estimated with the state.

A measurement is z = H x + D b + v with b the same for every look of a run. A filter that ignores b averages it with the
noise and claims to know better than it can: E[NEES] = n + b' P^-1 b. Schmidt's filter carries the covariance of b and
its correlation with the state, so that the claim stays right; with enough looks from enough sides b shows itself and
may be estimated with the state, as further states of `extended_update`. Leading axes are runs, as in
`gaussian`. A reference for the tests of registration: the tracker uses `trackfuse.kernels.consider_covariance`.
"""

import numpy as np


def consider_predict(
    covariance: np.ndarray, cross: np.ndarray, transition: np.ndarray, noise: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Covariances after a step; the errors considered stay as they are.

    Any units that agree: a covariance has those of its state or measurement, squared.

    Parameters
    ----------
    covariance : ndarray, shape (..., n, n)
    cross : ndarray, shape (..., n, p)
        Covariance of the state's error with the errors considered.
    transition : ndarray, shape (..., n, n)
    noise : ndarray, shape (..., n, n)
        Covariance of the process noise.

    Returns
    -------
    (ndarray, ndarray)
        Covariance, shape (..., n, n), and cross-covariance, shape (..., n, p).

    Notes
    -----
    Schmidt (1966); Jazwinski, Stochastic Processes and Filtering Theory (1970), 8.4.
    """
    out = transition @ covariance @ np.swapaxes(transition, -1, -2) + noise
    return 0.5 * (out + np.swapaxes(out, -1, -2)), transition @ cross


def consider_update(
    mean: np.ndarray,
    covariance: np.ndarray,
    cross: np.ndarray,
    considered: np.ndarray,
    residual: np.ndarray,
    jacobian: np.ndarray,
    response: np.ndarray,
    noise: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Update by a measurement that has errors which are the same every time.

    Any units that agree: a covariance has those of its state or measurement, squared.

    Parameters
    ----------
    mean : ndarray, shape (..., n)
    covariance : ndarray, shape (..., n, n)
    cross : ndarray, shape (..., n, p)
        Covariance of the state's error with the errors considered.
    considered : ndarray, shape (..., p, p)
        Covariance of the errors considered, which no measurement changes.
    residual : ndarray, shape (..., d)
        Measurement minus its prediction, angles wrapped.
    jacobian : ndarray, shape (..., d, n)
        Gradient of the measurement by the state.
    response : ndarray, shape (..., d, p)
        Gradient of the measurement by the errors considered.
    noise : ndarray, shape (..., d, d)
        Covariance of the measurement's noise alone.

    Returns
    -------
    (ndarray, ndarray, ndarray, ndarray)
        Mean, shape (..., n), covariance, shape (..., n, n), cross-covariance, shape (..., n, p), and normalised
        innovation squared, shape (...).

    Notes
    -----
    Schmidt (1966); Jazwinski (1970), 8.4. The gain is the best for the state; that for the errors considered is zero.
    """
    across = covariance @ np.swapaxes(jacobian, -1, -2) + cross @ np.swapaxes(response, -1, -2)
    other = np.swapaxes(cross, -1, -2) @ np.swapaxes(jacobian, -1, -2) + considered @ np.swapaxes(response, -1, -2)
    spread = jacobian @ across + response @ other + noise
    gain = np.swapaxes(np.linalg.solve(spread, np.swapaxes(across, -1, -2)), -1, -2)
    updated = covariance - gain @ np.swapaxes(across, -1, -2)
    whitened = np.linalg.solve(spread, residual[..., None])[..., 0]
    return (
        mean + (gain @ residual[..., None])[..., 0],
        0.5 * (updated + np.swapaxes(updated, -1, -2)),
        cross - gain @ np.swapaxes(other, -1, -2),
        np.einsum("...i,...i->...", residual, whitened),
    )
