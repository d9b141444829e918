"""Blocks of runs, flown on this machine's threads or by a dask cluster: the same bits either way."""

from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from threading import Event
from typing import Any

import numpy as np
import pyarrow as pa

from trackfuse.catalog.catalog import data_hash
from trackfuse.core.errors import PluginError, SettingsError, TrackfuseError, shortened
from trackfuse.core.version import __version__, code_hash
from trackfuse.simulation.prepare import prepare
from trackfuse.studies.compare import runner
from trackfuse.studies.runs import RETRIES, completed
from trackfuse.studies.sweeps import rows
from trackfuse.studies.sweeps.fields import Setting, apply

Block = tuple[int, ...]
"""First task of a block, and the one after its last."""
Flown = tuple[bytes, dict[int, str]]
"""A block's Parquet file, and why points of it cannot be flown."""


class Stopped(Exception):
    """A block was given up because the sweep ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a worker needs to fly any block.

    Parameters
    ----------
    base : Setting
    names : tuple of str
        Dotted names of the fields of the design.
    layout : pyarrow.Schema
        Columns of the rows.
    points : tuple
        Values by point and field, from point `first_point` on.
    first_point : int
    runs, seed : int
    version, code_hash, data_hash : str
        Of the package and data that the sweep was started with.
    """

    base: Setting
    names: tuple[str, ...]
    layout: pa.Schema
    points: tuple[tuple[Any, ...], ...]
    first_point: int
    runs: int
    seed: int
    version: str = __version__
    code_hash: str = field(default_factory=code_hash)
    data_hash: str = field(default_factory=data_hash)

    def part(self, first: int, last: int) -> "Plan":
        """The plan with no more points than tasks first to last - 1 need."""
        start, stop = first // self.runs, (last - 1) // self.runs + 1
        return replace(self, points=self.points[start - self.first_point : stop - self.first_point], first_point=start)


def fly_block(plan: Plan, first: int, last: int, *, tick: Callable[[int], None] = lambda runs: None) -> Flown:
    """Fly tasks first to last - 1: a function of the plan and the tasks alone.

    Parameters
    ----------
    plan : Plan
    first, last : int
        Task k is run k % runs of point k // runs.
    tick : callable
        Called with a number of runs that were done; may raise `Stopped`.

    Returns
    -------
    bytes
        The block's Parquet file.
    dict of int to str
        Points that cannot be flown, and why.
    """
    tables, not_flown = [], {}
    for point in range(first // plan.runs, (last - 1) // plan.runs + 1):
        start = max(first - point * plan.runs, 0)
        stop = min(last - point * plan.runs, plan.runs)
        try:
            tables.append(_fly_point(plan, point, range(start, stop), tick))
        except PluginError:
            raise
        except TrackfuseError as bad:
            not_flown[point] = str(bad)
            tick(stop - start)
    return rows.packed(plan.layout, tables, not_flown), not_flown


def _fly_point(  # pyright: ignore[reportUnknownParameterType]  # pyarrow has no types
    plan: Plan, point: int, runs: range, tick: Callable[[int], None]
) -> pa.Table:
    values = plan.points[point - plan.first_point]
    changes = {n: v for n, v in zip(plan.names, values, strict=True) if v is not None}
    setting = apply(plan.base, changes)
    run_of, places = runner(setting.scenario, setting.policies, plan.seed)
    flown = []
    for run in runs:
        try:
            flown.append(run_of(run))
        except PluginError as bad:
            what = f"{bad.what} (run {run} of point {point} {changes})"
            raise PluginError(bad.part, bad.node, bad.t_s, what) from bad
        except Exception as bad:
            # One run that fails must not be taken for a point that cannot be flown.
            raise RuntimeError(f"sweep: run {run} of point {point} {changes} failed: {bad}") from bad
        tick(1)
    policies = [policy.name for policy in setting.policies]
    launches = prepare(setting.scenario).launch_ids
    owners = [(launch, nation, "") for launch in launches for nation in setting.scenario.nations]
    owners += [("", nation, place) for place, nation in places]
    figures = np.stack([each.nations for each in flown]), np.stack([each.warning_time_s for each in flown])
    return rows.table_of(plan.layout, policies, point, values, runs.start, figures, owners)


# ---- this machine ---------------------------------------------------------------------------------------------------

def on_threads(
    plan: Plan, blocks: Iterator[Block], threads: int, count: Callable[[int], None]
) -> Generator[tuple[Block, Flown]]:
    """Fly blocks on threads of this process; the compiled kernels let them run side by side.

    Parameters
    ----------
    plan : Plan
    blocks : iterator of (int, int)
    threads : int
    count : callable
        Called in the caller's thread with the runs done since it was called last.

    Yields
    ------
    (Block, Flown)
        In the order in which blocks are done.
    """
    stop, done = Event(), deque[int]()

    def tick(runs: int) -> None:
        done.append(runs)
        if stop.is_set():
            raise Stopped

    def report() -> None:
        count(sum(done.popleft() for _ in range(len(done))))

    first = next(blocks, None)
    if first is None:
        return
    fly_block(plan, first[0], first[0] + 1)  # what has to be compiled is so in the thread that Ctrl-C interrupts
    pool = ThreadPoolExecutor(threads, thread_name_prefix="sweep")
    submit = partial(pool.submit, partial(fly_block, plan, tick=tick))
    blocks = chain([first], blocks)
    try:
        for block, future in completed(submit, blocks, ahead=lambda: 2 * threads, poll=report):
            yield block, future.result()
    finally:  # after Ctrl-C or an exception too: blocks under way end after the run that they are at
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)
        report()


# ---- a cluster ------------------------------------------------------------------------------------------------------

ANSWER_WITHIN_S = 8.0


def _on_worker(plan: Plan, first: int, last: int) -> Flown:
    here, there = (__version__, code_hash(), data_hash()), (plan.version, plan.code_hash, plan.data_hash)
    if here != there:
        (mine, code, data), (asked, asked_code, asked_data) = here, there
        raise RuntimeError(
            f"a worker has trackfuse {mine} (code {code[:10]}) with data {data[:10]}; the sweep was started with "
            f"{asked} (code {asked_code[:10]}) and {asked_data[:10]}"
        )
    return fly_block(plan, first, last)


@contextmanager
def connected(client: Any) -> Generator[Any]:
    """A dask client, closed at the end if it was made here.

    Parameters
    ----------
    client : distributed.Client, LocalCluster or str, optional
        A client, a cluster, or the address of a scheduler, such as "tcp://10.0.0.1:8786".

    Yields
    ------
    distributed.Client or None

    Raises
    ------
    SettingsError
        If it is none of these, or the scheduler does not answer within ten seconds.
    """
    client = getattr(client, "scheduler_address", client)  # of a cluster
    if not isinstance(client, str):
        if client is not None and not hasattr(client, "get_executor"):
            raise SettingsError(f"client: {shortened(client)} is no dask client, cluster or address of a scheduler")
        yield client
        return
    from distributed import Client

    try:
        # Its own thread, since a notebook's has a loop that runs; and a client would wait much longer than the timeout.
        with ThreadPoolExecutor(1) as pool:
            pool.submit(_greet, client).result()
        made = Client(client, timeout=ANSWER_WITHIN_S, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as bad:
        reason = str(bad) or f"no answer within {ANSWER_WITHIN_S:g} s"
        raise SettingsError(f"scheduler {client!r}: does not answer: {reason}") from None
    try:
        yield made
    finally:
        made.close(timeout=1)


def _greet(address: str) -> None:
    """Exchange greetings with a scheduler, or raise."""
    import asyncio

    from distributed.comm.core import connect
    from distributed.security import Security

    async def greet() -> None:
        options: dict[str, Any] = Security().get_connection_args("client")  # of no kind in common
        comm = await asyncio.wait_for(connect(address, timeout=ANSWER_WITHIN_S, **options), ANSWER_WITHIN_S)
        await comm.close()

    asyncio.run(greet())


def on_cluster(
    plan: Plan, blocks: Iterator[Block], client: Any, count: Callable[[int], None]
) -> Generator[tuple[Block, Flown]]:
    """Fly blocks by a dask cluster.

    A block depends on nothing that a worker keeps, so that one whose worker is lost is flown by another. Files come
    back to the caller, who alone writes.

    Parameters
    ----------
    plan : Plan
    blocks : iterator of (int, int)
    client : distributed.Client
    count : callable
        Called with the runs of every block that is done.

    Yields
    ------
    (Block, Flown)
        In the order in which blocks are done.

    Raises
    ------
    SettingsError
        If a block's workers are killed again and again, or the scheduler is lost.
    """
    from distributed.scheduler import KilledWorker

    pool = client.get_executor(pure=False, retries=RETRIES)

    def submit(first: int, last: int) -> Future[Flown]:
        return pool.submit(_on_worker, plan.part(first, last), first, last)

    def ahead() -> int:
        return 2 * max(sum(client.nthreads().values()), 2)

    try:
        for block, future in completed(submit, blocks, ahead=ahead, retried=(KilledWorker,)):
            try:
                flown = future.result()
            except KilledWorker:
                raise SettingsError(f"tasks {block[0]} to {block[1]}: every worker that tried was killed") from None
            except CancelledError:
                raise SettingsError(f"tasks {block[0]} to {block[1]}: the scheduler was lost") from None
            count(block[1] - block[0])
            yield block, flown
    finally:
        pool.shutdown(wait=False)
