"""The filter's pieces against scipy, pymap3d, finite differences, and filterpy's extended Kalman filter."""

import numpy as np
import pymap3d
import pytest
from filterpy.kalman import ExtendedKalmanFilter
from scipy.integrate import solve_ivp

from trackfuse.kernels import filter as kernel
from trackfuse.kernels.angle import arc_tangent
from trackfuse.kernels.atmosphere import density
from trackfuse.kernels.geodesy import altitude, enu_from_ecef
from trackfuse.kernels.gravity import coast_acceleration
from trackfuse.kernels.measurement import look_at, wrapped
from trackfuse.tracking.packing import packed

from .conftest import detections_of

FALLING = np.r_[pymap3d.geodetic2ecef(39.0, 128.0, 300e3), 900.0, -1500.0, 2500.0]
ENTERING = np.r_[pymap3d.geodetic2ecef(39.0, 138.0, 40e3), -2000.0, -2500.0, -1500.0]
BOOSTING = np.r_[pymap3d.geodetic2ecef(39.5, 126.0, 60e3), -600.0, 500.0, 1400.0]
LAWS = [(FALLING, 10.0, 0.0, 0.0, 0.0), (ENTERING, 1.0, 0.0, 1 / 5000.0, 0.0), (BOOSTING, 1.0, 45.0, 0.0, 1 / 2700.0)]
"""State, step, thrust, one over the ballistic coefficient, one over the exhaust velocity."""


def make_plot(state, lat=36.9, lon=127.9, alt=0.0, noise=(0.0, 0.0, 0.0), sigma=(30.0, 1e-3, 1.2e-3), infrared=False):
    az, el, r = pymap3d.ecef2aer(*state[:3], lat, lon, alt)
    z = np.array([r, (np.radians(az) + np.pi) % (2 * np.pi) - np.pi, np.radians(el)]) + noise
    site = np.array([pymap3d.geodetic2ecef(lat, lon, alt)])
    enu = enu_from_ecef(*np.radians((lat, lon)))[None]
    return packed(detections_of([0.0], [0], z[None], np.array([sigma]), site, enu, [infrared]))[0]


def pack(mean, covariance):
    f = np.zeros((8, 7))
    n = len(mean)
    f[:n, :n], f[kernel.MEAN, :n] = covariance, mean
    return f


def integrated(state, h, thrust, thin, growth):
    """The motion by DOP853, with its own right-hand side."""

    def rate(t, y):
        speed = np.linalg.norm(y[3:6])
        push = thrust / (1.0 - thrust * growth * t)
        drag = 0.5 * density(altitude(*y[:3])) * speed**2 * thin
        return np.r_[y[3:6], np.array(coast_acceleration(*y)) + (push - drag) * y[3:6] / speed]

    return solve_ivp(rate, (0.0, h), state, "DOP853", rtol=1e-12, atol=1e-7).y[:, -1]


@pytest.mark.parametrize(("law", "metres"), list(zip(LAWS, (1e-4, 1e-3, 1e-3), strict=True)))
def test_one_step_moves_as_an_adaptive_integrator_does(law, metres):
    state, h, *rest = law
    after, _ = kernel.fly_step(tuple(state), rest[0], h, rest[1], rest[2])
    assert np.abs(np.array(after) - integrated(state, h, *rest)).max() < metres


@pytest.mark.parametrize(("law", "n", "tolerance"), list(zip(LAWS, (6, 6, 7), (1e-6, 2e-4, 2e-4), strict=True)))
def test_transition_is_the_gradient_of_the_motion(law, n, tolerance):
    """Central differences; errors are compared on the scale on which r, v and a move one another in h seconds."""
    state, h, thrust, thin, growth = law

    def moved(d):
        push = thrust + (d[6] if n == 7 else 0.0)
        after = np.array(kernel.fly_step(tuple(state + d[:6]), push, h, thin, growth)[0])
        return np.r_[after, push / (1 - push * growth * h)][:n]

    numeric = np.empty((n, n))
    for i, step in enumerate([20.0] * 3 + [0.2] * 3 + [0.01] * (n - 6)):
        d = np.zeros(7)
        d[i] = step
        numeric[:, i] = (moved(d) - moved(-d)) / (2 * step)
    _, middle = kernel.fly_step(tuple(state), thrust, h, thin, growth)
    phi, scratch = np.empty((9, 9)), np.empty((kernel.SCRATCH, 9, 9))
    kernel.transition(middle, thrust / (1 - 0.5 * thrust * growth * h), h, thin, growth, n, phi, scratch)
    scale = np.array([1.0] * 3 + [1.0 / h] * 3 + [1.0 / h**2])[:n]
    assert np.abs((phi[:n, :n] - numeric) / scale[:, None] * scale[None, :]).max() < tolerance


def test_transition_of_free_fall_is_the_general_one_without_thrust():
    phi, free, scratch = np.empty((9, 9)), np.empty((9, 9)), np.empty((kernel.SCRATCH, 9, 9))
    kernel.transition(tuple(FALLING), 0.0, 10.0, 0.0, 0.0, 6, phi, scratch)
    kernel.free_transition(*FALLING[:3], 10.0, free, scratch[2])
    np.testing.assert_allclose(free[:6, :6], phi[:6, :6], rtol=0, atol=1e-7)


def test_boost_noise_is_the_integral_of_white_noise():
    """Along the velocity, where the chain from thrust to position is linear; without thrust, so that it is exact."""
    h, steering, walk = 0.5, 4.0, 25.0
    f = pack(np.r_[BOOSTING, 1e-9], np.zeros((7, 7)))
    kernel.boost_step(f, h, steering, walk, 0.0, np.empty((kernel.SCRATCH, 9, 9)))
    u = f[kernel.MEAN, 3:6] / np.linalg.norm(f[kernel.MEAN, 3:6])
    to_axis = np.zeros((3, 7))
    to_axis[0, :3], to_axis[1, 3:6], to_axis[2, 6] = u, u, 1.0
    t = np.linspace(0.0, h, 20001)
    thrust = np.stack([t**2 / 2, t, np.ones_like(t)])
    white = np.stack([t, np.ones_like(t), np.zeros_like(t)])
    expected = np.trapezoid(walk * thrust[:, None] * thrust + steering * white[:, None] * white, t, axis=-1)
    np.testing.assert_allclose(to_axis @ f[:7, :7] @ to_axis.T, expected, rtol=1e-6)


def test_looks_are_those_of_pymap3d_and_their_gradients_those_of_differences():
    plot = make_plot(FALLING)
    r, azimuth, elevation, rows = look_at(*FALLING[:3], plot)
    az, el, srange = pymap3d.ecef2aer(*FALLING[:3], 36.9, 127.9, 0.0)
    assert r == pytest.approx(srange, rel=1e-12)
    assert np.degrees([azimuth % (2 * np.pi), elevation]) == pytest.approx([az, el], abs=1e-9)
    for k in range(3):
        d = 10.0 * np.eye(3)[k]
        above = np.array(look_at(*(FALLING[:3] + d), plot)[:3])
        below = np.array(look_at(*(FALLING[:3] - d), plot)[:3])
        np.testing.assert_allclose(np.array(rows).reshape(3, 3)[:, k], (above - below) / 20.0, rtol=1e-6, atol=1e-13)


def test_azimuths_are_compared_across_south():
    assert wrapped(np.pi - 0.01 - (-np.pi + 0.01)) == pytest.approx(-0.02)
    assert wrapped(-np.pi + 0.01 - (np.pi - 0.01)) == pytest.approx(0.02)


def test_coasting_filter_equals_that_of_filterpy():
    """Same models, same data, two hundred plots of two radars: means and covariances to 1e-8 relative."""
    rng = np.random.default_rng(5)
    dt, q, start, sigma = 2.0, 1e-4, np.diag([2e3] * 3 + [200.0] * 3) ** 2, np.array([30.0, 1e-3, 1.2e-3])
    scratch, noise = np.zeros((kernel.SCRATCH, 9, 9)), np.zeros((6, 6))
    kernel.add_white(noise, dt, q)
    truth, ours = FALLING.copy(), pack(FALLING + rng.standard_normal(6) * np.sqrt(np.diag(start)), start)
    theirs = ExtendedKalmanFilter(6, 3)
    theirs.x, theirs.P, theirs.Q, theirs.R = ours[kernel.MEAN, :6].copy(), start.copy(), noise, np.diag(sigma**2)

    def moved(x):
        return np.array(kernel.fly_step(tuple(x), 0.0, dt, 0.0, 0.0)[0])

    theirs.predict_x = lambda u=0: setattr(theirs, "x", moved(theirs.x))
    for k in range(200):
        truth = moved(truth)
        place = (36.9, 127.9) if k % 2 else (35.8, 135.2)
        plot = make_plot(truth, *place, noise=rng.standard_normal(3) * sigma, sigma=sigma)
        _, middle = kernel.fly_step(tuple(theirs.x), 0.0, dt, 0.0, 0.0)
        kernel.free_transition(*middle[:3], dt, scratch[0], scratch[2])
        theirs.F = scratch[0, :6, :6].copy()
        theirs.predict()
        theirs.update(
            plot["z"],
            lambda x, p=plot: np.hstack([np.array(look_at(*x[:3], p)[3]).reshape(3, 3), np.zeros((3, 3))]),
            lambda x, p=plot: np.array(look_at(*x[:3], p)[:3]),
        )
        kernel.coast_step(ours, dt, q, 0.0, 0.0, scratch)
        kernel.update6(ours, plot, kernel.as_measured(plot), scratch)
    np.testing.assert_allclose(ours[kernel.MEAN, :6], theirs.x, rtol=1e-8)
    spread = np.sqrt(np.diag(theirs.P))
    assert np.abs((ours[:6, :6] - theirs.P) / np.outer(spread, spread)).max() < 1e-8
    assert np.array_equal(ours[:6, :6], ours[:6, :6].T)
    error = truth - ours[kernel.MEAN, :6]
    # Chi-square with 6 degrees of freedom: above 32.7 once in 1e5.
    assert error @ np.linalg.solve(ours[:6, :6], error) < 32.7


def test_a_far_radar_is_not_misled_by_its_own_linearisation():
    """15 m and 1 mrad at 5,000 km: a point 10 km across the line of sight is 10 m farther than it.

    Mean normalised error squared of 150 runs after 30 plots: 6 expected with the range compensated (8 exceeded once
    in 1e10, below 4.5 once in 1e9), more than 12 without.
    """
    rng, scratch = np.random.default_rng(8), np.zeros((kernel.SCRATCH, 9, 9))
    start, sigma = np.diag([2e4] * 3 + [500.0] * 3) ** 2, np.array([15.0, 1e-3, 1e-3])
    high = np.r_[pymap3d.geodetic2ecef(41.0, 130.0, 2500e3), 200.0, 600.0, 4000.0]
    truth = [high]
    for _ in range(30):
        truth.append(np.array(kernel.fly_step(tuple(truth[-1]), 0.0, 10.0, 0.0, 0.0)[0]))
    squares = {True: [], False: []}
    for _ in range(150):
        begin = high + rng.standard_normal(6) * np.sqrt(np.diag(start))
        noise = rng.standard_normal((31, 3)) * sigma
        for straight, found in squares.items():
            f = pack(begin, start)
            for k, state in enumerate(truth[1:]):
                kernel.coast_step(f, 10.0, 0.0, 0.0, 0.0, scratch)
                plot = make_plot(state, 62.0, -150.0, noise=noise[k], sigma=sigma)
                seen = kernel.compensated(f, plot) if straight else kernel.as_measured(plot)
                kernel.update6(f, plot, seen, scratch)
            error = f[kernel.MEAN, :6] - truth[-1]
            found.append(error @ np.linalg.solve(f[:6, :6], error))
    assert 4.5 < np.mean(squares[True]) < 8.0
    assert np.mean(squares[False]) > 12.0


def test_infrared_update_is_the_joint_update_by_two_angles():
    covariance, sigma = np.diag([5e3] * 3 + [300.0] * 3) ** 2, np.array([2e-4, 3e-4])
    plot = make_plot(FALLING, 0.0, 120.0, 35786e3, noise=(0.0, 2e-5, -1e-5), sigma=(np.inf, *sigma), infrared=True)
    f = pack(FALLING + 1e3, covariance)
    _, azimuth, elevation, rows = look_at(*f[kernel.MEAN, :3], plot)
    h = np.hstack([np.array(rows).reshape(3, 3)[1:], np.zeros((2, 3))])
    s = h @ covariance @ h.T + np.diag(sigma**2)
    gain = covariance @ h.T @ np.linalg.inv(s)
    innovation = plot["z"][1:] - np.array([azimuth, elevation])
    expected, joseph = f[kernel.MEAN, :6] + gain @ innovation, np.eye(6) - gain @ h
    scratch = np.zeros((kernel.SCRATCH, 9, 9))
    nis, log_likelihood = kernel.update6(f, plot, kernel.as_measured(plot), scratch)
    np.testing.assert_allclose(f[kernel.MEAN, :6], expected, rtol=1e-10)
    expected_covariance = joseph @ covariance @ joseph.T + gain @ np.diag(sigma**2) @ gain.T
    np.testing.assert_allclose(f[:6, :6], expected_covariance, rtol=1e-8, atol=1e-6)
    assert nis == pytest.approx(innovation @ np.linalg.solve(s, innovation), rel=1e-9)
    assert log_likelihood == pytest.approx(-0.5 * (nis + np.log(np.linalg.det(s))), rel=1e-9)


def test_arc_tangent_in_arithmetic_alone():
    angle = np.linspace(-np.pi + 1e-9, np.pi - 1e-9, 20001)
    found = np.array([arc_tangent(np.sin(a), np.cos(a)) for a in angle])
    assert np.abs(found - angle).max() < 2e-15
