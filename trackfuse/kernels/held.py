"""What is held at an instant: of several estimates the one that claims the smallest error. SI units."""

from typing import NamedTuple

import numpy as np

from trackfuse.kernels.delivery import add_line, confirm, confirm_by_newest, no_lines
from trackfuse.kernels.geodesy import altitude
from trackfuse.kernels.jit import njit
from trackfuse.kernels.node_state import TrackArrays


class Candidates(NamedTuple):
    """E fused tracks at J cycles, with the own track (of K) that stands beside each."""

    fused: TrackArrays
    own: TrackArrays
    own_row: np.ndarray  # (E, J), row of the node's own track in the cluster; -1 for none
    follows: np.ndarray  # (E, J), the true object that it follows
    group: np.ndarray  # (E,), number of the nation; -1 for none


class Held(NamedTuple):
    """What each of C groups holds of one object at J cycles; -1 and nan without an estimate."""

    row: np.ndarray  # (C, J), fused track, or own track where `is_own`
    is_own: np.ndarray  # (C, J)
    variance: np.ndarray  # (C, J), claimed: sum of the position variances; inf without an estimate
    square: np.ndarray  # (C, J), sum of the squared entries of the position covariance
    position: np.ndarray  # (C, J), length of the true error of position
    velocity: np.ndarray  # (C, J), the same of velocity
    height: np.ndarray  # (C, J), above the ellipsoid
    fresh: np.ndarray  # (C, J), as `variance`, of the estimates alone that have a new detection in them


def nothing_held(groups, cycles):
    """What is held before any track."""
    shape = groups, cycles
    square, position, velocity, height = (np.full(shape, np.nan) for _ in range(4))
    return Held(row=np.full(shape, -1), is_own=np.zeros(shape, bool), variance=np.full(shape, np.inf), square=square,
                position=position, velocity=velocity, height=height, fresh=np.full(shape, np.inf))  # fmt: skip


@njit
def position_variance(tracks, row, j):
    """Sum of the position variances of a track at a cycle."""
    return tracks.covariance[row, j, 0, 0] + tracks.covariance[row, j, 1, 1] + tracks.covariance[row, j, 2, 2]


@njit
def describe(tracks, row, j, truth, held, c):
    """Write errors and height of the estimate that group `c` holds at cycle j; `truth` (J, 6)."""
    square, position, velocity = 0.0, 0.0, 0.0
    for i in range(3):
        position += (tracks.mean[row, j, i] - truth[j, i]) ** 2
        velocity += (tracks.mean[row, j, 3 + i] - truth[j, 3 + i]) ** 2
        for k in range(3):
            square += tracks.covariance[row, j, i, k] ** 2
    held.square[c, j], held.position[c, j], held.velocity[c, j] = square, np.sqrt(position), np.sqrt(velocity)
    held.height[c, j] = altitude(tracks.mean[row, j, 0], tracks.mean[row, j, 1], tracks.mean[row, j, 2])


@njit
def consider(tracks, row, is_own, j, earliest, held, c):
    """Hold the estimate of a row for group `c` at cycle j if it claims less than what is held."""
    v = position_variance(tracks, row, j)
    if v < held.variance[c, j]:
        held.variance[c, j], held.row[c, j], held.is_own[c, j] = v, row, is_own
    if tracks.last_plot[row, j] >= earliest:
        held.fresh[c, j] = min(held.fresh[c, j], v)


@njit
def hold(candidates, true, truth, earliest, held):
    """Write what every group holds of the object numbered `true`, whose states are `truth` (J, 6); a detection is new
    that was measured at `earliest` (J,) or later.
    """
    fused, own, own_row, follows, group = candidates
    for e in range(group.shape[0]):
        c = group[e]
        if c < 0:
            continue
        for j in range(follows.shape[1]):
            if follows[e, j] != true:
                continue
            if fused.status[e, j] == 1:
                consider(fused, e, False, j, earliest[j], held, c)
            r = own_row[e, j]
            if r >= 0 and own.status[r, j] == 1:
                consider(own, r, True, j, earliest[j], held, c)
    for c in range(held.row.shape[0]):
        for j in range(held.row.shape[1]):
            if held.row[c, j] >= 0 and held.is_own[c, j]:
                describe(own, held.row[c, j], j, truth, held, c)
            elif held.row[c, j] >= 0:
                describe(fused, held.row[c, j], j, truth, held, c)


@njit
def hold_predictions(origin, size, origins, held):
    """Write which of M predictions is held after each: of the newest of every origin that of the smallest `size` (M,).

    Predictions come in the order in which they are had; `origin` (M,) counts from 0 to `origins` - 1. An origin whose
    newest prediction has an infinite size says nothing. `held` (M,), -1 for none.
    """
    newest = np.full(origins, -1)
    for m in range(origin.shape[0]):
        newest[origin[m]] = m
        best = -1
        for o in range(origins):
            k = newest[o]
            if k >= 0 and size[k] < np.inf and (best < 0 or size[k] < size[best]):
                best = k
        held[m] = best


@njit
def confirmed_by_own(detected, sight, arrival, node, confirmation, confirmed):
    """Write when each of N nodes has the detections that confirm a track, of its own sensors alone, (N,), inf at first.

    Detections come in the order of their measurement `detected` (m,); `sight` (m, 3) is the line of sight of one that
    holds no range, else nan; `node` (m,) has each by `arrival` (m,).
    """
    count, nodes = detected.shape[0], confirmed.shape[0]
    times, arrivals, held = np.empty((nodes, count)), np.empty((nodes, count)), np.zeros(nodes, np.int64)
    least = np.empty(confirmation.plots)
    lines = no_lines(nodes, np.zeros(count, np.int64), np.ones(1, np.bool_))
    for m in range(count):
        i = node[m]
        if detected[m] >= confirmed[i]:
            continue
        if sight[m, 0] == sight[m, 0]:
            add_line(lines, i, detected[m], arrival[m], sight[m])
            confirmed[i] = min(confirmed[i], confirm_by_newest(lines, i, confirmation.window))
        else:
            times[i, held[i]], arrivals[i, held[i]] = detected[m], arrival[m]
            held[i] += 1
            confirmed[i] = min(confirmed[i], confirm(times[i], arrivals[i], held[i], confirmation, least))
