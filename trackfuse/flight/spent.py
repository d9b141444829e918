"""What else falls: the stages that a missile drops on its way, as objects of their own."""

import math

import numpy as np

from trackfuse.core.errors import FlightError
from trackfuse.flight.flown import KNOTS, bundled, launched
from trackfuse.flight.missile import Launch
from trackfuse.flight.truth import Flight
from trackfuse.kernels import flight as kernel

SEPARATION_MPS = 2.0
"""How much slower a spent stage is than what goes on, along the flight: springs or retro-rockets (assumed)."""


def debris(launch: Launch, flight: Flight) -> tuple[Flight, ...]:
    """The spent stages of a flight, each from its burn-out to the ground.

    A stage keeps the place that it had at its burn-out, is a little slower (`SEPARATION_MPS`), and falls with its own
    ballistic coefficient, tumbling: without thrust and lift. The last stage is
    among them where the class says that it is dropped.

    Parameters
    ----------
    launch : Launch
        As flown.
    flight : Flight
        The flight of that launch, by `fly` or `refly`.

    Returns
    -------
    tuple of Flight
        In order of burn-out; arrays of shape (n,) and (n, 3), the first instant that of the burn-out, then every half
        second after lift-off, and the impact last. Their launch_id is that of the launch, "spent stage" and a number.

    Raises
    ------
    FlightError
        If the flight is itself debris, or a stage stays in orbit.

    Notes
    -----
    Valid where a stage falls in one piece; its cross-section is that of the burning body in every phase (assumed).
    Source: the equations of `fly`.
    """
    if math.isnan(flight.kick_deg):
        raise FlightError(f"flight {flight.launch_id!r} was not launched: it has no stages")
    _, knots = launched(launch, flight.thrust_scale, flight.burn_fraction, flight.kick_deg, flight.pitch_azimuth_deg)
    fallen, end = [], 0.0
    for stage in launch.missile.stages:
        end = min(end + stage.pause_s + stage.burn_s, flight.burnout_s)
        if stage.spent_beta_kgpm2 > 0.0 and (not fallen or fallen[-1].burnout_s < end):
            start = knots[np.argmin(np.abs(knots[:, 0] - end))]
            name = f"{launch.launch_id} spent stage {len(fallen) + 1}"
            fallen.append(_fallen(name, launch, start, stage.spent_beta_kgpm2))
    return tuple(fallen)


def _fallen(name: str, launch: Launch, start: np.ndarray, beta: float) -> Flight:
    out, knots = np.full(kernel.SUMMARY, np.nan), np.empty((KNOTS, 10))
    out[kernel.APOGEE_ALT], out[kernel.BURNOUT_S] = -np.inf, start[0]
    slower = 1.0 - SEPARATION_MPS / float(np.linalg.norm(start[4:7]))
    state = (*(float(value) for value in start[1:4]), *(slower * float(value) for value in start[4:7]))
    count = kernel.fall(state, float(start[0]), beta, beta, 0.0, 1.0, knots, 0, out)
    if out[kernel.STATUS] != kernel.LANDED:
        raise FlightError(f"{name}: does not come down")
    body = launch.missile.boost_rcs_m2
    return bundled(name, np.array([body, body, body]), launch, out, knots[:count])
