"""Where a target was when lines of sight first showed it: least squares of those of the first seconds.

A track claims what is so now; where it began is better known from its first lines of sight. Over their few seconds the
acceleration counts as constant. Errors that are the same for all looks of a sensor do not average out: what one
standard deviation of each moves the state by is kept beside it (consider covariance: Bierman (1977), chapter VIII). SI,
ECEF.
"""

import numpy as np

from trackfuse.kernels.initiation import N, clear, condition, initial_line, partner_of
from trackfuse.kernels.jit import njit
from trackfuse.kernels.measurement import look_at, wrapped
from trackfuse.kernels.track_update import start_within

SPAN_S = 20.0
"""Lines of sight that long after the first are used; a rate of change of acceleration of 1 m/s^3 shifts the first
position by less than 200 m within it."""


@njit
def add_angle(f, moved, h, left, variance, block, first, gain):
    """Update a state by one angle with gradient `h` (9,), and what the errors of its sensor, from column `first` on,
    have moved it by (9, C): `block` (E,) is what one standard deviation of each adds to the angle.
    """
    condition(f, h, left, variance, gain)
    spread = variance
    for i in range(N):
        spread += h[i] * gain[i]
    for c in range(moved.shape[1]):
        off = 0.0
        if first >= 0 and first <= c < first + block.shape[0]:
            off = block[c - first]
        for i in range(N):
            off -= h[i] * moved[i, c]
        for i in range(N):
            moved[i, c] += gain[i] / spread * off


@njit
def first_state(plots, errors, confirm, f, covariance):
    """Write the state at the first of a track's lines of sight, `f` (10, 9) as in `kernels.initiation`, and the
    covariance (6, 6) of its position and velocity with what constant errors add. Returns its instant, nan if the lines
    of sight make no two fixes.

    `plots` (m,) DETECTION, in order of measurement; `errors` RegistrationErrors of them.
    """
    count = plots.shape[0]
    mine, share = np.arange(count), np.ones(count)
    for k in range(count):
        share[k] = 1.0 if plots[k].infrared else 0.0
    first, _ = start_within(plots, mine, share, 0, count, confirm)
    other = -1 if first < 0 else partner_of(plots, mine, share, first, count)
    if other < 0:
        return np.nan
    initial_line(f, plots[first], plots[other])
    h, gain, moved = np.empty(N), np.empty(N), np.zeros((N, errors.columns))
    for k in range(first, count):
        plot, dt = plots[k], plots[k].t_s - plots[first].t_s
        if dt > SPAN_S or not plot.infrared:
            continue
        for angle in range(1, 3):
            x = (f[N, 0] + dt * f[N, 3] + 0.5 * dt * dt * f[N, 6], f[N, 1] + dt * f[N, 4] + 0.5 * dt * dt * f[N, 7],
                 f[N, 2] + dt * f[N, 5] + 0.5 * dt * dt * f[N, 8])
            _, azimuth, elevation, g = look_at(x[0], x[1], x[2], plot)
            clear(h)
            for i in range(3):
                slope = g[3 * angle + i]
                h[i], h[3 + i], h[6 + i] = slope, dt * slope, 0.5 * dt * dt * slope
            left = wrapped(plot.z[1] - azimuth) if angle == 1 else plot.z[2] - elevation
            if k == first:
                # `initial_line` has counted it; what is left to do is what constant errors make of it.
                if errors.first[k] >= 0:
                    add_first(plot, errors.blocks[k], errors.first[k], angle, g, moved)
                continue
            add_angle(f, moved, h, left, plot.sigma[angle] ** 2, errors.blocks[k, angle], errors.first[k], gain)
    for i in range(6):
        for j in range(6):
            covariance[i, j] = f[i, j]
            for c in range(errors.columns):
                covariance[i, j] += moved[i, c] * moved[j, c]
    return plots[first].t_s


@njit
def add_first(plot, block, first, angle, g, moved):
    """What errors of the first line's sensor move the position by: across it, as far as its direction is off."""
    size = g[3 * angle] ** 2 + g[3 * angle + 1] ** 2 + g[3 * angle + 2] ** 2
    for e in range(block.shape[1]):
        for i in range(3):
            moved[i, first + e] += block[angle, e] * g[3 * angle + i] / size
