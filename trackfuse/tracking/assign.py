"""Which plot goes to which track: the one best assignment, or the probabilities of all."""

import numpy as np

from trackfuse.core.errors import SettingsError
from trackfuse.kernels.assignment import assign as assign_columns

LARGEST_CLUSTER = 16
"""Plots of one cluster up to which all joint events are summed: the work doubles with each."""


def assign(cost: np.ndarray, alone: np.ndarray) -> np.ndarray:
    """Global nearest neighbour: the assignment of plots to tracks with the least sum of costs.

    Parameters
    ----------
    cost : ndarray, shape (T, M)
        Of giving plot m to track t; inf where it must not be (outside the gate).
    alone : ndarray, shape (T,)
        Cost of leaving a track without a plot, finite.

    Returns
    -------
    ndarray of int, shape (T,)
        Plot of every track, -1 for none; no plot twice.

    Raises
    ------
    SettingsError
        If shapes do not match, a cost is nan or minus infinity, or `alone` is not finite.

    Notes
    -----
    Every track gets a column of its own that stands for no plot, so that the problem is always feasible. Crouse, On
    implementing 2D rectangular assignment algorithms (2016). Costs are log-likelihood ratios with their sign changed.
    """
    cost, alone = np.asarray(cost, dtype=float), np.asarray(alone, dtype=float)
    if cost.ndim != 2 or alone.shape != (cost.shape[0],):
        raise SettingsError(f"assign: costs {cost.shape} and {alone.shape} do not match")
    if np.isnan(cost).any() or (cost == -np.inf).any() or not np.isfinite(alone).all():
        raise SettingsError("assign: a cost is not a number")
    chosen = np.empty(cost.shape[0], dtype=np.int64)
    assign_columns(np.ascontiguousarray(cost), np.ascontiguousarray(alone), chosen)
    return chosen


def joint_probabilities(weight: np.ndarray, missed: np.ndarray) -> np.ndarray:
    """Joint probabilistic data association: how likely each plot came from each track, over all joint events.

    Parameters
    ----------
    weight : ndarray, shape (T, M)
        Detection probability times the likelihood of plot m under track t, over the density of false plots; 0 outside
        the gate.
    missed : ndarray, shape (T,)
        Probability that a track caused no plot within its gate: 1 - Pd Pg.

    Returns
    -------
    ndarray, shape (T, M + 1)
        Exact marginal probabilities; the last column is that of no plot. Rows sum to 1.

    Raises
    ------
    SettingsError
        If shapes do not match, a weight is negative or not finite, a track has no event at all, or a cluster of
        tracks that compete for plots holds more than 16 of these.

    Notes
    -----
    Fortmann, Bar-Shalom & Scheffe (1983): no plot comes from two tracks, no track causes two plots. Sums over the
    events are taken track by track over the sets of plots already given away, forwards and backwards.
    """
    weight, missed = np.asarray(weight, dtype=float), np.asarray(missed, dtype=float)
    if weight.ndim != 2 or missed.shape != (weight.shape[0],):
        raise SettingsError(f"joint_probabilities: weights {weight.shape} and {missed.shape} do not match")
    if not (np.isfinite(weight).all() and np.isfinite(missed).all() and (weight >= 0).all() and (missed >= 0).all()):
        raise SettingsError("joint_probabilities: a weight is negative or not finite")
    out = np.zeros((weight.shape[0], weight.shape[1] + 1))
    for rows, columns in clusters(weight > 0.0):
        if len(columns) > LARGEST_CLUSTER:
            raise SettingsError(f"joint_probabilities: {len(columns)} plots compete; at most {LARGEST_CLUSTER} can")
        part = _marginals(weight[np.ix_(rows, columns)], missed[rows])
        out[np.ix_(rows, columns)], out[rows, -1] = part[:, :-1], part[:, -1]
    return out


def clusters(linked: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Groups of tracks and plots that have no link to any other.

    Parameters
    ----------
    linked : ndarray of bool, shape (T, M)
        Whether plot m is within the gate of track t.

    Returns
    -------
    list of (ndarray of int, ndarray of int)
        Rows and columns of each group; every row is in one, columns without a link in none.
    """
    left, groups = set(range(linked.shape[0])), []
    while left:
        rows, columns = np.zeros(linked.shape[0], dtype=bool), np.zeros(linked.shape[1], dtype=bool)
        rows[min(left)] = True
        while True:
            columns = linked[rows].any(axis=0)
            grown = rows | linked[:, columns].any(axis=1)
            if (grown == rows).all():
                break
            rows = grown
        groups.append((np.flatnonzero(rows), np.flatnonzero(columns)))
        left -= set(groups[-1][0].tolist())
    return groups


def _marginals(weight: np.ndarray, missed: np.ndarray) -> np.ndarray:
    """Marginals (T, M + 1) of one cluster; a set of plots is the bits of a number."""
    tracks, plots = weight.shape
    sets = np.arange(1 << plots)
    ahead, behind = np.zeros((tracks + 1, len(sets))), np.zeros((tracks + 1, len(sets)))
    ahead[0, 0] = behind[tracks] = 1.0
    free = [sets[(sets >> m) & 1 == 0] for m in range(plots)]
    for t in range(tracks):
        ahead[t + 1] = missed[t] * ahead[t]
        for m in range(plots):
            ahead[t + 1, free[m] | (1 << m)] += weight[t, m] * ahead[t, free[m]]
    for t in range(tracks - 1, -1, -1):
        behind[t] = missed[t] * behind[t + 1]
        for m in range(plots):
            behind[t, free[m]] += weight[t, m] * behind[t + 1, free[m] | (1 << m)]
    total = behind[0, 0]
    if not total > 0.0:
        raise SettingsError("joint_probabilities: the tracks of a cluster have no event together")
    out = np.empty((tracks, plots + 1))
    for t in range(tracks):
        out[t, -1] = missed[t] * (ahead[t] @ behind[t + 1])
        for m in range(plots):
            out[t, m] = weight[t, m] * (ahead[t, free[m]] @ behind[t + 1, free[m] | (1 << m)])
    return out / total
