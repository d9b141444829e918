"""Where Japan and South Korea announced one flight differently: what each nation's sensors could have measured."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pymap3d

from trackfuse.catalog.catalog import launches as published_launches
from trackfuse.catalog.scenario import Scenario
from trackfuse.history.launches import scenario_of, shipped_event
from trackfuse.scoring.accuracy import ground_distance_km
from trackfuse.simulation.predicted import predict_at
from trackfuse.simulation.prepare import draw_noise, prepare
from trackfuse.simulation.progress import progress
from trackfuse.simulation.run import Run
from trackfuse.simulation.simulate import run_once
from trackfuse.warning.predict import HIT

if TYPE_CHECKING:
    import pandas as pd

POLICIES = ("national", "bilateral", "trilateral")
SPEAKERS = {"JPN": "JPN", "ROK-JCS": "ROK"}
"""Who announced (source_country) and whose centre that is."""
DIFFERENT = 0.1
"""Least difference of apogee or range, as a share of the greater, that is looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    apogee_km: float
    range_km: float


def announced_pairs(*, runs: int = 4, seed: int = 0, least: float = DIFFERENT) -> pd.DataFrame:
    """Published pairs that differ, beside what each nation's sensors could have measured, alone and fused.

    The flight is that of the greater range (of the finest figures where they agree): what the nation that saw more of
    it announced, not a truth.

    Parameters
    ----------
    runs : int
        Runs a launch and policy.
    seed : int
    least : float
        Least difference of apogee or range, as a share of the greater.

    Returns
    -------
    DataFrame
        One row a launch, nation and policy: event_id, name, trajectory, nation, announced_apogee_km and
        announced_range_km, flown_apogee_km and flown_range_km, policy; seen_from_s and seen_to_s (first and last plot
        of the nation's own radars) and last_km (height at the last); apogee_km (highest point of the centre's track,
        within its cycles), range_at_top_km and range_km (launch place to the impact predicted at the highest point and
        at the end of the track, engines and lift ignored), range_sigma_km: medians over runs, nan without a track.
    """
    import pandas as pd

    said: dict[str, dict[str, _Said]] = {}
    names: dict[str, tuple[str, str]] = {}
    for row in published_launches().to_dict("records"):
        if row["source_country"] in SPEAKERS:
            spoken = _Said(apogee_km=row["apogee_km"], range_km=row["range_km"])
            said.setdefault(row["event_id"], {})[SPEAKERS[row["source_country"]]] = spoken
            names[row["event_id"]] = row["name"], row["trajectory"]
    wanted = {event: both for event, both in said.items() if len(both) == 2 and _differ(both, least)}
    rows: list[dict[str, Any]] = []
    with progress(len(wanted), "announced pairs") as bar:
        for event_id, both in wanted.items():
            label = {"event_id": event_id, "name": names[event_id][0], "trajectory": names[event_id][1]}
            rows += [label | row for row in _pair(event_id, both, runs, seed)]
            bar.update()
    return pd.DataFrame(rows)


def _differ(both: dict[str, _Said], least: float) -> bool:
    one, other = both.values()
    return any(abs(a - b) > least * max(a, b) for a, b in ((one.apogee_km, other.apogee_km),
                                                             (one.range_km, other.range_km)))  # fmt: skip


def _pair(event_id: str, both: dict[str, _Said], runs: int, seed: int) -> list[dict[str, Any]]:
    apogees = [spoken.apogee_km for spoken in both.values() if math.isfinite(spoken.apogee_km)]
    ranges = [spoken.range_km for spoken in both.values() if math.isfinite(spoken.range_km)]
    behind = shipped_event(event_id, range_km=max(ranges, default=math.nan), apogee_km=max(apogees, default=math.nan))
    if behind.launch is None:
        return []
    scenario = scenario_of(behind.launch, behind.on)
    rows = []
    for policy in POLICIES:
        done = _runs(scenario, policy, runs, seed)
        for nation, spoken in both.items():
            label = {"nation": nation, "announced_apogee_km": spoken.apogee_km, "announced_range_km": spoken.range_km,
                     "flown_apogee_km": behind.launch.apogee_km, "flown_range_km": behind.launch.range_km,
                     "policy": policy}  # fmt: skip
            found = np.array([_measured(run, nation) for run in done])
            with np.errstate(all="ignore"):
                middle = [float(np.median(column[np.isfinite(column)])) if np.isfinite(column).any() else math.nan
                          for column in found.T]  # fmt: skip
            columns = ("seen_from_s", "seen_to_s", "last_km", "apogee_km", "range_at_top_km", "range_km",
                       "range_sigma_km")
            rows.append(label | dict(zip(columns, middle, strict=True)))
    return rows


def _runs(scenario: Scenario, policy: str, runs: int, seed: int) -> list[Run]:
    ready, chosen = prepare(scenario), scenario.policy(policy)
    return [run_once(scenario, chosen, ready, draw_noise(scenario, ready, seed=seed, run=run), seed=seed, run=run)
            for run in range(runs)]  # fmt: skip


def _measured(run: Run, nation: str) -> tuple[float, ...]:
    """First and last own detection (s), height at the last, highest point, range foreseen there, at the end, sigma
    (km).
    """
    made, launch = run.measurements, run.scenario.launch
    own = np.array([run.scenario.sensors[s].nation == nation for s in made.sensor], dtype=bool) & ~made.is_infrared
    at = made.t_s[own]
    first, last, height = math.nan, math.nan, math.nan
    if at.size:
        first, last = float(at.min()), float(at.max())
        where = run.flight.position_m[int(np.searchsorted(run.flight.t_s, last))]
        height = float(pymap3d.ecef2geodetic(*where)[2]) / 1e3
    node = [centre.nation for centre in run.scenario.nodes].index(nation)
    held = np.flatnonzero(run.fused.status[node] == 1)
    if not held.size:
        return first, last, height, *(math.nan,) * 4
    altitude = pymap3d.ecef2geodetic(*run.fused.mean[node, held, :3].T)[2]
    made = predict_at(run.fused, np.stack([np.full(held.size, node), held], axis=1), run.prepared.cycle_s,
                      replace(run.scenario.tracker, lift_to_drag=0.0))  # fmt: skip
    away = ground_distance_km(np.degrees(made.lat_rad), np.degrees(made.lon_rad), launch.lat_deg, launch.lon_deg)
    end = np.flatnonzero(made.status == HIT)[-1:]
    spread = np.linalg.eigvalsh(made.covariance[end, :2, :2])[:, -1]
    top = away[int(np.argmin(np.abs(run.prepared.cycle_s[held] - run.flight.apogee_s)))]
    if not end.size:
        return first, last, height, *(math.nan,) * 4
    return (first, last, height, float(np.max(altitude)) / 1e3, float(top), float(away[end[0]]),
            float(np.sqrt(spread[0])) / 1e3)  # fmt: skip
