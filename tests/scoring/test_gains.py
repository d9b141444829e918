"""Summaries and paired gains against closed forms."""

import numpy as np
import pytest
from scipy import stats

from trackfuse.scoring.gains import median_interval, paired_gain, summary


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
    assert gain is not None
    assert (gain["median"], gain["n"], gain["only_with"], gain["only_without"]) == (2.0, 3, 1, 0)
    reverse = paired_gain(better, base, larger_is_better=True)
    assert reverse is not None and reverse["median"] == -2.0
    assert paired_gain(np.full(3, np.inf), np.full(3, np.nan), larger_is_better=True) is None
    alone = paired_gain(np.ones(2), np.full(2, np.inf), larger_is_better=True)
    assert alone is not None and np.isnan(alone["median"]) and alone["only_with"] == 2
