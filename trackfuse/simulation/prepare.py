"""What is computed once per scenario, whatever the policy, seed and run: the flight and the sensors' geometry."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from trackfuse.catalog.scenario import Scenario
from trackfuse.core.errors import ScenarioError
from trackfuse.core.rng import generator
from trackfuse.flight import Flight, Launch, fly, state_at
from trackfuse.sensing import Draws, Looks, Sensor, Shape, draw, observe
from trackfuse.sharing import Node
from trackfuse.warning import Place, WarningRule, arrivals, chain_normal


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A scenario's flight, looks and cycle instants.

    Parameters
    ----------
    flight : Flight
    looks : Looks
    home : ndarray of int, shape (S,)
        Index of the node that each sensor reports to.
    report_delay_s : ndarray, shape (S,)
    cycle_s : ndarray, shape (J,)
        Instants at which every node works, seconds after lift-off.
    truth : ndarray, shape (J, 6)
        True ECEF state at these instants.
    arrival_s : ndarray, shape (P,)
        When the flight truly passes over each place or comes down near it; nan if it does not.
    """

    flight: Flight
    looks: Looks
    home: np.ndarray
    report_delay_s: np.ndarray
    cycle_s: np.ndarray
    truth: np.ndarray
    arrival_s: np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """All random numbers of one run that do not depend on the policy.

    Parameters
    ----------
    draws : Draws
        Of every look: one uniform for detection, three normals for the measurement.
    report_normal : ndarray, shape (N, J, 6)
        Of every node's report at every cycle: the rounding of the published trajectory.
    item_normal : ndarray, shape (N, J, 5)
        The same of the other published items (see `item_normal`).
    chain_normal : ndarray, shape (N, 5)
        How quick every node's people and machines are: processing, decision, dissemination, notice to ships, all-clear.
    """

    draws: Draws
    report_normal: np.ndarray
    item_normal: np.ndarray
    chain_normal: np.ndarray


@lru_cache(maxsize=64)
def flown(launch: Launch) -> Flight:
    """The flight of a launch; kept.

    Parameters
    ----------
    launch : Launch

    Returns
    -------
    Flight
    """
    return fly(launch)


@lru_cache(maxsize=32)
def _observed(launch: Launch, sensors: tuple[Sensor, ...], shapes: tuple[Shape, Shape, Shape]) -> Looks:
    flight = flown(launch)
    return observe(flight.t_s, flight.position_m, flight.velocity_mps, flight.phase, flight.rcs_m2, sensors, shapes)


@lru_cache(maxsize=64)
def arrivals_of(launch: Launch, places: tuple[Place, ...], rule: WarningRule) -> np.ndarray:
    """When a launch truly passes over places or comes down near them; kept.

    Parameters
    ----------
    launch : Launch
    places : tuple of Place
        P places.
    rule : WarningRule

    Returns
    -------
    ndarray, shape (P,)
        Seconds after lift-off; nan where it does not.
    """
    flight = flown(launch)
    return arrivals(flight.t_s, flight.position_m, places, rule, lands=flight.lands)


def prepare(scenario: Scenario) -> Prepared:
    """Fly the launch and work out every look that could detect it; kept for scenarios that share them.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    Prepared

    Raises
    ------
    FlightError
        If no flight of the class meets the published apogee and range.
    ScenarioError
        If there are several objects.
    """
    if scenario.several:
        raise ScenarioError(
            f"scenario {scenario.name!r} has several objects (salvo, debris or false_plots): only simulate, compare "
            "and sweep take it; for its first missile alone set salvo to () and debris and false_plots to False"
        )
    flight = flown(scenario.launch)
    looks = _observed(scenario.launch, scenario.sensors, scenario.shapes)
    index = {node.node_id: i for i, node in enumerate(scenario.nodes)}
    step = scenario.tracker.cycle_s
    cycle_s = step * np.arange(1, int(flight.end_s / step) + 1)
    return Prepared(
        flight=flight,
        looks=looks,
        home=np.array([index[sensor.node] for sensor in scenario.sensors], dtype=np.int32),
        report_delay_s=np.array([sensor.report_delay_s for sensor in scenario.sensors]),
        cycle_s=cycle_s,
        truth=state_at(flight, cycle_s),
        arrival_s=arrivals_of(scenario.launch, scenario.places, scenario.rule),
    )


def draw_noise(scenario: Scenario, prepared: Prepared, *, seed: int, run: int) -> Noise:
    """Draw one run's noise. It is the same under every policy.

    Parameters
    ----------
    scenario : Scenario
    prepared : Prepared
    seed, run : int

    Returns
    -------
    Noise
        Arrays of the shapes given there.
    """
    launch_id = scenario.launch.launch_id
    cycles = len(prepared.cycle_s)
    normal = [
        generator(seed, run, launch_id, node.node_id, "report").standard_normal((cycles, 6)) for node in scenario.nodes
    ]
    return Noise(
        draws=draw(prepared.looks, seed=seed, run=run, launch_id=launch_id),
        report_normal=np.array(normal),
        item_normal=np.array([item_normal(scenario, node, cycles, seed=seed, run=run) for node in scenario.nodes]),
        chain_normal=chain_normal(scenario.nodes, seed=seed, run=run, launch_id=launch_id),
    )


def item_normal(scenario: Scenario, node: Node, cycles: int, *, seed: int, run: int, track: int = 0) -> np.ndarray:
    """Draw the rounding of a launch point and of an impact point, as a centre's messages tell them.

    Parameters
    ----------
    scenario : Scenario
    node : Node
        The centre.
    cycles : int
        J, at each of which it may tell them.
    seed, run : int
    track : int
        Which of its tracks they are of, where it may have several.

    Returns
    -------
    ndarray, shape (J, 5)
        Standard normal numbers: the launch's east and north, the impact's east, north and time.
    """
    address = (scenario.launch.launch_id, node.node_id, "items", *([track] if track else []))
    return generator(seed, run, *address).standard_normal((cycles, 5))
