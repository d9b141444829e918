"""Readable filters for any model: extended (by gradients) and sigma-point (by points), and a smoother, over stacks of
estimates at once.

Every function takes leading axes for runs, so that a thousand runs cost one call. A reference for the tests of filters:
the tracker uses the compiled filters of `trackfuse.kernels`.
"""

from collections.abc import Callable

import numpy as np


def extended_predict(covariance: np.ndarray, transition: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Covariance after a step whose gradient is known; the mean is the model's own business.

    Any units that agree: a covariance has those of its state or measurement, squared.

    Parameters
    ----------
    covariance : ndarray, shape (..., n, n)
    transition : ndarray, shape (..., n, n)
        Gradient of the motion at the mean.
    noise : ndarray, shape (..., n, n)
        Covariance of the process noise.

    Returns
    -------
    ndarray, shape (..., n, n)
        F P F' + Q, symmetric.

    Notes
    -----
    Bar-Shalom, Li & Kirubarajan (2001), 10.3.
    """
    out = transition @ covariance @ np.swapaxes(transition, -1, -2) + noise
    return 0.5 * (out + np.swapaxes(out, -1, -2))


def extended_update(
    mean: np.ndarray, covariance: np.ndarray, residual: np.ndarray, jacobian: np.ndarray, noise: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Update by a measurement whose gradient is known.

    Any units that agree: a covariance has those of its state or measurement, squared.

    Parameters
    ----------
    mean : ndarray, shape (..., n)
    covariance : ndarray, shape (..., n, n)
    residual : ndarray, shape (..., d)
        Measurement minus its prediction, angles wrapped.
    jacobian : ndarray, shape (..., d, n)
        Gradient of the measurement at the mean.
    noise : ndarray, shape (..., d, d)
        Covariance of the measurement.

    Returns
    -------
    (ndarray, ndarray, ndarray)
        Mean, shape (..., n), covariance, shape (..., n, n), by Joseph's form, and normalised innovation squared, shape
        (...).

    Notes
    -----
    Bar-Shalom, Li & Kirubarajan (2001), 5.2 and 10.3.
    """
    across = covariance @ np.swapaxes(jacobian, -1, -2)
    spread = jacobian @ across + noise
    gain = np.swapaxes(np.linalg.solve(spread, np.swapaxes(across, -1, -2)), -1, -2)
    left = np.eye(mean.shape[-1]) - gain @ jacobian
    updated = left @ covariance @ np.swapaxes(left, -1, -2) + gain @ noise @ np.swapaxes(gain, -1, -2)
    whitened = np.linalg.solve(spread, residual[..., None])[..., 0]
    return mean + (gain @ residual[..., None])[..., 0], updated, np.einsum("...i,...i->...", residual, whitened)


def extended_smooth(
    path: np.ndarray,
    start: np.ndarray,
    z: np.ndarray,
    move: Callable[[np.ndarray], np.ndarray],
    move_gradient: Callable[[np.ndarray], np.ndarray],
    noise: np.ndarray,
    see: Callable[[np.ndarray], np.ndarray],
    see_gradient: Callable[[np.ndarray], np.ndarray],
    seen_noise: np.ndarray,
    rounds: int = 3,
) -> tuple[np.ndarray, np.ndarray]:
    """The most probable path through all measurements: filter and smooth about the path found last, a few rounds.

    Any units that agree: a covariance has those of its state or measurement, squared.

    Parameters
    ----------
    path : ndarray, shape (K, ..., n)
        First guess of the states, as from a filter.
    start : ndarray, shape (n, n)
        Covariance of the guess of the first state, which is kept as the prior.
    z : ndarray, shape (K, ..., d)
        A measurement of every state; differences of two must not wrap.
    move, move_gradient : callable
        From states, shape (..., n), to states a step later and to their gradients, shape (..., n, n).
    noise : ndarray, shape (n, n)
        Covariance of the process noise of a step.
    see, see_gradient : callable
        From states, shape (..., n), to measurements, shape (..., d), and to their gradients, shape (..., d, n).
    seen_noise : ndarray, shape (d, d)
        Covariance of a measurement.
    rounds : int

    Returns
    -------
    (ndarray, ndarray)
        The path, shape (K, ..., n), and covariances of each state by the measurements up to it, shape (K, ..., n, n):
        the last is that of the estimate now.

    Notes
    -----
    Gauss-Newton in the whole path (Bell 1994, SIAM J. Optimization 4(3) 626): with noise what
    `trackfuse.tracking.batch` is without.
    """
    prior, held = path[0], list[tuple[np.ndarray, np.ndarray]]()
    for _ in range(rounds):
        ahead, held = [], []
        mean, p = prior, np.broadcast_to(start, (*prior.shape, prior.shape[-1]))
        for k, about in enumerate(path):
            if k:
                f = move_gradient(path[k - 1])
                mean = move(path[k - 1]) + (f @ (mean - path[k - 1])[..., None])[..., 0]
                p = extended_predict(p, f, noise)
                ahead.append((f, mean, p))
            h = see_gradient(about)
            residual = z[k] - see(about) - (h @ (mean - about)[..., None])[..., 0]
            mean, p, _ = extended_update(mean, p, residual, h, seen_noise)
            held.append((mean, p))
        smooth = [mean]
        for (f, expected, spread), (mean, p) in zip(ahead[::-1], held[-2::-1], strict=True):
            gain = np.swapaxes(np.linalg.solve(spread, f @ p), -1, -2)
            smooth.append(mean + (gain @ (smooth[-1] - expected)[..., None])[..., 0])
        path = np.array(smooth[::-1])
    return path, np.array([p for _, p in held])


def sigma_points(mean: np.ndarray, covariance: np.ndarray, kappa: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Points that carry a mean and a covariance.

    Any units that agree: a covariance has those of its state or measurement, squared.

    Parameters
    ----------
    mean : ndarray, shape (..., n)
    covariance : ndarray, shape (..., n, n)
        Positive definite.
    kappa : float
        Weight of the centre: kappa / (n + kappa), with n + kappa > 0. Zero leaves the centre out: the cubature points.

    Returns
    -------
    (ndarray, ndarray)
        Points, shape (..., 2 n + 1, n), the centre first, and their weights, shape (2 n + 1,).

    Notes
    -----
    Julier, Uhlmann & Durrant-Whyte (2000); Arasaratnam & Haykin (2009) for kappa = 0.
    """
    n = mean.shape[-1]
    root = np.swapaxes(np.linalg.cholesky((n + kappa) * covariance), -1, -2)
    centre = mean[..., None, :]
    weights = np.full(2 * n + 1, 0.5 / (n + kappa))
    weights[0] = kappa / (n + kappa)
    return np.concatenate([centre, centre + root, centre - root], axis=-2), weights


def sigma_predict(
    mean: np.ndarray,
    covariance: np.ndarray,
    move: Callable[[np.ndarray], np.ndarray],
    noise: np.ndarray,
    kappa: float = 0.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Predict by moving sigma points.

    Any units that agree: a covariance has those of its state or measurement, squared.

    Parameters
    ----------
    mean : ndarray, shape (..., n)
    covariance : ndarray, shape (..., n, n)
    move : callable
        From states, shape (..., n), to states a step later, shape (..., n).
    noise : ndarray, shape (..., n, n)
        Covariance of the process noise.
    kappa : float
        See `sigma_points`.

    Returns
    -------
    (ndarray, ndarray)
        Mean, shape (..., n), and covariance, shape (..., n, n).

    Notes
    -----
    Julier, Uhlmann & Durrant-Whyte (2000).
    """
    points, weights = sigma_points(mean, covariance, kappa)
    moved = move(points)
    centre = np.einsum("s,...si->...i", weights, moved)
    off = moved - centre[..., None, :]
    return centre, np.einsum("s,...si,...sj->...ij", weights, off, off) + noise


def sigma_update(
    mean: np.ndarray,
    covariance: np.ndarray,
    z: np.ndarray,
    see: Callable[[np.ndarray], np.ndarray],
    noise: np.ndarray,
    kappa: float = 0.0,
    subtract: Callable[[np.ndarray, np.ndarray], np.ndarray] = np.subtract,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Update by a measurement, seen from sigma points.

    Any units that agree: a covariance has those of its state or measurement, squared.

    Parameters
    ----------
    mean : ndarray, shape (..., n)
    covariance : ndarray, shape (..., n, n)
    z : ndarray, shape (..., d)
        Measurement.
    see : callable
        From states, shape (..., n), to measurements, shape (..., d).
    noise : ndarray, shape (..., d, d)
        Covariance of the measurement.
    kappa : float
        See `sigma_points`.
    subtract : callable
        Difference of two measurements, shape (..., d): wraps angles where there are any.

    Returns
    -------
    (ndarray, ndarray, ndarray)
        Mean, shape (..., n), covariance, shape (..., n, n), and normalised innovation squared, shape (...).

    Notes
    -----
    Julier, Uhlmann & Durrant-Whyte (2000). Measurements are averaged about that of the mean, so that angles may wrap.
    """
    points, weights = sigma_points(mean, covariance, kappa)
    seen = see(points)
    about = seen[..., :1, :]
    expected = np.einsum("s,...si->...i", weights, subtract(seen, about)) + about[..., 0, :]
    off = subtract(seen, expected[..., None, :])
    spread = np.einsum("s,...si,...sj->...ij", weights, off, off) + noise
    across = np.einsum("s,...si,...sj->...ij", weights, points - mean[..., None, :], off)
    gain = np.swapaxes(np.linalg.solve(spread, np.swapaxes(across, -1, -2)), -1, -2)
    residual = subtract(z, expected)
    updated = covariance - gain @ spread @ np.swapaxes(gain, -1, -2)
    whitened = np.linalg.solve(spread, residual[..., None])[..., 0]
    square = np.einsum("...i,...i->...", residual, whitened)
    return mean + (gain @ residual[..., None])[..., 0], 0.5 * (updated + np.swapaxes(updated, -1, -2)), square
