"""What cues are worth: when each radar first detects with cues and without them, on the same noise."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from trackfuse.catalog.scenario import Scenario
from trackfuse.scoring.gains import median_interval
from trackfuse.sensing import Radar
from trackfuse.sharing import Policy
from trackfuse.simulation.deliver import deliver
from trackfuse.simulation.prepare import Noise, Prepared, draw_noise, prepare
from trackfuse.simulation.release import deliver_and_track
from trackfuse.studies.runs import checked_scenario, each_run


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
    chosen = checked_scenario(scenario, runs=runs, seed=seed)
    picked = [chosen.policy(policy) for policy in (chosen.policies if policies is None else policies)]
    prepared = prepare(chosen)
    without_cues = replace(
        prepared,
        targets=tuple(
            replace(target, looks=replace(target.looks, pd=target.looks.pd[:, [0, 0]])) for target in prepared.targets
        ),
    )

    def first_detections(run: int) -> list[list[np.ndarray]]:
        noise = draw_noise(chosen, prepared, seed=seed, run=run)
        return [
            [_first_detections(chosen, policy, looked_at, noise, seed, run) for policy in picked]
            for looked_at in (prepared, without_cues)
        ]

    found = np.array(each_run(first_detections, runs, f"cues {chosen.name}"))
    rows = [
        {"policy": policy.name} | row
        for p, policy in enumerate(picked)
        for row in _rows(chosen, prepared, cued=found[:, 0, p], uncued=found[:, 1, p])
    ]
    return pd.DataFrame(rows, columns=["policy", "nation", "radar", *_FIGURES])


_FIGURES = ("cued_s", "uncued_s", "gain_s", "low_s", "high_s", "mean_s", "n", "only_cued")


def _first_detections(
    scenario: Scenario, policy: Policy, prepared: Prepared, noise: Noise, seed: int, run: int
) -> np.ndarray:
    """First detection of the first missile by every sensor in one run, shape (S,), s; inf if none."""
    if isinstance(policy.sharing_rule, str):
        delivered = deliver(scenario, policy, prepared, noise)
    else:  # what passes, and cues, depends on tracks
        delivered = deliver_and_track(scenario, policy, prepared, noise).delivered
    detections = delivered.measurements
    first, of_missile = np.full(len(scenario.sensors), np.inf), detections.truth == 0
    np.minimum.at(first, detections.sensor[of_missile], detections.t_s[of_missile])
    return first


def _rows(scenario: Scenario, prepared: Prepared, *, cued: np.ndarray, uncued: np.ndarray) -> list[dict[str, Any]]:
    """Rows of one policy, of its first detections with and without cues, both of shape (runs, S), s."""
    radars = [s for s, sensor in enumerate(scenario.sensors) if isinstance(sensor, Radar)]
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
    middle, mean = (_median(gain), float(gain.mean())) if gain.size else (np.nan, np.nan)
    counts = int(both.sum()), int((np.isfinite(cued) & ~both).sum())
    return dict(
        zip(_FIGURES, (_median(cued), _median(uncued), middle, *median_interval(gain), mean, *counts), strict=True)
    )


def _median(values: np.ndarray) -> float:
    """Middle value; of an even number the upper one, so that infinities do not mix with times."""
    return float(np.sort(values)[values.size // 2])
