"""Launches of scenario files: the tables [launch] and [[salvo]], with the row of launches.csv that they name."""

import math
from dataclasses import replace
from typing import Annotated, Any

from pydantic import BaseModel

from trackfuse.catalog.datafiles import Row, placed, rows_of
from trackfuse.catalog.missiles import missile
from trackfuse.catalog.records import ASSUMPTIONS
from trackfuse.catalog.scenario import SalvoLaunch
from trackfuse.catalog.scenario_validation import STRICT
from trackfuse.core.errors import ScenarioError, check_known
from trackfuse.core.fields import LATITUDE, LONGITUDE, Between, check_fields
from trackfuse.earth import bearing_deg, destination, distance_km
from trackfuse.flight import fly_timed
from trackfuse.flight.missile import Launch, MissileClass

SPLASH_KM, SPLASH_SHARE = 30.0, 0.05
"""How far a splash may lie from range and bearing, km or share of the range, before they contradict one another: what
rounded ranges and places such as "180 km west of" leave open."""

_PUBLISHED = {
    "launch_id": "event_id",
    "lat_deg": "site_lat",
    "lon_deg": "site_lon",
    "azimuth_deg": "bearing_deg_est",
    "apogee_km": "apogee_km",
    "range_km": "range_km",
    "time_utc": "time_utc",
}
"""Column of data/launches.csv by the field of a launch."""

_APART_KM = Between(-1000.0, 1000.0)
"""How far the places of launch of one salvo may lie from one another, north and east."""


class _AnyLaunch(BaseModel):
    """What any table of a launch may say: a row of data/launches.csv, or values of one's own."""

    model_config = STRICT
    event_id: str | None = None
    source_country: str | None = None
    launch_id: str | None = None
    lat_deg: float | None = None
    lon_deg: float | None = None
    azimuth_deg: float | None = None
    apogee_km: float | None = None
    range_km: float | None = None
    time_utc: str | None = None
    failure: str | None = None
    fails_s: float | None = None
    reason: str = ""


class LaunchTable(_AnyLaunch):
    """[launch]: a row of data/launches.csv, values of one's own, or the row with some values of one's own."""

    missile: str
    cross_section: str = "nominal"
    boost: str = "nominal"
    alt_m: float = 0.0
    perigee_km: float | None = None
    inclination_deg: float | None = None
    flight_time_s: float | None = None
    splash_lat_deg: Annotated[float | None, LATITUDE] = None
    splash_lon_deg: Annotated[float | None, LONGITUDE] = None


class SalvoTable(_AnyLaunch):
    """[[salvo]]: a further launch, after_s later: a row of launches.csv, or the first launch again with other values.

    It stands north_km and east_km of where it would without them. It fails only where it says so itself.
    """

    after_s: float
    north_km: Annotated[float, _APART_KM] = 0.0
    east_km: Annotated[float, _APART_KM] = 0.0
    missile: str | None = None
    alt_m: float | None = None


def read_launch(where: str, table: LaunchTable) -> tuple[Launch, list[str]]:
    """The launch of a table [launch], and the source of the row that it names.

    Raises
    ------
    ScenarioError
        If a value is neither given nor published, contradicts another, or is out of range.
    """
    row, flown = _row(where, table), _missile(where, table)
    # A number that is nan is not published.
    published = {name: row[column] for name, column in _PUBLISHED.items() if row and row[column] == row[column]}
    own = table.model_dump(include=set(_PUBLISHED), exclude_none=True)
    values = {"launch_id": "own", "time_utc": ""} | published | own
    values |= _aimed(where, table, values)
    _check_intended(where, table, row, values)
    for name in _PUBLISHED:
        if name not in values:
            unpublished = f" and not published in row {table.event_id!r}" if row else ""
            raise ScenarioError(f"{where}: {name!r} is missing{unpublished}")
    launch = placed(where, Launch)(
        missile=flown,
        alt_m=table.alt_m,
        perigee_km=table.perigee_km,
        inclination_deg=table.inclination_deg,
        failure=table.failure,
        fails_s=table.fails_s,
        **values,
    )
    if table.flight_time_s is not None:
        launch = placed(where, fly_timed)(launch, table.flight_time_s)[1]
    return launch, [row["source"]] if row else []


def _missile(where: str, table: LaunchTable) -> MissileClass:
    field = next((name for name in ("cross_section", "boost") if getattr(table, name) not in ASSUMPTIONS), "missile")
    make = placed(f"{where} {field}", missile)
    return make(table.missile, cross_section=table.cross_section, boost=table.boost)


def _aimed(where: str, table: LaunchTable, values: dict[str, Any]) -> dict[str, float]:
    """Range and bearing of the splash, where one is given; refused where it contradicts those given or published."""
    lat, lon = table.splash_lat_deg, table.splash_lon_deg
    if lat is None and lon is None:
        return {}
    if lat is None or lon is None:
        raise ScenarioError(f"{where}: a splash needs both splash_lat_deg and splash_lon_deg")
    check_fields(ScenarioError, where, table)
    site = values.get("lat_deg", math.nan), values.get("lon_deg", math.nan)
    if any(map(math.isnan, site)):
        return {}
    made = {"range_km": distance_km(*site, lat, lon), "azimuth_deg": bearing_deg(*site, lat, lon)}
    far = values.get("range_km", math.nan)
    if not math.isnan(far):
        # A row's bearing is an estimate from maps: only one of the scenario's own can contradict a splash.
        bearing = made["azimuth_deg"] if table.azimuth_deg is None else table.azimuth_deg
        apart, allowed = distance_km(*destination(*site, bearing, far), lat, lon), max(SPLASH_KM, SPLASH_SHARE * far)
        if apart > allowed:
            raise ScenarioError(
                f"{where}: the splash, {made['range_km']:.0f} km away on bearing {made['azimuth_deg']:.1f}, lies "
                f"{apart:.0f} km from that of range_km {far:g} on bearing {bearing:.1f}; allowed: {allowed:.0f} km"
            )
    return made


def _check_intended(where: str, table: LaunchTable, row: Row, values: dict[str, Any]) -> None:
    """Raise ScenarioError where a flight that fails would be flown to what is published of it after its failure."""
    if table.failure is None or not row or row["outcome"] != "failure":
        return
    for name in ("apogee_km", "range_km"):
        if name in values and values[name] == row[name] and getattr(table, name) is None:
            raise ScenarioError(
                f"{where}: {name} {row[name]:g} of row {table.event_id!r} is that of the flight that failed; with "
                f"'failure' give the {name} of the flight intended, or leave the failure out"
            )


def read_salvo_launch(where: str, table: SalvoTable, first: Launch, number: int) -> SalvoLaunch:
    """The launch of a table [[salvo]], the first being given.

    Raises
    ------
    ScenarioError
        If a value is out of range, it contradicts another, or a source country is given without an event.
    """
    own = table.model_dump(include=table.model_fields_set - {"after_s", "north_km", "east_km", "reason"})
    if table.event_id is not None:
        launch, _ = read_launch(where, LaunchTable.model_validate({"missile": first.missile.name} | own))
    else:
        if table.source_country is not None:
            raise ScenarioError(f"{where}: 'source_country' says nothing without 'event_id'")
        if table.missile is not None:
            own["missile"] = placed(where, missile)(table.missile)
        like = {"launch_id": f"{first.launch_id} number {number}", "failure": None, "fails_s": None}
        launch = placed(where, replace)(first, **(like | own))
    check_fields(ScenarioError, where, table)
    for azimuth, name in ((0.0, "north_km"), (90.0, "east_km")):
        far = getattr(table, name)
        lat, lon = destination(launch.lat_deg, launch.lon_deg, azimuth + (180.0 if far < 0.0 else 0.0), abs(far))
        launch = replace(launch, lat_deg=lat, lon_deg=lon) if far else launch
    return placed(where, SalvoLaunch)(launch=launch, after_s=table.after_s)


def _row(where: str, table: LaunchTable) -> Row:
    """The row of data/launches.csv that the table names, or nothing."""
    if table.event_id is None:
        return {}
    rows = rows_of("launches.csv")
    events = dict.fromkeys(row["event_id"] for row in rows)
    check_known(ScenarioError, "launch", table.event_id, events, where=f"{where} event_id")
    accounts = {row["source_country"]: row for row in rows if row["event_id"] == table.event_id}
    if table.source_country is not None:
        check_known(ScenarioError, "account", table.source_country, accounts, where=f"{where} source_country")
        return accounts[table.source_country]
    if len(accounts) > 1:
        raise ScenarioError(f"{where}: 'source_country' is missing; {table.event_id} has {', '.join(accounts)}")
    return next(iter(accounts.values()))
