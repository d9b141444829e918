"""What crosses as a warning: launch point, trajectory, predicted impact point, each as told and with its accuracy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pymap3d

from trackfuse.core.errors import SettingsError
from trackfuse.core.rng import generator
from trackfuse.study.boost import launch_of
from trackfuse.study.predicted import predict_at
from trackfuse.study.prepare import draw_noise
from trackfuse.study.records import item_accuracies
from trackfuse.warning import HIT

if TYPE_CHECKING:
    from trackfuse.study.simulation import Simulation

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
        (ECEF) with `position_sigma_m`, and `path`, 16 points (latitude, longitude in degrees) at equal times to the
        impact; the predicted impact point `impact_lat_deg`, `impact_lon_deg`, `impact_s` with `impact_sigma_km` (longer
        half-axis) and `impact_sigma_s`. Where `boosting` exceeds 0.5, the impact is that of an engine stopped at once.
    """
    received = run.exchange.warning_received_s
    names = [node.node_id for node in run.scenario.nodes]
    origin, target, cycle = np.nonzero(np.isfinite(received) & ~np.eye(len(names), dtype=bool)[:, :, None])
    told = pd.concat([_told(run, i) for i in np.unique(origin)], ignore_index=True) if len(origin) else _nothing(run)
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


def _nothing(run: Simulation) -> pd.DataFrame:
    return _told(run, 0).iloc[:0]


def _told(run: Simulation, node: int) -> pd.DataFrame:
    """The three items of every report of one centre."""
    accuracy, t_s = item_accuracies(run.scenario.assumptions), run.prepared.cycle_s
    settings = run.scenario.tracker
    name, launch_id = run.scenario.nodes[node].node_id, run.scenario.launch.launch_id
    cycles = np.flatnonzero(run.local.status[node] == 1)
    rounding = generator(run.seed, run.run, launch_id, name, "items").standard_normal((len(t_s), 5))[cycles]
    coarse = draw_noise(run.scenario, run.prepared, seed=run.seed, run=run.run).report_normal[node, cycles]
    sigma = np.repeat([settings.warning_position_m, settings.warning_velocity_mps], 3)
    state = run.local.mean[node, cycles] + sigma * coarse
    lat, lon, alt = pymap3d.ecef2geodetic(*state[:, :3].T)
    variance = np.einsum("kii->k", run.local.covariance[node, cycles, :3, :3])
    return pd.DataFrame(
        {
            "origin": [name] * len(cycles),
            "about_s": t_s[cycles],
            **_launch_points(run, node, cycles, rounding[:, :2], accuracy["launch_point_m"]),
            "lat_deg": lat,
            "lon_deg": lon,
            "alt_km": alt / 1e3,
            **{f"v{axis}_mps": state[:, 3 + k] for k, axis in enumerate("xyz")},
            "position_sigma_m": np.sqrt(variance + 3.0 * settings.warning_position_m**2),
            **_impact_points(run, node, cycles, rounding[:, 2:], accuracy),
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


def _impact_points(
    run: Simulation, node: int, cycles: np.ndarray, rounding: np.ndarray, accuracy: dict[str, float]
) -> dict[str, object]:
    """The sender's own predictions, rounded."""
    pairs = np.stack([np.full(len(cycles), node), cycles], axis=1)
    made = predict_at(run.local, pairs, run.prepared.cycle_s, run.scenario.tracker)
    coarse_m, coarse_s = accuracy["impact_point_m"], accuracy["impact_time_s"]
    east, north = coarse_m * rounding[:, :2].T
    lat, lon, _ = pymap3d.enu2geodetic(east, north, 0.0, made.lat_rad, made.lon_rad, 0.0, deg=False)
    hit = made.status == HIT
    larger = np.linalg.eigvalsh(np.where(hit[:, None, None], made.covariance[:, :2, :2], 0.0))[:, 1]
    lats, lons, _ = pymap3d.ecef2geodetic(*np.moveaxis(made.ground_m, 2, 0))
    return {
        "impact_lat_deg": np.degrees(lat),
        "impact_lon_deg": np.degrees(lon),
        "impact_s": made.time_s + coarse_s * rounding[:, 2],
        "impact_sigma_km": np.where(hit, np.sqrt(larger + coarse_m**2) / 1e3, np.nan),
        "impact_sigma_s": np.where(hit, np.sqrt(made.covariance[:, 2, 2] + coarse_s**2), np.nan),
        "path": [tuple(zip(a.tolist(), b.tolist(), strict=True)) for a, b in zip(lats, lons, strict=True)],
    }
