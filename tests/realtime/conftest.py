"""Runs that nodes are held to, and the nodes fed with the same."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pytest

import trackfuse as tf
from tests.realtime.rehearsal import rehearse
from trackfuse.realtime.bodies import Notice, Stated
from trackfuse.realtime.node import HeldTracks, LiveNode
from trackfuse.simulation.given import delivered, run_of
from trackfuse.simulation.prepare import draw_noise
from trackfuse.simulation.run import Run
from trackfuse.studies.own_data.tracks import given_to

SEED = 3


@dataclass(frozen=True)
class Rehearsed:
    """A run, and what nodes made of the same messages: by node and cycle what each held, and by node, cycle and track
    the items that it sent.
    """

    run: Run
    nodes: dict[int, LiveNode]
    held: dict[tuple[int, int], HeldTracks]
    items: dict[tuple[int, int, int], Stated]
    notices: dict[int, list[Notice]]


@cache
def rehearsed(
    name: str, policy: str, registration: str = "consider", biases: str = "constant", source: str = "drawn"
) -> Rehearsed:
    """From the "table" of a run's detections what a batch makes of these, and the nodes fed with them."""
    scenario = tf.load_scenario(name)
    scenario = replace(scenario, biases=biases, tracker=replace(scenario.tracker, registration=registration))
    run = tf.simulate(scenario, policy, seed=SEED)
    noise = draw_noise(scenario, run.prepared, seed=SEED, run=0)
    if source == "table":
        made = given_to(scenario, run.detections.drop(columns=["cued", "snr_db"]))
        arrangement = scenario.policy(policy)
        run, noise = run_of(scenario, arrangement, made, delivered(made, scenario.nodes, arrangement)), made.noise
    out = Rehearsed(run, {}, {}, {}, {i: [] for i in range(len(scenario.nodes))})
    for node, held, reports, notices in rehearse(
        scenario, scenario.policy(policy), run.prepared, noise, run.measurements
    ):
        i = node.setup.node
        out.nodes[i], out.held[i, node.cycle] = node, held
        out.notices[i] += notices
        for stated in reports[-1].tracks if reports else ():
            out.items[i, node.cycle, stated.track] = stated
    return out


@pytest.fixture(scope="session")
def rehearsal() -> Callable[..., Rehearsed]:
    return rehearsed


def same_bits(one: np.ndarray, other: np.ndarray) -> bool:
    """NaN for NaN, too."""
    return one.shape == other.shape and one.astype(other.dtype).tobytes() == other.tobytes()
