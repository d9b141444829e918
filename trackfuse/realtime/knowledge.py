"""What a node first knew of a launch, and when: as `kernels.delivery` settles it, from what has been received."""

import math
from bisect import insort

import numpy as np

from trackfuse.kernels.delivery import FOREIGN_PLOT, LAUNCH_REPORT, NOTHING, OWN_PLOT, TRACK, WARNING
from trackfuse.kernels.stereo import confirmed_by_lines
from trackfuse.realtime import bodies
from trackfuse.sensing import lines_of_sight
from trackfuse.tracking import TrackerSettings


class Knowledge:
    """First knowledge of a launch at one node; what is received is noted in order of reception.

    Parameters
    ----------
    node : int
        The node.
    settings : TrackerSettings
        Say what confirms a track.

    Attributes
    ----------
    known_s, confirmed_s, message_s : float
        First knowledge by any means, receipt of the last detection that confirms a track, and first launch report or
        report of another node, s; inf before there is any.
    known_by, known_from : int
        By what, an index into `sharing.KNOWN_BY`, and whose data; -1 before.
    """

    def __init__(self, node: int, settings: TrackerSettings) -> None:
        self.known_s = self.confirmed_s = self.message_s = math.inf
        self.known_by, self.known_from = NOTHING, -1
        self._node, self._need, self._window_s = node, settings.confirm_plots, settings.confirm_window_s
        self._measured_s: list[float] = []
        self._lines_s: list[float] = []
        self._sights: list[np.ndarray] = []

    def plot(self, plot: bodies.Plot, origin: int, received_s: float) -> None:
        """Note a detection of a node's sensor."""
        code = LAUNCH_REPORT if plot.infrared else FOREIGN_PLOT
        self._learn(received_s, OWN_PLOT if origin == self._node else code, origin)
        if self.confirmed_s < math.inf:
            return
        if plot.infrared:
            self._line_of_sight(plot, received_s)
        if plot.infrared or math.isinf(plot.sigma[0]):
            return
        insort(self._measured_s, plot.measured_s)
        for newest in self._measured_s:
            within = sum(newest - self._window_s <= other <= newest for other in self._measured_s)
            if newest >= plot.measured_s and within >= self._need:
                self.confirmed_s = received_s
                return

    def _line_of_sight(self, plot: bodies.Plot, received_s: float) -> None:
        """Note angles alone: they confirm a track where those from two places make two fixes."""
        self._lines_s.append(plot.measured_s)
        self._sights.append(lines_of_sight(plot.z[1:2], plot.z[2:3], plot.enu_from_ecef[None])[0])
        times, sights = np.array(self._lines_s), np.array(self._sights)
        for newest in range(len(times)):
            had = confirmed_by_lines(times, np.zeros(len(times)), sights, len(times), newest, self._window_s)
            if had < math.inf:
                self.confirmed_s = received_s
                return

    def launch_report(self, origin: int, received_s: float) -> None:
        """Note word of a launch by an infrared sensor of a node."""
        self.message_s = min(self.message_s, received_s)
        if origin != self._node:
            self._learn(received_s, LAUNCH_REPORT, origin)

    def report(self, level: int, origin: int, received_s: float) -> None:
        """Note another node's report."""
        self.message_s = min(self.message_s, received_s)
        self._learn(received_s, TRACK if level == bodies.TRACK else WARNING, origin)

    def _learn(self, at_s: float, code: int, origin: int) -> None:
        if at_s < self.known_s or (at_s == self.known_s and code < self.known_by):
            self.known_s, self.known_by, self.known_from = at_s, code, origin
