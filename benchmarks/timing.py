"""Medians of repeated runs."""

import statistics
import time
from collections.abc import Callable


def seconds(work: Callable[[], object], *, repeat: int, warm: int = 1) -> float:
    """Median wall time of `work`.

    Parameters
    ----------
    work : callable
        Called without arguments.
    repeat : int
        Timed calls.
    warm : int
        Calls before these, not timed: compilation, caches.

    Returns
    -------
    float
        Seconds a call.
    """
    for _ in range(warm):
        work()
    taken = []
    for _ in range(repeat):
        begin = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begin)
    return statistics.median(taken)
