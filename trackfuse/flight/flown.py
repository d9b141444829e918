"""Flies a launch: fits the class model to what is published about it and gives the truth as arrays."""

import math
from dataclasses import replace

import numpy as np

from trackfuse.core.errors import FlightError, check_between
from trackfuse.flight.bundle import KNOTS, bundled, sampled
from trackfuse.flight.failure import failed
from trackfuse.flight.missile import Launch
from trackfuse.flight.orbit import FOLLOWED_S, orbit_of, solve_orbit
from trackfuse.flight.plane import target_of
from trackfuse.flight.solve import solve
from trackfuse.flight.truth import BOOST, COAST, Flight
from trackfuse.flight.vehicle import Steering, fly_steered, steering_of, vehicle
from trackfuse.kernels import flight as kernel

ENDS = {kernel.SANK: "does not lift off", kernel.CRASHED: "falls to the ground while it still burns",
        kernel.STAYED_UP: "does not come down: it escapes, or its orbit stays above the air"}


def fly(launch: Launch) -> Flight:
    """Fly a launch so that its apogee, range and bearing are met.

    The class model is flown on the rotating WGS-84 Earth with J2 and the US Standard Atmosphere 1976: vertical rise, an
    instantaneous pitch-over, a gravity turn through all stages, coast, re-entry. Three unknowns are solved for, so that
    the apogee is met to 1e-6 and the place of impact to a few metres: the two parts of the pitch-over, and an effort
    that is either an earlier cut-off or, where the class does not reach so far, a common factor on thrust and exhaust
    velocity.

    A satellite launch is flown in the same way until its last lower stage is dropped; then its upper stage burns at a
    constant angle above the horizon and beside the direction of flight. Six unknowns are solved for, so that it is
    inserted at perigee into the orbit wanted, and the last lower stage falls at the range and bearing wanted. The
    satellite is followed for five minutes.

    What a launch must meet is that of the flight intended: one that fails is flown so, and cut at its failure.

    Parameters
    ----------
    launch : Launch

    Returns
    -------
    Flight
        With arrays of shape (n,) and (n, 3); see there.

    Raises
    ------
    FlightError
        If the class cannot fly this apogee and range, or reach this orbit, with 0.4 of its burn time to 2 times its
        thrust; the message says which limit is passed. Or if the flight cannot fail as the launch says.

    Notes
    -----
    Valid for ballistic flights of 10 to 19,000 km. Sources: Culler & Fried 1957 for the gravity turn; Regan &
    Anandakrishnan, Dynamics of Atmospheric Re-Entry (1993), for the equations of motion.
    """
    if launch.to_orbit:
        return _inserted(launch)
    return refly(launch, **_published(solve(vehicle(launch), target_of(launch, launch.apogee_km))))


def _published(steering: Steering) -> dict[str, float]:
    """A steering as `Flight` has it."""
    effort, east, north = steering
    return {"thrust_scale": max(effort, 1.0), "burn_fraction": min(effort, 1.0),
            "kick_deg": math.degrees(math.hypot(east, north)),
            "pitch_azimuth_deg": math.degrees(math.atan2(east, north)) % 360.0}


def refly(launch: Launch, *, thrust_scale: float = 1.0, burn_fraction: float = 1.0, kick_deg: float,
          pitch_azimuth_deg: float) -> Flight:
    """Fly a launch with a given effort and pitch-over; its published apogee, range and bearing are ignored.

    Parameters
    ----------
    launch : Launch
    thrust_scale : float
        Factor on all thrust and exhaust velocity, 1 to 5.
    burn_fraction : float
        Part of the burn time after which the engines are cut off, 0.1 to 1; below 1 only with a thrust scale of 1.
    kick_deg : float
        Pitch-over angle, 0 to 90 degrees.
    pitch_azimuth_deg : float
        Azimuth of the pitch-over, degrees clockwise from north. It is not the bearing of the impact, which the Earth's
        rotation shifts.

    Returns
    -------
    Flight
        With arrays of shape (n,) and (n, 3); see there.

    Raises
    ------
    FlightError
        If a value is out of range, or the missile does not lift off, falls while it burns, does not come down, or
        cannot fail as the launch says.
    """
    out, knots = launched(launch, thrust_scale, burn_fraction, kick_deg, pitch_azimuth_deg)
    flight = replace(bundled(launch.launch_id, _sections(launch), launch, out, knots), thrust_scale=thrust_scale,
                     burn_fraction=burn_fraction, kick_deg=kick_deg, pitch_azimuth_deg=pitch_azimuth_deg % 360.0)
    return failed(launch, flight, knots) if launch.failure else flight


def launched(launch: Launch, thrust_scale: float, burn_fraction: float, kick_deg: float,
             pitch_azimuth_deg: float) -> tuple[np.ndarray, np.ndarray]:
    """Summary and knots of a flight, its arguments checked.

    Parameters
    ----------
    launch, thrust_scale, burn_fraction, kick_deg, pitch_azimuth_deg
        As in `refly`.

    Returns
    -------
    out : ndarray, shape (SUMMARY,)
        Summary of `kernels.flight`, in s, m and m/s.
    knots : ndarray, shape (k, 10)
        Instant (s), ECEF position (m), velocity (m/s) and acceleration (m/s^2).

    Raises
    ------
    FlightError
        If a value is out of range, or the missile does not lift off, falls while it burns, or does not come down.
    """
    where = f"launch {launch.launch_id!r}"
    check_between(FlightError, f"{where} burn_fraction", burn_fraction, 0.1, 1.0)
    check_between(FlightError, f"{where} thrust_scale", thrust_scale, 1.0, 5.0 if burn_fraction == 1.0 else 1.0)
    check_between(FlightError, f"{where} kick_deg", kick_deg, 0.0, 90.0)
    check_between(FlightError, f"{where} pitch_azimuth_deg", pitch_azimuth_deg, -360.0, 360.0)
    steering = steering_of(thrust_scale * burn_fraction, math.radians(kick_deg), math.radians(pitch_azimuth_deg))
    knots = np.empty((KNOTS, 10))
    out, count = fly_steered(vehicle(launch), steering, knots=knots)
    if out[kernel.STATUS] != kernel.LANDED:
        raise FlightError(f"{where} ({launch.missile.name}): with thrust_scale {thrust_scale:g}, burn_fraction "
                          f"{burn_fraction:g} and kick_deg {kick_deg:g} it {ENDS[int(out[kernel.STATUS])]}")
    if count > KNOTS:
        raise FlightError(f"{where} ({launch.missile.name}): the flight is too long to be kept")
    return out, knots[:count]


def _inserted(launch: Launch) -> Flight:
    """The flight of a satellite launch."""
    ascent, unknowns = solve_orbit(launch)
    knots = np.empty((KNOTS, 10))
    out, _, count = ascent.fly(unknowns, FOLLOWED_S, knots)
    east, north, effort, pitch, yaw, burn = unknowns.tolist()
    insertion_s, orbit = float(out[kernel.BURNOUT_S]), orbit_of(out[kernel.IMPACT : kernel.IMPACT + 6])
    t, position, velocity = sampled(knots[:count], insertion_s + FOLLOWED_S)
    phase = np.where(t < insertion_s, BOOST, COAST).astype(np.int8)
    flight = Flight(launch_id=launch.launch_id, rcs_m2=_sections(launch), t_s=t, position_m=position,
                    velocity_mps=velocity, phase=phase, burnout_s=insertion_s, impact_s=math.inf, apogee_s=insertion_s,
                    apogee_km=orbit.apogee_km, range_km=math.nan, impact_lat_deg=math.nan, impact_lon_deg=math.nan,
                    upper_pitch_deg=math.degrees(pitch), upper_yaw_deg=math.degrees(yaw), upper_burn_s=burn,
                    orbit=orbit, **_published(Steering(effort, east, north)))
    return failed(launch, flight, knots[:count]) if launch.failure else flight


def _sections(launch: Launch) -> np.ndarray:
    missile = launch.missile
    return np.array([missile.boost_rcs_m2, missile.coast_rcs_m2, missile.reentry_rcs_m2])
