"""Track-to-track association looked at again: tracks that were joined as their objects had hardly parted, or were known
coarsely, and turn out to be of different ones.

A track is judged by all tracks of a cluster, the mean of its squared distances to them, and moved only if none fits
worse: of three tracks the one that is wrong, and not one of the two that are right. On costs of an assignment over
several sensors: Kaplan, Bar-Shalom & Blair, Assignment costs for multiple sensor track-to-track association (2008). SI,
ECEF, times in s.
"""

import math

import numpy as np

from trackfuse.kernels.assignment import assign
from trackfuse.kernels.jit import njit
from trackfuse.kernels.track_clusters import distance, join, leave, lower_bound, predict, representative

KEEP = 4.0
"""Tracks once taken to be of one object are kept together up to so many times the distance at which they were joined:
what a centre has reported it does not take back at the first doubt."""
BETTER = 20.0
"""A node's tracks change clusters where that makes the sum of squared distances so much less."""
FAR = 1e6
"""Squared distances beyond this count as this."""


@njit
def fit(row, c, exact, now, receiver):
    """How well a track fits a cluster: the mean of its squared distances to the tracks of other nodes; inf where there
    is none.

    The receiver knows a cluster by its own track alone, if it has one. Where it need not be `exact` these are lower
    bounds.
    """
    own, clusters, reported, states = receiver.own, receiver.clusters, receiver.reports.cycle, receiver.states
    o, mine = own.node[row], clusters.row[c, receiver.node]
    total, count = 0.0, 0
    for n in range(clusters.size[c]):
        other = clusters.row[c, clusters.joined[c, n]]
        if own.node[other] == o or (mine >= 0 and other != mine):
            continue
        if reported[other] >= 0 and own.status[other, reported[other]] == 1:
            if exact:
                apart = min(distance(row, other, now, receiver), FAR)
            else:
                if states.at[other] != receiver.reports.stamp[other]:
                    predict(other, now, receiver)
                apart = min(lower_bound(states.f, row, other), FAR)
            total += apart
            count += 1
    return total / count if count > 0 else math.inf


@njit
def fits_worst(row, now, receiver):
    """Whether no other track of its cluster fits the rest worse than a track does."""
    clusters, c = receiver.clusters, receiver.clusters.of[row]
    mine = fit(row, c, True, now, receiver)
    for n in range(clusters.size[c]):
        other = clusters.row[c, clusters.joined[c, n]]
        if other != row and clusters.joined[c, n] != receiver.node and fit(other, c, True, now, receiver) > mine:
            return False
    return True


@njit
def reassign(o, rows, count, places, now, receiver):
    """Let tracks of node `o` that were taken for each other's objects change clusters: with each other, or for clusters
    in which the node has no track.

    The first `count` of `rows` are its tracks that share a cluster with others; `places` are these clusters and, behind
    them, those without a track of the node.
    """
    clusters, most, end = receiver.clusters, 0.0, places.shape[0]
    cost, alone, chosen = np.empty((count, end)), np.full(count, 2.0 * FAR), np.empty(count, np.int64)
    # The most that a change can gain is known at little cost, and it is nearly always too little.
    for a in range(count):
        cost[a, a] = fit(rows[a], places[a], True, now, receiver)
    for a in range(count):
        least = cost[a, a]
        for b in range(end):
            if b != a:
                least = min(least, fit(rows[a], places[b], False, now, receiver))
        most += cost[a, a] - least
    if most <= BETTER:
        return
    for a in range(count):
        for b in range(end):
            cost[a, b] = fit(rows[a], places[b], True, now, receiver)
    assign(cost, alone, chosen)
    before, after = 0.0, 0.0
    for a in range(count):
        before += cost[a, a]
        after += cost[a, chosen[a]]
    if before - after <= BETTER:
        return
    # Where another node's track fits worse it is that one's turn.
    for a in range(count):
        if chosen[a] != a and not fits_worst(rows[a], now, receiver):
            return
    for a in range(count):
        if chosen[a] != a:
            leave(rows[a], receiver.reports.cycle[rows[a]], o, clusters)
    for a in range(count):
        if chosen[a] != a:
            join(rows[a], places[chosen[a]], receiver.reports.cycle[rows[a]], o, clusters)


@njit
def recheck(o, usable, now, receiver):
    """Take tracks of node `o` out of clusters that they no longer fit and fit worst; let others change clusters where
    that fits better.
    """
    own, clusters = receiver.own, receiver.clusters
    first, end, of, size = own.first[o], own.first[o + 1], clusters.of, clusters.size
    rows, places, count = np.empty(end - first, np.int64), np.empty(end - first + clusters.count[0], np.int64), 0
    for row in range(first, end):
        if usable[row] and of[row] >= 0 and size[of[row]] > 1:
            other = representative(of[row], o, now, receiver)
            if other < 0:
                continue
            if distance(row, other, now, receiver) > KEEP * receiver.gate and fits_worst(row, now, receiver):
                leave(row, receiver.reports.cycle[row], o, clusters)
            else:
                rows[count], places[count] = row, of[row]
                count += 1
    within = count
    for c in range(clusters.count[0]):
        if size[c] > 0 and clusters.row[c, o] < 0:
            places[within] = c
            within += 1
    if count > 0 and within > 1:
        reassign(o, rows, count, places[:within], now, receiver)


@njit
def nearest_place(row, now, receiver):
    """The cluster without a track of its node that a track fits best, besides its own, and how well: -1 and inf where
    none is within the gate.
    """
    own, clusters, best, least = receiver.own, receiver.clusters, -1, receiver.gate
    for c in range(clusters.count[0]):
        if clusters.size[c] > 0 and clusters.row[c, own.node[row]] < 0:
            apart = fit(row, c, True, now, receiver)
            if apart < least:
                best, least = c, apart
    return best, least if best >= 0 else math.inf


@njit
def dissolve(now, receiver):
    """Give up clusters of several tracks, each of which may as well be of the object of another cluster: one object
    less explains the same reports.

    One more costs the gate, as a track does that is left without a cluster: a cluster is given up where the sum of its
    tracks' squared distances rises by less. Tracks of different objects that were joined too early make such a cluster,
    and it would stay: where one of them belongs the other's node has a track already, so that the two cannot merge.
    """
    own, clusters, reported = receiver.own, receiver.clusters, receiver.reports.cycle
    size, members = clusters.size, clusters.row
    places = np.empty(members.shape[1], np.int64)
    for c in range(clusters.count[0]):
        if size[c] < 2 or members[c, receiver.node] >= 0:
            continue
        rise = 0.0
        for n in range(size[c]):
            row = members[c, clusters.joined[c, n]]
            if own.status[row, reported[row]] != 1:
                rise = math.inf
                break
            places[n], apart = nearest_place(row, now, receiver)
            # The first defines where the object is: only what the others are off it can be saved.
            rise += apart - (fit(row, c, True, now, receiver) if n > 0 else 0.0)
            if places[n] < 0:
                break
        if rise < receiver.gate:
            for n in range(size[c]):
                o = clusters.joined[c, 0]
                row = members[c, o]
                leave(row, reported[row], o, clusters)
                join(row, places[n], reported[row], o, clusters)
