"""Where a ship is that keeps its course: a rhumb line on the ellipsoid."""

import math

from trackfuse.core.constants import ECC2, SEMI_MAJOR_M
from trackfuse.kernels.geodesy import ecef_from_geodetic, enu_from_ecef
from trackfuse.kernels.jit import njit


@njit
def _across(lat):
    """Radius of the parallel, m."""
    sin_lat = math.sin(lat)
    return SEMI_MAJOR_M * math.cos(lat) / math.sqrt(1.0 - ECC2 * sin_lat * sin_lat)


@njit
def _along(lat):
    """Radius of curvature of the meridian, m."""
    sin_lat = math.sin(lat)
    return SEMI_MAJOR_M * (1.0 - ECC2) / (1.0 - ECC2 * sin_lat * sin_lat) ** 1.5


@njit
def rhumb(lat, lon, north, east):
    """(lat, lon) in rad after sailing so many metres north and east on one course, within 1 m after 150 km.

    Latitude by the midpoint rule, longitude by Simpson's; up to 80 degrees of latitude.
    """
    middle = lat + 0.5 * north / _along(lat)
    end = lat + north / _along(middle)
    middle = 0.5 * (lat + end)
    mean = (1.0 / _across(lat) + 4.0 / _across(middle) + 1.0 / _across(end)) / 6.0
    return end, lon + east * mean


@njit
def sail(ship, t, row, site, enu):
    """Write the ECEF position (m, 3) and frame (m, 3, 3) of a ship (a SENSOR record) into a row, at t (s)."""
    lat, lon = rhumb(ship.lat, ship.lon, ship.north_mps * t, ship.east_mps * t)
    site[row, 0], site[row, 1], site[row, 2] = ecef_from_geodetic(lat, lon, ship.height)
    frame = enu_from_ecef(lat, lon)
    for i in range(3):  # an assignment of the whole would compile for two seconds
        for j in range(3):
            enu[row, i, j] = frame[i, j]
