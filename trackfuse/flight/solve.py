"""Finds the thrust scale and the pitch-over with which a missile meets a published apogee and place of impact.

First a search in the plane of the bearing on coarse flights, where height and range each rise with one unknown, then
Newton's method in all three unknowns, which also takes out what the Earth's rotation does across that plane.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from trackfuse.core.constants import MEAN_RADIUS_M
from trackfuse.core.errors import FlightError
from trackfuse.flight.vehicle import Vehicle
from trackfuse.kernels import flight as kernel
from trackfuse.kernels.geodesy import ecef_from_geodetic, enu_from_ecef

SCALE_LIMITS = (0.5, 2.0)
"""Thrust scales at which the class model still stands for the missile (assumed)."""
LARGEST_KICK = math.radians(80.0)
COARSE = 4.0


@dataclass(frozen=True, slots=True)
class Target:
    """What a flight has to meet: height of the apogee (m), and the place of impact (rad) on a bearing from the pad
    (rad)."""

    apogee_m: float
    lat: float
    lon: float
    bearing: float


def _loft(apogee_m: float) -> float:
    """Speed that a throw to this height needs, over escape speed: nearly linear in the thrust scale."""
    height = max(apogee_m, 1.0)
    if math.isinf(height):
        return 1.0
    return math.sqrt(height / (MEAN_RADIUS_M + height))


def _root(f: Callable[[float], float], low: float, high: float, f_low: float, f_high: float,
          done: float) -> tuple[float, float]:
    """Root of f, and f there, between two points of opposite, perhaps infinite, sign: Illinois method, else
    bisection."""
    x, y = high, f_high
    for _ in range(60):
        finite = math.isfinite(f_low) and math.isfinite(f_high)
        x = high - f_high * (high - low) / (f_high - f_low) if finite else 0.5 * (low + high)
        y = f(x)
        if abs(y) < done or abs(high - low) < 1e-9:
            break
        if y * f_high < 0.0:
            low, f_low = high, f_high
        elif finite:
            f_low *= 0.5
        high, f_high = x, y
    return x, y


def _scaled(vehicle: Vehicle, apogee_m: float, east: float, north: float,
            guess: float = 1.0) -> tuple[float, np.ndarray | None, float]:
    """Thrust scale that meets the apogee with this kick, the flight's summary, and 0; or no summary and -inf (even the
    least thrust flies higher) or inf (even the most stays below, or the missile falls while it still burns)."""
    wanted = _loft(apogee_m)

    def excess(scale: float) -> float:
        return _loft(vehicle.fly(scale, east, north, COARSE)[0][kernel.APOGEE_ALT]) - wanted

    low, high = 0.8 * SCALE_LIMITS[0], 1.25 * SCALE_LIMITS[1]
    near, far = guess, guess
    f_near = f_far = excess(guess)
    while f_near * f_far > 0.0:
        if far in (low, high):
            return far, None, math.copysign(math.inf, -f_far)
        near, f_near = far, f_far
        far = min(high, max(low, far - 1.1 * f_far / (wanted + f_far) * far * (1.0 if near == guess else 2.0)))
        f_far = excess(far)
    scale, _ = _root(excess, near, far, f_near, f_far, 1e-5)
    out, _ = vehicle.fly(scale, east, north, COARSE)
    landed = out[kernel.STATUS] == kernel.LANDED
    return scale, out if landed else None, 0.0 if landed else math.inf


def _in_plane(vehicle: Vehicle, target: Target, where: str) -> np.ndarray:
    """First approximation (3,) of thrust scale, kick east and kick north, with the kick along the bearing."""
    side, ahead = math.sin(target.bearing), math.cos(target.bearing)
    enu = enu_from_ecef(vehicle.lat, vehicle.lon)
    forward = side * enu[0] + ahead * enu[1]
    up = np.array(ecef_from_geodetic(vehicle.lat, vehicle.lon, 0.0))
    up /= np.linalg.norm(up)

    def angle(point: np.ndarray) -> float:
        value = math.atan2(float(forward @ point), float(up @ point))
        return value + 2.0 * math.pi if value < -0.75 * math.pi else value

    wanted = angle(np.array(ecef_from_geodetic(target.lat, target.lon, 0.0)))

    def beyond(kick: float) -> float:
        _, out, side_of_limit = _scaled(vehicle, target.apogee_m, kick * side, kick * ahead)
        return side_of_limit if out is None else angle(out[kernel.IMPACT : kernel.IMPACT + 3]) - wanted

    near, far, size = 0.0, 0.0, 0.002
    f_near = f_far = beyond(0.0)
    if f_near == math.inf:
        raise _too_high(vehicle, target, where)
    sign = -1.0 if f_near > 0.0 else 1.0
    while f_near * f_far > 0.0:
        if size > LARGEST_KICK:
            raise _too_flat(f_far, wanted, target, where)
        near, f_near, far = far, f_far, sign * size
        f_far = beyond(far)
        size = LARGEST_KICK if size < LARGEST_KICK < 4.0 * size else 4.0 * size
    kick, miss = _root(beyond, near, far, f_near, f_far, 1e-4)
    if abs(miss) > 1e-3:
        raise _too_flat(beyond(kick - sign * 1e-6) if math.isinf(miss) else miss, wanted, target, where)
    scale, _, _ = _scaled(vehicle, target.apogee_m, kick * side, kick * ahead)
    return np.array([scale, kick * side, kick * ahead])


def _too_high(vehicle: Vehicle, target: Target, where: str) -> FlightError:
    top = vehicle.fly(SCALE_LIMITS[1], 0.0, 0.0, COARSE)[0][kernel.APOGEE_ALT] / 1e3
    return FlightError(f"{where}: apogee_km {target.apogee_m / 1e3:g} is beyond the class: "
                       f"straight up, with {SCALE_LIMITS[1]:g} times its thrust, it reaches {top:.0f} km")


def _too_flat(beyond: float, wanted: float, target: Target, where: str) -> FlightError:
    apogee = target.apogee_m / 1e3
    if beyond == -math.inf:
        return FlightError(f"{where}: apogee_km {apogee:g} is too low for the class: "
                           f"it flies higher with {SCALE_LIMITS[0]:g} times its thrust")
    reach = ""
    if math.isfinite(beyond):
        reach = f"; with that apogee the class reaches {(wanted + beyond) * MEAN_RADIUS_M / 1e3:.0f} km"
    return FlightError(f"{where}: no flight of the class has apogee_km {apogee:g} at "
                       f"range_km {wanted * MEAN_RADIUS_M / 1e3:.0f}{reach}; raise the apogee or shorten the range")


def solve(vehicle: Vehicle, target: Target, where: str) -> np.ndarray:
    """Thrust scale and pitch-over that meet a target.

    Parameters
    ----------
    vehicle : Vehicle
    target : Target
    where : str
        What is being flown, for messages.

    Returns
    -------
    ndarray, shape (3,)
        Thrust scale, and the parts of the pitch-over angle towards east and north (rad).

    Raises
    ------
    FlightError
        If the target is beyond what the class can do with 0.5 to 2 times its thrust and a pitch-over up to 80 degrees.
    """
    place = np.array(ecef_from_geodetic(target.lat, target.lon, 0.0))
    level = enu_from_ecef(target.lat, target.lon)[:2]

    def miss(unknowns: np.ndarray) -> np.ndarray:
        out, _ = vehicle.fly(*unknowns)
        beside = level @ (out[kernel.IMPACT : kernel.IMPACT + 3] - place)
        return np.array([out[kernel.APOGEE_ALT] - target.apogee_m, *beside])

    x = _in_plane(vehicle, target, where)
    f = miss(x)
    steps = np.array([1e-4, 1e-5, 1e-5])
    slope = np.column_stack([(miss(x + step) - f) / step.sum() for step in np.diag(steps)])
    close = np.array([1e-7 * target.apogee_m + 0.5, 1.0, 1.0])
    for _ in range(40):
        if np.all(np.abs(f) < close):
            break
        change = -np.linalg.solve(slope, f)
        for _ in range(8):
            following = miss(x + change)
            if np.all(np.isfinite(following)) and np.linalg.norm(following) < 2.0 * np.linalg.norm(f):
                break
            change *= 0.5
        slope += np.outer(following - f - slope @ change, change) / (change @ change)
        x, f = x + change, following
    if not np.all(np.abs(f) < 10.0 * close):
        raise FlightError(f"{where}: apogee_km {target.apogee_m / 1e3:g} at this range was not met: "
                          f"{abs(f[0]) / 1e3:.3g} km of height, {np.hypot(f[1], f[2]) / 1e3:.3g} km of range remain")
    low, high = SCALE_LIMITS
    if not low <= x[0] <= high:
        raise FlightError(f"{where}: apogee_km {target.apogee_m / 1e3:g} at this range needs {x[0]:.2f} times the "
                          f"thrust of the class; allowed: {low:g} to {high:g}")
    return x
