"""The integrator: conserved quantities, order, and the same flight by another formulation and another integrator."""

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from trackfuse.core.constants import EARTH_RATE_RADPS, G0_MPS2, J2, MU_M3PS2, SEMI_MAJOR_M
from trackfuse.flight import MissileClass, fly, kepler
from trackfuse.flight.vehicle import NO_KNOTS, Steering, Vehicle, fly_steered, vehicle
from trackfuse.kernels import flight as kernel
from trackfuse.kernels import forces
from trackfuse.kernels.atmosphere import density
from trackfuse.kernels.geodesy import altitude

from .conftest import launch

NO_AIR = 1e15
HIGH = (-3.2e6, 4.9e6, 4.3e6, 1500.0, 2500.0, 4200.0)
"""A state above the air, rising: far from any symmetry."""


def energy_and_momentum(s: tuple[float, ...]) -> tuple[float, float]:
    """What J2 and rotation leave conserved: energy in the turning frame (Jacobi), momentum about the Earth's axis."""
    r = np.array(s[:3])
    v = np.array(s[3:])
    distance = np.linalg.norm(r)
    bulge = J2 * (SEMI_MAJOR_M / distance) ** 2 * (1.5 * (r[2] / distance) ** 2 - 0.5)
    potential = -MU_M3PS2 / distance * (1.0 - bulge)
    turning = 0.5 * EARTH_RATE_RADPS**2 * (r[0] ** 2 + r[1] ** 2)
    momentum = r[0] * v[1] - r[1] * v[0] + EARTH_RATE_RADPS * (r[0] ** 2 + r[1] ** 2)
    return float(0.5 * v @ v + potential - turning), float(momentum)


def coasted(step_s: float, duration_s: float = 1200.0) -> tuple[float, ...]:
    s = HIGH
    for _ in range(round(duration_s / step_s)):
        s = forces.step(s, 0.0, step_s, forces.free_fall(NO_AIR, 0.0))
    return s


def test_coast_conserves_energy_and_axial_momentum() -> None:
    """At the step that flights use, to 1e-9: rounding and the truncation of the fourth order."""
    before, after = energy_and_momentum(HIGH), energy_and_momentum(coasted(kernel.COAST_STEP_S))
    assert after == pytest.approx(before, rel=1e-9)


def test_point_mass_keeps_energy_and_all_of_the_momentum() -> None:
    """The kernel's Runge-Kutta step over one revolution of an ellipse in inertial space, at a coast's step: energy and
    angular momentum to 1e-7, and back at its start after Kepler's period."""
    s = start = (7e6, 0.0, 0.0, 0.0, 5500.0, 5800.0)
    axis = 1.0 / (2.0 / 7e6 - (5500.0**2 + 5800.0**2) / MU_M3PS2)
    period = 2.0 * math.pi * math.sqrt(axis**3 / MU_M3PS2)

    def rate(s: tuple[float, ...]) -> tuple[float, ...]:
        pull = -MU_M3PS2 / math.hypot(*s[:3]) ** 3
        return *s[3:], pull * s[0], pull * s[1], pull * s[2]

    steps = round(period / kernel.COAST_STEP_S)
    h = period / steps
    for _ in range(steps):
        k1 = rate(s)
        k2 = rate(forces.moved(s, k1, 0.5 * h))
        k3 = rate(forces.moved(s, k2, 0.5 * h))
        s = forces.combined(s, h, k1, k2, k3, rate(forces.moved(s, k3, h)))
    for before, after in zip(_invariants(start), _invariants(s), strict=True):
        assert after == pytest.approx(before, rel=1e-7, abs=1e4)
    assert math.dist(s[:3], start[:3]) < 100.0


def _invariants(s: tuple[float, ...]) -> tuple[float, ...]:
    """Energy (J/kg) and angular momentum (m^2/s, three parts) about a point mass."""
    r, v = np.array(s[:3]), np.array(s[3:])
    return float(0.5 * v @ v - MU_M3PS2 / np.linalg.norm(r)), *(float(part) for part in np.cross(r, v))


def test_coast_converges_with_the_fourth_order() -> None:
    exact = np.array(coasted(2.5))
    errors = [np.linalg.norm(np.array(coasted(step))[:3] - exact[:3]) for step in (80.0, 40.0, 20.0)]
    orders = np.log2([errors[0] / errors[1], errors[1] / errors[2]])
    assert np.all((orders > 3.7) & (orders < 4.6))


def burnt_out(made: MissileClass, coarse: float) -> np.ndarray:
    """State at burn-out, without air, whose layers have edges that no order survives."""
    pad = vehicle(launch(made, 500.0, 1000.0))._replace(betas=np.full(2, NO_AIR))
    record = kernel.empty_record(np.empty(kernel.SUMMARY), NO_KNOTS)
    s, *_ = kernel.boost(pad, Steering(1.0, 0.004, 0.002), coarse * kernel.FINE[0], record)
    return np.array(s)


def test_powered_flight_converges_with_the_fourth_order(double: MissileClass) -> None:
    exact = burnt_out(double, 0.125)
    errors = [np.linalg.norm(burnt_out(double, coarse) - exact) for coarse in (4.0, 2.0)]
    assert 3.6 < math.log2(errors[0] / errors[1]) < 4.6
    assert np.linalg.norm((burnt_out(double, 1.0) - exact)[:3]) < 3.0


def test_whole_flight_has_converged(double: MissileClass) -> None:
    """At the steps used, against steps eight times finer: some metres after 2,000 km of height, a millisecond."""
    pad = vehicle(launch(double, 2000.0, 900.0))
    used, fine = (fly_steered(pad, Steering(1.0, 0.001, 0.003), steps)[0] for steps in (kernel.FINE, (0.03125, 0.125)))
    assert np.linalg.norm((used - fine)[kernel.IMPACT : kernel.IMPACT + 3]) < 5.0
    assert used[kernel.IMPACT_S] == pytest.approx(fine[kernel.IMPACT_S], abs=1e-3)
    assert used[kernel.APOGEE_ALT] == pytest.approx(fine[kernel.APOGEE_ALT], abs=5.0)


def turned(v: np.ndarray, t_s: float) -> np.ndarray:
    """Earth-fixed axes at 0 s from those at `t_s`."""
    c, s = math.cos(EARTH_RATE_RADPS * t_s), math.sin(EARTH_RATE_RADPS * t_s)
    return np.array([c * v[0] - s * v[1], s * v[0] + c * v[1], v[2]])


def test_same_flight_in_inertial_axes_by_another_integrator(double: MissileClass) -> None:
    """From pitch-over to impact by DOP853 in inertial axes, where gravity alone acts, with drag and thrust along the
    velocity relative to the turning air. Only the density is shared; agreement to a metre."""
    knots = np.empty((20000, 10))
    out, count = fly_steered(vehicle(launch(double, 500.0, 1000.0)), Steering(1.0, 0.004, 0.002), (0.125, 0.5), knots)
    first = np.flatnonzero(knots[:count, 0] == 6.0)[-1]
    spin = np.array([0.0, 0.0, EARTH_RATE_RADPS])
    one, two = double.stages
    after_one = 1.0 - one.burn_s * one.acceleration_mps2 / one.exhaust_mps
    after_two = 1.0 - two.burn_s * two.acceleration_mps2 / two.exhaust_mps

    def mass_and_push(t: float) -> tuple[float, float]:
        if t < 140.0:
            mass = 1.0 - t * one.acceleration_mps2 / one.exhaust_mps
            return mass, one.acceleration_mps2 / mass
        if 144.0 <= t < 250.0:
            mass = 1.0 - (t - 144.0) * two.acceleration_mps2 / two.exhaust_mps
            return after_one * mass, two.acceleration_mps2 / mass
        return after_one * (after_two if t >= 250.0 else 1.0), 0.0

    def rate(t: float, y: np.ndarray, middle: float) -> np.ndarray:
        r, v = y[:3], y[3:]
        distance = np.linalg.norm(r)
        polar = 5.0 * (r[2] / distance) ** 2
        bulge = -1.5 * J2 * MU_M3PS2 * SEMI_MAJOR_M**2 / distance**5
        gravity = -MU_M3PS2 / distance**3 * r + bulge * r * np.array([1.0 - polar, 1.0 - polar, 3.0 - polar])
        wind = v - np.cross(spin, r)
        speed = np.linalg.norm(wind)
        mass, push = mass_and_push(t if middle < 250.0 else 251.0)
        push = push if mass_and_push(middle)[1] else 0.0
        beta = 5000.0 if middle > out[kernel.APOGEE_S] else 45000.0 * mass
        air = density(altitude(*turned(r, -t)))
        return np.concatenate([v, gravity + (push / speed - 0.5 * air * speed / beta) * wind])

    t, place = 6.0, knots[first, 1:4]
    y = np.concatenate([turned(place, t), turned(knots[first, 4:7] + np.cross(spin, place), t)])
    for until in (140.0 - 1e-9, 144.0, 250.0 - 1e-9, out[kernel.APOGEE_S], out[kernel.IMPACT_S]):
        way = solve_ivp(rate, (t, until), y, method="DOP853", rtol=1e-11, atol=1e-6, args=(0.5 * (t + until),))
        t, y = until, way.y[:, -1]
    assert np.linalg.norm(turned(y[:3], -t) - out[kernel.IMPACT : kernel.IMPACT + 3]) < 1.0


def test_gravity_turn_of_culler_and_fried() -> None:
    """The kernel's Runge-Kutta step on the flat Earth of the closed form: thrust twice the weight."""

    def rate(s: tuple[float, ...]) -> tuple[float, ...]:
        speed = math.hypot(s[3], s[5])
        push = 2.0 * G0_MPS2 / speed
        return s[3], 0.0, s[5], push * s[3], 0.0, push * s[5] - G0_MPS2

    speed, time_s = kepler.gravity_turn(2.0, 50.0, 1.0, 60.0)
    s = (0.0, 0.0, 0.0, 50.0 * math.sin(math.radians(1.0)), 0.0, 50.0 * math.cos(math.radians(1.0)))
    steps = 2000
    h = time_s / steps
    for _ in range(steps):
        k1 = rate(s)
        k2 = rate(forces.moved(s, k1, 0.5 * h))
        k3 = rate(forces.moved(s, k2, 0.5 * h))
        s = forces.combined(s, h, k1, k2, k3, rate(forces.moved(s, k3, h)))
    assert math.hypot(s[3], s[5]) == pytest.approx(speed, rel=1e-6)
    assert math.degrees(math.atan2(s[3], s[5])) == pytest.approx(60.0, rel=1e-6)


def test_rocket_equation() -> None:
    """A short vertical burn without air: the closed form, but for the Earth's size, shape and spin."""
    exhaust, burn_s = 2745.862, 20.0
    acceleration = exhaust * 0.75 / burn_s
    pad = Vehicle(0.7, 2.2, 0.0, np.array([[0.0, burn_s, acceleration, acceleration / exhaust]]), burn_s - 1e-6,
                  np.array([NO_AIR, NO_AIR]), 0.0)
    out, _ = fly_steered(pad, Steering(1.0, 0.0, 0.0))
    speed, height = kepler.vertical_boost(exhaust, 4.0, burn_s)
    assert out[kernel.BURNOUT_SPEED] == pytest.approx(speed, rel=1e-3)
    assert out[kernel.BURNOUT_ALT] == pytest.approx(height, rel=1e-3)


def test_samples_lie_on_the_flight(double: MissileClass) -> None:
    """Between the knots of 10 to 30 s in the coast, each sample leads to the next by the equations of motion."""
    flown = fly(launch(double, 1500.0, 2500.0))
    state = np.concatenate([flown.position_m, flown.velocity_mps], axis=1)
    for i in range(int(flown.burnout_s / 0.5) + 1, len(flown.t_s) - 200, 7):
        following = forces.step(tuple(state[i]), 0.0, 0.5, forces.free_fall(NO_AIR, 0.0))
        gap = np.array(following) - state[i + 1]
        if flown.phase[i + 1] == 1 and altitude(*flown.position_m[i]) > 200e3:
            assert np.linalg.norm(gap[:3]) < 1e-3 and np.linalg.norm(gap[3:]) < 1e-4
