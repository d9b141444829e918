"""Registration errors: drawn once a run at their own address, and moving measurements as geometry demands."""

import math
from dataclasses import replace

import numpy as np
import pymap3d
import pytest
from scipy import stats

from trackfuse.core.constants import SEMI_MAJOR_M
from trackfuse.core.errors import ScenarioError
from trackfuse.sensing import (
    Detections,
    Draws,
    Looks,
    draw,
    draw_registration,
    false_plots,
    joined,
    measure,
    refraction_bias,
    refraction_biases,
    registration_gradient,
    registration_table,
)
from trackfuse.sensing.arrays import local_radius_m
from trackfuse.sensing.registration import ERRORS

from .conftest import Arc, infrared, radar, standing, step

WIDE = {"sector_deg": 360.0, "range_km": 4000.0, "elevation_max_deg": 85.0}


@pytest.fixture(scope="module")
def looks(arc: Arc) -> Looks:
    return arc.looks(radar("a", **WIDE), radar("b", lat_deg=42.0, lon_deg=140.0, **WIDE), infrared())


def measured(looks: Looks, errors: np.ndarray) -> np.ndarray:
    """Measurements of all looks without noise, with given registration errors (S, 8)."""
    count = looks.t_s.size
    draws = Draws(uniform=np.zeros(count), normal=np.zeros((count, 4)), registration=errors)
    return measure(looks, draws, np.arange(count), np.zeros(count, dtype=bool)).z


def only(looks: Looks, s: int, name: str, value: float) -> np.ndarray:
    errors = np.zeros((len(looks.sensors), len(ERRORS)))
    errors[s, ERRORS.index(name)] = value
    return errors


def placed(looks: Looks, z: np.ndarray, s: int) -> np.ndarray:
    """ECEF positions (m) of what sensor s measured, as one who trusts its site and north would plot them."""
    rows, sensor = looks.sensor == s, looks.sensors[s]
    angles = np.degrees(z[rows, 1]), np.degrees(z[rows, 2])
    return np.stack(pymap3d.aer2ecef(*angles, z[rows, 0], sensor.lat_deg, sensor.lon_deg, sensor.alt_m), axis=1)


def test_without_errors_nothing_changes(looks: Looks) -> None:
    assert not draw(looks, seed=1, run=0, launch_id="x").registration.any()


def test_a_site_error_moves_all_plots_by_itself(looks: Looks) -> None:
    """A radar 100 m east, 50 m south and 20 m above where it is believed to stand: to first order, 5 cm at 200 km."""
    errors = only(looks, 1, "site_east_m", 100.0)
    errors[1, 1:3] = -50.0, 20.0
    moved = placed(looks, measured(looks, errors), 1) - placed(looks, measured(looks, np.zeros((3, 8))), 1)
    expected = -np.array([100.0, -50.0, 20.0]) @ looks.enu_from_ecef[1]
    np.testing.assert_allclose(moved, np.broadcast_to(expected, moved.shape), atol=0.05)


def test_a_late_clock_shows_the_target_where_it_was(arc: Arc, looks: Looks) -> None:
    """Stamps 0.1 s late: each plot lies where the target was 0.1 s before, to first order (acceleration: 5 cm)."""
    rows = np.flatnonzero(looks.sensor == 0)
    plots = placed(looks, measured(looks, only(looks, 0, "clock_s", 0.1)), 0)
    for k in range(0, rows.size, 15):
        t = looks.t_s[rows[k]] - 0.1
        i = min(int(np.searchsorted(arc.t_s, t, side="right")) - 1, arc.t_s.size - 2)
        was = step(np.concatenate([arc.position_m[i], arc.velocity_mps[i]]), t - arc.t_s[i])[:3]
        np.testing.assert_allclose(plots[k], was, atol=0.2)


def test_ten_milliseconds_at_seven_kilometres_a_second_are_seventy_metres() -> None:
    """And a tenth of a second is 700 m."""
    point = np.array([SEMI_MAJOR_M + 400e3, 0.0, 200e3])
    still = standing(point)
    fast = replace(still, position_m=point + np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 70e3]]))
    fast = replace(fast, velocity_mps=np.tile([0.0, 0.0, 7000.0], (2, 1)))
    looks = fast.looks(radar(lat_deg=0.0, lon_deg=0.0, **WIDE))
    for late, metres in ((0.01, 70.0), (0.1, 700.0)):
        moved = placed(looks, measured(looks, only(looks, 0, "clock_s", late)), 0)
        gap = np.linalg.norm(moved - placed(looks, measured(looks, np.zeros((1, 8))), 0), axis=1)
        np.testing.assert_allclose(gap, metres, rtol=1e-3)


def test_a_second_of_earth_rotation_at_39_north() -> None:
    """Clock error and frame error are one: a point fixed in space moves 361.047 m over the ground in a second."""
    point = np.array(pymap3d.geodetic2ecef(39.0, 126.0, 0.0))
    on_sphere = 6371008.8 * math.cos(math.radians(39.0)) * 7.292115e-5
    assert on_sphere == pytest.approx(361.047, abs=1e-3)
    assert math.hypot(point[0], point[1]) * 7.292115e-5 == pytest.approx(on_sphere, rel=3e-3)


def test_offsets_add_to_their_coordinate(looks: Looks) -> None:
    truth = measured(looks, np.zeros((3, 8)))
    mine = looks.sensor == 0
    for name, axis, value in (("azimuth_rad", 1, 1e-3), ("elevation_rad", 2, -2e-3), ("range_m", 0, 150.0)):
        moved = measured(looks, only(looks, 0, name, value)) - truth
        np.testing.assert_allclose(moved[mine, axis], value, atol=1e-9)
        moved[mine, axis] = 0.0
        np.testing.assert_allclose(np.nan_to_num(moved), 0.0, atol=1e-9)


def test_a_milliradian_of_north_is_a_kilometre_at_a_thousand(looks: Looks) -> None:
    z, truth = measured(looks, only(looks, 0, "azimuth_rad", 1e-3)), measured(looks, np.zeros((3, 8)))
    gap = np.linalg.norm(placed(looks, z, 0) - placed(looks, truth, 0), axis=1)
    rows = looks.sensor == 0
    np.testing.assert_allclose(gap, 1e-3 * looks.range_m[rows] * np.cos(looks.elevation_rad[rows]), rtol=1e-6)


def test_a_satellite_looks_aside_by_an_angle_on_the_sky(looks: Looks) -> None:
    moved = measured(looks, only(looks, 2, "azimuth_rad", 1e-5)) - measured(looks, np.zeros((3, 8)))
    mine = looks.sensor == 2
    np.testing.assert_allclose(moved[mine, 1] * np.cos(looks.elevation_rad[mine]), 1e-5, rtol=1e-6)


@pytest.mark.parametrize(
    ("apparent_deg", "tolerance"), [(0.1, 0.02), (0.5, 5e-3), (2.0, 5e-3), (8.0, 5e-3), (40.0, 5e-3)]
)
@pytest.mark.parametrize("target_km", [30.0, 120.0, 900.0])
def test_refraction_from_the_table_is_the_ray_s(apparent_deg: float, tolerance: float, target_km: float) -> None:
    sensor = radar(alt_m=500.0, elevation_min_deg=-5.0)
    radius = local_radius_m(sensor.lat_deg)
    bias_mrad, bias_m = refraction_bias(apparent_deg, target_km, site_m=500.0, radius_m=radius)
    true = math.radians(apparent_deg) - 1e-3 * bias_mrad
    r0, r = radius + 500.0, radius + 1e3 * target_km
    distance = -r0 * math.sin(true) + math.sqrt(r * r - (r0 * math.cos(true)) ** 2)
    found = refraction_biases(sensor, np.array([true]), np.array([distance]))[0]
    np.testing.assert_allclose(found, [1e-3 * bias_mrad, bias_m], rtol=tolerance)


def test_residual_refraction_is_a_share_of_the_bias(looks: Looks) -> None:
    moved = measured(looks, only(looks, 0, "refraction", 0.05)) - measured(looks, np.zeros((3, 8)))
    rows = looks.sensor == 0
    bias = refraction_biases(looks.sensors[0], looks.elevation_rad[rows], looks.range_m[rows])  # type: ignore[arg-type]
    np.testing.assert_allclose(moved[rows][:, [2, 0]], 0.05 * bias, atol=1e-7)
    assert 1e-4 < moved[rows, 2].max() < 1e-3


FAULTY = {
    "site_sigma_m": 50.0, "range_offset_sigma_m": 20.0, "north_sigma_mrad": 1.0, "level_sigma_mrad": 0.5,
    "clock_sigma_s": 0.01, "refraction_residual": 0.05,
}  # fmt: skip
SIGMA = [50.0, 50.0, 50.0, 1e-3, 0.5e-3, 20.0, 0.01, 0.05]


def test_errors_are_drawn_with_the_stated_sigmas() -> None:
    """500 runs: sum of squares and mean, five standard deviations each (16 tests, 1e-5 in all)."""
    drawn = np.array([draw_registration((radar(**FAULTY),), seed=2, run=run)[0] for run in range(500)]) / SIGMA
    assert np.all(np.abs(drawn.sum(axis=0)) < 5.0 * math.sqrt(500.0))
    assert np.all(np.abs(stats.chi2.cdf(np.sum(drawn**2, axis=0), 500) - 0.5) < 0.5 - 2.9e-7)
    assert np.abs(np.corrcoef(drawn.T) - np.eye(8)).max() < 5.0 / math.sqrt(500.0)


def test_errors_belong_to_the_sensor_and_the_run(arc: Arc) -> None:
    faulty, sound, sky = radar("a", **FAULTY), radar("b"), infrared(sight_offset_sigma_urad=20.0, clock_sigma_s=0.1)
    one = draw_registration((faulty,), seed=2, run=3)
    several = draw_registration((sky, sound, faulty), seed=2, run=3)
    np.testing.assert_array_equal(several[2], one[0])
    assert not several[1].any()
    assert list(np.flatnonzero(several[0])) == [3, 4, 6]
    assert not np.any(one == draw_registration((faulty,), seed=2, run=4))
    looks = arc.looks(faulty, sky)
    drawn = [draw(looks, seed=2, run=3, launch_id=launch) for launch in ("x", "y")]
    np.testing.assert_array_equal(drawn[0].registration, drawn[1].registration)
    np.testing.assert_array_equal(drawn[0].registration[0], one[0])


def test_errors_can_be_read(arc: Arc) -> None:
    sensors = (radar("a", **FAULTY), infrared())
    errors = draw_registration(sensors, seed=2, run=3)
    table = registration_table(sensors, errors)
    assert list(table["sensor"]) == ["a", "infrared"]
    assert table["azimuth_mrad"][0] == pytest.approx(1e3 * errors[0, 3])
    assert table["site_up_m"][0] == errors[0, 2]


def test_bias_makes_averages_inconsistent() -> None:
    """1 mrad of bias and 1 mrad of noise averaged over k looks: E[NEES] = 1 + k, so 11 at k = 10.

    Each average has NEES chi-square with non-centrality k b^2; its mean over N drawn biases has variance
    (2 + 4 k + 2 k^2) / N. 1,000 runs, five standard deviations: 6e-7.
    """
    sensor = radar(north_sigma_mrad=1.0, angle_floor_mrad=1.0, range_km=20_000.0, beamwidth_deg=1e-3, revisit_s=1.0)
    looks = standing(np.array(pymap3d.geodetic2ecef(39.0, 132.0, 200e3))).looks(sensor)
    rows, cued = np.arange(10), np.ones(looks.t_s.size, dtype=bool)
    nees = []
    for run in range(1000):
        found = measure(looks, draw(looks, seed=23, run=run, launch_id="x"), rows, cued)
        sigma = found.sigma
        across = (found.z[:, 1] - looks.azimuth_rad[rows]).mean()
        # North alignment turns azimuth itself; the noise across the beam is larger in azimuth by 1 / cos(elevation).
        cos_elevation = math.cos(looks.elevation_rad[0])
        assert sigma[0, 1] * cos_elevation == pytest.approx(1e-3, rel=1e-3)
        nees.append(across**2 / (sigma[0, 1] ** 2 / 10.0))
    k = 10.0 * cos_elevation**2
    assert np.mean(nees) == pytest.approx(1.0 + k, abs=5.0 * math.sqrt((2.0 + 4.0 * k + 2.0 * k * k) / 1000.0))


@pytest.mark.parametrize("field", sorted(FAULTY))
def test_bad_sigmas_are_named(field: str) -> None:
    with pytest.raises(ScenarioError, match=field):
        radar(**{field: -1.0})
    with pytest.raises(ScenarioError, match=field):
        radar(**{field: math.nan})


def two_radar_rows(targets: list[tuple[float, float]]) -> tuple[np.ndarray, np.ndarray]:
    """Derivatives of what two radars' plots of the same targets differ by (m), by ranges and norths of both, (2 k, 4);
    and the spread of these differences (m) from 50 m and 1 mrad of noise."""
    rows, noise = [], []
    sensors = (radar("a", lat_deg=37.0, lon_deg=129.0, **WIDE), radar("b", lat_deg=36.0, lon_deg=135.0, **WIDE))
    for lat, lon in targets:
        looks = standing(np.array(pymap3d.geodetic2ecef(lat, lon, 100e3))).looks(*sensors)
        level = np.array(pymap3d.uvw2enu(*np.eye(3), lat, lon))[:2]

        def apart(errors: np.ndarray, looks: Looks = looks, level: np.ndarray = level) -> np.ndarray:
            z = measured(looks, errors)
            return level @ (placed(looks, z, 0)[0] - placed(looks, z, 1)[0])

        plain = apart(np.zeros((2, 8)))
        steps = [(s, name, size) for s in (0, 1) for name, size in (("range_m", 10.0), ("azimuth_rad", 1e-5))]
        block = [(apart(only(looks, s, name, size)) - plain) / size for s, name, size in steps]
        rows.append(np.array(block).T)
        noise.append(rows[-1] @ np.diag([50.0, 1e-3, 50.0, 1e-3]) ** 2 @ rows[-1].T)
    return np.concatenate(rows), np.array(noise)


def test_one_common_target_does_not_tell_four_biases_apart() -> None:
    """Two radars, range and north of both: one target has rank 2; two have rank 4, but barely: kilometres and tens of
    milliradians remain where the targets lie close together."""
    scale = np.array([1e3, 1e-3, 1e3, 1e-3])
    one, _ = two_radar_rows([(39.0, 132.0)])
    assert np.linalg.matrix_rank(one * scale, tol=1.0) == 2
    two, noise = two_radar_rows([(39.0, 132.0), (39.5, 132.6)])
    assert np.linalg.matrix_rank(two * scale, tol=1.0) == 4
    weight = np.zeros((4, 4))
    weight[:2, :2], weight[2:, 2:] = np.linalg.inv(noise[0]), np.linalg.inv(noise[1])
    spread = np.sqrt(np.diag(np.linalg.inv(two.T @ weight @ two)))
    assert np.all(spread[[0, 2]] > 1e3)
    assert np.all((spread[[1, 3]] > 5e-3) & (spread[[1, 3]] < 0.1))


def test_residual_refraction_is_the_same_error_look_after_look_and_differs_between_radars(looks: Looks) -> None:
    """Over 200 runs the residuals of successive looks of a radar correlate fully, those of two radars not at all (five
    standard deviations, 6e-7), and their size goes with the geometry."""
    sensors = tuple(replace(each, refraction_residual=0.05) for each in looks.sensors[:2])
    moved = []
    for run in range(200):
        errors = np.zeros((3, 8))
        errors[:2] = draw_registration(sensors, seed=41, run=run)
        moved.append(measured(looks, errors)[:, 2] - looks.elevation_rad)
    residual = np.array(moved)
    first, other = (np.flatnonzero(looks.sensor == s) for s in (0, 1))
    assert np.corrcoef(residual[:, first[10]], residual[:, first[40]])[0, 1] == pytest.approx(1.0, abs=1e-9)
    assert abs(np.corrcoef(residual[:, first[10]], residual[:, other[10]])[0, 1]) < 5.0 / math.sqrt(200.0)
    elevation = looks.elevation_rad[first]
    spread = residual[:, first].std(axis=0)
    assert spread[elevation.argmin()] > 5.0 * spread[elevation.argmax()]


def measured_exactly(looks: Looks, truth: int) -> Detections:
    """Detections at all looks without noise."""
    count = looks.t_s.size
    draws = Draws(uniform=np.zeros(count), normal=np.zeros((count, 4)), registration=np.zeros((len(looks.sensors), 8)))
    return measure(looks, draws, np.arange(count), np.zeros(count, dtype=bool), truth=truth)


def test_gradient_is_what_one_sigma_of_each_error_adds(arc: Arc) -> None:
    """Each detection by its own object's look, in whatever order; an infrared sensor's range is not measured."""
    sensors = (radar("a", **FAULTY, **WIDE), radar("b", **WIDE), infrared(sight_offset_sigma_urad=20.0))
    moves = arc.looks(*sensors)
    rests = standing(np.array(pymap3d.geodetic2ecef(39.0, 132.0, 100e3))).looks(*sensors)
    both = joined([measured_exactly(moves, 0), measured_exactly(rests, 1)])
    order = np.random.default_rng(1).permutation(len(both))
    found = registration_gradient(both.select(order), (moves, rests))
    assert found.shape == (len(both), 3, 8)
    sky = 2e-5 * np.array([0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0])
    for o, looks in enumerate((moves, rests)):
        mine = both.truth[order] == o
        rows = both.look[order][mine]
        for e, name in enumerate(ERRORS):
            one = np.zeros((3, 8))
            one[0, e], one[2, e] = SIGMA[e], sky[e]
            moved = (measured(looks, one) - measured(looks, np.zeros((3, 8))))[:, :3]
            moved[:, 1] = (moved[:, 1] + np.pi) % (2.0 * np.pi) - np.pi
            moved[looks.sensor == 2, 0] = 0.0
            apart = (found[mine, :, e] - moved[rows]) / [1.0, 1e-3, 1e-3]
            np.testing.assert_allclose(apart, 0.0, atol=1e-6, err_msg=name)
    assert not found[both.sensor[order] == 1].any()


def test_gradient_of_a_false_detection_is_that_of_rest_at_its_measured_place(arc: Arc) -> None:
    sensor = radar("a", **FAULTY, **(WIDE | {"range_km": 1200.0}), false_plot_cap=5.0)
    looks = arc.looks(sensor)
    false = false_plots((sensor,), 100.0, seed=3, run=0)
    found = registration_gradient(false, (looks,))
    assert len(false) > 20
    assert not found[:, :, ERRORS.index("clock_s")].any()
    np.testing.assert_array_equal(found[:, 0, ERRORS.index("range_m")], 20.0)
    # A site 50 m too far east, from the measured place: pymap3d, to second order.
    place = np.stack(pymap3d.aer2enu(*np.degrees(false.z[:, 1:3].T), false.z[:, 0]), axis=1)
    turned = pymap3d.enu2aer(*(place - [50.0, 0.0, 0.0]).T)
    shift = np.stack([turned[2] - false.z[:, 0], np.radians(turned[0]) - false.z[:, 1],
                      np.radians(turned[1]) - false.z[:, 2]], axis=1)  # fmt: skip
    shift[:, 1] = (shift[:, 1] + np.pi) % (2.0 * np.pi) - np.pi
    far = (false.z[:, 0] > 200e3) & (false.z[:, 2] < math.radians(60.0))
    np.testing.assert_allclose((found[far, :, 0] - shift[far]) / [0.01, 1e-6, 1e-6], 0.0, atol=1.0)
    mixed = joined([measured_exactly(looks, 0), false])
    both = registration_gradient(mixed, (looks,))
    np.testing.assert_array_equal(both[mixed.truth == -1], found)
