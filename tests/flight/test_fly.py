"""Flights fitted to what is published: what is met, what is refused and why."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trackfuse.core.errors import FlightError, ScenarioError
from trackfuse.earth import bearing_deg
from trackfuse.flight import BOOST, COAST, REENTRY, Flight, MissileClass, Stage, fly, kepler, refly, state_at
from trackfuse.kernels.geodesy import altitude

from .conftest import launch, missile


@pytest.fixture(scope="module")
def lofted(double: MissileClass) -> Flight:
    return fly(launch(double, 4500.0, 1000.0))


@pytest.mark.parametrize(("apogee_km", "range_km", "azimuth_deg"), [
    (4500.0, 1000.0, 75.0), (2000.0, 800.0, 270.0), (550.0, 2700.0, 73.0), (1000.0, 4600.0, 0.0),
    (800.0, 600.0, 180.0)])
def test_apogee_range_and_bearing_are_met(double: MissileClass, apogee_km: float, range_km: float,
                                          azimuth_deg: float) -> None:
    flown = fly(launch(double, apogee_km, range_km, azimuth_deg=azimuth_deg))
    assert flown.apogee_km == pytest.approx(apogee_km, rel=2e-6)
    assert flown.range_km == pytest.approx(range_km, rel=1e-5)
    toward = bearing_deg(39.2, 125.7, flown.impact_lat_deg, flown.impact_lon_deg)
    assert math.remainder(toward - azimuth_deg, 360.0) == pytest.approx(0.0, abs=1e-3)
    assert max(altitude(*place) for place in flown.position_m) == pytest.approx(apogee_km * 1e3, abs=5.0)
    assert altitude(*flown.position_m[-1]) == pytest.approx(0.0, abs=1e-3)


def test_the_earth_turns_under_a_lofted_flight(lofted: Flight) -> None:
    """Pitched over towards the bearing of the impact, it would fall far beside it."""
    assert abs(math.remainder(lofted.pitch_azimuth_deg - 75.0, 360.0)) > 2.0


def test_bundle(lofted: Flight) -> None:
    n = len(lofted.t_s)
    assert lofted.position_m.shape == lofted.velocity_mps.shape == (n, 3)
    assert lofted.phase.shape == (n,) and lofted.phase.dtype == np.int8
    assert np.allclose(np.diff(lofted.t_s[:-1]), 0.5) and 0.0 < lofted.t_s[-1] - lofted.t_s[-2] <= 0.5
    assert lofted.t_s[-1] == lofted.impact_s
    assert np.all(np.diff(lofted.phase.astype(int)) >= 0)
    heights = np.array([altitude(*place) for place in lofted.position_m])
    assert np.all((lofted.phase == BOOST) == (lofted.t_s < lofted.burnout_s))
    assert np.all(heights[lofted.phase == REENTRY] < 100e3)
    assert np.all(lofted.t_s[(lofted.phase == COAST) & (heights < 100e3)] <= lofted.apogee_s)
    assert np.all(lofted.velocity_mps[0] == 0.0)


def test_launch_from_a_height_ends_at_sea_level(single: MissileClass) -> None:
    flown = fly(launch(single, 500.0, 900.0, alt_m=1500.0))
    assert altitude(*flown.position_m[0]) == pytest.approx(1500.0, abs=1e-6)
    assert altitude(*flown.position_m[-1]) == pytest.approx(0.0, abs=1e-3)


def test_a_real_flight_takes_longer_than_free_fall(lofted: Flight, double: MissileClass) -> None:
    """By about two thirds of its burn time."""
    free = kepler.rotating_free_fall_time(4500.0, 1000.0, 39.2, 75.0)
    assert 0.5 < (lofted.impact_s - free) / double.burn_s < 0.9


def test_short_flights_are_cut_off_and_long_ones_pushed(single: MissileClass) -> None:
    short, far = fly(launch(single, 200.0, 800.0)), fly(launch(single, 1000.0, 4000.0))
    assert short.thrust_scale == 1.0 and short.burn_fraction < 1.0
    assert short.burnout_s == pytest.approx(short.burn_fraction * single.burn_s)
    assert far.thrust_scale > 1.0 and far.burn_fraction == 1.0 and far.burnout_s == single.burn_s


def test_flown_again_with_what_was_solved_for(lofted: Flight, double: MissileClass) -> None:
    again = refly(launch(double, 1.0e3, 1.0e3), thrust_scale=lofted.thrust_scale, burn_fraction=lofted.burn_fraction,
                  kick_deg=lofted.kick_deg, pitch_azimuth_deg=lofted.pitch_azimuth_deg)
    assert np.allclose(again.position_m, lofted.position_m, atol=1e-2)


def test_same_launch_same_bits(double: MissileClass, lofted: Flight) -> None:
    assert np.array_equal(fly(launch(double, 4500.0, 1000.0)).position_m, lofted.position_m)


def test_less_drag_falls_earlier(single: MissileClass) -> None:
    blunt, slender = (fly(launch(replace(single, reentry_beta_kgpm2=beta), 500.0, 1000.0)) for beta in (1e3, 1e4))
    assert blunt.impact_s > slender.impact_s + 5.0


def test_state_between_the_samples(lofted: Flight) -> None:
    middle = 0.5 * (lofted.t_s[1000:1010] + lofted.t_s[1001:1011])
    before, after = state_at(lofted, lofted.t_s[1000:1010]), state_at(lofted, lofted.t_s[1001:1011])
    assert np.allclose(state_at(lofted, middle)[:, 3:], 0.5 * (before + after)[:, 3:], atol=0.01)
    assert np.array_equal(state_at(lofted, np.array([1e9]))[0, :3], lofted.position_m[-1])


@pytest.mark.parametrize(("apogee_km", "range_km", "message"), [
    (9000.0, 500.0, "apogee_km 9000 at range_km 500 is beyond the class: straight up, with 2 times its thrust"),
    (30.0, 3000.0, "range_km 3000: no flight of the class; with that apogee it comes nearest at"),
    (1000.0, 3000.0, "times the thrust of the class; allowed: 0.4 of the burn time to 2 times the thrust"),
    (8.0, 11.0, "of the burn time of the class; allowed")])
def test_limits_are_named(apogee_km: float, range_km: float, message: str) -> None:
    small = missile(Stage(burn_s=80.0, acceleration_mps2=19.0, exhaust_mps=2300.0))
    with pytest.raises(FlightError, match=r"launch 'T' \(Test\)") as refused:
        fly(launch(small, apogee_km, range_km))
    assert message in str(refused.value)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(apogee_km=st.floats(6.0, 15000.0), range_km=st.floats(11.0, 15000.0), azimuth_deg=st.floats(0.0, 360.0),
       lat_deg=st.floats(-85.0, 85.0))
def test_anything_is_met_or_refused(double: MissileClass, apogee_km: float, range_km: float, azimuth_deg: float,
                                    lat_deg: float) -> None:
    try:
        flown = fly(launch(double, apogee_km, range_km, azimuth_deg=azimuth_deg, lat_deg=lat_deg))
    except FlightError:
        return
    assert flown.apogee_km == pytest.approx(apogee_km, rel=1e-4)
    assert flown.range_km == pytest.approx(range_km, rel=1e-4)


@pytest.mark.parametrize(("changes", "message"), [
    ({"thrust_scale": 9.0}, "thrust_scale"), ({"burn_fraction": 0.0}, "burn_fraction"),
    ({"thrust_scale": 1.2, "burn_fraction": 0.9}, "thrust_scale"), ({"kick_deg": -1.0}, "kick_deg"),
    ({"pitch_azimuth_deg": math.nan}, "pitch_azimuth_deg"), ({"kick_deg": 85.0}, "falls to the ground"),
    ({"thrust_scale": 5.0, "kick_deg": 0.0}, "does not come down")])
def test_flights_that_cannot_be(single: MissileClass, changes: dict[str, float], message: str) -> None:
    values = {"kick_deg": 2.0, "pitch_azimuth_deg": 75.0} | changes
    with pytest.raises(FlightError, match=message):
        refly(launch(single, 500.0, 1000.0), **values)


def test_a_missile_too_heavy_for_its_thrust_does_not_lift_off() -> None:
    heavy = missile(Stage(burn_s=100.0, acceleration_mps2=9.0, exhaust_mps=2500.0))
    with pytest.raises(FlightError, match="does not lift off"):
        refly(launch(heavy, 500.0, 1000.0), kick_deg=1.0, pitch_azimuth_deg=0.0)


@pytest.mark.parametrize(("make", "message"), [
    (lambda: Stage(burn_s=100.0, acceleration_mps2=30.0, exhaust_mps=2500.0), "whole mass"),
    (lambda: Stage(burn_s=math.nan, acceleration_mps2=30.0, exhaust_mps=2500.0), "burn_s"),
    (missile, "no stage"),
    (lambda: missile(Stage(burn_s=60.0, acceleration_mps2=20.0, exhaust_mps=2500.0, pause_s=1.0)), "cannot pause"),
    (lambda: missile(Stage(burn_s=5.0, acceleration_mps2=20.0, exhaust_mps=2500.0)), "vertical_s"),
    (lambda: missile(Stage(burn_s=60.0, acceleration_mps2=20.0, exhaust_mps=2500.0), reentry_beta_kgpm2=0.0), "re")])
def test_classes_that_cannot_be(make, message: str) -> None:
    with pytest.raises(FlightError, match=message):
        make()


@pytest.mark.parametrize("changes", [
    {"lat_deg": 91.0}, {"lon_deg": math.inf}, {"azimuth_deg": math.nan}, {"alt_m": 1e5}])
def test_launches_that_cannot_be(single: MissileClass, changes: dict[str, float]) -> None:
    with pytest.raises(ScenarioError, match=next(iter(changes))):
        launch(single, 500.0, 1000.0, **changes)
