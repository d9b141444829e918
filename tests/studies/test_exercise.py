"""Exercises: what fails is really gone, on the exercise's clock; wrong files say where."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import trackfuse as tf
from trackfuse.core.errors import ScenarioError, SettingsError

ALWAYS = ((0.0, 1e6),)
HEAD = 'title = "t"\nsources = []\n'
LAUNCH = '[[inject]]\nkind = "launch"\nat_s = 10.0\nscenario = "kn25_2023_02_20"\n'


@pytest.fixture(scope="module")
def scenario() -> tf.Scenario:
    return tf.load_scenario("hwasong12_2022_10_04")


@pytest.fixture(scope="module")
def played() -> tf.AfterAction:
    return tf.play(tf.load_exercise("three_launches"), seed=7)


def same(one: tf.Run, other: tf.Run) -> None:
    np.testing.assert_array_equal(one.measurements.z, other.measurements.z)
    np.testing.assert_array_equal(one.knowledge[0].known_s, other.knowledge[0].known_s)
    np.testing.assert_array_equal(one.fused.mean, other.fused.mean)
    assert one.notices.equals(other.notices)


def test_a_sensor_out_all_the_time_is_a_sensor_that_is_not_there(scenario: tf.Scenario) -> None:
    gone = ("KR-GP-C1", "US-SBIRS-GEO")
    dark = tuple(replace(s, outages_s=ALWAYS) if s.sensor_id in gone else s for s in scenario.sensors)
    left = tuple(s for s in scenario.sensors if s.sensor_id not in gone)
    same(tf.simulate(replace(scenario, sensors=dark), seed=3), tf.simulate(replace(scenario, sensors=left), seed=3))


def test_an_outage_takes_its_looks_and_no_others(scenario: tf.Scenario) -> None:
    whole = tf.simulate(scenario, seed=3).looks
    dark = tuple(replace(s, outages_s=((100.0, 200.0),)) if s.sensor_id == "KR-GP-C1" else s for s in scenario.sensors)
    looks = tf.simulate(replace(scenario, sensors=dark), seed=3).looks
    mine = [s.sensor_id for s in scenario.sensors].index("KR-GP-C1")
    kept = (whole.sensor != mine) | (whole.t_s < 100.0) | (whole.t_s >= 200.0)
    assert np.count_nonzero(~kept) > 0
    np.testing.assert_array_equal(looks.t_s, whole.t_s[kept])
    np.testing.assert_array_equal(looks.pd, whole.pd[kept])


def test_a_cut_link_is_the_link_s_own_outage_on_the_launch_s_clock() -> None:
    exercise = tf.load_exercise("three_launches")
    second = exercise.flown()[1]
    links = {link.link_id: link for link in second.policy("trilateral").links}
    assert links["hub-usfj-jpn"].outages_s == ((0.0, 120.0),)
    assert links["bi-usfj-jpn"].outages_s == ()
    plain = exercise.launches[1].scenario
    assert plain is not None
    dark = tuple(replace(s, outages_s=((-600.0, 300.0),)) if s.sensor_id == "US-TPY2-SHA" else s for s in plain.sensors)
    policy = plain.policy("trilateral")
    cut = tuple(
        replace(link, outages_s=((0.0, 120.0),)) if link.link_id in ("hub-usfj-jpn", "hub-usfk-rok") else link
        for link in policy.links
    )
    same(
        tf.simulate(second, policy="trilateral", seed=3),
        tf.simulate(replace(plain, sensors=dark), policy=replace(policy, links=cut), seed=3),
    )


def test_late_satellites_are_late_only_for_launches_meanwhile() -> None:
    delays = [
        {s.report_delay_s for s in scenario.sensors if isinstance(s, tf.Infrared)}
        for scenario in tf.load_exercise("three_launches").flown()
    ]
    assert delays[0] == delays[1]
    assert delays[2] == {delay + 60.0 for delay in delays[0]}


def test_false_plots_are_the_scenario_s_own() -> None:
    (noisy,) = tf.load_exercise("radars_dark").flown()
    assert noisy.false_plots
    assert not any(scenario.false_plots for scenario in tf.load_exercise("three_launches").flown())


def test_the_report_has_every_inject_and_every_event(played: tf.AfterAction) -> None:
    report = played.report
    assert (report.who == "controllers").sum() == len(played.exercise.injects)
    assert (report.who != "controllers").sum() == 3 * 3 * 3
    assert report.clock_s.is_monotonic_increasing
    japan = report[(report.who == "JPN") & (report.what == "holds a track") & (report.launch == "hwasong12_2017_08_29")]
    run = played.first[2][1]
    from_nodes = 1200.0 + run.nodes[run.nodes["nation"] == "JPN"].confirmation_s.min()
    assert japan.trilateral_s.item() == pytest.approx(from_nodes)
    assert japan.gained_s.item() == pytest.approx(japan.bilateral_s.item() - japan.trilateral_s.item())
    assert (report.gained_s.dropna() >= 0.0).all()
    assert "seed 7" in played.caption() and played.caption() in repr(played) and "<table" in played._repr_html_()


def test_failures_cost_what_the_undisturbed_exercise_shows(played: tf.AfterAction) -> None:
    undisturbed = tf.play(played.exercise.undisturbed, seed=7)
    assert (undisturbed.times_s <= played.times_s + 1e-9)[..., 0].all()
    assert (undisturbed.times_s < played.times_s - 1.0).any()


def test_a_radar_blackout_delays_the_nation_whose_radars_they_are() -> None:
    exercise = tf.load_exercise("radars_dark")
    dark, clear = (tf.play(one, seed=7).times_s[0, 0, 1, 1, 1] for one in (exercise, exercise.undisturbed))
    assert dark > clear


def test_the_same_flight_twice_is_two_draws(tmp_path: Path) -> None:
    path = tmp_path / "twice.toml"
    path.write_text(HEAD + LAUNCH + LAUNCH.replace("10.0", "400.0"))
    first, second = tf.load_exercise(path).flown()
    assert first.launch.launch_id != second.launch.launch_id


def test_exercises_and_their_figure(played: tf.AfterAction) -> None:
    assert set(tf.exercises().name) == {"three_launches", "radars_dark"}
    figure = tf.plots.exercise(played)
    assert len(figure.axes) == 3


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (HEAD + '[[inject]]\nkind = "lunch"\nat_s = 1.0', r"\[inject\]\[0\] kind: .*did you mean 'launch'"),
        (HEAD + LAUNCH.replace("kn25_2", "kn26_2"), r"\[inject\]\[0\] scenario: .*did you mean 'kn25_2023_02_20'"),
        (HEAD + LAUNCH.replace("10.0", "-1.0"), r"\[inject\]\[0\] at_s: -1.0 is not"),
        (HEAD + LAUNCH.replace("at_s", "att_s"), r"\[inject\]\[0\]: .*did you mean 'at_s'"),
        (HEAD + LAUNCH.replace("at_s = 10.0", ""), r"\[inject\]\[0\]: 'at_s' is missing"),
        (HEAD + LAUNCH.replace("10.0", '"soon"'), r"\[inject\]\[0\] at_s: 'soon'"),
        (
            HEAD + LAUNCH + '[[inject]]\nkind = "sensor_outage"\nfrom_s = 1.0\nuntil_s = 2.0\nsensors = ["KR-GP-C9"]',
            r"\[inject\]\[1\] sensors\[0\]: no sensor 'KR-GP-C9'; did you mean",
        ),
        (
            HEAD + LAUNCH + '[[inject]]\nkind = "link_outage"\nfrom_s = 1.0\nuntil_s = 2.0\nlinks = ["hub-usfj-jp"]',
            r"\[inject\]\[1\] links\[0\]: no link 'hub-usfj-jp'; did you mean 'hub-usfj-jpn'",
        ),
        (
            HEAD + LAUNCH + '[[inject]]\nkind = "link_outage"\nfrom_s = 3.0\nuntil_s = 2.0\nlinks = ["hub-usfj-jpn"]',
            r"\[inject\]\[1\] until_s: 2.0 is not",
        ),
        (HEAD + LAUNCH + '[[inject]]\nkind = "sensor_outage"\nfrom_s = 1.0\nuntil_s = 2.0', "either 'sensors' or"),
        (
            HEAD + '[[inject]]\nkind = "late_satellite"\nfrom_s = 0.0\nuntil_s = 9.0\ndelay_s = 5.0',
            "no inject is a launch",
        ),
        ("inject = 3", "no setting|missing|inject"),
    ],
)
def test_a_wrong_file_says_where(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(text)
    with pytest.raises(ScenarioError, match=says) as caught:
        tf.load_exercise(path)
    assert str(path) in str(caught.value)


def test_wrong_settings_are_refused() -> None:
    exercise = tf.load_exercise("radars_dark")
    with pytest.raises(SettingsError, match="runs"):
        tf.play(exercise, runs=0)
    with pytest.raises(SettingsError, match="two or more"):
        tf.play(exercise, ("bilateral",))
    with pytest.raises(ScenarioError, match="did you mean 'trilateral'"):
        tf.play(exercise, ("bilateral", "trilatteral"))
    with pytest.raises(ScenarioError, match="did you mean 'three_launches'"):
        tf.load_exercise("three_launch")


def test_change_sets_own_and_dotted_fields(scenario: tf.Scenario) -> None:
    changed = tf.change(scenario, {"launch.azimuth_deg": 90.0, "links.hub-usfj-jpn.latency_s": 9.0}, name="own")
    assert (changed.name, changed.launch.azimuth_deg) == ("own", 90.0)
    assert {link.link_id: link.latency_s for link in changed.policy("trilateral").links}["hub-usfj-jpn"] == 9.0
    with pytest.raises(SettingsError, match="did you mean 'sensors'"):
        tf.change(scenario, sensor=())
    with pytest.raises(ScenarioError, match="lat_deg"):
        tf.change(scenario.sensors[0], lat_deg=99.0)
    with pytest.raises(ScenarioError, match="outages_s"):
        tf.change(scenario.sensors[0], outages_s=((5.0, 1.0),))
