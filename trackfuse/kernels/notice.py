"""How likely it is that a predicted flight concerns a place: passes over it, or comes down near it.

Near a place the ground track is straight and what is not known about the flight is normal: `across` the track by its
own standard deviation there, `along` it by that of the impact point. The place is concerned if the flight passes
within the corridor before it comes down, or comes down within the impact distance. Distances in m on the ground, points
in ECEF on the ellipsoid.
"""

import math
from typing import NamedTuple

import numpy as np

from trackfuse.kernels.geodesy import local
from trackfuse.kernels.jit import njit

CUT = 5.0
"""Standard deviations beyond which nothing counts: 6e-7 of the probability."""
NODES, WEIGHTS = np.polynomial.legendre.leggauss(16)


class Places(NamedTuple):
    """P places: points on the ellipsoid (P, 3) in ECEF, and the radii (P,) of the discs that stand for them, m."""

    position_m: np.ndarray
    radius_m: np.ndarray


@njit
def tail(z):
    """Probability that a standard normal variable exceeds z."""
    return 0.5 * math.erfc(z * 0.7071067811865476)


@njit
def legs(ground, out):
    """What `nearest` needs of a ground track (M, 3), into out (M - 1, 10).

    Of each segment its beginning, its direction, its length, and the normal of the plane through the Earth's centre
    that holds it: left of the flight.
    """
    for m in range(ground.shape[0] - 1):
        ax, ay, az = ground[m, 0], ground[m, 1], ground[m, 2]
        bx, by, bz = ground[m + 1, 0], ground[m + 1, 1], ground[m + 1, 2]
        ex, ey, ez = bx - ax, by - ay, bz - az
        length = math.sqrt(ex * ex + ey * ey + ez * ez)
        nx, ny, nz = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
        size, scale = math.sqrt(nx * nx + ny * ny + nz * nz), max(length, 1e-9)
        out[m, 0], out[m, 1], out[m, 2] = ax, ay, az
        out[m, 3], out[m, 4], out[m, 5], out[m, 6] = ex / scale, ey / scale, ez / scale, length
        if size > 0.0:
            out[m, 7], out[m, 8], out[m, 9] = nx / size, ny / size, nz / size


@njit
def nearest(leg, x, y, z):
    """Where a place (ECEF) lies against a ground track, as `legs` gives it.

    Returns (signed distance across, left positive; length of track from there to the impact, negative beyond it;
    segment; share of the segment).
    """
    last = leg.shape[0] - 1
    best, across, rest, segment, share, left = math.inf, 0.0, 0.0, 0, 0.0, 0.0
    for m in range(last, -1, -1):
        length = leg[m, 6]
        if length < 1e-3:
            continue
        s = (x - leg[m, 0]) * leg[m, 3] + (y - leg[m, 1]) * leg[m, 4] + (z - leg[m, 2]) * leg[m, 5]
        side = leg[m, 7] * x + leg[m, 8] * y + leg[m, 9] * z
        beyond = s - length if s > length else (s if s < 0.0 else 0.0)
        square = side * side + beyond * beyond
        if square < best:
            best, segment = square, m
            share = min(max(s / length, 0.0), 1.0)
            if m == last and s > length:
                across, rest = side, -beyond
            else:
                across, rest = math.copysign(math.sqrt(square), side), left + length - min(max(s, 0.0), length)
        left += length
    return across, rest, segment, share


@njit
def impact_axes(ground, lat, lon, spread):
    """Standard deviations of the impact along and across the track's last leg, and their correlation."""
    last = ground.shape[0] - 1
    m = last - 1
    east = north = 0.0
    while m >= 0 and math.hypot(east, north) < 1.0:
        dx, dy, dz = ground[last, 0] - ground[m, 0], ground[last, 1] - ground[m, 1], ground[last, 2] - ground[m, 2]
        east, north, _ = local(lat, lon, dx, dy, dz)
        m -= 1
    size = max(math.hypot(east, north), 1e-9)
    e, n = east / size, north / size
    along = e * e * spread[0, 0] + 2.0 * e * n * spread[0, 1] + n * n * spread[1, 1]
    across = n * n * spread[0, 0] - 2.0 * e * n * spread[0, 1] + e * e * spread[1, 1]
    both = -e * n * spread[0, 0] + (e * e - n * n) * spread[0, 1] + e * n * spread[1, 1]
    along, across = math.sqrt(max(along, 1.0)), math.sqrt(max(across, 1.0))
    return along, across, min(max(both / (along * across), -0.999), 0.999)


@njit
def concern(across, rest, impact_sigma, sigma_across, corridor, impact):
    """Probability that the place is passed over within `corridor` or that the impact is within `impact` of it.

    `across`, `rest`: as `nearest` returns them; `impact_sigma`: as `impact_axes` does. Gauss-Legendre over the error
    across the track; what is left along it is a normal tail.
    """
    sigma_along, _, correlation = impact_sigma
    reach = max(corridor, impact)
    low, high = (across - reach) / sigma_across, (across + reach) / sigma_across
    if low > CUT or high < -CUT or -rest - impact > CUT * sigma_along:
        return 0.0
    spare = sigma_along * math.sqrt(1.0 - correlation * correlation)
    inner = min(corridor, impact)
    total = 0.0
    for piece in range(3):  # between the distances at which either condition begins to hold the integrand is smooth
        a = (-reach, -inner, inner)[piece]
        b = (-inner, inner, reach)[piece]
        first, final = max((across - b) / sigma_across, -CUT), min((across - a) / sigma_across, CUT)
        if final <= first:
            continue
        half = 0.5 * (final - first)
        for q in range(NODES.shape[0]):
            z = first + half * (1.0 + NODES[q])
            away = abs(across - sigma_across * z)
            chord = math.sqrt(max(impact * impact - away * away, 0.0))
            centre = correlation * sigma_along * z
            within = tail((-rest - chord - centre) / spare)
            if away > corridor:
                within -= tail((-rest + chord - centre) / spare)
            total += WEIGHTS[q] * half * math.exp(-0.5 * z * z) * within
    return min(max(total * 0.3989422804014327, 0.0), 1.0)


@njit
def probabilities(impacts, usable, places, distances, out, flown):
    """Write, where a prediction is usable (K,), the probability (K, P) that it concerns a place into `out`, and the
    share (K, P) of the flight left that it takes to be nearest to it into `flown`.

    `impacts`: kernels.impact.Impacts; `places`: Places; `distances`: corridor and impact distance, which grow by the
    places' radii.
    """
    corridor, impact = distances
    ground, sigma = impacts.ground_m, impacts.ground_sigma_m
    leg = np.empty((ground.shape[1] - 1, 10))
    for k in range(ground.shape[0]):
        if not usable[k]:
            continue
        legs(ground[k], leg)
        impact_sigma = impact_axes(ground[k], impacts.lat_rad[k], impacts.lon_rad[k], impacts.covariance[k])
        for p in range(places.radius_m.shape[0]):
            x, y, z = places.position_m[p]
            across, rest, m, share = nearest(leg, x, y, z)
            width = max(sigma[k, m] + share * (sigma[k, m + 1] - sigma[k, m]), 1.0)
            radius = places.radius_m[p]
            out[k, p] = concern(across, rest, impact_sigma, width, corridor + radius, impact + radius)
            flown[k, p] = (m + share) / (ground.shape[1] - 1)
