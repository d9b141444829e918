"""A detection as kernels take it, and what a sensor at its site measures of a point: range, azimuth and elevation, with
their gradients. Source: Bar-Shalom, Li & Kirubarajan (2001), chapter 10.
"""

import math

from trackfuse.kernels.angle import arc_tangent
from trackfuse.kernels.jit import njit


@njit
def look_at(x, y, z, plot):
    """(range m, azimuth, elevation rad) of a point from a plot's site, and the 9 numbers of their gradients by the
    point, ECEF.
    """
    dx, dy, dz = x - plot.site[0], y - plot.site[1], z - plot.site[2]
    e0, e1, e2 = plot.enu[0], plot.enu[1], plot.enu[2]
    n0, n1, n2 = plot.enu[3], plot.enu[4], plot.enu[5]
    u0, u1, u2 = plot.enu[6], plot.enu[7], plot.enu[8]
    e, n, u = e0 * dx + e1 * dy + e2 * dz, n0 * dx + n1 * dy + n2 * dz, u0 * dx + u1 * dy + u2 * dz
    flat2 = e * e + n * n
    r2 = flat2 + u * u
    flat, r = math.sqrt(flat2), math.sqrt(r2)
    ae, an = n / flat2, -e / flat2
    le, ln, lu = -e * u / (flat * r2), -n * u / (flat * r2), flat / r2
    rows = (dx / r, dy / r, dz / r, ae * e0 + an * n0, ae * e1 + an * n1, ae * e2 + an * n2,
            le * e0 + ln * n0 + lu * u0, le * e1 + ln * n1 + lu * u1, le * e2 + ln * n2 + lu * u2)
    return r, arc_tangent(e, n), arc_tangent(u, flat), rows


@njit
def has_rate(plot):
    """Whether a detection holds a range rate."""
    return plot.rate_sigma < math.inf


@njit
def wrapped(angle):
    """Difference of two azimuths in [-pi, pi] (rad), brought into [-pi, pi]."""
    if angle > math.pi:
        return angle - 2.0 * math.pi
    if angle < -math.pi:
        return angle + 2.0 * math.pi
    return angle
