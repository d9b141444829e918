"""The words under a result that say where its numbers come from: what a citation needs."""

from trackfuse.catalog.scenario import Scenario


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
    return (
        f"{scenario.title}; {drawn}; sensor parameters {scenario.assumptions} (assumed where not published); "
        f"{made_with(version, data_hash)}"
    )


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
