"""What a node holds of all nodes' tracks: its own, and what reports stated of the others', by cycle."""

import numpy as np

from trackfuse.realtime.bodies import TRACK, Report
from trackfuse.tracking import Tracks, empty_tracks


class Holdings:
    """Tracks of N nodes at J cycles, with room for R of each node: row n R + k is track k of node n.

    Parameters
    ----------
    nodes, rows, cycles : int
        N, R at first, and J.

    Attributes
    ----------
    tracks : Tracks
    rows : int
        R.
    newest : ndarray of int, shape (2, N)
        Cycle of the newest report of each node, with state and covariance and as the published items; -1 without one.
    """

    def __init__(self, nodes: int, rows: int, cycles: int) -> None:
        self.rows = rows
        self.tracks: Tracks = empty_tracks(np.repeat(np.arange(nodes), rows), cycles)
        self.newest = np.full((2, nodes), -1)
        self._exact = np.zeros((nodes, cycles), dtype=bool)

    def grow(self, rows: int) -> np.ndarray:
        """Make room for more tracks of each node.

        Returns the new row of every old one, ndarray of int, shape (N R,) with the R of before.
        """
        nodes, cycles = self._exact.shape
        moved = (np.arange(nodes)[:, None] * rows + np.arange(self.rows)).ravel()
        larger = empty_tracks(np.repeat(np.arange(nodes), rows), cycles)
        for new, old in zip(larger.arrays(), self.tracks.arrays(), strict=True):
            new[moved] = old
        self.tracks, self.rows = larger, rows
        return moved

    def take(self, origin: int, report: Report) -> None:
        """Note a report of a node; there is room for its tracks.

        What the published items state of a cycle gives way to state and covariance of it: their rounding is the
        sender's, so that nothing is added to them here.
        """
        level, k = report.level, report.cycle
        self.newest[level, origin] = max(self.newest[level, origin], k)
        if level == TRACK or not self._exact[origin, k]:
            held = self.tracks
            for each in report.tracks:
                row = origin * self.rows + each.track
                held.mean[row, k], held.covariance[row, k], held.status[row, k] = each.mean, each.covariance, 1
                held.boosting[row, k], held.last_plot_s[row, k] = each.boosting, each.last_plot_s
            self._exact[origin, k] |= level == TRACK

    def put_own(self, node: int, cycle: int, own: Tracks) -> None:
        """Note the node's own tracks at a cycle, as `SteppedTracker.step` gives them; there is room for them."""
        first = node * self.rows
        for whole, some in zip(self.tracks.arrays(), own.arrays(), strict=True):
            whole[first : first + len(own.node), cycle] = some[:, 0]
