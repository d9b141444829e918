"""Registration errors estimated together with a target's state, by its detections while it falls freely above the air.

There its motion is known but for six numbers, and what all detections of a track say of these and of the C errors of
their sensors is one linear problem about a reference flight: the information matrix of [state, errors] at the time of a
cycle, which a step carries on by the inverse transition and a detection adds [H G]' R^-1 [H G] to. Each error has a
standard deviation of 1 before. It is the least-squares solution of the problem of registration with one target (Lin,
Kirubarajan & Bar-Shalom, IEEE Trans. AES 40 (2004), treat many); the gains of the tracker do not enter.
"""

from typing import NamedTuple

import numpy as np

from trackfuse.kernels.filter import free_transition
from trackfuse.kernels.jit import njit
from trackfuse.kernels.measurement import look_at, wrapped
from trackfuse.kernels.motion import AIR_RADIUS2, fly_step

MOST_BURNING = 0.03
"""The engine burns with no more than this probability where a flight counts as free."""
LONGEST_S = 10.0
"""Longest step of the reference flight."""
OLDEST_S = 60.0
"""Detections that are older than this on arrival are left out."""
WIDE_M, WIDE_MPS = 1e5, 1e3
"""Standard deviations of the state before any detection: so wide that they only keep the matrix regular."""


class BiasEstimate(NamedTuple):
    """What is known of C registration errors by each of K tracks at J cycles, and of the tracks with them."""

    mean: np.ndarray  # (K, J, 6)
    covariance: np.ndarray  # (K, J, 6, 6)
    part: np.ndarray  # (K, J, 6, 6), of the covariance what is due to the errors
    size: np.ndarray  # (K, J, C), errors, in standard deviations of theirs
    sigma: np.ndarray  # (K, J, C), of `size`


class Joint(NamedTuple):
    """Information about [state, errors], and the reference that the state is counted from."""

    matrix: np.ndarray  # (6 + C, 6 + C)
    vector: np.ndarray  # (6 + C,)
    reference: np.ndarray  # (6,)
    row: np.ndarray  # (6 + C,), space for one component of a detection
    spare: np.ndarray  # (3, 6, 6)


@njit
def carried(state, h):
    """State (6,) after h seconds of free fall, and the states halfway through its steps' count; for short steps."""
    s = (state[0], state[1], state[2], state[3], state[4], state[5])
    steps = max(1, int(np.ceil(abs(h) / LONGEST_S)))
    for _ in range(steps):
        s, _ = fly_step(s, 0.0, h / steps, 0.0, 0.0)
    return s


@njit
def back_transition(s, h, out, work):
    """Write the transition (6, 6) of free fall from the state `s` to h seconds before it."""
    half = 0.5 * h
    free_transition(s[0] - half * s[3], s[1] - half * s[4], s[2] - half * s[5], -h, out, work)


@njit
def carry_on(joint, h):
    """Carry the reference and the information on by h seconds."""
    matrix, vector, reference, _, spare = joint
    back, product = spare[0], spare[1]
    s = carried(reference, h)
    for i in range(6):
        reference[i] = s[i]
    back_transition(reference, h, back, spare[2])
    columns = matrix.shape[0]
    product[:] = back.T @ np.ascontiguousarray(matrix[:6, :6])
    matrix[:6, :6] = product @ back
    if columns > 6:
        matrix[:6, 6:] = back.T @ np.ascontiguousarray(matrix[:6, 6:])
        matrix[6:, :6] = matrix[:6, 6:].T
    vector[:6] = back.T @ vector[:6].copy()


@njit
def start(joint, state):
    """Forget the state, and go on from what is known of the errors, with `state` (6,) as reference."""
    matrix, vector, reference, _, _ = joint
    known = np.linalg.inv(matrix)[6:, 6:].copy()
    size = (np.linalg.inv(matrix) @ vector)[6:].copy()
    information = np.linalg.inv(known)
    matrix[:], vector[:] = 0.0, 0.0
    matrix[6:, 6:] = information
    vector[6:] = information @ size
    for i in range(6):
        matrix[i, i] = 1.0 / (WIDE_M * WIDE_M) if i < 3 else 1.0 / (WIDE_MPS * WIDE_MPS)
        reference[i] = state[i]


@njit
def add_detection(joint, plot, block, first, age):
    """Add what a detection of `age` seconds says; `block` (3, E) as of `RegistrationErrors`."""
    matrix, vector, reference, row, spare = joint
    then = carried(reference, -age)
    distance, azimuth, elevation, g = look_at(then[0], then[1], then[2], plot)
    back_transition(reference, age, spare[0], spare[2])
    difference = (plot.z[0] - distance, wrapped(plot.z[1] - azimuth), plot.z[2] - elevation)
    errors = block.shape[1] if first >= 0 else 0
    for k in range(1 if plot.infrared else 0, 3):
        precision = 1.0 / (plot.sigma[k] * plot.sigma[k])
        for i in range(6):
            row[i] = g[3 * k] * spare[0, 0, i] + g[3 * k + 1] * spare[0, 1, i] + g[3 * k + 2] * spare[0, 2, i]
        for a in range(6 + errors):
            i, x = (a, row[a]) if a < 6 else (first + a, block[k, a - 6])
            vector[i] += precision * x * difference[k]
            for b in range(6 + errors):
                j, y = (b, row[b]) if b < 6 else (first + b, block[k, b - 6])
                matrix[i, j] += precision * x * y


@njit
def write_joint(joint, free, moved, out, i, j):
    """Write what is known of the errors, and of a free flight its state, if that is surer than the track with what all
    the errors may have moved it by, `moved` (6, C). Else it is the track with that.
    """
    covariance = np.linalg.inv(joint.matrix)
    both = covariance @ joint.vector
    known = np.ascontiguousarray(covariance[6:, 6:])
    for c in range(known.shape[0]):
        out.size[i, j, c], out.sigma[i, j, c] = both[6 + c], np.sqrt(known[c, c])
    whole = moved @ moved.T
    position = 0.0
    for k in range(3):
        position += out.covariance[i, j, k, k] + whole[k, k] - covariance[k, k]
    if free and position > 0.0:
        for k in range(6):
            out.mean[i, j, k] = joint.reference[k] + both[k]
        out.covariance[i, j] = covariance[:6, :6]
        out.part[i, j] = covariance[:6, :6] - np.linalg.inv(np.ascontiguousarray(joint.matrix[:6, :6]))
    else:
        out.covariance[i, j] += whole
        out.part[i, j] = whole
    # The flight is linear about where the target is taken to be, not about where it was first taken to be.
    for k in range(6):
        joint.reference[k] += both[k]
        for c in range(joint.vector.shape[0]):
            joint.vector[c] -= joint.matrix[c, k] * both[k]


@njit
def estimate_biases(plots, reception, errors, tracks, response, out):
    """Write what K tracks tell of registration errors into a BiasEstimate, of which `mean` and `covariance` are those of
    the tracks before, without what the errors add.

    `plots` (m,) DETECTION; `reception` a Reception with `received` and `arrival` (K, m); `errors` RegistrationErrors;
    `tracks` the K TrackArrays; `response` (K, J, 6, C) from `registration_parts`.
    """
    received, arrival, cycles = reception
    size = 6 + errors.columns
    joint = Joint(np.eye(size), np.zeros(size), np.zeros(6), np.zeros(6), np.zeros((3, 6, 6)))
    for i in range(tracks.status.shape[0]):
        joint.matrix[:], joint.vector[:] = np.eye(size), 0.0
        arrived, before, began = 0, -1, np.inf
        for j in range(cycles.shape[0]):
            if tracks.status[i, j] != 1:
                before = -1
                continue
            s = tracks.mean[i, j]
            free = (tracks.boosting[i, j] <= MOST_BURNING
                    and s[0] * s[0] + s[1] * s[1] + s[2] * s[2] > AIR_RADIUS2)  # fmt: skip
            if free and before >= 0:
                carry_on(joint, cycles[j] - cycles[before])
            elif free:
                start(joint, s)
                began = cycles[j]
            before = j if free else -1
            while arrived < plots.shape[0] and received[i, arrival[i, arrived]] <= cycles[j]:
                k = arrival[i, arrived]
                if free and plots[k].t_s > began and cycles[j] - plots[k].t_s <= OLDEST_S:
                    add_detection(joint, plots[k], errors.blocks[k], errors.first[k], cycles[j] - plots[k].t_s)
                arrived += 1
            write_joint(joint, free, response[i, j], out, i, j)
