"""The package's own tracker on a person's own detections."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import pymap3d

from trackfuse import sharing, tracking
from trackfuse.catalog.scenario import Scenario
from trackfuse.core.errors import DataError, ScenarioError, check_between, unknown
from trackfuse.sensing.arrays import frames_at
from trackfuse.sensing.sensor import Infrared, Sensor
from trackfuse.sharing import Node, Policy
from trackfuse.simulation.predicted import predict_at, to_predict
from trackfuse.studies.own_data.detections import checked_detections
from trackfuse.tracking import TrackerSettings, Tracks

ALONE = Policy(name="alone", title="no links", meaning="every centre has its own sensors' detections", links=())


class Measured(NamedTuple):
    """Detections as arrays, in order of time: `t_s` (m,), `sensor` (m,) index, `z` and `sigma` (m, 4) range, azimuth,
    elevation and range rate in m, rad, rad, m/s; NaN and inf where not measured."""

    t_s: np.ndarray
    sensor: np.ndarray
    z: np.ndarray
    sigma: np.ndarray


def track_detections(
    table: pd.DataFrame,
    sensors: Scenario | Sequence[Sensor],
    *,
    policy: str | Policy | None = None,
    tracker: TrackerSettings | None = None,
    until_s: float | None = None,
) -> pd.DataFrame:
    """Track one object from one's own detections, and predict where it comes down.

    Parameters
    ----------
    table : DataFrame
        As `read_detections` gives it, or `Simulation.detections`.
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
        One row a centre and cycle with a track, from that centre's detections (tracks reported by others are not
        fused): node, t_s, lat_deg, lon_deg, alt_km, x_m to z_m and vx_mps to vz_mps (Earth-fixed), position_sigma_m,
        boosting (probability), last_plot_s; impact_lat_deg, impact_lon_deg and impact_s where predicted anew.

    Raises
    ------
    DataError
        If the table is wrong or names a sensor that is not there (with the nearest).
    ScenarioError
        If the policy is not known, or given without a scenario.

    Notes
    -----
    One object: what belongs to something else must be taken out before. Valid for ballistic targets.
    """
    whole = isinstance(sensors, Scenario)
    found = sensors.sensors if isinstance(sensors, Scenario) else tuple(sensors)
    nodes = sensors.nodes if isinstance(sensors, Scenario) else _centres(found)
    if policy is not None and not isinstance(sensors, Scenario):
        raise ScenarioError("track_detections: a policy needs a scenario, whose centres it links")
    links = sensors.policy(policy) if isinstance(sensors, Scenario) and policy is not None else ALONE
    settings = tracker or (sensors.tracker if isinstance(sensors, Scenario) else TrackerSettings())
    measured = as_arrays(table, found)
    delay = np.array([sensor.report_delay_s for sensor in found])
    last = float((measured.t_s + delay[measured.sensor]).max()) + 1.0 if until_s is None else until_s
    check_between(ScenarioError, "track_detections until_s", last, settings.cycle_s, 86400.0)
    cycle_s = settings.cycle_s * np.arange(1, int(last / settings.cycle_s) + 1)
    launch = sensors.launch.launch_id if whole and isinstance(sensors, Scenario) else "own"
    tracks = _tracked(measured, found, nodes, links, settings, cycle_s, launch)
    return _table(tracks, nodes, cycle_s, settings)


def as_arrays(table: pd.DataFrame, sensors: Sequence[Sensor]) -> Measured:
    """Detections as arrays, in order of time.

    Parameters
    ----------
    table : DataFrame
    sensors : sequence of Radar or Infrared

    Returns
    -------
    Measured

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
        if not isinstance(sensors[index[name]], Infrared) and not rows.range_m[k] > 0.0:
            raise DataError(f"detections at {rows.t_s[k]:g} s: radar {name!r} has no range_m; only infrared may")
    angles = ["azimuth_deg", "elevation_deg"]
    z = np.column_stack([rows.range_m, np.radians(rows[angles]), rows.range_rate_mps])
    spread = rows[["sigma_azimuth_mrad", "sigma_elevation_mrad"]] * 1e-3
    sigma = np.column_stack([rows.sigma_range_m, spread, rows.sigma_range_rate_mps])
    return Measured(
        t_s=rows.t_s.to_numpy(float),
        sensor=np.array([index[name] for name in rows.sensor], dtype=np.int32),
        z=z,
        sigma=np.where(np.isnan(z), np.inf, sigma),
    )


def _centres(sensors: tuple[Sensor, ...]) -> tuple[Node, ...]:
    nations = {sensor.node: sensor.nation for sensor in sensors}
    return tuple(Node(node_id=name, nation=nation, name=name) for name, nation in nations.items())


def _tracked(
    measured: Measured,
    sensors: tuple[Sensor, ...],
    nodes: tuple[Node, ...],
    policy: Policy,
    settings: TrackerSettings,
    cycle_s: np.ndarray,
    launch_id: str,
) -> Tracks:
    names = [node.node_id for node in nodes]
    infrared = np.array([isinstance(sensor, Infrared) for sensor in sensors])
    count = pd.Series(measured.sensor).groupby(measured.sensor).cumcount().to_numpy(np.int32)
    exchange = sharing.exchange(
        t_s=measured.t_s,
        sensor=measured.sensor,
        number=count,
        home=np.array([names.index(sensor.node) for sensor in sensors], dtype=np.int32),
        is_infrared=infrared,
        sensor_ids=tuple(sensor.sensor_id for sensor in sensors),
        pd=np.ones((len(measured.t_s), 2)),  # what is in the table was detected
        uniform=np.zeros(len(measured.t_s)),
        nodes=nodes,
        policy=policy,
        confirm_plots=settings.confirm_plots,
        confirm_window_s=settings.confirm_window_s,
        cycle_times=cycle_s,
        report_delay_s=np.array([sensor.report_delay_s for sensor in sensors]),
        seed=0,
        run=0,
        launch_id=launch_id,
    )
    site, enu = frames_at(sensors, measured.sensor, measured.t_s)
    later = frames_at(sensors, measured.sensor, measured.t_s + 1.0)[0]
    return tracking.track(
        plot_t_s=measured.t_s,
        plot_sensor=np.arange(len(measured.t_s)),
        z=measured.z,
        sigma=measured.sigma,
        received_s=exchange.plot_received_s,
        site_m=site,
        enu_from_ecef=enu,
        is_infrared=infrared[measured.sensor],
        cycle_times=cycle_s,
        confirmed_s=exchange.confirmed_s,
        settings=settings,
        site_velocity_mps=later - site,
    )


def _table(tracks: Tracks, nodes: tuple[Node, ...], cycle_s: np.ndarray, settings: TrackerSettings) -> pd.DataFrame:
    node, cycle = np.nonzero(tracks.status == 1)
    mean = tracks.mean[node, cycle]
    lat, lon, alt = pymap3d.ecef2geodetic(*mean[:, :3].T)
    impact = np.full((*tracks.status.shape, 3), np.nan)
    pairs = to_predict(tracks, settings)
    if len(pairs):
        made = predict_at(tracks, pairs, cycle_s, settings)
        impact[pairs[:, 0], pairs[:, 1]] = np.column_stack(
            [np.degrees(made.lat_rad), np.degrees(made.lon_rad), made.time_s]
        )
    there = impact[node, cycle]
    return pd.DataFrame(
        {
            "node": [nodes[i].node_id for i in node],
            "t_s": cycle_s[cycle],
            "lat_deg": lat,
            "lon_deg": lon,
            "alt_km": alt / 1e3,
            **{f"{axis}_m": mean[:, k] for k, axis in enumerate("xyz")},
            **{f"v{axis}_mps": mean[:, 3 + k] for k, axis in enumerate("xyz")},
            "position_sigma_m": np.sqrt(np.einsum("nii->n", tracks.covariance[node, cycle, :3, :3])),
            "boosting": tracks.boosting[node, cycle],
            "last_plot_s": tracks.last_plot_s[node, cycle],
            **{name: there[:, k] for k, name in enumerate(("impact_lat_deg", "impact_lon_deg", "impact_s"))},
        }
    )
