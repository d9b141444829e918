"""When a flight truly passes over places or comes down near them: what warnings are measured against."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pymap3d

from trackfuse.earth import Place
from trackfuse.warning.rule import WarningRule


class Arrival(NamedTuple):
    """What truly happens, for the score; the rule does not see it.

    Parameters
    ----------
    arrival_s : ndarray, shape (P,)
        When the missile passes each place or comes down near it (see `arrivals`); nan if it does not.
    lat_rad, lon_rad, impact_s : float
        Place and instant of impact; nan, nan and infinity of what does not come down.
    over_s : float
        When it is over: the impact, or the break-up.
    """

    arrival_s: np.ndarray
    lat_rad: float
    lon_rad: float
    impact_s: float
    over_s: float


def arrivals(
    t_s: np.ndarray, position_m: np.ndarray, places: tuple[Place, ...], rule: WarningRule, *, lands: bool = True
) -> np.ndarray:
    """When a flight passes over places, or comes down near them.

    Parameters
    ----------
    t_s : ndarray, shape (n,)
        Seconds after lift-off; the last is the impact, where it lands.
    position_m : ndarray, shape (n, 3)
        ECEF position, m.
    places : tuple of Place
        P places.
    rule : WarningRule
        `corridor_km` and `impact_km` say what counts.
    lands : bool
        False for what passes over places and comes down nowhere: a satellite, or a missile that breaks up.

    Returns
    -------
    ndarray, shape (P,)
        Instant, s, at which the ground track is closest if it comes within the corridor, else the instant of impact if
        that is within the impact distance, else nan. What breaks up within the corridor was there. Distances are chords
        between points on the ellipsoid.
    """
    lat, lon, _ = pymap3d.ecef2geodetic(*position_m.T, deg=False)
    under = np.stack(pymap3d.geodetic2ecef(lat, lon, 0.0, deg=False), axis=1)
    surface, radius_km = discs(places)
    beyond_km = np.linalg.norm(under[None] - surface[:, None], axis=2) / 1e3 - radius_km[:, None]
    closest = beyond_km.argmin(axis=1)
    rows = np.arange(len(places))
    near = np.where(lands & (beyond_km[:, -1] <= rule.impact_km), t_s[-1], np.nan)
    return np.where(beyond_km[rows, closest] <= rule.corridor_km, t_s[closest], near)


@lru_cache(maxsize=16)
def discs(places: tuple[Place, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Places as discs on the ellipsoid; kept, for a live centre asks at every cycle.

    Parameters
    ----------
    places : tuple of Place
        P places.

    Returns
    -------
    (ndarray of shape (P, 3), ndarray of shape (P,))
        ECEF points, m, and radii, km.
    """
    columns = np.array([(place.lat_deg, place.lon_deg, place.radius_km) for place in places], dtype=float)
    lat, lon, radius_km = columns.reshape(-1, 3).T.copy()
    return np.stack(pymap3d.geodetic2ecef(lat, lon, np.zeros_like(lat)), axis=1), radius_km
