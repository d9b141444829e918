"""Blocks of runs, flown on this machine's threads or by a dask cluster: the same bits either way."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np

from trackfuse.catalog.catalog import data_hash
from trackfuse.core.errors import SettingsError, TrackfuseError
from trackfuse.core.version import __version__
from trackfuse.studies.compare import runner
from trackfuse.studies.sweeps import rows
from trackfuse.studies.sweeps.fields import Setting, apply


class Stopped(Exception):
    """A block was given up because the sweep ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a worker needs to fly any block.

    Parameters
    ----------
    base : Setting
    columns : Columns
    points : tuple
        Values by point and field, from point `first_point` on.
    first_point : int
    runs, seed : int
    version, data_hash : str
        Of the package and data that the sweep was begun with.
    """

    base: Setting
    columns: rows.Columns
    points: tuple[tuple[Any, ...], ...]
    first_point: int
    runs: int
    seed: int
    version: str
    data_hash: str

    def part(self, first: int, last: int) -> "Plan":
        """The plan with no more points than tasks first to last - 1 need."""
        begin, end = first // self.runs, (last - 1) // self.runs + 1
        return replace(self, points=self.points[begin - self.first_point : end - self.first_point], first_point=begin)


def fly_block(
    plan: Plan, first: int, last: int, tick: Callable[[int], None] = lambda done: None
) -> tuple[bytes, dict[int, str]]:
    """Fly tasks first to last - 1: a function of the plan and the tasks alone.

    Parameters
    ----------
    plan : Plan
    first, last : int
        Task k is run k % runs of point k // runs.
    tick : callable
        Told how many runs were done; may raise `Stopped`.

    Returns
    -------
    bytes
        The block's Parquet file.
    dict of int to str
        Points that cannot be flown, and why.
    """
    tables, not_flown = [], {}
    for point in range(first // plan.runs, (last - 1) // plan.runs + 1):
        begin = max(first - point * plan.runs, 0)
        end = min(last - point * plan.runs, plan.runs)
        values = plan.points[point - plan.first_point]
        try:
            table = _fly_point(plan, point, values, begin, end, tick)
        except TrackfuseError as bad:
            not_flown[point] = str(bad)
            tick(end - begin)
            continue
        tables.append(table)
    return rows.packed(plan.columns, tables, not_flown), not_flown


def _fly_point(
    plan: Plan, point: int, values: tuple[Any, ...], begin: int, end: int, tick: Callable[[int], None]
) -> Any:
    given = {n: v for n, v in zip(plan.columns.names, values, strict=True) if v is not None}
    setting = apply(plan.base, given)
    scenario = setting.scenario
    run_of, arrival_s = runner(scenario, setting.policies, plan.seed)
    concerned = np.isfinite(arrival_s)
    places = [(p.name, p.nation) for p, there in zip(scenario.places, concerned, strict=True) if there]
    figures, warned = [], []
    for run in range(begin, end):
        try:
            of_run = run_of(run)
        except Exception as bad:
            # One run that fails must not be taken for a point that cannot be flown.
            raise RuntimeError(f"sweep: run {run} of point {point} {given} failed: {bad}") from bad
        figures.append(of_run[0])
        warned.append(of_run[1][:, concerned])
        tick(1)
    return rows.table_of(plan.columns, point, values, begin, np.stack(figures), np.stack(warned), places)


# ---- this machine ---------------------------------------------------------------------------------------------------

Told = tuple[int, int, bytes, dict[int, str]]
"""First and last task of a block, its file, and what could not be flown."""


def on_threads(
    plan: Plan, ranges: Iterator[tuple[int, int]], threads: int, count: Callable[[int], None]
) -> Generator[Told]:
    """Fly blocks on threads of this process; the compiled kernels let them run side by side.

    Parameters
    ----------
    plan : Plan
    ranges : iterator of (int, int)
        First and last task of each block.
    threads : int
    count : callable
        Called in the caller's thread with the runs done since it was called last.

    Yields
    ------
    tuple
        First and last task, file and what could not be flown, in the order in which blocks are done.
    """
    from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
    from threading import Event

    stop, done = Event(), _Counter()

    def tick(runs: int) -> None:
        done.add(runs)
        if stop.is_set():
            raise Stopped

    begun = next(ranges, None)
    if begun is None:
        return
    fly_block(plan, begun[0], begun[0] + 1)  # what has to be compiled is so in the thread that Ctrl-C interrupts
    ranges = chain([begun], ranges)
    pool = ThreadPoolExecutor(threads, thread_name_prefix="sweep")
    waiting: dict[Future[tuple[bytes, dict[int, str]]], tuple[int, int]] = {}
    try:
        while True:
            while len(waiting) < 2 * threads and (block := next(ranges, None)) is not None:
                waiting[pool.submit(fly_block, plan, *block, tick)] = block
            if not waiting:
                return
            ready, _ = wait(waiting, timeout=0.1, return_when=FIRST_COMPLETED)
            count(done.taken())
            for future in sorted(ready, key=lambda future: waiting[future]):
                yield (*waiting.pop(future), *future.result())
    finally:  # after Ctrl-C or a fault too: what is under way ends after the run it is at
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)
        count(done.taken())


class _Counter:
    """Runs done by all threads."""

    def __init__(self) -> None:
        from threading import Lock

        self._lock, self._runs = Lock(), 0

    def add(self, runs: int) -> None:
        with self._lock:
            self._runs += runs

    def taken(self) -> int:
        with self._lock:
            runs, self._runs = self._runs, 0
        return runs


# ---- a cluster ------------------------------------------------------------------------------------------------------

ANSWER_WITHIN_S = 8.0
RETRIES = 5
"""How often a block whose worker was killed is flown anew before the sweep ends."""


def _on_worker(plan: Plan, first: int, last: int) -> tuple[bytes, dict[int, str]]:
    if (__version__, data_hash()) != (plan.version, plan.data_hash):
        raise RuntimeError(
            f"a worker has trackfuse {__version__} with data {data_hash()[:10]}; the sweep was begun with "
            f"{plan.version} and {plan.data_hash[:10]}"
        )
    return fly_block(plan, first, last)


def connected(client: Any) -> tuple[Any, bool]:
    """A dask client, and whether it was made here.

    Parameters
    ----------
    client : distributed.Client or str
        A client, or the address of a scheduler, such as "tcp://10.0.0.1:8786".

    Returns
    -------
    distributed.Client
    bool

    Raises
    ------
    SettingsError
        If the scheduler does not answer within ten seconds.
    """
    if not isinstance(client, str):
        return client, False
    from concurrent.futures import ThreadPoolExecutor

    from distributed import Client

    try:
        # Its own thread, since a notebook's has a loop that runs; and a client would wait much longer than it is told.
        with ThreadPoolExecutor(1) as pool:
            pool.submit(_hear, client).result()
        return Client(client, timeout=ANSWER_WITHIN_S, set_as_default=False), True
    except (OSError, ValueError, TimeoutError) as bad:
        reason = str(bad) or f"no answer within {ANSWER_WITHIN_S:g} s"
        raise SettingsError(f"scheduler {client!r}: does not answer: {reason}") from None


def _hear(address: str) -> None:
    """Exchange greetings with a scheduler, or raise."""
    import asyncio

    from distributed.comm.core import connect
    from distributed.security import Security

    async def greet() -> None:
        comm = await asyncio.wait_for(
            connect(address, timeout=ANSWER_WITHIN_S, **Security().get_connection_args("client")), ANSWER_WITHIN_S
        )
        await comm.close()

    asyncio.run(greet())


def on_cluster(
    plan: Plan, ranges: Iterator[tuple[int, int]], client: Any, count: Callable[[int], None]
) -> Generator[Told]:
    """Fly blocks by a dask cluster.

    A block depends on nothing that a worker keeps, so that one whose worker is lost is flown by another. Files come
    back to the caller, who alone writes.

    Parameters
    ----------
    plan : Plan
    ranges : iterator of (int, int)
        First and last task of each block.
    client : distributed.Client
    count : callable
        Called with the runs of every block that is done.

    Yields
    ------
    tuple
        First and last task, file and what could not be flown, in the order in which blocks are done.

    Raises
    ------
    SettingsError
        If a block's workers are killed again and again, or the scheduler is lost.
    """
    from distributed import as_completed
    from distributed.scheduler import KilledWorker

    waiting: dict[Any, tuple[int, int]] = {}
    lost: dict[tuple[int, int], int] = {}
    done = as_completed(loop=client.loop)

    def send(block: tuple[int, int]) -> None:
        future = client.submit(_on_worker, plan.part(*block), *block, pure=False, retries=RETRIES)
        waiting[future] = block
        done.add(future)

    try:
        while True:
            room = 2 * max(sum(client.nthreads().values()), 2)
            while len(waiting) < room and (block := next(ranges, None)) is not None:
                send(block)
            if not waiting:
                return
            future = next(done)
            block = waiting.pop(future)
            try:
                told = future.result()
            except KilledWorker:
                lost[block] = lost.get(block, 0) + 1
                if lost[block] > RETRIES:
                    raise SettingsError(f"tasks {block[0]} to {block[1]}: every worker that tried was killed") from None
                send(block)
                continue
            future.release()
            count(block[1] - block[0])
            yield (*block, *told)
    finally:
        client.cancel(list(waiting))
