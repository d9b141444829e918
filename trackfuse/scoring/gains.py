"""Summaries over runs, and gains between two policies paired on the same noise."""

import numpy as np
from scipy import stats


def summary(values: np.ndarray) -> dict[str, float | int] | None:
    """Median and 5-95 % range of the runs in which something happened.

    Parameters
    ----------
    values : ndarray, shape (runs,)
        One figure a run; not finite where it never happened.

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
        Finite values; their distribution does not matter.
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
    below = max(int(stats.binom.ppf((1.0 - confidence) / 2.0, n, 0.5)), 1)
    return float(ordered[below - 1]), float(ordered[n - below])


def paired_gain(better: np.ndarray, baseline: np.ndarray, *, larger_is_better: bool) -> dict[str, float | int] | None:
    """Gain of one policy over another, run by run on the same noise.

    Parameters
    ----------
    better, baseline : ndarray, shape (runs,)
        The same figure under the two policies; not finite where it never happened.
    larger_is_better : bool
        True for warning time; False for delays and errors.

    Returns
    -------
    dict or None
        {"median", "low", "high", "p05", "p95", "n", "only_with", "only_without"}: median paired gain (positive is
        good), its 95 % interval, the spread over runs, the pairs used, and the runs in which the figure exists under
        one policy alone (these have no finite gain and are counted, not averaged). None if there is nothing to compare.
    """
    here, there = np.isfinite(better), np.isfinite(baseline)
    both = here & there
    counts = {"n": int(both.sum()), "only_with": int((here & ~there).sum()), "only_without": int((there & ~here).sum())}
    if not here.any() and not there.any():
        return None
    if not both.any():
        return {key: float("nan") for key in ("median", "low", "high", "p05", "p95")} | counts
    gain = better[both] - baseline[both] if larger_is_better else baseline[both] - better[both]
    low, high = median_interval(gain)
    p05, median, p95 = np.quantile(gain, [0.05, 0.5, 0.95])
    return {"median": float(median), "low": low, "high": high, "p05": float(p05), "p95": float(p95)} | counts
