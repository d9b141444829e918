"""Points on the tangent plane against pymap3d."""

import numpy as np
import pymap3d
import pytest

from trackfuse.core.constants import MEAN_RADIUS_M
from trackfuse.earth import beside_rad
from trackfuse.kernels.burn import launched_from

SHIFTS_M = np.random.default_rng(5).normal(0.0, 3e4, (2, 200))


def test_points_beside_others_are_pymap3ds() -> None:
    rng = np.random.default_rng(4)
    lat, lon = rng.uniform(-1.56, 1.56, 200), rng.uniform(-np.pi, np.pi, 200)
    there = beside_rad(lat, lon, *SHIFTS_M)
    expected = pymap3d.enu2geodetic(*SHIFTS_M, 0.0, lat, lon, 0.0, deg=False)[:2]
    for mine, theirs in zip(pymap3d.geodetic2ecef(*there, 0.0, deg=False),
                            pymap3d.geodetic2ecef(*expected, 0.0, deg=False), strict=True):  # fmt: skip
        assert mine == pytest.approx(theirs, abs=1e-6)  # m; longitudes of a meridian may differ by a turn


def test_what_is_nowhere_leads_nowhere() -> None:
    assert np.isnan(beside_rad(np.array([np.nan]), np.array([1.0]), np.zeros(1), np.zeros(1))).all()


def test_launches_are_traced_back_along_great_circles() -> None:
    """Against unit vectors, turned by the angle flown away from the heading; how far apart they are, by pymap3d."""
    rng = np.random.default_rng(6)
    lat, lon, azimuth, arc = 0.69, 2.19, rng.uniform(0.0, 2.0 * np.pi, 64), rng.uniform(1e3, 4e5, 64)
    lat, lon = lat + rng.normal(0.0, 0.01, 64), lon + rng.normal(0.0, 0.01, 64)
    place = pymap3d.geodetic2ecef(lat, lon, rng.uniform(1e3, 1e5, 64), deg=False)
    velocity = pymap3d.enu2ecefv(np.sin(azimuth), np.cos(azimuth), 1.0, lat, lon, deg=False)
    apart = np.empty((64, 2))
    middle = launched_from(np.stack([*place, *velocity], axis=1), arc, apart)
    up = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    heading = np.stack(pymap3d.enu2ecefv(np.sin(azimuth), np.cos(azimuth), 0.0, lat, lon, deg=False))
    x, y, z = np.cos(arc / MEAN_RADIUS_M) * up - np.sin(arc / MEAN_RADIUS_M) * heading
    there, over = np.arcsin(z), np.arctan2(y, x)
    assert middle == pytest.approx((there.mean(), over.mean()), abs=1e-5)  # a mean direction, not a mean longitude
    east, north, _ = pymap3d.geodetic2enu(there, over, 0.0, *middle, 0.0, deg=False)
    assert apart == pytest.approx(np.stack([east, north], axis=1), abs=1e-3)
