"""Updates after a first notice: it is taken back or given again, and the region is reported to ships and aircraft as it
moves.
"""

import math
from typing import NamedTuple

import numpy as np

from trackfuse.core.constants import MEAN_RADIUS_M
from trackfuse.kernels.jit import njit

CANCEL, AGAIN = 1, 2
FIRST, MOVED = 0, 1
CHI2_95 = 5.991464547107979
"""Squared half-axes of the region that holds 95 % of a normal distribution over the plane, in variances."""


class Evidence(NamedTuple):
    """K predictions that centres decide on. `origin`, `made_s`, `usable` (K,): whose they are, of when, and whether
    they come down; origins from `exact` on are messages. `chance`, `calls` and `when` (K, P): probability that they
    concern a place, whether they call for a notice to it, and the instant at which they reach it. `impacts`:
    kernels.impact.Impacts."""

    origin: np.ndarray
    made_s: np.ndarray
    usable: np.ndarray
    exact: int
    chance: np.ndarray
    calls: np.ndarray
    when: np.ndarray
    impacts: NamedTuple


class Received(NamedTuple):
    """What one centre has of the Evidence: rows in the order in which they come, and of every prediction when it comes
    (K,) and whether the centre trusts it (K,), as `trusted` says."""

    order: np.ndarray
    at: np.ndarray
    trust: np.ndarray


class Centres(NamedTuple):
    """What N centres have of the Evidence: `order` (N, K), of which the first `count` (N,) are rows in the order in
    which they come; `at` and `trust` (N, K) as in `Received`."""

    order: np.ndarray
    count: np.ndarray
    at: np.ndarray
    trust: np.ndarray


class Limits(NamedTuple):
    """Of a rule: probability below which a notice is taken back, seconds of silence, largest region reported (m), and
    from what distance (m) and age (s) on it is reported again.
    """

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
def region_size(spread):
    """Product of the two variances (m^4): it grows with the area of the region."""
    large, small = ground_variances(spread)
    return large * small


@njit
def origin_count(origin):
    """Least length of what is kept by origin: one more than the greatest number, or one."""
    count = 1
    for v in origin:
        count = max(count, v + 1)
    return count


@njit
def smallest_known(newest, spread):
    """Row of the newest prediction, over their origins, that claims the smallest region; -1 without one."""
    best, least = -1, math.inf
    for k in newest:
        if k >= 0 and region_size(spread[k]) < least:
            best, least = k, region_size(spread[k])
    return best


@njit
def largest_trusted(newest, spread, exact):
    """Largest region (m^4) that a message's prediction may have to count beside exact ones.

    `newest`: newest row by origin, -1 without one; the first `exact` origins are tracks, the others messages.
    """
    least = math.inf
    for v in range(min(exact, newest.shape[0])):
        if newest[v] >= 0:
            least = min(least, region_size(spread[newest[v]]))
    return least


@njit
def is_outdated(k, origin, made_s, usable, newest):
    """Whether a prediction comes down nowhere or comes after a newer one of its origin."""
    last = newest[origin[k]]
    return not usable[k] or (last >= 0 and made_s[last] > made_s[k])


@njit
def trusted(order, evidence, out):
    """Which predictions one centre decides on, into out (K,) of bool: all but messages surer of which it is itself.

    `order`: rows in the order in which the centre has them. What a message reports is coarse: beside a track that knows
    better it would bring false notices, and nothing else.
    """
    # A named tuple passed on in a loop costs a count of references for each of its arrays: it is unpacked once.
    origin, made_s, usable, exact = evidence.origin, evidence.made_s, evidence.usable, evidence.exact
    spread = evidence.impacts.covariance
    newest = np.full(origin_count(origin), -1)
    for k in order:
        out[k] = True
        if is_outdated(k, origin, made_s, usable, newest):
            continue
        v = origin[k]
        if v >= exact:
            out[k] = region_size(spread[k]) <= largest_trusted(newest, spread, exact)
        newest[v] = k


@njit
def update_notices(received, evidence, met, limits, changes, regions, over):
    """What one centre takes back, gives again and reports to ships and aircraft, as predictions come in.

    `received`: Received; `met` (P,): when a notice to a place is decided on; `limits`: Limits. Writes rows (time,
    place, CANCEL or AGAIN) into `changes`, (time, row, FIRST or MOVED) into `regions`, and into `over` (2,) when the
    missile must have passed the last place warned (come down, if none is) and have come down, inf if nothing says so;
    returns how many rows of each."""
    order, at, trust = received
    origin, made_s, usable, exact = evidence.origin, evidence.made_s, evidence.usable, evidence.exact
    chance, calls, when = evidence.chance, evidence.calls, evidence.when
    spread = evidence.impacts.covariance
    lat, lon, time = evidence.impacts.lat_rad, evidence.impacts.lon_rad, evidence.impacts.time_s
    fallen, silence, largest, moved, stale = limits
    places = met.shape[0]
    newest = np.full(origin_count(origin), -1)
    standing, expected = np.zeros(places, np.int8), np.full(places, -math.inf)
    region_row, region_s, news_s = -1, -math.inf, -math.inf
    changed, reported, ended, past = 0, 0, math.inf, np.full(places, math.inf)
    for i in range(order.shape[0] + 1):
        t = at[order[i]] if i < order.shape[0] else math.inf
        lost_s = news_s + silence
        if t > lost_s and news_s > -math.inf:
            for p in range(places):
                if standing[p] == 1 and expected[p] > lost_s and changed < changes.shape[0]:
                    changes[changed, 0], changes[changed, 1], changes[changed, 2] = lost_s, p, CANCEL
                    standing[p], changed = 2, changed + 1
        if i == order.shape[0]:
            break
        k = order[i]
        if is_outdated(k, origin, made_s, usable, newest):
            continue
        news_s = t
        if not trust[k]:
            continue
        newest[origin[k]] = k
        surest = largest_trusted(newest, spread, exact)
        for v in range(exact, newest.shape[0]):
            if newest[v] >= 0 and region_size(spread[newest[v]]) > surest:
                newest[v] = -1
        for p in range(places):
            if met[p] > t:
                continue
            top, called = 0.0, False
            for row in newest:
                called = called or (row >= 0 and calls[row, p])
                if row >= 0 and chance[row, p] > top:
                    top, expected[p] = chance[row, p], when[row, p]
            state = standing[p]
            if state == 0:
                standing[p] = 1
            elif changed < changes.shape[0] and (
                (state == 1 and not called and top < fallen and expected[p] > t) or (state == 2 and called)
            ):
                kind = CANCEL if state == 1 else AGAIN
                changes[changed, 0], changes[changed, 1], changes[changed, 2] = t, p, kind
                standing[p], changed = 3 - state, changed + 1
        best = smallest_known(newest, spread)
        if t <= ended:
            ended = max(time[best], t)
        for p in range(places):
            if t <= past[p]:
                past[p] = max(when[best, p], t)
        if reported >= regions.shape[0] or CHI2_95 * ground_variances(spread[best])[0] > largest * largest:
            continue
        first = region_row < 0
        far = not first and apart(lat[region_row], lon[region_row], lat[best], lon[best]) > moved
        old = not first and t - region_s >= stale and best != region_row
        if first or far or old:
            regions[reported, 0], regions[reported, 1], regions[reported, 2] = t, best, FIRST if first else MOVED
            region_row, region_s, reported = best, t, reported + 1
    over[0] = over[1] = ended
    passed = -math.inf
    for p in range(places):
        if standing[p] == 1 and past[p] < math.inf:
            passed = max(passed, past[p])
    if passed > -math.inf:
        over[0] = passed
    return changed, reported


@njit
def trust_all(centres, evidence):
    """Which predictions every centre decides on, into `centres.trust`; see `trusted`."""
    for i in range(centres.count.shape[0]):
        trusted(centres.order[i][: centres.count[i]], evidence, centres.trust[i])


@njit
def update_all(centres, evidence, met, limits, changes, regions, over):
    """`update_notices` of every centre: of `met` (N, P), `changes`, `regions` and `over` the i-th is the i-th centre's.
    Returns how many rows of changes and of regions there are, (N, 2).
    """
    counts = np.empty((centres.count.shape[0], 2), np.int64)
    for i in range(counts.shape[0]):
        received = Received(centres.order[i][: centres.count[i]], centres.at[i], centres.trust[i])
        counts[i, 0], counts[i, 1] = update_notices(
            received, evidence, met[i], limits, changes[i], regions[i], over[i]
        )
    return counts
