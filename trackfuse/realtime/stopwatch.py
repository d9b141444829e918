"""How long work takes, by the clock and by what it has of a processor."""

import time
from typing import Self


class Stopwatch:
    """Adds up what passes in its `with` blocks.

    Attributes
    ----------
    wall_s : float
        Time that has passed, s.
    cpu_s : float
        What this thread has had of a processor, s: others may have had the rest. Read within the other, so that it is
        not longer but for the pace of the two clocks.
    """

    def __init__(self) -> None:
        self.wall_s = self.cpu_s = 0.0

    def __enter__(self) -> Self:
        self.wall_s -= time.perf_counter()
        self.cpu_s -= time.thread_time()
        return self

    def __exit__(self, *_: object) -> None:
        self.cpu_s += time.thread_time()
        self.wall_s += time.perf_counter()
