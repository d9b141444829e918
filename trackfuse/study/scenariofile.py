"""Scenario files: TOML in, a frozen `Scenario` out, or one line that says what is wrong and where."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from trackfuse.core.errors import ScenarioError, check_between, unknown
from trackfuse.earth import destination
from trackfuse.flight.missile import Launch
from trackfuse.sensing.sensor import Infrared, Radar, Sensor
from trackfuse.sharing.network import Policy
from trackfuse.study import records
from trackfuse.study.datafiles import Row, data_dir, read_toml, shown
from trackfuse.study.missile_records import missile, missile_names
from trackfuse.study.scenario import Following, Scenario
from trackfuse.study.sensor_records import sensors
from trackfuse.study.shape_records import shapes_by_phase
from trackfuse.study.strict import STRICT, T, changed, checked, placed, values_for
from trackfuse.tracking.settings import TrackerSettings
from trackfuse.warning.rule import Place, WarningRule


class LaunchTable(BaseModel):
    """[launch]: a row of data/launches.csv, values of one's own, or the row with some values of one's own."""

    model_config = STRICT
    event_id: str | None = None
    source_country: str | None = None
    launch_id: str | None = None
    missile: str
    cross_section: str = "nominal"
    lat_deg: float | None = None
    lon_deg: float | None = None
    alt_m: float = 0.0
    azimuth_deg: float | None = None
    apogee_km: float | None = None
    range_km: float | None = None
    time_utc: str | None = None
    reason: str = ""


class FollowingTable(BaseModel):
    """[[salvo]]: a further launch, after_s later: a row of launches.csv, or the first launch again with other values.

    It stands north_km and east_km of where it would without them.
    """

    model_config = STRICT
    after_s: float
    north_km: float = 0.0
    east_km: float = 0.0
    event_id: str | None = None
    source_country: str | None = None
    launch_id: str | None = None
    missile: str | None = None
    lat_deg: float | None = None
    lon_deg: float | None = None
    alt_m: float | None = None
    azimuth_deg: float | None = None
    apogee_km: float | None = None
    range_km: float | None = None
    time_utc: str | None = None
    reason: str = ""


class PolicyTable(BaseModel):
    """[policies.NAME]: what this scenario changes about the exchange links of one policy."""

    model_config = STRICT
    latency_s: float | None = None
    loss: float | None = None
    payload: str | None = None
    capacity_per_s: float | None = None


class ScenarioTable(BaseModel):
    """The whole file."""

    model_config = STRICT
    title: str
    sources: list[str]
    notes: str = ""
    launch: LaunchTable
    salvo: list[FollowingTable] = []
    debris: bool = False
    false_plots: bool = False
    in_service_on: date | None = None
    catalogue_sensors: bool = True
    sensors: list[Any] = []
    exclude_sensors: list[str] = []
    catalogue_places: bool = True
    places: list[Any] = []
    links: list[dict[str, Any]] = []
    policies: dict[str, PolicyTable] = {}
    tracker: dict[str, Any] = {}
    rule: dict[str, Any] = {}


def read_scenario(path: Path, *, assumptions: str = "nominal") -> Scenario:
    """Read a scenario file.

    Parameters
    ----------
    path : Path
    assumptions : str
        "low", "nominal" or "high": every catalogued sensor at its weakest, nominal or best.

    Returns
    -------
    Scenario

    Raises
    ------
    ScenarioError
        File, place, value and nearest valid choice of the first thing wrong.
    """
    return scenario_from(shown(path), path.stem, read_toml(path, ScenarioError), assumptions=assumptions)


def scenario_from(where: str, name: str, given: dict[str, Any], *, assumptions: str = "nominal") -> Scenario:
    """A scenario from what a scenario file holds, wherever it stands.

    Parameters
    ----------
    where : str
        What messages call the place.
    name : str
        Of the scenario.
    given : dict
    assumptions : str
        As in `read_scenario`.

    Returns
    -------
    Scenario

    Raises
    ------
    ScenarioError
        Place, value and nearest valid choice of the first thing wrong.
    """
    table = checked(where, ScenarioTable, given)
    launch, origin = _launch(f"{where} [launch]", table.launch)
    on = table.in_service_on or (date.fromisoformat(launch.time_utc[:10]) if launch.time_utc else None)
    catalogued = sensors(assumptions=assumptions, on=on)
    return placed(where, Scenario)(
        name=name,
        title=table.title,
        source="; ".join([*table.sources, *origin]),
        launch=launch,
        sensors=_sensors(where, table, catalogued, sensors(assumptions=assumptions)),
        nodes=records.nodes(),
        policies=_policies(where, table),
        places=_places(where, table),
        tracker=placed(f"{where} [tracker]", TrackerSettings)(
            **(records.track_accuracies(assumptions) | values_for(f"{where} [tracker]", TrackerSettings, table.tracker))
        ),
        rule=placed(f"{where} [rule]", WarningRule)(
            **(records.told_accuracies(assumptions) | values_for(f"{where} [rule]", WarningRule, table.rule))
        ),
        assumptions=assumptions,
        shapes=shapes_by_phase(),
        salvo=tuple(_following(f"{where} [salvo][{k}]", each, launch, k + 2) for k, each in enumerate(table.salvo)),
        debris=table.debris,
        false_plots=table.false_plots,
    )


def title_of(path: Path) -> str:
    """Title of a scenario file, the rest of it unread."""
    return str(read_toml(path, ScenarioError).get("title", ""))


def holds_several(path: Path) -> bool:
    """Whether a scenario file asks for several objects, the rest of it unread."""
    given = read_toml(path, ScenarioError)
    return any(given.get(name) for name in ("salvo", "debris", "false_plots"))


# ---- launch ---------------------------------------------------------------------------------------------------------


def _launch(where: str, table: LaunchTable) -> tuple[Launch, list[str]]:
    row = _row(where, table)
    own = {name: value for name, value in table.model_dump().items() if value is not None}
    try:
        flown = missile(table.missile, cross_section=table.cross_section)
    except ScenarioError as bad:
        field = "missile" if table.missile not in missile_names() else "cross_section"
        raise ScenarioError(f"{where} {field}: {bad}") from None
    published = {
        "launch_id": row.get("event_id"),
        "lat_deg": row.get("site_lat"),
        "lon_deg": row.get("site_lon"),
        "azimuth_deg": row.get("bearing_deg_est"),
        "apogee_km": row.get("apogee_km"),
        "range_km": row.get("range_km"),
        "time_utc": row.get("time_utc", ""),
    }
    values = {name: own.get(name, published[name]) for name in published}
    values["launch_id"] = values["launch_id"] or "own"
    for name, value in values.items():
        if name not in own and (value is None or value != value):
            unpublished = f" and not published in row {table.event_id!r}" if row else ""
            raise ScenarioError(f"{where}: {name!r} is missing{unpublished}")
    _check_time(where, values["time_utc"])
    launch = placed(where, Launch)(missile=flown, alt_m=table.alt_m, **values)
    return launch, [row["source"]] if row else []


def _following(where: str, table: FollowingTable, first: Launch, number: int) -> Following:
    own = table.model_dump(include=table.model_fields_set - {"after_s", "north_km", "east_km", "reason"})
    if table.event_id is not None:
        launch, _ = _launch(where, LaunchTable.model_validate({"missile": first.missile.name} | own))
    else:
        if table.source_country is not None:
            raise ScenarioError(f"{where}: 'source_country' says nothing without 'event_id'")
        if table.missile is not None:
            own["missile"] = placed(where, missile)(table.missile)
        _check_time(where, table.time_utc or "")
        launch = placed(where, replace)(first, **({"launch_id": f"{first.launch_id} number {number}"} | own))
    for azimuth, name in ((0.0, "north_km"), (90.0, "east_km")):
        far = getattr(table, name)
        check_between(ScenarioError, f"{where} {name}", far, -1000.0, 1000.0)
        lat, lon = destination(launch.lat_deg, launch.lon_deg, azimuth + (180.0 if far < 0.0 else 0.0), abs(far))
        launch = replace(launch, lat_deg=lat, lon_deg=lon) if far else launch
    return placed(where, Following)(launch=launch, after_s=table.after_s)


def _row(where: str, table: LaunchTable) -> Row:
    """The row of data/launches.csv that the table names, or nothing."""
    if table.event_id is None:
        return {}
    rows = records.rows_of(data_dir(), "launches.csv")
    same = [row for row in rows if row["event_id"] == table.event_id]
    if not same:
        events = dict.fromkeys(row["event_id"] for row in rows)
        raise ScenarioError(f"{where} event_id: {unknown('launch', table.event_id, events)}")
    countries = [row["source_country"] for row in same]
    if table.source_country is None and len(same) > 1:
        raise ScenarioError(f"{where}: 'source_country' is missing; {table.event_id} has {', '.join(countries)}")
    if table.source_country is not None and table.source_country not in countries:
        raise ScenarioError(f"{where} source_country: {unknown('account', table.source_country, countries)}")
    return next(row for row in same if table.source_country in (None, row["source_country"]))


def _check_time(where: str, text: str) -> None:
    try:
        date.fromisoformat(text[:10]) if text else None
    except ValueError:
        raise ScenarioError(f"{where} time_utc: {text!r} is not a time like 2022-10-03T22:22Z") from None


# ---- sensors and places ---------------------------------------------------------------------------------------------


def _sensors(
    where: str, table: ScenarioTable, catalogued: tuple[Sensor, ...], ever: tuple[Sensor, ...]
) -> tuple[Sensor, ...]:
    """Sensors that take part: names choose, tables change a catalogued sensor or add one of the user's own."""
    now = {sensor.sensor_id: sensor for sensor in catalogued}
    known = {sensor.sensor_id: sensor for sensor in ever} | now
    chosen = _chosen(
        f"{where} [sensors]",
        table.sensors,
        "sensor",
        known,
        key="sensor_id",
        start=now if table.catalogue_sensors else {},
        make=_own_sensor,
    )
    for k, name in enumerate(table.exclude_sensors):
        if name not in known and name not in chosen:
            raise ScenarioError(f"{where} [exclude_sensors][{k}]: {unknown('sensor', name, known)}")
    left = tuple(sensor for name, sensor in chosen.items() if name not in table.exclude_sensors)
    if not left:
        raise ScenarioError(f"{where}: no sensor is left")
    nodes = [node.node_id for node in records.nodes()]
    for sensor in left:
        if sensor.node not in nodes:
            raise ScenarioError(f"{where} sensor {sensor.sensor_id!r} node: {unknown('node', sensor.node, nodes)}")
    return left


def _places(where: str, table: ScenarioTable) -> tuple[Place, ...]:
    known = {place.name: place for place in records.places()}
    chosen = _chosen(
        f"{where} [places]",
        table.places,
        "place",
        known,
        key="name",
        start=known if table.catalogue_places else {},
        make=_own_place,
    )
    return tuple(chosen.values())


def _chosen(
    where: str,
    entries: list[Any],
    kind: str,
    known: dict[str, T],
    *,
    key: str,
    start: dict[str, T],
    make: Callable[[str, dict[str, Any]], T],
) -> dict[str, T]:
    """Catalogued values and the user's own: once a plain name is listed, only what is listed counts."""
    chosen = {} if any(isinstance(entry, str) for entry in entries) else dict(start)
    listed: set[str] = set()
    for k, entry in enumerate(entries):
        place = f"{where}[{k}]"
        if isinstance(entry, str):
            if entry not in known:
                raise ScenarioError(f"{place}: {unknown(kind, entry, known)}")
            value = known[entry]
        elif not isinstance(entry, dict):
            raise ScenarioError(f"{place}: {entry!r} is neither the name of a {kind} nor a table")
        else:
            name = str(entry.get(key))
            value = changed(place, known[name], entry) if name in known else make(place, entry)
        name = getattr(value, key)
        if name in listed:
            raise ScenarioError(f"{place}: {kind} {name!r} appears twice")
        listed.add(name)
        chosen[name] = value
    return chosen


def _own_sensor(where: str, entry: dict[str, Any]) -> Sensor:
    kinds = {"radar": Radar, "infrared": Infrared}
    word = str(entry.get("kind", "radar"))
    if word not in kinds:
        raise ScenarioError(f"{where} kind: {unknown('kind of sensor', word, kinds)}")
    fields = {name: value for name, value in entry.items() if name != "kind"}
    return placed(where, kinds[word])(**values_for(where, kinds[word], fields, complete=True))


def _own_place(where: str, entry: dict[str, Any]) -> Place:
    return placed(where, Place)(**values_for(where, Place, entry, complete=True))


# ---- policies -------------------------------------------------------------------------------------------------------


def _policies(where: str, table: ScenarioTable) -> tuple[Policy, ...]:
    policies, known = records.policies(), records.links()
    for name in table.policies:
        if name not in [policy.name for policy in policies]:
            raise ScenarioError(f"{where} [policies]: {unknown('policy', name, [policy.name for policy in policies])}")
    own_links = {}
    for k, entry in enumerate(table.links):
        name, place = str(entry.get("link_id")), f"{where} [links][{k}]"
        if name not in known:
            raise ScenarioError(f"{place}: {unknown('link', name, known)}")
        own_links[name] = changed(place, known[name], entry)
    made = []
    for policy in policies:
        own = table.policies.get(policy.name, PolicyTable()).model_dump()
        links = tuple(own_links.get(link.link_id, link) for link in policy.links)
        made.append(placed(f"{where} [policies.{policy.name}]", replace)(policy, links=links, **own))
    return tuple(made)
