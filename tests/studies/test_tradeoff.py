"""Judging the same tracks by other rules, and prefectures and provinces by the same rule."""

from dataclasses import replace

import numpy as np
import pytest

import trackfuse as tf
from trackfuse.catalog import records
from trackfuse.catalog.scenario import SalvoLaunch, Scenario
from trackfuse.core.errors import SettingsError
from trackfuse.simulation.decide import decide
from trackfuse.simulation.warning_inputs import warning_inputs


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return tf.load_scenario("hwasong12_2022_10_04")


def test_deciding_anew_gives_the_same_notices(scenario: Scenario) -> None:
    run = tf.simulate(scenario, seed=3, run=2)
    (again,) = decide(warning_inputs(run), scenario.nodes, scenario.places, scenario.rule, run.prepared.arrival_s)
    given = run.launch_notices[0].notices
    for name in ("launch_notice_s", "place_notice_s", "arrival_s"):
        assert getattr(again.notices, name).tobytes() == getattr(given, name).tobytes()
    assert again.notices.regions.notice_s.tobytes() == given.regions.notice_s.tobytes()


@pytest.fixture(scope="module")
def pair(scenario: Scenario) -> Scenario:
    """The same missile, and a minute later another from 11 km north of it."""
    second = replace(scenario.launch, launch_id="second", lat_deg=scenario.launch.lat_deg + 0.1)
    return replace(scenario, salvo=(SalvoLaunch(launch=second, after_s=60.0),))


def test_deciding_anew_on_several_objects_gives_the_same_notices(pair: Scenario) -> None:
    run = tf.simulate(pair, seed=3, run=2)
    again = decide(warning_inputs(run), pair.nodes, pair.places, pair.rule, run.prepared.arrival_s)
    assert [each.launch for each in again] == [each.launch for each in run.launch_notices] == [0, 1]
    for one, other in zip(again, run.launch_notices, strict=True):
        for name in ("launch_notice_s", "place_notice_s", "arrival_s"):
            assert getattr(one.notices, name).tobytes() == getattr(other.notices, name).tobytes()
        assert one.place_track.tobytes() == other.place_track.tobytes()


def test_several_objects_are_judged_together(pair: Scenario) -> None:
    """A place is warned once either concerns it: no later than of the first alone, and by the run's own threshold as
    the run itself was."""
    discs = replace(pair, places=records.regions())
    thresholds = (0.01, pair.rule.probability, 0.9)
    assert thresholds[0] < thresholds[1] < thresholds[2]
    made = tf.tradeoff(discs, ["bilateral", "trilateral"], thresholds=thresholds, runs=3, seed=1)
    assert made.warning_time_s.shape == (2, 3, 3)
    assert (np.diff(made.false, axis=2) <= 0).all() and (np.diff(made.in_time, axis=2) <= 0).all()
    assert (made.in_time[1] >= made.in_time[0]).all() and made.in_time[1, :, 0].min() > 0
    for run in range(3):
        gained = tf.simulate(discs, "trilateral", seed=1, run=run).warning_time_s
        np.testing.assert_allclose(made.warning_time_s[1, run, 1], np.nanmean(gained))


def test_a_higher_threshold_warns_fewer_and_never_earlier(scenario: Scenario) -> None:
    discs = replace(scenario, places=records.regions())
    made = tf.tradeoff(discs, ["bilateral", "trilateral"], thresholds=(0.01, 0.3, 0.9), runs=6, seed=1)
    assert made.warning_time_s.shape == (2, 6, 3)
    assert (np.diff(made.false, axis=2) <= 0).all() and (np.diff(made.in_time, axis=2) <= 0).all()
    assert (made.in_time[1] >= made.in_time[0]).all()
    table = made.table
    assert list(table["threshold"]) == [0.01, 0.3, 0.9] * 2 and table["in_time"].between(0.0, 1.0).all()
    again = tf.tradeoff(discs, ["bilateral", "trilateral"], thresholds=(0.01, 0.3, 0.9), runs=6, seed=1)
    assert again.false.tobytes() == made.false.tobytes()


def test_waiting_for_the_engine_to_stop_costs_time_and_saves_false_notices(scenario: Scenario) -> None:
    made = tf.tradeoff("nodong_2016_08_03", ["trilateral"], over="burning", thresholds=(0.03, 0.5), runs=12, seed=3)
    assert made.false[0, :, 0].sum() <= made.false[0, :, 1].sum()
    early = tf.tradeoff(scenario, ["trilateral"], over="burning", thresholds=(0.03, 0.5), runs=6, seed=3)
    assert (early.warning_time_s[0, :, 0] <= early.warning_time_s[0, :, 1]).all()


@pytest.mark.parametrize("given", [{"runs": 0}, {"thresholds": (0.2, 0.1)}, {"thresholds": ()}, {"seed": -1},
                                   {"over": "burnin"}])
def test_what_cannot_be_judged_is_refused(given: dict) -> None:
    with pytest.raises(SettingsError):
        tf.tradeoff("hwasong12_2022_10_04", **({"runs": 2} | given))


def test_every_prefecture_and_province_is_there() -> None:
    discs = records.regions()
    names = {nation: {d.region for d in discs if d.nation == nation} for nation in ("JPN", "ROK")}
    assert (len(names["JPN"]), len(names["ROK"])) == (47, 17)
    assert {place.region for place in records.places() if place.nation != "USA"} <= names["JPN"] | names["ROK"]


def test_a_flight_over_aomori_concerns_its_neighbours(scenario: Scenario) -> None:
    """2022-10-04: over Aomori; with a corridor of 50 km also southern Hokkaido and northern Iwate."""
    run = tf.simulate(scenario, seed=1)
    table = run.region_notices
    concerned = set(table["region"][np.isfinite(table["arrival_s"])])
    assert {"Aomori", "Hokkaido"} <= concerned <= {"Aomori", "Hokkaido", "Iwate", "Akita"}
    assert (table["notice_s"] > table["met_s"]).all() and (table["nation"] == "JPN").all()
    towns = run.notices.set_index("place")["notice_s"]
    assert float(table.set_index("region").loc["Aomori", "notice_s"]) <= towns["Aomori"]


def test_a_track_that_begins_sooner_predicts_at_the_same_instants() -> None:
    """2017-08-29: cued by its allies Japan tracks sooner than alone. Counted from its first track, predictions would
    then be of other instants, and a notice up to `predict_s` later."""
    for run in range(4):
        alone, told = (tf.simulate("hwasong12_2017_08_29", p, seed=8, run=run) for p in ("national", "bilateral"))
        met = [one.launch_notices[0].notices.place_met_s for one in (told, alone)]
        assert (met[0] <= met[1]).all()
        step = alone.scenario.tracker.predict_s
        for one in (alone, told):
            own = warning_inputs(one).own
            at = one.prepared.cycle_s[own.cycle]
            for node in np.unique(own.node):
                assert (at[own.node == node][1:] % step == 0.0).all()


def test_more_sharing_warns_no_place_later(scenario: Scenario) -> None:
    for name in ("hwasong12_2022_10_04", "hwasong12_2017_08_29", "kn23_2022_09_25"):
        for run in range(6):
            poorer, richer = (
                tf.simulate(name, policy, seed=8, run=run).launch_notices[0].notices
                for policy in ("bilateral", "trilateral")
            )
            assert (richer.place_notice_s <= poorer.place_notice_s).all()
            assert (richer.launch_notice_s <= poorer.launch_notice_s).all()
