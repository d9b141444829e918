"""How far registration errors move a track: the tracker's own gains, applied to errors that are the same every time.

Over a cycle a track's error answers to its past by L and to what its plots add by P H' R^-1. Both are had from the
track's covariances and its plots: P^-1 = (what was known before) + Y with Y the information of the cycle's plots, so
L = I - P Y. Errors that stay are propagated by the same two. (Consider covariance analysis: Bierman, Factorization
Methods for Discrete Sequential Estimation (1977), chapter VIII.)
"""

from typing import NamedTuple

import numpy as np

from trackfuse.kernels.filter import free_transition
from trackfuse.kernels.fusion_rules import copy_matrix, times
from trackfuse.kernels.information import inverse
from trackfuse.kernels.initiation import point_of
from trackfuse.kernels.jit import njit
from trackfuse.kernels.measurement import look_at

WEAK = 0.01
"""Share of a track's own information that steadies a cycle's, where that claims more than the track."""


class RegistrationErrors(NamedTuple):
    """What one standard deviation of each registration error adds to m detections."""

    blocks: np.ndarray  # (m, 3, E), of the E errors of each one's sensor
    first: np.ndarray  # (m,), first column of that sensor's errors; -1 for a sensor in register
    columns: int  # errors of all sensors


class Response(NamedTuple):
    """What one standard deviation of each of C errors has moved one track by, and arrays to work in."""

    moved: np.ndarray  # (6, C)
    predicted: np.ndarray  # (6, C), the same before the detections of a cycle
    pull: np.ndarray  # (6, C)
    information: np.ndarray  # (6, 6)
    phi: np.ndarray  # (6, 6)
    before: np.ndarray  # (6, 6), covariance that the track claimed a cycle before
    work: np.ndarray  # (8, 6, 6)


def new_response(columns: int) -> Response:
    """Of a track that nothing has moved yet."""
    return Response(
        moved=np.zeros((6, columns)), predicted=np.zeros((6, columns)), pull=np.zeros((6, columns)),
        information=np.zeros((6, 6)), phi=np.zeros((6, 6)), before=np.zeros((6, 6)), work=np.zeros((8, 6, 6)),
    )  # fmt: skip


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
def write_gain(covariance, before, y, phi, fresh, w):
    """Write the cycle's gain on information into w[4], and what it leaves of the past into w[5]. False if there is
    none.

    Of a filter with much process noise a track claims less than its detections said when they were taken. Its gain is
    then that of the claim a cycle before, `before` (6, 6), predicted by `phi` and updated by the detections.
    """
    if not inverse(covariance, w[0], w[3]):
        return False
    copy_matrix(covariance, w[4])
    for i in range(6):
        for j in range(6):
            w[1, i, j] = w[0, i, j] - y[i, j]
    if fresh or not inverse(w[1], w[2], w[3]):
        if not fresh:
            times(phi, before, w[6])
            for i in range(6):
                for j in range(6):
                    w[7, i, j] = phi[j, i]
            times(w[6], w[7], w[5])
            if not inverse(w[5], w[0], w[3]):
                return False
        share = WEAK if fresh else 1.0
        for i in range(6):
            for j in range(6):
                w[1, i, j] = share * w[0, i, j] + y[i, j]
        if not inverse(w[1], w[4], w[3]):
            return False
    for i in range(6):
        for j in range(6):
            t = 1.0 if i == j else 0.0
            for k in range(6):
                t -= w[4, i, k] * y[k, j]
            w[5, i, j] = t
    return True


@njit
def propagate(response, covariance, fresh):
    """Propagate what the errors move (6, C) over a cycle: by `phi`, and by the gains that the covariance implies."""
    moved, predicted, pull, y, phi, before, w = response
    times_wide(phi, moved, predicted)
    gained = write_gain(covariance, before, y, phi, fresh, w)
    for c in range(moved.shape[1]):
        for i in range(6):
            t = 0.0 if gained else predicted[i, c]
            if gained:
                for k in range(6):
                    t += w[5, i, k] * predicted[k, c] + w[4, i, k] * pull[k, c]
            moved[i, c] = t
    copy_matrix(covariance, before)


@njit
def clear(a):
    """Set all numbers of a matrix to zero. (Not by a slice: numba compiles all of its operations on text for that.)"""
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            a[i, j] = 0.0


@njit
def times_wide(a, b, out):
    """Product of a (6, 6) and a (6, C) matrix."""
    for c in range(b.shape[1]):
        for i in range(6):
            t = 0.0
            for k in range(6):
                t += a[i, k] * b[k, c]
            out[i, c] = t


@njit
def registration_cycle(detected, new, mean, covariance, when, response, out):
    """Take one cycle of one track into its `response`, and write the covariance that the errors add into `out` (6, 6).

    `detected` is (plots (m,) DETECTION, RegistrationErrors); `new` (n,) the rows of those that the track was given
    since its cycle before, or ever if there is none, in the order of reception; `mean` (6,) and `covariance` (6, 6)
    what the tracker claims; `when` (instant of this cycle, time since the track's cycle before, 0 without one), s.
    """
    plots, errors = detected
    now, h = when
    moved, pull, y, w = response.moved, response.pull, response.information, response.work
    clear(pull)
    clear(y)
    if h == 0.0:
        clear(moved)
    for k in new:
        add_information(plots[k], errors.blocks[k], errors.first[k], mean, now, y, pull, w)
    s, half = mean, 0.5 * h
    free_transition(s[0] - half * s[3], s[1] - half * s[4], s[2] - half * s[5], h, response.phi, w[0])
    propagate(response, covariance, h == 0.0)
    for a in range(6):
        for b in range(a, 6):
            t = 0.0
            for c in range(errors.columns):
                t += moved[a, c] * moved[b, c]
            out[a, b] = t
            out[b, a] = t


@njit
def registration_parts(detected, reception, tracks, one, out):
    """Write the covariance that registration errors add to each of K tracks into `out` (K, J, 6, 6).

    `detected` is (plots (m,) DETECTION, RegistrationErrors); `reception` a Reception with `received` and `arrival`
    (K, m); `tracks` the K TrackArrays; `one` a Response to work in.
    """
    received, arrival, cycles = reception
    for i in range(tracks.status.shape[0]):
        arrived, before = 0, -1
        for j in range(cycles.shape[0]):
            if tracks.status[i, j] != 1:
                before = -1
                continue
            first = arrived if before >= 0 else 0
            arrived = first
            while arrived < arrival.shape[1] and received[i, arrival[i, arrived]] <= cycles[j]:
                arrived += 1
            when = (cycles[j], cycles[j] - cycles[before] if before >= 0 else 0.0)
            new = arrival[i, first:arrived]
            registration_cycle(detected, new, tracks.mean[i, j], tracks.covariance[i, j], when, one, out[i, j])
            before = j
