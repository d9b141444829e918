"""Lines of sight of two satellites: the point they fix, against an independent least-squares fit; the start that they
make of a track, and the starts that they do not make.
"""

import math

import numpy as np
import pymap3d
import pytest
from scipy.optimize import least_squares
from scipy.stats import chi2

from trackfuse.kernels import initiation, stereo
from trackfuse.kernels.filter import SCRATCH
from trackfuse.kernels.geodesy import enu_from_ecef
from trackfuse.kernels.line_pairs import pair_cost
from trackfuse.kernels.node_state import Confirmation
from trackfuse.kernels.track_update import start_within
from trackfuse.tracking import TrackerSettings, first_fix, gate_threshold, track
from trackfuse.tracking.packing import packed

from .conftest import detections_of

SIGMA = 20e-6
HEIGHT_M = 35786e3
PLACE = (40.0, 126.0, 12e3)
SUMS = 1e-5
"""Probability with which each statistical test here fails although all is right."""


def sites_of(longitudes):
    """ECEF and local frames of geostationary satellites over these longitudes (deg)."""
    site = np.array([pymap3d.geodetic2ecef(0.0, lon, HEIGHT_M) for lon in longitudes])
    return site, np.array([enu_from_ecef(0.0, math.radians(lon)) for lon in longitudes])


def sights(points, t, sensor, longitudes, rng=None, sigma=SIGMA):
    """Detections of ECEF points (m, 3) at times t (m,) by satellites (m,) over these longitudes; with noise or not."""
    site, enu = sites_of(longitudes)
    sensor = np.asarray(sensor)
    local = np.einsum("mij,mj->mi", enu[sensor], np.asarray(points) - site[sensor])
    flat = np.hypot(local[:, 0], local[:, 1])
    z = np.column_stack([np.zeros(len(t)), np.arctan2(local[:, 0], local[:, 1]), np.arctan2(local[:, 2], flat)])
    spread = np.column_stack([np.full(len(t), np.inf), sigma / np.cos(z[:, 2]), np.full(len(t), sigma)])
    if rng is not None:
        z[:, 1:] += rng.standard_normal((len(t), 2)) * spread[:, 1:]
    return detections_of(t, sensor, z, spread, site, enu, [True] * len(longitudes))


def at_place():
    return np.array(pymap3d.geodetic2ecef(*PLACE))


def residuals(x, given):
    """Angles measured less those of a point, in standard deviations, by pymap3d."""
    out = []
    for k in range(len(given)):
        lat, lon, alt = pymap3d.ecef2geodetic(*given.site_m[k])
        azimuth, elevation, _ = pymap3d.ecef2aer(*x, lat, lon, alt, deg=True)
        off = (given.z[k, 1] - math.radians(azimuth) + math.pi) % (2.0 * math.pi) - math.pi
        out += [off / given.sigma[k, 1], (given.z[k, 2] - math.radians(elevation)) / given.sigma[k, 2]]
    return np.array(out)


@pytest.mark.parametrize("longitudes", [(105.0, 120.0), (80.0, 160.0), (120.0, 127.0)])
def test_fix_is_that_of_an_independent_fit(longitudes):
    """Point and covariance of scipy's least squares of the same four angles; two sensors of different accuracy."""
    rng = np.random.default_rng(1)
    given = sights([at_place()] * 2, [0.0, 0.0], [0, 1], longitudes, rng)
    given.sigma[1, 1:] *= 1.5
    point, upper, cost = stereo.fix(*packed(given))
    start = at_place() + 3e3
    fit = least_squares(residuals, start, args=(given,), x_scale=1e3, xtol=1e-15, ftol=1e-15, gtol=1e-15, jac="3-point")
    np.testing.assert_allclose(point, fit.x, atol=2.0)
    covariance = np.linalg.inv(fit.jac.T @ fit.jac)
    np.testing.assert_allclose(upper, covariance[np.triu_indices(3)], rtol=2e-3, atol=2e-3 * covariance.max())
    assert cost == pytest.approx(2.0 * fit.cost, rel=1e-3, abs=1e-6)


def test_fix_and_miss_are_chi_square():
    """Errors of 400 fixes over their covariance have 3 degrees of freedom each; the sums of squares and the misses of
    the two lines have 1. Two-sided, each failing once in 1e5 runs.
    """
    rng, truth, count = np.random.default_rng(2), at_place(), 400
    nees, costs, misses = [], [], []
    for _ in range(count):
        one, two = packed(sights([truth] * 2, [0.0, 0.0], [0, 1], (105.0, 120.0), rng))
        point, upper, cost = stereo.fix(one, two)
        covariance = np.zeros((3, 3))
        covariance[np.triu_indices(3)] = upper
        covariance += np.triu(covariance, 1).T
        error = np.array(point) - truth
        nees.append(error @ np.linalg.solve(covariance, error))
        costs.append(cost)
        misses.append(stereo.closest_approach(one, two, 0.0)[0])
    for values, freedom in ((nees, 3), (costs, 1), (misses, 1)):
        low, high = chi2.ppf([SUMS / 2.0, 1.0 - SUMS / 2.0], freedom * count)
        assert low < sum(values) < high
    np.testing.assert_allclose(misses, costs, rtol=0.02, atol=1e-3)


@pytest.mark.parametrize(("apart_deg", "starts"), [(0.0, False), (2.0, False), (4.0, False), (6.0, True), (15.0, True)])
def test_lines_that_are_nearly_parallel_start_no_track(apart_deg, starts):
    """Satellites over one longitude, and a few degrees apart, fix no point: no start, however many looks."""
    t = np.repeat(np.arange(0.0, 60.0, 5.0), 2)
    given = sights([at_place()] * len(t), t, [0, 1] * (len(t) // 2), (120.0, 120.0 + apart_deg))
    for association in ("known", "gnn"):
        settings = TrackerSettings(association=association)
        tracks = track(given, t[:, None], np.array([30.0, 60.0]), settings, np.zeros((1, 1))).tracks
        assert (tracks.status == 1).any() == starts
    assert (first_fix(packed(given), given.sensor, np.zeros((len(t), 3, 1)), TrackerSettings()) is not None) == starts


def test_two_looks_of_each_satellite_start_a_track_and_fewer_do_not():
    lines = packed(sights([at_place()] * 5, [0.0, 1.0, 5.0, 11.0, 50.0], [0, 1, 0, 1, 1], (105.0, 120.0)))

    def start(*rows):
        share = np.isin(np.arange(5), rows).astype(float)
        return start_within(lines, np.arange(5), share, 0, 5, Confirmation(3, 30.0))

    assert start(0, 1, 2, 3) == (0, 3)
    assert start(0, 1, 2) == start(0, 1, 3) == start(0, 2, 4) == (-1, -1)
    assert start(0, 1, 2, 4) == (-1, -1)  # the last is too late


def test_angles_of_one_place_start_no_track():
    t = np.arange(0.0, 100.0, 5.0)
    given = sights([at_place()] * len(t), t, [0] * len(t), (120.0,))
    assert not track(given, t[:, None], t, TrackerSettings(), np.zeros((1, 1))).tracks.status.any()


def moving(t, place=PLACE, climb_mps=(0.0, 100.0, 600.0), push_mps2=(0.0, 5.0, 15.0)):
    """ECEF points of a target that climbs with constant acceleration, (m, 3), and its velocities (m, 3)."""
    enu = enu_from_ecef(math.radians(place[0]), math.radians(place[1]))
    v, a, t = np.array(climb_mps) @ enu, np.array(push_mps2) @ enu, np.asarray(t)[:, None]
    return np.array(pymap3d.geodetic2ecef(*place)) + t * v + 0.5 * t * t * a, v + t * a


LOOKS = np.array([0.0, 0.4, 5.0, 10.0, 10.4, 15.0, 19.0, 19.4])
WHO = np.array([0, 1, 0, 0, 1, 0, 0, 1])


def test_initial_state_is_that_of_an_independent_fit():
    """All lines of sight at once by scipy, with the same prior of velocity and acceleration, and no noise of motion."""
    points, _ = moving(LOOKS)
    given = sights(points, LOOKS, WHO, (105.0, 120.0), np.random.default_rng(3))
    rows, f = packed(given), np.empty((initiation.N + 1, initiation.N))
    share, scratch = np.ones(len(rows)), np.zeros((SCRATCH, 9, 9))
    assert initiation.begin(rows, np.arange(len(rows)), share, 0, len(rows), f)
    prior_mean, prior = f[initiation.N].copy(), f[:9].copy()
    prior_at = stereo.fix(rows[0], rows[1])[0]
    for k in range(1, len(rows)):
        initiation.advance(f, LOOKS[k] - LOOKS[k - 1], 0.0, scratch)
        initiation.update_initial(f, rows[k], scratch)
    root = np.linalg.inv(np.linalg.cholesky(prior[3:, 3:]))

    def left(x):
        where = x[:3] + LOOKS[:, None] * x[3:6] + 0.5 * LOOKS[:, None] ** 2 * x[6:]
        off = [residuals(where[k], given.select(np.array([k]))) for k in range(len(rows))]
        return np.concatenate([*off, root @ (x[3:] - prior_mean[3:])])

    fit = least_squares(left, np.r_[prior_at, prior_mean[3:]], x_scale=np.r_[[1e3] * 3, [1e2] * 3, [10.0] * 3],
                        xtol=1e-14, ftol=1e-14, gtol=1e-14)  # fmt: skip
    now = LOOKS[-1]
    carry = np.eye(9)
    carry[:3, 3:6] = carry[3:6, 6:] = now * np.eye(3)
    carry[:3, 6:] = 0.5 * now * now * np.eye(3)
    expected = carry @ np.linalg.inv(fit.jac.T @ fit.jac) @ carry.T
    sigma = np.sqrt(np.diag(expected))
    assert np.all(np.abs(f[initiation.N] - carry @ fit.x) < 0.05 * sigma)
    np.testing.assert_allclose(np.sqrt(np.diag(f[:9])), sigma, rtol=0.02)
    fix = first_fix(rows, given.sensor, np.zeros((len(rows), 3, 1)), TrackerSettings())
    assert fix is not None
    early = np.linalg.inv(fit.jac.T @ fit.jac)[:6, :6]
    assert np.all(np.abs(fix.mean - fit.x[:6]) < 0.05 * np.sqrt(np.diag(early)))
    np.testing.assert_allclose(np.sqrt(np.diag(fix.covariance)), np.sqrt(np.diag(early)), rtol=0.02)


def test_constant_offsets_of_the_satellites_are_in_the_covariance_of_the_first_fix():
    """An offset of each satellite by one standard deviation moves the first fix by what `errors` say: the covariance
    of the position grows by the outer product of these moves. (That of the velocity is beside its noise by a hundred
    times, and its prior, which goes by the height, moves too.)
    """
    points, _ = moving(LOOKS)
    given = sights(points, LOOKS, WHO, (105.0, 120.0))
    errors = np.zeros((len(LOOKS), 3, 2))
    errors[:, 1, 0] = 17e-6 / np.cos(given.z[:, 2])
    errors[:, 2, 1] = 17e-6
    settings, none = TrackerSettings(), np.zeros_like(errors)
    plain, wide = (first_fix(packed(given), given.sensor, each, settings) for each in (none, errors))
    assert plain is not None and wide is not None
    grown = wide.covariance - plain.covariance
    expected = np.zeros((6, 6))
    for satellite in (0, 1):
        for e in (0, 1):
            moved = given.select(slice(None))
            rows = moved.sensor == satellite
            z = moved.z.copy()
            z[rows, :3] += errors[rows, :, e]
            shifted = first_fix(packed(type(given)(**{n: getattr(given, n) for n in ("t_s", "sensor", "sigma", "site_m",
                "enu_from_ecef", "is_infrared")}, z=z)), given.sensor, none, settings)  # fmt: skip
            assert shifted is not None
            off = shifted.mean - plain.mean
            expected += np.outer(off, off)
    np.testing.assert_allclose(np.sqrt(np.diag(grown)[:3]), np.sqrt(np.diag(expected)[:3]), rtol=0.06)


# ---- several targets -------------------------------------------------------------------------------------------------


def test_lines_of_two_targets_are_not_paired():
    """Two launches 150 km apart, north and south: their lines miss each other by far. East and west: they meet high
    above, or in the ground, and the lower pairs are the true ones.
    """
    limit = gate_threshold(0.99999, 1)
    for lat, lon in ((1.35, 0.0), (0.0, 4.0)):
        first = at_place()
        second = np.array(pymap3d.geodetic2ecef(PLACE[0] + lat, PLACE[1] + lon, PLACE[2]))
        rows = packed(sights([first, second, first, second], [0.0, 0.0, 1.0, 1.0], [0, 0, 1, 1], (105.0, 120.0)))
        cost = np.array([[pair_cost(rows[i], rows[2 + j], limit) for j in (0, 1)] for i in (0, 1)])
        assert np.isfinite(np.diag(cost)).all()
        assert cost[0, 0] + cost[1, 1] < cost[0, 1] + cost[1, 0]


@pytest.mark.parametrize("apart", [(1.35, 0.0), (0.0, 4.0)])
@pytest.mark.parametrize("association", ["gnn", "jpda"])
def test_two_launches_at_once_make_two_tracks(apart, association):
    t = np.repeat(LOOKS, 2)
    where = [moving(LOOKS, place)[0] for place in (PLACE, (PLACE[0] + apart[0], PLACE[1] + apart[1], PLACE[2]))]
    points = np.stack(where, axis=1).reshape(-1, 3)
    given = sights(points, t, np.repeat(WHO, 2), (105.0, 120.0), np.random.default_rng(4))
    got = track(given, t[:, None], np.array([10.0, 21.0]), TrackerSettings(association=association)).tracks
    assert (got.status[:, -1] == 1).sum() == len(got.status) == 2
    ends = np.array([w[-1] for w in where])
    off = np.linalg.norm(got.mean[:, None, -1, :3] - ends[None], axis=2)
    assert sorted(off.argmin(axis=1)) == [0, 1] and off.min(axis=1).max() < 30e3


def test_false_pairs_miss_the_gate_as_often_as_it_says():
    """Of 2000 pairs of lines of one target at rest, the share outside a gate of 0.95 is 0.05; a binomial band that
    fails once in 1e5 runs.
    """
    from scipy.stats import binom

    rng, limit, out = np.random.default_rng(5), gate_threshold(0.95, 1), 0
    for _ in range(2000):
        out += stereo.closest_approach(*packed(sights([at_place()] * 2, [0.0, 0.0], [0, 1], (105.0, 120.0), rng)),
                                       0.0)[0] > limit  # fmt: skip
    low, high = binom.ppf([SUMS / 2.0, 1.0 - SUMS / 2.0], 2000, 0.05)
    assert low <= out <= high
