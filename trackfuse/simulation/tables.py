"""The arrays of a simulation as tables for people. Columns carry their unit; degrees, not radians."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pymap3d

from trackfuse.sharing import KNOWN_BY
from trackfuse.simulation.figures import accuracy_at_apogee, first_track_s
from trackfuse.simulation.predicted import to_predict
from trackfuse.warning import notices_table

if TYPE_CHECKING:
    from trackfuse.simulation.run import Simulation


def detections(run: Simulation) -> pd.DataFrame:
    """One row a detection, in order of time: what was measured, how well, and by whom."""
    looks, plots = run.looks, run.plots
    sensors = [run.scenario.sensors[s] for s in looks.sensor[plots.look]]
    cued = run.exchange.cued[plots.look]
    infrared = looks.is_infrared[looks.sensor[plots.look]]
    has_rate = np.isfinite(plots.sigma[:, 3])
    return pd.DataFrame(
        {
            "t_s": looks.t_s[plots.look],
            "sensor": [sensor.sensor_id for sensor in sensors],
            "nation": [sensor.nation for sensor in sensors],
            "node": [sensor.node for sensor in sensors],
            "kind": np.where(infrared, "infrared", "radar"),
            "range_m": np.where(infrared, np.nan, plots.z[:, 0]),
            "azimuth_deg": np.degrees(plots.z[:, 1]),
            "elevation_deg": np.degrees(plots.z[:, 2]),
            "range_rate_mps": np.where(has_rate, plots.z[:, 3], np.nan),
            "sigma_range_m": np.where(infrared, np.nan, plots.sigma[:, 0]),
            "sigma_azimuth_mrad": plots.sigma[:, 1] * 1e3,
            "sigma_elevation_mrad": plots.sigma[:, 2] * 1e3,
            "sigma_range_rate_mps": np.where(has_rate, plots.sigma[:, 3], np.nan),
            "snr_db": np.where(cued, looks.snr_db[plots.look, 1], looks.snr_db[plots.look, 0]),
            "cued": cued,
        }
    )


def received(run: Simulation) -> pd.DataFrame:
    """One row a message received from elsewhere, in order of reception: plots, tracks, and warning messages."""
    names = np.array([node.node_id for node in run.scenario.nodes])
    looks, exchange, plots = run.looks, run.exchange, run.plots
    home = run.prepared.home[looks.sensor[plots.look]]
    at = exchange.plot_received_s[plots.look]
    plot, node = np.nonzero(np.isfinite(at) & (home[:, None] != np.arange(len(names))))
    parts = [_messages("plot", names[home[plot]], names[node], looks.t_s[plots.look][plot], at[plot, node])]
    for kind, arrival in (("track", exchange.track_received_s), ("warning", exchange.warning_received_s)):
        origin, target, cycle = np.nonzero(np.isfinite(arrival) & ~np.eye(len(names), dtype=bool)[:, :, None])
        parts.append(
            _messages(kind, names[origin], names[target], run.prepared.cycle_s[cycle], arrival[origin, target, cycle])
        )
    return pd.concat(parts, ignore_index=True).sort_values(["received_s", "node", "origin"], ignore_index=True)


def _messages(
    kind: str, origin: np.ndarray, node: np.ndarray, about_s: np.ndarray, received_s: np.ndarray
) -> pd.DataFrame:
    return pd.DataFrame({"node": node, "kind": kind, "origin": origin, "about_s": about_s, "received_s": received_s})


def tracks(run: Simulation) -> pd.DataFrame:
    """One row a centre and cycle with a track: the fused estimate, what it claims, and its true error."""
    node, cycle = np.nonzero(run.fused.status == 1)
    mean = run.fused.mean[node, cycle]
    lat, lon, alt = pymap3d.ecef2geodetic(*mean[:, :3].T)
    errors = run.errors
    least = np.sqrt(np.einsum("nii->n", run.bounds[node, cycle, :3, :3]))
    return pd.DataFrame(
        {
            "node": [run.scenario.nodes[i].node_id for i in node],
            "t_s": run.prepared.cycle_s[cycle],
            "lat_deg": lat,
            "lon_deg": lon,
            "alt_km": alt / 1e3,
            **{f"{axis}_m": mean[:, k] for k, axis in enumerate("xyz")},
            **{f"v{axis}_mps": mean[:, 3 + k] for k, axis in enumerate("xyz")},
            "position_sigma_m": errors.position_sigma_m[node, cycle],
            "position_bound_m": least,
            "position_error_m": errors.position_m[node, cycle],
            "velocity_error_mps": errors.velocity_mps[node, cycle],
            "nees": errors.nees[node, cycle],
            "boosting": run.fused.boosting[node, cycle],
            "last_plot_s": run.fused.last_plot_s[node, cycle],
        }
    )


def predictions(run: Simulation) -> pd.DataFrame:
    """One row an impact prediction: where, when, the axes of its one-sigma ellipse, and its true error."""
    pairs = to_predict(run.fused, run.scenario.tracker)
    made = run.predict(pairs)
    node, cycle = pairs.T
    ground = made.covariance[:, :2, :2]
    variance, axes = np.linalg.eigh(ground)
    return pd.DataFrame(
        {
            "node": [run.scenario.nodes[i].node_id for i in node],
            "t_s": run.prepared.cycle_s[cycle],
            "lat_deg": np.degrees(made.lat_rad),
            "lon_deg": np.degrees(made.lon_rad),
            "time_s": made.time_s,
            "time_sigma_s": np.sqrt(made.covariance[:, 2, 2]),
            "major_km": np.sqrt(np.maximum(variance[:, 1], 0.0)) / 1e3,
            "minor_km": np.sqrt(np.maximum(variance[:, 0], 0.0)) / 1e3,
            "orientation_deg": np.degrees(np.arctan2(axes[:, 0, 1], axes[:, 1, 1])) % 180.0,
            "error_km": run.impact_error_km(made),
            "boosting": run.fused.boosting[node, cycle],
            "status": made.status,
        }
    )


def notices(run: Simulation) -> pd.DataFrame:
    """One row a notice, in order of time: by which centre, for which place, when, and whether it was right."""
    return notices_table(run.notices_given, run.scenario.nodes, run.scenario.places)


def known_by(run: Simulation) -> list[str]:
    """What first told each centre of the launch, in words, and whose data it was; "never" where nothing did."""
    names = [node.node_id for node in run.scenario.nodes]
    words = []
    for i, (code, origin) in enumerate(zip(run.exchange.known_by, run.exchange.known_from, strict=True)):
        whose = "" if origin in (-1, i) else f" from {names[origin]}"
        words.append(f"{KNOWN_BY[code]}{whose}" if code >= 0 else "never")
    return words


def nodes(run: Simulation) -> pd.DataFrame:
    """One row a centre: when it first knew and by what, confirmed, warned; and its errors at apogee."""
    exchange = run.exchange
    accuracy = accuracy_at_apogee(run)
    return pd.DataFrame(
        {
            "node": [node.node_id for node in run.scenario.nodes],
            "nation": [node.nation for node in run.scenario.nodes],
            "detection_s": exchange.known_s,
            "known_by": known_by(run),
            "confirmation_s": first_track_s(exchange),
            "own_track_s": exchange.confirmed_s,
            "cued_s": exchange.cued_s,
            "notice_s": run.notices_given.first_notice_s,
            "position_error_m": accuracy[:, 1],
            "velocity_error_mps": accuracy[:, 2],
            "impact_error_km": accuracy[:, 3],
        }
    )
