"""The clock of a live run: seconds after the first lift-off, as fast as asked for, the same in all processes."""

import math
import time
from dataclasses import dataclass, replace

AHEAD_S = 0.1
"""So long before it happens processes learn that the clock stops or goes on, s: none is then ahead of another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A clock that all processes of one machine read alike; setting the machine's time does not move it.

    Parameters
    ----------
    start : float
        `time.monotonic` at the first lift-off, were it never stopped.
    speed : float
        Seconds of the run in one second.
    since_s, until_s : float
        Where it was stopped last, and where it stops, seconds after the first lift-off.
    """

    start: float
    speed: float
    since_s: float = -math.inf
    until_s: float = math.inf

    def now_s(self) -> float:
        """Seconds after the first lift-off."""
        return max(self.since_s, min(self.until_s, (time.monotonic() - self.start) * self.speed))

    def left(self, t_s: float) -> float:
        """How long it is until an instant of the run, s of `time.monotonic`; 0 if it is over, inf while it stands."""
        if t_s > self.until_s:
            return math.inf
        return max(self.start + t_s / self.speed - time.monotonic(), 0.0) if t_s > self.since_s else 0.0

    @property
    def is_stopped(self) -> bool:
        """Whether it stands, or is going to."""
        return self.until_s < math.inf

    def stopped(self) -> "Clock":
        """The same clock, stopped a moment from now."""
        return replace(self, until_s=self.now_s() + AHEAD_S * self.speed)

    def resumed(self) -> "Clock":
        """A stopped clock that goes on a moment from now."""
        start = time.monotonic() + AHEAD_S - self.until_s / self.speed
        return Clock(start=start, speed=self.speed, since_s=self.until_s)
