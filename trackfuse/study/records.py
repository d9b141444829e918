"""Frozen values made from the rows of data/: sensors, centres, links, policies, places, missiles. Read once a session."""

import math
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from trackfuse.core.errors import DataError, ScenarioError, TrackfuseError, unknown
from trackfuse.flight.missile import MissileClass, Stage
from trackfuse.sensing.sensor import Infrared, Radar, Sensor
from trackfuse.sharing.network import Link, Node, Policy
from trackfuse.study import schema
from trackfuse.study.datafiles import Row, data_dir, read_csv, read_toml, shown
from trackfuse.warning.rule import Place

ASSUMPTIONS = ("low", "nominal", "high")
"""Which end of every sensor parameter's interval a sensor carries: its weakest, its nominal, its best."""

_SPREAD_5_95 = 2 * 1.6448536269514722
"""Width of a normal distribution from its 5 % to its 95 % point, in standard deviations."""


@lru_cache(maxsize=64)
def rows_of(folder: Path, name: str) -> tuple[Row, ...]:
    """Checked rows of one of the project's CSV files, read once."""
    columns, unique = FILES[name]
    return read_csv(folder / name, columns, unique=unique, strict=name not in ("missiles.csv", "stages.csv"))


FILES: dict[str, tuple[dict, tuple[str, ...]]] = {
    "sensors.csv": (schema.SENSORS, ("sensor_id",)),
    "sensor_parameters.csv": (schema.PARAMETERS, ("sensor", "parameter")),
    "nodes.csv": (schema.NODES, ("node_id",)),
    "links.csv": (schema.LINKS, ("link_id",)),
    "places.csv": (schema.PLACES, ("name",)),
    "launches.csv": (schema.LAUNCHES | schema.LAUNCHES_MORE, ("event_id", "source_country")),
    "alerts.csv": (schema.ALERTS, ("alert_id",)),
    "sources.csv": (schema.SOURCES, ("key",)),
    "missiles.csv": (schema.MISSILES, ("name",)),
    "stages.csv": (schema.STAGES, ("missile", "stage")),
}


def _rows(name: str) -> tuple[Row, ...]:
    return rows_of(data_dir(), name)


def _built(where: str, error: type[TrackfuseError], make: Any, **fields: Any) -> Any:
    """A frozen value, its own complaint prefixed with the file and row it came from."""
    try:
        return make(**fields)
    except TrackfuseError as bad:
        raise error(f"{where}: {bad}") from None


def parameters_of(row: Row) -> dict[str, Row]:
    """Parameter rows of one sensor by name: those of its model, then its own, which take precedence."""
    found = {p["parameter"]: p for p in _rows("sensor_parameters.csv") if p["sensor"] == row["model"]}
    return found | {p["parameter"]: p for p in _rows("sensor_parameters.csv") if p["sensor"] == row["sensor_id"]}


def assumed(parameter: Row, assumptions: str) -> float:
    """Value of one parameter row under a set of assumptions.

    Parameters
    ----------
    parameter : dict
        Row of data/sensor_parameters.csv.
    assumptions : str
        "low", "nominal" or "high": what makes the sensor weakest, the nominal value, what makes it best. Parameters
        of which neither end is better (a boresight) keep their nominal value.

    Returns
    -------
    float

    Raises
    ------
    ScenarioError
        If there is no such set of assumptions.
    """
    if assumptions not in ASSUMPTIONS:
        raise ScenarioError(unknown("set of assumptions", assumptions, ASSUMPTIONS))
    if assumptions == "nominal" or not parameter["better"]:
        return parameter["nominal"]
    best = parameter["better"]
    return parameter[best if assumptions == "high" else {"low": "high", "high": "low"}[best]]


def sensors(*, assumptions: str = "nominal", on: date | None = None) -> tuple[Sensor, ...]:
    """The modelled sensors of data/sensors.csv.

    Parameters
    ----------
    assumptions : str
        "low", "nominal" or "high", see `assumed`.
    on : date, optional
        Only those in service on that day; by default those not known to be out of service.

    Returns
    -------
    tuple of Radar or Infrared

    Raises
    ------
    DataError
        If the files are malformed or a parameter is missing.
    """
    known = _all_sensors(data_dir(), assumptions)
    return tuple(sensor for sensor, begin, end in known if in_service(begin, end, on))


def in_service(begin: date | None, end: date | None, on: date | None) -> bool:
    """Whether a span of service, open where None, contains the day; without a day, whether it has no end."""
    if on is None:
        return end is None
    return (begin is None or begin <= on) and (end is None or on <= end)


@lru_cache(maxsize=16)
def _all_sensors(folder: Path, assumptions: str) -> tuple[tuple[Sensor, date | None, date | None], ...]:
    return tuple((_sensor(row, assumptions), row["from"], row["to"]) for row in rows_of(folder, "sensors.csv")
                 if row["modelled"] == "y")


def _sensor(row: Row, assumptions: str) -> Sensor:
    where = f"data/sensors.csv {row['sensor_id']}"
    values = {name: assumed(parameter, assumptions) for name, parameter in parameters_of(row).items()}
    if "swerling" in values:
        values["swerling"] = int(values["swerling"])
    kind = Infrared if row["type"] == "space infrared" else Radar
    optional = {"pfa", "swerling", "report_delay_s"} if kind is Radar else set()
    wanted = set(kind.__dataclass_fields__) - {"sensor_id", "name", "nation", "node", "lat_deg", "lon_deg", "alt_m"}
    for name in sorted(wanted - optional - set(values)):
        raise DataError(f"{where}: no parameter {name!r} in data/sensor_parameters.csv for it or its model {row['model']!r}")
    for name in sorted(set(values) - wanted):
        raise DataError(f"{where}: data/sensor_parameters.csv: {unknown('parameter', name, wanted)}")
    same = {name: row[name] for name in ("sensor_id", "nation", "node", "lat_deg", "lon_deg", "alt_m")}
    return _built(where, DataError, kind, name=f"{row['name']}, {row['site']}", **same, **values)


def nodes() -> tuple[Node, ...]:
    """The command centres of data/nodes.csv.

    Returns
    -------
    tuple of Node
    """
    return _nodes(data_dir())


@lru_cache(maxsize=8)
def _nodes(folder: Path) -> tuple[Node, ...]:
    return tuple(
        _built(f"data/nodes.csv {row['node_id']}", DataError, Node, node_id=row["node_id"], nation=row["nation"],
               name=row["name"], cue_delay_s=row["cue_delay_nominal_s"])
        for row in rows_of(folder, "nodes.csv")
    )


def links() -> dict[str, Link]:
    """All links of data/links.csv by name, at their nominal values.

    Returns
    -------
    dict of str to Link
        The published or assumed 5 % and 95 % points of the delay as a lognormal distribution.
    """
    return dict(_links(data_dir()))


@lru_cache(maxsize=8)
def _links(folder: Path) -> tuple[tuple[str, Link], ...]:
    return tuple((row["link_id"], _link(row)) for row in rows_of(folder, "links.csv"))


def _link(row: Row) -> Link:
    low, high = row["latency_p05_s"], row["latency_p95_s"]
    spread = math.log(high / low) / _SPREAD_5_95 if 0 < low < high else 0.0
    return _built(
        f"data/links.csv {row['link_id']}", DataError, Link, link_id=row["link_id"], source=row["source_node"],
        target=row["target_node"], payload=row["payload"], latency_s=row["latency_median_s"], latency_spread=spread,
        period_s=row["period_nominal_s"], loss=row["loss_nominal"], origins=tuple(row["origins"].split()),
        exchange=row["exchange"] == "y",
    )


def policies() -> tuple[Policy, ...]:
    """The sharing policies of data/policies.toml, poorest first, each with every link of the one before it.

    Returns
    -------
    tuple of Policy
    """
    return _policies(data_dir())


@lru_cache(maxsize=8)
def _policies(folder: Path) -> tuple[Policy, ...]:
    known, path = dict(_links(folder)), folder / "policies.toml"
    made, held = [], ()
    for k, entry in enumerate(policy_entries(folder)):
        for j, link_id in enumerate(entry["adds"]):
            if link_id not in known:
                raise DataError(f"{shown(path)} [policy][{k}] adds[{j}]: {unknown('link', link_id, known)}")
        held = held + tuple(known[link_id] for link_id in entry["adds"])
        texts = {name: entry[name] for name in ("name", "title", "meaning")}
        made.append(_built(f"{shown(path)} [policy][{k}]", DataError, Policy, links=held, **texts))
    return tuple(made)


def policy_entries(folder: Path) -> list[dict[str, Any]]:
    """The tables of policies.toml, each with exactly the keys wanted."""
    path = folder / "policies.toml"
    entries = read_toml(path, DataError).get("policy", [])
    wanted = {"name": str, "title": str, "meaning": str, "basis": str, "source": str, "adds": list}
    for k, entry in enumerate(entries):
        for name in entry:
            if name not in wanted:
                raise DataError(f"{shown(path)} [policy][{k}]: {unknown('setting', name, wanted)}")
        for name, kind in wanted.items():
            if not isinstance(entry.get(name), kind):
                raise DataError(f"{shown(path)} [policy][{k}] {name}: {entry.get(name)!r} is not a {kind.__name__}")
    return entries


def places() -> tuple[Place, ...]:
    """The places of data/places.csv that can be warned.

    Returns
    -------
    tuple of Place
    """
    return _places(data_dir())


@lru_cache(maxsize=8)
def _places(folder: Path) -> tuple[Place, ...]:
    keep = ("name", "nation", "region", "lat_deg", "lon_deg", "population")
    return tuple(Place(**{name: row[name] for name in keep}) for row in rows_of(folder, "places.csv"))


def missile_names() -> tuple[str, ...]:
    """Names of the missile classes of data/missiles.csv.

    Returns
    -------
    tuple of str
    """
    return tuple(row["name"] for row in _rows("missiles.csv"))


def missile(name: str) -> MissileClass:
    """A missile class of data/missiles.csv at its nominal values.

    Parameters
    ----------
    name : str
        Its name there.

    Returns
    -------
    MissileClass

    Raises
    ------
    ScenarioError
        If there is no class of that name; the nearest is offered.
    """
    known = _missiles(data_dir())
    if name not in known:
        raise ScenarioError(unknown("missile", name, known))
    return known[name]


def missile_of(launch_name: str, missile_class: str = "") -> MissileClass | None:
    """The class that a launch's name in words speaks of, such as "Hwasong-15 (lofted)".

    Parameters
    ----------
    launch_name : str
    missile_class : str
        Its broad class (SRBM ... SLV), used when the name says nothing more.

    Returns
    -------
    MissileClass or None
        That with the longest alias found in the name, then in the broad class; None if there is none.
    """
    aliases = {alias: row["name"] for row in _rows("missiles.csv") for alias in row.get("aliases", "").split(";") if alias}
    for text in (launch_name, missile_class):
        found = [alias for alias in aliases if alias.lower() in text.lower()]
        if found:
            return missile(aliases[max(found, key=len)])
    return None


@lru_cache(maxsize=8)
def _missiles(folder: Path) -> dict[str, MissileClass]:
    return {row["name"]: _missile(folder, row) for row in rows_of(folder, "missiles.csv")}


def _missile(folder: Path, row: Row) -> MissileClass:
    where = f"data/missiles.csv {row['name']}"
    stages = sorted((s for s in rows_of(folder, "stages.csv") if s["missile"] == row["name"]), key=lambda s: s["stage"])
    fields = [name for name in MissileClass.__dataclass_fields__ if name not in ("name", "kind", "stages", "max_range_km")]
    values = {}
    for name in fields:
        try:
            values[name] = float(row[f"{name}_nominal"])
        except (KeyError, ValueError):
            raise DataError(f"{where} {name}_nominal: {row.get(f'{name}_nominal')!r} is not a number") from None
    numbers = ("burn_s", "acceleration_mps2", "exhaust_mps", "pause_s")
    made = tuple(_built(f"data/stages.csv {row['name']} stage {s['stage']}", DataError, Stage, **{n: s[n] for n in numbers})
                 for s in stages)
    return _built(where, DataError, MissileClass, name=row["name"], kind=row["kind"], stages=made,
                  max_range_km=row["max_range_km"], **values)
