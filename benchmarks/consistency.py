"""Are the tracks' errors as large as they claim? Every scenario, policy and centre, phase by phase.

    python -m benchmarks.consistency --runs 200

prints the mean normalised error squared of the tracks held (6 expected) beside the 95 % band of the mean of that many
runs, how far the errors of the coast lie above the Cramer-Rao bound of a known motion and above that of what the
tracker states of it, its process noise, and how many tracks failed or had a covariance that was not positive. In the
air the first is nobody's: it knows that the target does not glide.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from trackfuse.catalog.catalog import load_scenario, scenario_names
from trackfuse.catalog.scenario import Scenario
from trackfuse.flight.truth import PHASES
from trackfuse.kernels.imm import DRAG_SIGMA
from trackfuse.scoring.consistency import band, nees
from trackfuse.simulation.information_arrival import bounds
from trackfuse.simulation.prepare import Prepared, draw_noise, prepare
from trackfuse.simulation.run import Run
from trackfuse.simulation.simulate import run_each

PURPOSE = "Are the tracks' errors as large as they claim?"
SETTLED_S = 60.0
"""The coast is compared with the bound from so long after burn-out: until then the filter learns that it is over. The
bound is that of the plots since burn-out: what was seen before tells little about the coast, since thrust is unknown.
Drag is as uncertain to it as to the tracker.
"""
POLICIES = ("national", "bilateral", "trilateral", "mesh", "ideal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Squares:
    """What one run adds up to, by centre and phase.

    Parameters
    ----------
    nees, claimed_nees : ndarray, shape (N, 3)
        Sums of normalised errors squared of the tracks held (fused), and of the centre's own.
    square_m2 : ndarray, shape (N, 3)
        Sums of squared position errors of the tracks held.
    held, own : ndarray, shape (N, 3)
        How many cycles they are sums over.
    error_m2, bound_m2, noisy_m2 : ndarray, shape (N,)
        Squared position errors in the settled coast, and the traces of their bounds without and with process noise.
    failed, not_positive : int
        Cycles of tracks that say that they failed, and covariances that are not positive definite.
    """

    nees: np.ndarray
    claimed_nees: np.ndarray
    square_m2: np.ndarray
    held: np.ndarray
    own: np.ndarray
    error_m2: np.ndarray
    bound_m2: np.ndarray
    noisy_m2: np.ndarray
    failed: int
    not_positive: int


def of_run(run: Run) -> Squares:
    """Sums over one run: arrays of the shapes given there."""
    truth, cycles, flight = run.prepared.truth[0], run.prepared.cycle_s, run.flight
    phase = flight.phase[np.clip(np.searchsorted(flight.t_s, cycles, side="right") - 1, 0, None)]
    sums, counts, failed, not_positive = [], [], 0, 0
    for tracks in (run.fused, run.local):
        there = tracks.status == 1
        squares = np.where(there, nees(np.where(there[..., None], tracks.mean - truth, np.nan), tracks.covariance), 0.0)
        inside = [there & (phase == k) for k in range(3)]
        sums.append(np.stack([np.where(k, squares, 0.0).sum(axis=1) for k in inside], axis=1))
        counts.append(np.stack([k.sum(axis=1) for k in inside], axis=1))
        failed += int((tracks.status == -1).sum())
        p = tracks.covariance[there]
        scale = np.sqrt(np.einsum("kii->ki", p))
        correlation = p / (scale[:, :, None] * scale[:, None, :])
        finite = np.isfinite(correlation).all(axis=(1, 2), keepdims=True)
        positive = np.linalg.eigvalsh(np.where(finite, correlation, -np.eye(6)))[:, 0] > 0.0
        not_positive += int((~positive).sum())
    distance2 = np.where(run.fused.status == 1, np.sum((run.fused.mean[..., :3] - truth[:, :3]) ** 2, axis=2), 0.0)
    settled = (phase == 1) & (cycles > flight.burnout_s + SETTLED_S)
    limit, noisy = (
        np.trace(found[:, settled, :3, :3], axis1=2, axis2=3)
        for found in (
            bounds(run, flight.burnout_s, drag_sigma=DRAG_SIGMA),
            bounds(run, flight.burnout_s, process_noise=True),
        )
    )
    error = np.sum((run.fused.mean[:, settled, :3] - truth[settled, :3]) ** 2, axis=2)
    both = (run.fused.status[:, settled] == 1) & np.isfinite(limit)
    return Squares(
        square_m2=np.stack([distance2[:, phase == k].sum(axis=1) for k in range(3)], axis=1), nees=sums[0],
        claimed_nees=sums[1], held=counts[0], own=counts[1], failed=failed, not_positive=not_positive,
        error_m2=np.where(both, error, 0.0).sum(axis=1), bound_m2=np.where(both, limit, 0.0).sum(axis=1),
        noisy_m2=np.where(both, noisy, 0.0).sum(axis=1),
    )  # fmt: skip


def study(names: Sequence[str], policies: Sequence[str], runs: int, seed: int) -> Iterator[pd.DataFrame]:
    """A table for every scenario and policy.

    Parameters
    ----------
    names, policies : sequence of str
    runs, seed : int

    Yields
    ------
    DataFrame
        One row a centre and phase.
    """
    for name in names:
        # The first missile alone: what telling several objects apart costs is another question.
        scenario = replace(load_scenario(name), salvo=(), debris=False, false_plots=False)
        prepared = prepare(scenario)
        for policy in policies:
            yield _table(scenario, prepared, policy, runs, seed)


def _table(scenario: Scenario, prepared: Prepared, policy: str, runs: int, seed: int) -> pd.DataFrame:
    def once(run: int) -> Squares:
        noise = draw_noise(scenario, prepared, seed=seed, run=run)
        return of_run(run_each(scenario, [scenario.policy(policy)], prepared, noise)[0])

    with ThreadPoolExecutor() as pool:
        found = list(pool.map(once, range(runs)))
    total = {key: np.sum([getattr(part, key) for part in found], axis=0) for key in Squares.__dataclass_fields__}
    low, high = band(6, runs)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean, own = total["nees"] / total["held"], total["claimed_nees"] / total["own"]
        rmse_m = np.sqrt(total["square_m2"] / total["held"])
        above, noisy = (np.sqrt(total["error_m2"] / total[each]) for each in ("bound_m2", "noisy_m2"))
    rows = [
        {
            "scenario": scenario.name, "policy": policy, "node": node.node_id, "phase": PHASES[k], "nees": mean[i, k],
            "own": own[i, k], "rmse_m": rmse_m[i, k], "low": low, "high": high, "cycles": total["held"][i, k] / runs,
            "rmse_to_bound": above[i] if k == 1 else np.nan, "to_noisy_bound": noisy[i] if k == 1 else np.nan,
            "failed": total["failed"], "not_positive": total["not_positive"],
        }
        for i, node in enumerate(scenario.nodes[:1] if policy == "ideal" else scenario.nodes)
        for k in range(3) if total["held"][i, k] or total["own"][i, k]
    ]  # fmt: skip
    return pd.DataFrame(rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables; exit status 0 unless a track failed or a covariance is not positive."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.consistency", description=PURPOSE)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--scenario", nargs="*", default=None, help="names of scenarios; all by default")
    parser.add_argument("--policy", nargs="*", default=POLICIES)
    parser.add_argument("--csv", help="write the whole table there too")
    options = parser.parse_args(arguments)
    tables = []
    for table in study(options.scenario or scenario_names(), options.policy, options.runs, options.seed):
        print(table.to_string(index=False, float_format=lambda x: f"{x:.2f}"), flush=True)
        tables.append(table)
    whole = pd.concat(tables)
    if options.csv:
        whole.to_csv(options.csv, index=False)
    lost = int(whole.groupby(["scenario", "policy"])[["failed", "not_positive"]].first().to_numpy().sum())
    print(f"{lost} cycles with a failed track or a covariance that is not positive")
    return int(lost > 0)


if __name__ == "__main__":
    sys.exit(main())
