"""A flight's summary and knots as arrays at even instants."""

import math

import numpy as np

from trackfuse.earth import distance_km
from trackfuse.flight.missile import Launch
from trackfuse.flight.truth import Flight
from trackfuse.kernels import flight as kernel
from trackfuse.kernels.geodesy import geodetic_from_ecef

KNOTS = 8192
GRID_S = 0.5
ENTRY_M = 100e3


def sampled(knots: np.ndarray, end_s: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Instants, positions and velocities of a flight every half second from its first knot to the end.

    Parameters
    ----------
    knots : ndarray, shape (k, 10)
        Instant (s), ECEF position (m), velocity (m/s) and acceleration (m/s^2).
    end_s : float

    Returns
    -------
    t_s : ndarray, shape (n,)
    position_m, velocity_mps : ndarray, shape (n, 3)

    Notes
    -----
    Quintic Hermite interpolation between the knots.
    """
    start = float(knots[0, 0])
    grid = np.arange(math.floor(start / GRID_S) + 1, math.ceil((end_s - 1e-6) / GRID_S)) * GRID_S
    t = np.concatenate([[start], grid, [end_s]])
    position, velocity = np.empty((len(t), 3)), np.empty((len(t), 3))
    kernel.sample(knots, len(knots), t, position, velocity)
    return t, position, velocity


def bundled(name: str, sections: np.ndarray, launch: Launch, out: np.ndarray, knots: np.ndarray) -> Flight:
    """The flight of a summary and its knots, sampled every half second from the first knot on.

    Parameters
    ----------
    name : str
    sections : ndarray, shape (3,)
        Radar cross-sections, m^2.
    launch : Launch
    out : ndarray, shape (SUMMARY,)
        Summary of `kernels.flight`, in s, m and m/s.
    knots : ndarray, shape (k, 10)
        Instant (s), ECEF position (m), velocity (m/s) and acceleration (m/s^2).

    Returns
    -------
    Flight
        With arrays of shape (n,) and (n, 3).
    """
    impact_s, apogee_s, burnout_s = (float(out[i]) for i in (kernel.IMPACT_S, kernel.APOGEE_S, kernel.BURNOUT_S))
    t, position, velocity = sampled(knots, impact_s)
    phase = np.empty(len(t), np.int8)
    kernel.phases(t, position, burnout_s, apogee_s, ENTRY_M, phase)
    lat, lon, _ = geodetic_from_ecef(*position[-1])
    lat, lon = math.degrees(lat), math.degrees(lon)
    return Flight(launch_id=name, rcs_m2=sections, t_s=t, position_m=position, velocity_mps=velocity, phase=phase,
                  burnout_s=burnout_s, impact_s=impact_s, apogee_s=apogee_s,
                  apogee_km=float(out[kernel.APOGEE_ALT]) / 1e3, impact_lat_deg=lat, impact_lon_deg=lon,
                  range_km=distance_km(launch.lat_deg, launch.lon_deg, lat, lon))
