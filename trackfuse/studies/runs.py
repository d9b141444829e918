"""Many runs of one question: on this machine's threads or a cluster, with a progress bar, ended cleanly by Ctrl-C."""

import os
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import partial
from typing import Any, TypeVar

from trackfuse.catalog.catalog import as_scenario
from trackfuse.catalog.scenario import Scenario
from trackfuse.core.errors import ScenarioError, SettingsError, is_kind, is_whole, shortened
from trackfuse.core.rng import check_seed
from trackfuse.sharing import Policy
from trackfuse.simulation.progress import progress

R = TypeVar("R")
Task = tuple[int, ...]
"""Arguments of one task, by which tasks are distinguished and ordered."""

DRAWN = "drawn"
"""The posture of studies that compare policies, unless said otherwise."""
POLL_S = 0.1
"""How often the bar moves, and Ctrl-C is noticed, while no task is done."""
RETRIES = 5
"""How often a task whose worker was lost is done again before its exception is raised."""


MOST_COUNT = 10_000_000
"""Of runs and threads: a run takes a hundredth of a second and some kilobytes at least."""


def check_count(name: str, value: Any) -> None:
    """Raise SettingsError unless the value of that name is a whole number of 1 to `MOST_COUNT`, before any work."""
    if not is_whole(value) or value < 1:
        raise SettingsError(f"{name}: {shortened(value)} is not a positive whole number")
    if value > MOST_COUNT:
        raise SettingsError(f"{name}: {shortened(value)} is more than {MOST_COUNT:,}, which is days of work and memory")


def checked_scenario(
    scenario: Scenario | str, *, runs: int, seed: int, posture: str | None = None, default: str = "full"
) -> Scenario:
    """The scenario that a study is about, after a check of the numbers of its runs.

    Parameters
    ----------
    scenario : Scenario or str
        A scenario, or the name of a shipped one.
    runs, seed : int
    posture : str, optional
        Asked for; by default that of the scenario.
    default : str
        Posture of the study where neither says one.

    Returns
    -------
    Scenario
        With a posture.

    Raises
    ------
    ScenarioError
        If there is no such scenario or posture.
    SettingsError
        If `runs` is below 1 or the seed is negative.
    """
    check_count("runs", runs)
    check_seed(seed)
    chosen = as_scenario(scenario)
    return chosen.in_posture(posture, default)


def distinct_policies(scenario: Scenario, policies: Sequence[Policy | str] | None) -> tuple[Policy, ...]:
    """Policies of a scenario, each with a name of its own.

    Parameters
    ----------
    scenario : Scenario
    policies : sequence of Policy or str, optional
        Default: all of the scenario's.

    Returns
    -------
    tuple of Policy

    Raises
    ------
    ScenarioError
        If one is not known, there is none, or two have one name.
    """
    if is_kind(policies, str | Policy):
        shown = getattr(policies, "name", repr(policies))
        raise ScenarioError(f"policies: {shown} is one policy; give a list, such as ['bilateral', 'trilateral']")
    chosen = tuple(scenario.policy(policy) for policy in (scenario.policies if policies is None else policies))
    if not chosen:
        raise ScenarioError(f"scenario {scenario.name!r}: no policy to simulate")
    if len({policy.name for policy in chosen}) < len(chosen):
        raise ScenarioError(f"scenario {scenario.name!r}: two policies have one name; give a changed policy its own")
    return chosen


def completed(
    submit: Callable[..., "Future[R]"],
    tasks: Iterable[Task],
    *,
    ahead: Callable[[], int],
    poll: Callable[[], None] = lambda: None,
    retried: tuple[type[BaseException], ...] = (),
) -> Generator[tuple[Task, "Future[R]"]]:
    """Tasks as they are done by an executor, which the caller shuts down, also after an exception or Ctrl-C.

    Parameters
    ----------
    submit : callable
        Gives the future of a task from its numbers: by threads, processes, or `get_executor()` of a dask client.
    tasks : iterable of tuple of int
        Taken as they are needed, so that there may be very many.
    ahead : callable
        Gives how many tasks may be submitted and not done.
    poll : callable
        Called every `POLL_S` and whenever tasks are done.
    retried : tuple of exception types
        A task that ends with one of them is submitted again, up to `RETRIES` times.

    Yields
    ------
    (tuple of int, Future)
        Each task and its future, which is done, in the order in which tasks are done.
    """
    left = iter(tasks)
    failures: Counter[Task] = Counter()
    pending: dict[Future[R], Task] = {}
    while True:
        while len(pending) < ahead() and (task := next(left, None)) is not None:
            pending[submit(*task)] = task
        if not pending:
            return
        done, _ = wait(pending, timeout=POLL_S, return_when=FIRST_COMPLETED)
        poll()
        for future in sorted(done, key=lambda future: pending[future]):
            task = pending.pop(future)
            if not future.cancelled() and isinstance(future.exception(), retried) and failures[task] < RETRIES:
                failures[task] += 1
                pending[submit(*task)] = task
                continue
            yield task, future


def each_run(function: Callable[[int], R], runs: int, what: str, *, threads: int | None = None) -> list[R]:
    """The results of runs, worked out side by side on threads of this process.

    Parameters
    ----------
    function : callable
        Gives the result of a run from its number alone.
    runs : int
        How many: numbers 0 to runs - 1.
    what : str
        What is done, in a few words for the progress bar.
    threads : int, optional
        Default: as many as there are cores.

    Returns
    -------
    list
        In order of the runs. Neither the number of threads nor their timing changes it.
    """
    workers = threads or os.cpu_count() or 1
    results: dict[Task, R] = {}
    pool = ThreadPoolExecutor(workers)
    try:
        with progress(runs, what, unit="runs") as bar:
            submit = partial(pool.submit, function)
            for run, future in completed(submit, zip(range(runs)), ahead=lambda: 2 * workers):
                results[run] = future.result()
                bar.update()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)  # Ctrl-C: runs under way end, the others do not start
    return [results[(run,)] for run in range(runs)]
