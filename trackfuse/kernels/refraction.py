"""Rays through the exponential atmosphere N = 313 exp(-0.143859 h/km) over a sphere, by Bouguer's law.

Angles in rad, lengths in m, heights above the sphere; n r cos(elevation) is constant along a ray. A ray leaves the site
at its apparent elevation; what it meets at a height lies at another, the true elevation (Bean and Dutton 1966, Radio
Meteorology, chapters 1 and 3). Above 100 km rays are straight.
"""

import math

import numpy as np

from trackfuse.kernels.jit import njit

SURFACE_REFRACTIVITY = 313e-6
DECAY_PER_M = 0.143859e-3
TOP_M = 100e3

_PANEL_M = 4000.0
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(6)
_BEND_M = 220.0
_REACH = 0.98


@njit
def _bouguer(radius, site_height, apparent, height):
    """(n r, n r - n0 r0 cos(apparent)) at a height, the difference without cancellation."""
    at_site = SURFACE_REFRACTIVITY * math.exp(-DECAY_PER_M * site_height)
    change = at_site * math.expm1(-DECAY_PER_M * (height - site_height))
    r0 = radius + site_height
    half = math.sin(0.5 * apparent)
    n = 1.0 + at_site + change
    excess = change * (radius + height) + (1.0 + at_site) * (height - site_height + 2.0 * r0 * half * half)
    return n * (radius + height), excess


@njit
def horizon_dip(radius, site_height):
    """How far below the horizontal the ray leaves that grazes the sphere, rad; 0 for a site at or below its surface."""
    if site_height <= 0.0:
        return 0.0
    at_site = SURFACE_REFRACTIVITY * math.exp(-DECAY_PER_M * site_height)
    drop = (1.0 + at_site) * site_height + at_site * math.expm1(DECAY_PER_M * site_height) * -radius
    return 2.0 * math.asin(math.sqrt(max(drop, 0.0) / (2.0 * (1.0 + at_site) * (radius + site_height))))


@njit
def lowest_height(radius, site_height, apparent):
    """Height where the ray is level: the site's for a ray that leaves upward, else that of the turning point."""
    if apparent >= 0.0:
        return site_height
    low = min(0.0, site_height) - 1000.0
    high = site_height
    for _ in range(60):
        middle = 0.5 * (low + high)
        if _bouguer(radius, site_height, apparent, middle)[1] < 0.0:
            low = middle
        else:
            high = middle
    return high


@njit
def _leg(radius, site_height, apparent, origin, low, high):
    """(geocentric angle, optical path) from one height up to another below TOP_M.

    With r = origin + x^2 the square root at (or near) the turning point at `origin` leaves the integrand.
    """
    angle = 0.0
    path = 0.0
    constant = _bouguer(radius, site_height, apparent, site_height)[0] * math.cos(apparent)
    panels = max(1, math.ceil((high - low) / _PANEL_M))
    x_low = math.sqrt(max(low - origin, 0.0))
    x_step = (math.sqrt(high - origin) - x_low) / panels
    for k in range(panels):
        for i in range(6):
            x = x_low + x_step * (k + 0.5 + 0.5 * _NODES[i])
            height = origin + x * x
            nr, excess = _bouguer(radius, site_height, apparent, height)
            root = math.sqrt(max(excess, 1e-12) * (nr + constant))
            slope = 2.0 * x * 0.5 * x_step * _WEIGHTS[i] / root
            angle += slope * constant / (radius + height)
            path += slope * nr * nr / (radius + height)
    return angle, path


@njit
def trace(radius, site_height, apparent, heights, angle, path):
    """Follow one ray upward: write the geocentric angle from the site (rad) and the optical path (m) at each height.

    `heights` ascend from `lowest_height` or above it. A ray that leaves downward is written on its rising branch.
    """
    base = lowest_height(radius, site_height, apparent)
    r0 = radius + site_height
    if apparent < 0.0:
        origin = base
        so_far, optical = _leg(radius, site_height, apparent, origin, base, site_height)
    else:
        at_site = SURFACE_REFRACTIVITY * math.exp(-DECAY_PER_M * site_height)
        bend = 1.0 - r0 * DECAY_PER_M * at_site / (1.0 + at_site)
        origin = site_height - r0 * math.sin(apparent) ** 2 / (2.0 * bend)
        so_far, optical = 0.0, 0.0
    constant = _bouguer(radius, site_height, apparent, site_height)[0] * math.cos(apparent)
    reached = base
    for k in range(heights.size):
        target = min(max(heights[k], base), TOP_M)
        if target > reached:
            leg_angle, leg_path = _leg(radius, site_height, apparent, origin, reached, target)
            so_far += leg_angle
            optical += leg_path
            reached = target
        angle[k], path[k] = so_far, optical
        if heights[k] > TOP_M:
            top, r = radius + TOP_M, radius + heights[k]
            angle[k] += math.acos(constant / r) - math.acos(constant / top)
            path[k] += math.sqrt(r * r - constant * constant) - math.sqrt(top * top - constant * constant)


@njit
def position_of(radius, site_height, angle, height):
    """(range, sine of true elevation) from the site of the point at a geocentric angle and height."""
    r = radius + height
    half = math.sin(0.5 * angle)
    up = height - site_height - 2.0 * r * half * half
    across = r * math.sin(angle)
    distance = math.hypot(across, up)
    return distance, up / distance if distance > 0.0 else 0.0


@njit
def fraction_of(climb):
    """Place of a height above the lowest one in a table of limits, 0 to 1; even in it, rays are smooth."""
    x = math.sqrt(max(climb, 0.0))
    return min(1.0, x / (x + _BEND_M) / _REACH)


@njit
def _climb(i, count):
    """Height over the lowest one of entry i of a table."""
    share = _REACH * i / (count - 1)
    return (_BEND_M * share / (1.0 - share)) ** 2


@njit
def _between(climb, count):
    """(entry below, share of the way to the next) of a height in a table."""
    place = fraction_of(climb) * (count - 1)
    i = min(int(place), count - 2)
    return i, place - i


@njit
def _along_row(row, j, rest):
    """Value of a row of a table between entries j and j + 1."""
    return row[j] + rest * (row[j + 1] - row[j])


@njit
def limit_table(radius, site_height, apparent, table):
    """Write the sine of true elevation where a ray meets heights evenly spaced in `fraction_of`; return the lowest."""
    base = lowest_height(radius, site_height, apparent)
    count = table.size
    heights = np.empty(count)
    for i in range(count):
        heights[i] = base + _climb(i, count)
    angle, path = np.empty(count), np.empty(count)
    trace(radius, site_height, apparent, heights, angle, path)
    for i in range(count):
        table[i] = position_of(radius, site_height, angle[i], heights[i])[1]
    if apparent >= 0.0:
        table[0] = math.sin(apparent)
    return base


@njit
def limit_at(table, climb):
    """Sine of the limiting true elevation at a height above the table's lowest one."""
    i, rest = _between(climb, table.size)
    return _along_row(table, i, rest)


@njit
def bias_table(radius, site_height, lowest, apparent, elevation_bias, range_bias):
    """Write apparent elevations from `lowest` to the zenith and both biases (rad, m) of each by height over the site.

    Elevations crowd at the low end, heights are evenly spaced in `fraction_of`.
    """
    rays, count = elevation_bias.shape
    heights = np.empty(count)
    for j in range(count):
        heights[j] = site_height + _climb(j, count)
    angle, path = np.empty(count), np.empty(count)
    for i in range(rays):
        apparent[i] = lowest + (0.5 * math.pi - lowest) * (i / (rays - 1)) ** 3
        trace(radius, site_height, apparent[i], heights, angle, path)
        for j in range(count):
            distance, sine = position_of(radius, site_height, angle[j], heights[j])
            if distance == 0.0:
                sine = math.sin(apparent[i])
            elevation_bias[i, j] = apparent[i] - math.asin(max(-1.0, min(1.0, sine)))
            range_bias[i, j] = path[j] - distance


@njit
def bias_at(elevation, climb, apparent, elevation_bias, range_bias):
    """(elevation bias, range bias) of a target at a true elevation and a height over the site, from `bias_table`."""
    j, rest = _between(climb, elevation_bias.shape[1])
    low, high = 0, apparent.size - 1
    while high - low > 1:
        middle = (low + high) // 2
        if apparent[middle] - _along_row(elevation_bias[middle], j, rest) <= elevation:
            low = middle
        else:
            high = middle
    bias_low, bias_high = _along_row(elevation_bias[low], j, rest), _along_row(elevation_bias[high], j, rest)
    path_low, path_high = _along_row(range_bias[low], j, rest), _along_row(range_bias[high], j, rest)
    true_low, true_high = apparent[low] - bias_low, apparent[high] - bias_high
    share = min(1.0, max(0.0, (elevation - true_low) / (true_high - true_low)))
    return bias_low + share * (bias_high - bias_low), path_low + share * (path_high - path_low)


@njit
def biases(elevation, distance, radius, site_height, apparent, elevation_bias, range_bias, out):
    """Write both biases of targets at true elevations (rad) and distances (m) into `out` (m, 2)."""
    r0 = radius + site_height
    for k in range(elevation.size):
        across = distance[k] * distance[k] + 2.0 * r0 * distance[k] * math.sin(elevation[k])
        climb = across / (math.sqrt(r0 * r0 + across) + r0)
        out[k, 0], out[k, 1] = bias_at(elevation[k], climb, apparent, elevation_bias, range_bias)
