"""Does a track ever break without saying so? Thousands of runs of every scenario, under every policy in turn.

    python -m benchmarks.robustness --runs 10000

counts the cycles in which a filter says that it failed, the covariances that are not positive definite, and the runs in
which a confirmed track goes astray: farther off than a filter may claim and five of its own standard deviations, or,
settled in free fall, with an error squared that a right claim has once in 1e18. Several objects, where a scenario has
them, are run apart and fewer: there the numbers count, not whose track it is.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pandas as pd

from trackfuse.catalog.catalog import load_scenario, scenario_names
from trackfuse.catalog.scenario import Scenario
from trackfuse.kernels.track_update import LOST_M
from trackfuse.scoring.consistency import nees
from trackfuse.simulation.deliver import deliver
from trackfuse.simulation.fused_tracks import cluster, fuse
from trackfuse.simulation.local_tracks import local_tracks
from trackfuse.simulation.prepare import Prepared, draw_noise, prepare
from trackfuse.simulation.simulate import simulate
from trackfuse.tracking import Tracks

from .consistency import POLICIES, SETTLED_S

PURPOSE = "Does a track ever break without saying so?"
ASTRAY_NEES = 100.0
"""Chi-square with 6 degrees of freedom: above it with a probability of 3e-19."""


def broken(tracks: Tracks) -> tuple[int, int, int]:
    """Cycles with a confirmed track, with a filter that says it failed, and with a covariance that is not positive."""
    there = tracks.status == 1
    p = tracks.covariance[there]
    scale = np.sqrt(np.einsum("kii->ki", p))
    correlation = p / (scale[:, :, None] * scale[:, None, :])
    finite = np.isfinite(correlation).all(axis=(1, 2)) & np.isfinite(tracks.mean[there]).all(axis=1)
    correlation = np.where(finite[:, None, None], correlation, -np.eye(6))
    try:
        np.linalg.cholesky(correlation)
        bad = 0
    except np.linalg.LinAlgError:
        bad = int((~(np.linalg.eigvalsh(correlation)[:, 0] > 0.0)).sum())
    return int(there.sum()), int((tracks.status == -1).sum()), bad


def astray(prepared: Prepared, held: Sequence[Tracks]) -> tuple[bool, float]:
    """Whether a confirmed track goes astray in a run, and the largest position error, m."""
    truth, cycles, flight = prepared.truth[0], prepared.cycle_s, prepared.flight
    settled = (cycles > flight.burnout_s + SETTLED_S) & (cycles < flight.t_s[np.flatnonzero(flight.phase == 1)[-1]])
    worst, lost = 0.0, False
    for tracks in held:
        there = tracks.status == 1
        error = np.where(there[..., None], tracks.mean - truth, np.nan)
        far = np.sqrt(np.sum(error[..., :3] ** 2, axis=2))
        claimed = np.sqrt(np.trace(tracks.covariance[..., :3, :3], axis1=2, axis2=3))
        lost |= bool((far > np.maximum(LOST_M, 5.0 * claimed)).any())
        lost |= bool((nees(error, tracks.covariance)[:, settled] > ASTRAY_NEES).any())
        worst = max(worst, float(np.nanmax(far, initial=0.0)))
    return lost, worst


def study(names: Sequence[str], runs: int, several: int, seed: int) -> Iterator[pd.DataFrame]:
    """A row for every scenario, and one more where it has several objects.

    Parameters
    ----------
    names : sequence of str
    runs, several : int
        Runs of the first missile alone, and of all objects.
    seed : int

    Yields
    ------
    DataFrame
        Runs, seconds, cycles with a track, those that failed and those not positive, runs astray and the largest error.
    """
    for name in names:
        scenario = load_scenario(name)
        yield _alone(replace(scenario, salvo=(), debris=False, false_plots=False), runs, seed)
        if scenario.several and several:
            yield _together(scenario, several, seed)


def _alone(scenario: Scenario, runs: int, seed: int) -> pd.DataFrame:
    prepared, begin = prepare(scenario), time.perf_counter()

    def once(run: int) -> tuple[float, ...]:
        noise = draw_noise(scenario, prepared, seed=seed, run=run)
        policy = scenario.policy(POLICIES[run % len(POLICIES)])
        # What is warned of does not matter here.
        own = local_tracks(scenario, prepared, noise, deliver(scenario, policy, prepared, noise))
        clusters = cluster(scenario, prepared, own).clusters
        held = own.local.tracks, fuse(scenario, policy, prepared, noise, own, clusters)
        return (*map(int, np.sum([broken(tracks) for tracks in held], axis=0)), *astray(prepared, held))

    with ThreadPoolExecutor() as pool:
        found = np.array(list(pool.map(once, range(runs))), dtype=float)
    return _row(scenario.name, "first missile", found, time.perf_counter() - begin)


def _together(scenario: Scenario, runs: int, seed: int) -> pd.DataFrame:
    begin = time.perf_counter()

    def once(run: int) -> tuple[float, ...]:
        one = simulate(scenario, POLICIES[run % len(POLICIES)], seed=seed, run=run)
        counts = np.sum([broken(tracks) for tracks in (one.local, one.fused)], axis=0)
        return (*map(int, counts), False, np.nan)

    found = np.array([once(run) for run in range(runs)], dtype=float)
    return _row(scenario.name, "all objects", found, time.perf_counter() - begin)


def _row(name: str, what: str, found: np.ndarray, seconds: float) -> pd.DataFrame:
    total = found.sum(axis=0)
    return pd.DataFrame(
        {
            "scenario": name, "of": what, "runs": len(found), "seconds": seconds, "tracked": int(total[0]),
            "failed": int(total[1]), "not_positive": int(total[2]), "astray": int(total[3]),
            "largest_error_km": found[:, 4].max() / 1e3,
        },
        index=[0],
    )  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; exit status 0 unless a covariance is not positive or a track goes astray."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.robustness", description=PURPOSE)
    parser.add_argument("--runs", type=int, default=10_000, help="of every scenario, the policies in turn")
    parser.add_argument("--several", type=int, default=100, help="runs of all objects, where there are several")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--scenario", nargs="*", default=None, help="names of scenarios; all by default")
    options = parser.parse_args(arguments)
    wrong = 0
    for row in study(options.scenario or scenario_names(), options.runs, options.several, options.seed):
        print(row.to_string(index=False, float_format=lambda x: f"{x:.1f}"), flush=True)
        wrong += int(row["not_positive"].iloc[0] + row["astray"].iloc[0])
    print(f"{wrong} covariances that are not positive or runs astray")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
