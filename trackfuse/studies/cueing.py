"""What cues are worth: when each radar first detects with cues and without them, on the same noise."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from trackfuse.catalog.catalog import load_scenario
from trackfuse.catalog.scenario import Scenario
from trackfuse.core.errors import SettingsError
from trackfuse.core.rng import check_seed
from trackfuse.scoring.gains import median_interval
from trackfuse.sharing import Policy
from trackfuse.simulation.prepare import Noise, Prepared, draw_noise, prepare
from trackfuse.simulation.simulate import deliver


def cue_gains(
    scenario: Scenario | str, policies: Sequence[Policy | str] | None = None, *, runs: int = 100, seed: int = 0
) -> pd.DataFrame:
    """How much earlier each radar acquires the first missile thanks to cues, by policy, run by run on the same noise.

    Parameters
    ----------
    scenario : Scenario or str
        A scenario, or the name of a shipped one.
    policies : sequence of Policy or str, optional
        Default: all of the scenario's, poorest first.
    runs : int
        Number of runs, 1 or more.
    seed : int

    Returns
    -------
    DataFrame
        One row a policy and radar that ever detects, and one a policy and nation (`radar` is "" : its first radar):
        `policy`, `nation`, `radar`; `cued_s` and `uncued_s`, medians of the first detection in seconds after lift-off
        (inf where more than half of the runs have none) with cues as they come and with none; `gain_s`, the median
        paired gain, its 95 % interval `low_s`, `high_s`, and mean `mean_s`, over the `n` runs in which it detects both
        ways; `only_cued`, the runs in which it detects only thanks to a cue.

    Raises
    ------
    ScenarioError, FlightError
        If there is no such scenario or policy, or no such flight.
    SettingsError
        If `runs` is below 1 or the seed not a non-negative integer.
    """
    if isinstance(runs, bool) or not isinstance(runs, int) or runs < 1:
        raise SettingsError(f"runs: {runs!r} is not a whole number of 1 or more")
    check_seed(seed)
    chosen = load_scenario(scenario) if isinstance(scenario, str) else scenario
    picked = [chosen.policy(policy) for policy in (chosen.policies if policies is None else policies)]
    prepared = prepare(chosen)
    deaf = replace(prepared, targets=tuple(
        replace(each, looks=replace(each.looks, pd=each.looks.pd[:, [0, 0]])) for each in prepared.targets
    ))  # fmt: skip
    firsts = np.full((2, len(picked), runs, len(chosen.sensors)), np.inf)
    for run in range(runs):
        noise = draw_noise(chosen, prepared, seed=seed, run=run)
        for way, looked in enumerate((prepared, deaf)):
            for p, policy in enumerate(picked):
                firsts[way, p, run] = _first_plots(chosen, policy, looked, noise, seed, run)
    rows = [
        {"policy": policy.name} | row
        for p, policy in enumerate(picked)
        for row in _rows(chosen, prepared, firsts[0, p], firsts[1, p])
    ]
    return pd.DataFrame(rows, columns=["policy", "nation", "radar", *_FIGURES])


_FIGURES = ("cued_s", "uncued_s", "gain_s", "low_s", "high_s", "mean_s", "n", "only_cued")


def _first_plots(
    scenario: Scenario, policy: Policy, prepared: Prepared, noise: Noise, seed: int, run: int
) -> np.ndarray:
    """First detection of the first missile by every sensor in one run, shape (S,), s; inf if none."""
    made = deliver(scenario, policy, prepared, noise).measurements
    first, mine = np.full(len(scenario.sensors), np.inf), made.truth == 0
    np.minimum.at(first, made.sensor[mine], made.t_s[mine])
    return first


def _rows(scenario: Scenario, prepared: Prepared, cued: np.ndarray, uncued: np.ndarray) -> list[dict]:
    radars = np.flatnonzero(~prepared.looks.is_infrared)
    found = []
    for nation in dict.fromkeys(scenario.sensors[s].nation for s in radars):
        own = [s for s in radars if scenario.sensors[s].nation == nation]
        groups = [("", own)] + [(scenario.sensors[s].sensor_id, [s]) for s in own]
        for name, members in groups:
            with_cue, without = cued[:, members].min(axis=1), uncued[:, members].min(axis=1)
            if np.isfinite(with_cue).any():
                found.append({"nation": nation, "radar": name} | _figures(with_cue, without))
    return found


def _figures(cued: np.ndarray, uncued: np.ndarray) -> dict[str, float | int]:
    both = np.isfinite(cued) & np.isfinite(uncued)
    gain = uncued[both] - cued[both]
    low, high = median_interval(gain)
    values = (_median(cued), _median(uncued), _median(gain) if gain.size else np.nan, low, high)
    mean = float(gain.mean()) if gain.size else np.nan
    counts = int(both.sum()), int((np.isfinite(cued) & ~both).sum())
    return dict(zip(_FIGURES, (*values, mean, *counts), strict=True))


def _median(values: np.ndarray) -> float:
    """Middle value; of an even number the upper one, so that infinities do not mix with times."""
    return float(np.sort(values)[values.size // 2])
