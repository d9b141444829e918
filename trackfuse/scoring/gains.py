"""Summaries over runs, and gains between two policies paired on the same noise."""

from functools import lru_cache

import numpy as np


def summary(values: np.ndarray) -> dict[str, float | int] | None:
    """Median and 5-95 % range of the runs in which something happened.

    Parameters
    ----------
    values : ndarray, shape (runs,)
        One figure a run; not finite where it never happened. In any unit.

    Returns
    -------
    dict or None
        {"median", "p05", "p95", "n"} with n the number of runs in which it happened; None if it never did.
    """
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        return None
    low, median, high = np.quantile(finite, [0.05, 0.5, 0.95])
    return {"median": float(median), "p05": float(low), "p95": float(high), "n": int(finite.size)}


def median_interval(values: np.ndarray, confidence: float = 0.95) -> tuple[float, float]:
    """Distribution-free interval for the median from two order statistics.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Finite values; their distribution does not matter. In any unit.
    confidence : float
        Least coverage.

    Returns
    -------
    (float, float)
        Bounds; the extremes of the sample when n is too small for the confidence (n < 6 at 95 %), nan for no values.

    Notes
    -----
    The number of values below the median is binomial(n, 1/2): David & Nagaraja, Order Statistics (2003), 7.1.
    """
    ordered = np.sort(values)
    n = ordered.size
    if n == 0:
        return float("nan"), float("nan")
    below = _below(n, confidence)
    return float(ordered[below - 1]), float(ordered[n - below])


@lru_cache(maxsize=4096)  # a table asks the same of hundreds of figures
def _below(n: int, confidence: float) -> int:
    """Which of n ordered values bounds the median from below."""
    from scipy.stats import binom  # here: of all that a start loads, it would take longest

    return max(int(binom.ppf((1.0 - confidence) / 2.0, n, 0.5)), 1)


@lru_cache(maxsize=4096)  # a table asks the same of hundreds of figures
def share_interval(count: int, runs: int, confidence: float = 0.95) -> tuple[float, float]:
    """Interval for a probability from how often something happened.

    Parameters
    ----------
    count, runs : int
        It happened in `count` of so many runs; runs is 1 or more.
    confidence : float
        Least coverage.

    Returns
    -------
    (float, float)
        Bounds.

    Notes
    -----
    Clopper & Pearson, Biometrika 26 (1934), 404-413: never covers less than it says.
    """
    from scipy.stats import beta

    tail = (1.0 - confidence) / 2.0
    low = float(beta.ppf(tail, count, runs - count + 1)) if count else 0.0
    high = float(beta.ppf(1.0 - tail, count + 1, runs - count)) if count < runs else 1.0
    return low, high


def paired_gain(better: np.ndarray, baseline: np.ndarray, *, larger_is_better: bool) -> dict[str, float | int]:
    """Gain of one policy over another, run by run on the same noise.

    Parameters
    ----------
    better, baseline : ndarray, shape (runs,)
        The same figure under the two policies; not finite where it never happened. In any unit.
    larger_is_better : bool
        True for warning time; False for delays and errors.

    Returns
    -------
    dict
        {"median", "p05", "p95", "low", "high", "p_policy", "p_baseline", "n"}: median paired gain (positive is good),
        the spread over runs, the 95 % interval of the median, the shares of the runs in which the figure occurs under
        either policy, and the pairs used. Runs in which it occurs under one policy alone have no finite gain: they
        count in the shares. The gain is nan without pairs.
    """
    here, there = np.isfinite(better), np.isfinite(baseline)
    both = here & there
    counts = {"p_policy": float(here.mean()), "p_baseline": float(there.mean()), "n": int(both.sum())}
    if not both.any():
        return dict.fromkeys(("median", "p05", "p95", "low", "high"), float("nan")) | counts
    gain = better[both] - baseline[both] if larger_is_better else baseline[both] - better[both]
    low, high = median_interval(gain)
    p05, median, p95 = np.quantile(gain, [0.05, 0.5, 0.95])
    return {"median": float(median), "p05": float(p05), "p95": float(p95), "low": low, "high": high} | counts
