"""Impact prediction against an independent integration, closed forms, finite differences and Monte Carlo."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pymap3d
import pytest
from scipy import stats

from trackfuse.core.constants import EARTH_RATE_RADPS, MEAN_RADIUS_M, MU_M3PS2
from trackfuse.kernels import impact as kernel
from trackfuse.tracking.settings import TrackerSettings
from trackfuse.warning import HIT, NO_IMPACT, UNUSABLE, Predictions, predict

SETTINGS = TrackerSettings(drag_fraction=0.3, lift_to_drag=0.0)
KNOWN_DRAG = replace(SETTINGS, drag_fraction=0.0)
TIGHT = np.diag([100.0] * 3 + [1.0] * 3) ** 2


def once(
    states: np.ndarray,
    covariance: np.ndarray = TIGHT,
    boosting: float = 0.0,
    settings: TrackerSettings = SETTINGS,
    t_s: float = 0.0,
) -> Predictions:
    states = np.atleast_2d(states)
    k = len(states)
    return predict(states, np.broadcast_to(covariance, (k, 6, 6)), np.full(k, t_s), np.full(k, boosting), settings)


def offsets(made: Predictions, lat: float, lon: float, time_s: float) -> np.ndarray:
    """(east m, north m, time s) of impacts from one impact, (K, 3)."""
    east, north, _ = pymap3d.geodetic2enu(made.lat_rad, made.lon_rad, 0.0, lat, lon, 0.0, deg=False)
    return np.stack([east, north, made.time_s - time_s], axis=1)


def beta_times(factor: float) -> TrackerSettings:
    return replace(KNOWN_DRAG, beta_kgpm2=factor * SETTINGS.beta_kgpm2)


def test_point_and_time_agree_with_an_independent_integration(flight_state: np.ndarray, integrate: Callable) -> None:
    """15 m and 0.05 s: the steps are chosen for that; tracks are never known so well."""
    end, seconds = integrate(flight_state, SETTINGS.beta_kgpm2)
    made = once(flight_state, settings=KNOWN_DRAG, t_s=100.0)
    here = np.array(pymap3d.geodetic2ecef(made.lat_rad[0], made.lon_rad[0], 0.0, deg=False))
    assert made.status[0] == HIT
    assert np.linalg.norm(here - end[:3]) < 15.0
    assert abs(made.time_s[0] - 100.0 - seconds) < 0.05


def test_covariance_is_that_of_finite_differences(flight_state: np.ndarray) -> None:
    """1 % of each entry's scale, 5 % of the instant's: the steps of the sensitivities are chosen for that.

    The instant's is worst for a target already coming down through the air, whose 32 ms no drag leaves standing.
    """
    sigma = np.array([100.0] * 3 + [1.0] * 3)
    base = once(flight_state, settings=KNOWN_DRAG)
    shifted = np.concatenate([flight_state + np.diag(sigma), flight_state - np.diag(sigma)])
    moved = offsets(once(shifted, settings=KNOWN_DRAG), base.lat_rad[0], base.lon_rad[0], base.time_s[0])
    jacobian = (moved[:6] - moved[6:]) / 2.0
    expected = jacobian.T @ jacobian
    scale = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    allowed = np.array([[0.01, 0.01, 0.05], [0.01, 0.01, 0.05], [0.05, 0.05, 0.05]])
    assert (np.abs(base.covariance[0] - expected) < allowed * scale).all()


def test_drag_is_that_of_three_falls(flight_state: np.ndarray) -> None:
    """Falls with the coefficient assumed and its 5 and 95 % points: Pearson & Tukey's mean, and the normal law with as
    much between the outer two. To rounding, 1 m."""
    known, base = once(flight_state, settings=KNOWN_DRAG), once(flight_state)
    far = float(stats.norm.ppf(0.95))
    three = [once(flight_state, settings=beta_times(math.exp(d * SETTINGS.drag_fraction))) for d in (-far, 0.0, far)]
    at = np.concatenate([offsets(x, known.lat_rad[0], known.lon_rad[0], known.time_s[0]) for x in three])
    mean, half = np.array([0.185, 0.63, 0.185]) @ at, (at[2] - at[0]) / (2.0 * far)
    shift = offsets(base, known.lat_rad[0], known.lon_rad[0], known.time_s[0])[0]
    np.testing.assert_allclose(shift, mean, rtol=1e-3, atol=1.0)
    scale = np.sqrt(np.outer(np.diag(base.covariance[0]), np.diag(base.covariance[0])))
    assert (np.abs(base.covariance[0] - known.covariance[0] - np.outer(half, half)) < 1e-3 * scale).all()


def northward(speed: float, elevation_deg: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """State on the ground, and the axes up and ahead there, with an inertial velocity in the meridian.

    There the Earth's rotation moves nothing north. The flight is centred on 49 degrees north, where the ellipsoid's
    meridian is as curved as the mean sphere.
    """
    elevation = math.radians(elevation_deg)
    q = speed**2 * MEAN_RADIUS_M / MU_M3PS2
    half_range = math.degrees(
        math.atan2(q * math.sin(elevation) * math.cos(elevation), 1.0 - q * math.cos(elevation) ** 2)
    )
    here = np.array(pymap3d.geodetic2ecef(49.0 - half_range, 0.0, 0.0))
    up = here / np.linalg.norm(here)
    ahead = np.array([-up[2], 0.0, up[0]])
    inertial = speed * (math.cos(elevation) * ahead + math.sin(elevation) * up)
    return np.r_[here, inertial - np.cross([0.0, 0.0, EARTH_RATE_RADPS], here)], up, ahead


def airless(state: np.ndarray, covariance: np.ndarray) -> tuple[float, float]:
    """Standard deviations north and, before the Earth turns under the flight, east of an impact without drag."""
    lat, lon, seconds = np.empty((3, 1))
    spread, ground, sigma, status = np.empty((1, 3, 3)), np.empty((1, 2, 3)), np.empty((1, 2)), np.empty(1, np.int8)
    out = kernel.Impacts(lat, lon, seconds, spread, status, ground, sigma)
    kernel.predict(state[None], covariance[None], np.zeros(1), kernel.Body(0.0, 0.0, 0.0), out)
    assert status[0] == HIT
    turning = EARTH_RATE_RADPS * math.hypot(*pymap3d.geodetic2ecef(lat[0], 0.0, 0.0, deg=False)[:2])
    east = spread[0, 0, 0] + 2.0 * turning * spread[0, 0, 2] + turning**2 * spread[0, 2, 2]
    return math.sqrt(spread[0, 1, 1]), math.sqrt(max(east, 0.0))


@pytest.mark.parametrize(
    ("speed", "elevation", "per_speed", "per_mrad", "per_radius", "cross"),
    [
        (3016.114297, 42.751699, 716.563999, 0.0, 0.169615, 449.668571),
        (3500.0, 35.0, 877.931220, 688.779057, 0.241152, None),
        (7198.076265, 22.516991, 6035.184448, 0.0, 3.409328, None),
    ],
)
def test_impact_coefficients_of_free_flight(
    speed: float, elevation: float, per_speed: float, per_mrad: float, per_radius: float, cross: float | None
) -> None:
    """Bate, Mueller & White (1971), 6.3, on the mean sphere.

    The ellipsoid's surface leans by up to 0.2 degrees against the sphere, and J2 changes gravity by 0.1 to 0.2 %:
    2 % of the coefficient; where that of the angle vanishes, 1.5 % of the 2 R a radian of which it is the difference.
    """
    start, up, ahead = northward(speed, elevation)
    turn = math.radians(elevation)
    forward = math.cos(turn) * ahead + math.sin(turn) * up
    normal = math.cos(turn) * up - math.sin(turn) * ahead

    def moved(position: np.ndarray, velocity: np.ndarray) -> tuple[float, float]:
        one = np.r_[position, velocity]
        return airless(start, np.outer(one, one))

    none = np.zeros(3)
    assert moved(none, forward)[0] == pytest.approx(per_speed, rel=0.02)
    assert moved(none, normal * speed * 1e-3)[0] == pytest.approx(per_mrad, rel=0.02, abs=0.015 * 2e-3 * MEAN_RADIUS_M)
    # The closed form ends as high as it began; from a higher start there is a metre more to fall to the same ground.
    assert moved(up, none)[0] == pytest.approx(per_radius + 1.0 / math.tan(turn), rel=0.02)
    if cross is not None:
        assert moved(none, np.array([0.0, 1.0, 0.0]))[1] == pytest.approx(cross, rel=0.02)


@pytest.mark.parametrize(
    ("speed", "elevation", "along", "across"),
    [(3016.114297, 42.751699, 734.25, 457.51), (7400.0, 85.0, 1530.41, 1504.49)],
)
def test_impact_ellipse_of_an_isotropic_error(speed: float, elevation: float, along: float, across: float) -> None:
    """100 m and 1 m/s a component at burn-out; 2 % as above."""
    north, east = airless(northward(speed, elevation)[0], TIGHT)
    assert (north, east) == pytest.approx((along, across), rel=0.02)


def test_invalid_states_are_told_apart(make_state: Callable) -> None:
    orbit = make_state(40.0, 130.0, 500.0, 7300.0, 90.0, 0.0)
    orbit[3:] *= 7700.0 / 7300.0
    escape = make_state(40.0, 130.0, 500.0, 11500.0, 90.0, 60.0)
    buried = make_state(40.0, 130.0, -50.0, 3000.0, 90.0, 40.0)
    made = once(np.stack([orbit, escape, buried, np.full(6, np.nan)]))
    assert list(made.status) == [NO_IMPACT, NO_IMPACT, UNUSABLE, UNUSABLE]
    for name in ("lat_rad", "lon_rad", "time_s", "covariance", "ground_m", "ground_sigma_m"):
        assert np.isnan(getattr(made, name)).all()


def test_monte_carlo_covers(flight_state: np.ndarray) -> None:
    """4,000 states drawn from the track: the mean of the squared distance, and the shares inside 50, 90 and 95 %.

    Each within 4.5 standard deviations of its law (false failure below 1e-5; seed fixed), 1 % for the linear form.
    """
    rng = np.random.default_rng(20231219)
    n = 4000
    base = once(flight_state, settings=KNOWN_DRAG)
    drawn = flight_state + rng.standard_normal((n, 6)) * np.sqrt(np.diag(TIGHT))
    miss = offsets(once(drawn, settings=KNOWN_DRAG), base.lat_rad[0], base.lon_rad[0], base.time_s[0])
    distance2 = np.einsum("ni,ij,nj->n", miss, np.linalg.inv(base.covariance[0]), miss)
    assert abs(distance2.mean() - 3.0) < 4.5 * math.sqrt(6.0 / n) + 0.03
    for share in (0.5, 0.9, 0.95):
        inside = (distance2 <= stats.chi2.ppf(share, 3)).mean()
        assert abs(inside - share) < 4.5 * math.sqrt(share * (1.0 - share) / n) + 0.005


@pytest.mark.parametrize("fraction", [0.1, 0.6])
def test_drag_uncertainty_covers(make_state: Callable, fraction: float) -> None:
    """A known state and 2,000 ballistic coefficients drawn lognormally: regions of 50, 90 and 95 % of their falls.

    4.5 binomial standard deviations (false failure below 1e-5; seed fixed), 3 % for what a normal law leaves out.
    """
    rng = np.random.default_rng(7)
    start = make_state(39.5, 126.0, 35.0, 1300.0, 60.0, 30.0)
    base = once(start, np.zeros((6, 6)), settings=replace(SETTINGS, drag_fraction=fraction))
    made = [once(start, settings=beta_times(math.exp(fraction * d))) for d in rng.standard_normal(2000)]
    miss = np.concatenate([offsets(x, base.lat_rad[0], base.lon_rad[0], base.time_s[0]) for x in made])
    variance, axes = np.linalg.eigh(base.covariance[0, :2, :2])
    for off in (miss[:, :2] @ axes[:, 1] / math.sqrt(variance[1]), miss[:, 2] / math.sqrt(base.covariance[0, 2, 2])):
        for share in (0.5, 0.9, 0.95):
            inside = (off**2 <= stats.chi2.ppf(share, 1)).mean()
            assert abs(inside - share) < 4.5 * math.sqrt(share * (1.0 - share) / 2000) + 0.03


def test_region_reaches_as_far_as_a_pull_up(make_state: Callable, pull_up: Callable) -> None:
    """Evenly from the fall to where the lift carries it, by an integration of its own: within 1 % of the reach.

    What the track brings grows with the time of flight; of the covariance 4 %, for the meridians lean by 0.03 rad.
    """
    low = make_state(39.0, 126.5, 40.0, 2200.0, 95.0, 16.0)
    still, fall, base = (once(low, settings=replace(KNOWN_DRAG, drag_fraction=spread, lift_to_drag=ratio))
                         for spread, ratio in ((0.0, 0.0), (0.3, 0.0), (0.3, 3.0)))  # fmt: skip
    end, seconds = pull_up(low, SETTINGS.beta_kgpm2, 3.0)
    here = still.lat_rad[0], still.lon_rad[0]
    east, north, _ = pymap3d.ecef2enu(*end[:3], *here, 0.0, deg=False)
    reach = np.array([east, north, seconds - still.time_s[0]])
    middle = offsets(base, *here, 0.0)[0] - offsets(fall, *here, 0.0)[0]
    np.testing.assert_allclose(middle, reach / 2.0, rtol=0.01, atol=0.005 * np.abs(reach).max())
    expected = (1.0 + reach[2] / (2.0 * still.time_s[0])) ** 2 * fall.covariance[0] + np.outer(reach, reach) / 12.0
    # East and north there lean by 0.03 rad against those here: the size of the three axes does not.
    np.testing.assert_allclose(np.linalg.eigvalsh(base.covariance[0]), np.linalg.eigvalsh(expected), rtol=0.02)


def test_nothing_high_or_burning_is_taken_to_pull_up(make_state: Callable) -> None:
    lifted = replace(SETTINGS, lift_to_drag=3.0)
    low, high = make_state(39.0, 126.5, 40.0, 2200.0, 95.0, 16.0), make_state(39.0, 126.5, 40.0, 2200.0, 95.0, 22.0)
    for state, boosting in ((low, 0.9), (high, 0.0)):
        assert np.array_equal(once(state, boosting=boosting, settings=lifted).covariance,
                              once(state, boosting=boosting).covariance)  # fmt: skip


def test_boost_widens_along_the_velocity_alone(make_state: Callable) -> None:
    burning = make_state(39.5, 127.0, 80.0, 2500.0, 85.0, 45.0)
    coast, boost = once(burning), once(burning, boosting=0.9)
    assert boost.lat_rad[0] == coast.lat_rad[0] and boost.time_s[0] == coast.time_s[0]
    extra = boost.covariance[0] - coast.covariance[0]
    size = np.linalg.eigvalsh(extra / np.sqrt(np.outer(np.diag(extra), np.diag(extra))))
    assert size[-1] == pytest.approx(3.0, rel=1e-9)  # one direction only: fully correlated
    assert np.array_equal(once(burning, boosting=0.49).covariance, coast.covariance)


def test_ground_track_lies_under_the_flight(make_state: Callable, fly: Callable) -> None:
    """On the ellipsoid, from under the track to the impact point, and under the independent flight between: 500 m.

    500 m: between the steps of 70 s the flight is taken as straight, which puts it lower, not aside.
    """
    start = make_state(40.8, 128.5, 250.0, 4700.0, 85.0, 38.0)
    made = once(start, settings=KNOWN_DRAG)
    lat, lon, alt = pymap3d.ecef2geodetic(*made.ground_m[0].T)
    assert np.abs(alt).max() < 1e-3
    assert (lat[0], lon[0]) == pytest.approx((40.8, 128.5), abs=1e-6)
    assert (lat[-1], lon[-1]) == pytest.approx((math.degrees(made.lat_rad[0]), math.degrees(made.lon_rad[0])), abs=1e-6)
    times = np.linspace(0.0, made.time_s[0], 16)[1:-1]
    under = np.array(pymap3d.ecef2geodetic(*fly(start, SETTINGS.beta_kgpm2, times)[:, :3].T))
    for k in range(14):
        east, north, _ = pymap3d.geodetic2enu(under[0, k], under[1, k], 0.0, lat[k + 1], lon[k + 1], 0.0)
        assert math.hypot(float(east), float(north)) < 500.0


def test_cross_track_sigma_grows_to_that_of_the_impact(flight_state: np.ndarray) -> None:
    made = once(flight_state)
    back, end = (
        np.array(pymap3d.ecef2enu(*made.ground_m[0, k], made.lat_rad[0], made.lon_rad[0], 0.0, deg=False))
        for k in (-2, -1)
    )
    ahead = (end - back)[:2] / np.linalg.norm((end - back)[:2])
    across = np.array([-ahead[1], ahead[0]])
    assert made.ground_sigma_m[0, -1] == pytest.approx(
        math.sqrt(across @ made.covariance[0, :2, :2] @ across), rel=0.03
    )
    assert made.ground_sigma_m[0, 0] == pytest.approx(100.0, rel=0.15)


def test_cross_track_sigma_counts_errors_that_go_together(flight_state: np.ndarray) -> None:
    """Errors of the six components that are correlated at random. At the beginning exactly the variance along the
    normal to the plane of the flight over the turning Earth, on the ground; at the end that of the impact region, to
    3 % as above."""
    rng = np.random.default_rng(5)
    root = np.sqrt(TIGHT) @ rng.standard_normal((6, 6))
    for sign in (1.0, -1.0):
        mixed = np.diag([1.0, sign, 1.0, 1.0, sign, 1.0])
        covariance = mixed @ root @ root.T @ mixed
        made = once(flight_state, covariance, settings=KNOWN_DRAG)
        here, normal = flight_state[:3], np.cross(flight_state[:3], flight_state[3:])
        normal /= np.linalg.norm(normal)
        lowered = np.linalg.norm(made.ground_m[0, 0]) / np.linalg.norm(here)
        expected = lowered * math.sqrt(normal @ covariance[:3, :3] @ normal)
        assert made.ground_sigma_m[0, 0] == pytest.approx(expected, rel=2e-3)  # the ellipsoid's plumb leans by 3 mrad
        back, end = (np.array(pymap3d.ecef2enu(*made.ground_m[0, k], made.lat_rad[0], made.lon_rad[0], 0.0, deg=False))
                     for k in (-2, -1))  # fmt: skip
        ahead = (end - back)[:2] / np.linalg.norm((end - back)[:2])
        across = np.array([-ahead[1], ahead[0]])
        region = math.sqrt(across @ made.covariance[0, :2, :2] @ across)
        assert made.ground_sigma_m[0, -1] == pytest.approx(region, rel=0.03)


def test_constants_are_those_of_the_formula() -> None:
    """The closed form itself, so that the numbers above are seen to be its values."""
    v, phi = 3016.114297, math.radians(42.751699)
    r = MEAN_RADIUS_M
    psi = 1e6 / r
    per_speed = r * 8.0 * MU_M3PS2 * math.sin(psi / 2) ** 2 / (v**3 * r * math.sin(2 * phi))
    assert per_speed == pytest.approx(716.563999, rel=1e-6)
