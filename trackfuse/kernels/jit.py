"""The one door through which numba enters the house."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
from numba.core import config, event

from trackfuse.kernels.cache import folder


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
    if function is None:
        return lambda later: njit(later, **options)
    kept = folder(Path(function.__code__.co_filename))
    settings = {"cache": kept is not None, "error_model": "numpy", "nogil": True, **options}
    options_of_numba = config.__dict__
    usual = options_of_numba["CACHE_DIR"]
    options_of_numba["CACHE_DIR"] = str(kept or "")  # read when the function is wrapped, and only for this one
    try:
        return numba.njit(**settings)(function)
    finally:
        options_of_numba["CACHE_DIR"] = usual


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
