"""Tracks of all nodes, and which of them a node takes to be of one object: the values that tracking hands on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from trackfuse.core.display import displayed
from trackfuse.kernels.node_state import TrackArrays

ARRAYS = ("mean", "covariance", "status", "boosting", "last_plot_s")
"""What kernels read and write of tracks."""


@displayed(lambda value: f"{value.mean.shape[0]} tracks at {value.mean.shape[1]} instants")
@dataclass(frozen=True, slots=True, kw_only=True)
class Tracks:
    """What nodes hold to be the state of objects: K tracks at J cycles, those of the first node first.

    Parameters
    ----------
    node : ndarray of int, shape (K,)
        Whose track each is.
    mean : ndarray, shape (K, J, 6)
        ECEF position (m) and velocity relative to the rotating Earth (m/s); nan without an estimate.
    covariance : ndarray, shape (K, J, 6, 6)
        m^2, m^2/s, m^2/s^2; nan without an estimate.
    status : ndarray of int8, shape (K, J)
        0 no estimate, 1 confirmed, -1 the filter failed.
    boosting : ndarray, shape (K, J)
        Probability that the engine burns; nan without an estimate.
    last_plot_s : ndarray, shape (K, J)
        Time of measurement of the newest detection used, s; nan without an estimate.
    """

    node: np.ndarray
    mean: np.ndarray
    covariance: np.ndarray
    status: np.ndarray
    boosting: np.ndarray
    last_plot_s: np.ndarray

    def of(self, node: int) -> np.ndarray:
        """Rows of the tracks of one node, ndarray of int, shape (k,)."""
        return np.flatnonzero(self.node == node)

    def select(self, rows: np.ndarray) -> Tracks:
        """Some of the tracks, in the order asked for: by an ndarray of int, shape (k,), or of bool, shape (K,)."""
        return Tracks(**{each.name: getattr(self, each.name)[rows] for each in fields(self)})

    def arrays(self) -> TrackArrays:
        """What `ARRAYS` names: as the kernels take tracks."""
        return TrackArrays(self.mean, self.covariance, self.status, self.boosting, self.last_plot_s)


def empty_tracks(node: np.ndarray, cycles: int) -> Tracks:
    """Tracks without an estimate.

    Parameters
    ----------
    node : ndarray of int, shape (K,)
        Whose track each is.
    cycles : int
        J.

    Returns
    -------
    Tracks
        Arrays of shape (K, J, ...): nan, status 0.
    """
    shape = (len(node), cycles)
    return Tracks(
        node=np.asarray(node, dtype=np.int64),
        mean=np.full((*shape, 6), np.nan),
        covariance=np.full((*shape, 6, 6), np.nan),
        status=np.zeros(shape, dtype=np.int8),
        boosting=np.full(shape, np.nan),
        last_plot_s=np.full(shape, np.nan),
    )


@displayed(lambda value: f"{len(value.cluster)} clusters")
@dataclass(frozen=True, slots=True, kw_only=True)
class TrackClusters:
    """Which tracks of which nodes are of one object, as each node takes it.

    Parameters
    ----------
    member : ndarray of int, shape (C, N, J)
        For each of C clusters: the row in `Tracks` of the track that every node has in it, by the cycle that the node
        reports (its own: the cycle itself); -1 for none. A cluster has at most one track of a node at a time.
    node : ndarray of int, shape (E,)
        Node of each of E fused tracks, in order.
    cluster : ndarray of int, shape (E,)
        Cluster that it is fused from. Nodes that take the same tracks to be of one object may have one in common.
    """

    member: np.ndarray
    node: np.ndarray
    cluster: np.ndarray


def known_clusters(tracks: Tracks, nodes: int) -> TrackClusters:
    """Clusters where every node has one track of each object, in the same order: association "known".

    Parameters
    ----------
    tracks : Tracks
        N times O of them.
    nodes : int
        N.

    Returns
    -------
    TrackClusters
        O clusters, N times O fused tracks.
    """
    objects, cycles = len(tracks.node) // nodes, tracks.status.shape[1]
    rows = np.arange(nodes * objects).reshape(nodes, objects).T
    return TrackClusters(
        member=np.broadcast_to(rows[:, :, None], (objects, nodes, cycles)),
        node=tracks.node,
        cluster=np.tile(np.arange(objects), nodes),
    )


def joined_tracks(parts: Sequence[tuple[int, Tracks]]) -> Tracks:
    """Tracks of several nodes together.

    Parameters
    ----------
    parts : sequence of (int, Tracks)
        Number of each node, and its tracks.

    Returns
    -------
    Tracks
        In that order.
    """
    node = np.concatenate([np.full(len(tracks.node), i, dtype=np.int64) for i, tracks in parts])
    arrays = (np.concatenate(each) for each in zip(*(tracks.arrays() for _, tracks in parts), strict=True))
    return Tracks(node=node, **dict(zip(ARRAYS, arrays, strict=True)))
