"""Figures of runs in which centres must find out what tracks are of, and counts of false notices: counted by hand."""

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

import trackfuse as tf
from trackfuse.sharing import Deliveries, Node
from trackfuse.simulation.figures import COLUMN, first_times, nation_figures
from trackfuse.simulation.figures.harm import harm_of
from trackfuse.simulation.run import Run
from trackfuse.simulation.true_objects import followed_by

NODES = tuple(
    Node(node_id=name, nation=nation, name=name) for name, nation in (("J", "JPN"), ("K", "ROK"), ("L", "ROK"))
)


def announced(launch: int, notice_s: list[list[float]], arrival_s: list[float]) -> SimpleNamespace:
    given = SimpleNamespace(place_notice_s=np.array(notice_s), arrival_s=np.array(arrival_s))
    return SimpleNamespace(launch=launch, notices=given)


def run_of(reports: np.ndarray, *, known: bool = False) -> SimpleNamespace:
    """Three centres of two nations with an own track each over two cycles, and their reports (sender, receiver, cycle).

    Of four places the first launch concerns the first one, and the second launch the third.
    """
    never, inf, nan = np.full((3, 3, 2), np.inf), math.inf, math.nan
    return SimpleNamespace(
        scenario=SimpleNamespace(nations=("JPN", "ROK"), nodes=NODES),
        prepared=SimpleNamespace(known=known),
        launch_notices=(
            # Japan warns the place concerned and one other; both Korean centres warn the same other, one one more.
            announced(0, [[90.0, 95.0, inf, inf], [inf, 80.0, inf, inf], [inf, 85.0, 99.0, inf]], [300.0] + [nan] * 3),
            announced(1, [[inf] * 4, [70.0, 70.0, 70.0, 70.0], [inf] * 4], [nan, nan, 310.0, nan]),
            # Of tracks of nothing: every place warned is one too many.
            announced(-1, [[inf, inf, inf, 50.0], [40.0, inf, inf, 40.0], [41.0, inf, inf, inf]], [nan] * 4),
        ),
        local=SimpleNamespace(node=np.array([0, 1, 2]), status=np.ones((3, 2), dtype=np.int8)),
        deliveries=Deliveries(
            received_s=np.empty((0, 3)), launch_report_s=np.empty((0, 3)), track_received_s=reports,
            warning_received_s=never, releasable=None,
        ),
    )


def test_notices_that_were_wrong_are_counted_once_a_nation_and_place() -> None:
    """By the launch that they were about; those on account of nothing count for either."""
    run, follows = run_of(np.full((3, 3, 2), np.inf)), np.zeros((3, 2), dtype=np.int64)
    first, second = (harm_of(run, launch, follows) for launch in (0, 1))
    assert first["wrong_places"].tolist() == [1.0, 2.0]
    assert second["wrong_places"].tolist() == [0.0, 3.0]
    for found in (first, second):
        assert found["false_notices"].tolist() == [1.0, 2.0]
        assert found["false_tracks_passed"].tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("reports", "follows", "passed"),
    [
        ([(0, 1, 0)], [[-1, -1], [0, 0], [0, 0]], [1.0, 0.0]),
        ([(0, 1, 0), (0, 2, 1)], [[-1, -1], [0, 0], [0, 0]], [1.0, 0.0]),  # the same track twice
        ([(1, 2, 0)], [[0, 0], [-1, -1], [0, 0]], [0.0, 0.0]),  # within the nation
        ([(1, 0, 1), (2, 0, 1)], [[0, 0], [-1, -1], [0, -1]], [0.0, 2.0]),
        ([(1, 0, 1)], [[0, 0], [-1, 0], [0, 0]], [0.0, 0.0]),  # of nothing only in the cycle that nobody else has
        ([(0, 1, 0)], [[-2, -1], [0, 0], [0, 0]], [0.0, 0.0]),  # no track is there to be reported
    ],
)
def test_false_tracks_count_where_another_nation_has_them(
    reports: list[tuple[int, int, int]], follows: list[list[int]], passed: list[float]
) -> None:
    received = np.full((3, 3, 2), np.inf)
    for sender, receiver, cycle in reports:
        received[sender, receiver, cycle] = 100.0
    assert harm_of(run_of(received), 0, np.array(follows))["false_tracks_passed"].tolist() == passed
    with_objects = harm_of(run_of(received, known=True), 0, np.array(follows))
    assert with_objects["false_tracks_passed"].tolist() == [0.0, 0.0]


@pytest.fixture(scope="module")
def salvo() -> Run:
    """Two rockets thirty seconds apart; centres associate."""
    whole = tf.load_scenario("kn25_2024_05_30")
    return tf.simulate(replace(whole, salvo=whole.salvo[:1]), "bilateral", seed=7)


def test_first_events_of_each_of_several_are_those_of_the_tables(salvo: Run) -> None:
    """By launch and nation, in plain loops over the tables of tracks and messages; seconds after that launch."""
    run, names = salvo, [node.node_id for node in salvo.scenario.nodes]
    nation = {node.node_id: node.nation for node in run.scenario.nodes}
    follows = followed_by(run.measurements, run.local_tracks, len(run.prepared.targets))
    found, cycle_s = nation_figures(run), run.prepared.cycle_s.tolist()
    for launch, target in enumerate(run.prepared.targets):
        of_it = run.tracks[run.tracks["follows"] == run.prepared.launch_ids[launch]]
        had = dict.fromkeys(run.scenario.nations, math.inf)
        for row in run.messages.to_dict("records"):
            track = run.local.of(names.index(row["origin"]))[row["track"]]
            is_of_it = follows[track, cycle_s.index(row["about_s"])] == launch
            mine, theirs = nation[row["node"]], nation[row["origin"]]
            if is_of_it and mine != theirs:
                had[mine] = min(had[mine], row["received_s"])
        own = dict.fromkeys(run.scenario.nations, math.inf)
        for track, node in enumerate(run.local.node):
            held = [t for j, t in enumerate(cycle_s) if run.local.status[track, j] == 1 and follows[track, j] == launch]
            own[nation[names[node]]] = min([own[nation[names[node]]], *held])
        for c, each in enumerate(run.scenario.nations):
            first = of_it[of_it["node"].map(nation) == each]["t_s"].min()
            expected = {"first_track_s": first, "first_own_track_s": own[each], "first_track_received_s": had[each]}
            for name, value in expected.items():
                assert math.isfinite(value)
                assert found[launch, c, COLUMN[name]] == pytest.approx(value - target.lift_off_s, abs=1e-9), name
        for name, values in first_times(run, launch).items():
            np.testing.assert_array_equal(values, found[launch, :, COLUMN[name]])
