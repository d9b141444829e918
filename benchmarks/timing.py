"""Medians of repeated runs."""

import os
import statistics
import time
from collections.abc import Callable
from typing import NamedTuple


class Taken(NamedTuple):
    """Medians of one call, seconds: `cpu` of this process and those that it has started and awaited, in all threads,
    and `wall`. On a machine that does other work as well, wall time is the longer by chance; `cpu` compares.
    """

    cpu: float
    wall: float


def taken(work: Callable[[], object], *, repeat: int, warm: int = 1) -> Taken:
    """Median CPU and wall time of `work`.

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
    Taken
    """
    for _ in range(warm):
        work()
    cpu, wall = [], []
    for _ in range(repeat):
        begin, worked = time.perf_counter(), _worked()
        work()
        cpu.append(_worked() - worked)
        wall.append(time.perf_counter() - begin)
    return Taken(statistics.median(cpu), statistics.median(wall))


def _worked() -> float:
    """CPU time of this process, and of those started and awaited (these to 10 ms), s."""
    spent = os.times()
    return time.process_time() + spent.children_user + spent.children_system
