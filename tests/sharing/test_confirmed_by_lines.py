"""Lines of sight confirm a track: two from each of two directions, within the window, whatever way they come."""

import itertools
import math

import numpy as np
import pytest

from trackfuse.kernels.stereo import CROSSING_RAD, confirmed_by_lines
from trackfuse.realtime.bodies import Plot
from trackfuse.realtime.knowledge import Knowledge
from trackfuse.sensing import lines_of_sight
from trackfuse.sharing import Confirmation, Network, Node, Policy, Sources, deliver
from trackfuse.tracking import TrackerSettings

from .test_queues import link


def directions(degrees: np.ndarray) -> np.ndarray:
    return np.stack([np.cos(np.radians(degrees)), np.sin(np.radians(degrees)), np.zeros(len(degrees))], axis=1)


def by_hand(times: np.ndarray, arrivals: np.ndarray, degrees: np.ndarray, window: float) -> float:
    """Earliest instant at which any four of the lines received do: the newest, another along it, two across."""
    best, apart = math.inf, math.degrees(CROSSING_RAD)
    for four in itertools.permutations(range(len(times)), 4):
        newest, along, *across = four
        in_window = all(times[newest] - window <= times[k] <= times[newest] for k in four)
        cross = [abs(degrees[k] - degrees[newest]) >= apart for k in across]
        if in_window and all(cross) and abs(degrees[along] - degrees[newest]) < apart:
            best = min(best, max(arrivals[k] for k in four))
    return best


@pytest.mark.parametrize("seed", range(20))
def test_receipt_is_that_of_the_earliest_four(seed: int) -> None:
    rng, n = np.random.default_rng(seed), 7
    times, degrees = rng.uniform(0.0, 60.0, n), rng.choice([0.0, 0.01, 15.0, 18.0], n)
    arrivals = times + rng.uniform(0.0, 30.0, n)
    found = [confirmed_by_lines(times, arrivals, directions(degrees), n, k, 30.0) for k in range(n)]
    assert min(found) == by_hand(times, arrivals, degrees, 30.0)


def network(queued: bool, delays: list[float]) -> Network:
    nodes = tuple(Node(node_id=name, nation=name, name=name) for name in ("A", "B"))
    more = {"capacity_per_s": 1e9} if queued else {}
    policy = Policy(name="test", title="", meaning="", links=(link("A", "B", payload="detection", **more),))
    angles = np.ones(len(delays), dtype=bool)
    sources = Sources(names=tuple(f"s{k}" for k in range(len(delays))), home=np.zeros(len(delays), dtype=int),
                      is_infrared=angles, angles_only=angles, report_delay_s=np.array(delays))  # fmt: skip
    return Network(nodes=nodes, policy=policy, sources=sources, seed=1, run=0, launch_id="test")


@pytest.mark.parametrize("seed", range(10))
def test_all_ways_of_delivery_confirm_at_the_same_instant(seed: int) -> None:
    """One pass in order of measurement, queues in order of reception, and a live node agree."""
    rng, n = np.random.default_rng(seed), 12
    t, sensor = np.sort(rng.uniform(0.0, 60.0, n)), rng.integers(0, 2, n)
    delays, sight = [8.0, 20.0], directions(np.array([0.0, 15.0])[sensor])
    number = np.array([np.sum(sensor[:k] == sensor[k]) for k in range(n)])
    given = t, sensor, number
    confirmation, cycles = Confirmation(plots=3, window_s=30.0), 5.0 * np.arange(1, 21)
    plain, queued = (deliver(*given, network(q, delays), confirmation, cycles, sight=sight)[1] for q in (False, True))
    np.testing.assert_allclose(plain.confirmed_s, queued.confirmed_s, atol=1e-6)
    arrivals = t + np.array(delays)[sensor]
    assert plain.confirmed_s[0] == by_hand(t, arrivals, np.array([0.0, 15.0])[sensor], 30.0)
    without = deliver(*given, network(False, delays), confirmation, cycles)[1]
    assert np.isinf(without.confirmed_s).all()
    live = Knowledge(0, TrackerSettings())
    for k in np.argsort(arrivals, kind="stable"):
        azimuth = np.array([np.arctan2(sight[k, 0], sight[k, 1])])
        np.testing.assert_allclose(lines_of_sight(azimuth, np.zeros(1), np.eye(3)[None])[0], sight[k], atol=1e-15)
        live.plot(Plot(sensor=f"s{sensor[k]}", number=int(number[k]), object=0, measured_s=float(t[k]),
                       z=np.array([np.nan, azimuth[0], 0.0, np.nan]), sigma=np.array([np.inf, 1e-5, 1e-5, np.inf]),
                       site_m=np.zeros(3), site_velocity_mps=np.zeros(3), enu_from_ecef=np.eye(3), infrared=True,
                       cued=False, snr_db=np.nan, registration=np.zeros((3, 8))), 0, float(arrivals[k]))  # fmt: skip
    assert live.confirmed_s == plain.confirmed_s[0]
