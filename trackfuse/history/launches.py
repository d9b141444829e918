"""The launch behind an alert, made of all that is published about it, as a scenario of that day."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np

from trackfuse.catalog import records
from trackfuse.catalog.catalog import load_scenario, scenario_names
from trackfuse.catalog.published import launches as published_launches
from trackfuse.catalog.scenario import Scenario
from trackfuse.catalog.sensors import sensors
from trackfuse.core.errors import FlightError, ScenarioError, unknown
from trackfuse.core.rng import generator
from trackfuse.flight import Flight, Launch, debris, fly, stretched
from trackfuse.history import flight_time_exclusions as comparable
from trackfuse.history.minutes import clock
from trackfuse.history.validate import bearing_flown, checked_rows, missile_flown, sited
from trackfuse.tracking import TrackerSettings

Row = dict[str, Any]
TRILATERAL_FROM = date(2023, 12, 19)
"""Full activation of the real-time exchange (data/sources.csv, dod2023); before it the arrangement was bilateral."""
SATELLITE_KM = (500.0, 2700.0)
"""Apogee and range with which a satellite launch is flown where neither they nor an orbit are published: those of
2023-08-24 (assumed)."""
NEAR_DEG = 0.05
BURN_SPREAD = 0.15
"""Burn times of a class are known to about this share (assumed; flight times check them to 1-6 %)."""
LEAST_GRAIN = 0.01
MOST_GRAIN = 0.05
"""A published apogee or range is taken as good to half its round number, but to 1 % at best and 5 % at worst."""
ASSUMED_GRAIN = 0.2
"""Where nothing is published and apogee and range are assumed, each is good to this share (assumed)."""
VARIANTS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A launch as it can be flown, or why it cannot.

    Parameters
    ----------
    event_id : str
    launch : Launch or None
    on : date
        Day of the launch: its sensors and its arrangement.
    obstacle : str
        Why it cannot be flown; "" where it can.
    remark : str
        What was assumed.
    not_ballistic : str
        Why its time of impact tests nothing; "" where it does.
    cut_short : str
        Why what it did after its first minutes cannot be held against the flight; "" where it can.
    launched_s : float
        The earliest minute that any source gives for the launch, seconds after midnight UTC+9; nan where none does.
    apogee_share, range_share : float
        Half the uncertainty of apogee and range, as shares of them.
    """

    event_id: str
    launch: Launch | None
    on: date
    obstacle: str
    remark: str
    not_ballistic: str
    cut_short: str
    launched_s: float
    apogee_share: float
    range_share: float


def policy_on(day: date) -> str:
    """The arrangement of the day, "bilateral" or "trilateral"."""
    return "trilateral" if day >= TRILATERAL_FROM else "bilateral"


def event(where: str, rows: list[Row], every: list[Row], day: date) -> Event:
    """One launch from all rows about it.

    Parameters
    ----------
    where : str
        Name of the launches file, for complaints.
    rows : list of dict
        The rows of this launch, one a source, at least one.
    every : list of dict
        All rows: where a row gives no bearing, launches of its class from the same place say it.
    day : date
        Of the alert, used where the launch gives none.

    Returns
    -------
    Event

    Raises
    ------
    DataError
        If a time cannot be read.
    """
    first = max(rows, key=lambda row: sum(math.isfinite(row[c]) for c in ("apogee_km", "range_km", "bearing_deg_est")))
    row = dict(first)
    for column in ("apogee_km", "range_km"):
        told = [r[column] for r in rows if math.isfinite(r[column])]
        row[column] = min(told, key=comparable.grain) if told else math.nan
    given = {column: _share(row[column]) for column in ("apogee_km", "range_km")}
    assumed = {column: not math.isfinite(row[column]) for column in given}
    orbited, cut_short = _orbited(row), ""
    row, remarks = _completed(row, every) if orbited is None else _of_orbit(row, orbited)
    if orbited is not None:
        given, assumed = dict.fromkeys(given, 0.0), dict.fromkeys(given, False)
    elif row["missile_class"] == "SLV" and any(assumed.values()):
        assumed, cut_short = dict.fromkeys(given, True), _cut_short(row)
    on = _day(row, day)
    flown_as = missile_flown(row)
    launch, obstacle = None, ""
    if flown_as is None:
        obstacle = f"not flown: no class model for {row['name']!r} or missile_class {row['missile_class']!r}"
    elif not sited(row):
        obstacle = "not flown: no launch place published"
    elif not (math.isfinite(row["apogee_km"]) and math.isfinite(row["range_km"])):
        obstacle = "not flown: no apogee and range published, and none assumed for its class"
    elif orbited is not None:
        launch = orbited.launch
    else:
        launch, obstacle = _launch(row, flown_as)
    times = [clock(f"{where} {row['event_id']} time_local", r.get("time_local"))[0] for r in rows]
    return Event(
        event_id=row["event_id"], launch=launch, on=on, obstacle=obstacle, remark="; ".join(remarks),
        not_ballistic=comparable.not_to_impact(row | {"flight_time_basis": ""}) or comparable.not_ballistic(row),
        cut_short=cut_short, launched_s=min((t for t in times if t == t), default=math.nan),
        apogee_share=ASSUMED_GRAIN if assumed["apogee_km"] else given["apogee_km"],
        range_share=ASSUMED_GRAIN if assumed["range_km"] else given["range_km"],
    )  # fmt: skip


@lru_cache(maxsize=1)
def _to_orbit() -> dict[str, Scenario]:
    """The shipped scenarios of satellites whose orbit is published, by launch."""
    shipped = map(load_scenario, scenario_names())
    return {scenario.launch.launch_id: scenario for scenario in shipped if scenario.launch.to_orbit}


def _orbited(row: Row) -> Scenario | None:
    """The shipped scenario of the satellite launch that a row is about, if it reached an orbit that is published."""
    found = _to_orbit().get(row["event_id"]) if row["missile_class"] == "SLV" and not _failed(row) else None
    if found is None or not sited(row):
        return found
    apart = math.hypot(found.launch.lat_deg - row["site_lat"], found.launch.lon_deg - row["site_lon"])
    return found if apart < NEAR_DEG else None


def _failed(row: Row) -> bool:
    return str(row.get("outcome") or "").lower() == "failure" or row["trajectory"] == "failure"


def _cut_short(row: Row) -> str:
    if not _failed(row):
        return ""
    where = row.get("splash_location") or "unsaid where"
    return f"not flyable as published: the satellite launch failed ({where}), and no apogee and range are published"


def _of_orbit(row: Row, orbited: Scenario) -> tuple[Row, list[str]]:
    """The row with the orbit's numbers, and what was flown."""
    launch = orbited.launch
    known = {"apogee_km": launch.apogee_km, "range_km": launch.range_km, "bearing_deg_est": launch.azimuth_deg}
    return row | known, [
        f"flown to its published orbit, {launch.perigee_km:.0f} by {launch.apogee_km:.0f} km at "
        f"{launch.inclination_deg:g} degrees, its last lower stage down after {launch.range_km:.0f} km; an overflight "
        "may be that of either"
    ]


def _completed(row: Row, every: list[Row]) -> tuple[Row, list[str]]:
    """The row with what is not published about it assumed, and what was."""
    remarks = []
    if not math.isfinite(row["bearing_deg_est"]) and sited(row):
        alike = [r["bearing_deg_est"] for r in every if _alike(r, row)]
        row["bearing_deg_est"] = float(np.median(alike)) if alike else bearing_flown(row)
        remarks.append(f"bearing {row['bearing_deg_est']:.0f} degrees assumed")
    known = math.isfinite(row["apogee_km"]), math.isfinite(row["range_km"])
    if row["missile_class"] == "SLV" and not all(known):
        row["apogee_km"], row["range_km"] = SATELLITE_KM
        remarks.append(f"flown to the apogee and range of 2023-08-24 ({SATELLITE_KM[0]:g} km, {SATELLITE_KM[1]:g} km), "
                       "which its first minutes do not show")  # fmt: skip
    elif known == (False, True):
        row["apogee_km"] = row["range_km"] / 4.0
        remarks.append(f"apogee {row['apogee_km']:.0f} km assumed: that of the least energy")
    if comparable.not_ballistic(row):
        remarks.append(f"flown as a ballistic flight ({row['trajectory']})")
    return row, remarks


def _alike(other: Row, row: Row) -> bool:
    """Whether another row has a bearing, of a launch of the same class from the same place."""
    apart = math.hypot(other["site_lat"] - row["site_lat"], other["site_lon"] - row["site_lon"])
    same = other["missile_class"] == row["missile_class"]
    return same and apart < NEAR_DEG and math.isfinite(other["bearing_deg_est"])


def _day(row: Row, day: date) -> date:
    for column in ("time_utc", "date_local"):
        text = str(row.get(column) or "")[:10]
        try:
            return date.fromisoformat(text)
        except ValueError:
            continue
    return day


def _launch(row: Row, flown_as: Any) -> tuple[Launch | None, str]:
    try:
        launch = Launch(launch_id=row["event_id"], missile=flown_as, lat_deg=row["site_lat"], lon_deg=row["site_lon"],
                        azimuth_deg=row["bearing_deg_est"], apogee_km=row["apogee_km"], range_km=row["range_km"],
                        time_utc=row["time_utc"] if isinstance(row.get("time_utc"), str) else "")  # fmt: skip
        _flown(launch)
    except (FlightError, ScenarioError) as impossible:
        return None, f"not flown: {impossible}"
    return launch, ""


@lru_cache(maxsize=256)
def _flown(launch: Launch) -> Flight:
    return fly(launch)


def _share(value: float) -> float:
    """Half the width of what rounds to a published value, as a share of it."""
    if not math.isfinite(value) or value == 0.0:
        return MOST_GRAIN
    return min(max(0.5 * comparable.grain(value) / value, LEAST_GRAIN), MOST_GRAIN)


@lru_cache(maxsize=256)
def variants(launch: Launch, apogee_share: float, range_share: float, seed: int) -> tuple[Flight, ...]:
    """Flights that fit what is published as well as the nominal one: the spread of a time of passage or impact.

    Parameters
    ----------
    launch : Launch
    apogee_share, range_share : float
        Half the uncertainty of apogee and range, as shares of them (uniform).
    seed : int

    Returns
    -------
    tuple of Flight
        The nominal one first; those that the class cannot fly are left out. Each satellite is followed by its last
        lower stage, which passes overhead a minute or two later: nobody says of which of them a published minute is.
    """
    pairs = [(launch, _flown(launch))]
    for k in range(1, VARIANTS):
        draw = generator(seed, launch.launch_id, k, "variant").uniform(-1.0, 1.0, 3)
        try:
            other = replace(launch, missile=stretched(launch.missile, 1.0 + BURN_SPREAD * draw[0]),
                            apogee_km=launch.apogee_km * (1.0 + apogee_share * draw[1]),
                            range_km=launch.range_km * (1.0 + range_share * draw[2]))  # fmt: skip
            pairs.append((other, fly(other)))
        except FlightError:
            continue
    if not launch.to_orbit:
        return tuple(flight for _, flight in pairs)
    last = f"spent stage {len(launch.missile.stages)}"
    return tuple(body for given, flight in pairs
                 for body in (flight, *(spent for spent in debris(given, flight) if spent.launch_id.endswith(last))))


def scenario_of(launch: Launch, on: date, *, assumptions: str = "nominal") -> Scenario:
    """The launch with the sensors in service that day.

    Parameters
    ----------
    launch : Launch
    on : date
    assumptions : str
        "low", "nominal" or "high": every catalogued sensor at its weakest, nominal or best.

    Returns
    -------
    Scenario
    """
    tracker = _to_orbit()[launch.launch_id].tracker if launch.to_orbit else TrackerSettings()
    return Scenario(
        name=launch.launch_id, title=f"{launch.missile.name}, {on.isoformat()}", source="data/launches.csv",
        launch=launch, sensors=sensors(assumptions=assumptions, on=on), nodes=records.nodes(),
        policies=records.policies(), places=records.places(), assumptions=assumptions, tracker=tracker,
    )  # fmt: skip


def shipped_event(event_id: str, **own: float) -> Event:
    """A launch of data/launches.csv by its event.

    Parameters
    ----------
    event_id : str
    **own : float
        Numbers of one's own in place of the published ones, such as range_km.

    Returns
    -------
    Event

    Raises
    ------
    ScenarioError
        If there is no such launch; the nearest is offered.
    """
    every = checked_rows(published_launches(), "data/launches.csv")
    rows: list[Row] = [row | own for row in every if row["event_id"] == event_id]
    if not rows:
        raise ScenarioError(unknown("launch", event_id, dict.fromkeys(row["event_id"] for row in every)))
    return event("data/launches.csv", rows, every, rows[0]["date_local"])


def shipped_scenario(event_id: str) -> Scenario:
    """A launch of data/launches.csv by its event, with the sensors in service that day.

    Parameters
    ----------
    event_id : str

    Returns
    -------
    Scenario

    Raises
    ------
    ScenarioError
        If there is no such launch, or it cannot be flown.
    """
    behind = shipped_event(event_id)
    if behind.launch is None:
        raise ScenarioError(f"{event_id}: {behind.obstacle}")
    return scenario_of(behind.launch, behind.on)
