"""Extended Kalman filter for one target: motion, transition, process noise, measurements, update. SI, ECEF, nothing
allocated.

A state is [r, v] (6), [r, v, a] (7), a the axial thrust acceleration along the velocity relative to the rotating Earth
(gravity turn), or [r, v, d] (7), d the logarithm of drag over that assumed (re-entry). Motion: gravitation with J2,
apparent forces, drag (`inverse_ballistic_coefficient`, 0: none), and thrust that grows as the rocket equation has it,
a' = a^2 `inverse_exhaust_speed` (0: constant).

A filter is one array `f` (8, 7): the covariance, and in row MEAN the mean; `scratch` (SCRATCH, 9, 9) is space to work
in. A detection is one record (see `kernels.measurement`). Few arguments make cheap calls, and the factories exist
because numba unrolls loops of literal length: half the time of the others. Sources: Bar-Shalom, Li & Kirubarajan
(2001), chapters 6 and 10; Li & Jilkov, Survey of maneuvering target tracking II (2001).
"""

import math
from typing import NamedTuple

from trackfuse.core.constants import EARTH_RATE_RADPS as W
from trackfuse.kernels.gravity import position_gradient
from trackfuse.kernels.jit import njit
from trackfuse.kernels.measurement import has_rate, look_at, wrapped
from trackfuse.kernels.motion import AIR_RADIUS2, drag_rate, fly_step, gradients

MEAN = 7
"""Row of a filter's array that holds the mean."""
SCRATCH = 12
TAIL = 4.8
"""Deviation, in means, of what grows as an error's square: (z^2 - 1) / z, so that z = 5 (1e-6) counts for no more."""
MOST_MPS2 = 120.0
"""Thrust acceleration beyond which it is not taken to grow: the rocket equation alone would end in a pole."""
DRAG_TIME_S = 10.0
"""Correlation time that turns unknown drag and lift into white noise: about a scale height of fall. In every
direction, or dense air would squeeze the covariance flat.
"""


@njit
def copy_filter(f, out):
    """Copy a filter."""
    for i in range(8):
        for j in range(7):
            out[i, j] = f[i, j]


@njit
def product(a, b, out):
    """out <- a b, of the first three rows and columns."""
    for i in range(3):
        for j in range(3):
            out[i, j] = a[i, 0] * b[0, j] + a[i, 1] * b[1, j] + a[i, 2] * b[2, j]


@njit
def transition(s, thrust, h, inverse_ballistic_coefficient, inverse_exhaust_speed, n, out, scratch):
    """Write the transition (n, n) over a step of h seconds whose midpoint is the state `s`: exp(A h) to third order.

    With A = [[0, 1, 0], [G, C, u], [0, 0, w]] taken halfway; terms of h^3 G^2 and h^3 G C are left out (below 1e-7 of
    what they are added to, for 10 s). `n` is 6 or 7.
    """
    g, c, cg, d, cd = scratch[2], scratch[3], scratch[4], scratch[5], scratch[6]
    gradients(s, thrust, inverse_ballistic_coefficient, g, c)
    h2, h3 = 0.5 * h * h, h * h * h / 6.0
    product(c, g, cg)
    product(c, c, d)
    for i in range(3):
        for j in range(3):
            d[i, j] += g[i, j]
    product(c, d, cd)
    for i in range(3):
        for j in range(3):
            out[i, j] = h2 * g[i, j] + h3 * cg[i, j]
            out[i, 3 + j] = h2 * c[i, j] + h3 * d[i, j]
            out[3 + i, j] = h * g[i, j] + h2 * cg[i, j]
            out[3 + i, 3 + j] = h * c[i, j] + h2 * d[i, j] + h3 * cd[i, j]
        out[i, i] += 1.0
        out[i, 3 + i] += h
        out[3 + i, 3 + i] += 1.0
    if n == 7:
        speed = math.sqrt(s[3] * s[3] + s[4] * s[4] + s[5] * s[5])
        w = 2.0 * thrust * inverse_exhaust_speed
        for i in range(3):
            u = s[3 + i] / speed
            cu = (c[i, 0] * s[3] + c[i, 1] * s[4] + c[i, 2] * s[5]) / speed + w * u
            du = (d[i, 0] * s[3] + d[i, 1] * s[4] + d[i, 2] * s[5]) / speed + w * cu
            out[i, 6] = h2 * u + h3 * cu
            out[3 + i, 6] = h * u + h2 * cu + h3 * du
            out[6, i] = 0.0
            out[6, 3 + i] = 0.0
        out[6, 6] = 1.0 + w * (h + w * (h2 + w * h3))


@njit
def free_transition(x, y, z, h, out, g):
    """As `transition` of six states in free fall, where C is the Coriolis term alone: a third of its time. `g` is 3 by
    3.
    """
    position_gradient(x, y, z, g)
    h2, h3, w = 0.5 * h * h, h * h * h / 6.0, 2.0 * W
    for i in range(3):
        turn = w if i == 0 else (-w if i == 1 else 0.0)
        across = 1 if i == 0 else 0
        for j in range(3):
            cg = turn * g[across, j]
            out[i, j] = h2 * g[i, j] + h3 * cg
            out[i, 3 + j] = h3 * g[i, j]
            out[3 + i, j] = h * g[i, j] + h2 * cg
            out[3 + i, 3 + j] = h2 * g[i, j]
        out[i, i] += 1.0
        out[i, 3 + i] += h - h3 * turn * turn
        out[3 + i, 3 + i] += 1.0 - h2 * turn * turn
        out[i, 3 + across] += h2 * turn
        out[3 + i, 3 + across] += h * turn


def _propagate(n):
    @njit(name=f"propagate{n}")
    def propagate(phi, p, work):
        """p <- phi p phi', of the first n rows and columns, symmetric by construction."""
        for i in range(n):
            for j in range(n):
                work[i, j] = 0.0
            for k in range(n):
                f = phi[i, k]
                for j in range(n):
                    work[i, j] += f * p[k, j]
        for i in range(n):
            for j in range(i, n):
                t = 0.0
                for k in range(n):
                    t += work[i, k] * phi[j, k]
                p[i, j] = t
                p[j, i] = t

    return propagate


propagate6, propagate7 = _propagate(6), _propagate(7)


@njit
def add_white(p, h, q):
    """Add the noise of white acceleration of density q (m^2/s^3 an axis) over h seconds."""
    rr, rv, vv = q * h * h * h / 3.0, 0.5 * q * h * h, q * h
    for i in range(3):
        p[i, i] += rr
        p[3 + i, 3 + i] += vv
        p[i, 3 + i] += rv
        p[3 + i, i] += rv


@njit
def add_axial(p, s, rr, rv, vv):
    """Add noise along the velocity of the state `s`: position, position-velocity and velocity terms."""
    squared = s[3] * s[3] + s[4] * s[4] + s[5] * s[5]
    for i in range(3):
        for j in range(3):
            f = s[3 + i] * s[3 + j] / squared
            p[i, j] += rr * f
            p[3 + i, 3 + j] += vv * f
            p[i, 3 + j] += rv * f
            p[3 + i, j] += rv * f


@njit
def coast_step(f, h, q, inverse_ballistic_coefficient, air_fraction, scratch):
    """Predict [r, v] by one step: white acceleration q, and in the air a share of drag in any direction."""
    s = (f[MEAN, 0], f[MEAN, 1], f[MEAN, 2], f[MEAN, 3], f[MEAN, 4], f[MEAN, 5])
    s, middle = fly_step(s, 0.0, h, inverse_ballistic_coefficient, 0.0)
    phi = scratch[0]
    if inverse_ballistic_coefficient == 0.0 or s[0] * s[0] + s[1] * s[1] + s[2] * s[2] > AIR_RADIUS2:
        free_transition(middle[0], middle[1], middle[2], h, phi, scratch[2])
        propagate6(phi, f, scratch[1])
        add_white(f, h, q)
    else:
        transition(middle, 0.0, h, inverse_ballistic_coefficient, 0.0, 6, phi, scratch)
        propagate6(phi, f, scratch[1])
        speed = math.sqrt(s[3] * s[3] + s[4] * s[4] + s[5] * s[5])
        drag = air_fraction * drag_rate(s[0], s[1], s[2], speed, inverse_ballistic_coefficient) * speed
        add_white(f, h, q + drag * drag * DRAG_TIME_S)
    for i in range(6):
        f[MEAN, i] = s[i]


@njit
def boost_step(f, h, steering_psd, thrust_psd, inverse_exhaust_speed, scratch):
    """Predict [r, v, a] by one step: white steering acceleration, and thrust as a random walk of density `thrust_psd`
    (m^2/s^5).
    """
    s = (f[MEAN, 0], f[MEAN, 1], f[MEAN, 2], f[MEAN, 3], f[MEAN, 4], f[MEAN, 5])
    thrust = f[MEAN, 6]
    if not 0.0 < thrust < MOST_MPS2:
        inverse_exhaust_speed = 0.0
    s, middle = fly_step(s, thrust, h, 0.0, inverse_exhaust_speed)
    phi = scratch[0]
    halfway = thrust / (1.0 - 0.5 * thrust * inverse_exhaust_speed * h)
    transition(middle, halfway, h, 0.0, inverse_exhaust_speed, 7, phi, scratch)
    propagate7(phi, f, scratch[1])
    add_white(f, h, steering_psd)
    v = thrust_psd * h * h * h / 3.0
    add_axial(f, s, v * h * h * 0.15, v * h * 0.375, v)
    speed = math.sqrt(s[3] * s[3] + s[4] * s[4] + s[5] * s[5])
    ra, va = 0.5 * v / speed, 1.5 * v / (h * speed)
    for i in range(3):
        f[i, 6] += ra * s[3 + i]
        f[6, i] += ra * s[3 + i]
        f[3 + i, 6] += va * s[3 + i]
        f[6, 3 + i] += va * s[3 + i]
    f[6, 6] += thrust_psd * h
    for i in range(6):
        f[MEAN, i] = s[i]
    f[MEAN, 6] = thrust / (1.0 - thrust * inverse_exhaust_speed * h)


@njit
def reentry_step(f, h, q, inverse_ballistic_coefficient, air_fraction, drag_psd, scratch):
    """Predict [r, v, d] by one step: drag exp(d) times that of `inverse_ballistic_coefficient`, d as a random walk of
    density `drag_psd` (1/s), white acceleration q, and a share of drag in any direction.
    """
    s = (f[MEAN, 0], f[MEAN, 1], f[MEAN, 2], f[MEAN, 3], f[MEAN, 4], f[MEAN, 5])
    inverse_ballistic_coefficient = inverse_ballistic_coefficient * math.exp(f[MEAN, 6])
    s, middle = fly_step(s, 0.0, h, inverse_ballistic_coefficient, 0.0)
    phi = scratch[0]
    transition(middle, 0.0, h, inverse_ballistic_coefficient, 0.0, 6, phi, scratch)
    c, d = scratch[3], scratch[5]
    speed = math.sqrt(middle[3] * middle[3] + middle[4] * middle[4] + middle[5] * middle[5])
    rate = drag_rate(middle[0], middle[1], middle[2], speed, inverse_ballistic_coefficient)
    h2, h3 = 0.5 * h * h, h * h * h / 6.0
    for i in range(3):
        a = -rate * middle[3 + i]
        ca = -rate * (c[i, 0] * middle[3] + c[i, 1] * middle[4] + c[i, 2] * middle[5])
        da = -rate * (d[i, 0] * middle[3] + d[i, 1] * middle[4] + d[i, 2] * middle[5])
        phi[i, 6] = h2 * a + h3 * ca
        phi[3 + i, 6] = h * a + h2 * ca + h3 * da
        phi[6, i] = 0.0
        phi[6, 3 + i] = 0.0
    phi[6, 6] = 1.0
    propagate7(phi, f, scratch[1])
    speed = math.sqrt(s[3] * s[3] + s[4] * s[4] + s[5] * s[5])
    drag = air_fraction * drag_rate(s[0], s[1], s[2], speed, inverse_ballistic_coefficient) * speed
    add_white(f, h, q + drag * drag * DRAG_TIME_S)
    f[6, 6] += drag_psd * h
    for i in range(6):
        f[MEAN, i] = s[i]


def _update_scalar(n, mean):
    @njit(name=f"update_scalar{n}")
    def update_scalar(f, h0, h1, h2, innovation, variance, gain):
        """Update by one number that depends on position alone. Returns (its normalised square, innovation
        variance).
        """
        for i in range(n):
            gain[i] = f[i, 0] * h0 + f[i, 1] * h1 + f[i, 2] * h2
        s = h0 * gain[0] + h1 * gain[1] + h2 * gain[2] + variance
        share = 1.0 / s
        scaled = innovation * share
        for i in range(n):
            g = gain[i] * share
            f[mean, i] += gain[i] * scaled
            for j in range(i, n):
                t = f[i, j] - g * gain[j]
                f[i, j] = t
                f[j, i] = t
        return innovation * scaled, s

    return update_scalar


class Compensated(NamedTuple):
    """Range (m) and range rate (m/s) of a detection with their standard deviations, corrected for curvature."""

    range_m: float
    range_sigma: float
    rate: float
    rate_sigma: float


@njit
def as_measured(plot):
    """A detection without a correction."""
    return Compensated(plot.z[0], plot.sigma[0], plot.rate, plot.rate_sigma)


@njit
def compensated_rate(f, u, r, bend, plot):
    """A range rate and its standard deviation, corrected to second order: an error across the line of sight turns it,
    and the velocity across with it. `bend` (m) is half the variance across over the range.
    """
    vv, rv, along_vv, along_rv = 0.0, 0.0, 0.0, 0.0
    for i in range(3):
        vv, rv = vv + f[3 + i, 3 + i], rv + f[i, 3 + i]
        for j in range(3):
            along_vv += u[i] * u[j] * f[3 + i, 3 + j]
            along_rv += u[i] * u[j] * f[i, 3 + j]
    rate = u[0] * f[MEAN, 3] + u[1] * f[MEAN, 4] + u[2] * f[MEAN, 5]
    turned = (rv - along_rv) / r
    sigma = math.sqrt(plot.rate_sigma**2 + 2.0 * bend / r * (vv - along_vv) + turned * turned)
    return plot.rate - (turned - rate * bend / r), sigma


@njit
def compensated(f, plot):
    """A detection's range, corrected for the curvature of the sphere of equal range, and its range rate likewise.

    The position is uncertain across the line of sight, and a point off that line is farther away than one on it: the
    mean and the variance of that, to second order, come off the range and onto its variance. Without them a radar that
    knows range in metres and position across in kilometres trusts ranges bent by its own linearisation.
    """
    if plot.infrared:
        return as_measured(plot)
    dx, dy, dz = f[MEAN, 0] - plot.site[0], f[MEAN, 1] - plot.site[1], f[MEAN, 2] - plot.site[2]
    r2 = dx * dx + dy * dy + dz * dz
    along = (f[0, 0] * dx * dx + f[1, 1] * dy * dy + f[2, 2] * dz * dz
             + 2.0 * (f[0, 1] * dx * dy + f[0, 2] * dx * dz + f[1, 2] * dy * dz)) / r2
    r = math.sqrt(r2)
    bend = (f[0, 0] + f[1, 1] + f[2, 2] - along) / (2.0 * r)
    range_sigma = math.sqrt(plot.sigma[0] * plot.sigma[0] + TAIL * TAIL * bend * bend)
    rate, rate_sigma = plot.rate, plot.rate_sigma
    if has_rate(plot):
        rate, rate_sigma = compensated_rate(f, (dx / r, dy / r, dz / r), r, bend, plot)
    return Compensated(plot.z[0] - bend, range_sigma, rate, rate_sigma)


def _update_rate(n, mean):
    @njit(name=f"update_rate{n}")
    def update_rate(f, x, seen, u, r, gain):
        """Update by the range rate, linearised at the state `x` (6,) seen in the direction `u` (3,) at range r.
        Returns (its normalised square, innovation variance).
        """
        rate = u[0] * x[3] + u[1] * x[4] + u[2] * x[5]
        h = ((x[3] - rate * u[0]) / r, (x[4] - rate * u[1]) / r, (x[5] - rate * u[2]) / r, u[0], u[1], u[2])
        left, s = seen.rate - rate, seen.rate_sigma * seen.rate_sigma
        for i in range(n):
            t = 0.0
            for j in range(6):
                t += f[i, j] * h[j]
            gain[i] = t
        for i in range(6):
            s += h[i] * gain[i]
            left -= h[i] * (f[mean, i] - x[i])
        for i in range(n):
            f[mean, i] += gain[i] * left / s
            for j in range(i, n):
                t = f[i, j] - gain[i] * gain[j] / s
                f[i, j] = t
                f[j, i] = t
        return left * left / s, s

    return update_rate


def _update(n, mean):
    update_scalar, update_rate = _update_scalar(n, mean), _update_rate(n, mean)

    @njit(name=f"update{n}")
    def update(f, plot, seen, scratch):
        """Extended Kalman update by range, azimuth, elevation and range rate where it is measured, or by the angles
        alone if infrared; range and range rate as `seen` has them, corrected or not. Returns (normalised innovation
        squared, its log-likelihood without the constant).

        The errors of the four are independent, so they are taken one after the other, all linearised at the predicted
        state: algebraically the same as the joint update, and the covariance stays symmetric.
        """
        x0, x1, x2 = f[mean, 0], f[mean, 1], f[mean, 2]
        x3, x4, x5 = f[mean, 3], f[mean, 4], f[mean, 5]
        r, azimuth, elevation, g = look_at(x0, x1, x2, plot)
        gain = scratch[7, 0]
        nis, volume = 0.0, 1.0
        if not plot.infrared:
            variance = seen.range_sigma * seen.range_sigma
            nis, volume = update_scalar(f, g[0], g[1], g[2], seen.range_m - r, variance, gain)
        d0, d1, d2 = f[mean, 0] - x0, f[mean, 1] - x1, f[mean, 2] - x2
        left = wrapped(plot.z[1] - azimuth) - (g[3] * d0 + g[4] * d1 + g[5] * d2)
        d, s = update_scalar(f, g[3], g[4], g[5], left, plot.sigma[1] * plot.sigma[1], gain)
        nis, volume = nis + d, volume * s
        d0, d1, d2 = f[mean, 0] - x0, f[mean, 1] - x1, f[mean, 2] - x2
        left = plot.z[2] - elevation - (g[6] * d0 + g[7] * d1 + g[8] * d2)
        d, s = update_scalar(f, g[6], g[7], g[8], left, plot.sigma[2] * plot.sigma[2], gain)
        nis, volume = nis + d, volume * s
        if has_rate(plot):
            d, s = update_rate(f, (x0, x1, x2, x3, x4, x5), seen, g, r, gain)
            nis, volume = nis + d, volume * s
        return nis, -0.5 * (nis + math.log(volume))

    return update


update6, update7 = _update(6, MEAN), _update(7, MEAN)
