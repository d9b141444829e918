"""Scenario files: TOML in, a frozen `Scenario` out, or one line that says what is wrong and where."""

from collections.abc import Callable, Iterable
from dataclasses import MISSING, fields, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from trackfuse.core.errors import ScenarioError, TrackfuseError, unknown
from trackfuse.flight.missile import Launch
from trackfuse.sensing.sensor import Infrared, Radar, Sensor
from trackfuse.sharing.network import Policy
from trackfuse.study import records
from trackfuse.study.datafiles import Row, data_dir, read_toml, shown
from trackfuse.study.scenario import Scenario
from trackfuse.tracking.settings import TrackerSettings
from trackfuse.warning.rule import Place, WarningRule

T = TypeVar("T")
_STRICT = ConfigDict(strict=True, extra="forbid")


class LaunchTable(BaseModel):
    """[launch]: a row of data/launches.csv, values of one's own, or the row with some values of one's own."""

    model_config = _STRICT
    event_id: str | None = None
    source_country: str | None = None
    launch_id: str | None = None
    missile: str
    lat_deg: float | None = None
    lon_deg: float | None = None
    alt_m: float = 0.0
    azimuth_deg: float | None = None
    apogee_km: float | None = None
    range_km: float | None = None
    time_utc: str | None = None
    reason: str = ""


class PolicyTable(BaseModel):
    """[policies.NAME]: what this scenario changes about the exchange links of one policy."""

    model_config = _STRICT
    latency_s: float | None = None
    loss: float | None = None
    payload: str | None = None


class ScenarioTable(BaseModel):
    """The whole file."""

    model_config = _STRICT
    title: str
    sources: list[str]
    notes: str = ""
    launch: LaunchTable
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
    where, given = shown(path), read_toml(path, ScenarioError)
    table = _checked(where, ScenarioTable, given)
    launch, origin = _launch(f"{where} [launch]", table.launch)
    on = table.in_service_on or (date.fromisoformat(launch.time_utc[:10]) if launch.time_utc else None)
    catalogued = records.sensors(assumptions=assumptions, on=on)
    return _in(where, Scenario)(
        name=path.stem,
        title=table.title,
        source="; ".join([*table.sources, *origin]),
        launch=launch,
        sensors=_sensors(where, table, catalogued, records.sensors(assumptions=assumptions)),
        nodes=records.nodes(),
        policies=_policies(where, table),
        places=_places(where, table),
        tracker=_in(f"{where} [tracker]", TrackerSettings)(**_values(f"{where} [tracker]", TrackerSettings, table.tracker)),
        rule=_in(f"{where} [rule]", WarningRule)(**_values(f"{where} [rule]", WarningRule, table.rule)),
        assumptions=assumptions,
    )


# ---- launch ---------------------------------------------------------------------------------------------------------


def _launch(where: str, table: LaunchTable) -> tuple[Launch, list[str]]:
    row = _row(where, table)
    own = {name: value for name, value in table.model_dump().items() if value is not None}
    try:
        missile = records.missile(table.missile)
    except ScenarioError as bad:
        raise ScenarioError(f"{where} missile: {bad}") from None
    published = {
        "launch_id": row.get("event_id"), "lat_deg": row.get("site_lat"), "lon_deg": row.get("site_lon"),
        "azimuth_deg": row.get("bearing_deg_est"), "apogee_km": row.get("apogee_km"), "range_km": row.get("range_km"),
        "time_utc": row.get("time_utc", ""),
    }
    values = {name: own.get(name, published[name]) for name in published}
    values["launch_id"] = values["launch_id"] or "own"
    for name, value in values.items():
        if value is None or value != value:
            raise ScenarioError(f"{where}: {name!r} is missing" + (f" and not published in row {table.event_id!r}" if row else ""))
    _check_time(where, values["time_utc"])
    launch = _in(where, Launch)(missile=missile, alt_m=table.alt_m, **values)
    return launch, [row["source"]] if row else []


def _row(where: str, table: LaunchTable) -> Row:
    """The row of data/launches.csv that the table names, or nothing."""
    if table.event_id is None:
        return {}
    rows = records.rows_of(data_dir(), "launches.csv")
    same = [row for row in rows if row["event_id"] == table.event_id]
    if not same:
        raise ScenarioError(f"{where} event_id: {unknown('launch', table.event_id, {row['event_id'] for row in rows})}")
    countries = [row["source_country"] for row in same]
    if table.source_country is None and len(same) > 1:
        raise ScenarioError(f"{where}: 'source_country' is missing; {table.event_id} was published by {', '.join(countries)}")
    if table.source_country is not None and table.source_country not in countries:
        raise ScenarioError(f"{where} source_country: {unknown('account', table.source_country, countries)}")
    return next(row for row in same if table.source_country in (None, row["source_country"]))


def _check_time(where: str, text: str) -> None:
    try:
        date.fromisoformat(text[:10]) if text else None
    except ValueError:
        raise ScenarioError(f"{where} time_utc: {text!r} is not a time like 2022-10-03T22:22Z") from None


# ---- sensors and places ---------------------------------------------------------------------------------------------


def _sensors(where: str, table: ScenarioTable, catalogued: tuple[Sensor, ...], ever: tuple[Sensor, ...]) -> tuple[Sensor, ...]:
    """Sensors that take part: names choose, tables change a catalogued sensor or add one of the user's own."""
    now = {sensor.sensor_id: sensor for sensor in catalogued}
    known = {sensor.sensor_id: sensor for sensor in ever} | now
    chosen = _chosen(f"{where} [sensors]", table.sensors, "sensor", known,
                     key="sensor_id", start=now if table.catalogue_sensors else {}, make=_own_sensor)
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
    chosen = _chosen(f"{where} [places]", table.places, "place", known, key="name",
                     start=known if table.catalogue_places else {}, make=_own_place)
    return tuple(chosen.values())


def _chosen(where: str, entries: list[Any], kind: str, known: dict[str, T], *, key: str, start: dict[str, T],
            make: Callable[[str, dict[str, Any]], T]) -> dict[str, T]:
    """Catalogued values and the user's own: once a plain name is listed, only what is listed counts."""
    chosen = {} if any(isinstance(entry, str) for entry in entries) else dict(start)
    for k, entry in enumerate(entries):
        place = f"{where}[{k}]"
        if isinstance(entry, str):
            if entry not in known:
                raise ScenarioError(f"{place}: {unknown(kind, entry, known)}")
            chosen[entry] = known[entry]
        elif not isinstance(entry, dict):
            raise ScenarioError(f"{place}: {entry!r} is neither the name of a {kind} nor a table")
        elif entry.get(key) in known:
            name = entry[key]
            chosen[name] = _changed(place, known[name], entry)
        else:
            own = make(place, entry)
            chosen[getattr(own, key)] = own
    return chosen


def _own_sensor(where: str, entry: dict[str, Any]) -> Sensor:
    entry = {"kind": "radar"} | entry
    kinds = {"radar": Radar, "infrared": Infrared}
    if entry["kind"] not in kinds:
        raise ScenarioError(f"{where} kind: {unknown('kind', str(entry['kind']), kinds)}")
    kind = kinds[entry.pop("kind")]
    return _in(where, kind)(**_values(where, kind, entry, complete=True))


def _own_place(where: str, entry: dict[str, Any]) -> Place:
    return _in(where, Place)(**_values(where, Place, entry, complete=True))


# ---- policies -------------------------------------------------------------------------------------------------------


def _policies(where: str, table: ScenarioTable) -> tuple[Policy, ...]:
    policies, known = records.policies(), records.links()
    for name in table.policies:
        if name not in [policy.name for policy in policies]:
            raise ScenarioError(f"{where} [policies]: {unknown('policy', name, [policy.name for policy in policies])}")
    changed = {}
    for k, entry in enumerate(table.links):
        name, place = entry.get("link_id"), f"{where} [links][{k}]"
        if name not in known:
            raise ScenarioError(f"{place}: {unknown('link', str(name), known)}")
        changed[name] = _changed(place, known[name], entry)
    made = []
    for policy in policies:
        own = table.policies.get(policy.name, PolicyTable()).model_dump()
        links = tuple(changed.get(link.link_id, link) for link in policy.links)
        made.append(_in(f"{where} [policies.{policy.name}]", replace)(policy, links=links, **own))
    return tuple(made)


# ---- one table against one frozen value -----------------------------------------------------------------------------


def _changed(where: str, value: T, entry: dict[str, Any]) -> T:
    """The value with the entry's fields changed."""
    return _in(where, replace)(value, **_values(where, type(value), entry))


def _values(where: str, kind: type, entry: dict[str, Any], *, complete: bool = False) -> dict[str, Any]:
    """The entry's fields, checked by name and type against the frozen value that they are for."""
    checked = _checked(where, _model(kind, complete), _tuples(entry))
    return {name: getattr(checked, name) for name in checked.model_fields_set}


@lru_cache(maxsize=32)
def _model(kind: type, complete: bool) -> type[BaseModel]:
    hints = get_type_hints(kind)
    wanted = {f.name: (hints[f.name], ... if complete and f.default is MISSING else None) for f in fields(kind)}
    return create_model(kind.__name__, __config__=_STRICT, **wanted)  # type: ignore[call-overload]


def _tuples(value: Any) -> Any:
    """TOML's arrays as tuples, which the frozen values want."""
    if isinstance(value, dict):
        return {name: _tuples(item) for name, item in value.items()}
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


def _in(where: str, make: Callable[..., T]) -> Callable[..., T]:
    """`make`, its complaints prefixed with the place in the file."""

    def made(*args: Any, **values: Any) -> T:
        try:
            return make(*args, **values)
        except TrackfuseError as bad:
            raise ScenarioError(f"{where}: {bad}") from None

    return made


def _checked(where: str, model: type[BaseModel], given: dict[str, Any]) -> Any:
    try:
        return model.model_validate(given)
    except ValidationError as bad:
        raise ScenarioError(_line(where, model, bad.errors()[0])) from None


def _line(where: str, model: type[BaseModel], error: Any) -> str:
    """One line for the first thing that pydantic found wrong."""
    *path, last = error["loc"]
    place = " ".join([where, *(f"[{'.'.join(map(str, path))}]" for _ in path[:1])])
    if error["type"] == "extra_forbidden":
        return f"{place}: {unknown('setting', str(last), _settings(model, path))}"
    if error["type"] == "missing":
        return f"{place}: {last!r} is missing"
    return f"{place} {last}: {error['input']!r}: {error['msg'][0].lower()}{error['msg'][1:]}"


def _settings(model: type[BaseModel], path: Iterable[Any]) -> list[str]:
    for step in path:
        inner = model.model_fields[step].annotation if step in model.model_fields else PolicyTable
        model = inner if isinstance(inner, type) and issubclass(inner, BaseModel) else PolicyTable
    return list(model.model_fields)
