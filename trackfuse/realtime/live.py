"""`live`: a scenario with a process for every node, for the sensors of each, and for the links between them."""

import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from trackfuse.catalog.catalog import as_scenario, data_hash
from trackfuse.catalog.scenario import Scenario
from trackfuse.core.display import displayed
from trackfuse.core.errors import SettingsError, check_between
from trackfuse.core.rng import check_seed
from trackfuse.core.version import __version__
from trackfuse.realtime import material
from trackfuse.realtime.clock import Clock
from trackfuse.realtime.commands import Commands, Event, checked_events
from trackfuse.realtime.crew import Crew
from trackfuse.realtime.log import check_new, write_header
from trackfuse.realtime.machines import read_machines
from trackfuse.realtime.replay import held_in
from trackfuse.realtime.summary import summary
from trackfuse.sharing import Policy
from trackfuse.studies.own_data.tracks import given_to

if TYPE_CHECKING:
    import pandas as pd

LOOK_S = 0.1
"""At least so often what the processes say is read, s."""

Watch = Callable[[str, dict[str, Any]], None]
"""Is called with the name of a node and what it holds, at every cycle of every node; see `node_process.node_status`."""


@displayed(lambda value: "{scenario} {policy}, log {log}".format_map(value.document), lambda value: _nodes(value))
@dataclass(frozen=True, slots=True, kw_only=True)
class LiveResult:
    """A live run that is over.

    Parameters
    ----------
    document : dict
        `scenario`, `policy`, `speed`; `nodes`, for each node `cycles`, `step_ms` and `cpu_ms` (median and p95),
        `received`, `refused`, `first_track_s` and `first_item_s`; `bus_ms` (median and p95); `log`.
    """

    document: dict[str, Any]

    @property
    def log(self) -> Path:
        """Folder of the log: `replay` makes a run of it."""
        return Path(self.document["log"])

    @property
    def tracks(self) -> "pd.DataFrame":
        """What every centre held at every cycle, as `track_detections` gives it, with the notices in `attrs`."""
        return held_in(self.log)


def _nodes(result: LiveResult) -> "pd.DataFrame":
    """What a notebook shows of a live run: a row a node."""
    import pandas as pd

    return pd.DataFrame([
        {"node": name, "cycles": node["cycles"], "median_step_ms": node["step_ms"]["median"],
         "received": node["received"], "refused": node["refused"], "first_track_s": node["first_track_s"],
         "first_item_s": node["first_item_s"]}
        for name, node in result.document["nodes"].items()
    ])  # fmt: skip


class LiveRun:
    """A live run under way, in a thread of its own. Commands raise SettingsError where they cannot be done, with the
    reason.

    Attributes
    ----------
    commands : Commands
        What can be done, and why something cannot be done now.
    """

    def __init__(self, made: "_Made", watch: Watch | None) -> None:
        self.commands = made.commands
        self._result: LiveResult | None = None
        self._error: BaseException | None = None
        self._made = made
        self._thread = Thread(target=self._work, args=(watch,), daemon=True)
        self._thread.start()

    def _work(self, watch: Watch | None) -> None:
        try:
            self._result = _run(self._made, watch)
        except BaseException as error:  # raised where it is waited for
            self._error = error

    def pause(self) -> None:
        """Stop the clock of all processes."""
        self.commands.give("pause")

    def resume(self) -> None:
        """Let it go on."""
        self.commands.give("resume")

    def cut(self, link: str) -> None:
        """Let nothing cross a link."""
        self.commands.give("cut", link)

    def mend(self, link: str) -> None:
        """Put a link in service again."""
        self.commands.give("mend", link)

    def stop(self, whom: str) -> None:
        """Deliver nothing that a sensor sends, or kill a node that is to stay down."""
        self.commands.give("stop", whom)

    def start(self, whom: str) -> None:
        """Start again what was stopped: a node goes on from its log."""
        self.commands.give("start", whom)

    def kill(self, node: str) -> None:
        """Kill a node; it is started again at once."""
        self.commands.give("kill", node)

    def end(self) -> LiveResult:
        """End the run now."""
        self.commands.end()
        return self.result()

    @property
    def is_over(self) -> bool:
        """Whether it is."""
        return not self._thread.is_alive()

    def result(self) -> LiveResult:
        """Wait until the run is over.

        Returns
        -------
        LiveResult

        Raises
        ------
        TrackfuseError
            If one of the processes failed.
        """
        try:
            while self._thread.is_alive():
                self._thread.join(LOOK_S)
        except KeyboardInterrupt:
            self.commands.end()
            self._thread.join()
            raise
        if self._error is not None:
            raise self._error
        assert self._result is not None
        return self._result


def start_live(
    scenario: Scenario | str, policy: Policy | str = "trilateral", *,
    detections: "pd.DataFrame | str | os.PathLike[str] | None" = None, speed: float = 1.0, seed: int = 0,
    log: str | os.PathLike[str] | None = None, until_s: float | None = None,
    events: Sequence[tuple[float, str, str]] = (), watch: Watch | None = None,
    machines: str | os.PathLike[str] | None = None,
) -> LiveRun:  # fmt: skip
    """Run a scenario as `live` does, and take commands meanwhile.

    Parameters
    ----------
    scenario, policy, detections, speed, seed, log, until_s, events, watch, machines
        As of `live`.

    Returns
    -------
    LiveRun
        Under way; its `result()` waits for the end.

    Raises
    ------
    ScenarioError, SettingsError, DataError
        As `live`.

    Examples
    --------
    >>> run = tf.start_live("kn25_2023_02_20", speed=10)  # doctest: +SKIP
    >>> run.cut("bi-jpn-usfj")  # doctest: +SKIP
    """
    made = _make(scenario, policy, detections, speed, seed, log, until_s, events, machines)
    return LiveRun(made, watch)


def live(
    scenario: Scenario | str, policy: Policy | str = "trilateral", *,
    detections: "pd.DataFrame | str | os.PathLike[str] | None" = None, speed: float = 1.0, seed: int = 0,
    log: str | os.PathLike[str] | None = None, until_s: float | None = None,
    events: Sequence[tuple[float, str, str]] = (), watch: Watch | None = None,
    machines: str | os.PathLike[str] | None = None,
) -> LiveResult:  # fmt: skip
    """Run a scenario: every node tracks, shares, fuses and warns in a process of its own, at the speed of a clock.

    Parameters
    ----------
    scenario : Scenario or str
    policy : Policy or str
    detections : DataFrame or path, optional
        Detections of your own, as `read_detections` takes them, by sensors of the scenario, from 0 s on; by default
        what these see of the scenario's launches. Where they are of several objects, centres tell them apart.
    speed : float
        Seconds of the run in one second, 0.1 to 1000.
    seed : int
        Of the noise: that of `simulate`. Radars are cued as there. Of given detections none is drawn.
    log : path, optional
        Folder for the log, new or empty; by default one in `results/live/`, named after the run and the time of day.
    until_s : float, optional
        When to stop, seconds after the first lift-off; by default when the last object is down, or a second after the
        last given detection has arrived.
    events : sequence of (float, str, str)
        What is done to it: when, one of `COMMANDS`, and whom.
    watch : callable, optional
        Is called with what nodes hold.
    machines : path, optional
        A file of addresses (docs/live.md), where nodes run on other machines; by default all are on this one, on the
        loopback interface.

    Returns
    -------
    LiveResult

    Raises
    ------
    ScenarioError, SettingsError
        If the scenario or the policy is not known, or asks for what does not run live; if an event names nothing.
    DataError
        If there is something in the folder already, or given detections are wrong.
    """
    return _run(_make(scenario, policy, detections, speed, seed, log, until_s, events, machines), watch)


@dataclass(slots=True, kw_only=True)
class _Made:
    """A live run before its start."""

    crew: Crew
    commands: Commands
    folder: Path
    speed: float
    end_s: float
    due: list[Event]


def _make(
    scenario: Scenario | str, policy: Policy | str, detections: "pd.DataFrame | str | os.PathLike[str] | None",
    speed: float, seed: int, log: str | os.PathLike[str] | None, until_s: float | None,
    events: Sequence[tuple[float, str, str]], machines: str | os.PathLike[str] | None,
) -> _Made:  # fmt: skip
    chosen = as_scenario(scenario).in_posture(None, "full")
    picked = chosen.policy(policy)
    check_seed(seed)
    check_between(SettingsError, "live speed", speed, 0.1, 1000.0)
    if until_s is not None:
        check_between(SettingsError, "live until_s", until_s, 0.0)
    due, commands = sorted(Event(*each) for each in events), Commands(chosen, picked)
    checked_events(due, commands)
    places = None if machines is None else read_machines(machines, commands.nodes)
    folder = _folder(log, chosen, picked)
    check_new(folder)
    table = None if detections is None else material.checked(detections, seed=seed)
    made = material.drawn(chosen, picked, seed=seed) if table is None else given_to(chosen, table)
    end_s = float(made.prepared.cycle_s[-1])
    crew = Crew(chosen, picked, made, folder, places)
    write_header(folder, {
        "scenario": TypeAdapter(Scenario).dump_python(chosen), "policy": TypeAdapter(Policy).dump_python(picked),
        "seed": seed, "run": 0, "speed": speed, "version": __version__, "data_hash": data_hash(),
        "detections": None if table is None else material.DETECTIONS,
    })  # fmt: skip
    if table is not None:
        table.to_parquet(folder / material.DETECTIONS)
    end_s = end_s if until_s is None else min(end_s, until_s)
    return _Made(crew=crew, commands=commands, folder=folder, speed=speed, end_s=end_s, due=due)


def _run(made: _Made, watch: Watch | None) -> LiveResult:
    """Start all, do what is to be done, start again what was killed, until the end."""
    try:
        made.crew.start(lambda: made.commands.is_over)
        _watch_over(made, watch)
    finally:
        made.commands.end()
        made.crew.stop()
    return LiveResult(document=summary(made.folder))


def _watch_over(made: _Made, watch: Watch | None) -> None:
    crew, commands, due = made.crew, made.commands, made.due
    clock = Clock(start=time.monotonic() + LOOK_S, speed=made.speed)
    crew.run_by(clock)
    while not (crew.is_done or commands.is_over) and clock.now_s() <= made.end_s + 2.0 * LOOK_S * made.speed:
        while due and due[0].at_s <= clock.now_s():
            event = due.pop(0)
            with suppress(SettingsError):  # by hand it was done before
                commands.give(event.what, event.whom)
        for what, whom in commands.taken():
            if whom:
                crew.do(what, whom)
            else:
                clock = clock.stopped() if what == "pause" else clock.resumed()
                crew.run_by(clock)
        wait([channel.fileno() for channel in crew.channels], LOOK_S)
        for name, value in crew.statuses():
            if watch is not None:
                watch(name, value)
        crew.restore()


def _folder(log: str | os.PathLike[str] | None, scenario: Scenario, policy: Policy) -> Path:
    named = f"{scenario.name}-{policy.name}-{time.strftime('%Y%m%d-%H%M%S')}"
    return Path(log) if log is not None else Path("results") / "live" / named
