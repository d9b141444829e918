"""Several policies on the same noise, over many runs."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

import numpy as np
import pandas as pd

from trackfuse.catalog.catalog import data_hash, load_scenario
from trackfuse.catalog.scenario import Scenario
from trackfuse.core.errors import ScenarioError, SettingsError
from trackfuse.core.rng import check_seed
from trackfuse.core.version import __version__
from trackfuse.scoring.gains import paired_gain, summary
from trackfuse.sharing import Policy
from trackfuse.simulation.figures import METRICS, NATIONS
from trackfuse.simulation.prepare import prepare
from trackfuse.simulation.progress import progress
from trackfuse.simulation.provenance import caption
from trackfuse.simulation.simulate import run_figures

STATUS_QUO = "bilateral"
"""What sharing is measured against unless said otherwise: the arrangement of November 2023."""


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
    version, data_hash : str
    nation_figures : ndarray, shape (P, runs, 3, 6)
        By policy, run, nation (JPN, ROK, USA) and metric; not finite where it never happened.
    warning_time_s : ndarray, shape (P, runs, places)
        From the notice to the true arrival at each place concerned; nan where no notice was given.
    places : tuple of (name, nation)
        The places that the true flight passes over or comes down near.
    """

    scenario: Scenario
    policies: tuple[Policy, ...]
    baseline: str
    runs: int
    seed: int
    version: str
    data_hash: str
    nation_figures: np.ndarray
    warning_time_s: np.ndarray
    places: tuple[tuple[str, str], ...]

    @property
    def nodes(self) -> pd.DataFrame:
        """One row a policy, nation and metric: median, p05, p95 over the n runs in which it happened."""
        rows = []
        for p, policy in enumerate(self.policies):
            for i, nation in enumerate(NATIONS):
                for k, metric in enumerate(METRICS):
                    figures = summary(self.nation_figures[p, :, i, k]) or _NEVER
                    rows.append({"policy": policy.name, "node": nation, "metric": metric, **figures})
        return pd.DataFrame(rows)

    @property
    def warnings(self) -> pd.DataFrame:
        """One row a policy and place: warning time in seconds, over the n runs in which the place was warned."""
        rows = []
        for p, policy in enumerate(self.policies):
            for i, (name, nation) in enumerate(self.places):
                figures = summary(self.warning_time_s[p, :, i]) or _NEVER
                rows.append({"policy": policy.name, "place": name, "nation": nation, **figures})
        return pd.DataFrame(rows, columns=["policy", "place", "nation", *_NEVER])

    @property
    def gains(self) -> pd.DataFrame:
        """One row a policy other than the baseline, place or nation, and metric: paired gain, positive is better."""
        base = [policy.name for policy in self.policies].index(self.baseline)
        rows = []
        for p, policy in enumerate(self.policies):
            if p == base:
                continue
            label = {"policy": policy.name, "baseline": self.baseline}
            for i, nation in enumerate(NATIONS):
                for k, (metric, larger) in enumerate(METRICS.items()):
                    pair = self.nation_figures[p, :, i, k], self.nation_figures[base, :, i, k]
                    rows.append(label | {"nation": nation, "place": "", "metric": metric} | (_gain(*pair, larger)))
            for i, (name, nation) in enumerate(self.places):
                pair = self.warning_time_s[p, :, i], self.warning_time_s[base, :, i]
                rows.append(label | {"nation": nation, "place": name, "metric": "warning_time_s"} | _gain(*pair, True))
        return pd.DataFrame(rows)

    def caption(self) -> str:
        """One line that says where the numbers come from."""
        drawn = f"{self.runs} runs on the same noise, seed {self.seed}"
        return caption(self.scenario, drawn, self.version, self.data_hash)

    def __repr__(self) -> str:
        names = ", ".join(policy.name for policy in self.policies)
        return f"<Comparison {self.scenario.name}: {names}; {self.runs} runs, seed {self.seed}>"


_NEVER: dict[str, float | int] = {"median": np.nan, "p05": np.nan, "p95": np.nan, "n": 0}


def _gain(better: np.ndarray, base: np.ndarray, larger_is_better: bool) -> dict[str, float | int]:
    nothing = dict.fromkeys(("median", "low", "high", "p05", "p95"), np.nan) | {
        "n": 0,
        "only_with": 0,
        "only_without": 0,
    }
    return paired_gain(better, base, larger_is_better=larger_is_better) or nothing


def compare(
    scenario: Scenario | str,
    policies: Sequence[Policy | str] | None = None,
    *,
    runs: int = 100,
    seed: int = 0,
    baseline: str | None = None,
    threads: int | None = None,
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

    Returns
    -------
    Comparison
        Arrays of the shapes given there; the same bits for the same arguments.

    Raises
    ------
    ScenarioError, SettingsError, FlightError
        If a policy or the baseline is not known, runs is not a positive whole number, or the launch cannot be flown.
    """
    chosen = load_scenario(scenario) if isinstance(scenario, str) else scenario
    if not isinstance(runs, int) or isinstance(runs, bool) or runs < 1:
        raise SettingsError(f"runs: {runs!r} is not a positive whole number")
    check_seed(seed)
    picked = tuple(chosen.policy(p) for p in (policies if policies is not None else chosen.policies))
    base = _baseline(chosen, picked, baseline)
    one_run, arrival_s = runner(chosen, picked, seed)
    workers = threads or os.cpu_count() or 1
    results: list[tuple[np.ndarray, np.ndarray]] = [(np.empty(0), np.empty(0))] * runs
    pool = ThreadPoolExecutor(workers)
    try:
        jobs = {pool.submit(one_run, run): run for run in range(runs)}
        with progress(runs, chosen.name) as bar:
            for job in as_completed(jobs):
                results[jobs[job]] = job.result()
                bar.update()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)  # Ctrl-C: what is under way ends, the rest never begins
    concerned = np.isfinite(arrival_s)
    names = tuple((place.name, place.nation) for place, there in zip(chosen.places, concerned, strict=True) if there)
    return Comparison(
        scenario=chosen,
        policies=picked,
        baseline=base,
        runs=runs,
        seed=seed,
        version=__version__,
        data_hash=data_hash(),
        nation_figures=np.stack([r[0] for r in results], axis=1),
        warning_time_s=np.stack([r[1] for r in results], axis=1)[..., concerned],
        places=names,
    )


def _baseline(scenario: Scenario, picked: tuple[Policy, ...], baseline: str | None) -> str:
    names = [policy.name for policy in picked]
    if not names:
        raise ScenarioError(f"scenario {scenario.name!r}: no policy to compare")
    if len(set(names)) < len(names):
        raise ScenarioError(
            f"scenario {scenario.name!r}: two policies to compare have one name; give a changed policy its own"
        )
    if baseline is None:
        return STATUS_QUO if STATUS_QUO in names else names[0]
    if baseline not in names:
        raise ScenarioError(f"baseline {baseline!r} is not among the policies compared: {', '.join(names)}")
    return baseline


def runner(
    scenario: Scenario, policies: tuple[Policy, ...], seed: int
) -> tuple[Callable[[int], tuple[np.ndarray, np.ndarray]], np.ndarray]:
    """What flies runs of a scenario under policies on the same noise.

    Parameters
    ----------
    scenario : Scenario
    policies : tuple of Policy
        P policies.
    seed : int

    Returns
    -------
    run_of : callable
        Gives of a run's number its figures, shape (P, 3, 6), and its warning times, shape (P, places), s.
    arrival_s : ndarray, shape (places,)
        When a missile first reaches each place; nan if none does.
    """
    prepared = prepare(scenario)

    def run_of(run: int) -> tuple[np.ndarray, np.ndarray]:
        return run_figures(scenario, policies, prepared, seed=seed, run=run)

    return run_of, np.fmin.reduce(prepared.arrival_s, axis=0)
