"""Tentative tracks as hypotheses: several may hold one detection until it is clear which of them is a target.

Where missiles follow each other, a first detection has many possible seconds, and a chain of detections of different
missiles looks like a target for a while: which chain is right, only what follows tells. So a first detection is paired
with every second that may be its own, each pair a track of its own; tentative tracks share detections; and one of them
is confirmed once it explains its detections better by far than any that holds some of the same. Then those go. A target
that is alone has no competing track, and is confirmed as soon as it has the detections for it. (Track-oriented multiple
hypotheses, for initiation only: Blackman & Popoli, Design and Analysis of Modern Tracking Systems (1999), chapter 16;
score of a track: chapter 6.) SI, times in s.
"""

import math

import numpy as np

from trackfuse.kernels.association import ALONE_INFRARED, ALONE_RADAR, STEADY, gate_limit
from trackfuse.kernels.jit import njit
from trackfuse.kernels.node_state import close_slot, give, open_slot, precedes

PAIRED = 3
"""Scans in which a first detection is paired with others."""
SECONDS = 4
"""Detections of a scan, the likeliest, with which it is paired."""
CLEAR = 40.0
"""By so much the score of a track must exceed that of competing ones: one more radar detection counts for 25 to 30."""
SURE = 35.0
"""Score below which no track is confirmed: three detections of one target score 42 and more in the shipped scenarios,
three of nothing in a gate so wide that they fit score some 25."""
MOST = 100
"""Tentative tracks of a node; those with fewest detections go first, then those that were seen last."""


@njit
def radar_detections(plots, state, k):
    """How many radar detections a track has."""
    count = 0
    for p in range(state.slots[k].count):
        if not plots[state.mine[k, p]].infrared:
            count += 1
    return count


@njit
def in_common(plots, state, a, b):
    """How many radar detections two tracks have in common."""
    i, j, count, mine = 0, 0, 0, state.mine
    while i < state.slots[a].count and j < state.slots[b].count:
        if mine[a, i] == mine[b, j]:
            if not plots[mine[a, i]].infrared:
                count += 1
            i += 1
            j += 1
        elif precedes(plots, mine[a, i], mine[b, j]):
            i += 1
        else:
            j += 1
    return count


@njit
def choose(scan, state, tracks, tentative, radars, part, wanted):
    """Let every tentative track with two radar detections take the likeliest of a scan's free detections, whoever else
    takes it: writes 1 into its `part` (tracks, n), and what is wanted into `wanted` (n,). One that has a single
    detection takes an infrared one if no other may be its own.
    """
    limit = gate_limit(scan)
    infrared = scan.plots[scan.rows[0]].infrared
    alone = ALONE_INFRARED if infrared else ALONE_RADAR
    for i in tentative:
        if radars[i] < 2 and not infrared:
            continue
        best, inside = -1, 0
        for n in range(scan.rows.shape[0]):
            if scan.free[n] and scan.scores[i, n, STEADY] <= limit:
                inside += 1
                if best < 0 or scan.scores[i, n, STEADY + 1] > scan.scores[i, best, STEADY + 1]:
                    best = n
        if best >= 0 and (radars[i] > 1 or inside == 1):
            part[i, best] = 1.0
            wanted[best] = True
            state.slots[tracks[i]].score += scan.scores[i, best, STEADY + 1] + alone


@njit
def open_tentative(state):
    """Begin a tentative track in a free slot. Returns the slot."""
    k = 0
    while state.slots[k].number >= 0:
        k += 1
    open_slot(state, k, math.inf)
    return k


@njit
def pair(scan, state, tracks, i):
    """Pair a first detection with the likeliest of a scan's free detections. Returns the slots of the pairs, of which
    there are none where no detection is in the gate.
    """
    limit, chosen, first = gate_limit(scan), np.zeros(scan.rows.shape[0], np.bool_), tracks[i]
    made, count = np.empty(SECONDS, np.int64), 0
    while count < SECONDS:
        best = -1
        for n in range(scan.rows.shape[0]):
            inside = scan.free[n] and not chosen[n] and scan.scores[i, n, STEADY] <= limit
            if inside and (best < 0 or scan.scores[i, n, STEADY + 1] > scan.scores[i, best, STEADY + 1]):
                best = n
        if best < 0:
            break
        chosen[best] = True
        k = open_tentative(state)
        for p in range(state.slots[first].count):
            give(scan.plots, state, k, state.mine[first, p], state.share[first, p], state.scan[first, p])
        give(scan.plots, state, k, scan.rows[best], 1.0, state.tally[0].scans)
        state.slots[k].score = state.slots[first].score + scan.scores[i, best, STEADY + 1] + ALONE_RADAR
        made[count] = k
        count += 1
    if count > 0:
        state.slots[first].missed += 1
        if state.slots[first].missed == PAIRED:
            close_slot(state, first, True)
    return made[:count]


@njit
def is_clear(plots, state, k, others, waited):
    """Whether a tentative track is better than all that hold some of its detections: by far than those that compete,
    unless it has `waited` for long. Those that share more than half with it are of the same target, and do not compete.
    """
    mine = radar_detections(plots, state, k)
    for o in others:
        s = state.slots[o]
        if o == k or not s.open or s.confirmed < math.inf:
            continue
        its = radar_detections(plots, state, o)
        shared = in_common(plots, state, k, o) if its > 1 else 0
        if shared == 0:
            continue
        lead = state.slots[k].score - s.score
        if lead < 0.0 or (lead == 0.0 and s.number < state.slots[k].number):
            return False
        if 2 * shared <= min(mine, its) and lead < CLEAR and not waited:
            return False
    return True


@njit
def confirm(plots, state, t, window_s):
    """Confirm the tentative tracks with detections enough that are clearly targets, the best first, and end all that
    hold detections of theirs. Returns the slots of those confirmed.
    """
    count, slots = 0, state.slots
    others, score = np.empty(slots.shape[0], np.int64), np.empty(slots.shape[0])
    for k in range(slots.shape[0]):
        if slots[k].open and slots[k].confirmed == math.inf:
            others[count], score[count] = k, -slots[k].score
            count += 1
    others = others[:count][np.argsort(score[:count], kind="mergesort")]
    found, made = np.empty(count, np.int64), 0
    for k in others:
        s = slots[k]
        if not s.open or s.last < 0 or s.score < SURE:
            continue
        if is_clear(plots, state, k, others, t - plots[state.mine[k, 0]].t_s > window_s):
            s.confirmed, s.missed = -math.inf, 0
            found[made] = k
            made += 1
            for o in others:
                if slots[o].open and slots[o].confirmed == math.inf and in_common(plots, state, k, o) > 0:
                    close_slot(state, o, True)
    return found[:made]


@njit
def keep_best(plots, state):
    """End tentative tracks that are more than a node keeps."""
    count, slots = 0, state.slots
    held, key = np.empty(slots.shape[0], np.int64), np.empty(slots.shape[0])
    for k in range(slots.shape[0]):
        if slots[k].open and slots[k].confirmed == math.inf:
            held[count] = k
            key[count] = 1e9 * radar_detections(plots, state, k) + plots[state.mine[k, slots[k].count - 1]].t_s
            count += 1
    if count > MOST:
        for n in np.argsort(key[:count], kind="mergesort")[: count - MOST]:
            close_slot(state, held[n], True)
