"""Work in processes of its own: drawing holds Python's lock, so that threads do not help."""

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Generator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import cloudpickle

from trackfuse.core.errors import SettingsError, TrackfuseError, is_whole
from trackfuse.core.language import in_language, language
from trackfuse.core.plugins import register, registered

Submit = Callable[..., "Future[Any]"]


@contextmanager
def workers(count: int | None = None) -> Generator[Submit]:
    """Processes that take work until the end of the block; after an error or Ctrl-C they are ended at once.

    They are new ones, not copies of this one, whose threads a copy would not have. Parts of a user's own go along; work
    with a part that cannot leave this process is done in it.

    Parameters
    ----------
    count : int, optional
        How many processes; default one a core.

    Yields
    ------
    callable
        Takes a function and its arguments, and gives the future of its result.

    Raises
    ------
    SettingsError
        If `count` is no whole number of 1 or more.
    TrackfuseError
        If a process is ended from outside.
    """
    wanted = (os.cpu_count() or 1) if count is None else count
    if not is_whole(wanted) or wanted < 1:
        raise SettingsError(f"workers: {count!r} is not a positive whole number")
    before = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(wanted, mp_context=multiprocessing.get_context("spawn"))

    def submit(function: Callable[..., Any], *given: Any) -> "Future[Any]":
        try:
            task = cloudpickle.dumps((registered(), language(), function, given))
        except Exception:
            return _done(function, given)
        with _unnoticed():
            return pool.submit(_work, task)

    try:
        yield submit
    except BaseException as error:
        for process in set(multiprocessing.active_children()) - before:
            process.terminate()
        if isinstance(error, BrokenProcessPool):
            raise TrackfuseError("a process that draws figures was ended from outside: too little memory?") from None
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _work(task: bytes) -> Any:
    """What a worker does, in the language of who asks: the parts that have names here have them there too, and are the
    same objects in the work.
    """
    parts, lang, function, given = cloudpickle.loads(task)
    for role, named in parts.items():
        for name, part in named.items():
            register(role, name, part)
    with in_language(lang):
        return function(*given)


def _done(function: Callable[..., Any], given: tuple[Any, ...]) -> "Future[Any]":
    future: Future[Any] = Future()
    future.set_result(function(*given))
    return future


@contextmanager
def _unnoticed() -> Generator[None]:
    """While a process begins: it does not run the caller's script anew, and leaves Ctrl-C to this one."""
    main, sys.modules["__main__"] = sys.modules["__main__"], ModuleType("__main__")
    can_mask = hasattr(signal, "pthread_sigmask")  # not on Windows
    masked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if can_mask else set()
    try:
        yield
    finally:
        sys.modules["__main__"] = main
        if can_mask:
            signal.pthread_sigmask(signal.SIG_SETMASK, masked)
