"""Gates, assignment, joint probabilities and track association, each against its closed form or brute force."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from trackfuse.core.errors import SettingsError
from trackfuse.core.rng import generator
from trackfuse.tracking import (
    assign,
    clusters,
    cross_covariance,
    distances,
    gate,
    gate_threshold,
    joint_probabilities,
    match_tracks,
    shared_covariance,
    track_distance,
)


def spread(rng, n, size=()):
    a = rng.standard_normal((*size, n, n))
    return a @ np.swapaxes(a, -1, -2) + np.eye(n)


def test_gate_threshold_is_the_chi_square_quantile():
    for probability, measured in ((0.5, 1), (0.99, 3), (0.9999, 4)):
        assert gate_threshold(probability, measured) == pytest.approx(stats.chi2.ppf(probability, measured), rel=1e-10)


def test_distance_and_likelihood_are_those_of_the_gaussian():
    rng = generator(1, "gate")
    innovation, covariance = rng.standard_normal((5, 3)), spread(rng, 3, (5,))
    squared, log_likelihood, measured = distances(innovation, covariance)
    for k in range(5):
        assert squared[k] == pytest.approx(innovation[k] @ np.linalg.solve(covariance[k], innovation[k]), rel=1e-12)
        law = stats.multivariate_normal(np.zeros(3), covariance[k])
        assert log_likelihood[k] == pytest.approx(law.logpdf(innovation[k]), rel=1e-10)
    assert (measured == 3).all()


def test_what_was_not_measured_counts_for_nothing():
    rng = generator(2, "gate")
    innovation, covariance = rng.standard_normal(4), spread(rng, 4)
    some = [1, 2]
    holed = covariance.copy()
    holed[[0, 3], [0, 3]] = np.inf
    left = innovation.copy()
    left[[0, 3]] = np.nan
    squared, log_likelihood, measured = distances(left, holed)
    expected = distances(innovation[some], covariance[np.ix_(some, some)])
    assert (squared, log_likelihood, measured) == pytest.approx(expected, rel=1e-12)
    assert gate(np.full(4, np.nan), np.diag(np.full(4, np.inf)), 0.99)


def test_gate_lets_the_stated_share_through():
    # 20,000 draws at 0.99 within 4.5 sigma: fails once in 150,000.
    rng = generator(3, "gate")
    covariance = spread(rng, 3)
    draws = rng.multivariate_normal(np.zeros(3), covariance, 20_000)
    share = gate(draws, np.broadcast_to(covariance, (20_000, 3, 3)), 0.99).mean()
    assert abs(share - 0.99) < 4.5 * math.sqrt(0.99 * 0.01 / 20_000)


def brute_force(cost, alone):
    tracks, plots = cost.shape
    best = np.inf
    for choice in itertools.product(range(-1, plots), repeat=tracks):
        given = [m for m in choice if m >= 0]
        if len(set(given)) == len(given):
            best = min(best, sum(alone[t] if m < 0 else cost[t, m] for t, m in enumerate(choice)))
    return best


@pytest.mark.parametrize("case", range(60))
def test_assignment_is_the_best_there_is(case):
    rng = generator(case, "assign")
    tracks, plots = rng.integers(0, 5, 2)
    cost, alone = rng.normal(0.0, 2.0, (tracks, plots)), rng.normal(0.0, 1.0, tracks)
    cost[rng.random((tracks, plots)) < 0.3] = np.inf
    chosen = assign(cost, alone)
    given = chosen[chosen >= 0]
    assert len(set(given.tolist())) == len(given)
    paid = sum(alone[t] if m < 0 else cost[t, m] for t, m in enumerate(chosen))
    assert paid == pytest.approx(brute_force(cost, alone), abs=1e-12)


def events(weight, missed):
    """Marginals by listing every joint event."""
    tracks, plots = weight.shape
    out = np.zeros((tracks, plots + 1))
    for choice in itertools.product(range(-1, plots), repeat=tracks):
        given = [m for m in choice if m >= 0]
        if len(set(given)) == len(given):
            chance = math.prod(missed[t] if m < 0 else weight[t, m] for t, m in enumerate(choice))
            for t, m in enumerate(choice):
                out[t, m] += chance
    return out / out.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("case", range(30))
def test_joint_probabilities_are_those_of_all_events(case):
    rng = generator(case, "joint")
    tracks, plots = rng.integers(1, 5, 2)
    weight, missed = rng.exponential(3.0, (tracks, plots)), rng.uniform(0.05, 1.0, tracks)
    weight[rng.random((tracks, plots)) < 0.4] = 0.0
    assert joint_probabilities(weight, missed) == pytest.approx(events(weight, missed), abs=1e-12)


def test_of_one_track_they_are_those_of_probabilistic_data_association():
    # Bar-Shalom & Tse 1975: beta_m = e_m / (b + sum e), beta_0 = b / (b + sum e).
    weight, missed = np.array([[2.0, 0.5, 7.0]]), np.array([0.25])
    assert joint_probabilities(weight, missed)[0] == pytest.approx(np.array([2.0, 0.5, 7.0, 0.25]) / 9.75, rel=1e-14)


def test_two_tracks_that_see_the_same_two_plots_share_them():
    # By symmetry, both certain to be seen: a half each.
    assert joint_probabilities(np.ones((2, 2)), np.zeros(2)) == pytest.approx(np.array([[0.5, 0.5, 0.0]] * 2))


def test_clusters_have_no_link_between_them():
    linked = np.array([[1, 1, 0, 0, 0], [0, 1, 0, 0, 0], [0, 0, 0, 1, 0], [0, 0, 0, 0, 0]], dtype=bool)
    found = [(rows.tolist(), columns.tolist()) for rows, columns in clusters(linked)]
    assert found == [([0, 1], [0, 1]), ([2], [3]), ([3], [])]


def steady_state():
    """Two identical position sensors, nearly constant velocity, tracking index 1: covariance and cross-covariance."""
    f, h = np.array([[1.0, 1.0], [0.0, 1.0]]), np.array([[1.0, 0.0]])
    q = np.outer([0.5, 1.0], [0.5, 1.0])
    p, cross, gain = np.eye(2), np.zeros((2, 2)), np.zeros((2, 1))
    for _ in range(200):
        ahead = f @ p @ f.T + q
        gain = ahead @ h.T / (h @ ahead @ h.T + 1.0)
        p = (np.eye(2) - gain @ h) @ ahead
        cross = cross_covariance(cross, f, q, gain, h, gain, h)
    return p, cross, (f, q, gain, h)


def test_common_process_noise_correlates_two_centres():
    p, cross, _ = steady_state()
    assert p == pytest.approx(np.array([[3 / 4, 1 / 2], [1 / 2, 1.0]]), abs=1e-9)
    assert cross == pytest.approx(np.array([[1 / 12, 1 / 6], [1 / 6, 2 / 3]]), abs=1e-9)
    assert (2 * (p - cross))[0, 0] == pytest.approx(4 / 3, abs=1e-9)
    assert (2 * p)[0, 0] == pytest.approx(3 / 2, abs=1e-9)


def test_track_distance_has_the_expectation_n_only_with_the_cross_covariance():
    p, cross, (f, q, gain, h) = steady_state()
    rng, runs = generator(5, "tracks"), 20_000
    joint = np.block([[p, cross], [cross.T, p]])
    a, b = np.split(rng.multivariate_normal(np.zeros(4), joint, runs), 2, axis=1)
    for _ in range(3):
        shove = rng.multivariate_normal(np.zeros(2), q, runs)
        a, b = (((np.eye(2) - gain @ h) @ (f @ e.T - shove.T)).T for e in (a, b))
        a, b = (e + rng.standard_normal((runs, 1)) @ gain.T for e in (a, b))
    wide = np.broadcast_to(p, (runs, 2, 2))
    right = track_distance(a, wide, b, wide, np.broadcast_to(cross, (runs, 2, 2)))
    # Variance of a chi-square is 2 n: 4.5 sigma, fails once in 150,000.
    assert abs(right.mean() - 2.0) < 4.5 * math.sqrt(4.0 / runs)
    expected = np.trace(np.linalg.solve(2 * p, 2 * (p - cross)))
    assert expected < 1.75
    assert track_distance(a, wide, b, wide).mean() == pytest.approx(expected, abs=0.08)


def test_common_plots_correlate_least_squares_exactly():
    rng = generator(6, "shared")
    rows = rng.standard_normal((9, 3))
    mine, yours, common = rows[:7], rows[4:], rows[4:7]
    pa, pb = np.linalg.inv(mine.T @ mine), np.linalg.inv(yours.T @ yours)
    # Errors are P H' v: their covariance over the noise that both have.
    expected = pa @ common.T @ common @ pb
    assert shared_covariance(pa, pb, common.T @ common) == pytest.approx(expected, rel=1e-12)
    assert shared_covariance(pa, pa, mine.T @ mine) == pytest.approx(pa, rel=1e-10)


def test_tracks_are_matched_within_the_gate_and_none_twice():
    squared = np.array([[1.0, 2.0, 500.0], [1.5, 400.0, 90.0], [np.inf, 300.0, 200.0]])
    assert match_tracks(squared, 6).tolist() == [1, 0, -1]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: gate_threshold(1.0, 3), "gate probability"),
        (lambda: gate_threshold(0.9, 0), "gate measured"),
        (lambda: distances(np.zeros(3), np.eye(2)), "do not match"),
        (lambda: distances(np.zeros(2), -np.eye(2)), "not positive definite"),
        (lambda: distances(np.array([np.nan, 0.0]), np.eye(2)), "not finite"),
        (lambda: assign(np.array([[np.nan]]), np.zeros(1)), "not a number"),
        (lambda: assign(np.zeros((2, 2)), np.zeros(1)), "do not match"),
        (lambda: assign(np.zeros((1, 1)), np.array([np.inf])), "not a number"),
        (lambda: joint_probabilities(-np.ones((1, 1)), np.ones(1)), "negative"),
        (lambda: joint_probabilities(np.zeros((1, 1)), np.zeros(1)), "no event"),
        (lambda: joint_probabilities(np.ones((1, 20)), np.ones(1)), "at most 16"),
        (lambda: match_tracks(np.array([[-1.0]]), 6), "negative"),
    ],
)
def test_bad_input_is_refused(call, said):
    with pytest.raises(SettingsError, match=said):
        call()
