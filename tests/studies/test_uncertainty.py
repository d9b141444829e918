"""Uncertainty: its rows are a sweep's, its groups are what the data assume, and bad input is refused in one line."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import trackfuse as tf
from trackfuse.catalog.catalog import scenario_names
from trackfuse.core.errors import ScenarioError, SettingsError
from trackfuse.studies.sweeps.design import grouped_design
from trackfuse.studies.sweeps.fields import Setting, apply
from trackfuse.studies.sweeps.groups import LEFT_OUT, US_TO_ROK, chosen_groups, groups_of
from trackfuse.studies.uncertainty import DRAWS, SHOWN, Uncertainty, headline_spread, uncertainty

NAME, POINTS, RUNS, SEED = "kn25_2023_02_20", 4, 2, 5
GROUPS = ("published items", "payload")
KEYS = ["run", "policy", "object", "nation"]


def setting_of(scenario: tf.Scenario, policy: str = "trilateral") -> Setting:
    return Setting(scenario=scenario, policies=(scenario.policy("bilateral"), scenario.policy(policy)))


@pytest.fixture(scope="module")
def done() -> Uncertainty:
    return uncertainty(NAME, groups=GROUPS, points=POINTS, runs=RUNS, seed=SEED)


# ---- the same flights as a sweep -------------------------------------------------------------------------------------


def test_a_group_flown_by_a_sweep_gives_the_same_bits(done: Uncertainty, tmp_path: Path) -> None:
    """The points at which "published items" alone differs from A, each as a sweep of one point."""
    for base in (0, 3):
        point = done.design[done.design["base"] == base].iloc[1]
        over = {name: [point[name]] for group in GROUPS for name in done.groups[group]}
        policies = ("bilateral", "trilateral")
        study = tf.sweep(NAME, over, policies, runs=POINTS * RUNS, seed=SEED, out=tmp_path / str(base))
        rows = study.rows
        there = rows[(rows["place"] == "") & rows["run"].between(base * RUNS, (base + 1) * RUNS - 1)]
        mine = done.rows[done.rows["point"] == point["point"]]
        columns = [*KEYS, *(name for name in mine.columns if name not in (*KEYS, "point"))]
        pd.testing.assert_frame_equal(mine[columns].reset_index(drop=True), there[columns].reset_index(drop=True),
                                      check_exact=True)  # fmt: skip


def test_a_whole_study_of_single_fields_is_the_sweep_of_its_saltelli_design(tmp_path: Path) -> None:
    over = {"policies.trilateral.latency_s": {"low": 1.0, "high": 60.0}, "presence.JP-AEGIS-A.probability": [0.0, 1.0]}
    own = {name: {name: given} for name, given in over.items()}
    done = uncertainty(NAME, groups=own, points=POINTS, runs=RUNS, seed=SEED)
    policies, runs = ("bilateral", "trilateral"), POINTS * RUNS
    study = tf.sweep(NAME, over, policies, runs=runs, seed=SEED, out=tmp_path / "s", design="saltelli", points=POINTS)
    rows = study.rows
    rows = rows[(rows["place"] == "") & (rows["run"] // RUNS == rows["point"] // (len(over) + 2))]
    columns = list(done.rows.columns)
    pd.testing.assert_frame_equal(done.rows, rows[columns].reset_index(drop=True), check_exact=True)
    pd.testing.assert_frame_equal(done.design[list(over)], study.points[list(over)], check_exact=True)


def test_the_same_arguments_give_the_same_numbers(done: Uncertainty) -> None:
    again = uncertainty(NAME, groups=GROUPS, points=POINTS, runs=RUNS, seed=SEED)
    pd.testing.assert_frame_equal(again.table, done.table, check_exact=True)
    pd.testing.assert_frame_equal(again.indices, done.indices, check_exact=True)


# ---- tables ----------------------------------------------------------------------------------------------------------


def test_gains_are_those_of_the_rows(done: Uncertainty) -> None:
    row = done.table.set_index(["nation", "figure"]).loc[("JPN", "first_track_s")]
    japan = done.rows[done.rows["nation"] == "JPN"]
    mine = japan.pivot_table(index=["point", "run"], columns="policy", values="first_track_s")
    gain = mine["bilateral"] - mine["trilateral"]
    gain = gain[np.isfinite(gain)]
    assert (row["gain"], row["n"]) == (gain.median(), len(gain))
    assert (row["p05"], row["p95"]) == pytest.approx((gain.quantile(0.05), gain.quantile(0.95)))
    here, there = np.isfinite(mine["trilateral"]), np.isfinite(mine["bilateral"])
    assert row["only_policy"] == (here & ~there).mean() and row["only_baseline"] == (there & ~here).mean()


def test_what_no_centre_reads_moves_nothing(done: Uncertainty) -> None:
    """When Japan has its first track does not depend on how coarse an item is, nor on what else crosses with it."""
    mine = done.indices[(done.indices["nation"] == "JPN") & (done.indices["figure"] == "first_track_s")]
    assert list(mine["group"]) == [*GROUPS, DRAWS]
    assert (mine.loc[mine["group"] != DRAWS, "total"] == 0.0).all()
    assert mine["total"].iloc[-1] > 0.0
    row = done.table.set_index(["nation", "figure"]).loc[("JPN", "first_track_s")]
    assert row["dominates"] == DRAWS and "gain moved by noise and posture alone" in str(done)


def test_every_row_and_the_words_name_what_dominates(done: Uncertainty) -> None:
    assert set(done.table["figure"]) == set(SHOWN)
    said = str(done)
    assert "JPN first track" in said and "noise and posture" in said and "seed 5" in said
    assert "4 base points" in done.caption() and NAME in repr(done)
    for row in done.table.to_dict("records"):
        assert row["dominates"] in (*GROUPS, DRAWS, "nothing")
        assert np.isnan(row["total"]) or 0.0 <= row["total"] <= 2.0


# ---- groups ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", scenario_names())
def test_every_group_of_every_scenario_can_be_laid_out(name: str) -> None:
    """No field is in two groups, and every field is set by its name: the first point of the design says so."""
    scenario = tf.load_scenario(name)
    for policy in ("trilateral", "mesh"):
        setting = setting_of(scenario, policy)
        groups, left_out = chosen_groups(setting, None)
        assert {"outages"} <= set(left_out) and set(left_out) <= set(LEFT_OUT)
        design = grouped_design(setting, groups, points=1, seed=0)
        assert len(design.points) == len(groups) + 2
        apply(setting, dict(zip(design.names, design.points[0], strict=True)))


def test_within_a_group_every_field_has_a_sample_of_its_own() -> None:
    setting = setting_of(tf.load_scenario(NAME))
    groups, _ = chosen_groups(setting, ["ships", "cross-section"])
    design = grouped_design(setting, groups, points=64, seed=1)
    a = np.array(design.points, dtype=float).reshape(64, 4, -1)[:, 0]
    ranks = np.argsort(np.argsort(a, axis=0), axis=0)
    correlated = np.corrcoef(ranks, rowvar=False)[np.triu_indices(a.shape[1], 1)]
    assert np.abs(correlated).max() < 0.5  # six standard errors of independent samples would be 0.75
    assert np.array(design.points, dtype=float).reshape(64, 4, -1)[:, 1, len(groups["ships"]):] == pytest.approx(
        a[:, len(groups["ships"]):]
    )  # fmt: skip


def test_groups_hold_what_they_are_named_for() -> None:
    scenario = tf.load_scenario(NAME)
    found = groups_of(setting_of(scenario))
    ships = {each.sensor_id for each in scenario.presence if each.ship}
    assert {name.split(".")[1] for name in found["ships"]} <= ships
    assert "presence.US-AEGIS-YOK.probability" in found["ships"]
    assert list(found["J/FPS-7"]) == ["presence.fps7.probability", "sensors.fps7.range_km"]
    assert not any("fps7.range_km" in name or "JP-FPS7" in name for name in (*found["radars"], *found["maintenance"]))
    assert found["US data to South Korea"] == {f"links.{US_TO_ROK}.loss": [0.01, 1.0]}
    assert f"links.{US_TO_ROK}.loss" not in found["losses"]
    assert found["payload"] == {"policies.trilateral.payload": ["warning", "track"]}
    items = {"tracker.warning_position_m", "tracker.warning_velocity_mps", "rule.impact_point_m"}
    assert items <= set(found["published items"])


def test_what_a_scenario_has_not_is_left_out_by_name() -> None:
    scenario = tf.load_scenario(NAME)
    bare = replace(scenario, presence=(), sensors=tuple(s for s in scenario.sensors if "FPS7" not in s.sensor_id))
    groups, left_out = chosen_groups(setting_of(bare), None)
    assert {"ships", "maintenance", "J/FPS-7"} <= set(left_out)
    assert not set(groups) & set(left_out)


@pytest.mark.parametrize(("posture", "why"), [("full", "every sensor is there"), ("none", "no ship is there")])
def test_a_posture_in_which_nothing_is_drawn_leaves_ships_out_and_says_so(posture: str, why: str) -> None:
    groups, left_out = chosen_groups(setting_of(replace(tf.load_scenario(NAME), posture=posture)), None)
    assert "ships" not in groups
    assert posture in left_out["ships"] and why in left_out["ships"]
    assert list(groups["J/FPS-7"]) == ["sensors.fps7.range_km"]


# ---- points that cannot be flown, kinds of flight --------------------------------------------------------------------


def test_a_point_that_cannot_be_flown_counts_for_nothing() -> None:
    own = {"range": {"launch.range_km": [400.0, 19000.0]}, "loss": {"policies.trilateral.loss": [0.0, 0.5]}}
    done = uncertainty(NAME, groups=own, figures=["first_track_s"], points=4, runs=2)
    assert 0 < len(done.not_flown) < 16 and f"{len(done.not_flown)} points cannot be flown" in str(done)
    assert (done.table["n"] <= 2 * (16 - len(done.not_flown))).all()
    with pytest.raises(SettingsError, match=r"no point can be flown|range"):
        uncertainty(NAME, groups=own | {"range": {"launch.range_km": [19000.0]}}, points=4, runs=2)


def test_headline_by_kind_of_flight() -> None:
    table = headline_spread({"short range": tf.load_scenario(NAME)}, points=4)
    assert list(table.columns[:6]) == ["kind", "scenario", "object", "nation", "figure", "unit"]
    assert set(table["nation"]) == {"JPN", "ROK", "USA"} and set(table["figure"]) == set(SHOWN)
    known = table.dropna(subset="gain")
    assert (known["p05"] <= known["gain"]).all() and (known["gain"] <= known["p95"]).all()
    with pytest.raises(SettingsError, match="power of two"):
        headline_spread({"short range": NAME}, points=5)


# ---- bad input -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({"policy": "trilatral"}, ScenarioError, "did you mean 'trilateral'"),
        ({"baseline": "trilateral"}, ScenarioError, "two policies have one name"),
        ({"groups": ["ships", "radar"]}, SettingsError, "did you mean 'radars'"),
        ({"groups": ["ships"]}, SettingsError, "two groups or more"),
        ({"groups": ["ships", "outages"]}, SettingsError, "no source says how often"),
        ({"groups": {"a": {}, "b": {}}}, SettingsError, "'a' cannot be varied here: the group has no field"),
        ({"groups": {"a": {"rule.decison_s": [1.0]}, "b": {"policy.loss": [0.0]}}}, SettingsError, "'decision_s'"),
        ({"groups": {"a": {"policy.loss": [0.1]}, "b": {"policy.loss": [0.0]}}}, SettingsError, "is in two of them"),
        ({"figures": ["first_trak_s"]}, SettingsError, "did you mean 'first_track_s'"),
        ({"figures": "first_track_s"}, SettingsError, "no list of names"),
        ({"points": 12}, SettingsError, "12 is not a power of two.*8 or 16"),
        ({"points": 2}, SettingsError, "points: 2 is not a whole number of 4 or more"),
        ({"points": 8.0}, SettingsError, "points: 8.0"),
        ({"runs": 1}, SettingsError, "runs: 1 is not a whole number of 2 or more"),
        ({"seed": -1}, SettingsError, "seed"),
    ],
)
def test_bad_input_is_refused_in_one_line(changes: dict[str, object], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said) as caught:
        uncertainty(NAME, **changes)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
