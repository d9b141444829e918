"""The clock of a live run: seconds after the first lift-off, as fast as asked for, the same in all processes."""

import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A clock that all processes of one machine read alike; setting the machine's time does not move it.

    Parameters
    ----------
    start : float
        `time.monotonic` at the first lift-off.
    speed : float
        Seconds of the run in one second.
    """

    start: float
    speed: float

    def now_s(self) -> float:
        """Seconds after the first lift-off."""
        return (time.monotonic() - self.start) * self.speed

    def at(self, t_s: float) -> float:
        """`time.monotonic` at an instant of the run."""
        return self.start + t_s / self.speed
