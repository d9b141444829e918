"""Fusion rules against closed forms: steady states of two identical trackers, two-by-two cases, and data incest."""

import numpy as np
import pytest
from scipy.linalg import solve_discrete_are, solve_discrete_lyapunov

from trackfuse.core.errors import SettingsError
from trackfuse.tracking.reference.gaussian import extended_predict, extended_update
from trackfuse.tracking.reference.rules import (
    add_information,
    bar_shalom_campo,
    best_weight,
    covariance_intersection,
    ellipsoidal_intersection,
    inverse_covariance_intersection,
    split_covariance_intersection,
)

F, H = np.array([[1.0, 1.0], [0.0, 1.0]]), np.array([[1.0, 0.0]])
ZERO = np.zeros(2)
A, B = np.array([[5.0, 3.0], [3.0, 4.0]]), np.array([[2.0, -1.0], [-1.0, 6.0]])


def steady(tracking_index, r=1.0):
    """Filtered covariance, gain and process noise of a position sensor on a nearly constant velocity (piecewise
    white).
    """
    q = tracking_index**2 * np.array([[0.25, 0.5], [0.5, 1.0]])
    ahead = solve_discrete_are(F.T, H.T, q, np.array([[r]]))
    gain = ahead @ H.T / (ahead[0, 0] + r)
    return (np.eye(2) - gain @ H) @ ahead, gain, q


def two_trackers(tracking_index):
    """Covariance of each of two identical trackers of one target, their cross-covariance, and the centralised one."""
    p, gain, q = steady(tracking_index)
    left = np.eye(2) - gain @ H
    return p, solve_discrete_lyapunov(left @ F, left @ q @ left.T), steady(tracking_index, 0.5)[0]


def area(p):
    return np.sqrt(np.linalg.det(p))


@pytest.mark.parametrize(
    ("index", "fused", "central", "position", "velocity"),
    [
        (0.01, 0.724337, 0.702396, 0.616323, 0.870583), (0.1, 0.714704, 0.692414, 0.598765, 0.861111),
        (0.5, 0.698293, 0.675573, 0.571719, 0.844683), (1.0, 0.687184, 0.664345, 5 / 9, 5 / 6),
        (5.0, 0.653442, 0.631473, 0.518034, 0.797478),
    ],
)
def test_two_trackers_of_one_target(index, fused, central, position, velocity):
    """Bar-Shalom & Campo (1986), their model recomputed: the fused area is 65 to 73 % of one tracker's, not 50 %."""
    p, cross, together = two_trackers(index)
    _, m = bar_shalom_campo((ZERO, p), (ZERO, p), cross)
    assert area(m) / area(p) == pytest.approx(fused, abs=1e-6)
    assert area(together) / area(p) == pytest.approx(central, abs=1e-6)
    assert np.diag(m) / np.diag(p) == pytest.approx([position, velocity], abs=1e-6)
    assert 1.0 <= m[0, 0] / together[0, 0] <= 1.051


@pytest.mark.parametrize(
    ("index", "p", "cross", "fused"),
    [
        (1.0, [[3 / 4, 1 / 2], [1 / 2, 1]], [[1 / 12, 1 / 6], [1 / 6, 2 / 3]], (5 / 12, 5 / 6)),
        (0.1, [[0.36, 0.08], [0.08, 0.04]], [[16 / 225, 8 / 225], [8 / 225, 13 / 450]], (97 / 450, 31 / 900)),
    ],
)
def test_two_trackers_in_exact_fractions(index, p, cross, fused):
    ours, between, _ = two_trackers(index)
    np.testing.assert_allclose(ours, p, atol=1e-9)
    np.testing.assert_allclose(between, cross, atol=1e-9)
    _, m = bar_shalom_campo((ZERO, ours), (ZERO, ours), between)
    np.testing.assert_allclose(np.diag(m), fused, atol=1e-9)


@pytest.mark.parametrize("index", [0.01, 0.1, 0.5, 1.0, 5.0])
def test_steady_gains_in_closed_form(index):
    """The filter run until it stays has the gains of the alpha-beta tracker (Kalata 1984): a position variance of
    alpha R, and alpha / (1 - alpha) R a sample ahead. At an index of 1 a sample of latency costs a factor of four.
    """
    root = np.sqrt(index**2 + 8.0 * index)
    alpha = -(index**2 + 8.0 * index - (index + 4.0) * root) / 8.0
    beta = (index**2 + 4.0 * index - index * root) / 4.0
    p, q = np.eye(2), index**2 * np.array([[0.25, 0.5], [0.5, 1.0]])
    ahead = p
    for _ in range(3000):
        ahead = extended_predict(p, F, q)
        _, p, _ = extended_update(ZERO, ahead, np.zeros(1), H, np.eye(1))
    np.testing.assert_allclose(p[:, 0], [alpha, beta], rtol=1e-9)
    assert ahead[0, 0] == pytest.approx(alpha / (1.0 - alpha), rel=1e-9)
    if index == 1.0:
        assert (alpha, beta) == pytest.approx((0.75, 0.5), rel=1e-12)
        assert ahead[0, 0] / p[0, 0] == pytest.approx(4.0, rel=1e-9)


def test_intersection_round_a_ring_is_consensus():
    """Four nodes in a ring, intersected with both neighbours at weights of a third: their informations come together
    by a factor of three a round (eigenvalues 1, 1/3, 1/3, -1/3), to the mean. That is a quarter of what they know
    together.
    """
    rng = np.random.default_rng(8)
    nodes = [np.linalg.inv(root @ root.T + np.eye(2)) for root in rng.standard_normal((4, 2, 2))]
    mean = np.mean([np.linalg.inv(p) for p in nodes], axis=0)
    off = [max(np.abs(np.linalg.inv(p) - mean).max() for p in nodes)]
    for _ in range(12):
        pairs = [covariance_intersection((ZERO, nodes[k - 1]), (ZERO, nodes[(k + 1) % 4]), weight=0.5)[1]
                 for k in range(4)]  # fmt: skip
        nodes = [covariance_intersection((ZERO, own), (ZERO, pair), weight=1 / 3)[1]
                 for own, pair in zip(nodes, pairs, strict=True)]  # fmt: skip
        off.append(max(np.abs(np.linalg.inv(p) - mean).max() for p in nodes))
    off = np.array(off)
    assert (off <= off[0] * 3.0 ** -np.arange(13.0) * (1 + 1e-6)).all()
    np.testing.assert_allclose(off[1:] / off[:-1], 1 / 3, rtol=1e-6)


@pytest.mark.parametrize(("count", "ratio"), [(2, 1.03438), (3, 1.08819), (5, 1.19948), (10, 1.45922), (50, 3.06135)])
def test_many_trackers_fall_behind_one_that_has_all(count, ratio):
    """Identical trackers, best linear fusion: P/N + (N - 1)/N of the cross-covariance. Chen et al. (2003),
    recomputed.
    """
    p, cross, _ = two_trackers(1.0)
    best = p / count + (count - 1) / count * cross
    assert area(best) / area(steady(1.0, 1.0 / count)[0]) == pytest.approx(ratio, abs=1e-5)
    if count == 2:
        np.testing.assert_allclose(bar_shalom_campo((ZERO, p), (ZERO, p), cross)[1], best, atol=1e-12)


def test_campo_moves_the_mean_to_the_better_estimate():
    a, b = (np.array([1.0, 0.0]), np.diag([1.0, 4.0])), (np.array([0.0, 1.0]), np.diag([4.0, 1.0]))
    mean, fused = bar_shalom_campo(a, b, np.zeros((2, 2)))
    np.testing.assert_allclose(mean, [0.8, 0.8])
    np.testing.assert_allclose(fused, np.diag([0.8, 0.8]))
    np.testing.assert_allclose(add_information(a, b)[0], mean)


def test_crossed_ellipses():
    a, b = (ZERO, np.diag([4.0, 1.0])), (ZERO, np.diag([1.0, 4.0]))
    np.testing.assert_allclose(add_information(a, b)[1], np.diag([0.8, 0.8]), atol=1e-12)
    np.testing.assert_allclose(ellipsoidal_intersection(a, b)[1], np.eye(2), atol=1e-12)
    _, inverse, w = inverse_covariance_intersection(a, b)
    np.testing.assert_allclose(inverse, np.diag([20 / 17, 20 / 17]), atol=1e-9)
    assert w == pytest.approx(0.5, abs=1e-6)
    _, cautious, w = covariance_intersection(a, b)
    np.testing.assert_allclose(cautious, np.diag([1.6, 1.6]), atol=1e-9)
    assert w == pytest.approx(0.5, abs=1e-6)


def test_skew_ellipses():
    a, b = (ZERO, A), (ZERO, B)
    np.testing.assert_allclose(add_information(a, b)[1], [[7 / 6, 1 / 3], [1 / 3, 5 / 3]], atol=1e-12)
    shared = ellipsoidal_intersection(a, b)[1]
    assert (np.trace(shared), np.linalg.det(shared)) == pytest.approx((3.592523, 2.947441), abs=1e-6)
    _, inverse, w = inverse_covariance_intersection(a, b)
    assert w == pytest.approx(0.529488, abs=1e-5)
    np.testing.assert_allclose(inverse, [[1.729352, 0.470870], [0.470870, 2.516962]], atol=5e-6)
    assert np.trace(inverse) == pytest.approx(4.246314, abs=1e-6)
    _, cautious, w = covariance_intersection(a, b)
    assert w == pytest.approx(0.455767, abs=1e-5)
    np.testing.assert_allclose(cautious, [[2.250739, 0.550148], [0.550148, 3.401183]], atol=5e-6)
    assert np.trace(cautious) == pytest.approx(5.651922, abs=1e-6)
    _, by_area, w = covariance_intersection(a, b, "determinant")
    assert w == pytest.approx(0.5, abs=1e-5)
    np.testing.assert_allclose(by_area, [[7 / 3, 2 / 3], [2 / 3, 10 / 3]], atol=1e-4)
    assert np.linalg.det(by_area) == pytest.approx(22 / 3, abs=1e-9)


def test_boldness_in_order():
    """Adding <= ellipsoidal <= inverse <= covariance intersection in trace, for this pair; the last two for any."""
    rng = np.random.default_rng(4)
    for k in range(50):
        roots = rng.standard_normal((2, 3, 3))
        a, b = ((np.zeros(3), root @ root.T + 0.1 * np.eye(3)) for root in roots)
        added, shared = add_information(a, b)[1], ellipsoidal_intersection(a, b)[1]
        inverse, cautious = inverse_covariance_intersection(a, b)[1], covariance_intersection(a, b)[1]
        assert np.trace(added) <= np.trace(shared) * (1 + 1e-9)
        assert np.trace(inverse) <= np.trace(cautious) * (1 + 1e-9), k


def test_split_intersection_lies_between_its_limits():
    zero, mean = np.zeros((2, 2)), np.array([1.0, -2.0])
    together, none, independent, _ = split_covariance_intersection((mean, zero, A), (ZERO, zero, B))
    expected_mean, expected = add_information((mean, A), (ZERO, B))
    np.testing.assert_allclose(independent, expected, atol=1e-9)
    np.testing.assert_allclose(none, zero, atol=1e-9)
    np.testing.assert_allclose(together, expected_mean, atol=1e-9)
    together, correlated, none, w = split_covariance_intersection((mean, A, zero), (ZERO, B, zero))
    expected_mean, expected, expected_w = covariance_intersection((mean, A), (ZERO, B))
    assert w == pytest.approx(expected_w, abs=1e-6)
    np.testing.assert_allclose(correlated, expected, atol=1e-5)
    np.testing.assert_allclose(none, zero, atol=1e-9)
    np.testing.assert_allclose(together, expected_mean, atol=1e-5)
    _, correlated, independent, _ = split_covariance_intersection((mean, A / 2, A / 2), (ZERO, B / 2, B / 2))
    assert np.trace(add_information((mean, A), (ZERO, B))[1]) < np.trace(correlated + independent) < np.trace(expected)


def test_intersection_is_consistent_for_any_correlation():
    """Its claim minus the true covariance is positive semidefinite, whatever the cross-covariance."""
    rng = np.random.default_rng(5)
    for _ in range(200):
        joint = rng.standard_normal((6, 6))
        joint = joint @ joint.T + 0.05 * np.eye(6)
        a, b, cross = joint[:3, :3], joint[3:, 3:], joint[:3, 3:]
        _, claimed, w = covariance_intersection((np.zeros(3), a), (np.zeros(3), b))
        left, right = w * claimed @ np.linalg.inv(a), (1 - w) * claimed @ np.linalg.inv(b)
        true = left @ a @ left.T + right @ b @ right.T + left @ cross @ right.T + right @ cross.T @ left.T
        assert np.linalg.eigvalsh(claimed - true)[0] > -1e-9


def test_inverse_intersection_is_consistent_for_common_information():
    """Estimates that share a prior of any size and are otherwise independent: claim minus truth positive
    semidefinite.
    """
    rng = np.random.default_rng(6)
    for _ in range(200):
        roots = rng.standard_normal((3, 3, 3))
        shared, one, two = (root @ root.T + 0.05 * np.eye(3) for root in roots)
        a, b = np.linalg.inv(shared + one), np.linalg.inv(shared + two)
        cross = a @ shared @ b
        _, claimed, w = inverse_covariance_intersection((np.zeros(3), a), (np.zeros(3), b))
        common = np.linalg.inv(w * a + (1 - w) * b)
        left, right = claimed @ (np.linalg.inv(a) - w * common), claimed @ (np.linalg.inv(b) - (1 - w) * common)
        np.testing.assert_allclose(left + right, np.eye(3), atol=1e-8)
        true = left @ a @ left.T + right @ b @ right.T + left @ cross @ right.T + right @ cross.T @ left.T
        assert np.linalg.eigvalsh(claimed - true)[0] > -1e-9


@pytest.mark.parametrize("rounds", [1, 2, 3, 4, 5])
def test_rumours_grow(rounds):
    """Two nodes, independent variance s^2, fused again and again by adding: claimed s^2 / 2^k, true s^2 / 2, so that
    the normalised error squared is 2^(k-1) exactly. By covariance intersection it never exceeds one.
    """
    one, two = (np.array([1.0]), np.array([[3.0]])), (np.array([-1.0]), np.array([[3.0]]))
    for _ in range(rounds):
        one, two = add_information(one, two), add_information(two, one)
    assert one[1][0, 0] == pytest.approx(3.0 / 2**rounds, rel=1e-12)
    assert (3.0 / 2) / one[1][0, 0] == pytest.approx(2.0 ** (rounds - 1), rel=1e-12)
    cautious = np.array([[3.0]])
    for _ in range(rounds):
        _, cautious, _ = covariance_intersection((np.zeros(1), cautious), (np.zeros(1), cautious))
    assert (3.0 / 2) / cautious[0, 0] <= 1.0


def test_a_shared_prior_counts_once():
    """Three nodes with one prior of variance 4 and a unit measurement each: 4/13 is right, adding claims 4/15, NEES
    1.4.
    """
    prior, measured = 1 / 4, 1.0
    node = np.array([[1 / (prior + measured)]])
    claimed = add_information(add_information((np.zeros(1), node), (np.zeros(1), node)), (np.zeros(1), node))[1][0, 0]
    assert claimed == pytest.approx(4 / 15, rel=1e-12)
    true = (9 * prior**2 * 4 + 3 * measured**2) * claimed**2
    assert true == pytest.approx(0.373333, abs=1e-6)
    assert true / claimed == pytest.approx(1.4, rel=1e-12)
    assert 1 / (3 / node[0, 0] - 2 * prior) == pytest.approx(4 / 13, rel=1e-12)


def test_an_unknown_criterion_is_refused():
    with pytest.raises(SettingsError, match="did you mean 'trace'"):
        best_weight(lambda w: A, "trase")  # type: ignore[arg-type]
