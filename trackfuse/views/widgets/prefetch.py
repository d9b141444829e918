"""Work done while nobody asks: what a slider is likely to be moved to next."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

PAUSE_S = 0.06
"""How long nobody has asked before it begins, s: the last answer is on the screen by then, for which the browser has
needed the processor.
"""


class Prefetch:
    """At most one piece of work that waits for a pause. Without an event loop, as in a script, nothing is done."""

    def __init__(self) -> None:
        self._waiting: asyncio.TimerHandle | None = None

    def forget(self) -> None:
        """Somebody asks: what waits is not done."""
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def then(self, work: Callable[[], object]) -> None:
        """Do this in the next pause, instead of what waits.

        Parameters
        ----------
        work : callable
            What goes wrong in it is for whoever asks for the same.
        """
        self.forget()
        with contextlib.suppress(RuntimeError):
            self._waiting = asyncio.get_running_loop().call_later(PAUSE_S, _quietly, work)


def _quietly(work: Callable[[], object]) -> None:
    with contextlib.suppress(Exception):
        work()
