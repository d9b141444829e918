"""When a flight passes a place on the ground."""

import numpy as np
from pymap3d import ecef2geodetic

from trackfuse.core.constants import MEAN_RADIUS_M
from trackfuse.flight.truth import Flight


def passage(flight: Flight, lat_deg: float, lon_deg: float) -> tuple[float, float, float]:
    """When, how far beside and how high a flight passes a place.

    Parameters
    ----------
    flight : Flight
    lat_deg, lon_deg : float
        The place, degrees.

    Returns
    -------
    tuple of float
        Seconds after lift-off at which the point below the missile is nearest to the place (to the half second of the
        flight's own instants), its distance then along the mean sphere (km), and the missile's height (km).

    Notes
    -----
    Source: great circle on the mean sphere (IUGG); valid to 0.5 % of the distance. The haversine of Sinnott 1984, Sky &
    Telescope 68(2), 159.
    """
    lat, lon, alt = ecef2geodetic(*flight.position_m.T)
    here, there = np.radians(lat), np.radians(lat_deg)
    apart = np.radians(np.asarray(lon) - lon_deg)
    haversine = np.sin((here - there) / 2.0) ** 2 + np.cos(here) * np.cos(there) * np.sin(apart / 2.0) ** 2
    distance = 2.0 * MEAN_RADIUS_M * np.arcsin(np.sqrt(np.clip(haversine, 0.0, 1.0)))
    nearest = int(np.argmin(distance))
    return float(flight.t_s[nearest]), float(distance[nearest]) / 1e3, float(np.asarray(alt)[nearest]) / 1e3
