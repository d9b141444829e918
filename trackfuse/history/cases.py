"""The published minutes of alerts with the launches behind them, and the instants from which their chains ran."""

from __future__ import annotations

import math
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from trackfuse.core.rng import generator
from trackfuse.history.launches import Event, event, variants
from trackfuse.history.minutes import MINUTE_S, Published, Row, after, checked_alerts, clock, published
from trackfuse.history.times import centre_times, passing_s
from trackfuse.history.validate import checked_rows
from trackfuse.simulation.figures import NATIONS
from trackfuse.simulation.progress import progress

if TYPE_CHECKING:
    import pandas as pd

DRAWS = 2000


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


def cases_of(alerts_name: str, alerts: pd.DataFrame, launches_name: str, launches: pd.DataFrame) -> list[Case]:
    """All published minutes of a table of alerts.

    Parameters
    ----------
    alerts_name : str
    alerts : DataFrame
    launches_name : str
    launches : DataFrame
        Tables with the columns of data/alerts.csv and data/launches.csv, and what complaints call them.

    Returns
    -------
    list of Case

    Raises
    ------
    DataError
        If a value is malformed: table, row, column, value and what is allowed.
    """
    every = checked_rows(launches, launches_name)
    by_event: dict[str, list[Any]] = {}
    for row in every:
        by_event.setdefault(row["event_id"], []).append(row)
    rows = checked_alerts(alerts, alerts_name)
    minutes = [published(place, row) for place, row in rows]
    wanted = {row["launch_event_id"]: row["date_local"] for _, row in rows if row["launch_event_id"] in by_event}
    events = {name: event(launches_name, by_event[name], every, day) for name, day in wanted.items()}
    clocks = _clocks(rows)
    return [_case(place, row, minute, events.get(row["launch_event_id"]), launches_name, clocks)
            for (place, row), found in zip(rows, minutes, strict=True) for minute in found]  # fmt: skip


def _clocks(rows: list[tuple[str, Row]]) -> dict[str, list[tuple[str, float]]]:
    """All minutes that alerts give for the launch or detection of each event: (alert, seconds after midnight UTC+9).

    Only a detection carries its alert's name: it is not to be used for predicting itself.
    """
    heard: dict[str, list[tuple[str, float]]] = {}
    for place, row in rows:
        for column in ("launch_time", "first_detection_or_notice_time"):
            time_s, _ = clock(f"{place} {column}", row[column])
            if time_s == time_s and row["launch_event_id"]:
                tag = row["alert_id"] if column.startswith("first") else ""
                heard.setdefault(row["launch_event_id"], []).append((tag, time_s - row["zone_s"]))
    return heard


def _case(place: str, row: Row, minute: Published, behind: Event | None, launches_name: str,
          clocks: dict[str, list[tuple[str, float]]]) -> Case:  # fmt: skip
    event_id, given_s = row["launch_event_id"], clock(f"{place} launch_time", row["launch_time"])[0]
    if given_s != given_s and behind is not None:
        given_s = behind.launched_s + row["zone_s"]
    others = [t for tag, t in clocks.get(event_id, []) if tag != minute.alert_id or minute.quantity != "detection"]
    others += [behind.launched_s] if behind is not None and behind.launched_s == behind.launched_s else []
    offset_s = min((after(t + row["zone_s"], given_s) for t in others), default=0.0)
    published_s = after(minute.time_s, given_s) if minute.time_s == minute.time_s and given_s == given_s else math.nan
    return Case(minute=minute, day=row["date_local"], system=row["system"], event=behind, published_s=published_s,
                 obstacle=_obstacle(row, minute, behind, launches_name, timed=given_s == given_s),
                 offset_s=offset_s)  # fmt: skip


def _obstacle(row: Row, minute: Published, behind: Event | None, launches_name: str, *, timed: bool) -> str:
    if not row["launch_event_id"]:
        return "no launch: " + "; ".join(filter(None, (row["status"], row.get("first_detection_by", ""))))
    if behind is None:
        return f"no launch {row['launch_event_id']!r} in {launches_name}"
    if minute.obstacle or behind.obstacle:
        return minute.obstacle or behind.obstacle
    if not timed:
        return "no time of launch published"
    if minute.quantity in ("overflight", "impact") and behind.cut_short:
        return behind.cut_short
    if minute.quantity == "impact" and behind.not_ballistic:
        return f"its impact tests nothing: {behind.not_ballistic}"
    return ""


def teaching_of(cases: list[Case], split: date) -> list[Case]:
    """The minutes from which delays are learned: of each nation's first alert of a launch, up to a day.

    Parameters
    ----------
    cases : list of Case
    split : date

    Returns
    -------
    list of Case
    """
    taught: dict[tuple[str, str, str], Case] = {}
    for case in cases:
        learnable = case.minute.quantity in ("detection", "notice") and not case.minute.special
        if learnable and not case.obstacle and case.day <= split and case.event is not None:
            key = (case.event.event_id, case.minute.chain, case.minute.quantity)
            if key not in taught or case.published_s < taught[key].published_s:
                taught[key] = case
    return list(taught.values())


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
    wanted = {case.event.event_id: case.event for case in cases if case.event is not None and not case.obstacle}
    timed = {case.event.event_id for case in cases if case.event is not None and not case.obstacle
             and case.minute.quantity in ("overflight", "impact")}  # fmt: skip

    def work(behind: Event) -> None:
        assert behind.launch is not None
        centre_times(behind.launch, behind.on, runs, seed)
        if behind.event_id in timed:
            variants(behind.launch, behind.apogee_share, behind.range_share, seed)

    pool = ThreadPoolExecutor(os.cpu_count() or 1)
    try:
        with progress(len(wanted), "backtest") as bar:
            for _ in pool.map(work, wanted.values()):
                bar.update()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)  # Ctrl-C: what is under way ends, the rest never begins
    return {case: _instants(case, runs, seed) for case in cases if case.event is not None and not case.obstacle}


def _instants(case: Case, runs: int, seed: int) -> np.ndarray:
    behind, minute = case.event, case.minute
    assert behind is not None
    assert behind.launch is not None
    rng = generator(seed, behind.event_id, minute.nation, minute.quantity, "backtest")
    if minute.quantity in ("overflight", "impact"):
        flights = variants(behind.launch, behind.apogee_share, behind.range_share, seed)
        if minute.quantity == "impact":
            times = np.array([flight.impact_s for flight in flights])
        else:
            times, _ = passing_s(flights, minute.nation)
    else:
        found, k = centre_times(behind.launch, behind.on, runs, seed), NATIONS.index(minute.nation)
        times = found.known_s[k] if minute.quantity == "detection" else found.launch_s[k]
        if minute.quantity == "notice" and behind.launch.missile.kind != "SLV" and minute.chain.endswith("public"):
            times = np.where(np.isfinite(found.place_s[k]), found.place_s[k], times)
    times = times[np.isfinite(times)]
    if not times.size:
        return times
    return case.offset_s + MINUTE_S * rng.random(DRAWS) + rng.choice(times, DRAWS)


