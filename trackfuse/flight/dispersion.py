"""Many flights at once, each a little different: where they come down."""

import math
from dataclasses import dataclass

import numpy as np

from trackfuse.core.errors import FlightError
from trackfuse.flight.missile import Launch
from trackfuse.flight.truth import Flight
from trackfuse.flight.vehicle import vehicle
from trackfuse.kernels import flight as kernel
from trackfuse.kernels.geodesy import geodetic_from_ecef


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispersion:
    """Ends of many flights of one launch.

    Parameters
    ----------
    impact_lat_deg, impact_lon_deg : ndarray, shape (n,)
        Place of impact, degrees; NaN where a flight does not come down, or fell while it burned.
    impact_s, apogee_km, burnout_alt_km, burnout_speed_mps : ndarray, shape (n,)
        Time of impact (s after lift-off), apogee and burn-out height (km), speed at burn-out (m/s).
    """

    impact_lat_deg: np.ndarray
    impact_lon_deg: np.ndarray
    impact_s: np.ndarray
    apogee_km: np.ndarray
    burnout_alt_km: np.ndarray
    burnout_speed_mps: np.ndarray


def disperse(launch: Launch, flight: Flight, *, thrust: np.ndarray | None = None, kick_deg: np.ndarray | None = None,
             azimuth_deg: np.ndarray | None = None, ascent_beta: np.ndarray | None = None,
             reentry_beta: np.ndarray | None = None) -> Dispersion:
    """Fly a launch many times, perturbed.

    Parameters
    ----------
    launch : Launch
        As flown.
    flight : Flight
        The flight of that launch that is perturbed, by `fly` or `refly`.
    thrust, ascent_beta, reentry_beta : ndarray, shape (n,), optional
        Factors on thrust with exhaust velocity, and on the two ballistic coefficients; 1 by default.
    kick_deg, azimuth_deg : ndarray, shape (n,), optional
        Added to the pitch-over angle and its azimuth, degrees; 0 by default.

    Returns
    -------
    Dispersion
        With arrays of shape (n,).

    Raises
    ------
    FlightError
        If the arrays differ in length, are not finite, or a factor is not positive; or if the flight is debris, fails,
        or reaches orbit.

    Notes
    -----
    Draws no random numbers: give it the perturbations. Valid as `fly`. Source: `flight.flown.fly`.
    """
    if math.isnan(flight.kick_deg):
        raise FlightError(f"flight {flight.launch_id!r} was not launched: it cannot be flown again")
    if launch.failure:
        raise FlightError(f"flight {flight.launch_id!r} fails: only a flight as intended can be perturbed")
    if not flight.lands:
        raise FlightError(f"flight {flight.launch_id!r} reaches orbit: it has no place of impact")
    given = {"thrust": thrust, "kick_deg": kick_deg, "azimuth_deg": azimuth_deg, "ascent_beta": ascent_beta,
             "reentry_beta": reentry_beta}
    n = max((len(np.atleast_1d(values)) for values in given.values() if values is not None), default=1)
    rows = {name: _row(name, values, n) for name, values in given.items()}
    pad = vehicle(launch)
    stages = np.repeat(pad.stages[None], n, axis=0)
    stages[:, :, 2] *= rows["thrust"][:, None]
    betas = pad.betas * np.column_stack([rows["ascent_beta"], rows["reentry_beta"]])
    kick = np.radians(flight.kick_deg + rows["kick_deg"])
    azimuth = np.radians(flight.pitch_azimuth_deg + rows["azimuth_deg"])
    effort = np.full(n, flight.thrust_scale * flight.burn_fraction)
    out = np.empty((n, kernel.SUMMARY))
    steering = kernel.Steering(*np.stack([effort, kick * np.sin(azimuth), kick * np.cos(azimuth)]))
    kernel.fly_many(pad._replace(stages=stages, betas=betas), steering, out)
    places = np.array([geodetic_from_ecef(*end[:3])[:2] for end in out[:, kernel.IMPACT :]])
    lat, lon = np.degrees(places).T
    return Dispersion(impact_lat_deg=lat, impact_lon_deg=lon, impact_s=out[:, kernel.IMPACT_S],
                      apogee_km=out[:, kernel.APOGEE_ALT] / 1e3, burnout_alt_km=out[:, kernel.BURNOUT_ALT] / 1e3,
                      burnout_speed_mps=out[:, kernel.BURNOUT_SPEED])


def _row(name: str, values: np.ndarray | None, n: int) -> np.ndarray:
    neutral = 0.0 if name.endswith("_deg") else 1.0
    row = np.full(n, neutral) if values is None else np.asarray(values, dtype=float)
    if row.shape != (n,):
        raise FlightError(f"disperse {name}: shape {row.shape} is not ({n},)")
    if not np.all(np.isfinite(row)) or (neutral == 1.0 and np.any(row <= 0.0)):
        raise FlightError(f"disperse {name}: every value must be finite{', and a factor positive' if neutral else ''}")
    return row
