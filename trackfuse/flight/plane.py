"""Coarse flights in the vertical plane of the bearing, where height and range each rise with one unknown.

Derived here, but for the search for roots: the Illinois method of Dowell & Jarratt 1971, BIT 11, 168-174.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from trackfuse.core.constants import MEAN_RADIUS_M
from trackfuse.earth import destination
from trackfuse.flight.missile import Launch
from trackfuse.flight.vehicle import Vehicle, fly_steered, steering_of
from trackfuse.kernels import flight as kernel
from trackfuse.kernels.geodesy import ecef_from_geodetic, enu_from_ecef

SEARCH_LIMITS = (0.25, 2.5)
COARSE = (1.5, 4.0)
"""Steps in the search, as `kernels.flight.FINE`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a flight has to meet: apogee (m), place of impact (rad) on a bearing from the pad (rad); and its name."""

    where: str
    range_km: float
    apogee_m: float
    lat: float
    lon: float
    bearing: float

    @property
    def asked(self) -> str:
        """Launch, apogee and range in words."""
        return f"{self.where}: apogee_km {self.apogee_m / 1e3:g} at range_km {self.range_km:g}"


def target_of(launch: Launch, apogee_km: float) -> Target:
    """What a launch has to meet, with this apogee."""
    lat, lon = destination(launch.lat_deg, launch.lon_deg, launch.azimuth_deg, launch.range_km)
    return Target(where=f"launch {launch.launch_id!r} ({launch.missile.name})", range_km=launch.range_km,
                  apogee_m=apogee_km * 1e3, lat=math.radians(lat), lon=math.radians(lon),
                  bearing=math.radians(launch.azimuth_deg))


class Shot(NamedTuple):
    """A flight in the plane with the apogee wanted: how far beyond the target it falls (rad), and its effort.

    Where there is none, `beyond` is infinite and `why` says "strong" (even the least effort flies higher), "weak" (the
    most stays below) or "falls" (with the effort that fits, it comes down while it still burns).
    """

    beyond: float
    effort: float
    why: str


def _loft(apogee_m: float) -> float:
    """Speed that a throw to this height needs, over escape speed: nearly linear in the effort."""
    height = max(apogee_m, 1.0)
    return 1.0 if math.isinf(height) else math.sqrt(height / (MEAN_RADIUS_M + height))


def root(f: Callable[[float], float], low: float, high: float, f_low: float, f_high: float,
          done: float) -> tuple[float, float]:
    """Root of f, and f there, between two points of opposite, perhaps infinite, sign: Illinois method or bisection."""
    x, y = high, f_high
    for _ in range(50):
        finite = math.isfinite(f_low) and math.isfinite(f_high)
        x = high - f_high * (high - low) / (f_high - f_low) if finite else 0.5 * (low + high)
        y = f(x)
        if abs(y) < done or abs(high - low) < 1e-8:
            break
        if y * f_high < 0.0:
            low, f_low = high, f_high
        elif finite:
            f_low *= 0.5
        high, f_high = x, y
    return x, y


def _forward(angle: float) -> float:
    """The same angle in [-1.2, 5.1) rad: the Earth turns under no flight by more, and hardly one goes round it."""
    return (angle + 1.2) % (2.0 * math.pi) - 1.2


@dataclass(frozen=True, slots=True)
class Plane:
    """A pad and a target: `axes`, shape (2, 3), unit vectors up and forward at the pad, `wanted` the angle (rad)
    at the Earth's centre between.
    """

    vehicle: Vehicle
    target: Target
    axes: np.ndarray
    wanted: float

    def angle(self, place: np.ndarray) -> float:
        """Angle at the Earth's centre from the pad to a place, shape (3,), m, along the bearing: -1.2 to 5.1 rad."""
        up, forward = self.axes @ place
        return _forward(math.atan2(forward, up))

    def fly(self, effort: float, kick: float) -> np.ndarray:
        """Summary of a flight, shape (SUMMARY,), in s, m and m/s."""
        return fly_steered(self.vehicle, steering_of(effort, kick, self.target.bearing), COARSE)[0]

    def beyond(self, out: np.ndarray) -> float:
        """How far beyond the target a flight came down, rad, by its summary, shape (SUMMARY,), in s, m and m/s."""
        crest = self.angle(out[kernel.APOGEE : kernel.APOGEE + 3])
        return crest + _forward(self.angle(out[kernel.IMPACT : kernel.IMPACT + 3]) - crest) - self.wanted

    def shot(self, kick: float, guess: float) -> Shot:
        """The flight with this kick that meets the apogee."""
        wanted = _loft(self.target.apogee_m)

        def excess(effort: float) -> float:
            return _loft(self.fly(effort, kick)[kernel.APOGEE_ALT]) - wanted

        low, high = SEARCH_LIMITS
        near = far = guess
        f_near = f_far = excess(guess)
        reach = 1.1
        while f_near * f_far > 0.0:
            if far == high and f_far < 0.0:
                return Shot(math.inf, far, "weak")
            if far == low and f_far > 0.0:
                return Shot(-math.inf, far, "strong")
            near, f_near = far, f_far
            far = min(high, max(low, far * (1.0 - reach * f_far / (wanted + f_far))))
            f_far, reach = excess(far), 2.0 * reach
        effort, miss = root(excess, near, far, f_near, f_far, 1e-5)
        out = self.fly(effort, kick)
        if out[kernel.STATUS] != kernel.LANDED or abs(miss) > 1e-3:
            return Shot(math.inf, effort, "falls")
        return Shot(self.beyond(out), effort, "")


def plane_of(vehicle: Vehicle, target: Target) -> Plane:
    """The plane through the pad along the bearing of the target."""
    pad, enu = np.array(ecef_from_geodetic(vehicle.lat, vehicle.lon, 0.0)), enu_from_ecef(vehicle.lat, vehicle.lon)
    up, forward = pad / np.linalg.norm(pad), math.sin(target.bearing) * enu[0] + math.cos(target.bearing) * enu[1]
    forward = forward - (forward @ up) * up
    axes = np.array([up, forward / np.linalg.norm(forward)])
    above, ahead = axes @ np.array(ecef_from_geodetic(target.lat, target.lon, 0.0))
    return Plane(vehicle, target, axes, math.atan2(ahead, above) % (2.0 * math.pi))
