"""Fusion with memory: a node keeps its fused track, and adds to it what is new in its own track and in each report.

New in a track is its information less that of its last report, both predicted to now (Chong's formula: Chang, Saha &
Bar-Shalom 1997; with memory, in the words of Tian & Bar-Shalom, Track-to-track fusion architectures, a review, 2012).
Own tracks are not updated by the sum: feedback is in `kernels.hub_fusion`. Or the fused track is intersected with what
is at hand, which counts nothing twice however much of it the track holds already (Julier & Uhlmann 1997).
"""

from typing import NamedTuple

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
def common_with(o, shared, inside):
    """Whether something of another node that has detections of `o`'s is in the fused track, or comes in now."""
    common = False
    for m in range(inside.shape[0]):
        common = common or (m != o and shared[o, m] and inside[m])
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


class Memory(NamedTuple):
    """What a centre keeps of its fused track from one cycle to the next, and arrays to work in."""

    combined: np.ndarray  # (8, 7)
    alive: np.ndarray  # (1,), whether there is one
    boosting: np.ndarray  # (1,), probability that the engine burns
    last: np.ndarray  # (N,), cycle of the track of each node whose news is summed in it; -1 without
    inside: np.ndarray  # (N,), of which nodes anything is in it, summed or intersected
    news: np.ndarray  # (N,)
    order: np.ndarray  # (N,)
    size: np.ndarray  # (N,)
    w: np.ndarray  # (WORK, 6, 6)


@njit
def new_memory(nodes):
    """A memory that holds nothing, of tracks of so many nodes."""
    return Memory(np.zeros((8, 7)), np.zeros(1, np.bool_), np.zeros(1), np.full(nodes, -1, np.int64),
                  np.zeros(nodes, np.bool_), np.zeros(nodes, np.bool_), np.empty(nodes, np.int64), np.empty(nodes),
                  np.zeros((WORK, 6, 6)))


@njit
def forget(memory):
    """Drop the fused track."""
    memory.alive[0] = False
    memory.last[:] = -1
    memory.inside[:] = False


@njit
def remember(given, shared, adding, j, receiver, memory):
    """Bring the fused track from the cycle before to cycle j, by what `predict_reports` has written of it. `shared`
    (N, N): who hold common detections. Returns (probability of burning, time of the newest plot).

    Where tracks are summed (`adding`), whoever holds detections in common with what is in the fused track is
    intersected with it, and so are the coarse three items; so is everybody, afresh, while the engine burns and where
    the sum is no covariance. Else everything at hand is intersected with it.
    """
    tracks, cycles = given.tracks, given.cycles
    states, cycle, kind = receiver.states, receiver.cycle, receiver.kind
    combined, alive, burning, last, inside, news, order, size, w = memory
    nodes, held = last.shape[0], 0
    if alive[0]:
        extrapolate(combined, burning[0], cycles[j] - cycles[j - 1], given.motion, receiver.scratch)
    for o in range(nodes):
        news[o] = cycle[o] >= 0 and kind[o] == 0 and cycle[o] > last[o]
        if cycle[o] >= 0:
            order[held], size[o], inside[o] = o, spread(states[o]), True
            held += 1
    sort_by(size, order, held)
    best = order[0]
    boosting, last_plot = tracks.boosting[best, cycle[best]], tracks.last_plot[best, cycle[best]]
    if not alive[0]:
        copy_filter(states[best], combined)
        if kind[best] == 0:
            last[best], news[best] = cycle[best], False
        alive[0] = True
    for o in range(nodes):
        # What another has reported of the same detections would count again.
        if common_with(o, shared, inside):
            last[o], news[o] = -1, False
    # While the engine burns the tracks share more than a sum allows for: thrust, which no report contains.
    summed = adding and boosting <= MOST_BURNING and sum_of_news(combined, news, last, given, j, receiver, w)
    if adding and not summed:
        copy_filter(states[best], combined)
        last[:] = -1
        for o in range(nodes):
            inside[o] = cycle[o] >= 0
    for n in range(held):
        o = order[n]
        last_plot = max(last_plot, tracks.last_plot[o, cycle[o]])
        if summed and news[o]:
            last[o] = cycle[o]
        elif not summed or kind[o] == 1 or last[o] < 0:
            intersect(combined, states[o], w)
            if adding and not summed and kind[o] == 0 and not common_with(o, shared, inside):
                last[o] = cycle[o]
    burning[0] = boosting
    return boosting, last_plot


@njit
def fuse_with_memory(given, shared, adding, receivers, fused):
    """What some nodes hold at every cycle where each keeps its fused track; see `kernels.fusion.fuse_all` and
    `remember`.
    """
    tracks = given.tracks
    nodes, count = tracks.status.shape
    receiver, memory = new_receiver(nodes, count), new_memory(nodes)
    for x in range(receivers.shape[0]):
        d = receivers[x]
        receive(given, d, receiver)
        forget(memory)
        for j in range(count):
            if predict_reports(given, d, j, receiver) == 0:
                fused.status[x, j] = tracks.status[d, j]
                forget(memory)
                continue
            boosting, last_plot = remember(given, shared, adding, j, receiver, memory)
            write_fused(memory.combined, boosting, last_plot, fused, x, j)
