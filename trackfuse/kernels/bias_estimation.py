"""Registration errors estimated together with a target's state, by its detections while it falls freely above the air.

There its motion is known but for six numbers: an extended Kalman filter of [state, errors] without process noise, with
a standard deviation of 1 for each of the C errors at first. (Registration with one target; Lin, Kirubarajan &
Bar-Shalom, IEEE Trans. AES 40 (2004), treat many.) The gains of the tracker do not enter.
"""

from typing import NamedTuple

import numpy as np

from trackfuse.kernels.filter import free_transition
from trackfuse.kernels.information import inverse
from trackfuse.kernels.jit import njit
from trackfuse.kernels.measurement import look_at, wrapped
from trackfuse.kernels.motion import AIR_RADIUS2, fly_step

MOST_BURNING = 0.03
"""The engine burns with no more than this probability where a flight counts as free."""
SURE_M = 2e3
"""And where the track is this sure of its position: from farther off the measurements are not linear in it."""
LONGEST_S = 10.0
"""Longest step of a flight."""
OLDEST_S = 60.0
"""Detections that are older than this on arrival are left out."""
WIDE_M, WIDE_MPS = 1e5, 1e3
"""Standard deviations of the state before any detection: so wide that they say nothing."""


class BiasEstimate(NamedTuple):
    """What K tracks are at J cycles with what their detections say of C registration errors, and what they say."""

    mean: np.ndarray  # (K, J, 6)
    covariance: np.ndarray  # (K, J, 6, 6)
    part: np.ndarray  # (K, J, 6, 6), of the covariance what is due to the errors
    last: np.ndarray  # (K,), last cycle of a free flight at which the position is this sure: SURE_M; -1: none
    joint: np.ndarray  # (K, 6 + C), state and errors there
    joint_covariance: np.ndarray  # (K, 6 + C, 6 + C)


class Joint(NamedTuple):
    """What is known of [state, errors], and what would be known of the state if the errors were known."""

    mean: np.ndarray  # (6 + C,)
    covariance: np.ndarray  # (6 + C, 6 + C)
    information: np.ndarray  # (6, 6), of the state alone
    work: np.ndarray  # (4, 6, 6), space
    column: np.ndarray  # (6 + C,), space


@njit
def fallen(state, h):
    """State (6,) after h seconds of free fall."""
    s = (state[0], state[1], state[2], state[3], state[4], state[5])
    steps = max(1, int(np.ceil(abs(h) / LONGEST_S)))
    for _ in range(steps):
        s, _ = fly_step(s, 0.0, h / steps, 0.0, 0.0)
    return s


@njit
def write_transition(s, h, out, space):
    """Write the transition (6, 6) of free fall over h seconds from the state `s`."""
    half = 0.5 * h
    free_transition(s[0] + half * s[3], s[1] + half * s[4], s[2] + half * s[5], h, out, space)


@njit
def start(joint, state):
    """Forget the state, and keep what is known of the errors; `state` (6,) is a first guess."""
    mean, covariance, information, _, _ = joint
    covariance[:6], covariance[:, :6], information[:] = 0.0, 0.0, 0.0
    for i in range(6):
        wide = WIDE_M if i < 3 else WIDE_MPS
        mean[i], covariance[i, i], information[i, i] = state[i], wide * wide, 1.0 / (wide * wide)


@njit
def predict_joint(joint, h):
    """Predict what is known h seconds ahead."""
    mean, covariance, information, work, _ = joint
    phi, back = work[0], work[1]
    before = fallen(mean, 0.0)
    after = fallen(mean, h)
    write_transition(before, h, phi, work[3])
    write_transition(after, -h, back, work[3])
    for i in range(6):
        mean[i] = after[i]
    covariance[:6] = phi @ covariance[:6]
    # Symmetric: columns are predicted as rows, which are contiguous.
    covariance[:6, :6] = phi @ covariance[:6, :6].copy().T
    covariance[6:, :6] = covariance[:6, 6:].T
    work[2] = back.T.copy() @ information @ back
    information[:] = work[2]


@njit
def add_component(joint, row, block, first, difference, variance):
    """Add one component of a detection: `difference` from what is expected, its gradient by the state, `row` (6,), and
    by the errors from `first` on, `block` (E,).
    """
    mean, covariance, information, _, column = joint
    errors, size = block.shape[0] if first >= 0 else 0, mean.shape[0]
    for i in range(size):
        t = 0.0
        for k in range(6):
            t += covariance[i, k] * row[k]
        for e in range(errors):
            t += covariance[i, 6 + first + e] * block[e]
        column[i] = t
    spread = variance
    for k in range(6):
        spread += row[k] * column[k]
    for e in range(errors):
        spread += block[e] * column[6 + first + e]
    for i in range(size):
        gain = column[i] / spread
        mean[i] += gain * difference
        for j in range(size):
            covariance[i, j] -= gain * column[j]
    for i in range(6):
        for j in range(6):
            information[i, j] += row[i] * row[j] / variance


@njit
def add_detection(joint, plot, block, first, age):
    """Add what a detection of `age` seconds says; `block` (3, E) as of `RegistrationErrors`."""
    mean, work = joint.mean, joint.work
    row = work[1, 0]
    for k in range(1 if plot.infrared else 0, 3):
        then = fallen(mean, -age)
        distance, azimuth, elevation, g = look_at(then[0], then[1], then[2], plot)
        expected, measured = (distance, azimuth, elevation), (plot.z[0], plot.z[1], plot.z[2])
        write_transition(fallen(mean, 0.0), -age, work[0], work[3])
        for i in range(6):
            row[i] = g[3 * k] * work[0, 0, i] + g[3 * k + 1] * work[0, 1, i] + g[3 * k + 2] * work[0, 2, i]
        difference = measured[k] - expected[k]
        if k == 1:
            difference = wrapped(difference)
        if first >= 0:
            for e in range(block.shape[1]):
                difference -= block[k, e] * mean[6 + first + e]
        add_component(joint, row, block[k], first, difference, plot.sigma[k] * plot.sigma[k])


@njit
def write_state(joint, out, i, j):
    """Write the state, if that is surer than the track with all that the errors may have moved it by."""
    mean, covariance, information, work, _ = joint
    surer = 0.0
    for k in range(3):
        surer += out.covariance[i, j, k, k] - covariance[k, k]
    if surer > 0.0 and inverse(information, work[0], work[1]):
        out.mean[i, j] = mean[:6]
        for a in range(6):
            for b in range(6):
                out.covariance[i, j, a, b] = 0.5 * (covariance[a, b] + covariance[b, a])
        out.part[i, j] = out.covariance[i, j] - work[0]


@njit
def estimate_biases(plots, reception, errors, tracks, out):
    """Write what K tracks are with what their detections say of registration errors into a BiasEstimate. Its `mean`,
    `covariance` and `part` are beforehand those of the tracks with the errors considered.

    `plots` (m,) DETECTION, with the standard deviations of their noise alone; `reception` a Reception with `received`
    and `arrival` (K, m); `errors` RegistrationErrors; `tracks` the K TrackArrays, without what the errors add.
    """
    received, arrival, cycles = reception
    size = 6 + errors.columns
    joint = Joint(np.zeros(size), np.eye(size), np.zeros((6, 6)), np.zeros((4, 6, 6)), np.zeros(size))
    for i in range(tracks.status.shape[0]):
        joint.mean[:], joint.covariance[:] = 0.0, np.eye(size)
        arrived, before, began = 0, -1, np.inf
        for j in range(cycles.shape[0]):
            if tracks.status[i, j] != 1:
                before = -1
                continue
            s = tracks.mean[i, j]
            free = (tracks.boosting[i, j] <= MOST_BURNING
                    and s[0] * s[0] + s[1] * s[1] + s[2] * s[2] > AIR_RADIUS2)  # fmt: skip
            if free and before >= 0:
                predict_joint(joint, cycles[j] - cycles[before])
            elif free:
                of = tracks.covariance[i, j]
                free = of[0, 0] + of[1, 1] + of[2, 2] < SURE_M * SURE_M
                start(joint, s)
                began = cycles[j]
            before = j if free else -1
            while arrived < plots.shape[0] and received[i, arrival[i, arrived]] <= cycles[j]:
                k = arrival[i, arrived]
                if free and plots[k].t_s > began and cycles[j] - plots[k].t_s <= OLDEST_S:
                    add_detection(joint, plots[k], errors.blocks[k], errors.first[k], cycles[j] - plots[k].t_s)
                arrived += 1
            if not free:
                continue
            write_state(joint, out, i, j)
            of = joint.covariance
            if of[0, 0] + of[1, 1] + of[2, 2] < SURE_M * SURE_M:
                out.last[i], out.joint[i], out.joint_covariance[i] = j, joint.mean, joint.covariance
