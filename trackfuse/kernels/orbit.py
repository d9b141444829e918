"""The way to orbit above the lower stages: a stage that is steered, and the coast that follows.

States, knots and summaries as in `kernels.flight`. The steered stage burns above the air, which acts on the coast only.
"""

import math

import numpy as np

from trackfuse.core.constants import EARTH_RATE_RADPS
from trackfuse.kernels import flight
from trackfuse.kernels.geodesy import altitude
from trackfuse.kernels.gravity import coast_acceleration
from trackfuse.kernels.jit import njit

STEP_S = 1.0
COAST_S = 5.0


@njit
def steered(s, thrust, pitch, yaw):
    """Rate of the state under gravity and a thrust (m/s^2) at the angle `pitch` above the local horizontal, `yaw` to
    the right of the horizontal part of the inertial velocity (rad)."""
    x, y, z, vx, vy, vz = s
    ax, ay, az = coast_acceleration(x, y, z, vx, vy, vz)
    r = math.sqrt(x * x + y * y + z * z)
    ux, uy, uz = x / r, y / r, z / r
    ix, iy, iz = vx - EARTH_RATE_RADPS * y, vy + EARTH_RATE_RADPS * x, vz
    climbing = ix * ux + iy * uy + iz * uz
    fx, fy, fz = ix - climbing * ux, iy - climbing * uy, iz - climbing * uz
    level = math.sqrt(fx * fx + fy * fy + fz * fz)
    along, aside = math.cos(pitch) * math.cos(yaw) / level, math.cos(pitch) * math.sin(yaw) / level
    up = math.sin(pitch)
    return (vx, vy, vz, ax + thrust * (along * fx + aside * (fy * uz - fz * uy) + up * ux),
            ay + thrust * (along * fy + aside * (fz * ux - fx * uz) + up * uy),
            az + thrust * (along * fz + aside * (fx * uy - fy * ux) + up * uz))


@njit
def steered_step(s, t, h, thrust, loss, pitch, yaw):
    """One step from `t` seconds after ignition; thrust over mass is thrust / (1 - loss t)."""
    middle = thrust / (1.0 - loss * (t + 0.5 * h))
    k1 = steered(s, thrust / (1.0 - loss * t), pitch, yaw)
    k2 = steered(flight.moved(s, k1, 0.5 * h), middle, pitch, yaw)
    k3 = steered(flight.moved(s, k2, 0.5 * h), middle, pitch, yaw)
    k4 = steered(flight.moved(s, k3, h), thrust / (1.0 - loss * (t + h)), pitch, yaw)
    return flight.combined(s, h, k1, k2, k3, k4)


@njit
def _coast(s, t, until, beta, knots, n):
    """Coast to `until`; returns state and number of knots."""
    steps = max(1, math.ceil((until - t) / COAST_S - 1e-9))
    h = (until - t) / steps
    n = flight.note(knots, n, t, s, flight.free(s, beta, 0.0))
    for i in range(steps):
        s = flight.coast_step(s, h, beta, 0.0)
        n = flight.note(knots, n, t + (i + 1) * h, s, flight.free(s, beta, 0.0))
    return s, n


@njit
def ascend(pad, stages, vertical_s, betas, upper, effort, east, north, pitch, yaw, burn, followed, knots, out, dropped):
    """One flight from the pad to orbit, and the fall of the last lower stage.

    `pad` (lat, lon, alt), `stages`, `vertical_s`, `effort`, `east` and `north` as in `flight.boost`; `betas` (ascent,
    spent stage); `upper` the row of the steered stage, of which it burns `burn` seconds; `pitch` and `yaw` as in
    `steered`; `followed` the seconds after insertion. Writes the spent stage's summary into `dropped` (SUMMARY,) and
    into `out` (SUMMARY,) the insertion: its instant as that of burn-out, its state at IMPACT. Returns the number of
    knots; the status in `out` is STAYED_UP where the lower stages flew to their end.
    """
    out[:] = math.nan
    out[flight.APOGEE_ALT] = -np.inf
    dropped[:] = math.nan
    dropped[flight.APOGEE_ALT] = -np.inf
    s, t, beta, n = flight.boost(pad[0], pad[1], pad[2], stages, vertical_s, betas[0], effort, east, north,
                                 flight.FINE[0], knots, out)
    if out[flight.STATUS] != flight.LANDED:
        return n
    flight.fall(s, t, betas[1], betas[1], 0.0, flight.FINE[1], np.empty((0, 10)), 0, dropped)
    ignition = t + upper[0]
    s, n = _coast(s, t, ignition, beta, knots, n)
    steps = max(1, math.ceil(burn / STEP_S))
    h = burn / steps
    n = flight.note(knots, n, ignition, s, steered(s, upper[2], pitch, yaw))
    for i in range(steps):
        s = steered_step(s, i * h, h, upper[2], upper[3], pitch, yaw)
        left = 1.0 - upper[3] * (i + 1) * h
        n = flight.note(knots, n, ignition + (i + 1) * h, s, steered(s, upper[2] / left, pitch, yaw))
    out[flight.STATUS] = flight.STAYED_UP
    out[flight.BURNOUT_S], out[flight.BURNOUT_ALT] = ignition + burn, altitude(s[0], s[1], s[2])
    out[flight.BURNOUT_SPEED] = math.sqrt(s[3] * s[3] + s[4] * s[4] + s[5] * s[5])
    for i in range(6):
        out[flight.IMPACT + i] = s[i]
    if followed > 0.0:
        s, n = _coast(s, ignition + burn, ignition + burn + followed, beta, knots, n)
    return n
