"""How a flight ends before its time: its thrust ends, or it breaks up."""

import math
from dataclasses import replace

import numpy as np

from trackfuse.core.errors import FlightError
from trackfuse.flight.bundle import KNOTS, bundled
from trackfuse.flight.missile import SHUTDOWN, Launch
from trackfuse.flight.truth import Flight
from trackfuse.flight.vehicle import vehicle
from trackfuse.kernels import flight as kernel
from trackfuse.kernels.geodesy import altitude


def failed(launch: Launch, intended: Flight, knots: np.ndarray) -> Flight:
    """A flight with the failure of its launch; before that it is the one intended, to the bit.

    Parameters
    ----------
    launch : Launch
        One that fails.
    intended : Flight
        Its flight without the failure.
    knots : ndarray, shape (k, 10)
        Of that flight. Instant (s), ECEF position (m), velocity (m/s) and acceleration (m/s^2).

    Returns
    -------
    Flight
        With arrays of shape (n,) and (n, 3), the instant of the failure among them.

    Raises
    ------
    FlightError
        If the flight is over by then, nothing burns any more that could be shut down, or what falls on stays up.
    """
    at_s, where = launch.fails_s or 0.0, f"launch {launch.launch_id!r} fails_s"
    last_s, words = intended.end_s, "it has come down" if intended.lands else "its satellite is not followed any more"
    if launch.failure == SHUTDOWN:
        last_s, words = intended.burnout_s, "no engine burns any more"
    if at_s >= last_s:
        raise FlightError(f"{where} {at_s:g}: by then {words}; a {launch.failure} is possible until {last_s:.1f} s")
    state = np.empty((2, 1, 3))
    kernel.sample(knots, len(knots), np.array([at_s]), state[0], state[1])
    make = _shut_down if launch.failure == SHUTDOWN else _broken
    return make(launch, intended, np.array([at_s, *state[:, 0].ravel()]))


def _broken(launch: Launch, intended: Flight, state: np.ndarray) -> Flight:
    """The flight until its last instant and state (7,)."""
    at_s, before = float(state[0]), intended.t_s < state[0]
    risen = intended.apogee_s < at_s
    apogee_km = intended.apogee_km if risen else altitude(*state[1:4]) / 1e3
    inserted = intended.orbit is not None and intended.burnout_s < at_s
    return replace(
        intended, t_s=np.append(intended.t_s[before], at_s),
        position_m=np.vstack([intended.position_m[before], state[1:4]]),
        velocity_mps=np.vstack([intended.velocity_mps[before], state[4:7]]),
        phase=np.append(intended.phase[before], intended.phase[before][-1]), burnout_s=min(intended.burnout_s, at_s),
        apogee_s=min(intended.apogee_s, at_s), apogee_km=apogee_km, impact_s=math.inf, range_km=math.nan,
        impact_lat_deg=math.nan, impact_lon_deg=math.nan, orbit=intended.orbit if inserted else None,
        intended_end_s=intended.end_s)


def _shut_down(launch: Launch, intended: Flight, state: np.ndarray) -> Flight:
    """The flight with free fall from an instant and state (7,) on.

    The body keeps its ballistic coefficient and its cross-section while it burned: nothing more is dropped, and it does
    not pull up.
    """
    at_s, before = float(state[0]), intended.t_s < state[0]
    record = kernel.empty_record(np.empty(kernel.SUMMARY), np.empty((KNOTS, 10)))
    out = record.summary
    if intended.apogee_s < at_s:
        out[kernel.APOGEE_S], out[kernel.APOGEE_ALT] = intended.apogee_s, 1e3 * intended.apogee_km
    beta = _beta_at(launch, intended, at_s)
    kernel.fall(tuple(float(value) for value in state[1:]), at_s, (beta, beta), 0.0, kernel.FINE[1], record)
    if out[kernel.STATUS] != kernel.LANDED:
        raise FlightError(f"launch {launch.launch_id!r} fails_s {at_s:g}: it does not come down after a shutdown then")
    out[kernel.BURNOUT_S] = at_s
    body = launch.missile.boost_rcs_m2
    rest = bundled(launch.launch_id, np.array([body, body, body]), launch, out, record.knots[: record.count[0]])
    joined = {name: np.concatenate([getattr(intended, name)[before], getattr(rest, name)])
              for name in ("t_s", "position_m", "velocity_mps", "phase")}
    steered = {name: getattr(intended, name) for name in _STEERED}
    return replace(rest, **joined, **steered)


_STEERED = ("thrust_scale", "burn_fraction", "kick_deg", "pitch_azimuth_deg", "upper_pitch_deg", "upper_yaw_deg",
            "upper_burn_s")


def _beta_at(launch: Launch, intended: Flight, at_s: float) -> float:
    """Ballistic coefficient of the ascending missile at an instant, kg/m^2: it grows lighter as the kernel has it."""
    pad, beta, t = vehicle(launch), float(vehicle(launch).betas[0]), 0.0
    # The stage that reaches orbit burns without drag, and coasts with what the lower ones leave.
    for pause_s, burn_s, _, loss in pad.stages:
        ignition = t + pause_s
        t = ignition + burn_s
        beta *= 1.0 - loss * max(min(t, at_s) - ignition, 0.0)
    return beta
