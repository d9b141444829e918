"""Posterior Cramer-Rao bound of any filtering problem, with process noise: Tichavsky's recursion."""

import numpy as np


def tichavsky_step(information: np.ndarray, d11: np.ndarray, d12: np.ndarray, d22: np.ndarray) -> np.ndarray:
    """One step of the bound in information form.

    Any units that agree: information is the inverse of a covariance, which has the units of the state, squared.

    Parameters
    ----------
    information : ndarray, shape (n, n)
        Of the state before the step.
    d11, d12, d22 : ndarray, shape (n, n)
        Expectations over the true motion: with additive noise Q, motion gradient F, measurement gradient H and noise
        R, d11 = E[F' Q^-1 F], d12 = -E[F'] Q^-1, d22 = Q^-1 + E[H' R^-1 H].

    Returns
    -------
    ndarray, shape (n, n)
        Information of the state after the step and its measurement: d22 - d12' (J + d11)^-1 d12.

    Notes
    -----
    Tichavsky, Muravchik & Nehorai (1998). Needs an invertible Q; where it is singular or small use `bound_along`.
    """
    return d22 - d12.T @ np.linalg.solve(information + d11, d12)


def bound_along(
    covariance: np.ndarray, transitions: np.ndarray, noises: np.ndarray, informations: np.ndarray
) -> np.ndarray:
    """Bound along one true path, for any process noise, none included.

    Any units that agree: information is the inverse of a covariance, which has the units of the state, squared.

    Parameters
    ----------
    covariance : ndarray, shape (n, n)
        Bound at the start.
    transitions : ndarray, shape (K, n, n)
        Gradients of the motion along the path, step by step.
    noises : ndarray, shape (K, n, n) or (n, n)
        Covariance of the process noise of each step; may be singular or zero.
    informations : ndarray, shape (K, n, n)
        H' R^-1 H of what is measured at the end of each step; zero where nothing is. Times the detection probability
        it gives the information-reduction bound.

    Returns
    -------
    ndarray, shape (K, n, n)
        Least covariance after every step.

    Notes
    -----
    The recursion of Tichavsky et al. (1998) in its covariance form, F P F' + Q and then adding information: the same
    where both exist, and free of the inverse of Q.
    """
    p, out = np.asarray(covariance, dtype=float), np.empty_like(transitions)
    eye, noises = np.eye(p.shape[0]), np.broadcast_to(noises, transitions.shape)
    for k, (f, q, j) in enumerate(zip(transitions, noises, informations, strict=True)):
        p = f @ p @ f.T + q
        p = np.linalg.solve(eye + p @ j, p)
        p = 0.5 * (p + p.T)
        out[k] = p
    return out
