"""Whether the shipped data hold together: what every test run asserts of data/."""

from itertools import pairwise
from pathlib import Path

from trackfuse.catalog import records
from trackfuse.catalog.datafiles import Row, data_dir
from trackfuse.catalog.missiles import missile
from trackfuse.catalog.published import basemap, world
from trackfuse.catalog.scenariofile import read_scenario
from trackfuse.catalog.sensors import ASSUMPTIONS, sensors
from trackfuse.core.errors import DataError


def check_data() -> int:
    """Check every row of every data file, every reference between them, the map, and every shipped scenario.

    Returns
    -------
    int
        How many rows were checked.

    Raises
    ------
    TrackfuseError
        File, row or place, and value of the first thing wrong.
    """
    folder = data_dir()
    counted = sum(len(records.rows_of(folder, name)) for name in records.FILES)
    _check_sources(folder)
    _check_intervals(folder)
    _check_references(folder)
    _check_policies(folder)
    basemap()
    world()
    for path in sorted((folder / "scenarios").glob("*.toml")):
        read_scenario(path)
    return counted


def _check_sources(folder: Path) -> None:
    """Sources cited by key exist."""
    keys = {row["key"] for row in records.rows_of(folder, "sources.csv")}
    entries = [("policies.toml", entry["name"], entry) for entry in records.policy_entries(folder)]
    for name, column in (("sensor_parameters.csv", "parameter"), ("shapes.csv", "shape"), ("nodes.csv", "node_id"),
                         ("links.csv", "link_id"), ("exchange.csv", "quantity")):
        entries += [(name, row[column], row) for row in records.rows_of(folder, name)]
    for name, row_name, row in entries:
        for key in row["source"].split(";"):
            if key.strip() not in keys:
                raise DataError(f"data/{name} {row_name} source: no key {key.strip()!r} in data/sources.csv")


def _check_intervals(folder: Path) -> None:
    """Every interval is in order, and every assumed sensor parameter that can be better or worse has a width."""
    triples = {
        "sensor_parameters.csv": [("low", "nominal", "high")],
        "shapes.csv": [("low", "nominal", "high")],
        "exchange.csv": [("low", "nominal", "high")],
        "nodes.csv": [
            ("cue_delay_low_s", "cue_delay_nominal_s", "cue_delay_high_s"),
            ("processing_low_s", "processing_nominal_s", "processing_high_s"),
        ],
        "links.csv": [
            ("latency_p05_s", "latency_median_s", "latency_p95_s"),
            ("loss_low", "loss_nominal", "loss_high"),
            ("period_low_s", "period_nominal_s", "period_high_s"),
        ],
    }
    for name, columns in triples.items():
        for row in records.rows_of(folder, name):
            for triple in columns:
                _in_order(f"data/{name} {' '.join(list(row.values())[:2])}", row, triple)
    for row in records.rows_of(folder, "links.csv"):
        middle = (row["latency_p05_s"] * row["latency_p95_s"]) ** 0.5
        if abs(row["latency_median_s"] - middle) > 1e-3 + 1e-3 * middle:
            raise DataError(
                f"data/links.csv {row['link_id']} latency_median_s: {row['latency_median_s']:g} is not the "
                f"geometric mean {middle:g} of its 5 % and 95 % points, which a lognormal delay has"
            )
    for row in records.rows_of(folder, "missiles.csv"):
        for column in row:
            if column.endswith("_nominal"):
                stem = column.removesuffix("_nominal")
                numbers = {end: float(row[f"{stem}_{end}"]) for end in ("low", "nominal", "high")}
                _in_order(f"data/missiles.csv {row['name']} {stem}", numbers, ("low", "nominal", "high"))


def _in_order(where: str, row: Row, columns: tuple[str, str, str]) -> None:
    low, nominal, high = (row[column] for column in columns)
    if not low <= nominal <= high:
        raise DataError(
            f"{where}: {columns[0]} {low:g}, {columns[1]} {nominal:g}, {columns[2]} {high:g} are not in order"
        )


def _check_references(folder: Path) -> None:
    """Sensors, links, stages and alerts refer to what exists; what is modelled says how, what is not says why."""
    nodes = {row["node_id"] for row in records.rows_of(folder, "nodes.csv")}
    known = records.rows_of(folder, "sensors.csv")
    for row in known:
        if row["node"] not in nodes:
            raise DataError(f"data/sensors.csv {row['sensor_id']} node: no node {row['node']!r}")
        if (row["modelled"] == "y") == bool(row["not_modelled_because"]):
            raise DataError(f"data/sensors.csv {row['sensor_id']}: say why it is not modelled, and only then")
    named = {row["model"] for row in known} | {row["sensor_id"] for row in known}
    for row in records.rows_of(folder, "sensor_parameters.csv"):
        if row["sensor"] not in named:
            raise DataError(f"data/sensor_parameters.csv {row['sensor']}: no such sensor or model of sensor")
    for row in records.rows_of(folder, "links.csv"):
        for end in (row["source_node"], row["target_node"], *row["origins"].split()):
            if end not in nodes:
                raise DataError(f"data/links.csv {row['link_id']}: no node {end!r}")
    missiles = {row["name"] for row in records.rows_of(folder, "missiles.csv")}
    for row in records.rows_of(folder, "stages.csv"):
        if row["missile"] not in missiles:
            raise DataError(f"data/stages.csv {row['missile']}: no such missile")
    events = {row["event_id"] for row in records.rows_of(folder, "launches.csv")}
    for row in records.rows_of(folder, "alerts.csv"):
        if row["launch_event_id"] and row["launch_event_id"] not in events:
            raise DataError(f"data/alerts.csv {row['alert_id']}: no launch {row['launch_event_id']!r}")
    for assumptions in ASSUMPTIONS:
        sensors(assumptions=assumptions)
    for name in missiles:
        missile(name)


def _check_policies(folder: Path) -> None:
    """Policies hold one another, and every link is used."""
    policies = records.policies()
    for poorer, richer in pairwise(policies):
        if not set(poorer.links) < set(richer.links):
            raise DataError(f"data/policies.toml: {richer.name!r} does not hold every link of {poorer.name!r}")
    used = {link.link_id for link in policies[-1].links}
    for row in records.rows_of(folder, "links.csv"):
        if row["link_id"] not in used:
            raise DataError(f"data/links.csv {row['link_id']}: no policy uses it")
