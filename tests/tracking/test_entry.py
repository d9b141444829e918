"""Re-entry as a mode of its own, with drag as a state; range rate as a fourth measurement."""

import numpy as np
import pymap3d
import pytest
from scipy.integrate import solve_ivp

from trackfuse.kernels import filter as kernel
from trackfuse.kernels import imm
from trackfuse.kernels.atmosphere import density
from trackfuse.kernels.geodesy import altitude, enu_from_ecef
from trackfuse.kernels.gravity import coast_acceleration
from trackfuse.kernels.measurement import look_at
from trackfuse.kernels.records import IMM
from trackfuse.tracking import TrackerSettings
from trackfuse.tracking.packing import motion_of, packed

from .conftest import detections_of

ENTERING = np.r_[pymap3d.geodetic2ecef(39.0, 138.0, 40e3), -2000.0, -2500.0, -1500.0]
SITE = (37.0, 137.0, 0.0)


def scratch():
    return np.zeros((kernel.SCRATCH, 9, 9))


def pack(mean, covariance):
    f = np.zeros((8, 7))
    n = len(mean)
    f[:n, :n], f[kernel.MEAN, :n] = covariance, mean
    return f


def moved(x, h, thin):
    f = pack(x, np.zeros((7, 7)))
    kernel.reentry_step(f, h, 0.0, thin, 0.0, 0.0, scratch())
    return f[kernel.MEAN].copy()


def test_transition_of_re_entry_is_the_gradient_of_the_motion():
    """By central differences, on the scale on which the states move one another in a second."""
    x, h, thin = np.r_[ENTERING, 0.4], 0.5, 1 / 5000.0
    steps = np.array([10.0] * 3 + [0.5] * 3 + [0.01])
    numeric = np.stack([(moved(x + d, h, thin) - moved(x - d, h, thin)) / (2 * s)
                        for s, d in zip(steps, np.diag(steps), strict=True)], axis=1)
    space = scratch()
    kernel.reentry_step(pack(x, np.eye(7)), h, 0.0, thin, 0.0, 0.0, space)
    scale = np.array([1.0] * 3 + [1.0 / h] * 3 + [1.0 / (90.0 * h**2)])
    assert np.abs((space[0, :7, :7] - numeric) / scale[:, None] * scale[None, :]).max() < 1e-3


def plot_of(state, rng, rate_sigma, sigma=(20.0, 1e-3, 1e-3)):
    """A radar's plot of a true state; range rate by differences of pymap3d's ranges."""
    az, el, r = pymap3d.ecef2aer(*state[:3], *SITE)
    ahead, behind = (pymap3d.ecef2aer(*(state[:3] + s * state[3:6]), *SITE)[2] for s in (1e-3, -1e-3))
    sigma = np.array([*sigma, rate_sigma])
    z = np.array([r, np.radians(az), np.radians(el), (ahead - behind) / 2e-3])
    z += np.where(np.isfinite(sigma), sigma, 0.0) * rng.standard_normal(4)
    site, enu = np.array([pymap3d.geodetic2ecef(*SITE)]), enu_from_ecef(*np.radians(SITE[:2]))[None]
    return packed(detections_of([0.0], [0], z[None], sigma[None], site, enu, [False]))[0]


@pytest.mark.parametrize("n", [6, 7])
def test_range_rate_is_the_fourth_row_of_a_joint_update(n):
    """One after the other equals all four at once to 1e-9; the gradients are those of differences."""
    rng = np.random.default_rng(4)
    plot = plot_of(ENTERING, rng, 2.0)
    mean = np.r_[ENTERING + rng.standard_normal(6) * [100.0] * 6, 30.0][:n]
    root = rng.standard_normal((n, n)) * np.array([300.0] * 3 + [50.0] * 3 + [5.0])[:n, None]
    covariance = root @ root.T
    f = pack(mean, covariance)
    update = kernel.update6 if n == 6 else kernel.update7
    nis, log_likelihood = update(f, plot, kernel.as_measured(plot), scratch())

    def see(x):
        r, az, el, g = look_at(*x[:3], plot)
        return np.array([r, az, el, np.dot(g[:3], x[3:6])])

    steps = np.diag(np.array([1.0] * 3 + [0.1] * 3 + [1.0])[:n])
    h = np.stack([(see(mean + d) - see(mean - d)) / (2 * d.sum()) for d in steps], axis=1)
    noise = np.diag(np.r_[plot["sigma"], plot["rate_sigma"]] ** 2)
    spread = h @ covariance @ h.T + noise
    left = np.r_[plot["z"], plot["rate"]] - see(mean)
    gain = covariance @ h.T @ np.linalg.inv(spread)
    np.testing.assert_allclose(f[kernel.MEAN, :n], mean + gain @ left, rtol=1e-7)
    size = np.sqrt(np.diag(covariance))
    wrong = f[:n, :n] - (covariance - gain @ spread @ gain.T)
    assert np.abs(wrong / np.outer(size, size)).max() < 1e-6
    assert nis == pytest.approx(left @ np.linalg.solve(spread, left), rel=1e-6)
    assert log_likelihood == pytest.approx(-0.5 * (nis + np.linalg.slogdet(spread)[1]), rel=1e-6)


def test_a_sensor_under_way_measures_its_own_motion_too():
    """A ship at 300 m/s (no ship is so fast) towards the target: its rate is brought back to the resting Earth's."""
    plot = plot_of(ENTERING, np.random.default_rng(1), 1e-9, (1e-6, 1e-12, 1e-12))
    enu = enu_from_ecef(*np.radians(SITE[:2]))
    towards = np.array(look_at(*ENTERING[:3], plot)[3][:3])
    z = np.r_[plot["z"], plot["rate"] - 300.0][None]
    site, velocity = plot["site"][None], 300.0 * towards[None]
    rows = packed(detections_of([0.0], [0], z, np.ones((1, 4)), site, enu[None], [False], velocity))
    assert rows["rate"][0] == pytest.approx(plot["rate"], abs=1e-6)


def descent(beta):
    """A fall from 115 km through the air, (t, state), by scipy: 3,200 m/s, steep, at steps of 1 s down to 15 km."""

    def rate(t, y):
        speed = np.linalg.norm(y[3:])
        return np.r_[y[3:], np.array(coast_acceleration(*y)) - 0.5 * density(altitude(*y[:3])) * speed / beta * y[3:]]

    start = np.r_[pymap3d.geodetic2ecef(38.5, 137.5, 115e3), 0.0, 0.0, 0.0]
    enu = enu_from_ecef(*np.radians((38.5, 137.5)))
    start[3:] = enu.T @ np.array([1200.0, -500.0, -2900.0])
    t = np.arange(0.0, 37.0)
    return t, solve_ivp(rate, (0.0, 36.0), start, "DOP853", t, rtol=1e-10, atol=1e-5).y.T


@pytest.mark.parametrize("beta", [2000.0, 12000.0])
@pytest.mark.parametrize("rate_sigma", [np.inf, 1.0])
def test_drag_is_learned_on_the_way_down(beta, rate_sigma):
    """Forty falls: drag to within a few per cent, honestly, at errors below those of the filter that assumes it.

    Mean normalised error squared of the mixture: six expected; 40 runs lie within 4.3 and 7.9 once in 1e3 at one
    instant, and process noise that the truth lacks lowers it: limits 2 and 9.
    """
    rng, settings, squares, off, sizes = np.random.default_rng(5), TrackerSettings(), [], [], []
    motion = motion_of(settings)
    for _ in range(40):
        t, states = descent(beta)
        imm_state, space = np.zeros(1, IMM)[0], scratch()
        start = np.diag([200.0] * 3 + [20.0] * 3) ** 2
        imm_state["filters"][imm.COAST] = pack(states[0] + rng.standard_normal(6) * np.sqrt(np.diag(start)), start)
        imm_state["burned"] = -1e3
        alone = imm_state["filters"][imm.COAST].copy()
        for k in range(1, len(t)):
            plot = plot_of(states[k], rng, rate_sigma)
            imm.predict(imm_state, t[k], motion, space)
            imm.update(imm_state, plot, space)
            drag = motion.inverse_ballistic_coefficient, motion.air_fraction
            kernel.coast_step(alone, 1.0, motion.coast_psd, *drag, space)
            kernel.update6(alone, plot, kernel.as_measured(plot), space)
        mean, covariance = np.empty(6), np.empty((6, 6))
        imm.combine(imm_state, mean, covariance)
        squares.append((mean - states[-1]) @ np.linalg.solve(covariance, mean - states[-1]))
        entry = imm_state["filters"][imm.ENTRY]
        drag = entry[kernel.MEAN, 6] - np.log(settings.beta_kgpm2 / beta)
        off.append([drag, drag / np.sqrt(entry[6, 6])])
        wrong = (mean[3:] - states[-1, 3:], alone[kernel.MEAN, 3:6] - states[-1, 3:])
        sizes.append([np.linalg.norm(e) for e in wrong])
        assert imm_state["falling"] > 0.5
    assert 2.0 < np.mean(squares) < 9.0
    drag, normalised = np.sqrt(np.mean(np.square(off), axis=0))
    assert drag < 0.2
    assert normalised < 1.5
    mixed, assumed = np.sqrt(np.mean(np.square(sizes), axis=0))
    assert mixed < 0.8 * assumed


def test_what_never_left_the_air_is_left_to_free_fall_with_lift():
    imm_state, space = np.zeros(1, IMM)[0], scratch()
    low = ENTERING.copy()
    imm_state["filters"][imm.COAST] = pack(low, np.diag([100.0] * 6))
    imm_state["burned"] = -1e3
    imm.predict(imm_state, 4.0, motion_of(TrackerSettings()), space)
    assert imm_state["falling"] == 0.0
    imm_state["left"] = 1.0
    imm.predict(imm_state, 8.0, motion_of(TrackerSettings()), space)
    assert 0.4 < imm_state["falling"] < 0.6
