"""Rays against a table computed by Bouguer's integral, and against the differential equation of a ray."""

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from trackfuse.core.constants import MEAN_RADIUS_M
from trackfuse.core.errors import SettingsError
from trackfuse.kernels import refraction as kernel
from trackfuse.sensing import horizon_four_thirds_km, horizon_km, refraction_bias

# Apparent elevation, degrees; elevation bias (mrad) and range bias (m) of targets at 100 km and at 500 km.
BIAS = [
    (0.5, 9.1973, 78.877, 10.0668, 79.644),
    (1.0, 7.6045, 63.490, 8.2803, 63.917),
    (3.0, 4.3263, 34.225, 4.6484, 34.297),
    (5.0, 2.9455, 22.834, 3.1441, 22.856),
    (10.0, 1.5887, 12.210, 1.6862, 12.213),
    (30.0, 0.5019, 4.340, 0.5318, 4.340),
]


@pytest.mark.parametrize("row", BIAS, ids=lambda row: f"{row[0]} deg")
def test_bias_of_elevation_and_range(row: tuple[float, ...]) -> None:
    """Stated to 0.5 %; both are the same integral, so a hundredth of that is met."""
    found = [*refraction_bias(row[0], 100.0), *refraction_bias(row[0], 500.0)]
    assert found == pytest.approx(row[1:], rel=2e-4)


def test_bias_of_one_degree_is_twenty_kilometres_at_2500_km() -> None:
    """Why an uncorrected radar is a registration problem: 8.28 mrad at 2,500 km."""
    assert 1e-3 * refraction_bias(1.0, 500.0)[0] * 2500.0 == pytest.approx(20.7, abs=0.1)


def bent(site_m: float, apparent: float, target_m: float) -> tuple[float, float]:
    """True elevation (rad) and distance (m) by integrating the equation of a ray, independent of Bouguer's law."""

    def turn(_: float, y: np.ndarray) -> list[float]:
        n = 313e-6 * math.exp(-0.143859e-3 * y[0])
        level = math.cos(y[2])
        return [
            math.sin(y[2]),
            level / (MEAN_RADIUS_M + y[0]),
            level / (MEAN_RADIUS_M + y[0]) - level * 0.143859e-3 * n / (1 + n),
        ]

    def arrival(_: float, y: np.ndarray) -> float:
        return y[0] - target_m

    arrival.terminal, arrival.direction = True, 1.0  # type: ignore[attr-defined]
    ray = solve_ivp(turn, (0.0, 1e7), [site_m, 0.0, apparent], rtol=1e-11, atol=1e-10, max_step=2e4, events=arrival)
    angle, r = ray.y_events[0][0][1], MEAN_RADIUS_M + target_m
    across, up = r * math.sin(angle), r * math.cos(angle) - MEAN_RADIUS_M - site_m
    return math.atan2(up, across), math.hypot(up, across)


@pytest.mark.parametrize(
    ("site_m", "apparent_deg"), [(0.0, 0.0), (0.0, 0.3), (900.0, -0.5), (900.0, 0.0), (900.0, 4.0)]
)
@pytest.mark.parametrize("target_m", [12e3, 100e3, 400e3])
def test_ray_follows_its_differential_equation(site_m: float, apparent_deg: float, target_m: float) -> None:
    apparent = math.radians(apparent_deg)
    elevation, _ = bent(site_m, apparent, target_m)
    bias_mrad, _ = refraction_bias(apparent_deg, target_m / 1e3, site_m=site_m)
    assert 1e-3 * bias_mrad == pytest.approx(apparent - elevation, abs=1e-8)


@pytest.mark.parametrize("site_m", [0.0, 15.0, 900.0])
def test_horizon_is_where_the_grazing_ray_arrives(site_m: float) -> None:
    dip = kernel.horizon_dip(MEAN_RADIUS_M, site_m)
    assert horizon_km(100.0, site_m=site_m) == pytest.approx(bent(site_m, -dip, 100e3)[1] / 1e3, rel=1e-6)
    assert kernel.lowest_height(MEAN_RADIUS_M, site_m, -dip) == pytest.approx(0.0, abs=1e-3)


def test_horizon_by_the_four_thirds_rule() -> None:
    """Pure arithmetic; printed to a metre."""
    surface = [horizon_four_thirds_km(h, radius_m=6371e3) for h in (0.0, 100.0, 200.0, 400.0, 1000.0)]
    assert surface == pytest.approx([0.0, 1307.262, 1854.149, 2637.372, 4241.383], abs=6e-4)
    hill = [horizon_four_thirds_km(h, site_m=900.0, radius_m=6371e3) for h in (0.01, 10.0, 100.0)]
    assert hill == pytest.approx([136.692, 535.960, 1430.919], abs=6e-4)


def test_the_four_thirds_rule_sees_too_far_above_the_troposphere() -> None:
    """Good within 3 % up to aircraft, 8 % too far at 100 km; the ray lies between it and the straight line."""
    assert horizon_four_thirds_km(10.0, site_m=900.0) == pytest.approx(horizon_km(10.0, site_m=900.0), rel=0.03)
    for target_km in (100.0, 400.0, 1000.0):
        straight = math.sqrt(2.0 * MEAN_RADIUS_M * target_km * 1e3 + (target_km * 1e3) ** 2) / 1e3
        assert straight < horizon_km(target_km) < 0.93 * horizon_four_thirds_km(target_km)


@pytest.mark.parametrize("apparent", [0.0, 0.005, 0.05, -0.009, 1.3])
def test_table_of_limits_is_the_ray(apparent: float) -> None:
    """Within 5e-6 rad, five metres at 1,000 km; beyond its last height, 116,000 km, the table is flat."""
    site, table = 400.0, np.empty(128)
    base = kernel.limit_table(MEAN_RADIUS_M, site, apparent, table)
    climbs = np.geomspace(1.0, 1e7, 300)
    angle, path = np.empty(300), np.empty(300)
    kernel.trace(MEAN_RADIUS_M, site, apparent, base + climbs, angle, path)
    for climb, swept in zip(climbs, angle, strict=True):
        exact = kernel.position_of(MEAN_RADIUS_M, site, swept, base + climb)[1]
        assert math.asin(kernel.limit_at(table, climb)) == pytest.approx(math.asin(exact), abs=5e-6)
    assert np.all(np.diff(table) <= 1e-15)


@pytest.mark.parametrize("call", [
    lambda: refraction_bias(-1.0, 100.0),
    lambda: refraction_bias(1.0, 0.0),
    lambda: refraction_bias(math.nan, 100.0),
    lambda: horizon_km(-1.0),
    lambda: horizon_km(100.0, site_m=1e6),
    lambda: horizon_four_thirds_km(100.0, site_m=-1.0),
])  # fmt: skip
def test_bad_arguments_are_named(call: object) -> None:
    with pytest.raises(SettingsError, match=r"elevation_deg|target_km|site_m"):
        call()  # type: ignore[operator]
