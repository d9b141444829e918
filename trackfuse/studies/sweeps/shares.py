"""What share of a gain's variance each group of assumptions, and the draws of a run, account for."""

from typing import NamedTuple

import numpy as np

from trackfuse.core.rng import generator

RESAMPLES = 400
RARE = 0.05
"""An answer that differs in fewer runs than this share is taken for the same everywhere: some hundred runs cannot say
what moves it."""


class Shares(NamedTuple):
    """Sobol indices of G groups and, last, of the draws.

    Parameters
    ----------
    first : ndarray, shape (G + 1, 3)
        Share of the variance of the group alone: estimate, and low and high of its 95 % bootstrap interval.
    total : ndarray, shape (G + 1, 3)
        The same with all that it does together with others. A share too.
    """

    first: np.ndarray
    total: np.ndarray


def variance_shares(answers: np.ndarray) -> Shares | None:
    """Sobol indices by groups of an answer that also varies from run to run.

    Parameters
    ----------
    answers : ndarray, shape (N, G + 2, R)
        At N base points of a Saltelli design over G groups (A, then A with one group of B each, then B), in R runs, two
        or more, on noise of their own for every base point and the same at its G + 2 points. Not finite where there is
        no answer. In any unit.

    Returns
    -------
    Shares or None
        None if nothing can be told: fewer than two base points have an answer, or nearly all of them (see `RARE`) are
        the same.

    Notes
    -----
    The draws of a run (noise, posture) are one more factor d. Total index of a group: E (A - AB)^2 / 2 (Jansen 1999)
    over the variance of A and AB, which is 1 less their correlation (Glen & Isaacs 2012, Environmental Modelling and
    Software 37, 157-166): what happens in one run alone cannot make it greater than 1. First: E B (AB - A) (Saltelli
    et al. 2010, Computer Physics Communications 181(2), 259-270), the product taken over pairs of different runs, so
    that what a group does together with the draws is in neither first index. Of the draws, total: the variance from
    run to run at a point; first: the covariance of A and B in one run, which share d alone. These three are over the
    variance of all points, whose laws are the same. Terms without an answer are left out. Base points are resampled
    whole.
    """
    known = np.isfinite(answers)
    if known.any(axis=(1, 2)).sum() < 2:
        return None
    values = np.where(known, answers - answers[known].mean(), 0.0)
    low, high = np.quantile(answers[known], [RARE / 2.0, 1.0 - RARE / 2.0])
    if high - low <= 1e-9 * max(abs(low), abs(high), 1.0):
        return None
    sums = _sums(values, known.astype(float))
    picks = generator(0, "shares").integers(len(answers), size=(RESAMPLES, len(answers)))
    found = _indices({name: each.sum(axis=0) for name, each in sums.items()})
    drawn = _indices({name: each[picks].sum(axis=1) for name, each in sums.items()})
    return Shares(*(_with_interval(*each) for each in zip(found, drawn, strict=True)))


def _sums(values: np.ndarray, known: np.ndarray) -> dict[str, np.ndarray]:
    """Numerators and their counts by base point, shapes (N, G) of groups and (N, 1) of the draws and the variance."""
    a, groups, b = values[:, :1], values[:, 1:-1], values[:, -1:]
    with_a, with_groups, with_b = known[:, :1], known[:, 1:-1], known[:, -1:]
    both = with_groups * with_a
    step = (groups - a) * both
    per_point = known.sum(axis=2)
    mean = values.sum(axis=2) / np.maximum(per_point, 1.0)
    within = ((values - mean[..., None]) ** 2 * known).sum(axis=2)
    return {
        "total": (step**2).sum(axis=2), "pairs": ((groups**2 + a**2) * both).sum(axis=2),
        "first": b.sum(axis=2) * step.sum(axis=2) - (b * step).sum(axis=2),
        "first_n": with_b.sum(axis=2) * both.sum(axis=2) - (with_b * both).sum(axis=2),
        "within": within.sum(axis=1, keepdims=True),
        "within_n": np.maximum(per_point - 1.0, 0.0).sum(axis=1, keepdims=True),
        "shared": (a * b).sum(axis=2), "shared_n": (with_a * with_b).sum(axis=2),
        "sum": values.sum(axis=(1, 2))[:, None], "square": (values**2).sum(axis=(1, 2))[:, None],
        "n": known.sum(axis=(1, 2))[:, None],
    }  # fmt: skip


def _indices(sums: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """First and total indices, shape (..., G + 1), from numerators and counts summed over base points."""
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = sums["sum"] / sums["n"]
        variance = sums["square"] / sums["n"] - mean**2
        variance = np.where(variance > 0.0, variance, np.nan)
        shared = sums["shared"] / sums["shared_n"] - mean**2
        first = np.concatenate([sums["first"] / sums["first_n"], shared], axis=-1) / variance
        draws = sums["within"] / sums["within_n"] / variance
        total = np.concatenate([sums["total"] / sums["pairs"], draws], axis=-1)
    return first, total


def _with_interval(found: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Estimates of shape (G + 1,) beside the 2.5 and 97.5 % quantiles of resamples that have one: shape (G + 1, 3)."""
    rows = []
    for middle, resampled in zip(found, drawn.T, strict=True):
        there = resampled[np.isfinite(resampled)]
        rows.append([middle, *(np.quantile(there, [0.025, 0.975]) if there.size else (np.nan, np.nan))])
    return np.array(rows)
