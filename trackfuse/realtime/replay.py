"""`replay`: a `Run` of what was logged, by the functions of `simulate`: every table and figure works on it."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import TypeAdapter, ValidationError

from trackfuse.catalog.scenario import Scenario
from trackfuse.catalog.scenario_validation import stored_fault
from trackfuse.core.errors import DataError
from trackfuse.realtime import knowledge
from trackfuse.realtime.bodies import LaunchReport, Message, Plot, Report
from trackfuse.realtime.log import HEADER, read_header, records
from trackfuse.realtime.material import brought
from trackfuse.realtime.wire import decode
from trackfuse.sensing import Detections
from trackfuse.sharing import Deliveries, Knowledge, Policy
from trackfuse.simulation.deliver import Delivered, deliver
from trackfuse.simulation.given import delivered, run_of
from trackfuse.simulation.local_tracks import local_tracks
from trackfuse.simulation.prepare import Prepared, draw_noise, prepare
from trackfuse.simulation.run import Run
from trackfuse.simulation.simulate import finished
from trackfuse.studies.own_data.tracks import announced_in, tracks_table

Key = tuple[int, float, bytes]
"""What tells a detection from all others: its sensor, its instant, and what was measured."""


def replay(log: str | os.PathLike[str]) -> Run:
    """Make a run of a log: what every node received, and when, leads to the tracks and notices that it had.

    Parameters
    ----------
    log : str or path
        Folder that `live` wrote.

    Returns
    -------
    Run
        Its tracks and notices are those of the nodes, to the bit; its truth is that of the scenario.

    Raises
    ------
    DataError
        If the folder is no log, or a damaged one, or was written with detections that this version makes otherwise; or
        of detections of one's own, whose truth no scenario has.
    """
    folder = Path(log)
    if read_header(folder).get("detections"):
        raise DataError(f"{folder / HEADER} detections: a run of given detections has no truth; what tf.live gave says "
                        "in `tracks` what centres held")  # fmt: skip
    return replayed(folder)


def held_in(folder: Path) -> pd.DataFrame:
    """What the centres of a live run held, and what they announced.

    Parameters
    ----------
    folder : Path
        Of the log.

    Returns
    -------
    DataFrame
        As `track_detections` gives it: tracks, and notices in `attrs`.
    """
    run = replayed(folder)
    table = tracks_table(run.fused, run.scenario.nodes, run.prepared.cycle_s, run.prepared.tracker)
    table.attrs["notices"] = announced_in(run).to_dict("list")
    return table


def replayed(folder: Path) -> Run:
    """Make a run of any log.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    Run
        Of given detections nothing of it that rests on the truth has a meaning.

    Raises
    ------
    DataError
        If the folder is no log, or a damaged one, or was written with detections that this version makes otherwise.
    """
    header = read_header(folder)
    try:
        scenario = TypeAdapter(Scenario).validate_python(header["scenario"])
        policy = TypeAdapter(Policy).validate_python(header["policy"])
        seed, run = int(header["seed"]), int(header["run"])
    except (ValidationError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise DataError(f"{folder / HEADER}: is damaged: {stored_fault(error)}") from error
    if header.get("detections"):
        made = brought(scenario, folder)
        sent = delivered(made, scenario.nodes, policy)
        return run_of(scenario, policy, made, _delivered(folder, scenario, made.prepared, sent))
    prepared = prepare(scenario)
    noise = draw_noise(scenario, prepared, seed=seed, run=run)
    sent = deliver(scenario, policy, prepared, noise)
    had = _delivered(folder, scenario, prepared, sent)
    own = local_tracks(scenario, prepared, noise, had)
    ((made, _),) = finished(scenario, [policy], prepared, noise, [own])
    return made


def received_by(folder: Path, node: str) -> Iterator[tuple[float, Message]]:
    """What a node received, in order of reception, from its log.

    Parameters
    ----------
    folder : Path
    node : str

    Yields
    ------
    (float, Message)
    """
    for what, at_s, *values in records(folder / f"{node}.log"):
        if what == "received":
            yield at_s, decode(values[1])


def _delivered(folder: Path, scenario: Scenario, prepared: Prepared, sent: Delivered) -> Delivered:
    """Who had what, and when, by the log; `sent` says what the sensors measured."""
    names = [node.node_id for node in scenario.nodes]
    index, sensor = {name: i for i, name in enumerate(names)}, {s: k for k, s in enumerate(prepared.sources.names)}
    made, nodes, cycles = sent.measurements, len(names), len(prepared.cycle_s)
    row = {(int(made.sensor[k]), float(made.t_s[k]), made.z[k, 1:3].tobytes()): k for k in range(len(made))}
    received_s, launch_report_s = np.full((2, len(made), nodes), np.inf)
    reports_s = np.full((2, nodes, nodes, cycles), np.inf)
    by_node: list[list[tuple[float, int, Any, int]]] = [[] for _ in names]
    for i, name in enumerate(names):
        for at_s, message in received_by(folder, name):
            body, origin, launch = message.body, index[message.origin], -1
            if isinstance(body, Plot):
                key: Key = sensor[body.sensor], body.measured_s, body.z[1:3].tobytes()
                if key not in row:
                    raise DataError(f"{folder / name}.log: {body.sensor} measured at {body.measured_s} s what this "
                                    "version does not; run it live anew")  # fmt: skip
                received_s[row[key], i] = min(at_s, received_s[row[key], i])
                if body.infrared:
                    launch_report_s[row[key], i] = min(at_s, launch_report_s[row[key], i])
                launch = _launch_of(prepared, int(made.truth[row[key]]))
            elif isinstance(body, LaunchReport):
                mine = _reported_by(body, prepared, made, sensor[body.sensor])
                launch_report_s[mine, i] = np.minimum(at_s, launch_report_s[mine, i])
                launch = _launch_of(prepared, int(made.truth[mine[0]])) if len(mine) else -1
            elif isinstance(body, Report):
                reports_s[body.level, origin, i, body.cycle] = at_s
            by_node[i].append((at_s, origin, body, launch))
    known = tuple(_knowledge(scenario, prepared, by_node, launch) for launch in range(len(prepared.launch_ids)))
    deliveries = Deliveries(
        received_s=received_s, launch_report_s=launch_report_s, track_received_s=reports_s[0],
        warning_received_s=reports_s[1], releasable=None,
    )
    return Delivered(measurements=made, deliveries=deliveries, knowledge=known, parts=sent.parts)


def _launch_of(prepared: Prepared, true: int) -> int:
    return prepared.targets[true].launch if true >= 0 else -1


def _reported_by(report: LaunchReport, prepared: Prepared, made: Detections, sensor: int) -> np.ndarray:
    """Rows of the detections that a launch report may be of: of its sensor, instant and, if it says so, launch."""
    rows = np.flatnonzero((made.sensor == sensor) & (made.t_s == report.measured_s))
    of = np.array([_launch_of(prepared, int(true)) for true in made.truth[rows]], dtype=np.int64)
    return rows[(of == report.launch) | (report.launch < 0)]


def _knowledge(
    scenario: Scenario, prepared: Prepared, by_node: list[list[tuple[float, int, Any, int]]], launch: int
) -> Knowledge:
    """What nodes first knew of a launch; a report is word of it once its sender has a track of it."""
    all_known = [knowledge.Knowledge(i, prepared.tracker) for i in range(len(by_node))]
    for known, messages in zip(all_known, by_node, strict=True):
        for at_s, origin, body, of in messages:
            if isinstance(body, Plot) and of == launch:
                known.plot(body, origin, at_s)
            elif isinstance(body, LaunchReport) and of == launch:
                known.launch_report(origin, at_s)
    for known, messages in zip(all_known, by_node, strict=True):
        for at_s, origin, body, _ in messages:
            if isinstance(body, Report) and all_known[origin].confirmed_s <= body.about_s:
                known.report(body.level, origin, at_s)
    values = {
        name: np.array([getattr(known, name) for known in all_known])
        for name in ("known_s", "known_by", "known_from", "confirmed_s", "message_s")
    }
    cue_s = np.array([node.cue_delay_s for node in scenario.nodes])
    return Knowledge(cued_s=values["known_s"] + cue_s, **values)
