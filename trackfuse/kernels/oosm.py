"""Out-of-sequence measurements (OOSM) without working through the detections again: the cheap ways, beside which exact
reprocessing (`kernels.track_update`) is the standard.

A late detection updates what is held now, through how the state now and the state then are correlated: over one jump,
all detections since then as one equivalent measurement (Bar-Shalom, Chen & Mallick 2004, algorithm Al1; for a lag of
one detection Bar-Shalom 2002, algorithm A), or detection by detection through what was held after each, smoothing
backwards. Each of the interacting models on its own; mixing in between is left out. Compiled only when asked for.
"""

import math

import numpy as np

from trackfuse.kernels.filter import MEAN
from trackfuse.kernels.filters_only import factor, move_mean
from trackfuse.kernels.imm import (
    BURN,
    COAST,
    ENTRY,
    FILTERS,
    GRID_S,
    STEP_S,
    filter_step,
    is_above_air,
    sound,
    steps_within,
    weighed,
)
from trackfuse.kernels.jit import njit
from trackfuse.kernels.measurement import has_rate, look_at, wrapped
from trackfuse.kernels.node_state import NEVER
from trackfuse.kernels.track_update import start_over, work_through

DROP, ONE_STEP, MULTI_STEP = 0, 1, 2


@njit
def predict_alone(row, f, seconds, motion, scratch):
    """Predict one filter alone by some seconds, in steps as `imm.predict` takes them."""
    steps = steps_within(seconds, GRID_S if row == COAST and is_above_air(f) else STEP_S)
    h = seconds / steps
    for k in range(steps):
        filter_step(row, f, h, motion, (k + 0.5) * h, scratch)


@njit
def gradient(row, f, seconds, motion):
    """Gradient (n, n) of a filter's state some seconds later (or, with a negative number, earlier) by its state now,
    and that state (n,): by central differences, for all motions alike.
    """
    n = 6 if row == COAST else 7
    out, ends, trial = np.empty((n, n)), np.empty((2, n)), np.zeros((8, 7))
    for j in range(n):
        size = 10.0 if j < 3 else (0.1 if j < 6 else 0.01)
        for side in range(2):
            trial[MEAN, :n] = f[MEAN, :n]
            trial[MEAN, j] += size if side == 0 else -size
            glide(row, trial, seconds, motion)
            ends[side] = trial[MEAN, :n]
        for i in range(n):
            out[i, j] = (ends[0, i] - ends[1, i]) / (2.0 * size)
    trial[MEAN, :n] = f[MEAN, :n]
    glide(row, trial, seconds, motion)
    return out, trial[MEAN, :n].copy()


@njit
def glide(row, f, seconds, motion):
    """Move the mean of a filter by some seconds, forward or back, without noise."""
    steps = steps_within(abs(seconds), STEP_S)
    for _ in range(steps):
        move_mean(row, f[MEAN], seconds / steps, motion)


@njit
def noise_of(row, state, seconds, motion, scratch):
    """Covariance (n, n) that process noise adds from a state on over some seconds."""
    n = state.shape[0]
    f = np.zeros((8, 7))
    f[MEAN, :n] = state
    predict_alone(row, f, seconds, motion, scratch)
    return f[:n, :n].copy()


@njit
def jump(row, held, before, since, lag, motion, scratch):
    """State then and its covariance, and the cross-covariance of now and then, given all detections: in one jump.

    `held` is the filter now, `before` that after the last detection before the late one, `since` seconds ago.
    """
    n = 6 if row == COAST else 7
    p = held[:n, :n].copy()
    mean = held[MEAN, :n].copy()
    ahead = before.copy()
    predict_alone(row, ahead, since, motion, scratch)
    inverse = np.linalg.inv(ahead[:n, :n].copy())
    certainty, pull = inverse - inverse @ p @ inverse, inverse @ (mean - ahead[MEAN, :n])
    f = held.copy()
    glide(row, f, -lag, motion)
    noise = noise_of(row, f[MEAN, :n].copy(), lag, motion, scratch)
    cross = noise - ahead[:n, :n].copy() @ certainty @ noise
    own = noise - noise @ certainty @ noise
    f = held.copy()
    f[MEAN, :n] = mean - noise @ pull
    back, then = gradient(row, f, -lag, motion)
    return then, back @ (p + own - cross - cross.T) @ back.T, (p - cross) @ back.T


@njit
def smooth(plots, state, k, row, first, t, motion, scratch):
    """The same by smoothing backwards, snapshot by snapshot, to the time `t` after the snapshot `first`."""
    n = 6 if row == COAST else 7
    depth, at, place, mine = state.slots[k].depth, state.at[k], state.place[k], state.mine[k]
    top = state.pool[place[depth - 1]].filters[row]
    mean, p = top[MEAN, :n].copy(), top[:n, :n].copy()
    cross = p.copy()
    for d in range(depth - 2, first - 1, -1):
        f = state.pool[place[d]].filters[row].copy()
        start, end = plots[mine[at[d]]].t_s, plots[mine[at[d + 1]]].t_s
        if d == first:
            predict_alone(row, f, t - start, motion, scratch)
            start = t
        p_then = f[:n, :n].copy()
        mean_then = f[MEAN, :n].copy()
        phi, _ = gradient(row, f, end - start, motion)
        predict_alone(row, f, end - start, motion, scratch)
        gain = p_then @ phi.T @ np.linalg.inv(f[:n, :n].copy())
        mean = mean_then + gain @ (mean - f[MEAN, :n])
        p = p_then + gain @ (p - f[:n, :n].copy()) @ gain.T
        cross = cross @ gain.T
    return mean, p, cross


@njit
def update_filter_late(f, then, p, cross, plot):
    """Update a filter by a plot of an earlier time. Returns its log-likelihood without the constant; nan, and the
    filter as it was, where the covariance would not stay positive: the algorithms are exact for linear motion only.
    """
    n = then.shape[0]
    r, azimuth, elevation, g = look_at(then[0], then[1], then[2], plot)
    h, left, variance = np.zeros((4, n)), np.zeros(4), np.ones(4)
    for k in range(3):
        if k > 0 or not plot.infrared:
            for i in range(3):
                h[k, i] = g[3 * k + i]
            variance[k] = plot.sigma[k] ** 2
    if not plot.infrared:
        left[0] = plot.z[0] - r
    left[1], left[2] = wrapped(plot.z[1] - azimuth), plot.z[2] - elevation
    if has_rate(plot):
        rate = g[0] * then[3] + g[1] * then[4] + g[2] * then[5]
        for i in range(3):
            h[3, i], h[3, 3 + i] = (then[3 + i] - rate * g[i]) / r, g[i]
        left[3], variance[3] = plot.rate - rate, plot.rate_sigma ** 2
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
    """Whether a filter of the interacting models is awake."""
    return row == COAST or (b.probability if row == BURN else b.falling) > 0.0


@njit
def update_late(plots, state, k, position, way, motion, scratch):
    """Update a track's newest snapshot by an older detection of its list; not at all if it is older than the start."""
    s, at, place = state.slots[k], state.at[k], state.place[k]
    first = s.depth - 1
    while first >= 0 and at[first] > position:
        first -= 1
    if first < 0:
        return
    plot = plots[state.mine[k, position]]
    held, t = state.pool[place[s.depth - 1]], plot.t_s
    now = held.time
    known, logs = np.zeros(FILTERS, np.bool_), np.zeros(FILTERS)
    for row in range(FILTERS):
        known[row] = awake(held, row)
        for d in range(first, s.depth):
            known[row] = known[row] and awake(state.pool[place[d]], row)
        if known[row]:
            if way == ONE_STEP:
                since = now - plots[state.mine[k, at[first]]].t_s
                before = state.pool[place[first]].filters[row]
                then, p, cross = jump(row, held.filters[row], before, since, now - t, motion, scratch)
            else:
                then, p, cross = smooth(plots, state, k, row, first, t, motion, scratch)
            logs[row] = update_filter_late(held.filters[row], then, p, cross, plot)
    if known[BURN] and math.isfinite(logs[BURN] - logs[COAST]):
        held.probability = weighed(held.probability, logs[BURN] - logs[COAST], 1.0)
    if known[ENTRY] and math.isfinite(logs[ENTRY] - logs[COAST]):
        held.falling = weighed(held.falling, logs[ENTRY] - logs[COAST], 1.0)


@njit
def update_in_order(plots, state, k, new, way, restart, settings):
    """Bring a track up to its list without working through again: `new` are the detections that it got.

    What is older than the newest snapshot updates that, `way` is ONE_STEP or MULTI_STEP, or is left out (DROP). While
    the track starts, all are worked through.
    """
    s = state.slots[k]
    s.earliest = NEVER
    initiated = s.depth > 0
    if not initiated:
        s.stale = True
        start_over(plots, state, k, settings)
    if s.depth == 0 or s.broken < NEVER:
        return
    newest = state.at[k, s.depth - 1]
    if initiated and way != DROP:
        s.scored = 0  # the snapshot that a scan was scored from may change here
        for position in range(newest):
            if (new == state.mine[k, position]).any():
                update_late(plots, state, k, position, way, settings.motion, settings.scratch.work)
    s.stale = True
    if sound(state.pool[state.place[k, s.depth - 1]]):
        s.broken = work_through(plots, state, k, restart, settings)
    else:
        s.broken = newest
    s.last = state.mine[k, state.at[k, s.depth - 1]]
