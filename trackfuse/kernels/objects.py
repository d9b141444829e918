"""One track among several at a node: what plot it expects, what it makes of those given to it, and where it stands.

The filters are those of a single target (`kernels.tracker`, `kernels.imm`, `kernels.start`): a track is the set of
plots given to it, and its state a function of that set. Arrays of a track: `share` (m,) the probability with which
each of the node's plots is its own, 1 where it was given to it outright, and `have` (m,) where that is a half or more;
`bank` (k, ...) and `at` (k,) its snapshots, `begun` (10, 9) its start. SI, ECEF, times in s.
"""

import math

import numpy as np

from trackfuse.kernels.filter import INFRARED, MEAN, T, Z, look_at, straightened, update6, wrapped
from trackfuse.kernels.fusion import extrapolate, inverse, load
from trackfuse.kernels.imm import (
    BURN,
    BURNED,
    COAST,
    ENTRY,
    FALLING,
    FILTERS,
    GRID_S,
    LEFT,
    MODE,
    PROBABILITY,
    SEEN,
    SURPRISE,
    combine,
    copy,
    predict,
    sound,
    update,
)
from trackfuse.kernels.jit import njit
from trackfuse.kernels.start import N, advance, begin, hand_over, take
from trackfuse.kernels.tracker import FRESH_S, LOST_M, start

AGILE_MPS2 = 30.0
"""What an engine that starts or stops does to a target unnoticed, between two plots ..."""
AGILE_S = 20.0
"""... that follow each other within this time. Longer than that and the gate would hold half the sky."""

BESIDE_RAD = 0.2
"""A radar that sees something so near in azimuth looks at a track, too."""


@njit
def started(plots, have, newest, t, walk, f, room):
    """Fill a start (10, 9) from a track's plots up to the time t and carry it there; back in time if all are later.

    Back in time a start is as uncertain as forwards: it knows of no direction before its second plot.
    """
    first = 0
    while first < newest and not (have[first] and plots[first, INFRARED] == 0.0):
        first += 1
    begin(f, plots[first])
    last = first
    for k in range(first + 1, newest + 1):
        if plots[k, T] > t:
            break
        if have[k]:
            advance(f, plots[k, T] - plots[last, T], walk, room)
            take(f, plots[k], room)
            last = k
    advance(f, abs(t - plots[last, T]), walk, room)


@njit
def judge(plots, have, newest, bank, at, depth, scan, motion, ahead, begun, out, room):
    """Judge the plots of a scan, taken at one time, by one track.

    Writes into `out` (n, 5) the squared distance and the log-likelihood (without its constant), the same for a target
    that pushed since the last plot before, and 1 where the radar should have seen the track rather than what it saw:
    the track was nearer, higher and in nearly the same direction. The track does not change.
    """
    t = plots[scan[0], T]
    f, seen = np.zeros((8, 7)), np.empty((8, 7))
    mean, covariance = np.empty(6), np.empty((6, 6))
    d = depth - 1
    while d >= 0 and plots[at[d], T] > t:
        d -= 1
    if d >= 0:
        copy(bank[d], ahead)
        predict(ahead, t, motion, room)
        combine(ahead, mean, covariance)
        since = t - plots[at[d], T]
        for i in range(6):
            f[MEAN, i] = mean[i]
            for j in range(6):
                f[i, j] = covariance[i, j]
    else:
        started(plots, have, newest, t, motion.walk, begun, room)
        since = 0.0
        for i in range(6):
            f[MEAN, i] = begun[N, i]
            for j in range(6):
                f[i, j] = begun[i, j]
    for n in range(scan.shape[0]):
        plot = plots[scan[n]]
        distance, azimuth, elevation, _ = look_at(f[MEAN, 0], f[MEAN, 1], f[MEAN, 2], plot)
        beside = abs(wrapped(plot[Z + 1] - azimuth)) < BESIDE_RAD
        out[n, 4] = 1.0 if beside and distance < plot[Z] and elevation > plot[Z + 2] else 0.0
    for agile in range(2):
        if agile == 1:
            push = AGILE_MPS2 * since if since <= AGILE_S else 0.0
            for i in range(3):
                f[i, i] += (0.5 * push * since) ** 2
                f[i, 3 + i] += 0.5 * push * push * since
                f[3 + i, i] = f[i, 3 + i]
                f[3 + i, 3 + i] += push * push
        for n in range(scan.shape[0]):
            for i in range(8):
                for j in range(7):
                    seen[i, j] = f[i, j]
            straight = room[11].reshape(-1)[: plots.shape[1]]
            straightened(f, plots[scan[n]], straight)
            out[n, 2 * agile], out[n, 2 * agile + 1] = update6(seen, straight, room)


@njit
def pour(b, weight, about, sums, total):
    """Add a bank of some weight to a mixture: each filter with its mode's probability, moments about the mean `about`
    (7,) in `sums` (3, 8, 7), weights and the surprise in `total` (4,).
    """
    mode = b[COAST, MODE]
    total[FILTERS] += weight * mode[SURPRISE]
    for k in range(FILTERS):
        own = mode[PROBABILITY] if k == BURN else mode[FALLING]
        if k == COAST:
            own = 1.0 - mode[PROBABILITY] - mode[FALLING]
        if own <= 0.0:
            continue
        n, own = (6 if k == COAST else 7), own * weight
        total[k] += own
        for i in range(n):
            off = b[k, MEAN, i] - about[i]
            sums[k, MEAN, i] += own * off
            for j in range(n):
                sums[k, i, j] += own * (b[k, i, j] + off * (b[k, MEAN, j] - about[j]))


@njit
def poured(sums, total, about, b):
    """Write a mixture that was added up into the bank `b`: every filter the Gaussian with the mixture's moments.

    Where an engine may burn, the filter of re-entry sleeps (see `kernels.imm`): its share is the others'.
    """
    mode = b[COAST, MODE]
    mode[SURPRISE] = total[FILTERS]
    awake = total[COAST] + (total[BURN] if total[BURN] > 0.0 else total[ENTRY])
    mode[PROBABILITY] = total[BURN] / awake
    mode[FALLING] = 0.0 if total[BURN] > 0.0 else total[ENTRY] / awake
    for k in range(FILTERS):
        if total[k] <= 0.0:
            continue
        n = 6 if k == COAST else 7
        for i in range(n):
            off = sums[k, MEAN, i] / total[k]
            b[k, MEAN, i] = about[i] + off
            for j in range(n):
                b[k, i, j] = sums[k, i, j] / total[k] - off * sums[k, MEAN, j] / total[k]


@njit
def share_in(plots, share, group, k, newest, bank, depth, spare, room):
    """Update snapshot `depth`, predicted to the time of plot k, by all plots of that scan that may be the track's.

    The mixture over which of them it is, or none, is brought down to one bank (probabilistic data association).
    """
    sums, total, about = np.zeros((FILTERS, 8, 7)), np.zeros(FILTERS + 1), np.zeros(7)
    ahead = bank[depth]
    for i in range(6):
        about[i] = ahead[COAST, MEAN, i]
    burned, left, none = ahead[COAST, MODE, BURNED], ahead[COAST, MODE, LEFT], 1.0
    for q in range(k, newest + 1):
        if plots[q, T] > plots[k, T]:
            break
        if share[q] > 0.0 and group[q] == group[k]:
            copy(ahead, spare)
            update(spare, plots[q], room)
            pour(spare, share[q], about, sums, total)
            burned = max(burned, spare[COAST, MODE, BURNED])
            none -= share[q]
    if none > 1e-9:
        pour(ahead, none, about, sums, total)
    poured(sums, total, about, ahead)
    ahead[COAST, MODE, BURNED], ahead[COAST, MODE, LEFT], ahead[COAST, MODE, SEEN] = burned, left, plots[k, T]


@njit
def met(plots, share, group, k):
    """Whether an earlier plot of the same scan has taken plot k along."""
    q = k - 1
    while q >= 0 and plots[q, T] == plots[k, T]:
        if share[q] > 0.0 and group[q] == group[k]:
            return True
        q -= 1
    return False


@njit
def work_in(plots, share, group, newest, bank, at, depth, spare, motion, room):
    """Filter the plots after snapshot depth - 1. Returns (number of snapshots, whether the filter broke)."""
    for k in range(at[depth - 1] + 1, newest + 1):
        if share[k] > 0.0 and (share[k] == 1.0 or not met(plots, share, group, k)):
            b = bank[depth]
            copy(bank[depth - 1], b)
            predict(b, plots[k, T], motion, room)
            if share[k] == 1.0:
                update(b, plots[k], room)
            else:
                share_in(plots, share, group, k, newest, bank, depth, spare, room)
            if not sound(b):
                return depth, True
            at[depth] = k
            depth += 1
    return depth, False


@njit
def absorb(plots, have, share, group, earliest, newest, bank, at, depth, least, window, motion, begun, spare, room):
    """Work plots from index `earliest` on, newly among those a track has, into its state.

    Plots with the same number in `group` (m,) are of one scan: one of them at most is the track's.

    Returns (number of snapshots, index of the last plot used or -1 without a start, whether the filter broke).
    """
    last, broken = -1, False
    if depth == 0 or earliest <= at[0]:
        last, filled = start(plots, have, 0, newest, least, window, motion.walk, begun, bank[0], room)
        depth, at[0] = int(filled), last
    while depth > 1 and at[depth - 1] >= earliest:
        depth -= 1
    if depth > 0:
        depth, broken = work_in(plots, share, group, newest, bank, at, depth, spare, motion, room)
        last = at[depth - 1]
    return depth, last, broken


@njit
def evidence(plots, have, first, end, bank, least, window, motion, begun, logs, room):
    """Write into `logs` how likely each plot before index `end` is that a track has, by all of it before that.

    From `bank`, a track's filters before index `first`; from its start if that is -1, whose own plots have no number.
    What breaks a filter is not likely at all, nor is what comes after it: the numbers of a broken one say anything.
    """
    f, mean, covariance = np.zeros((8, 7)), np.empty(6), np.empty((6, 6))
    seen = np.empty(plots.shape[1])
    if first < 0:
        last, filled = start(plots, have, 0, end - 1, least, window, motion.walk, begun, bank, room)
        if not filled:
            return
        first = last + 1
    for k in range(first, end):
        if have[k]:
            predict(bank, plots[k, T], motion, room)
            combine(bank, mean, covariance)
            for i in range(6):
                f[MEAN, i] = mean[i]
                for j in range(6):
                    f[i, j] = covariance[i, j]
            straightened(f, plots[k], seen)
            logs[k] = update6(f, seen, room)[1]
            update(bank, plots[k], room)
            if not (math.isfinite(logs[k]) and sound(bank)):
                for m in range(k, end):
                    if have[m]:
                        logs[m] = -math.inf
                return


@njit
def settle(plots, bank, depth, begun, last, ahead, room):
    """Bring `ahead` to a track's newest state: from there `stand` carries it on."""
    if depth > 0:
        copy(bank[depth - 1], ahead)
    else:
        hand_over(begun, plots[last, T], ahead, room)


@njit
def stand(plots, depth, begun, last, ahead, now, cycle, motion, mean, covariance, room):
    """Write where a started track stands at a cycle. Returns (probability that it burns, whether it is known at all).

    Cycles must be asked for in order since `settle`.
    """
    if depth == 0 and cycle - plots[last, T] <= FRESH_S:
        carried = begun.copy()
        advance(carried, cycle - plots[last, T], motion.walk, room)
        for i in range(6):
            mean[i] = carried[N, i]
            for k in range(6):
                covariance[i, k] = carried[i, k]
        return 0.5, True
    predict(ahead, math.floor(cycle / GRID_S) * GRID_S, motion, room)
    copy(ahead, now)
    predict(now, cycle, motion, room)
    combine(now, mean, covariance)
    return now[COAST, MODE, PROBABILITY], covariance[0, 0] + covariance[1, 1] + covariance[2, 2] <= LOST_M * LOST_M


@njit
def bring(mean, covariance, offset, floor, burning, seconds, motion, f, room):
    """Fill a track (8, 7) with a report, its mean shifted by `offset` and variances grown by `floor`, carried on."""
    load(f, mean, covariance, offset, floor)
    extrapolate(f, burning, seconds, motion, room)


@njit
def apart(f, g, both, room):
    """Squared distance of two tracks (8, 7) as if their errors were independent; inf where that cannot be told."""
    low, back = room[9], room[10]
    for i in range(6):
        for j in range(6):
            both[i, j] = f[i, j] + g[i, j]
    if not inverse(both, back, low):
        return math.inf
    total = 0.0
    for i in range(6):
        for j in range(6):
            total += (f[MEAN, i] - g[MEAN, i]) * back[i, j] * (f[MEAN, j] - g[MEAN, j])
    return total
