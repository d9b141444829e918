"""What double counting does, rule by rule, and what latency and loss cost: the same runs under each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from trackfuse.catalog.catalog import data_hash, load_scenario
from trackfuse.catalog.scenario import Scenario
from trackfuse.core.errors import SettingsError, unknown
from trackfuse.core.rng import check_seed
from trackfuse.core.version import __version__
from trackfuse.scoring.consistency import band
from trackfuse.sharing import Policy
from trackfuse.simulation.prepare import draw_noise, prepare
from trackfuse.simulation.provenance import caption
from trackfuse.simulation.run import Run
from trackfuse.simulation.simulate import run_once
from trackfuse.tracking.settings import FUSIONS

CASES = ("mesh", "ideal")
"""Reports of own sensors alone; and every plot with everybody, and reported by everybody all the same."""
SETTLED_S, LAST_S = 30.0, 60.0
"""Free fall counts from so long after burn-out to so long before impact."""
BURN_S = 60.0
"""The last of the burn that counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FusionStudy:
    """Rules of fusion side by side, and what the exchange's latency and loss cost.

    Parameters
    ----------
    scenario : Scenario
    runs, seed : int
    version, data_hash : str
    rules : DataFrame
        One row a policy of `CASES` and rule: mean NEES over centres, runs and free fall (6 is right), the 95 % band of
        its mean over the runs at one instant, root mean square position error and claimed deviation, m.
    links : DataFrame
        One row a thing varied of the mesh's exchange ("latency_s", "loss"), value, nation and phase ("burn", "fall"):
        root mean square position error, m, at the instants at which the nation's centre has a track whatever the value.
    """

    scenario: Scenario
    runs: int
    seed: int
    version: str
    data_hash: str
    rules: pd.DataFrame
    links: pd.DataFrame

    def caption(self) -> str:
        """One line that says where the numbers come from."""
        drawn = f"{self.runs} runs on the same noise, seed {self.seed}"
        return caption(self.scenario, drawn, self.version, self.data_hash)


def fusion_study(
    scenario: Scenario | str,
    *,
    rules: Sequence[str] = FUSIONS,
    latency_s: Sequence[float] = (0.0, 5.0, 15.0, 60.0, 180.0),
    loss: Sequence[float] = (0.0, 0.3, 0.6, 0.9, 1.0),
    runs: int = 20,
    seed: int = 0,
) -> FusionStudy:
    """Fuse the same runs by several rules, and over an exchange of several latencies and losses.

    Parameters
    ----------
    scenario : Scenario or str
    rules : sequence of str
        Of "ci", "naive", "campo", "ici", "split_ci", "tracklet".
    latency_s : sequence of float
        One-way delay of the direct links of the mesh, s.
    loss : sequence of float
        Probability that such a link loses a message.
    runs, seed : int

    Returns
    -------
    FusionStudy

    Raises
    ------
    ScenarioError
        If the scenario is not known, or has no policy "mesh" or "ideal".
    SettingsError
        If a rule is not known, or there is no run to make.
    """
    chosen = load_scenario(scenario) if isinstance(scenario, str) else scenario
    check_seed(seed)
    if runs < 1:
        raise SettingsError(f"runs: {runs!r} is not 1 or more")
    for rule in rules:
        if rule not in FUSIONS:
            raise SettingsError(f"rules: {unknown('rule of fusion', rule, FUSIONS)}")
    return FusionStudy(
        scenario=chosen,
        runs=runs,
        seed=seed,
        version=__version__,
        data_hash=data_hash(),
        rules=pd.DataFrame([_rule(chosen, case, rule, runs, seed) for case in CASES for rule in rules]),
        links=pd.concat(
            [_links(chosen, name, values, runs, seed) for name, values in (("latency_s", latency_s), ("loss", loss))],
            ignore_index=True,
        ),
    )


def _simulated(scenario: Scenario, policy: Policy, runs: int, seed: int) -> Iterator[Run]:
    prepared = prepare(scenario)
    for run in range(runs):
        noise = draw_noise(scenario, prepared, seed=seed, run=run)
        yield run_once(scenario, policy, prepared, noise, seed=seed, run=run).main


def _phases(one: Run) -> dict[str, np.ndarray]:
    t, flight = one.prepared.cycle_s, one.flight
    return {
        "burn": (t > flight.burnout_s - BURN_S) & (t <= flight.burnout_s),
        "fall": (t > flight.burnout_s + SETTLED_S) & (t <= flight.impact_s - LAST_S),
    }


def _rule(scenario: Scenario, case: str, rule: str, runs: int, seed: int) -> dict[str, object]:
    changed = replace(scenario, tracker=replace(scenario.tracker, fusion=rule))
    found: list[np.ndarray] = []
    for one in _simulated(changed, changed.policy(case), runs, seed):
        fall, errors = _phases(one)["fall"], one.errors
        found.append(np.stack([errors.nees, errors.position_m, errors.position_sigma_m])[:, :, fall])
    nees, error, claimed = np.moveaxis(np.array(found), 1, 0)
    low, high = band(6, runs)
    return {
        "policy": case,
        "rule": rule,
        "nees": float(np.nanmean(nees)),
        "low": low,
        "high": high,
        "position_rms_m": _rms(error),
        "claimed_rms_m": _rms(claimed),
    }


def _links(scenario: Scenario, name: str, values: Sequence[float], runs: int, seed: int) -> pd.DataFrame:
    nodes = {node.nation: i for i, node in enumerate(scenario.nodes) if node.nation != "USA"}
    error, phases = [], {}
    for value in values:
        policy = scenario.policy("mesh", **{name: value})
        made = list(_simulated(scenario, policy, runs, seed))
        phases = _phases(made[0])
        error.append([one.errors.position_m for one in made])
    # Only where there is a track whatever the value: else the worst setting would be judged by its best runs.
    paired = np.where(np.isfinite(error).all(axis=0), error, np.nan)
    columns = ["varied", "value", "nation", "phase", "position_rms_m"]
    rows = [
        (name, value, nation, phase, _rms(paired[v, :, i, at]))
        for v, value in enumerate(values)
        for nation, i in nodes.items()
        for phase, at in phases.items()
    ]
    return pd.DataFrame(rows, columns=columns)


def _rms(values: np.ndarray) -> float:
    there = values[np.isfinite(values)]
    return float(np.sqrt(np.mean(there**2))) if there.size else float("nan")
