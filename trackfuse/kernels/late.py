"""Tracking without working through the plots again when one comes late: the cheap ways, beside which exact
reprocessing (`kernels.tracker`) is the standard.

A late plot updates what is held now, through how the state now and the state then are correlated: over one jump, all
plots since then as one equivalent measurement (Bar-Shalom, Chen & Mallick 2004, algorithm Al1; for a lag of one plot
Bar-Shalom 2002, algorithm A), or plot by plot through what was held after each, smoothing backwards. Each filter of a
bank on its own; mixing in between is left out. Compiled only when asked for.
"""

import math

import numpy as np

from trackfuse.kernels.filter import (
    INFRARED,
    MEAN,
    MOST_MPS2,
    RATE,
    RATE_SIGMA,
    ROOM,
    SIGMA,
    T,
    Z,
    boost_step,
    coast_step,
    has_rate,
    look_at,
    reentry_step,
    wrapped,
)
from trackfuse.kernels.imm import (
    BURN,
    COAST,
    DRAG_WALK,
    ENTRY,
    ENTRY_FRACTION,
    FALLING,
    FILTERS,
    GRID_S,
    MODE,
    PROBABILITY,
    STEP_S,
    TIME,
    copy,
    curved,
    healthy,
    predict,
    steered,
    weighed,
)
from trackfuse.kernels.jit import njit
from trackfuse.kernels.motion import AIR_RADIUS2, fly_step
from trackfuse.kernels.single import factor
from trackfuse.kernels.start import N, hand_over
from trackfuse.kernels.tracker import CONFIRMED, FAILED, FRESH_S, start, tell, tell_start, work_through

DROP, ONE_STEP, MULTI_STEP = 0, 1, 2


@njit
def carry_on(row, f, seconds, motion, room):
    """Predict one filter alone by some seconds, in steps as `imm.predict` takes them."""
    steps = max(1, math.ceil(seconds / STEP_S - 1e-9))
    if row == COAST and f[MEAN, 0] ** 2 + f[MEAN, 1] ** 2 + f[MEAN, 2] ** 2 > AIR_RADIUS2:
        steps = max(1, math.ceil(seconds / GRID_S - 1e-9))
    h = seconds / steps
    for k in range(steps):
        if row == COAST:
            coast_step(f, h, motion.coast + curved(f), motion.thin, motion.air_fraction, room)
        elif row == BURN:
            boost_step(f, h, steered(motion, (k + 0.5) * h), motion.walk, motion.growth, room)
        else:
            reentry_step(f, h, motion.coast, motion.thin, ENTRY_FRACTION, DRAG_WALK, room)


@njit
def gradient(row, f, seconds, motion, room):
    """Gradient (n, n) of a filter's state some seconds later (or, with a negative number, earlier) by its state now,
    and that state (n,): by central differences, for all motions alike.
    """
    n = 6 if row == COAST else 7
    out, ends = np.empty((n, n)), np.empty((3, n))
    trial = np.zeros((8, 7))
    for j in range(-1, n):
        size = 0.0 if j < 0 else (10.0 if j < 3 else (0.1 if j < 6 else 0.01))
        for side in range(2):
            for i in range(n):
                trial[MEAN, i] = f[MEAN, i]
            if j >= 0:
                trial[MEAN, j] += size if side == 0 else -size
            glide(row, trial, seconds, motion)
            ends[side if j >= 0 else 2] = trial[MEAN, :n]
        if j >= 0:
            for i in range(n):
                out[i, j] = (ends[0, i] - ends[1, i]) / (2.0 * size)
    return out, ends[2].copy()


@njit
def glide(row, f, seconds, motion):
    """Move the mean of a filter by some seconds, forward or back, without noise."""
    steps = max(1, math.ceil(abs(seconds) / STEP_S - 1e-9))
    h = seconds / steps
    for _ in range(steps):
        s = (f[MEAN, 0], f[MEAN, 1], f[MEAN, 2], f[MEAN, 3], f[MEAN, 4], f[MEAN, 5])
        if row == BURN:
            thrust = f[MEAN, 6]
            growth = motion.growth if 0.0 < thrust < MOST_MPS2 else 0.0
            s, _ = fly_step(s, thrust, h, 0.0, growth)
            f[MEAN, 6] = thrust / (1.0 - thrust * growth * h)
        else:
            s, _ = fly_step(s, 0.0, h, motion.thin * (1.0 if row == COAST else math.exp(f[MEAN, 6])), 0.0)
        for i in range(6):
            f[MEAN, i] = s[i]


@njit
def noise_of(row, state, seconds, motion, room):
    """Covariance (n, n) that process noise adds from a state on over some seconds."""
    n = state.shape[0]
    f = np.zeros((8, 7))
    f[MEAN, :n] = state
    carry_on(row, f, seconds, motion, room)
    return f[:n, :n].copy()


@njit
def jump(row, held, before, since, lag, motion, room):
    """State then and its covariance, and the cross-covariance of now and then, given all plots: in one jump.

    `held` is the filter now, `before` that after the last plot before the late one, `since` seconds ago.
    """
    n = 6 if row == COAST else 7
    p = held[:n, :n].copy()
    mean = held[MEAN, :n].copy()
    ahead = before.copy()
    carry_on(row, ahead, since, motion, room)
    inverse = np.linalg.inv(ahead[:n, :n].copy())
    certainty, pull = inverse - inverse @ p @ inverse, inverse @ (mean - ahead[MEAN, :n])
    f = held.copy()
    glide(row, f, -lag, motion)
    walk = noise_of(row, f[MEAN, :n].copy(), lag, motion, room)
    cross = walk - ahead[:n, :n].copy() @ certainty @ walk
    own = walk - walk @ certainty @ walk
    f = held.copy()
    f[MEAN, :n] = mean - walk @ pull
    back, then = gradient(row, f, -lag, motion, room)
    return then, back @ (p + own - cross - cross.T) @ back.T, (p - cross) @ back.T


@njit
def smooth(row, bank, at, plots, depth, first, t, motion, room):
    """The same by smoothing backwards, snapshot by snapshot, to the time `t` after the snapshot `first`."""
    n = 6 if row == COAST else 7
    top = bank[depth - 1, row]
    mean, p = top[MEAN, :n].copy(), top[:n, :n].copy()
    cross = p.copy()
    for k in range(depth - 2, first - 1, -1):
        f = bank[k, row].copy()
        begin, end = plots[at[k], T], plots[at[k + 1], T]
        if k == first:
            carry_on(row, f, t - begin, motion, room)
            begin = t
        p_then = f[:n, :n].copy()
        mean_then = f[MEAN, :n].copy()
        phi, _ = gradient(row, f, end - begin, motion, room)
        carry_on(row, f, end - begin, motion, room)
        gain = p_then @ phi.T @ np.linalg.inv(f[:n, :n].copy())
        mean = mean_then + gain @ (mean - f[MEAN, :n])
        p = p_then + gain @ (p - f[:n, :n].copy()) @ gain.T
        cross = cross @ gain.T
    return mean, p, cross


@njit
def take_late(f, then, p, cross, plot):
    """Update a filter by a plot of an earlier time. Returns its log-likelihood without the constant; nan, and the
    filter as it was, where the covariance would not stay positive: the algorithms are exact for linear motion only.
    """
    n = then.shape[0]
    r, azimuth, elevation, g = look_at(then[0], then[1], then[2], plot)
    h, left, variance = np.zeros((4, n)), np.zeros(4), np.ones(4)
    for k in range(3):
        if k > 0 or plot[INFRARED] == 0.0:
            for i in range(3):
                h[k, i] = g[3 * k + i]
            variance[k] = plot[SIGMA + k] ** 2
    if plot[INFRARED] == 0.0:
        left[0] = plot[Z] - r
    left[1], left[2] = wrapped(plot[Z + 1] - azimuth), plot[Z + 2] - elevation
    if has_rate(plot):
        rate = g[0] * then[3] + g[1] * then[4] + g[2] * then[5]
        for i in range(3):
            h[3, i], h[3, 3 + i] = (then[3 + i] - rate * g[i]) / r, g[i]
        left[3], variance[3] = plot[RATE] - rate, plot[RATE_SIGMA] ** 2
    spread = h @ p @ h.T + np.diag(variance)
    root = np.zeros((7, 7))
    if not (factor(p, n, root) and factor(spread, 4, root)):
        return np.nan
    gain = cross @ h.T @ np.linalg.inv(spread)
    step, less = gain @ left, gain @ spread @ gain.T
    after = f[:n, :n] - 0.5 * (less + less.T)
    if not factor(after, n, root):
        return np.nan
    for i in range(n):
        f[MEAN, i] += step[i]
        for j in range(n):
            f[i, j] = after[i, j]
    return -0.5 * (np.dot(left, np.linalg.solve(spread, left)) + math.log(np.linalg.det(spread)))


@njit
def awake(b, row):
    """Whether a filter of a bank is."""
    return row == COAST or b[COAST, MODE, PROBABILITY if row == BURN else FALLING] > 0.0


@njit
def update_late(bank, at, plots, depth, k, way, motion, room):
    """Update the newest snapshot by plot `k`, which is older; not at all if it is older than the start."""
    first = depth - 1
    while first >= 0 and at[first] > k:
        first -= 1
    if first < 0:
        return
    held, t = bank[depth - 1], plots[k, T]
    now = held[COAST, MODE, TIME]
    known, logs = np.zeros(FILTERS, np.bool_), np.zeros(FILTERS)
    for row in range(FILTERS):
        known[row] = awake(held, row)
        for i in range(first, depth):
            known[row] = known[row] and awake(bank[i], row)
        if known[row]:
            if way == ONE_STEP:
                since = now - plots[at[first], T]
                then, p, cross = jump(row, held[row], bank[first, row], since, now - t, motion, room)
            else:
                then, p, cross = smooth(row, bank, at, plots, depth, first, t, motion, room)
            logs[row] = take_late(held[row], then, p, cross, plots[k])
    mode = held[COAST, MODE]
    if known[BURN] and math.isfinite(logs[BURN] - logs[COAST]):
        mode[PROBABILITY] = weighed(mode[PROBABILITY], logs[BURN] - logs[COAST], 1.0)
    if known[ENTRY] and math.isfinite(logs[ENTRY] - logs[COAST]):
        mode[FALLING] = weighed(mode[FALLING], logs[ENTRY] - logs[COAST], 1.0)


@njit
def sound(b):
    """Whether every filter of a bank that is awake has finite numbers and positive variances."""
    return (healthy(b[COAST], 6) and (not awake(b, BURN) or healthy(b[BURN], 7))
            and (not awake(b, ENTRY) or healthy(b[ENTRY], 7)))


@njit
def follow_late(plots, received, arrival, cycles, confirmed, least, window, motion, way, mean, covariance, status,
                boosting, last_plot):
    """Track at one node as `tracker.follow` does, but for plots that come late: `way` is DROP, ONE_STEP or
    MULTI_STEP. While the track starts, and if a plot is older than the start, all are worked through.
    """
    m = plots.shape[0]
    bank, at = np.zeros((m + 1, FILTERS, 8, 7)), np.empty(m + 1, np.int64)
    now, begun, carried = np.zeros((FILTERS, 8, 7)), np.empty((N + 1, N)), np.empty((N + 1, N))
    room, have = np.zeros((ROOM, 9, 9)), np.zeros(m, np.bool_)
    depth, arrived, newest, last, broken = 0, 0, -1, -1, m
    late = np.empty(m, np.int64)
    for j in range(cycles.shape[0]):
        behind = 0
        while arrived < m and received[arrival[arrived]] <= cycles[j]:
            k = arrival[arrived]
            have[k] = True
            newest = max(newest, k)
            if depth > 0 and k < at[depth - 1]:
                late[behind] = k
                behind += 1
            arrived += 1
        if depth == 0 and newest >= 0:
            last, filled = start(plots, have, 0, newest, least, window, motion.walk, begun, bank[0], room)
            depth, at[0] = int(filled), last
        if depth > 0 and broken == m:
            late[:behind] = np.sort(late[:behind])
            for i in range(behind):
                if way != DROP:
                    update_late(bank, at, plots, depth, late[i], way, motion, room)
            if sound(bank[depth - 1]):
                depth, broken = work_through(plots, have, newest, least, window, begun, bank, at, depth, motion,
                                             room)
            else:
                broken = at[depth - 1]
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
        if depth == 0:
            hand_over(begun, plots[last, T], now, room)
        else:
            copy(bank[depth - 1], now)
        predict(now, cycles[j], motion, room)
        tell(now, j, mean, covariance, status, boosting, last_plot)


@njit
def follow_all_late(way, plots, received, arrival, cycles, confirmed, least, window, motion, mean, covariance, status,
                    boosting, last_plot):
    """Track at every node, as `tracker.follow_all` does, but for late plots: `way` is DROP, ONE_STEP or MULTI_STEP."""
    for i in range(received.shape[0]):
        follow_late(plots, received[i], arrival[i], cycles, confirmed[i], least, window, motion, way, mean[i],
                    covariance[i], status[i], boosting[i], last_plot[i])
