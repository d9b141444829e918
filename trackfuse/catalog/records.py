"""Rows of data/ as frozen values: centres, links, policies, places, accuracies of the published items."""

import math

from pydantic import BaseModel

from trackfuse.catalog.datafiles import Row, data_dir, once_per_folder, placed, read_toml, rows_of, shown
from trackfuse.catalog.scenario_validation import STRICT, checked
from trackfuse.core.constants import Z95
from trackfuse.core.errors import DataError, check_known
from trackfuse.earth import Place
from trackfuse.sharing.network import Link, Node, Policy

ASSUMPTIONS = ("low", "nominal", "high")
"""Which value of an interval is assumed. As a set of assumptions: every sensor and the exchange of the published items
at its weakest, its nominal, its best."""

_SPREAD_5_95 = 2 * Z95
"""Width of a normal distribution from its 5 % to its 95 % point, in standard deviations."""


class PolicyEntry(BaseModel):
    """[[policy]] of data/policies.toml: a policy and the links that it adds to the one before it."""

    model_config = STRICT
    name: str
    title: str
    meaning: str
    basis: str
    source: str
    adds: list[str]


@once_per_folder
def nodes() -> tuple[Node, ...]:
    """The command centres of data/nodes.csv.

    Returns
    -------
    tuple of Node
    """
    return tuple(
        placed(f"data/nodes.csv {row['node_id']}", Node, DataError)(
            node_id=row["node_id"],
            nation=row["nation"],
            name=row["name"],
            cue_delay_s=row["cue_delay_nominal_s"],
            processing_s=row["processing_nominal_s"],
        )
        for row in rows_of("nodes.csv")
    )


def links() -> dict[str, Link]:
    """All links of data/links.csv by name, at their nominal values.

    Returns
    -------
    dict of str to Link
        The published or assumed 5 % and 95 % points of the delay as a lognormal distribution.
    """
    return {row["link_id"]: _link(row) for row in rows_of("links.csv")}


def _link(row: Row) -> Link:
    low, high = row["latency_p05_s"], row["latency_p95_s"]
    spread = math.log(high / low) / _SPREAD_5_95 if 0 < low < high else 0.0
    return placed(f"data/links.csv {row['link_id']}", Link, DataError)(
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


@once_per_folder
def policies() -> tuple[Policy, ...]:
    """The sharing policies of data/policies.toml, poorest first, each with every link of the one before it.

    Returns
    -------
    tuple of Policy

    Raises
    ------
    DataError
        If the file names a link that is not known, or a value is out of range.
    """
    known, path = links(), shown(data_dir() / "policies.toml")
    made, held = [], ()
    for k, entry in enumerate(policy_entries()):
        where = f"{path} [policy][{k}]"
        for j, link_id in enumerate(entry.adds):
            check_known(DataError, "link", link_id, known, where=f"{where} adds[{j}]")
        held += tuple(known[link_id] for link_id in entry.adds)
        make = placed(where, Policy, DataError)
        made.append(make(name=entry.name, title=entry.title, meaning=entry.meaning, links=held))
    return tuple(made)


def policy_entries() -> list[PolicyEntry]:
    """The tables [[policy]] of data/policies.toml, checked."""
    path = data_dir() / "policies.toml"
    entries = read_toml(path, DataError).get("policy", [])
    return [checked(f"{shown(path)} [policy][{k}]", PolicyEntry, each, DataError) for k, each in enumerate(entries)]


@once_per_folder
def places() -> tuple[Place, ...]:
    """The places of data/places.csv that can be warned.

    Returns
    -------
    tuple of Place
    """
    keep = ("name", "nation", "region", "lat_deg", "lon_deg", "population")
    return tuple(Place(**{name: row[name] for name in keep}) for row in rows_of("places.csv"))


def local_names(language: str = "") -> dict[str, str]:
    """Names of places and regions in their own language, from data/names.csv.

    Parameters
    ----------
    language : {"", "ja", "ko"}
        Only those in this language; "": in either.

    Returns
    -------
    dict of str to str
        English name -> Japanese or Korean name; others have none.
    """
    return {row["name"]: row["local_name"] for row in rows_of("names.csv") if language in ("", row["language"])}


@once_per_folder
def regions() -> tuple[Place, ...]:
    """The prefectures of Japan and the provinces of South Korea, as alerts address them: each is one disc or more.

    Returns
    -------
    tuple of Place
        One a disc of data/regions.csv: `region` is the prefecture, `name` the disc; corridor and impact distance count
        from its edge. Together they cover the land but for some 20 km here and there.
    """
    keep = ("region", "nation", "lat_deg", "lon_deg", "radius_km")
    return tuple(
        Place(name=f"{row['region']} ({row['part']})", population=0, **{name: row[name] for name in keep})
        for row in rows_of("regions.csv")
    )


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
    check_known(DataError, "set of assumptions", assumptions, ASSUMPTIONS)
    # The weakest exchange is the one with the largest deviations.
    column = ASSUMPTIONS[::-1][ASSUMPTIONS.index(assumptions)]
    return {row["quantity"]: row[column] for row in rows_of("exchange.csv")}


def reported_accuracies(settings: type, assumptions: str = "nominal") -> dict[str, float]:
    """How coarse the published trajectory and impact point are, as far as the settings have fields for it.

    Parameters
    ----------
    settings : type
        `TrackerSettings`, which has those of the trajectory, or `WarningRule`, which has those of the impact point.
    assumptions : str
        "low", "nominal" or "high".

    Returns
    -------
    dict of str to float
        Values of `item_accuracies` by the field of the settings.
    """
    fields = settings.__dataclass_fields__
    return {name: value for name, value in item_accuracies(assumptions).items() if name in fields}
