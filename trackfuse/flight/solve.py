"""Finds the effort and the pitch-over with which a missile meets a published apogee and place of impact.

The effort is 1 for the class as documented. Above 1 it multiplies thrust and exhaust velocity (a lighter payload, a
better engine); below 1 the engines are cut off after that part of the burn time, as flights are shortened in fact.

First a search in the plane of the bearing on coarse flights, then Newton's method in all three unknowns, which also
takes out what the Earth's rotation does across that plane.

The method is derived here; its updates are those of Broyden 1965, Mathematics of Computation 19, 577-593.
"""

import math
from collections.abc import Callable

import numpy as np

from trackfuse.core.constants import MEAN_RADIUS_M
from trackfuse.core.errors import FlightError
from trackfuse.flight.plane import SEARCH_LIMITS, Plane, Shot, Target, plane_of, root
from trackfuse.flight.vehicle import Steering, Vehicle, fly_steered, steering_of
from trackfuse.kernels import flight as kernel
from trackfuse.kernels.geodesy import ecef_from_geodetic, enu_from_ecef

EFFORT_LIMITS = (0.4, 2.0)
"""Efforts at which the class model still stands for the missile (assumed)."""
LARGEST_KICK = math.radians(80.0)


def solve(vehicle: Vehicle, target: Target) -> Steering:
    """Effort and pitch-over that meet a target.

    Parameters
    ----------
    vehicle : Vehicle
    target : Target

    Returns
    -------
    Steering
        Effort, and the parts of the pitch-over angle towards east and north (rad).

    Raises
    ------
    FlightError
        If the target is beyond what the class can do with 0.4 of its burn time to 2 times its thrust and a pitch-over
        of up to 80 degrees.
    """
    steering = _polished(vehicle, target, _in_plane(vehicle, target))
    check_effort(steering.effort, target.asked)
    return steering


def check_effort(effort: float, asked: str, slack: float = 0.0) -> None:
    """Raise FlightError for an effort at which the class model no longer stands for the missile."""
    low, high = EFFORT_LIMITS
    if not low * (1.0 - slack) <= effort <= high * (1.0 + slack):
        need = f"{effort:.2f} times the thrust" if effort > 1.0 else f"only {effort:.2f} of the burn time"
        raise FlightError(f"{asked} needs {need} of the class; allowed: {low:g} of the burn time to "
                          f"{high:g} times the thrust")


def _in_plane(vehicle: Vehicle, target: Target) -> Steering:
    """First approximation, with the kick along the bearing."""
    plane = plane_of(vehicle, target)
    first = near = far = plane.shot(0.0, 1.0)
    if first.why in ("weak", "falls"):
        raise _unreachable(plane, first)
    sign = -1.0 if first.beyond > 0.0 else 1.0
    low, high, size = 0.0, 0.0, 0.002
    while near.beyond * far.beyond > 0.0:
        if size > LARGEST_KICK:
            raise _unreachable(plane, far)
        low, near, high = high, far, sign * size
        far = plane.shot(high, far.effort)
        # In small strides where the kick is large: the range of a low flight has a maximum there.
        growth = 4.0 if size < 0.008 else 1.7 if size < 0.3 else 1.2
        size = LARGEST_KICK if size < LARGEST_KICK < growth * size else growth * size
    shots = {low: near, high: far}

    def beyond(kick: float) -> float:
        closest = min(shots, key=lambda known: abs(known - kick))
        shots[kick] = plane.shot(kick, shots[closest].effort)
        return shots[kick].beyond

    kick, miss = root(beyond, low, high, near.beyond, far.beyond, 1e-4)
    if abs(miss) > 1e-3:
        met = (shot for shot in shots.values() if not shot.why)
        raise _unreachable(plane, min(met, key=lambda shot: abs(shot.beyond), default=far))
    check_effort(shots[kick].effort, target.asked, 0.02)
    return steering_of(shots[kick].effort, kick, target.bearing)


def _unreachable(plane: Plane, shot: Shot) -> FlightError:
    """What to say when no flight in the plane meets the target; `shot` is where the search ended."""
    target = plane.target
    if shot.why == "weak" and plane.shot(0.0, 1.0).why == "weak":
        top = plane.fly(EFFORT_LIMITS[1], 0.0)[kernel.APOGEE_ALT] / 1e3
        return FlightError(f"{target.asked} is beyond the class: straight up, with {EFFORT_LIMITS[1]:g} times its "
                           f"thrust, it reaches {top:.0f} km")
    if shot.why:
        higher = f"{SEARCH_LIMITS[0]:g} of its burn takes it higher"
        short = "a burn so short does not fly" if shot.why == "falls" else higher
        return FlightError(f"{target.asked} is too low for the class: {short}; raise the apogee")
    reach = target.range_km + shot.beyond * MEAN_RADIUS_M / 1e3
    return FlightError(f"{target.asked}: no flight of the class; with that apogee it comes nearest at {reach:.0f} km")


def _polished(vehicle: Vehicle, target: Target, first: Steering) -> Steering:
    """Steering that meets the target on fine flights: Newton's method from `first`, with Broyden's updates."""
    place = np.array(ecef_from_geodetic(target.lat, target.lon, 0.0))
    level, radius = enu_from_ecef(target.lat, target.lon)[:2], float(np.linalg.norm(place))

    def miss(unknowns: np.ndarray) -> np.ndarray:
        out, _ = fly_steered(vehicle, Steering(*unknowns))
        impact = out[kernel.IMPACT : kernel.IMPACT + 3]
        beside = level @ (impact - place)
        # Along the arc, not its projection, which vanishes at the antipodes too.
        across, along = float(np.linalg.norm(beside)), float(impact @ place) / radius
        stretch = math.atan2(across, along) * radius / across if across > 0.0 else 1.0
        return np.array([out[kernel.APOGEE_ALT] - target.apogee_m, *(stretch * beside)])

    close = 0.2 + 1e-7 * target.apogee_m
    x, f = newton(miss, np.array(first), np.array([1e-4, 1e-5, 1e-5]), close)
    if not np.max(np.abs(f)) < 10.0 * close:
        raise FlightError(f"{target.asked} is at the edge of what the class can fly and was not met; raise the "
                          "apogee or shorten the range")
    return Steering(*x.tolist())


def newton(miss: Callable[[np.ndarray], np.ndarray], x: np.ndarray, steps: np.ndarray,
           close: float) -> tuple[np.ndarray, np.ndarray]:
    """Root of several functions of as many unknowns: Newton's method with Broyden's updates.

    Any units that agree.

    Parameters
    ----------
    miss : callable
        From the unknowns, shape (n,), to the misses, shape (n,).
    x : ndarray, shape (n,)
        Unknowns to begin with.
    steps : ndarray, shape (n,)
        Of the first difference quotients.
    close : float
        The largest miss that ends the search.

    Returns
    -------
    (ndarray, ndarray)
        Unknowns and misses, shape (n,) each. Where it ends early the misses say so.

    Notes
    -----
    Broyden 1965, Mathematics of Computation 19, 577-593.
    """
    f = miss(x)
    slope = np.column_stack([(miss(x + step) - f) / step.sum() for step in np.diag(steps)])
    for _ in range(40):
        if not np.max(np.abs(f)) > close or not np.all(np.isfinite(slope)):
            break
        try:
            change = -np.linalg.solve(slope, f)
        except np.linalg.LinAlgError:
            break
        for _ in range(10):
            following = miss(x + change)
            if np.linalg.norm(following) < 2.0 * np.linalg.norm(f):
                break
            change *= 0.5
        else:
            break
        slope += np.outer(following - f - slope @ change, change) / (change @ change)
        x, f = x + change, following
    return x, f
