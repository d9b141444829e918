"""Filters on their own, from a given start through plots in order: by gradients, by points, and interacting. Layouts as
in `kernels.filter` and `kernels.imm`.
"""

import math

import numpy as np

from trackfuse.kernels.filter import DRAG_TIME_S, MEAN, MOST_MPS2, SCRATCH, add_white, compensated, update6
from trackfuse.kernels.imm import BURN, COAST, ENTRY, combine, fall_steps, filter_step, next_stop, predict, update
from trackfuse.kernels.jit import njit
from trackfuse.kernels.measurement import has_rate, look_at, wrapped
from trackfuse.kernels.motion import drag_rate, fly_step


@njit
def fall_to(f, now, until, motion, scratch):
    """Predict the extended filter of free fall, `f` (8, 7), from `now` to `until`, s."""
    while now < until:
        stop = next_stop(now, until)
        steps = fall_steps(f, stop - now, motion)
        for _ in range(steps):
            filter_step(COAST, f, (stop - now) / steps, motion, 0.0, scratch)
        now = stop


@njit
def run_extended(f, now, plots, motion, mean, covariance, square):
    """Extended filter of free fall, `f` (8, 7) at time `now`; writes what there is after every plot."""
    scratch = np.zeros((SCRATCH, 9, 9))
    for m in range(plots.shape[0]):
        fall_to(f, now, plots[m].t_s, motion, scratch)
        now = plots[m].t_s
        square[m], _ = update6(f, plots[m], compensated(f, plots[m]), scratch)
        mean[m], covariance[m] = f[MEAN, :6], f[:6, :6]


@njit
def run_interacting(imm_state, plots, motion, mean, covariance, boosting):
    """The tracker's interacting models; writes the mixture after every detection."""
    scratch = np.zeros((SCRATCH, 9, 9))
    for m in range(plots.shape[0]):
        predict(imm_state, plots[m].t_s, motion, scratch)
        update(imm_state, plots[m], scratch)
        combine(imm_state, mean[m], covariance[m])
        boosting[m] = imm_state.probability


@njit
def factor(p, n, out):
    """Lower Cholesky factor of the first n rows and columns. Returns whether there is one."""
    for i in range(n):
        for j in range(i + 1):
            t = p[i, j]
            for k in range(j):
                t -= out[i, k] * out[j, k]
            if i == j:
                if not t > 0.0:
                    return False
                out[i, i] = math.sqrt(t)
            else:
                out[i, j] = t / out[j, j]
    return True


@njit
def draw_points(f, n, points, root):
    """Write the mean and the points sqrt(n) standard deviations off it both ways, (2 n + 1, n). Returns success."""
    good = factor(f, n, root)
    for i in range(n):
        points[0, i] = f[MEAN, i]
        for k in range(n):
            off = math.sqrt(n) * root[i, k] if k <= i else 0.0
            points[1 + k, i] = f[MEAN, i] + off
            points[1 + n + k, i] = f[MEAN, i] - off
    return good


@njit
def move_mean(row, x, h, motion):
    """Move the mean of a filter (COAST, BURN or ENTRY), x (6,) or (7,), by one step without noise."""
    s, thrust = (x[0], x[1], x[2], x[3], x[4], x[5]), 0.0
    inverse_exhaust_speed, inverse_ballistic_coefficient = 0.0, motion.inverse_ballistic_coefficient
    if row == BURN:
        thrust, inverse_ballistic_coefficient = x[6], 0.0
        inverse_exhaust_speed = motion.inverse_exhaust_speed if 0.0 < thrust < MOST_MPS2 else 0.0
    elif row == ENTRY:
        inverse_ballistic_coefficient *= math.exp(x[6])
    s, _ = fly_step(s, thrust, h, inverse_ballistic_coefficient, inverse_exhaust_speed)
    if row == BURN:
        x[6] = thrust / (1.0 - thrust * inverse_exhaust_speed * h)
    for i in range(6):
        x[i] = s[i]


@njit
def point_move(f, n, h, motion, points, root):
    """Predict by moving the points one step, without process noise. Returns success."""
    good = draw_points(f, n, points, root)
    for k in range(2 * n + 1):
        move_mean(BURN if n == 7 else COAST, points[k], h, motion)
    for i in range(n):
        total = 0.0
        for k in range(1, 2 * n + 1):
            total += points[k, i] - points[0, i]
        f[MEAN, i] = points[0, i] + total / (2.0 * n)
    for i in range(n):
        for j in range(i, n):
            total = 0.0
            for k in range(1, 2 * n + 1):
                total += (points[k, i] - f[MEAN, i]) * (points[k, j] - f[MEAN, j])
            f[i, j] = total / (2.0 * n)
            f[j, i] = f[i, j]
    return good


@njit
def point_fall(f, h, motion, points, root):
    """Predict free fall by one step. Returns success."""
    good = point_move(f, 6, h, motion, points, root)
    q = motion.coast_psd
    if motion.inverse_ballistic_coefficient > 0.0:
        s = points[0]
        speed = math.sqrt(s[3] * s[3] + s[4] * s[4] + s[5] * s[5])
        drag = motion.air_fraction * drag_rate(s[0], s[1], s[2], speed, motion.inverse_ballistic_coefficient) * speed
        q += drag * drag * DRAG_TIME_S
    add_white(f, h, q)
    return good


@njit
def sight(x, plot, about, out):
    """Write what a plot measures of a state, shape (4,), azimuths near that of `about`; unmeasured numbers are 0."""
    r, azimuth, elevation, g = look_at(x[0], x[1], x[2], plot)
    out[0] = r if not plot.infrared else 0.0
    out[1] = about + wrapped(azimuth - about)
    out[2] = elevation
    out[3] = g[0] * x[3] + g[1] * x[4] + g[2] * x[5] if has_rate(plot) else 0.0


@njit
def point_update(f, n, plot, points, seen, root, work):
    """Update by a plot seen from the points. Returns (normalised innovation squared, success)."""
    good = draw_points(f, n, points, root)
    _, about, _, _ = look_at(f[MEAN, 0], f[MEAN, 1], f[MEAN, 2], plot)
    for k in range(1, 2 * n + 1):
        sight(points[k], plot, about, seen[k])
    left, spread, across, gain = work[0], work[1:5], work[5:12], work[12:19]
    for a in range(4):
        total = 0.0
        for k in range(1, 2 * n + 1):
            total += seen[k, a] - seen[1, a]
        seen[0, a] = seen[1, a] + total / (2.0 * n)
    z = (plot.z[0] if not plot.infrared else 0.0, plot.z[1], plot.z[2], plot.rate if has_rate(plot) else 0.0)
    for a in range(4):
        left[a] = wrapped(z[1] - wrapped(seen[0, 1])) if a == 1 else z[a] - seen[0, a]
        for b in range(4):
            total = 0.0
            for k in range(1, 2 * n + 1):
                total += (seen[k, a] - seen[0, a]) * (seen[k, b] - seen[0, b])
            spread[a, b] = total / (2.0 * n)
        for i in range(n):
            total = 0.0
            for k in range(1, 2 * n + 1):
                total += (points[k, i] - f[MEAN, i]) * (seen[k, a] - seen[0, a])
            across[i, a] = total / (2.0 * n)
    # What is not measured has variance 1, covariance 0 and no innovation: it changes nothing.
    spread[0, 0] += plot.sigma[0] ** 2 if not plot.infrared else 1.0
    spread[1, 1] += plot.sigma[1] ** 2
    spread[2, 2] += plot.sigma[2] ** 2
    spread[3, 3] += plot.rate_sigma ** 2 if has_rate(plot) else 1.0
    good = factor(spread, 4, root) and good
    nis = solve(root, left, work[19])
    for i in range(n):
        solve(root, across[i], gain[i])
    for i in range(n):
        for a in range(4):
            f[MEAN, i] += gain[i, a] * left[a]
    for i in range(n):
        for j in range(i, n):
            for a in range(4):
                f[i, j] -= gain[i, a] * across[j, a]
            f[j, i] = f[i, j]
    return nis, good


@njit
def solve(root, right, out):
    """Write L'^-1 L^-1 right for the factor L (4, 4). Returns right' of that."""
    for a in range(4):
        t = right[a]
        for b in range(a):
            t -= root[a, b] * out[b]
        out[a] = t / root[a, a]
    for a in range(3, -1, -1):
        t = out[a]
        for b in range(a + 1, 4):
            t -= root[b, a] * out[b]
        out[a] = t / root[a, a]
    total = 0.0
    for a in range(4):
        total += right[a] * out[a]
    return total


@njit
def point_room(n):
    """Room for a filter of n states by points: the points, what is seen of them, a factor, and the update."""
    return np.empty((2 * n + 1, n)), np.empty((2 * n + 1, 4)), np.zeros((n, n)), np.zeros((20, 4))


@njit
def run_points(f, now, plots, motion, mean, covariance, square):
    """Unscented filter of free fall, `f` (8, 7) at time `now`; writes what there is after every plot. Returns the plot
    at which the covariance was no longer positive, or their number.
    """
    points, seen, root, work = point_room(6)
    for m in range(plots.shape[0]):
        good = True
        while now < plots[m].t_s:
            stop = next_stop(now, plots[m].t_s)
            steps = fall_steps(f, stop - now, motion)
            for _ in range(steps):
                good = good and point_fall(f, (stop - now) / steps, motion, points, root)
            now = stop
        square[m], updated = point_update(f, 6, plots[m], points, seen, root, work)
        if not (good and updated):
            return m
        mean[m], covariance[m] = f[MEAN, :6], f[:6, :6]
    return plots.shape[0]
