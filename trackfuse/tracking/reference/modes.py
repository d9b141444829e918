"""Interacting multiple models, readable and for any number of filters of one state: the reference for `kernels.imm`."""

import numpy as np


def mixing(probability: np.ndarray, transition: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How much of each model goes into each.

    Parameters
    ----------
    probability : ndarray, shape (m,)
        Of each model before the step.
    transition : ndarray, shape (m, m)
        Probability of a change from the row's model to the column's.

    Returns
    -------
    (ndarray, ndarray)
        Predicted probabilities, shape (m,), and weights, shape (m, m): the row's model in the column's mixture.

    Notes
    -----
    Blom & Bar-Shalom (1988).
    """
    joint = probability[:, None] * transition
    predicted = joint.sum(axis=0)
    return predicted, joint / np.where(predicted > 0.0, predicted, 1.0)


def moments(means: np.ndarray, covariances: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance of mixtures of Gaussians.

    Any units that agree: a covariance has those of its state or measurement, squared.

    Parameters
    ----------
    means : ndarray, shape (m, n)
    covariances : ndarray, shape (m, n, n)
    weights : ndarray, shape (m,) or (m, k)
        Of each component in one mixture or in k.

    Returns
    -------
    (ndarray, ndarray)
        Mean and covariance: of shapes (n,) and (n, n), or (k, n) and (k, n, n).

    Notes
    -----
    Bar-Shalom, Li & Kirubarajan (2001), 1.4.16.
    """
    centre = np.einsum("m...,mi->...i", weights, means)
    spread = np.einsum("m...,mi,mj->...ij", weights, means, means) - centre[..., :, None] * centre[..., None, :]
    return centre, np.einsum("m...,mij->...ij", weights, covariances) + 0.5 * (spread + np.swapaxes(spread, -1, -2))


def judged(predicted: np.ndarray, log_likelihood: np.ndarray) -> np.ndarray:
    """Probabilities of the models after a measurement.

    Parameters
    ----------
    predicted : ndarray, shape (m,)
        Probability of each model before it.
    log_likelihood : ndarray, shape (m,)
        Logarithm of the likelihood of the measurement under each model, to a common constant.

    Returns
    -------
    ndarray, shape (m,)
        Probability of each.

    Notes
    -----
    Blom & Bar-Shalom (1988).
    """
    weight = predicted * np.exp(log_likelihood - np.max(log_likelihood))
    return weight / weight.sum()
