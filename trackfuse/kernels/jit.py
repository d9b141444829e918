"""The one door through which numba enters the house."""

import sys
from collections.abc import Callable
from typing import Any

import numba
from numba.core import event


def njit(function: Callable | None = None, **options: Any) -> Callable:
    """`numba.njit` with the house's settings: cached on disk, numpy error model, no GIL.

    Parameters
    ----------
    function : callable, optional
        The function to compile; None when used with options.
    **options
        Passed on to numba (`parallel=True`, or `fastmath=True` in the one kernel that may).

    Returns
    -------
    callable
        The compiled function.
    """
    settings = {"cache": True, "error_model": "numpy", "nogil": True, **options}
    return numba.njit(**settings) if function is None else numba.njit(**settings)(function)


prange = numba.prange


class _Announcer(event.Listener):
    """Says once that compilation has begun; loading from the cache is silent."""

    def __init__(self) -> None:
        self.said = False

    def on_start(self, event: Any) -> None:
        if not self.said:
            self.said = True
            print("trackfuse: compiling (first use only, about half a minute) ...", file=sys.stderr, flush=True)

    def on_end(self, event: Any) -> None:
        pass


event.register("numba:compile", _Announcer())
