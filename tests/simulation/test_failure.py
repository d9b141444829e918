"""Flights that fail, through the whole chain: nothing is seen of them any more, and no notice of an impact is right."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import trackfuse as tf
from trackfuse.catalog.scenario import Scenario
from trackfuse.simulation.run import Run

BROKEN = "unha3_2012_04_13"
AOMORI = "hwasong12_2022_10_04"
FAILS_S = 400.0
GONE_S = 60.0
"""A track of what burned is lost so long after its last detection: nothing tells how its burn goes on."""


def failing(scenario: Scenario, failure: str, fails_s: float) -> Scenario:
    return replace(scenario, launch=replace(scenario.launch, failure=failure, fails_s=fails_s))


def intended(scenario: Scenario) -> Scenario:
    return replace(scenario, launch=replace(scenario.launch, failure=None, fails_s=None))


@pytest.fixture(scope="module")
def coasting() -> Run:
    """Broken up in free fall, 150 s or so after notices to places on its way."""
    return tf.simulate(failing(tf.load_scenario(AOMORI), "break-up", FAILS_S), "trilateral", seed=1)


@pytest.mark.parametrize("policy", ["national", "ideal"])
def test_a_track_ends_after_a_break_up_under_thrust(policy: str) -> None:
    run = tf.simulate(BROKEN, policy, seed=1)
    whole = tf.simulate(intended(run.scenario), policy, seed=1)
    assert run.detections["t_s"].max() < 120.0 < whole.detections["t_s"].max()
    assert 120.0 <= run.tracks["t_s"].max() <= 120.0 + GONE_S
    assert whole.tracks["t_s"].max() > 120.0 + 5.0 * GONE_S
    # Nothing comes down, so nothing is known of an impact, and no region was right.
    assert run.nodes["impact_error_km"].isna().all()
    assert not set(run.notices["kind"]) & {"place", "region"}
    clear = run.notices[run.notices["kind"] == "clear"]
    assert (clear["outcome"] == "in time").all() and (clear["arrival_s"] == 120.0).all()


def test_until_the_break_up_the_run_is_the_same_to_the_bit(coasting: Run) -> None:
    whole = tf.simulate(intended(coasting.scenario), "trilateral", seed=1)
    for table in ("detections", "tracks"):
        before, now = (each[each["t_s"] < FAILS_S].reset_index(drop=True)
                       for each in (getattr(whole, table), getattr(coasting, table)))  # fmt: skip
        pd.testing.assert_frame_equal(now, before, check_exact=True)
    assert np.array_equal(whole.prepared.cycle_s, coasting.prepared.cycle_s)


def test_no_notice_of_an_impact_that_does_not_happen_is_right(coasting: Run) -> None:
    assert coasting.detections["t_s"].max() < FAILS_S
    notices = coasting.notices
    regions = notices[notices["kind"].isin(["region", "update"]) & (notices["place"] == "ships and aircraft")]
    assert len(regions) and set(regions["outcome"]) == {"false"}
    places = notices[notices["kind"] == "place"]
    # It was over Aomori before it broke up: such a notice is right. One to a place beyond is not.
    assert (places.loc[places["outcome"] == "in time", "arrival_s"] <= FAILS_S).all()
    assert places["arrival_s"].isna().any() and not (places["arrival_s"] > FAILS_S).any()
    assert coasting.nodes["impact_error_km"].isna().all()


def test_no_figure_of_an_impact_applies() -> None:
    """The same figures as of a satellite: those of an impact are none, those of the descent neither."""
    scenario = failing(tf.load_scenario(AOMORI), "break-up", FAILS_S)
    study = tf.compare(scenario, ["bilateral", "trilateral"], runs=2, seed=1)
    figures = set(study.nodes.loc[study.nodes["n"] > 0, "figure"])
    assert "first_track_s" in figures and not [name for name in figures if "impact" in name or "descent" in name]


def test_a_stage_dropped_before_the_break_up_is_still_seen() -> None:
    scenario = replace(failing(tf.load_scenario("unha3_2016_02_07"), "break-up", 130.0), debris=True)
    run = tf.simulate(scenario, "ideal", seed=1)
    last_s = run.detections.groupby("object")["t_s"].max()
    missile, (stage,) = run.scenario.launch.launch_id, [name for name in last_s.index if "spent stage" in name]
    assert last_s[missile] < 130.0 < last_s[stage]
    assert not [name for name in last_s.index if "fairing" in name]


def test_after_a_shutdown_it_comes_down_short_and_is_warned_of() -> None:
    run = tf.simulate(failing(tf.load_scenario(AOMORI), "shutdown", 100.0), "ideal", seed=1)
    assert run.flight.lands and run.flight.range_km < 4600.0
    assert run.detections["t_s"].max() <= run.flight.impact_s
    assert run.nodes["impact_error_km"].notna().any()


def test_the_break_up_of_2012_as_published() -> None:
    """Stars and Stripes / Yomiuri, 2012-04-15: shared early warning about a minute after launch; no radar of Japan on
    the ground ever saw it. (In the model a ship of Japan may, where published accounts say that none did.)"""
    run = tf.simulate(BROKEN, "ideal", seed=1)
    kinds = {sensor.sensor_id: isinstance(sensor, tf.Infrared) for sensor in run.scenario.sensors}
    seen = run.detections.groupby("sensor")["t_s"].min()
    assert seen[[kinds[name] for name in seen.index]].min() == pytest.approx(60.0, abs=20.0)
    assert not [name for name in seen.index if name.startswith("JP-") and "AEGIS" not in name]
