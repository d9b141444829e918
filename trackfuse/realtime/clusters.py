"""Which tracks a node takes to be of one object, kept up to date cycle by cycle by the kernels of track association."""

import numpy as np

from trackfuse.kernels.filter import SCRATCH
from trackfuse.kernels.track_association import update_receiver
from trackfuse.kernels.track_clusters import Clusters, Items, OwnTracks, Receiver, Reports, States
from trackfuse.realtime.holdings import Holdings
from trackfuse.tracking import TrackerSettings, gate_threshold, warning_sigma
from trackfuse.tracking.packing import motion_of


class NodeClusters:
    """The clusters of one of N nodes, where detections do not carry their object.

    Parameters
    ----------
    node : int
        The node that decides.
    holdings : Holdings
    cycle_s : ndarray, shape (J,)
    settings : TrackerSettings
    """

    def __init__(self, node: int, holdings: Holdings, cycle_s: np.ndarray, settings: TrackerSettings) -> None:
        self._node, self._cycle_s, self._settings = node, cycle_s, settings
        nodes = holdings.newest.shape[1]
        self._last, self._checked = np.zeros(nodes, np.int64), np.zeros(nodes)
        self._build(holdings)

    @property
    def made(self) -> int:
        """How many clusters were ever made."""
        return int(self._clusters.count[1])

    def grow(self, holdings: Holdings, moved: np.ndarray) -> None:
        """Follow holdings that have made room; `moved` is the new row of every old one, ndarray of int, shape (r,)."""
        old, filtered, per_node = self._clusters, self._receiver.items, len(moved)
        self._build(holdings)
        new, many = self._clusters, len(old.number)
        for name in ("number", "size", "joined", "row"):
            getattr(new, name)[:many] = getattr(old, name)
        new.row[:many] = np.where(old.row >= 0, moved[old.row], -1)
        for name in ("of", "since", "history"):
            getattr(new, name)[moved] = getattr(old, name)
        self._receiver.items.f[moved], self._receiver.items.cycle[moved] = filtered.f, filtered.cycle
        new.count[:] = old.count
        self._last = self._last * (len(new.of) // per_node)

    def update(self, holdings: Holdings, cycle: int) -> None:
        """Bring the clusters up to date with what is held at a cycle."""
        self._newest[:, :, cycle] = holdings.newest[:, holdings.tracks.node]
        update_receiver(self._receiver, cycle, self._newest, self._last, self._checked)

    def of_rows(self, rows: np.ndarray, cycle: np.ndarray | int) -> np.ndarray:
        """Number of the cluster that each of some tracks is in by its report of a cycle, -1 for none.

        Takes rows and cycles, ndarray of int, shape (m,), and gives an ndarray of int, shape (m,).
        """
        clusters = self._clusters
        place = clusters.of[rows]
        now = (place >= 0) & (clusters.since[rows] <= cycle)
        return np.where(now, clusters.number[np.maximum(place, 0)], clusters.history[rows, cycle])

    def _build(self, holdings: Holdings) -> None:
        tracks, cycles = holdings.tracks, len(self._cycle_s)
        rows, nodes = len(tracks.node), holdings.newest.shape[1]
        many = 2 * rows
        own = OwnTracks(
            first=np.arange(nodes + 1) * holdings.rows, node=tracks.node, mean=tracks.mean,
            covariance=tracks.covariance, status=tracks.status, boosting=tracks.boosting,
        )  # fmt: skip
        floor = np.stack([np.zeros(6), warning_sigma(self._settings) ** 2])
        # What the published items state is rounded by the sender: nothing is to be shifted here.
        reports = Reports(self._cycle_s, np.zeros((rows, cycles, 6)), floor, np.empty(rows, np.int64),
                          np.empty(rows, np.int64), np.empty(rows, np.int64))  # fmt: skip
        states = States(np.zeros((rows, 8, 7)), np.full(rows, -1), np.empty((6, 6)), np.empty((SCRATCH, 9, 9)),
                        motion_of(self._settings))  # fmt: skip
        self._clusters = Clusters(
            number=np.zeros(many, np.int64), size=np.zeros(many, np.int64), joined=np.full((many, nodes), -1),
            row=np.full((many, nodes), -1), best=np.full(many, -1), chosen=np.full(many, -1), of=np.full(rows, -1),
            since=np.full(rows, -1), history=np.full((rows, cycles), -1), count=np.zeros(2, np.int64),
        )  # fmt: skip
        self._newest = np.full((2, rows, cycles), -1)
        gate = gate_threshold(self._settings.gate, 6)
        items = Items(np.zeros((rows, 8, 7)), np.full(rows, -1), np.empty(6))
        self._receiver = Receiver(self._node, gate, own, reports, items, states, self._clusters)
