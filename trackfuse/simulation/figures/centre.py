"""Figures of single centres: its first track, and how accurate its best track is at the apogee."""

import numpy as np

from trackfuse.scoring.accuracy import ground_distance_km, track_errors
from trackfuse.simulation.outcome import Outcome
from trackfuse.simulation.predicted import predict_at
from trackfuse.simulation.prepare import Prepared


def first_track_s(run: Outcome, launch: int) -> np.ndarray:
    """When each centre first held a track of a launch: its own, or one that another centre reported.

    Parameters
    ----------
    run : Outcome
    launch : int
        Its number.

    Returns
    -------
    ndarray, shape (N,)
        Seconds after the first lift-off; inf if never. Where detections carry their object, the instant at which a
        track is confirmed or the first report arrives; else the first cycle at which a track that follows the missile
        is held.
    """
    nodes = len(run.scenario.nodes)
    if run.prepared.known:
        row = np.arange(len(run.local.node)).reshape(nodes, -1)[:, launch]
        reporting = run.local.status[row] == 1
        reports = run.deliveries.reports_of(np.arange(nodes), np.broadcast_to(row[:, None], reporting.shape))
        first = np.where(reporting[:, None] if len(run.knowledge) > 1 else True, np.minimum(*reports), np.inf)
        return np.minimum(run.knowledge[launch].confirmed_s, first.min(axis=(0, 2), initial=np.inf))
    held = (run.fused.status == 1) & (run.follows == launch)
    first = np.full(nodes, np.inf)
    for row in np.flatnonzero(held.any(axis=1)):
        node = run.fused.node[row]
        first[node] = min(first[node], run.prepared.cycle_s[held[row].argmax()])
    return first


def accuracy_at_apogee(run: Outcome, launch: int) -> np.ndarray:
    """Accuracy of every centre's best track of a launch's missile at its apogee: the same instant under every policy.

    Parameters
    ----------
    run : Outcome
    launch : int
        Its number.

    Returns
    -------
    ndarray, shape (N, 4)
        Claimed position error (m), then the true errors of position (m), velocity (m/s) and of the impact predicted
        then (km); nan without a track.
    """
    at, fused = apogee_cycle(run.prepared, launch), run.fused
    now = slice(at, at + 1)
    errors = track_errors(
        fused.mean[:, now], fused.covariance[:, now], fused.status[:, now], run.prepared.truth[launch, now]
    )
    held = (fused.status[:, at] == 1) & (run.follows[:, at] == launch)
    claimed = np.where(held, errors.position_sigma_m[:, 0], np.inf)
    out = np.full((len(run.scenario.nodes), 4), np.nan)
    of_nodes = [rows for node in range(len(out)) if np.isfinite(claimed[rows := fused.of(node)]).any()]
    best = np.array([rows[claimed[rows].argmin()] for rows in of_nodes], dtype=np.int64)
    if best.size:
        pairs = np.stack([best, np.full(best.size, at)], axis=1)
        made = predict_at(fused, pairs, run.prepared.cycle_s, run.scenario.tracker)
        flight = run.prepared.targets[launch].flight
        far = ground_distance_km(
            np.degrees(made.lat_rad), np.degrees(made.lon_rad), flight.impact_lat_deg, flight.impact_lon_deg
        )
        out[fused.node[best]] = np.column_stack(
            [claimed[best], errors.position_m[best, 0], errors.velocity_mps[best, 0], far]
        )
    return out


def apogee_cycle(prepared: Prepared, launch: int) -> int:
    """Index of the last cycle at or before the apogee of a launch's missile."""
    target = prepared.targets[launch]
    apogee_s = target.lift_off_s + target.flight.apogee_s
    return max(int(np.searchsorted(prepared.cycle_s, apogee_s, side="right")) - 1, 0)
