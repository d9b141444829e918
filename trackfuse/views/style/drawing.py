"""Drawing in the house style, in one thread at a time."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from threading import RLock
from typing import Any, cast

from matplotlib import rc_context

_ONE_AT_A_TIME = RLock()


@contextmanager
def drawing(settings: Mapping[str, Any]) -> Generator[None]:
    """A block in which settings of matplotlib hold: those of before are back at its end.

    They are the same for all threads of a process. A live run draws in a thread of its own: without a lock it would
    end the settings of another's drawing in the middle, or keep its own for ever.

    Parameters
    ----------
    settings : mapping
        As `matplotlib.rcParams`.
    """
    with _ONE_AT_A_TIME, rc_context(cast(Any, settings)):
        yield
