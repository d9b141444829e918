"""What one and two satellites can know of a place by their lines of sight: the bound from the looks' own accuracies."""

import math

import numpy as np
import pytest

from trackfuse.sensing import Infrared, Looks

from .conftest import infrared, standing

RADIUS = 6371.0088e3
GEO = 42164.1719e3
SEMI_MAJOR = 6378137.0


def satellite(lon_deg: float, radius_m: float = GEO) -> Infrared:
    """Over the equator, where the height above the ellipsoid is the distance from its axis less the equator's."""
    return infrared(f"at {lon_deg}", lon_deg=lon_deg, alt_m=radius_m - SEMI_MAJOR, los_sigma_urad=10.0, revisit_s=10.0)


def information(looks: Looks) -> np.ndarray:
    """Fisher information (3, 3) on the place in ECEF, 1/m^2, of one look each."""
    total = np.zeros((3, 3))
    for row in range(looks.t_s.size):
        distance, elevation = looks.range_m[row], looks.elevation_rad[row]
        sa, ca = math.sin(looks.azimuth_rad[row]), math.cos(looks.azimuth_rad[row])
        se, ce = math.sin(elevation), math.cos(elevation)
        turn = looks.enu_from_ecef[looks.sensor[row]]
        across = np.array([ca, -sa, 0.0]) @ turn / (distance * ce * looks.sigma[row, 0, 1])
        upward = np.array([-sa * se, -ca * se, ce]) @ turn / (distance * looks.sigma[row, 0, 2])
        total += np.outer(across, across) + np.outer(upward, upward)
    return total


def test_two_equal_lines_of_sight_crossing_at_sixty_degrees() -> None:
    """d s / (sqrt 2 sin b) along the bisector, d s / (sqrt 2 cos b) across, d s / sqrt 2 normal; 40,000 km, 10 urad."""
    half = math.radians(30.0)
    target = np.array([6.5e6, 0.0, 0.0])
    axis, side = 6.5e6 + 4e7 * math.cos(half), 4e7 * math.sin(half)
    lon, radius = math.degrees(math.atan2(side, axis)), math.hypot(axis, side)
    looks = standing(target).looks(satellite(lon, radius), satellite(-lon, radius))
    np.testing.assert_allclose(looks.range_m, 4e7, rtol=1e-12)
    spread = np.sqrt(np.diag(np.linalg.inv(information(looks))))
    np.testing.assert_allclose(spread, [565.685425, 326.598632, 282.842712], rtol=1e-7)


def over_korea() -> tuple[np.ndarray, np.ndarray]:
    """A plume at 39 N 125.8 E, 30 km above a sphere, and its local frame."""
    lat, lon = math.radians(39.0), math.radians(125.8)
    up = np.array([math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)])
    east = np.array([-math.sin(lon), math.cos(lon), 0.0])
    return (RADIUS + 30e3) * up, np.array([east, np.cross(up, east), up])


@pytest.mark.parametrize(("lons", "expected"), [
    ((75.0, 165.0), (426.128, 327.012, 317.951)),
    ((105.0, 145.0), (288.958, 533.059, 524.361)),
    ((120.0, 130.0), (269.258, 1921.897, 1908.175)),
])  # fmt: skip
def test_two_geostationary_satellites(lons: tuple[float, float], expected: tuple[float, float, float]) -> None:
    target, frame = over_korea()
    looks = standing(target).looks(*(satellite(lon) for lon in lons))
    covariance = frame @ np.linalg.inv(information(looks)) @ frame.T
    np.testing.assert_allclose(np.sqrt(np.diag(covariance)), expected, rtol=2e-6)


def test_one_satellite_with_a_guess_of_height_leaks_it_into_north() -> None:
    target, frame = over_korea()
    guess = np.outer(frame[2], frame[2]) / 5000.0**2
    covariance = frame @ np.linalg.inv(information(standing(target).looks(satellite(120.0))) + guess) @ frame.T
    np.testing.assert_allclose(np.sqrt(np.diag(covariance)), [897.3, 5066.1, 5000.0], rtol=1e-4)
