"""Nations come from the scenario: with a fourth one, or with two, all is compared, tabulated and drawn."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.text import Text

import trackfuse as tf
from tests.views.in_this_process import in_this_process
from trackfuse.catalog.catalog import scenario_names
from trackfuse.sharing import Link, Node
from trackfuse.simulation.figures import COLUMN, FIGURES, nation_figures
from trackfuse.studies.document import document
from trackfuse.studies.exercise import Exercise, Inject
from trackfuse.views.figures import gainstable, playback_state
from trackfuse.views.figures.headline import headline, readable
from trackfuse.views.figures.warnings import clock_rows
from trackfuse.views.report import chapters
from trackfuse.views.style.style import looks_in, nation_looks, png
from trackfuse.views.widgets.playback import in_words

LAUNCH = "hwasong12_2022_10_04"
POLICIES = ("bilateral", "trilateral")


def four() -> tf.Scenario:
    """The launch with a centre of Taiwan, which has a radar and a place, and a radar of Australia without a centre."""
    shipped = tf.load_scenario(LAUNCH)
    far = next(sensor for sensor in shipped.sensors if isinstance(sensor, tf.Radar) and sensor.range_km > 3600.0)
    added = replace(far, sensor_id="made-up", nation="TWN", node="TWN", lat_deg=24.5, lon_deg=121.1, sector_deg=360.0)
    lent = replace(added, sensor_id="lent", nation="AUS", node="INDOPACOM", lat_deg=33.0, lon_deg=131.0)
    taipei = tf.Place(name="Taipei", nation="TWN", region="", lat_deg=25.0, lon_deg=121.5, population=2_600_000)
    # Its reports go to all by way of the hub, and those of all come to it.
    links = tuple(
        Link(link_id=f"{source}-{target}", source=source, target=target, payload="track", latency_s=1.0)
        for source, target in (("TWN", "INDOPACOM"), ("INDOPACOM", "TWN"))
    )
    return replace(
        shipped,
        name="four",
        title="Four nations",
        sensors=(*shipped.sensors, added, lent),
        nodes=(*shipped.nodes, Node(node_id="TWN", nation="TWN", name="Air Operations Centre")),
        places=(*shipped.places, taipei),
        policies=tuple(
            replace(policy, links=policy.links + links) if policy.name != "national" else policy
            for policy in shipped.policies
        ),
    )


def without(nation: str) -> tf.Scenario:
    """The launch without a nation's centres, their sensors and links; its places are still there to be hit."""
    shipped = tf.load_scenario(LAUNCH)
    nodes = tuple(node for node in shipped.nodes if node.nation != nation)
    left = {node.node_id for node in nodes}
    policies = [
        replace(policy, links=tuple(link for link in policy.links if {link.source, link.target, *link.origins} <= left))
        for policy in shipped.policies
    ]
    return replace(
        shipped,
        name=f"without {nation}",
        title=f"Without {nation}",
        sensors=tuple(sensor for sensor in shipped.sensors if sensor.node in left),
        nodes=nodes,
        policies=tuple(policies),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A scenario with what is made of it once."""

    scenario: tf.Scenario
    labels: tuple[str, ...]
    run: tf.Run
    base: tf.Run
    comparison: tf.Comparison


@pytest.fixture(scope="module", params=["four", "without ROK", "without USA"])
def case(request: pytest.FixtureRequest) -> Case:
    scenario = four() if request.param == "four" else without(request.param.removeprefix("without "))
    base, run = (tf.simulate(scenario, policy, seed=3) for policy in POLICIES)
    return Case(
        scenario=scenario,
        labels=tuple(look.label for look in nation_looks(scenario.nations).values()),
        run=run,
        base=base,
        comparison=tf.compare(scenario, ["national", *POLICIES], runs=2, seed=3),
    )


def words_of(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text) if text.get_visible()]


def check(figure: Figure, labels: tuple[str, ...]) -> None:
    """Every nation is named, no other is, and no legend lies on the caption, which is the lowest of the texts."""
    png(figure)  # a figure is laid out when it is shown or saved
    said = " ".join(words_of(figure))
    known = {look.label for look in nation_looks(("JPN", "ROK", "USA", "TWN")).values()}
    assert {label for label in known if label in said} == set(labels)
    caption = min((text.get_window_extent() for text in figure.texts), key=lambda box: box.y0)
    assert all(legend.get_window_extent().y0 > caption.y1 - 2.0 for legend in figure.findobj(Legend))


# ---- numbers --------------------------------------------------------------------------------------------------------


def test_nations_are_those_of_the_centres_in_their_order() -> None:
    assert {tf.load_scenario(name).nations for name in scenario_names()} == {("JPN", "ROK", "USA")}
    assert four().nations == ("JPN", "ROK", "USA", "TWN")  # a radar alone makes no nation: it has nobody to inform
    assert without("ROK").nations == ("JPN", "USA")


def test_every_figure_is_that_of_the_nation_s_own_centres(case: Case) -> None:
    nations = case.scenario.nations
    assert nation_figures(case.run).shape == (1, len(nations), len(FIGURES))
    assert case.comparison.nation_figures.shape == (3, 2, 1, len(nations), len(FIGURES))
    one = tf.simulate(case.scenario, "trilateral", seed=3, run=1)
    nodes = one.nodes.groupby("nation")[["detection_s", "confirmation_s", "notice_s"]].min().loc[list(nations)]
    columns = [COLUMN[name] for name in ("first_knowledge_s", "first_track_s", "first_notice_s")]
    np.testing.assert_array_equal(case.comparison.nation_figures[2, 1, 0][:, columns], nodes.to_numpy())
    assert np.isfinite(nodes.to_numpy()).all()


def test_tables_have_every_nation(case: Case) -> None:
    nations = list(case.scenario.nations)
    assert list(dict.fromkeys(case.comparison.nodes["nation"])) == nations
    gains = case.comparison.gains
    assert list(dict.fromkeys(gains.loc[gains["place"] == "", "nation"])) == nations
    assert all(list(each["nodes"]) == nations for each in document(case.comparison)["policies"].values())
    table = headline([case.comparison])
    assert list(table["nation"]) == nations
    assert [nation for _, nation in readable(table).index] == list(case.labels)
    assert list(playback_state.known(case.run, 300.0)["nation"]) == nations
    assert set(dict.fromkeys(row["nation"] for row in clock_rows(case.run))) == set(nations)
    one = gainstable.one_run_frame(case.run, case.base)
    assert tuple(dict.fromkeys(one.loc[one["figure"] == "first_knowledge_s", "whom"])) == case.labels
    for text in (gainstable.one_run(case.run, case.base), gainstable.many_runs(case.comparison)):
        assert all(label in text for label in case.labels)


def test_a_sweep_has_every_nation(case: Case, tmp_path: Path) -> None:
    over = {"policy.latency_s": [1.0, 30.0]}
    study = tf.sweep(case.scenario, over, POLICIES, runs=2, seed=3, out=tmp_path / "sweep", threads=1)
    rows = study.rows[study.rows["place"] == ""]
    assert list(dict.fromkeys(rows["nation"])) == list(case.scenario.nations)
    again = tf.compare(case.scenario, [case.scenario.policy("trilateral", latency_s=30.0)], runs=2, seed=3)
    mine = rows[(rows["point"] == 1) & (rows["policy"] == "trilateral")]
    names = [each.name for each in FIGURES]
    found = mine[names].to_numpy().reshape(2, 1, len(case.scenario.nations), len(names))
    np.testing.assert_array_equal(found, again.nation_figures[0])
    assert set(tf.gains(study)["nation"]) >= set(case.scenario.nations)
    figure = tf.plots.curves(study, "policy.latency_s", whom=case.scenario.nations[-1], metric="first_notice_s")
    assert f"First notice, {case.labels[-1]}" in words_of(figure)


def test_an_exercise_has_the_nations_of_all_its_launches() -> None:
    scenarios = without("ROK"), four()
    launches = [Inject(kind="launch", from_s=600.0 * k, scenario=scenario) for k, scenario in enumerate(scenarios)]
    exercise = Exercise(name="mixed", title="Mixed", source="", injects=tuple(launches))
    assert exercise.nations == ("JPN", "USA", "ROK", "TWN")
    played = tf.play(exercise, seed=3)
    assert played.times_s.shape == (1, 2, 2, 4, 3)
    assert np.isinf(played.times_s[0, 0, :, 2:]).all()  # no centre of South Korea or Taiwan in the first
    first = played.first[1][1].nodes.groupby("nation")["detection_s"].min()
    np.testing.assert_array_equal(played.times_s[0, 1, 1, :, 0], 600.0 + first.loc[list(exercise.nations)])
    assert set(played.report["who"]) == {"controllers", *exercise.nations}
    check(tf.plots.exercise(played), ("Japan", "South Korea", "United States", "TWN"))


# ---- figures --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("draw", [tf.plots.map, tf.plots.timeline, tf.plots.accuracy, tf.plots.overview])
def test_figures_of_two_runs(draw: Callable[..., Figure], case: Case) -> None:
    check(draw(case.run, case.base), case.labels)


@pytest.mark.parametrize("draw", [tf.plots.objects, tf.plots.warnings])
def test_figures_of_a_run(draw: Callable[..., Figure], case: Case) -> None:
    check(draw(case.run), case.labels)


@pytest.mark.parametrize("draw", [tf.plots.policies, tf.plots.gains])
def test_figures_of_a_comparison(draw: Callable[..., Figure], case: Case) -> None:
    check(draw(case.comparison), case.labels)


def test_figures_of_a_scenario(case: Case) -> None:
    check(tf.plots.coverage(case.scenario, policy="trilateral", altitudes_km=(100.0,)), case.labels)
    check(tf.plots.detectability(case.scenario), case.labels)
    tf.plots.coverage(case.scenario, nation=case.scenario.nations[-1], altitudes_km=(100.0,))
    cues = " ".join(words_of(tf.plots.cues(case.scenario, POLICIES, runs=2)))
    assert all(f"{label}: first radar" in cues for label in case.labels)


def test_figures_of_studies(case: Case) -> None:
    study = tf.fusion_study(case.scenario, rules=("ci",), latency_s=(0.0,), loss=(0.0,), runs=1, seed=1)
    assert set(study.links["nation"]) == set(case.scenario.nations) - {"USA"}
    figure = tf.plots.fusion(study)
    check(figure, tuple(label for label in case.labels if label != "United States"))
    check(tf.plots.headline_spread(tf.headline_spread({"one": case.scenario}, points=4)), case.labels)
    tf.plots.tradeoff(tf.tradeoff(case.scenario, list(POLICIES), thresholds=(0.1, 0.5), runs=1))


def test_a_nation_without_a_centre_is_on_the_map_and_in_no_table() -> None:
    scenario = four()
    run = tf.simulate(scenario, "trilateral", seed=3)
    assert list(looks_in(scenario)) == ["JPN", "ROK", "USA", "TWN", "AUS"]
    assert "AUS: radars" in words_of(tf.plots.map(run))
    assert "radar: AUS" in words_of(tf.plots.coverage(scenario, policy="trilateral", altitudes_km=(100.0,)))
    assert "AUS" in words_of(tf.plots.detectability(scenario))
    assert "AUS" not in " ".join(words_of(tf.plots.timeline(run)))


def test_one_nation_has_one_look_in_every_figure() -> None:
    scenario = four()
    assert looks_in(scenario)["TWN"] == nation_looks(scenario.nations)["TWN"]
    many = nation_looks(f"N{k:02}" for k in range(12))
    assert list(many) == [look.label for look in many.values()]  # more nations than colours: none is left out


# ---- widgets and files ----------------------------------------------------------------------------------------------


def test_widgets(case: Case) -> None:
    explorer = tf.explore(case.scenario)
    assert "Answered in" in explorer.status.value
    assert explorer.runs[0].scenario.sensors == case.scenario.sensors  # a nation without a switch is not left out
    explorer.controls.maps.value = "two"
    explorer.controls.sensors["JPN"].value = False
    assert "Answered in" in explorer.status.value
    assert {s.nation for s in explorer.runs[0].scenario.sensors} == {s.nation for s in case.scenario.sensors} - {"JPN"}
    playback = tf.playback(case.run)
    playback.show(300.0)
    assert all(label in in_words(case.run, 300.0) for label in case.labels)
    tracks = [line["label"] for line in tf.globe(case.run).lines]
    assert tracks == ["true flight", *(f"{label}: track" for label in case.labels)]


def test_report_and_export(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trackfuse.views.report.report._general", lambda *_: [])  # of the shipped launches
    monkeypatch.setattr("trackfuse.views.report.report.workers", in_this_process)

    def drawn_alone(_: Path, comparison: tf.Comparison, seed: int) -> tuple[()]:
        """With four nations the figures are drawn, and not written: those of the others are drawn above."""
        if len(case.labels) == 4:
            assert chapters._of_launch(comparison.scenario, comparison, seed)
        return ()

    monkeypatch.setattr("trackfuse.views.report.report.of_launch", drawn_alone)
    tf.report(tmp_path / "report", runs=1, seed=1, scenarios=[case.scenario])
    page = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    assert all(re.search(f"<th[^>]*>{label}</th>", page) for label in case.labels)
    exported = tf.export(case.run, tmp_path / "run.czml").read_text()
    assert all(f"{label}: track" in exported for label in case.labels)
