"""deliver and track under a sharing rule: what may pass depends on tracks, and they on what has passed before."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from trackfuse.catalog.scenario import Scenario
from trackfuse.core.plugins import call
from trackfuse.earth import Impact
from trackfuse.sharing import Message, NodeView, Policy, Releasable, SharingRule, check_answer, reached
from trackfuse.simulation.deliver import Delivered, Permitted, deliver, opportunities
from trackfuse.simulation.local_tracks import Tracked, local_tracks
from trackfuse.simulation.predicted import OwnPredictions, own_predictions
from trackfuse.simulation.prepare import Noise, Prepared
from trackfuse.simulation.true_objects import followed_by
from trackfuse.tracking.track import Worked
from trackfuse.warning import HIT

REPORTED = ("warning", "track")
"""What a report of a track is to the rule, by the levels of `Releasable.reports`."""
DETECTED = ("launch_report", "detection")
"""What a detection is to the rule, by the rows of `Releasable.looks`."""
_LEAST = {"launch_report": "warning"}
"""Payload of the links that carry a message, where it is not named as the message is."""


def deliver_and_track(
    scenario: Scenario, policy: Policy, prepared: Prepared, noise: Noise, like: Tracked | None = None,
    worked: Worked | None = None,
) -> Tracked:  # fmt: skip
    """Settle who detects and receives what in one run under one policy, and what centres make of it.

    Parameters
    ----------
    scenario : Scenario
    policy : Policy
    prepared : Prepared
    noise : Noise
    like : Tracked, optional
        The same under another policy with the same noise: taken over where it is the same.
    worked : Worked, optional
        As in `local_tracks`.

    Returns
    -------
    Tracked

    Raises
    ------
    PluginError
        If a sharing rule of the user's own fails: which rule, at which centre and when.

    Notes
    -----
    Under a sharing rule of the user's own a report passes by what the track says, a track holds what radars detected,
    and radars are cued by reports that passed. All of it is worked out again until no report is judged otherwise: what
    is reported at a cycle depends on earlier cycles alone, so that each time all cycles up to the first that changed
    are final.
    """
    if isinstance(policy.sharing_rule, str):
        delivered = deliver(scenario, policy, prepared, noise, like.delivered if like else None)
        return local_tracks(scenario, prepared, noise, delivered, like, worked)
    asked = _asked(policy.sharing_rule, scenario, policy)
    permitted, tracked, final = _of_detections(asked, prepared, noise), like, 0
    while True:
        delivered = deliver(scenario, policy, prepared, noise, tracked.delivered if tracked else None, permitted)
        tracked = local_tracks(scenario, prepared, noise, delivered, tracked, worked)
        now = _of_reports(asked, scenario, prepared, tracked, permitted)
        changed = np.zeros(len(prepared.cycle_s), dtype=bool)
        for before, after in zip(permitted.launches, now.launches, strict=True):
            after.reports[:, :, :final] = before.reports[:, :, :final]
            changed |= (after.reports != before.reports).any(axis=(0, 1, 3))
        permitted = now
        if not changed.any():
            return replace(tracked, delivered=deliver(scenario, policy, prepared, noise, delivered, permitted))
        final = int(changed.argmax()) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A rule, and what it is asked about: by kind and source, the targets that links could bring a message to."""

    rule: SharingRule
    names: tuple[str, ...]
    views: tuple[tuple[NodeView, ...], ...]
    targets: dict[tuple[str, int], list[int]]

    def allowed(self, kind: str, source: int, t_s: float, origins: tuple[str, ...], **said: Any) -> np.ndarray:
        """Which nodes may have a message of a node, (N,) of bool."""
        out = np.zeros(len(self.names), dtype=bool)
        name = self.names[source]
        for target in self.targets[kind, source]:
            message = Message(
                source=name, target=self.names[target], kind=kind, origins=origins, t_s=t_s, **said
            )  # fmt: skip
            given = message, self.views[source][target]
            out[target] = call("sharing", self.rule, given, check_answer, (name, t_s))
        return out


def _asked(rule: SharingRule, scenario: Scenario, policy: Policy) -> _Asked:
    nodes, links = scenario.nodes, policy.effective_links()
    index = {node.node_id: i for i, node in enumerate(nodes)}
    places = {node.nation: tuple(p for p in scenario.places if p.nation == node.nation) for node in nodes}
    return _Asked(
        rule=rule,
        names=tuple(index),
        views=tuple(
            tuple(NodeView(node=one.node_id, nation=one.nation, ally=other.nation, ally_places=places[other.nation])
                  for other in nodes)
            for one in nodes
        ),
        targets={
            (kind, i): sorted(index[name] for name in reached(links, node.node_id, _LEAST.get(kind, kind)) if
                              name != node.node_id)
            for kind in (*DETECTED, *REPORTED)
            for i, node in enumerate(nodes)
        },
    )  # fmt: skip


def _of_detections(asked: _Asked, prepared: Prepared, noise: Noise) -> Permitted:
    """What passes of detections, which depends on no track; no report passes yet."""
    nodes, cycles = len(asked.names), len(prepared.cycle_s)
    none = np.zeros((2, nodes, cycles, nodes), dtype=bool)

    def judged(t_s: np.ndarray, sensor: np.ndarray, possible: np.ndarray) -> np.ndarray:
        out = np.zeros((2, len(t_s), nodes), dtype=bool)
        for k in np.flatnonzero(possible):
            home = int(prepared.sources.home[sensor[k]])
            for form, kind in enumerate(DETECTED):
                if kind == "detection" or prepared.sources.is_infrared[sensor[k]]:
                    out[form, k] = asked.allowed(kind, home, float(t_s[k]), (asked.names[home],))
        return out

    launches, false = [], noise.false
    for n in range(len(prepared.launch_ids)):
        looks, _ = opportunities(prepared, noise, n)
        # A cued look detects whenever an uncued one does.
        launches.append(Releasable(looks=judged(looks.t_s, looks.sensor, looks.uniform < looks.pd[:, 1]), reports=none))
    of_nothing = judged(false.t_s, false.sensor, np.ones(len(false), dtype=bool))
    return Permitted(
        launches=tuple(launches),
        false=Releasable(looks=of_nothing, reports=none[:, :, :0]),
        reports=Releasable(looks=np.zeros((2, 0, nodes), dtype=bool), reports=none),
        tracks=np.empty((2, 0, cycles, nodes), dtype=bool),
    )


def _of_reports(
    asked: _Asked, scenario: Scenario, prepared: Prepared, tracked: Tracked, permitted: Permitted
) -> Permitted:
    """What passes of the reports of these tracks."""
    tracks, delivered, nodes = tracked.local.tracks, tracked.delivered, len(asked.names)
    origins = _origins(asked, prepared, delivered)
    may = _of_tracks(asked, scenario, prepared, tracked, origins)
    held, launch_of = tracks.status == 1, np.array([target.launch for target in prepared.targets])
    objects = followed_by(delivered.measurements, tracked.local, len(prepared.targets))
    follows = np.where(objects >= 0, launch_of[np.maximum(objects, 0)], -1)
    launches = []
    for n, (before, known) in enumerate(zip(permitted.launches, delivered.knowledge, strict=True)):
        reports, of_it = _together(may, held & (follows == n), tracks.node, nodes)
        # The word of a launch of which a centre has no track: of a track that is still to be confirmed, or was lost.
        for i, j in np.argwhere((known.confirmed_s[:, None] <= prepared.cycle_s) & ~of_it):
            for level, kind in enumerate(REPORTED):
                reports[level, i, j] = asked.allowed(kind, int(i), float(prepared.cycle_s[j]), origins[i][j])
        launches.append(replace(before, reports=reports))
    reports, some = _together(may, held, tracks.node, nodes)
    return replace(
        permitted,
        launches=tuple(launches),
        reports=replace(permitted.reports, reports=reports | ~some[:, :, None]),
        tracks=may | ~held[:, :, None],
    )


def _together(may: np.ndarray, which: np.ndarray, node: np.ndarray, nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """Who may have any of some tracks (K, J) of each node, (2, N, J, N); and where a node has any, (N, J)."""
    reports = np.zeros((2, nodes, *may.shape[2:]), dtype=bool)
    some = np.zeros((nodes, which.shape[1]), dtype=bool)
    for k, i in enumerate(node):
        reports[:, i] |= may[:, k] & which[k][:, None]
        some[i] |= which[k]
    return reports, some


def _of_tracks(
    asked: _Asked, scenario: Scenario, prepared: Prepared, tracked: Tracked, origins: list[list[tuple[str, ...]]]
) -> np.ndarray:
    """Who may have each own track at each cycle, (2, K, J, N): nobody where there is none."""
    tracks, cycle_s = tracked.local.tracks, prepared.cycle_s
    made = own_predictions(scenario, prepared, tracks, tracked.rounding)
    mean, covariance = tracks.mean.copy(), tracks.covariance.copy()
    mean.flags.writeable = covariance.flags.writeable = False
    may = np.zeros((2, *tracks.status.shape, len(asked.names)), dtype=bool)
    for row in range(len(tracks.node)):
        cycles = np.flatnonzero(tracks.status[row] == 1)
        impacts = _newest_impacts(made, row, cycles)
        source = int(tracks.node[row])
        for j, impact in zip(cycles, impacts, strict=True):
            for level, kind in enumerate(REPORTED):
                may[level, row, j] = asked.allowed(
                    kind, source, float(cycle_s[j]), origins[source][j], mean=mean[row, j],
                    covariance=covariance[row, j], boosting=float(tracks.boosting[row, j]), impact=impact,
                )  # fmt: skip
    return may


def _newest_impacts(made: OwnPredictions, row: int, cycles: Sequence[int] | np.ndarray) -> list[Impact | None]:
    """The newest prediction of a track at each of some cycles; None where it does not come down."""
    mine, predictions, found = np.flatnonzero(made.row == row), made.predictions, {}
    for k in mine:
        lat_deg, lon_deg = np.degrees([predictions.lat_rad[k], predictions.lon_rad[k]]).tolist()
        covariance = predictions.covariance[k].copy()
        covariance.flags.writeable = False
        hit = predictions.status[k] == HIT
        time_s = float(predictions.time_s[k])
        found[k] = Impact(lat_deg=lat_deg, lon_deg=lon_deg, time_s=time_s, covariance=covariance) if hit else None
    newest = np.searchsorted(made.cycle[mine], cycles, side="right") - 1
    return [found[mine[k]] for k in newest]


def _origins(asked: _Asked, prepared: Prepared, delivered: Delivered) -> list[list[tuple[str, ...]]]:
    """Nodes whose detections had reached each node by each cycle."""
    home, received_s = prepared.sources.home[delivered.measurements.sensor], delivered.deliveries.received_s
    nodes = range(len(asked.names))
    first = np.array([received_s[home == o].min(axis=0, initial=np.inf) for o in nodes])
    return [
        [tuple(name for o, name in enumerate(asked.names) if first[o, i] <= t_s) for t_s in prepared.cycle_s]
        for i in nodes
    ]
