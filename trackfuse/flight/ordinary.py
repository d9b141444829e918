"""Where a missile would come down on an ordinary path: unpowered and without lift from some instant of its flight."""

import math

import numpy as np
from pymap3d.vincenty import vdist

from trackfuse.flight.missile import Launch
from trackfuse.flight.truth import Flight, state_at
from trackfuse.kernels import flight as kernel
from trackfuse.kernels.geodesy import geodetic_from_ecef

_NO_KNOTS = np.empty((0, 10))


def ordinary_range_km(launch: Launch, flight: Flight, t_s: np.ndarray) -> np.ndarray:
    """Ground range of the ordinary path that begins with the state at each of some instants.

    Parameters
    ----------
    launch : Launch
        As flown.
    flight : Flight
        The flight of that launch.
    t_s : ndarray, shape (k,)
        Seconds after lift-off; instants outside the flight give its ends.

    Returns
    -------
    ndarray, shape (k,)
        Kilometres from the launch place to where it comes down, with the class's re-entry coefficient; nan where it
        does not come down.

    Notes
    -----
    What a centre gets that has followed a flight so far and knows of no engine and no pull-up. Source: the equations of
    `fly`, lift left out.
    """
    places = np.array([_impact_deg(launch.missile.reentry_beta_kgpm2, state) for state in state_at(flight, t_s)])
    range_km = np.full(len(places), np.nan)
    down = np.isfinite(places).all(axis=1)
    if down.any():
        lat_deg, lon_deg = places[down].T
        range_km[down] = vdist(lat_deg, lon_deg, launch.lat_deg, launch.lon_deg)[0] / 1e3
    return range_km


def _impact_deg(beta: float, state: np.ndarray) -> tuple[float, float]:
    """Latitude and longitude where a state (6,) comes down without thrust and lift; nan where it does not."""
    record = kernel.empty_record(np.empty(kernel.SUMMARY), _NO_KNOTS)
    kernel.fall(tuple(float(value) for value in state), 0.0, (beta, beta), 0.0, kernel.FINE[1], record)
    out = record.summary
    if out[kernel.STATUS] != kernel.LANDED:
        return math.nan, math.nan
    lat, lon, _ = geodetic_from_ecef(*out[kernel.IMPACT : kernel.IMPACT + 3])
    return math.degrees(lat), math.degrees(lon)
