"""The package's own tracker on a user's own detections."""

import math
import warnings
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pymap3d

from trackfuse import sharing, tracking
from trackfuse.catalog.scenario import Scenario
from trackfuse.core.errors import DataError, ScenarioError, check_between, unknown
from trackfuse.sensing import Detections, measured
from trackfuse.sensing.detections import NOTHING
from trackfuse.sensing.sensor import Sensor, angles_only
from trackfuse.sharing import Confirmation, Network, Node, Policy
from trackfuse.simulation.predicted import predict_at, to_predict
from trackfuse.simulation.prepare import sources_of
from trackfuse.studies.own_data.detections import FALSE, OBJECT, checked_detections
from trackfuse.studies.own_data.doubts import doubts, why_empty
from trackfuse.studies.own_data.innovations import innovations, that_do_not_fit
from trackfuse.tracking import TrackerSettings, Tracks

ALONE = Policy(name="alone", title="no links", meaning="every centre has its own sensors' detections", links=())

RANGES = np.array([True, False, False, True])
"""Which of range, azimuth, elevation and range rate an infrared sensor does not measure."""


def track_detections(
    table: pd.DataFrame,
    sensors: Scenario | Sequence[Sensor],
    *,
    policy: str | Policy | None = None,
    tracker: TrackerSettings | None = None,
    until_s: float | None = None,
) -> pd.DataFrame:
    """Track what one's own detections are of, and predict where it comes down.

    Parameters
    ----------
    table : DataFrame
        As `read_detections` gives it, or a run's `detections`.
    sensors : Scenario or sequence of Radar or Infrared
        The sensors that the table names; of a scenario also its centres and its tracker's settings.
    policy : str or Policy, optional
        How a scenario's centres share detections; by default each centre has those of its own sensors.
    tracker : TrackerSettings, optional
        Other settings than the scenario's, or than the default ones.
    until_s : float, optional
        Last instant of the tracks; by default a second after the last detection has arrived at its centre.

    Returns
    -------
    DataFrame
        One row a centre, track and cycle with an estimate, from that centre's detections (tracks reported by others are
        not fused): node, track (its number at that centre, from 0), t_s, lat_deg, lon_deg, alt_km, x_m to z_m and
        vx_mps to vz_mps (Earth-fixed), position_sigma_m, boosting (probability), last_plot_s; impact_lat_deg,
        impact_lon_deg and impact_s where predicted anew. `attrs["doubts"]` says what does not fit of the detections
        (units, signs, repeated rows, standard deviations), also as a warning, `attrs["why_empty"]` why there is no
        track, and `attrs["innovations"]` by sensor how far its detections lie from where the tracks expected them over
        what both claim (columns sensor, detections, ratio; 1 where the standard deviations are right).

    Raises
    ------
    DataError
        If the table is wrong or names a sensor that is not there (with the nearest).
    ScenarioError
        If the policy is not known, has a sharing rule of the user's own, or is given without a scenario.

    Notes
    -----
    Association "auto" is "known" here: a column `object` says what each detection is of, and without it all are taken
    to be of one object. With "gnn" or "jpda" that column is not used. Valid for ballistic targets. Biases are not
    considered: a track claims what the standard deviations of the table allow.

    Examples
    --------
    >>> run = tf.simulate("kn25_2023_02_20", policy="national", seed=7)
    >>> tracks = tf.track_detections(run.detections, run.scenario)
    >>> sorted(set(tracks["node"]))
    ['JPN', 'ROK', 'USFJ', 'USFK']
    """
    if isinstance(sensors, Scenario):
        found, nodes, launch_id = sensors.sensors, sensors.nodes, sensors.launch.launch_id
        links, settings = ALONE if policy is None else sensors.policy(policy), tracker or sensors.tracker
    elif policy is None:
        found, launch_id = tuple(sensors), "own"
        nations = {sensor.node: sensor.nation for sensor in found}
        nodes = tuple(Node(node_id=name, nation=nation, name=name) for name, nation in nations.items())
        links, settings = ALONE, tracker or TrackerSettings()
    else:
        raise ScenarioError("track_detections: a policy needs a scenario, whose centres it links")
    if not isinstance(links.sharing_rule, str):
        raise ScenarioError(f"track_detections: policy {links.name!r} has a sharing rule, which needs a simulated run")
    detections = as_arrays(table, found)
    doubted = doubts(detections, [sensor.sensor_id for sensor in found])
    for doubt in doubted:
        warnings.warn(f"track_detections: {doubt}", stacklevel=2)
    # Cycles begin at zero: what was seen before is shifted, by a whole number of predictions, and shifted back.
    grid_s = settings.cycle_s * math.ceil(settings.predict_s / settings.cycle_s)
    before_s = grid_s * max(math.ceil(-float(detections.t_s.min()) / grid_s), 0)
    detections = replace(detections, t_s=detections.t_s + before_s) if before_s else detections
    sources = sources_of(nodes, found)
    arrived_s = detections.t_s + sources.report_delay_s[detections.sensor]
    last = float(arrived_s.max()) + 1.0 if until_s is None else until_s + before_s
    check_between(ScenarioError, "track_detections until_s", last - before_s, settings.cycle_s - before_s, 2 * 86400.0)
    last = max(last, settings.cycle_s)
    cycle_s = settings.cycle_s * np.arange(1, int(last / settings.cycle_s) + 1)
    network = Network(nodes=nodes, policy=links, sources=sources, seed=0, run=0, launch_id=launch_id)
    tracks = _tracked(detections, network, settings, cycle_s)
    fitted = innovations(tracks, detections, sources.home, cycle_s, settings, [sensor.sensor_id for sensor in found])
    doubted += (misfits := that_do_not_fit(fitted))
    for doubt in misfits:
        warnings.warn(f"track_detections: {doubt}", stacklevel=2)
    made = _table(tracks, nodes, cycle_s, settings)
    for name in ("t_s", "last_plot_s", "impact_s") if before_s else ():
        made[name] -= before_s
    made.attrs["doubts"] = doubted
    made.attrs["innovations"] = fitted.to_dict("list")
    made.attrs["why_empty"] = "" if len(made) else why_empty(detections, settings, doubted)
    return made


def as_arrays(table: pd.DataFrame, sensors: Sequence[Sensor]) -> Detections:
    """The detections of a table, in order of time.

    Parameters
    ----------
    table : DataFrame
        m rows.
    sensors : sequence of Radar or Infrared

    Returns
    -------
    Detections
        m of them. Their `truth` is the number of the object that the column `object` names, from 0 in the order in
        which the names come up in time, and -1 where it names none; without that column all are of object 0.

    Raises
    ------
    DataError
        If the table is wrong, names a sensor that is not there, or a radar's row has no range.
    """
    rows = checked_detections(table).sort_values("t_s", kind="stable", ignore_index=True)
    index = {sensor.sensor_id: k for k, sensor in enumerate(sensors)}
    for k, name in enumerate(rows.sensor):
        if name not in index:
            raise DataError(f"detections at {rows.t_s[k]:g} s: {unknown('sensor', name, index)}")
        if not angles_only(sensors[index[name]]) and not rows.range_m[k] > 0.0:
            raise DataError(
                f"detections at {rows.t_s[k]:g} s: radar {name!r} has no range_m; only infrared may, and others that "
                "measure angles alone"
            )
    sensor = np.array([index[name] for name in rows.sensor], dtype=np.int32)
    z = np.column_stack([rows.range_m, np.radians(rows[["azimuth_deg", "elevation_deg"]]), rows.range_rate_mps])
    angles = np.array([angles_only(sensors[s]) for s in sensor])
    z = np.where(angles[:, None] & RANGES, np.nan, z)
    spread = rows[["sigma_azimuth_mrad", "sigma_elevation_mrad"]] * 1e-3
    sigma = np.column_stack([rows.sigma_range_m, spread, rows.sigma_range_rate_mps])
    truth = _numbers(rows[OBJECT]) if OBJECT in rows else np.zeros(len(rows), dtype=np.int64)
    return measured(sensors, rows.t_s.to_numpy(float), sensor, z, np.where(np.isnan(z), np.inf, sigma), truth=truth)


def _numbers(names: pd.Series) -> np.ndarray:
    """Numbers of named objects by first appearance, NOTHING where there is none."""
    number = {name: k for k, name in enumerate(dict.fromkeys(name for name in names if name not in ("", FALSE)))}
    return np.array([number.get(name, NOTHING) for name in names], dtype=np.int64)


def _tracked(detections: Detections, network: Network, settings: TrackerSettings, cycle_s: np.ndarray) -> Tracks:
    """Deliver the detections and track: the one place where this file calls `sharing` and `tracking`."""
    confirmation = Confirmation(plots=settings.confirm_plots, window_s=settings.confirm_window_s)

    def delivered(some: Detections) -> tuple[np.ndarray, np.ndarray]:
        deliveries, knowledge = sharing.deliver(
            some.t_s, some.sensor, some.number, network, confirmation, cycle_s, sight=some.sights
        )
        return deliveries.received_s, knowledge.confirmed_s

    # A track is confirmed by detections of one object: each object's are counted by themselves.
    objects = [detections.select(detections.truth == o) for o in range(int(detections.truth.max(initial=0)) + 1)]
    confirmed_s = np.array([delivered(some)[1] for some in objects])
    return tracking.track(detections, delivered(detections)[0], cycle_s, settings, confirmed_s).tracks


def _table(tracks: Tracks, nodes: tuple[Node, ...], cycle_s: np.ndarray, settings: TrackerSettings) -> pd.DataFrame:
    row, cycle = np.nonzero(tracks.status == 1)
    mean, node = tracks.mean[row, cycle], tracks.node[row]
    lat, lon, alt = pymap3d.ecef2geodetic(*mean[:, :3].T)
    impact = np.full((*tracks.status.shape, 3), np.nan)
    pairs = to_predict(tracks, settings)
    if len(pairs):
        found = predict_at(tracks, pairs, cycle_s, settings)
        impact[*pairs.T] = np.column_stack([np.degrees(found.lat_rad), np.degrees(found.lon_rad), found.time_s])
    impact = impact[row, cycle]
    return pd.DataFrame(
        {
            "node": [nodes[i].node_id for i in node],
            "track": row - np.searchsorted(tracks.node, node),
            "t_s": cycle_s[cycle],
            "lat_deg": lat,
            "lon_deg": lon,
            "alt_km": alt / 1e3,
            **{f"{axis}_m": mean[:, k] for k, axis in enumerate("xyz")},
            **{f"v{axis}_mps": mean[:, 3 + k] for k, axis in enumerate("xyz")},
            "position_sigma_m": np.sqrt(np.einsum("nii->n", tracks.covariance[row, cycle, :3, :3])),
            "boosting": tracks.boosting[row, cycle],
            "last_plot_s": tracks.last_plot_s[row, cycle],
            **{name: impact[:, k] for k, name in enumerate(("impact_lat_deg", "impact_lon_deg", "impact_s"))},
        }
    )
