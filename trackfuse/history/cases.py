"""The published minutes of alerts with the launches behind them, and the instants from which their chains ran."""

from __future__ import annotations

import math
import os
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from trackfuse.core.rng import generator
from trackfuse.history.launches import Event, event_of, variants
from trackfuse.history.minutes import DETECTION, MINUTE_S, Published, after, checked_alerts, published
from trackfuse.history.rows import Row
from trackfuse.history.times import centre_times, passing_s
from trackfuse.history.validate import checked_rows
from trackfuse.simulation.progress import progress

if TYPE_CHECKING:
    import pandas as pd

DRAWS = 2000
IN_FLIGHT = ("overflight", "impact")
"""What happens to the flight itself, whatever centres know of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One published minute with the launch behind it; times in seconds after the minute given for the launch."""

    minute: Published
    day: date
    system: str
    event: Event | None
    obstacle: str
    published_s: float
    offset_s: float


# ---- what was published ---------------------------------------------------------------------------------------------


def cases_of(alerts: pd.DataFrame, alerts_name: str, launches: pd.DataFrame, launches_name: str) -> list[Case]:
    """All published minutes of a table of alerts.

    Parameters
    ----------
    alerts : DataFrame
    alerts_name : str
    launches : DataFrame
    launches_name : str
        Tables with the columns of data/alerts.csv and data/launches.csv, and what error messages call them.

    Returns
    -------
    list of Case

    Raises
    ------
    DataError
        If a value is malformed: table, row, column, value and what is allowed.
    """
    every = checked_rows(launches, launches_name)
    by_event: dict[str, list[Row]] = defaultdict(list)
    for row in every:
        by_event[row["event_id"]].append(row)
    rows = checked_alerts(alerts, alerts_name)
    wanted = {row["launch_event_id"]: row["date_local"] for row in rows if row["launch_event_id"] in by_event}
    events = {name: event_of(launches_name, by_event[name], every, day) for name, day in wanted.items()}
    clocks = _clocks(rows)
    return [
        _case(row, minute, events.get(row["launch_event_id"]), launches_name, clocks[row["launch_event_id"]])
        for row in rows
        for minute in published(row)
    ]


def _clocks(rows: list[Row]) -> dict[str, list[tuple[str, float]]]:
    """All minutes that alerts give for the launch or detection of each event: (alert, seconds after midnight UTC+9).

    Only a detection carries its alert's name: it is not to be used for predicting itself.
    """
    clocks: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for row in rows:
        for column, tag in (("launch_time", ""), (DETECTION, row["alert_id"])):
            time_s, _ = row[column]
            if not math.isnan(time_s) and row["launch_event_id"]:
                clocks[row["launch_event_id"]].append((tag, time_s - row["zone_s"]))
    return clocks


def _case(
    row: Row, minute: Published, event: Event | None, launches_name: str, clocks: list[tuple[str, float]]
) -> Case:
    launched_s = math.nan if event is None else event.launched_s
    given_s, _ = row["launch_time"]
    if math.isnan(given_s):
        given_s = launched_s + row["zone_s"]
    others = [t for tag, t in clocks if tag != minute.alert_id or minute.quantity != "detection"]
    others += [] if math.isnan(launched_s) else [launched_s]
    return Case(
        minute=minute,
        day=row["date_local"],
        system=row["system"],
        event=event,
        published_s=after(minute.time_s, given_s),
        obstacle=_obstacle(row, minute, event, launches_name, timed=not math.isnan(given_s)),
        offset_s=min((after(t + row["zone_s"], given_s) for t in others), default=0.0),
    )


def _obstacle(row: Row, minute: Published, event: Event | None, launches_name: str, *, timed: bool) -> str:
    if not row["launch_event_id"]:
        return "no launch: " + "; ".join(filter(None, (row["status"], row.get("first_detection_by", ""))))
    if event is None:
        return f"no launch {row['launch_event_id']!r} in {launches_name}"
    if minute.obstacle or event.obstacle:
        return minute.obstacle or event.obstacle
    if not timed:
        return "no time of launch published"
    if minute.quantity in IN_FLIGHT and event.cut_short:
        return event.cut_short
    if minute.quantity == "impact" and event.not_ballistic:
        return f"its impact tests nothing: {event.not_ballistic}"
    return ""


def calibration_cases(cases: list[Case], split: date) -> list[Case]:
    """The minutes from which delays are learned: of each nation's first alert of a launch, up to a day.

    Parameters
    ----------
    cases : list of Case
    split : date

    Returns
    -------
    list of Case
    """
    first: dict[tuple[str, str, str], Case] = {}
    for case in cases:
        learnable = case.minute.quantity in ("detection", "notice") and not case.minute.special
        if learnable and not case.obstacle and case.day <= split and case.event is not None:
            key = (case.event.event_id, case.minute.chain, case.minute.quantity)
            if key not in first or case.published_s < first[key].published_s:
                first[key] = case
    return list(first.values())


# ---- what was simulated ---------------------------------------------------------------------------------------------


def starts_of(cases: list[Case], runs: int, seed: int) -> dict[Case, np.ndarray]:
    """For every minute that can be compared, draws of the instant from which its chain runs, or of the instant itself.

    Parameters
    ----------
    cases : list of Case
    runs, seed : int

    Returns
    -------
    dict of Case to ndarray, shape (DRAWS,)
        Seconds after the start of the minute that the alert gives for the launch; an empty array where it does not
        happen in the model.
    """
    comparable = [case for case in cases if case.event is not None and not case.obstacle]
    wanted = {case.event.event_id: case.event for case in comparable if case.event is not None}
    timed = {case.event for case in comparable if case.minute.quantity in IN_FLIGHT}

    def work(event: Event) -> None:
        assert event.launch is not None
        centre_times(event.launch, event.on, runs, seed)
        if event in timed:
            variants(event.launch, event.apogee_share, event.range_share, seed)

    pool = ThreadPoolExecutor(os.cpu_count() or 1)
    try:
        with progress(len(wanted), "backtest") as bar:
            for _ in pool.map(work, wanted.values()):
                bar.update()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)  # Ctrl-C: what is under way ends, the rest never begins
    return {case: _instants(case, runs, seed) for case in comparable}


def _instants(case: Case, runs: int, seed: int) -> np.ndarray:
    event, minute = case.event, case.minute
    assert event is not None
    assert event.launch is not None
    rng = generator(seed, event.event_id, minute.nation, minute.quantity, "backtest")
    if minute.quantity in IN_FLIGHT:
        flights = variants(event.launch, event.apogee_share, event.range_share, seed)
        if minute.quantity == "impact":
            times = np.array([flight.impact_s for flight in flights])
        else:
            times = passing_s(flights, minute.nation)
    else:
        found = centre_times(event.launch, event.on, runs, seed)
        k = found.nations.index(minute.nation)
        times = found.known_s[k] if minute.quantity == "detection" else found.launch_s[k]
        if minute.quantity == "notice" and event.launch.missile.kind != "SLV" and minute.chain.endswith("public"):
            times = np.where(np.isfinite(found.place_s[k]), found.place_s[k], times)
    times = times[np.isfinite(times)]
    if not times.size:
        return times
    return case.offset_s + MINUTE_S * rng.random(DRAWS) + rng.choice(times, DRAWS)
