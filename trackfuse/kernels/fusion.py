"""Fusion of tracks: covariance intersection of a node's own track and the reports received.

A track is one array (8, 7) as in `kernels.filter`: the covariance of [r, v] in the first six rows and columns, the
mean in row MEAN. Sources: Julier & Uhlmann, A non-divergent estimation algorithm in the presence of unknown
correlations (1997); Hurley, An information theoretic justification for covariance intersection (2002), for the
determinant as the criterion.
"""

import math
from typing import NamedTuple

import numpy as np

from trackfuse.kernels.filter import AIR_RADIUS2, MEAN, SCRATCH, add_axial, add_white, coast_step, copy_filter
from trackfuse.kernels.geodesy import altitude
from trackfuse.kernels.imm import NEGLIGIBLE, STEP_S, Motion, curved, steered
from trackfuse.kernels.information import adds, best_intersection, inverse
from trackfuse.kernels.jit import njit
from trackfuse.kernels.node_state import TrackArrays
from trackfuse.kernels.track_update import LOST_M

AIR_RADIUS = math.sqrt(AIR_RADIUS2)
DEEPEST_M = 90e3
"""Below the top of the air by so much, the ground may be near: it lies 120 to 142 km below."""
LONGEST_S, SHORTEST_S, FASTEST_MPS = 30.0, 5.0, 8000.0
"""Steps of free fall above the air: long, but hardly into it at the fastest."""
THRUST_MPS2, THRUST_SIGMA_MPS2 = 50.0, 30.0
"""Thrust assumed of a target that was burning when it was reported: a report does not contain it. In the second half of
their burns, when radars see them, the classes of data/missiles.csv have 55 m/s^2 on average, from 24 to 70 each, with a
spread of 21.
"""
DOUBT = 0.0
"""Where the engine burns more likely than this, a report is not predicted for longer than the mean time to burn-out:
what follows the boost then depends on thrust that no report contains. Any probability counts: an engine that is out for
good has none (see `kernels.imm`), one between two stages little.
"""
HOPELESS = 3.0
"""A report adds to a track if the trace of its information times the track's covariance is above 6 (see `adds`); one of
which half of that is the most that it can have is not predicted at all.
"""
USEFUL_M, GROWN = 10e3, 4.0
"""Coming down through the air, a report that is less certain than this is used until carrying it on has made its
position variance so many times what it was: from there on most of what it claims would be a guess at its drag. What has
just been sent is never too old, however coarse.
"""


class FusionInput(NamedTuple):
    """Own tracks of N nodes, one each, at J cycles, and how they are reported."""

    tracks: TrackArrays
    received: np.ndarray  # (2, N, N, J), when the second node has the first one's report, as a track and as a warning
    cycles: np.ndarray  # (J,), s
    offset: np.ndarray  # (N, 2, J, 6), what shifts the two
    floor: np.ndarray  # (2, 6), what variance that adds: none to a track
    motion: Motion


class Receiver(NamedTuple):
    """What one node has received, what of that it holds at a cycle, and arrays to work in."""

    newest: np.ndarray  # (N, 2, J), cycle of each node's newest track and newest warning by every cycle; -1 without
    burned: np.ndarray  # (J,), last cycle by then at which its own track had the engine burn; -1 without
    states: np.ndarray  # (N, 8, 7), its own track and the better report of each other node, predicted to the cycle
    cycle: np.ndarray  # (N,), cycle of each of these; -1 without
    kind: np.ndarray  # (N,), 0 a track, 1 a warning
    order: np.ndarray  # (N,), the nodes of which there is something, the receiver first
    spare: np.ndarray  # (8, 7)
    scratch: np.ndarray  # (SCRATCH, 9, 9)
    predicted: np.ndarray  # (N, 2, J, 8, 7), what each report was when it was last predicted, for whichever node
    until: np.ndarray  # (N, 2, J), cycle to which that was; -1 if never


@njit
def turn(f, s, speed, to_position, to_velocity):
    """Let errors of the velocity of `s` across it grow as thrust along it makes them: by these parts (s and 1)."""
    for side in range(2):
        for j in range(6):
            along = 0.0
            for i in range(3):
                along += s[3 + i] * (f[3 + i, j] if side == 0 else f[j, 3 + i])
            along /= speed * speed
            for i in range(3):
                if side == 0:
                    across = f[3 + i, j] - along * s[3 + i]
                    f[i, j] += to_position * across
                    f[3 + i, j] += to_velocity * across
                else:
                    across = f[j, 3 + i] - along * s[3 + i]
                    f[j, i] += to_position * across
                    f[j, 3 + i] += to_velocity * across


@njit
def extrapolate(f, burning, seconds, motion, scratch):
    """Predict a report: free fall, and the thrust expected of an engine that burns with probability `burning`.

    The rest of the burn is exponentially distributed with the tracker's mean; its effect goes along the velocity. Its
    variance is that of the thrust, of whether it burns, and of for how long; steering is as in the tracker.
    """
    left = seconds
    while left > 1e-9:
        above = math.sqrt(f[MEAN, 0] ** 2 + f[MEAN, 1] ** 2 + f[MEAN, 2] ** 2) - AIR_RADIUS
        # What has come down stays there: air as dense as below the ground would throw it back.
        if above < -DEEPEST_M and altitude(f[MEAN, 0], f[MEAN, 1], f[MEAN, 2]) < 0.0:
            break
        h = min(left, min(LONGEST_S, max(SHORTEST_S, above / FASTEST_MPS)) if above > 0.0 else STEP_S)
        noise = motion.coast_psd + curved(f)
        coast_step(f, h, noise, motion.inverse_ballistic_coefficient, motion.air_fraction, scratch)
        left -= h
    if burning > NEGLIGIBLE and seconds > 0.0:
        # Moments of the time m for which it burns on, and of m and t m - m^2 / 2, what a unit of thrust makes of speed
        # and way.
        b, u, t = 1.0 / motion.stop_rate, seconds * motion.stop_rate, seconds
        e = math.exp(-u)
        m1, m2 = b * (1.0 - e), 2.0 * b**2 * (1.0 - e * (1.0 + u))
        m3 = 6.0 * b**3 * (1.0 - e * (1.0 + u + u**2 / 2.0))
        m4 = 24.0 * b**4 * (1.0 - e * (1.0 + u + u**2 / 2.0 + u**3 / 6.0))
        burnt, to_position = m1, t * m1 - 0.5 * m2
        square, mean = burning * (THRUST_MPS2**2 + THRUST_SIGMA_MPS2**2), (burning * THRUST_MPS2) ** 2
        s = (f[MEAN, 0], f[MEAN, 1], f[MEAN, 2], f[MEAN, 3], f[MEAN, 4], f[MEAN, 5])
        speed = math.sqrt(s[3] * s[3] + s[4] * s[4] + s[5] * s[5])
        turn(f, s, speed, burning * THRUST_MPS2 / speed * to_position, burning * THRUST_MPS2 / speed * burnt)
        add_axial(
            f, s, square * (t * t * m2 - t * m3 + 0.25 * m4) - mean * to_position**2,
            square * (t * m2 - 0.5 * m3) - mean * to_position * burnt, square * m2 - mean * burnt**2,
        )  # fmt: skip
        add_white(f, seconds, burning * steered(motion, 0.5 * seconds))
        for i in range(3):
            along = burning * THRUST_MPS2 * s[3 + i] / speed
            f[MEAN, i] += along * to_position
            f[MEAN, 3 + i] += along * burnt


@njit
def load(f, mean, covariance, offset, floor):
    """Fill a track: a mean shifted by `offset` and variances grown by `floor`, (6,) each."""
    for i in range(6):
        f[MEAN, i] = mean[i] + offset[i]
        for j in range(6):
            f[i, j] = covariance[i, j]
        f[i, i] += floor[i]


@njit
def spread(f):
    """Sum of the position variances."""
    return f[0, 0] + f[1, 1] + f[2, 2]


@njit
def entering(f):
    """Whether a track comes down in the air."""
    r2 = f[MEAN, 0] ** 2 + f[MEAN, 1] ** 2 + f[MEAN, 2] ** 2
    rising = f[MEAN, 0] * f[MEAN, 3] + f[MEAN, 1] * f[MEAN, 4] + f[MEAN, 2] * f[MEAN, 5]
    return r2 < AIR_RADIUS2 and rising < 0.0


@njit
def may_add(own, floor, age):
    """Whether a report that claims no smaller variances than `floor` (6,) could add to the track `own` `age` seconds
    later: what information the floor allows, against the track's errors predicted back so far in straight lines.
    """
    if floor[0] <= 0.0 or floor[3] <= 0.0:
        return True
    speed2 = own[3, 3] + own[4, 4] + own[5, 5]
    position = math.sqrt(spread(own)) + age * math.sqrt(speed2)
    return position * position / floor[0] + speed2 / floor[3] > HOPELESS


@njit
def newest_by(received, cycles, newest):
    """For every cycle write the cycle of the newest report received by then; -1 without one."""
    for j in range(cycles.shape[0]):
        newest[j] = -1
    j = 0
    for k in range(received.shape[0]):
        if received[k] <= cycles[-1]:
            while cycles[j] < received[k]:
                j += 1
            while j > 0 and cycles[j - 1] >= received[k]:
                j -= 1
            newest[j] = max(newest[j], k)
    for j in range(1, cycles.shape[0]):
        newest[j] = max(newest[j], newest[j - 1])


@njit
def last_burned(status, boosting, burned):
    """For every cycle write the last one by then at which a node's own track had the engine burn more likely than not;
    -1 without one.
    """
    last = -1
    for j in range(status.shape[0]):
        if status[j] == 1 and boosting[j] > 0.5:
            last = j
        burned[j] = last


@njit
def new_receiver(nodes, cycles):
    """A receiver with room for so many nodes and cycles: for one FusionInput, of which it may be each node in turn."""
    return Receiver(np.empty((nodes, 2, cycles), np.int64), np.empty(cycles, np.int64), np.zeros((nodes, 8, 7)),
                    np.empty(nodes, np.int64), np.zeros(nodes, np.int64), np.empty(nodes, np.int64), np.zeros((8, 7)),
                    np.empty((SCRATCH, 9, 9)), np.empty((nodes, 2, cycles, 8, 7)),
                    np.full((nodes, 2, cycles), -1, np.int64))


@njit
def receive(given, d, receiver):
    """Write what node `d` has received by every cycle."""
    last_burned(given.tracks.status[d], given.tracks.boosting[d], receiver.burned)
    for o in range(receiver.newest.shape[0]):
        for kind in range(2):
            newest_by(given.received[kind, o, d], given.cycles, receiver.newest[o, kind])


@njit(inline="always")
def predict_reports(given, d, j, receiver):
    """Write what node `d` holds at cycle j: its own track, and of every other node the better of its newest track and
    its newest warning, predicted to the cycle. Returns how many there are.

    A warning counts only if it is newer than the track; neither if it cannot add to the own track, or once predicted so
    far that a track of one's own would be given up. What is from before the cycle at which
    the receiver last saw the engine burn is from before thrust that it does not contain.
    """
    # Taken apart here, once: a named tuple that is passed on in the loop counts references to each of its arrays.
    tracks, _, cycles, offset, floor, motion = given
    newest, burned, states, cycle, kinds, order, spare, scratch, predicted, until = receiver
    mean, covariance, status, boosting, _ = tracks
    count = 0
    cycle[d], kinds[d] = -1, 0
    own = status[d, j] == 1
    if own:
        load(states[d], mean[d, j], covariance[d, j], floor[0], floor[0])
        cycle[d], order[0], count = j, d, 1
    for o in range(newest.shape[0]):
        out, best, chosen = states[o], -1, 0
        for kind in range(2):
            k = newest[o, kind, j]
            if o == d or k < 0 or status[o, k] != 1 or (kind == 1 and k <= newest[o, 0, j]):
                continue
            age = cycles[j] - cycles[k]
            if own and not may_add(states[d], floor[kind], age):
                continue
            may_have_burned = boosting[o, k] > DOUBT or k < burned[j]
            if may_have_burned and age * motion.stop_rate > 1.0:
                continue
            f, kept = out if best < 0 else spare, predicted[o, kind, k]
            load(f, mean[o, k], covariance[o, k], offset[o, kind, k], floor[kind])
            sent = spread(f)
            # A report is to one node what it is to another that has it as long.
            if until[o, kind, k] == j:
                copy_filter(kept, f)
            else:
                extrapolate(f, boosting[o, k], age, motion, scratch)
                copy_filter(f, kept)
                until[o, kind, k] = j
            if not spread(f) <= LOST_M * LOST_M or (spread(f) > max(USEFUL_M * USEFUL_M, GROWN * sent) and entering(f)):
                continue
            if best < 0 or spread(spare) < spread(out):
                if best >= 0:
                    copy_filter(spare, out)
                best, chosen = k, kind
        if o != d:
            cycle[o], kinds[o] = best, chosen
        if best >= 0:
            order[count] = o
            count += 1
    return count


@njit
def write_fused(f, boosting, last_plot, fused, x, j):
    """Write a fused track (8, 7) as the estimate of row `x` at cycle j."""
    fused.status[x, j], fused.boosting[x, j], fused.last_plot[x, j] = 1, boosting, last_plot
    for i in range(6):
        fused.mean[x, j, i] = f[MEAN, i]
        for k in range(6):
            fused.covariance[x, j, i, k] = f[i, k]


@njit
def sort_by(key, order, held):
    """Sort the first `held` of `order` by their key; few of them."""
    for n in range(1, held):
        k, at = order[n], n
        while at > 0 and key[order[at - 1]] > key[k]:
            order[at] = order[at - 1]
            at -= 1
        order[at] = k


@njit(inline="always")
def intersect_reports(tracks, count, receiver):
    """Intersect the first `count` reports into the first, in the order of their spread: the result has nothing to do
    with who is called what. Returns (probability of burning, time of the newest plot).
    """
    states, order, cycle, scratch = receiver.states, receiver.order, receiver.cycle, receiver.scratch
    best = order[0]
    first, boosting, last_plot = states[best], tracks.boosting[best, cycle[best]], tracks.last_plot[best, cycle[best]]
    information, part, low, pull = scratch[0], scratch[1], scratch[2], scratch[3, 0]
    if count > 1 and inverse(first, information, low):
        for i in range(6):
            pull[i] = 0.0
        merged = False
        for n in range(1, count):
            o = order[n]
            if inverse(states[o], part, low) and (merged or adds(first, part)):
                merged = True
                weight, _ = best_intersection(information, part, low)
                for i in range(6):
                    t = 0.0
                    for j in range(6):
                        t += part[i, j] * (states[o, MEAN, j] - first[MEAN, j])
                        information[i, j] = weight * information[i, j] + (1.0 - weight) * part[i, j]
                    pull[i] = weight * pull[i] + (1.0 - weight) * t
                boosting = weight * boosting + (1.0 - weight) * tracks.boosting[o, cycle[o]]
                last_plot = max(last_plot, tracks.last_plot[o, cycle[o]])
        if merged and inverse(information, part, low):
            for i in range(6):
                for j in range(6):
                    first[i, j] = part[i, j]
                    first[MEAN, i] += part[i, j] * pull[j]
    return boosting, last_plot


@njit
def fuse_all(given, receivers, fused, begin, end):
    """What some nodes (`receivers`, (R,)) hold at cycles `begin` to `end` - 1: their own track and the newest report of
    every other node, the best first. `given` is a FusionInput; `fused` the TrackArrays of the R receivers, with status
    0 at first.
    """
    tracks = given.tracks
    nodes, cycles = tracks.status.shape
    receiver, size = new_receiver(nodes, cycles), np.empty(nodes)
    for x in range(receivers.shape[0]):
        d = receivers[x]
        receive(given, d, receiver)
        for j in range(begin, end):
            count = predict_reports(given, d, j, receiver)
            if count == 0:
                fused.status[x, j] = tracks.status[d, j]
                continue
            for n in range(count):
                size[receiver.order[n]] = spread(receiver.states[receiver.order[n]])
            sort_by(size, receiver.order, count)
            boosting, last_plot = intersect_reports(tracks, count, receiver)
            write_fused(receiver.states[receiver.order[0]], boosting, last_plot, fused, x, j)
