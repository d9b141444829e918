"""Two satellites alone, no radar: when they start a track, what it claims, and the launch point that follows."""

from dataclasses import replace

import numpy as np
import pymap3d
import pytest
from scipy.stats import chi2

import trackfuse as tf
from trackfuse.flight import state_at
from trackfuse.sensing import Infrared
from trackfuse.simulation.messages import first_fixes
from trackfuse.simulation.run import Run

NAME, RUNS, FAILS = "hwasong18_2023_07_12", 100, 1e-5
"""FAILS: probability with which one statistical test fails although the estimates are what they claim."""


def satellites_alone(name: str = NAME, **more: object) -> tf.Scenario:
    scenario = tf.load_scenario(name)
    seen = tuple(sensor for sensor in scenario.sensors if isinstance(sensor, Infrared))
    return replace(scenario, sensors=seen, **{"biases": "white", **more})


def runs_of(scenario: tf.Scenario) -> list[Run]:
    return [tf.simulate(scenario, "national", seed=1, run=run) for run in range(RUNS)]


@pytest.fixture(scope="module")
def runs() -> list[Run]:
    return runs_of(satellites_alone())


def own(run: Run) -> tuple[int, np.ndarray]:
    """Row of the track of the centre that has the satellites, and the cycles at which there is one."""
    node = [each.node_id for each in run.scenario.nodes].index("INDOPACOM")
    (row,) = np.flatnonzero(run.local.node == node)
    return int(row), np.flatnonzero(run.local.status[row] == 1)


def test_a_track_starts_within_two_looks_of_the_second_satellites_first_detection(runs: list[Run]) -> None:
    """At the first cycle at which the centre has two detections of each satellite; there are two of them."""
    for run in runs:
        made, node = run.measurements, run.local.node[own(run)[0]]
        assert len(np.unique(made.sensor)) == 2
        second = [np.sort(run.deliveries.received_s[made.sensor == s, node])[1] for s in np.unique(made.sensor)]
        cycles = run.prepared.cycle_s
        assert cycles[own(run)[1][0]] == cycles[np.searchsorted(cycles, max(second))]


def test_other_centres_have_no_track_of_satellites_that_are_not_theirs(runs: list[Run]) -> None:
    """No link but those of the ideal policy carries detections."""
    for run in runs[:10]:
        row, _ = own(run)
        others = np.arange(len(run.local.node)) != row
        assert not (run.local.status[others] == 1).any()


def nees(run: Run, cycles: np.ndarray) -> np.ndarray:
    row, _ = own(run)
    error = run.local.mean[row, cycles] - state_at(run.flight, run.prepared.cycle_s[cycles])
    return np.einsum("ki,ki->k", error, np.linalg.solve(run.local.covariance[row, cycles], error[..., None])[..., 0])


@pytest.mark.parametrize("at_s", [80.0, 90.0, 100.0, 110.0, 120.0, 130.0, 150.0, 160.0, 170.0, 180.0])
def test_tracks_are_no_surer_than_they_are_right_in_boost(runs: list[Run], at_s: float) -> None:
    """Above its mean of 6 the sum of the NEES over the runs stays within its chi-square band (one-sided, 1e-5 an
    instant). Below it may be: the models leave room for steering and throttling that this flight does not do; by a half
    at most. (140 s, just after the second staging, is left out: thrust that jumps by 40 m/s^2 is outside the models.)
    """
    values = []
    for run in runs:
        cycle = int(np.searchsorted(run.prepared.cycle_s, at_s))
        if cycle in own(run)[1]:
            values.append(nees(run, np.array([cycle]))[0])
    assert len(values) > 0.9 * RUNS
    assert np.mean(values) > 3.0 and sum(values) < chi2.ppf(1.0 - FAILS, 6 * len(values))


def launch_points(runs: list[Run]) -> tuple[np.ndarray, np.ndarray]:
    """Errors east and north (m) of the launch points of first reports, and their covariances."""
    from trackfuse.simulation.boost import POINTS, _library
    from trackfuse.warning import BoostTrack, launch_of

    errors, covariances = [], []
    for run in runs:
        row, cycles = own(run)
        fix = first_fixes(run, row)(float(run.prepared.cycle_s[cycles[0]]))
        assert fix is not None
        track = BoostTrack(mean=fix.mean, covariance=fix.covariance, t_s=fix.t_s, gain_mps=np.nan, boosting=1.0)
        lat, lon, _, covariance = launch_of(track, _library(), points=POINTS, not_after_s=fix.t_s, seed=run.seed)
        pad = run.scenario.launch.lat_deg, run.scenario.launch.lon_deg, 0.0
        east, north, _ = pymap3d.geodetic2enu(np.degrees(lat), np.degrees(lon), 0.0, *pad)
        errors.append([east, north])
        covariances.append(covariance[:2, :2])
    return np.array(errors), np.array(covariances)


@pytest.mark.parametrize("biases", ["white", "constant"])
def test_launch_point_is_within_five_kilometres_and_claims_no_less(runs: list[Run], biases: str) -> None:
    """Root mean square over 100 runs; the sum of the NEES below the upper end of its band (one-sided, 1e-5), and its
    mean no less than a third of 2: most of what is claimed is measured, the rest allows for other classes and, where
    the satellites' offsets are constant, for these twice.
    """
    errors, covariances = launch_points(runs if biases == "white" else runs_of(satellites_alone(biases="constant")))
    assert np.sqrt((errors**2).sum(axis=1).mean()) < 5e3
    values = np.einsum("ki,ki->k", errors, np.linalg.solve(covariances, errors[..., None])[..., 0])
    assert values.sum() < chi2.ppf(1.0 - FAILS, 2 * RUNS) and values.mean() > 2.0 / 3.0


def test_messages_state_the_launch_point_of_the_first_lines_of_sight(runs: list[Run]) -> None:
    """Rounded by the 5 km of the item: what is stated allows for the fix and for the rounding."""
    run = tf.simulate(satellites_alone(), "bilateral", seed=1)
    sent = run.messages[run.messages["origin"] == "INDOPACOM"]
    assert len(sent) and np.all((sent["launch_sigma_km"] > 5.0) & (sent["launch_sigma_km"] < 8.0))


@pytest.mark.parametrize("association", ["gnn", "jpda"])
def test_association_starts_one_track_of_one_missile(association: str) -> None:
    scenario = satellites_alone()
    scenario = replace(scenario, tracker=replace(scenario.tracker, association=association))
    for run in range(10):
        found = tf.simulate(scenario, "national", seed=1, run=run)
        assert (found.local.status == 1).any(axis=1).sum() == 1


def test_one_satellite_starts_no_track() -> None:
    scenario = satellites_alone()
    run = tf.simulate(replace(scenario, sensors=scenario.sensors[:1]), "ideal", seed=1)
    assert len(run.measurements) > 10 and not (run.local.status == 1).any()
