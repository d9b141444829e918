"""`live`: a scenario with a process for every node, for the sensors of each, and for the links between them."""

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from trackfuse.catalog.catalog import as_scenario, data_hash
from trackfuse.catalog.scenario import Scenario
from trackfuse.core.errors import SettingsError, check_between
from trackfuse.core.rng import check_seed
from trackfuse.core.version import __version__
from trackfuse.realtime import material
from trackfuse.realtime.commands import Commands, Event, checked_events
from trackfuse.realtime.crew import Crew
from trackfuse.realtime.live_run import LiveResult, LiveRun, Made, Watch
from trackfuse.realtime.log import check_new, write_header
from trackfuse.realtime.machines import read_machines
from trackfuse.realtime.places import taken_place
from trackfuse.sharing import Policy
from trackfuse.studies.own_data.tracks import given_to

if TYPE_CHECKING:
    import pandas as pd


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
    place = taken_place()
    table = None if detections is None else material.checked(detections, seed=seed)
    given = material.drawn(chosen, picked, seed=seed) if table is None else given_to(chosen, table)
    end_s = float(given.prepared.cycle_s[-1])
    crew = Crew(chosen, picked, given, folder, places)
    write_header(folder, {
        "scenario": TypeAdapter(Scenario).dump_python(chosen), "policy": TypeAdapter(Policy).dump_python(picked),
        "seed": seed, "run": 0, "speed": speed, "version": __version__, "data_hash": data_hash(),
        "detections": None if table is None else material.DETECTIONS,
    })  # fmt: skip
    if table is not None:
        table.to_parquet(folder / material.DETECTIONS)
    end_s = end_s if until_s is None else min(end_s, until_s)
    made = Made(
        scenario=chosen, policy=picked, crew=crew, commands=commands, folder=folder, speed=speed, end_s=end_s, due=due,
        place=place,
    )  # fmt: skip
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
    run = start_live(
        scenario, policy, detections=detections, speed=speed, seed=seed, log=log, until_s=until_s, events=events,
        watch=watch, machines=machines,
    )  # fmt: skip
    return run.result()


def _folder(log: str | os.PathLike[str] | None, scenario: Scenario, policy: Policy) -> Path:
    named = f"{scenario.name}-{policy.name}-{time.strftime('%Y%m%d-%H%M%S')}"
    return Path(log) if log is not None else Path("results") / "live" / named
