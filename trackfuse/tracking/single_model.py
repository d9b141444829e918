"""One filter for a whole flight, compiled: extended or unscented, the axial acceleration estimated all along.

What the interacting models (the default) are to be compared with: a filter that does not know free fall must leave room
for thrust at all times, and knows a falling target less well.
"""

import math

import numpy as np

from trackfuse.kernels import single_model as alone
from trackfuse.kernels.filter import MEAN
from trackfuse.kernels.imm import BURN, THRUST_MPS2, Motion
from trackfuse.kernels.records import SINGLE
from trackfuse.tracking.node_filter import NodeFilter

STATES = 7


def begin(bank: np.void, motion: Motion) -> np.void:
    """A track from an initial state: a record of SINGLE, see `kernels.single_model`."""
    held = np.zeros(1, SINGLE)[0]
    held["filter"], held["time"], held["seen"], held["good"] = bank["filters"][BURN], bank["time"], bank["seen"], True
    return held


def burning(thrust: float, variance: float) -> float:
    """Probability that the axial acceleration (m/s^2) is nearer to an engine's than to none."""
    return 0.5 * math.erfc((0.5 * THRUST_MPS2 - thrust) / math.sqrt(2.0 * variance))


def tell(held: np.void) -> tuple[np.ndarray, np.ndarray, float]:
    """Mean (6,), covariance (6, 6), and the probability that the engine burns."""
    f = held["filter"]
    return f[MEAN, :6].copy(), f[:6, :6].copy(), burning(f[MEAN, 6], f[6, 6])


def sound(held: np.void) -> bool:
    """Whether all numbers are finite, all variances positive, and points could be drawn."""
    f = held["filter"]
    return bool(np.isfinite(f).all() and (np.diag(f[:STATES]) > 0.0).all() and held["good"])


EXTENDED = NodeFilter(
    begin=begin, predict=alone.carry_by_gradients, update=alone.take_by_gradients, tell=tell, sound=sound,
    copied=np.void.copy,
)  # fmt: skip
POINTS = NodeFilter(
    begin=begin, predict=alone.carry_by_points, update=alone.take_by_points, tell=tell, sound=sound, copied=np.void.copy
)
FILTERS = {"ekf": EXTENDED, "ukf": POINTS}
"""By the name that `TrackerSettings.filter` has for them."""
