"""What a node holds as the sum of what was new in its own track and in each report: information decorrelation.

New in a track is its information less that of its last report, both carried to now (Chong's formula: Chang, Saha &
Bar-Shalom 1997). Own tracks are never told of the sum: this is the form without feedback.
"""

import math

import numpy as np

from trackfuse.kernels.filter import MEAN, ROOM
from trackfuse.kernels.fusion import POOR, copy, extrapolate, inverse, last_burned, load, newest_by, spread, take_report
from trackfuse.kernels.fusion_rules import WORK, intersect, sort_by
from trackfuse.kernels.jit import njit

QUIET = 0.03
"""Tracks are summed once the best of them gives the engine no more than this: what is left of thrust is the same error
in all.
"""


@njit
def add_difference(track, sign, about, information, pull, w):
    """Add a track's information, or take it away: matrix, and vector about a mean. False if it has none."""
    if not inverse(track, w[0], w[3]):
        return False
    for i in range(6):
        for j in range(6):
            information[i, j] += sign * w[0, i, j]
            pull[i] += sign * w[0, i, j] * (track[MEAN, j] - about[MEAN, j])
    return True


@njit
def learn_new(now, before, had, about, information, pull, w):
    """Add what is new in a track: all of it where nothing was known of it before."""
    part, vector = w[4], w[5, 0]
    part[:], vector[:] = 0.0, 0.0
    good = add_difference(now, 1.0, about, part, vector, w)
    if good and had:
        good = add_difference(before, -1.0, about, part, vector, w)
    if good:
        for i in range(6):
            pull[i] += vector[i]
            for j in range(6):
                information[i, j] += part[i, j]
    return good


@njit
def common_with(o, taken, shared, others):
    """Whether somebody whose tracklets are in the combination, or one of `others`, holds plots in common with `o`."""
    common = False
    for m in range(taken.shape[0]):
        common = common or (m != o and shared[o, m] and (taken[m] >= 0 or others[m]))
    return common


@njit
def sum_of_news(combined, now, news, taken, origins, cycles, j, motion, before, room, w):
    """Add to the combined what is new in the tracks at hand; False, and the combined as it was, if that is no
    covariance.
    """
    mean, covariance, boosting = origins
    information, pull, nothing = w[6], w[7, 0], w[7, 1]
    pull[:], nothing[:] = 0.0, 0.0
    if not inverse(combined, information, w[3]):
        return False
    for n in range(news.shape[0]):
        if not news[n]:
            continue
        k = taken[n]
        if k >= 0:
            load(before, mean[n, k], covariance[n, k], nothing, nothing)
            extrapolate(before, boosting[n, k], cycles[j] - cycles[k], motion, room)
        if not learn_new(now[n], before, k >= 0, combined, information, pull, w):
            return False
    if not inverse(information, w[8], w[3]):
        return False
    for i in range(6):
        for m in range(6):
            combined[i, m] = w[8, i, m]
            combined[MEAN, i] += w[8, i, m] * pull[m]
    return True


@njit
def fuse_tracklets(local, received, cycles, offset, floor, motion, shared, receivers, fused):
    """What some nodes hold at every cycle; see `kernels.fusion.fuse_all`. `shared` (N, N): who hold common plots.

    Whoever holds plots in common with what is in the combination is intersected with it, and so are the coarse three
    items; so is everybody, afresh, while the engine burns and where the sum is no covariance.
    """
    mean, covariance, status, boosting, last_plot = local
    nodes, count = status.shape
    room, spare, nothing = np.empty((ROOM, 9, 9)), np.zeros((8, 7)), np.zeros(6)
    w, combined, before, now = np.zeros((WORK, 6, 6)), np.zeros((8, 7)), np.zeros((8, 7)), np.zeros((nodes, 8, 7))
    newest, taken = np.empty((nodes, 2, count), np.int64), np.empty(nodes, np.int64)
    origins = (mean, covariance, boosting)
    held, kinds, news = np.empty(nodes, np.int64), np.zeros(nodes, np.int64), np.zeros(nodes, np.bool_)
    fresh, nobody = np.zeros(nodes, np.bool_), np.zeros(nodes, np.bool_)
    order, size, burned = np.empty(nodes, np.int64), np.empty(nodes), np.empty(count, np.int64)
    for x in range(receivers.shape[0]):
        d = receivers[x]
        last_burned(status[d], boosting[d], burned)
        for o in range(nodes):
            for kind in range(2):
                newest_by(received[kind, o, d], cycles, newest[o, kind])
        taken[:] = -1
        alive, burning = False, 0.0
        for j in range(count):
            if alive:
                extrapolate(combined, burning, cycles[j] - cycles[j - 1], motion, room)
            worst, best = math.inf, -1
            if status[d, j] == 1:
                load(now[d], mean[d, j], covariance[d, j], nothing, nothing)
                worst = POOR * spread(now[d])
            for o in range(nodes):
                held[o], kinds[o] = j if status[d, j] == 1 else -1, 0
                if o != d:
                    origin = (mean[o], covariance[o], status[o], boosting[o])
                    held[o], kinds[o] = take_report(origin, newest[o], j, burned[j], cycles, offset[o], floor,
                                                    worst, motion, spare, now[o], room)
                if held[o] >= 0 and (best < 0 or spread(now[o]) < spread(now[best])):
                    best = o
            fused[2][x, j] = 1 if best >= 0 else status[d, j]
            if best < 0:
                alive = False
                taken[:] = -1
                continue
            burning, plotted = boosting[best, held[best]], last_plot[best, held[best]]
            if not alive:
                copy(now[best], combined)
                if kinds[best] == 0:
                    taken[best] = held[best]
                alive = True
            count_held = 0
            for o in range(nodes):
                fresh[o] = held[o] >= 0 and kinds[o] == 0 and held[o] > taken[o]
                if held[o] >= 0:
                    order[count_held], size[o] = o, spread(now[o])
                    count_held += 1
            sort_by(size, order, count_held)
            for o in range(nodes):
                news[o] = fresh[o] and not common_with(o, taken, shared, nobody if taken[o] >= 0 else fresh)
            # While the engine burns the tracks share more than a sum allows for: thrust, of which no report tells.
            summed = burning <= QUIET and sum_of_news(combined, now, news, taken, origins, cycles, j, motion, before,
                                                      room, w)
            if not summed:
                copy(now[best], combined)
                taken[:] = -1
            for n in range(count_held):
                o = order[n]
                plotted = max(plotted, last_plot[o, held[o]])
                if summed and news[o]:
                    taken[o] = held[o]
                elif not summed or kinds[o] == 1 or taken[o] < 0:
                    intersect(combined, now[o], w)
                    if not summed and kinds[o] == 0 and not common_with(o, taken, shared, nobody):
                        taken[o] = held[o]
            fused[3][x, j], fused[4][x, j] = burning, plotted
            for i in range(6):
                fused[0][x, j, i] = combined[MEAN, i]
                for m in range(6):
                    fused[1][x, j, i, m] = combined[i, m]
