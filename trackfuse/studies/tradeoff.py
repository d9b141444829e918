"""Earlier notices against false ones: the same tracks judged by the warning rule at one threshold after another."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
import pandas as pd

from trackfuse.catalog.catalog import data_hash
from trackfuse.catalog.scenario import Scenario
from trackfuse.core.display import displayed
from trackfuse.core.errors import SettingsError, check_known
from trackfuse.core.plugins import name_of
from trackfuse.core.version import __version__
from trackfuse.scoring.gains import summary
from trackfuse.sharing import Policy
from trackfuse.simulation.decide import decide
from trackfuse.simulation.provenance import caption
from trackfuse.simulation.run import Run
from trackfuse.simulation.simulate import simulate_each
from trackfuse.simulation.warning_inputs import warning_inputs
from trackfuse.studies.runs import DRAWN, checked_scenario, each_run
from trackfuse.warning import WarningRule
from trackfuse.warning.rule import PROBABILITY

THRESHOLDS = {
    "probability": (0.003, 0.01, 0.03, 0.1, 0.2, 0.4, 0.6, 0.8, 0.95),
    "burning": (0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9),
}
"""Thresholds of the rule that can be moved, and the values tried: how likely a place must be concerned, and how likely
the engine may still burn."""


@displayed(
    lambda value: f"{value.scenario.name}: over {value.over}, {value.runs} runs, seed {value.seed}",
    lambda value: value.table,
)
@dataclass(frozen=True, slots=True, kw_only=True)
class Tradeoff:
    """What a rule's threshold does, over runs on the same noise.

    Parameters
    ----------
    scenario : Scenario
    policies : tuple of Policy
    over : str
        The rule's threshold that moves.
    thresholds : tuple of float
        Its T values.
    runs, seed : int
    warning_time_s : ndarray, shape (P, runs, T)
        Mean over the places that the missile concerns and that were warned; nan where none was.
    in_time, concerned, false : ndarray of int, shape (P, runs, T)
        Places warned in time, places that the missile concerns, and places warned that it does not.
    version, data_hash : str
        Of the package and of its data.
    """

    scenario: Scenario
    policies: tuple[Policy, ...]
    over: str
    thresholds: tuple[float, ...]
    runs: int
    seed: int
    warning_time_s: np.ndarray
    in_time: np.ndarray
    concerned: np.ndarray
    false: np.ndarray
    version: str = __version__
    data_hash: str = field(default_factory=data_hash)

    @property
    def table(self) -> pd.DataFrame:
        """One row a policy and threshold: mean warning time, share of places warned in time, false notices a run."""
        rows = []
        for p, policy in enumerate(self.policies):
            for t, threshold in enumerate(self.thresholds):
                gained = summary(self.warning_time_s[p, :, t]) or dict.fromkeys(("median", "p05", "p95"), np.nan)
                rows.append(
                    {
                        "policy": policy.name,
                        "threshold": threshold,
                        "warning_time_s": gained["median"],
                        "p05_s": gained["p05"],
                        "p95_s": gained["p95"],
                        "in_time": self.in_time[p, :, t].sum() / max(self.concerned[p, :, t].sum(), 1),
                        "false_a_run": self.false[p, :, t].mean(),
                    }
                )
        return pd.DataFrame(rows)

    def caption(self) -> str:
        """One line that says where the numbers come from."""
        drawn = f"{self.runs} runs on the same noise, seed {self.seed}"
        return caption(self.scenario, drawn, self.version, self.data_hash, self.policies)


def tradeoff(
    scenario: Scenario | str,
    policies: Sequence[Policy | str] = ("bilateral", "trilateral"),
    *,
    over: str = "probability",
    thresholds: Sequence[float] | None = None,
    runs: int = 50,
    seed: int = 0,
) -> Tradeoff:
    """Warning time against false notices as a threshold of the rule moves.

    Every run is tracked once a policy, and its notices are decided on anew for each threshold.

    Parameters
    ----------
    scenario : Scenario or str
        Its places are judged; `replace(scenario, places=...)` judges others.
    policies : sequence of Policy or str
    over : str
        "probability" that a place is concerned, from which it is warned; or "burning", the probability up to which the
        engine may still burn.
    thresholds : sequence of float, optional
        Values tried, rising.
    runs, seed : int

    Returns
    -------
    Tradeoff
        A higher probability never warns a place earlier, and never warns more places, in any run.

    Raises
    ------
    ScenarioError, SettingsError, FlightError
        If the scenario, a policy or a threshold cannot be, or the launch cannot be flown.
    """
    chosen = checked_scenario(scenario, runs=runs, seed=seed, default=DRAWN)
    check_known(SettingsError, "threshold", over, THRESHOLDS, where="tradeoff over")
    values = THRESHOLDS[over] if thresholds is None else tuple(thresholds)
    if not values or any(a >= b for a, b in pairwise(values)):
        raise SettingsError(f"thresholds: {values!r} do not rise")
    compared = tuple(chosen.policy(p) for p in policies)
    if over == "probability" and chosen.rule.decision_rule != PROBABILITY:
        own = name_of("decision", chosen.rule.decision_rule)
        raise SettingsError(f"tradeoff over 'probability': the decision rule {own!r} does not compare with it")
    rules = [replace(chosen.rule, **{over: value}) for value in values]

    def judge(run: int) -> list[np.ndarray]:
        return [_judged(one, rules) for one in simulate_each(chosen, compared, seed=seed, run=run)]

    figures = np.stack(each_run(judge, runs, f"trade-off {chosen.name}"), axis=1)
    return Tradeoff(
        scenario=chosen,
        policies=compared,
        over=over,
        thresholds=tuple(float(value) for value in values),
        runs=runs,
        seed=seed,
        warning_time_s=figures[..., 0],
        in_time=figures[..., 1].astype(int),
        concerned=figures[..., 2].astype(int),
        false=figures[..., 3].astype(int),
    )


def _judged(run: Run, rules: list[WarningRule]) -> np.ndarray:
    """Of one run by T rules: mean warning time, places in time, places concerned, false notices; shape (T, 4)."""
    inputs, arrivals_s = warning_inputs(run), run.prepared.arrival_s
    nodes, places = run.scenario.nodes, run.scenario.places
    nations = {node.nation for node in nodes}
    served = np.array([place.nation in nations for place in places], dtype=bool)
    arrival_s = np.fmin.reduce(arrivals_s, axis=0)
    concerned = np.isfinite(arrival_s) & served
    rows = []
    for rule in rules:
        launches = decide(inputs, nodes, places, rule, arrivals_s)
        notice_s = np.min([each.notices.place_notice_s.min(axis=0, initial=np.inf) for each in launches], axis=0)
        warned = np.isfinite(notice_s)
        gained = (arrival_s - notice_s)[concerned & warned]
        mean = gained.mean() if gained.size else np.nan
        rows.append((mean, (gained > 0.0).sum(), concerned.sum(), (warned & ~concerned).sum()))
    return np.array(rows, dtype=float)
