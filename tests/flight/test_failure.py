"""Flights that fail: the same as the intended one until then, free fall after a shutdown, nothing after a break-up."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import trackfuse as tf
from trackfuse.core.constants import EARTH_RATE_RADPS, J2, MU_M3PS2, SEMI_MAJOR_M
from trackfuse.core.errors import FlightError, ScenarioError
from trackfuse.flight import BOOST, Flight, Launch, MissileClass, debris, disperse, fly, fly_timed
from trackfuse.kernels.atmosphere import density
from trackfuse.kernels.geodesy import altitude

from .conftest import launch

ORBIT = "unha3_2012_12_12"


@pytest.fixture(scope="module")
def planned(double: MissileClass) -> Launch:
    return launch(double, 500.0, 1000.0)


@pytest.fixture(scope="module")
def intended(planned: Launch) -> Flight:
    return fly(planned)


def failing(planned: Launch, failure: str, fails_s: float) -> Flight:
    return fly(replace(planned, failure=failure, fails_s=fails_s))


def turned(v: np.ndarray, t_s: float) -> np.ndarray:
    """Earth-fixed axes at 0 s from those at `t_s`."""
    c, s = math.cos(EARTH_RATE_RADPS * t_s), math.sin(EARTH_RATE_RADPS * t_s)
    return np.array([c * v[0] - s * v[1], s * v[0] + c * v[1], v[2]])


def fallen(start: np.ndarray, beta: float, t_s: np.ndarray) -> np.ndarray:
    """Earth-fixed places (n, 3) of a body that falls with drag from a state (6,) at the first of `t_s`.

    By DOP853 in inertial axes; only the density is shared with what is tested.
    """
    spin = np.array([0.0, 0.0, EARTH_RATE_RADPS])

    def rate(t: float, y: np.ndarray) -> np.ndarray:
        r, v = y[:3], y[3:]
        distance = np.linalg.norm(r)
        polar = 5.0 * (r[2] / distance) ** 2
        bulge = -1.5 * J2 * MU_M3PS2 * SEMI_MAJOR_M**2 / distance**5
        gravity = -MU_M3PS2 / distance**3 * r + bulge * r * np.array([1.0 - polar, 1.0 - polar, 3.0 - polar])
        wind = v - np.cross(spin, r)
        air = density(altitude(*turned(r, -t)))
        return np.concatenate([v, gravity - 0.5 * air * np.linalg.norm(wind) / beta * wind])

    y = np.concatenate([turned(start[:3], t_s[0]), turned(start[3:] + np.cross(spin, start[:3]), t_s[0])])
    way = solve_ivp(rate, (t_s[0], t_s[-1]), y, method="DOP853", rtol=1e-10, atol=1e-5, t_eval=t_s)
    return np.array([turned(place, -t) for t, place in zip(way.t, way.y[:3].T, strict=True)])


@pytest.mark.parametrize("fails_s", [97.3, 142.0, 160.0])
def test_after_a_shutdown_it_falls_freely(planned: Launch, intended: Flight, fails_s: float) -> None:
    """In the first stage, in the pause before the second, and in the second: to 2 m until the impact, by an integration
    written here, with the mass that the rocket equation leaves."""
    flight = failing(planned, "shutdown", fails_s)
    one, two = planned.missile.stages
    mass = 1.0 - min(fails_s, one.burn_s) * one.acceleration_mps2 / one.exhaust_mps
    mass *= 1.0 - max(fails_s - 144.0, 0.0) * two.acceleration_mps2 / two.exhaust_mps
    after = np.flatnonzero(flight.t_s >= fails_s)
    start = np.concatenate([flight.position_m[after[0]], flight.velocity_mps[after[0]]])
    assert flight.t_s[after[0]] == fails_s == flight.burnout_s
    places = fallen(start, 45000.0 * mass, flight.t_s[after])
    assert np.linalg.norm(places - flight.position_m[after], axis=1).max() < 2.0
    assert abs(altitude(*flight.position_m[-1])) < 0.01
    assert flight.lands and flight.impact_s == flight.over_s == flight.end_s
    assert flight.range_km < intended.range_km and flight.apogee_km < intended.apogee_km


@pytest.mark.parametrize("failure", ["shutdown", "break-up"])
def test_before_the_failure_it_is_the_flight_intended_to_the_bit(
        planned: Launch, intended: Flight, failure: str) -> None:
    flight, before = failing(planned, failure, 97.3), intended.t_s < 97.3
    for name in ("t_s", "position_m", "velocity_mps", "phase"):
        assert np.array_equal(getattr(flight, name)[: before.sum()], getattr(intended, name)[before])
    assert flight.kick_deg == intended.kick_deg and np.all(np.diff(flight.t_s) > 0.0)


def test_a_flight_that_breaks_up_comes_down_nowhere(planned: Launch, intended: Flight) -> None:
    early, late = failing(planned, "break-up", 97.3), failing(planned, "break-up", 400.0)
    for flight, at_s in ((early, 97.3), (late, 400.0)):
        assert (flight.end_s, flight.over_s, flight.followed_s) == (at_s, at_s, intended.end_s)
        assert not flight.lands and flight.broke_up and flight.impact_s == math.inf
        assert np.isnan([flight.range_km, flight.impact_lat_deg, flight.impact_lon_deg]).all()
    assert early.burnout_s == early.apogee_s == 97.3 and np.all(early.phase == BOOST)
    assert early.apogee_km == pytest.approx(altitude(*early.position_m[-1]) / 1e3)
    assert late.burnout_s == intended.burnout_s


def test_only_what_was_dropped_before_falls(planned: Launch) -> None:
    """The first stage burns out at 140 s."""
    for failure, fails_s, dropped in (("break-up", 139.0, 0), ("break-up", 141.0, 1), ("shutdown", 141.0, 1)):
        one = replace(planned, failure=failure, fails_s=fails_s)
        assert len(debris(one, fly(one))) == dropped


def test_a_satellite_launch_may_fail(double: MissileClass) -> None:
    """In its third stage it falls on the way; broken up after its insertion it was in orbit."""
    planned = tf.load_scenario(ORBIT).launch
    whole = fly(planned)
    down = failing(planned, "shutdown", 450.0)
    assert down.lands and down.orbit is None and down.range_km > planned.range_km
    broken = failing(planned, "break-up", whole.burnout_s + 60.0)
    assert not broken.lands and broken.broke_up and broken.orbit == whole.orbit
    assert broken.followed_s == whole.end_s > broken.over_s


def test_contradictions_are_refused(planned: Launch, intended: Flight) -> None:
    with pytest.raises(ScenarioError, match="needs both failure and fails_s"):
        replace(planned, failure="shutdown")
    with pytest.raises(ScenarioError, match="no failure 'breakup'; did you mean 'break-up'"):
        replace(planned, failure="breakup", fails_s=10.0)
    with pytest.raises(ScenarioError, match="fails_s"):
        replace(planned, failure="break-up", fails_s=0.0)
    with pytest.raises(FlightError, match="by then no engine burns any more; a shutdown is possible until"):
        failing(planned, "shutdown", intended.burnout_s)
    with pytest.raises(FlightError, match="by then it has come down"):
        failing(planned, "break-up", intended.impact_s + 1.0)
    broken = replace(planned, failure="break-up", fails_s=97.3)
    with pytest.raises(FlightError, match="only a flight as intended can be perturbed"):
        disperse(broken, fly(broken))
    with pytest.raises(FlightError, match="leave flight_time_s or the failure out"):
        fly_timed(broken, 700.0)
