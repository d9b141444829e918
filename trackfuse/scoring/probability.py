"""How good probabilities were: Brier score, log score, and what happened beside what was said."""

from dataclasses import dataclass

import numpy as np

LEAST = 0.01
"""A probability of 0 or 1 is scored as this far from it: a model of finitely many runs never knows more."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """What happened where probabilities lay in bins.

    Parameters
    ----------
    low, high : ndarray, shape (B,)
        Bounds of the bins that hold any, probabilities.
    count : ndarray of int, shape (B,)
    said, happened : ndarray, shape (B,)
        Mean probability, and share of those that happened.
    """

    low: np.ndarray
    high: np.ndarray
    count: np.ndarray
    said: np.ndarray
    happened: np.ndarray


def brier_score(probability: np.ndarray, happened: np.ndarray) -> float:
    """Mean squared difference of probability and what happened; 0 is best, 0.25 is a coin's.

    Parameters
    ----------
    probability : ndarray, shape (n,)
    happened : ndarray of bool, shape (n,)

    Returns
    -------
    float
        nan of nothing.

    References
    ----------
    Brier 1950, Monthly Weather Review 78.
    """
    return float(np.mean((probability - happened) ** 2)) if len(probability) else float("nan")


def log_score(probability: np.ndarray, happened: np.ndarray) -> float:
    """Mean negative logarithm of the probability of what happened, nats; 0 is best.

    Parameters
    ----------
    probability : ndarray, shape (n,)
        Kept `LEAST` away from 0 and 1.
    happened : ndarray of bool, shape (n,)

    Returns
    -------
    float
        nan of nothing.

    References
    ----------
    Good 1952, Journal of the Royal Statistical Society B 14.
    """
    said = np.clip(probability, LEAST, 1.0 - LEAST)
    return float(-np.mean(np.log(np.where(happened, said, 1.0 - said)))) if len(said) else float("nan")


def calibration(probability: np.ndarray, happened: np.ndarray, bins: int = 5) -> Calibration:
    """What happened where probabilities lay in bins of equal width.

    Parameters
    ----------
    probability : ndarray, shape (n,)
    happened : ndarray of bool, shape (n,)
    bins : int

    Returns
    -------
    Calibration
        Bins that hold none are left out.

    Notes
    -----
    The numbers of a reliability diagram: Murphy & Winkler (1977), Applied Statistics 26, 41-47.
    """
    edges = np.linspace(0.0, 1.0, bins + 1)
    which = np.minimum((np.asarray(probability) * bins).astype(int), bins - 1)
    count = np.bincount(which, minlength=bins)
    used = count > 0
    said = np.bincount(which, probability, bins)[used] / count[used]
    share = np.bincount(which, np.asarray(happened, dtype=float), bins)[used] / count[used]
    return Calibration(edges[:-1][used], edges[1:][used], count[used], said, share)


def at_least_probability(probability: np.ndarray, least: int) -> float:
    """Probability that at least so many of independent events happen.

    Parameters
    ----------
    probability : ndarray, shape (n,)
        Of each event.
    least : int

    Returns
    -------
    float

    Notes
    -----
    The Poisson-binomial distribution by convolution, exact to rounding.
    """
    counts = np.ones(1)
    for each in probability:
        counts = np.convolve(counts, [1.0 - each, each])
    return float(min(counts[least:].sum(), 1.0))
