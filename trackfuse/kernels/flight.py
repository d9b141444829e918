"""Powered flight, coast and re-entry of a point mass on the rotating WGS-84 Earth with J2 and the standard atmosphere.

A state is a tuple (x, y, z, vx, vy, vz): Earth-fixed, m and m/s. Classical Runge-Kutta of fourth order throughout. A
flight can leave its knots behind: rows of (t, state, acceleration), two rows with one t where thrust or velocity jumps,
between which `sample` interpolates with quintic Hermite polynomials.
"""

import math
from typing import NamedTuple

import numpy as np

from trackfuse.core.constants import EARTH_RATE_RADPS, MU_M3PS2, SEMI_MAJOR_M
from trackfuse.kernels.forces import ALONG, UP, Forces, derivative, free_fall, step
from trackfuse.kernels.geodesy import altitude, ecef_from_geodetic, enu_from_ecef, geodetic_from_ecef
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
LONGEST_S = 40000.0
HIGHEST_M = 5e7
"""A flight whose free orbit rises higher, or stays above the air, is not followed to the ground."""


class Vehicle(NamedTuple):
    """A missile on its pad.

    `lat`, `lon` (rad) and `alt` (m) are the pad's. `stages` (k, 4) has one row a stage: pause (s), burn (s), thrust
    over mass at ignition (m/s^2), and the share of its mass at ignition that it loses a second (1/s). `vertical_s` is
    the time of the pitch-over, within the first stage; `betas` (2,) are the ballistic coefficients of ascent and
    re-entry, kg/m^2; `lift` is the lift-to-drag ratio after the apogee."""

    lat: float
    lon: float
    alt: float
    stages: np.ndarray
    vertical_s: float
    betas: np.ndarray
    lift: float


class Steering(NamedTuple):
    """How a missile is flown. An `effort` above 1 multiplies thrust and exhaust velocity, one below 1 ends the burn
    after that part of its time; `east` and `north` are the parts of the pitch-over (rad)."""

    effort: float
    east: float
    north: float


class Record(NamedTuple):
    """What a flight leaves behind: its `summary` (SUMMARY,), and its `knots` (m, 10), of which `count` (1,) says how
    many it had. With no rows for knots none are kept; of more knots than rows the last are lost."""

    summary: np.ndarray
    knots: np.ndarray
    count: np.ndarray


@njit
def climb(s):
    """(height above the ellipsoid, its rate), m and m/s."""
    lat, lon, alt = geodetic_from_ecef(s[0], s[1], s[2])
    cl = math.cos(lat)
    return alt, s[3] * cl * math.cos(lon) + s[4] * cl * math.sin(lon) + s[5] * math.sin(lat)


@njit
def note(record, t, s, after, forces):
    """Leave a knot behind at `t`, which is `after` seconds after ignition."""
    n = record.count[0]
    record.count[0] = n + 1
    if n < record.knots.shape[0]:
        d = derivative(s, after, forces)
        record.knots[n, 0] = t
        for i in range(6):
            record.knots[n, 1 + i] = s[i]
        for i in range(3):
            record.knots[n, 7 + i] = d[3 + i]


@njit
def _note_apogee(s, t, alt, out):
    """Keep the highest point passed."""
    if alt > out[APOGEE_ALT]:
        out[APOGEE_S], out[APOGEE_ALT] = t, alt
        for i in range(3):
            out[APOGEE + i] = s[i]


@njit
def run(s, t, until, longest, ignition, forces, floor, record):
    """Fly from `t` to `until` under the same forces, in equal steps of at most `longest` seconds, unless the height
    falls below `floor`; writes status and highest point. Returns the state."""
    steps = max(1, math.ceil((until - t) / longest - 1e-9))
    h = (until - t) / steps
    out = record.summary
    note(record, t, s, t - ignition, forces)
    out[STATUS] = LANDED
    for i in range(steps):
        s = step(s, t + i * h - ignition, h, forces)
        now = t + (i + 1) * h
        note(record, now, s, now - ignition, forces)
        alt = altitude(s[0], s[1], s[2])
        _note_apogee(s, now, alt, out)
        if alt < floor:
            out[STATUS] = SANK if forces.heading == UP else CRASHED
            break
    return s


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
def burn_time(stages, effort):
    """Seconds from lift-off to the last cut-off."""
    cut = 0.0
    for i in range(stages.shape[0]):
        cut += (stages[i, 0] + stages[i, 1]) * min(effort, 1.0)
    return cut


@njit
def boost(vehicle, steering, longest, record):
    """From the pad to the last burn-out, in steps of at most `longest` seconds while the missile is slow.

    Writes status and highest point. Returns state, time, ballistic coefficient left.
    """
    lat, lon, alt, stages, out = vehicle.lat, vehicle.lon, vehicle.alt, vehicle.stages, record.summary
    x, y, z = ecef_from_geodetic(lat, lon, alt)
    enu = enu_from_ecef(lat, lon)
    up = (enu[2, 0], enu[2, 1], enu[2, 2])
    s, t, beta = (x, y, z, 0.0, 0.0, 0.0), 0.0, vehicle.betas[0]
    floor = min(alt, 0.0) - 1.0
    cut = burn_time(stages, steering.effort)
    for i in range(stages.shape[0]):
        ignition = min(t + stages[i, 0], cut)
        if ignition > t:
            s = run(s, t, ignition, longest, t, free_fall(beta, 0.0), floor, record)
            t = ignition
        if t >= cut or (i > 0 and out[STATUS] != LANDED):
            break
        end = min(ignition + stages[i, 1], cut)
        thrust, loss = max(steering.effort, 1.0) * stages[i, 2], stages[i, 3]
        forces = Forces(beta, 0.0, thrust, loss, ALONG, up)
        if i == 0:
            t = min(vehicle.vertical_s, end)
            s = run(s, 0.0, t, longest, 0.0, Forces(beta, 0.0, thrust, loss, UP, up), alt - 1.0, record)
            if out[STATUS] != LANDED:
                break
            s = _pitched(s, enu, steering.east, steering.north)
            if end > t and t < SLOW_S:
                until = min(end, SLOW_S)
                s = run(s, t, until, longest, 0.0, forces, floor, record)
                t = until
                if out[STATUS] != LANDED:
                    break
        if end > t:
            s = run(s, t, end, STRIDE * longest, ignition, forces, floor, record)
        t = end
        if out[STATUS] != LANDED:
            break
        beta *= 1.0 - loss * (end - ignition)
    return s, t, beta


@njit
def _root(s, h, forces, height):
    """Length of the last step, up to `h`, at which the height (if `height`) or its rate is zero; both are positive at
    its start."""
    low, high = 0.0, h
    f_low, f_high = climb(s), climb(step(s, 0.0, h, forces))
    a, b = (f_low[0], f_high[0]) if height else (f_low[1], f_high[1])
    u = h
    for _ in range(60):
        u = high - b * (high - low) / (b - a)
        f = climb(step(s, 0.0, u, forces))
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
def fall(s, t, betas, lift, coarse, record):
    """Coast from the state `s` at time `t` to the ground; writes status, apogee and impact, where the highest point so
    far is kept unless it is passed. `betas` are the ballistic coefficients before and after the apogee; `lift` acts
    after it."""
    out = record.summary
    alt, rate = climb(s)
    highest, lowest = conic(s)
    if highest > HIGHEST_M or lowest > AIR_M:
        out[STATUS], out[APOGEE_ALT] = STAYED_UP, max(highest, out[APOGEE_ALT])
        return
    descent = free_fall(betas[1], lift)
    forces = free_fall(betas[0], 0.0) if rate > 0.0 else descent
    _note_apogee(s, t, alt, out)
    note(record, t, s, 0.0, forces)
    while t < LONGEST_S:
        h = step_length(s, alt, rate, coarse)
        following = step(s, 0.0, h, forces)
        new_alt, new_rate = climb(following)
        turned = rate > 0.0 and new_rate <= 0.0
        if turned:
            h = _root(s, h, forces, False)
            following = step(s, 0.0, h, forces)
            new_alt, new_rate = climb(following)
        down = new_alt <= 0.0 and new_rate < 0.0
        if down:
            h = _root(s, h, forces, True)
            following = step(s, 0.0, h, forces)
        s, t, alt, rate = following, t + h, new_alt, new_rate
        note(record, t, s, 0.0, forces)
        if down:
            out[STATUS], out[IMPACT_S] = LANDED, t
            for i in range(6):
                out[IMPACT + i] = s[i]
            return
        if turned:
            _note_apogee(s, t, alt, out)
            forces, rate = descent, min(rate, -1e-9)
            note(record, t, s, 0.0, forces)
    out[STATUS] = STAYED_UP


@njit
def note_burnout(s, t, out):
    """Write instant, height and speed of the last burn-out."""
    out[BURNOUT_S], out[BURNOUT_ALT] = t, altitude(s[0], s[1], s[2])
    out[BURNOUT_SPEED] = math.sqrt(s[3] * s[3] + s[4] * s[4] + s[5] * s[5])


@njit
def empty_record(summary, knots):
    """A record before the flight, made of these two arrays."""
    summary[:] = np.nan
    summary[APOGEE_ALT] = -np.inf
    return Record(summary, knots, np.zeros(1, np.int64))


@njit
def fly(vehicle, steering, steps, knots, out):
    """One flight from the pad to the ground, with `steps` as FINE; writes its summary into `out` (SUMMARY,) and its
    knots into `knots` (m, 10) as far as there is room. Returns how many knots it has."""
    record = empty_record(out, knots)
    s, t, beta = boost(vehicle, steering, steps[0], record)
    note_burnout(s, t, out)
    if out[STATUS] == LANDED:
        fall(s, t, (beta, vehicle.betas[1]), vehicle.lift, steps[1], record)
    return record.count[0]


@njit(parallel=True)
def fly_many(vehicle, steering, out):
    """Many flights of one missile: with `vehicle.stages` (n, stages, 4) and `vehicle.betas` (n, 2), and arrays (n,) in
    `steering`; writes summaries into `out` (n, SUMMARY)."""
    for i in prange(out.shape[0]):
        each = Vehicle(vehicle.lat, vehicle.lon, vehicle.alt, vehicle.stages[i], vehicle.vertical_s, vehicle.betas[i],
                       vehicle.lift)
        fly(each, Steering(steering.effort[i], steering.east[i], steering.north[i]), FINE, np.empty((0, 10)), out[i])


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
