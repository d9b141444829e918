"""Clusters of tracks that a node takes to be of one object: what they hold, and what their tracks are compared by.

A cluster has at most one track of each node. K tracks of N nodes are known at J cycles, rows in the order of the nodes;
the node that decides is the receiver. A state is an array (8, 7) as in `kernels.filter`: the covariance of [r, v] in
the first six rows and columns, the mean in row MEAN. SI, ECEF, times in s.
"""

import math
from typing import NamedTuple

import numpy as np

from trackfuse.kernels.filter import MEAN
from trackfuse.kernels.fusion import extrapolate, load, spread
from trackfuse.kernels.imm import Motion
from trackfuse.kernels.information import inverse
from trackfuse.kernels.jit import njit


class OwnTracks(NamedTuple):
    """Tracks of all nodes: rows of node n are `first[n]` to `first[n + 1]` - 1."""

    first: np.ndarray
    """(N + 1,)."""
    node: np.ndarray
    """(K,)."""
    mean: np.ndarray
    """(K, J, 6), m and m/s."""
    covariance: np.ndarray
    """(K, J, 6, 6)."""
    status: np.ndarray
    """(K, J), 1 where there is a state."""
    boosting: np.ndarray
    """(K, J), probability that the engine burns."""


class Reports(NamedTuple):
    """How tracks are reported, and the newest report of each that the receiver has at the present cycle."""

    cycles: np.ndarray
    """(J,), s."""
    offset: np.ndarray
    """(K, J, 6), what shifts a state that is reported as the published items, m and m/s."""
    floor: np.ndarray
    """(2, 6), what is added to the variances of a report: zero as a state, more as the published items."""
    cycle: np.ndarray
    """(K,), cycle at which the newest report was made; -1 without one."""
    kind: np.ndarray
    """(K,), 0 as a state, 1 as the published items."""
    stamp: np.ndarray
    """(K,), number of the report and the present cycle, and of published items of the receiver: the same if and only if
    all are the same."""


class Items(NamedTuple):
    """What a receiver makes of the published items of each track: their coarseness is drawn anew with every report, so
    that many of one track tell more than the newest.
    """

    f: np.ndarray
    """(K, 8, 7), states filtered from the items alone at the cycle of the newest; their covariance is what is left of
    the coarseness, and does not hold the track's own error."""
    cycle: np.ndarray
    """(K,), cycle at which the newest was made; -1 without one."""
    gain: np.ndarray
    """(6,), space."""


class States(NamedTuple):
    """Reports predicted to the present cycle, where any receiver has asked for them, and space to work in."""

    f: np.ndarray
    """(K, 8, 7)."""
    at: np.ndarray
    """(K,), stamp of the report that each was predicted from."""
    both: np.ndarray
    """(6, 6)."""
    work: np.ndarray
    """(SCRATCH, 9, 9)."""
    motion: Motion


class Clusters(NamedTuple):
    """The clusters of one receiver: at most K at the end of a cycle, and as many more within it."""

    number: np.ndarray
    """(2K,), how many were made before it."""
    size: np.ndarray
    """(2K,), how many tracks it has."""
    joined: np.ndarray
    """(2K, N), their nodes in the order in which they joined."""
    row: np.ndarray
    """(2K, N), the track of each node, -1 for none."""
    best: np.ndarray
    """(2K,), track with which those of other nodes are compared."""
    chosen: np.ndarray
    """(2K,), cycle at which that track was chosen; -1 if it has to be chosen anew."""
    of: np.ndarray
    """(K,), cluster of each track, -1 for none."""
    since: np.ndarray
    """(K,), cycle of the report from which each is in its cluster."""
    history: np.ndarray
    """(K, J), number of the cluster that each track was in when it was reported at a cycle, -1 for none."""
    count: np.ndarray
    """(2,), how many clusters there are, and how many were ever made."""


class Receiver(NamedTuple):
    """A node that decides which tracks are of one object, and what it decides by."""

    node: int
    gate: float
    """Squared distance within which tracks are taken to be of one object."""
    own: OwnTracks
    reports: Reports
    items: Items
    states: States
    clusters: Clusters


@njit
def one_of(clusters, d):
    """The clusters of one receiver among those of all."""
    return Clusters(
        clusters.number[d], clusters.size[d], clusters.joined[d], clusters.row[d], clusters.best[d],
        clusters.chosen[d], clusters.of[d], clusters.since[d], clusters.history[d], clusters.count[d],
    )  # fmt: skip


@njit
def squared_distance(f, g, both, work):
    """Squared distance of two states (8, 7) as if their errors were independent; inf where it cannot be computed."""
    low, back = work[9], work[10]
    for i in range(6):
        for j in range(6):
            both[i, j] = f[i, j] + g[i, j]
    if not inverse(both, back, low):
        return math.inf
    total = 0.0
    for i in range(6):
        for j in range(6):
            total += (f[MEAN, i] - g[MEAN, i]) * back[i, j] * (f[MEAN, j] - g[MEAN, j])
    return total if total == total else math.inf


@njit
def lower_bound(f, row, other):
    """A lower bound on the squared distance of two of the states (K, 8, 7), from their positions alone.

    The distance is least where all variance of the positions is along their difference. Half of it allows for rounding.
    """
    squared, variance = 0.0, 0.0
    for i in range(3):
        squared += (f[row, MEAN, i] - f[other, MEAN, i]) ** 2
        variance += f[row, i, i] + f[other, i, i]
    return 0.5 * squared / variance


@njit
def take_in(row, k, receiver):
    """Work the published items of a track, as reported at cycle k, into what the receiver makes of them: a Kalman
    filter whose measurement is the state that they mean, and its noise their coarseness.
    """
    own, reports, items, states = receiver.own, receiver.reports, receiver.items, receiver.states
    f, before, floor, gain = items.f[row], items.cycle[row], reports.floor[1], items.gain
    items.cycle[row] = k
    if before < 0:
        states.both[:] = 0.0
        load(f, own.mean[row, k], states.both, reports.offset[row, k], floor)
        return
    seconds = reports.cycles[k] - reports.cycles[before]
    extrapolate(f, own.boosting[row, before], seconds, states.motion, states.work)
    for c in range(6):
        spread_c = f[c, c] + floor[c]
        left = own.mean[row, k, c] + reports.offset[row, k, c] - f[MEAN, c]
        for i in range(6):
            gain[i] = f[i, c] / spread_c
        for i in range(6):
            f[MEAN, i] += gain[i] * left
            for j in range(i, 6):
                f[i, j] -= gain[i] * gain[j] * spread_c
                f[j, i] = f[i, j]


@njit
def predict(row, now, receiver):
    """Predict the newest report of a track, or what all its published items say, to the present cycle."""
    own, reports, states = receiver.own, receiver.reports, receiver.states
    k, kind, f = reports.cycle[row], reports.kind[row], states.f[row]
    # A report as a state has no offset, and its floor is zero: that serves as one.
    load(f, own.mean[row, k], own.covariance[row, k], reports.floor[0], reports.floor[0])
    if kind == 1:
        of = receiver.items.f[row]
        for i in range(6):
            f[MEAN, i] = of[MEAN, i]
            for j in range(6):
                f[i, j] += of[i, j]
    seconds = reports.cycles[now] - reports.cycles[k]
    extrapolate(states.f[row], own.boosting[row, k], seconds, states.motion, states.work)
    states.at[row] = reports.stamp[row]


@njit
def distance(row, other, now, receiver):
    """Squared distance of the newest reports of two tracks at the present cycle."""
    states, stamp = receiver.states, receiver.reports.stamp
    if states.at[row] != stamp[row]:
        predict(row, now, receiver)
    if states.at[other] != stamp[other]:
        predict(other, now, receiver)
    return squared_distance(states.f[row], states.f[other], states.both, states.work)


@njit
def representative(c, but, now, receiver):
    """The track of a cluster by which the receiver knows it: its own, else the least uncertain report, of other nodes
    than `but`; -1 without one.
    """
    own, reports, states, clusters = receiver.own, receiver.reports, receiver.states, receiver.clusters
    row = clusters.row[c, receiver.node]
    if row >= 0 and but != receiver.node:
        return row if own.status[row, reports.cycle[row]] == 1 else -1
    best, least = -1, 0.0
    for n in range(clusters.size[c]):
        o = clusters.joined[c, n]
        row = clusters.row[c, o]
        k = reports.cycle[row]
        if o != but and k >= 0 and own.status[row, k] == 1:
            if states.at[row] != reports.stamp[row]:
                predict(row, now, receiver)
            variance = spread(states.f[row])
            if best < 0 or variance < least:
                best, least = row, variance
    return best


@njit
def join(row, c, k, o, clusters):
    """Put a track of node `o` into a cluster, from the report of cycle k on."""
    clusters.of[row], clusters.since[row] = c, k
    clusters.joined[c, clusters.size[c]] = o
    clusters.row[c, o] = row
    clusters.size[c] += 1


@njit
def leave(row, k, o, clusters):
    """Take a track of node `o` out of its cluster, from the report of cycle k on."""
    history, joined, c = clusters.history, clusters.joined, clusters.of[row]
    number, kept = clusters.number[c], 0
    for j in range(clusters.since[row], k):
        history[row, j] = number
    for n in range(clusters.size[c]):
        if joined[c, n] != o:
            joined[c, kept] = joined[c, n]
            kept += 1
    clusters.size[c] = kept
    clusters.row[c, o] = -1
    clusters.of[row] = -1


@njit
def move(c, to, clusters):
    """Move a cluster to another place in the arrays."""
    clusters.number[to], clusters.size[to] = clusters.number[c], clusters.size[c]
    for o in range(clusters.row.shape[1]):
        clusters.joined[to, o], clusters.row[to, o] = clusters.joined[c, o], clusters.row[c, o]
        if clusters.row[to, o] >= 0:
            clusters.of[clusters.row[to, o]] = to


@njit
def are_disjoint(c, other, row):
    """Whether no node has a track in both clusters; `row` is that of `Clusters`."""
    shared = 0
    for o in range(row.shape[1]):
        if row[c, o] >= 0 and row[other, o] >= 0:
            shared += 1
    return shared == 0
