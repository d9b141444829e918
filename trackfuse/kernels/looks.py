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


class Sites(NamedTuple):
    """S sensors: records (see SENSOR), which are infrared, sites and axes at lift-off, tables of elevation limits."""

    sensors: np.ndarray
    infrared: np.ndarray
    site: np.ndarray
    enu: np.ndarray
    low: np.ndarray
    high: np.ndarray


class Seen(NamedTuple):
    """Looks, one a row: sensor and number of the look, instant, range, azimuth, elevation, rates (n, 4), SNR and
    detection probability (n, 2) in search and cued, standard deviations (n, 2, 4).
    """

    sensor: np.ndarray
    number: np.ndarray
    t_s: np.ndarray
    distance: np.ndarray
    azimuth: np.ndarray
    elevation: np.ndarray
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
def _radar_sees(sites, s, distance, sin_elevation, east, north, up):
    """Whether the target lies within the elevation limits along the ray, above the horizon, and in the sector."""
    p = sites.sensors
    across = math.sqrt(east * east + north * north)
    if east * p[s].sector_east + north * p[s].sector_north < p[s].sector_cos * across:
        return False
    r0 = p[s].earth_radius + p[s].height
    height = math.sqrt(r0 * r0 + distance * distance + 2.0 * r0 * up) - p[s].earth_radius
    if not _above(sites.low, s, p[s].low_base, sin_elevation, height):
        return False
    return not _above(sites.high, s, p[s].high_base, sin_elevation, height)


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
def _infrared_sees(p, site, s, target):
    """Whether a burning engine is above the cloud and the Earth does not hide it."""
    if p[s].probability <= MIN_PD or altitude(target[0], target[1], target[2]) < p[s].cloud:
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
def _moves(p, s):
    """Whether a sensor is a ship under way."""
    return p[s].north_mps != 0.0 or p[s].east_mps != 0.0


@njit
def frames(p, site, enu, sensor, t, site_then, enu_then):
    """Write where sensors stand at instants and their frames there: (m, 3) ECEF and (m, 3, 3)."""
    for row in range(sensor.size):
        s = np.int64(sensor[row])
        if _moves(p, s):
            sail(p[s].lat, p[s].lon, p[s].height, p[s].north_mps, p[s].east_mps, t[row], row,
                 site_then, enu_then)  # fmt: skip
        else:
            for i in range(3):
                site_then[row, i] = site[s, i]
                for j in range(3):
                    enu_then[row, i, j] = enu[s, i, j]


@njit
def _rates(p, enu, s, speed, gain, east, north, up, out, row):
    """Write the rates of range (m/s), azimuth and elevation (rad/s), and of the range rate (m/s^2)."""
    ve = enu[s, 0, 0] * speed[0] + enu[s, 0, 1] * speed[1]
    vn = enu[s, 1, 0] * speed[0] + enu[s, 1, 1] * speed[1] + enu[s, 1, 2] * speed[2]
    vu = enu[s, 2, 0] * speed[0] + enu[s, 2, 1] * speed[1] + enu[s, 2, 2] * speed[2]
    ae = enu[s, 0, 0] * gain[0] + enu[s, 0, 1] * gain[1]
    an = enu[s, 1, 0] * gain[0] + enu[s, 1, 1] * gain[1] + enu[s, 1, 2] * gain[2]
    au = enu[s, 2, 0] * gain[0] + enu[s, 2, 1] * gain[1] + enu[s, 2, 2] * gain[2]
    if _moves(p, s):
        ve -= p[s].east_mps
        vn -= p[s].north_mps
    across2 = max(east * east + north * north, 1e-6)
    across, distance2 = math.sqrt(across2), across2 + up * up
    distance = math.sqrt(distance2)
    closing = (east * ve + north * vn + up * vu) / distance
    out.rate[row, 0] = closing
    out.rate[row, 3] = (ve * ve + vn * vn + vu * vu - closing * closing + east * ae + north * an + up * au) / distance
    if _moves(p, s):
        # Its horizon and its north turn with a ship.
        radius = p[s].earth_radius + p[s].height
        tilt_east, tilt_north = -p[s].north_mps / radius, p[s].east_mps / radius
        turn = tilt_north * enu[s, 2, 2] / enu[s, 1, 2]
        ve += turn * north - tilt_north * up
        vn += tilt_east * up - turn * east
        vu += tilt_north * east - tilt_east * north
    outward = (east * ve + north * vn) / across
    out.rate[row, 1] = (north * ve - east * vn) / across2
    out.rate[row, 2] = (across * vu - up * outward) / distance2


@njit
def _settle(heap, coming):
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
def looks(body, sites, out):
    """Fill the rows of `out` (a Seen) with the looks that can possibly detect `body` (a Target), sorted by time and
    then sensor; return how many.

    Sensor s looks at first_look_s + k revisit_s for k = 0, 1, ... while the flight lasts. There is room for all looks.
    """
    t_s, position, velocity, phase = body.t_s, body.position, body.velocity, body.phase
    p, infrared, site, enu = sites.sensors, sites.infrared, sites.site, sites.enu
    if site.shape[0] == 0:
        return 0
    many = site.shape[0]
    coming, heap, index = np.empty(many), np.empty(many, np.int64), np.zeros(many, np.int64)
    for s in range(many):  # sorted by the first look, and by number
        coming[s], i = p[s].first_look_s, s
        while i > 0 and coming[heap[i - 1]] > coming[s]:
            heap[i] = heap[i - 1]
            i -= 1
        heap[i] = s
    target, speed, gain = np.empty(3), np.empty(3), np.empty(3)
    site, enu = site.copy(), enu.copy()
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
        _settle(heap, coming)
        while i < t_s.size - 2 and t_s[i + 1] <= t:
            i += 1
        if infrared[s] and phase[i] != BOOST:
            continue
        hermite(t, i, t_s, position, velocity, target, speed, gain)
        if _moves(p, s):
            sail(p[s].lat, p[s].lon, p[s].height, p[s].north_mps, p[s].east_mps, t, s, site, enu)
        dx, dy, dz = target[0] - site[s, 0], target[1] - site[s, 1], target[2] - site[s, 2]
        distance2 = dx * dx + dy * dy + dz * dz
        snr = 0.0
        if not infrared[s]:
            kind = phase[i]
            reflected = _reflected(body.rcs[kind], body.patterns[kind], dx, dy, dz, math.sqrt(distance2), speed)
            snr = p[s].anchor * reflected / (distance2 * distance2)
            if snr < p[s].least_snr:
                continue
        apart = math.sqrt(distance2)
        east = enu[s, 0, 0] * dx + enu[s, 0, 1] * dy
        north = enu[s, 1, 0] * dx + enu[s, 1, 1] * dy + enu[s, 1, 2] * dz
        up = enu[s, 2, 0] * dx + enu[s, 2, 1] * dy + enu[s, 2, 2] * dz
        sin_elevation = up / apart
        if infrared[s]:
            if not _infrared_sees(p, site, s, target):
                continue
            _infrared_look(p, s, sin_elevation, out, row)
        else:
            if not _radar_sees(sites, s, apart, sin_elevation, east, north, up):
                continue
            _radar_look(p, s, snr, sin_elevation, out, row)
        out.sensor[row], out.number[row], out.t_s[row] = s, k, t
        out.distance[row] = apart
        out.azimuth[row] = math.atan2(east, north) % (2.0 * math.pi)
        out.elevation[row] = math.asin(min(1.0, max(-1.0, sin_elevation)))
        _rates(p, enu, s, speed, gain, east, north, up, out, row)
        row += 1
