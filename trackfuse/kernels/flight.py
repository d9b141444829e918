"""Powered flight, coast and re-entry of a point mass on the rotating WGS-84 Earth with J2 and the standard atmosphere.

A state is a tuple (x, y, z, vx, vy, vz): Earth-fixed, m and m/s. Classical Runge-Kutta of fourth order throughout. A
flight can leave its knots behind: rows of (t, state, acceleration), two rows with one t where thrust or velocity jumps,
between which `sample` interpolates with quintic Hermite polynomials.
"""

import math

import numpy as np

from trackfuse.core.constants import EARTH_RATE_RADPS, MU_M3PS2, SEMI_MAJOR_M
from trackfuse.kernels.atmosphere import CEILING_M, density
from trackfuse.kernels.geodesy import altitude, ecef_from_geodetic, enu_from_ecef, geodetic_from_ecef
from trackfuse.kernels.gravity import coast_acceleration
from trackfuse.kernels.jit import njit, prange

LANDED, SANK, CRASHED, STAYED_UP = 0, 1, 2, 3
STATUS, BURNOUT_S, BURNOUT_ALT, BURNOUT_SPEED, APOGEE_S, APOGEE_ALT, IMPACT_S, IMPACT, APOGEE = (
    0, 1, 2, 3, 4, 5, 6, 7, 13)
"""Columns of a flight's summary; at IMPACT begins the state at impact, at APOGEE the place of the apogee."""
SUMMARY = 16

FINE = (0.25, 1.0)
"""Steps of flights that are kept: powered step (s), factor on the steps of the coast."""
SLOW_S = 30.0
STRIDE = 4.0
"""While the missile is slow it turns fast; later powered steps are longer by this factor."""
COAST_STEP_S = 10.0
AIR_M = 120e3
AIR_STEP_S = 2.0
AIR_CLIMB_M = 1200.0
"""Longest step in m of height in the air, a sixth of a scale height."""
LIFT_TOP_M = 60e3
LIFT_SPEED_MPS = (800.0, 1200.0)
"""A missile that pulls up does so below this height after its apogee; its lift fades out between these speeds, so that
it ends in a dive (assumed)."""
LONGEST_S = 40000.0
HIGHEST_M = 5e7
"""A flight whose free orbit rises higher, or stays above the air, is not followed to the ground."""
AIR_RADIUS2 = (SEMI_MAJOR_M + CEILING_M) ** 2


@njit
def derivative(s, thrust, beta, up, vertical):
    """Rate of the state under gravity, drag (`beta`, kg/m^2) and thrust (m/s^2) along `up` if vertical, else along the
    velocity."""
    x, y, z, vx, vy, vz = s
    ax, ay, az = coast_acceleration(x, y, z, vx, vy, vz)
    speed = math.sqrt(vx * vx + vy * vy + vz * vz)
    along = 0.0
    if x * x + y * y + z * z < AIR_RADIUS2:
        along = -0.5 * density(altitude(x, y, z)) * speed / beta
    if thrust > 0.0:
        if vertical:
            ax, ay, az = ax + thrust * up[0], ay + thrust * up[1], az + thrust * up[2]
        else:
            along += thrust / speed
    return vx, vy, vz, ax + along * vx, ay + along * vy, az + along * vz


@njit
def moved(s, d, h):
    """State `s` moved by `h` seconds at the rate `d`."""
    return s[0] + h * d[0], s[1] + h * d[1], s[2] + h * d[2], s[3] + h * d[3], s[4] + h * d[4], s[5] + h * d[5]


@njit
def combined(s, h, k1, k2, k3, k4):
    """Runge-Kutta mean of four rates."""
    w = h / 6.0
    return (s[0] + w * (k1[0] + 2.0 * (k2[0] + k3[0]) + k4[0]), s[1] + w * (k1[1] + 2.0 * (k2[1] + k3[1]) + k4[1]),
            s[2] + w * (k1[2] + 2.0 * (k2[2] + k3[2]) + k4[2]), s[3] + w * (k1[3] + 2.0 * (k2[3] + k3[3]) + k4[3]),
            s[4] + w * (k1[4] + 2.0 * (k2[4] + k3[4]) + k4[4]), s[5] + w * (k1[5] + 2.0 * (k2[5] + k3[5]) + k4[5]))


@njit
def powered_step(s, t, h, thrust, rate, beta, up, vertical):
    """One step from `t` seconds after ignition; thrust over mass is thrust / (1 - rate t), `beta` falls with the
    mass."""
    left0, left1, left2 = 1.0 - rate * t, 1.0 - rate * (t + 0.5 * h), 1.0 - rate * (t + h)
    k1 = derivative(s, thrust / left0, beta * left0, up, vertical)
    k2 = derivative(moved(s, k1, 0.5 * h), thrust / left1, beta * left1, up, vertical)
    k3 = derivative(moved(s, k2, 0.5 * h), thrust / left1, beta * left1, up, vertical)
    k4 = derivative(moved(s, k3, h), thrust / left2, beta * left2, up, vertical)
    return combined(s, h, k1, k2, k3, k4)


@njit
def free(s, beta, lift):
    """Rate of the state without thrust; `lift` is the lift-to-drag ratio of a pull-up, towards the zenith."""
    vx, vy, vz, ax, ay, az = derivative(s, 0.0, beta, (0.0, 0.0, 0.0), False)
    if lift > 0.0 and s[0] * s[0] + s[1] * s[1] + s[2] * s[2] < AIR_RADIUS2:
        alt = altitude(s[0], s[1], s[2])
        speed = math.sqrt(vx * vx + vy * vy + vz * vz)
        share = (speed - LIFT_SPEED_MPS[0]) / (LIFT_SPEED_MPS[1] - LIFT_SPEED_MPS[0])
        if alt < LIFT_TOP_M and share > 0.0:
            r = math.sqrt(s[0] * s[0] + s[1] * s[1] + s[2] * s[2])
            climbing = (s[0] * vx + s[1] * vy + s[2] * vz) / (r * speed)
            level = math.sqrt(max(1.0 - climbing * climbing, 1e-12))
            pull = min(share, 1.0) * lift * 0.5 * density(alt) * speed * speed / beta / level
            ax += pull * (s[0] / r - climbing * vx / speed)
            ay += pull * (s[1] / r - climbing * vy / speed)
            az += pull * (s[2] / r - climbing * vz / speed)
    return vx, vy, vz, ax, ay, az


@njit
def coast_step(s, h, beta, lift):
    """One unpowered step."""
    k1 = free(s, beta, lift)
    k2 = free(moved(s, k1, 0.5 * h), beta, lift)
    k3 = free(moved(s, k2, 0.5 * h), beta, lift)
    return combined(s, h, k1, k2, k3, free(moved(s, k3, h), beta, lift))


@njit
def climb(s):
    """(height above the ellipsoid, its rate), m and m/s."""
    lat, lon, alt = geodetic_from_ecef(s[0], s[1], s[2])
    cl = math.cos(lat)
    return alt, s[3] * cl * math.cos(lon) + s[4] * cl * math.sin(lon) + s[5] * math.sin(lat)


@njit
def note(knots, n, t, s, d):
    """Leave a knot behind if there is room; returns the number of knots."""
    if n < knots.shape[0]:
        knots[n, 0] = t
        for i in range(6):
            knots[n, 1 + i] = s[i]
        for i in range(3):
            knots[n, 7 + i] = d[3 + i]
    return n + 1


@njit
def _crest(s, t, alt, out):
    """Keep the highest point passed."""
    if alt > out[APOGEE_ALT]:
        out[APOGEE_S], out[APOGEE_ALT] = t, alt
        for i in range(3):
            out[APOGEE + i] = s[i]


@njit
def _run(s, t, ignition, until, step, thrust, rate, beta, up, vertical, floor, knots, n, out):
    """Fly to `until` under one law of thrust, in equal steps; writes status and highest point. Returns state, knots."""
    steps = max(1, math.ceil((until - t) / step - 1e-9))
    h = (until - t) / steps
    keep = knots.shape[0] > 0
    left = 1.0 - rate * (t - ignition)
    if keep:
        n = note(knots, n, t, s, derivative(s, thrust / left, beta * left, up, vertical))
    out[STATUS] = LANDED
    for i in range(steps):
        s = powered_step(s, t + i * h - ignition, h, thrust, rate, beta, up, vertical)
        now = t + (i + 1) * h
        left = 1.0 - rate * (now - ignition)
        if keep:
            n = note(knots, n, now, s, derivative(s, thrust / left, beta * left, up, vertical))
        alt = altitude(s[0], s[1], s[2])
        _crest(s, now, alt, out)
        if alt < floor:
            out[STATUS] = SANK if vertical else CRASHED
            break
    return s, n


@njit
def _pitched(s, enu, east, north):
    """The state with its velocity turned by the kick (east, north) from the vertical."""
    kick = math.hypot(east, north)
    speed = math.sqrt(s[3] * s[3] + s[4] * s[4] + s[5] * s[5])
    sideways = math.sin(kick) / kick if kick > 0.0 else 1.0
    ve, vn, vu = speed * sideways * east, speed * sideways * north, speed * math.cos(kick)
    return (s[0], s[1], s[2], enu[0, 0] * ve + enu[1, 0] * vn + enu[2, 0] * vu,
            enu[0, 1] * ve + enu[1, 1] * vn + enu[2, 1] * vu, enu[0, 2] * ve + enu[1, 2] * vn + enu[2, 2] * vu)


@njit
def boost(lat, lon, alt, stages, vertical_s, beta, effort, kick_east, kick_north, step, knots, out):
    """From the pad to the last burn-out.

    `stages` has one row a stage: (pause, burn, thrust over mass at ignition, its rate of mass loss 1/s). An `effort`
    above 1 multiplies thrust and exhaust velocity, one below 1 ends the burn after that part of its time. `kick_east`
    and `kick_north` are the parts (rad) of the pitch-over at `vertical_s`, within the first stage. Writes status and
    highest point into `out` (SUMMARY,). Returns state, time, ballistic coefficient left, number of knots.
    """
    x, y, z = ecef_from_geodetic(lat, lon, alt)
    enu = enu_from_ecef(lat, lon)
    up = (enu[2, 0], enu[2, 1], enu[2, 2])
    s, t, n = (x, y, z, 0.0, 0.0, 0.0), 0.0, 0
    floor = min(alt, 0.0) - 1.0
    cut = 0.0
    for i in range(stages.shape[0]):
        cut += (stages[i, 0] + stages[i, 1]) * min(effort, 1.0)
    for i in range(stages.shape[0]):
        ignition = min(t + stages[i, 0], cut)
        if ignition > t:
            s, n = _run(s, t, t, ignition, step, 0.0, 0.0, beta, up, False, floor, knots, n, out)
            t = ignition
        if t >= cut or (i > 0 and out[STATUS] != LANDED):
            break
        end = min(ignition + stages[i, 1], cut)
        thrust, rate = max(effort, 1.0) * stages[i, 2], stages[i, 3]
        if i == 0:
            t = min(vertical_s, end)
            s, n = _run(s, 0.0, 0.0, t, step, thrust, rate, beta, up, True, alt - 1.0, knots, n, out)
            if out[STATUS] != LANDED:
                break
            s = _pitched(s, enu, kick_east, kick_north)
            if end > t and t < SLOW_S:
                until = min(end, SLOW_S)
                s, n = _run(s, t, 0.0, until, step, thrust, rate, beta, up, False, floor, knots, n, out)
                t = until
                if out[STATUS] != LANDED:
                    break
        if end > t:
            s, n = _run(s, t, ignition, end, STRIDE * step, thrust, rate, beta, up, False, floor, knots, n, out)
        t = end
        if out[STATUS] != LANDED:
            break
        beta *= 1.0 - rate * (end - ignition)
    return s, t, beta, n


@njit
def _root(s, h, beta, lift, height):
    """Length of the last step, up to `h`, at which the height (if `height`) or its rate is zero; both are positive at
    its start."""
    low, high = 0.0, h
    f_low, f_high = climb(s), climb(coast_step(s, h, beta, lift))
    a, b = (f_low[0], f_high[0]) if height else (f_low[1], f_high[1])
    u = h
    for _ in range(60):
        u = high - b * (high - low) / (b - a)
        f = climb(coast_step(s, u, beta, lift))
        c = f[0] if height else f[1]
        if abs(c) < 1e-7 or abs(high - low) < 1e-10:
            break
        if c * b < 0.0:
            low, a = high, b
        else:
            a *= 0.5
        high, b = u, c
    return u


@njit
def step_length(s, alt, rate, coarse):
    """Length of the next coasting step, s: with the orbital time scale above the air, with the scale height within."""
    if alt < AIR_M:
        return coarse * min(AIR_STEP_S, max(0.05, AIR_CLIMB_M / (abs(rate) + 1.0)))
    r2 = s[0] * s[0] + s[1] * s[1] + s[2] * s[2]
    h = coarse * COAST_STEP_S * min(3.0, (r2 / 4.06e13) ** 0.75)
    return min(h, (alt - AIR_M) / -rate + 0.05) if rate < 0.0 else h


@njit
def conic(s):
    """Heights (m) of apogee and perigee of the free orbit through a state, above the equatorial radius; infinite if it
    escapes."""
    vx, vy, vz = s[3] - EARTH_RATE_RADPS * s[1], s[4] + EARTH_RATE_RADPS * s[0], s[5]
    r = math.sqrt(s[0] * s[0] + s[1] * s[1] + s[2] * s[2])
    v2 = vx * vx + vy * vy + vz * vz
    radial = (s[0] * vx + s[1] * vy + s[2] * vz) / r
    inverse = 2.0 / r - v2 / MU_M3PS2
    ecc = math.sqrt(max(0.0, 1.0 - r * r * (v2 - radial * radial) / MU_M3PS2 * inverse))
    if inverse <= 0.0:
        return np.inf, (1.0 - ecc) / inverse - SEMI_MAJOR_M if inverse < 0.0 else np.inf
    return (1.0 + ecc) / inverse - SEMI_MAJOR_M, (1.0 - ecc) / inverse - SEMI_MAJOR_M


@njit
def fall(s, t, up_beta, down_beta, lift, coarse, knots, n, out):
    """Coast from the state `s` at time `t` to the ground; writes status, apogee and impact into `out` (SUMMARY,), where
    the highest point so far is kept unless it is passed. `lift` acts after the apogee. Returns the number of knots."""
    alt, rate = climb(s)
    highest, lowest = conic(s)
    if highest > HIGHEST_M or lowest > AIR_M:
        out[STATUS], out[APOGEE_ALT] = STAYED_UP, max(highest, out[APOGEE_ALT])
        return n
    beta, pull = (up_beta, 0.0) if rate > 0.0 else (down_beta, lift)
    _crest(s, t, alt, out)
    keep = knots.shape[0] > 0
    if keep:
        n = note(knots, n, t, s, free(s, beta, pull))
    while t < LONGEST_S:
        h = step_length(s, alt, rate, coarse)
        following = coast_step(s, h, beta, pull)
        new_alt, new_rate = climb(following)
        turned = rate > 0.0 and new_rate <= 0.0
        if turned:
            h = _root(s, h, beta, pull, False)
            following = coast_step(s, h, beta, pull)
            new_alt, new_rate = climb(following)
        down = new_alt <= 0.0 and new_rate < 0.0
        if down:
            h = _root(s, h, beta, pull, True)
            following = coast_step(s, h, beta, pull)
        s, t, alt, rate = following, t + h, new_alt, new_rate
        if keep:
            n = note(knots, n, t, s, free(s, beta, pull))
        if down:
            out[STATUS], out[IMPACT_S] = LANDED, t
            for i in range(6):
                out[IMPACT + i] = s[i]
            return n
        if turned:
            _crest(s, t, alt, out)
            beta, pull, rate = down_beta, lift, min(rate, -1e-9)
            if keep:
                n = note(knots, n, t, s, free(s, beta, pull))
    out[STATUS] = STAYED_UP
    return n


@njit
def fly(lat, lon, alt, stages, vertical_s, betas, lift, effort, kick_east, kick_north, steps, knots, out):
    """One flight from the pad to the ground; writes its summary into `out` (SUMMARY,) and returns the number of knots.

    `stages`, `effort` and the kick as in `boost`; `betas` is (ascent, re-entry), kg/m^2; `lift` the
    lift-to-drag ratio after the apogee; `steps` as FINE.
    With `knots` of no rows none are kept; where more are returned than there is room for, the last are lost.
    """
    out[:] = np.nan
    out[APOGEE_ALT] = -np.inf
    s, t, beta, n = boost(lat, lon, alt, stages, vertical_s, betas[0], effort, kick_east, kick_north, steps[0],
                          knots, out)
    out[BURNOUT_S], out[BURNOUT_ALT] = t, altitude(s[0], s[1], s[2])
    out[BURNOUT_SPEED] = math.sqrt(s[3] * s[3] + s[4] * s[4] + s[5] * s[5])
    if out[STATUS] != LANDED:
        return n
    return fall(s, t, beta, betas[1], lift, steps[1], knots, n, out)


@njit(parallel=True)
def fly_many(lat, lon, alt, stages, vertical_s, betas, lift, effort, kick_east, kick_north, out):
    """Many flights of one missile: `stages` (n, stages, 4), `betas` (n, 2), `effort` and kick (n,); writes summaries
    into `out` (n, SUMMARY)."""
    for i in prange(effort.shape[0]):
        fly(lat, lon, alt, stages[i], vertical_s, betas[i], lift, effort[i], kick_east[i], kick_north[i], FINE,
            np.empty((0, 10)), out[i])


@njit
def sample(knots, n, t, position, velocity):
    """Quintic Hermite interpolation of the first `n` knots at the rising times `t` (m,), into `position`, `velocity`
    (m, 3).

    At a jump the values are those before it, as at the instant itself.
    """
    left = 0
    for j in range(t.shape[0]):
        while left < n - 2 and (knots[left + 1, 0] < t[j] or knots[left + 1, 0] <= knots[left, 0]):
            left += 1
        h = knots[left + 1, 0] - knots[left, 0]
        u = (t[j] - knots[left, 0]) / h
        for i in range(3):
            p0, p1 = knots[left, 1 + i], knots[left + 1, 1 + i]
            v0, v1 = h * knots[left, 4 + i], h * knots[left + 1, 4 + i]
            a0, a1 = 0.5 * h * h * knots[left, 7 + i], 0.5 * h * h * knots[left + 1, 7 + i]
            e, f, g = p1 - p0 - v0 - a0, v1 - v0 - 2.0 * a0, a1 - a0
            c3, c4, c5 = 10.0 * e - 4.0 * f + g, -15.0 * e + 7.0 * f - 2.0 * g, 6.0 * e - 3.0 * f + g
            position[j, i] = p0 + u * (v0 + u * (a0 + u * (c3 + u * (c4 + u * c5))))
            velocity[j, i] = (v0 + u * (2.0 * a0 + u * (3.0 * c3 + u * (4.0 * c4 + u * 5.0 * c5)))) / h


@njit
def phases(t, position, burnout_s, apogee_s, entry, out):
    """Write 0 (before the last burn-out), 2 (after the apogee and below the height `entry`, m) or else 1 into `out`
    (m,)."""
    for j in range(t.shape[0]):
        out[j] = 1
        if t[j] < burnout_s:
            out[j] = 0
        elif t[j] > apogee_s and altitude(position[j, 0], position[j, 1], position[j, 2]) < entry:
            out[j] = 2
