"""What crosses as a warning: launch point, trajectory, predicted impact point, each as stated and with its accuracy."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import pymap3d

from trackfuse.catalog.records import item_accuracies
from trackfuse.earth import beside_rad
from trackfuse.sensing import registration_gradient, with_registration
from trackfuse.simulation.boost import LaunchPoint
from trackfuse.simulation.outcome import Outcome
from trackfuse.simulation.predicted import OwnPredictions
from trackfuse.simulation.rounding import LAUNCH_POINT, TRAJECTORY
from trackfuse.simulation.warning_inputs import rounding_in, warning_inputs
from trackfuse.tracking import FirstFix, first_fix
from trackfuse.tracking.packing import packed
from trackfuse.warning import HIT, picked

STATED = (
    "track", "launch_lat_deg", "launch_lon_deg", "launch_s", "launch_sigma_km", "lat_deg", "lon_deg", "alt_km",
    "vx_mps", "vy_mps", "vz_mps", "position_sigma_m", "impact_lat_deg", "impact_lon_deg", "impact_s", "impact_sigma_km",
    "impact_sigma_s", "path", "boosting",
)  # fmt: skip
"""Columns of what a message says of a track."""


def messages(run: Outcome) -> pd.DataFrame:
    """The warning messages of a run: one row for each track in each that a centre received, in order of reception.

    Parameters
    ----------
    run : Outcome

    Returns
    -------
    DataFrame
        `node`, `origin`, `about_s`, `received_s`; `track`, the number of the sender's own track; the launch point
        `launch_lat_deg`, `launch_lon_deg`, `launch_s` with `launch_sigma_km`; the trajectory as stated: `lat_deg`,
        `lon_deg`, `alt_km`, `vx_mps`, `vy_mps`, `vz_mps` (ECEF) with `position_sigma_m`, and `path`, 16 points
        (latitude, longitude in degrees) at equal times from the sender's newest prediction to the impact; the predicted
        impact point `impact_lat_deg`, `impact_lon_deg`, `impact_s` with `impact_sigma_km` (longer half-axis) and
        `impact_sigma_s`. Path and impact point are what the receiver's warning rule decides on. Where `boosting`
        exceeds 0.5, the impact is that of an engine stopped at once.
    """
    received = run.deliveries.warning_received_s
    names = [node.node_id for node in run.scenario.nodes]
    origin, target, cycle = np.nonzero(np.isfinite(received) & ~np.eye(len(names), dtype=bool)[:, :, None])
    own, rounding = warning_inputs(run).own, rounding_in(run)
    senders = np.isin(run.local.node, origin if len(origin) else [0])
    stated = [_stated(run, own, rounding, int(row)) for row in np.flatnonzero(senders)]
    rows = pd.DataFrame(
        {
            "node": [names[i] for i in target],
            "origin": [names[i] for i in origin],
            "about_s": run.prepared.cycle_s[cycle],
            "received_s": received[origin, target, cycle],
        }
    )
    if not stated:  # nobody has a track to report
        return rows.iloc[:0].reindex(columns=[*rows, *STATED])
    table = rows.merge(pd.concat(stated, ignore_index=True), on=["origin", "about_s"], how="inner")
    if run.deliveries.releasable is not None:
        source, target = (pd.Index(names).get_indexer(pd.Index(table[column])) for column in ("origin", "node"))
        row = np.searchsorted(run.local.node, source) + table["track"].to_numpy()
        cycle = np.searchsorted(run.prepared.cycle_s, table["about_s"])
        table = table[run.deliveries.releasable[0, row, cycle, target]]
    return table.sort_values(["received_s", "node", "origin"], ignore_index=True, kind="stable")


def _stated(run: Outcome, own: OwnPredictions, rounding: np.ndarray, row: int) -> pd.DataFrame:
    """The three items of every report about one own track."""
    launch_m, t_s = item_accuracies(run.scenario.assumptions)["launch_point_m"], run.prepared.cycle_s
    settings, local, node = run.scenario.tracker, run.local, int(run.local.node[row])
    cycles = np.flatnonzero(local.status[row] == 1)
    sigma = np.repeat([settings.warning_position_m, settings.warning_velocity_mps], 3)
    state = local.mean[row, cycles] + sigma * rounding[row, cycles][:, TRAJECTORY]
    lat, lon, alt = pymap3d.ecef2geodetic(*state[:, :3].T)
    variance = np.einsum("kii->k", local.covariance[row, cycles, :3, :3])
    return pd.DataFrame(
        {
            "origin": [run.scenario.nodes[node].node_id] * len(cycles),
            "about_s": t_s[cycles],
            "track": row - int(np.searchsorted(local.node, node)),
            **_launch_points(run, row, cycles, rounding[row, cycles][:, LAUNCH_POINT], launch_m),
            "lat_deg": lat,
            "lon_deg": lon,
            "alt_km": alt / 1e3,
            **{f"v{axis}_mps": state[:, 3 + k] for k, axis in enumerate("xyz")},
            "position_sigma_m": np.sqrt(variance + 3.0 * settings.warning_position_m**2),
            **_impact_points(own, row, cycles),
            "boosting": local.boosting[row, cycles],
        }
    )


def _launch_points(
    run: Outcome, row: int, cycles: np.ndarray, rounding: np.ndarray, coarse_m: float
) -> dict[str, np.ndarray]:
    """The surest launch estimate so far at each cycle, rounded."""
    estimate = LaunchPoint(*_first_known_s(run, row), run.scenario.tracker.cycle_s, run.seed)
    seen, t_s = first_fixes(run, row), run.prepared.cycle_s
    out = [estimate.at(run.local, row, int(c), float(t_s[c]), partial(seen, float(t_s[c]))) for c in cycles]
    return stated_launch(np.reshape(out, (len(cycles), 4)), rounding, coarse_m)


def first_fixes(run: Outcome, row: int) -> Callable[[float], FirstFix | None]:
    """What an own track's first lines of sight tell of where its object was, as its centre has them.

    Parameters
    ----------
    run : Outcome
    row : int
        Which track.

    Returns
    -------
    callable
        From an instant (s) to the `tracking.FirstFix` by what was received until then; None without one.
    """
    node, settings = int(run.local.node[row]), run.prepared.tracker
    rows = np.flatnonzero((run.local_tracks.assigned[:, node] == row) & run.measurements.angles_only)
    made, received_s = run.measurements.select(rows), run.deliveries.received_s[rows, node]
    errors = registration_gradient(made, tuple(target.looks for target in run.prepared.targets))
    plots = packed(made if settings.registration == "ignore" else with_registration(made, errors))

    def fix(now_s: float) -> FirstFix | None:
        had = received_s <= now_s
        return first_fix(plots[had], made.sensor[had], errors[had], settings)

    return fix


def stated_launch(launch: np.ndarray, rounding: np.ndarray, coarse_m: float) -> dict[str, np.ndarray]:
    """Launch points as messages state them.

    Parameters
    ----------
    launch : ndarray, shape (n, 4)
        As `LaunchPoint.at` gives them. Latitude and longitude (rad), instant (s), variance (m^2).
    rounding : ndarray, shape (n, 2)
        Standard normal numbers, east and north.
    coarse_m : float
        What they are rounded by, m.

    Returns
    -------
    dict of str to ndarray, each of shape (n,)
        The columns of `messages` that begin with `launch_`. Their names end in their units.
    """
    east, north = coarse_m * rounding.T
    lat, lon = beside_rad(launch[:, 0], launch[:, 1], east, north)
    return {"launch_lat_deg": np.degrees(lat), "launch_lon_deg": np.degrees(lon), "launch_s": launch[:, 2],
            "launch_sigma_km": np.sqrt(launch[:, 3] + coarse_m**2) / 1e3}  # fmt: skip


def _first_known_s(run: Outcome, row: int) -> tuple[float, float]:
    """Before when a track's object was launched as far as its centre can tell, and from when the target's age counts,
    s: by what it first knew of the launch if it is known to be of that, else by the track's first detection.
    """
    node = int(run.local.node[row])
    if run.prepared.known:
        target = run.prepared.targets[row % len(run.prepared.targets)]
        return float(run.knowledge[target.launch].known_s[node]), target.lift_off_s
    first = float(run.measurements.t_s[run.local_tracks.assigned[:, node] == row].min())
    return first, first


def _impact_points(own: OwnPredictions, row: int, cycles: np.ndarray) -> dict[str, object]:
    """At each cycle the sender's newest prediction, as its receiver decides on it: rounded once, and so repeated.

    Definition: the longer half-axis of one sigma is the root of the larger eigenvalue.
    """
    mine = np.flatnonzero(own.row == row)
    made = picked(own.reported, mine[np.searchsorted(own.cycle[mine], cycles, side="right") - 1])
    hit = made.status == HIT
    larger = np.linalg.eigvalsh(np.where(hit[:, None, None], made.covariance[:, :2, :2], 0.0))[:, 1]
    lats, lons, _ = pymap3d.ecef2geodetic(*np.moveaxis(made.ground_m, 2, 0))
    return {
        "impact_lat_deg": np.degrees(made.lat_rad),
        "impact_lon_deg": np.degrees(made.lon_rad),
        "impact_s": made.time_s,
        "impact_sigma_km": np.where(hit, np.sqrt(larger) / 1e3, np.nan),
        "impact_sigma_s": np.where(hit, np.sqrt(made.covariance[:, 2, 2]), np.nan),
        "path": [tuple(zip(a.tolist(), b.tolist(), strict=True)) for a, b in zip(lats, lons, strict=True)],
    }
