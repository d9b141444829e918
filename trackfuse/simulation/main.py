"""The first missile of a run as a run of one object: for all that shows or measures one."""

from dataclasses import replace

import numpy as np

from trackfuse.core.language import message, translate
from trackfuse.sharing import Deliveries
from trackfuse.simulation.decide import LaunchNotices
from trackfuse.simulation.outcome import Outcome
from trackfuse.simulation.prepare import prepare
from trackfuse.simulation.true_objects import followed_by
from trackfuse.tracking import LocalTracks, Tracks, empty_tracks, known_clusters

AMONG = message("{title}: the first missile, tracked among {count} objects")
BY_ITSELF = message("{title}: the missile, by its own tracks")


def main_of(run: Outcome) -> Outcome:
    """What a run was of the first launch's missile.

    Parameters
    ----------
    run : Outcome

    Returns
    -------
    Outcome
        Of one object whose detections are known to be of it. Its title says what it is of. At every cycle a centre's
        track is that of its tracks which follows the missile, the least uncertain if there are several: picked by the
        truth, which no centre knows. Detections are the true ones that were resolved; notices are those of this launch.
    """
    count, nodes = len(run.prepared.targets), len(run.scenario.nodes)
    title = translate(AMONG if count > 1 else BY_ITSELF).format(title=translate(run.scenario.title), count=count)
    alone = replace(
        run.scenario, salvo=(), debris=False, false_plots=False,
        tracker=replace(run.scenario.tracker, association="known"),
        title=title,
    )  # fmt: skip
    prepared = prepare(alone)
    cycles = len(prepared.cycle_s)
    mine = np.flatnonzero(run.measurements.truth == 0)
    behind = followed_by(run.measurements, run.local_tracks, count)
    row = _first_rows(run.local, behind, nodes, cycles)
    local = _taken(run.local, row)
    reports = run.deliveries.reports_of(np.arange(nodes), row)
    # Of several objects every centre reports at every cycle: what counts is where it has a track of the missile.
    track_received_s, warning_received_s = (np.where((row >= 0)[:, None], at, np.inf) for at in reports)
    received = run.deliveries.received_s[mine]
    assigned = np.where(np.isfinite(received), np.arange(nodes), -1)
    return Outcome(
        scenario=alone, policy=run.policy, seed=run.seed, run=run.run, version=run.version, data_hash=run.data_hash,
        present=run.present, prepared=prepared,
        measurements=run.measurements.select(mine),
        deliveries=Deliveries(
            received_s=received, launch_report_s=run.deliveries.launch_report_s[mine],
            track_received_s=track_received_s, warning_received_s=warning_received_s,
        ),
        knowledge=run.knowledge[:1],
        local_tracks=LocalTracks(tracks=local, assigned=assigned),
        clusters=known_clusters(local, nodes),
        fused=_taken(run.fused, _first_rows(run.fused, run.follows, nodes, cycles)),
        objects=np.zeros(nodes, dtype=np.int64),
        follows=np.zeros((nodes, cycles), dtype=np.int64),
        launch_notices=(_of_node_tracks(run.launch_notices[0]),),
    )  # fmt: skip


def _of_node_tracks(given: LaunchNotices) -> LaunchNotices:
    """Notices of a launch on account of the one track of each centre."""
    announced = np.isfinite(given.notices.place_met_s)
    track = np.where(announced, np.arange(len(announced))[:, None], -1)
    return replace(given, place_track=track, region_track=given.notices.regions.node)


def _first_rows(tracks: Tracks, follows: np.ndarray, nodes: int, cycles: int) -> np.ndarray:
    """Of every node's tracks, at each cycle the one that follows the first object: its row, (N, J), -1 without one."""
    out = np.full((nodes, cycles), -1)
    right = ((tracks.status == 1) & (follows == 0))[:, :cycles]
    spread = np.where(right, np.einsum("kjii->kj", tracks.covariance[:, :cycles, :3, :3]), np.inf)
    for node in range(nodes):
        mine = tracks.of(node)
        held = np.flatnonzero(right[mine].any(axis=0))
        if held.size:
            out[node, held] = mine[spread[np.ix_(mine, held)].argmin(axis=0)]
    return out


def _taken(tracks: Tracks, row: np.ndarray) -> Tracks:
    """One track a node, at each cycle the one of a row, (N, J)."""
    out = empty_tracks(np.arange(len(row)), row.shape[1])
    node, cycle = np.nonzero(row >= 0)
    for whole, some in zip(out.arrays(), tracks.arrays(), strict=True):
        whole[node, cycle] = some[row[node, cycle], cycle]
    return out
