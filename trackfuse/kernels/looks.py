"""Every look of every sensor at one flight, in order of time: geometry, SNR, detection probability, accuracy.

SI and radians. Sensors come as records (see SENSOR).
"""

import math
from typing import NamedTuple

import numpy as np

from trackfuse.core.constants import FLATTENING, SEMI_MAJOR_M
from trackfuse.kernels.detection import detection
from trackfuse.kernels.geodesy import altitude
from trackfuse.kernels.jit import njit
from trackfuse.kernels.refraction import limit_at
from trackfuse.kernels.sailing import sail


class Target(NamedTuple):
    """A flight at k instants, ECEF, and its radar cross-section by phase: means (3,) and patterns (3, ...)."""

    t_s: np.ndarray
    position: np.ndarray
    velocity: np.ndarray
    phase: np.ndarray
    rcs: np.ndarray
    patterns: np.ndarray


class SensorArrays(NamedTuple):
    """S sensors, one row each.

    `parameters` (S,) SENSOR records, `site_m` (S, 3) ECEF at lift-off, `enu_from_ecef` (S, 3, 3), `is_infrared` (S,)
    bool, and the sine of the lowest and highest true elevation by height of the target, `low` and `high` (S, heights).
    """

    parameters: np.ndarray
    site_m: np.ndarray
    enu_from_ecef: np.ndarray
    is_infrared: np.ndarray
    low: np.ndarray
    high: np.ndarray


class LookRows(NamedTuple):
    """Looks, one a row: the arrays of that name of `sensing.Looks`."""

    sensor: np.ndarray
    number: np.ndarray
    t_s: np.ndarray
    range_m: np.ndarray
    azimuth_rad: np.ndarray
    elevation_rad: np.ndarray
    rate: np.ndarray
    snr_db: np.ndarray
    pd: np.ndarray
    sigma: np.ndarray


MIN_PD = 1e-6
BOOST = 0
AZIMUTH_LIMIT = math.pi / math.sqrt(3.0)
"""Standard deviation of an azimuth of which nothing is known: near the zenith no error is larger."""
BARTON = 1.6
"""Slope of a monopulse or conical scan: the angle error is beamwidth / (1.6 sqrt(2 SNR)), Barton 1964, Skolnik 2001."""
STILL_MPS = 0.1
"""Below this speed a body has no direction of flight: every look has the mean over all aspects."""
UNIFORM2 = 1.0 / 12.0
"""Variance over square of the width of what is known only to lie in one range cell or beam: no detection is worse."""


@njit
def hermite(t, i, t_s, position, velocity, place, speed, gain):
    """Write position, velocity and acceleration (SI) at t, between two instants of a flight: cubic Hermite curve."""
    step = t_s[i + 1] - t_s[i]
    u = (t - t_s[i]) / step
    for k in range(3):
        rise = position[i + 1, k] - position[i, k]
        m0, m1 = velocity[i, k] * step, velocity[i + 1, k] * step
        square, cube = 3.0 * rise - 2.0 * m0 - m1, m0 + m1 - 2.0 * rise
        place[k] = position[i, k] + u * (m0 + u * (square + u * cube))
        speed[k] = (m0 + u * (2.0 * square + u * 3.0 * cube)) / step
        gain[k] = (2.0 * square + u * 6.0 * cube) / (step * step)


@njit
def aspect_gain_db(pattern, aspect):
    """Cross-section of a body by the angle from its nose to the line of sight (rad), dB.

    pattern (4,): value nose-on, at the flash of the side, tail-on (dB), and angle of the flash (rad); between them it
    goes with sin^4, level at all three.
    """
    flash = pattern[3]
    if aspect <= flash:
        end, share = pattern[0], aspect / flash
    else:
        end, share = pattern[2], (math.pi - aspect) / (math.pi - flash)
    weight = math.sin(0.5 * math.pi * share) ** 4
    return end + (pattern[1] - end) * weight


@njit
def _reflected(rcs, pattern, dx, dy, dz, distance, speed):
    """Cross-section (m^2) of a body that flies nose first, seen along (dx, dy, dz), which points from the radar."""
    if pattern[0] == 0.0 and pattern[1] == 0.0 and pattern[2] == 0.0:
        return rcs
    fast = math.sqrt(speed[0] * speed[0] + speed[1] * speed[1] + speed[2] * speed[2])
    if fast < STILL_MPS:
        return rcs
    cosine = -(dx * speed[0] + dy * speed[1] + dz * speed[2]) / (distance * fast)
    return rcs * 10.0 ** (0.1 * aspect_gain_db(pattern, math.acos(min(1.0, max(-1.0, cosine)))))


@njit
def blocked(ax, ay, az, bx, by, bz):
    """Whether the ellipsoid lies between two points outside it."""
    az, bz = az / (1.0 - FLATTENING), bz / (1.0 - FLATTENING)
    dx, dy, dz = bx - ax, by - ay, bz - az
    along = -(ax * dx + ay * dy + az * dz) / (dx * dx + dy * dy + dz * dz)
    if along <= 0.0 or along >= 1.0:
        return False
    cx, cy, cz = ax + along * dx, ay + along * dy, az + along * dz
    return cx * cx + cy * cy + cz * cz < SEMI_MAJOR_M * SEMI_MAJOR_M


@njit
def _above(table, s, base, sin_elevation, height):
    """Whether a direction lies above the ray whose true elevation by height a table gives; it sinks with height.

    Most directions are above or below the ray at all heights.
    """
    if sin_elevation >= table[s, 0]:
        return True
    if sin_elevation < table[s, table.shape[1] - 1]:
        return False
    return height >= base and sin_elevation >= limit_at(table[s], height - base)


@njit
def _radar_sees(sensors, s, distance, sin_elevation, offset):
    """Whether the target lies within the elevation limits along the ray, above the horizon, and in the sector."""
    radar = sensors.parameters[s]
    east, north, up = offset
    across = math.sqrt(east * east + north * north)
    if east * radar.sector_east + north * radar.sector_north < radar.sector_cos * across:
        return False
    r0 = radar.earth_radius + radar.height
    height = math.sqrt(r0 * r0 + distance * distance + 2.0 * r0 * up) - radar.earth_radius
    if not _above(sensors.low, s, radar.low_base, sin_elevation, height):
        return False
    return not _above(sensors.high, s, radar.high_base, sin_elevation, height)


@njit
def _accuracy(p, s, snr, cos_elevation, sigma, row, c):
    """Write the standard deviations of range (m), azimuth, elevation (rad) and range rate (m/s) of a radar look."""
    noise = 1.0 / (2.0 * snr)
    range_share = min(noise, UNIFORM2)
    angle_share = min(noise / (BARTON * BARTON), UNIFORM2)
    sigma[row, c, 0] = math.sqrt(p[s].range_cell ** 2 * range_share + p[s].range_floor ** 2)
    sigma[row, c, 2] = math.sqrt(p[s].beam ** 2 * angle_share + p[s].angle_floor ** 2)
    sigma[row, c, 1] = min(sigma[row, c, 2] / max(cos_elevation, 1e-9), AZIMUTH_LIMIT)
    if p[s].rate_cell > 0.0:
        sigma[row, c, 3] = math.sqrt(p[s].rate_cell ** 2 * range_share + p[s].rate_floor ** 2)
    else:
        sigma[row, c, 3] = math.inf


@njit
def accuracies(p, snr, cos_elevation, sigma):
    """Write the standard deviations (m, 1, 4) of looks of one radar, the first row of `p`, at given SNR (linear)."""
    for row in range(snr.size):
        _accuracy(p, 0, snr[row], cos_elevation[row], sigma, row, 0)


@njit
def _infrared_sees(sensors, s, target):
    """Whether a burning engine is above the cloud and the Earth does not hide it."""
    infrared, site = sensors.parameters[s], sensors.site_m
    if infrared.probability <= MIN_PD or altitude(target[0], target[1], target[2]) < infrared.cloud:
        return False
    return not blocked(site[s, 0], site[s, 1], site[s, 2], target[0], target[1], target[2])


@njit
def _infrared_look(p, s, sin_elevation, out, row):
    cos_elevation = math.sqrt(max(1.0 - sin_elevation * sin_elevation, 1e-18))
    for c in range(2):
        out.pd[row, c] = p[s].probability
        out.snr_db[row, c] = math.nan
        out.sigma[row, c, 0] = math.inf
        out.sigma[row, c, 1] = min(p[s].sight_sigma / cos_elevation, AZIMUTH_LIMIT)
        out.sigma[row, c, 2] = p[s].sight_sigma
        out.sigma[row, c, 3] = math.inf


@njit
def _radar_look(p, s, snr, sin_elevation, out, row):
    cos_elevation = math.sqrt(max(1.0 - sin_elevation * sin_elevation, 0.0))
    kind = p[s].swerling
    for c in range(2):
        level = snr if c == 1 else snr * p[s].search
        out.pd[row, c] = detection(level, p[s].threshold, kind)
        out.snr_db[row, c] = 10.0 * math.log10(level)
        _accuracy(p, s, level, cos_elevation, out.sigma, row, c)
    # Rounding near 1 must not make a cue a disadvantage.
    out.pd[row, 1] = max(out.pd[row, 1], out.pd[row, 0])


@njit
def _moves(sensor):
    """Whether a sensor is a ship under way."""
    return sensor.north_mps != 0.0 or sensor.east_mps != 0.0


@njit
def frames(sensors, sensor, t, site_then, enu_then):
    """Write where sensors stand at instants and their frames there: (m, 3) ECEF and (m, 3, 3)."""
    for row in range(sensor.size):
        s = np.int64(sensor[row])
        if _moves(sensors.parameters[s]):
            sail(sensors.parameters[s], t[row], row, site_then, enu_then)
        else:
            for i in range(3):
                site_then[row, i] = sensors.site_m[s, i]
                for j in range(3):
                    enu_then[row, i, j] = sensors.enu_from_ecef[s, i, j]


@njit
def _local(enu, s, x, y, z):
    """(east, north, up) of an ECEF vector in the frame of a sensor."""
    return (enu[s, 0, 0] * x + enu[s, 0, 1] * y, enu[s, 1, 0] * x + enu[s, 1, 1] * y + enu[s, 1, 2] * z,
            enu[s, 2, 0] * x + enu[s, 2, 1] * y + enu[s, 2, 2] * z)


@njit
def _rates(sensors, s, speed, gain, offset, rate):
    """Write the rates of range (m/s), azimuth and elevation (rad/s), and of the range rate (m/s^2), into `rate`
    (4,)."""
    sensor, enu = sensors.parameters[s], sensors.enu_from_ecef
    east, north, up = offset
    ve, vn, vu = _local(enu, s, speed[0], speed[1], speed[2])
    ae, an, au = _local(enu, s, gain[0], gain[1], gain[2])
    if _moves(sensor):
        ve -= sensor.east_mps
        vn -= sensor.north_mps
    across2 = max(east * east + north * north, 1e-6)
    across, distance2 = math.sqrt(across2), across2 + up * up
    distance = math.sqrt(distance2)
    closing = (east * ve + north * vn + up * vu) / distance
    rate[0] = closing
    rate[3] = (ve * ve + vn * vn + vu * vu - closing * closing + east * ae + north * an + up * au) / distance
    if _moves(sensor):
        # Its horizon and its north turn with a ship.
        radius = sensor.earth_radius + sensor.height
        tilt_east, tilt_north = -sensor.north_mps / radius, sensor.east_mps / radius
        turn = tilt_north * enu[s, 2, 2] / enu[s, 1, 2]
        ve += turn * north - tilt_north * up
        vn += tilt_east * up - turn * east
        vu += tilt_north * east - tilt_east * north
    outward = (east * ve + north * vn) / across
    rate[1] = (north * ve - east * vn) / across2
    rate[2] = (across * vu - up * outward) / distance2


@njit
def _sift_down(heap, coming):
    """Let the sensor at the top of the heap sink to its place; the top is the next to look, lowest number first."""
    size = heap.size
    s = heap[0]
    t = coming[s]
    i = 0
    while True:
        child = 2 * i + 1
        if child >= size:
            break
        c = heap[child]
        if child + 1 < size:
            other = heap[child + 1]
            if coming[other] < coming[c] or (coming[other] == coming[c] and other < c):
                child, c = child + 1, other
        if t < coming[c] or (t == coming[c] and s < c):
            break
        heap[i] = c
        i = child
    heap[i] = s


@njit
def _place(distance, offset, out, row):
    """Write range (m), azimuth and elevation (rad) of a point at a distance whose (east, north, up) is given."""
    out.range_m[row] = distance
    out.azimuth_rad[row] = math.atan2(offset[0], offset[1]) % (2.0 * math.pi)
    out.elevation_rad[row] = math.asin(min(1.0, max(-1.0, offset[2] / distance)))


class Sights(NamedTuple):
    """What a site sees at n instants: the arrays of that name of `sensing.Sight`; phase and hidden as numbers."""

    range_m: np.ndarray
    azimuth_rad: np.ndarray
    elevation_rad: np.ndarray
    rate: np.ndarray
    height_m: np.ndarray
    position_m: np.ndarray
    velocity_mps: np.ndarray
    phase: np.ndarray
    hidden: np.ndarray


@njit
def sights(body, sensors, t, out):
    """Fill the rows of `out` (Sights) with what the first of some sensors, which stands still, would see of `body` (a
    Target) at instants of its flight, in order of time.
    """
    site, gain, i = sensors.site_m[0], np.empty(3), 0
    for row in range(t.size):
        while i < body.t_s.size - 2 and body.t_s[i + 1] <= t[row]:
            i += 1
        target, speed = out.position_m[row], out.velocity_mps[row]
        hermite(t[row], i, body.t_s, body.position, body.velocity, target, speed, gain)
        dx, dy, dz = target[0] - site[0], target[1] - site[1], target[2] - site[2]
        offset = _local(sensors.enu_from_ecef, 0, dx, dy, dz)
        _place(math.sqrt(dx * dx + dy * dy + dz * dz), offset, out, row)
        _rates(sensors, 0, speed, gain, offset, out.rate[row])
        out.height_m[row] = altitude(target[0], target[1], target[2])
        out.phase[row] = body.phase[i]
        out.hidden[row] = 1.0 if blocked(site[0], site[1], site[2], target[0], target[1], target[2]) else 0.0


@njit
def looks(body, sensors, out):
    """Fill the rows of `out` (LookRows) with the looks that can possibly detect `body` (a Target), sorted by time and
    then sensor; return how many.

    Sensor s looks at first_look_s + k revisit_s for k = 0, 1, ... while the flight lasts. There is room for all looks.
    """
    t_s, p, infrared = body.t_s, sensors.parameters, sensors.is_infrared
    count = infrared.shape[0]
    if count == 0:
        return 0
    coming, heap, index = np.empty(count), np.empty(count, np.int64), np.zeros(count, np.int64)
    for s in range(count):  # sorted by the first look, and by number
        coming[s], i = p[s].first_look_s, s
        while i > 0 and coming[heap[i - 1]] > coming[s]:
            heap[i] = heap[i - 1]
            i -= 1
        heap[i] = s
    target, speed, gain = np.empty(3), np.empty(3), np.empty(3)
    site, enu = sensors.site_m.copy(), sensors.enu_from_ecef.copy()
    now = SensorArrays(p, site, enu, infrared, sensors.low, sensors.high)
    last = t_s[t_s.size - 1]
    i = 0
    row = 0
    while True:
        s = heap[0]
        t, k = coming[s], index[s]
        if t > last:
            return row
        index[s] = k + 1
        coming[s] = p[s].first_look_s + (k + 1) * p[s].revisit_s
        _sift_down(heap, coming)
        while i < t_s.size - 2 and t_s[i + 1] <= t:
            i += 1
        kind = body.phase[i]
        if infrared[s] and kind != BOOST:
            continue
        hermite(t, i, t_s, body.position, body.velocity, target, speed, gain)
        if _moves(p[s]):
            sail(p[s], t, s, site, enu)
        dx, dy, dz = target[0] - site[s, 0], target[1] - site[s, 1], target[2] - site[s, 2]
        distance2 = dx * dx + dy * dy + dz * dz
        distance = math.sqrt(distance2)
        snr = 0.0
        if not infrared[s]:
            reflected = _reflected(body.rcs[kind], body.patterns[kind], dx, dy, dz, distance, speed)
            snr = p[s].anchor * reflected / (distance2 * distance2)
            if snr < p[s].least_snr:
                continue
        offset = _local(enu, s, dx, dy, dz)
        sin_elevation = offset[2] / distance
        if infrared[s]:
            if not _infrared_sees(now, s, target):
                continue
            _infrared_look(p, s, sin_elevation, out, row)
        else:
            if not _radar_sees(now, s, distance, sin_elevation, offset):
                continue
            _radar_look(p, s, snr, sin_elevation, out, row)
        out.sensor[row], out.number[row], out.t_s[row] = s, k, t
        _place(distance, offset, out, row)
        _rates(now, s, speed, gain, offset, out.rate[row])
        row += 1
