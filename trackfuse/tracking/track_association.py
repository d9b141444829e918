"""Which tracks of which nodes are of one object, as each node decides it from what it has received."""

import numpy as np

from trackfuse.kernels.track_association import associate
from trackfuse.kernels.track_clusters import OwnTracks
from trackfuse.tracking.fuse import warning_sigma
from trackfuse.tracking.gate import gate_threshold
from trackfuse.tracking.packing import motion_of
from trackfuse.tracking.settings import TrackerSettings
from trackfuse.tracking.tracks import TrackClusters, Tracks


def associate_tracks(
    own: Tracks,
    nodes: int,
    *,
    track_received_s: np.ndarray,
    warning_received_s: np.ndarray,
    cycle_times: np.ndarray,
    report_offset: np.ndarray,
    settings: TrackerSettings,
) -> TrackClusters:
    """Cluster the tracks that each node has or receives: one cluster an object, as far as the node can tell.

    A node compares the newest report of each other node, predicted to the present, with what it holds: its own track
    of a cluster, or else the least uncertain report of it. Tracks within the gate are assigned so that the sum of
    distances is least; the rest become clusters of their own. Clusters to which no node has a track each are united as
    soon as they lie within the gate: tracks that were unlike at a separation, or while one was poorly initiated.
    Published items of a track are filtered first: their coarseness is drawn anew with every report.

    What was joined is looked at again every 30 s: tracks of a node change clusters where that fits better by far, and
    one that fits no longer leaves. At every cycle a cluster is given up of which all tracks belong in others.

    Parameters
    ----------
    own : Tracks
        Own tracks of N nodes, K in all at J cycles, those of the first node first.
    nodes : int
        N.
    track_received_s, warning_received_s : ndarray, shape (K, N, J)
        When each node has the report of each own track of a cycle, with state and covariance or as the three published
        items, s; inf if never.
    cycle_times : ndarray, shape (J,)
        Rising, s.
    report_offset : ndarray, shape (K, J, 6)
        What the coarseness of the published items adds to each track, m and m/s.
    settings : TrackerSettings
        `gate` is the probability with which two tracks of one object are brought together.

    Returns
    -------
    TrackClusters
        E clusters, those of the first node first, each node's in the order in which they were made; every one is fused
        to one track. At a cycle a function of what the node has received by then.

    Raises
    ------
    SettingsError
        If the probability of the gate is not between 0 and 1.

    Notes
    -----
    Errors that two nodes have in common are not in a report: distances count errors as independent, which makes them
    small for tracks with common detections, never large. Valid for objects that are seen apart. Kaplan, Bar-Shalom &
    Blair, Assignment costs for multiple sensor track-to-track association (2008).
    """
    mean, covariance, status, boosting, _ = (np.ascontiguousarray(each) for each in own.arrays())
    tracks = OwnTracks(
        first=np.searchsorted(own.node, np.arange(nodes + 1)),
        node=np.ascontiguousarray(own.node, dtype=np.int64),
        mean=mean,
        covariance=covariance,
        status=status,
        boosting=boosting,
    )
    member, node = associate(
        tracks,
        np.stack([track_received_s, warning_received_s]),
        np.ascontiguousarray(cycle_times, dtype=float),
        np.ascontiguousarray(report_offset, dtype=float),
        np.stack([np.zeros(6), warning_sigma(settings) ** 2]),
        gate_threshold(settings.gate, 6),
        motion_of(settings),
    )
    return TrackClusters(member=member, node=node, cluster=np.arange(len(node)))
