"""Tracks that once wanted the same detections: whether one sensor's detections went to the wrong one of two.

Radars measure range far better than direction. Two tracks of which one radar's detections have changed places therefore
stay consistent for a while, each where the ranges of two objects cross. As directions are averaged, it shows: then the
hypothesis that they are exchanged is likelier by far. Likelihoods are compared over the detections that start no track
under either hypothesis, each the Gaussian of the combined estimate.
"""

import math
from typing import NamedTuple

import numpy as np

from trackfuse.kernels.filter import MEAN, compensated, update6
from trackfuse.kernels.imm import combine, copy, predict, sound, update
from trackfuse.kernels.jit import njit
from trackfuse.kernels.node_state import NEVER, insert, longer, precedes
from trackfuse.kernels.track_update import initiate

LOOK_BACK_S = 15.0
"""How soon after two tracks met the hypotheses are compared first; then, while it is not clear, after each time half as
long again ..."""
FAR_BACK_S = 300.0
"""... and over how much of what followed their meeting."""
APART_S = 60.0
"""Tracks that wanted none of the same detections for so long have parted."""
BETTER, CLEAR = 10.0, 20.0
"""Detections are exchanged where that makes all of them likelier by this factor (its logarithm); it is clear that they
were given rightly where every exchange makes them less likely by the other."""


@njit
def meet(known, one, two, t):
    """Write that two tracks want the same detections from the time t on."""
    known.one, known.two, known.since, known.last, known.next, known.clear = one, two, t, t, t + LOOK_BACK_S, False


@njit
def note_meeting(state, meetings, one, two, t):
    """Note that two tracks want the same detection at time t. Returns the meetings, of which the state has the
    number.
    """
    tally = state.tally[0]
    for r in range(tally.meetings):
        known = meetings[r]
        if known.one == one and known.two == two:
            if t - known.last > APART_S:
                meet(known, one, two, t)
            else:
                known.last = max(known.last, t)
            return meetings
    if tally.meetings == meetings.shape[0]:
        meetings = longer(meetings, 2 * tally.meetings + 4)
    meet(meetings[tally.meetings], one, two, t)
    tally.meetings += 1
    return meetings


@njit
def position_from(plots, mine, count, t):
    """Position of a list's first detection not before the time t."""
    p = count
    while p > 0 and plots[mine[p - 1]].t_s >= t:
        p -= 1
    return p


class Contest(NamedTuple):
    """Two tracks that met, and the m detections since, in order, that either has."""

    pair: tuple[int, int]  # their slots
    rows: np.ndarray  # (m,) numbers of the detections
    have: np.ndarray  # (m, 2) whether each track has each
    group: np.ndarray  # (m,) number of the sensor, see `by_sensor`
    span: tuple[float, float]  # from when to when likelihoods count, s


@njit
def merged(plots, state, pair, since):
    """The detections from `since` on that either of two tracks has, in order: (numbers (m,), whether each has them (m,
    2)).
    """
    (a, b), mine, share = pair, state.mine, state.share
    n, m = state.slots[a].count, state.slots[b].count
    i, j, count = position_from(plots, mine[a], n, since), position_from(plots, mine[b], m, since), 0
    most = n - i + m - j
    rows, have = np.empty(most, np.int64), np.zeros((most, 2), np.bool_)
    while i < n or j < m:
        same = i < n and j < m and mine[a, i] == mine[b, j]
        from_a = j == m or (i < n and (same or precedes(plots, mine[a, i], mine[b, j])))
        rows[count] = mine[a, i] if from_a else mine[b, j]
        if from_a:
            have[count, 0] = share[a, i] >= 0.5
            i += 1
        if same or not from_a:
            have[count, 1] = share[b, j] >= 0.5
            j += 1
        if have[count, 0] or have[count, 1]:
            count += 1
        else:
            have[count] = False
    return rows[:count], have[:count]


@njit
def log_likelihoods(plots, state, k, contest, has, settings, logs):
    """Write into `logs` (m,) how likely each of the detections that a track would have (`has`) is by all that it has
    before: its own list until the meeting, from its newest snapshot then on or from its start, whose detections have no
    number. Only those within the span count. What breaks a filter is not likely at all, nor is what comes after.
    """
    s, mine, at, rows = state.slots[k], state.mine[k], state.at[k], contest.rows
    before = position_from(plots, mine, s.count, contest.span[0])
    listed, place = np.empty(before + rows.shape[0], np.int64), np.empty(before + rows.shape[0], np.int64)
    count = 0
    for p in range(before):
        if state.share[k, p] >= 0.5:
            listed[count], place[count] = mine[p], -1
            count += 1
    for m in range(rows.shape[0]):
        if has[m] and plots[rows[m]].t_s < contest.span[1]:
            listed[count], place[count] = rows[m], m
            count += 1
    imm_state, work, f = settings.scratch.other[0], settings.scratch.work, settings.scratch.estimate
    d = s.depth - 1
    while d >= 0 and at[d] >= before:
        d -= 1
    first = 0
    if d >= 0:
        copy(state.pool[state.place[k, d]], imm_state)
        while first < count and place[first] < 0 and not precedes(plots, mine[at[d]], listed[first]):
            first += 1
    else:
        last, filled = initiate(plots, listed, np.ones(count), 0, count, settings, settings.scratch.initial, imm_state)
        if not filled:
            return
        first = last + 1
    for p in range(first, count):
        plot = plots[listed[p]]
        predict(imm_state, plot.t_s, settings.motion, work)
        combine(imm_state, f[MEAN], f)
        log = update6(f, plot, compensated(f, plot), work)[1]
        update(imm_state, plot, work)
        if not (math.isfinite(log) and sound(imm_state)):
            for q in range(p, count):
                if place[q] >= 0:
                    logs[place[q]] = -math.inf
            return
        if place[p] >= 0:
            logs[place[p]] = log


@njit
def hypothesis(plots, state, contest, turned, among, settings):
    """Log-likelihood (m,) of every detection under the track that has it, if those of some sensors (`turned`) were
    exchanged, of the first `among` sensors alone; nan where none has it.
    """
    rows, group = contest.rows, contest.group
    logs, has = np.full(rows.shape[0], math.nan), np.zeros(rows.shape[0], np.bool_)
    for side in range(2):
        for m in range(rows.shape[0]):
            other = 1 - side if turned[group[m]] else side
            has[m] = group[m] < among and contest.have[m, other]
        log_likelihoods(plots, state, contest.pair[side], contest, has, settings, logs)
    return logs


@njit
def gain(then, now):
    """By how much the detections that have a likelihood both ways are likelier `then`: not at all where a filter
    breaks.
    """
    total = 0.0
    for m in range(then.shape[0]):
        if not (math.isnan(then[m]) or math.isnan(now[m])):
            if then[m] == -math.inf:
                return -math.inf
            total += then[m] - now[m]
    return total


@njit
def by_sensor(sensor, rows):
    """Number the sensors of detections, those with most of them first. Returns (number of each (m,), how many)."""
    names = np.unique(sensor[rows])
    count = np.zeros(names.shape[0], np.int64)
    for row in rows:
        count[np.searchsorted(names, sensor[row])] -= 1
    order = np.argsort(count, kind="mergesort")
    rank = np.empty(names.shape[0], np.int64)
    for k in range(names.shape[0]):
        rank[order[k]] = k
    group = np.empty(rows.shape[0], np.int64)
    for m in range(rows.shape[0]):
        group[m] = rank[np.searchsorted(names, sensor[rows[m]])]
    return group, names.shape[0]


@njit
def better_exchanged(plots, sensor, state, pair, known, settings):
    """Which sensors' detections two tracks had better exchange, from their meeting on: (rows (m,), whether to exchange
    each (m,)).

    Tried are every sensor by itself, and what comes of taking in one after the other, each the way round that makes
    more sense beside those before. `known` is the meeting, which is marked if it is clear that all were given rightly.
    """
    rows, have = merged(plots, state, pair, known.since)
    exchanged = np.zeros(rows.shape[0], np.bool_)
    group, sensors = by_sensor(sensor, rows)
    if sensors < 2:
        return rows, exchanged
    contest = Contest(pair, rows, have, group, (known.since, known.since + FAR_BACK_S))
    turned, best_turned, best = np.zeros(sensors, np.bool_), np.zeros(sensors, np.bool_), -math.inf
    now = hypothesis(plots, state, contest, turned, sensors, settings)
    for k in range(sensors):
        turned[k] = True
        found = gain(hypothesis(plots, state, contest, turned, sensors, settings), now)
        turned[k] = False
        if k == 0 or found > best:
            best = found
            best_turned[:] = False
            best_turned[k] = True
    for k in range(1, sensors):
        without = hypothesis(plots, state, contest, turned, k + 1, settings)
        turned[k] = True
        turned[k] = gain(hypothesis(plots, state, contest, turned, k + 1, settings), without) > 0.0
    if turned.sum() > 1:
        found = gain(hypothesis(plots, state, contest, turned, sensors, settings), now)
        if found > best:
            best = found
            best_turned[:] = turned
    if best < -CLEAR:
        known.clear = True
    if best > BETTER:
        exchanged[:] = best_turned[group]
    return rows, exchanged


@njit
def exchange(plots, state, pair, rows, chosen):
    """Exchange the chosen detections between two tracks, from the first of them on; both lists have changed from
    there.
    """
    first = np.flatnonzero(chosen)[0]
    for k in pair:
        s = state.slots[k]
        s.earliest = 0
        while s.earliest < s.count and precedes(plots, state.mine[k, s.earliest], rows[first]):
            s.earliest += 1
    turned, (a, b) = rows[chosen], pair
    i, n, j, m = state.slots[a].earliest, state.slots[a].count, state.slots[b].earliest, state.slots[b].count
    changed = ((state.mine[a, i:n].copy(), state.share[a, i:n].copy(), state.scan[a, i:n].copy()),
               (state.mine[b, j:m].copy(), state.share[b, j:m].copy(), state.scan[b, j:m].copy()))
    for side in range(2):
        s = state.slots[pair[side]]
        s.count = s.earliest
        for origin in range(2):
            mine, share, scan = changed[origin]
            for p in range(mine.shape[0]):
                if (turned == mine[p]).any() != (origin == side):
                    insert(plots, state, pair[side], mine[p], share[p], scan[p])
        if s.broken < NEVER:
            s.broken = NEVER - 1  # what broke it may be another's now
