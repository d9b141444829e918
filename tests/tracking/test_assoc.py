"""Gates, joint probabilities and track association, each against its closed form or brute force."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from trackfuse.core.errors import SettingsError
from trackfuse.core.rng import generator
from trackfuse.kernels.association import cluster_of, joint_probabilities
from trackfuse.tracking import gate_threshold


def test_gate_threshold_is_the_chi_square_quantile():
    for probability, measured in ((0.5, 1), (0.99, 3), (0.9999, 4)):
        assert gate_threshold(probability, measured) == pytest.approx(stats.chi2.ppf(probability, measured), rel=1e-10)


def joint(weight, missed):
    """The compiled marginals, of weights over the probability that a track caused none of them."""
    out = np.empty((weight.shape[0], weight.shape[1] + 1))
    joint_probabilities(weight / missed[:, None], out)
    return out


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
    assert joint(weight, missed) == pytest.approx(events(weight, missed), abs=1e-12)


def test_of_one_track_they_are_those_of_probabilistic_data_association():
    # Bar-Shalom & Tse 1975: beta_m = e_m / (b + sum e), beta_0 = b / (b + sum e).
    weight, missed = np.array([[2.0, 0.5, 7.0]]), np.array([0.25])
    assert joint(weight, missed)[0] == pytest.approx(np.array([2.0, 0.5, 7.0, 0.25]) / 9.75, rel=1e-14)


def test_two_tracks_that_see_the_same_two_plots_share_them():
    # By symmetry, both as good as certain to be seen: a half each.
    expected = np.array([[0.5, 0.5, 0.0]] * 2)
    assert joint(np.ones((2, 2)), np.full(2, 1e-9)) == pytest.approx(expected, abs=1e-8)


def test_clusters_have_no_link_between_them():
    linked = np.array([[1, 1, 0, 0, 0], [0, 1, 0, 0, 0], [0, 0, 0, 1, 0], [0, 0, 0, 0, 0]], dtype=bool)
    found = []
    for first in (0, 2, 3):
        rows, columns = np.empty(4, dtype=bool), np.empty(5, dtype=bool)
        cluster_of(linked.astype(float), first, rows, columns)
        found.append((np.flatnonzero(rows).tolist(), np.flatnonzero(columns).tolist()))
    assert found == [([0, 1], [0, 1]), ([2], [3]), ([3], [])]


def cross_covariance(before, transition, noise, gain, measure):
    """Of two tracks that measure independently with one gain: Bar-Shalom (1981)."""
    own = np.eye(len(before)) - gain @ measure
    return own @ (transition @ before @ transition.T + noise) @ own.T


def track_distance(off, spread):
    """Squared distances of differences (m, n) by their covariance (n, n)."""
    return np.einsum("mi,mi->m", off, np.linalg.solve(spread, off.T).T)


def steady_state():
    """Two identical position sensors, nearly constant velocity, tracking index 1: covariance and cross-covariance."""
    f, h = np.array([[1.0, 1.0], [0.0, 1.0]]), np.array([[1.0, 0.0]])
    q = np.outer([0.5, 1.0], [0.5, 1.0])
    p, cross, gain = np.eye(2), np.zeros((2, 2)), np.zeros((2, 1))
    for _ in range(200):
        ahead = f @ p @ f.T + q
        gain = ahead @ h.T / (h @ ahead @ h.T + 1.0)
        p = (np.eye(2) - gain @ h) @ ahead
        cross = cross_covariance(cross, f, q, gain, h)
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
    right = track_distance(a - b, 2 * p - cross - cross.T)
    # Variance of a chi-square is 2 n: 4.5 sigma, fails once in 150,000.
    assert abs(right.mean() - 2.0) < 4.5 * math.sqrt(4.0 / runs)
    expected = np.trace(np.linalg.solve(2 * p, 2 * (p - cross)))
    assert expected < 1.75
    assert track_distance(a - b, 2 * p).mean() == pytest.approx(expected, abs=0.08)


@pytest.mark.parametrize(("probability", "measured", "said"), [(1.0, 3, "gate probability"), (0.9, 0, "gate measured")])
def test_bad_input_is_refused(probability, measured, said):
    with pytest.raises(SettingsError, match=said):
        gate_threshold(probability, measured)
