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
    """Instants (n,), positions and velocities (n, 3) every half second from the first knot (k, 10) to the end."""
    start = float(knots[0, 0])
    grid = np.arange(math.floor(start / GRID_S) + 1, math.ceil((end_s - 1e-6) / GRID_S)) * GRID_S
    t = np.concatenate([[start], grid, [end_s]])
    position, velocity = np.empty((len(t), 3)), np.empty((len(t), 3))
    kernel.sample(knots, len(knots), t, position, velocity)
    return t, position, velocity


def bundled(name: str, sections: np.ndarray, launch: Launch, out: np.ndarray, knots: np.ndarray) -> Flight:
    """The flight of a summary (SUMMARY,) and its knots (k, 10), sampled every half second from the first knot on."""
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
