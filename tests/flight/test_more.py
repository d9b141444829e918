"""Spent stages, perturbed flights, flight times that are asked for, passages, pull-ups."""

from dataclasses import replace

import numpy as np
import pytest

from trackfuse.core.errors import FlightError
from trackfuse.earth import destination, distance_km
from trackfuse.flight import (
    BOOST,
    Flight,
    MissileClass,
    Stage,
    debris,
    disperse,
    fly,
    fly_timed,
    kepler,
    passage,
    refly,
    state_at,
    stretched,
)
from trackfuse.kernels import forces
from trackfuse.kernels.atmosphere import density
from trackfuse.kernels.geodesy import altitude

from .conftest import launch, missile


@pytest.fixture(scope="module")
def flown(double: MissileClass) -> Flight:
    return fly(launch(double, 1000.0, 4500.0))


def test_spent_stage_leaves_the_flight_at_its_burn_out_and_falls_short(double: MissileClass, flown: Flight) -> None:
    (stage,) = debris(launch(double, 1000.0, 4500.0), flown)
    assert stage.launch_id == "T spent stage 1" and stage.t_s[0] == stage.burnout_s == 140.0
    assert np.linalg.norm(stage.position_m[0] - state_at(flown, np.array([140.0]))[0, :3]) < 1.0
    assert stage.range_km < 0.5 * flown.range_km and stage.impact_s < flown.impact_s
    assert altitude(*stage.position_m[-1]) == pytest.approx(0.0, abs=1e-3)
    assert not np.any(stage.phase == BOOST)
    assert np.all(np.diff(stage.t_s) > 0.0) and stage.t_s[1] == 140.5
    with pytest.raises(FlightError, match="was not launched"):
        debris(launch(double, 1000.0, 4500.0), stage)


def test_lighter_debris_falls_shorter(double: MissileClass, flown: Flight) -> None:
    light = replace(double, stages=(replace(double.stages[0], spent_beta_kgpm2=100.0), double.stages[1]))
    heavy_stage, light_stage = (debris(launch(made, 1000.0, 4500.0), flown)[0] for made in (double, light))
    assert light_stage.range_km < heavy_stage.range_km and light_stage.impact_s > heavy_stage.impact_s


def test_stages_cut_off_before_they_are_dropped_stay(double: MissileClass) -> None:
    """A flight cut off in its second stage drops both where both can be dropped, at the cut-off."""
    both = replace(double, stages=(double.stages[0], replace(double.stages[1], spent_beta_kgpm2=600.0)))
    short = fly(launch(both, 300.0, 900.0))
    assert short.burn_fraction < 1.0
    first, second = debris(launch(both, 300.0, 900.0), short)
    assert first.burnout_s == 140.0 and second.burnout_s == short.burnout_s


def test_no_perturbation_is_the_flight_itself(double: MissileClass, flown: Flight) -> None:
    same = disperse(launch(double, 1000.0, 4500.0), flown, thrust=np.ones(3))
    assert same.impact_s.shape == (3,)
    assert same.impact_s == pytest.approx([flown.impact_s] * 3, abs=1e-6)
    assert same.impact_lat_deg == pytest.approx([flown.impact_lat_deg] * 3, abs=1e-7)
    assert same.apogee_km == pytest.approx([flown.apogee_km] * 3, abs=1e-6)


def test_each_perturbation_is_a_flight_of_its_own(single: MissileClass) -> None:
    whole = launch(single, 900.0, 3000.0)
    nominal = fly(whole)
    many = disperse(whole, nominal, kick_deg=np.array([0.1, -0.1]), azimuth_deg=np.array([2.0, 0.0]),
                    reentry_beta=np.array([1.0, 0.5]))
    alone = refly(whole, thrust_scale=nominal.thrust_scale, burn_fraction=nominal.burn_fraction,
                  kick_deg=nominal.kick_deg + 0.1, pitch_azimuth_deg=nominal.pitch_azimuth_deg + 2.0)
    assert distance_km(many.impact_lat_deg[0], many.impact_lon_deg[0], alone.impact_lat_deg,
                       alone.impact_lon_deg) < 1e-3
    assert many.impact_s[0] == pytest.approx(alone.impact_s, abs=1e-6)
    assert many.impact_s[1] > nominal.impact_s


def test_flights_that_do_not_come_down_have_no_impact(single: MissileClass) -> None:
    whole = launch(single, 900.0, 3000.0)
    many = disperse(whole, fly(whole), thrust=np.array([1.0, 3.0, 0.3]))
    assert list(np.isfinite(many.impact_s)) == [True, False, False]


@pytest.mark.parametrize("wrong", [{"thrust": np.array([0.0])}, {"kick_deg": np.array([np.nan])},
                                   {"thrust": np.ones(2), "azimuth_deg": np.ones(3)}])
def test_perturbations_are_checked(single: MissileClass, wrong: dict[str, np.ndarray]) -> None:
    whole = launch(single, 900.0, 3000.0)
    with pytest.raises(FlightError, match="disperse"):
        disperse(whole, fly(whole), **wrong)


def test_flight_time_is_met_by_the_burn(double: MissileClass) -> None:
    whole = launch(double, 4500.0, 1000.0)
    natural = fly(whole).impact_s
    for wanted in (natural - 15.0, natural + 15.0):
        timed, changed = fly_timed(whole, wanted)
        assert timed.impact_s == pytest.approx(wanted, abs=0.01)
        assert timed.apogee_km == pytest.approx(4500.0, rel=2e-6)
        assert (changed.missile.burn_s > double.burn_s) == (wanted > natural)


def test_flight_times_that_contradict_apogee_and_range(double: MissileClass) -> None:
    """The time given for 2022-03-24 by state media is below free fall to its apogee; a long one needs a long burn."""
    march = launch(double, 6248.5, 1090.0, azimuth_deg=72.0, lat_deg=39.2)
    with pytest.raises(FlightError, match=r"flight_time_s 4052 is shorter than free fall for apogee_km 6248\.5"):
        fly_timed(march, 4052.0)
    with pytest.raises(FlightError, match=r"contradicts apogee_km 6248\.5 and range_km 1090: with 1\.2\d times"):
        fly_timed(march, 4600.0)


def test_stretching_keeps_the_propellant(double: MissileClass) -> None:
    longer = stretched(double, 1.2)
    for before, after in zip(double.stages, longer.stages, strict=True):
        assert after.burn_s * after.acceleration_mps2 == pytest.approx(before.burn_s * before.acceleration_mps2)
        assert after.exhaust_mps == before.exhaust_mps
    with pytest.raises(FlightError, match="stretched"):
        stretched(double, 0.0)


def test_passage(flown: Flight) -> None:
    """On the rotating Earth the ground track is not the geodesic to the impact, but near it."""
    time_s, beside_km, height_km = passage(flown, *destination(39.2, 125.7, 75.0, 2000.0))
    assert 0.4 < time_s / flown.impact_s < 0.6 and beside_km < 100.0 and 900.0 < height_km < 1001.0
    lat, lon = flown.impact_lat_deg, flown.impact_lon_deg
    assert passage(flown, lat, lon) == pytest.approx((flown.impact_s, 0.0, 0.0), abs=1e-3)


@pytest.fixture(scope="module")
def gliding() -> MissileClass:
    return missile(Stage(burn_s=50.0, acceleration_mps2=37.0, exhaust_mps=2550.0), vertical_s=3.0,
                   ascent_beta_kgpm2=16000.0, reentry_beta_kgpm2=6000.0, lift_to_drag=2.2)


def test_lift_is_square_to_the_velocity_and_a_multiple_of_the_drag() -> None:
    s = (-2.98e6, 4.04e6, 3.98e6, -900.0, -1500.0, -700.0)
    assert 10e3 < altitude(*s[:3]) < 60e3
    bare, lifted = (np.array(forces.derivative(s, 0.0, forces.free_fall(6000.0, lift))) for lift in (0.0, 2.0))
    lift, velocity, up = (lifted - bare)[3:], np.array(s[3:]), np.array(s[:3])
    speed = np.linalg.norm(velocity)
    assert lift @ velocity == pytest.approx(0.0, abs=1e-9 * speed * np.linalg.norm(lift))
    assert np.linalg.norm(lift) == pytest.approx(2.0 * 0.5 * density(altitude(*s[:3])) * speed**2 / 6000.0, rel=1e-9)
    assert lift @ up > 0.0
    assert np.linalg.norm(np.cross(up, velocity) @ lift) < 1e-3 * np.linalg.norm(np.cross(up, velocity))


def test_pull_up_stretches_a_depressed_flight(gliding: MissileClass) -> None:
    """60 km and 600 km, as published for the KN-23 family: with lift the thrust of the class is enough."""
    pulled = fly(launch(gliding, 60.0, 600.0))
    heights = np.array([altitude(*place) for place in pulled.position_m])
    after = heights[pulled.t_s > pulled.apogee_s]
    assert np.any(np.diff(after) > 0.0)
    assert pulled.apogee_km == pytest.approx(60.0, rel=1e-5) and pulled.range_km == pytest.approx(600.0, rel=1e-5)
    ballistic = fly(launch(replace(gliding, lift_to_drag=0.0), 60.0, 600.0))
    assert ballistic.thrust_scale > pulled.thrust_scale + 0.3
    assert pulled.impact_s > ballistic.impact_s + 60.0
    assert kepler.free_fall_time(60.0, 600.0) < ballistic.impact_s
    # It ends in a dive: steeper than 45 degrees.
    up = pulled.position_m[-1] / np.linalg.norm(pulled.position_m[-1])
    assert up @ pulled.velocity_mps[-1] < -0.7 * np.linalg.norm(pulled.velocity_mps[-1])
