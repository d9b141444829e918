"""What is computed once for a scenario with several objects: their flights, one after the other, and their looks."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from trackfuse.catalog.scenario import Scenario
from trackfuse.core.rng import generator
from trackfuse.flight import Flight, Launch, debris, state_at
from trackfuse.sensing import Draws, FalsePlots, Looks, Sensor, Shape, draw, false_plots, observe
from trackfuse.sensing.shape import TUMBLING
from trackfuse.simulation.prepare import arrivals_of, flown
from trackfuse.warning import arrivals, chain_normal

_BY_SENSOR = ("site_m", "enu_from_ecef", "is_infrared")
"""Fields of `Looks` with a row for each sensor, not for each look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One object that can be seen.

    Parameters
    ----------
    flight : Flight
        Its truth, in seconds after its own launch.
    launch : int
        Number of its launch, 0 for the first.
    after_s : float
        Lift-off of its launch, s after the first.
    looks : Looks
        Every look that could detect it, in seconds after the first lift-off.
    missile : bool
        False for a spent stage or a fairing.
    """

    flight: Flight
    launch: int
    after_s: float
    looks: Looks
    missile: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedSeveral:
    """A scenario's objects, and the instants at which every node works.

    Parameters
    ----------
    objects : tuple of Seen
        O objects, missiles first in the order of their launches.
    home : ndarray of int, shape (S,)
        Index of the node that each sensor reports to.
    report_delay_s : ndarray, shape (S,)
    cycle_s : ndarray, shape (J,)
        Seconds after the first lift-off.
    truth : ndarray, shape (O, J, 6)
        True ECEF states; nan where an object does not fly.
    arrival_s : ndarray, shape (L, P)
        When each launch's missile truly passes over each place or comes down near it; nan if it does not. Of a
        satellite launch whose debris is seen also what it drops.
    """

    objects: tuple[Seen, ...]
    home: np.ndarray
    report_delay_s: np.ndarray
    cycle_s: np.ndarray
    truth: np.ndarray
    arrival_s: np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseSeveral:
    """All random numbers of one run that do not depend on the policy.

    Parameters
    ----------
    draws : tuple of Draws
        Of the looks at each object.
    chain_normal : ndarray, shape (L, N, 5)
        Of every launch and node: how long people and machines take.
    false : FalsePlots
        What radars report of nothing; none where the scenario does not ask for it.
    """

    draws: tuple[Draws, ...]
    false: FalsePlots
    chain_normal: np.ndarray


@lru_cache(maxsize=64)
def _observed(
    launch: Launch, after_s: float, part: int, sensors: tuple[Sensor, ...], shapes: tuple[Shape, Shape, Shape]
) -> Looks:
    flight = _parts(launch)[part]
    t_s = flight.t_s + after_s
    looks = observe(t_s, flight.position_m, flight.velocity_mps, flight.phase, flight.rcs_m2, sensors, shapes)
    # Sensors look from the first lift-off on: before its own an object is not there.
    there = looks.t_s >= t_s[0]
    by_look = [name for name in Looks.__dataclass_fields__ if name not in ("sensors", *_BY_SENSOR)]
    return replace(looks, **{name: getattr(looks, name)[there] for name in by_look})


@lru_cache(maxsize=64)
def _parts(launch: Launch) -> tuple[Flight, ...]:
    """A launch's missile, then what it drops."""
    flight = flown(launch)
    return flight, *debris(launch, flight)


def launches_of(scenario: Scenario) -> tuple[tuple[Launch, float], ...]:
    """Launches of a scenario with their lift-offs.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    tuple of (Launch, float)
        The first, at 0 s, and those that follow in the scenario's order.
    """
    return (scenario.launch, 0.0), *((each.launch, each.after_s) for each in scenario.salvo)


def prepare_several(scenario: Scenario) -> PreparedSeveral:
    """Fly all launches, with what they drop if that is asked for, and work out every look.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    PreparedSeveral

    Raises
    ------
    FlightError
        If a launch cannot be flown.
    """
    launches = launches_of(scenario)
    objects = [
        Seen(flight=flight, launch=n, after_s=after, missile=part == 0,
             looks=_observed(launch, after, part, scenario.sensors, scenario.shapes if part == 0 else (TUMBLING,) * 3))
        for n, (launch, after) in enumerate(launches)
        for part, flight in enumerate(_parts(launch) if scenario.debris else (flown(launch),))
    ]  # fmt: skip
    objects.sort(key=lambda seen: not seen.missile)
    index = {node.node_id: i for i, node in enumerate(scenario.nodes)}
    step = scenario.tracker.cycle_s
    cycle_s = step * np.arange(1, int(max(seen.after_s + seen.flight.end_s for seen in objects) / step) + 1)
    truth = np.full((len(objects), len(cycle_s), 6), np.nan)
    for o, seen in enumerate(objects):
        own = cycle_s - seen.after_s
        up = (own >= seen.flight.t_s[0]) & (own <= seen.flight.end_s)
        truth[o, up] = state_at(seen.flight, own[up])
    arrival = [after + _arrivals(scenario, launch) for launch, after in launches]
    return PreparedSeveral(
        objects=tuple(objects),
        home=np.array([index[sensor.node] for sensor in scenario.sensors], dtype=np.int32),
        report_delay_s=np.array([sensor.report_delay_s for sensor in scenario.sensors]),
        cycle_s=cycle_s,
        truth=truth,
        arrival_s=np.array(arrival),
    )


def _arrivals(scenario: Scenario, launch: Launch) -> np.ndarray:
    """When a launch first concerns each place; a satellite comes down nowhere, what it drops does."""
    missile = arrivals_of(launch, scenario.places, scenario.rule)
    if not (launch.to_orbit and scenario.debris):
        return missile
    dropped = [arrivals(body.t_s, body.position_m, scenario.places, scenario.rule) for body in _parts(launch)[1:]]
    return np.fmin.reduce([missile, *dropped])


def draw_several(scenario: Scenario, prepared: PreparedSeveral, *, seed: int, run: int) -> NoiseSeveral:
    """Draw one run's noise, the same under every policy. Every object has its own, by its name.

    Parameters
    ----------
    scenario : Scenario
    prepared : PreparedSeveral
    seed, run : int

    Returns
    -------
    NoiseSeveral
        Of a first launch alone the numbers that `draw_noise` gives.
    """
    last_s = float(prepared.cycle_s[-1]) if scenario.false_plots and len(prepared.cycle_s) else 0.0
    return NoiseSeveral(
        false=false_plots(scenario.sensors if scenario.false_plots else (), last_s, seed=seed, run=run),
        draws=tuple(
            draw(seen.looks, seed=seed, run=run, launch_id=seen.flight.launch_id) for seen in prepared.objects
        ),
        chain_normal=np.array([
            chain_normal(scenario.nodes, seed=seed, run=run, launch_id=launch.launch_id)
            for launch, _ in launches_of(scenario)
        ]),
    )  # fmt: skip


def report_normal(
    scenario: Scenario, counts: tuple[int, ...], cycles: int, *, seed: int, run: int
) -> tuple[np.ndarray, ...]:
    """The coarseness of every node's warning messages about every one of its tracks.

    Parameters
    ----------
    scenario : Scenario
    counts : tuple of int
        Tracks of each of N nodes.
    cycles : int
    seed, run : int

    Returns
    -------
    tuple of ndarray, shapes (K, J, 6)
        Standard normal numbers; of a node's first track those of a scenario with one object.
    """
    launch_id = scenario.launch.launch_id
    return tuple(
        np.reshape([
            generator(seed, run, launch_id, node.node_id, "report", *([m] if m else [])).standard_normal((cycles, 6))
            for m in range(count)
        ], (count, cycles, 6))
        for node, count in zip(scenario.nodes, counts, strict=True)
    )  # fmt: skip
