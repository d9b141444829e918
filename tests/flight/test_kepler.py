"""Closed forms against published numbers and direct integration."""

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from trackfuse.core.constants import EARTH_RATE_RADPS, G0_MPS2, MEAN_RADIUS_M, MU_M3PS2
from trackfuse.core.errors import FlightError
from trackfuse.flight import kepler

MINIMUM_ENERGY = [
    # range km, speed m/s, elevation deg, apogee km, time s: all digits printed
    (100, 987.099521, 44.775170, 24.901643, 143.455012), (300, 1696.478730, 44.325510, 74.110206, 251.035131),
    (500, 2173.372057, 43.875850, 122.515722, 327.364411), (1000, 3016.114297, 42.751699, 239.938417, 474.360694),
    (1300, 3400.906697, 42.077209, 307.871840, 548.489414), (3000, 4864.989604, 38.255097, 655.206617, 895.036675),
    (4600, 5715.023882, 34.657816, 919.846415, 1171.774295), (5500, 6075.232391, 32.634345, 1040.523256, 1315.795376),
    (10000, 7198.076265, 22.516991, 1319.478333, 1930.958861),
    (13000, 7587.727148, 15.772088, 1195.815630, 2233.135790),
]


@pytest.mark.parametrize("row", MINIMUM_ENERGY, ids=lambda row: f"{row[0]} km")
def test_minimum_energy(row: tuple[float, ...]) -> None:
    arc = kepler.minimum_energy(row[0])
    assert (arc.speed_mps, arc.angle_deg, arc.apogee_km, arc.time_s) == pytest.approx(row[1:], abs=6e-7)
    assert arc.range_km == pytest.approx(row[0], rel=1e-12)
    half = 0.5e3 * row[0] / MEAN_RADIUS_M
    assert arc.apogee_km * 1e3 == pytest.approx(0.5 * MEAN_RADIUS_M * (math.sin(half) + math.cos(half) - 1), rel=1e-9)


def test_lofted_pair() -> None:
    low, high = kepler.lofted_pair(3500.0, 1000.0)
    assert (low.angle_deg, low.apogee_km, low.time_s) == pytest.approx((20.879363, 96.862126, 312.012019), abs=1e-6)
    assert (high.angle_deg, high.apogee_km, high.time_s) == pytest.approx((64.624036, 574.927815, 748.328647), abs=1e-6)
    assert low.range_km == pytest.approx(1000.0, rel=1e-12) and high.range_km == pytest.approx(1000.0, rel=1e-12)


def test_bate_mueller_white_burnout_at_a_fifth_of_a_radius() -> None:
    """Chapter 6: burn-out at 0.2 radii with 2/3 of circular speed, apogee at 0.5: cos phi 0.625, cos(Psi/2) 0.95."""
    speed = 2.0 / 3.0 * math.sqrt(MU_M3PS2 / MEAN_RADIUS_M)
    arc = kepler.free_flight(speed, math.degrees(math.acos(0.625)), 0.2 * MEAN_RADIUS_M / 1e3)
    psi = arc.range_km * 1e3 / MEAN_RADIUS_M
    assert arc.apogee_km * 1e3 / MEAN_RADIUS_M == pytest.approx(0.5, rel=1e-12)
    assert math.cos(psi / 2.0) == pytest.approx(0.95, rel=1e-12)
    assert math.degrees(psi) == pytest.approx(36.389745, abs=1e-6)


def test_bate_mueller_white_submarine() -> None:
    """Chapter 6: 16,000 ft/s at 30 degrees, azimuth 135, from 30 N, where the equator turns with 1,524 ft/s."""
    foot = 0.3048
    speed, angle, azimuth = kepler.inertial_velocity(16000.0 * foot, 30.0, 135.0, 30.0, 1524.0 * foot)
    assert speed / foot == pytest.approx(16840.578, abs=1e-3)
    assert (angle, azimuth) == pytest.approx((28.362155, 131.389315), abs=1e-6)


@pytest.mark.parametrize(("apogee_km", "range_km", "at_rest", "rotating"), [
    (2111.5, 787.0, 1675.8, 1685.3), (2802.0, 933.0, 2065.5, 2079.9), (4475.0, 950.0, 3017.0, 3039.4),
    (5768.5, 989.0, 3781.8, 3812.6), (6045.0, 1000.2, 3949.3, 3982.2), (6248.5, 1090.0, 4074.7, 4110.8),
    (6648.4, 1001.2, 4319.5, 4357.1)])
def test_free_fall_of_published_flights(apogee_km: float, range_km: float, at_rest: float, rotating: float) -> None:
    assert kepler.free_fall_time(apogee_km, range_km) == pytest.approx(at_rest, abs=0.06)
    # The launch place is only roughly that of each flight: bearings and latitudes are worth a second or two.
    assert kepler.rotating_free_fall_time(apogee_km, range_km, 39.2, 72.0) == pytest.approx(rotating, abs=2.0)


def test_the_earth_at_rest_is_the_limit_of_the_rotating_one_at_the_pole() -> None:
    assert kepler.rotating_free_fall_time(500.0, 1e-3, 90.0, 0.0) == pytest.approx(
        kepler.free_fall_time(500.0, 1e-3), abs=1e-6)


def test_thrown_straight_up_from_forty_north() -> None:
    """The time and the place are closed forms; integration in inertial space agrees to 1e-8."""
    speed = math.sqrt(2.0 * MU_M3PS2 * (1.0 / MEAN_RADIUS_M - 1.0 / (MEAN_RADIUS_M + 1e6)))
    time_s, apogee_km, east_km, north_km = kepler.vertical_throw(speed, 40.0)
    assert (time_s, east_km, north_km) == pytest.approx((1022.417553, -64.8370, -5.8913), abs=5e-5)
    lat, r = math.radians(40.0), MEAN_RADIUS_M
    start = [r * math.cos(lat), 0.0, r * math.sin(lat),
             speed * math.cos(lat), EARTH_RATE_RADPS * r * math.cos(lat), speed * math.sin(lat)]

    def fall(_: float, y: np.ndarray) -> np.ndarray:
        return np.concatenate([y[3:], -MU_M3PS2 * y[:3] / np.linalg.norm(y[:3]) ** 3])

    way = solve_ivp(fall, (0.0, time_s), start, method="DOP853", rtol=1e-12, atol=1e-6, dense_output=True)
    end = way.y[:, -1]
    assert np.linalg.norm(end[:3]) == pytest.approx(r, abs=0.1)
    east = math.atan2(end[1], end[0]) - EARTH_RATE_RADPS * time_s
    assert r * math.cos(lat) * east / 1e3 == pytest.approx(east_km, abs=1e-4)
    assert r * (math.asin(end[2] / r) - lat) / 1e3 == pytest.approx(north_km, abs=1e-4)
    assert np.linalg.norm(way.sol(time_s / 2)[:3]) - r == pytest.approx(apogee_km * 1e3, abs=1.0)


def test_gravity_turn() -> None:
    speed, time_s = kepler.gravity_turn(2.0, 50.0, 1.0, 60.0)
    assert (speed, time_s) == pytest.approx((4410.183328, 369.662965), abs=1e-6)

    def turn(_: float, y: np.ndarray) -> list[float]:
        return [G0_MPS2 * (2.0 - math.cos(y[1])), G0_MPS2 * math.sin(y[1]) / y[0]]

    end = solve_ivp(turn, (0.0, time_s), [50.0, math.radians(1.0)], rtol=1e-11, atol=1e-11).y[:, -1]
    assert end == pytest.approx([speed, math.radians(60.0)], rel=1e-6)


def test_vertical_rocket() -> None:
    assert kepler.vertical_boost(280.0 * G0_MPS2, 4.0, 100.0) == pytest.approx((2825.908007, 98667.183100), abs=1e-6)


@pytest.mark.parametrize(("call", "message"), [
    (lambda: kepler.free_flight(12000.0, 45.0), "escape speed"), (lambda: kepler.free_flight(3000.0, 0.0), "angle_deg"),
    (lambda: kepler.minimum_energy(0.0), "range_km"), (lambda: kepler.minimum_energy(20100.0), "range_km"),
    (lambda: kepler.lofted_pair(3000.0, 1000.0), "3016.1 m/s"), (lambda: kepler.free_fall_time(0.0, 100.0), "apogee"),
    (lambda: kepler.gravity_turn(1.0, 50.0, 1.0, 60.0), "thrust_ratio"),
    (lambda: kepler.vertical_boost(2700.0, 1.0, 100.0), "mass_ratio")])
def test_what_no_flight_can_have(call, message: str) -> None:
    with pytest.raises(FlightError, match=message):
        call()
