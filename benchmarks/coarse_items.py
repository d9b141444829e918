"""Can anybody tell which coarse items are of which missile, when a centre's own radars come to see them?

    python -m benchmarks.coarse_items --runs 40

For salvos of four missiles two seconds apart, and Japan's centre, which has South Korea's published items before it has
tracks of its own: at the cycle at which the last of its own tracks begins, and later, every item received by then is
compared with the true position of every missile at its time, and items and missiles are paired as is likeliest. How
many of four pairs are wrong is a bound on what track-to-track association can do, for no centre knows the true
positions. An entry known by items that is taken over by another missile's own track is a change of missile.
"""

import argparse
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from benchmarks.salvo import SCENARIOS, salvo
from trackfuse.simulation.rounding import TRAJECTORY, message_rounding
from trackfuse.simulation.run import Run
from trackfuse.simulation.simulate import simulate
from trackfuse.simulation.true_objects import followed_by
from trackfuse.tracking import warning_sigma

PURPOSE = "Can anybody tell which coarse items are of which missile, when a centre's own radars come to see them?"
RECEIVER, SENDER = "JPN", "ROK"
LATER_S = (0.0, 10.0, 20.0, 30.0, 60.0)
STAYS = 20
"""An own track counts that lives for more than so many cycles."""


def wrong_pairs(run: Run) -> list[float]:
    """How many of four pairs of items and missiles are wrong, at `LATER_S` after the last own track began; nan where
    there are not four tracks to pair.

    Parameters
    ----------
    run : Run
        Of a salvo of four under a policy by which items go from `SENDER` to `RECEIVER`.

    Returns
    -------
    list of float
    """
    own, prepared = run.local, run.prepared
    names, cycle = [node.node_id for node in run.scenario.nodes], prepared.cycle_s
    receiver, sender = names.index(RECEIVER), names.index(SENDER)
    cycles = np.arange(len(cycle))
    begins = sorted(cycles[own.status[k] == 1][0] for k in own.of(receiver) if (own.status[k] == 1).sum() > STAYS)
    if len(begins) < 4:
        return [np.nan] * len(LATER_S)
    row = np.broadcast_to(np.arange(len(own.node))[:, None], own.status.shape)
    _, received_s = run.deliveries.reports_of(own.node, row)
    centres = tuple(names[n] for n in own.node)
    noise = message_rounding(run.scenario.launch.launch_id, centres, len(cycle), seed=run.seed, run=run.run)
    sigma = warning_sigma(prepared.tracker)
    stated = (own.mean + sigma * noise[:, :, TRAJECTORY])[:, :, :3]
    squared = (((stated[:, None] - prepared.truth[None, :, :, :3]) / sigma[:3]) ** 2).sum(axis=3)
    follows, found = followed_by(run.measurements, run.local_tracks, len(prepared.targets)), []
    for later_s in LATER_S:
        now = cycle[begins[3]] + later_s
        held = (received_s[:, receiver] <= now) & (own.status == 1)
        rows = [k for k in own.of(sender) if held[k].any() and own.status[k, cycles[held[k]][-1]] == 1]
        if len(rows) < 4:
            found.append(np.nan)
            continue
        cost = np.array([np.where(held[k], squared[k], 0.0).sum(axis=1) for k in rows])
        chosen, missile = linear_sum_assignment(cost)
        last = [cycles[held[rows[n]]][-1] for n in chosen]
        found.append(float(sum(follows[rows[n], j] != o for n, j, o in zip(chosen, last, missile, strict=True))))
    return found


def study(names: Sequence[str], runs: int, seed: int) -> Iterator[pd.DataFrame]:
    """Means over runs, a table for every scenario.

    Parameters
    ----------
    names : sequence of str
    runs : int
    seed : int

    Yields
    ------
    DataFrame
        One row a time: scenario, later_s, wrong (of four pairs) and its standard error.
    """
    for name in names:
        scenario = salvo(name, "gnn")
        made = np.array([wrong_pairs(simulate(scenario, "trilateral", seed=seed, run=run)) for run in range(runs)])
        counted = np.isfinite(made).sum(axis=0)
        yield pd.DataFrame({
            "scenario": name, "later_s": LATER_S, "wrong": np.nanmean(made, axis=0),
            "error": np.nanstd(made, axis=0) / np.sqrt(counted), "runs": counted,
        })  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.coarse_items", description=PURPOSE)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--scenario", nargs="*", default=SCENARIOS, help="names of scenarios")
    options = parser.parse_args(arguments)
    for table in study(options.scenario, options.runs, options.seed):
        print(table.to_string(index=False, float_format=lambda x: f"{x:.2f}"), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
