"""Flights that meet a published flight time too: the class's burn is stretched, as far as that is plausible."""

from dataclasses import replace

from trackfuse.core.constants import G0_MPS2
from trackfuse.core.errors import FlightError, check_between
from trackfuse.flight.flown import fly
from trackfuse.flight.kepler import rotating_free_fall_time
from trackfuse.flight.missile import Launch, MissileClass
from trackfuse.flight.plane import root
from trackfuse.flight.truth import Flight

STRETCH_LIMITS = (0.5, 1.6)
"""Burn times, as multiples of the class's, that still make sense for it (assumed)."""
LEAST_LIFT = 1.25
"""Thrust over weight below which no missile leaves its pad in time; its gravity turn is not to be steered either."""
CLOSE_S = 0.01


def stretched(missile: MissileClass, factor: float) -> MissileClass:
    """The same class with all burns longer or shorter, and as much weaker or stronger.

    Parameters
    ----------
    missile : MissileClass
    factor : float
        Multiple of every burn time, 0.2 to 5; propellant and exhaust velocity stay, thrust is divided by it.

    Returns
    -------
    MissileClass

    Raises
    ------
    FlightError
        If the factor is out of range or the stages that it makes cannot be.

    Notes
    -----
    How well a class's ascent is known: horizon-crossing times depend on it, flight times hardly. Basis: assumed.
    """
    check_between(FlightError, f"missile {missile.name!r} stretched by", factor, 0.2, 5.0)
    stages = tuple(replace(stage, burn_s=stage.burn_s * factor, acceleration_mps2=stage.acceleration_mps2 / factor)
                   for stage in missile.stages)
    return replace(missile, stages=stages)


def fly_timed(launch: Launch, flight_time_s: float) -> tuple[Flight, Launch]:
    """Fly a launch so that its flight time is met as well as apogee, range and bearing.

    Parameters
    ----------
    launch : Launch
    flight_time_s : float
        From lift-off to impact, s.

    Returns
    -------
    Flight
        With arrays of shape (n,) and (n, 3); its time of impact is the one asked for to 0.01 s.
    Launch
        The launch with the burn times that it takes.

    Raises
    ------
    FlightError
        If the time contradicts apogee and range: below free fall, or only with burn times that the class cannot have.
        Or if it is a satellite launch, or fails.

    Notes
    -----
    A flight time says little about the boost: 10 s of it are worth about 15 s of burn time. Source: the equations of
    `fly`.
    """
    where = f"launch {launch.launch_id!r} ({launch.missile.name}): flight_time_s {flight_time_s:g}"
    check_between(FlightError, where, flight_time_s, 1.0, 1e5)
    if launch.to_orbit:
        raise FlightError(f"{where}: a satellite launch comes down nowhere")
    if launch.failure:
        raise FlightError(f"{where}: a flight that fails is not flown to a flight time; leave flight_time_s or the "
                          "failure out")
    shortest = rotating_free_fall_time(launch.apogee_km, launch.range_km, launch.lat_deg, launch.azimuth_deg)
    if flight_time_s < shortest and launch.missile.lift_to_drag == 0.0:
        raise FlightError(f"{where} is shorter than free fall for apogee_km {launch.apogee_km:g} and range_km "
                          f"{launch.range_km:g}, {shortest:.0f} s: one of the three is wrong")

    tried: dict[float, tuple[Flight, Launch]] = {}

    def miss(factor: float) -> float:
        other = replace(launch, missile=stretched(launch.missile, factor))
        tried[factor] = fly(other), other
        return tried[factor][0].impact_s - flight_time_s

    miss_first = miss(1.0)
    if abs(miss_first) <= CLOSE_S:
        return tried[1.0]
    longest = launch.missile.stages[0].acceleration_mps2 / (LEAST_LIFT * G0_MPS2)
    limit = STRETCH_LIMITS[0] if miss_first > 0.0 else max(1.0, min(STRETCH_LIMITS[1], longest))
    miss_limit = miss(limit)
    if miss_first * miss_limit > 0.0:
        raise FlightError(f"{where} contradicts apogee_km {launch.apogee_km:g} and range_km {launch.range_km:g}: "
                          f"with {limit:.2f} times its burn time the class takes {tried[limit][0].impact_s:.0f} s")
    factor = limit
    if abs(miss_limit) > CLOSE_S:
        factor, _ = root(miss, 1.0, limit, miss_first, miss_limit, CLOSE_S)
    return tried[factor]
