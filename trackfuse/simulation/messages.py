"""What crosses as a warning: launch point, trajectory, predicted impact point, each as told and with its accuracy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pymap3d

from trackfuse.catalog.records import item_accuracies
from trackfuse.core.errors import SettingsError
from trackfuse.simulation.boost import launch_of
from trackfuse.simulation.decide import Known, known_in
from trackfuse.simulation.prepare import draw_noise
from trackfuse.warning import HIT, picked

if TYPE_CHECKING:
    from trackfuse.simulation.run import Simulation

LAUNCH_EVERY_S = 30.0
"""A sender works out the launch point anew so often while its target is less than LAUNCH_UNTIL_S old."""
LAUNCH_UNTIL_S = 300.0


def messages(run: Simulation) -> pd.DataFrame:
    """The warning messages of a run: one row for each that a centre received, in order of reception.

    Parameters
    ----------
    run : Simulation

    Returns
    -------
    DataFrame
        `node`, `origin`, `about_s`, `received_s`; the launch point `launch_lat_deg`, `launch_lon_deg`, `launch_s` with
        `launch_sigma_km`; the trajectory as it was told: `lat_deg`, `lon_deg`, `alt_km`, `vx_mps`, `vy_mps`, `vz_mps`
        (ECEF) with `position_sigma_m`, and `path`, 16 points (latitude, longitude in degrees) at equal times from the
        sender's newest prediction to the impact; the predicted impact point `impact_lat_deg`, `impact_lon_deg`,
        `impact_s` with `impact_sigma_km` (longer half-axis) and `impact_sigma_s`. Path and impact point are what the
        receiver's warning rule decides on. Where `boosting` exceeds 0.5, the impact is that of an engine stopped at
        once.
    """
    received = run.exchange.warning_received_s
    names = [node.node_id for node in run.scenario.nodes]
    origin, target, cycle = np.nonzero(np.isfinite(received) & ~np.eye(len(names), dtype=bool)[:, :, None])
    known = known_in(run)
    senders = np.unique(origin) if len(origin) else [0]
    told = pd.concat([_told(run, known, i) for i in senders], ignore_index=True)
    rows = pd.DataFrame(
        {
            "node": [names[i] for i in target],
            "origin": [names[i] for i in origin],
            "about_s": run.prepared.cycle_s[cycle],
            "received_s": received[origin, target, cycle],
        }
    )
    table = rows.merge(told, on=["origin", "about_s"], how="inner")
    return table.sort_values(["received_s", "node", "origin"], ignore_index=True, kind="stable")


def _told(run: Simulation, known: Known, node: int) -> pd.DataFrame:
    """The three items of every report of one centre."""
    launch_m, t_s = item_accuracies(run.scenario.assumptions)["launch_point_m"], run.prepared.cycle_s
    settings = run.scenario.tracker
    cycles = np.flatnonzero(run.local.status[node] == 1)
    noise = draw_noise(run.scenario, run.prepared, seed=run.seed, run=run.run)
    sigma = np.repeat([settings.warning_position_m, settings.warning_velocity_mps], 3)
    state = run.local.mean[node, cycles] + sigma * noise.report_normal[node, cycles]
    lat, lon, alt = pymap3d.ecef2geodetic(*state[:, :3].T)
    variance = np.einsum("kii->k", run.local.covariance[node, cycles, :3, :3])
    return pd.DataFrame(
        {
            "origin": [run.scenario.nodes[node].node_id] * len(cycles),
            "about_s": t_s[cycles],
            **_launch_points(run, node, cycles, noise.item_normal[node, cycles, :2], launch_m),
            "lat_deg": lat,
            "lon_deg": lon,
            "alt_km": alt / 1e3,
            **{f"v{axis}_mps": state[:, 3 + k] for k, axis in enumerate("xyz")},
            "position_sigma_m": np.sqrt(variance + 3.0 * settings.warning_position_m**2),
            **_impact_points(known, node, cycles),
            "boosting": run.local.boosting[node, cycles],
        }
    )


def _launch_points(
    run: Simulation, node: int, cycles: np.ndarray, rounding: np.ndarray, coarse_m: float
) -> dict[str, np.ndarray]:
    """The surest launch estimate so far at each cycle, rounded."""
    out, newest, made_s = np.full((len(cycles), 4), np.nan), np.full(4, np.nan), -np.inf
    for k, cycle in enumerate(cycles):
        now = float(run.prepared.cycle_s[cycle])
        if now >= made_s + LAUNCH_EVERY_S and now <= LAUNCH_UNTIL_S:
            made_s = now
            try:
                lat, lon, when, covariance = launch_of(run, run.local, node, int(cycle))
            except SettingsError:
                continue  # a track that fits no flight yet tells no launch point
            variance = np.linalg.eigvalsh(covariance[:2, :2])[1]
            if not variance >= newest[3]:
                newest = np.array([lat, lon, when, variance])
        out[k] = newest
    east, north = coarse_m * rounding.T
    lat, lon, _ = pymap3d.enu2geodetic(east, north, 0.0, out[:, 0], out[:, 1], 0.0, deg=False)
    return {"launch_lat_deg": np.degrees(lat), "launch_lon_deg": np.degrees(lon), "launch_s": out[:, 2],
            "launch_sigma_km": np.sqrt(out[:, 3] + coarse_m**2) / 1e3}  # fmt: skip


def _impact_points(known: Known, node: int, cycles: np.ndarray) -> dict[str, object]:
    """At each cycle the sender's newest prediction, as its receiver decides on it: rounded once, and so repeated."""
    mine = np.flatnonzero(known.node == node)
    told = picked(known.told, mine[np.searchsorted(known.cycle[mine], cycles, side="right") - 1])
    hit = told.status == HIT
    larger = np.linalg.eigvalsh(np.where(hit[:, None, None], told.covariance[:, :2, :2], 0.0))[:, 1]
    lats, lons, _ = pymap3d.ecef2geodetic(*np.moveaxis(told.ground_m, 2, 0))
    return {
        "impact_lat_deg": np.degrees(told.lat_rad),
        "impact_lon_deg": np.degrees(told.lon_rad),
        "impact_s": told.time_s,
        "impact_sigma_km": np.where(hit, np.sqrt(larger) / 1e3, np.nan),
        "impact_sigma_s": np.where(hit, np.sqrt(told.covariance[:, 2, 2]), np.nan),
        "path": [tuple(zip(a.tolist(), b.tolist(), strict=True)) for a, b in zip(lats, lons, strict=True)],
    }
