"""Earlier notices against false ones: the same tracks judged by the warning rule at one threshold after another."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pandas as pd

from trackfuse.catalog.catalog import data_hash, load_scenario
from trackfuse.catalog.scenario import Scenario
from trackfuse.core.errors import SettingsError, unknown
from trackfuse.core.rng import check_seed
from trackfuse.core.version import __version__
from trackfuse.sharing import Policy
from trackfuse.simulation.decide import decide
from trackfuse.simulation.prepare import draw_noise, prepare
from trackfuse.simulation.provenance import caption
from trackfuse.simulation.run import Run
from trackfuse.simulation.simulate import run_once
from trackfuse.simulation.warning_inputs import warning_inputs

THRESHOLDS = {
    "probability": (0.003, 0.01, 0.03, 0.1, 0.2, 0.4, 0.6, 0.8, 0.95),
    "burning": (0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9),
}
"""Thresholds of the rule that can be moved, and the values tried: how likely a place must be concerned, and how likely
the engine may still burn."""


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
    version, data_hash : str
    warning_time_s : ndarray, shape (P, runs, T)
        Mean over the places that the missile concerns and that were warned; nan where none was.
    in_time, concerned, false : ndarray of int, shape (P, runs, T)
        Places warned in time, places that the missile concerns, and places warned that it does not.
    """

    scenario: Scenario
    policies: tuple[Policy, ...]
    over: str
    thresholds: tuple[float, ...]
    runs: int
    seed: int
    version: str
    data_hash: str
    warning_time_s: np.ndarray
    in_time: np.ndarray
    concerned: np.ndarray
    false: np.ndarray

    @property
    def table(self) -> pd.DataFrame:
        """One row a policy and threshold: mean warning time, share of places warned in time, false notices a run."""
        rows = []
        for p, policy in enumerate(self.policies):
            for t, threshold in enumerate(self.thresholds):
                gained = self.warning_time_s[p, :, t]
                low, middle, high = np.nanquantile(gained, [0.05, 0.5, 0.95]) if np.isfinite(gained).any() else _NONE
                rows.append(
                    {
                        "policy": policy.name,
                        "threshold": threshold,
                        "warning_time_s": middle,
                        "p05_s": low,
                        "p95_s": high,
                        "in_time": self.in_time[p, :, t].sum() / max(self.concerned[p, :, t].sum(), 1),
                        "false_a_run": self.false[p, :, t].mean(),
                    }
                )
        return pd.DataFrame(rows)

    def caption(self) -> str:
        """One line that says where the numbers come from."""
        drawn = f"{self.runs} runs on the same noise, seed {self.seed}"
        return caption(self.scenario, drawn, self.version, self.data_hash)


_NONE = (np.nan, np.nan, np.nan)


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
    chosen = load_scenario(scenario) if isinstance(scenario, str) else scenario
    if not isinstance(runs, int) or isinstance(runs, bool) or runs < 1:
        raise SettingsError(f"runs: {runs!r} is not a positive whole number")
    if over not in THRESHOLDS:
        raise SettingsError(f"tradeoff over: {unknown('threshold', over, THRESHOLDS)}")
    values = THRESHOLDS[over] if thresholds is None else tuple(thresholds)
    if not values or any(a >= b for a, b in pairwise(values)):
        raise SettingsError(f"thresholds: {values!r} do not rise")
    check_seed(seed)
    picked = tuple(chosen.policy(p) for p in policies)
    rules = [replace(chosen.rule, **{over: value}) for value in values]
    prepared = prepare(chosen)

    def judge(run: int) -> np.ndarray:
        noise = draw_noise(chosen, prepared, seed=seed, run=run)
        return np.array([
            _judged(run_once(chosen, policy, prepared, noise, seed=seed, run=run), rules) for policy in picked
        ])  # fmt: skip

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        figures = np.stack(list(pool.map(judge, range(runs))), axis=1)
    return Tradeoff(
        scenario=chosen,
        policies=picked,
        over=over,
        thresholds=tuple(float(value) for value in values),
        runs=runs,
        seed=seed,
        version=__version__,
        data_hash=data_hash(),
        warning_time_s=figures[..., 0],
        in_time=figures[..., 1].astype(int),
        concerned=figures[..., 2].astype(int),
        false=figures[..., 3].astype(int),
    )


def _judged(run: Run, rules: list) -> np.ndarray:
    """Of one run, for each rule: mean warning time, places in time, places concerned, false notices."""
    known, rows = warning_inputs(run), []
    places = run.scenario.places
    served = np.array([place.nation in {node.nation for node in run.scenario.nodes} for place in places], dtype=bool)
    for rule in rules:
        given = decide(known, run.scenario.nodes, places, rule, run.prepared.arrival_s)
        notice_s = np.min([each.notices.place_notice_s.min(axis=0, initial=np.inf) for each in given], axis=0)
        arrival_s = np.fmin.reduce(run.prepared.arrival_s, axis=0)
        told, there = np.isfinite(notice_s), np.isfinite(arrival_s) & served
        gained = (arrival_s - notice_s)[there & told]
        mean = gained.mean() if gained.size else np.nan
        rows.append((mean, (gained > 0.0).sum(), there.sum(), (told & ~there).sum()))
    return np.array(rows, dtype=float)
