"""A missile on its pad, in the form that the kernels take."""

import math

import numpy as np

from trackfuse.flight.missile import Launch, MissileClass
from trackfuse.kernels import flight as kernel
from trackfuse.kernels.flight import Steering, Vehicle

NO_KNOTS = np.empty((0, 10))


def fly_steered(vehicle: Vehicle, steering: Steering, steps: tuple[float, float] = kernel.FINE,
          knots: np.ndarray = NO_KNOTS) -> tuple[np.ndarray, int]:
    """Summary of one flight, shape (SUMMARY,), in s, m and m/s, and its number of knots.

    `knots`, shape (k, 10), is room for them: s, m, m/s and m/s^2; none are kept without it.
    """
    out = np.empty(kernel.SUMMARY)
    return out, kernel.fly(vehicle, steering, steps, knots, out)


def steering_of(effort: float, kick: float, azimuth: float) -> Steering:
    """An effort, and a pitch-over by an angle towards an azimuth (rad).

    Definition: its parts towards east and north.
    """
    return Steering(effort, kick * math.sin(azimuth), kick * math.cos(azimuth))


def vehicle(launch: Launch) -> Vehicle:
    """The launch's missile on its pad."""
    return vehicle_at(launch.missile, math.radians(launch.lat_deg), math.radians(launch.lon_deg), launch.alt_m)


def vehicle_at(missile: MissileClass, lat: float, lon: float, alt: float) -> Vehicle:
    """A missile at a latitude, longitude (rad) and height (m)."""
    stages = [(s.pause_s, s.burn_s, s.acceleration_mps2, s.acceleration_mps2 / s.exhaust_mps) for s in missile.stages]
    betas = np.array([missile.ascent_beta_kgpm2, missile.reentry_beta_kgpm2])
    return Vehicle(lat, lon, alt, np.array(stages), missile.vertical_s, betas, missile.lift_to_drag)
