"""The package's own tracker on a user's own detections, and what centres that share make of them."""

import math
import warnings
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pymap3d

from trackfuse import tracking
from trackfuse.catalog.scenario import Scenario
from trackfuse.core.errors import DataError, ScenarioError, check_between, unknown
from trackfuse.sensing import Detections, measured
from trackfuse.sensing.detections import NOTHING
from trackfuse.sensing.sensor import Sensor, angles_only
from trackfuse.sharing import Node, Policy
from trackfuse.simulation.given import Given, delivered, given, run_of
from trackfuse.simulation.predicted import predict_at, to_predict
from trackfuse.simulation.run import Run
from trackfuse.studies.own_data.detections import FALSE, OBJECT, checked_detections
from trackfuse.studies.own_data.doubts import doubts, why_empty
from trackfuse.studies.own_data.innovations import innovations, that_do_not_fit
from trackfuse.tracking import TrackerSettings, Tracks

ALONE = Policy(name="alone", title="no links", meaning="every centre has its own sensors' detections", links=())

RANGES = np.array([True, False, False, True])
"""Which of range, azimuth, elevation and range rate an infrared sensor does not measure."""
OF_TRUTH = ["arrival_s", "warning_time_s", "outcome"]
"""Columns of a run's notices that say nothing where the truth is not known."""


def track_detections(
    table: pd.DataFrame,
    sensors: Scenario | Sequence[Sensor],
    *,
    policy: str | Policy | None = None,
    tracker: TrackerSettings | None = None,
    until_s: float | None = None,
) -> pd.DataFrame:
    """Track what one's own detections are of, predict where it comes down, and share, fuse and warn as a policy says.

    Parameters
    ----------
    table : DataFrame
        As `read_detections` gives it, or a run's `detections`.
    sensors : Scenario or sequence of Radar or Infrared
        The sensors that the table names; of a scenario also its centres and its tracker's settings.
    policy : str or Policy, optional
        What a scenario's centres share, and how; by default each centre is alone with its own sensors.
    tracker : TrackerSettings, optional
        Other settings than the scenario's, or than the default ones.
    until_s : float, optional
        Last instant of the tracks; by default a second after the last detection has arrived at its centre.

    Returns
    -------
    DataFrame
        One row a centre, track and cycle with an estimate, as the centre holds it: of its own and of what others have
        reported to it. node, track (its number at that centre, from 0), t_s, lat_deg, lon_deg, alt_km, x_m to z_m and
        vx_mps to vz_mps (Earth-fixed), position_sigma_m, boosting (probability), last_plot_s; impact_lat_deg,
        impact_lon_deg and impact_s where predicted anew. `attrs["notices"]` has what centres announced, as the columns
        of a run's `notices` without those that rest on the truth; none without a scenario, which has the places and
        the rule. `attrs["doubts"]` says what does not fit of the detections (units, signs, repeated rows, standard
        deviations), also as a warning, `attrs["why_empty"]` why there is no track, and `attrs["innovations"]` by sensor
        how far its detections lie from where each centre's own tracks expected them over what both claim (columns
        sensor, detections, ratio; 1 where the standard deviations are right).

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
    settings = settings.with_association(several=False)
    detections = as_arrays(table, found)
    doubted = doubts(detections, [sensor.sensor_id for sensor in found])
    for doubt in doubted:
        warnings.warn(f"track_detections: {doubt}", stacklevel=2)
    # Cycles begin at zero: what was seen before is shifted, by a whole number of predictions, and shifted back.
    grid_s = settings.cycle_s * math.ceil(settings.predict_s / settings.cycle_s)
    before_s = grid_s * max(math.ceil(-float(detections.t_s.min()) / grid_s), 0)
    detections = replace(detections, t_s=detections.t_s + before_s) if before_s else detections
    last = _all_in_s(detections, found) if until_s is None else until_s + before_s
    check_between(ScenarioError, "track_detections until_s", last - before_s, settings.cycle_s - before_s, 2 * 86400.0)
    places = len(sensors.places) if isinstance(sensors, Scenario) else 0
    ready = given(detections, found, nodes, settings, max(last, settings.cycle_s), launch_id, places)
    by, cycle_s = delivered(ready, nodes, links), ready.prepared.cycle_s
    if isinstance(sensors, Scenario):
        run = run_of(sensors, links, ready, by)
        own, held, announced = run.local, run.fused, announced_in(run)
    else:
        confirmed_s = np.array([known.confirmed_s for known in by.knowledge])
        own = tracking.track(detections, by.deliveries.received_s, cycle_s, ready.prepared.tracker, confirmed_s).tracks
        held, announced = own, pd.DataFrame()
    home = ready.prepared.sources.home
    fitted = innovations(own, detections, home, cycle_s, settings, [sensor.sensor_id for sensor in found])
    doubted += (misfits := that_do_not_fit(fitted))
    for doubt in misfits:
        warnings.warn(f"track_detections: {doubt}", stacklevel=2)
    made = tracks_table(held, nodes, cycle_s, settings)
    for table, names in ((made, ("t_s", "last_plot_s", "impact_s")), (announced, ("met_s", "notice_s"))):
        for name in names if before_s and len(table) else ():
            table[name] -= before_s
    made.attrs["notices"] = announced.to_dict("list")
    made.attrs["doubts"] = doubted
    made.attrs["innovations"] = fitted.to_dict("list")
    made.attrs["why_empty"] = "" if len(made) else why_empty(detections, settings, doubted)
    return made


def as_arrays(table: pd.DataFrame, sensors: Sequence[Sensor]) -> Detections:
    """The detections of a table, in order of time, then of sensor.

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
    order = np.lexsort((np.array([index[name] for name in rows.sensor]), rows.t_s.to_numpy(float)))
    rows = rows.iloc[order].reset_index(drop=True)
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


def _all_in_s(detections: Detections, sensors: Sequence[Sensor]) -> float:
    """A second after the last detection has arrived at its sensor's centre, s."""
    delay_s = np.array([sensor.report_delay_s for sensor in sensors], dtype=float)
    return float((detections.t_s + delay_s[detections.sensor]).max()) + 1.0


def given_to(scenario: Scenario, table: pd.DataFrame) -> Given:
    """The detections of a table, ready for the centres of a scenario.

    Parameters
    ----------
    scenario : Scenario
    table : DataFrame
        As `read_detections` gives it, its times from 0 s on.

    Returns
    -------
    Given
        With association "auto" detections of several objects, or of none, are distinguished by the centres.

    Raises
    ------
    DataError
        As `as_arrays`, or if a detection is from before 0 s.
    """
    detections = as_arrays(table, scenario.sensors)
    if detections.t_s[0] < 0.0:
        raise DataError(f"detections: t_s {detections.t_s[0]:g} is before 0 s, at which centres begin to work")
    tracker = scenario.tracker.with_association(several=bool(detections.truth.any()))
    end_s = max(_all_in_s(detections, scenario.sensors), tracker.cycle_s)
    return given(detections, scenario.sensors, scenario.nodes, tracker, end_s, scenario.launch.launch_id,
                 len(scenario.places))  # fmt: skip


def announced_in(run: Run) -> pd.DataFrame:
    """Notices of a run of which the truth is not known: its table of notices, without what rests on the truth."""
    table = run.notices.drop(columns=OF_TRUTH)
    return table[np.isfinite(table["notice_s"])].reset_index(drop=True)


def tracks_table(
    tracks: Tracks, nodes: tuple[Node, ...], cycle_s: np.ndarray, settings: TrackerSettings
) -> pd.DataFrame:
    """Tracks as a table.

    Parameters
    ----------
    tracks : Tracks
        K tracks at J cycles.
    nodes : tuple of Node
    cycle_s : ndarray, shape (J,)
        s.
    settings : TrackerSettings
        Say when impact is predicted.

    Returns
    -------
    DataFrame
        As `track_detections` gives it.
    """
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
