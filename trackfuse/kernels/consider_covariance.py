"""How far registration errors move a track: the tracker's own gains, applied to errors that are the same every time;
and how large these errors are, by what a track's detections differ from the track.

Over a cycle a track's error answers to its past by L and to what its plots add by P H' R^-1. Both are had from the
track's covariances and its plots: P^-1 = (what was known before) + Y with Y the information of the cycle's plots, so
L = I - P Y. Errors that stay are propagated by the same two. (Consider covariance analysis: Bierman, Factorization
Methods for Discrete Sequential Estimation (1977), chapter VIII.)

What a detection differs from the track by, once that has taken it, is e = (G - H V) b + noise, with V what one deviation
of each error moves the track by; the noise of a cycle's differences is R - H P H'. Summed over the cycles this is the
information about b that a filter without errors leaves (Friedland, IEEE Trans. AC-14 (1969), the separate-bias filter,
in information form): with S = G - H V and W the covariance before the cycle's detections,
S' (R - H P H')^-1 S = S' R^-1 S + S' R^-1 H W H' R^-1 S.
"""

from typing import NamedTuple

import numpy as np

from trackfuse.kernels.filter import free_transition
from trackfuse.kernels.fusion_rules import copy_matrix, times
from trackfuse.kernels.information import inverse
from trackfuse.kernels.initiation import point_of
from trackfuse.kernels.jit import njit
from trackfuse.kernels.measurement import look_at, wrapped
from trackfuse.kernels.motion import AIR_RADIUS2, fly_step

MOST_BURNING = 0.03
"""Errors are estimated where the engine burns with no more than this probability: the track's past is then known."""
OLDEST_S = 30.0
"""And by detections no older than this."""
WEAK = 0.01
"""Share of a track's own information that steadies a cycle's, where that claims more than the track."""


class RegistrationErrors(NamedTuple):
    """What one standard deviation of each registration error adds to m detections."""

    blocks: np.ndarray  # (m, 3, E), of the E errors of each one's sensor
    first: np.ndarray  # (m,), first column of that sensor's errors; -1 for a sensor in register
    columns: int  # errors of all sensors


class RegistrationEstimate(NamedTuple):
    """What registration errors do to K tracks at J cycles, and what shows of the C errors themselves."""

    part: np.ndarray  # (K, J, 6, 6), covariance that they add
    shift: np.ndarray  # (K, J, 6), what is to be added to the tracks
    size: np.ndarray  # (K, J, C), errors, in standard deviations of theirs
    sigma: np.ndarray  # (K, J, C), of `size`


class Differences(NamedTuple):
    """Sums over a cycle's detections: of what they differ from the track by, e, and of what errors add, G."""

    by_state: np.ndarray  # (6,), H' R^-1 e
    by_error: np.ndarray  # (C,), G' R^-1 e
    of_errors: np.ndarray  # (C, C), G' R^-1 G


@njit
def add_information(plot, block, first, state, now, y, pull, w):
    """Add a plot's information `y` (6, 6) about the state at the time `now`, and what one deviation of each of its
    sensor's errors adds to it: columns of `pull` (6, C) from `first` on, by `block` (3, E).
    """
    age = now - plot.t_s
    x = (state[0] - age * state[3], state[1] - age * state[4], state[2] - age * state[5])
    if not plot.infrared:
        x = point_of(plot)
    _, _, _, g = look_at(x[0], x[1], x[2], plot)
    m, half = state, 0.5 * age
    free_transition(m[0] - half * m[3], m[1] - half * m[4], m[2] - half * m[5], -age, w[0], w[1])
    h = w[2, 0]
    for k in range(1 if plot.infrared else 0, 3):
        precision = 1.0 / (plot.sigma[k] * plot.sigma[k])
        for i in range(6):
            h[i] = g[3 * k] * w[0, 0, i] + g[3 * k + 1] * w[0, 1, i] + g[3 * k + 2] * w[0, 2, i]
        for i in range(6):
            for j in range(6):
                y[i, j] += precision * h[i] * h[j]
            if first >= 0:
                for e in range(block.shape[1]):
                    pull[i, first + e] += precision * h[i] * block[k, e]


@njit
def propagate(moved, covariance, y, pull, phi, fresh, w):
    """Propagate what the errors move (6, C) over a cycle: by `phi`, and by the gains that the covariance implies.
    Whether that is a covariance less the cycle's detections, which is then w[2].
    """
    if not inverse(covariance, w[0], w[3]):
        return False
    copy_matrix(covariance, w[4])
    for i in range(6):
        for j in range(6):
            w[1, i, j] = w[0, i, j] - y[i, j]
    good = not fresh and inverse(w[1], w[2], w[3])
    if not good:
        for i in range(6):
            for j in range(6):
                w[1, i, j] = WEAK * w[0, i, j] + y[i, j]
        if not inverse(w[1], w[4], w[3]):
            return False
    for i in range(6):
        for j in range(6):
            t = 1.0 if i == j else 0.0
            for k in range(6):
                t -= w[4, i, k] * y[k, j]
            w[5, i, j] = t
    times(w[5], phi, w[6])
    column = w[7, 0]
    for c in range(moved.shape[1]):
        for i in range(6):
            t = 0.0
            for k in range(6):
                t += w[6, i, k] * moved[k, c] + w[4, i, k] * pull[k, c]
            column[i] = t
        for i in range(6):
            moved[i, c] = column[i]
    return good


@njit
def add_differences(plot, block, first, state, now, differences, w):
    """Add what a detection differs from the track by, `state` (6,) at the time `now` in free fall. The gradient by the
    state is as in `add_information`.
    """
    age = now - plot.t_s
    if first < 0 or age > OLDEST_S:
        return
    then, half = fly_step((state[0], state[1], state[2], state[3], state[4], state[5]), 0.0, -age, 0.0, 0.0)
    distance, azimuth, elevation, g = look_at(then[0], then[1], then[2], plot)
    free_transition(half[0], half[1], half[2], -age, w[0], w[1])
    e = (plot.z[0] - distance, wrapped(plot.z[1] - azimuth), plot.z[2] - elevation)
    for k in range(1 if plot.infrared else 0, 3):
        precision = 1.0 / (plot.sigma[k] * plot.sigma[k])
        for i in range(6):
            h = g[3 * k] * w[0, 0, i] + g[3 * k + 1] * w[0, 1, i] + g[3 * k + 2] * w[0, 2, i]
            differences.by_state[i] += precision * h * e[k]
        for a in range(block.shape[1]):
            differences.by_error[first + a] += precision * block[k, a] * e[k]
            for b in range(block.shape[1]):
                differences.of_errors[first + a, first + b] += precision * block[k, a] * block[k, b]


@njit
def learn_errors(differences, moved, y, pull, before, information, vector):
    """Add what a cycle's detections tell of the errors to `information` (C, C) and `vector` (C,). `moved` (6, C) is V,
    `y` and `pull` are the sums of `add_information`, `before` the covariance before the cycle's detections.
    """
    across = pull - y @ moved
    seen = differences.of_errors - pull.T @ moved - moved.T @ pull + moved.T @ (y @ moved)
    information += seen + across.T @ (before @ across)
    vector += differences.by_error - moved.T @ differences.by_state + across.T @ (before @ differences.by_state)


@njit
def write_estimate(information, vector, moved, out, i, j):
    """Write what is known of the errors, of which one deviation each was known before, and what they do to a track."""
    covariance = np.linalg.inv(np.eye(vector.shape[0]) + information)
    size = covariance @ vector
    for c in range(size.shape[0]):
        out.size[i, j, c], out.sigma[i, j, c] = size[c], np.sqrt(covariance[c, c])
    out.shift[i, j] = -(moved @ size)
    out.part[i, j] = moved @ covariance @ moved.T


@njit
def write_considered(moved, part):
    """Write the covariance (6, 6) that errors of one standard deviation each give a track."""
    for a in range(6):
        for b in range(a, 6):
            t = 0.0
            for c in range(moved.shape[1]):
                t += moved[a, c] * moved[b, c]
            part[a, b] = t
            part[b, a] = t


@njit
def registration_parts(plots, reception, errors, tracks, estimate, out):
    """Write what registration errors do to each of K tracks into a RegistrationEstimate.

    `plots` (m,) DETECTION; `reception` a Reception with `received` and `arrival` (K, m); `errors` RegistrationErrors;
    `tracks` the K TrackArrays; `estimate`: whether the errors are estimated, else they are considered alone.
    """
    received, arrival, cycles = reception
    w, phi, y, known = np.zeros((8, 6, 6)), np.zeros((6, 6)), np.zeros((6, 6)), np.zeros((6, 6))
    moved, pull = np.zeros((6, errors.columns)), np.zeros((6, errors.columns))
    wide = errors.columns if estimate else 0
    information, vector = np.zeros((wide, wide)), np.zeros(wide)
    differences = Differences(np.zeros(6), np.zeros(wide), np.zeros((wide, wide)))
    for i in range(tracks.status.shape[0]):
        arrived, before = 0, -1
        moved[:], information[:], vector[:] = 0.0, 0.0, 0.0
        for j in range(cycles.shape[0]):
            if tracks.status[i, j] != 1:
                before = -1
                continue
            pull[:], y[:] = 0.0, 0.0
            differences.by_state[:], differences.by_error[:], differences.of_errors[:] = 0.0, 0.0, 0.0
            if before < 0:
                arrived = 0
                moved[:] = 0.0
            s, h = tracks.mean[i, j], cycles[j] - cycles[before] if before >= 0 else 0.0
            falls = (tracks.boosting[i, j] <= MOST_BURNING
                     and s[0] * s[0] + s[1] * s[1] + s[2] * s[2] > AIR_RADIUS2)  # fmt: skip
            learns, heard = estimate and falls and before >= 0, arrived
            while arrived < plots.shape[0] and received[i, arrival[i, arrived]] <= cycles[j]:
                k = arrival[i, arrived]
                add_information(plots[k], errors.blocks[k], errors.first[k], s, cycles[j], y, pull, w)
                if learns:
                    add_differences(plots[k], errors.blocks[k], errors.first[k], s, cycles[j], differences, w)
                arrived += 1
            half = 0.5 * h
            free_transition(s[0] - half * s[3], s[1] - half * s[4], s[2] - half * s[5], h, phi, w[0])
            good = propagate(moved, tracks.covariance[i, j], y, pull, phi, before < 0, w)
            before = j
            if not estimate:
                write_considered(moved, out.part[i, j])
                continue
            if learns and good and arrived > heard:
                copy_matrix(w[2], known)
                learn_errors(differences, moved, y, pull, known, information, vector)
            write_estimate(information, vector, moved, out, i, j)
