"""One filter for a whole flight, compiled: extended or unscented, the axial acceleration estimated all along.

What the interacting models (the default) are to be compared with: a filter that does not know free fall must leave room
for thrust at all times, and knows a falling target less well.
"""

import math

import numpy as np

from trackfuse.kernels import alone
from trackfuse.kernels.filter import MEAN
from trackfuse.kernels.imm import BURN, COAST, MODE, SEEN, THRUST_MPS2, TIME, Motion
from trackfuse.tracking.node import NodeFilter

STATES = 7


def begin(bank: np.ndarray, motion: Motion) -> np.ndarray:
    """A track from a start: ndarray of shape (9, 7), see `kernels.alone`."""
    held = np.vstack([bank[BURN], np.zeros(STATES)])
    held[alone.AT, :3] = bank[COAST, MODE, TIME], bank[COAST, MODE, SEEN], 1.0
    return held


def burning(thrust: float, variance: float) -> float:
    """Probability that the axial acceleration (m/s^2) is nearer to an engine's than to none."""
    return 0.5 * math.erfc((0.5 * THRUST_MPS2 - thrust) / math.sqrt(2.0 * variance))


def tell(held: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Mean (6,), covariance (6, 6), and the probability that the engine burns."""
    return held[MEAN, :6].copy(), held[:6, :6].copy(), burning(held[MEAN, 6], held[6, 6])


def sound(held: np.ndarray) -> bool:
    """Whether all numbers are finite, all variances positive, and points could be drawn."""
    return bool(np.isfinite(held).all() and (np.diag(held[:STATES]) > 0.0).all() and held[alone.AT, alone.GOOD])


EXTENDED = NodeFilter(
    begin=begin, predict=alone.carry_by_gradients, update=alone.take_by_gradients, tell=tell, sound=sound,
    copied=np.copy,
)  # fmt: skip
POINTS = NodeFilter(
    begin=begin, predict=alone.carry_by_points, update=alone.take_by_points, tell=tell, sound=sound, copied=np.copy
)
FILTERS = {"ekf": EXTENDED, "ukf": POINTS}
"""By the name that `TrackerSettings.filter` has for them."""
