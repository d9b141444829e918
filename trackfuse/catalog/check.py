"""Whether the shipped data hold together: what every test run asserts of data/."""

from itertools import pairwise

from trackfuse.catalog import records
from trackfuse.catalog.datafiles import Row, data_dir, rows_of, schemas
from trackfuse.catalog.missiles import missile, missile_names
from trackfuse.catalog.published import basemap, world
from trackfuse.catalog.scenariofile import read_scenario
from trackfuse.catalog.sensors import sensors
from trackfuse.core.errors import DataError, check_known

_CITING_BY_KEY = ("sensor_parameters.csv", "shapes.csv", "nodes.csv", "links.csv", "exchange.csv",
                  "announcement.csv")
"""Files whose column source holds keys of sources.csv; so does policies.toml."""


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
    counted = sum(len(rows_of(name)) for name in schemas())
    _check_sources()
    _check_intervals()
    _check_references()
    _check_models()
    _check_policies()
    basemap()
    world()
    for path in sorted((data_dir() / "scenarios").glob("*.toml")):
        read_scenario(path)
    return counted


def _place(name: str, row: Row) -> str:
    """How messages call a row: its file and its key."""
    return f"data/{name} {' '.join(str(row[column]) for column in schemas()[name].primaryKey)}"


def _check_sources() -> None:
    """Sources cited by key exist."""
    keys = {row["key"] for row in rows_of("sources.csv")}
    cited = [(f"data/policies.toml {entry.name}", entry.source) for entry in records.policy_entries()]
    cited += [(_place(name, row), row["source"]) for name in _CITING_BY_KEY for row in rows_of(name)]
    for place, source in cited:
        for key in source.split(";"):
            if key.strip() not in keys:
                raise DataError(f"{place} source: no key {key.strip()!r} in data/sources.csv")


def _check_intervals() -> None:
    """Every interval is in order, and the median of every delay is what a lognormal delay has."""
    for name, schema in schemas().items():
        stems = [column for column in schema.columns if "nominal" in column]
        intervals = [(stem.replace("nominal", "low"), stem, stem.replace("nominal", "high")) for stem in stems]
        if name == "links.csv":
            intervals.append(("latency_p05_s", "latency_median_s", "latency_p95_s"))
        for row in rows_of(name):
            for columns in intervals:
                low, nominal, high = (row[column] for column in columns)
                if not low <= nominal <= high:
                    said = ", ".join(f"{column} {row[column]:g}" for column in columns)
                    raise DataError(f"{_place(name, row)}: {said} are not in order")
    for row in rows_of("links.csv"):
        middle = (row["latency_p05_s"] * row["latency_p95_s"]) ** 0.5
        if abs(row["latency_median_s"] - middle) > 1e-3 + 1e-3 * middle:
            raise DataError(
                f"{_place('links.csv', row)} latency_median_s: {row['latency_median_s']:g} is not the "
                f"geometric mean {middle:g} of its 5 % and 95 % points, which a lognormal delay has"
            )


def _check_references() -> None:
    """Foreign keys are found, and so are the references that a Table Schema cannot say."""
    for name, schema in schemas().items():
        for key in schema.foreignKeys:
            (column,), (target,) = key.fields, key.reference.fields
            known = {row[target] for row in rows_of(f"{key.reference.resource}.csv")}
            for row in rows_of(name):
                if row[column]:
                    check_known(DataError, target, row[column], known, where=f"{_place(name, row)} {column}")
    nodes = [node.node_id for node in records.nodes()]
    for row in rows_of("links.csv"):
        for end in row["origins"].split():
            check_known(DataError, "node_id", end, nodes, where=f"{_place('links.csv', row)} origins")
    named = {row[column] for row in rows_of("sensors.csv") for column in ("model", "sensor_id")}
    for row in rows_of("sensor_parameters.csv"):
        place = _place("sensor_parameters.csv", row)
        check_known(DataError, "sensor or model of sensor", row["sensor"], named, where=f"{place} sensor")


def _check_models() -> None:
    """What is modelled can be built, and what is not says why."""
    for row in rows_of("sensors.csv"):
        if (row["modelled"] == "y") == bool(row["not_modelled_because"]):
            raise DataError(f"{_place('sensors.csv', row)}: say why it is not modelled, and only then")
    for assumptions in records.ASSUMPTIONS:
        sensors(assumptions=assumptions)
    for name in missile_names():
        missile(name)


def _check_policies() -> None:
    """Policies hold one another, and every link is used."""
    policies = records.policies()
    for poorer, richer in pairwise(policies):
        if not set(poorer.links) < set(richer.links):
            raise DataError(f"data/policies.toml: {richer.name!r} does not hold every link of {poorer.name!r}")
    used = {link.link_id for link in policies[-1].links}
    for link_id in records.links():
        if link_id not in used:
            raise DataError(f"data/links.csv {link_id}: no policy uses it")
