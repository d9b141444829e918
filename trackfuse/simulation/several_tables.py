"""The arrays of a run with several objects as tables for people. Columns carry their unit; degrees, not radians."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pymap3d

from trackfuse.scoring.accuracy import ground_distance_km, track_errors
from trackfuse.sharing import KNOWN_BY
from trackfuse.simulation.predicted import predict_at, to_predict
from trackfuse.simulation.several_prepare import launches_of
from trackfuse.warning import notices_table

if TYPE_CHECKING:
    from trackfuse.simulation.several import Several

FALSE = "false"
"""Name of the object that a track of nothing follows."""


def _names(run: Several, objects: np.ndarray) -> np.ndarray:
    return np.array([*run.object_names, FALSE], dtype=object)[objects]


def _nodes(run: Several) -> np.ndarray:
    return np.array([node.node_id for node in run.scenario.nodes], dtype=object)


def detections(run: Several) -> pd.DataFrame:
    """One row a detection, in order of time: what was measured, how well, by whom, and of what."""
    plots = run.plots
    sensors = [run.scenario.sensors[s] for s in plots.sensor]
    infrared = run.prepared.objects[0].looks.is_infrared[plots.sensor]
    return pd.DataFrame({
        "t_s": plots.t_s,
        "sensor": [sensor.sensor_id for sensor in sensors],
        "nation": [sensor.nation for sensor in sensors],
        "node": [sensor.node for sensor in sensors],
        "kind": np.where(infrared, "infrared", "radar"),
        "object": _names(run, plots.truth),
        "range_m": np.where(infrared, np.nan, plots.z[:, 0]),
        "azimuth_deg": np.degrees(plots.z[:, 1]),
        "elevation_deg": np.degrees(plots.z[:, 2]),
        "sigma_range_m": np.where(infrared, np.nan, plots.sigma[:, 0]),
        "sigma_azimuth_mrad": plots.sigma[:, 1] * 1e3,
        "sigma_elevation_mrad": plots.sigma[:, 2] * 1e3,
        "snr_db": plots.snr_db,
        "cued": plots.cued,
    })  # fmt: skip


def received(run: Several) -> pd.DataFrame:
    """One row a message received from elsewhere, in order of reception; a report holds all tracks of its centre."""
    names, plots = _nodes(run), run.plots
    home = run.prepared.home[plots.sensor]
    plot, node = np.nonzero(np.isfinite(plots.received_s) & (home[:, None] != np.arange(len(names))))
    parts = [pd.DataFrame({"node": names[node], "kind": "plot", "origin": names[home[plot]],
                           "about_s": plots.t_s[plot], "received_s": plots.received_s[plot, node]})]  # fmt: skip
    for kind, arrival in (("track", run.reports.track_received_s), ("warning", run.reports.warning_received_s)):
        holds = np.array([(each.tracks.status == 1).any(axis=0) for each in run.own]).reshape(len(names), -1)
        sent = np.isfinite(arrival) & holds[:, None] & ~np.eye(len(names), dtype=bool)[:, :, None]
        origin, target, cycle = np.nonzero(sent)
        parts.append(pd.DataFrame({"node": names[target], "kind": kind, "origin": names[origin],
                                   "about_s": run.prepared.cycle_s[cycle],
                                   "received_s": arrival[origin, target, cycle]}))  # fmt: skip
    return pd.concat(parts, ignore_index=True).sort_values(["received_s", "node", "origin"], ignore_index=True)


def tracks(run: Several) -> pd.DataFrame:
    """One row a centre, track and cycle: the fused estimate, what it claims, and its true error."""
    names, parts = _nodes(run), []
    for i, (fused, objects) in enumerate(zip(run.fused, run.objects, strict=True)):
        entry, cycle = np.nonzero(fused.status == 1)
        mean = fused.mean[entry, cycle]
        lat, lon, alt = pymap3d.ecef2geodetic(*mean[:, :3].T)
        errors = errors_of(run, i)
        parts.append(pd.DataFrame({
            "node": names[i],
            "track": entry,
            "object": _names(run, objects[entry]),
            "follows": _names(run, run.follows[i][entry, cycle]),
            "t_s": run.prepared.cycle_s[cycle],
            "lat_deg": lat,
            "lon_deg": lon,
            "alt_km": np.asarray(alt) / 1e3,
            **{f"{axis}_m": mean[:, k] for k, axis in enumerate("xyz")},
            **{f"v{axis}_mps": mean[:, 3 + k] for k, axis in enumerate("xyz")},
            "position_sigma_m": np.sqrt(np.einsum("nii->n", fused.covariance[entry, cycle, :3, :3])),
            "position_error_m": errors[entry, cycle, 0],
            "velocity_error_mps": errors[entry, cycle, 1],
            "nees": errors[entry, cycle, 2],
            "boosting": fused.boosting[entry, cycle],
            "last_plot_s": fused.last_plot_s[entry, cycle],
        }))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def errors_of(run: Several, node: int) -> np.ndarray:
    """Position error (m), velocity error (m/s) and NEES of one node's fused tracks, shape (P, J, 3); nan without."""
    fused, objects = run.fused[node], run.objects[node]
    out = np.full((*fused.status.shape, 3), np.nan)
    for entry, true in enumerate(objects):
        if true >= 0:
            row = slice(entry, entry + 1)
            made = track_errors(
                fused.mean[row], fused.covariance[row], fused.status[row], np.nan_to_num(run.prepared.truth[true])
            )
            out[entry] = np.stack([made.position_m[0], made.velocity_mps[0], made.nees[0]], axis=1)
            out[entry, np.isnan(run.prepared.truth[true, :, 0])] = np.nan
    return out


def predictions(run: Several) -> pd.DataFrame:
    """One row an impact prediction: where, when, the axes of its one-sigma ellipse, and its true error."""
    names, parts = _nodes(run), []
    for i, (fused, objects) in enumerate(zip(run.fused, run.objects, strict=True)):
        if len(fused.status) == 0:
            continue
        pairs = to_predict(fused, run.scenario.tracker)
        made = predict_at(fused, pairs, run.prepared.cycle_s, run.scenario.tracker)
        entry, cycle = pairs.T
        variance, axes = np.linalg.eigh(made.covariance[:, :2, :2])
        lat, lon = np.degrees(made.lat_rad), np.degrees(made.lon_rad)
        true_lat, true_lon = (
            np.array([*(getattr(seen.flight, name) for seen in run.prepared.objects), np.nan])[objects[entry]]
            for name in ("impact_lat_deg", "impact_lon_deg")
        )
        parts.append(pd.DataFrame({
            "node": names[i],
            "track": entry,
            "object": _names(run, objects[entry]),
            "t_s": run.prepared.cycle_s[cycle],
            "lat_deg": lat,
            "lon_deg": lon,
            "time_s": made.time_s,
            "time_sigma_s": np.sqrt(made.covariance[:, 2, 2]),
            "major_km": np.sqrt(np.maximum(variance[:, 1], 0.0)) / 1e3,
            "minor_km": np.sqrt(np.maximum(variance[:, 0], 0.0)) / 1e3,
            "orientation_deg": np.degrees(np.arctan2(axes[:, 0, 1], axes[:, 1, 1])) % 180.0,
            "error_km": [ground_distance_km(*four) for four in zip(lat, lon, true_lat, true_lon, strict=True)],
            "boosting": fused.boosting[entry, cycle],
            "status": made.status,
        }))  # fmt: skip
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["node", "track", "object", "t_s"])


def notices(run: Several) -> pd.DataFrame:
    """One row a notice, in order of time, with the launch and the track of the centre's picture that led to it."""
    launches = [launch.launch_id for launch, _ in launches_of(run.scenario)]
    centre = {node.node_id: i for i, node in enumerate(run.scenario.nodes)}
    place = {each.name: p for p, each in enumerate(run.scenario.places)}
    parts = []
    for given in run.notices_given:
        table = notices_table(given.notices, run.scenario.nodes, run.scenario.places)
        if given.launch < 0:
            table = table[np.isfinite(table["notice_s"])]
        told = given.notices.regions
        region = {(int(n), float(t)): int(k) for n, t, k in zip(told.node, told.met_s, given.region_track, strict=True)}
        table.insert(0, "launch", launches[given.launch] if given.launch >= 0 else FALSE)
        table["track"] = [
            given.place_track[centre[node], place[there]] if there in place
            else region.get((centre[node], float(met_s)), -1)
            for node, there, met_s in zip(table["node"], table["place"], table["met_s"], strict=True)
        ]  # fmt: skip
        parts.append(table)
    whole = pd.concat([part for part in parts if len(part)], ignore_index=True)
    return whole.sort_values(["notice_s", "launch", "node", "place"], ignore_index=True, kind="stable")


def nodes(run: Several) -> pd.DataFrame:
    """One row a centre and launch: when it first knew and by what, confirmed, warned; errors of its track at apogee."""
    from trackfuse.simulation.several_figures import at_apogee, first_track_s

    names, rows = _nodes(run), []
    for n, (launch, _) in enumerate(launches_of(run.scenario)):
        exchange = run.exchanges[n]
        accuracy, tracked = at_apogee(run, n), first_track_s(run, n)
        for i, node in enumerate(run.scenario.nodes):
            code, origin = int(exchange.known_by[i]), int(exchange.known_from[i])
            whose = "" if origin in (-1, i) else f" from {names[origin]}"
            told = run.notices_given[n].notices
            rows.append({
                "node": node.node_id,
                "nation": node.nation,
                "launch": launch.launch_id,
                "detection_s": exchange.known_s[i],
                "known_by": f"{KNOWN_BY[code]}{whose}" if code >= 0 else "never",
                "confirmation_s": tracked[i],
                "cued_s": exchange.cued_s[i],
                "notice_s": told.first_notice_s[i],
                "position_error_m": accuracy[i, 1],
                "velocity_error_mps": accuracy[i, 2],
                "impact_error_km": accuracy[i, 3],
            })  # fmt: skip
    return pd.DataFrame(rows)


def scores(run: Several) -> pd.DataFrame:
    """One row a centre and cycle: GOSPA and its parts."""
    rows = []
    for i, name in enumerate(_nodes(run)):
        for t, made in zip(run.prepared.cycle_s, run.gospa(i), strict=True):
            rows.append({"node": name, "t_s": t, "gospa_m": made.total, "localisation_m2": made.localisation,
                         "missed_m2": made.missed, "false_m2": made.false})  # fmt: skip
    return pd.DataFrame(rows)


def rates(run: Several) -> pd.DataFrame:
    """One row a centre: SIAP's rates, own tracks and entries of its picture, and how many of these change objects."""
    rows = []
    for i, name in enumerate(_nodes(run)):
        made = run.siap(i)
        changed = [np.unique(f[(f >= -1) & (s == 1)]).size > 1
                   for f, s in zip(run.follows[i], run.fused[i].status, strict=True)]  # fmt: skip
        rows.append({"node": name, "completeness": made.completeness, "ambiguity": made.ambiguity,
                     "spuriousness": made.spuriousness, "own_tracks": len(run.own[i].tracks.status),
                     "tracks": len(changed), "changed_tracks": int(sum(changed))})  # fmt: skip
    return pd.DataFrame(rows)
