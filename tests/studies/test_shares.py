"""Shares of variance by group: against closed forms, SALib's own estimators, and what is missing."""

import numpy as np
import pytest
from SALib.analyze.sobol import first_order, total_order
from SALib.sample import sobol

from trackfuse.studies.sweeps.shares import variance_shares

GROUPS = ["one", "one", "two", "three"]


def laid_out(points: int, seed: int = 3) -> np.ndarray:
    """Points of the unit cube, shape (N, 5, 4): A, three with a group of B, and B."""
    problem = {"num_vars": 4, "names": list("abcd"), "bounds": [[0.0, 1.0]] * 4, "groups": GROUPS}
    return sobol.sample(problem, points, calc_second_order=False, seed=seed).reshape(points, 5, 4)


def test_without_draws_numerators_are_salibs() -> None:
    at = laid_out(64)
    answer = at[..., 0] * at[..., 1] + 2.0 * at[..., 2] + at[..., 2] * at[..., 3]
    answer -= answer.mean()
    found = variance_shares(np.repeat(answer[..., None], 3, axis=2))
    assert found is not None
    a, b = answer[:, 0], answer[:, -1]
    by_salib = np.var(np.r_[a, b])  # SALib divides by the variance of A and B alone
    for k in range(3):
        ab = answer[:, 1 + k]
        assert found.first[k, 0] * answer.var() == pytest.approx(by_salib * first_order(a, ab, b), rel=1e-9)
        pair = 0.5 * (a**2 + ab**2).mean()
        assert found.total[k, 0] * pair == pytest.approx(by_salib * total_order(a, ab, b), rel=1e-9)
    assert found.total[3, 0] == pytest.approx(0.0, abs=1e-12)


def test_indices_of_a_sum_and_a_product_are_the_closed_form() -> None:
    """y = (u1 - u2) + 2 u3 + z with independent uniforms, z of the draw, and an interaction of "three" with it.

    Variances: u1 - u2 1/6; 2 u3 1/3; z 1/4; (u4 - 1/2) s with s = +-1 of the draw 1/12. The sum is 5/6. The limits are
    five standard errors and more: false alarms below 1e-5.
    """
    points, runs = 4096, 4
    at = laid_out(points)
    rng = np.random.default_rng(8)
    z, s = 0.5 * rng.standard_normal((points, 1, runs)), rng.choice([-1.0, 1.0], (points, 1, runs))
    answer = (at[..., 0] - at[..., 1] + 2.0 * at[..., 2])[..., None] + z + (at[..., 3] - 0.5)[..., None] * s
    found = variance_shares(answer)
    assert found is not None
    np.testing.assert_allclose(found.first[:, 0], np.array([1 / 6, 1 / 3, 0.0, 1 / 4]) * 6 / 5, atol=0.04)
    np.testing.assert_allclose(found.total[:, 0], np.array([1 / 6, 1 / 3, 1 / 12, 1 / 3]) * 6 / 5, atol=0.02)
    for ends in (found.first, found.total):
        assert (ends[:, 1] < ends[:, 0]).all() and (ends[:, 0] < ends[:, 2]).all()


def test_corners_within_a_group_do_not_cancel() -> None:
    """y = u1 - u2: both at their upper ends at once gives nothing; each with a sample of its own gives all."""
    at = laid_out(256)
    found = variance_shares(np.repeat((at[..., 0] - at[..., 1])[..., None], 2, axis=2))
    assert found is not None
    assert found.total[0, 0] == pytest.approx(1.0, abs=0.05)
    assert (found.total[1:, 0] == 0.0).all()


def test_what_is_missing_is_left_out() -> None:
    at = laid_out(1024)
    answer = np.repeat((at[..., 0] + at[..., 2])[..., None], 2, axis=2)
    whole = variance_shares(answer)
    answer[np.random.default_rng(1).random(answer.shape) < 0.2] = np.nan
    found = variance_shares(answer)
    assert found is not None and whole is not None
    np.testing.assert_allclose(found.total[:, 0], whole.total[:, 0], atol=0.05)
    np.testing.assert_allclose(found.first[:, 0], whole.first[:, 0], atol=0.1)


def test_one_run_in_a_hundred_names_no_group() -> None:
    answer = np.zeros((16, 5, 4))
    answer[3, 0, 1] = 250.0
    assert variance_shares(answer) is None
    answer[5:7, 0] = 250.0  # 9 of 320: enough to ask, and no index beyond 1
    found = variance_shares(answer)
    assert found is not None and (found.total[:3, 0] == pytest.approx(1.0, abs=0.05))


def test_nothing_can_be_told_of_a_constant_or_of_one_point() -> None:
    answer = np.ones((8, 5, 2))
    assert variance_shares(answer) is None
    answer[1:] = np.nan
    assert variance_shares(answer) is None
    assert variance_shares(np.full((8, 5, 2), np.nan)) is None
