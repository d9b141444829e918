"""Rows of data/ and the frozen values made of them, once a session: centres, links, policies, places."""

import math
from functools import lru_cache
from pathlib import Path
from typing import Any

from trackfuse.catalog import schema
from trackfuse.catalog.datafiles import Row, data_dir, read_csv, read_toml, shown
from trackfuse.core.constants import Z95
from trackfuse.core.errors import DataError, TrackfuseError, unknown
from trackfuse.sharing.network import Link, Node, Policy
from trackfuse.warning.rule import Place

_SPREAD_5_95 = 2 * Z95
"""Width of a normal distribution from its 5 % to its 95 % point, in standard deviations."""


@lru_cache(maxsize=64)
def rows_of(folder: Path, name: str) -> tuple[Row, ...]:
    """Checked rows of one of the project's CSV files, read once."""
    columns, unique = FILES[name]
    return read_csv(folder / name, columns, unique=unique, strict=name not in _OPEN)


_OPEN = ("missiles.csv", "stages.csv")
"""Files whose further columns are read by name: <field>_low, _nominal, _high, _basis."""

FILES: dict[str, tuple[dict, tuple[str, ...]]] = {
    "sensors.csv": (schema.SENSORS, ("sensor_id",)),
    "sensor_parameters.csv": (schema.PARAMETERS, ("sensor", "parameter")),
    "shapes.csv": (schema.SHAPES, ("shape", "parameter")),
    "nodes.csv": (schema.NODES, ("node_id",)),
    "links.csv": (schema.LINKS, ("link_id",)),
    "places.csv": (schema.PLACES, ("name",)),
    "names.csv": (schema.NAMES, ("name",)),
    "exchange.csv": (schema.EXCHANGE, ("quantity",)),
    "regions.csv": (schema.REGIONS, ("region", "part", "nation")),
    "launches.csv": (schema.LAUNCHES | schema.LAUNCHES_MORE, ("event_id", "source_country")),
    "alerts.csv": (schema.ALERTS | schema.ALERTS_MORE, ("alert_id",)),
    "sources.csv": (schema.SOURCES, ("key",)),
    "missiles.csv": (schema.MISSILES, ("name",)),
    "stages.csv": (schema.STAGES, ("missile", "stage")),
}


def built(where: str, error: type[TrackfuseError], make: Any, **fields: Any) -> Any:
    """A frozen value, its own complaint prefixed with the file and row it came from."""
    try:
        return make(**fields)
    except TrackfuseError as bad:
        raise error(f"{where}: {bad}") from None


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
        built(
            f"data/nodes.csv {row['node_id']}",
            DataError,
            Node,
            node_id=row["node_id"],
            nation=row["nation"],
            name=row["name"],
            cue_delay_s=row["cue_delay_nominal_s"],
            processing_s=row["processing_nominal_s"],
        )
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
    return built(
        f"data/links.csv {row['link_id']}",
        DataError,
        Link,
        link_id=row["link_id"],
        source=row["source_node"],
        target=row["target_node"],
        payload=row["payload"],
        latency_s=row["latency_median_s"],
        latency_spread=spread,
        period_s=row["period_nominal_s"],
        loss=row["loss_nominal"],
        origins=tuple(row["origins"].split()),
        exchange=row["exchange"] == "y",
        steady=row["steady"] == "y",
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
        made.append(built(f"{shown(path)} [policy][{k}]", DataError, Policy, links=held, **texts))
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


def local_names() -> dict[str, str]:
    """Names of places and regions in their own language, from data/names.csv.

    Returns
    -------
    dict of str to str
        English name -> Japanese or Korean name; others have none.
    """
    return {row["name"]: row["local_name"] for row in rows_of(data_dir(), "names.csv")}


def regions() -> tuple[Place, ...]:
    """The prefectures of Japan and the provinces of South Korea, as alerts address them: each is one disc or more.

    Returns
    -------
    tuple of Place
        One a disc of data/regions.csv: `region` is the prefecture, `name` the disc; corridor and impact distance count
        from its edge. Together they cover the land but for some 20 km here and there.
    """
    return _regions(data_dir())


@lru_cache(maxsize=8)
def _regions(folder: Path) -> tuple[Place, ...]:
    keep = ("region", "nation", "lat_deg", "lon_deg", "radius_km")
    return tuple(
        Place(name=f"{row['region']} ({row['part']})", population=0, **{name: row[name] for name in keep})
        for row in rows_of(folder, "regions.csv")
    )


EXCHANGE_COLUMN = {"low": "high", "nominal": "nominal", "high": "low"}
"""Column of data/exchange.csv by set of assumptions: the weakest exchange is the one with the largest deviations."""


def item_accuracies(assumptions: str = "nominal") -> dict[str, float]:
    """Standard deviations that the three published items carry beyond what the sender knows, by quantity.

    Parameters
    ----------
    assumptions : str
        "low", "nominal" or "high", as for sensors: "low" is what makes the exchange weakest, hence coarsest.

    Returns
    -------
    dict of str to float
        Values of data/exchange.csv: m, m/s and s, as their names say.

    Raises
    ------
    DataError
        If there is no such set of assumptions.
    """
    if assumptions not in EXCHANGE_COLUMN:
        raise DataError(unknown("set of assumptions", assumptions, tuple(EXCHANGE_COLUMN)))
    column = EXCHANGE_COLUMN[assumptions]
    return {row["quantity"]: row[column] for row in rows_of(data_dir(), "exchange.csv")}


def track_accuracies(assumptions: str = "nominal") -> dict[str, float]:
    """How coarse the published trajectory is, by the fields of `TrackerSettings` that say so.

    Parameters
    ----------
    assumptions : str
        "low", "nominal" or "high".

    Returns
    -------
    dict of str to float
    """
    known = item_accuracies(assumptions)
    return {name: known[name] for name in ("warning_position_m", "warning_velocity_mps")}


def told_accuracies(assumptions: str = "nominal") -> dict[str, float]:
    """How coarse the published impact point is, by the fields of `WarningRule` that say so.

    Parameters
    ----------
    assumptions : str
        "low", "nominal" or "high".

    Returns
    -------
    dict of str to float
    """
    known = item_accuracies(assumptions)
    return {name: known[name] for name in ("impact_point_m", "impact_time_s")}
