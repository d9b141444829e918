"""What else falls: the stages and the fairing that a missile drops on its way, as objects of their own."""

import math

import numpy as np

from trackfuse.core.errors import FlightError
from trackfuse.flight.bundle import KNOTS, bundled
from trackfuse.flight.flown import launched
from trackfuse.flight.missile import Launch
from trackfuse.flight.truth import Flight
from trackfuse.kernels import flight as kernel


def debris(launch: Launch, flight: Flight) -> tuple[Flight, ...]:
    """The spent stages and the fairing of a flight, each from where it is dropped to the ground.

    What is dropped keeps its place, is a little slower (the class's `separation_mps`), and falls with its own ballistic
    coefficient, tumbling: without thrust and lift. The last stage is among them where the class says that it is
    dropped, and of a satellite launch the last lower one, with the class's re-entry coefficient. Where the class has a
    fairing it is one object, though two halves may fall. A flight that fails has dropped what it drops before that;
    the rest is part of the body that falls on, or of what it breaks up into.

    Parameters
    ----------
    launch : Launch
        As flown.
    flight : Flight
        The flight of that launch, by `fly` or `refly`.

    Returns
    -------
    tuple of Flight
        In the order in which they are dropped; arrays of shape (n,) and (n, 3), the first instant that at which it
        happens, then every half second after lift-off, and the impact last. Their launch_id is that of the launch,
        then "spent stage" and a number, or "fairing".

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
    out, knots = launched(launch, flight.thrust_scale, flight.burn_fraction, flight.kick_deg, flight.pitch_azimuth_deg)
    until_s = math.inf if launch.fails_s is None else launch.fails_s
    drops = [drop for drop in _drops(launch, float(out[kernel.BURNOUT_S])) if drop[1] < until_s]
    starts = [knots[np.argmin(np.abs(knots[:, 0] - when))] for _, when, _ in drops]
    return tuple(_fallen(f"{launch.launch_id} {name}", launch, start, beta)
                 for (name, _, beta), start in zip(drops, starts, strict=True))


def _drops(launch: Launch, burnout_s: float) -> list[tuple[str, float, float]]:
    """What is dropped until the last burn-out of the stages: name, instant (s), ballistic coefficient (kg/m^2)."""
    missile, drops, end = launch.missile, [], 0.0
    for stage in missile.stages:
        end = min(end + stage.pause_s + stage.burn_s, burnout_s)
        beta = stage.spent_beta_kgpm2
        if launch.to_orbit and stage is missile.stages[-1]:
            beta = missile.reentry_beta_kgpm2
        if beta > 0.0 and (not drops or drops[-1][1] < end):
            drops.append((f"spent stage {len(drops) + 1}", end, beta))
    if 0.0 < missile.fairing_s < burnout_s:
        drops.append(("fairing", missile.fairing_s, missile.fairing_beta_kgpm2))
    return sorted(drops, key=lambda drop: drop[1])


def _fallen(name: str, launch: Launch, start: np.ndarray, beta: float) -> Flight:
    record = kernel.empty_record(np.empty(kernel.SUMMARY), np.empty((KNOTS, 10)))
    out, knots = record.summary, record.knots
    out[kernel.BURNOUT_S] = start[0]
    slower = 1.0 - launch.missile.separation_mps / float(np.linalg.norm(start[4:7]))
    state = (*(float(value) for value in start[1:4]), *(slower * float(value) for value in start[4:7]))
    kernel.fall(state, float(start[0]), (beta, beta), 0.0, 1.0, record)
    if out[kernel.STATUS] != kernel.LANDED:
        raise FlightError(f"{name}: does not come down")
    body = launch.missile.boost_rcs_m2
    return bundled(name, np.array([body, body, body]), launch, out, knots[: record.count[0]])
