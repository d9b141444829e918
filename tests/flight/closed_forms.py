"""Closed forms that integrated flights must agree with."""

import math

from trackfuse.core.constants import EARTH_RATE_RADPS, G0_MPS2, MEAN_RADIUS_M, MU_M3PS2
from trackfuse.flight.kepler import Arc, free_flight


def lofted_pair(speed_mps: float, range_km: float) -> tuple[Arc, Arc]:
    """The two free flights, depressed and lofted, that reach a range with one speed.

    Bate, Mueller & White 1971, section 6.2: sin(2 phi + Psi/2) = (2 - Q) / Q sin(Psi/2).
    """
    half = 0.5e3 * range_km / MEAN_RADIUS_M
    q = speed_mps**2 * MEAN_RADIUS_M / MU_M3PS2
    angle = math.asin((2.0 - q) / q * math.sin(half))
    low, high = 0.5 * (angle - half), 0.5 * (math.pi - angle - half)
    return free_flight(speed_mps, math.degrees(low)), free_flight(speed_mps, math.degrees(high))


def vertical_throw(speed_mps: float, lat_deg: float) -> tuple[float, float, float, float]:
    """Time (s), apogee, displacement east and north (km) of a body thrown straight up from the rotating sphere.

    Kepler's orbit with the ground's speed added: Bate, Mueller & White 1971, section 6.4.
    """
    lat = math.radians(lat_deg)
    ground = EARTH_RATE_RADPS * MEAN_RADIUS_M * math.cos(lat)
    arc = free_flight(math.hypot(speed_mps, ground), math.degrees(math.atan2(speed_mps, ground)))
    psi = arc.range_km * 1e3 / MEAN_RADIUS_M
    sin_end = math.sin(lat) * math.cos(psi)
    inertial_lon = math.atan2(math.sin(psi) * math.cos(lat), math.cos(psi) - math.sin(lat) * sin_end)
    lon = inertial_lon - EARTH_RATE_RADPS * arc.time_s
    kilometres = MEAN_RADIUS_M / 1e3
    return arc.time_s, arc.apogee_km, kilometres * math.cos(lat) * lon, kilometres * (math.asin(sin_end) - lat)


def gravity_turn(thrust_ratio: float, speed_mps: float, start_deg: float, end_deg: float) -> tuple[float, float]:
    """Speed (m/s) and time (s) at the end of a gravity turn over a flat Earth, thrust a constant multiple of weight.

    v = A z^(n-1) (1 + z^2), z = tan(angle from the vertical / 2): Culler & Fried, J. Appl. Phys. 28 (1957).
    """
    n, z0, z1 = thrust_ratio, math.tan(math.radians(start_deg) / 2.0), math.tan(math.radians(end_deg) / 2.0)
    scale = speed_mps / (z0 ** (n - 1.0) * (1.0 + z0 * z0))

    def moment(z: float) -> float:
        return scale / G0_MPS2 * z ** (n - 1.0) * (1.0 / (n - 1.0) + z * z / (n + 1.0))

    return scale * z1 ** (n - 1.0) * (1.0 + z1 * z1), moment(z1) - moment(z0)


def vertical_boost(exhaust_mps: float, mass_ratio: float, burn_s: float) -> tuple[float, float]:
    """Speed (m/s) and height (m) of a rocket at burn-out, straight up from rest, constant gravity, no air.

    Tsiolkovsky's equation integrated once more.
    """
    logarithm = math.log(mass_ratio)
    height = exhaust_mps * burn_s * (1.0 - logarithm / (mass_ratio - 1.0)) - 0.5 * G0_MPS2 * burn_s**2
    return exhaust_mps * logarithm - G0_MPS2 * burn_s, height
