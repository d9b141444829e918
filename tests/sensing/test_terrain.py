"""What land hides: looks and outlines against rays, and skylines that cannot be."""

import math

import numpy as np
import pytest

from trackfuse.core.errors import ScenarioError
from trackfuse.sensing import Radar, detection_range_m, footprint, hidden, skyline_rad

from .conftest import Arc, infrared, radar
from .test_coverage import inside, sees
from .test_looks import apparent_deg

WIDE = {"sector_deg": 360.0, "elevation_min_deg": 0.1, "elevation_max_deg": 85.0, "range_km": 4000.0}
RIDGE = ((0.0, 1.0), (90.0, 5.0), (250.0, 0.0), (300.0, 8.0))


def ridge(**changes: object) -> Radar:
    return radar(**(WIDE | {"mask": RIDGE} | changes))


def test_skyline_is_linear_between_its_points_and_round_north() -> None:
    azimuth = np.radians([0.0, 45.0, 90.0, 170.0, 275.0, 330.0, -30.0, 720.0])
    expected = np.radians([1.0, 3.0, 5.0, 2.5, 4.0, 4.5, 4.5, 1.0])
    np.testing.assert_allclose(skyline_rad(ridge(), azimuth), expected, atol=1e-12)
    np.testing.assert_allclose(skyline_rad(ridge(mask=((77.0, 3.0),)), azimuth), math.radians(3.0))
    assert np.all(skyline_rad(ridge(mask=()), azimuth) == -0.5 * math.pi)


def test_looks_below_the_skyline_are_not_there(arc: Arc) -> None:
    """What is left is what has an apparent elevation, along traced rays, above the skyline; the rest is untouched."""
    free, behind = arc.looks(ridge(mask=()), infrared()), arc.looks(ridge(), infrared())
    sensor = free.sensors[0]
    mine = np.flatnonzero(free.sensor == 0)
    elevation = np.array([apparent_deg(sensor, free.elevation_rad[i], free.range_m[i]) for i in mine])  # type: ignore[arg-type]
    over = elevation - np.degrees(skyline_rad(ridge(), free.azimuth_rad[mine]))
    clear = np.abs(over) > 0.02
    left = np.isin(free.number[mine], behind.number[behind.sensor == 0])
    np.testing.assert_array_equal(left[clear], over[clear] > 0.0)
    assert 0 < left.sum() < left.size
    kept = np.isin(free.number, behind.number[behind.sensor == 0]) & (free.sensor == 0) | (free.sensor == 1)
    for name in ("t_s", "sensor", "range_m", "rate", "pd", "sigma"):
        np.testing.assert_array_equal(getattr(behind, name), getattr(free, name)[kept])


def test_bending_lifts_a_target_over_the_ridge() -> None:
    """At 5 degrees apparent a target at 100 km lies 2.9455 mrad lower (exponential atmosphere, sea level)."""
    sensor = ridge(alt_m=0.0, mask=((0.0, 5.0),))
    true = math.radians(5.0) - 2.9455e-3
    radius = 6.371e6
    distance = -radius * math.sin(true) + math.sqrt((radius + 100e3) ** 2 - (radius * math.cos(true)) ** 2)
    one = np.zeros(1)
    for nudge, blocked in ((-1e-4, True), (1e-4, False)):
        assert bool(hidden(sensor, one, one + true + nudge, one + distance)[0]) is blocked


@pytest.mark.parametrize("altitude_km", [60.0, 300.0])
def test_outline_follows_the_skyline(altitude_km: float) -> None:
    sensor = ridge(range_km=2500.0)
    rings = footprint(sensor, altitude_km, step_deg=1.0).rings
    points = np.random.default_rng(3).uniform([20.0, 115.0], [55.0, 160.0], (300, 2))
    truth = [sees(sensor, lat, lon, altitude_km) for lat, lon in points]
    drawn = [inside(rings, lat, lon) for lat, lon in points]
    assert np.mean(np.array(truth) != np.array(drawn)) <= 0.015
    assert 0.05 < np.mean(truth) < 0.95


def test_a_wall_all_round_leaves_nothing() -> None:
    assert footprint(radar(mask=((0.0, 80.0),)), 200.0).rings == ()
    assert detection_range_m(radar(mask=((0.0, 80.0),))) == detection_range_m(radar())


@pytest.mark.parametrize(
    ("mask", "word"),
    [
        (((10.0, 2.0), (10.0, 3.0)), r"mask\[1\] azimuth_deg: 10.0 is not above"),
        (((10.0, 2.0), (5.0, 3.0)), r"mask\[1\] azimuth_deg"), (((-1.0, 2.0),), r"mask\[0\] azimuth_deg"),
        (((0.0, 1.0), (360.0, 2.0)), "north again"), (((0.0, 91.0),), r"mask\[0\] elevation_deg"),
        (((0.0, math.nan),), r"mask\[0\] elevation_deg"), (((math.inf, 1.0),), r"mask\[0\] azimuth_deg"),
        (((0.0, 1.0, 2.0),), "mask: .* is not pairs"), (3.0, "mask: 3.0 is not pairs"), ([[0.0, 1.0]], "is not pairs"),
    ],
)  # fmt: skip
def test_impossible_skylines_are_refused(mask: object, word: str) -> None:
    with pytest.raises(ScenarioError, match=word):
        radar(mask=mask)
