"""Satellite launches: the lower stages fall where that is published, the upper one is steered into the orbit."""

import math
from dataclasses import dataclass

import numpy as np

from trackfuse.core.constants import EARTH_RATE_RADPS, MU_M3PS2, SEMI_MAJOR_M
from trackfuse.core.errors import FlightError
from trackfuse.flight.missile import Launch
from trackfuse.flight.plane import Target, target_of
from trackfuse.flight.solve import check_effort, newton, solve
from trackfuse.flight.truth import Orbit
from trackfuse.flight.vehicle import NO_KNOTS, Steering, vehicle
from trackfuse.kernels import flight as kernel
from trackfuse.kernels.geodesy import ecef_from_geodetic, enu_from_ecef
from trackfuse.kernels.orbit import Upper, ascend

FOLLOWED_S = 300.0
"""How long a satellite is followed after insertion: by then it has left the sight of all sensors around Japan."""
CLOSE = 2e-3
"""Largest miss of a solution, in the units of `Ascent.misses`."""
STEPS = np.array([1e-5, 1e-5, 1e-4, 1e-4, 1e-4, 1e-2])
"""Of the unknowns, for difference quotients."""


def orbit_of(state: np.ndarray) -> Orbit:
    """Kepler orbit through an Earth-fixed state.

    Parameters
    ----------
    state : ndarray, shape (6,)
        ECEF position (m) and velocity relative to the rotating Earth (m/s).

    Returns
    -------
    Orbit

    Raises
    ------
    FlightError
        If the body escapes.

    Notes
    -----
    Osculating: what the orbit would be without the Earth's oblateness. Source: Bate, Mueller & White 1971, chapter 2.
    """
    r, v = state[:3], _inertial(state)
    momentum = np.cross(r, v)
    axis = 1.0 / (2.0 / float(np.linalg.norm(r)) - float(v @ v) / MU_M3PS2)
    if not axis > 0.0:
        raise FlightError("orbit_of: the body escapes")
    eccentricity = math.sqrt(max(0.0, 1.0 - float(momentum @ momentum) / (MU_M3PS2 * axis)))
    return Orbit(perigee_km=(axis * (1.0 - eccentricity) - SEMI_MAJOR_M) / 1e3,
                 apogee_km=(axis * (1.0 + eccentricity) - SEMI_MAJOR_M) / 1e3,
                 inclination_deg=math.degrees(math.acos(float(momentum[2] / np.linalg.norm(momentum)))),
                 period_s=2.0 * math.pi * math.sqrt(axis**3 / MU_M3PS2))


@dataclass(frozen=True, slots=True)
class Ascent:
    """A satellite launch that can be flown: where its last lower stage is to fall, and its upper one.

    `upper`, shape (4,), is the upper stage: pause and burn (s), acceleration (m/s^2) and share of mass lost in a second
    (1/s). The unknowns, shape (6,), are the kick to east and north (rad), the effort of the lower stages, pitch and yaw
    of the upper one (rad) and its burn (s).
    """

    launch: Launch
    target: Target
    upper: np.ndarray

    def fly(self, unknowns: np.ndarray, followed_s: float, knots: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
        """Fly with some unknowns.

        Parameters
        ----------
        unknowns : ndarray, shape (6,)
            rad, rad, a factor, rad, rad and s, as the class says.
        followed_s : float
            How long after insertion.
        knots : ndarray, shape (k, 10)
            Room for the knots: s, m, m/s and m/s^2.

        Returns
        -------
        (ndarray, ndarray, int)
            Summaries of the satellite and of the last lower stage, shape (SUMMARY,), in s, m and m/s; number of knots.
        """
        east, north, effort, pitch, yaw, burn = unknowns.tolist()
        out, dropped = np.empty(kernel.SUMMARY), np.empty(kernel.SUMMARY)
        count = ascend(vehicle(self.launch), Steering(effort, east, north), Upper(self.upper, pitch, yaw, burn),
                       followed_s, knots, out, dropped)
        return out, dropped, count

    def misses(self, unknowns: np.ndarray) -> np.ndarray:
        """By how much the insertion, at perigee, and the splash are missed.

        Parameters
        ----------
        unknowns : ndarray, shape (6,)
            rad, rad, a factor, rad, rad and s, as the class says.

        Returns
        -------
        ndarray, shape (6,)
            km, m/s, m/s, 0.01 degrees, km, km; 10,000 each where there is no such flight.

        Notes
        -----
        Speed and inclination from energy and angular momentum: Bate, Mueller & White 1971, chapters 1 and 2.
        """
        if not 0.0 < unknowns[5] * self.upper[3] < 0.99:  # of its whole mass
            return np.full(6, 1e4)
        out, dropped, _ = self.fly(unknowns, 0.0, NO_KNOTS)
        if out[kernel.STATUS] != kernel.STAYED_UP or dropped[kernel.STATUS] != kernel.LANDED:
            return np.full(6, 1e4)
        place = out[kernel.IMPACT : kernel.IMPACT + 3]
        v = _inertial(out[kernel.IMPACT : kernel.IMPACT + 6])
        r, momentum = float(np.linalg.norm(place)), np.cross(place, v)
        low, high = (SEMI_MAJOR_M + 1e3 * (km or 0.0) for km in (self.launch.perigee_km, self.launch.apogee_km))
        speed = math.sqrt(2.0 * MU_M3PS2 * high / (low * (low + high)))
        tilt = math.degrees(math.acos(momentum[2] / np.linalg.norm(momentum))) - (self.launch.inclination_deg or 0.0)
        lat, lon = self.target.lat, self.target.lon
        splash = dropped[kernel.IMPACT : kernel.IMPACT + 3] - np.array(ecef_from_geodetic(lat, lon, 0.0))
        beside = enu_from_ecef(lat, lon)[:2] @ splash
        return np.array([(r - low) / 1e3, float(place @ v) / r, float(np.linalg.norm(v)) - speed, 100.0 * tilt,
                         *(beside / 1e3)])


def _inertial(state: np.ndarray) -> np.ndarray:
    """Velocity (3,) in inertial space of an Earth-fixed state (6,)."""
    return state[3:] + EARTH_RATE_RADPS * np.array([-state[1], state[0], 0.0])


def solve_orbit(launch: Launch) -> tuple[Ascent, np.ndarray]:
    """The ascent of a satellite launch, and the unknowns with which it meets its orbit and its splash.

    Parameters
    ----------
    launch : Launch

    Returns
    -------
    (Ascent, ndarray)
        The unknowns have shape (6,): rad, rad, a factor, rad, rad and s, as `Ascent` says.

    Raises
    ------
    FlightError
        If the class cannot reach this orbit while its last lower stage falls there.

    Notes
    -----
    Derived here: Newton's method in six unknowns, from the flight of a missile whose last stage rises as high, with 0.3
    rad of yaw and 0.95 of the upper stage's burn.
    """
    where = f"launch {launch.launch_id!r} ({launch.missile.name})"
    upper, perigee = launch.missile.upper, launch.perigee_km
    if upper is None or perigee is None:
        raise FlightError(f"{where}: is not a satellite launch")
    target = target_of(launch, perigee)
    loss = upper.acceleration_mps2 / upper.exhaust_mps
    ascent = Ascent(launch, target, np.array([upper.pause_s, upper.burn_s, upper.acceleration_mps2, loss]))
    # As a missile whose last stage rises as high as the orbit it is nearly right; yaw makes most of the inclination.
    effort, east, north = solve(vehicle(launch), target)
    x, missed = newton(ascent.misses, np.array([east, north, effort, 0.0, 0.3, 0.95 * upper.burn_s]), STEPS, CLOSE)
    asked = (f"{where}: perigee_km {perigee:g}, apogee_km {launch.apogee_km:g}, inclination_deg "
             f"{launch.inclination_deg:g}, last lower stage down at range_km {launch.range_km:g}")
    if not np.max(np.abs(missed)) < 10.0 * CLOSE:
        raise FlightError(f"{asked}: no flight of the class")
    if x[5] > upper.burn_s:
        raise FlightError(f"{asked}: needs {x[5] / upper.burn_s:.2f} of the burn of the upper stage")
    check_effort(float(x[2]), asked)
    return ascent, x
