"""fuse: which tracks of the centres are of one object, and what every centre makes of them."""

from dataclasses import dataclass

import numpy as np

from trackfuse import tracking
from trackfuse.catalog.scenario import Scenario
from trackfuse.core.errors import PluginError
from trackfuse.simulation.local_tracks import Tracked
from trackfuse.simulation.prepare import Prepared
from trackfuse.simulation.rounding import TRAJECTORY
from trackfuse.simulation.true_objects import followed_by, followed_in, object_of
from trackfuse.tracking import TrackClusters, Tracks, known_clusters, warning_sigma


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
    measurements, deliveries, count = own.delivered.measurements, own.delivered.deliveries, len(prepared.targets)
    clusters = tracking.associate_tracks(
        local.tracks, nodes, track_received_s=deliveries.track_received_s,
        warning_received_s=deliveries.warning_received_s, cycle_times=prepared.cycle_s,
        report_offset=warning_sigma(prepared.tracker) * own.rounding[:, :, TRAJECTORY], settings=prepared.tracker,
    )  # fmt: skip
    return Clustered(
        clusters=clusters,
        objects=object_of(measurements, local, clusters, count),
        follows=followed_in(clusters, followed_by(measurements, local, count)),
    )


def fuse(
    scenario: Scenario, prepared: Prepared, own: Tracked, clusters: TrackClusters,
    like: tuple[Tracked, Tracks] | None = None,
) -> Tracks:  # fmt: skip
    """Fuse at every centre its own tracks with what it has received of others'.

    Parameters
    ----------
    scenario : Scenario
    prepared : Prepared
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
    try:
        return tracking.fuse(
            own.local, clusters, (deliveries.track_received_s, deliveries.warning_received_s), prepared.cycle_s,
            own.rounding[:, :, TRAJECTORY], prepared.tracker, own.systematic, _same(prepared, own, clusters, like),
        )  # fmt: skip
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
    nodes = range(mine.track_received_s.shape[1])
    same = np.array([
        np.array_equal(mine.track_received_s[:, i], its.track_received_s[:, i])
        and np.array_equal(mine.warning_received_s[:, i], its.warning_received_s[:, i])
        for i in nodes
    ])  # fmt: skip
    return same[clusters.node], like[1]
