"""Which reports a node uses: fresh ones always, old ones until they are mostly a guess, hopeless ones never."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from scipy import stats

import trackfuse as tf
from trackfuse.kernels.fusion import may_add
from trackfuse.kernels.information import adds

LOW_FLIGHTS = ("kn23_2022_09_25", "kn25_2023_02_20")
RUNS = 10
ALARM = 1e-5
"""Chance that a statistical test here fails although all is right."""


def without_fps7(name: str) -> tf.Scenario:
    """Without the J/FPS-7, whose use against ballistic missiles is an assumption: then Japan sees no low flight from
    ashore."""
    scenario = tf.load_scenario(name)
    rest = tuple(each for each in scenario.sensors if not each.sensor_id.startswith("JP-FPS7-"))
    assert len(rest) == len(scenario.sensors) - 3
    return tf.change(scenario, sensors=rest)


@lru_cache
def held_by_japan(scenario: tf.Scenario | str, posture: str) -> tuple[np.ndarray, np.ndarray, float, float]:
    """Mean NEES of position by run where Japan holds others' reports alone; shares of the flight held, and held by its
    own track; over all runs.
    """
    nees, held, own = [], [], []
    for k in range(RUNS):
        run = tf.simulate(scenario, "trilateral", seed=3, run=k, posture=posture)
        truth = run.prepared.truth[0]
        flying = np.isfinite(truth[:, 0])
        fused, mine = run.fused.status[0] == 1, run.local.status[0] == 1
        held.append(fused[flying].mean())
        own.append(mine[flying].mean())
        only = np.flatnonzero(fused & ~mine & flying)
        error = run.fused.mean[0, only, :3] - truth[only, :3]
        scaled = np.linalg.solve(run.fused.covariance[0, only, :3, :3], error[..., None])[..., 0]
        nees.append(np.einsum("ni,ni->n", error, scaled).mean() if len(only) else np.nan)
    return np.array(nees), np.array(held), float(np.mean(own)), float(np.mean(held))


@pytest.mark.parametrize("posture", ["full", "none"])
@pytest.mark.parametrize("name", LOW_FLIGHTS)
def test_what_is_held_by_reports_alone_is_consistent(name: str, posture: str) -> None:
    """The mean of a run's correlated NEES varies at most as one of them does, so that the sum over the runs lies in a
    band that a chi-square variable with 3 degrees of freedom a run leaves with probability ALARM."""
    nees = held_by_japan(name, posture)[0]
    nees = nees[np.isfinite(nees)]
    low, high = stats.chi2.interval(1.0 - ALARM, 3 * len(nees))
    assert low <= nees.sum() <= high


def test_without_ships_japan_holds_a_low_flight_by_reports_for_as_long_as_they_come() -> None:
    """Before, a report of what came down through the air was dropped whatever its age: 17 % of this flight."""
    _, held, own, mean = held_by_japan(without_fps7("kn23_2022_09_25"), "none")
    assert own == 0.0
    assert mean > 0.35
    assert held.min() > 0.25


@pytest.mark.parametrize("posture", ["full", "none"])
def test_a_fresh_report_is_never_dropped(posture: str) -> None:
    """Whatever is falling, a sender's newest track, known to 5 km and ten seconds old, is held by who has it."""
    used = 0
    for k in range(3):
        run = tf.simulate("kn23_2022_09_25", "trilateral", seed=9, run=k, posture=posture)
        cycle_s, local = run.prepared.cycle_s, run.local
        arrived = np.minimum(run.deliveries.track_received_s, run.deliveries.warning_received_s)
        sure = np.sqrt(np.trace(local.covariance[..., :3, :3], axis1=-2, axis2=-1)) < 5e3
        fit = (local.status == 1) & sure & (local.boosting == 0.0)
        for d in range(len(run.scenario.nodes)):
            for j, t in enumerate(cycle_s):
                for sender in np.flatnonzero((arrived[:, d] <= t).any(axis=1)):
                    newest = np.flatnonzero(arrived[sender, d] <= t)[-1]
                    if fit[sender, newest] and t - cycle_s[newest] <= 10.0:
                        assert run.fused.status[d, j] == 1, (d, t)
                        used += 1
    assert used > 100


def test_more_is_held_with_messages_than_without() -> None:
    for posture in ("full", "none"):
        for name in LOW_FLIGHTS:
            alone = tf.simulate(name, "national", seed=3, posture=posture)
            shared = tf.simulate(name, "trilateral", seed=3, posture=posture)
            assert (shared.fused.status >= alone.local.status).all()


def random_covariance(rng: np.random.Generator, position_m: float, velocity_mps: float) -> np.ndarray:
    mixed = rng.normal(size=(6, 6))
    shape = mixed @ mixed.T / 6.0 + 0.05 * np.eye(6)
    scale = np.repeat([position_m, velocity_mps], 3)
    return shape * np.outer(scale, scale)


def test_a_report_that_is_called_hopeless_adds_nothing() -> None:
    """A warning no more precise than its floor is carried on in a straight line; whenever `may_add` says no, the trace
    criterion of `adds` says no too."""
    rng, floor = np.random.default_rng(7), np.repeat([5e3**2, 50.0**2], 3)
    said_no = 0
    for _ in range(3000):
        age, own = rng.uniform(0.0, 60.0), random_covariance(rng, 10 ** rng.uniform(1, 4), 10 ** rng.uniform(-1, 3))
        sent = random_covariance(rng, 10 ** rng.uniform(1, 4), 10 ** rng.uniform(-1, 2)) + np.diag(floor)
        carry = np.eye(6)
        carry[:3, 3:] = age * np.eye(3)
        if not may_add(np.vstack([own, np.zeros((2, 6))]), floor, age):
            said_no += 1
            assert not adds(own, np.linalg.inv(carry @ sent @ carry.T))
    assert 300 < said_no < 2700


def test_a_track_without_a_floor_is_never_hopeless() -> None:
    assert may_add(np.eye(8, 6), np.zeros(6), 0.0)


def test_a_poor_position_still_lends_its_velocity() -> None:
    """A new track that is 300 m sure of its place and 400 m/s of its speed takes the speed from a message of 5 km."""
    own = np.diag(np.repeat([300.0**2, 400.0**2], 3))
    assert may_add(np.vstack([own, np.zeros((2, 6))]), np.repeat([5e3**2, 50.0**2], 3), 5.0)


def test_ships_away_sharing_gains_an_early_track() -> None:
    scenario = replace(without_fps7("kn23_2022_09_25"), posture="none")
    shared = tf.simulate(scenario, "trilateral", seed=1)
    assert shared.prepared.cycle_s[(shared.fused.status[0] == 1).argmax()] < 120.0
    assert not (tf.simulate(scenario, "national", seed=1).fused.status[0] == 1).any()
