"""Which detection of a scan goes to which track: gating, global nearest neighbour, joint probabilities.

A scan is what one sensor measured at one instant: each of its detections is of another object. Scores are measured
against the tracks as they were before the scan. Sources: Bar-Shalom & Li, Multitarget-Multisensor Tracking (1995),
chapter 6; Fortmann, Bar-Shalom & Scheffe (1983) for joint probabilities.
"""

import math
from typing import NamedTuple

import numpy as np

from trackfuse.kernels.assignment import assign
from trackfuse.kernels.filter import MEAN, compensated, update6
from trackfuse.kernels.imm import combine, copy, predict
from trackfuse.kernels.initiation import N, advance, begin, take
from trackfuse.kernels.jit import njit
from trackfuse.kernels.measurement import has_rate, look_at, wrapped

AGILE_MPS2 = 30.0
"""What an engine that starts or stops does to a target unnoticed, between two detections ..."""
AGILE_S = 20.0
"""... that follow each other within this time. Longer than that and the gate would hold half the sky."""
BESIDE_RAD = 0.2
"""A radar that sees something so near in azimuth looks at a track, too."""
ALONE_RADAR, ALONE_INFRARED = 22.0, 3.0
"""Cost of a track without a detection beside a detection without a track: minus the logarithm of a missed detection
(0.1) times the density of detections of something new (one in a thousand looks, anywhere within 1,000 km by 1 by 0.5
rad; one in a few looks on the Earth's disc)."""
SLIGHT = 0.01
"""A detection that is a track's with a lesser probability is none of its own; with all but that, its own outright."""
LARGEST_CLUSTER = 16
"""Detections of one cluster up to which all joint events are summed: the work doubles with each."""
STEADY, AGILE = 0, 2
"""First column of scores of a target that goes on as it was, and of one that pushed unnoticed."""


class Association(NamedTuple):
    """How detections are given to tracks."""

    limits: np.ndarray  # (3,) squared distance of the gate by how much is measured: 2, 3 or 4 numbers
    shared: bool  # whether a confirmed track takes its share of every detection in its gate


@njit
def initial_at(plots, mine, share, count, t, walk, f, work):
    """Fill an initial state (10, 9) from a list's detections up to the time t and predict it there; back in time if all
    are later: as uncertain as forwards, for it knows of no direction before its second detection.
    """
    first = 0
    while first < count - 1 and not (share[first] >= 0.5 and not plots[mine[first]].infrared):
        first += 1
    begin(f, plots[mine[first]])
    last = first
    for k in range(first + 1, count):
        if plots[mine[k]].t_s > t:
            break
        if share[k] >= 0.5:
            advance(f, plots[mine[k]].t_s - plots[mine[last]].t_s, walk, work)
            take(f, plots[mine[k]], work)
            last = k
    advance(f, abs(t - plots[mine[last]].t_s), walk, work)


@njit
def score(plots, state, k, scan, association, motion, scratch, out):
    """Score the detections of a scan, taken at one time, by one track, which does not change.

    Writes into `out` (n, 5) the squared distance and the log-likelihood (without its constant), the same for a target
    that pushed since the last detection before, and 1 where the radar should have seen the track rather than what it
    saw: the track was nearer, higher and in nearly the same direction. Distances of what is out of any gate are inf.
    """
    t, f = plots[scan[0]].t_s, scratch.estimate
    s, mine, at = state.slots[k], state.mine[k], state.at[k]
    d = s.depth - 1
    while d >= 0 and plots[mine[at[d]]].t_s > t:
        d -= 1
    since = 0.0
    if d >= 0:
        ahead = scratch.spare[0]
        copy(state.pool[state.place[k, d]], ahead)
        predict(ahead, t, motion, scratch.work)
        combine(ahead, f[MEAN], f)
        since = t - plots[mine[at[d]]].t_s
    else:
        initial_at(plots, mine, state.share[k], s.count, t, motion.walk, scratch.initial, scratch.work)
        for i in range(6):
            f[MEAN, i] = scratch.initial[N, i]
            for j in range(6):
                f[i, j] = scratch.initial[i, j]
    score_estimate(plots, f, scratch.trial, since, scan, association.limits, scratch.work, out)


@njit
def is_far(f, wider, plot, azimuth, elevation, g, limit):
    """Whether an angle alone puts a detection out of the gate, with variances of position grown by `wider` (m^2): no
    squared distance is less than that of one of its components.
    """
    for k in range(1, 3):
        off = wrapped(plot.z[1] - azimuth) if k == 1 else plot.z[2] - elevation
        a, b, c = g[3 * k], g[3 * k + 1], g[3 * k + 2]
        variance = (f[0, 0] + wider) * a * a + (f[1, 1] + wider) * b * b + (f[2, 2] + wider) * c * c
        variance += 2.0 * (f[0, 1] * a * b + f[0, 2] * a * c + f[1, 2] * b * c) + plot.sigma[k] * plot.sigma[k]
        if off * off > 1.001 * limit * variance:
            return True
    return False


@njit
def score_estimate(plots, f, trial, since, scan, limits, work, out):
    """Score a scan by an estimate (8, 7) of its instant, `since` seconds after the track's last detection; see `score`.
    `f` is left wider, `trial` is room, `limits` are the gates'.
    """
    push = AGILE_MPS2 * since if since <= AGILE_S else 0.0
    wider = (0.5 * push * since) ** 2
    for n in range(scan.shape[0]):
        plot = plots[scan[n]]
        distance, azimuth, elevation, g = look_at(f[MEAN, 0], f[MEAN, 1], f[MEAN, 2], plot)
        beside = abs(wrapped(plot.z[1] - azimuth)) < BESIDE_RAD
        out[n, 4] = 1.0 if beside and distance < plot.z[0] and elevation > plot.z[2] else 0.0
        far = is_far(f, wider, plot, azimuth, elevation, g, limits[2])
        out[n, STEADY] = out[n, AGILE] = math.inf if far else 0.0
    for agile in range(2):
        if agile == 1:
            for i in range(3):
                f[i, i] += wider
                f[i, 3 + i] += 0.5 * push * push * since
                f[3 + i, i] = f[i, 3 + i]
                f[3 + i, 3 + i] += push * push
        for n in range(scan.shape[0]):
            if out[n, 2 * agile] == math.inf:
                continue
            for i in range(8):
                for j in range(7):
                    trial[i, j] = f[i, j]
            plot = plots[scan[n]]
            out[n, 2 * agile], out[n, 2 * agile + 1] = update6(trial, plot, compensated(f, plot), work)


@njit
def gate_limit(plots, scan, association):
    """Squared distance within which a scan's detections lie in a track's gate."""
    if plots[scan[0]].infrared:
        return association.limits[0]
    return association.limits[2 if has_rate(plots[scan[0]]) else 1]


@njit
def likelihood_ratios(plots, scan, scores, free, column, association, out):
    """Write the logarithm of the likelihood of every pair over that of both alone into `out` (tracks, n); -inf outside
    gates, and of detections that are not free. `scores` (tracks, n, 5), `column` STEADY or AGILE.
    """
    alone = ALONE_INFRARED if plots[scan[0]].infrared else ALONE_RADAR
    limit = gate_limit(plots, scan, association)
    for k in range(scores.shape[0]):
        for n in range(scan.shape[0]):
            inside = free[n] and scores[k, n, column] <= limit
            out[k, n] = scores[k, n, column + 1] + alone if inside else -math.inf


@njit
def nearest(plots, scan, scores, tracks, free, column, association, chosen):
    """Give free detections to some of the tracks outright: write the detection of each into `chosen` (tracks,), -1 for
    none, and take it off what is free. Within its gate a track would rather have any detection than none.
    """
    if tracks.shape[0] == 0 or not free.any():
        return
    ratio = np.empty((tracks.shape[0], scan.shape[0]))
    likelihood_ratios(plots, scan, scores[tracks], free, column, association, ratio)
    for i in range(ratio.shape[0]):
        for n in range(ratio.shape[1]):
            ratio[i, n] = min(-ratio[i, n], -1e-9) if ratio[i, n] > -math.inf else math.inf
    found = np.empty(tracks.shape[0], np.int64)
    assign(ratio, np.zeros(tracks.shape[0]), found)
    for i in range(tracks.shape[0]):
        if found[i] >= 0:
            chosen[tracks[i]] = found[i]
            free[found[i]] = False


@njit
def cluster_of(linked, first, rows, columns):
    """Mark the tracks and detections that have to do with track `first`, over any number of gates."""
    rows[:], columns[:] = False, False
    rows[first] = True
    grown = True
    while grown:
        grown = False
        for k in range(linked.shape[0]):
            for n in range(linked.shape[1]):
                if linked[k, n] > 0.0 and rows[k] != columns[n]:
                    rows[k] = columns[n] = grown = True


@njit
def marginals(weight, out):
    """Write the marginal probabilities of one cluster's pairs, and of no detection in the last column, into `out` (T,
    M + 1). A set of detections is the bits of a number; sums over the events are taken track by track over the sets
    already given away, forwards and backwards.
    """
    tracks, count = weight.shape
    sets = 1 << count
    ahead, behind = np.zeros((tracks + 1, sets)), np.zeros((tracks + 1, sets))
    ahead[0, 0] = 1.0
    behind[tracks] = 1.0
    for k in range(tracks):
        for taken in range(sets):
            ahead[k + 1, taken] += ahead[k, taken]
            for n in range(count):
                if not taken >> n & 1:
                    ahead[k + 1, taken | 1 << n] += weight[k, n] * ahead[k, taken]
    for k in range(tracks - 1, -1, -1):
        for taken in range(sets):
            behind[k, taken] = behind[k + 1, taken]
            for n in range(count):
                if not taken >> n & 1:
                    behind[k, taken] += weight[k, n] * behind[k + 1, taken | 1 << n]
    for k in range(tracks):
        for n in range(count + 1):
            t = 0.0
            for taken in range(sets):
                if n == count:
                    t += ahead[k, taken] * behind[k + 1, taken]
                elif not taken >> n & 1:
                    t += weight[k, n] * ahead[k, taken] * behind[k + 1, taken | 1 << n]
            out[k, n] = t / behind[0, 0]


@njit
def only_best(weight):
    """Keep of a cluster's weights those of the best assignment alone: more detections compete than can be summed."""
    found = np.empty(weight.shape[0], np.int64)
    cost = np.full(weight.shape, math.inf)
    for k in range(weight.shape[0]):
        for n in range(weight.shape[1]):
            if weight[k, n] > 0.0:
                cost[k, n] = -math.log(weight[k, n])
    assign(cost, np.zeros(weight.shape[0]), found)
    for k in range(weight.shape[0]):
        for n in range(weight.shape[1]):
            if n != found[k]:
                weight[k, n] = 0.0


@njit
def joint_probabilities(weight, out):
    """Write how likely each detection is each track's into `out` (T, M + 1), and no detection into the last column.

    `weight` (T, M) is the likelihood of a pair over that of both alone, 0 outside the gate. No detection comes from two
    tracks, no track causes two detections.
    """
    tracks, count = weight.shape
    out[:] = 0.0
    rows, columns, done = np.zeros(tracks, np.bool_), np.zeros(count, np.bool_), np.zeros(tracks, np.bool_)
    for first in range(tracks):
        if done[first]:
            continue
        cluster_of(weight, first, rows, columns)
        done |= rows
        if columns.sum() > LARGEST_CLUSTER:
            many, many_columns = np.flatnonzero(rows), np.flatnonzero(columns)
            whole = weight[many][:, many_columns]
            only_best(whole)
            for i in range(many.shape[0]):
                for j in range(many_columns.shape[0]):
                    weight[many[i], many_columns[j]] = whole[i, j]
            cluster_of(weight, first, rows, columns)
            done[many] = False
            done |= rows
        mine, those = np.flatnonzero(rows), np.flatnonzero(columns)
        part = np.empty((mine.shape[0], those.shape[0] + 1))
        marginals(weight[mine][:, those], part)
        for i in range(mine.shape[0]):
            out[mine[i], count] = part[i, those.shape[0]]
            for j in range(those.shape[0]):
                out[mine[i], those[j]] = part[i, j]


@njit
def shares(plots, scan, scores, tracks, free, association, out):
    """Write the share that each of some tracks takes of every detection into `out` (tracks, n), and whether it more
    likely than not went without into the last column; what is more likely than not a track's is free no more.
    """
    count = scan.shape[0]
    weight, chance = np.empty((tracks.shape[0], count)), np.empty((tracks.shape[0], count + 1))
    likelihood_ratios(plots, scan, scores[tracks], free, STEADY, association, weight)
    for k in range(tracks.shape[0]):
        for n in range(count):
            weight[k, n] = math.exp(min(weight[k, n], 300.0))
    joint_probabilities(weight, chance)
    for n in range(count):
        if chance[:, n].sum() > 0.5:
            free[n] = False
    for k in range(tracks.shape[0]):
        took, best = False, 0
        for n in range(count):
            p = chance[k, n]
            out[k, n] = 0.0 if p < SLIGHT else (1.0 if p > 1.0 - SLIGHT else p)
            took = took or out[k, n] > 0.0
            if p > chance[k, best]:
                best = n
        if took and chance[k, count] < 0.5:
            free[best] = False
        out[k, count] = 1.0 if chance[k, count] >= 0.5 else 0.0
