"""The figures of one run with several objects that are compared between policies: by nation, over its launches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trackfuse.scoring.accuracy import ground_distance_km
from trackfuse.simulation.figures import by_nation
from trackfuse.simulation.predicted import predict_at

if TYPE_CHECKING:
    from trackfuse.simulation.several import Several


def several_figures(run: Several) -> np.ndarray:
    """The figures of one run by nation: means over the launches, of each launch that of its best track.

    Parameters
    ----------
    run : Several

    Returns
    -------
    ndarray, shape (3, 6)
        NATIONS by METRICS; times are seconds after the lift-off of the launch itself. Not finite where it never
        happened for one of the launches.
    """
    tables = []
    for n, seen in enumerate(run.prepared.objects[: len(run.exchanges)]):
        notice_s = run.notices_given[n].notices.first_notice_s
        times = np.stack([run.exchanges[n].known_s, first_track_s(run, n), notice_s]) - seen.after_s
        tables.append(by_nation(run.scenario.nodes, times, at_apogee(run, n)))
    return np.mean(tables, axis=0)


def first_track_s(run: Several, launch: int) -> np.ndarray:
    """When each centre's picture first held the missile of a launch, by its own plots or another's report.

    Parameters
    ----------
    run : Several
    launch : int
        Its number.

    Returns
    -------
    ndarray, shape (N,)
        The cycle, seconds after the first lift-off; inf if never.
    """
    first = np.full(len(run.fused), np.inf)
    for i, (fused, follows) in enumerate(zip(run.fused, run.follows, strict=True)):
        cycles = np.flatnonzero(((fused.status == 1) & (follows == launch)).any(axis=0))
        if cycles.size:
            first[i] = run.prepared.cycle_s[cycles[0]]
    return first


def at_apogee(run: Several, launch: int) -> np.ndarray:
    """Accuracy of every centre's best track of a launch's missile at its apogee.

    Parameters
    ----------
    run : Several
    launch : int
        Its number.

    Returns
    -------
    ndarray, shape (N, 4)
        Claimed position error (m), then the true errors of position (m), velocity (m/s) and of the impact predicted
        then (km); nan without a track.
    """
    seen, cycle_s = run.prepared.objects[launch], run.prepared.cycle_s
    at = max(int(np.searchsorted(cycle_s, seen.after_s + seen.flight.apogee_s, side="right")) - 1, 0)
    out = np.full((len(run.fused), 4), np.nan)
    for i, (fused, follows) in enumerate(zip(run.fused, run.follows, strict=True)):
        held = np.flatnonzero((follows[:, at] == launch) & (fused.status[:, at] == 1))
        if not held.size:
            continue
        claimed = np.sqrt(np.einsum("nii->n", fused.covariance[held, at, :3, :3]))
        best = held[claimed.argmin()]
        miss = fused.mean[best, at] - run.prepared.truth[launch, at]
        made = predict_at(fused, np.array([[best, at]]), cycle_s, run.scenario.tracker)
        far = ground_distance_km(
            np.degrees(made.lat_rad), np.degrees(made.lon_rad), seen.flight.impact_lat_deg, seen.flight.impact_lon_deg
        )
        out[i] = claimed.min(), np.linalg.norm(miss[:3]), np.linalg.norm(miss[3:]), far[0]
    return out
