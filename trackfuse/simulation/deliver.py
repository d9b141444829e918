"""observe -> deliver: who detects what, and which centre has what when, in one run."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from trackfuse import sharing
from trackfuse.catalog.scenario import Scenario
from trackfuse.sensing import Detections, Looks, frames_at, joined, lines_of_sight, measure, resolved
from trackfuse.sharing import Confirmation, Deliveries, Knowledge, Network, Opportunities, Policy, Releasable
from trackfuse.simulation.prepare import Noise, Prepared


@dataclass(frozen=True, slots=True, kw_only=True)
class Permitted:
    """What a sharing rule lets pass in one run.

    Parameters
    ----------
    launches : tuple of Releasable
        What is detected of each of the L launches, and word of it in every node's reports.
    false : Releasable
        Detections of nothing.
    reports : Releasable
        Every node's reports, of all that it tracks; without looks.
    tracks : ndarray of bool, shape (2, K, J, N)
        Each own track in them: as `Deliveries.releasable` has it.
    """

    launches: tuple[Releasable, ...]
    false: Releasable
    reports: Releasable
    tracks: np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What is measured in a run, and who has it when.

    Parameters
    ----------
    measurements : Detections
        m of them, of all objects and of nothing, in order of time, then of sensor, then of object.
    deliveries : Deliveries
        When each node has each of them, and each other's report of every cycle.
    knowledge : tuple of Knowledge
        What each node first knew of each of the L launches, and when.
    parts : tuple of Detections
        The measurements of each of the O objects, before those that no radar can tell apart are taken out.
    """

    measurements: Detections
    deliveries: Deliveries
    knowledge: tuple[Knowledge, ...]
    parts: tuple[Detections, ...]


class _Received(NamedTuple):
    """Detections, and when each node has each and the launch report that it is, both (m, N)."""

    measurements: Detections
    received_s: np.ndarray
    launch_report_s: np.ndarray


def deliver(
    scenario: Scenario,
    policy: Policy,
    prepared: Prepared,
    noise: Noise,
    like: Delivered | None = None,
    permitted: Permitted | None = None,
) -> Delivered:
    """Settle who detects what and who receives what, in one run under one policy.

    What a launch and its debris show is passed on together, launch by launch: a radar that receives word of a launch,
    or has detected any part of it, looks for all of it. Cues and the word of a launch rest on true detections; which
    detection is of which object every node has to find out, unless that is known.

    Parameters
    ----------
    scenario : Scenario
    policy : Policy
    prepared : Prepared
    noise : Noise
    like : Delivered, optional
        The same under another policy with the same noise: what is measured of an object is taken over where the same
        looks detect it.
    permitted : Permitted, optional
        What the policy's sharing rule lets pass. None: everything.

    Returns
    -------
    Delivered
    """
    confirmation = Confirmation(plots=prepared.tracker.confirm_plots, window_s=prepared.tracker.confirm_window_s)

    def network(launch_id: str) -> Network:
        return Network(nodes=scenario.nodes, policy=policy, sources=prepared.sources, seed=noise.seed,
                       run=noise.run, launch_id=launch_id)  # fmt: skip

    measured: dict[int, _Received] = {}
    knowledge, reports = [], None
    for n, launch_id in enumerate(prepared.launch_ids):
        may = permitted.launches[n] if permitted else None
        made, deliveries, known = _of_launch(prepared, noise, network(launch_id), confirmation, n, like, may)
        measured |= made
        knowledge.append(known)
        reports = deliveries.track_received_s, deliveries.warning_received_s
    parts = [measured[o] for o in range(len(prepared.targets))]
    if len(noise.false):
        false = noise.false
        received, _ = sharing.deliver(false.t_s, false.sensor, false.number, network("false plots"), confirmation,
                                      prepared.cycle_s[:0], permitted.false if permitted else None)  # fmt: skip
        parts.append(_Received(false, received.received_s, received.launch_report_s))
    if not (prepared.known and len(knowledge) == 1):
        # One message holds all tracks of its node. Who knows what is of which launch sends none before it has a track.
        first = np.min([known.confirmed_s for known in knowledge], axis=0)
        since = first if prepared.known else np.zeros(len(scenario.nodes))
        may = permitted.reports if permitted else None
        reports = sharing.report(network(prepared.launch_ids[0]), prepared.cycle_s, since, may)
    together = _together(parts, scenario)
    assert reports is not None  # there is a launch
    return Delivered(
        measurements=together.measurements,
        deliveries=Deliveries(
            received_s=together.received_s, launch_report_s=together.launch_report_s,
            track_received_s=reports[0], warning_received_s=reports[1],
            releasable=permitted.tracks if permitted else None,
        ),
        knowledge=tuple(knowledge),
        parts=tuple(measured[o].measurements for o in range(len(prepared.targets))),
    )  # fmt: skip


def opportunities(prepared: Prepared, noise: Noise, launch: int) -> tuple[Opportunities, np.ndarray]:
    """The looks that may detect something of a launch.

    Parameters
    ----------
    prepared : Prepared
    noise : Noise
    launch : int
        Its number.

    Returns
    -------
    (Opportunities, ndarray of int of shape (n,))
        Of all its objects in order of time, and the place of each among the looks at one object after the other.
    """
    members = [o for o, target in enumerate(prepared.targets) if target.launch == launch]
    looks = [prepared.targets[o].looks for o in members]
    which = np.repeat(np.arange(len(members)), [len(each.t_s) for each in looks])
    values = {
        name: np.concatenate([getattr(each, name) for each in looks]) for name in ("t_s", "sensor", "number", "pd")
    }
    values["uniform"] = np.concatenate([noise.draws[o].uniform for o in members])
    values["pd"] = values["pd"] * noise.present[values["sensor"], None]
    values["sight"] = np.concatenate([_sights(each, prepared.sources.is_infrared) for each in looks])
    order = np.arange(len(which))
    if len(members) > 1:
        order = np.lexsort((which, values["sensor"], values["t_s"]))
        values = {name: each[order] for name, each in values.items()}
    return Opportunities(**values), order


def _sights(looks: Looks, is_infrared: np.ndarray) -> np.ndarray:
    """True lines of sight (n, 3) of looks by infrared sensors; nan of others, whose angles confirm no track.

    What is measured lies beside them by thousandths of the angle at which lines must cross (`kernels.stereo`).
    """
    out, rows = np.full((len(looks.t_s), 3), np.nan), np.flatnonzero(is_infrared[looks.sensor])
    _, frames = frames_at(looks.sensors, looks.sensor[rows], looks.t_s[rows])
    out[rows] = lines_of_sight(looks.azimuth_rad[rows], looks.elevation_rad[rows], frames)
    return out


def _of_launch(
    prepared: Prepared, noise: Noise, network: Network, confirmation: Confirmation, launch: int,
    like: Delivered | None, permitted: Releasable | None,
) -> tuple[dict[int, _Received], Deliveries, Knowledge]:
    """What is detected of one launch, by object with its reception; all deliveries; what nodes knew."""
    chances, order = opportunities(prepared, noise, launch)
    detected = sharing.detect(chances, network, confirmation, prepared.cycle_s, permitted)
    cued = np.empty(len(order), dtype=bool)
    cued[order] = detected.cued
    rows, parts, begin = order[detected.rows], {}, 0
    for o, target in enumerate(prepared.targets):
        if target.launch != launch:
            continue
        each = target.looks
        end = begin + len(each.t_s)
        mine = (rows >= begin) & (rows < end)
        look, aimed = rows[mine] - begin, cued[begin:end]
        made = like.parts[o] if like is not None else None
        if made is None or not (np.array_equal(made.look, look) and np.array_equal(made.cued, aimed[look])):
            made = measure(each, noise.draws[o], look, aimed, truth=o)
        received = detected.deliveries
        parts[o] = _Received(made, received.received_s[mine], received.launch_report_s[mine])
        begin = end
    return parts, detected.deliveries, detected.knowledge


def _together(parts: list[_Received], scenario: Scenario) -> _Received:
    """All detections that radars can tell apart, and when each node has each."""
    if len(parts) == 1:
        return parts[0]
    t_s, sensor, truth = (
        np.concatenate([getattr(part.measurements, name) for part in parts]) for name in ("t_s", "sensor", "truth")
    )
    whole = joined([part.measurements for part in parts])
    keep = resolved(whole, scenario.sensors)
    rows = np.lexsort((truth, sensor, t_s))[keep]
    return _Received(
        whole.select(keep),
        np.concatenate([part.received_s for part in parts])[rows],
        np.concatenate([part.launch_report_s for part in parts])[rows],
    )
