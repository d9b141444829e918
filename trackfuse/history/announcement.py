"""The stage between a nation's track and the figure that it publishes of a flight's range."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, NamedTuple

import numpy as np

from trackfuse.catalog.datafiles import once_per_folder, rows_of
from trackfuse.catalog.records import ASSUMPTIONS
from trackfuse.core.errors import ScenarioError, check_known
from trackfuse.core.fields import Between, check_fields

_SHARE = Between(0.0, 1.0)
_KM = Between(0.0, 2e4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """How one nation makes a published range of what it has tracked.

    Parameters
    ----------
    nation : str
    ordinary_path_share : float
        Share of first figures for flights of `ordinary_path_from_km` and more that say where an ordinary path from the
        top of the flight comes down; the others say where the track ends.
    ordinary_path_from_km : float
    rounding_km : float
        A published range is a multiple of this.
    publish_near, publish_far : float
        Probability that a figure is published of a tracked flight whose impact is nearer to the nation than
        `publish_far_from_km`, or farther.
    publish_far_from_km : float

    Raises
    ------
    ScenarioError
        If a value is out of range.
    """

    nation: str
    ordinary_path_share: Annotated[float, _SHARE]
    ordinary_path_from_km: Annotated[float, _KM]
    rounding_km: Annotated[float, Between(0.0, 500.0, open_low=True)]
    publish_near: Annotated[float, _SHARE]
    publish_far: Annotated[float, _SHARE]
    publish_far_from_km: Annotated[float, _KM]

    def __post_init__(self) -> None:
        check_fields(ScenarioError, f"announcement of {self.nation!r}", self)

    def publish(self, distance_km: float) -> float:
        """Probability that a figure is published of a tracked flight that comes down so far from the nation."""
        return self.publish_far if distance_km >= self.publish_far_from_km else self.publish_near


class Figures(NamedTuple):
    """Figures that a nation may publish of one flight, and how probable each is.

    Parameters
    ----------
    km : ndarray, shape (k,)
    weight : ndarray, shape (k,)
        Not normalised.
    """

    km: np.ndarray
    weight: np.ndarray


@once_per_folder
def announcements(assumptions: str = "nominal") -> dict[str, Announcement]:
    """How each nation publishes ranges, from data/announcement.csv.

    Parameters
    ----------
    assumptions : str
        "low", "nominal" or "high": which end of every interval.

    Returns
    -------
    dict of str to Announcement
        By nation.

    Raises
    ------
    ScenarioError
        If there is no such set of assumptions, or the file lacks a parameter.
    """
    check_known(ScenarioError, "set of assumptions", assumptions, ASSUMPTIONS)
    found: dict[str, dict[str, float]] = {}
    for row in rows_of("announcement.csv"):
        found.setdefault(row["nation"], {})[row["parameter"]] = row[assumptions]
    wanted = set(Announcement.__dataclass_fields__) - {"nation"}
    for nation, values in found.items():
        if missing := sorted(wanted - set(values)):
            raise ScenarioError(f"data/announcement.csv {nation}: no parameter {missing[0]!r}")
    return {nation: Announcement(nation=nation, **values) for nation, values in found.items()}


def announced_figures(
    made_by: Announcement, ordinary_km: np.ndarray, end_km: np.ndarray, flown_km: float
) -> Figures:
    """The ranges that a nation may publish of a flight it has tracked, over runs.

    Parameters
    ----------
    made_by : Announcement
    ordinary_km : ndarray, shape (R,)
        Range of the ordinary path from the top of the flight, in each run with a track.
    end_km : ndarray, shape (R,)
        Range of the ordinary path from the end of the track: of a track that is held to the ground, of the flight.
    flown_km : float
        Range of the flight.

    Returns
    -------
    Figures
        2 R of them, rounded as the nation rounds; their weights sum to R.
    """
    share = made_by.ordinary_path_share if flown_km >= made_by.ordinary_path_from_km else 0.0
    km = made_by.rounding_km * np.round(np.concatenate([ordinary_km, end_km]) / made_by.rounding_km)
    weight = np.concatenate([np.full(len(ordinary_km), share), np.full(len(end_km), 1.0 - share)])
    return Figures(km, weight)


def weighted_quantiles(figures: Figures, shares: tuple[float, ...]) -> tuple[float, ...]:
    """The least figures that are not exceeded with at least the probabilities given; nan of none.

    Parameters
    ----------
    figures : Figures
    shares : tuple of float

    Returns
    -------
    tuple of float
    """
    used = np.isfinite(figures.km) & (figures.weight > 0.0)
    if not used.any():
        return tuple(float("nan") for _ in shares)
    order = np.argsort(figures.km[used], kind="stable")
    km, below = figures.km[used][order], np.cumsum(figures.weight[used][order])
    at = np.searchsorted(below, np.array(shares) * below[-1] * (1.0 - 1e-12))
    return tuple(float(value) for value in km[np.minimum(at, len(km) - 1)])
