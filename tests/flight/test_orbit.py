"""Satellite launches: the orbit asked for is reached, stages fall where asked, and what cannot be is named."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trackfuse.core.constants import EARTH_RATE_RADPS, MU_M3PS2, SEMI_MAJOR_M
from trackfuse.core.errors import FlightError, ScenarioError
from trackfuse.earth import bearing_deg, distance_km
from trackfuse.flight import (
    BOOST,
    Flight,
    Launch,
    MissileClass,
    Stage,
    debris,
    disperse,
    fly,
    fly_timed,
    orbit_of,
    state_at,
)
from trackfuse.kernels import forces

from .conftest import launch, missile

ORBIT = {"perigee_km": 480.0, "inclination_deg": 95.0, "azimuth_deg": 181.0}


@pytest.fixture(scope="module")
def carrier() -> MissileClass:
    """Two lower stages, one upper, a fairing."""
    made = missile(Stage(burn_s=120.0, acceleration_mps2=15.0, exhaust_mps=2600.0, spent_beta_kgpm2=1200.0),
                   Stage(burn_s=190.0, acceleration_mps2=10.0, exhaust_mps=2750.0, pause_s=2.0),
                   ascent_beta_kgpm2=65000.0, reentry_beta_kgpm2=2000.0, fairing_s=165.0, fairing_beta_kgpm2=100.0)
    return replace(made, upper=Stage(burn_s=275.0, acceleration_mps2=8.5, exhaust_mps=2850.0, pause_s=2.0))


@pytest.fixture(scope="module")
def start(carrier: MissileClass) -> Launch:
    return launch(carrier, 620.0, 2500.0, **ORBIT)


@pytest.fixture(scope="module")
def inserted(start: Launch) -> Flight:
    return fly(start)


def test_orbit_asked_for_is_reached(inserted: Flight) -> None:
    orbit = inserted.orbit
    assert orbit is not None and not inserted.lands
    assert (orbit.perigee_km, orbit.apogee_km) == pytest.approx((480.0, 620.0), abs=0.2)
    assert orbit.inclination_deg == pytest.approx(95.0, abs=1e-3)
    axis = SEMI_MAJOR_M + 550e3
    assert orbit.period_s == pytest.approx(2.0 * math.pi * math.sqrt(axis**3 / MU_M3PS2), rel=1e-5)
    state = state_at(inserted, np.array([inserted.burnout_s]))[0]
    # The state at insertion, by the samples on either side of it, is that orbit's perigee.
    assert np.linalg.norm(state[:3]) == pytest.approx(SEMI_MAJOR_M + 480e3, abs=300.0)


def test_last_lower_stage_falls_where_asked(start: Launch, inserted: Flight) -> None:
    first, fairing, second = debris(start, inserted)
    assert [body.launch_id for body in (first, fairing, second)] == ["T spent stage 1", "T fairing", "T spent stage 2"]
    place = second.impact_lat_deg, second.impact_lon_deg
    # It leaves the rocket 2 m/s slower, which its range of 2,500 km turns into 2 km.
    assert distance_km(start.lat_deg, start.lon_deg, *place) == pytest.approx(2500.0, abs=3.0)
    assert bearing_deg(start.lat_deg, start.lon_deg, *place) == pytest.approx(181.0, abs=0.05)
    assert first.range_km < fairing.range_km < second.range_km
    # Light and blunt, the fairing sinks for minutes after the heavier stage has fallen.
    assert fairing.t_s[0] == pytest.approx(165.0, abs=0.5) and fairing.impact_s > first.impact_s + 200.0


def test_bundle_of_a_satellite(inserted: Flight) -> None:
    n = len(inserted.t_s)
    assert inserted.position_m.shape == inserted.velocity_mps.shape == (n, 3)
    assert inserted.impact_s == math.inf and math.isnan(inserted.impact_lat_deg) and math.isnan(inserted.range_km)
    assert inserted.end_s == pytest.approx(inserted.burnout_s + 300.0)
    assert np.all((inserted.phase == BOOST) == (inserted.t_s < inserted.burnout_s))
    step = np.linalg.norm(np.diff(inserted.position_m, axis=0), axis=1)[:-1] / 0.5
    speed = np.linalg.norm(inserted.velocity_mps, axis=1)
    # No jump where the ways of flying meet: a difference quotient is a velocity to within half a second's thrust.
    assert np.all(np.abs(step - 0.5 * (speed[1:-1] + speed[:-2])) < 15.0)


def test_one_revolution_returns_to_its_height(inserted: Flight) -> None:
    """After the Kepler period the satellite is back; J2 moves node and perigee by some kilometres."""
    assert inserted.orbit is not None
    state = tuple(float(value) for value in state_at(inserted, np.array([inserted.end_s]))[0])
    begun = orbit_of(np.array(state))
    s, steps = state, 600
    for _ in range(steps):
        s = forces.step(s, 0.0, begun.period_s / steps, forces.free_fall(1e12, 0.0))
    turned = EARTH_RATE_RADPS * begun.period_s
    c, sine = math.cos(turned), math.sin(turned)
    back = np.array([c * s[0] - sine * s[1], sine * s[0] + c * s[1], s[2]])
    assert np.linalg.norm(back - np.array(state[:3])) < 60e3
    ended = orbit_of(np.array(s))
    assert ended.inclination_deg == pytest.approx(begun.inclination_deg, abs=1e-3)
    assert ended.apogee_km - ended.perigee_km == pytest.approx(begun.apogee_km - begun.perigee_km, abs=2.0)


def test_steered_step_is_of_fourth_order_and_pushes_where_told() -> None:
    s = (7e6, 0.0, 0.0, 0.0, 5000.0, 3000.0)
    push = np.array(forces.steered(s, 0.0, 0.0))
    level = np.array([0.0, 5000.0 + EARTH_RATE_RADPS * 7e6, 3000.0])
    assert push == pytest.approx(level / np.linalg.norm(level), abs=1e-9)
    up = forces.steered(s, math.pi / 2.0, 0.0)
    assert up == pytest.approx([1.0, 0.0, 0.0], abs=1e-9)
    right = forces.steered(s, 0.0, math.pi / 2.0)
    assert right == pytest.approx(np.cross(level / np.linalg.norm(level), [1.0, 0.0, 0.0]), abs=1e-9)

    def burnt(steps: int) -> np.ndarray:
        state, h = s, 200.0 / steps
        burning = forces.Forces(math.inf, 0.0, 8.0, 0.003, forces.STEERED, (0.1, 0.3, 0.0))
        for i in range(steps):
            state = forces.step(state, i * h, h, burning)
        return np.array(state[:3])

    exact = burnt(1600)
    errors = [np.linalg.norm(burnt(steps) - exact) for steps in (12, 25, 50)]
    assert 3.5 < math.log2(errors[0] / errors[1]) < 4.8 and 3.5 < math.log2(errors[1] / errors[2]) < 4.6


def test_orbits_that_cannot_be(carrier: MissileClass, start: Launch) -> None:
    with pytest.raises(FlightError, match=r"T' \(Test\): perigee_km 1500, .*: (needs|no flight)"):
        fly(replace(start, perigee_km=1500.0, apogee_km=1600.0))
    with pytest.raises(FlightError, match=r"inclination_deg 10, .*: (needs|no flight)"):
        fly(replace(start, inclination_deg=10.0))
    with pytest.raises(ScenarioError, match="both perigee_km and inclination_deg"):
        replace(start, inclination_deg=None)
    with pytest.raises(ScenarioError, match=r"perigee_km: 700.* in \[150, 620\]"):
        replace(start, perigee_km=700.0)
    with pytest.raises(ScenarioError, match="Test has no stage that reaches orbit"):
        replace(start, missile=replace(carrier, upper=None))
    with pytest.raises(FlightError, match="both fairing_s and fairing_beta"):
        replace(carrier, fairing_beta_kgpm2=0.0)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(perigee_km=st.floats(150.0, 1500.0), above_km=st.floats(0.0, 800.0), inclination_deg=st.floats(0.0, 180.0),
       range_km=st.floats(300.0, 6000.0))
def test_any_orbit_is_reached_or_refused(start: Launch, perigee_km: float, above_km: float, inclination_deg: float,
                                         range_km: float) -> None:
    asked = replace(start, perigee_km=perigee_km, apogee_km=perigee_km + above_km, inclination_deg=inclination_deg,
                    range_km=range_km)
    try:
        orbit = fly(asked).orbit
    except FlightError:
        return
    assert orbit is not None
    assert (orbit.perigee_km, orbit.apogee_km) == pytest.approx((perigee_km, perigee_km + above_km), abs=0.5)
    assert orbit.inclination_deg == pytest.approx(inclination_deg, abs=1e-3)


def test_what_needs_an_impact_is_refused(start: Launch, inserted: Flight) -> None:
    with pytest.raises(FlightError, match="reaches orbit"):
        disperse(start, inserted)
    with pytest.raises(FlightError, match="comes down nowhere"):
        fly_timed(start, 900.0)
    with pytest.raises(FlightError, match="escapes"):
        orbit_of(np.array([7e6, 0.0, 0.0, 0.0, 12000.0, 0.0]))


def test_without_an_orbit_the_upper_stage_stays_cold(carrier: MissileClass) -> None:
    flown = fly(launch(carrier, 500.0, 2500.0))
    assert flown.lands and flown.burnout_s <= carrier.burn_s
    assert flown.burnout_s == pytest.approx(flown.burn_fraction * carrier.burn_s)
