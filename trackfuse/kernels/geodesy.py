"""WGS-84 positions and local frames, for use inside other kernels (pymap3d is the reference in the tests)."""

import math

import numpy as np

from trackfuse.core.constants import ECC2, FLATTENING, SEMI_MAJOR_M
from trackfuse.kernels.jit import njit


@njit
def ecef_from_geodetic(lat, lon, alt):
    """(x, y, z) in m of geodetic latitude, longitude (rad) and ellipsoidal height (m)."""
    sin_lat = math.sin(lat)
    n = SEMI_MAJOR_M / math.sqrt(1.0 - ECC2 * sin_lat * sin_lat)
    horizontal = (n + alt) * math.cos(lat)
    return horizontal * math.cos(lon), horizontal * math.sin(lon), (n * (1.0 - ECC2) + alt) * sin_lat


@njit
def geodetic_from_ecef(x, y, z):
    """(lat, lon, alt) in rad, rad, m; Bowring's formula refined, below 1e-9 m for -10 km < alt < 40,000 km."""
    p = math.hypot(x, y)
    b = SEMI_MAJOR_M * (1.0 - FLATTENING)
    second_ecc2 = ECC2 / (1.0 - ECC2)
    u = math.atan2(z * SEMI_MAJOR_M, p * b)
    lat = 0.0
    for _ in range(3):
        su, cu = math.sin(u), math.cos(u)
        lat = math.atan2(z + second_ecc2 * b * su * su * su, p - ECC2 * SEMI_MAJOR_M * cu * cu * cu)
        u = math.atan2((1.0 - FLATTENING) * math.sin(lat), math.cos(lat))
    sl, cl = math.sin(lat), math.cos(lat)
    n = SEMI_MAJOR_M / math.sqrt(1.0 - ECC2 * sl * sl)
    alt = p * cl + z * sl - SEMI_MAJOR_M * SEMI_MAJOR_M / n
    return lat, math.atan2(y, x), alt


@njit
def altitude(x, y, z):
    """Ellipsoidal height (m) of an ECEF point; one Bowring step, below 1 mm for -10 km < alt < 10,000 km."""
    p = math.hypot(x, y)
    b = SEMI_MAJOR_M * (1.0 - FLATTENING)
    u = math.atan2(z * SEMI_MAJOR_M, p * b)
    su, cu = math.sin(u), math.cos(u)
    second_ecc2 = ECC2 / (1.0 - ECC2)
    lat = math.atan2(z + second_ecc2 * b * su * su * su, p - ECC2 * SEMI_MAJOR_M * cu * cu * cu)
    sl, cl = math.sin(lat), math.cos(lat)
    return p * cl + z * sl - SEMI_MAJOR_M * math.sqrt(1.0 - ECC2 * sl * sl)


@njit
def local(lat, lon, x, y, z):
    """(east, north, up) of an ECEF vector at geodetic latitude and longitude (rad)."""
    sl, cl, so, co = math.sin(lat), math.cos(lat), math.sin(lon), math.cos(lon)
    return -so * x + co * y, -sl * co * x - sl * so * y + cl * z, cl * co * x + cl * so * y + sl * z


@njit
def enu_from_ecef(lat, lon):
    """(3, 3) rotation whose rows are east, north and up at geodetic latitude and longitude (rad)."""
    sl, cl, so, co = math.sin(lat), math.cos(lat), math.sin(lon), math.cos(lon)
    m = np.empty((3, 3))
    m[0, 0], m[0, 1], m[0, 2] = -so, co, 0.0
    m[1, 0], m[1, 1], m[1, 2] = -sl * co, -sl * so, cl
    m[2, 0], m[2, 1], m[2, 2] = cl * co, cl * so, sl
    return m
