"""What is set in the explorer, as one value: what a run is made with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from trackfuse.catalog.scenario import Scenario
from trackfuse.sharing import Policy
from trackfuse.tracking.fusion_rule import FusionRule
from trackfuse.tracking.own_filter import TrackFilter

AS_IT_IS = "as in policy"
AS_RULED = "as in rule"
OWN = "own launch"
DEFAULT = "hwasong12_2022_10_04"
"""The launch shown first; a launch of one's own has its sensors, links and places."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a run is made with, besides the launch.

    Parameters
    ----------
    policy, against : str
        Names of the policy and of the one compared against.
    content : str
        What the exchange carries, or AS_IT_IS.
    latency_s, loss : float or str
        Of the exchange, or AS_IT_IS.
    probability, decision_s : float or str
        Of the warning rule, or AS_RULED.
    seed : int
    posture : str
        Which sensors are on station and work.
    filter : str or TrackFilter
    association, late : str
    fusion : str or FusionRule
        How centres track.
    sensors_off : frozenset of str
        Which sensors are off: nations, and "satellites".
    """

    policy: str
    against: str
    content: str
    latency_s: float | str
    loss: float | str
    probability: float | str
    decision_s: float | str
    seed: int
    posture: str
    filter: str | TrackFilter
    association: str
    fusion: str | FusionRule
    late: str
    sensors_off: frozenset[str]

    def policy_changes(self) -> dict[str, Any]:
        """What is changed of the policy's exchange: fields of Policy."""
        asked = {"latency_s": self.latency_s, "loss": self.loss, "payload": self.content}
        return {name: value for name, value in asked.items() if value != AS_IT_IS}

    def rule_changes(self) -> dict[str, float]:
        """What is changed of the warning rule: fields of WarningRule."""
        asked = {"probability": self.probability, "decision_s": self.decision_s}
        return {name: float(value) for name, value in asked.items() if value != AS_RULED}

    def tracker_settings(self) -> dict[str, Any]:
        """How centres track: fields of TrackerSettings."""
        return {name: getattr(self, name) for name in ("filter", "association", "fusion", "late")}

    def applied_to(self, scenario: Scenario) -> Scenario:
        """A scenario with the posture, the tracker and the warning rule that are set."""
        tracker = replace(scenario.tracker, **self.tracker_settings())
        rule = replace(scenario.rule, **self.rule_changes())
        return replace(scenario, posture=self.posture, tracker=tracker, rule=rule)


class Request(NamedTuple):
    """What two runs are made with, and the language in which they are captioned."""

    scenario: Scenario
    policy: Policy
    against: Policy
    seed: int
    lang: str
