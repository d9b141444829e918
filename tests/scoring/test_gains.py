"""Summaries and paired gains against closed forms."""

import numpy as np
import pytest
from scipy import stats

from trackfuse.scoring.gains import median_interval, paired_gain, share_interval, summary


def test_summary_counts_only_what_happened() -> None:
    assert summary(np.array([np.inf, np.nan])) is None
    assert summary(np.array([1.0, 2.0, 3.0, np.inf])) == {"median": 2.0, "p05": 1.1, "p95": 2.9, "n": 3}


@pytest.mark.parametrize("n", [6, 20, 51, 200])
def test_median_interval_has_at_least_its_binomial_coverage(n: int) -> None:
    """The ranks chosen for 0..n-1 give the coverage by the binomial law itself: no sampling, no false failures."""
    low, high = median_interval(np.arange(n, dtype=float))
    below = int(low) + 1
    assert high == n - below
    assert 1.0 - 2.0 * stats.binom.cdf(below - 1, n, 0.5) >= 0.95
    assert 1.0 - 2.0 * stats.binom.cdf(below, n, 0.5) < 0.95


def test_gain_is_paired_and_signed() -> None:
    base, better = np.array([10.0, 20.0, 30.0, np.inf]), np.array([9.0, 18.0, 27.0, 5.0])
    gain = paired_gain(better, base, larger_is_better=False)
    assert (gain["median"], gain["n"], gain["p_policy"], gain["p_baseline"]) == (2.0, 3, 1.0, 0.75)
    assert paired_gain(better, base, larger_is_better=True)["median"] == -2.0
    never = paired_gain(np.full(3, np.inf), np.full(3, np.nan), larger_is_better=True)
    assert np.isnan(never["median"]) and (never["n"], never["p_policy"], never["p_baseline"]) == (0, 0.0, 0.0)
    alone = paired_gain(np.ones(2), np.full(2, np.inf), larger_is_better=True)
    assert np.isnan(alone["median"]) and (alone["n"], alone["p_policy"], alone["p_baseline"]) == (0, 1.0, 0.0)


def test_spread_of_a_gain_is_from_its_5_to_its_95_percent_point() -> None:
    """Gains of 0 to 100 in steps of one, in no order: the q % point is q, whatever the way of interpolating."""
    rng = np.random.default_rng(8)
    base, gains = 500.0 * rng.integers(1, 9, 101), rng.permutation(np.arange(101.0))
    for better, larger in ((base + gains, True), (base - gains, False)):
        found = paired_gain(better, base, larger_is_better=larger)
        assert [found[name] for name in ("p05", "median", "p95")] == pytest.approx([5.0, 50.0, 95.0], abs=1e-9)
        assert (found["low"], found["high"]) == pytest.approx(median_interval(gains), abs=1e-9)


@pytest.mark.parametrize(("count", "runs"), [(0, 7), (3, 10), (50, 50), (1, 200)])
def test_share_interval_is_that_of_scipy(count: int, runs: int) -> None:
    exact = stats.binomtest(count, runs).proportion_ci(0.95, method="exact")
    assert share_interval(count, runs) == pytest.approx((exact.low, exact.high), abs=1e-12)
