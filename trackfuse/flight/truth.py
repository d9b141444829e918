"""The truth of one flown object: a frozen bundle of arrays."""

import math
from dataclasses import dataclass

import numpy as np

from trackfuse.core.display import displayed
from trackfuse.core.language import message

BOOST, COAST, REENTRY = 0, 1, 2
PHASES = (message("boost"), message("coast"), message("re-entry"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Orbit:
    """A Kepler orbit.

    Parameters
    ----------
    perigee_km, apogee_km : float
        Heights above the equatorial radius, 6378.137 km.
    inclination_deg : float
    period_s : float
    """

    perigee_km: float
    apogee_km: float
    inclination_deg: float
    period_s: float


@displayed(lambda value: f"{value.launch_id}: {value.range_km:.0f} km, apogee {value.apogee_km:.0f} km")
@dataclass(frozen=True, slots=True, kw_only=True)
class Flight:
    """One object on the rotating WGS-84 Earth from lift-off to impact, break-up, or some minutes after its insertion in
    orbit.

    Parameters
    ----------
    launch_id : str
    rcs_m2 : ndarray, shape (3,)
        Radar cross-section by phase (boost, coast, re-entry), m^2.
    t_s : ndarray, shape (n,)
        Seconds after lift-off: every half second, the instant of a shutdown, and last that of impact or break-up, or at
        which a satellite is left.
    position_m, velocity_mps : ndarray, shape (n, 3)
        Earth-fixed (ECEF) position and velocity relative to the rotating Earth.
    phase : ndarray of int8, shape (n,)
        0 boost (any engine burning or about to), 1 coast, 2 re-entry (descending below 100 km).
    burnout_s, impact_s, apogee_s : float
        Of a satellite burn-out and apogee_s are the instant of insertion, and impact_s is infinite. A shutdown is a
        burn-out. Of what breaks up impact_s is infinite, and what has not happened by then counts as at that instant.
    apogee_km, range_km : float
        As flown: height above the ellipsoid, geodesic ground range. Of a satellite the orbit's apogee, and NaN; of what
        breaks up the greatest height until then, and NaN.
    impact_lat_deg, impact_lon_deg : float
        NaN of a satellite, and of what breaks up.
    thrust_scale, burn_fraction, kick_deg, pitch_azimuth_deg : float
        What was solved for: common factor on thrust and exhaust velocity (1 or more), part of the burn time after which
        the engines are cut off (1 or less), pitch-over angle and its azimuth. NaN where not solved for. Of a satellite
        launch thrust and burn are those of the lower stages.
    upper_pitch_deg, upper_yaw_deg, upper_burn_s : float
        How the stage that reaches orbit is steered: angle above the horizon and to the right of the direction of
        flight, and how long it burns. NaN for other flights.
    orbit : Orbit, optional
        Through the state at insertion; None for what reaches none.
    intended_end_s : float
        When a flight that broke up would have ended, and until when centres are followed; NaN of others.
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
    thrust_scale: float = math.nan
    burn_fraction: float = math.nan
    kick_deg: float = math.nan
    pitch_azimuth_deg: float = math.nan
    upper_pitch_deg: float = math.nan
    upper_yaw_deg: float = math.nan
    upper_burn_s: float = math.nan
    orbit: Orbit | None = None
    intended_end_s: float = math.nan

    @property
    def lands(self) -> bool:
        """Whether it comes down."""
        return math.isfinite(self.impact_s)

    @property
    def broke_up(self) -> bool:
        """Whether it broke up."""
        return math.isfinite(self.intended_end_s)

    @property
    def end_s(self) -> float:
        """Its last instant, s after lift-off: the impact, the break-up, or where a satellite is left."""
        return float(self.t_s[-1])

    @property
    def over_s(self) -> float:
        """When nothing flies any more, s after lift-off: the impact or the break-up; infinite of a satellite."""
        return self.end_s if self.lands or self.broke_up else math.inf

    @property
    def followed_s(self) -> float:
        """Until when centres are followed, s after lift-off: its end, or that which it should have had."""
        return self.intended_end_s if self.broke_up else self.end_s


def state_at(flight: Flight, t_s: np.ndarray) -> np.ndarray:
    """Truth at any instants, by cubic Hermite interpolation.

    Parameters
    ----------
    flight : Flight
    t_s : ndarray, shape (k,)
        Seconds after lift-off, within the flight; earlier and later instants give its ends.

    Returns
    -------
    ndarray, shape (k, 6)
        ECEF position (m) and velocity (m/s). Exact at the flight's own instants; between them the error is below
        1 m where the thrust is smooth and below a few metres in the half second of a burn-out.
    """
    t = np.clip(np.asarray(t_s, dtype=float), flight.t_s[0], flight.t_s[-1])
    left = np.clip(np.searchsorted(flight.t_s, t, side="right") - 1, 0, len(flight.t_s) - 2)
    step = (flight.t_s[left + 1] - flight.t_s[left])[:, None]
    u = (t[:, None] - flight.t_s[left][:, None]) / step
    p0, p1 = flight.position_m[left], flight.position_m[left + 1]
    m0, m1 = flight.velocity_mps[left] * step, flight.velocity_mps[left + 1] * step
    position = p0 + u * (m0 + u * (3 * (p1 - p0) - 2 * m0 - m1 + u * (2 * (p0 - p1) + m0 + m1)))
    velocity = (m0 + u * (2 * (3 * (p1 - p0) - 2 * m0 - m1) + 3 * u * (2 * (p0 - p1) + m0 + m1))) / step
    return np.concatenate([position, velocity], axis=1)
