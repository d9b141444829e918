"""What double counting does, rule by rule, what memory and feedback give, and what latency and loss cost: the same
runs under each.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from trackfuse.catalog.catalog import data_hash
from trackfuse.catalog.scenario import Scenario
from trackfuse.core.display import displayed
from trackfuse.core.errors import ScenarioError, check_known
from trackfuse.core.plugins import name_of
from trackfuse.core.version import __version__
from trackfuse.scoring.consistency import band
from trackfuse.sharing import reached
from trackfuse.simulation.prepare import prepare
from trackfuse.simulation.provenance import caption
from trackfuse.simulation.simulate import simulate
from trackfuse.studies.runs import checked_scenario, each_run
from trackfuse.tracking.fusion_rule import FusionRule
from trackfuse.tracking.settings import FEEDBACKS, FUSIONS

CASES = ("mesh", "ideal")
"""Reports of own sensors alone; and every plot with everybody, and reported by everybody all the same."""
WAYS = tuple(
    (rule, memory, feedback)
    for rule, memory in (("ci", "without"), ("ci", "with"), ("tracklet", "with"))
    for feedback in FEEDBACKS
)
"""Rules with and without memory, under every feedback, of policy "mesh"."""
SETTLED_S, LAST_S = 30.0, 60.0
"""Free fall counts from so long after burn-out to so long before impact."""
BURN_S = 60.0
"""The last of the burn that counts."""


@displayed(
    lambda value: f"{value.scenario.name}: {len(value.rules)} rows of rules; {value.runs} runs, seed {value.seed}",
    lambda value: value.rules,
)
@dataclass(frozen=True, slots=True, kw_only=True)
class FusionStudy:
    """Rules of fusion side by side, and what the exchange's latency and loss cost.

    Parameters
    ----------
    scenario : Scenario
    runs, seed : int
    rules : DataFrame
        One row a policy of `CASES` and rule: mean NEES over centres, runs and free fall (6 is right), the 95 % band of
        its mean over the runs at one instant, root mean square position error and claimed deviation, m.
    feedback : DataFrame
        One row of `WAYS`: rule, memory and feedback, the same figures under policy "mesh", and how many reports of
        tracks a cycle brings to somebody. Empty where no hub was named.
    links : DataFrame
        One row a thing varied of the mesh's exchange ("latency_s", "loss"), value, nation and phase ("burn", "fall"):
        root mean square position error, m, at the instants at which the nation's centre has a track whatever the value.
    version, data_hash : str
        Of the package and of its data.
    """

    scenario: Scenario
    runs: int
    seed: int
    rules: pd.DataFrame
    feedback: pd.DataFrame
    links: pd.DataFrame
    version: str = __version__
    data_hash: str = field(default_factory=data_hash)

    def caption(self) -> str:
        """One line that says where the numbers come from."""
        drawn = f"{self.runs} runs on the same noise, seed {self.seed}"
        return caption(self.scenario, drawn, self.version, self.data_hash)


def fusion_study(
    scenario: Scenario | str,
    *,
    rules: Sequence[str | FusionRule] = FUSIONS,
    latency_s: Sequence[float] = (0.0, 5.0, 15.0, 60.0, 180.0),
    loss: Sequence[float] = (0.0, 0.3, 0.6, 0.9, 1.0),
    hub: str = "",
    runs: int = 20,
    seed: int = 0,
) -> FusionStudy:
    """Fuse the same runs by several rules, with memory and feedback, and over an exchange of several latencies and
    losses.

    Sensors have no biases here (`Scenario.biases` "white"): where there are any, their part of the errors is the same
    in all of a sensor's looks, and every rule but the first intersects it.

    Parameters
    ----------
    scenario : Scenario or str
    rules : sequence of str
        Of "ci", "naive", "campo", "ici", "split_ci", "tracklet".
    latency_s : sequence of float
        One-way delay of the direct links of the mesh, s.
    loss : sequence of float
        Probability that such a link loses a message.
    hub : str
        Name of the centre around which memory and feedback are compared; by default the scenario's `tracker.hub`, and
        without either they are not.
    runs, seed : int

    Returns
    -------
    FusionStudy

    Raises
    ------
    ScenarioError
        If the scenario is not known, has no policy "mesh" or "ideal", or has no such hub.
    SettingsError
        If a rule is not known, or there is no run to make.
    """
    chosen = replace(checked_scenario(scenario, runs=runs, seed=seed), biases="white")
    cases = [(case, rule) for case in CASES for rule in rules]
    values = [("latency_s", value) for value in latency_s] + [("loss", value) for value in loss]
    settings = [
        (replace(chosen, tracker=replace(chosen.tracker, fusion=rule)), chosen.policy(case)) for case, rule in cases
    ]
    hub = hub or chosen.tracker.hub
    ways = WAYS if hub else ()
    if hub:
        names = [node.node_id for node in chosen.nodes]
        check_known(ScenarioError, "node", hub, names, where=f"scenario {chosen.name!r} hub")
    for rule, memory, feedback in ways:
        tracker = replace(chosen.tracker, fusion=rule, memory=memory, feedback=feedback, hub=hub)
        settings.append((replace(chosen, tracker=tracker), chosen.policy("mesh")))
    settings += [(chosen, chosen.policy("mesh", **{name: value})) for name, value in values]

    def errors_of(task: int) -> np.ndarray:
        varied, policy = settings[task // runs]
        errors = simulate(varied, policy, seed=seed, run=task % runs).main.errors
        return np.stack([errors.nees, errors.position_m, errors.position_sigma_m])

    found = np.array(each_run(errors_of, len(settings) * runs, f"fusion {chosen.name}"))
    found = found.reshape(len(settings), runs, *found.shape[1:])
    phases = _phases(chosen)
    links = np.split(found[len(cases) + len(ways) :, :, 1], [len(latency_s)])
    around = found[len(cases) : len(cases) + len(ways)]
    return FusionStudy(
        scenario=chosen,
        runs=runs,
        seed=seed,
        rules=pd.DataFrame(
            {"policy": case, "rule": name_of("fusion", rule)}
            | _rule_figures(np.compress(phases["fall"], errors, axis=-1))
            for (case, rule), errors in zip(cases, found, strict=False)
        ),
        feedback=pd.DataFrame(
            {"rule": way[0], "memory": way[1], "feedback": way[2]}
            | _rule_figures(np.compress(phases["fall"], errors, axis=-1))
            | {"reports": _reports(chosen, hub if way[2] != "none" else None)}
            for way, errors in zip(ways, around, strict=True)
        ),
        links=pd.DataFrame(
            [
                *_links(chosen, phases, "latency_s", latency_s, links[0]),
                *_links(chosen, phases, "loss", loss, links[1]),
            ]
        ),
    )


def _phases(scenario: Scenario) -> dict[str, np.ndarray]:
    """Whether each cycle counts in the burn and in free fall, two ndarrays of bool of shape (J,)."""
    prepared = prepare(scenario)
    t, flight = prepared.cycle_s, prepared.flight
    return {
        "burn": (t > flight.burnout_s - BURN_S) & (t <= flight.burnout_s),
        "fall": (t > flight.burnout_s + SETTLED_S) & (t <= flight.impact_s - LAST_S),
    }


def _rule_figures(errors: np.ndarray) -> dict[str, float]:
    """Figures of one rule from NEES, error and claimed deviation in free fall, ndarray, shape (runs, 3, N, cycles)."""
    nees, error, claimed = np.moveaxis(errors, 1, 0)
    low, high = band(6, len(errors))
    return {
        "nees": float(np.nanmean(nees)),
        "low": low,
        "high": high,
        "position_rms_m": _rms(error),
        "claimed_rms_m": _rms(claimed),
    }


def _reports(scenario: Scenario, hub: str | None) -> int:
    """Reports of tracks that a cycle brings to somebody under policy "mesh": of all centres to all, or by the hub."""
    names = [node.node_id for node in scenario.nodes]
    receivers = {name: reached(scenario.policy("mesh").effective_links(), name, "track") - {name} for name in names}
    if hub is None:
        return sum(map(len, receivers.values()))
    return sum(hub in of for of in receivers.values()) + len(receivers[hub])


def _links(
    scenario: Scenario, phases: dict[str, np.ndarray], name: str, values: Sequence[float], error_m: np.ndarray
) -> list[dict[str, object]]:
    """Rows of one thing varied, from position errors of shape (values, runs, N, J)."""
    # Only where there is a track whatever the value: else the worst setting would be judged by its best runs.
    paired = np.where(np.isfinite(error_m).all(axis=0), error_m, np.nan)
    return [
        {
            "varied": name,
            "value": value,
            "nation": node.nation,
            "phase": phase,
            "position_rms_m": _rms(paired[v, :, i, counts]),
        }
        for v, value in enumerate(values)
        for i, node in enumerate(scenario.nodes)
        if node.nation != "USA"
        for phase, counts in phases.items()
    ]


def _rms(values: np.ndarray) -> float:
    finite = values[np.isfinite(values)]
    return float(np.sqrt(np.mean(finite**2))) if finite.size else float("nan")
