"""The launch behind an alert, made of all that is published about it, as a scenario of that day."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache

import numpy as np

from trackfuse.catalog import records
from trackfuse.catalog.catalog import load_scenario, scenario_names
from trackfuse.catalog.presence import presence_of
from trackfuse.catalog.published import launches as published_launches
from trackfuse.catalog.scenario import Scenario
from trackfuse.catalog.sensors import sensors
from trackfuse.core.errors import DataError, FlightError, ScenarioError, unknown
from trackfuse.core.rng import generator
from trackfuse.core.times import as_clock, as_day, as_instant
from trackfuse.flight import Flight, Launch, debris, fly, stretched
from trackfuse.history import flight_time_exclusions as exclusions
from trackfuse.history.minutes import LOCAL_H
from trackfuse.history.rows import Row
from trackfuse.history.validate import bearing_flown, checked_rows, launch_of, missile_flown, sited
from trackfuse.simulation.prepare import flown
from trackfuse.tracking import TrackerSettings

FIGURES = ("apogee_km", "range_km")
TRILATERAL_FROM = date(2023, 12, 19)
"""Full activation of the real-time exchange (data/sources.csv, dod2023); before it the arrangement was bilateral."""
SATELLITE_KM = (500.0, 2700.0)
"""Apogee and range with which a satellite launch is flown where neither they nor an orbit are published: those of
2023-08-24 (assumed)."""
NEAR_DEG = 0.05
BURN_SPREAD = 0.15
"""Burn times of a class are known to about this share (assumed; flight times check them to 1-6 %)."""
LEAST_ROUNDING = 0.01
MOST_ROUNDING = 0.05
"""A published apogee or range is taken as good to half its round number, but to 1 % at best and 5 % at worst."""
ASSUMED_ROUNDING = 0.2
"""Where nothing is published and apogee and range are assumed, each is good to this share (assumed)."""
NOT_SAID = ("unknown", "not published", "unpublished", "n/a", "na", "none", "-", "?")
"""What people write for a time that is not known."""
MINUTE = "%Y-%m-%dT%H:%MZ"
VARIANTS = 12
ROUNDED_TRIES = (0.2, -0.2, 0.4, -0.4, 0.6, -0.6, 0.8, -0.8, 1.0, -1.0)
"""Where no flight meets a round apogee: others that are tried, in halves of its rounding step."""


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
        Why what it did after its first minutes cannot be compared with the flight; "" where it can.
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


def event_of(where: str, rows: list[Row], every: list[Row], day: date) -> Event:
    """One launch from all rows about it.

    Parameters
    ----------
    where : str
        Name of the launches file, for error messages.
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
    row = dict(max(rows, key=lambda row: sum(math.isfinite(row[column]) for column in (*FIGURES, "bearing_deg_est"))))
    for figure in FIGURES:
        stated = [other[figure] for other in rows if math.isfinite(other[figure])]
        row[figure] = min(stated, key=exclusions.rounding_step, default=math.nan)
    shares = {figure: _share(row[figure]) for figure in FIGURES}
    orbited, cut_short = _orbited(row), ""
    if orbited is not None:
        row, remarks = _of_orbit(row, orbited)
        shares = dict.fromkeys(FIGURES, 0.0)
    else:
        if row["missile_class"] == "SLV" and any(math.isnan(row[figure]) for figure in FIGURES):
            shares, cut_short = dict.fromkeys(FIGURES, ASSUMED_ROUNDING), _cut_short(row)
        row, remarks = _completed(row, every)
    launch, obstacle = _launch(row, orbited)
    if obstacle and orbited is None:
        launch, obstacle, remarks = _rounded_launch(row, obstacle, remarks)
    times = [_clock_s(where, other) for other in rows]
    return Event(
        event_id=row["event_id"],
        launch=launch,
        on=_day(row, day),
        obstacle=obstacle,
        remark="; ".join(remarks),
        not_ballistic=exclusions.not_to_impact(row | {"flight_time_basis": ""}) or exclusions.not_ballistic(row),
        cut_short=cut_short,
        launched_s=min((time_s for time_s in times if not math.isnan(time_s)), default=math.nan),
        apogee_share=shares["apogee_km"],
        range_share=shares["range_km"],
    )


@lru_cache(maxsize=1)
def _to_orbit() -> dict[str, Scenario]:
    """The shipped scenarios of satellites whose orbit is published, by launch."""
    shipped = map(load_scenario, scenario_names())
    return {each.launch.launch_id: each for each in shipped if each.launch.to_orbit and not each.launch.failure}


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
    if exclusions.not_ballistic(row):
        remarks.append(f"flown as a ballistic flight ({row['trajectory']})")
    return row, remarks


def _alike(other: Row, row: Row) -> bool:
    """Whether another row has a bearing, of a launch of the same class from the same place."""
    apart = math.hypot(other["site_lat"] - row["site_lat"], other["site_lon"] - row["site_lon"])
    same = other["missile_class"] == row["missile_class"]
    return same and apart < NEAR_DEG and math.isfinite(other["bearing_deg_est"])


def _day(row: Row, day: date) -> date:
    launched = _launched(row)
    if launched is not None:
        return launched.date()
    said = row.get("date_local")
    return day if said is None else as_day(DataError, f"{row['place']} date_local", said)


def _launched(row: Row) -> datetime | None:
    """The instant of a launch, UTC; None where the row says none."""
    said = row.get("time_utc")
    if said is None or (isinstance(said, str) and said.lower() in NOT_SAID):
        return None
    return as_instant(DataError, f"{row['place']} time_utc", said)


def _clock_s(where: str, row: Row) -> float:
    """The local time of a launch, seconds after midnight UTC+9; nan where none is published."""
    return as_clock(DataError, f"{where} {row['event_id']} time_local", row.get("time_local"), ahead_h=LOCAL_H)[0]


def _launch(row: Row, orbited: Scenario | None) -> tuple[Launch | None, str]:
    """The launch and "", or None and why it cannot be flown."""
    flown_as = missile_flown(row)
    if flown_as is None:
        return None, f"not flown: no class model for {row['name']!r} or missile_class {row['missile_class']!r}"
    if not sited(row):
        return None, "not flown: no launch place published"
    if not all(math.isfinite(row[figure]) for figure in FIGURES):
        return None, "not flown: no apogee and range published, and none assumed for its class"
    if orbited is not None:
        return orbited.launch, ""
    try:
        launched = _launched(row)
        launch = launch_of(row, flown_as, time_utc=launched.strftime(MINUTE) if launched else "")
        flown(launch)
    except (FlightError, ScenarioError) as impossible:
        return None, f"not flown: {impossible}"
    return launch, ""


def _rounded_launch(row: Row, obstacle: str, remarks: list[str]) -> tuple[Launch | None, str, list[str]]:
    """The launch at the nearest apogee that rounds to the published one and can be flown; else why there is none."""
    half_km = 0.5 * exclusions.rounding_step(row["apogee_km"]) if math.isfinite(row["apogee_km"]) else 0.0
    for part in ROUNDED_TRIES if sited(row) else ():
        apogee_km = row["apogee_km"] + part * half_km
        launch, _ = _launch(row | {"apogee_km": apogee_km}, None) if half_km and apogee_km > 0.0 else (None, "")
        if launch is not None:
            return launch, "", [*remarks, f"flown to {apogee_km:g} km, which rounds to the published apogee"]
    return None, obstacle, remarks


def _share(value: float) -> float:
    """Half the width of what rounds to a published value, as a share of it; that of an assumed one where it is nan."""
    if math.isnan(value):
        return ASSUMED_ROUNDING
    if value == 0.0:
        return MOST_ROUNDING
    return min(max(0.5 * exclusions.rounding_step(value) / value, LEAST_ROUNDING), MOST_ROUNDING)


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
        lower stage, which passes overhead a minute or two later: no source says of which of them a published minute is.
    """
    pairs = [(launch, flown(launch))]
    for k in range(1, VARIANTS):
        draw = generator(seed, launch.launch_id, k, "variant").uniform(-1.0, 1.0, 3)
        try:
            other = replace(
                launch,
                missile=stretched(launch.missile, 1.0 + BURN_SPREAD * draw[0]),
                apogee_km=launch.apogee_km * (1.0 + apogee_share * draw[1]),
                range_km=launch.range_km * (1.0 + range_share * draw[2]),
            )
            pairs.append((other, fly(other)))
        except FlightError:
            continue
    if not launch.to_orbit:
        return tuple(flight for _, flight in pairs)
    last = f"spent stage {len(launch.missile.stages)}"
    bodies = []
    for given, flight in pairs:
        bodies += [flight, *(spent for spent in debris(given, flight) if spent.launch_id.endswith(last))]
    return tuple(bodies)


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
    in_service = sensors(assumptions=assumptions, on=on)
    return Scenario(
        name=launch.launch_id, title=f"{launch.missile.name}, {on.isoformat()}", source="data/launches.csv",
        launch=launch, sensors=in_service, nodes=records.nodes(), policies=records.policies(), places=records.places(),
        assumptions=assumptions, tracker=tracker,
        presence=presence_of(in_service, on, announced=launch.to_orbit, assumptions=assumptions),
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
    return event_of("data/launches.csv", rows, every, rows[0]["date_local"])


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
    event = shipped_event(event_id)
    if event.launch is None:
        raise ScenarioError(f"{event_id}: {event.obstacle}")
    return scenario_of(event.launch, event.on)
