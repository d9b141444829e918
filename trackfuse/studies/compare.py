"""Several policies on the same noise, over many runs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd

from trackfuse.catalog.catalog import data_hash
from trackfuse.catalog.scenario import Scenario
from trackfuse.core.errors import ScenarioError
from trackfuse.core.version import __version__
from trackfuse.scoring.gains import paired_gain, summary
from trackfuse.sharing import Policy
from trackfuse.simulation.figures import METRICS
from trackfuse.simulation.prepare import prepare
from trackfuse.simulation.provenance import caption
from trackfuse.simulation.simulate import run_figures
from trackfuse.studies.runs import DRAWN, checked_scenario, distinct_policies, each_run

STATUS_QUO = "bilateral"
"""What sharing is measured against unless said otherwise: the arrangement of November 2023."""

_NEVER: dict[str, float | int] = {"median": np.nan, "p05": np.nan, "p95": np.nan, "n": 0}
_NO_GAIN = dict.fromkeys(("median", "low", "high", "p05", "p95"), np.nan) | {"n": 0, "only_with": 0, "only_without": 0}


class MetricValues(NamedTuple):
    """One metric of a nation or place, under several policies.

    Parameters
    ----------
    nation, place : str
        `place` is "" for a metric of the nation as a whole.
    metric : str
    larger_is_better : bool
    by_run : ndarray, shape (P, runs)
        In the metric's unit; not finite where it never happened.
    """

    nation: str
    place: str
    metric: str
    larger_is_better: bool
    by_run: np.ndarray

    def summary_of(self, policy: int) -> dict[str, float | int]:
        """Median, p05 and p95 over the n runs in which it happened under one policy; nan if it never did."""
        return summary(self.by_run[policy]) or _NEVER

    def gain_of(self, policy: int, baseline: int) -> dict[str, float | int]:
        """Paired gain of one policy over another, as `paired_gain` gives it; nan if there is nothing to compare."""
        pair = self.by_run[policy], self.by_run[baseline]
        return paired_gain(*pair, larger_is_better=self.larger_is_better) or _NO_GAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Figures of several policies, run by run on the same noise.

    Parameters
    ----------
    scenario : Scenario
    policies : tuple of Policy
    baseline : str
        The policy that gains are measured against.
    runs, seed : int
    nation_figures : ndarray, shape (P, runs, C, 6)
        By policy, run, nation (the scenario's C, in their order) and metric; not finite where it never happened.
    warning_time_s : ndarray, shape (P, runs, places)
        From the notice to the true arrival at each place concerned; nan where no notice was given.
    places : tuple of (name, nation)
        The places that the true flight passes over or comes down near.
    version, data_hash : str
        Of the package and of its data.
    """

    scenario: Scenario
    policies: tuple[Policy, ...]
    baseline: str
    runs: int
    seed: int
    nation_figures: np.ndarray
    warning_time_s: np.ndarray
    places: tuple[tuple[str, str], ...]
    version: str = __version__
    data_hash: str = field(default_factory=data_hash)

    def metrics(self) -> Iterator[MetricValues]:
        """Every metric under all policies: those of nations, then those of places."""
        for i, nation in enumerate(self.scenario.nations):
            for k, (metric, larger) in enumerate(METRICS.items()):
                yield MetricValues(nation, "", metric, larger, self.nation_figures[:, :, i, k])
        for i, (place, nation) in enumerate(self.places):
            yield MetricValues(nation, place, "warning_time_s", True, self.warning_time_s[:, :, i])

    @property
    def nodes(self) -> pd.DataFrame:
        """One row a policy, nation and metric: median, p05, p95 over the n runs in which it happened."""
        return pd.DataFrame(
            {"policy": policy.name, "node": each.nation, "metric": each.metric} | each.summary_of(p)
            for p, policy in enumerate(self.policies)
            for each in self.metrics()
            if not each.place
        )

    @property
    def warnings(self) -> pd.DataFrame:
        """One row a policy and place: warning time in seconds, over the n runs in which the place was warned."""
        rows = [
            {"policy": policy.name, "place": each.place, "nation": each.nation} | each.summary_of(p)
            for p, policy in enumerate(self.policies)
            for each in self.metrics()
            if each.place
        ]
        return pd.DataFrame(rows, columns=["policy", "place", "nation", *_NEVER])

    @property
    def gains(self) -> pd.DataFrame:
        """One row a policy other than the baseline, place or nation, and metric: paired gain, positive is better."""
        base = [policy.name for policy in self.policies].index(self.baseline)
        return pd.DataFrame(
            {"policy": policy.name, "baseline": self.baseline}
            | {"nation": each.nation, "place": each.place, "metric": each.metric}
            | each.gain_of(p, base)
            for p, policy in enumerate(self.policies)
            if p != base
            for each in self.metrics()
        )

    def caption(self) -> str:
        """One line that says where the numbers come from."""
        drawn = f"{self.runs} runs on the same noise, seed {self.seed}"
        return caption(self.scenario, drawn, self.version, self.data_hash, self.policies)

    def __repr__(self) -> str:
        names = ", ".join(policy.name for policy in self.policies)
        return f"<Comparison {self.scenario.name}: {names}; {self.runs} runs, seed {self.seed}>"


def compare(
    scenario: Scenario | str,
    policies: Sequence[Policy | str] | None = None,
    *,
    runs: int = 100,
    seed: int = 0,
    baseline: str | None = None,
    threads: int | None = None,
    posture: str | None = None,
) -> Comparison:
    """Compare policies run by run on the same noise.

    Parameters
    ----------
    scenario : Scenario or str
        A scenario, or the name of a shipped one.
    policies : sequence of Policy or str, optional
        Default: all of the scenario's, poorest first.
    runs : int
        Number of runs, 1 or more.
    seed : int
    baseline : str, optional
        Policy that gains are measured against; default "bilateral", the status quo, if it is compared, else the first.
    threads : int, optional
        Default: all cores. The result does not depend on it.
    posture : str, optional
        Which sensors are on station and work: "full", "none" (no ship), "published" or "drawn"; by default that of the
        scenario, else "drawn", run by run and the same for every policy.

    Returns
    -------
    Comparison
        Arrays of the shapes given there; the same bits for the same arguments.

    Raises
    ------
    ScenarioError, SettingsError, FlightError
        If a policy or the baseline is not known, runs is not a positive whole number, or the launch cannot be flown.
    """
    chosen = checked_scenario(scenario, runs=runs, seed=seed, posture=posture, default=DRAWN)
    picked = distinct_policies(chosen, policies)
    base = _baseline(picked, baseline)
    run_of, places = runner(chosen, picked, seed)
    nation_figures, warning_time_s = zip(*each_run(run_of, runs, chosen.name, threads=threads), strict=True)
    return Comparison(
        scenario=chosen,
        policies=picked,
        baseline=base,
        runs=runs,
        seed=seed,
        nation_figures=np.stack(nation_figures, axis=1),
        warning_time_s=np.stack(warning_time_s, axis=1),
        places=places,
    )


def _baseline(policies: tuple[Policy, ...], baseline: str | None) -> str:
    names = [policy.name for policy in policies]
    if baseline is None:
        return STATUS_QUO if STATUS_QUO in names else names[0]
    if baseline not in names:
        raise ScenarioError(f"baseline {baseline!r} is not among the policies compared: {', '.join(names)}")
    return baseline


def runner(
    scenario: Scenario, policies: tuple[Policy, ...], seed: int
) -> tuple[Callable[[int], tuple[np.ndarray, np.ndarray]], tuple[tuple[str, str], ...]]:
    """What simulates runs of a scenario under policies on the same noise, and the places that its missiles concern.

    Parameters
    ----------
    scenario : Scenario
    policies : tuple of Policy
        P policies.
    seed : int

    Returns
    -------
    run_of : callable
        Gives of a run's number its figures, shape (P, C, 6), and its warning times, shape (P, Q), s.
    places : tuple of (name, nation)
        The Q places that a missile passes over or comes down near.
    """
    prepared = prepare(scenario)
    concerned = np.isfinite(np.fmin.reduce(prepared.arrival_s, axis=0))
    places = tuple((place.name, place.nation) for place, met in zip(scenario.places, concerned, strict=True) if met)

    def run_of(run: int) -> tuple[np.ndarray, np.ndarray]:
        figures, warning_time_s = run_figures(scenario, policies, prepared, seed=seed, run=run)
        return figures, warning_time_s[:, concerned]

    return run_of, places
