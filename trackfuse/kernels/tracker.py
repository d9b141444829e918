"""One node's tracker: starts, filters, puts late plots in their place, and says what it knows at every cycle.

Plots come in the order of measurement. A node keeps a snapshot of its filters after every plot; what arrives late
takes it back to the last snapshot before it, and everything since is worked through again. So an estimate is a
function of the set of plots received by then, not of the order of their arrival.
"""

import math

import numpy as np

from trackfuse.kernels.filter import INFRARED, ROOM, T
from trackfuse.kernels.imm import (
    COAST,
    FALLING,
    FARTHEST_M2,
    FILTERS,
    GRID_S,
    MODE,
    PROBABILITY,
    combine,
    copy,
    predict,
    sound,
    update,
)
from trackfuse.kernels.jit import njit
from trackfuse.kernels.start import N, advance, begin, hand_over, known, take

NONE, CONFIRMED, FAILED = 0, 1, -1
LOST_M = 20e3
"""A track whose position has become so uncertain (root of the summed variances) is given up: nothing linear holds that
far.
"""
FRESH_S = 5.0
"""A start is carried on as it is for so long after its last plot; longer than that as a bank of filters."""


@njit
def first_of(plots, have, since, newest, least, window):
    """Index of the first of `least` radar plots, from index `since` on, that follow each other within `window` seconds;
    -1 if there is none.
    """
    for first in range(since, newest + 1):
        if have[first] and plots[first, INFRARED] == 0.0:
            count, k = 1, first
            while count < least and k < newest and plots[k + 1, T] - plots[first, T] <= window:
                k += 1
                if have[k] and plots[k, INFRARED] == 0.0:
                    count += 1
            if count == least:
                return first
    return -1


@njit
def start(plots, have, since, newest, least, window, walk, f, bank, room):
    """Start from the plots at hand, from index `since` on. Returns (index of the last plot used, -1 without a start;
    whether `bank` was filled).
    """
    first = first_of(plots, have, since, newest, least, window)
    if first < 0:
        return -1, False
    begin(f, plots[first])
    last, taken = first, 1
    for k in range(first + 1, newest + 1):
        if have[k]:
            advance(f, plots[k, T] - plots[last, T], walk, room)
            take(f, plots[k], room)
            last = k
            if plots[k, INFRARED] == 0.0:
                taken += 1
            if taken >= least and (known(f) or plots[k, T] - plots[first, T] >= window):
                hand_over(f, plots[k, T], bank, room)
                return last, True
    return last, False


@njit
def lost(before, b, room):
    """Whether a track, `before` at its newest plot and `b` now, is to be given up: a mixture of burns of all lengths is
    not normal, and what falls can be carried on from farther off, but not from anywhere. What holds no numbers is not
    lost but broken.
    """
    burned = before[COAST, MODE, PROBABILITY] > 0.5
    p = b[COAST]
    if b[COAST, MODE, PROBABILITY] + b[COAST, MODE, FALLING] > 0.0:
        p = room[10]
        combine(b, room[9, 0], p)
    spread = p[0, 0] + p[1, 1] + p[2, 2]
    return math.isfinite(spread) and spread > (LOST_M * LOST_M if burned else FARTHEST_M2)


@njit
def work_through(plots, have, newest, least, window, begun, bank, at, depth, motion, room):
    """Filter the plots after snapshot depth - 1; what was lost by the next of them starts anew, or waits until it can.
    Returns (number of snapshots, index of the plot that broke the filter or m).
    """
    for k in range(at[depth - 1] + 1, newest + 1):
        if have[k] and k > at[depth - 1]:
            copy(bank[depth - 1], bank[depth])
            predict(bank[depth], plots[k, T], motion, room)
            if lost(bank[depth - 1], bank[depth], room):
                last, filled = start(plots, have, k, newest, least, window, motion.walk, begun, bank[depth], room)
                if not filled:
                    return depth, plots.shape[0]
                at[depth] = last
                depth += 1
                continue
            update(bank[depth], plots[k], room)
            if not sound(bank[depth]):
                return depth, k
            at[depth] = k
            depth += 1
    return depth, plots.shape[0]


@njit
def tell_start(begun, seconds, walk, carried, room, mean, covariance):
    """Write the estimate of a start some seconds later; `carried` (N + 1, N) is room for it."""
    for i in range(N + 1):
        for k in range(N):
            carried[i, k] = begun[i, k]
    advance(carried, seconds, walk, room)
    for i in range(6):
        mean[i] = carried[N, i]
        for k in range(6):
            covariance[i, k] = carried[i, k]


@njit
def tell(now, j, mean, covariance, status, boosting, last_plot):
    """Write what a bank of filters says at cycle j; nothing if the track is lost."""
    combine(now, mean[j], covariance[j])
    boosting[j] = now[COAST, MODE, PROBABILITY]
    if not covariance[j, 0, 0] + covariance[j, 1, 1] + covariance[j, 2, 2] <= LOST_M * LOST_M:
        mean[j], covariance[j], boosting[j], last_plot[j], status[j] = np.nan, np.nan, np.nan, np.nan, NONE


@njit(inline="always")  # into the one kernel that calls it: compiled once instead of twice
def follow(plots, received, arrival, cycles, confirmed, least, window, motion, bank, at, mean, covariance, status,
           boosting, last_plot):
    """Track at one node. `plots` (m, PLOT) in order of measurement, `received` (m,), `arrival` (m,) the order of
    reception, `bank` (m + 1, FILTERS, 8, 7) and `at` (m + 1,) room for snapshots; writes into arrays of J rows.
    """
    m = plots.shape[0]
    coming = 0
    while coming < m and received[arrival[coming]] <= cycles[-1]:
        coming += 1
    ahead, now = np.empty((FILTERS, 8, 7)), np.empty((FILTERS, 8, 7))
    begun, carried = np.empty((N + 1, N)), np.empty((N + 1, N))
    room = np.empty((ROOM, 9, 9))
    have = np.zeros(m, np.bool_)
    depth, arrived, newest, last, broken, stale = 0, 0, -1, -1, m, True
    for j in range(cycles.shape[0]):
        earliest = m
        while arrived < coming and received[arrival[arrived]] <= cycles[j]:
            k = arrival[arrived]
            have[k] = True
            earliest, newest = min(earliest, k), max(newest, k)
            arrived += 1
        if earliest < m and earliest <= broken:
            stale, broken = True, m
            if depth == 0 or earliest <= at[0]:
                last, filled = start(plots, have, 0, newest, least, window, motion.walk, begun, bank[0], room)
                depth, at[0] = int(filled), last
            while depth > 1 and at[depth - 1] >= earliest:
                depth -= 1
            if depth > 0:
                depth, broken = work_through(plots, have, newest, least, window, begun, bank, at, depth, motion,
                                             room)
                last = at[depth - 1]
        if last < 0 or cycles[j] < confirmed:
            continue
        last_plot[j] = plots[last, T]
        if broken < m:
            status[j] = FAILED
            continue
        status[j] = CONFIRMED
        if depth == 0 and cycles[j] - plots[last, T] <= FRESH_S:
            tell_start(begun, cycles[j] - plots[last, T], motion.walk, carried, room, mean[j], covariance[j])
            boosting[j] = 0.5
            continue
        if stale:
            if depth == 0:
                hand_over(begun, plots[last, T], ahead, room)
            else:
                copy(bank[depth - 1], ahead)
            stale = False
        predict(ahead, math.floor(cycles[j] / GRID_S) * GRID_S, motion, room)
        copy(ahead, now)
        predict(now, cycles[j], motion, room)
        tell(now, j, mean, covariance, status, boosting, last_plot)


@njit
def follow_all(plots, received, arrival, cycles, confirmed, least, window, motion, mean, covariance, status, boosting,
               last_plot):
    """Track at every node, one after the other: `received` and `arrival` (N, m), outputs (N, J, ...).

    A node takes a few milliseconds: threads are better spent on whole runs, and do not wait for each other there.
    """
    bank, at = np.empty((plots.shape[0] + 1, FILTERS, 8, 7)), np.empty(plots.shape[0] + 1, np.int64)
    for i in range(received.shape[0]):
        follow(plots, received[i], arrival[i], cycles, confirmed[i], least, window, motion, bank, at, mean[i],
               covariance[i], status[i], boosting[i], last_plot[i])
