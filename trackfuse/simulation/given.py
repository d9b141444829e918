"""A run of detections that were made elsewhere: nothing is flown or drawn, so that no truth is known."""

from dataclasses import dataclass, replace

import numpy as np

from trackfuse import sharing
from trackfuse.catalog.scenario import Scenario
from trackfuse.flight import Flight
from trackfuse.sensing import ERRORS, Detections, Looks
from trackfuse.sensing.arrays import sensor_arrays
from trackfuse.sensing.detections import NOTHING
from trackfuse.sensing.sensor import Sensor
from trackfuse.sharing import Confirmation, Deliveries, Network, Node, Policy
from trackfuse.simulation.deliver import Delivered
from trackfuse.simulation.local_tracks import local_tracks
from trackfuse.simulation.prepare import Noise, Prepared, Target, sources_of
from trackfuse.simulation.run import Run
from trackfuse.simulation.simulate import finished
from trackfuse.tracking import TrackerSettings
from trackfuse.warning import chain_normal

SEED, RUN = 0, 0
"""Of the delays of links, of the people and machines of centres, and of the rounding of messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Detections as a run has them.

    Parameters
    ----------
    prepared : Prepared
        Of each object a flight that nobody knows, and the instants at which centres work.
    noise : Noise
        How quick links and centres are.
    measurements : Detections
        In order of time, then of sensor; `truth` is the number of the object, -1 of none.
    """

    prepared: Prepared
    noise: Noise
    measurements: Detections


def given(
    detections: Detections, sensors: tuple[Sensor, ...], nodes: tuple[Node, ...], tracker: TrackerSettings,
    end_s: float, launch_id: str = "own", places: int = 0,
) -> Given:  # fmt: skip
    """Get detections ready for a run.

    Parameters
    ----------
    detections : Detections
        m of them, one or more, from 0 s on.
    sensors : tuple of Radar, Infrared or SensorModel
        That they are by.
    nodes : tuple of Node
        N centres.
    tracker : TrackerSettings
        With an association that is not "auto". Registration errors are not allowed for.
    end_s : float
        Last instant at which centres work.
    launch_id : str
        From which delays are drawn.
    places : int
        How many there are to warn.

    Returns
    -------
    Given
        Every object counts as a launch.
    """
    cycle_s = tracker.cycle_s * np.arange(1, int(end_s / tracker.cycle_s) + 1)
    count = int(detections.truth.max(initial=0)) + 1
    names = tuple(launch_id if n == 0 else f"{launch_id}, object {n + 1}" for n in range(count))
    looks = _no_looks(sensors)
    nothing = detections.select(np.empty(0, dtype=np.int64))
    chain = chain_normal(nodes, seed=SEED, run=RUN, launch_id=launch_id)
    return Given(
        prepared=Prepared(
            targets=tuple(
                Target(flight=_unknown(name, end_s), launch=n, lift_off_s=0.0, looks=looks, missile=True)
                for n, name in enumerate(names)
            ),
            launch_ids=names,
            tracker=replace(tracker, registration="ignore"),
            sources=sources_of(nodes, sensors),
            cycle_s=cycle_s,
            truth=np.full((count, len(cycle_s), 6), np.nan),
            arrival_s=np.full((count, places), np.nan),
        ),
        noise=Noise(
            seed=SEED, run=RUN, present=np.ones(len(sensors), dtype=bool), draws=(), false=nothing,
            chain_normal=np.array([chain] * count),
        ),
        measurements=detections,
    )  # fmt: skip


def delivered(made: Given, nodes: tuple[Node, ...], policy: Policy) -> Delivered:
    """Deliver given detections.

    Parameters
    ----------
    made : Given
    nodes : tuple of Node
    policy : Policy
        Without a sharing rule of the user's own.

    Returns
    -------
    Delivered
        A track is confirmed by detections of one object: each object's are counted by themselves.
    """
    prepared, all_of_it = made.prepared, made.measurements
    confirmation = Confirmation(plots=prepared.tracker.confirm_plots, window_s=prepared.tracker.confirm_window_s)

    def network(name: str) -> Network:
        return Network(nodes=nodes, policy=policy, sources=prepared.sources, seed=SEED, run=RUN, launch_id=name)

    received_s, launch_report_s = np.empty((2, len(all_of_it), len(nodes)))
    done, parts = [], []
    for n, name in [*enumerate(prepared.launch_ids), (NOTHING, "false plots")]:
        rows = np.flatnonzero(all_of_it.truth == n)
        part = all_of_it.select(rows)
        deliveries, known = sharing.deliver(
            part.t_s, part.sensor, part.number, network(name), confirmation, prepared.cycle_s, sight=part.sights
        )
        received_s[rows], launch_report_s[rows] = deliveries.received_s, deliveries.launch_report_s
        done.append((deliveries, known))
        parts.append(part)
    knowledge = tuple(known for _, known in done[:-1])
    reports = done[0][0].track_received_s, done[0][0].warning_received_s
    if not (prepared.known and len(knowledge) == 1):
        first = np.min([known.confirmed_s for known in knowledge], axis=0)
        since = first if prepared.known else np.zeros(len(nodes))
        reports = sharing.report(network(prepared.launch_ids[0]), prepared.cycle_s, since)
    deliveries = Deliveries(
        received_s=received_s, launch_report_s=launch_report_s, track_received_s=reports[0],
        warning_received_s=reports[1],
    )  # fmt: skip
    return Delivered(measurements=all_of_it, deliveries=deliveries, knowledge=knowledge, parts=tuple(parts[:-1]))


def run_of(scenario: Scenario, policy: Policy, made: Given, by: Delivered) -> Run:
    """What centres make of given detections: own tracks, fused ones, notices.

    Parameters
    ----------
    scenario : Scenario
        Of which centres, sensors, places and rule count.
    policy : Policy
    made : Given
    by : Delivered
        Who had what, and when.

    Returns
    -------
    Run
        Nothing of it that rests on the truth has a meaning.
    """
    own = replace(scenario, tracker=made.prepared.tracker, salvo=(), debris=False, false_plots=False)
    tracked = local_tracks(own, made.prepared, made.noise, by)
    ((run, _),) = finished(own, [policy], made.prepared, made.noise, [tracked])
    return run


def _unknown(name: str, end_s: float) -> Flight:
    """The flight of an object of which detections are all that is known."""
    nan, nowhere = np.nan, np.full((2, 3), np.nan)
    return Flight(
        launch_id=name, rcs_m2=np.full(3, nan), t_s=np.array([0.0, end_s]), position_m=nowhere, velocity_mps=nowhere,
        phase=np.zeros(2, dtype=np.int8), burnout_s=nan, impact_s=np.inf, apogee_s=nan, apogee_km=nan, range_km=nan,
        impact_lat_deg=nan, impact_lon_deg=nan,
    )  # fmt: skip


def _no_looks(sensors: tuple[Sensor, ...]) -> Looks:
    """No look at anything: what is not drawn needs none."""
    arrays, none, counts = sensor_arrays(sensors), np.empty(0), np.empty(0, dtype=np.int32)
    return Looks(
        sensors=sensors, site_m=arrays.site_m, enu_from_ecef=arrays.enu_from_ecef, is_infrared=arrays.is_infrared,
        sensor=counts, number=counts, t_s=none, range_m=none, azimuth_rad=none, elevation_rad=none,
        rate=np.empty((0, 4)), snr_db=np.empty((0, 2)), pd=np.empty((0, 2)), sigma=np.empty((0, 2, 4)),
        air=np.empty((0, 3)), registration=np.empty((0, 3, len(ERRORS))),
    )  # fmt: skip
