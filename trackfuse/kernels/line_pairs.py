"""Which lines of sight that are no track's are of one target: those of two sensors at different places that pass near
enough to each other, at a place where an engine may burn.

A line of sight waits in a node's list `lines` until another crosses it. SI, ECEF.
"""

import math

import numpy as np

from trackfuse.kernels.geodesy import altitude
from trackfuse.kernels.initiation import SPEED_MPS
from trackfuse.kernels.jit import njit
from trackfuse.kernels.node_state import give
from trackfuse.kernels.stereo import closest_approach, crosses, fix, sight_of
from trackfuse.kernels.tentative import open_tentative

LINES_WAIT_S = 60.0
"""A line of sight that is no track's waits so long (s) for another: satellites tell theirs some 10 to 40 s later."""
TOGETHER_S = 10.0
"""Lines of sight so far apart in time may still be a pair; any looks of two satellites lie nearer."""
LOWEST_M, HIGHEST_M = -20e3, 1000e3
"""Heights between which an engine may burn. Crossed lines of two targets often meet far below the ground or beyond."""
HEIGHT_M = 100e3
"""Mean height of a burning engine, its distribution taken as exponential: of two ways to pair, rather the lower."""


@njit
def pair_cost(one, two, limit):
    """Twice the negative logarithm of the likelihood that two lines of sight are of one target, but for a constant; inf
    if they do not cross, miss each other by more than `limit` (squared distance over its variance), or meet where no
    engine burns.
    """
    if abs(one.t_s - two.t_s) > TOGETHER_S or not crosses(sight_of(one), sight_of(two)):
        return math.inf
    distance, variance = closest_approach(one, two, SPEED_MPS)
    x, _, _ = fix(one, two)
    if distance > limit or not math.isfinite(x[0]):
        return math.inf
    height = altitude(x[0], x[1], x[2])
    if not LOWEST_M <= height <= HIGHEST_M:
        return math.inf
    return distance + math.log(variance) + 2.0 * height / HEIGHT_M


@njit
def forget_lines(plots, state, t):
    """Forget lines of sight that are too old to pair with one of the time t or later."""
    left = 0
    for m in range(state.tally[0].lines):
        if plots[state.lines[m]].t_s >= t:
            state.lines[left] = state.lines[m]
            left += 1
    state.tally[0].lines = left


@njit
def pair_lines(plots, rows, free, state, limit):
    """Pair free detections of a scan, lines of sight, with those that wait, the likeliest pair first. Returns the
    partner's detection of each of the scan's (n,), -1 without one: partners wait no more.
    """
    partner = np.full(rows.shape[0], -1, np.int64)
    while True:
        best, n_best, m_best = math.inf, -1, -1
        for n in range(rows.shape[0]):
            for m in range(state.tally[0].lines):
                if free[n] and partner[n] < 0:
                    cost = pair_cost(plots[state.lines[m]], plots[rows[n]], limit)
                    if cost < best:
                        best, n_best, m_best = cost, n, m
        if n_best < 0:
            return partner
        partner[n_best] = state.lines[m_best]
        drop_line(state, m_best)


@njit
def drop_line(state, m):
    """Take a line of sight off those that wait; the others keep their order."""
    tally = state.tally[0]
    tally.lines -= 1
    for k in range(m, tally.lines):
        state.lines[k] = state.lines[k + 1]


@njit
def keep_line(state, row):
    """Let a line of sight wait; there must be room (`node_state.with_room`)."""
    tally = state.tally[0]
    state.lines[tally.lines] = row
    tally.lines += 1


@njit
def begin_by_lines(scan, state):
    """Begin a track with each pair of crossed lines of sight, the later one free in this scan; others wait. What two
    lines say together is no hypothesis among many: such a track competes with none. Returns the slots of the tracks.
    """
    plots, rows, made = scan.plots, scan.rows, np.empty(scan.rows.shape[0], np.int64)
    forget_lines(plots, state, plots[rows[0]].t_s - LINES_WAIT_S)
    partner, count = pair_lines(plots, rows, scan.free, state, scan.association.miss), 0
    for n in np.flatnonzero(scan.free):
        if partner[n] < 0:
            keep_line(state, rows[n])
            continue
        k = open_tentative(state)
        state.slots[k].confirmed = -math.inf
        for row in (partner[n], rows[n]):
            give(plots, state, k, row, 1.0, state.tally[0].scans)
        made[count] = k
        count += 1
    return made[:count]
