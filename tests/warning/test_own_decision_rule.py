"""A decision rule of a user's own, as docs/extending.md teaches it: what it is given, and through studies."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import trackfuse as tf

PAGE = (Path(__file__).parents[2] / "docs" / "extending.md").read_text()
NAME = "nodong_2016_08_03"


@pytest.fixture(scope="module")
def taught() -> dict[str, Any]:
    """What the page's block on decisions defines, without its runs."""
    block = next(each for each in re.findall(r"```python\n(.*?)```", PAGE, re.S) if "def ellipse_reaches" in each)
    names: dict[str, Any] = {"__name__": __name__}
    exec(block[: block.index("run = ")], names)
    return names


@pytest.fixture(scope="module")
def base() -> tf.Scenario:
    return tf.change(tf.load_scenario(NAME), {"launch.target": "Akita"})


def deciding(scenario: tf.Scenario, rule: Callable | str) -> tf.Scenario:
    return tf.change(scenario, {"rule.decision_rule": rule})


def as_built_in(prediction: tf.Prediction, place: tf.Place, t_s: float) -> tf.Decision:
    return tf.Decision(warn=prediction.probability >= 0.1, probability=prediction.probability)


def places_warned(run: tf.Run) -> set[str]:
    given = (run.notices["kind"] == "place") & np.isfinite(run.notices["met_s"])
    return set(run.notices["place"][given])


@pytest.mark.parametrize("policy", ["trilateral", "mesh"])
def test_the_default_written_as_a_rule_gives_the_same_notices(base: tf.Scenario, policy: str) -> None:
    over = tf.load_scenario("hwasong12_2022_10_04")
    for scenario in (base, over, tf.change(over, debris=True, false_plots=True)):
        mine, built = (tf.simulate(each, policy, seed=7) for each in (deciding(scenario, as_built_in), scenario))
        pd.testing.assert_frame_equal(mine.notices, built.notices, check_exact=True)
        pd.testing.assert_frame_equal(mine.region_notices, built.region_notices, check_exact=True)
        assert places_warned(built)


def test_an_impact_knows_where_a_place_lies() -> None:
    """Against the lengths of degrees at 40 N: 111.035 km of latitude, 85.394 km of longitude (WGS-84)."""
    where = {"nation": "JPN", "region": "", "population": 1}
    impact = tf.Impact(lat_deg=40.0, lon_deg=140.0, time_s=600.0, covariance=np.eye(3))
    north = tf.Place(name="north", lat_deg=40.1, lon_deg=140.0, **where)
    west = tf.Place(name="west", lat_deg=40.0, lon_deg=139.9, **where)
    np.testing.assert_allclose(impact.offset_m(north), [0.0, 11103.6], atol=2.0)
    np.testing.assert_allclose(impact.offset_m(west), [-8539.4, 0.0], atol=6.0)


def test_the_page_teaches_that_the_ellipse_reaches_a_place(taught: dict[str, Any], base: tf.Scenario) -> None:
    """By sampling: the share of impacts beyond the ellipse through the place; false failure below 1e-6."""
    rule, place = taught["ellipse_reaches"], base.places[0]
    spread = np.array([[4e8, 1e8, 0.0], [1e8, 9e8, 0.0], [0.0, 0.0, 25.0]])
    impact = tf.Impact(lat_deg=place.lat_deg + 0.2, lon_deg=place.lon_deg - 0.2, time_s=600.0, covariance=spread)
    made = rule(
        tf.Prediction(
            origin="JPN", from_items=False, made_s=90.0, boosting=0.0, impact=impact, path_deg=np.zeros((16, 2)),
            path_sigma_m=np.zeros(16), probability=0.5, nearest_s=600.0,
        ), place, 100.0,
    )  # fmt: skip
    sampled = np.random.default_rng(3).multivariate_normal([0.0, 0.0], spread[:2, :2], size=200_000)
    inverse, away = np.linalg.inv(spread[:2, :2]), impact.offset_m(place)
    beyond = (np.einsum("ni,ij,nj->n", sampled, inverse, sampled) > away @ inverse @ away).mean()
    assert abs(made.probability - beyond) < 5.0 * np.sqrt(0.25 / len(sampled))
    assert made.warn is (made.probability >= 0.1)


def test_what_a_rule_is_given_is_what_centres_have(base: tf.Scenario) -> None:
    given: list[tuple[tf.Prediction, tf.Place, float]] = []

    def watching(prediction: tf.Prediction, place: tf.Place, t_s: float) -> tf.Decision:
        given.append((prediction, place, t_s))
        return as_built_in(prediction, place, t_s)

    run = tf.simulate(deciding(base, watching), "trilateral", seed=7)
    assert {place.nation for _, place, _ in given} == {place.nation for place in base.places}
    assert all(t_s >= prediction.made_s and prediction.boosting <= base.rule.burning for prediction, _, t_s in given)
    own = [prediction for prediction, _, _ in given if prediction.origin == "JPN" and not prediction.from_items]
    last = max(own, key=lambda prediction: prediction.made_s)
    assert np.hypot(*last.impact.offset_m(next(p for p in base.places if p.name == "Akita"))) < 50e3
    assert last.path_deg.shape == (16, 2) and last.path_sigma_m.shape == (16,)
    # The point is the mean of three falls, the path that of the one in the middle.
    np.testing.assert_allclose(last.path_deg[-1], [last.impact.lat_deg, last.impact.lon_deg], atol=0.02)
    # Where South Korea alone sees anything Japan decides on the items that it receives.
    given.clear()
    scenario = tf.change(base, sensors=tuple(sensor for sensor in base.sensors if sensor.node == "ROK"))
    run = tf.simulate(deciding(scenario, watching), "trilateral", seed=7)
    japan = [(prediction, t_s) for prediction, place, t_s in given if place.nation == "JPN"]
    assert japan and all(prediction.from_items and prediction.origin == "ROK" for prediction, _ in japan)
    assert {t_s for _, t_s in japan} <= set(run.messages["received_s"][run.messages["node"] == "JPN"])


def test_a_rule_decides_who_is_warned_when_and_what_is_taken_back(base: tf.Scenario) -> None:
    """It warns Sendai alone, from 250 s on, and no longer from 350 s on."""

    def sendai(prediction: tf.Prediction, place: tf.Place, t_s: float) -> tf.Decision:
        warn = place.name == "Sendai" and 250.0 <= t_s < 350.0
        return tf.Decision(warn=warn, probability=0.9 if warn else 0.0)

    scenario = tf.change(deciding(base, sendai), {"rule.least_left_s": -3600.0})
    notices = tf.simulate(scenario, "national", seed=7).notices
    given = notices[notices["place"] == "Sendai"].set_index("kind")["met_s"]
    assert places_warned(tf.simulate(scenario, "national", seed=7)) == {"Sendai"}
    assert 250.0 <= given["place"] < 270.0 and 350.0 <= given["cancel"] < 370.0


def test_a_rule_goes_through_comparisons_sweeps_and_figures(taught: dict[str, Any], tmp_path: Path) -> None:
    scenario = taught["mine"]
    identity = rf"decision ellipse_reaches \({__name__}, no version, source \w+\)"
    run = tf.simulate(scenario, policy="trilateral", seed=7)
    assert "Akita" in places_warned(run)
    assert re.search(identity, run.caption())
    comparison = tf.compare(scenario, policies=["national", "mesh"], runs=3, seed=7)
    assert re.search(identity, comparison.caption())
    for figure in (tf.plots.timeline(run), tf.plots.warnings(run), tf.plots.policies(comparison)):
        assert "ellipse_reaches" in " ".join(text.get_text() for text in figure.texts)
        plt.close(figure)
    study = tf.sweep(scenario, over={"policy.latency_s": [1, 60]}, runs=2, seed=7, out=tmp_path / "sweep")
    assert re.search(identity, study.caption())
    assert re.fullmatch(identity, study.manifest["parts"][0])
    with pytest.raises(tf.TrackfuseError, match="holds a sweep with another scenario"):
        other = deciding(scenario, as_built_in)
        tf.sweep(other, over={"policy.latency_s": [1, 60]}, runs=2, seed=7, out=tmp_path / "sweep")
    with pytest.raises(tf.TrackfuseError, match="decision rule 'ellipse_reaches' does not compare"):
        tf.tradeoff(scenario, ["mesh"], runs=1)
    choice = tf.explore(scenario).controls.choice()
    assert choice.applied_to(scenario).rule.decision_rule is taught["ellipse_reaches"]


def test_a_scenario_file_may_name_a_registered_rule_only(taught: dict[str, Any], tmp_path: Path) -> None:
    shipped = next(Path(tf.__file__).parents[1].glob(f"data/scenarios/{NAME}.toml"))
    file = tmp_path / "mine.toml"
    file.write_text(shipped.read_text() + '\n[rule]\ndecision_rule = "ellipse"\n')
    with pytest.raises(tf.TrackfuseError, match=r"mine.toml.*rule decision_rule: no decision rule 'ellipse'"):
        tf.load_scenario(file)
    tf.register("decision", "ellipse", taught["ellipse_reaches"])
    assert tf.load_scenario(file).rule.decision_rule is taught["ellipse_reaches"]


def test_a_run_is_saved_if_its_rule_has_a_name(base: tf.Scenario, tmp_path: Path) -> None:
    def cautious(prediction: tf.Prediction, place: tf.Place, t_s: float) -> tf.Decision:
        return tf.Decision(warn=prediction.probability >= 0.01, probability=prediction.probability)

    run = tf.simulate(deciding(base, cautious), "trilateral", seed=7)
    with pytest.raises(tf.TrackfuseError, match=r"give it one with tf.register\('decision', name, part\)"):
        run.save(tmp_path / "run")
    assert not (tmp_path / "run").exists()
    tf.register("decision", "cautious", cautious)
    run.save(tmp_path / "run")
    again = tf.load_run(tmp_path / "run")
    assert again.scenario.rule.decision_rule is cautious
    pd.testing.assert_frame_equal(again.notices, run.notices)


@dataclass(frozen=True)
class ByPeople:
    """A rule with a parameter: the more people, the smaller the probability that is enough."""

    people: float

    def __call__(self, prediction: tf.Prediction, place: tf.Place, t_s: float) -> tf.Decision:
        return tf.Decision(
            warn=prediction.probability * place.population >= self.people, probability=prediction.probability
        )


def test_a_rule_may_be_an_object_and_its_parameters_count(base: tf.Scenario, tmp_path: Path) -> None:
    few, many = (deciding(base, ByPeople(people)) for people in (100.0, 200_000.0))
    one, other = (tf.simulate(each, "trilateral", seed=7) for each in (few, many))
    assert places_warned(other) < places_warned(one)
    tf.sweep(few, over={"policy.latency_s": [1]}, runs=1, seed=7, out=tmp_path / "sweep")
    with pytest.raises(tf.TrackfuseError, match="holds a sweep with another scenario"):
        tf.sweep(many, over={"policy.latency_s": [1]}, runs=1, seed=7, out=tmp_path / "sweep")


def one_too_few(prediction: tf.Prediction, place: tf.Place) -> tf.Decision:
    return tf.Decision(warn=False, probability=0.0)


def raises(prediction: tf.Prediction, place: tf.Place, t_s: float) -> tf.Decision:
    raise RuntimeError("out of ideas")


def gives_nothing(prediction: tf.Prediction, place: tf.Place, t_s: float) -> Any:
    return None


def gives_a_truth(prediction: tf.Prediction, place: tf.Place, t_s: float) -> Any:
    return True


def not_finite(prediction: tf.Prediction, place: tf.Place, t_s: float) -> tf.Decision:
    return tf.Decision(warn=True, probability=float("nan"))


def above_one(prediction: tf.Prediction, place: tf.Place, t_s: float) -> tf.Decision:
    return tf.Decision(warn=True, probability=1.5)


def not_true(prediction: tf.Prediction, place: tf.Place, t_s: float) -> tf.Decision:
    return tf.Decision(warn="yes", probability=0.5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        (raises, "RuntimeError: out of ideas"),
        (gives_nothing, "TypeError: gives NoneType, not a Decision"),
        (gives_a_truth, "TypeError: gives bool, not a Decision"),
        (not_finite, r"SettingsError: decision probability: nan is not a finite number in \[0, 1\]"),
        (above_one, r"SettingsError: decision probability: 1.5 is not a finite number in \[0, 1\]"),
        (not_true, "SettingsError: decision warn: 'yes' is neither True nor False"),
    ],
)
def test_a_rule_that_fails_is_named_with_centre_and_time(
    base: tf.Scenario, rule: Callable, says: str, tmp_path: Path
) -> None:
    where = rf"decision rule '{rule.__name__}' at [A-Z]{{3}}[\w-]* at \d+\.\d s: {says}"
    scenario = deciding(base, rule)
    with pytest.raises(tf.PluginError, match=where):
        tf.simulate(scenario, policy="mesh", seed=7)
    with pytest.raises(tf.PluginError, match=where):
        tf.compare(scenario, policies=["national", "mesh"], runs=2, seed=7)
    with pytest.raises(tf.PluginError, match=f"{where}.* \\(run 0 of point 0 "):
        tf.sweep(scenario, over={"policy.latency_s": [1, 60]}, runs=2, seed=7, out=tmp_path / "sweep")
    assert not list((tmp_path / "sweep" / "rows").rglob("*"))


def test_a_rule_that_does_not_fit_is_refused_at_once(base: tf.Scenario) -> None:
    with pytest.raises(tf.TrackfuseError, match=r"decision_rule: .one_too_few. does not fit: .*\(prediction, place"):
        deciding(base, one_too_few)
    with pytest.raises(tf.TrackfuseError, match=r"rule decision_rule: no decision rule 'probabilty'.*'probability'"):
        deciding(base, "probabilty")
