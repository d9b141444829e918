"""Tracks that once wanted the same detections: whether one sensor's detections went to the wrong one of two.

Radars measure range far better than direction. Two tracks of which one radar's detections have changed places therefore
stay consistent for a while, each where the ranges of two objects cross. As directions are averaged, it shows: then the
hypothesis that they are exchanged is likelier by far. Likelihoods are compared over the detections that start no track
under either hypothesis, each the Gaussian of the combined estimate.
"""

import math

import numpy as np

from trackfuse.kernels.filter import MEAN, compensated, update6
from trackfuse.kernels.imm import combine, copy, predict, sound, update
from trackfuse.kernels.jit import njit
from trackfuse.kernels.node_state import NEVER, precedes
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
def note_meeting(meetings, count, one, two, t):
    """Note that two tracks want the same detection at time t. Returns (meetings, how many there are)."""
    for r in range(count):
        known = meetings[r]
        if known.one == one and known.two == two:
            if t - known.last > APART_S:
                meet(known, one, two, t)
            else:
                known.last = max(known.last, t)
            return meetings, count
    if count == meetings.shape[0]:
        more = np.empty(2 * count + 4, meetings.dtype)
        more[:count] = meetings
        meetings = more
    meet(meetings[count], one, two, t)
    return meetings, count + 1


@njit
def position_from(plots, mine, count, t):
    """Position of a list's first detection not before the time t."""
    p = count
    while p > 0 and plots[mine[p - 1]].t_s >= t:
        p -= 1
    return p


@njit
def merged(plots, mine, share, since, state, a, b):
    """The detections from `since` on that either of two tracks has, in order: (numbers (m,), whether each has them (m,
    2)).
    """
    i, j = position_from(plots, mine[a], state.slots[a].count, since), position_from(plots, mine[b],
                                                                                    state.slots[b].count, since)
    room = state.slots[a].count - i + state.slots[b].count - j
    rows, have = np.empty(room, np.int64), np.zeros((room, 2), np.bool_)
    m = 0
    while i < state.slots[a].count or j < state.slots[b].count:
        from_a = j == state.slots[b].count or (i < state.slots[a].count and (
            mine[a, i] == mine[b, j] or precedes(plots, mine[a, i], mine[b, j])))
        from_b = not from_a or (j < state.slots[b].count and mine[a, i] == mine[b, j])
        rows[m] = mine[a, i] if from_a else mine[b, j]
        if from_a:
            have[m, 0] = share[a, i] >= 0.5
            i += 1
        if from_b:
            have[m, 1] = share[b, j] >= 0.5
            j += 1
        if have[m, 0] or have[m, 1]:
            m += 1
        else:
            have[m] = False
    return rows[:m], have[:m]


@njit
def log_likelihoods(plots, state, k, rows, has, span, confirm, motion, scratch, logs):
    """Write into `logs` (m,) how likely each of the detections `rows` that a track would have (`has`) is by all that it
    has before: its own list until the meeting, from its newest snapshot then on or from its start, whose detections
    have no number. Only those within `span` count. What breaks a filter is not likely at all, nor is what comes after.
    """
    s, mine, at = state.slots[k], state.mine[k], state.at[k]
    before = position_from(plots, mine, s.count, span[0])
    listed, place = np.empty(before + rows.shape[0], np.int64), np.empty(before + rows.shape[0], np.int64)
    count = 0
    for p in range(before):
        if state.share[k, p] >= 0.5:
            listed[count], place[count] = mine[p], -1
            count += 1
    for m in range(rows.shape[0]):
        if has[m] and plots[rows[m]].t_s < span[1]:
            listed[count], place[count] = rows[m], m
            count += 1
    bank, work = scratch.other[0], scratch.work
    d = s.depth - 1
    while d >= 0 and at[d] >= before:
        d -= 1
    first = 0
    if d >= 0:
        copy(state.pool[state.place[k, d]], bank)
        while first < count and place[first] < 0 and not precedes(plots, mine[at[d]], listed[first]):
            first += 1
    else:
        last, filled = initiate(plots, listed, np.ones(count), 0, count, confirm, motion.walk, scratch.initial, bank,
                                work)
        if not filled:
            return
        first = last + 1
    f, mean, covariance = np.zeros((8, 7)), np.empty(6), np.empty((6, 6))
    for p in range(first, count):
        plot = plots[listed[p]]
        predict(bank, plot.t_s, motion, work)
        combine(bank, mean, covariance)
        for i in range(6):
            f[MEAN, i] = mean[i]
            for j in range(6):
                f[i, j] = covariance[i, j]
        log = update6(f, plot, compensated(f, plot), work)[1]
        update(bank, plot, work)
        if not (math.isfinite(log) and sound(bank)):
            for q in range(p, count):
                if place[q] >= 0:
                    logs[place[q]] = -math.inf
            return
        if place[p] >= 0:
            logs[place[p]] = log


@njit
def hypothesis(plots, state, pair, rows, have, group, turned, among, span, confirm, motion, scratch):
    """Log-likelihood (m,) of every detection under the track that has it, if those of some sensors (`turned`) were
    exchanged, of the first `among` sensors alone; nan where none has it.
    """
    logs = np.full(rows.shape[0], math.nan)
    has = np.zeros(rows.shape[0], np.bool_)
    for side in range(2):
        for m in range(rows.shape[0]):
            other = 1 - side if turned[group[m]] else side
            has[m] = group[m] < among and have[m, other]
        log_likelihoods(plots, state, pair[side], rows, has, span, confirm, motion, scratch, logs)
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
def better_exchanged(plots, sensor, state, pair, known, confirm, motion, scratch):
    """Which sensors' detections two tracks had better exchange, from their meeting on: (rows (m,), whether to exchange
    each (m,)).

    Tried are every sensor by itself, and what comes of taking in one after the other, each the way round that makes
    more sense beside those before. `known` is told if it is clear that all were given rightly.
    """
    span = known.since, known.since + FAR_BACK_S
    rows, have = merged(plots, state.mine, state.share, known.since, state, pair[0], pair[1])
    exchange = np.zeros(rows.shape[0], np.bool_)
    group, sensors = by_sensor(sensor, rows)
    if sensors < 2:
        return rows, exchange
    turned, best_turned, best = np.zeros(sensors, np.bool_), np.zeros(sensors, np.bool_), -math.inf
    now = hypothesis(plots, state, pair, rows, have, group, turned, sensors, span, confirm, motion, scratch)
    for k in range(sensors):
        turned[k] = True
        found = gain(hypothesis(plots, state, pair, rows, have, group, turned, sensors, span, confirm, motion,
                                scratch), now)
        turned[k] = False
        if k == 0 or found > best:
            best = found
            best_turned[:] = False
            best_turned[k] = True
    for k in range(1, sensors):
        without = hypothesis(plots, state, pair, rows, have, group, turned, k + 1, span, confirm, motion, scratch)
        turned[k] = True
        turned[k] = gain(hypothesis(plots, state, pair, rows, have, group, turned, k + 1, span, confirm, motion,
                                    scratch), without) > 0.0
    if turned.sum() > 1:
        found = gain(hypothesis(plots, state, pair, rows, have, group, turned, sensors, span, confirm, motion,
                                scratch), now)
        if found > best:
            best = found
            best_turned[:] = turned
    if best < -CLEAR:
        known.clear = True
    if best > BETTER:
        for m in range(rows.shape[0]):
            exchange[m] = best_turned[group[m]]
    return rows, exchange


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
    (a, n), (b, m) = (pair[0], state.slots[pair[0]].count), (pair[1], state.slots[pair[1]].count)
    i, j = state.slots[a].earliest, state.slots[b].earliest
    lists = (state.mine[a, i:n].copy(), state.mine[b, j:m].copy())
    parts = (state.share[a, i:n].copy(), state.share[b, j:m].copy())
    scans = (state.scan[a, i:n].copy(), state.scan[b, j:m].copy())
    turned = rows[chosen]
    for side in range(2):
        k = pair[side]
        n = state.slots[k].earliest
        i, j = 0, 0
        own, from_other = lists[side], lists[1 - side]
        while i < own.shape[0] or j < from_other.shape[0]:
            take_own = j == from_other.shape[0] or (i < own.shape[0] and precedes(plots, own[i], from_other[j]))
            d = own[i] if take_own else from_other[j]
            if (turned == d).any() != take_own:
                state.mine[k, n] = d
                state.share[k, n] = parts[side][i] if take_own else parts[1 - side][j]
                state.scan[k, n] = scans[side][i] if take_own else scans[1 - side][j]
                n += 1
            if take_own:
                i += 1
            else:
                j += 1
        state.slots[k].count = n
        if state.slots[k].broken < NEVER:
            state.slots[k].broken = NEVER - 1  # what broke it may be another's now
