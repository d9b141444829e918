"""Which detection of a scan goes to which track: gating, global nearest neighbour, joint probabilities.

A scan is what one sensor measured at one instant: each of its detections is of another object. Scores are measured
against the tracks as they were before the scan. Sources: Bar-Shalom & Li, Multitarget-Multisensor Tracking (1995),
chapter 6; Fortmann, Bar-Shalom & Scheffe (1983) for joint probabilities.
"""

import math
from typing import NamedTuple

import numpy as np

from trackfuse.kernels.assignment import assign
from trackfuse.kernels.filter import MEAN, compensated, copy_filter, update6
from trackfuse.kernels.imm import combine, copy, predict
from trackfuse.kernels.initiation import advance, begin, copy_state, update_initial
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
    miss: float  # the same of 1 number: how far two lines of sight of one target may miss each other
    shared: bool  # whether a confirmed track takes its share of every detection in its gate


class Scan(NamedTuple):
    """The n detections of one scan, and how well each of some tracks explains them."""

    plots: np.ndarray  # (m,) DETECTION, all of the node
    rows: np.ndarray  # (n,) which of them
    scores: np.ndarray  # (tracks, n, 5), see `score`
    free: np.ndarray  # (n,) whether no track has it yet
    association: Association


@njit
def initial_at(plots, mine, share, count, t, thrust_psd, f, work):
    """Fill an initial state (10, 9) from a list's detections up to the time t and predict it there; back in time if all
    are later: as uncertain as forwards, for it knows of no direction before its second detection.
    """
    first = 0
    while first < count - 1 and not (share[first] >= 0.5 and begin(plots, mine, share, first, count, f)):
        first += 1
    if first == count - 1:
        begin(plots, mine, share, first, count, f)
    last = first
    for k in range(first + 1, count):
        if plots[mine[k]].t_s > t:
            break
        if share[k] >= 0.5:
            advance(f, plots[mine[k]].t_s - plots[mine[last]].t_s, thrust_psd, work)
            update_initial(f, plots[mine[k]], work)
            last = k
    advance(f, abs(t - plots[mine[last]].t_s), thrust_psd, work)


@njit
def score(plots, state, k, rows, limits, settings, out, there):
    """Score the detections of a scan, taken at one time, by one track, which does not change but for what is kept of
    its prediction: whoever gives it one of them must forget that after the scan (`scored` 0).

    Writes into `there` (7,) the track's state at that time and the sum of its velocity's variances, and into `out`
    (n, 5) the squared distance and the log-likelihood (without its constant), the same for a target that pushed since
    the last detection before, and 1 where the radar should have seen the track rather than what it saw: the track was
    nearer, higher and in nearly the same direction. Distances of what is out of any gate are inf.
    """
    motion, scratch = settings.motion, settings.scratch
    t, f = plots[rows[0]].t_s, scratch.estimate
    s, mine, at = state.slots[k], state.mine[k], state.at[k]
    d = s.depth - 1
    while d >= 0 and plots[mine[at[d]]].t_s > t:
        d -= 1
    since = 0.0
    if d >= 0:
        ahead, s.scored = state.scored[k], d + 1
        copy(state.pool[state.place[k, d]], ahead)
        predict(ahead, t, motion, scratch.work)
        combine(ahead, f[MEAN], f)
        since = t - plots[mine[at[d]]].t_s
    else:
        initial_at(plots, mine, state.share[k], s.count, t, motion.thrust_psd, scratch.initial, scratch.work)
        copy_state(scratch.initial, f)
    for i in range(6):
        there[i] = f[MEAN, i]
    there[6] = f[3, 3] + f[4, 4] + f[5, 5]
    score_estimate(plots, rows, f, since, limits, scratch, out)


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
def score_estimate(plots, rows, f, since, limits, scratch, out):
    """Score a scan by an estimate `f` (8, 7) of its instant, `since` seconds after the track's last detection; see
    `score`. `f` is left wider; `limits` are the gates'.
    """
    trial = scratch.trial
    push = AGILE_MPS2 * since if since <= AGILE_S else 0.0
    wider = (0.5 * push * since) ** 2
    for n in range(rows.shape[0]):
        plot = plots[rows[n]]
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
        for n in range(rows.shape[0]):
            if out[n, 2 * agile] == math.inf:
                continue
            copy_filter(f, trial)
            plot = plots[rows[n]]
            out[n, 2 * agile], out[n, 2 * agile + 1] = update6(trial, plot, compensated(f, plot), scratch.work)


@njit
def gate_limit(scan):
    """Squared distance within which a scan's detections lie in a track's gate."""
    first = scan.plots[scan.rows[0]]
    if first.infrared:
        return scan.association.limits[0]
    return scan.association.limits[2 if has_rate(first) else 1]


@njit
def likelihood_ratios(scan, tracks, column, out):
    """Write the logarithm of the likelihood of every pair over that of both alone into `out` (tracks, n); -inf outside
    gates, and of detections that are not free. `column` is STEADY or AGILE.
    """
    alone = ALONE_INFRARED if scan.plots[scan.rows[0]].infrared else ALONE_RADAR
    limit = gate_limit(scan)
    for k in range(tracks.shape[0]):
        scores = scan.scores[tracks[k]]
        for n in range(scan.rows.shape[0]):
            inside = scan.free[n] and scores[n, column] <= limit
            out[k, n] = scores[n, column + 1] + alone if inside else -math.inf


@njit
def nearest(scan, tracks, column, chosen):
    """Give free detections to some of the tracks outright: write the detection of each into `chosen` (tracks,), -1 for
    none, and take it off what is free. Within its gate a track would rather have any detection than none.
    """
    if tracks.shape[0] == 0 or not scan.free.any():
        return
    ratio = np.empty((tracks.shape[0], scan.rows.shape[0]))
    likelihood_ratios(scan, tracks, column, ratio)
    for i in range(ratio.shape[0]):
        for n in range(ratio.shape[1]):
            ratio[i, n] = min(-ratio[i, n], -1e-9) if ratio[i, n] > -math.inf else math.inf
    found = np.empty(tracks.shape[0], np.int64)
    assign(ratio, np.zeros(tracks.shape[0]), found)
    for i in range(tracks.shape[0]):
        if found[i] >= 0:
            chosen[tracks[i]] = found[i]
            scan.free[found[i]] = False


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
def only_best(weight, rows, columns):
    """Keep of a cluster's weights those of the best assignment alone: more detections compete than can be summed."""
    found = np.empty(rows.shape[0], np.int64)
    cost = np.full((rows.shape[0], columns.shape[0]), math.inf)
    for i in range(rows.shape[0]):
        for j in range(columns.shape[0]):
            if weight[rows[i], columns[j]] > 0.0:
                cost[i, j] = -math.log(weight[rows[i], columns[j]])
    assign(cost, np.zeros(rows.shape[0]), found)
    for i in range(rows.shape[0]):
        for j in range(columns.shape[0]):
            if j != found[i]:
                weight[rows[i], columns[j]] = 0.0


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
        if columns.sum() > LARGEST_CLUSTER:
            only_best(weight, np.flatnonzero(rows), np.flatnonzero(columns))
            cluster_of(weight, first, rows, columns)
        done |= rows
        mine, those = np.flatnonzero(rows), np.flatnonzero(columns)
        part = np.empty((mine.shape[0], those.shape[0] + 1))
        marginals(weight[mine][:, those], part)
        for i in range(mine.shape[0]):
            out[mine[i], count] = part[i, those.shape[0]]
            for j in range(those.shape[0]):
                out[mine[i], those[j]] = part[i, j]


@njit
def shares(scan, tracks, out):
    """Write the share that each of some tracks takes of every detection into `out` (tracks, n), and whether it more
    likely than not went without into the last column; what is more likely than not a track's is free no more.
    """
    count, free = scan.rows.shape[0], scan.free
    weight, chance = np.empty((tracks.shape[0], count)), np.empty((tracks.shape[0], count + 1))
    likelihood_ratios(scan, tracks, STEADY, weight)
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
