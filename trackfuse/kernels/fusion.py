"""Fusion of tracks: covariance intersection of a node's own track and the reports received.

A track is one array (8, 7) as in `kernels.filter`: the covariance of [r, v] in the first six rows and columns, the
mean in row MEAN. Sources: Julier & Uhlmann, A non-divergent estimation algorithm in the presence of unknown
correlations (1997); Hurley, An information theoretic justification for covariance intersection (2002), for the
determinant as the criterion.
"""

import math

import numpy as np

from trackfuse.kernels.filter import AIR_RADIUS2, MEAN, ROOM, add_axial, add_white, coast_step
from trackfuse.kernels.geodesy import altitude
from trackfuse.kernels.imm import NEGLIGIBLE, STEP_S, curved, steered
from trackfuse.kernels.jit import njit
from trackfuse.kernels.track_update import LOST_M

AIR_RADIUS = math.sqrt(AIR_RADIUS2)
DEEPEST_M = 90e3
"""Below the top of the air by so much, the ground may be near: it lies 120 to 142 km below."""
LONGEST_S, SHORTEST_S, FASTEST_MPS = 30.0, 5.0, 8000.0
"""Steps of free fall above the air: long, but hardly into it at the fastest."""
THRUST_MPS2, THRUST_SIGMA_MPS2 = 50.0, 30.0
"""Thrust assumed of a target that was burning when it was reported: a report does not carry it. In the second half of
their burns, when radars see them, the classes of data/missiles.csv have 55 m/s^2 on average, from 24 to 70 each, with a
spread of 21.
"""
DOUBT = 0.0
"""Where the engine burns more likely than this, a report is not carried on for longer than the mean time to burn-out:
what follows the boost then depends on thrust that nobody told. Any probability counts: an engine that is out for good
has none (see `kernels.imm`), one between two stages little.
"""
POOR = 100.0
"""A report whose position variance is so many times that of the own track is left out: it could weigh 1 % at most."""
SCALE_M = 2000.0
"""Coming down through the air a report less certain than this, a third of the scale height, is not used: its drag
would be a guess.
"""
SECTIONS = 7
"""Golden sections in the search for the weight: to 2 %, at a flat optimum. Any weight is consistent."""
GOLDEN = 0.5 * (math.sqrt(5.0) - 1.0)


@njit
def determinant(a, b, weight, low):
    """Determinant of the mixture of two symmetric (6, 6), weight a + (1 - weight) b; 0 if it is not positive definite.

    By Cholesky's way without the roots; `low` is room.
    """
    result = 1.0
    for i in range(6):
        for j in range(i + 1):
            t = b[i, j] + weight * (a[i, j] - b[i, j])
            for k in range(j):
                t -= low[i, k] * low[j, k] * low[k, k]
            if i == j:
                if not t > 0.0:
                    return 0.0
                low[i, i] = t
                result *= t
            else:
                low[i, j] = t / low[j, j]
    return result


@njit
def inverse(p, out, low):
    """Inverse of the leading 6 by 6 of a symmetric matrix into `out`, symmetric; False if it is not positive
    definite.
    """
    if determinant(p, p, 1.0, low) == 0.0:
        return False
    for j in range(6):
        for i in range(j, 6):
            t = 1.0 if i == j else 0.0
            for k in range(j, i):
                t -= low[i, k] * out[k, j]
            out[i, j] = t
        for i in range(j, 6):
            out[i, j] /= low[i, i]
        for i in range(5, j - 1, -1):
            t = out[i, j]
            for k in range(i + 1, 6):
                t -= low[k, i] * out[k, j]
            out[i, j] = t
    for i in range(6):
        for j in range(i):
            out[j, i] = out[i, j]
    return True


@njit
def adds(f, information):
    """Whether any weight of some information makes a track's determinant smaller: whether it does at a small
    weight.
    """
    t = 0.0
    for i in range(6):
        for j in range(6):
            t += f[i, j] * information[i, j]
    return t > 6.0 + 1e-9


@njit
def best_weight(a, b, low):
    """Weight of the information `a` against `b` that makes the determinant of the intersection least: 0 to 1."""
    left, right = 0.0, 1.0
    x, y = right - GOLDEN, GOLDEN
    fx, fy = determinant(a, b, x, low), determinant(a, b, y, low)
    for _ in range(SECTIONS):
        if fx < fy:
            left, x, fx = x, y, fy
            y = left + GOLDEN * (right - left)
            fy = determinant(a, b, y, low)
        else:
            right, y, fy = y, x, fx
            x = right - GOLDEN * (right - left)
            fx = determinant(a, b, x, low)
    weight, best = (x, fx) if fx > fy else (y, fy)
    # The ends are where one track holds all that the other does: the search comes near them but never there.
    for end in (1.0, 0.0):
        f = determinant(a, b, end, low)
        if f >= best:
            weight, best = end, f
    return weight


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
def extrapolate(f, burning, seconds, motion, room):
    """Carry a report on: free fall, and the thrust expected of an engine that burns with probability `burning`.

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
        coast_step(f, h, motion.coast + curved(f), motion.thin, motion.air_fraction, room)
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
def take_report(origin, newest, j, burned, cycles, offset, floor, worst, motion, spare, out, room):
    """Carry the better of an origin's newest track and newest warning on to cycle j, into `out`. Returns its cycle, -1
    without, and its kind.

    A warning counts only if it is newer than the track; neither if its position variance exceeds `worst`, or once
    carried on so far that a track of one's own would be given up. What is from before cycle `burned`, at which the
    receiver saw the engine burn, is from before thrust of which it does not tell.
    """
    mean, covariance, status, boosting = origin
    best, chosen = -1, 0
    for kind in range(2):
        k = newest[kind, j]
        if k < 0 or status[k] != 1 or (kind == 1 and k <= newest[0, j]):
            continue
        age = cycles[j] - cycles[k]
        f = out if best < 0 else spare
        load(f, mean[k], covariance[k], offset[kind, k], floor[kind])
        if not spread(f) < worst or ((boosting[k] > DOUBT or k < burned) and age * motion.stop_rate > 1.0):
            continue
        extrapolate(f, boosting[k], age, motion, room)
        if not spread(f) <= LOST_M * LOST_M or (spread(f) > SCALE_M * SCALE_M and entering(f)):
            continue
        if best < 0 or spread(spare) < spread(out):
            if best >= 0:
                copy(spare, out)
            best, chosen = k, kind
    return best, chosen


@njit
def copy(f, out):
    """Copy a track."""
    for i in range(8):
        for j in range(6):
            out[i, j] = f[i, j]


@njit
def fuse_all(local, received, cycles, offset, floor, motion, receivers, fused, begin, end):
    """What some nodes (`receivers`, (R,)) hold at cycles `begin` to `end` - 1: their own track and the newest report of
    every other node, the best first.

    `local` is (mean, covariance, status, boosting, last_plot) of N nodes and J cycles, `fused` the same of R receivers,
    with status 0 at first; `received` (2, N,
    N, J) is when the second node has the first one's report as a track and as a warning; `offset` (N, 2, J, 6) and
    `floor` (2, 6) are what shifts the two and what variance that adds.
    """
    mean, covariance, status, boosting, last_plot = local
    nodes, count = status.shape
    room, spare, nothing = np.empty((ROOM, 9, 9)), np.zeros((8, 7)), np.zeros(6)
    tracks, age = np.zeros((nodes, 8, 7)), np.empty((nodes, 2))
    newest, burned = np.empty((nodes, 2, count), np.int64), np.empty(count, np.int64)
    for x in range(receivers.shape[0]):
        d = receivers[x]
        last_burned(status[d], boosting[d], burned)
        for o in range(nodes):
            for kind in range(2):
                newest_by(received[kind, o, d], cycles, newest[o, kind])
        for j in range(begin, end):
            held, worst = 0, math.inf
            if status[d, j] == 1:
                load(tracks[0], mean[d, j], covariance[d, j], nothing, nothing)
                held, worst = 1, POOR * spread(tracks[0])
                age[0, 0], age[0, 1] = boosting[d, j], last_plot[d, j]
            for o in range(nodes):
                if o != d:
                    origin = (mean[o], covariance[o], status[o], boosting[o])
                    k, _ = take_report(origin, newest[o], j, burned[j], cycles, offset[o], floor, worst, motion, spare,
                                       tracks[held], room)
                    if k >= 0:
                        age[held, 0], age[held, 1] = boosting[o, k], last_plot[o, k]
                        held += 1
            fused[2][x, j] = 1 if held > 0 else status[d, j]
            if held > 0:
                burning, plotted = gather(tracks, age, held, room)
                fused[3][x, j], fused[4][x, j] = burning, plotted
                for i in range(6):
                    fused[0][x, j, i] = tracks[0, MEAN, i]
                    for m in range(6):
                        fused[1][x, j, i, m] = tracks[0, i, m]


@njit
def gather(tracks, age, held, room):
    """Intersect the first `held` tracks into the first, in the order of their spread: the result has nothing to do
    with who is called what. Returns (probability of burning, time of the newest plot).
    """
    for n in range(held):
        least = n
        for k in range(n + 1, held):
            if spread(tracks[k]) < spread(tracks[least]):
                least = k
        if least != n:
            for i in range(8):
                for j in range(6):
                    tracks[n, i, j], tracks[least, i, j] = tracks[least, i, j], tracks[n, i, j]
            for i in range(2):
                age[n, i], age[least, i] = age[least, i], age[n, i]
    burning, plotted = age[0, 0], age[0, 1]
    information, part, low, pull = room[0], room[1], room[2], room[3, 0]
    if held == 1 or not inverse(tracks[0], information, low):
        return burning, plotted
    for i in range(6):
        pull[i] = 0.0
    merged = False
    for n in range(1, held):
        if inverse(tracks[n], part, low) and (merged or adds(tracks[0], part)):
            merged = True
            weight = best_weight(information, part, low)
            for i in range(6):
                t = 0.0
                for j in range(6):
                    t += part[i, j] * (tracks[n, MEAN, j] - tracks[0, MEAN, j])
                    information[i, j] = weight * information[i, j] + (1.0 - weight) * part[i, j]
                pull[i] = weight * pull[i] + (1.0 - weight) * t
            burning = weight * burning + (1.0 - weight) * age[n, 0]
            plotted = max(plotted, age[n, 1])
    if merged and inverse(information, part, low):
        for i in range(6):
            for j in range(6):
                tracks[0, i, j] = part[i, j]
                tracks[0, MEAN, i] += part[i, j] * pull[j]
    return burning, plotted
