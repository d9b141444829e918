"""Lines of sight of two sensors at different places: whether they cross, how near they pass, and the point that both
mean. A line of sight is a detection that holds two angles and no range. SI, ECEF, angles in rad.

Source: Bar-Shalom, Li & Kirubarajan (2001), 3.7, for the point: nonlinear least squares, here of four angles.
"""

import math

from trackfuse.kernels.jit import njit
from trackfuse.kernels.measurement import look_at, wrapped

CROSSING_RAD = math.radians(5.0)
"""Lines of sight cross if their directions differ by so much: below that the error along them is more than sixteen
times that across, some 15 km of satellites' 20 microradians.
"""
SINE2 = math.sin(CROSSING_RAD) ** 2
ITERATIONS = 20
SETTLED = 1e-16
"""Done with a step whose square, over its own variance, is below this."""


@njit
def sight_of(plot):
    """Unit vector, ECEF, from a detection's site along its line of sight."""
    flat = math.cos(plot.z[2])
    e, n, u = flat * math.sin(plot.z[1]), flat * math.cos(plot.z[1]), math.sin(plot.z[2])
    return (plot.enu[0] * e + plot.enu[3] * n + plot.enu[6] * u,
            plot.enu[1] * e + plot.enu[4] * n + plot.enu[7] * u,
            plot.enu[2] * e + plot.enu[5] * n + plot.enu[8] * u)


@njit
def normal(a, b):
    """Vector across two directions, and the square of the sine between them."""
    n = (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])
    return n, n[0] * n[0] + n[1] * n[1] + n[2] * n[2]


@njit
def crosses(a, b):
    """Whether two directions differ enough for lines of sight to fix a point; of one that is nan never."""
    return normal(a, b)[1] >= SINE2


@njit
def confirmed_by_lines(times, arrivals, sights, held, newest, window):
    """Receipt of the last of the lines of sight that make two fixes with the one numbered `newest`, the newest of them:
    two that cross it and another along it, measured within the window before it; inf if there are none.

    `times`, `arrivals` (n,), `sights` (n, 3): lines of sight that a node has, `held` of them, in any order.
    """
    along, across, second = math.inf, math.inf, math.inf
    sight = (sights[newest, 0], sights[newest, 1], sights[newest, 2])
    for m in range(held):
        if m == newest or not times[newest] - window <= times[m] <= times[newest]:
            continue
        at = arrivals[m]
        if not crosses((sights[m, 0], sights[m, 1], sights[m, 2]), sight):
            along = min(along, at)
        elif at < across:
            across, second = at, across
        else:
            second = min(second, at)
    return max(arrivals[newest], along, second)


@njit
def nearest_points(one, two):
    """Distances (m) along two lines of sight to where they pass nearest to each other, and the distance there."""
    a, b = sight_of(one), sight_of(two)
    d = (two.site[0] - one.site[0], two.site[1] - one.site[1], two.site[2] - one.site[2])
    n, sine2 = normal(a, b)
    cosine = a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
    da = d[0] * a[0] + d[1] * a[1] + d[2] * a[2]
    db = d[0] * b[0] + d[1] * b[1] + d[2] * b[2]
    miss = (d[0] * n[0] + d[1] * n[1] + d[2] * n[2]) / math.sqrt(sine2)
    return (da - cosine * db) / sine2, (cosine * da - db) / sine2, miss


@njit
def variance_across(plot, distance, n):
    """Variance (m^2) of a line of sight in the direction of the unit vector `n` across it, so far from its site."""
    u = sight_of(plot)
    x = (plot.site[0] + distance * u[0], plot.site[1] + distance * u[1], plot.site[2] + distance * u[2])
    _, _, _, g = look_at(x[0], x[1], x[2], plot)
    flat, total = distance * math.cos(plot.z[2]), 0.0
    for k in range(1, 3):
        scale = flat * flat if k == 1 else distance * distance
        off = scale * plot.sigma[k] * (g[3 * k] * n[0] + g[3 * k + 1] * n[1] + g[3 * k + 2] * n[2])
        total += off * off
    return total


@njit
def closest_approach(one, two, speed):
    """How far two lines of sight miss each other: (square of the distance over its variance, chi-square with one degree
    of freedom if both are of one target; that variance, m^2). The target moves between them by a normal velocity of
    standard deviation `speed` (m/s) an axis.
    """
    n, sine2 = normal(sight_of(one), sight_of(two))
    size = math.sqrt(sine2)
    n = (n[0] / size, n[1] / size, n[2] / size)
    first, second, miss = nearest_points(one, two)
    moved = speed * (two.t_s - one.t_s)
    variance = variance_across(one, first, n) + variance_across(two, second, n) + moved * moved
    return miss * miss / variance, variance


@njit
def solve3(a, b):
    """Solution x of a x = b, a symmetric and positive definite by its upper six numbers, and those of its inverse."""
    xx, xy, xz, yy, yz, zz = a
    c = (yy * zz - yz * yz, xz * yz - xy * zz, xy * yz - xz * yy, xx * zz - xz * xz, xy * xz - xx * yz,
         xx * yy - xy * xy)
    size = xx * c[0] + xy * c[1] + xz * c[2]
    v = (c[0] / size, c[1] / size, c[2] / size, c[3] / size, c[4] / size, c[5] / size)
    return (v[0] * b[0] + v[1] * b[1] + v[2] * b[2], v[1] * b[0] + v[3] * b[1] + v[4] * b[2],
            v[2] * b[0] + v[4] * b[1] + v[5] * b[2]), v


@njit
def fix(one, two):
    """The point that two lines of sight mean if both are of one instant: least squares of the four angles, weighted
    with their standard deviations. Returns (point; upper six numbers of its covariance, m^2; sum of squares, chi-square
    with one degree of freedom). Lines that cross behind a sensor, or do not cross, give nan.
    """
    first, second, _ = nearest_points(one, two)
    good = first > 0.0 and second > 0.0 and crosses(sight_of(one), sight_of(two))
    a, b = sight_of(one), sight_of(two)
    x = (0.5 * (one.site[0] + first * a[0] + two.site[0] + second * b[0]),
         0.5 * (one.site[1] + first * a[1] + two.site[1] + second * b[1]),
         0.5 * (one.site[2] + first * a[2] + two.site[2] + second * b[2]))
    v, cost = (math.nan, math.nan, math.nan, math.nan, math.nan, math.nan), math.nan
    if not good:
        return (math.nan, math.nan, math.nan), v, cost
    for _ in range(ITERATIONS):
        xx, xy, xz, yy, yz, zz, bx, by, bz, cost = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
        for side in range(2):
            plot = one if side == 0 else two
            _, azimuth, elevation, g = look_at(x[0], x[1], x[2], plot)
            for k in range(1, 3):
                left = wrapped(plot.z[1] - azimuth) if k == 1 else plot.z[2] - elevation
                weight = 1.0 / (plot.sigma[k] * plot.sigma[k])
                p, q, r = g[3 * k], g[3 * k + 1], g[3 * k + 2]
                xx, xy, xz = xx + weight * p * p, xy + weight * p * q, xz + weight * p * r
                yy, yz, zz = yy + weight * q * q, yz + weight * q * r, zz + weight * r * r
                bx, by, bz = bx + weight * left * p, by + weight * left * q, bz + weight * left * r
                cost += weight * left * left
        step, v = solve3((xx, xy, xz, yy, yz, zz), (bx, by, bz))
        x = (x[0] + step[0], x[1] + step[1], x[2] + step[2])
        if step[0] * bx + step[1] * by + step[2] * bz < SETTLED:
            break
    return x, v, cost
