"""How many tracks does a centre make of the missiles of a salvo, and does each stay with its own?

    python -m benchmarks.salvo --runs 100

prints, for salvos of four missiles two seconds apart, by way of association and policy and for every centre: its own
tracks, the entries of its fused tracks over the flight, how often one of either changes from one missile to another
(means a run, with the standard error of the changes), and the mean GOSPA distance while all missiles fly. With "known"
association no detection is ever given wrongly: the bound on what association can do.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from trackfuse.catalog.catalog import load_scenario
from trackfuse.catalog.scenario import SalvoLaunch, Scenario
from trackfuse.simulation.run import Run
from trackfuse.simulation.simulate import simulate
from trackfuse.simulation.true_objects import followed_by

PURPOSE = "How many tracks does a centre make of the missiles of a salvo, and does each stay with its own?"
SCENARIOS = ("nodong_2016_08_03", "kn25_2023_02_20", "kn23_2022_09_25")
POLICIES = ("national", "bilateral", "trilateral")
ASSOCIATIONS = ("gnn", "jpda", "known")
KM_PER_DEG = 111.2


def salvo(name: str, association: str, count: int = 4, every_s: float = 2.0, apart_km: float = 0.5) -> Scenario:
    """The launch of a scenario several times, one launcher north of the other.

    Parameters
    ----------
    name : str
        A shipped scenario.
    association : str
        As in `TrackerSettings`.
    count : int
        Number of missiles.
    every_s : float
        Time between two launches.
    apart_km : float
        Distance between two launchers.

    Returns
    -------
    Scenario
    """
    one = load_scenario(name)
    first = one.launch
    more = tuple(
        SalvoLaunch(
            launch=replace(
                first, launch_id=f"{first.launch_id}-{k + 1}", lat_deg=first.lat_deg + k * apart_km / KM_PER_DEG
            ),
            after_s=every_s * k,
        )
        for k in range(1, count)
    )
    return replace(one, salvo=more, tracker=replace(one.tracker, association=association))


def changes(follows: np.ndarray) -> int:
    """How often something that follows objects (their numbers, negative for none) goes from one object to another."""
    objects = follows[follows >= 0]
    return int((np.diff(objects) != 0).sum())


def salvo_tracks(run: Run) -> pd.DataFrame:
    """One row a centre: own tracks, fused tracks, changes of missile in each, and GOSPA.

    Parameters
    ----------
    run : Run
        Of a salvo.

    Returns
    -------
    DataFrame
        node, own_tracks, own_changes, entries, changes, gospa_m: the mean distance over the cycles at which all objects
        fly.
    """
    local, rows = run.local_tracks, []
    follows = followed_by(run.measurements, local, len(run.prepared.targets))
    all_fly = np.isfinite(run.prepared.truth[:, :, 0]).all(axis=0)
    for i, node in enumerate(run.scenario.nodes):
        own = [k for k in run.local.of(i) if (run.local.status[k] == 1).any()]
        fused = [e for e in run.fused.of(i) if (run.fused.status[e] == 1).any()]
        distance = np.array([each.total for each in run.gospa(i)])
        rows.append({
            "node": node.node_id,
            "own_tracks": len(own),
            "own_changes": sum(changes(follows[k]) for k in own),
            "entries": len(fused),
            "changes": sum(changes(run.follows[e][run.fused.status[e] == 1]) for e in fused),
            "gospa_m": distance[all_fly].mean(),
        })  # fmt: skip
    return pd.DataFrame(rows)


def study(names: Sequence[str], runs: int, count: int, every_s: float, seed: int) -> Iterator[pd.DataFrame]:
    """Means over runs, a table for every scenario, way of association and policy.

    Parameters
    ----------
    names : sequence of str
    runs : int
    count : int
        Missiles of a salvo.
    every_s : float
        Between two launches.
    seed : int

    Yields
    ------
    DataFrame
        One row a centre.
    """
    for name in names:
        for association in ASSOCIATIONS:
            scenario = salvo(name, association, count, every_s)
            for policy in POLICIES:
                begin = time.process_time()
                made = [salvo_tracks(simulate(scenario, policy, seed=seed, run=run)) for run in range(runs)]
                seconds = (time.process_time() - begin) / runs
                of_node = pd.concat(made).groupby("node", sort=False)
                table = of_node.mean()
                table.insert(4, "error", of_node["changes"].std() / np.sqrt(runs))
                for column, value in (("policy", policy), ("association", association), ("scenario", name)):
                    table.insert(0, column, value)
                yield table.assign(cpu_s=seconds).reset_index()


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.salvo", description=PURPOSE)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--count", type=int, default=4, help="missiles of a salvo")
    parser.add_argument("--every", type=float, default=2.0, help="seconds between two launches")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--scenario", nargs="*", default=SCENARIOS, help="names of scenarios")
    options = parser.parse_args(arguments)
    for table in study(options.scenario, options.runs, options.count, options.every, options.seed):
        print(table.to_string(index=False, float_format=lambda x: f"{x:.2f}"), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
