"""Closed forms of ballistic flight on a sphere of the mean radius without air: what every integrated flight must agree
with.

Sources: Bate, Mueller & White, Fundamentals of Astrodynamics (1971), chapter 6; Culler & Fried, J. Appl. Phys. 28
(1957). Each function takes and gives plain floats; angles at the face in degrees.
"""

import math
from dataclasses import dataclass

from trackfuse.core.constants import EARTH_RATE_RADPS, G0_MPS2, MEAN_RADIUS_M, MU_M3PS2
from trackfuse.core.errors import FlightError, check_between


@dataclass(frozen=True, slots=True, kw_only=True)
class Arc:
    """A free flight between two passages of one height.

    Parameters
    ----------
    speed_mps, angle_deg : float
        Inertial speed and its elevation at the start.
    range_km : float
        Along the sphere of the mean radius: angle at the Earth's centre times 6371.0088 km.
    apogee_km : float
        Greatest height above that sphere.
    time_s : float
    """

    speed_mps: float
    angle_deg: float
    range_km: float
    apogee_km: float
    time_s: float


def free_flight(speed_mps: float, angle_deg: float, height_km: float = 0.0) -> Arc:
    """Free flight of a body from its speed and elevation at one height until it passes that height again.

    Parameters
    ----------
    speed_mps : float
        Inertial speed, m/s.
    angle_deg : float
        Elevation of the velocity, degrees, above 0 and up to 90.
    height_km : float
        Height of start and end above the mean sphere, km.

    Returns
    -------
    Arc

    Raises
    ------
    FlightError
        If the angle is out of range, or the body escapes.

    Notes
    -----
    Source: Bate, Mueller & White 1971, section 6.2.
    """
    check_between(FlightError, "free flight angle_deg", angle_deg, 0.0, 90.0, open_low=True)
    r, gamma = MEAN_RADIUS_M + height_km * 1e3, math.radians(angle_deg)
    q = speed_mps**2 * r / MU_M3PS2
    if not 0.0 < q < 2.0:
        raise FlightError(f"free flight speed_mps: {speed_mps!r} is not above 0 and below escape speed, "
                          f"{math.sqrt(2.0 * MU_M3PS2 / r):.0f} m/s")
    a = r / (2.0 - q)
    e = math.sqrt(max(0.0, 1.0 + q * (q - 2.0) * math.cos(gamma) ** 2))
    half = math.atan2(q * math.sin(gamma) * math.cos(gamma), 1.0 - q * math.cos(gamma) ** 2)
    return Arc(speed_mps=speed_mps, angle_deg=angle_deg, range_km=2.0 * half * MEAN_RADIUS_M / 1e3,
               apogee_km=(a * (1.0 + e) - MEAN_RADIUS_M) / 1e3, time_s=_time(r, a, e))


def _time(r: float, a: float, e: float) -> float:
    """Time from one passage of radius r to the next over the apogee of an ellipse."""
    anomaly = math.acos(max(-1.0, min(1.0, (1.0 - r / a) / e)))
    return 2.0 * math.sqrt(a**3 / MU_M3PS2) * (math.pi - anomaly + e * math.sin(anomaly))


def minimum_energy(range_km: float) -> Arc:
    """The free flight from ground to ground that needs the least speed for a range.

    Parameters
    ----------
    range_km : float
        Along the mean sphere, km, above 0 and up to half its circumference.

    Returns
    -------
    Arc

    Raises
    ------
    FlightError
        If the range is out of that interval.

    Notes
    -----
    Source: Bate, Mueller & White 1971, section 6.2: Q = 2 sin(Psi/2) / (1 + sin(Psi/2)), elevation (pi - Psi) / 4.
    """
    longest = math.pi * MEAN_RADIUS_M / 1e3
    check_between(FlightError, "minimum energy range_km", range_km, 0.0, longest - 1e-6, open_low=True)
    psi = range_km * 1e3 / MEAN_RADIUS_M
    q = 2.0 * math.sin(psi / 2.0) / (1.0 + math.sin(psi / 2.0))
    return free_flight(math.sqrt(q * MU_M3PS2 / MEAN_RADIUS_M), math.degrees((math.pi - psi) / 4.0))


def lofted_pair(speed_mps: float, range_km: float) -> tuple[Arc, Arc]:
    """The two free flights, depressed and lofted, that reach a range with one speed.

    Parameters
    ----------
    speed_mps : float
        Inertial speed at the ground, m/s.
    range_km : float
        Along the mean sphere, km.

    Returns
    -------
    tuple of Arc
        The lower and the higher flight.

    Raises
    ------
    FlightError
        If the speed does not reach the range; the least speed that does is named.

    Notes
    -----
    Source: Bate, Mueller & White 1971, section 6.2: sin(2 phi + Psi/2) = (2 - Q) / Q sin(Psi/2).
    """
    half = 0.5e3 * range_km / MEAN_RADIUS_M
    q = speed_mps**2 * MEAN_RADIUS_M / MU_M3PS2
    if q <= 0.0 or (2.0 - q) / q * math.sin(half) > 1.0:
        raise FlightError(f"speed_mps {speed_mps:g} does not reach range_km {range_km:g}; "
                          f"it takes {minimum_energy(range_km).speed_mps:.1f} m/s")
    angle = math.asin((2.0 - q) / q * math.sin(half))
    return (free_flight(speed_mps, math.degrees(0.5 * (angle - half))),
            free_flight(speed_mps, math.degrees(0.5 * (math.pi - angle - half))))


def free_fall_time(apogee_km: float, range_km: float) -> float:
    """Time of the free flight from ground to ground with a given apogee and range, the Earth at rest.

    Parameters
    ----------
    apogee_km, range_km : float
        Height above and length along the mean sphere, km.

    Returns
    -------
    float
        Seconds. A real flight with this apogee and range takes longer: while it burns it is slower than this one at
        every height.

    Raises
    ------
    FlightError
        If the apogee is not positive or the range not in [0, 20,015] km.

    Notes
    -----
    Source: Bate, Mueller & White 1971, chapter 6; e = (ra - R) / (ra - R cos(Psi/2)).
    """
    check_between(FlightError, "free fall apogee_km", apogee_km, 0.0, 1e6, open_low=True)
    check_between(FlightError, "free fall range_km", range_km, 0.0, math.pi * MEAN_RADIUS_M / 1e3)
    return _fall(apogee_km * 1e3, range_km * 1e3 / MEAN_RADIUS_M)


def _fall(apogee: float, psi: float) -> float:
    ra = MEAN_RADIUS_M + apogee
    e = apogee / (ra - MEAN_RADIUS_M * math.cos(0.5 * psi))
    return _time(MEAN_RADIUS_M, ra / (1.0 + e), e)


def rotating_free_fall_time(apogee_km: float, range_km: float, lat_deg: float, bearing_deg: float) -> float:
    """Time of the free flight with a given apogee and ground range on the rotating Earth.

    Parameters
    ----------
    apogee_km, range_km : float
        Height above and length along the mean sphere, km; the range is between places that turn with the Earth.
    lat_deg : float
        Latitude of the launch, degrees.
    bearing_deg : float
        Bearing of the impact from the launch place, degrees clockwise from north.

    Returns
    -------
    float
        Seconds: the shortest flight time that a published apogee and range allow, within about 5 s for the shape of the
        Earth.

    Raises
    ------
    FlightError
        As `free_fall_time`.

    Notes
    -----
    The inertial range angle is that to the target's place at the end, a fixed point in the time. Source: Bate, Mueller
    & White 1971, section 6.4.
    """
    time = free_fall_time(apogee_km, range_km)
    lat, bearing, psi = math.radians(lat_deg), math.radians(bearing_deg), range_km * 1e3 / MEAN_RADIUS_M
    sin_end = math.sin(lat) * math.cos(psi) + math.cos(lat) * math.sin(psi) * math.cos(bearing)
    end = math.asin(max(-1.0, min(1.0, sin_end)))
    lon = math.atan2(math.sin(bearing) * math.sin(psi) * math.cos(lat), math.cos(psi) - math.sin(lat) * sin_end)
    for _ in range(100):
        inertial_lon = lon + EARTH_RATE_RADPS * time
        cosine = math.sin(lat) * sin_end + math.cos(lat) * math.cos(end) * math.cos(inertial_lon)
        before, time = time, _fall(apogee_km * 1e3, math.acos(max(-1.0, min(1.0, cosine))))
        if abs(time - before) < 1e-9:
            break
    return time


def vertical_throw(speed_mps: float, lat_deg: float) -> tuple[float, float, float, float]:
    """Where a body thrown straight up from the rotating sphere comes down.

    Parameters
    ----------
    speed_mps : float
        Vertical speed relative to the ground, m/s.
    lat_deg : float
        Latitude, degrees.

    Returns
    -------
    tuple of float
        Time of flight (s), apogee (km), displacement to the east and to the north of the launch place (km; arcs of the
        mean sphere along the parallel and the meridian).

    Raises
    ------
    FlightError
        If the body escapes.

    Notes
    -----
    Kepler's orbit with the ground's speed added. Source: Bate, Mueller & White 1971, section 6.4.
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


def inertial_velocity(speed_mps: float, angle_deg: float, azimuth_deg: float, lat_deg: float,
                      equator_mps: float = EARTH_RATE_RADPS * MEAN_RADIUS_M) -> tuple[float, float, float]:
    """Velocity in inertial space of a body whose velocity is given relative to the turning ground.

    Parameters
    ----------
    speed_mps : float
        Relative to the ground, m/s.
    angle_deg, azimuth_deg : float
        Elevation, and azimuth clockwise from north, degrees.
    lat_deg : float
        Latitude, degrees.
    equator_mps : float
        Speed of the ground at the equator, m/s.

    Returns
    -------
    tuple of float
        Speed (m/s), elevation and azimuth (degrees).

    Notes
    -----
    Source: Bate, Mueller & White 1971, section 6.4.
    """
    angle, azimuth = math.radians(angle_deg), math.radians(azimuth_deg)
    level = speed_mps * math.cos(angle)
    east = level * math.sin(azimuth) + equator_mps * math.cos(math.radians(lat_deg))
    north, up = level * math.cos(azimuth), speed_mps * math.sin(angle)
    return (math.hypot(east, north, up), math.degrees(math.atan2(up, math.hypot(east, north))),
            math.degrees(math.atan2(east, north)) % 360.0)


def gravity_turn(thrust_ratio: float, speed_mps: float, start_deg: float, end_deg: float) -> tuple[float, float]:
    """Speed and time at the end of a gravity turn over a flat Earth, thrust along the velocity and a constant multiple
    of weight.

    Parameters
    ----------
    thrust_ratio : float
        Thrust over weight, above 1.
    speed_mps : float
        Speed at the start, m/s.
    start_deg, end_deg : float
        Angle of the velocity from the vertical at start and end, degrees, above 0 and below 180.

    Returns
    -------
    tuple of float
        Speed (m/s) at the end, and the time (s) it takes.

    Raises
    ------
    FlightError
        If thrust does not exceed weight or an angle is out of range.

    Notes
    -----
    v = A z^(n-1) (1 + z^2), z = tan(angle / 2). Source: Culler & Fried 1957.
    """
    check_between(FlightError, "gravity turn thrust_ratio", thrust_ratio, 1.0, open_low=True)
    check_between(FlightError, "gravity turn start_deg", start_deg, 0.0, 179.0, open_low=True)
    check_between(FlightError, "gravity turn end_deg", end_deg, start_deg, 179.0)
    n, z0, z1 = thrust_ratio, math.tan(math.radians(start_deg) / 2.0), math.tan(math.radians(end_deg) / 2.0)
    scale = speed_mps / (z0 ** (n - 1.0) * (1.0 + z0 * z0))

    def moment(z: float) -> float:
        return scale / G0_MPS2 * z ** (n - 1.0) * (1.0 / (n - 1.0) + z * z / (n + 1.0))

    return scale * z1 ** (n - 1.0) * (1.0 + z1 * z1), moment(z1) - moment(z0)


def vertical_boost(exhaust_mps: float, mass_ratio: float, burn_s: float) -> tuple[float, float]:
    """Speed and height of a rocket at burn-out, straight up from rest under constant gravity, without air.

    Parameters
    ----------
    exhaust_mps : float
        Effective exhaust velocity, m/s.
    mass_ratio : float
        Mass at ignition over mass at burn-out, above 1.
    burn_s : float
        Burn time at constant mass flow, s.

    Returns
    -------
    tuple of float
        Speed (m/s) and height (m).

    Raises
    ------
    FlightError
        If the mass ratio does not exceed 1 or the burn time is not positive.

    Notes
    -----
    Source: Tsiolkovsky's equation integrated once more.
    """
    check_between(FlightError, "vertical boost mass_ratio", mass_ratio, 1.0, open_low=True)
    check_between(FlightError, "vertical boost burn_s", burn_s, 0.0, open_low=True)
    logarithm = math.log(mass_ratio)
    return (exhaust_mps * logarithm - G0_MPS2 * burn_s,
            exhaust_mps * burn_s * (1.0 - logarithm / (mass_ratio - 1.0)) - 0.5 * G0_MPS2 * burn_s**2)


__all__ = ["Arc", "free_fall_time", "free_flight", "gravity_turn", "inertial_velocity", "lofted_pair", "minimum_energy",
           "rotating_free_fall_time", "vertical_boost", "vertical_throw"]
