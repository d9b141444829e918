"""fuse: which tracks of the centres are of one object, and what every centre makes of them."""

from dataclasses import dataclass

import numpy as np

from trackfuse import tracking
from trackfuse.catalog.scenario import Scenario
from trackfuse.core.errors import PluginError
from trackfuse.sharing import Policy
from trackfuse.simulation.feedback import hub_of
from trackfuse.simulation.local_tracks import Tracked
from trackfuse.simulation.prepare import Noise, Prepared
from trackfuse.simulation.rounding import TRAJECTORY
from trackfuse.simulation.true_objects import followed_by, followed_in, object_of
from trackfuse.tracking import TrackClusters, Tracks, empty_tracks, known_clusters, warning_sigma


@dataclass(frozen=True, slots=True, kw_only=True)
class Clustered:
    """Which tracks every centre takes to be of one object, and of which they truly are.

    Parameters
    ----------
    clusters : TrackClusters
        Of E fused tracks.
    objects : ndarray of int, shape (E,)
        True object of each by the majority of its detections, -1 of none. No centre knows it.
    follows : ndarray of int, shape (E, J)
        The same at each cycle, by the newest detections.
    """

    clusters: TrackClusters
    objects: np.ndarray
    follows: np.ndarray


def cluster(scenario: Scenario, prepared: Prepared, own: Tracked) -> Clustered:
    """Say which own tracks are of one object.

    Parameters
    ----------
    scenario : Scenario
    prepared : Prepared
    own : Tracked

    Returns
    -------
    Clustered
        By the objects themselves where detections carry them, else by track-to-track association.
    """
    local, nodes = own.local, len(scenario.nodes)
    if prepared.known:
        known = known_clusters(local.tracks, nodes)
        cycles = len(prepared.cycle_s)
        follows = np.broadcast_to(known.cluster[:, None], (len(known.cluster), cycles))
        return Clustered(clusters=known, objects=known.cluster, follows=follows)
    measurements, count = own.delivered.measurements, len(prepared.targets)
    row = np.broadcast_to(np.arange(len(local.tracks.node))[:, None], local.tracks.status.shape)
    track_received_s, warning_received_s = own.delivered.deliveries.reports_of(local.tracks.node, row)
    clusters = tracking.associate_tracks(
        local.tracks, nodes, track_received_s=track_received_s, warning_received_s=warning_received_s,
        cycle_times=prepared.cycle_s,
        report_offset=warning_sigma(prepared.tracker) * own.rounding[:, :, TRAJECTORY], settings=prepared.tracker,
    )  # fmt: skip
    return Clustered(
        clusters=clusters,
        objects=object_of(measurements, local, clusters, count),
        follows=followed_in(clusters, followed_by(measurements, local, count)),
    )


def fuse(
    scenario: Scenario, policy: Policy, prepared: Prepared, noise: Noise, own: Tracked, clusters: TrackClusters,
    like: tuple[Tracked, Tracks] | None = None,
) -> Tracks:  # fmt: skip
    """Fuse at every centre its own tracks with what it has received of others', or of a hub that fuses for all.

    Parameters
    ----------
    scenario : Scenario
    policy : Policy
    prepared : Prepared
    noise : Noise
    own : Tracked
    clusters : TrackClusters
        Of E fused tracks.
    like : (Tracked, Tracks), optional
        The same under another policy with the same noise, and what was fused there: taken over by every centre that has
        the same reports at the same times.

    Returns
    -------
    Tracks
        E of them at J cycles.

    Raises
    ------
    PluginError
        If a fusion rule of the user's own fails: which rule, at which centre and when.
    """
    deliveries = own.delivered.deliveries
    if prepared.tracker.feedback != "none":
        return tracking.fuse_around_hub(
            own.local, clusters, (deliveries.track_received_s, deliveries.warning_received_s), prepared.cycle_s,
            own.rounding[:, :, TRAJECTORY], prepared.tracker, own.systematic,
            hub_of(scenario, policy, prepared, noise),
        )  # fmt: skip

    def fused(
        some: TrackClusters, reports: tuple[np.ndarray, np.ndarray], taken: tuple[np.ndarray, Tracks] | None = None
    ) -> Tracks:
        return tracking.fuse(
            own.local, some, reports, prepared.cycle_s, own.rounding[:, :, TRAJECTORY], prepared.tracker,
            own.systematic, taken,
        )  # fmt: skip

    try:
        if deliveries.releasable is None:
            reports = deliveries.track_received_s, deliveries.warning_received_s
            return fused(clusters, reports, _same(prepared, own, clusters, like))
        # Which report of a node tells a receiver something new depends on the track that the rule lets it have.
        whole = empty_tracks(clusters.node, len(prepared.cycle_s))
        for cluster, member in enumerate(clusters.member):
            rows = np.flatnonzero(clusters.cluster == cluster)
            some = TrackClusters(member=member[None], node=clusters.node[rows], cluster=np.zeros_like(rows))
            part = fused(some, deliveries.reports_of(np.arange(len(member)), member))
            for into, each in zip(whole.arrays(), part.arrays(), strict=True):
                into[rows] = each
        return whole
    except PluginError as error:
        centre = scenario.nodes[int(error.node)].node_id
        raise PluginError(error.part, centre, error.t_s, error.what) from error.__cause__


def _same(
    prepared: Prepared, own: Tracked, clusters: TrackClusters, like: tuple[Tracked, Tracks] | None
) -> tuple[np.ndarray, Tracks] | None:
    """Which fused tracks are those of another policy, (E,), and these; None if none can be."""
    if like is None or not prepared.known or like[0].local is not own.local:
        return None
    mine, its = own.delivered.deliveries, like[0].delivered.deliveries
    if its.releasable is not None:
        return None
    nodes = range(mine.track_received_s.shape[1])
    same = np.array([
        np.array_equal(mine.track_received_s[:, i], its.track_received_s[:, i])
        and np.array_equal(mine.warning_received_s[:, i], its.warning_received_s[:, i])
        for i in nodes
    ])  # fmt: skip
    return same[clusters.node], like[1]
