"""The words under a result that say where its numbers come from: what a citation needs."""

from trackfuse.catalog.scenario import Scenario
from trackfuse.core.plugins import identity


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
        f"{scenario.title}; {drawn}; {parts}posture {scenario.posture or 'full'}; "
        f"sensor parameters {scenario.assumptions} (assumed where not published); "
        f"{made_with(version, data_hash)}"
    )


def own_parts(scenario: Scenario) -> list[str]:
    """Identities of the parts of a user's own that a scenario's settings ask for.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    list of str
        Role, name, module, version and a hash of the source of each; none where all are built in.
    """
    rule = scenario.tracker.fusion
    return [] if isinstance(rule, str) else [identity("fusion", rule)]


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
