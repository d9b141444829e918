"""The model's answer to a statement: a probability, or an interval of what would be published."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from trackfuse.catalog import records
from trackfuse.history.announcement import Announcement, Figures, announced_figures, weighted_quantiles
from trackfuse.history.record_events import near_km
from trackfuse.history.sightings import ALONE, SHARED, Sighting
from trackfuse.history.statements import Statement
from trackfuse.scoring.accuracy import ground_distance_km


class Held(NamedTuple):
    """What is held of one launch under one posture.

    Parameters
    ----------
    parts : tuple of (float, Sighting)
        Sightings under postures that never change, and how probable each is; the probabilities sum to 1.
    announcements : dict of str to Announcement
        How each nation publishes.
    """

    parts: tuple[tuple[float, Sighting], ...]
    announcements: dict[str, Announcement]


class Interval(NamedTuple):
    """What would be published: median, 5 % and 95 % points, and whether what was published lies within."""

    median: float
    p05: float
    p95: float
    inside: bool


def probability(statement: Statement, held: Held, *, alone: bool) -> float:
    """Probability of what the statement's question asks.

    Parameters
    ----------
    statement : Statement
        Whose question is tracked, detected, figure or right.
    held : Held
    alone : bool
        By the nation's own sensors, not by what others shared as well.

    Returns
    -------
    float
        nan where nothing is tracked that could be right.
    """
    if statement.question == "right":
        figures = _ranges(statement.nation, held, alone=alone)
        flown_km = held.parts[0][1].flown_km
        near = np.abs(figures.km - flown_km) <= near_km(flown_km)
        return float(figures.weight[near].sum() / figures.weight.sum()) if figures.weight.sum() > 0.0 else math.nan
    chance = sum(share * _held_share(each, statement, alone=alone) for share, each in held.parts)
    if statement.question == "figure":
        made_by = held.announcements[statement.nation]
        chance *= made_by.publish(impact_distance_km(held.parts[0][1], statement.nation))
    return float(chance)


def _held_share(sighting: Sighting, statement: Statement, *, alone: bool) -> float:
    """Share of runs in which the nation knows of the launch, or has tracked it."""
    times = sighting.known_s if statement.question == "detected" else sighting.last_s
    return float(np.isfinite(_of(sighting, statement.nation, times, alone=alone)).mean())


def _of(sighting: Sighting, nation: str, values: np.ndarray, *, alone: bool) -> np.ndarray:
    """What one nation has in each run, (R,)."""
    row: np.ndarray = values[ALONE if alone else SHARED, sighting.nations.index(nation)]
    return row


def impact_distance_km(sighting: Sighting, nation: str) -> float:
    """Distance of the impact from the nearest place of a nation, km; infinite of a satellite.

    Parameters
    ----------
    sighting : Sighting
    nation : str

    Returns
    -------
    float
    """
    places = [(place.lat_deg, place.lon_deg) for place in records.places() if place.nation == nation]
    if not places or not math.isfinite(sighting.impact_deg[0]):
        return math.inf
    lat_deg, lon_deg = np.array(places).T
    return float(np.min(ground_distance_km(lat_deg, lon_deg, *sighting.impact_deg)))


def interval(statement: Statement, held: Held, *, alone: bool) -> Interval:
    """What the nation would publish, or what it last saw, with the runs in which it tracks nothing left out.

    Parameters
    ----------
    statement : Statement
        Whose question is answered by a number.
    held : Held
    alone : bool

    Returns
    -------
    Interval
        nan, and not inside, where no run has a track.
    """
    figures, slack = _figures(statement, held, alone=alone)
    p05, median, p95 = weighted_quantiles(figures, (0.05, 0.5, 0.95))
    inside = any(low <= p95 + slack and high >= p05 - slack for low, high in statement.figures)
    return Interval(median, p05, p95, inside)


def _figures(statement: Statement, held: Held, *, alone: bool) -> tuple[Figures, float]:
    """Possible figures, and half of what they are rounded to."""
    nation, step_km = statement.nation, held.announcements[statement.nation].rounding_km
    if statement.question == "range":
        return _ranges(nation, held, alone=alone), 0.5 * step_km
    name = {"apogee": "top_km", "detection time": "known_s"}.get(statement.question, "")
    name = name or ("last_height_km" if "height" in statement.unit else "last_range_km")
    parts = [(share, _of(each, nation, getattr(each, name), alone=alone)) for share, each in held.parts]
    values = np.concatenate([values for _, values in parts])
    weight = np.concatenate([np.full(len(values), share) for share, values in parts])
    return Figures(np.where(np.isfinite(values), values, np.nan), weight), 0.5 * step_km if name == "top_km" else 0.5


def _ranges(nation: str, held: Held, *, alone: bool) -> Figures:
    """The ranges that a nation may publish, with weights."""
    parts = []
    for share, each in held.parts:
        ordinary, end = (_of(each, nation, values, alone=alone) for values in (each.ordinary_km, each.end_km))
        seen = np.isfinite(end) & np.isfinite(ordinary)
        made = announced_figures(held.announcements[nation], ordinary[seen], end[seen], each.flown_km)
        parts.append(Figures(made.km, share * made.weight))
    return Figures(np.concatenate([part.km for part in parts]), np.concatenate([part.weight for part in parts]))
