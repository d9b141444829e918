"""In place of workers: work that is done in this process, at once, where a test can look into it."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

from trackfuse.studies.processes import Submit


@contextmanager
def in_this_process(_: int | None) -> Iterator[Submit]:
    """As `studies.processes.workers`, whatever the number."""

    def submit(function: Callable[..., Any], *given: Any) -> "Future[Any]":
        future: Future[Any] = Future()
        future.set_result(function(*given))
        return future

    yield submit
