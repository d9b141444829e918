"""The compiled rules for two tracks against the readable ones, and what they refuse."""

import numpy as np
import pytest

from trackfuse.core.errors import SettingsError
from trackfuse.kernels import fusion_rules as pairs
from trackfuse.kernels.filter import MEAN
from trackfuse.tracking import TrackerSettings
from trackfuse.tracking.reference import rules

SCALE = np.array([100.0, 100.0, 100.0, 1.0, 1.0, 1.0])


def couple(rng):
    """Two tracks as the kernels hold them, with errors of hundreds of metres and metres a second."""
    out = []
    for _ in range(2):
        root = rng.standard_normal((6, 6)) * SCALE[:, None]
        f = np.zeros((8, 7))
        f[:6, :6] = root @ root.T + 0.05 * np.diag(SCALE**2)
        f[MEAN, :6] = 1e6 + rng.standard_normal(6) * SCALE
        out.append(f)
    return out


def readable(f):
    return f[MEAN, :6].copy(), f[:6, :6].copy()


def assert_same(f, mean, covariance, *, sigmas=1e-7, relative=1e-6):
    """Mean within so many of the claimed deviations, log-determinant within `relative`."""
    sigma = np.sqrt(np.diag(covariance))
    np.testing.assert_array_less(np.abs(f[MEAN, :6] - mean) / sigma, sigmas)
    assert np.linalg.slogdet(f[:6, :6] / np.outer(sigma, sigma))[1] == pytest.approx(
        np.linalg.slogdet(covariance / np.outer(sigma, sigma))[1], abs=relative
    )


def scratch():
    return np.zeros((pairs.WORK, 6, 6))


def test_rules_without_a_weight_are_the_readable_ones():
    rng = np.random.default_rng(1)
    for _ in range(30):
        a, b = couple(rng)
        one, two = readable(a), readable(b)
        added = a.copy()
        assert pairs.add(added, b, scratch())
        assert_same(added, *rules.add_information(one, two))
        joint = rng.standard_normal((12, 12))
        joint = joint @ joint.T
        roots = np.linalg.cholesky(one[1]), np.linalg.cholesky(two[1])
        half = np.linalg.cholesky(joint[:6, :6]), np.linalg.cholesky(joint[6:, 6:])
        cross = roots[0] @ np.linalg.solve(half[0], np.linalg.solve(half[1], joint[:6, 6:].T).T) @ roots[1].T
        known, gain = a.copy(), np.zeros((6, 6))
        mean, covariance = rules.bar_shalom_campo(one, two, cross)
        better = np.linalg.slogdet(covariance)[1] < np.linalg.slogdet(rules.add_information(one, two)[1])[1]
        assert pairs.known_cross(known, b, cross, gain, scratch()) == (not better)
        if better:
            np.testing.assert_array_equal(known, a)
        else:
            assert_same(known, mean, covariance)


def test_rules_with_a_weight_are_the_readable_ones():
    """Determinants within 0.2 % and means within 5 % of sigma, for the weight is found to 2 %."""
    rng = np.random.default_rng(2)
    for _ in range(20):
        a, b = couple(rng)
        one, two = readable(a), readable(b)
        for rule, expected in (
            (pairs.intersect, rules.covariance_intersection(one, two, "determinant")),
            (pairs.inverse_intersect, rules.inverse_covariance_intersection(one, two, "determinant")),
        ):
            fused = a.copy()
            assert rule(fused, b, scratch())
            assert_same(fused, *expected[:2], sigmas=0.05, relative=2e-3)
        share = rng.uniform(0.1, 0.9, 2)
        parts = share[0] * one[1], share[1] * two[1]
        mean, correlated, independent, _ = rules.split_covariance_intersection(
            (one[0], parts[0], one[1] - parts[0]), (two[0], parts[1], two[1] - parts[1]), "determinant"
        )
        fused, part = a.copy(), parts[0].copy()
        assert pairs.split_intersect(fused, b, part, parts[1], scratch())
        assert_same(fused, mean, correlated + independent, sigmas=0.05, relative=2e-3)
        assert np.abs((part - correlated) / np.sqrt(np.outer(*2 * [np.diag(correlated)]))).max() < 0.1


def test_split_intersection_without_a_dependent_part_is_adding():
    a, b = couple(np.random.default_rng(3))
    fused, part = a.copy(), np.zeros((6, 6))
    assert pairs.split_intersect(fused, b, part, np.zeros((6, 6)), scratch())
    assert_same(fused, *rules.add_information(readable(a), readable(b)))
    np.testing.assert_allclose(part / np.sqrt(np.outer(*2 * [np.diag(fused)[:6]])), 0.0, atol=1e-9)


def test_a_cross_covariance_that_cannot_be_is_refused():
    """Errors more than fully correlated, or so correlated against each other that two tell more than two can."""
    a, b = couple(np.random.default_rng(4))
    for cross in (1.5 * a[:6, :6], -0.5 * a[:6, :6]):
        kept = a.copy()
        assert not pairs.known_cross(kept, a.copy(), cross, np.zeros((6, 6)), scratch())
        np.testing.assert_array_equal(kept, a)
    a[0, 0] = -1.0
    assert not pairs.add(a.copy(), b, scratch())


def test_an_unknown_rule_is_refused_with_the_nearest():
    with pytest.raises(SettingsError, match=r"tracker fusion: no fusion rule 'tracklets'; did you mean 'tracklet'"):
        TrackerSettings(fusion="tracklets")
