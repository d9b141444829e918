"""What a node knows: of each track its detections in order of measurement, and its filters after each of them.

A detection is a number: its row in the node's array (m,) of detections (see `kernels.measurement`), which may hold
them in any order and more of them than the node has received. A track is the list of those given to it; its state is a
function of that list, not of the order of arrival. Snapshots of filters lie in one pool, from which tracks borrow rows.
SI, ECEF, times in s.
"""

from typing import NamedTuple

import numpy as np

from trackfuse.kernels.imm import Motion
from trackfuse.kernels.initiation import N
from trackfuse.kernels.jit import njit
from trackfuse.kernels.records import IMM, SLOT, TALLY

NEVER = 1 << 60
"""Position that no list reaches."""


class NodeState(NamedTuple):
    """K slots for tracks, M places in their lists, S snapshots; all of them grow as they must."""

    tally: np.ndarray  # (1,) TALLY
    slots: np.ndarray  # (K,) SLOT
    mine: np.ndarray  # (K, M) the lists of detections
    share: np.ndarray  # (K, M) probability with which each is the track's
    scan: np.ndarray  # (K, M) number of the scan that each came in
    at: np.ndarray  # (K, M) position of each snapshot's newest detection
    place: np.ndarray  # (K, M) pool row of each snapshot
    initial: np.ndarray  # (K, 10, 9) initial states
    ahead: np.ndarray  # (K,) IMM, filters predicted on from the newest snapshot
    scored: np.ndarray  # (K,) IMM, filters predicted to the scan that is being given to tracks
    pool: np.ndarray  # (S,) IMM
    free: np.ndarray  # (S,) stack of free pool rows
    lines: np.ndarray  # (L,) lines of sight that are no track's: detections, in the order of their association


class TrackArrays(NamedTuple):
    """Estimates of R tracks at J cycles."""

    mean: np.ndarray  # (R, J, 6)
    covariance: np.ndarray  # (R, J, 6, 6)
    status: np.ndarray  # (R, J), 1 where there is an estimate
    boosting: np.ndarray  # (R, J), probability that the engine burns
    last_plot: np.ndarray  # (R, J), time of the newest detection used


class Reception(NamedTuple):
    """When a node has each of m detections, and the J instants at which it works through what has come."""

    received: np.ndarray  # (m,), s; (R, m) of many tracks
    arrival: np.ndarray  # rows of those that ever come, in the order of reception
    cycles: np.ndarray  # (J,), s


class Confirmation(NamedTuple):
    """How many radar detections within how many seconds confirm a track; lines of sight do within the same time."""

    detections: int
    window_s: float


class Scratch(NamedTuple):
    """Arrays to work in."""

    work: np.ndarray  # (SCRATCH, 9, 9)
    spare: np.ndarray  # (1,) IMM: a record is only a reference, its array must live as long
    other: np.ndarray  # (1,) IMM
    initial: np.ndarray  # (10, 9)
    estimate: np.ndarray  # (8, 7)
    trial: np.ndarray  # (8, 7)


class Settings(NamedTuple):
    """How a node tracks, and arrays to work in: for one thread."""

    confirm: Confirmation
    motion: Motion
    scratch: Scratch


def new_state(tracks: int, places: int, snapshots: int) -> NodeState:
    """A node that knows nothing, with room for so many tracks, detections a track, and snapshots."""
    state = NodeState(
        tally=np.zeros(1, TALLY), slots=np.zeros(tracks, SLOT), mine=np.empty((tracks, places), np.int64),
        share=np.empty((tracks, places)), scan=np.empty((tracks, places), np.int64),
        at=np.empty((tracks, places), np.int64), place=np.empty((tracks, places), np.int64),
        initial=np.empty((tracks, N + 1, N)), ahead=np.empty(tracks, IMM), scored=np.empty(tracks, IMM),
        pool=np.empty(snapshots, IMM), free=np.arange(snapshots)[::-1].copy(),
        lines=np.empty(8, np.int64),
    )  # fmt: skip
    state.tally["free"] = snapshots
    state.slots["number"] = -1
    return state


@njit
def open_slot(state, k, confirmed):
    """Begin a track in a free slot."""
    s = state.slots[k]
    s.count, s.depth, s.last, s.broken, s.earliest, s.missed, s.row = 0, 0, -1, NEVER, NEVER, 0, -1
    s.number, s.confirmed, s.score, s.open, s.stale = state.tally[0].initiated, confirmed, 0.0, True, True
    state.tally[0].initiated += 1


@njit
def precedes(plots, a, b):
    """Whether detection a comes before b: by time, then by what was measured, never by the sensor's number."""
    if plots[a].t_s != plots[b].t_s:
        return plots[a].t_s < plots[b].t_s
    for k in range(3):
        if plots[a].z[k] != plots[b].z[k]:
            return plots[a].z[k] < plots[b].z[k]
    return a < b


@njit
def insert(plots, state, k, detection, share, scan):
    """Put a detection into a track's list, in order. Returns its position."""
    s, mine, shares, scans = state.slots[k], state.mine[k], state.share[k], state.scan[k]
    p = s.count
    while p > 0 and precedes(plots, detection, mine[p - 1]):
        mine[p], shares[p], scans[p] = mine[p - 1], shares[p - 1], scans[p - 1]
        p -= 1
    mine[p], shares[p], scans[p] = detection, share, scan
    s.count += 1
    return p


@njit
def give(plots, state, k, detection, share, scan):
    """Put a detection into a track's list; the positions of its snapshots keep up."""
    p = insert(plots, state, k, detection, share, scan)
    s, at = state.slots[k], state.at[k]
    d = s.depth - 1
    while d >= 0 and at[d] >= p:
        at[d] += 1
        d -= 1
    s.earliest = min(s.earliest, p)


@njit
def borrow(state):
    """A free row of the pool."""
    tally = state.tally[0]
    tally.free -= 1
    return state.free[tally.free]


@njit
def give_back(state, row):
    """Return a row to the pool."""
    tally = state.tally[0]
    state.free[tally.free] = row
    tally.free += 1


@njit
def drop_snapshot(state, k):
    """Forget a track's newest snapshot."""
    s = state.slots[k]
    s.depth -= 1
    if s.depth < s.scored:  # what was predicted from it goes as well
        s.scored = 0
    give_back(state, state.place[k, s.depth])


@njit
def close_slot(state, k, forget):
    """End a track: its snapshots go; its list stays, unless all of it is to be forgotten and the slot used again."""
    s = state.slots[k]
    while s.depth > 0:
        drop_snapshot(state, k)
    s.open = False
    if forget:
        s.number = -1


@njit
def wider(array, size):
    """A copy (K, size) of an array (K, M)."""
    out = np.empty((array.shape[0], size), array.dtype)
    for k in range(array.shape[0]):
        for p in range(array.shape[1]):
            out[k, p] = array[k, p]
    return out


@njit
def longer(array, size):
    """A copy with `size` rows."""
    out = np.empty((size,) + array.shape[1:], array.dtype)
    old, new = array.ravel(), out.ravel()
    for p in range(old.shape[0]):
        new[p] = old[p]
    return out


@njit
def needed(slots, more, tracks):
    """Places in a list, slots, and pool rows that it takes to give any list so many more detections, or to every one of
    them, and to begin so many more tracks.
    """
    most, held, used, live = 0, 2, 0, tracks
    for k in range(slots.shape[0]):
        if slots[k].number >= 0:
            used += 1
            if slots[k].open:
                most, held, live = max(most, slots[k].count), held + slots[k].count + 2, live + 1
    return most + more + 1, used + tracks, held + live * more + 2 * tracks


@njit
def with_room(state, more, tracks):
    """The state with room for so many more detections in any list and so many more tracks: arrays that are too small
    are replaced by copies of twice the size needed.
    """
    places, used, snapshots = needed(state.slots, more, tracks)
    kept = state.tally[0].lines + more
    if (places <= state.mine.shape[1] and used <= state.slots.shape[0] and snapshots <= state.pool.shape[0]
            and kept <= state.lines.shape[0]):
        return state
    tally, slots, mine, share, scan, at, place, initial, ahead, scored, pool, free, lines = state
    if kept > lines.shape[0]:
        lines = longer(lines, 2 * kept)
    if places > mine.shape[1]:
        mine, share, scan = wider(mine, 2 * places), wider(share, 2 * places), wider(scan, 2 * places)
        at, place = wider(at, 2 * places), wider(place, 2 * places)
    if used > slots.shape[0]:
        size, old = 2 * used, slots.shape[0]
        slots = longer(slots, size)
        for k in range(old, size):
            slots[k].number, slots[k].scored = -1, 0
            slots[k].open = False
        mine, share, scan = longer(mine, size), longer(share, size), longer(scan, size)
        at, place, initial = longer(at, size), longer(place, size), longer(initial, size)
        ahead, scored = longer(ahead, size), longer(scored, size)
    if snapshots > pool.shape[0]:
        size, old = 2 * snapshots, pool.shape[0]
        pool, free = longer(pool, size), longer(free, size)
        for row in range(old, size):
            free[tally[0].free] = row
            tally[0].free += 1
    return NodeState(tally, slots, mine, share, scan, at, place, initial, ahead, scored, pool, free, lines)
