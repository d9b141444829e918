"""The truth of one flown object: a frozen bundle of arrays."""

from dataclasses import dataclass

import numpy as np

BOOST, COAST, REENTRY = 0, 1, 2
PHASES = ("boost", "coast", "re-entry")


@dataclass(frozen=True, slots=True, kw_only=True)
class Flight:
    """One object from lift-off to impact on the rotating WGS-84 Earth.

    Parameters
    ----------
    launch_id : str
    rcs_m2 : ndarray, shape (3,)
        Radar cross-section by phase (boost, coast, re-entry), m^2.
    t_s : ndarray, shape (n,)
        Seconds after lift-off: every half second, and the instant of impact last.
    position_m, velocity_mps : ndarray, shape (n, 3)
        Earth-fixed (ECEF) position and velocity relative to the rotating Earth.
    phase : ndarray of int8, shape (n,)
        0 boost (any engine burning or about to), 1 coast, 2 re-entry (descending below 100 km).
    burnout_s, impact_s, apogee_s : float
    apogee_km, range_km : float
        As flown: height above the ellipsoid, geodesic ground range.
    impact_lat_deg, impact_lon_deg : float
    thrust_scale, kick_deg : float
        What was solved for: common factor on thrust and exhaust velocity, and pitch-over angle.
    """

    launch_id: str
    rcs_m2: np.ndarray
    t_s: np.ndarray
    position_m: np.ndarray
    velocity_mps: np.ndarray
    phase: np.ndarray
    burnout_s: float
    impact_s: float
    apogee_s: float
    apogee_km: float
    range_km: float
    impact_lat_deg: float
    impact_lon_deg: float
    thrust_scale: float
    kick_deg: float
