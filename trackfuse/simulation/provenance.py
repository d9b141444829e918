"""The words under a result that say where its numbers come from: what a citation needs."""

from collections.abc import Sequence
from typing import Any

from trackfuse.catalog.scenario import Scenario
from trackfuse.core.language import message, translate
from trackfuse.core.plugins import identity
from trackfuse.sensing.sensor import BuiltIn
from trackfuse.sharing import Policy

CAPTION = message(
    "{title}; {drawn}; {parts}posture {posture}; sensor parameters {assumptions} (assumed where not published); {made}"
)


def caption(
    scenario: Scenario, drawn: str, version: str, data_hash: str, policies: Sequence[Policy] = ()
) -> str:
    """One line under what was simulated.

    Parameters
    ----------
    scenario : Scenario
    drawn : str
        What tells these runs from others of the scenario: policy, number, seed.
    version, data_hash : str
        Of the package and of its data.
    policies : sequence of Policy
        Those simulated.

    Returns
    -------
    str
        Without a full stop.
    """
    parts = "".join(f"{part}; " for part in own_parts(scenario, policies))
    return translate(CAPTION).format(
        title=translate(scenario.title), drawn=drawn, parts=parts, posture=scenario.posture or "full",
        assumptions=scenario.assumptions, made=made_with(version, data_hash),
    )  # fmt: skip


def parts_asked_for(scenario: Scenario, policies: Sequence[Policy]) -> list[tuple[str, Any]]:
    """Parts that the settings of a scenario and of policies ask for, built in or not.

    Parameters
    ----------
    scenario : Scenario
    policies : sequence of Policy

    Returns
    -------
    list of (str, str or object)
        Role and part.
    """
    shared = [("sharing", policy.sharing_rule) for policy in policies]
    settings = scenario.tracker, scenario.rule
    asked = [("fusion", settings[0].fusion), ("filter", settings[0].filter), ("decision", settings[1].decision_rule)]
    sensors = [("sensor", sensor) for sensor in scenario.sensors if not isinstance(sensor, BuiltIn)]
    return [*asked, *sensors, *shared]


def own_parts(scenario: Scenario, policies: Sequence[Policy]) -> list[str]:
    """Identities of the parts of a user's own that the settings of a scenario and of policies ask for.

    Parameters
    ----------
    scenario : Scenario
    policies : sequence of Policy

    Returns
    -------
    list of str
        Role, name, module, version and a hash of the source of each, once; none where all are built in.
    """
    asked = parts_asked_for(scenario, policies)
    return list(dict.fromkeys(identity(role, part) for role, part in asked if not isinstance(part, str)))


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
    return translate("trackfuse {version}, data {data}").format(version=version, data=data_hash[:10])
