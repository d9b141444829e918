"""A filter as a value, for the tracker that takes any."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from trackfuse.kernels import imm
from trackfuse.kernels.imm import Motion


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeFilter:
    """A filter as a value: what it does with a track, of whatever kind that is.

    Parameters
    ----------
    initiate : callable
        (imm_state, motion) -> track, from an initial state as `kernels.initiation.hand_over` writes it, a record of IMM
        (`kernels.imm`).
    predict : callable
        (track, until_s, motion): predicts the track in place.
    update : callable
        (track, plot): updates it by a detection of its own time, a record of DETECTION (`packing.packed`).
    estimate : callable
        track -> mean (6,), covariance (6, 6), and the probability that the engine burns.
    sound : callable
        track -> whether its numbers are finite and its covariance positive.
    copied : callable
        track -> another that is equal.
    """

    initiate: Callable[[np.void, Motion], Any]
    predict: Callable[[Any, float, Motion], None]
    update: Callable[[Any, np.void], None]
    estimate: Callable[[Any], tuple[np.ndarray, np.ndarray, float]]
    sound: Callable[[Any], bool]
    copied: Callable[[Any], Any]

    def predicted(self, track: Any, until: float, motion: Motion) -> Any:
        """Another track, predicted to that time, s."""
        ahead = self.copied(track)
        self.predict(ahead, until, motion)
        return ahead

    def lost(self, before: Any, track: Any, limit_m: float) -> bool:
        """Whether a track, `before` at its newest detection, is to be given up; see `kernels.track_update.lost`."""
        limit = limit_m**2 if self.estimate(before)[2] > 0.5 else imm.FARTHEST_M2
        spread = float(np.trace(self.estimate(track)[1][:3, :3]))
        return math.isfinite(spread) and spread > limit
