"""A sharing rule of a user's own, as docs/extending.md teaches it: what it sees, what it keeps, and through studies."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import trackfuse as tf

PAGE = (Path(__file__).parents[2] / "docs" / "extending.md").read_text()
NAME = "kn23_2022_09_25"
TABLES = ("tracks", "notices", "received", "detections")


@pytest.fixture(scope="module")
def taught() -> dict[str, Any]:
    """What the page's block on sharing defines, without its runs."""
    block = next(each for each in re.findall(r"```python\n(.*?)```", PAGE, re.S) if "def only_what_threatens" in each)
    names: dict[str, Any] = {"__name__": __name__}
    exec(block[: block.index("run = ")], names)
    return names


@pytest.fixture(scope="module")
def base() -> tf.Scenario:
    return tf.load_scenario(NAME)


@pytest.fixture(scope="module")
def several() -> tf.Scenario:
    """A missile and its stages, told apart by the centres themselves."""
    return tf.change(tf.load_scenario("hwasong17_2023_03_16"), debris=True)


def east_of_133(message: tf.Message, view: tf.NodeView) -> bool:
    """What comes down with the missile, and not with its first stage."""
    return message.impact is not None and message.impact.lon_deg > 133.0


def everything(message: tf.Message, view: tf.NodeView) -> bool:
    return True


def nothing(message: tf.Message, view: tf.NodeView) -> bool:
    return False


def assert_same(one: tf.Run, other: tf.Run) -> None:
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name), check_exact=True)
    paths = {"path": [str(path) for path in one.messages["path"]]}
    pd.testing.assert_frame_equal(
        one.messages.assign(**paths), other.messages.assign(path=[str(path) for path in other.messages["path"]])
    )


def shared(scenario: tf.Scenario, policy: str, rule: Callable, seed: int = 7, **changes: Any) -> tf.Run:
    return tf.simulate(scenario, scenario.policy(policy, sharing_rule=rule, **changes), seed=seed)


# ---- what a rule keeps, against arrangements that do without one ----------------------------------------------------


@pytest.mark.parametrize("policy", ["bilateral", "trilateral", "ideal"])
def test_a_rule_that_passes_everything_changes_nothing(base: tf.Scenario, policy: str) -> None:
    assert_same(shared(base, policy, everything), tf.simulate(base, policy, seed=7))


def test_nor_of_several_objects_nor_where_messages_queue(several: tf.Scenario, base: tf.Scenario) -> None:
    assert_same(shared(several, "mesh", everything), tf.simulate(several, "mesh", seed=7))
    crowded = base.policy("mesh", capacity_per_s=0.1)
    assert_same(shared(base, "mesh", everything, capacity_per_s=0.1), tf.simulate(base, crowded, seed=7))


@pytest.mark.parametrize("policy", ["trilateral", "ideal"])
def test_a_rule_that_keeps_everything_leaves_each_centre_alone(base: tf.Scenario, policy: str) -> None:
    alone = tf.simulate(base, base.policy(policy, links=()), seed=7)
    assert_same(shared(base, policy, nothing), alone)
    assert alone.received.empty


def test_what_may_not_go_to_a_centre_does_not_pass_through_it(base: tf.Scenario) -> None:
    """Refusing all that would go to INDOPACOM is cutting the links to it, also for what it would pass on."""

    def but_the_hub(message: tf.Message, view: tf.NodeView) -> bool:
        return message.target != "INDOPACOM"

    for changes in ({}, {"capacity_per_s": 0.1}):
        policy = base.policy("trilateral", **changes)
        cut = replace(policy, links=tuple(link for link in policy.links if link.target != "INDOPACOM"))
        assert_same(shared(base, "trilateral", but_the_hub, **changes), tf.simulate(base, cut, seed=7))


def test_a_rule_tells_items_tracks_and_detections_apart(base: tf.Scenario) -> None:
    """Passing launch reports and items alone is having links that carry no more."""

    def items(message: tf.Message, view: tf.NodeView) -> bool:
        return message.kind in ("launch_report", "warning")

    for name in ("mesh", "ideal"):
        policy = base.policy(name)
        poorer = replace(policy, links=tuple(replace(link, payload="warning") for link in policy.links))
        assert_same(shared(base, name, items), tf.simulate(base, poorer, seed=7))


def test_a_rule_of_time_is_an_outage(base: tf.Scenario) -> None:
    """Nothing passes before 150 s: as if every link had been down. With radars whose detections are at home at once."""

    def later(message: tf.Message, view: tf.NodeView) -> bool:
        return message.t_s > 150.0

    radars = tuple(replace(s, report_delay_s=0.0) for s in base.sensors if isinstance(s, tf.Radar))
    scenario = tf.change(base, sensors=radars)
    policy = scenario.policy("ideal")
    links = tuple(replace(link, period_s=0.0) for link in policy.links)
    down = replace(policy, links=tuple(replace(link, outages_s=((-1e6, 150.0),)) for link in links))
    mine = tf.simulate(scenario, replace(policy, links=links, sharing_rule=later), seed=7)
    assert_same(mine, tf.simulate(scenario, down, seed=7))
    assert len(mine.received) and not mine.received.equals(tf.simulate(scenario, policy, seed=7).received)


# ---- what a rule sees -----------------------------------------------------------------------------------------------


def test_what_passes_is_what_the_rule_says_of_the_final_tracks(base: tf.Scenario) -> None:
    """A report passes by what the track says, which depends on cues that passed before. The last answers, looked up by
    who, what and when, give the same run; and what the messages said is what the run's own tracks say.
    """
    answers: dict[tuple, bool] = {}
    said: dict[tuple, tf.Message] = {}

    def key(message: tf.Message) -> tuple:
        return message.source, message.target, message.kind, message.t_s

    def certain(message: tf.Message, view: tf.NodeView) -> bool:
        passes = message.kind == "launch_report" or (
            message.covariance is not None and np.sqrt(np.trace(message.covariance[:3, :3])) < 1500.0
        )
        answers[key(message)], said[key(message)] = passes, message
        return passes

    run = shared(base, "mesh", certain)
    last = dict(answers)
    assert_same(shared(base, "mesh", lambda message, view: last[key(message)]), run)
    assert not run.received.equals(tf.simulate(base, "mesh", seed=7).received)
    assert {True, False} <= {passes for (_, _, kind, _), passes in last.items() if kind == "track"}
    cycles = run.prepared.cycle_s
    for (source, _, kind, t_s), message in said.items():
        row, cycle = [node.node_id for node in base.nodes].index(source), int(np.searchsorted(cycles, t_s))
        if kind == "track" and run.local.status[row, cycle] == 1:
            np.testing.assert_array_equal(message.mean, run.local.mean[row, cycle])
            np.testing.assert_array_equal(message.covariance, run.local.covariance[row, cycle])
            assert message.impact is not None and message.impact.time_s > 0.0
    received = run.received[run.received.kind == "track"]
    for each in received.itertuples():
        assert last[each.origin, each.node, "track", each.about_s]


def test_a_rule_sees_no_more_than_the_links_could_carry(base: tf.Scenario) -> None:
    seen: list[tf.Message] = []
    views: list[tf.NodeView] = []

    def watching(message: tf.Message, view: tf.NodeView) -> bool:
        seen.append(message)
        views.append(view)
        return True

    shared(base, "trilateral", watching)
    assert {message.kind for message in seen} == {"launch_report", "warning", "track"}  # no link carries detections
    pairs = {(message.source, message.target, message.kind) for message in seen}
    assert ("JPN", "ROK", "warning") in pairs and ("JPN", "ROK", "track") not in pairs
    assert ("JPN", "USFJ", "track") in pairs and all(source != target for source, target, _ in pairs)
    nation = {node.node_id: node.nation for node in base.nodes}
    for message, view in zip(seen, views, strict=True):
        assert (view.node, view.nation, view.ally) == (message.source, nation[message.source], nation[message.target])
        assert view.ally_places == tuple(place for place in base.places if place.nation == view.ally)
    assert all(message.mean is None and message.impact is None for message in seen if message.kind == "launch_report")
    assert {message.origins for message in seen if message.source == "JPN"} == {("JPN",)}
    seen.clear()
    shared(base, "ideal", watching)
    assert "detection" in {message.kind for message in seen}
    assert any({"JPN", "ROK"} <= set(message.origins) for message in seen if message.kind == "track")


def test_of_several_objects_each_track_is_judged(several: tf.Scenario) -> None:
    """Only tracks that come down east of 133 E pass: none of the first stage."""
    run, free = shared(several, "mesh", east_of_133), tf.simulate(several, "mesh", seed=7)
    assert 0 < len(run.messages) < len(free.messages)
    assert (run.messages["impact_lon_deg"].dropna() > 132.5).all()  # the items are coarser than the track
    assert (free.messages["impact_lon_deg"].dropna() < 132.5).any()
    # A centre takes another's track for one object with its own from the first report on that may bring it.
    may, tracks, kept = run.deliveries.releasable, run.local, 0
    for node, member in zip(run.clusters.node, run.clusters.member, strict=True):
        for row in np.unique(member[member >= 0]):
            if tracks.node[row] != node:
                passed = (tracks.status[row] == 1) & may[:, row, :, node].any(axis=0)
                assert passed.any() and (member[tracks.node[row]] == row).argmax() >= passed.argmax()
    for row in range(len(tracks.node)):
        kept += not (may[:, row] & (tracks.status[row] == 1)[:, None]).any()
    assert kept > 0
    assert len(run.tracks) < len(free.tracks)
    assert len(run.main.tracks) and len(run.main.messages)


# ---- the page's rule, and studies -----------------------------------------------------------------------------------


def test_the_page_teaches_to_share_only_what_threatens(taught: dict[str, Any]) -> None:
    """A missile falls on Akita: South Korea says so once it knows; Japan, whose ally is not concerned, says nothing."""
    scenario, guarded = taught["base"], taught["guarded"]
    run, free = tf.simulate(scenario, guarded, seed=7), tf.simulate(scenario, "trilateral", seed=7)

    def between(run: tf.Run, source: str, target: str) -> pd.DataFrame:
        found = run.messages[(run.messages["origin"] == source) & (run.messages["node"] == target)]
        return found.reset_index(drop=True)

    assert between(run, "JPN", "ROK").empty and len(between(free, "JPN", "ROK"))
    assert 0 < len(between(run, "ROK", "JPN")) < len(between(free, "ROK", "JPN"))
    assert between(run, "ROK", "JPN")["boosting"].max() <= 0.1 < between(free, "ROK", "JPN")["boosting"].max()
    pd.testing.assert_frame_equal(between(run, "USFJ", "JPN"), between(free, "USFJ", "JPN"))


def test_a_rule_goes_through_comparisons_sweeps_and_figures(taught: dict[str, Any], tmp_path: Path) -> None:
    scenario, guarded = taught["base"], taught["guarded"]
    identity = rf"sharing only_what_threatens \({__name__}, no version, source \w+\)"
    run = tf.simulate(scenario, guarded, seed=7)
    comparison = tf.compare(scenario, policies=["bilateral", guarded, "trilateral"], runs=3, seed=7)
    for figure in (tf.plots.timeline(run), tf.plots.policies(comparison)):
        assert "only_what_threatens" in " ".join(text.get_text() for text in figure.texts)
        plt.close(figure)
    assert re.search(identity, run.caption()) and re.search(identity, comparison.caption())
    assert set(comparison.gains["policy"]) >= {"guarded"}
    over: dict[str, Any] = {"policy.latency_s": [1, 60]}
    study = tf.sweep(scenario, over=over, policies=[guarded], runs=2, seed=7, out=tmp_path / "sweep")
    assert re.search(identity, study.caption())
    assert re.fullmatch(identity, study.manifest["parts"][0])
    with pytest.raises(tf.TrackfuseError, match="holds a sweep with another policies"):
        other = replace(guarded, sharing_rule=everything)
        tf.sweep(scenario, over=over, policies=[other], runs=2, seed=7, out=tmp_path / "sweep")


def test_a_sweep_over_rules_names_them(base: tf.Scenario, tmp_path: Path) -> None:
    tf.register("sharing", "nothing_at_all", nothing)
    over = {"policy.sharing_rule": ["everything", "nothing_at_all"]}
    study = tf.sweep(base, over=over, policies=["national", "mesh"], runs=2, seed=7, out=tmp_path / "sweep")
    assert len(study.points) == 2
    assert [part.split(" (")[0] for part in study.manifest["parts"]] == ["sharing nothing_at_all"]


def test_a_scenario_file_may_name_a_registered_rule_only(tmp_path: Path) -> None:
    shipped = next(Path(tf.__file__).parents[1].glob(f"data/scenarios/{NAME}.toml"))
    file = tmp_path / "mine.toml"
    file.write_text(shipped.read_text() + '\n[policies.mesh]\nsharing_rule = "kept_back"\n')
    with pytest.raises(tf.TrackfuseError, match=r"mine.toml.*sharing_rule: no sharing rule 'kept_back'"):
        tf.load_scenario(file)
    tf.register("sharing", "kept_back", nothing)
    assert tf.load_scenario(file).policy("mesh").sharing_rule is nothing
    assert tf.load_scenario(file).policy("trilateral").sharing_rule == "everything"


def test_a_run_is_saved_if_its_rule_has_a_name(several: tf.Scenario, tmp_path: Path) -> None:
    run = shared(several, "mesh", east_of_133)
    with pytest.raises(tf.TrackfuseError, match=r"give it one with tf.register\('sharing', name, part\)"):
        run.save(tmp_path / "run")
    assert not (tmp_path / "run").exists()
    tf.register("sharing", "east_of_133", east_of_133)
    run.save(tmp_path / "run")
    again = tf.load_run(tmp_path / "run")
    assert again.policy.sharing_rule is east_of_133
    assert_same(again, run)


@dataclass(frozen=True)
class Within:
    """A rule with a parameter."""

    away_km: float

    def __call__(self, message: tf.Message, view: tf.NodeView) -> bool:
        if message.impact is None:
            return False
        return any(np.hypot(*message.impact.offset_m(place)) < 1e3 * self.away_km for place in view.ally_places)


def test_a_rule_may_be_an_object_and_its_parameters_count(base: tf.Scenario) -> None:
    one, other = (shared(base, "mesh", Within(away_km)) for away_km in (10.0, 2000.0))
    assert len(one.received) < len(other.received)
    assert one.caption() != other.caption()


# ---- what goes wrong ------------------------------------------------------------------------------------------------


def one_too_few(message: tf.Message) -> bool:
    return True


def raises(message: tf.Message, view: tf.NodeView) -> bool:
    raise RuntimeError("out of ideas")


def gives_nothing(message: tf.Message, view: tf.NodeView) -> Any:
    return None


def gives_a_number(message: tf.Message, view: tf.NodeView) -> Any:
    return 0.7


def writes(message: tf.Message, view: tf.NodeView) -> bool:
    if message.mean is not None:
        message.mean[0] = 0.0
    return True


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        (raises, "RuntimeError: out of ideas"),
        (gives_nothing, "TypeError: gives NoneType, not True or False"),
        (gives_a_number, "TypeError: gives float, not True or False"),
        (writes, "ValueError: assignment destination is read-only"),
    ],
)
def test_a_rule_that_fails_is_named_with_centre_and_time(
    base: tf.Scenario, rule: Callable, says: str, tmp_path: Path
) -> None:
    where = rf"sharing rule '{rule.__name__}' at [A-Z]{{3}}[\w-]* at \d+\.\d s: {says}"
    policy = base.policy("mesh", sharing_rule=rule)
    with pytest.raises(tf.PluginError, match=where):
        tf.simulate(base, policy, seed=7)
    with pytest.raises(tf.PluginError, match=where):
        tf.compare(base, policies=["national", policy], runs=2, seed=7)
    with pytest.raises(tf.PluginError, match=f"{where}.* \\(run 0 of point 0 "):
        tf.sweep(base, over={"policy.latency_s": [1, 60]}, policies=[policy], runs=2, seed=7, out=tmp_path / "sweep")
    assert not list((tmp_path / "sweep" / "rows").rglob("*"))


def test_a_rule_that_does_not_fit_is_refused_at_once(base: tf.Scenario) -> None:
    with pytest.raises(tf.TrackfuseError, match=r"sharing_rule: .one_too_few. does not fit: .*takes \(message, view\)"):
        base.policy("mesh", sharing_rule=one_too_few)
    with pytest.raises(tf.TrackfuseError, match=r"policy 'mesh' sharing_rule: no sharing rule 'everythin'.*everything"):
        base.policy("mesh", sharing_rule="everythin")
    with pytest.raises(tf.TrackfuseError, match=r"sharing_rule: None cannot be called"):
        base.policy("mesh", sharing_rule=None)


def test_own_detections_are_not_passed_on_by_a_rule(base: tf.Scenario) -> None:
    table = tf.simulate(base, "national", seed=7).detections
    with pytest.raises(tf.TrackfuseError, match="policy 'ideal' has a sharing rule"):
        tf.track_detections(table, base, policy=base.policy("ideal", sharing_rule=everything))
