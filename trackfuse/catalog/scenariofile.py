"""Scenario files: TOML in, a frozen `Scenario` out, or one line that says what is wrong and where."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from trackfuse.catalog import records
from trackfuse.catalog.datafiles import T, placed, read_toml, shown
from trackfuse.catalog.launchfile import LaunchTable, SalvoTable, read_launch, read_salvo_launch
from trackfuse.catalog.presence import presence_of
from trackfuse.catalog.scenario import Scenario
from trackfuse.catalog.scenario_validation import STRICT, changed, checked, created
from trackfuse.catalog.sensors import sensors
from trackfuse.catalog.shapes import shapes_by_phase
from trackfuse.core.errors import ScenarioError, SettingsError, check_known
from trackfuse.core.plugins import named
from trackfuse.core.times import as_day, as_instant
from trackfuse.earth import Place
from trackfuse.flight.missile import Launch
from trackfuse.sensing.presence import Presence
from trackfuse.sensing.sensor import Infrared, Radar, Sensor
from trackfuse.sharing.network import Policy
from trackfuse.tracking.settings import TrackerSettings
from trackfuse.warning.rule import WarningRule


class PolicyTable(BaseModel):
    """[policies.NAME]: what this scenario changes about one policy: its exchange links, and its sharing rule."""

    model_config = STRICT
    latency_s: float | None = None
    loss: float | None = None
    payload: str | None = None
    capacity_per_s: float | None = None
    sharing_rule: str | None = None


class PresenceTable(BaseModel):
    """One sensor of [presence]: a number alone is its probability."""

    model_config = STRICT
    probability: Any = None
    ship: Any = None


class ScenarioTable(BaseModel):
    """The whole file."""

    model_config = STRICT
    title: str
    sources: list[str]
    notes: str = ""
    launch: LaunchTable
    salvo: list[SalvoTable] = []
    debris: bool = False
    false_plots: bool = False
    in_service_on: date | str | None = None
    catalogue_sensors: bool = True
    sensors: list[Any] = []
    exclude_sensors: list[str] = []
    catalogue_places: bool = True
    places: list[Any] = []
    posture: str | None = None
    biases: str = "constant"
    presence: dict[str, Any] = {}
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
    launch, origin = read_launch(f"{where} [launch]", table.launch)
    on = _in_service_on(where, table, launch)
    catalogued = sensors(assumptions=assumptions, on=on)
    taking_part = _sensors(where, table, catalogued, sensors(assumptions=assumptions))
    return placed(where, Scenario)(
        name=name,
        title=table.title,
        source="; ".join([*table.sources, *origin]),
        launch=launch,
        sensors=taking_part,
        nodes=records.nodes(),
        policies=_policies(where, table),
        places=_places(where, table),
        tracker=_settings(f"{where} [tracker]", TrackerSettings(), assumptions, table.tracker),
        rule=_settings(f"{where} [rule]", WarningRule(), assumptions, table.rule),
        assumptions=assumptions,
        shapes=shapes_by_phase(),
        salvo=tuple(
            read_salvo_launch(f"{where} [salvo][{k}]", each, launch, number=k + 2) for k, each in enumerate(table.salvo)
        ),
        debris=table.debris,
        false_plots=table.false_plots,
        presence=_presence(where, table, taking_part, presence_of(
            taking_part, on, announced=launch.to_orbit, assumptions=assumptions
        )),
        posture=table.posture,
        biases=table.biases,
    )  # fmt: skip


def _in_service_on(where: str, table: ScenarioTable, launch: Launch) -> date | None:
    """The day whose sensors take part; None of a launch without a time."""
    if table.in_service_on is not None:
        return as_day(ScenarioError, f"{where} in_service_on", table.in_service_on)
    return as_instant(ScenarioError, where, launch.time_utc).date() if launch.time_utc else None


def _settings(where: str, default: T, assumptions: str, entry: dict[str, Any]) -> T:
    """The settings as accurate as the catalogue assumes the published items to be, and with the entry's fields."""
    return changed(where, default, records.reported_accuracies(type(default), assumptions) | entry)


def has_several_objects(path: Path) -> bool:
    """Whether a scenario file asks for several objects; the rest of the file is not checked."""
    given = read_toml(path, ScenarioError)
    return any(given.get(name) for name in ("salvo", "debris", "false_plots"))


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
        create=_own_sensor,
    )
    for k, name in enumerate(table.exclude_sensors):
        check_known(ScenarioError, "sensor", name, known | chosen, where=f"{where} [exclude_sensors][{k}]")
    left = tuple(sensor for name, sensor in chosen.items() if name not in table.exclude_sensors)
    if not left:
        raise ScenarioError(f"{where}: no sensor is left")
    return left


def _presence(
    where: str, table: ScenarioTable, taking_part: tuple[Sensor, ...], catalogued: tuple[Presence, ...]
) -> tuple[Presence, ...]:
    """Probabilities that sensors are there: the catalogue's, and the file's own instead."""
    made, place = {each.sensor_id: each for each in catalogued}, f"{where} [presence]"
    for name, given in table.presence.items():
        check_known(ScenarioError, "sensor", name, [sensor.sensor_id for sensor in taking_part], where=place)
        known = made.get(name, Presence(sensor_id=name, probability=1.0))
        entry = checked(f"{place} {name}", PresenceTable, given if isinstance(given, dict) else {"probability": given})
        own = entry.model_dump(exclude_unset=True)
        if "probability" in own:
            own |= {"if_absent": (), "interval": None, "interval_if_absent": None}
        made[name] = changed(f"{place} {name}", known, own)
    return tuple(made.values())


def _places(where: str, table: ScenarioTable) -> tuple[Place, ...]:
    known = {place.name: place for place in records.places()}
    chosen = _chosen(
        f"{where} [places]",
        table.places,
        "place",
        known,
        key="name",
        start=known if table.catalogue_places else {},
        create=lambda place, entry: created(place, Place, entry),
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
    create: Callable[[str, dict[str, Any]], T],
) -> dict[str, T]:
    """Catalogued values and the user's own: once a plain name is listed, only what is listed counts."""
    chosen = {} if any(isinstance(entry, str) for entry in entries) else dict(start)
    listed: set[str] = set()
    for k, entry in enumerate(entries):
        place = f"{where}[{k}]"
        if isinstance(entry, str):
            check_known(ScenarioError, kind, entry, known, where=place)
            value = known[entry]
        elif not isinstance(entry, dict):
            raise ScenarioError(f"{place}: {entry!r} is neither the name of a {kind} nor a table")
        else:
            name = str(entry.get(key))
            value = changed(place, known[name], entry) if name in known else create(place, entry)
        name = getattr(value, key)
        if name in listed:
            raise ScenarioError(f"{place}: {kind} {name!r} appears twice")
        listed.add(name)
        chosen[name] = value
    return chosen


def _own_sensor(where: str, entry: dict[str, Any]) -> Sensor:
    kinds = {"radar": Radar, "infrared": Infrared}
    word = str(entry.get("kind", "radar"))
    fields = {name: value for name, value in entry.items() if name != "kind"}
    if word in kinds:
        return created(where, kinds[word], fields)
    # A registered model as it is, or with fields of it changed.
    try:
        model = named("sensor", word, kinds, f"{where} kind")
    except SettingsError as error:
        raise ScenarioError(str(error)) from error
    return changed(where, model, fields) if fields else model


# ---- policies -------------------------------------------------------------------------------------------------------


def _policies(where: str, table: ScenarioTable) -> tuple[Policy, ...]:
    policies, known = records.policies(), records.links()
    for name in table.policies:
        check_known(ScenarioError, "policy", name, [policy.name for policy in policies], where=f"{where} [policies]")
    own_links = {}
    for k, entry in enumerate(table.links):
        name, place = str(entry.get("link_id")), f"{where} [links][{k}]"
        check_known(ScenarioError, "link", name, known, where=place)
        own_links[name] = changed(place, known[name], entry)
    made = []
    for policy in policies:
        own = table.policies.get(policy.name, PolicyTable()).model_dump(exclude_none=True)
        links = tuple(own_links.get(link.link_id, link) for link in policy.links)
        made.append(placed(f"{where} [policies.{policy.name}]", replace)(policy, links=links, **own))
    return tuple(made)
