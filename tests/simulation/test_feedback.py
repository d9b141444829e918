"""Memory and feedback in whole runs: honest in every shipped scenario, asked for as other settings are, and refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import trackfuse as tf
from tests.satellites import without_satellites
from trackfuse.catalog.catalog import scenario_names
from trackfuse.core.errors import ScenarioError, TrackfuseError
from trackfuse.simulation.feedback import hub_of
from trackfuse.simulation.prepare import draw_noise, prepare
from trackfuse.simulation.simulate import simulate_each

HUB = "INDOPACOM"
RUNS = 3
ALARM = 1e-5
"""Chance that a statistical test here fails although all is right."""
NAMES = tuple(scenario_names())


def asking(scenario, **tracker):
    return replace(scenario, tracker=replace(scenario.tracker, hub=HUB, **tracker))


def squares(scenario, policies, runs):
    """Mean NEES of a run in free fall, of every centre, by policy (runs, centres); nan where there is no such time."""
    found = {policy: [] for policy in policies}
    for run in range(runs):
        for policy, one in zip(policies, simulate_each(scenario, policies, seed=11, run=run), strict=True):
            t, flight = one.prepared.cycle_s, one.flight
            nees = one.errors.nees
            held = np.isfinite(nees) & (t > flight.burnout_s + 30.0) & (t < flight.impact_s - 60.0)
            mean = np.where(held, nees, 0.0).sum(axis=1) / np.maximum(held.sum(axis=1), 1)
            found[policy].append(np.where(held.any(axis=1), mean, np.nan))
    return {policy: np.array(each) for policy, each in found.items()}


def most(count, tests):
    """Mean of so many independent NEES, each as of one instant, that a right claim exceeds with probability ALARM in
    any of so many tests.
    """
    return stats.chi2.isf(ALARM / tests, 6 * count) / count


@pytest.mark.parametrize(("biases", "tracker"), [
    ("white", {"fusion": "ci", "memory": "with", "feedback": "full"}),
    ("white", {"fusion": "tracklet", "feedback": "partial"}),
    ("white", {"fusion": "tracklet", "feedback": "full"}),
    ("constant", {"fusion": "ci", "memory": "with", "feedback": "full"}),
    ("constant", {"fusion": "tracklet", "feedback": "partial"}),
], ids=str)  # fmt: skip
def test_claims_hold_in_every_shipped_scenario(biases, tracker):
    """Not too sure under the trilateral policy and the mesh, in each scenario and in all of them: the mean of a run's
    correlated NEES varies at most as one of them does, and runs and scenarios are independent. Of the first missile
    alone: who takes one object's detections for another's is too sure whatever the rule of fusion.
    """
    every = {policy: [] for policy in ("trilateral", "mesh")}
    for name in NAMES:
        alone = replace(tf.load_scenario(name), biases=biases, salvo=(), debris=False, false_plots=False)
        nees = squares(asking(alone, **tracker), list(every), RUNS)
        for policy, found in every.items():
            found.append(nees[policy])
            for centre in nees[policy].T:
                held = centre[np.isfinite(centre)]
                assert not len(held) or held.mean() < most(len(held), 20 * len(NAMES)), (name, policy)
    for policy, found in every.items():
        for centre in np.concatenate(found).T:
            held = centre[np.isfinite(centre)]
            assert len(held) > 2 * len(NAMES)
            assert held.mean() < most(len(held), 20), policy


def test_a_hub_without_sensors_fuses_and_sends_back():
    """Without satellites the hub in Hawaii has no track of its own; with feedback its estimates reach every centre that
    it reaches with tracks, and Japan's track follows: with full feedback covariance intersection claims a quarter less.
    """
    base = without_satellites(replace(tf.load_scenario("hwasong12_2022_10_04"), biases="white"))
    runs = {each: tf.simulate(asking(base, feedback=each), "mesh", seed=1) for each in ("none", "partial", "full")}
    nodes = [node.node_id for node in base.nodes]
    assert not (runs["full"].local_tracks.tracks.status[nodes.index(HUB)] == 1).any()
    t, flight = runs["full"].prepared.cycle_s, runs["full"].flight
    fall = (t > flight.burnout_s + 120.0) & (t < flight.impact_s - 60.0)
    claim = {each: np.nanmean(run.errors.position_sigma_m[:, fall], axis=1) for each, run in runs.items()}
    assert (claim["full"] < 0.75 * claim["none"]).all()
    assert claim["partial"] == pytest.approx(claim["none"], rel=0.05)


def test_the_hub_tells_nobody_what_its_links_would_not_let_through():
    """Trilateral: Japan's tracks reach the hub and not South Korea, and the other way; US tracks reach both."""
    scenario = asking(tf.load_scenario("hwasong12_2022_10_04"), feedback="full")
    prepared = prepare(scenario)
    noise = draw_noise(scenario, prepared, seed=1, run=0)
    hub = hub_of(scenario, scenario.policy("trilateral"), prepared, noise)
    names = [node.node_id for node in scenario.nodes]
    assert names[hub.node] == HUB
    permitted = {name: {to for to, may in zip(names, row, strict=True) if may}
            for name, row in zip(names, hub.permitted, strict=True)}  # fmt: skip
    assert permitted["JPN"] == set(names) - {"ROK"}
    assert permitted["ROK"] == set(names) - {"JPN"}
    assert permitted["USFJ"] == permitted["USFK"] == permitted[HUB] == set(names)
    late = hub.received_s - prepared.cycle_s
    assert not np.isfinite(late[hub.node]).any()
    others = np.arange(len(names)) != hub.node
    assert (late[others][np.isfinite(late[others])] > 0.0).all() and np.isfinite(late[others]).any(axis=1).all()


def test_the_same_arguments_give_the_same_bits_alone_or_among_policies():
    scenario = asking(tf.load_scenario("nodong_2016_08_03"), fusion="tracklet", feedback="full")
    policies = ["bilateral", "trilateral", "mesh"]
    among = simulate_each(scenario, policies, seed=4, run=1)
    for policy, one in zip(policies, among, strict=True):
        assert np.array_equal(one.fused.mean, tf.simulate(scenario, policy, seed=4, run=1).fused.mean, equal_nan=True)


def test_a_hub_of_no_consequence_changes_nothing():
    base = tf.load_scenario("nodong_2016_08_03")
    one, two = (tf.simulate(each, "mesh", seed=4) for each in (base, asking(base, memory="without")))
    assert np.array_equal(one.fused.mean, two.fused.mean, equal_nan=True)
    assert np.array_equal(one.fused.covariance, two.fused.covariance, equal_nan=True)


def test_it_can_be_asked_for_by_file_and_by_change(tmp_path):
    base, file = tf.load_scenario("nodong_2016_08_03"), tmp_path / "mine.toml"
    shipped = next(Path(tf.__file__).parents[1].glob("data/scenarios/nodong_2016_08_03.toml")).read_text()
    file.write_text(f'{shipped}\n[tracker]\nfeedback = "full"\nmemory = "with"\nhub = "{HUB}"\n')
    changed = tf.change(base, {"tracker.feedback": "full", "tracker.hub": HUB, "tracker.memory": "with"})
    assert tf.load_scenario(file).tracker == changed.tracker
    assert (changed.tracker.feedback, changed.tracker.hub, changed.tracker.remembers) == ("full", HUB, True)
    file.write_text(f'{shipped}\n[tracker]\nfeedback = "fully"\nhub = "{HUB}"\n')
    with pytest.raises(TrackfuseError, match="no feedback 'fully'; did you mean 'full'"):
        tf.load_scenario(file)
    with pytest.raises(TrackfuseError, match="no memory 'wth'; did you mean 'with'"):
        tf.change(base, {"tracker.memory": "wth"})
    with pytest.raises(ScenarioError, match="tracker hub: no node 'INDOPACM'; did you mean 'INDOPACOM'"):
        tf.change(base, {"tracker.feedback": "full", "tracker.hub": "INDOPACM"})


def test_a_sweep_goes_over_feedback(tmp_path):
    base = asking(tf.load_scenario("nodong_2016_08_03"))
    study = tf.sweep(base, {"tracker.feedback": ["none", "full"]}, ("mesh",), runs=2, seed=1, out=tmp_path / "sweep")
    assert set(study.rows["tracker.feedback"]) == {"none", "full"}


def test_where_detections_are_associated_a_restart_is_an_intersection():
    """Several launches at once: a track may have learned from another object's detections, and what is new cannot be
    separated. Tracklets summed at the hub, full feedback gives the bits of partial.
    """
    scenario = replace(tf.load_scenario("kn25_2024_05_30"), biases="white")
    one, two = (tf.simulate(asking(scenario, fusion="tracklet", feedback=each), "mesh", seed=2)
                for each in ("partial", "full"))  # fmt: skip
    assert one.prepared.tracker.association == "gnn"
    assert np.array_equal(one.fused.mean, two.fused.mean, equal_nan=True)
    assert np.nanmedian(two.errors.nees) < 6.0


def test_feedback_without_a_hub_is_refused():
    """When it is asked for, not before: a change may set one after the other."""
    scenario = tf.change(tf.load_scenario("nodong_2016_08_03"), {"tracker.feedback": "partial"})
    with pytest.raises(ScenarioError, match="hub: feedback 'partial' takes the name of the centre that fuses"):
        tf.simulate(scenario, "mesh")


@pytest.mark.parametrize(("change", "says"), [
    ({"sharing_rule": lambda message, view: True}, "sharing_rule: tracker feedback 'full' goes with 'everything'"),
    ({"capacity_per_s": 2.0}, "capacity_per_s: tracker feedback 'full' goes with links without a limit"),
])  # fmt: skip
def test_what_rests_on_the_messages_of_single_centres_is_refused(change, says):
    scenario = asking(tf.load_scenario("nodong_2016_08_03"), feedback="full")
    with pytest.raises(ScenarioError, match=says):
        tf.simulate(scenario, replace(scenario.policy("mesh"), **change))
