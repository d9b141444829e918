"""What follows a first notice: taken back, given again, and the region told to ships and aircraft as it moves."""

import math
from typing import NamedTuple

import numpy as np

from trackfuse.core.constants import MEAN_RADIUS_M
from trackfuse.kernels.jit import njit

CANCEL, AGAIN = 1, 2
TOLD, MOVED = 0, 1
CHI2_95 = 5.991464547107979
"""Squared half-axes of the region that holds 95 % of a normal distribution over the plane, in variances."""


class Evidence(NamedTuple):
    """K predictions that centres decide on. `origin`, `cycle`, `usable` (K,): whose they are, of when, and whether they
    come down; origins from `exact` on are messages. `chance` and `when` (K, P): probability that they concern a place
    and the instant at which they reach it. `lat`, `lon`, `time` (K,), `spread` (K, 3, 3): impact.
    """

    origin: np.ndarray
    cycle: np.ndarray
    usable: np.ndarray
    exact: int
    chance: np.ndarray
    when: np.ndarray
    lat: np.ndarray
    lon: np.ndarray
    time: np.ndarray
    spread: np.ndarray


class Limits(NamedTuple):
    """Of a rule: probability from which a place is warned and below which a notice is taken back, seconds of silence,
    largest region told (m), and from what distance (m) and age (s) on it is told again.
    """

    reach: float
    fallen: float
    silence: float
    largest: float
    moved: float
    stale: float


@njit
def apart(lat, lon, other_lat, other_lon):
    """Distance (m) between two points on the mean sphere."""
    a = math.sin(0.5 * (other_lat - lat)) ** 2
    a += math.cos(lat) * math.cos(other_lat) * math.sin(0.5 * (other_lon - lon)) ** 2
    return 2.0 * MEAN_RADIUS_M * math.asin(math.sqrt(min(a, 1.0)))


@njit
def ground_variances(spread):
    """Larger and smaller variance (m^2) of an impact's (east, north)."""
    middle, half = 0.5 * (spread[0, 0] + spread[1, 1]), 0.5 * (spread[0, 0] - spread[1, 1])
    turn = math.hypot(half, spread[0, 1])
    return middle + turn, middle - turn


@njit
def origin_count(origin):
    """Least length of what is kept by origin: one more than the greatest number, or one."""
    many = 1
    for v in origin:
        many = max(many, v + 1)
    return many


@njit
def smallest_known(newest, spread):
    """Row of the newest prediction, over their origins, that claims the smallest region; -1 without one."""
    best, least = -1, math.inf
    for k in newest:
        if k >= 0:
            large, small = ground_variances(spread[k])
            if large * small < least:
                best, least = k, large * small
    return best


@njit
def largest_trusted(newest, spread, exact):
    """Largest product of variances (m^4) that a message's prediction may have to count beside exact ones.

    `newest`: newest row by origin, -1 without one; the first `exact` origins are tracks, the others messages.
    """
    least = math.inf
    for v in range(min(exact, newest.shape[0])):
        if newest[v] >= 0:
            large, small = ground_variances(spread[newest[v]])
            least = min(least, large * small)
    return least


@njit
def trusted(order, origin, cycle, usable, spread, exact, out):
    """Which predictions one centre decides on, into out (K,) of bool: all but messages surer of which it is itself.

    Arguments as in Evidence. What a message reports is coarse: beside a track that knows better it would
    bring false notices, and nothing else.
    """
    newest = np.full(origin_count(origin), -1)
    for k in order:
        v = origin[k]
        out[k] = True
        if not usable[k] or (newest[v] >= 0 and cycle[newest[v]] > cycle[k]):
            continue
        if v >= exact:
            large, small = ground_variances(spread[k])
            out[k] = large * small <= largest_trusted(newest, spread, exact)
        newest[v] = k


@njit
def follow(order, at, trust, evidence, met, limits, changes, told, over):
    """What one centre takes back, gives again and tells ships and aircraft, as predictions come in.

    `order`: rows of the Evidence in the order in which the centre has them, at `at` (K,), and whether it trusts them,
    as `trusted` says; `met` (P,): when a notice to a place is decided on; `limits`: Limits. Writes rows (time, place,
    CANCEL or AGAIN) into `changes`, (time, row, TOLD or MOVED) into `told`, and into `over` (2,) when the missile must
    have passed the last place warned (come down, if none is) and have come down, inf if nothing tells; returns how
    many rows of each.
    """
    origin, cycle, usable, exact = evidence.origin, evidence.cycle, evidence.usable, evidence.exact
    chance, when, spread = evidence.chance, evidence.when, evidence.spread
    lat, lon, time = evidence.lat, evidence.lon, evidence.time
    reach, fallen, silence, largest, moved, stale = limits
    many = met.shape[0]
    newest = np.full(origin_count(origin), -1)
    standing, expected = np.zeros(many, np.int8), np.full(many, -math.inf)
    last_row, last_told, heard = -1, -math.inf, -math.inf
    changed, spoken, ended, past = 0, 0, math.inf, np.full(many, math.inf)
    for i in range(order.shape[0] + 1):
        t = at[order[i]] if i < order.shape[0] else math.inf
        if t > heard + silence and heard > -math.inf:
            for p in range(many):
                if standing[p] == 1 and expected[p] > heard + silence and changed < changes.shape[0]:
                    changes[changed, 0], changes[changed, 1], changes[changed, 2] = heard + silence, p, CANCEL
                    standing[p], changed = 2, changed + 1
        if i == order.shape[0]:
            break
        k = order[i]
        o = origin[k]
        if not usable[k] or (newest[o] >= 0 and cycle[newest[o]] > cycle[k]):
            continue
        heard = t
        if not trust[k]:
            continue
        newest[o] = k
        surest = largest_trusted(newest, spread, exact)
        for v in range(exact, newest.shape[0]):
            if newest[v] >= 0:
                large, small = ground_variances(spread[newest[v]])
                if large * small > surest:
                    newest[v] = -1
        for p in range(many):
            if met[p] > t:
                continue
            top = 0.0
            for row in newest:
                if row >= 0 and chance[row, p] > top:
                    top, expected[p] = chance[row, p], when[row, p]
            state = standing[p]
            if state == 0:
                standing[p] = 1
            elif changed < changes.shape[0] and (
                (state == 1 and top < fallen and expected[p] > t) or (state == 2 and top >= reach)
            ):
                kind = CANCEL if state == 1 else AGAIN
                changes[changed, 0], changes[changed, 1], changes[changed, 2] = t, p, kind
                standing[p], changed = 3 - state, changed + 1
        best = smallest_known(newest, spread)
        if t <= ended:
            ended = max(time[best], t)
        for p in range(many):
            if t <= past[p]:
                past[p] = max(when[best, p], t)
        if spoken >= told.shape[0] or CHI2_95 * ground_variances(spread[best])[0] > largest * largest:
            continue
        first = last_row < 0
        far = not first and apart(lat[last_row], lon[last_row], lat[best], lon[best]) > moved
        old = not first and t - last_told >= stale and best != last_row
        if first or far or old:
            told[spoken, 0], told[spoken, 1], told[spoken, 2] = t, best, TOLD if first else MOVED
            last_row, last_told, spoken = best, t, spoken + 1
    over[0] = over[1] = ended
    passed = -math.inf
    for p in range(many):
        if standing[p] == 1 and past[p] < math.inf:
            passed = max(passed, past[p])
    if passed > -math.inf:
        over[0] = passed
    return changed, spoken
