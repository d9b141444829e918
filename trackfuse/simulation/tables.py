"""The arrays of a run as tables for people. Columns carry their unit; degrees, not radians."""

import numpy as np
import pandas as pd
import pymap3d

from trackfuse.core.plugins import name_of
from trackfuse.scoring.accuracy import ground_distance_km, track_errors
from trackfuse.sensing.sensor import BuiltIn, Radar, Sensor
from trackfuse.sharing import KNOWN_BY
from trackfuse.simulation.figures.centre import accuracy_at_apogee, first_track_s
from trackfuse.simulation.information_arrival import bounds
from trackfuse.simulation.outcome import Outcome
from trackfuse.simulation.predicted import predict_at, to_predict
from trackfuse.warning import Predictions, notices_table

FALSE = "false"
"""Name of the object that a track of nothing follows."""
FROM = " from "
"""Between what a centre first knew by and whose it was."""


def _objects(run: Outcome, objects: np.ndarray) -> np.ndarray:
    return np.array([*run.object_names, FALSE], dtype=object)[objects]


def _nodes(run: Outcome) -> np.ndarray:
    return np.array([node.node_id for node in run.scenario.nodes], dtype=object)


def track_numbers(run: Outcome) -> np.ndarray:
    """Number of every fused track at its node, ndarray of int, shape (E,)."""
    node = run.fused.node
    return np.arange(len(node)) - np.searchsorted(node, node)


def _kind(sensor: Sensor) -> str:
    """What the table of detections calls a kind of sensor: of a user's own model its name."""
    if isinstance(sensor, BuiltIn):
        return "radar" if isinstance(sensor, Radar) else "infrared"
    return name_of("sensor", sensor)


def detections(run: Outcome) -> pd.DataFrame:
    """One row a detection, in order of time: what was measured, how well, by whom, and of what."""
    made = run.measurements
    sensors = [run.scenario.sensors[s] for s in made.sensor]
    angles, has_rate = made.angles_only, np.isfinite(made.sigma[:, 3])
    return pd.DataFrame(
        {
            "t_s": made.t_s,
            "sensor": [sensor.sensor_id for sensor in sensors],
            "nation": [sensor.nation for sensor in sensors],
            "node": [sensor.node for sensor in sensors],
            "kind": [_kind(sensor) for sensor in sensors],
            "object": _objects(run, made.truth),
            "range_m": np.where(angles, np.nan, made.z[:, 0]),
            "azimuth_deg": np.degrees(made.z[:, 1]),
            "elevation_deg": np.degrees(made.z[:, 2]),
            "range_rate_mps": np.where(has_rate, made.z[:, 3], np.nan),
            "sigma_range_m": np.where(angles, np.nan, made.sigma[:, 0]),
            "sigma_azimuth_mrad": made.sigma[:, 1] * 1e3,
            "sigma_elevation_mrad": made.sigma[:, 2] * 1e3,
            "sigma_range_rate_mps": np.where(has_rate, made.sigma[:, 3], np.nan),
            "snr_db": made.snr_db,
            "cued": made.cued,
        }
    )


def received(run: Outcome) -> pd.DataFrame:
    """One row a message received from elsewhere, in order of reception: detections, tracks, and warning messages; a
    report holds all tracks of its centre.
    """
    names, made, deliveries = _nodes(run), run.measurements, run.deliveries
    home = run.prepared.sources.home[made.sensor]
    plot, node = np.nonzero(np.isfinite(deliveries.received_s) & (home[:, None] != np.arange(len(names))))
    parts = [_messages("plot", names[home[plot]], names[node], made.t_s[plot], deliveries.received_s[plot, node])]
    sent = np.ones((len(names), len(run.prepared.cycle_s)), dtype=bool)
    if not run.prepared.known:  # reports without a track are not sent
        held = run.local.status == 1
        sent = np.array([held[run.local.of(i)].any(axis=0) for i in range(len(names))])
    others = sent[:, None] & ~np.eye(len(names), dtype=bool)[:, :, None]
    for kind, arrival in (("track", deliveries.track_received_s), ("warning", deliveries.warning_received_s)):
        origin, target, cycle = np.nonzero(np.isfinite(arrival) & others)
        parts.append(
            _messages(kind, names[origin], names[target], run.prepared.cycle_s[cycle], arrival[origin, target, cycle])
        )
    return pd.concat(parts, ignore_index=True).sort_values(["received_s", "node", "origin"], ignore_index=True)


def _messages(
    kind: str, origin: np.ndarray, node: np.ndarray, about_s: np.ndarray, received_s: np.ndarray
) -> pd.DataFrame:
    return pd.DataFrame({"node": node, "kind": kind, "origin": origin, "about_s": about_s, "received_s": received_s})


def tracks(run: Outcome) -> pd.DataFrame:
    """One row a centre, track and cycle: the fused estimate, what it claims, the bound, and its true error against the
    object that it mostly followed.
    """
    fused = run.fused
    row, cycle = np.nonzero(fused.status == 1)
    mean = fused.mean[row, cycle]
    lat, lon, alt = pymap3d.ecef2geodetic(*mean[:, :3].T) if len(row) else np.empty((3, 0))
    errors = track_errors(fused.mean, fused.covariance, fused.status, run.truth_of_tracks())
    least = np.sqrt(np.einsum("nii->n", bounds(run)[row, cycle, :3, :3]))
    return pd.DataFrame(
        {
            "node": _nodes(run)[fused.node[row]],
            "track": track_numbers(run)[row],
            "object": _objects(run, run.objects[row]),
            "follows": _objects(run, run.follows[row, cycle]),
            "t_s": run.prepared.cycle_s[cycle],
            "lat_deg": lat,
            "lon_deg": lon,
            "alt_km": np.asarray(alt) / 1e3,
            **{f"{axis}_m": mean[:, k] for k, axis in enumerate("xyz")},
            **{f"v{axis}_mps": mean[:, 3 + k] for k, axis in enumerate("xyz")},
            "position_sigma_m": np.sqrt(np.einsum("nii->n", fused.covariance[row, cycle, :3, :3])),
            "position_bound_m": least,
            "position_error_m": errors.position_m[row, cycle],
            "velocity_error_mps": errors.velocity_mps[row, cycle],
            "nees": errors.nees[row, cycle],
            "boosting": fused.boosting[row, cycle],
            "last_plot_s": fused.last_plot_s[row, cycle],
        }
    )


def predictions(run: Outcome) -> pd.DataFrame:
    """One row an impact prediction: where, when, the axes of its one-sigma ellipse, and its true error.

    Definition: half-axes are the roots of the covariance's eigenvalues, the orientation is the longer one's azimuth.
    """
    fused, pairs = run.fused, to_predict(run.fused, run.scenario.tracker)
    made = predict_at(fused, pairs, run.prepared.cycle_s, run.scenario.tracker)
    row, cycle = pairs.T
    variance, axes = np.linalg.eigh(made.covariance[:, :2, :2])
    return pd.DataFrame(
        {
            "node": _nodes(run)[fused.node[row]],
            "track": track_numbers(run)[row],
            "object": _objects(run, run.objects[row]),
            "t_s": run.prepared.cycle_s[cycle],
            "lat_deg": np.degrees(made.lat_rad),
            "lon_deg": np.degrees(made.lon_rad),
            "time_s": made.time_s,
            "time_sigma_s": np.sqrt(made.covariance[:, 2, 2]),
            "major_km": np.sqrt(np.maximum(variance[:, 1], 0.0)) / 1e3,
            "minor_km": np.sqrt(np.maximum(variance[:, 0], 0.0)) / 1e3,
            "orientation_deg": np.degrees(np.arctan2(axes[:, 0, 1], axes[:, 1, 1])) % 180.0,
            "error_km": impact_error_km(run, made, run.objects[row]),
            "boosting": fused.boosting[row, cycle],
            "status": made.status,
        }
    )


def impact_error_km(run: Outcome, made: Predictions, objects: np.ndarray) -> np.ndarray:
    """Distance over the ground from predicted to true impacts.

    Parameters
    ----------
    run : Outcome
    made : Predictions
        M of them.
    objects : ndarray of int, shape (M,)
        The object that each is of, -1 of none.

    Returns
    -------
    ndarray, shape (M,)
        Kilometres; nan where no impact is predicted, or there is none.
    """
    out = np.full(len(objects), np.nan)
    for true in np.unique(objects[objects >= 0]):
        rows, flight = objects == true, run.prepared.targets[true].flight
        out[rows] = ground_distance_km(
            np.degrees(made.lat_rad[rows]), np.degrees(made.lon_rad[rows]), flight.impact_lat_deg, flight.impact_lon_deg
        )
    return out


def notices(run: Outcome) -> pd.DataFrame:
    """One row a notice, in order of time: of which launch, by which centre, for whom, on account of which of its
    tracks, when, and whether it was right.
    """
    centre = {node.node_id: i for i, node in enumerate(run.scenario.nodes)}
    place = {each.name: p for p, each in enumerate(run.scenario.places)}
    number, parts = np.append(track_numbers(run), -1), []
    for given in run.launch_notices:
        table = notices_table(given.notices, run.scenario.nodes, run.scenario.places)
        if given.launch < 0:
            table = table[np.isfinite(table["notice_s"])]
        made = given.notices.regions
        region = {(int(n), float(t)): int(k) for n, t, k in zip(made.node, made.met_s, given.region_track, strict=True)}
        table.insert(0, "launch", run.prepared.launch_ids[given.launch] if given.launch >= 0 else FALSE)
        table["track"] = [
            number[given.place_track[centre[node], place[there]] if there in place
                   else region.get((centre[node], float(met_s)), -1)]
            for node, there, met_s in zip(table["node"], table["place"], table["met_s"], strict=True)
        ]  # fmt: skip
        parts.append(table)
    whole = pd.concat([part for part in parts if len(part)], ignore_index=True) if len(parts) > 1 else parts[0]
    return whole.sort_values(["notice_s", "launch"], ignore_index=True, kind="stable")


def known_by(run: Outcome, launch: int) -> list[str]:
    """By what each centre first knew of a launch, in words, and whose data it was; "never" where it did not."""
    names, words = _nodes(run), []
    for i, (code, origin) in enumerate(
        zip(run.knowledge[launch].known_by, run.knowledge[launch].known_from, strict=True)
    ):
        whose = "" if origin in (-1, i) else f"{FROM}{names[origin]}"
        words.append(f"{KNOWN_BY[code]}{whose}" if code >= 0 else "never")
    return words


def nodes(run: Outcome) -> pd.DataFrame:
    """One row a centre and launch: when it first knew and by what, confirmed, warned; its errors at apogee."""
    parts = []
    for n, launch in enumerate(run.prepared.launch_ids):
        knowledge, accuracy = run.knowledge[n], accuracy_at_apogee(run, n)
        parts.append(
            pd.DataFrame(
                {
                    "node": _nodes(run),
                    "nation": [node.nation for node in run.scenario.nodes],
                    "launch": launch,
                    "detection_s": knowledge.known_s,
                    "known_by": known_by(run, n),
                    "confirmation_s": first_track_s(run, n),
                    "own_track_s": knowledge.confirmed_s,
                    "cued_s": knowledge.cued_s,
                    "notice_s": run.launch_notices[n].notices.first_notice_s,
                    "position_error_m": accuracy[:, 1],
                    "velocity_error_mps": accuracy[:, 2],
                    "impact_error_km": accuracy[:, 3],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)
