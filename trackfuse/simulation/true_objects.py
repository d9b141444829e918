"""Which true object a track follows: by the detections in it. No centre knows; scores and tables say so."""

import numpy as np

from trackfuse.sensing import Detections
from trackfuse.tracking import LocalTracks, TrackClusters

NOTHING = -2
"""What a track follows where there is none."""
NEWEST = 5
"""Detections by which it is judged what a track follows."""


def followed_by(measurements: Detections, local: LocalTracks, objects: int) -> np.ndarray:
    """What own tracks truly follow, by the majority of the newest `NEWEST` detections.

    Parameters
    ----------
    measurements : Detections
    local : LocalTracks
        K tracks at J cycles.
    objects : int
        Number of true objects.

    Returns
    -------
    ndarray of int, shape (K, J)
        Object at every cycle; -1 of none, `NOTHING` where there is no track.
    """
    tracks = local.tracks
    follows = np.full(tracks.status.shape, NOTHING)
    for k, last in enumerate(tracks.last_plot_s):
        rows = np.flatnonzero(local.assigned[:, tracks.node[k]] == k)
        votes = np.zeros((len(rows) + 1, objects + 1), dtype=np.int64)
        votes[1:] = np.cumsum(np.eye(objects + 1, dtype=np.int64)[measurements.truth[rows]], axis=0)
        held = np.flatnonzero(np.isfinite(last))
        end = np.searchsorted(measurements.t_s[rows], last[held], side="right")
        best = (votes[end] - votes[np.maximum(end - NEWEST, 0)]).argmax(axis=1)
        follows[k, held] = np.where(best == objects, -1, best)
    return follows


def followed_in(clusters: TrackClusters, follows: np.ndarray) -> np.ndarray:
    """The same of fused tracks: what the node's own track in the cluster follows, else what most of the tracks reported
    follow; of equally many, the first of them.

    Parameters
    ----------
    clusters : TrackClusters
    follows : ndarray of int, shape (K, J)
        Of own tracks.

    Returns
    -------
    ndarray of int, shape (E, J)
        Between reports it is what it was.
    """
    cycle = np.arange(clusters.member.shape[2])
    out = np.full((len(clusters.node), len(cycle)), NOTHING)
    for e, (node, cluster) in enumerate(zip(clusters.node, clusters.cluster, strict=True)):
        member = clusters.member[cluster]
        each = np.where(member >= 0, follows[member, cycle], NOTHING)
        count = np.where(each == NOTHING, 0, (each[:, None] == each).sum(axis=1))
        out[e] = np.where(each[node] != NOTHING, each[node], each[count.argmax(axis=0), cycle])
        known = np.maximum.accumulate(np.where(out[e] != NOTHING, np.arange(out.shape[1]), 0))
        out[e] = out[e, known]
    return out


def object_of(measurements: Detections, local: LocalTracks, clusters: TrackClusters, objects: int) -> np.ndarray:
    """True object of every fused track, by the majority of the detections in its own tracks: in the node's own, if it
    has any, since reports may be too coarse to tell objects apart.

    Parameters
    ----------
    measurements : Detections
    local : LocalTracks
    clusters : TrackClusters
        E fused tracks.
    objects : int
        Number of true objects.

    Returns
    -------
    ndarray of int, shape (E,)
        -1 of none.
    """
    votes = np.zeros((len(local.tracks.node), objects + 1), dtype=np.int64)
    detection, node = np.nonzero(local.assigned >= 0)
    np.add.at(votes, (local.assigned[detection, node], measurements.truth[detection]), 1)
    best = np.full(len(clusters.node), -1)
    for e, (node, cluster) in enumerate(zip(clusters.node, clusters.cluster, strict=True)):
        member = clusters.member[cluster]
        mine = member[node] if (member[node] >= 0).any() else member
        best[e] = votes[np.unique(mine[mine >= 0])].sum(axis=0).argmax()
    return np.where(best == objects, -1, best)
