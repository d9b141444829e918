"""A missile on its pad, in the form that the kernels take."""

import math
from dataclasses import dataclass

import numpy as np

from trackfuse.flight.missile import Launch
from trackfuse.kernels import flight as kernel

NO_KNOTS = np.empty((0, 10))


@dataclass(frozen=True, slots=True)
class Vehicle:
    """Pad (rad, m), `stages` (k, 4), vertical rise (s), `betas` (2,) and lift ratio as in `kernels.flight.fly`."""

    lat: float
    lon: float
    alt: float
    stages: np.ndarray
    vertical_s: float
    betas: np.ndarray
    lift: float

    def fly(self, effort: float, east: float, north: float, steps: tuple[float, float] = kernel.FINE,
            knots: np.ndarray = NO_KNOTS) -> tuple[np.ndarray, int]:
        """Summary (SUMMARY,) and number of knots of the flight with this effort and these parts of the kick (rad)."""
        out = np.empty(kernel.SUMMARY)
        count = kernel.fly(self.lat, self.lon, self.alt, self.stages, self.vertical_s, self.betas,
                           self.lift, effort, east, north, steps, knots, out)
        return out, count


def vehicle(launch: Launch) -> Vehicle:
    """The launch's missile on its pad."""
    missile = launch.missile
    stages = [(s.pause_s, s.burn_s, s.acceleration_mps2, s.acceleration_mps2 / s.exhaust_mps) for s in missile.stages]
    return Vehicle(lat=math.radians(launch.lat_deg), lon=math.radians(launch.lon_deg), alt=launch.alt_m,
                   stages=np.array(stages), vertical_s=missile.vertical_s,
                   betas=np.array([missile.ascent_beta_kgpm2, missile.reentry_beta_kgpm2]), lift=missile.lift_to_drag)
