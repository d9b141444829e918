"""Which sensors are there in a run: probabilities by date, the draw, and what postures leave out."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from scipy import stats

import trackfuse as tf
from trackfuse.catalog.presence import presence_of
from trackfuse.catalog.sensors import sensors
from trackfuse.core.errors import ScenarioError
from trackfuse.sensing.presence import Presence, present
from trackfuse.studies.sweeps.fields import Setting, apply
from trackfuse.studies.sweeps.groups import groups_of

ALARM = 1e-6
"""Chance that a statistical test here fails although all is right."""


def chances(day: str | None, *, announced: bool = False, assumptions: str = "nominal") -> dict[str, Presence]:
    on = date.fromisoformat(day) if day else None
    return {each.sensor_id: each for each in presence_of(sensors(), on, announced=announced, assumptions=assumptions)}


def test_the_shares_of_a_draw_are_the_probabilities() -> None:
    runs = 4000
    asked = tuple(Presence(sensor_id=f"s{k}", probability=p) for k, p in enumerate((0.03, 0.4, 0.85, 0.995)))
    names = [each.sensor_id for each in asked]
    drawn = np.array([present("drawn", asked, names, seed=5, run=run) for run in range(runs)])
    for k, each in enumerate(asked):
        low, high = stats.binom.interval(1.0 - ALARM / len(asked), runs, each.probability)
        assert low <= drawn[:, k].sum() <= high
    apart = np.corrcoef(drawn[:, 1], drawn[:, 2])[0, 1]
    assert abs(apart) < stats.norm.isf(ALARM / 2) / np.sqrt(runs)


def test_probabilities_of_0_and_1_are_certain() -> None:
    asked = Presence(sensor_id="a", probability=0.0), Presence(sensor_id="b", probability=1.0)
    assert all(list(present("drawn", asked, ["a", "b"], seed=1, run=run)) == [False, True] for run in range(500))


def test_a_ship_stands_in_only_where_the_others_are_absent() -> None:
    stands_in = Presence(sensor_id="us", probability=0.0, if_absent=("a", "b"), probability_if_absent=1.0)
    asked = (stands_in, Presence(sensor_id="a", probability=0.5), Presence(sensor_id="b", probability=0.5))
    drawn = np.array([present("drawn", asked, ["us", "a", "b"], seed=2, run=run) for run in range(300)])
    np.testing.assert_array_equal(drawn[:, 0], ~(drawn[:, 1] | drawn[:, 2]))
    assert 0 < drawn[:, 0].sum() < 300


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
def test_who_stands_in_for_a_stand_in_waits_for_it(order: tuple[int, ...]) -> None:
    """The first is away, the second is there instead of it, so that the third is not."""
    chain = (
        Presence(sensor_id="a", probability=0.0),
        Presence(sensor_id="b", probability=0.0, if_absent=("a",), probability_if_absent=1.0),
        Presence(sensor_id="c", probability=0.0, if_absent=("b",), probability_if_absent=1.0),
    )
    there = present("drawn", [chain[k] for k in order], ["a", "b", "c"], seed=0, run=0)
    assert list(there) == [False, True, False]


def test_ships_that_stand_in_for_one_another_are_refused() -> None:
    def swapped(a: str, b: str) -> Presence:
        return Presence(sensor_id=a, probability=0.5, if_absent=(b,), probability_if_absent=1.0)

    scenario = tf.load_scenario("hwasong12_2022_10_04")
    circle = (swapped("JP-AEGIS-A", "JP-AEGIS-B"), swapped("JP-AEGIS-B", "JP-AEGIS-A"))
    with pytest.raises(ScenarioError, match=r"'JP-AEGIS-.' for 'JP-AEGIS-.' .*in a circle"):
        replace(scenario, presence=circle)


def test_another_sensor_disturbs_no_draw() -> None:
    one = Presence(sensor_id="a", probability=0.5)
    alone = [present("drawn", (one,), ["a"], seed=3, run=run)[0] for run in range(100)]
    more = (Presence(sensor_id="z", probability=0.5), one)
    assert alone == [present("drawn", more, ["z", "a"], seed=3, run=run)[1] for run in range(100)]


def test_postures_other_than_drawn_are_the_same_in_every_run() -> None:
    asked = (
        Presence(sensor_id="ship", probability=0.5, ship=True),
        Presence(sensor_id="rare", probability=0.49),
        Presence(sensor_id="usual", probability=0.97),
    )
    names = ["ship", "rare", "usual", "without a row"]
    wanted = {"full": [1, 1, 1, 1], "none": [0, 1, 1, 1], "published": [1, 0, 1, 1]}
    for posture, there in wanted.items():
        assert all(list(present(posture, asked, names, seed=0, run=run)) == there for run in range(5)), posture


def test_dates_choose_the_row_with_the_shortest_period() -> None:
    assert chances("2019-10-01")["JP-AEGIS-B"].probability == 0.3
    assert chances("2019-10-02")["JP-AEGIS-B"].probability == 0.0
    assert chances("2019-10-02")["JP-AEGIS-B"].basis == "published"
    assert chances("2019-11-01")["JP-AEGIS-B"].probability == 0.6
    assert chances("2009-06-01")["KR-KDX3-E"].probability == 0.0
    assert chances("2009-07-01")["KR-KDX3-E"].probability == 0.85
    gap = chances("2016-10-01")["US-AEGIS-YOK"]
    assert (gap.probability, gap.if_absent, gap.probability_if_absent) == (0.4, ("JP-AEGIS-A", "JP-AEGIS-B"), 0.8)
    assert chances("2022-10-04")["US-AEGIS-YOK"].if_absent == ()


def test_an_announced_launch_draws_ships_out() -> None:
    usual, announced = chances("2023-05-31"), chances("2023-05-31", announced=True)
    for ship in ("JP-AEGIS-A", "JP-AEGIS-B", "US-AEGIS-YOK", "KR-KDX3-E", "KR-KDX3-W"):
        assert announced[ship].probability > usual[ship].probability
        assert announced[ship].ship
    assert not usual["KR-GP-B1"].ship


def test_every_modelled_sensor_has_a_probability_within_its_interval() -> None:
    made = {level: chances(None, assumptions=level) for level in ("low", "nominal", "high")}
    assert set(made["nominal"]) == {sensor.sensor_id for sensor in sensors()}
    for name, each in made["nominal"].items():
        assert each.interval == tuple(made[level][name].probability for level in ("low", "nominal", "high"))


def test_without_ships_no_ship_detects() -> None:
    scenario = tf.load_scenario("hwasong12_2022_10_04")
    full = tf.simulate(scenario, "national", posture="full")
    none = tf.simulate(scenario, "national", posture="none")
    ships = [k for k, sensor in enumerate(scenario.sensors) if "AEGIS" in sensor.sensor_id or "KDX" in sensor.sensor_id]
    assert np.isin(full.measurements.sensor, ships).any()
    assert not np.isin(none.measurements.sensor, ships).any()
    assert not none.present[ships].any()
    assert none.present.sum() == len(scenario.sensors) - len(ships)


def test_a_posture_is_the_same_under_every_policy_and_full_is_the_default() -> None:
    scenario = replace(tf.load_scenario("hwasong12_2022_10_04"), posture="drawn")
    runs = [tf.simulate(scenario, policy, seed=4, run=2) for policy in ("national", "trilateral")]
    np.testing.assert_array_equal(runs[0].present, runs[1].present)
    assert not runs[0].present.all()
    assert tf.simulate(replace(scenario, posture=None), seed=4, run=2).present.all()


def test_compare_draws_unless_the_scenario_or_the_caller_says_otherwise() -> None:
    scenario = tf.load_scenario("hwasong12_2022_10_04")
    asked = {"policies": ["bilateral", "trilateral"], "runs": 2}
    assert tf.compare(scenario, **asked).scenario.posture == "drawn"
    assert tf.compare(replace(scenario, posture="none"), **asked).scenario.posture == "none"
    none = tf.compare(scenario, **asked, posture="none")
    assert none.scenario.posture == "none"
    assert "posture none" in none.caption()


def test_a_scenario_file_gives_its_own_posture_and_probabilities(tmp_path) -> None:
    text = 'title = "t"\nsources = []\nposture = "drawn"\n{}\n'
    text += '[launch]\nevent_id = "L20221004"\nmissile = "Hwasong-12"\n'
    text += 'source_country = "JPN"\n[presence]\n{}\n'
    file = tmp_path / "own.toml"
    file.write_text(text.format("", "US-AEGIS-YOK = 0.0\nKR-GP-B1 = 1"), encoding="utf-8")
    scenario = tf.load_scenario(file)
    assert scenario.posture == "drawn"
    own = {each.sensor_id: each for each in scenario.presence}
    assert (own["US-AEGIS-YOK"].probability, own["KR-GP-B1"].probability) == (0.0, 1.0)
    for entry, words in (
        ("US-AEGIS-YOKO = 0.5", "did you mean 'US-AEGIS-YOK'"),
        ("US-AEGIS-YOK = 1.5", r"US-AEGIS-YOK.*1\.5"),
        ('US-AEGIS-YOK = "often"', "US-AEGIS-YOK.*often"),
        ("US-AEGIS-YOK = { shop = true }", "did you mean 'ship'"),
        ('US-AEGIS-YOK = { ship = "yes" }', "US-AEGIS-YOK.*ship.*yes"),
    ):
        file.write_text(text.format("", entry), encoding="utf-8")
        with pytest.raises(ScenarioError, match=words):
            tf.load_scenario(file)


def test_a_ship_of_one_s_own_is_no_ship_unless_the_file_says_so(tmp_path) -> None:
    file = tmp_path / "own.toml"
    text = '''title = "t"
sources = []
[launch]
event_id = "L20221004"
missile = "Hwasong-12"
source_country = "JPN"
[[sensors]]
sensor_id = "MY-SHIP"
kind = "infrared"
name = "A ship with an infrared camera"
nation = "JPN"
node = "JPN"
lat_deg = 40.0
lon_deg = 135.0
alt_m = 20.0
cloud_km = 10.0
detection_probability = 0.9
revisit_s = 5.0
los_sigma_urad = 20.0
report_delay_s = 5.0
[presence]
MY-SHIP = {}
'''
    there = {}
    for entry in ("{ ship = true }", "{ probability = 0.7, ship = true }", "0.7"):
        file.write_text(text.format(entry), encoding="utf-8")
        scenario = tf.load_scenario(file)
        mine = next(each for each in scenario.presence if each.sensor_id == "MY-SHIP")
        there[entry] = mine.probability, bool(present("none", scenario.presence, ["MY-SHIP"], seed=0, run=0)[0])
    assert list(there.values()) == [(1.0, False), (0.7, False), (0.7, True)]


def test_an_unknown_posture_is_refused_with_the_nearest() -> None:
    with pytest.raises(ScenarioError, match="did you mean 'drawn'"):
        tf.compare("hwasong12_2022_10_04", runs=1, posture="drown")
    with pytest.raises(ScenarioError, match="did you mean 'none'"):
        tf.simulate("hwasong12_2022_10_04", posture="nine")


def test_a_sweep_goes_through_postures_and_probabilities(tmp_path) -> None:
    base = replace(tf.load_scenario("hwasong12_2022_10_04"), posture="drawn")
    asked = {"policies": ["bilateral", "trilateral"], "runs": 3, "seed": 6}
    study = tf.sweep(base, {"posture": ["full", "none", "drawn"]}, out=tmp_path / "a", **asked)
    assert study.manifest["posture"] == "drawn"
    tf.sweep(base, {"presence.JP-AEGIS-B.probability": ["low", "nominal", "high"]}, out=tmp_path / "b", **asked)
    low, high = (replace(base, presence=_sure(base.presence, sure)) for sure in (0.0, 1.0))
    sure = [present("drawn", each.presence, ["JP-AEGIS-B"], seed=6, run=0)[0] for each in (low, high)]
    assert sure == [False, True]


def _sure(presence: tuple[Presence, ...], probability: float) -> tuple[Presence, ...]:
    return tuple(replace(p, probability=probability) if p.sensor_id == "JP-AEGIS-B" else p for p in presence)


def test_a_sweep_s_probability_holds_also_where_the_ship_would_stand_in() -> None:
    scenario = tf.load_scenario("hwasong12_2017_08_29")
    setting = Setting(scenario=scenario, policies=scenario.policies)
    name = "presence.US-AEGIS-YOK.probability"

    def chances(values: dict[str, float | str]) -> tuple[float, float]:
        made = next(p for p in apply(setting, values).scenario.presence if p.sensor_id == "US-AEGIS-YOK")
        return made.probability, made.probability_if_absent

    assert chances({}) == (0.4, 0.8)
    assert chances({name: 0.0}) == (0.0, 0.0)
    assert chances({name: "high"}) == chances({"assumptions": "high"}) == (0.8, 1.0)
    assert chances({name: 0.2, f"{name}_if_absent": 0.5}) == (0.2, 0.5)
    assert {name, f"{name}_if_absent"} <= set(groups_of(setting)["ships"])


def test_a_saved_run_keeps_which_sensors_were_there(tmp_path) -> None:
    run = tf.simulate("hwasong12_2022_10_04", posture="drawn", seed=8)
    again = tf.load_run(run.save(tmp_path / "run"))
    np.testing.assert_array_equal(run.present, again.present)
    assert again.scenario == run.scenario
