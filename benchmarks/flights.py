"""Speed of flights: one, many perturbed ones, one fitted, one to orbit."""

import math
from collections.abc import Callable

import numpy as np

from trackfuse.catalog.catalog import load_scenario
from trackfuse.flight import disperse, fly
from trackfuse.flight.vehicle import fly_steered, steering_of, vehicle

MANY = 10_000
SPREAD = {"thrust": 0.002, "kick_deg": 0.02, "azimuth_deg": 0.1, "ascent_beta": 0.05, "reentry_beta": 0.05}
"""Standard deviations of the perturbed flights: factors about 1, and degrees about 0 (assumed)."""


def one(scenario: str) -> Callable[[], object]:
    """A flight of some 1,300 s, its effort and pitch-over known."""
    launch = load_scenario(scenario).launch
    known = fly(launch)
    pad, effort = vehicle(launch), known.thrust_scale * known.burn_fraction
    steering = steering_of(effort, math.radians(known.kick_deg), math.radians(known.pitch_azimuth_deg))
    return lambda: fly_steered(pad, steering)


def perturbed(scenario: str) -> Callable[[], object]:
    """Many flights of it, each a little different."""
    launch, random = load_scenario(scenario).launch, np.random.default_rng(7)
    known = fly(launch)
    about = {name: (0.0 if name.endswith("_deg") else 1.0) + sd * random.standard_normal(MANY)
             for name, sd in SPREAD.items()}  # fmt: skip
    return lambda: disperse(launch, known, **about)


def to_orbit() -> Callable[[], object]:
    """A satellite launch fitted to its orbit and to where its second stage fell."""
    launch = load_scenario("unha3_2012_12_12").launch
    return lambda: fly(launch)
