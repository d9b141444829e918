"""The one door through which numba enters the house."""

import gc
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numba
from numba.core import config, event
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.core.dispatcher import Dispatcher
from numba.core.types import unliteral

from trackfuse.kernels.cache import folder, forgiving
from trackfuse.kernels.records import RECORDS

TYPES = tuple(numba.from_dtype(record) for record in RECORDS)
"""Held, so that numba keeps them, and their numbers."""
NUMBERS = "-".join(str(number) for each in TYPES for number in each.mangling_args[1])


def njit(function: Callable | None = None, *, name: str | None = None, **options: Any) -> Callable:
    """`numba.njit` with the house's settings: cached on disk, numpy error model, no GIL, and little to compile.

    What numba would compile without need is left out, a third of all: a second time for every literal argument (0 is
    an integer like any other), the way in for C code, and, where kernels call each other, the way in from Python and
    machine code. A kernel called from both sides is compiled for each of them; the two are kept apart on disk, for
    numba does not distinguish them.

    Parameters
    ----------
    function : callable, optional
        The function to compile; None when used with options.
    name : str, optional
        What to call it, where one definition makes several: compiled code is known by name and argument types.
    **options
        Passed on to numba (`parallel=True`, or `fastmath=True` in the one kernel that may).

    Returns
    -------
    callable
        The compiled function.
    """
    if function is None:
        return lambda later: njit(later, name=name, **options)
    function.__qualname__ = name or function.__qualname__
    kept = folder(Path(function.__code__.co_filename), NUMBERS)
    settings = {"cache": kept is not None, "error_model": "numpy", "nogil": True, "no_cfunc_wrapper": True, **options}
    kernel = _wrapped(function, kept, settings)
    if can_link():
        linked = settings | {"no_cpython_wrapper": True, "pipeline_class": _Linking}
        _link(kernel, cache(lambda: _wrapped(function, kept and kept / "inner", linked)))
    return kernel


def can_link() -> bool:
    """Whether this numba has what the two kinds of one kernel rest on, none of which it promises to keep.

    Without it kernels are compiled as numba does by itself: the same results, a third more to compile. Not either where
    nothing is compiled (NUMBA_DISABLE_JIT=1).
    """
    needed = [(JITCodeLibrary, name) for name in vars(_Linked) if not name.startswith("__")]
    needed += [(JITCodeLibrary, "_finalize_dynamic_globals"), (Compiler, "define_pipelines"),
               (Dispatcher, "get_call_template"), (Dispatcher, "get_overload")]  # fmt: skip
    return not config.__dict__["DISABLE_JIT"] and all(hasattr(owner, name) for owner, name in needed)


def _link(kernel: Any, inner: Callable[[], Any]) -> None:
    """Have other kernels call the inner kind of a kernel."""
    kernel.get_call_template = lambda args, keywords: inner().get_call_template(
        tuple(unliteral(each) for each in args), {name: unliteral(each) for name, each in keywords.items()}
    )
    kernel.get_overload = lambda signature: inner().get_overload(signature)


def _wrapped(function: Callable, kept: Path | None, settings: dict[str, Any]) -> Any:
    options_of_numba = config.__dict__
    usual = options_of_numba["CACHE_DIR"]
    options_of_numba["CACHE_DIR"] = str(kept or "")  # read when the function is wrapped, and only for this one
    try:
        kernel = numba.njit(**settings)(function)
        if kept is not None and can_link():
            forgiving(kernel._cache)  # pyright: ignore[reportAttributeAccessIssue]
        return kernel
    finally:
        options_of_numba["CACHE_DIR"] = usual


prange = numba.prange


class _Linked(JITCodeLibrary):
    """Code that is only ever linked into its callers, and turned into machine code with them.

    Numba would do so for it alone as well, an eighth of all compilation, for a function that nobody calls.
    """

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        return 0

    @property
    def codegen(self) -> Any:
        return _NoEnvironment

    def serialize_using_object_code(self) -> Any:
        return self.serialize_using_bitcode()


class _NoEnvironment:
    """Stands for what would tell running code of the Python objects that it needs: kernels need none."""

    @staticmethod
    def set_env(name: str, environment: Any) -> None:
        pass


class _Linking(Compiler):
    """Numba's compiler, its result a `_Linked`."""

    def define_pipelines(self) -> Any:
        self.state.library = _Linked(self.state.targetctx.codegen(), self.state.func_id.func_qualname)
        return super().define_pipelines()


class _Compilation(event.Listener):
    """Says once that compilation has begun, and has it go on with less collecting of garbage; loading from the cache is
    silent.

    The compiler makes millions of small objects that stay: looking through them all again and again costs a sixth of
    its time. It holds a lock, so that what counts the depth here is never two threads.
    """

    def __init__(self) -> None:
        self.said = False
        self.depth = 0
        self.usual = gc.get_threshold()

    def on_start(self, event: Any) -> None:
        if not self.said:
            self.said = True
            # Notebooks show what is written to standard error in red, as if something were wrong.
            out = sys.stdout if "ipykernel" in sys.modules else sys.stderr
            print("trackfuse: compiling (first use only, about half a minute) ...", file=out, flush=True)
        if self.depth == 0:
            self.usual = gc.get_threshold()
            gc.set_threshold(50_000, 50, 1_000)
        self.depth += 1

    def on_end(self, event: Any) -> None:
        self.depth -= 1
        if self.depth == 0:
            gc.set_threshold(*self.usual)


event.register("numba:compile", _Compilation())
