"""What may have been launched, and when, given that satellites began to see it: class, flight, cloud top, and age."""

import math
from collections import defaultdict
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from trackfuse.kernels.burn import ARC, HEIGHT
from trackfuse.warning.boost_library import GRID_S, Library
from trackfuse.warning.satellite_lines import SatelliteLines

POINTS = 1024
"""Hypotheses of a class, a power of 2: points of one Sobol set."""
PARTS = 8
"""Hypotheses that one is divided into."""
CLOUD_TOPS = (0.7, 1.0, 1.2)
"""Lowest, likeliest and highest cloud top as shares of what a sensor assumes: 7, 10 and 12 km in the data."""


class Hypotheses(NamedTuple):
    """N things that may have been launched.

    Parameters
    ----------
    flight : ndarray of int, shape (N,)
        Row in the library.
    cloud : ndarray, shape (N,)
        Cloud top, as a share of what the sensors assume.
    age : ndarray, shape (N,)
        Seconds from launch to the first line.
    width : ndarray, shape (N,)
        How far apart ages of one flight lie, s.
    log : ndarray, shape (N,)
        Logarithm of the probability before any line's direction is known, but for a constant.
    """

    flight: np.ndarray
    cloud: np.ndarray
    age: np.ndarray
    width: np.ndarray
    log: np.ndarray


def hypotheses(flights: Library, lines: SatelliteLines) -> Hypotheses:
    """As many of each class; its variants are equally likely, and so are the flights of each.

    Parameters
    ----------
    flights : Library
    lines : SatelliteLines
        In order of time; the first one's satellite says how looks come: at any phase, and each may miss.

    Returns
    -------
    Hypotheses
        Of those that rise above their cloud.

    Notes
    -----
    Assumed: cloud tops are triangular between `CLOUD_TOPS`, looks come at any phase and each may miss, so that their
    number until the first that sees is geometric; see docs/methods.md.
    """
    from scipy.stats import triang  # here: of all that a start loads, it would take longest

    points = _points_of_class()
    variants: dict[str, list[int]] = defaultdict(list)
    for c, missile in enumerate(flights.classes):
        variants[missile.name].append(c)
    flight = np.concatenate([_flights_of(flights, numbers, points[:, 0]) for numbers in variants.values()])
    low, likeliest, high = CLOUD_TOPS
    cloud = triang.ppf(points[:, 1], (likeliest - low) / (high - low), loc=low, scale=high - low)
    cloud, chance = (np.tile(each, len(variants)) for each in (cloud, points[:, 2]))
    s = int(lines.satellite[0])
    emerges = _emergence_s(flights, flight, cloud * lines.cloud_m[s])
    age = emerges + lines.revisit_s[s] * _looks_until_seen(chance, lines.detection_probability[s])
    rises = np.isfinite(age)
    flight, cloud, age = flight[rises], cloud[rises], age[rises]
    return Hypotheses(flight, cloud, age, _apart(flight, age), np.zeros(len(age)))


@lru_cache(maxsize=1)
def _points_of_class() -> np.ndarray:
    """Points of the unit cube, (POINTS, 3): class and flight, cloud, and look that first sees it."""
    from scipy.stats import qmc

    return qmc.Sobol(3, scramble=False).random(POINTS) + 0.5 / POINTS


def _flights_of(flights: Library, variants: list[int], place: np.ndarray) -> np.ndarray:
    """Flights (n,) of a class by a number from 0 to 1: first the variant, then the flight within it."""
    which, within = np.divmod(place * len(variants), 1.0)
    out = np.empty(len(place), dtype=np.int64)
    for k, variant in enumerate(variants):
        mine = np.flatnonzero(flights.which == variant)
        out[which == k] = mine[(within[which == k] * len(mine)).astype(int)]
    return out


def _emergence_s(flights: Library, flight: np.ndarray, cloud_m: np.ndarray) -> np.ndarray:
    """Seconds after launch at which flights rise above their cloud, (N,); nan if they do not."""
    rising = flights.features[flight, :, HEIGHT]
    above, rows = rising >= cloud_m[:, None], np.arange(len(flight))
    k = np.maximum(above.argmax(axis=1), 1)
    before, there = rising[rows, k - 1], rising[rows, k]
    share = np.clip((cloud_m - before) / (there - before), 0.0, 1.0)
    return np.where(above.any(axis=1), GRID_S * (k - 1 + share), np.nan)


def _looks_until_seen(chance: np.ndarray, probability: float) -> np.ndarray:
    """Time to the first look that sees it, in revisits, by a uniform number: the phase, and how many missed."""
    misses = 1.0 - probability
    if misses == 0.0:
        return chance
    missed = np.floor(np.log1p(-chance) / math.log(misses))
    # What is left of the uniform number once it has said how many looks missed is uniform again.
    return missed + (chance - (1.0 - misses**missed)) / (misses**missed * probability)


def _apart(flight: np.ndarray, age: np.ndarray) -> np.ndarray:
    """How far apart ages of each hypothesis' flight lie, (N,), were they evenly spread."""
    count = np.bincount(flight)
    total, square = (np.bincount(flight, age**power) for power in (1, 2))
    within = (square - total**2 / np.maximum(count, 1)).sum() / max(len(age) - np.count_nonzero(count), 1)
    return math.sqrt(12.0 * max(within, 0.0)) / count[flight]


def divided(made: Hypotheses, rows: np.ndarray) -> Hypotheses:
    """Some hypotheses, each in parts of other ages.

    Parameters
    ----------
    made : Hypotheses
    rows : ndarray of int, shape (k,)

    Returns
    -------
    Hypotheses
        k times `PARTS` of them.
    """
    part = np.tile((np.arange(PARTS) + 0.5) / PARTS - 0.5, len(rows))
    few = Hypotheses(*(np.repeat(each[rows], PARTS) for each in made))
    return few._replace(age=few.age + part * few.width, width=few.width / PARTS, log=np.zeros(len(part)))


def possible(made: Hypotheses, flights: Library, lines: SatelliteLines) -> tuple[Hypotheses, np.ndarray, np.ndarray]:
    """Those hypotheses under which every line's engine burns above the cloud.

    Parameters
    ----------
    made : Hypotheses
    flights : Library
    lines : SatelliteLines
        n of them in order of time.

    Returns
    -------
    Hypotheses
        Less likely where a satellite should have seen it before its first line.
    height, arc : ndarray, shape (N, n)
        At each line, m; the arc is that over ground from the launch point.

    Notes
    -----
    Derived here: the probability that every look before a satellite's first line missed.
    """
    after = made.age[:, None] + (lines.t_s - lines.t_s[0])
    burns = (after <= np.minimum(flights.burnout_s, flights.t_s[-1])[made.flight, None]).all(axis=1)
    keep = np.flatnonzero(burns & (made.age >= 0.0))
    made, after = Hypotheses(*(each[keep] for each in made)), after[keep]
    height = _at(flights, HEIGHT, made.flight, after)
    clear = np.flatnonzero((height >= made.cloud[:, None] * lines.cloud_m[lines.satellite] - 1.0).all(axis=1))
    made, after, height = Hypotheses(*(each[clear] for each in made)), after[clear], height[clear]
    made = made._replace(log=made.log + _unseen(made, flights, lines, after))
    keep = np.flatnonzero(made.log > -math.inf)
    made, arc = Hypotheses(*(each[keep] for each in made)), _at(flights, ARC, made.flight[keep], after[keep])
    return made, height[keep], arc


def _at(flights: Library, column: int, flight: np.ndarray, after: np.ndarray) -> np.ndarray:
    """A feature of flights at instants after lift-off, (N, n), linear between the library's."""
    place = np.clip(after / GRID_S, 0.0, len(flights.t_s) - 1.001)
    k = place.astype(int)
    low, high = (flights.features[flight[:, None], each, column] for each in (k, k + 1))
    return low + (place - k) * (high - low)


def _unseen(made: Hypotheses, flights: Library, lines: SatelliteLines, after: np.ndarray) -> np.ndarray:
    """Logarithm of the probability (N,) that no other satellite had a line before its own first one."""
    out = np.zeros(len(made.age))
    for s in np.unique(lines.satellite[lines.satellite != lines.satellite[0]]):
        then = after[:, int(np.flatnonzero(lines.satellite == s)[0])]
        cloud_m, missed = made.cloud * lines.cloud_m[s], np.zeros(len(out))
        while (then > 0.0).any():
            then = then - lines.revisit_s[s]
            missed += (then > 0.0) & (_at(flights, HEIGHT, made.flight, then[:, None])[:, 0] >= cloud_m)
        with np.errstate(divide="ignore", invalid="ignore"):
            out += np.where(missed > 0.0, missed * np.log1p(-lines.detection_probability[s]), 0.0)
    return out
