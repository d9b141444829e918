"""What is computed once per scenario, whatever the policy, seed and run: flights and the sensors' geometry; and a run's
noise, which does not depend on the policy.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from trackfuse.catalog.scenario import Scenario
from trackfuse.core.display import displayed
from trackfuse.earth import Place
from trackfuse.flight import Flight, Launch, debris, fly, state_at
from trackfuse.sensing import Detections, Draws, Looks, Sensor, Shape, draw, false_plots, observe
from trackfuse.sensing.presence import present
from trackfuse.sensing.sensor import Infrared, angles_only, without_constant_errors
from trackfuse.sensing.shape import TUMBLING
from trackfuse.sharing import Node, Sources
from trackfuse.tracking import TrackerSettings
from trackfuse.warning import WarningRule, arrivals, chain_normal

_BY_SENSOR = ("sensors", "site_m", "enu_from_ecef", "is_infrared")
"""Fields of `Looks` with a row for each sensor, not for each look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One object that can be seen.

    Parameters
    ----------
    flight : Flight
        Its truth, in seconds after its own launch.
    launch : int
        Number of its launch, 0 for the first.
    lift_off_s : float
        Lift-off of its launch, s after the first.
    looks : Looks
        Every look that could detect it, in seconds after the first lift-off.
    missile : bool
        False for a spent stage or a fairing.
    """

    flight: Flight
    launch: int
    lift_off_s: float
    looks: Looks
    missile: bool


@displayed(lambda value: f"{len(value.targets)} objects, {len(value.cycle_s)} instants")
@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A scenario's objects, and the instants at which every node works. Times are seconds after the first lift-off.

    Parameters
    ----------
    targets : tuple of Target
        O objects, missiles first in the order of their launches.
    launch_ids : tuple of str
        Names of the L launches.
    tracker : TrackerSettings
        The scenario's, with the association that "auto" stands for.
    sources : Sources
        The S sensors as the network sees them.
    cycle_s : ndarray, shape (J,)
    truth : ndarray, shape (O, J, 6)
        True ECEF states, m and m/s; nan where an object does not fly.
    arrival_s : ndarray, shape (L, P)
        When each launch's missile truly passes over each place or comes down near it; nan if it does not. Of a
        missile that does not come down, and whose debris is seen, also what it drops.
    """

    targets: tuple[Target, ...]
    launch_ids: tuple[str, ...]
    tracker: TrackerSettings
    sources: Sources
    cycle_s: np.ndarray
    truth: np.ndarray
    arrival_s: np.ndarray

    @property
    def known(self) -> bool:
        """Whether detections carry their object."""
        return self.tracker.association == "known"

    @property
    def flight(self) -> Flight:
        """Truth of the first missile, in seconds after the first lift-off."""
        return self.targets[0].flight

    @property
    def looks(self) -> Looks:
        """Every look that could detect the first missile."""
        return self.targets[0].looks


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """All random numbers of one run that do not depend on the policy.

    Parameters
    ----------
    seed, run : int
        What they are drawn from, and what links draw their own from.
    present : ndarray of bool, shape (S,)
        Which sensors are on station and work.
    draws : tuple of Draws
        Of the looks at each object: one uniform for detection, four normals for the measurement.
    false : Detections
        What radars report of nothing; none where the scenario does not ask for it.
    chain_normal : ndarray, shape (L, N, 5)
        How quick every node's people and machines are at every launch: processing, decision, dissemination, notice to
        ships, all-clear. Standard normal numbers.
    """

    seed: int
    run: int
    present: np.ndarray
    draws: tuple[Draws, ...]
    false: Detections
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


@lru_cache(maxsize=64)
def _parts(launch: Launch) -> tuple[Flight, ...]:
    """A launch's missile, then what it drops."""
    flight = flown(launch)
    return flight, *debris(launch, flight)


@lru_cache(maxsize=64)
def _observed(
    launch: Launch, lift_off_s: float, part: int, sensors: tuple[Sensor, ...], shapes: tuple[Shape, Shape, Shape]
) -> Looks:
    flight = _parts(launch)[part] if part else flown(launch)
    t_s = flight.t_s + lift_off_s
    looks = observe(t_s, flight.position_m, flight.velocity_mps, flight.phase, flight.rcs_m2, sensors, shapes)
    # Sensors look from the first lift-off on: before its own an object is not there.
    there = looks.t_s >= t_s[0]
    if there.all():
        return looks
    by_look = [name for name in Looks.__dataclass_fields__ if name not in _BY_SENSOR]
    return replace(looks, **{name: getattr(looks, name)[there] for name in by_look})


@lru_cache(maxsize=64)
def arrivals_of(launch: Launch, places: tuple[Place, ...], rule: WarningRule, with_debris: bool = False) -> np.ndarray:
    """When a launch truly passes over places or comes down near them; kept.

    Parameters
    ----------
    launch : Launch
    places : tuple of Place
        P places.
    rule : WarningRule
    with_debris : bool
        Whether what is dropped counts where the missile itself comes down nowhere: in orbit, or broken up.

    Returns
    -------
    ndarray, shape (P,)
        Seconds after lift-off; nan where it does not.
    """
    flight = flown(launch)
    missile = arrivals(flight.t_s, flight.position_m, places, rule, lands=flight.lands)
    if flight.lands or not with_debris:
        return missile
    dropped = [arrivals(body.t_s, body.position_m, places, rule) for body in _parts(launch)[1:]]
    return np.fmin.reduce([missile, *dropped])


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


def prepare(scenario: Scenario) -> Prepared:
    """Fly all launches, with what they drop if that is asked for, and work out every look; kept where they are shared.

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
    """
    launches = launches_of(scenario)
    sensors = scenario.sensors
    if scenario.biases == "white":
        sensors = tuple(map(without_constant_errors, sensors))
    targets = [
        Target(
            flight=flight, launch=n, lift_off_s=lift_off, missile=part == 0,
            looks=_observed(launch, lift_off, part, sensors, scenario.shapes if part == 0 else (TUMBLING,) * 3)
        )
        for n, (launch, lift_off) in enumerate(launches)
        for part, flight in enumerate(_parts(launch) if scenario.debris else (flown(launch),))
    ]  # fmt: skip
    targets.sort(key=lambda target: not target.missile)
    step = scenario.tracker.cycle_s
    cycle_s = step * np.arange(1, int(max(each.lift_off_s + each.flight.followed_s for each in targets) / step) + 1)
    return Prepared(
        targets=tuple(targets),
        launch_ids=tuple(launch.launch_id for launch, _ in launches),
        tracker=scenario.tracker.with_association(scenario.several),
        sources=sources_of(scenario.nodes, scenario.sensors),
        cycle_s=cycle_s,
        truth=np.array([_truth(each, cycle_s) for each in targets]),
        arrival_s=np.array([
            lift_off + arrivals_of(launch, scenario.places, scenario.rule, scenario.debris)
            for launch, lift_off in launches
        ]),
    )  # fmt: skip


def _truth(target: Target, cycle_s: np.ndarray) -> np.ndarray:
    """True states of an object at the cycles, (J, 6); nan where it does not fly."""
    truth, own = np.full((len(cycle_s), 6), np.nan), cycle_s - target.lift_off_s
    up = (own >= target.flight.t_s[0]) & (own <= target.flight.end_s)
    truth[up] = state_at(target.flight, own[up])
    return truth


def sources_of(nodes: tuple[Node, ...], sensors: tuple[Sensor, ...]) -> Sources:
    """Where the detections of S sensors come from.

    Parameters
    ----------
    nodes : tuple of Node
        Every sensor's node is among them.
    sensors : tuple of Radar, Infrared or SensorModel

    Returns
    -------
    Sources
        Arrays of shape (S,).
    """
    index = {node.node_id: i for i, node in enumerate(nodes)}
    return Sources(
        names=tuple(sensor.sensor_id for sensor in sensors),
        home=np.array([index[sensor.node] for sensor in sensors], dtype=np.int32),
        is_infrared=np.array([isinstance(sensor, Infrared) for sensor in sensors], dtype=bool),
        angles_only=np.array([angles_only(sensor) for sensor in sensors], dtype=bool),
        report_delay_s=np.array([sensor.report_delay_s for sensor in sensors], dtype=float),
    )


def draw_noise(scenario: Scenario, prepared: Prepared, *, seed: int, run: int) -> Noise:
    """Draw one run's noise, the same under every policy. Every object has its own, by its name.

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
    last_s = float(prepared.cycle_s[-1]) if scenario.false_plots and len(prepared.cycle_s) else 0.0
    names = [sensor.sensor_id for sensor in scenario.sensors]
    there = present(scenario.posture or "full", scenario.presence, names, seed=seed, run=run)
    false = false_plots(prepared.looks.sensors if scenario.false_plots else (), last_s, seed=seed, run=run)
    return Noise(
        seed=seed,
        run=run,
        present=there,
        draws=tuple(draw(each.looks, seed=seed, run=run, launch_id=each.flight.launch_id) for each in prepared.targets),
        false=false.select(np.flatnonzero(there[false.sensor])),
        chain_normal=np.array([
            chain_normal(scenario.nodes, seed=seed, run=run, launch_id=name) for name in prepared.launch_ids
        ]),
    )  # fmt: skip
