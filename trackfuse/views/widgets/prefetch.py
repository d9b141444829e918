"""Work done in advance: what a slider is likely to be moved to next."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

PAUSE_S = 0.06
"""Pause without a request before the work begins, s: the browser has used the processor to show the last answer."""


class Prefetch:
    """At most one piece of work that waits for a pause. Without an event loop, as in a script, nothing is done."""

    def __init__(self) -> None:
        self._waiting: asyncio.TimerHandle | None = None

    def cancel(self) -> None:
        """Drop the work that waits, since a request has come."""
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def schedule(self, work: Callable[[], object]) -> None:
        """Do some work in the next pause, instead of the work that waits.

        Parameters
        ----------
        work : callable
            Its errors are dropped: they come again when somebody asks for the same.
        """
        self.cancel()
        with contextlib.suppress(RuntimeError):
            self._waiting = asyncio.get_running_loop().call_later(PAUSE_S, _quietly, work)


def _quietly(work: Callable[[], object]) -> None:
    with contextlib.suppress(Exception):
        work()
