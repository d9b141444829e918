"""Every node's picture by any rule of fusion but the default, which is `kernels.fusion.fuse_all`.

What is reported, carried on and left out is the same there and here; the rules differ in what they take the reports'
errors to have in common.
"""

import math

import numpy as np

from trackfuse.kernels.cross_covariance import cross_all, cross_at
from trackfuse.kernels.filter import MEAN, ROOM
from trackfuse.kernels.fusion import DOUBT, POOR, copy, extrapolate, last_burned, load, newest_by, spread, take_report
from trackfuse.kernels.fusion_rules import (
    CAMPO,
    ICI,
    NAIVE,
    SPLIT,
    WORK,
    add,
    intersect,
    inverse_intersect,
    known_cross,
    sort_by,
    split_intersect,
    times,
)
from trackfuse.kernels.jit import njit


@njit
def dependent_part(systematic, burning, seconds, f, noiseless, room, out):
    """Carry the dependent part of a report on: as a covariance to which nothing is added (`noiseless` has no noise)."""
    for i in range(6):
        for j in range(6):
            f[i, j] = systematic[i, j]
    if seconds > 0.0:
        extrapolate(f, 0.0, seconds, noiseless, room)
    for i in range(6):
        for j in range(6):
            out[i, j] = f[i, j]


@njit
def follow_gain(crosses, gain, n, held, w):
    """Cross-covariances of the first track with the others, once it has gone by `gain` towards the n-th."""
    for k in range(n + 1, held):
        times(gain, crosses[0, k], w[0])
        times(gain, crosses[n, k], w[1])
        for i in range(6):
            for j in range(6):
                crosses[0, k, i, j] += w[1][i, j] - w[0][i, j]


@njit
def join(rule, tracks, parts, crosses, shared, burning, order, n, held, gain, w):
    """Fuse the n-th of the tracks, in their order, into the first. Where a rule counts on errors that are independent
    but for what it knows of, tracks of centres with common plots are intersected, and all while the engine burns: they
    have thrust in common, of which no report tells.
    """
    a, b = tracks[order[0]], tracks[order[n]]
    together = burning > DOUBT
    for k in range(n):
        together = together or shared[order[k], order[n]]
    if rule == NAIVE:
        return add(a, b, w)
    if rule == ICI:
        return inverse_intersect(a, b, w)
    if rule == SPLIT and not together:
        return split_intersect(a, b, parts[order[0]], parts[order[n]], w)
    if rule == CAMPO and not together and known_cross(a, b, crosses[0, n], gain, w):
        follow_gain(crosses, gain, n, held, w)
        return True
    done = intersect(a, b, w)
    for i in range(6):
        for j in range(6):
            parts[order[0], i, j] = a[i, j]
    return done


@njit
def fuse_all_by_rule(
    rule, local, received, cycles, offset, floor, motion, noiseless, history, systematic, shared, receivers, fused
):
    """What some nodes hold at every cycle by a rule without memory; see `kernels.fusion.fuse_all`.

    `history` holds means, the part of the covariances that is due to noise, status and boosting of the same tracks from
    their own begin on: what cross-covariances are reconstructed from. `systematic` (N, J, 6, 6) is the part due to
    registration; `shared` (N, N) tells which nodes hold common plots; `noiseless` is motion without process noise.
    """
    mean, covariance, status, boosting, last_plot = local
    nodes, count = status.shape
    room, spare, nothing = np.empty((ROOM, 9, 9)), np.zeros((8, 7)), np.zeros(6)
    w, gain = np.zeros((WORK, 6, 6)), np.zeros((6, 6))
    tracks, parts, age, used = np.zeros((nodes, 8, 7)), np.zeros((nodes, 6, 6)), np.empty((nodes, 2)), np.empty(nodes)
    newest, cycle = np.empty((nodes, 2, count), np.int64), np.empty(nodes, np.int64)
    burned = np.empty(count, np.int64)
    order, crosses = np.empty(nodes, np.int64), np.zeros((nodes, nodes, 6, 6))
    crossed = np.zeros((nodes, nodes, count if rule == CAMPO else 1, 6, 6))
    if rule == CAMPO:
        cross_all(history, cycles, motion, spare, crossed, w)
    for x in range(receivers.shape[0]):
        d = receivers[x]
        last_burned(status[d], boosting[d], burned)
        for o in range(nodes):
            for kind in range(2):
                newest_by(received[kind, o, d], cycles, newest[o, kind])
        for j in range(count):
            held, worst = 0, math.inf
            if status[d, j] == 1:
                load(tracks[d], mean[d, j], covariance[d, j], nothing, nothing)
                worst = POOR * spread(tracks[d])
                order[0], held, cycle[d] = d, 1, j
            for o in range(nodes):
                if o != d:
                    origin = (mean[o], covariance[o], status[o], boosting[o])
                    k, _ = take_report(origin, newest[o], j, burned[j], cycles, offset[o], floor, worst, motion, spare,
                                       tracks[o], room)
                    if k >= 0:
                        order[held], cycle[o] = o, k
                        held += 1
            fused[2][x, j] = 1 if held > 0 else status[d, j]
            if held == 0:
                continue
            for n in range(held):
                o = order[n]
                used[o] = spread(tracks[o])
                age[o, 0], age[o, 1] = boosting[o, cycle[o]], last_plot[o, cycle[o]]
                if rule == SPLIT:
                    copy(tracks[o], spare)
                    dependent_part(systematic[o, cycle[o]], age[o, 0], cycles[j] - cycles[cycle[o]], spare, noiseless,
                                   room, parts[o])
            sort_by(used, order, held)
            if rule == CAMPO:
                for n in range(held):
                    for m in range(n + 1, held):
                        cross_at(order[n], cycle[order[n]], order[m], cycle[order[m]], j, crossed, history, cycles,
                                 motion, spare, crosses[n, m], w)
            best = order[0]
            fused[3][x, j], fused[4][x, j] = age[best, 0], age[best, 1]
            for n in range(1, held):
                if join(rule, tracks, parts, crosses, shared, age[best, 0], order, n, held, gain, w):
                    fused[4][x, j] = max(fused[4][x, j], age[order[n], 1])
            for i in range(6):
                fused[0][x, j, i] = tracks[best, MEAN, i]
                for m in range(6):
                    fused[1][x, j, i, m] = tracks[best, i, m]
