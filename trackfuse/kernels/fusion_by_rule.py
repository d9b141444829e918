"""Tracks of every node fused by any rule but the default, which is `kernels.fusion.fuse_all`.

What is reported, predicted and left out is the same there and here; the rules differ in what they take the reports'
errors to have in common.
"""

from typing import NamedTuple

import numpy as np

from trackfuse.kernels.cross_covariance import CrossInput, cross_all, cross_at
from trackfuse.kernels.filter import copy_filter
from trackfuse.kernels.fusion import (
    DOUBT,
    extrapolate,
    new_receiver,
    predict_reports,
    receive,
    sort_by,
    spread,
    write_fused,
)
from trackfuse.kernels.fusion_rules import (
    CAMPO,
    ICI,
    NAIVE,
    SPLIT,
    WORK,
    add,
    copy_matrix,
    intersect,
    inverse_intersect,
    known_cross,
    split_intersect,
    times,
)
from trackfuse.kernels.jit import njit


class Common(NamedTuple):
    """A rule of N nodes, and what it takes the errors of their tracks to have in common."""

    rule: int
    shared: np.ndarray  # (N, N), whether two nodes hold common detections
    parts: np.ndarray  # (N, 6, 6), the dependent part of each one's covariance
    crosses: np.ndarray  # (N, N, 6, 6), cross-covariances of the tracks in their order
    gain: np.ndarray  # (6, 6)
    w: np.ndarray  # (WORK, 6, 6)


@njit
def dependent_part(systematic, seconds, f, noiseless, scratch, out):
    """Predict the dependent part of a report: as a covariance to which nothing is added (`noiseless` has no noise)."""
    copy_matrix(systematic, f)
    if seconds > 0.0:
        extrapolate(f, 0.0, seconds, noiseless, scratch)
    copy_matrix(f, out)


@njit
def update_crosses(crosses, gain, n, count, w):
    """Cross-covariances of the first track with the others, once it has gone by `gain` towards the n-th."""
    for k in range(n + 1, count):
        times(gain, crosses[0, k], w[0])
        times(gain, crosses[n, k], w[1])
        for i in range(6):
            for j in range(6):
                crosses[0, k, i, j] += w[1][i, j] - w[0][i, j]


@njit
def join(states, order, n, count, boosting, common):
    """Fuse the n-th of the tracks, in their order, into the first. Returns whether that could be done.

    Where a rule counts on errors that are independent but for what it knows of, tracks of centres with common
    detections are intersected, and all while the engine burns: they have thrust in common, which no report contains.
    """
    rule, parts, w = common.rule, common.parts, common.w
    a, b = states[order[0]], states[order[n]]
    together = boosting > DOUBT
    for k in range(n):
        together = together or common.shared[order[k], order[n]]
    if rule == NAIVE:
        return add(a, b, w)
    if rule == ICI:
        return inverse_intersect(a, b, w)
    if rule == SPLIT and not together:
        return split_intersect(a, b, parts[order[0]], parts[order[n]], w)
    if rule == CAMPO and not together and known_cross(a, b, common.crosses[0, n], common.gain, w):
        update_crosses(common.crosses, common.gain, n, count, w)
        return True
    done = intersect(a, b, w)
    copy_matrix(a, parts[order[0]])
    return done


@njit
def fuse_all_by_rule(rule, given, noiseless, history, systematic, shared, receivers, fused):
    """What some nodes hold at every cycle by a rule without memory; see `kernels.fusion.fuse_all`.

    `history` is the same tracks from their own start on, with the part of the covariances that is due to noise: what
    cross-covariances are reconstructed from. `systematic` (N, J, 6, 6) is the part due to registration; `shared` (N, N)
    says which nodes hold common detections; `noiseless` is motion without process noise.
    """
    tracks, cycles = given.tracks, given.cycles
    nodes, count = tracks.status.shape
    receiver, size = new_receiver(nodes, count), np.empty(nodes)
    order, cycle, states = receiver.order, receiver.cycle, receiver.states
    common = Common(rule, shared, np.zeros((nodes, 6, 6)), np.zeros((nodes, nodes, 6, 6)), np.zeros((6, 6)),
                    np.zeros((WORK, 6, 6)))
    crossed = np.zeros((nodes, nodes, count if rule == CAMPO else 1, 6, 6))
    cross_input = CrossInput(history, cycles, given.motion, receiver.spare, common.w)
    if rule == CAMPO:
        cross_all(cross_input, crossed)
    for x in range(receivers.shape[0]):
        d = receivers[x]
        receive(given, d, receiver)
        for j in range(count):
            held = predict_reports(given, d, j, receiver)
            if held == 0:
                fused.status[x, j] = tracks.status[d, j]
                continue
            for n in range(held):
                o = order[n]
                size[o] = spread(states[o])
                if rule == SPLIT:
                    copy_filter(states[o], receiver.spare)
                    dependent_part(systematic[o, cycle[o]], cycles[j] - cycles[cycle[o]], receiver.spare, noiseless,
                                   receiver.scratch, common.parts[o])
            sort_by(size, order, held)
            if rule == CAMPO:
                for n in range(held):
                    for m in range(n + 1, held):
                        one, two = (order[n], cycle[order[n]]), (order[m], cycle[order[m]])
                        cross_at(one, two, j, crossed, cross_input, common.crosses[n, m])
            best = order[0]
            boosting, last_plot = tracks.boosting[best, cycle[best]], tracks.last_plot[best, cycle[best]]
            for n in range(1, held):
                if join(states, order, n, held, boosting, common):
                    last_plot = max(last_plot, tracks.last_plot[order[n], cycle[order[n]]])
            write_fused(states[best], boosting, last_plot, fused, x, j)
