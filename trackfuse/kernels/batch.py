"""Normal equations of a target in free fall: what a batch estimator solves again and again. Layouts as in
`kernels.filter`.
"""

import math

import numpy as np

from trackfuse.kernels.filter import AIR_RADIUS2, SCRATCH, fly_step, transition
from trackfuse.kernels.initiation import N, advance, initial_state, update_initial
from trackfuse.kernels.jit import njit
from trackfuse.kernels.measurement import has_rate, look_at, wrapped

HIGH_STEP_S, AIR_STEP_S = 10.0, 1.0
START_PLOTS = 12


@njit
def fall(s, phi, seconds, inverse_ballistic_coefficient, step, work, scratch):
    """Carry a state (tuple) and the transition to it, phi (6, 6), on by any time, forward or back. Returns the
    state.
    """
    left = seconds
    while abs(left) > 1e-9:
        air = inverse_ballistic_coefficient > 0.0 and s[0] * s[0] + s[1] * s[1] + s[2] * s[2] < AIR_RADIUS2
        h = math.copysign(min(abs(left), AIR_STEP_S if air else HIGH_STEP_S), left)
        s, middle = fly_step(s, 0.0, h, inverse_ballistic_coefficient, 0.0)
        transition(middle, 0.0, h, inverse_ballistic_coefficient, 0.0, 6, step, scratch)
        for i in range(6):
            for j in range(6):
                t = 0.0
                for k in range(6):
                    t += step[i, k] * phi[k, j]
                work[i, j] = t
        phi[:] = work
        left -= h
    return s


@njit
def count(row, left, sigma, information, pull):
    """Add one number measured: its gradient `row` (6,) by the state at the epoch, residual and standard deviation.
    Returns the residual's square over its variance.
    """
    weight = 1.0 / (sigma * sigma)
    for i in range(6):
        pull[i] += weight * left * row[i]
        for j in range(6):
            information[i, j] += weight * row[i] * row[j]
    return weight * left * left


@njit
def normal_equations(x, epoch, plots, inverse_ballistic_coefficient, information, pull):
    """Write the information (6, 6) and the pull (6,) of `plots` (m,), in order of time, about the state x at
    `epoch`.

    Returns the sum of squared residuals over their variances. The step of a Gauss-Newton iteration is information^-1
    pull.
    """
    scratch, step, work, phi = np.empty((SCRATCH, 9, 9)), np.empty((9, 9)), np.empty((6, 6)), np.eye(6)
    row = np.empty(6)
    s, now, cost = (x[0], x[1], x[2], x[3], x[4], x[5]), epoch, 0.0
    information[:, :] = 0.0
    pull[:] = 0.0
    for m in range(plots.shape[0]):
        s = fall(s, phi, plots[m].t_s - now, inverse_ballistic_coefficient, step, work, scratch)
        now = plots[m].t_s
        r, azimuth, elevation, g = look_at(s[0], s[1], s[2], plots[m])
        for k in range(3):
            if k == 0 and plots[m].infrared:
                continue
            left = plots[m].z[0] - r if k == 0 else (
                wrapped(plots[m].z[1] - azimuth) if k == 1 else plots[m].z[2] - elevation)
            for i in range(6):
                row[i] = g[3 * k] * phi[0, i] + g[3 * k + 1] * phi[1, i] + g[3 * k + 2] * phi[2, i]
            cost += count(row, left, plots[m].sigma[k], information, pull)
        if has_rate(plots[m]):
            rate = g[0] * s[3] + g[1] * s[4] + g[2] * s[5]
            for i in range(6):
                row[i] = 0.0
                for k in range(3):
                    row[i] += (s[3 + k] - rate * g[k]) / r * phi[k, i] + g[k] * phi[3 + k, i]
            cost += count(row, plots[m].rate - rate, plots[m].rate_sigma, information, pull)
    return cost


@njit
def predicted(x, epoch, until, inverse_ballistic_coefficient, out):
    """Write the transition (6, 6) from `epoch` to `until` into `out`; returns the state there."""
    scratch, step, work = np.empty((SCRATCH, 9, 9)), np.empty((9, 9)), np.empty((6, 6))
    out[:] = np.eye(6)
    s = (x[0], x[1], x[2], x[3], x[4], x[5])
    s = fall(s, out, until - epoch, inverse_ballistic_coefficient, step, work, scratch)
    return np.array(s)


@njit
def first_guess(plots):
    """Position and velocity (6,) at the first radar plot, from the first plots as a track starts; nan without a radar
    plot.
    """
    f, scratch = np.empty((N + 1, N)), np.empty((SCRATCH, 9, 9))
    first, last = -1, -1
    for m in range(plots.shape[0]):
        if first < 0 and not plots[m].infrared:
            initial_state(f, plots[m])
            first, last = m, m
        elif first >= 0 and m <= first + START_PLOTS:
            advance(f, plots[m].t_s - plots[last].t_s, 0.01, scratch)
            update_initial(f, plots[m], scratch)
            last = m
    out = np.full(6, np.nan)
    if first >= 0:
        h = plots[first].t_s - plots[last].t_s
        for i in range(3):
            out[i] = f[N, i] + h * f[N, 3 + i] + 0.5 * h * h * f[N, 6 + i]
            out[3 + i] = f[N, 3 + i] + h * f[N, 6 + i]
    return out
