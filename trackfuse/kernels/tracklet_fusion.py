"""What a node holds as the sum of what was new in its own track and in each report: information decorrelation.

New in a track is its information less that of its last report, both predicted to now (Chong's formula: Chang, Saha &
Bar-Shalom 1997). Own tracks are not updated by the sum: this is the form without feedback.
"""

import numpy as np

from trackfuse.kernels.filter import MEAN, copy_filter
from trackfuse.kernels.fusion import (
    extrapolate,
    load,
    new_receiver,
    predict_reports,
    receive,
    sort_by,
    spread,
    write_fused,
)
from trackfuse.kernels.fusion_rules import WORK, intersect
from trackfuse.kernels.information import inverse
from trackfuse.kernels.jit import njit

MOST_BURNING = 0.03
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
def common_with(o, last, shared, others):
    """Whether somebody whose tracklets are in the combination, or one of `others`, has detections of `o`'s."""
    common = False
    for m in range(last.shape[0]):
        common = common or (m != o and shared[o, m] and (last[m] >= 0 or others[m]))
    return common


@njit
def sum_of_news(combined, news, last, given, j, receiver, w):
    """Add to the combined what is new in the tracks at hand (`news`, (N,)) since those of the cycles `last` (N,).
    Returns False, and the combined as it was, if that is no covariance.
    """
    tracks, cycles, nothing, before = given.tracks, given.cycles, given.floor[0], receiver.spare
    information, pull = w[6], w[7, 0]
    pull[:] = 0.0
    if not inverse(combined, information, w[3]):
        return False
    for n in range(news.shape[0]):
        if not news[n]:
            continue
        k = last[n]
        if k >= 0:
            load(before, tracks.mean[n, k], tracks.covariance[n, k], nothing, nothing)
            extrapolate(before, tracks.boosting[n, k], cycles[j] - cycles[k], given.motion, receiver.scratch)
        if not learn_new(receiver.states[n], before, k >= 0, combined, information, pull, w):
            return False
    if not inverse(information, w[8], w[3]):
        return False
    for i in range(6):
        for m in range(6):
            combined[i, m] = w[8, i, m]
            combined[MEAN, i] += w[8, i, m] * pull[m]
    return True


@njit
def fuse_tracklets(given, shared, receivers, fused):
    """What some nodes hold at every cycle; see `kernels.fusion.fuse_all`. `shared` (N, N): who hold common detections.

    Whoever holds detections in common with what is in the combination is intersected with it, and so are the coarse
    three items; so is everybody, afresh, while the engine burns and where the sum is no covariance.
    """
    tracks, cycles = given.tracks, given.cycles
    nodes, count = tracks.status.shape
    receiver, w, combined = new_receiver(nodes, count), np.zeros((WORK, 6, 6)), np.zeros((8, 7))
    states, cycle, kind = receiver.states, receiver.cycle, receiver.kind
    last, news = np.empty(nodes, np.int64), np.zeros(nodes, np.bool_)
    fresh, nobody = np.zeros(nodes, np.bool_), np.zeros(nodes, np.bool_)
    order, size = np.empty(nodes, np.int64), np.empty(nodes)
    for x in range(receivers.shape[0]):
        d = receivers[x]
        receive(given, d, receiver)
        last[:] = -1
        alive, boosting = False, 0.0
        for j in range(count):
            if alive:
                extrapolate(combined, boosting, cycles[j] - cycles[j - 1], given.motion, receiver.scratch)
            if predict_reports(given, d, j, receiver) == 0:
                fused.status[x, j] = tracks.status[d, j]
                alive = False
                last[:] = -1
                continue
            held = 0
            for o in range(nodes):
                fresh[o] = cycle[o] >= 0 and kind[o] == 0 and cycle[o] > last[o]
                if cycle[o] >= 0:
                    order[held], size[o] = o, spread(states[o])
                    held += 1
            sort_by(size, order, held)
            best = order[0]
            boosting, last_plot = tracks.boosting[best, cycle[best]], tracks.last_plot[best, cycle[best]]
            if not alive:
                copy_filter(states[best], combined)
                if kind[best] == 0:
                    last[best], fresh[best] = cycle[best], False
                alive = True
            for o in range(nodes):
                news[o] = fresh[o] and not common_with(o, last, shared, nobody if last[o] >= 0 else fresh)
            # While the engine burns the tracks share more than a sum allows for: thrust, which no report contains.
            summed = boosting <= MOST_BURNING and sum_of_news(combined, news, last, given, j, receiver, w)
            if not summed:
                copy_filter(states[best], combined)
                last[:] = -1
            for n in range(held):
                o = order[n]
                last_plot = max(last_plot, tracks.last_plot[o, cycle[o]])
                if summed and news[o]:
                    last[o] = cycle[o]
                elif not summed or kind[o] == 1 or last[o] < 0:
                    intersect(combined, states[o], w)
                    if not summed and kind[o] == 0 and not common_with(o, last, shared, nobody):
                        last[o] = cycle[o]
            write_fused(combined, boosting, last_plot, fused, x, j)
