"""One filter for a whole flight, compiled: extended or unscented, the axial acceleration estimated all along.

What the interacting models (the default) are to be compared with: a filter that does not know free fall must leave room
for thrust at all times, and knows a falling target less well.
"""

import math
from functools import partial

import numpy as np

from trackfuse.kernels import single_model
from trackfuse.kernels.filter import MEAN
from trackfuse.kernels.imm import BURN, THRUST_MPS2, Motion
from trackfuse.kernels.records import SINGLE
from trackfuse.tracking.node_filter import NodeFilter

STATES = 7


def initiate(imm_state: np.void, motion: Motion) -> np.void:
    """A track from an initial state: a record of SINGLE, see `kernels.single_model`."""
    held = np.zeros(1, SINGLE)[0]
    held["filter"], held["good"] = imm_state["filters"][BURN], True
    held["time"], held["seen"] = imm_state["time"], imm_state["seen"]
    return held


def burning(thrust: float, variance: float) -> float:
    """Probability that the axial acceleration (m/s^2) is nearer to an engine's than to none.

    Derived here: the share of a normal distribution above half of an engine's acceleration.
    """
    return 0.5 * math.erfc((0.5 * THRUST_MPS2 - thrust) / math.sqrt(2.0 * variance))


def estimate(held: np.void) -> tuple[np.ndarray, np.ndarray, float]:
    """Mean, shape (6,), in m and m/s, covariance, shape (6, 6), and the probability that the engine burns."""
    f = held["filter"]
    return f[MEAN, :6].copy(), f[:6, :6].copy(), burning(f[MEAN, 6], f[6, 6])


def sound(held: np.void) -> bool:
    """Whether all numbers are finite, all variances positive, and points could be drawn."""
    f = held["filter"]
    return bool(np.isfinite(f).all() and (np.diag(f[:STATES]) > 0.0).all() and held["good"])


def _single_model(by_points: bool) -> NodeFilter:
    return NodeFilter(
        initiate=initiate, predict=partial(single_model.predict, by_points=by_points),
        update=partial(single_model.update, by_points=by_points), estimate=estimate, sound=sound, copied=np.void.copy,
    )  # fmt: skip


FILTERS = {"ekf": _single_model(by_points=False), "ukf": _single_model(by_points=True)}
"""By the name that `TrackerSettings.filter` has for them."""
