"""The bound against a two-radar case worked out independently on a spherical Earth, and its exact properties.

The case (ballistic target, two radars, 1 Hz for 60 s, no prior) and its numbers were computed from the model stated
here by numerical differentiation throughout; the tolerance of 0.1 % covers the finite differences.
"""

from itertools import pairwise

import numpy as np
import pytest

from trackfuse.core.constants import EARTH_RATE_RADPS, MEAN_RADIUS_M, MU_M3PS2
from trackfuse.kernels import bound as kernel
from trackfuse.kernels.geodesy import altitude
from trackfuse.kernels.motion import fly_step
from trackfuse.scoring.bound import bound, drag_gradient, information, measurement_jacobian, transitions, white_noise
from trackfuse.scoring.recursion import bound_along

SECONDS = np.arange(61.0)
SIGMA = {"A": (30.0, 1.5e-3, 1.5e-3), "B": (15.0, 0.8e-3, 0.8e-3)}
SITE_DEG = {"A": (35.77, 135.22), "B": (36.9, 127.9)}


def axes(lat_deg: float, lon_deg: float) -> np.ndarray:
    """Rows east, north, up on a sphere."""
    lat, lon = np.radians([lat_deg, lon_deg])
    up = np.array([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    east = np.array([-np.sin(lon), np.cos(lon), 0.0])
    return np.array([east, np.cross(up, east), up])


def rate(y: np.ndarray) -> np.ndarray:
    r = y[:3]
    return np.r_[y[3:], -MU_M3PS2 * r / np.linalg.norm(r) ** 3]


def step(y: np.ndarray, seconds: float) -> np.ndarray:
    for _ in range(4):
        h = seconds / 4
        a = rate(y)
        b = rate(y + h / 2 * a)
        c = rate(y + h / 2 * b)
        y = y + h / 6 * (a + 2 * b + 2 * c + rate(y + h * c))
    return y


def jacobian_of_step(y: np.ndarray) -> np.ndarray:
    size = np.array([10.0] * 3 + [0.01] * 3)
    return np.stack([(step(y + d, 1.0) - step(y - d, 1.0)) / (2 * d.sum()) for d in np.diag(size)], axis=1)


def turned(t: float) -> np.ndarray:
    c, s = np.cos(EARTH_RATE_RADPS * t), np.sin(EARTH_RATE_RADPS * t)
    return np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]])


@pytest.fixture(scope="module")
def world() -> dict:
    """Inertial truth at 1 Hz, transitions from t = 0, and the information of every measurement of A and of B."""
    east, north, up = axes(39.0, 125.8)
    azimuth, elevation = np.radians([110.0, 40.0])
    level = np.sin(azimuth) * east + np.cos(azimuth) * north
    states = [np.r_[(MEAN_RADIUS_M + 100e3) * up, 3000.0 * (np.cos(elevation) * level + np.sin(elevation) * up)]]
    phi = [np.eye(6)]
    for _ in SECONDS[1:]:
        phi.append(jacobian_of_step(states[-1]) @ phi[-1])
        states.append(step(states[-1], 1.0))
    pieces = {}
    for name, (lat, lon) in SITE_DEG.items():
        enu = axes(lat, lon)
        site = np.tile(MEAN_RADIUS_M * enu[2], (61, 1))
        fixed = np.array([turned(t) @ y[:3] for t, y in zip(SECONDS, states, strict=True)])
        rows = measurement_jacobian(site, np.tile(enu, (61, 1, 1)), fixed, np.zeros((61, 3)))[:, :3]
        for k, t in enumerate(SECONDS):
            rows[k, :, :3] = rows[k, :, :3] @ turned(t)
        pieces[name] = information(np.array(phi), rows, np.tile(SIGMA[name], (61, 1)))
    return {"state": np.array(states), "phi": np.array(phi), "pieces": pieces}


def covariance(world: dict, delay_s: dict[str, float]) -> np.ndarray:
    pieces = np.concatenate([world["pieces"][name] for name in delay_s])
    received = np.concatenate([SECONDS + delay for delay in delay_s.values()])[:, None]
    return bound(pieces, received, np.array([60.0]), world["phi"][-1:])[0, 0]


def impact_jacobian(world: dict) -> np.ndarray:
    """d(impact place, Earth-fixed) / d(state at 60 s)."""

    def impact(y: np.ndarray) -> np.ndarray:
        t, h = 60.0, 1.0
        while np.linalg.norm(step(y, h)[:3]) > MEAN_RADIUS_M:
            y, t = step(y, h), t + h
        low, high = 0.0, h
        for _ in range(60):
            middle = 0.5 * (low + high)
            low, high = (middle, high) if np.linalg.norm(step(y, middle)[:3]) > MEAN_RADIUS_M else (low, middle)
        return turned(t + low) @ step(y, low)[:3]

    size = np.diag([10.0] * 3 + [0.01] * 3)
    return np.stack(
        [(impact(world["state"][-1] + d) - impact(world["state"][-1] - d)) / (2 * d.sum()) for d in size], axis=1
    )


@pytest.mark.parametrize(
    ("delay_s", "position_m", "velocity_mps"),
    [
        ({"A": 0.0}, 386.961, 10.6281),
        ({"B": 0.0}, 61.283, 1.7111),
        ({"A": 0.0, "B": 0.0}, 43.800, 1.0568),
        ({"A": 0.0, "B": 5.0}, 50.350, 1.2161),
        ({"A": 0.0, "B": 10.0}, 59.185, 1.4203),
        ({"A": 0.0, "B": 30.0}, 135.538, 2.9413),
    ],
)
def test_two_radars_alone_together_and_late(world, delay_s, position_m, velocity_mps) -> None:
    p = covariance(world, delay_s)
    assert np.sqrt(np.trace(p[:3, :3])) == pytest.approx(position_m, rel=1e-3)
    assert np.sqrt(np.trace(p[3:, 3:])) == pytest.approx(velocity_mps, rel=1e-3)


@pytest.mark.parametrize(
    ("delay_s", "major_m", "minor_m"),
    [({"A": 0.0}, 4265.9, 2367.3), ({"B": 0.0}, 619.6, 452.5), ({"A": 0.0, "B": 0.0}, 467.5, 193.6)],
)
def test_impact_ellipse(world, delay_s, major_m, minor_m) -> None:
    to_impact = impact_jacobian(world)
    variance = np.sort(np.linalg.eigvalsh(to_impact @ covariance(world, delay_s) @ to_impact.T))[::-1]
    np.testing.assert_allclose(np.sqrt(variance[:2]), [major_m, minor_m], rtol=1e-3)


def test_information_adds(world) -> None:
    """What two radars know together is the sum of what each knows; exact but for rounding."""
    inverse = [np.linalg.inv(covariance(world, d)) for d in ({"A": 0.0}, {"B": 0.0}, {"A": 0.0, "B": 0.0})]
    scale = np.sqrt(np.outer(np.diag(inverse[2]), np.diag(inverse[2])))
    np.testing.assert_allclose((inverse[0] + inverse[1]) / scale, inverse[2] / scale, atol=1e-7)
    pieces = world["pieces"]
    total = np.concatenate([pieces["A"], pieces["B"]]).sum(axis=0)
    np.testing.assert_allclose(total, pieces["A"].sum(axis=0) + pieces["B"].sum(axis=0), rtol=1e-10)


def test_less_latency_never_means_a_wider_bound(world) -> None:
    """Loewner order of the information: full >= 5 s late >= 10 s >= 30 s >= alone."""
    cases = [{"A": 0.0, "B": late} for late in (0.0, 5.0, 10.0, 30.0)] + [{"A": 0.0}]
    bounds = [covariance(world, case) for case in cases]
    scale = 1.0 / np.sqrt(np.diag(bounds[0]))
    for better, worse in pairwise(bounds):
        assert np.linalg.eigvalsh((worse - better) * np.outer(scale, scale))[0] >= -1e-9


def test_not_observable_is_nan_and_reception_counts(world) -> None:
    pieces = world["pieces"]["B"]
    early = bound(pieces[:1], np.array([[0.0]]), np.array([10.0]), world["phi"][10:11])
    assert np.isnan(early).all()
    received = (SECONDS + 20.0)[:, None]
    both = bound(pieces, received, np.array([19.0, 60.0]), world["phi"][[19, 60]])
    assert np.isnan(both[0, 0]).all() and np.isfinite(both[0, 1]).all()


def test_transitions_along_a_fall_match_finite_differences() -> None:
    """Own variational equations (WGS-84, J2, rotating) against differences of flights, whose own error 1e-6 is."""
    from trackfuse.kernels.gravity import coast_acceleration

    def flown(y: np.ndarray, seconds: float) -> np.ndarray:
        states = [y]
        for _ in range(int(seconds)):
            h, y = 1.0, states[-1]

            def f(s: np.ndarray) -> np.ndarray:
                return np.r_[s[3:], coast_acceleration(*s)]

            a = f(y)
            b = f(y + h / 2 * a)
            c = f(y + h / 2 * b)
            states.append(y + h / 6 * (a + 2 * b + 2 * c + f(y + h * c)))
        return np.array(states)

    start = np.array([-3.2e6, 4.1e6, 4.2e6, -1500.0, -500.0, 2500.0])
    truth = flown(start, 400)
    phi = transitions(np.arange(401.0), truth[:, :3], truth[:, 3:], np.array([137.3, 400.0]))[1]
    size = np.diag([100.0] * 3 + [0.1] * 3)
    numeric = np.stack([(flown(start + d, 400)[-1] - flown(start - d, 400)[-1]) / (2 * d.sum()) for d in size], axis=1)
    scale = np.array([[1.0] * 3 + [400.0] * 3] * 3 + [[1 / 400.0] * 3 + [1.0] * 3] * 3)
    np.testing.assert_allclose(phi / scale, numeric / scale, atol=1e-6)


def test_measurement_derivatives_match_finite_differences() -> None:
    """Range, azimuth, elevation and range rate of a target seen from a ship under way, row by row, to 1e-7."""
    enu = axes(38.2, 135.5)
    site, ship = MEAN_RADIUS_M * enu[2], 20.0 * enu[0] - 5.0 * enu[1]
    state = np.r_[(MEAN_RADIUS_M + 400e3) * axes(40.0, 131.0)[2], -1500.0, -2500.0, 1800.0]

    def seen(y: np.ndarray) -> np.ndarray:
        east, north, up = enu @ (y[:3] - site)
        distance = np.linalg.norm(y[:3] - site)
        closing = (y[:3] - site) @ (y[3:] - ship) / distance
        return np.array([distance, np.arctan2(east, north), np.arcsin(up / distance), closing])

    rows = measurement_jacobian(site[None], enu[None], state[None, :3], (state[3:] - ship)[None])[0]
    size = np.array([20.0] * 3 + [0.5] * 3)
    numeric = np.stack([(seen(state + d) - seen(state - d)) / (2 * d.sum()) for d in np.diag(size)], axis=1)
    scale = np.array([1.0, 1e-6, 1e-6, 1.0])[:, None] * np.array([1.0] * 3 + [100.0] * 3)
    np.testing.assert_allclose(rows / scale, numeric / scale, atol=1e-7)


def test_a_range_rate_adds_its_information_and_none_adds_nothing(world) -> None:
    """A range rate known to 1 m/s at one instant: rank one more; unmeasured, infinite sigma, exactly nothing."""
    enu = axes(*SITE_DEG["B"])
    y = world["state"][10]
    rows = measurement_jacobian(MEAN_RADIUS_M * enu[2][None], enu[None], y[None, :3], y[None, 3:])
    three = information(np.eye(6)[None], rows[:, :3], np.array([SIGMA["B"]]))
    four = [information(np.eye(6)[None], rows, np.array([[*SIGMA["B"], s]])) for s in (np.inf, 1.0)]
    np.testing.assert_array_equal(four[0], three)
    assert [np.linalg.matrix_rank(each[0], tol=1e-12) for each in (three, four[1])] == [3, 4]


def test_the_gradient_by_drag_matches_finite_differences() -> None:
    """A fall from 60 km through 40 km, drag up and down by a thousandth: to 2 %, since the bound takes drag for a
    function of time.
    """

    def flown(more: float) -> np.ndarray:
        states = [(-3.2e6, 4.1e6, 3.75e6, -700.0, 300.0, 100.0)]
        for _ in range(800):
            states.append(fly_step(states[-1], 0.0, 0.125, (1.0 + more) / 5000.0, 0.0)[0])
        return np.array(states)

    path, t = flown(0.0), 0.125 * np.arange(801)
    heights = [altitude(*x) for x in path[[0, -1], :3]]
    assert 30e3 < min(heights) < max(heights) < 70e3
    found = drag_gradient(t, path[:, :3], path[:, 3:], 0.0, t[[400, 800]])
    numeric = ((flown(1e-3) - flown(-1e-3)) / 2e-3)[[400, 800]]
    for part in (slice(3), slice(3, 6)):
        off = np.linalg.norm((found - numeric)[:, part], axis=1)
        assert (off < 0.02 * np.linalg.norm(numeric[:, part], axis=1)).all()


def test_an_unknown_number_is_noise_that_all_measurements_share() -> None:
    """Against generalised least squares with that noise in the measurements' covariance, to 1e-9 (Woodbury's identity):
    a bound with a nuisance and its prior; without a prior it is larger, with the number known smaller.
    """
    rng = np.random.default_rng(4)
    jacobian, to_cycle = rng.standard_normal((12, 3, 6)), np.eye(6, 7)
    to_cycle[:, 6] = rng.standard_normal(6)
    transition, sigma = np.tile(to_cycle, (12, 1, 1)), rng.uniform(0.5, 2.0, (12, 3))
    transition[:, :, 6] = rng.standard_normal((12, 6))
    pieces, spread = information(transition, jacobian, sigma), 0.7

    def found(prior: np.ndarray | None) -> np.ndarray:
        return bound(pieces, np.zeros((12, 1)), np.array([1.0]), to_cycle[None], prior)[0, 0]

    design = (jacobian @ transition).reshape(36, 7)
    noise = np.diag(sigma.ravel() ** 2) + spread**2 * np.outer(design[:, 6], design[:, 6])
    both = np.linalg.inv(design.T @ (design / sigma.ravel()[:, None] ** 2) + np.diag(np.r_[np.zeros(6), spread**-2]))
    np.testing.assert_allclose(both[:6, :6], np.linalg.inv(design[:, :6].T @ np.linalg.solve(noise, design[:, :6])),
                               rtol=1e-9, atol=1e-12)
    with_prior = found(np.diag(np.r_[np.zeros(6), spread**-2]))
    np.testing.assert_allclose(with_prior, to_cycle @ both @ to_cycle.T, rtol=1e-9, atol=1e-12)
    assert np.linalg.eigvalsh(found(None) - with_prior)[0] > -1e-12
    known = np.linalg.inv(design[:, :6].T @ (design[:, :6] / sigma.ravel()[:, None] ** 2))
    assert np.trace(both[:6, :6]) > np.trace(known)


def test_a_random_walk_comes_to_rest_at_the_root_of_riccatis_equation() -> None:
    """One number, a random walk of variance q a step, measured with variance r: p^2 + q p = q r. To 1e-12."""
    q, r, steps = 0.3, 2.0, np.arange(1.0, 201.0)
    walked = q * steps[:, None, None]
    found = bound(np.full((200, 1, 1), 1.0 / r), steps[:, None], steps, np.ones((200, 6, 1)), noise=(walked, walked))
    assert found[0, 0, 0, 0] == pytest.approx(r, rel=1e-12)  # nothing known beforehand
    assert found[0, -1, 0, 0] == pytest.approx(0.5 * (np.sqrt(q * q + 4.0 * q * r) - q), rel=1e-12)


def test_process_noise_with_late_and_lost_measurements_is_what_a_filter_of_those_received_has() -> None:
    """At every cycle the recursion in its covariance form, over what was received by then, to 1e-9; without noise the
    sum of the information.
    """
    rng = np.random.default_rng(11)
    at, cycles = np.sort(rng.uniform(0.0, 30.0, 40)), np.arange(0.0, 36.0, 3.0)
    received = at + rng.exponential(4.0, 40)
    received[rng.random(40) < 0.2] = np.inf
    pieces = information(np.tile(np.eye(6), (40, 1, 1)), rng.standard_normal((40, 3, 6)), np.ones((40, 3)))
    root = rng.standard_normal((6, 2))
    q, prior, to_cycle = root @ root.T, np.diag(rng.uniform(0.1, 1.0, 6)), np.tile(np.eye(6), (12, 1, 1))
    noise = (at[:, None, None] * q, cycles[:, None, None] * q)
    found = bound(pieces, received[:, None], cycles, to_cycle, prior, noise)[0]
    late = 0
    for j, cycle in enumerate(cycles):
        have = received <= cycle
        late += int((have[:-1] < have[1:]).any())
        spans = np.diff(np.r_[0.0, at[have], cycle])[:, None, None]
        steps = np.tile(np.eye(6), (len(spans), 1, 1))
        path = bound_along(np.linalg.inv(prior), steps, spans * q, np.concatenate([pieces[have], np.zeros((1, 6, 6))]))
        np.testing.assert_allclose(found[j], path[-1], rtol=1e-9, atol=1e-12)
    assert late > 3
    still = bound(pieces, received[:, None], cycles, to_cycle, prior, (0.0 * noise[0], 0.0 * noise[1]))
    np.testing.assert_allclose(still, bound(pieces, received[:, None], cycles, to_cycle, prior), rtol=1e-9, atol=1e-12)


def test_white_noise_along_a_fall_grows_as_in_the_textbook() -> None:
    """Twenty seconds of density q: q t^3 / 3, q t^2 / 2 and q t; to 2e-3, the gradient of gravity and the trapezia."""
    states = [(-3.2e6, 4.1e6, 4.2e6, -1500.0, -500.0, 2500.0)]
    for _ in range(40):
        states.append(fly_step(states[-1], 0.0, 0.5, 0.0, 0.0)[0])
    path, t, q = np.array(states), 0.5 * np.arange(41), 0.7
    back = white_noise(t, path[:, :3], path[:, 3:], np.full(41, q), np.array([20.0]))[0]
    forward = transitions(t, path[:, :3], path[:, 3:], np.array([20.0]))[0]
    expected = np.kron(q * np.array([[20.0**3 / 3.0, 200.0], [200.0, 20.0]]), np.eye(3))
    scale = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    np.testing.assert_allclose(forward @ back @ forward.T / scale, expected / scale, atol=2e-3)


@pytest.mark.parametrize("growth", [1.0, 1e4, 1e8])
def test_much_noise_leaves_little_information_but_never_less_than_none(growth: float) -> None:
    """One measurement d, then noise Q over all: d d' / (1 + d' Q d) (Sherman & Morrison 1950), to 1e-12."""
    rng = np.random.default_rng(3)
    for _ in range(20):
        d = rng.standard_normal(6) * np.repeat([1.0, 1e3], 3) / 30.0  # a range, seen 1,000 s after the common instant
        walk = growth * rng.standard_normal((6, 6)) * np.repeat([1e3, 1.0], 3)[:, None]
        noise, left = walk @ walk.T, np.empty((1, 6, 6))
        piece, none = np.outer(d, d), np.zeros((6, 6))
        kernel.noisy(piece[None], np.zeros(1), none[None], np.ones(1), noise[None], none, left)
        exact = piece / (1.0 + d @ noise @ d)
        assert np.abs(left[0] - exact).max() < 1e-12 * np.abs(exact).max()
