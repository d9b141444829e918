"""Where Japan and South Korea announced one flight differently: what the model misses, and what would mend it."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pymap3d

from trackfuse.catalog.catalog import launches as published_launches
from trackfuse.history.launches import scenario_of, shipped_event
from trackfuse.history.runs import predicted_impacts
from trackfuse.simulation.progress import progress
from trackfuse.simulation.run import Run
from trackfuse.simulation.simulate import simulate_each
from trackfuse.warning.predict import HIT

if TYPE_CHECKING:
    import pandas as pd

POLICIES = ("national", "bilateral", "trilateral")
ANNOUNCERS = {"JPN": "JPN", "ROK-JCS": "ROK"}
"""Who announced (source_country) and whose centre that is."""
DIFFERENT = 0.1
"""Least difference of apogee or range, as a share of the greater, that is looked at."""
FIGURES = ["apogee_km", "range_km"]
LABELS = ["event_id", "name", "trajectory", "nation", "announced_apogee_km", "announced_range_km", "flown_apogee_km",
          "flown_range_km", "policy"]  # fmt: skip
MEASURED = ["seen_from_s", "seen_to_s", "last_km", "apogee_km", "range_at_top_km", "range_km", "range_sigma_km",
            "ashore_at_top_km", "ashore_km"]  # fmt: skip
AS_IT_IS = "as it is"
MENDS = {AS_IT_IS: "range_km", "an ordinary path from the top": "range_at_top_km", "no ship on station": "ashore_km",
         "both": "ashore_at_top_km"}  # fmt: skip
"""Assumption -> the range that a centre would publish under it; the first that fits is named."""
FITS_KM = 50.0
"""An announced range is met if it is this near: what Japan rounds to."""


def announced_pairs(*, runs: int = 4, seed: int = 0, least: float = DIFFERENT) -> pd.DataFrame:
    """Published pairs that differ, beside what each nation would measure: which figures the model misses, and why.

    The flight is that of the greater range (of the finest figures where they agree): what the nation that saw more of
    it announced, not a truth. With everything on station the end of a track gives the greater range to both nations;
    the shorter figure is then missed, and `explained_by` names the assumption that would give it.

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
        at the end of the track, engines and lift ignored), range_sigma_km; ashore_at_top_km and ashore_km (the two
        ranges with no ship of any nation on station): medians over runs, nan without a track. reproduced: whether
        range_km is within `FITS_KM` of what was announced; fails: in words, "" where it is; explained_by: the
        first assumption of `MENDS` under which it would be, "none of these" where none does, "" without an announced
        range.
    """
    import pandas as pd

    table = published_launches()
    announced = table.assign(nation=table["source_country"].map(ANNOUNCERS)).dropna(subset="nation")
    pairs = [pair for _, pair in announced.groupby("event_id", sort=False) if len(pair) == 2 and _differ(pair, least)]
    rows: list[dict[Hashable, Any]] = []
    with progress(len(pairs), "announced pairs") as bar:
        for pair in pairs:
            rows += _measured_by_run(pair, runs, seed)
            bar.update()
    measured = pd.DataFrame(rows, columns=[*LABELS, *MEASURED]).replace([np.inf, -np.inf], np.nan)
    medians = measured.groupby(LABELS, sort=False, dropna=False).median().reset_index()
    judged = [_judged(row) for row in medians.to_dict("records")]
    return medians.assign(**{name: [each[name] for each in judged] for name in ("reproduced", "fails", "explained_by")})


def _judged(row: dict[Hashable, Any]) -> dict[str, Any]:
    """Whether what was announced comes out, what fails, and which assumption would mend it."""
    announced = row["announced_range_km"]
    if not np.isfinite(announced):
        return {"reproduced": False, "fails": "no range announced", "explained_by": ""}
    fits = [name for name, column in MENDS.items() if abs(row[column] - announced) <= FITS_KM]
    explained = fits[0] if fits else "none of these"
    got = f"{row['range_km']:.0f} km" if np.isfinite(row["range_km"]) else "no track"
    fails = "" if explained == AS_IT_IS else f"announced {announced:.0f} km, the end of the track gives {got}"
    return {"reproduced": not fails, "fails": fails, "explained_by": explained}


def _differ(pair: pd.DataFrame, least: float) -> bool:
    greatest = pair[FIGURES].max()
    return bool((greatest - pair[FIGURES].min() > least * greatest).any())


def _measured_by_run(pair: pd.DataFrame, runs: int, seed: int) -> list[dict[Hashable, Any]]:
    """What each nation measures of a launch that both announced, one row a run, policy and nation."""
    greatest = pair[FIGURES].max()
    event = shipped_event(pair["event_id"].iloc[0], apogee_km=greatest["apogee_km"], range_km=greatest["range_km"])
    if event.launch is None:
        return []
    scenario = scenario_of(event.launch, event.on)
    ashore = replace(scenario, posture="none")
    flown = {"flown_apogee_km": event.launch.apogee_km, "flown_range_km": event.launch.range_km}
    announced = pair.rename(columns={figure: f"announced_{figure}" for figure in FIGURES})
    return [
        announcement
        | flown
        | {"policy": done.policy.name}
        | _measured(done, announcement["nation"])
        | _ashore(without, announcement["nation"])
        for run in range(runs)
        for done, without in zip(
            simulate_each(scenario, POLICIES, seed=seed, run=run),
            simulate_each(ashore, POLICIES, seed=seed, run=run),
            strict=True,
        )
        for announcement in announced.to_dict("records")
    ]


def _ashore(run: Run, nation: str) -> dict[str, float]:
    """The two ranges of a run without ships, km."""
    found = _measured(run, nation)
    names = {"range_at_top_km": "ashore_at_top_km", "range_km": "ashore_km"}
    return {own: found[name] for name, own in names.items() if name in found}


def _measured(run: Run, nation: str) -> dict[str, float]:
    """First and last detection by the nation's own radars (s), height at the last, and the highest point, ranges and
    sigma of its centre's track (km); nothing of what there is not.
    """
    plots, measured = run.measurements, dict[str, float]()
    own = np.array([run.scenario.sensors[s].nation == nation for s in plots.sensor], dtype=bool) & ~plots.is_infrared
    if own.any():
        first_s, last_s = float(plots.t_s[own].min()), float(plots.t_s[own].max())
        last_m = run.flight.position_m[int(np.searchsorted(run.flight.t_s, last_s))]
        height_m = float(pymap3d.ecef2geodetic(*last_m)[2])
        measured = {"seen_from_s": first_s, "seen_to_s": last_s, "last_km": height_m / 1e3}
    found = predicted_impacts(run, nation, lift_to_drag=0.0)
    hits = np.flatnonzero(found.predictions.status == HIT)
    if not hits.size:
        return measured
    altitude_m = pymap3d.ecef2geodetic(*run.fused.mean[found.node, found.cycle, :3].T)[2]
    top = np.argmin(np.abs(run.prepared.cycle_s[found.cycle] - run.flight.apogee_s))
    return measured | {
        "apogee_km": float(np.max(altitude_m)) / 1e3,
        "range_at_top_km": float(found.range_km[top]),
        "range_km": float(found.range_km[hits[-1]]),
        "range_sigma_km": float(found.sigma_km[hits[-1]]),
    }
