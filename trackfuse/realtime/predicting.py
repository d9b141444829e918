"""Impact predictions of a node's own tracks, made when they are due, and what the published items state of them."""

import numpy as np

from trackfuse.realtime.bodies import StatedImpacts
from trackfuse.realtime.setup import NodeSetup
from trackfuse.simulation.rounding import POSITION_AND_IMPACT, message_rounding
from trackfuse.tracking import Tracks
from trackfuse.warning import Predictions, joined, picked, predict, rounded

REPEAT_S = 60.0
"""Predictions made within this are in every report: one that a link has lost comes with the next."""


class OwnPredictor:
    """Predicts impact from one node's own tracks, at the cycles of `simulation.predicted.to_predict`.

    Parameters
    ----------
    setup : NodeSetup
    """

    def __init__(self, setup: NodeSetup) -> None:
        self._setup = setup
        self._step = max(1, round(setup.tracker.predict_s / setup.tracker.cycle_s))
        self._last_plot_s: dict[int, float] = {}
        self._rounding: dict[int, np.ndarray] = {}
        self._made: tuple[StatedImpacts, StatedImpacts] | None = None

    def rounding(self, track: int) -> np.ndarray:
        """Standard normal numbers that round what is published of a track, ndarray of shape (J, 11)."""
        if track not in self._rounding:
            setup = self._setup
            centre = setup.nodes[setup.node].node_id
            self._rounding[track] = message_rounding(
                setup.launch_id, (centre,) * (track + 1), len(setup.cycle_s), seed=setup.seed, run=setup.run
            )[track]
        return self._rounding[track]

    def update(self, own: Tracks, cycle: int) -> tuple[StatedImpacts, StatedImpacts] | None:
        """Predict from those tracks for which it is time; None where there is none.

        Parameters
        ----------
        own : Tracks
            At one cycle.
        cycle : int

        Returns
        -------
        (StatedImpacts, StatedImpacts) or None
            As they are, and as the published items state them.
        """
        due = [k for k in np.flatnonzero(own.status[:, 0] == 1).tolist() if self._is_due(k, cycle, own)]
        if not due:
            return None
        setup, boosting = self._setup, own.boosting[due, 0]
        at_s = np.full(len(due), setup.cycle_s[cycle])
        made = predict(own.mean[due, 0], own.covariance[due, 0], at_s, boosting, setup.tracker)
        normal = np.array([self.rounding(k)[cycle, POSITION_AND_IMPACT] for k in due])
        coarse = rounded(made, normal, impact_m=setup.rule.impact_point_m, time_s=setup.rule.impact_time_s,
                         position_m=setup.tracker.warning_position_m)  # fmt: skip
        exact, stated = (
            StatedImpacts(track=np.array(due), cycle=np.full(len(due), cycle), boosting=boosting, impacts=each)
            for each in (made, coarse)
        )
        before = self._made or (NOTHING, NOTHING)
        self._made = _both(before[0], exact), _both(before[1], stated)
        return exact, stated

    def recent(self, cycle: int) -> tuple[StatedImpacts, StatedImpacts]:
        """What a report of a cycle holds: predictions of the last `REPEAT_S`, as they are and as items state them."""
        if self._made is None:
            return NOTHING, NOTHING
        keep = self._setup.cycle_s[self._made[0].cycle] >= self._setup.cycle_s[cycle] - REPEAT_S
        self._made = some_of(self._made[0], keep), some_of(self._made[1], keep)
        return self._made

    def _is_due(self, track: int, cycle: int, own: Tracks) -> bool:
        """Whether impact is to be predicted anew: by the clock, and only if newer detections have come in."""
        first, newest_s = track not in self._last_plot_s, float(own.last_plot_s[track, 0])
        if not (first or (cycle + 1) % self._step == 0):
            return False
        fresh = first or newest_s > self._last_plot_s[track]
        self._last_plot_s[track] = newest_s
        return fresh


def some_of(stated: StatedImpacts, rows: np.ndarray) -> StatedImpacts:
    """Some of the predictions, by their rows: ndarray of int, shape (k,)."""
    return StatedImpacts(track=stated.track[rows], cycle=stated.cycle[rows], boosting=stated.boosting[rows],
                         impacts=picked(stated.impacts, rows))  # fmt: skip


def _both(one: StatedImpacts, other: StatedImpacts) -> StatedImpacts:
    return StatedImpacts(
        track=np.concatenate([one.track, other.track]), cycle=np.concatenate([one.cycle, other.cycle]),
        boosting=np.concatenate([one.boosting, other.boosting]), impacts=joined(one.impacts, other.impacts),
    )  # fmt: skip


_NONE = np.empty(0)
NOTHING = StatedImpacts(
    track=np.empty(0, dtype=np.int64), cycle=np.empty(0, dtype=np.int64), boosting=_NONE,
    impacts=Predictions(lat_rad=_NONE, lon_rad=_NONE, time_s=_NONE, covariance=np.empty((0, 3, 3)),
                        status=np.empty(0, dtype=np.int8), ground_m=np.empty((0, 16, 3)),
                        ground_sigma_m=np.empty((0, 16))),
)  # fmt: skip
"""No prediction."""
