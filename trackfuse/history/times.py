"""When the centres of each nation could have known, by simulation, and when a flight passes or comes down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np

from trackfuse.catalog import records
from trackfuse.flight import Flight, Launch, passage
from trackfuse.history.launches import policy_on, scenario_of
from trackfuse.simulation.prepare import draw_noise, prepare
from trackfuse.simulation.simulate import run_each

ASSUMED = ("nominal", "low", "nominal", "high")
"""Run by run, so that what is assumed of the sensors is part of the spread: half the runs nominal, a quarter each."""
BESIDE_KM = 300.0
"""A nation is passed if the flight comes this near to one of its places."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CentreTimes:
    """First instants of each nation's centres, seconds after lift-off; inf where it never happened.

    Parameters
    ----------
    nations : tuple of str
        The C nations that have a centre.
    known_s : ndarray, shape (C, R)
        First knowledge of the launch in R runs.
    launch_s : ndarray, shape (C, R)
        When the rule for a launch notice was met.
    place_s : ndarray, shape (C, R)
        When the rule for the first place of the nation was met.
    """

    nations: tuple[str, ...]
    known_s: np.ndarray
    launch_s: np.ndarray
    place_s: np.ndarray


@lru_cache(maxsize=256)
def centre_times(launch: Launch, on: date, runs: int, seed: int) -> CentreTimes:
    """Simulate what each nation's centres could have known and when, under the arrangement of the day.

    Parameters
    ----------
    launch : Launch
    on : date
    runs : int
    seed : int

    Returns
    -------
    CentreTimes
        Arrays of shape (C, runs).
    """
    scenarios = {name: scenario_of(launch, on, assumptions=name) for name in set(ASSUMED[:runs])}
    prepared = {name: prepare(scenario) for name, scenario in scenarios.items()}
    nations = next(iter(scenarios.values())).nations
    found = np.full((3, len(nations), runs), np.inf)
    for run in range(runs):
        name = ASSUMED[run % len(ASSUMED)]
        scenario, ready = scenarios[name], prepared[name]
        noise = draw_noise(scenario, ready, seed=seed, run=run)
        done = run_each(scenario, [scenario.policy(policy_on(on))], ready, noise)[0]
        given = done.launch_notices[0].notices
        times = np.stack([done.knowledge[0].known_s, given.launch_met_s, given.place_met_s.min(axis=1, initial=np.inf)])
        for k, nation in enumerate(nations):
            centres = [i for i, node in enumerate(scenario.nodes) if node.nation == nation]
            found[:, k, run] = times[:, centres].min(axis=1)
    return CentreTimes(nations=nations, known_s=found[0], launch_s=found[1], place_s=found[2])


def passing_s(flights: tuple[Flight, ...], nation: str) -> np.ndarray:
    """When flights pass the place of a nation that the first of them comes nearest to.

    Parameters
    ----------
    flights : tuple of Flight
    nation : str

    Returns
    -------
    ndarray, shape (n,)
        Seconds after lift-off; empty where no place is near.
    """
    places = [(place.lat_deg, place.lon_deg) for place in records.places() if place.nation == nation]
    beside_km = [passage(flights[0], *place)[1] for place in places]
    if min(beside_km, default=np.inf) > BESIDE_KM:
        return np.empty(0)
    nearest = places[int(np.argmin(beside_km))]
    return np.array([passage(flight, *nearest)[0] for flight in flights])
