"""Biases estimated with the state: against least squares solved in one piece, and against the errors drawn."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import least_squares
from scipy.stats import chi2

import trackfuse as tf
from trackfuse.core.errors import SettingsError
from trackfuse.sensing import Radar, registration_gradient
from trackfuse.simulation.local_tracks import with_biases
from trackfuse.simulation.prepare import draw_noise, prepare
from trackfuse.simulation.release import deliver_and_track
from trackfuse.tracking import Registered

EARTH_RATE = 7.292115e-5
RADARS = ("JP-FPS5-SADO", "JP-FPS5-OMI")


def known(scenario, run, way="estimate", policy="national"):
    """(prepared, noise, delivered, local, registered) of one run."""
    prepared = prepare(scenario)
    noise = draw_noise(scenario, prepared, seed=5, run=run)
    delivered = deliver_and_track(scenario, scenario.policy(policy), prepared, noise).delivered
    return prepared, noise, delivered, *with_biases(scenario, prepared, noise, delivered, way)


@pytest.fixture(scope="module")
def two_radars():
    base = tf.load_scenario("hwasong12_2022_10_04")
    return replace(base, sensors=tuple(s for s in base.sensors if s.sensor_id in RADARS), posture="full")


def gravity(place):
    """Gravitation with J2, EGM96 constants (m/s^2)."""
    x, y, z = place
    r = np.linalg.norm(place)
    k = 1.5 * 1.08262668e-3 * (6378137.0 / r) ** 2
    w = 5.0 * (z / r) ** 2
    return -3.986004418e14 / r**3 * np.array([x * (1 + k * (1 - w)), y * (1 + k * (1 - w)), z * (1 + k * (3 - w))])


def flown(state, times):
    """Free fall by an integrator of scipy's, about a turning Earth; states (6, n)."""

    def rates(_, s):
        x, y, _z, vx, vy, _vz = s
        pull = gravity(s[:3])
        turning = np.array([2 * EARTH_RATE * vy + EARTH_RATE**2 * x, -2 * EARTH_RATE * vx + EARTH_RATE**2 * y, 0.0])
        return np.concatenate([s[3:], pull + turning])

    return solve_ivp(rates, (times[0], times[-1]), state, t_eval=times, rtol=1e-11, atol=1e-6, method="DOP853").y


def expected(state, detections, first_s):
    """Range, azimuth and elevation (n, 3) of a flight that is at `state` at `first_s`."""
    times, back = np.unique(np.concatenate([[first_s], detections.t_s]), return_inverse=True)
    place = flown(state, times)[:3, back[1:]].T
    e, n, u = np.einsum("mij,mj->im", detections.enu_from_ecef, place - detections.site_m)
    flat = np.hypot(e, n)
    return np.stack([np.hypot(flat, u), np.arctan2(e, n) % (2 * np.pi), np.arctan2(u, flat)], axis=1)


def test_two_radars_agree_with_least_squares_in_one_piece(two_radars):
    """One target, two radars, sixteen biases: state and biases by scipy's least squares over all detections at once,
    with an integrator of scipy's. Estimates agree to a tenth of their standard deviation, and these, which are the
    bound that Fisher's information sets, to 2 %.
    """
    prepared, _, delivered, local, registered = known(two_radars, run=1)
    joint = registered.joint[0]
    now, m = prepared.cycle_s[joint.cycle], delivered.measurements
    begin = first_free(prepared, local)
    gradient = registration_gradient(m, (prepared.looks,))
    rows = np.flatnonzero((m.t_s > begin) & (delivered.deliveries.received_s[:, local.tracks.node[0]] <= now))
    rows = rows[local.assigned[rows, local.tracks.node[0]] == 0]
    m, gradient = m.select(rows), gradient[rows]
    guess = prepared.truth[0][np.searchsorted(prepared.cycle_s, begin)]
    scale = np.array([1e2, 1e2, 1e2, 1.0, 1.0, 1.0])

    def residuals(x):
        off = m.z[:, :3] - expected(guess + scale * x[:6], m, begin)
        off[:, 1] = (off[:, 1] + np.pi) % (2 * np.pi) - np.pi
        off -= np.einsum("mke,me->mk", gradient, x[6:].reshape(2, 8)[m.sensor])
        return np.concatenate([(off / m.sigma[:, :3]).ravel(), x[6:]])

    found = least_squares(residuals, np.zeros(22), x_scale="jac")
    sigma = np.sqrt(np.diag(np.linalg.inv(found.jac.T @ found.jac)))[6:]
    ours = np.sqrt(np.diag(joint.covariance)[6:])
    assert np.abs(joint.mean[6:] - found.x[6:]).max() < 0.1
    assert np.abs((joint.mean[6:] - found.x[6:]) / sigma).max() < 0.1
    assert np.allclose(ours, sigma, rtol=0.02)
    assert ours.reshape(2, 8)[:, 3:5].max() < 0.35, "north and level are what a flight tells most of"


def first_free(prepared, local):
    """The first cycle at which the node's track is taken to fall freely above the air."""
    tracks = local.tracks
    high = np.linalg.norm(tracks.mean[0, :, :3], axis=1) > 6378137.0 + 120e3
    sure = np.trace(tracks.covariance[0, :, :3, :3], axis1=1, axis2=2) < 2e3**2
    return prepared.cycle_s[np.flatnonzero((tracks.status[0] == 1) & (tracks.boosting[0] <= 0.03) & high & sure)[0]]


def test_sigma_falls_with_looks_and_never_rises(two_radars):
    """What was received by an instant, for later and later instants."""
    prepared, noise, delivered, _, _ = known(two_radars, run=0)
    found = []
    for until_s in (220.0, 260.0, 320.0, 420.0, 700.0):
        received_s = np.where(delivered.deliveries.received_s <= until_s, delivered.deliveries.received_s, np.inf)
        some = replace(delivered, deliveries=replace(delivered.deliveries, received_s=received_s))
        _, registered = with_biases(two_radars, prepared, noise, some, "estimate")
        found.append(np.sqrt(np.diag(registered.joint[0].covariance)[6:]))
    assert (np.diff(found, axis=0) <= 1e-9).all()
    level = np.reshape(found, (5, 2, 8))[:, :, 4]
    assert (level[-1] < 0.5 * level[0]).all()


def test_estimates_are_as_good_as_they_claim(two_radars):
    """30 runs, north and level of two radars: the sum of squares of their errors over their sigmas is chi-square with
    120 degrees of freedom, or fewer where errors of one run are correlated: 1e-6 either side.
    """
    total = 0.0
    for run in range(30):
        prepared, noise, _, _, registered = known(two_radars, run)
        joint = registered.joint[0]
        drawn = noise.draws[0].registration / stated(prepared)
        index = np.array([6 + 3, 6 + 4, 6 + 11, 6 + 12])
        off = (joint.mean[6:].reshape(2, 8) - drawn).ravel()[index - 6]
        total += off @ np.linalg.solve(joint.covariance[np.ix_(index, index)], off)
    low, high = chi2.ppf([1e-6, 1 - 1e-6], 120)
    assert low < total < high


def stated(prepared):
    from trackfuse.sensing.registration import registration_sigma

    return np.array([registration_sigma(sensor) for sensor in prepared.looks.sensors])


def mean_square(scenario, way, runs=20):
    """Mean NEES of every node's fused track in free fall, over runs."""
    found = []
    asked = replace(scenario, tracker=replace(scenario.tracker, registration=way))
    for run in range(runs):
        one = tf.simulate(asked, "bilateral", seed=9, run=run)
        t, flight = one.prepared.cycle_s, one.flight
        found.append(one.errors.nees[:, (t > flight.burnout_s + 30.0) & (t < flight.impact_s - 60.0)])
    return np.nanmean(found, axis=(0, 2))


@pytest.mark.parametrize("name", ["hwasong12_2022_10_04", "hwasong18_2023_07_12"])
def test_shipped_biases_are_in_band_considered_and_estimated_and_not_ignored(name):
    """20 runs of what the catalogue states. A run's errors are one draw for all its instants: each mean of a consistent
    track is below 6 + 4.8 sqrt(12 / 20) = 9.7 with less than 1e-5 false failures by node; ignored, it is not.
    """
    scenario = replace(tf.load_scenario(name), posture="full")
    assert mean_square(scenario, "consider").max() < 9.7
    estimated = mean_square(scenario, "estimate")
    assert estimated.max() < 9.7
    assert estimated.min() > 1.0
    assert mean_square(scenario, "ignore", runs=5).max() > 30.0


def test_estimating_is_worth_it(two_radars):
    """Median error at apogee over 20 runs: less than two thirds of that of considering alone."""
    errors = {"consider": [], "estimate": []}
    for way, found in errors.items():
        for run in range(20):
            prepared, _, _, local, _ = known(two_radars, run, way)
            j = np.searchsorted(prepared.cycle_s, prepared.flight.apogee_s)
            found.append(np.linalg.norm(local.tracks.mean[0, j, :3] - prepared.truth[0][j, :3]))
    assert np.median(errors["estimate"]) < 0.67 * np.median(errors["consider"])


def test_white_is_no_bias(two_radars):
    white = replace(two_radars, biases="white")
    prepared, noise, _, _, registered = known(white, 0)
    assert registered is None
    assert not noise.draws[0].registration.any()
    for radar in prepared.looks.sensors:
        assert isinstance(radar, Radar)
        assert radar.constant_share == radar.clock_sigma_s == 0.0


def test_total_error_does_not_depend_on_the_share(two_radars):
    """Constant and varying part together have the variance of the floor, whatever the share."""
    shared = replace(two_radars.sensors[0], constant_share=0.6, refraction_residual=0.0, clock_sigma_s=0.0)
    whole = replace(shared, constant_share=0.0)
    constant, varying = (prepare(replace(two_radars, sensors=(each,))).looks for each in (shared, whole))
    floor = 1e-3 * shared.angle_floor_mrad
    assert np.allclose(constant.sigma[:, :, 2] ** 2 + (0.6 * floor) ** 2, varying.sigma[:, :, 2] ** 2, rtol=1e-12)


def test_a_report_of_another_nation_tells_of_ones_own_biases():
    """An exact report of the state leaves what the errors given the state leave: the block of the inverse."""
    joint = tf_joint(np.random.default_rng(1))
    seen = joint.seeing(joint.mean[:6], 1e-12 * np.eye(6))
    wanted = np.linalg.inv(np.linalg.inv(joint.covariance)[6:, 6:])
    assert np.allclose(seen.covariance[6:, 6:], wanted, rtol=1e-6)


def tf_joint(rng):
    from trackfuse.tracking import Joint

    root = rng.standard_normal((14, 14))
    return Joint(cycle=0, sensors=np.array([0]), mean=rng.standard_normal(14), covariance=root @ root.T + np.eye(14))


def test_calibration_says_who_knows_what(two_radars):
    table = tf.calibration(two_radars, ["national", "ideal"], runs=2)
    assert set(table["sensor"]) == set(RADARS)
    assert (table["claimed"] <= table["stated"] * (1 + 1e-9)).all()
    assert table.set_index(["policy", "sensor", "error"]).loc["national", :, "elevation_mrad"]["claimed"].max() < 0.35


def test_without_biases_there_is_nothing_to_calibrate(two_radars):
    with pytest.raises(SettingsError, match="no sensor has errors that stay the same"):
        tf.calibration(replace(two_radars, biases="white"), runs=1)


def test_registered_is_one_value(two_radars):
    assert isinstance(known(two_radars, 0)[4], Registered)
