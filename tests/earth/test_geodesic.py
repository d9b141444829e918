"""Geodesics on WGS-84 against published baselines and one another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackfuse.earth import bearing_deg, destination, distance_km


def test_published_baseline() -> None:
    """Geoscience Australia's test line, Flinders Peak to Buninyong on GRS80: 54,972.271 m, azimuth 306 52 05.37."""
    ends = (-37.9510334166667, 144.424867888889, -37.6528211388889, 143.926495527778)
    assert distance_km(*ends) * 1e3 == pytest.approx(54972.271, abs=1e-3)
    assert bearing_deg(*ends) == pytest.approx(306 + 52 / 60 + 5.37 / 3600, abs=1e-5)


def test_one_degree_of_the_equator_is_the_radius_times_the_angle() -> None:
    assert distance_km(0.0, 10.0, 0.0, 11.0) == pytest.approx(6378.137 * 3.141592653589793 / 180.0, abs=1e-6)


def test_a_point_is_nowhere_from_itself() -> None:
    assert distance_km(39.0, 125.0, 39.0, 125.0) == 0.0
    assert bearing_deg(39.0, 125.0, 39.0, 125.0) == 0.0


@given(lat=st.floats(-80, 80), lon=st.floats(-180, 180), azimuth=st.floats(0, 359.9), range_km=st.floats(1, 15000))
def test_going_there_and_measuring_back_agree(lat: float, lon: float, azimuth: float, range_km: float) -> None:
    there = destination(lat, lon, azimuth, range_km)
    assert -180.0 <= there[1] <= 180.0
    assert distance_km(lat, lon, *there) == pytest.approx(range_km, abs=1e-5)
    turned = (bearing_deg(lat, lon, *there) - azimuth + 180.0) % 360.0 - 180.0
    assert abs(turned) * range_km < 1e-2
