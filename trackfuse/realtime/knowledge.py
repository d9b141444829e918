"""What a node first knew of a launch, and when: as `kernels.delivery` settles it, from what has been received."""

import math
from bisect import insort

from trackfuse.tracking import TrackerSettings


class Knowledge:
    """First knowledge of a launch at one node; instants in s, inf before there is any.

    Parameters
    ----------
    settings : TrackerSettings
        Say what confirms a track.
    """

    def __init__(self, settings: TrackerSettings) -> None:
        self.known_s = self.confirmed_s = self.message_s = math.inf
        self._need, self._window_s = settings.confirm_plots, settings.confirm_window_s
        self._measured_s: list[float] = []

    def detection(self, measured_s: float, received_s: float, *, ranged: bool) -> None:
        """Note a detection; what is received is noted in order of reception.

        Parameters
        ----------
        measured_s, received_s : float
        ranged : bool
            Whether it holds a range: only such detections confirm a track.
        """
        self.known_s = min(self.known_s, received_s)
        if not ranged or self.confirmed_s < math.inf:
            return
        insort(self._measured_s, measured_s)
        for newest in self._measured_s:
            within = sum(newest - self._window_s <= other <= newest for other in self._measured_s)
            if newest >= measured_s and within >= self._need:
                self.confirmed_s = received_s
                return

    def word(self, received_s: float) -> None:
        """Note a launch report, or another node's report of a track."""
        self.known_s = min(self.known_s, received_s)
        self.message_s = min(self.message_s, received_s)
