"""Ellipses against their definition."""

import numpy as np
import pymap3d
import pytest
from scipy.stats import chi2

from trackfuse.tracking import Tracks
from trackfuse.views.style.ellipse import KM_PER_DEG, SIGMAS_95, geodetic, ground_axes, outline


def test_region_holds_95_percent() -> None:
    assert pytest.approx(np.sqrt(chi2.ppf(0.95, 2)), abs=1e-4) == SIGMAS_95


def test_outline_has_the_axes_it_was_given() -> None:
    """Axes 50 and 10 km turned 30 degrees from north at 40 N: the farthest point lies there, in a flat metric."""
    ring = outline(np.array([40.0]), np.array([130.0]), np.array([50.0]), np.array([10.0]), np.array([30.0]))[0]
    north = (ring[:, 1] - 40.0) * KM_PER_DEG
    east = (ring[:, 0] - 130.0) * KM_PER_DEG * np.cos(np.radians(40.0))
    reach = np.hypot(north, east)
    far = np.argmax(reach)
    assert reach.max() == pytest.approx(50.0, rel=1e-9) and reach.min() == pytest.approx(10.0, rel=1e-9)
    assert np.degrees(np.arctan2(east[far], north[far])) % 180.0 == pytest.approx(30.0, abs=1e-6)
    np.testing.assert_allclose(ring[0], ring[-1], atol=1e-12)


def test_ground_axes_are_the_horizontal_part_of_the_covariance() -> None:
    """Sigmas of 3 km at 60 degrees from north, 1 km across, 9 km up, put into ECEF by pymap3d's own rotation."""
    lat, lon = 38.0, 135.0
    ecef_from_enu = np.array([pymap3d.enu2uvw(*axis, lat, lon) for axis in np.eye(3)]).T
    along = np.array([np.sin(np.radians(60.0)), np.cos(np.radians(60.0)), 0.0])
    across, up = np.array([along[1], -along[0], 0.0]), np.array([0.0, 0.0, 1.0])
    enu = sum(s**2 * np.outer(u, u) for s, u in ((3e3, along), (1e3, across), (9e3, up)))
    covariance = np.zeros((1, 1, 6, 6))
    covariance[0, 0, :3, :3] = ecef_from_enu @ enu @ ecef_from_enu.T
    mean = np.zeros((1, 1, 6))
    mean[0, 0, :3] = pymap3d.geodetic2ecef(lat, lon, 3e5)
    none = np.zeros((1, 1))
    tracks = Tracks(
        node=np.array([0]),
        mean=mean,
        covariance=covariance,
        status=none.astype(np.int8),
        boosting=none,
        last_plot_s=none,
    )
    major, minor, turn = ground_axes(tracks, 0, np.array([0]))
    np.testing.assert_allclose([major[0], minor[0], turn[0]], [3.0, 1.0, 60.0], rtol=1e-9)


def test_pacific_is_in_one_piece() -> None:
    points = np.stack([pymap3d.geodetic2ecef(30.0, lon, 0.0) for lon in (179.0, -179.0)])
    lat, lon = geodetic(points)
    np.testing.assert_allclose(lat, 30.0)
    np.testing.assert_allclose(lon, [179.0, 181.0])
