"""WGS-84 positions and local frames, for use inside other kernels (pymap3d is the reference in the tests)."""

import math

import numpy as np

from trackfuse.core.constants import ECC2, FLATTENING, SEMI_MAJOR_M
from trackfuse.kernels.jit import njit

SEMI_MINOR_M = SEMI_MAJOR_M * (1.0 - FLATTENING)


@njit
def ecef_from_geodetic(lat, lon, alt):
    """(x, y, z) in m of geodetic latitude, longitude (rad) and ellipsoidal height (m)."""
    sin_lat = math.sin(lat)
    n = SEMI_MAJOR_M / math.sqrt(1.0 - ECC2 * sin_lat * sin_lat)
    horizontal = (n + alt) * math.cos(lat)
    return horizontal * math.cos(lon), horizontal * math.sin(lon), (n * (1.0 - ECC2) + alt) * sin_lat


@njit
def bowring(across, z, sin_u, cos_u):
    """(sine, cosine) of the geodetic latitude of a point `across` m from the axis, by Bowring's formula, from those of
    its reduced latitude. Roots alone: sines and arc tangents would take five times as long.
    """
    rise = z + ECC2 / (1.0 - ECC2) * SEMI_MINOR_M * sin_u * sin_u * sin_u
    run = across - ECC2 * SEMI_MAJOR_M * cos_u * cos_u * cos_u
    size = math.sqrt(rise * rise + run * run)
    return rise / size, run / size


@njit
def reduced(across, z):
    """(sine, cosine) of the reduced latitude of a point that is not far from the ellipsoid."""
    rise, run = z * SEMI_MAJOR_M, across * SEMI_MINOR_M
    size = math.sqrt(rise * rise + run * run)
    return rise / size, run / size


@njit
def upright(across, z):
    """(sine, cosine) of the geodetic latitude; Bowring's formula refined, below 1e-16 for -10 km < alt < 40,000 km."""
    sin_u, cos_u = reduced(across, z)
    sin_lat, cos_lat = bowring(across, z, sin_u, cos_u)
    for _ in range(2):
        rise = (1.0 - FLATTENING) * sin_lat
        size = math.sqrt(rise * rise + cos_lat * cos_lat)
        sin_lat, cos_lat = bowring(across, z, rise / size, cos_lat / size)
    return sin_lat, cos_lat


@njit
def geodetic_from_ecef(x, y, z):
    """(lat, lon, alt) in rad, rad, m; below 1e-9 m for -10 km < alt < 40,000 km."""
    p = math.sqrt(x * x + y * y)
    sl, cl = upright(p, z)
    alt = p * cl + z * sl - SEMI_MAJOR_M * math.sqrt(1.0 - ECC2 * sl * sl)
    return math.atan2(sl, cl), math.atan2(y, x), alt


@njit
def surface_below(x, y, z):
    """The point of the ellipsoid (ECEF, m) under another."""
    p = math.sqrt(x * x + y * y)
    sl, cl = upright(p, z)
    n = SEMI_MAJOR_M / math.sqrt(1.0 - ECC2 * sl * sl)
    scale = n * cl / p if p > 0.0 else 0.0
    return scale * x, scale * y, n * (1.0 - ECC2) * sl


@njit
def altitude(x, y, z):
    """Ellipsoidal height (m) of an ECEF point; one Bowring step, below 1 mm for -10 km < alt < 10,000 km."""
    p = math.sqrt(x * x + y * y)
    sin_u, cos_u = reduced(p, z)
    sl, cl = bowring(p, z, sin_u, cos_u)
    return p * cl + z * sl - SEMI_MAJOR_M * math.sqrt(1.0 - ECC2 * sl * sl)


@njit
def local(lat, lon, x, y, z):
    """(east, north, up) of an ECEF vector at geodetic latitude and longitude (rad)."""
    sl, cl, so, co = math.sin(lat), math.cos(lat), math.sin(lon), math.cos(lon)
    return -so * x + co * y, -sl * co * x - sl * so * y + cl * z, cl * co * x + cl * so * y + sl * z


@njit
def beside(place, lat, lon, east, north):
    """(lat, lon) in rad under what lies so far east and north (m) of an ECEF point, level at that latitude and
    longitude (rad).
    """
    (x, y, z), sl, cl, so, co = place, math.sin(lat), math.cos(lat), math.sin(lon), math.cos(lon)
    x, y = x - so * east - sl * co * north, y + co * east - sl * so * north
    there, over, _ = geodetic_from_ecef(x, y, z + cl * north)
    return there, over


@njit
def all_beside(lat, lon, east, north, out):
    """As `beside` for n points of the ellipsoid, (n,) each, into `out` (2, n)."""
    for k in range(lat.shape[0]):
        place = ecef_from_geodetic(lat[k], lon[k], 0.0)
        out[0, k], out[1, k] = beside(place, lat[k], lon[k], east[k], north[k])


@njit
def enu_from_ecef(lat, lon):
    """(3, 3) rotation whose rows are east, north and up at geodetic latitude and longitude (rad)."""
    sl, cl, so, co = math.sin(lat), math.cos(lat), math.sin(lon), math.cos(lon)
    m = np.empty((3, 3))
    m[0, 0], m[0, 1], m[0, 2] = -so, co, 0.0
    m[1, 0], m[1, 1], m[1, 2] = -sl * co, -sl * so, cl
    m[2, 0], m[2, 1], m[2, 2] = cl * co, cl * so, sl
    return m
