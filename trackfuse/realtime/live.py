"""`live`: a scenario with a process for every node, for the sensors of each, and for the links between them."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import TypeAdapter

from trackfuse.catalog.catalog import as_scenario, data_hash
from trackfuse.catalog.scenario import Scenario
from trackfuse.core.display import displayed
from trackfuse.core.errors import SettingsError, check_between, unknown
from trackfuse.core.rng import check_seed
from trackfuse.core.version import __version__
from trackfuse.realtime.clock import Clock
from trackfuse.realtime.crew import Crew
from trackfuse.realtime.log import check_new, write_header
from trackfuse.realtime.summary import summary
from trackfuse.sharing import Policy
from trackfuse.simulation.prepare import draw_noise, prepare

if TYPE_CHECKING:
    import pandas as pd

COMMANDS = ("cut", "mend", "silence", "kill")
"""What can be done to a live run: cut a link, mend it, silence a sensor, kill a node (which is then started again)."""
LOOK_S = 0.1
"""At least so often what the processes say is read, s."""


class Event(NamedTuple):
    """Something that is done to a live run.

    Parameters
    ----------
    at_s : float
        When, seconds after the first lift-off.
    what : str
        "cut", "mend", "silence" or "kill".
    whom : str
        Name of the link, sensor or node.
    """

    at_s: float
    what: str
    whom: str


Watch = Callable[[str, dict[str, Any]], None]
"""Is called with the name of a node and what it holds, at every cycle of every node; see `node_process.node_status`."""


@displayed(lambda value: "{scenario} {policy}, log {log}".format_map(value.document), lambda value: _nodes(value))
@dataclass(frozen=True, slots=True, kw_only=True)
class LiveResult:
    """A live run that is over.

    Parameters
    ----------
    document : dict
        `scenario`, `policy`, `speed`; `nodes`, for each node `cycles`, `step_ms` (median and p95), `received`,
        `refused`, `first_track_s` and `first_item_s`; `bus_ms` (median and p95); `log`.
    """

    document: dict[str, Any]

    @property
    def log(self) -> Path:
        """Folder of the log: `replay` makes a run of it."""
        return Path(self.document["log"])


def _nodes(result: LiveResult) -> "pd.DataFrame":
    """What a notebook shows of a live run: a row a node."""
    import pandas as pd

    return pd.DataFrame([
        {"node": name, "cycles": node["cycles"], "median_step_ms": node["step_ms"]["median"],
         "received": node["received"], "refused": node["refused"], "first_track_s": node["first_track_s"],
         "first_item_s": node["first_item_s"]}
        for name, node in result.document["nodes"].items()
    ])  # fmt: skip


def live(
    scenario: Scenario | str, policy: Policy | str = "trilateral", *, speed: float = 1.0, seed: int = 0,
    log: str | os.PathLike[str] | None = None, until_s: float | None = None,
    events: Sequence[tuple[float, str, str]] = (), watch: Watch | None = None,
) -> LiveResult:  # fmt: skip
    """Run a scenario: every node tracks, shares, fuses and warns in a process of its own, at the speed of a clock.

    Parameters
    ----------
    scenario : Scenario or str
    policy : Policy or str
    speed : float
        Seconds of the run in one second, 0.1 to 1000.
    seed : int
        Of the noise: that of `simulate`. Radars are cued as there.
    log : path, optional
        Folder for the log, new or empty; by default one in `results/live/`, named after the run and the time of day.
    until_s : float, optional
        When to stop, seconds after the first lift-off; by default when the last object is down.
    events : sequence of (float, str, str)
        What is done to it: `Event`.
    watch : callable, optional
        Is called with what nodes hold.

    Returns
    -------
    LiveResult

    Raises
    ------
    ScenarioError, SettingsError
        If the scenario or the policy is not known, or asks for what does not run live; if an event names nothing.
    DataError
        If there is something in the folder already.
    """
    chosen = as_scenario(scenario).in_posture(None, "full")
    picked = chosen.policy(policy)
    check_seed(seed)
    check_between(SettingsError, "live speed", speed, 0.1, 1000.0)
    if until_s is not None:
        check_between(SettingsError, "live until_s", until_s, 0.0)
    due = sorted(Event(*each) for each in events)
    _check(due, chosen, picked)
    folder = _folder(log, chosen, picked)
    check_new(folder)
    prepared = prepare(chosen)
    noise = draw_noise(chosen, prepared, seed=seed, run=0)
    end_s = float(prepared.cycle_s[-1])
    end_s = end_s if until_s is None else min(end_s, until_s)
    crew = Crew(chosen, picked, prepared, noise, folder)
    write_header(folder, {
        "scenario": TypeAdapter(Scenario).dump_python(chosen), "policy": TypeAdapter(Policy).dump_python(picked),
        "seed": seed, "run": 0, "speed": speed, "version": __version__, "data_hash": data_hash(),
    })  # fmt: skip
    try:
        crew.start()
        _watch_over(crew, speed, end_s, due, watch)
    finally:
        crew.stop()
    return LiveResult(document=summary(folder))


def _folder(log: str | os.PathLike[str] | None, scenario: Scenario, policy: Policy) -> Path:
    named = f"{scenario.name}-{policy.name}-{time.strftime('%Y%m%d-%H%M%S')}"
    return Path(log) if log is not None else Path("results") / "live" / named


def _watch_over(crew: Crew, speed: float, end_s: float, due: list[Event], watch: Watch | None) -> None:
    """Start the clock, do what is to be done, start again what was killed, until the end."""
    clock = Clock(start=time.monotonic() + LOOK_S, speed=speed)
    crew.tell_all(("start", clock))
    while not crew.is_done and clock.now_s() <= end_s + 2.0 * LOOK_S * speed:
        while due and due[0].at_s <= clock.now_s():
            event = due.pop(0)
            if event.what == "kill":
                crew.kill(event.whom)
            else:
                crew.tell_links((event.what, event.whom))
        wait([channel.fileno() for channel in crew.channels], LOOK_S)
        for name, value in crew.statuses():
            if watch is not None:
                watch(name, value)
        crew.restore(clock)


def _check(events: list[Event], scenario: Scenario, policy: Policy) -> None:
    """Raise SettingsError for an event that nothing can come of."""
    links = [link.link_id for link in policy.effective_links()]
    there = {
        "cut": ("link", links), "mend": ("link", links),
        "silence": ("sensor", [sensor.sensor_id for sensor in scenario.sensors]),
        "kill": ("node", [node.node_id for node in scenario.nodes]),
    }  # fmt: skip
    for event in events:
        if event.what not in COMMANDS:
            raise SettingsError(f"live event: {unknown('command', event.what, COMMANDS)}")
        check_between(SettingsError, f"live event {event.what} at_s", event.at_s, 0.0)
        kind, names = there[event.what]
        if event.whom not in names:
            raise SettingsError(f"live event {event.what}: {unknown(kind, event.whom, names)}")
