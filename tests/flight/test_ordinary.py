"""The ordinary path from an instant of a flight: that of the flight itself where it is ballistic."""

from dataclasses import replace

import numpy as np
import pytest

from trackfuse.catalog.catalog import missile
from trackfuse.flight import Launch, fly, ordinary_range_km
from trackfuse.history.launches import shipped_event

AWAY = {"launch_id": "x", "lat_deg": 39.2, "lon_deg": 125.7, "azimuth_deg": 70.0}


def test_a_ballistic_flight_is_its_own_ordinary_path() -> None:
    launch = Launch(missile=missile("Scud-C"), apogee_km=130.0, range_km=490.0, **AWAY)
    flight = fly(launch)
    coast_s = np.linspace(flight.apogee_s, flight.impact_s - 1.0, 5)
    assert ordinary_range_km(launch, flight, coast_s) == pytest.approx(np.full(5, flight.range_km), abs=0.1)


def test_a_path_from_the_boost_ends_short_and_grows() -> None:
    launch = Launch(missile=missile("Scud-C"), apogee_km=130.0, range_km=490.0, **AWAY)
    flight = fly(launch)
    range_km = ordinary_range_km(launch, flight, np.linspace(10.0, flight.burnout_s, 6))
    assert (np.diff(range_km) > 0.0).all()
    assert range_km[-1] == pytest.approx(flight.range_km, rel=0.02)


def test_a_pull_up_goes_beyond_the_ordinary_path_from_its_top() -> None:
    launch = Launch(missile=missile("KN-23"), apogee_km=50.0, range_km=570.0, **AWAY)
    flight = fly(launch)
    top, end = ordinary_range_km(launch, flight, np.array([flight.apogee_s, flight.impact_s]))
    assert top < 0.8 * flight.range_km
    assert end == pytest.approx(flight.range_km, abs=1.0)


PUBLISHED = [
    ("L20210325", 60.0, 600.0, 450.0),
    ("L20220925", 60.0, 600.0, 400.0),
    ("L20231217", 50.0, 570.0, 400.0),
    ("L20251107", 50.0, 700.0, 450.0),
    ("L20220117", 42.0, 380.0, 300.0),
    ("L20190725a", 50.0, 600.0, 430.0),
]
"""Launch, greatest published apogee and range, and the first range that a nation published (km)."""


def _mean_error_km(lift_to_drag: float) -> float:
    errors = []
    for name, apogee_km, range_km, first_km in PUBLISHED:
        launch = shipped_event(name, apogee_km=apogee_km, range_km=range_km).launch
        assert launch is not None
        launch = replace(launch, missile=replace(launch.missile, lift_to_drag=lift_to_drag))
        flight = fly(launch)
        errors.append(abs(float(ordinary_range_km(launch, flight, np.array([flight.apogee_s]))[0]) - first_km))
    return float(np.mean(errors))


def test_the_lift_of_the_data_gives_what_was_first_published() -> None:
    """Six published figures, none of which the flight was fitted to: the mean error is below half of Japan's rounding
    with the nominal lift-to-drag ratio, and more than with it at either end of the interval."""
    nominal_km = _mean_error_km(missile("KN-23").lift_to_drag)
    assert nominal_km < 25.0
    assert nominal_km < min(_mean_error_km(1.0), _mean_error_km(2.2), _mean_error_km(3.0))
