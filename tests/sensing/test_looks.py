"""Looks: geometry against pymap3d, the range equation, limits, clocks, infrared conditions, order, and invariants."""

import math
from dataclasses import replace

import numpy as np
import pymap3d
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from trackfuse.core.constants import C_MPS
from trackfuse.sensing import Infrared, Looks, Radar, detection_probability, first_look_s, refraction_bias
from trackfuse.sensing.arrays import local_radius_m

from .conftest import Arc, hanging, infrared, radar, standing, step

EVERYWHERE = {"sector_deg": 360.0, "elevation_min_deg": -5.0, "elevation_max_deg": 90.0}


def true_state(arc: Arc, t: float) -> np.ndarray:
    i = min(int(np.searchsorted(arc.t_s, t, side="right")) - 1, arc.t_s.size - 2)
    return step(np.concatenate([arc.position_m[i], arc.velocity_mps[i]]), t - arc.t_s[i])


def seen(arc: Arc, sensor: Radar | Infrared, t: float) -> np.ndarray:
    """Range (m), azimuth and elevation (rad) by pymap3d, of the arc integrated to an instant."""
    target = true_state(arc, t)[:3]
    azimuth, elevation, distance = pymap3d.ecef2aer(*target, sensor.lat_deg, sensor.lon_deg, sensor.alt_m)
    return np.array([distance, math.radians(azimuth), math.radians(elevation)])


def test_geometry_is_that_of_an_independent_library(arc: Arc) -> None:
    """pymap3d on the arc integrated to each look; Hermite interpolation of a coast costs less than a millimetre."""
    sensors = (radar("a", range_km=4000.0), radar("b", lat_deg=41.3, lon_deg=141.1, **EVERYWHERE), infrared())
    looks = arc.looks(*sensors)
    assert set(looks.sensor) == {0, 1, 2}
    for row in range(0, looks.t_s.size, 7):
        sensor = sensors[looks.sensor[row]]
        distance, azimuth, elevation = seen(arc, sensor, looks.t_s[row])
        assert looks.range_m[row] == pytest.approx(distance, abs=1e-3)
        assert looks.azimuth_rad[row] == pytest.approx(azimuth, abs=1e-8)
        assert looks.elevation_rad[row] == pytest.approx(elevation, abs=1e-8)
        rate = (seen(arc, sensor, looks.t_s[row] + 0.01) - seen(arc, sensor, looks.t_s[row] - 0.01)) / 0.02
        np.testing.assert_allclose((looks.rate[row, :3] - rate) / [0.1, 1e-7, 1e-7], 0.0, atol=1.0)


def test_every_sensor_keeps_its_own_clock(arc: Arc) -> None:
    sensors = (radar("a", **EVERYWHERE), radar("b", revisit_s=0.7, **EVERYWHERE), infrared(revisit_s=1.3))
    looks = arc.looks(*sensors)
    for s, sensor in enumerate(sensors):
        mine = looks.sensor == s
        assert 0.0 <= first_look_s(sensor) < sensor.revisit_s
        np.testing.assert_allclose(looks.t_s[mine], first_look_s(sensor) + looks.number[mine] * sensor.revisit_s)
        assert np.all(np.diff(looks.number[mine]) > 0)
    assert np.all(np.diff(looks.t_s) >= 0.0)


def test_looks_at_one_instant_are_in_order_of_sensors() -> None:
    looks = hanging(37.5, 135.0, 300e3).looks(*(radar("same", **EVERYWHERE) for _ in range(7)))
    assert list(looks.sensor) == [0, 1, 2, 3, 4, 5, 6] * 5


def test_last_look_is_not_after_impact(arc: Arc) -> None:
    every = radar("x", revisit_s=0.1, lat_deg=40.0, lon_deg=139.0, **EVERYWHERE)
    assert arc.looks(every).t_s.max() <= arc.t_s[-1]


def at_distance(distance_m: float, **changes: object) -> Looks:
    """One radar that looks up at a target of 1 m^2, a kilometre off the zenith."""
    sensor = radar(lat_deg=0.0, lon_deg=0.0, alt_m=0.0, revisit_s=10.0, **(EVERYWHERE | changes))
    return standing(np.array([6378137.0 + math.sqrt(distance_m**2 - 1e6), 0.0, 1000.0])).looks(sensor)


def test_range_equation_is_anchored_on_the_published_range() -> None:
    """At `range_km` a cued look finds a steady target of 1 m^2 with Pd 0.9."""
    looks = at_distance(1000e3, range_km=1000.0, swerling=0, search_loss_db=7.0)
    np.testing.assert_allclose(looks.snr_db[0], [13.183490 - 7.0, 13.183490], atol=1e-9)
    assert looks.pd[0, 1] == pytest.approx(0.9, abs=1e-8)


def test_doubling_the_distance_costs_twelve_decibels() -> None:
    near, far = (at_distance(d * 1e3, range_km=2000.0).snr_db[0, 1] for d in (500.0, 1000.0))
    assert near - far == pytest.approx(12.0412, abs=1e-4)


def test_cross_section_counts_by_phase(arc: Arc) -> None:
    looks = arc.looks(radar(range_km=4000.0, **EVERYWHERE))
    constant = looks.snr_db[:, 1] + 40.0 * np.log10(looks.range_m)
    for phase, start, end in ((0, 0.0, 60.0), (1, 60.0, 450.0), (2, 450.0, 1e4)):
        rows = (looks.t_s >= start) & (looks.t_s < end)
        expected = 10.0 * math.log10(arc.rcs_m2[phase]) + 13.183490 + 40.0 * math.log10(4e6)
        np.testing.assert_allclose(constant[rows], expected, atol=1e-9)
        assert rows.any()


@pytest.mark.parametrize("swerling", [0, 1, 3])
def test_probability_is_that_of_the_theory(arc: Arc, swerling: int) -> None:
    looks = arc.looks(radar(swerling=swerling, pfa=1e-5, range_km=200.0, revisit_s=0.2, **EVERYWHERE))
    expected = detection_probability(looks.snr_db, 1e-5, swerling)
    np.testing.assert_allclose(looks.pd, expected, atol=1e-9)
    assert looks.pd[:, 1].min() > 2e-5
    assert looks.pd[:, 1].min() < 3e-5


@pytest.mark.parametrize(
    ("snr_db", "angle_mrad", "range_m"), [(13.0, 1.726801, 23.728796), (20.0, 0.771334, 10.599264)]
)
def test_accuracy_from_snr(snr_db: float, angle_mrad: float, range_m: float) -> None:
    """theta / (1.6 sqrt(2 SNR)) and c / (2 B sqrt(2 SNR)) at 1 degree and 1 MHz, printed to six decimals."""
    bare = {"range_floor_m": 1e-6, "angle_floor_mrad": 1e-6, "search_loss_db": 0.0}
    distance = 1e6 * 10.0 ** ((13.183490 - snr_db) / 40.0)
    looks = at_distance(distance, range_km=1000.0, **bare)
    assert 1e3 * looks.sigma[0, 1, 2] == pytest.approx(angle_mrad, rel=2e-6)
    assert looks.sigma[0, 1, 0] == pytest.approx(range_m, rel=2e-6)


def test_accuracy_has_floors_and_is_never_worse_than_beam_and_cell(arc: Arc) -> None:
    looks = arc.looks(radar(lat_deg=38.0, lon_deg=133.0, range_km=1e4, search_loss_db=60.0, **EVERYWHERE))
    width, cell = math.radians(1.0), C_MPS / 2e6
    assert np.all(looks.sigma[:, :, 0] > 15.0)
    assert looks.sigma[:, 1, 0].min() < 15.1
    assert np.all(looks.sigma[:, :, 2] > 0.3e-3)
    assert np.all(looks.sigma[:, :, 0] <= math.hypot(cell / math.sqrt(12.0), 15.0) * (1 + 1e-12))
    assert np.all(looks.sigma[:, :, 2] <= math.hypot(width / math.sqrt(12.0), 0.3e-3) * (1 + 1e-12))
    across = looks.sigma[:, :, 1] * np.cos(looks.elevation_rad)[:, None]
    np.testing.assert_allclose(across, looks.sigma[:, :, 2], rtol=1e-9)


def test_straight_overhead_azimuth_is_unknown_but_finite() -> None:
    sensor = radar(lat_deg=0.0, lon_deg=0.0, alt_m=0.0, **EVERYWHERE)
    looks = standing(np.array([6378137.0 + 3e5, 0.0, 0.0])).looks(sensor)
    assert looks.t_s.size == 5
    np.testing.assert_allclose(looks.sigma[:, :, 1], math.pi / math.sqrt(3.0))


def test_sector_cuts_on_both_sides(arc: Arc) -> None:
    """A sector that passes north, seen from the south of the arc."""
    wide = radar(
        lat_deg=35.0, lon_deg=131.0, boresight_deg=10.0, sector_deg=60.0, elevation_min_deg=-5.0, range_km=5000.0
    )
    azimuth = np.degrees(arc.looks(wide).azimuth_rad)
    inside = (azimuth >= 340.0) | (azimuth <= 40.0)
    assert inside.all()
    everything = arc.looks(replace(wide, sector_deg=360.0))
    seen = np.degrees(everything.azimuth_rad)
    assert np.count_nonzero((seen >= 340.0) | (seen <= 40.0)) == azimuth.size < seen.size


def apparent_deg(sensor: Radar, elevation_rad: float, range_m: float) -> float:
    """Apparent elevation at which a target at a true elevation and distance is seen, by search along traced rays."""
    radius = local_radius_m(sensor.lat_deg)
    r0 = radius + sensor.alt_m
    height = math.sqrt(r0**2 + range_m**2 + 2.0 * r0 * range_m * math.sin(elevation_rad)) - radius

    def apart(degrees: float) -> float:
        bias_mrad, _ = refraction_bias(degrees, height / 1e3, site_m=sensor.alt_m, radius_m=radius)
        return math.radians(degrees) - 1e-3 * bias_mrad - elevation_rad

    return brentq(apart, 0.0, 89.0, xtol=1e-10)


@pytest.mark.parametrize("minimum", [0.5, 3.0])
def test_elevation_limits_hold_for_the_apparent_elevation(arc: Arc, minimum: float) -> None:
    """The first look is the first above the limit along the ray: its true elevation still lies below it."""
    sensor = radar(revisit_s=0.2, range_km=4000.0, sector_deg=360.0, elevation_min_deg=minimum, elevation_max_deg=20.0)
    looks = arc.looks(sensor)
    assert apparent_deg(sensor, looks.elevation_rad[0], looks.range_m[0]) == pytest.approx(minimum, abs=0.02)
    assert apparent_deg(sensor, looks.elevation_rad[0], looks.range_m[0]) >= minimum - 3e-4
    assert math.degrees(looks.elevation_rad[0]) < minimum - 0.1
    top = [apparent_deg(sensor, e, d) for e, d in zip(looks.elevation_rad[::20], looks.range_m[::20], strict=True)]
    assert max(top) == pytest.approx(20.0, abs=0.5)
    assert max(top) <= 20.0 + 3e-4


def test_horizon_is_where_the_grazing_ray_meets_the_target(arc: Arc) -> None:
    """A hill radar without its own limit sees the target as it crosses its grazing ray: below the horizontal."""
    sensor = radar(revisit_s=0.1, alt_m=900.0, range_km=4000.0, **EVERYWHERE)
    first = arc.looks(sensor)
    radius = local_radius_m(sensor.lat_deg)
    r0 = radius + sensor.alt_m
    up = first.range_m[0] * math.sin(first.elevation_rad[0])
    height = math.sqrt(r0**2 + first.range_m[0] ** 2 + 2.0 * r0 * up) - radius
    lowest = -math.degrees(math.acos((1 + 313e-6) * radius / ((1 + 313e-6 * math.exp(-0.143859 * 0.9)) * r0)))
    bias_mrad, _ = refraction_bias(lowest, height / 1e3, site_m=900.0, radius_m=radius)
    limit = math.radians(lowest) - 1e-3 * bias_mrad
    # In a tenth of a second the target climbs 0.3 mrad at most.
    assert limit - 5e-6 <= first.elevation_rad[0] < limit + 3e-4


def test_nothing_is_seen_through_the_earth() -> None:
    assert hanging(-37.0, -43.0, 500e3).looks(radar(range_km=20_000.0, **EVERYWHERE)).t_s.size == 0


def test_infrared_sees_engines_only(arc: Arc) -> None:
    looks = arc.looks(infrared(revisit_s=0.5))
    assert looks.t_s.max() < 60.0
    assert np.all(np.isnan(looks.snr_db))
    assert np.all(looks.pd == 0.9)
    assert np.all(np.isinf(looks.sigma[:, :, 0]))
    np.testing.assert_array_equal(looks.sigma[:, 0], looks.sigma[:, 1])
    np.testing.assert_allclose(looks.sigma[:, 0, 2], 20e-6)
    np.testing.assert_allclose(looks.sigma[:, 0, 1] * np.cos(looks.elevation_rad), 20e-6, rtol=1e-6)


def test_infrared_first_sees_the_plume_at_cloud_break() -> None:
    """Climbing with 15 m/s^2 net, 10 km are reached after 36.515 s; the next look of a 0.1 s clock sees it."""
    t_s = np.arange(0.0, 60.5, 0.5)
    foot = np.array(pymap3d.geodetic2ecef(39.0, 125.8, 0.0))
    up = np.array(pymap3d.enu2uvw(0.0, 0.0, 1.0, 39.0, 125.8))
    climb = Arc(
        t_s, foot + np.outer(7.5 * t_s**2, up), np.outer(15.0 * t_s, up), np.zeros(t_s.size, np.int8), np.ones(3)
    )
    assert math.sqrt(2.0 * 10e3 / 15.0) == pytest.approx(36.515, abs=5e-4)
    assert 36.515 <= climb.looks(infrared(revisit_s=0.1)).t_s[0] < 36.616


def test_infrared_needs_a_line_of_sight() -> None:
    """From 120 E the Earth hides what is more than about 81 degrees (and some for height) from the point below."""
    seen = [
        hanging(0.0, 120.0 + apart, 20e3).looks(infrared()).t_s.size > 0 for apart in (0.0, 80.0, 85.5, 86.5, 180.0)
    ]
    assert seen == [True, True, True, False, False]
    assert hanging(39.0, 126.0, 20e3).looks(infrared(detection_probability=0.0)).t_s.size == 0


def test_no_sensors_and_blind_sensors() -> None:
    target = hanging(37.5, 135.0, 300e3)
    assert target.looks().t_s.size == 0
    blind = target.looks(radar(range_km=1.0))
    assert blind.t_s.size == 0
    assert blind.sigma.shape == (0, 2, 4)
    assert blind.site_m.shape == (1, 3)


def test_other_sensors_leave_a_sensor_as_it_is(arc: Arc) -> None:
    alone, mine = arc.looks(radar("a")), arc.looks(infrared(), radar("b"), radar("a"), radar("c"))
    rows = mine.sensor == 2
    for name in ("number", "t_s", "range_m", "azimuth_rad", "elevation_rad", "snr_db", "pd", "sigma"):
        np.testing.assert_array_equal(getattr(mine, name)[rows], getattr(alone, name))


def test_table_names_units(arc: Arc) -> None:
    looks = arc.looks(radar(), infrared())
    table = looks.to_frame()
    assert len(table) == looks.t_s.size
    assert set(table["sensor"]) == {"radar", "infrared"}
    np.testing.assert_allclose(table["azimuth_deg"], np.degrees(looks.azimuth_rad))
    np.testing.assert_allclose(table["sigma_elevation_cued_mrad"], 1e3 * looks.sigma[:, 1, 2])


@settings(max_examples=60, deadline=None)
@given(
    lat=st.floats(30.0, 45.0), lon=st.floats(120.0, 145.0), alt=st.floats(-100.0, 3000.0),
    reach=st.floats(50.0, 8000.0), loss=st.floats(0.0, 40.0), swerling=st.sampled_from([0, 1, 3]),
    pfa=st.floats(1e-10, 0.05), lowest=st.floats(-5.0, 20.0), rcs=st.floats(1e-3, 100.0),
)  # fmt: skip
def test_a_cue_never_hurts(
    arc: Arc,
    lat: float,
    lon: float,
    alt: float,
    reach: float,
    loss: float,
    swerling: int,
    pfa: float,
    lowest: float,
    rcs: float,
) -> None:
    sensor = radar(lat_deg=lat, lon_deg=lon, alt_m=alt, range_km=reach, search_loss_db=loss, swerling=swerling, pfa=pfa,
                   elevation_min_deg=lowest, sector_deg=360.0, revisit_s=7.0)  # fmt: skip
    looks = replace(arc, rcs_m2=np.full(3, rcs)).looks(sensor)
    assert np.all(looks.pd[:, 1] >= looks.pd[:, 0])
    assert np.all(looks.sigma[:, 1] <= looks.sigma[:, 0])
    assert np.all((looks.pd > 0.0) & (looks.pd <= 1.0))
    assert np.all(looks.pd[:, 1] > max(1e-6, 1.99 * pfa))
    assert np.all((looks.azimuth_rad >= 0.0) & (looks.azimuth_rad <= 2.0 * math.pi))
    assert np.all(np.isfinite(looks.sigma[..., :3]))
    assert np.all(looks.sigma > 0.0)
    if alt <= 0.0:
        assert np.all(looks.elevation_rad > -0.3)
