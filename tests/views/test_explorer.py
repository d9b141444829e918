"""The explorer without a browser: every control changes picture and table as the package's own functions say."""

import io
import random
import re
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path

import ipywidgets as widgets
import numpy as np
import pandas as pd
import pytest
from PIL import Image

import trackfuse as tf
from trackfuse.catalog.scenario import Scenario
from trackfuse.sharing import Policy
from trackfuse.simulation.figures import COLUMN, nation_figures
from trackfuse.simulation.run import Run
from trackfuse.tracking.settings import ASSOCIATIONS, FILTERS, FUSIONS, LATE
from trackfuse.views.style.style import NATIONS
from trackfuse.views.widgets.choice import OWN
from trackfuse.views.widgets.controls import Controls
from trackfuse.views.widgets.explorer import Explorer

LAUNCH = "hwasong12_2017_08_29"


@pytest.fixture
def explorer() -> Explorer:
    return tf.explore(LAUNCH)


def pixels(explorer: Explorer) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(explorer.image.value)), dtype=float)


def is_pale(explorer: Explorer) -> bool:
    """Whether picture and answer are shown as what does not belong to what is set."""
    pale = {"trackfuse-stale" in part._dom_classes for part in (explorer.picture, explorer.answer)}
    assert len(pale) == 1
    return pale.pop()


def set_of(name: str) -> Callable[[Controls], widgets.Widget]:
    return lambda controls: controls.sensors[name] if name in controls.sensors else getattr(controls, name)


def test_shows_what_simulate_gives(explorer: Explorer) -> None:
    run, base = explorer.runs
    again = tf.simulate(LAUNCH, policy="trilateral", seed=0, posture="drawn")
    np.testing.assert_array_equal(run.measurements.z, again.measurements.z)
    assert (run.policy.name, base.policy.name) == ("trilateral", "bilateral")
    assert pixels(explorer).std() > 20.0
    assert "Answered in" in explorer.status.value


def test_of_several_objects_the_first_missile_is_explored() -> None:
    explorer = tf.explore("kn25_2024_05_30")
    assert "Answered in" in explorer.status.value
    assert "the first missile, tracked among 4 objects" in explorer.runs[0].caption()
    assert pixels(explorer).std() > 20.0


def test_of_several_objects_it_matters_who_gets_a_detection() -> None:
    explorer = tf.explore("hwasong18_2023_04_13")
    assert explorer.controls.association.value == "auto"
    seen = {}
    for way in ("known", "gnn", "jpda"):
        explorer.controls.association.value = way
        assert explorer.runs[0].main is explorer.runs[0] and "Answered in" in explorer.status.value
        seen[way] = explorer.image.value
    assert len(set(seen.values())) == 3
    explorer.controls.association.value = "auto"
    assert explorer.image.value == seen["gnn"]
    explorer.controls.late.value = "drop"
    assert "Answered in" in explorer.status.value
    explorer.controls.association.value = "jpda"
    assert "Association “jpda” is not possible together with Late detections “drop”." in explorer.status.value
    assert is_pale(explorer)


def test_a_run_that_is_kept_is_not_simulated_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also of several objects, whose first missile is shown: under another policy to compare with, one run is new."""
    from trackfuse.views.widgets import explorer as module

    asked, simulate = [], module.simulate_each

    def noted(of: Scenario, policies: list[Policy], *, seed: int) -> list[Run]:
        asked.append([policy.name for policy in policies])
        return simulate(of, policies, seed=seed)

    monkeypatch.setattr(module, "simulate_each", noted)
    explorer = tf.explore("kn25_2024_05_30")
    explorer.controls.against.value = "national"
    assert asked == [["trilateral", "bilateral"], ["national"]]


def test_what_takes_long_says_so_at_once() -> None:
    explorer, said = tf.explore(LAUNCH), []
    explorer.status.observe(lambda change: said.append(change["new"]), "value")
    explorer.controls.launch.value = "kn25_2024_05_30"
    assert "Working …" in said[0] and "several objects" in said[1]
    assert "Answered in" in said[-1]


MOVES = [
    ("policy", "national"), ("against", "ideal"), ("content", "detection"), ("latency_s", 300), ("seed", 5),
    ("at_s", 60), ("coverage_km", 100), ("loss", 0.9), ("assumed", "high"), ("fusion", "naive"), ("late", "drop"),
    ("decision_s", 300), ("maps", "two"), ("JPN", False), ("ROK", False), ("USA", False), ("satellites", False),
    ("launch", "kn25_2023_02_20"), ("launch", OWN),
]  # fmt: skip


@pytest.fixture(scope="module")
def shared() -> Explorer:
    return tf.explore(LAUNCH)


@pytest.mark.parametrize(("name", "value"), MOVES)
def test_every_control_changes_the_picture(shared: Explorer, name: str, value: object) -> None:
    control, before = set_of(name)(shared.controls), pixels(shared)
    asked = control.value, shared.controls.at_s.value
    control.value = value
    assert 'style=""' in shared.status.value, shared.status.value
    assert np.abs(pixels(shared) - before).max() > 100.0
    control.value, shared.controls.at_s.value = asked
    np.testing.assert_array_equal(pixels(shared), before)


def test_table_is_the_difference_of_the_two_runs(explorer: Explorer) -> None:
    explorer.controls.against.value = "national"
    run, base = explorer.runs
    figures, other = nation_figures(run)[0], nation_figures(base)[0]
    column = COLUMN["first_knowledge_s"]
    cells = re.findall(
        r">first knowledge</th><th[^>]*>s</th><td>([^<]*)</td><td>([^<]*)</td><td>([^<]*)</td>", explorer.gains.value
    )
    pairs = list(zip(figures[:, column], other[:, column], strict=True))
    assert cells and cells == [(f"{a:.1f}", f"{b:.1f}", f"{b - a:+.1f}") for a, b in pairs if abs(b - a) >= 0.05]
    (still,) = re.findall(r"No change in this run: (.*?)[.]<", explorer.gains.value)
    unchanged = [look.label for look, (a, b) in zip(NATIONS.values(), pairs, strict=True) if abs(b - a) < 0.05]
    assert (f"first knowledge ({', '.join(unchanged)})" in still) == bool(unchanged)


def test_overrides_reach_the_policy(explorer: Explorer) -> None:
    explorer.controls.latency_s.value, explorer.controls.content.value = 60, "track"
    assert (explorer.runs[0].policy.latency_s, explorer.runs[0].policy.payload) == (60, "track")
    explorer.controls.policy.value = "national"
    assert "no exchange between Japan and South Korea" in explorer.status.value


def test_nothing_changes_is_said_of_the_two_policies_and_not_of_the_step_before(explorer: Explorer) -> None:
    controls = explorer.controls
    said = "nothing changes for anybody, compared with “Bilateral (Nov 2023)”"
    assert said not in explorer.answer.value
    sentence = explorer.answer.value
    controls.probability.value = 0.5  # once the engine is out, Aomori lies under the path for sure
    assert explorer.answer.value == sentence and "nothing changes" not in explorer.status.value
    controls.policy.value = "bilateral"
    assert f"Under “Bilateral (Nov 2023)” {said}" in explorer.answer.value
    assert explorer.answer.value.count("<p>Nothing changes.</p>") == 3


def test_the_answer_follows_the_controls_and_says_what_the_table_says(explorer: Explorer) -> None:
    first = explorer.answer.value
    assert "Japan has its first track" in first and "One run, seed 0" in explorer.basis.value
    run, base = explorer.runs
    at = COLUMN["first_track_s"]
    gain = nation_figures(base)[0][0, at] - nation_figures(run)[0][0, at]
    assert f"First track {gain:.0f} s sooner." in first
    explorer.controls.against.value = "national"
    assert explorer.answer.value != first and "National only" in explorer.answer.value
    explorer.controls.many.click()
    assert "Median of 30 runs" in explorer.basis.value and explorer.controls.table.value


def test_sensors_off_are_not_simulated(explorer: Explorer) -> None:
    explorer.controls.sensors["satellites"].value = False
    assert not explorer.runs[0].looks.is_infrared.any()
    for box in explorer.controls.sensors.values():
        box.value = False
    assert explorer.runs[0].scenario.sensors == ()
    assert "Never, under either: first knowledge (Japan, South Korea, United States)" in explorer.gains.value


def test_button_compares_over_many_runs(explorer: Explorer) -> None:
    explorer.controls.many.click()
    assert "30 runs" in explorer.gains.value and "95 % interval" in explorer.gains.value
    explorer.controls.against.value = "trilateral"
    explorer.controls.latency_s.value = 120
    explorer.controls.many.click()  # two policies of one name are told apart
    assert "30 runs" in explorer.gains.value


def test_wrong_things_become_one_line(explorer: Explorer, monkeypatch: pytest.MonkeyPatch) -> None:
    before = explorer.image.value

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("first line\nsecond <b>line</b>")

    monkeypatch.setattr("trackfuse.views.widgets.explorer.simulate_each", fail)
    explorer.controls.seed.value = 17
    assert "Something failed: RuntimeError: first line second &lt;b&gt;line&lt;/b&gt;" in explorer.status.value
    assert "\n" not in explorer.status.value and explorer.image.value == before
    assert is_pale(explorer)
    monkeypatch.undo()
    explorer.controls.seed.value = 18
    assert "Answered in" in explorer.status.value


def test_what_is_drawn_does_not_depend_on_what_was_before(explorer: Explorer) -> None:
    fresh = explorer.image.value
    controls = explorer.controls
    at = controls.at_s.value
    for name, value in (("coverage_km", 200), ("launch", "chollima1_2023_08_24"), ("seed", 9)):
        getattr(controls, name).value = value
    for name, value in (("coverage_km", "none"), ("launch", LAUNCH), ("seed", 0), ("at_s", at)):
        getattr(controls, name).value = value
    assert explorer.image.value == fresh


def test_another_launch_sets_the_clock(explorer: Explorer) -> None:
    explorer.controls.launch.value = "hwasong18_2023_07_12"
    flight = explorer.runs[0].flight
    assert explorer.controls.at_s.max == int(flight.impact_s)
    assert flight.burnout_s < explorer.controls.at_s.value < flight.burnout_s + 60.0
    explorer.controls.launch.value = "kn25_2023_02_20"
    assert explorer.controls.at_s.value <= explorer.controls.at_s.max == int(explorer.runs[0].flight.impact_s)


def test_a_scenario_of_ones_own_is_offered_first() -> None:
    mine = tf.load_scenario(LAUNCH)
    from dataclasses import replace

    explorer = tf.explore(replace(mine, name="mine", title="My launch", policies=mine.policies[1:3]))
    assert explorer.controls.launch.options[0] == ("My launch", "mine")
    assert [value for _, value in explorer.controls.policy.options] == ["bilateral", "trilateral"]
    explorer.controls.launch.value = LAUNCH
    assert len(explorer.controls.policy.options) == 5


def test_every_control_says_what_it_is_and_where_it_is_from(explorer: Explorer) -> None:
    """What it is; its unit, where it is a number; and a file of data, a publication, or that it is one's own choice."""
    controls = explorer.controls
    acts = [controls.many, controls.reset, controls.code, controls.save_figure, controls.save_table, controls.table]
    movable = [controls.launch, controls.page, controls.runs, controls.share, *controls.own.all()]
    movable += [*controls.of_a_run(), *controls.of_the_picture()]
    assert all(len(control.tooltip) > 30 and control.description for control in [*acts, *movable])
    for control in movable:
        said = [control.tooltip, *(getattr(control, "tooltips", None) or ())]
        if control is controls.policy or control is controls.against:
            said = said[:1]  # the others are the policies' own meanings, of the file that the first one names
        for words in said:
            assert re.search(r"free choice|data/\w+\.\w+|\([^()]*\b(19|20)\d\d\)", words, re.I), words
        if isinstance(control, widgets.IntSlider | widgets.FloatSlider | widgets.SelectionSlider):
            assert re.search(r"seconds|degrees|\bkm\b|share|no unit", control.tooltip, re.I), control.tooltip


def test_every_way_of_tracking_is_offered(explorer: Explorer) -> None:
    known = {"filter": FILTERS, "association": ASSOCIATIONS, "fusion": FUSIONS, "late": LATE}
    for name, values in known.items():
        assert {value for _, value in getattr(explorer.controls, name).options} == set(values), name


def test_unknown_scenario_is_named_with_the_nearest() -> None:
    with pytest.raises(tf.TrackfuseError, match="did you mean 'hwasong12_2017_08_29'"):
        tf.explore("hwasong12_2017_08_28")


def test_shown_by_a_notebook(explorer: Explorer) -> None:
    data = explorer._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert b64decode(data["image/jpeg"]) == explorer.image.value, "a page made of the notebook has a picture of it"


def test_a_launch_of_ones_own_is_chosen_by_setting_it(explorer: Explorer) -> None:
    own = explorer.controls.own
    own.to_lon.value = 155.0
    assert explorer.controls.launch.value == OWN and explorer.runs[0].scenario.name == "own"
    flight = explorer.runs[0].flight
    assert (flight.impact_lat_deg, flight.impact_lon_deg) == pytest.approx((38.0, 155.0), abs=0.02)
    assert flight.apogee_km == pytest.approx(700.0, abs=1.0)


def test_what_cannot_be_flown_explains_itself(explorer: Explorer) -> None:
    before = explorer.image.value
    explorer.controls.own.missile.value = "Scud-B" if "Scud-B" in explorer.controls.own.missile.options else "KN-25"
    assert "This cannot be shown:" in explorer.status.value and "km" in explorer.status.value
    assert explorer.image.value == before and is_pale(explorer)
    explorer.controls.own.missile.value = "Hwasong-12"
    assert "Answered in" in explorer.status.value


def test_settings_reach_the_scenario(explorer: Explorer) -> None:
    controls = explorer.controls
    controls.fusion.value, controls.probability.value, controls.decision_s.value = "ici", 0.5, 120
    controls.loss.value, controls.assumed.value = 0.2, "low"
    controls.late.value, controls.association.value = "multi_step", "gnn"
    run = explorer.runs[0]
    rule = run.scenario.rule
    tracker = run.scenario.tracker
    assert (tracker.fusion, tracker.late) == ("ici", "multi_step")
    assert controls.choice().applied_to(run.scenario).tracker.association == "gnn"
    assert (rule.probability, rule.decision_s) == (0.5, 120)
    assert (run.policy.loss, run.scenario.assumptions) == (0.2, "low")
    fresh = tf.load_scenario(LAUNCH, assumptions="low")
    assert run.scenario.sensors == fresh.sensors


def test_another_filter_gives_another_picture_and_says_what_it_cannot_do(explorer: Explorer) -> None:
    before = explorer.image.value
    explorer.controls.filter.value = "ukf"
    assert explorer.runs[0].scenario.tracker.filter == "ukf"
    assert explorer.image.value != before
    explorer.controls.late.value = "drop"
    assert "Filter “UKF” is not possible together with Late detections “drop”." in explorer.status.value
    assert is_pale(explorer)
    explorer.controls.filter.value = "imm"
    assert "Answered in" in explorer.status.value and not is_pale(explorer)


def test_reset_is_the_start(explorer: Explorer) -> None:
    """To the second of the map's clock, which is not 0 when the explorer is opened."""
    controls = explorer.controls
    start, words, answer = explorer.image.value, explorer.gains.value, explorer.answer.value
    at_s, shared = controls.at_s.value, controls.share.value
    assert at_s > 100
    controls.at_s.value = 30
    controls.launch.value, controls.seed.value, controls.fusion.value = "kn25_2023_02_20", 5, "naive"
    controls.sensors["ROK"].value, controls.maps.value = False, "two"
    controls.reset.click()
    assert (explorer.image.value, explorer.gains.value, explorer.answer.value) == (start, words, answer)
    assert (controls.at_s.value, controls.share.value) == (at_s, shared)
    assert "Answered in" in explorer.status.value and not is_pale(explorer)
    controls.at_s.value = 40
    controls.reset.click()
    assert explorer.image.value == start


def test_a_view_can_be_shared_as_text(explorer: Explorer) -> None:
    controls = explorer.controls
    controls.own.apogee_km.value = 800.0
    controls.policy.value, controls.latency_s.value, controls.sensors["JPN"].value = "mesh", 60, False
    controls.filter.value, controls.coverage_km.value, controls.at_s.value = "ekf", 200, 77
    text, picture, answer = controls.share.value, explorer.image.value, explorer.answer.value
    other = tf.explore("kn25_2023_02_20")
    other.controls.share.value = f" https://example.org/view#{text} "
    assert (other.image.value, other.answer.value) == (picture, answer)
    assert other.controls.share.value.split("&")[:3] == ["launch=own+launch", "policy=mesh", "against=bilateral"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("polcy=mesh", "shared text: no setting &#x27;polcy&#x27;; did you mean &#x27;policy&#x27;?"),
        ("seed=many", "shared text seed: &#x27;many&#x27; is not a number"),
        ("seed=100", "shared text seed"),
        ("filter=kalman", "shared text filter: no value &#x27;kalman&#x27;"),
        ("hello", "not of the form name=value"),
        ("policy=mash", "did you mean &#x27;mesh&#x27;"),
    ],
)
def test_a_wrong_text_is_explained_and_changes_nothing_that_is_shown(explorer: Explorer, text: str, said: str) -> None:
    before = explorer.image.value
    explorer.controls.share.value = text
    assert said in explorer.status.value and explorer.image.value == before
    explorer.controls.seed.value = 3
    assert "Answered in" in explorer.status.value and "seed=3" in explorer.controls.share.value


def test_buttons_that_cannot_be_pressed_are_named_with_the_reason(explorer: Explorer) -> None:
    controls, box = explorer.controls, explorer._accessibility
    assert box.impossible == {}
    controls.filter.value = "ekf"
    assert set(box.impossible["Late detections"]) == {"one step", "multi step", "drop"}
    assert box.impossible["Association"] == {"jpda": "Association “jpda” is not possible together with Filter “EKF”."}
    controls.filter.value, controls.late.value = "imm", "drop"
    assert set(box.impossible["Filter"]) == {"EKF", "UKF"} and set(box.impossible["Association"]) == {"jpda"}
    controls.late.value = "reprocess"
    assert box.impossible == {}


def test_what_is_pointed_at_has_its_name_place_time_and_value(explorer: Explorer) -> None:
    titles = re.findall(r"<title>([^<]*)</title>", explorer._hover.value)
    run = explorer.runs[0]
    known = min(row["detection_s"] for row in run.nodes.to_dict("records") if row["nation"] == "JPN")
    assert any(f"({known:.0f} s), from: " in each and each.startswith("Japan, Trilateral") for each in titles)
    assert any(each.startswith("Position error ") and "Japan: " in each for each in titles)
    assert any("Shariki" in each and each.endswith("United States") for each in titles)
    before = titles
    explorer.controls.at_s.value = 300
    assert re.findall(r"<title>([^<]*)</title>", explorer._hover.value) != before


@pytest.mark.parametrize("own", [False, True])
def test_the_code_of_a_view_gives_the_view(explorer: Explorer, own: bool) -> None:
    controls = explorer.controls
    controls.assumed.value, controls.seed.value, controls.latency_s.value = "high", 4, 60
    controls.sensors["satellites"].value, controls.sensors["JPN"].value = False, False
    controls.fusion.value, controls.decision_s.value = "ici", 20
    controls.late.value, controls.filter.value = ("one_step", "imm") if own else ("reprocess", "ekf")
    if own:
        controls.own.apogee_km.value = 800.0
    controls.code.click()
    assert explorer.code.layout.display == "" and len(explorer.code.value.splitlines()) <= 15
    left: dict = {}
    exec(explorer.code.value, left)
    for mine, again in zip(explorer.runs, (left["run"], left["base"]), strict=True):
        assert mine.scenario.launch == again.scenario.launch and mine.scenario.rule == again.scenario.rule
        assert mine.measurements.z.tobytes() == again.measurements.z.tobytes()
        assert mine.fused.mean.tobytes() == again.fused.mean.tobytes()


def test_figure_and_table_are_saved_with_where_they_come_from(
    explorer: Explorer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    explorer.controls.save_figure.click()
    explorer.controls.save_table.click()
    stem = f"saved/{LAUNCH}_trilateral_over_bilateral_seed_0"
    ends = ("csv", "pdf", "png", "svg")
    assert sorted(str(path) for path in Path("saved").iterdir()) == [f"{stem}.{end}" for end in ends]
    assert f"{stem}.csv" in explorer.status.value
    text = Path(f"{stem}.csv").read_text(encoding="utf-8")
    assert text.startswith(f"# {explorer.runs[0].caption()}")
    table = pd.read_csv(Path(f"{stem}.csv"), comment="#")
    assert list(table.columns) == ["whom", "figure", "unit", "value", "base", "gain"] and len(table) >= 18
    explorer.controls.many.click()
    explorer.controls.save_table.click()
    assert "interval" not in text and "p_policy" in Path(f"{stem}.csv").read_text(encoding="utf-8")


def test_a_place_where_nothing_can_be_saved_is_said(
    explorer: Explorer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("saved").write_text("in the way")
    explorer.controls.save_figure.click()
    assert "cannot be made" in explorer.status.value


def some_value(control: widgets.Widget, draw: random.Random) -> object:
    """Any value that a person could set."""
    if hasattr(control, "options"):
        return draw.choice([value[1] if isinstance(value, tuple) else value for value in control.options])
    if hasattr(control, "max"):
        steps = round((control.max - control.min) / control.step)
        return min(control.max, control.min + control.step * draw.choice([0, steps, draw.randint(0, steps)]))
    return draw.random() < 0.5


def test_no_move_fails(explorer: Explorer) -> None:
    """Thirty random moves, of every control and to launches of every kind: each is shown, or says why it cannot be."""
    draw, controls = random.Random(12), explorer.controls
    launches = ["unha3_2016_02_07", "kn25_2024_05_30", OWN]
    movable = [*controls.of_a_run(), *controls.of_the_picture(), *controls.own.all(), controls.page, controls.runs]
    for k in range(30):
        control = controls.launch if k % 10 == 5 else draw.choice(movable)
        control.value = launches.pop() if control is controls.launch else some_value(control, draw)
        assert "Something failed" not in explorer.status.value, (control.description, control.value)
        explained = re.search("This cannot be shown: .{20}", explorer.status.value)
        explained = explained or "is not possible together with" in explorer.status.value
        assert explained or control in (controls.page, controls.runs) or "Answered in" in explorer.status.value
        assert is_pale(explorer) == bool(explained)
