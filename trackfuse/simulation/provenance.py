"""The words under a result that say where its numbers come from: what a citation needs."""

from typing import Any

from trackfuse.catalog.scenario import Scenario
from trackfuse.core.plugins import identity
from trackfuse.sensing.sensor import BuiltIn


def caption(scenario: Scenario, drawn: str, version: str, data_hash: str) -> str:
    """One line under what was simulated.

    Parameters
    ----------
    scenario : Scenario
    drawn : str
        What tells these runs from others of the scenario: policy, number, seed.
    version, data_hash : str
        Of the package and of its data.

    Returns
    -------
    str
        Without a full stop.
    """
    parts = "".join(f"{part}; " for part in own_parts(scenario))
    return (
        f"{scenario.title}; {drawn}; {parts}sensor parameters {scenario.assumptions} (assumed where not published); "
        f"{made_with(version, data_hash)}"
    )


def own_parts(scenario: Scenario) -> list[str]:
    """Identities of the parts of a user's own in a scenario.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    list of str
        Role, name, module, version and a hash of the source of each; none where all are built in.
    """
    return [identity(role, part) for role, part in parts_of(scenario)]


def parts_of(scenario: Scenario) -> list[tuple[str, Any]]:
    """The parts of a user's own in a scenario.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    list of (str, object)
        Role and part; none where all are built in.
    """
    asked = [("fusion", scenario.tracker.fusion), ("filter", scenario.tracker.filter)]
    sensors = [("sensor", sensor) for sensor in scenario.sensors if not isinstance(sensor, BuiltIn)]
    return [(role, part) for role, part in asked if not isinstance(part, str)] + sensors


def made_with(version: str, data_hash: str) -> str:
    """The package and the data behind a result.

    Parameters
    ----------
    version, data_hash : str

    Returns
    -------
    str
        The version, and as much of the hash as tells data apart.
    """
    return f"trackfuse {version}, data {data_hash[:10]}"
