"""What biases cost, and what each way with them makes of that: ignored, considered or estimated, on the same noise."""

from dataclasses import replace

import numpy as np
import pandas as pd

from trackfuse.catalog.scenario import Scenario
from trackfuse.sharing import Policy
from trackfuse.simulation.prepare import draw_noise, prepare
from trackfuse.simulation.run import Run
from trackfuse.simulation.simulate import run_each
from trackfuse.studies.runs import checked_scenario, each_run
from trackfuse.tracking.settings import REGISTRATIONS

COLUMNS = ("nation", "node", "way", "error_m", "claimed_m", "nees", "n")


def bias_ways(
    scenario: Scenario | str, policy: Policy | str = "bilateral", *, runs: int = 20, seed: int = 0
) -> pd.DataFrame:
    """Accuracy of every centre's fused track of the first missile in free flight, by what it does with biases.

    Parameters
    ----------
    scenario : Scenario or str
        A scenario, or the name of a shipped one.
    policy : Policy or str
    runs : int
        Number of runs, 1 or more.
    seed : int

    Returns
    -------
    DataFrame
        One row a centre that holds a track and a way: `nation`, `node`, `way`; `error_m` and `claimed_m`, medians of
        the position error and of its standard deviation over runs and cycles from 30 s after burn-out to 60 s before
        impact; `nees`, the mean normalised error squared, 6 where a claim is right; `n`, the number of runs.

    Raises
    ------
    ScenarioError, FlightError
        If there is no such scenario or policy, or no such flight.
    SettingsError
        If `runs` is below 1 or the seed not a non-negative integer.
    """
    chosen = checked_scenario(scenario, runs=runs, seed=seed)
    asked = [replace(chosen, tracker=replace(chosen.tracker, registration=way)) for way in REGISTRATIONS]
    prepared, picked = [prepare(each) for each in asked], chosen.policy(policy)

    def errors(run: int) -> np.ndarray:
        noise = [draw_noise(each, of, seed=seed, run=run) for each, of in zip(asked, prepared, strict=True)]
        return np.array([
            _of_nodes(run_each(each, [picked], of, drawn)[0].main)
            for each, of, drawn in zip(asked, prepared, noise, strict=True)
        ])  # fmt: skip

    found = np.array(each_run(errors, runs, f"biases {chosen.name}"))
    rows = [
        (node.nation, node.node_id, way, *np.nanmedian(mine[:, :2], axis=(0, 2)), np.nanmean(mine[:, 2]), runs)
        for i, node in enumerate(chosen.nodes)
        for w, way in enumerate(REGISTRATIONS)
        if np.isfinite(mine := found[:, w, :, i]).any()
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _of_nodes(run: Run) -> np.ndarray:
    """Position error, claimed standard deviation and NEES of each node's track in free flight, (3, N, J); nan else.

    Definition: free flight is from 30 s after burn-out to 60 s before the impact.
    """
    t, flight, errors = run.prepared.cycle_s, run.flight, run.errors
    free = (t > flight.burnout_s + 30.0) & (t < flight.end_s - 60.0)
    out = np.full((3, len(run.scenario.nodes), len(t)), np.nan)
    values = np.stack([errors.position_m, errors.position_sigma_m, errors.nees])
    out[:, run.fused.node] = np.where(free, values, np.nan)
    return out
