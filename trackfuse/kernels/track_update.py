"""A track brought up to its list of detections, and what it claims at an instant.

A node keeps a snapshot of a track's filters after every detection; one that arrives late takes the track back to the
last snapshot before it, and everything since is worked through again. So an estimate is a function of the set of
detections received by then, not of the order of their arrival. Sources: Bar-Shalom, Li & Kirubarajan (2001); for
several detections of which one at most is the track's, probabilistic data association: Bar-Shalom & Tse (1975).
"""

import math

import numpy as np

from trackfuse.kernels.filter import MEAN
from trackfuse.kernels.imm import (
    BURN,
    COAST,
    ENTRY,
    FARTHEST_M2,
    FILTERS,
    GRID_S,
    combine,
    copy,
    predict,
    sound,
    update,
)
from trackfuse.kernels.initiation import (
    KNOWN,
    KNOWN_BY_LINES,
    N,
    advance,
    begin,
    hand_over,
    is_velocity_known,
    update_initial,
)
from trackfuse.kernels.jit import njit
from trackfuse.kernels.node_state import NEVER, borrow, drop_snapshot, give_back
from trackfuse.kernels.stereo import crosses, sight_of

NONE, CONFIRMED, FAILED = 0, 1, -1
LOST_M = 20e3
"""A track whose position has become so uncertain (root of the summed variances) is given up: nothing linear holds that
far.
"""
LOST_BY_LINES_M = 60e3
"""The same of a track that lines of sight have started and still feed: from 36,000 km they are linear over that to a
few tens of metres, and what stays unseen for half a minute in boost is not known better.
"""
FRESH_S = 5.0
"""An initial state is predicted as it is for so long after its last detection; longer than that by the
interacting models.
"""
BY_LINES_S = 40.0
"""The same of one that started by lines of sight: satellites look every 5 to 10 s and tell it 8 to 20 s later, and the
interacting models want a known velocity.
"""


@njit
def begun_by_radars(plots, mine, share, since, newest, confirm):
    """Position, from `since` on, of the first of so many radar detections that end with the one at position `newest`
    and lie within the window of confirmation; -1 if there are too few.
    """
    count, k = 0, newest
    while k >= since and plots[mine[newest]].t_s - plots[mine[k]].t_s <= confirm.window_s:
        if share[k] >= 0.5 and not plots[mine[k]].infrared:
            count += 1
            if count == confirm.detections:
                return k
        k -= 1
    return -1


@njit
def begun_by_lines(plots, mine, share, since, newest, window):
    """Position, from `since` on, of the first of the lines of sight within the window of confirmation before the one at
    position `newest`, if these make two fixes: two of them cross it and another is along it, as
    `stereo.confirmed_by_lines` has it. Else -1.
    """
    across, along, first, k = 0, 0, newest, newest - 1
    sight = sight_of(plots[mine[newest]])
    while k >= since and plots[mine[newest]].t_s - plots[mine[k]].t_s <= window:
        if share[k] >= 0.5 and plots[mine[k]].infrared:
            first = k
            if crosses(sight_of(plots[mine[k]]), sight):
                across += 1
            else:
                along += 1
        k -= 1
    return first if across >= 2 and along >= 1 else -1


@njit
def start_within(plots, mine, share, since, end, confirm):
    """Positions of the first and the last of the detections that start a track, from `since` on: those that are
    complete first; -1, -1 if none are.
    """
    for newest in range(since, end):
        if share[newest] < 0.5:
            continue
        if plots[mine[newest]].infrared:
            first = begun_by_lines(plots, mine, share, since, newest, confirm.window_s)
        else:
            first = begun_by_radars(plots, mine, share, since, newest, confirm)
        if first >= 0:
            return first, newest
    return -1, -1


@njit
def initiate(plots, mine, share, since, end, settings, f, imm_state):
    """Start a track from the detections in a list, positions `since` to `end` - 1. Returns (position of the last one
    used, -1 without a start; whether `imm_state` was filled). `f` (10, 9) becomes the initial state.

    What starts by lines of sight stays an initial state until its velocity is known, however long that takes.
    """
    confirm, work = settings.confirm, settings.scratch.work
    first, complete = start_within(plots, mine, share, since, end, confirm)
    if first < 0 or not begin(plots, mine, share, first, complete + 1, f):
        return -1, False
    last, lines = first, plots[mine[first]].infrared
    for k in range(first + 1, end):
        if share[k] >= 0.5:
            plot = plots[mine[k]]
            advance(f, plot.t_s - plots[mine[last]].t_s, settings.motion.thrust_psd, work)
            update_initial(f, plot, work)
            last = k
            waited = not lines and plot.t_s - plots[mine[first]].t_s >= confirm.window_s
            if k >= complete and (is_velocity_known(f, KNOWN_BY_LINES if lines else KNOWN) or waited):
                hand_over(f, plot.t_s, imm_state, work)
                return last, True
    return last, False


@njit
def by_lines(plots, mine, share, count, confirm):
    """Whether lines of sight start a track with this list."""
    first, _ = start_within(plots, mine, share, 0, count, confirm)
    return first >= 0 and plots[mine[first]].infrared


@njit
def loss_limit(plots, mine, share, count, last, confirm):
    """Uncertainty of the position (m) from which a track is given up whose newest detection is that of row `last`."""
    return LOST_BY_LINES_M if plots[last].infrared and by_lines(plots, mine, share, count, confirm) else LOST_M


@njit
def lost(before, b, limit, work):
    """Whether a track, `before` at its newest detection and `b` now, is to be given up: a mixture of burns of all
    lengths is not normal, and what falls can be predicted from farther off, but not from anywhere. What holds no
    numbers is not lost but broken.
    """
    burned = before.probability > 0.5
    p = b.filters[COAST]
    if b.probability + b.falling > 0.0:
        p = work[10]
        combine(b, work[9, 0], p)
    spread = p[0, 0] + p[1, 1] + p[2, 2]
    return math.isfinite(spread) and spread > (limit * limit if burned else FARTHEST_M2)


@njit
def mix_in(b, weight, about, sums, total):
    """Add a state of some weight to a mixture: each filter with its mode's probability, moments about the mean `about`
    (7,) in `sums` (3, 8, 7), weights and the surprise in `total` (4,).
    """
    total[FILTERS] += weight * b.surprise
    for k in range(FILTERS):
        own = b.probability if k == BURN else b.falling
        if k == COAST:
            own = 1.0 - b.probability - b.falling
        if own <= 0.0:
            continue
        n, own = (6 if k == COAST else 7), own * weight
        total[k] += own
        for i in range(n):
            off = b.filters[k, MEAN, i] - about[i]
            sums[k, MEAN, i] += own * off
            for j in range(n):
                sums[k, i, j] += own * (b.filters[k, i, j] + off * (b.filters[k, MEAN, j] - about[j]))


@njit
def write_mixture(sums, total, about, b):
    """Write a mixture that was added up into the state `b`: every filter the Gaussian with the mixture's moments.

    Where an engine may burn, the filter of re-entry sleeps (see `kernels.imm`): its share is the others'.
    """
    b.surprise = total[FILTERS]
    awake = total[COAST] + (total[BURN] if total[BURN] > 0.0 else total[ENTRY])
    b.probability = total[BURN] / awake
    b.falling = 0.0 if total[BURN] > 0.0 else total[ENTRY] / awake
    for k in range(FILTERS):
        if total[k] <= 0.0:
            continue
        n = 6 if k == COAST else 7
        for i in range(n):
            off = sums[k, MEAN, i] / total[k]
            b.filters[k, MEAN, i] = about[i] + off
            for j in range(n):
                b.filters[k, i, j] = sums[k, i, j] / total[k] - off * sums[k, MEAN, j] / total[k]


@njit
def update_shared(plots, state, k, p, ahead, scratch):
    """Update filters predicted to the time of the detection at position p by all of its scan that may be the track's.

    The mixture over which of them it is, or none, is brought down to one imm_state (probabilistic data association).
    """
    mine, share, scan, count = state.mine[k], state.share[k], state.scan[k], state.slots[k].count
    sums, total, about = np.zeros((FILTERS, 8, 7)), np.zeros(FILTERS + 1), np.zeros(7)
    for i in range(6):
        about[i] = ahead.filters[COAST, MEAN, i]
    spare = scratch.spare[0]
    burned, left, none = ahead.burned, ahead.left, 1.0
    for q in range(p, count):
        if plots[mine[q]].t_s > plots[mine[p]].t_s:
            break
        if share[q] > 0.0 and scan[q] == scan[p]:
            copy(ahead, spare)
            update(spare, plots[mine[q]], scratch.work)
            mix_in(spare, share[q], about, sums, total)
            burned = max(burned, spare.burned)
            none -= share[q]
    if none > 1e-9:
        mix_in(ahead, none, about, sums, total)
    write_mixture(sums, total, about, ahead)
    ahead.burned, ahead.left, ahead.seen = burned, left, plots[mine[p]].t_s


@njit
def taken_before(plots, mine, share, scan, p):
    """Whether an earlier detection of the same scan has taken the one at position p along."""
    q = p - 1
    while q >= 0 and plots[mine[q]].t_s == plots[mine[p]].t_s:
        if share[q] > 0.0 and scan[q] == scan[p]:
            return True
        q -= 1
    return False


@njit
def work_through(plots, state, k, restart, settings):
    """Filter the detections after a track's newest snapshot. With `restart`, what was lost by the next of them starts
    anew, or waits until it can. Returns the position of the one that broke the filter, NEVER without.
    """
    s, mine, share, at, place = state.slots[k], state.mine[k], state.share[k], state.at[k], state.place[k]
    work = settings.scratch.work
    for p in range(at[s.depth - 1] + 1, s.count):
        if p <= at[s.depth - 1] or share[p] <= 0.0:
            continue
        if share[p] < 1.0 and taken_before(plots, mine, share, state.scan[k], p):
            continue
        row, last, plot = borrow(state), p, plots[mine[p]]
        b, before = state.pool[row], state.pool[place[s.depth - 1]]
        if s.scored == s.depth and state.scored[k].time == plot.t_s:
            copy(state.scored[k], b)
        else:
            copy(before, b)
            predict(b, plot.t_s, settings.motion, work)
        newest, limit = mine[at[s.depth - 1]], LOST_M
        if restart:
            limit = loss_limit(plots, mine, share, s.count, newest, settings.confirm)
        if restart and lost(before, b, limit, work):
            last, filled = initiate(plots, mine, share, p, s.count, settings, state.initial[k], b)
            if not filled:
                give_back(state, row)
                return NEVER
        else:
            if share[p] == 1.0:
                update(b, plot, work)
            else:
                update_shared(plots, state, k, p, b, settings.scratch)
            if not sound(b):
                give_back(state, row)
                return p
        at[s.depth], place[s.depth] = last, row
        s.depth += 1
    return NEVER


@njit
def start_over(plots, state, k, settings):
    """Start a track from its whole list."""
    s = state.slots[k]
    while s.depth > 0:
        drop_snapshot(state, k)
    row = borrow(state)
    last, filled = initiate(plots, state.mine[k], state.share[k], 0, s.count, settings, state.initial[k],
                            state.pool[row])
    s.last = state.mine[k, last] if last >= 0 else -1
    if filled:
        state.at[k, 0], state.place[k, 0], s.depth = last, row, 1
    else:
        give_back(state, row)


@njit
def reprocess(plots, state, k, restart, settings):
    """Bring a track's state up to its list, of which what is from `earliest` on has changed."""
    s = state.slots[k]
    earliest, s.earliest = s.earliest, NEVER
    if earliest > s.broken:
        return
    s.broken, s.stale = NEVER, True
    if s.depth == 0 or earliest <= state.at[k, 0]:
        start_over(plots, state, k, settings)
    while s.depth > 1 and state.at[k, s.depth - 1] >= earliest:
        drop_snapshot(state, k)
    if s.depth > 0:
        s.broken = work_through(plots, state, k, restart, settings)
        s.last = state.mine[k, state.at[k, s.depth - 1]]


@njit
def predict_initial(initial, seconds, settings, mean, covariance):
    """Write the estimate of an initial state some seconds later."""
    later = settings.scratch.initial
    for i in range(N + 1):  # assigning slices would bring numba's operations on text along
        for k in range(N):
            later[i, k] = initial[i, k]
    advance(later, seconds, settings.motion.thrust_psd, settings.scratch.work)
    for i in range(6):
        mean[i] = later[N, i]
        for k in range(6):
            covariance[i, k] = later[i, k]


@njit
def is_known(b, limit, mean, covariance):
    """Write what a state claims; whether its position is known to the limit (m)."""
    combine(b, mean, covariance)
    return covariance[0, 0] + covariance[1, 1] + covariance[2, 2] <= limit * limit


@njit(inline="always")
def estimate(plots, state, k, t, settings, mean, covariance):
    """Write what a track that has started claims at the instant t, not before that asked for last. Returns (status,
    probability that the engine burns); a track that has become too uncertain has no status.
    """
    s, motion, work = state.slots[k], settings.motion, settings.scratch.work
    if s.broken < NEVER:
        return FAILED, math.nan
    since = t - plots[s.last].t_s
    starting = s.depth == 0 and since <= BY_LINES_S
    if starting and (since <= FRESH_S or by_lines(plots, state.mine[k], state.share[k], s.count, settings.confirm)):
        predict_initial(state.initial[k], since, settings, mean, covariance)
        return CONFIRMED, 0.5
    ahead, now = state.ahead[k], settings.scratch.spare[0]
    if s.stale:
        if s.depth > 0:
            copy(state.pool[state.place[k, s.depth - 1]], ahead)
        else:
            hand_over(state.initial[k], plots[s.last].t_s, ahead, work)
        s.stale = False
    limit = loss_limit(plots, state.mine[k], state.share[k], s.count, s.last, settings.confirm)
    if limit > LOST_M and not is_known(ahead, limit, mean, covariance):
        return NONE, math.nan  # until something is seen again, and not predicted meanwhile
    # From one instant to the next in the pieces in which it would be predicted at once: the same bits.
    predict(ahead, math.floor(t / GRID_S) * GRID_S, motion, work)
    copy(ahead, now)
    predict(now, t, motion, work)
    return CONFIRMED if is_known(now, limit, mean, covariance) else NONE, now.probability
