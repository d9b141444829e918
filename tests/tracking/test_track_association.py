"""Which tracks of which nodes are taken to be of one object, on tracks made for the purpose."""

from dataclasses import replace

import numpy as np
import pytest

from trackfuse.core.errors import SettingsError
from trackfuse.core.rng import generator
from trackfuse.kernels.filter import MEAN
from trackfuse.kernels.track_clusters import lower_bound, squared_distance
from trackfuse.tracking.settings import TrackerSettings
from trackfuse.tracking.track_association import associate_tracks
from trackfuse.tracking.tracks import TrackClusters, Tracks, empty_tracks

CYCLES = np.arange(5.0, 205.0, 5.0)
PLACE_M = np.array([7.0e6, 1.0e5, 2.0e6])
NEVER = np.inf


def tracks_at(east_m: dict[int, list], sigma_m: float = 100.0) -> Tracks:
    """Tracks of each node, by their distances along one axis from one place: (J,) or a number each; nan without."""
    node = np.repeat(list(east_m), [len(each) for each in east_m.values()])
    offsets = [np.broadcast_to(np.asarray(each, dtype=float), CYCLES.shape) for one in east_m.values() for each in one]
    own = empty_tracks(node, len(CYCLES))
    for row, offset in enumerate(offsets):
        held = np.isfinite(offset)
        own.mean[row, held] = np.r_[PLACE_M, 0.0, 0.0, 0.0]
        own.mean[row, held, 1] += offset[held]
        own.covariance[row, held] = np.diag(np.r_[np.full(3, sigma_m), np.full(3, 1.0)] ** 2)
        own.status[row, held], own.boosting[row, held], own.last_plot_s[row, held] = 1, 0.0, CYCLES[held]
    return own


def reports(nodes: int, latency_s: float = 0.0) -> np.ndarray:
    """When reports are received, (N, N, J)."""
    return np.broadcast_to(CYCLES + latency_s, (nodes, nodes, len(CYCLES))).copy()


def associated(
    own: Tracks,
    nodes: int,
    *,
    tracks: np.ndarray | None = None,
    warnings: np.ndarray | None = None,
    offset: np.ndarray | None = None,
    settings: TrackerSettings | None = None,
) -> TrackClusters:
    """By default reports are never received."""
    never = np.full((nodes, nodes, own.status.shape[1]), NEVER)
    track_received_s, warning_received_s = ((never if at is None else at)[own.node] for at in (tracks, warnings))
    return associate_tracks(
        own, nodes, track_received_s=track_received_s, warning_received_s=warning_received_s,
        cycle_times=CYCLES[: own.status.shape[1]],
        report_offset=np.zeros(own.mean.shape) if offset is None else offset, settings=settings or TrackerSettings(),
    )  # fmt: skip


def of_node(clusters: TrackClusters, node: int, cycle: int = -1) -> list[list[int]]:
    """Members (N,) of every cluster of a node at a cycle."""
    return clusters.member[clusters.node == node, :, cycle].tolist()


def test_tracks_of_one_object_are_in_one_cluster() -> None:
    own = tracks_at({0: [0.0, 50e3], 1: [50e3, 0.0]})
    found = associated(own, 2, tracks=reports(2))
    assert found.member.shape == (4, 2, len(CYCLES))
    assert found.node.tolist() == [0, 0, 1, 1]
    assert found.cluster.tolist() == [0, 1, 2, 3]
    assert (found.member == found.member[:, :, :1]).all()
    assert of_node(found, 0) == [[0, 3], [1, 2]]
    assert of_node(found, 1) == [[1, 2], [0, 3]]


def test_without_reports_each_node_has_its_own_tracks() -> None:
    own = tracks_at({0: [0.0, 50e3], 2: [0.0]})
    found = associated(own, 3)
    assert found.node.tolist() == [0, 0, 2]
    assert found.member[:, :, 0].tolist() == [[0, -1, -1], [1, -1, -1], [-1, -1, 2]]


def test_without_tracks_or_cycles_there_are_no_clusters() -> None:
    own = empty_tracks(np.empty(0, dtype=np.int64), len(CYCLES))
    assert associated(own, 2, tracks=reports(2)).member.shape == (0, 2, len(CYCLES))
    own = empty_tracks(np.array([0, 1]), 0)
    assert associated(own, 2).member.shape == (0, 2, 0)


def test_a_node_without_tracks_clusters_what_it_receives() -> None:
    found = associated(tracks_at({1: [0.0], 2: [100.0, 50e3]}), 3, tracks=reports(3))
    assert of_node(found, 0) == [[-1, 0, 1], [-1, -1, 2]]


def test_a_cycle_without_an_estimate_has_no_member() -> None:
    gap = np.where((CYCLES > 50.0) & (CYCLES < 100.0), np.nan, 0.0)
    found = associated(tracks_at({0: [0.0], 1: [gap]}), 2, tracks=reports(2))
    assert of_node(found, 0) == [[0, 1]]
    np.testing.assert_array_equal(found.member[0, 1], np.where(np.isfinite(gap), 1, -1))


@pytest.mark.parametrize(("east_m", "kept"), [(1000.0, True), (5000.0, False)])
def test_what_was_joined_is_kept_up_to_four_times_the_distance(east_m: float, kept: bool) -> None:
    """1,000 m are a squared distance of 50, beyond the gate of 34; 5,000 m are 1,250. It is checked every 30 s."""
    parting = np.where(CYCLES < 100.0, 0.0, east_m)
    found = associated(tracks_at({0: [0.0], 1: [parting]}), 2, tracks=reports(2))
    together = (found.member[0] == [[0], [1]]).all(axis=0)
    if kept:
        assert together.all()
        assert len(found.node) == 2
    else:
        assert together[CYCLES < 100.0].all()
        assert not together[CYCLES >= 130.0].any()
        assert of_node(found, 0) == [[0, -1], [-1, 1]]
    # What was never joined is not, at such a distance.
    assert len(associated(tracks_at({0: [0.0], 1: [east_m]}), 2, tracks=reports(2)).node) == 4


@pytest.mark.parametrize(("apart_m", "swapped"), [(400.0, False), (1000.0, True), (5000.0, True)])
def test_tracks_taken_for_each_other_change_places(apart_m: float, swapped: bool) -> None:
    """Two objects part after tracks of them were joined in pairs; the second node's tracks go with the other one.

    At 400 m the sum of squared distances is 16 too much, at 1,000 m 100; at 5,000 m tracks no longer fit at all.
    """
    left, right = np.where(CYCLES < 100.0, 0.0, 0.0), np.where(CYCLES < 100.0, 40.0, apart_m)
    switched = np.where(CYCLES < 100.0, left, right), np.where(CYCLES < 100.0, right, left)
    found = associated(tracks_at({0: [left, right], 1: list(switched)}), 2, tracks=reports(2))
    assert of_node(found, 0, 0) == [[0, 2], [1, 3]]
    assert of_node(found, 0)[:2] == ([[0, 3], [1, 2]] if swapped else [[0, 2], [1, 3]])
    both = found.member[found.node == 0][:, 1]
    assert ((both == 2).sum(axis=0) == 1).all() and ((both == 3).sum(axis=0) == 1).all()


@pytest.mark.parametrize(("apart_m", "moved"), [(400.0, False), (1000.0, True), (5000.0, True)])
def test_a_track_goes_to_a_cluster_in_which_its_node_has_none(apart_m: float, moved: bool) -> None:
    """Two objects part after the second node's only track, of the first, was joined to the second: it is 10 m off that
    and 30 m off its own. At 400 m the squared distance is 8 too much, at 1,000 m 50: within what is kept, and yet the
    first object's cluster fits better by more than 20.
    """
    parted = np.where(CYCLES < 100.0, 40.0, apart_m)
    found = associated(tracks_at({0: [0.0, parted], 1: [np.where(CYCLES < 100.0, 30.0, 0.0)]}), 2, tracks=reports(2))
    assert of_node(found, 0, 0) == [[0, -1], [1, 2]]
    assert of_node(found, 0) == ([[0, 2], [1, -1]] if moved else [[0, -1], [1, 2]])


def test_tracks_left_over_find_their_cluster_once_others_go_where_they_belong() -> None:
    """The second node's tracks of the first two objects were joined to the second and third: one of the third, which
    begins late, finds no place there and makes a cluster. Once all are sorted, clusters are as many as objects.
    """
    places = [0.0, 1000.0, 2000.0]
    own = [np.where(CYCLES < 100.0, 40.0 * k, place) for k, place in enumerate(places)]
    shifted = [np.where(CYCLES < 100.0, 40.0, 0.0), np.where(CYCLES < 100.0, 80.0, 1000.0)]
    late = np.where(CYCLES < 110.0, np.nan, 2000.0)
    found = associated(tracks_at({0: own, 1: [*shifted, late], 2: [late]}), 3, tracks=reports(3))
    assert of_node(found, 0, 0)[:3] == [[0, -1, -1], [1, 3, -1], [2, 4, -1]]
    assert [row for row in of_node(found, 0) if row != [-1, -1, -1]] == [[0, 3, -1], [1, 4, -1], [2, 5, 6]]


def test_of_three_tracks_the_one_that_is_wrong_is_moved() -> None:
    """The third node's tracks change objects, as after a gap without detections. It knows best where they are, and yet
    the others stay: each fits better than it, with a mean squared distance of 50 against 99.
    """
    left, right = np.zeros(len(CYCLES)), np.full(len(CYCLES), 1000.0)
    switched = np.where(CYCLES < 100.0, left, right), np.where(CYCLES < 100.0, right, left)
    own = tracks_at({0: [left, right], 1: [left, right], 2: list(switched)})
    own.covariance[4:, :, :3, :3] /= 100.0
    found = associated(own, 4, tracks=reports(4))
    assert of_node(found, 3, 0) == [[0, 2, 4, -1], [1, 3, 5, -1]]
    assert of_node(found, 3) == [[0, 2, 5, -1], [1, 3, 4, -1]]
    members = found.member[found.node == 3][:, :2]
    assert (members == members[:, :, :1]).all()


@pytest.mark.parametrize(("third_m", "given_up"), [(None, True), (5000.0, False)])
def test_a_cluster_whose_tracks_belong_in_others_is_given_up(third_m: float | None, given_up: bool) -> None:
    """The first node knows two objects 500 m apart, and each of the others one of them. Their second tracks start at
    one place 20 km off, and at 100 s turn out to be of the objects that they lacked: a squared distance of 12.5, too
    little to part them, and no cluster can take in both. A third object of theirs stays.
    """
    first, second = (500.0, 0.0) if third_m is None else (third_m, third_m)
    poor = np.where(CYCLES < 100.0, 20e3, first), np.where(CYCLES < 100.0, 20e3, second)
    found = associated(tracks_at({0: [0.0, 500.0], 1: [0.0, poor[0]], 2: [500.0, poor[1]]}), 3, tracks=reports(3))
    assert of_node(found, 0, 0) == [[0, 2, -1], [1, -1, 4], [-1, 3, 5]]
    at = CYCLES.searchsorted(100.0)
    expected = [[0, 2, 5], [1, 3, 4], [-1, -1, -1]] if given_up else [[0, 2, -1], [1, -1, 4], [-1, 3, 5]]
    assert of_node(found, 0, at) == of_node(found, 0) == expected


def test_clusters_are_merged_once_they_lie_within_the_gate() -> None:
    """A poor start is 20 km off until 100 s: a cluster of its own, whose track then joins the elder cluster."""
    found = associated(tracks_at({0: [0.0], 1: [np.where(CYCLES < 100.0, 20e3, 100.0)]}), 2, tracks=reports(2))
    first = CYCLES.searchsorted(100.0)
    assert found.member[found.node == 0][:, :, first - 1].tolist() == [[0, -1], [-1, 1]]
    assert found.member[found.node == 0][:, :, first].tolist() == [[0, 1], [-1, -1]]
    assert (found.member[0, :, first:] == [[0], [1]]).all()


def test_nearest_clusters_are_merged_first() -> None:
    """Two clusters of one node come near a cluster of another: only the nearer can be of the same object."""
    near, nearer = np.where(CYCLES < 100.0, 20e3, 300.0), np.where(CYCLES < 100.0, -20e3, -200.0)
    found = associated(tracks_at({0: [0.0], 1: [near, nearer]}), 2, tracks=reports(2))
    assert of_node(found, 0) == [[0, 2], [-1, 1], [-1, -1]]


def test_the_least_uncertain_report_stands_for_a_cluster() -> None:
    """2 km are far beyond the gate of a track known to 100 m, and within that of one known to 1 km."""
    late = np.where(CYCLES < 50.0, np.nan, 2000.0)
    own = tracks_at({0: [0.0], 1: [0.0], 3: [late]})
    own.covariance[0, :, :3, :3] *= 100.0
    assert of_node(associated(own, 4, tracks=reports(4)), 2) == [[0, 1, -1, -1], [-1, -1, -1, 2]]
    own.covariance[1, :, :3, :3] *= 100.0
    assert of_node(associated(own, 4, tracks=reports(4)), 2) == [[0, 1, -1, 2]]


def test_a_node_s_own_track_stands_for_a_cluster() -> None:
    late = np.where(CYCLES < 50.0, np.nan, 2000.0)
    own = tracks_at({0: [0.0], 1: [0.0], 2: [late]})
    own.covariance[0, :, :3, :3] *= 100.0
    assert of_node(associated(own, 3, tracks=reports(3)), 0) == [[0, 1, 2]]


def test_what_stands_for_a_cluster_is_chosen_once_a_cycle() -> None:
    """At the first cycle that is the first node's track, known to 1 km; 30 s later the two others no longer fit each
    other, and that goes which the first fits worse. An own track counts at once.
    """
    own = tracks_at({0: [0.0], 1: [0.0], 3: [2000.0]})
    own.covariance[0, :, :3, :3] *= 100.0
    found = associated(own, 4, tracks=reports(4))
    assert of_node(found, 2, 0) == [[0, 1, -1, 2], [-1, -1, -1, -1]]
    assert of_node(found, 2) == [[0, 1, -1, -1], [-1, -1, -1, 2]]
    late = np.where(CYCLES < 50.0, np.nan, 0.0)
    own = tracks_at({0: [0.0], 1: [late], 2: [late + 2000.0]})
    own.covariance[0, :, :3, :3] *= 100.0
    found = associated(own, 3, tracks=reports(3))
    first = CYCLES.searchsorted(50.0)
    assert found.member[found.node == 1][:, :, first].tolist() == [[0, 1, -1], [-1, -1, 2]]


def test_a_cluster_has_one_track_of_a_node_at_a_time() -> None:
    """A second track of one node near the first is in a cluster of its own, until the first one ends."""
    late, ended = np.where(CYCLES < 50.0, np.nan, 100.0), np.where(CYCLES < 50.0, 0.0, np.nan)
    found = associated(tracks_at({0: [0.0], 1: [0.0, late]}), 2, tracks=reports(2))
    assert of_node(found, 0) == [[0, 1], [-1, 2]]
    found = associated(tracks_at({0: [0.0], 1: [ended, late]}), 2, tracks=reports(2))
    assert of_node(found, 0, 0) == [[0, 1]]
    assert of_node(found, 0) == [[0, 2]]


def test_published_items_are_compared_with_their_coarseness() -> None:
    """Reports as state and covariance say that 8 km lie between two objects, the first published items cannot."""
    own = tracks_at({0: [0.0], 1: [8000.0]})
    assert of_node(associated(own, 2, warnings=reports(2)), 0, 0) == [[0, 1], [-1, -1]]
    assert of_node(associated(own, 2, tracks=reports(2)), 0) == [[0, -1], [-1, 1]]
    # Where both are received at once, the state counts; a newer warning counts for more than an older state.
    assert of_node(associated(own, 2, tracks=reports(2), warnings=reports(2)), 0) == [[0, -1], [-1, 1]]
    older = associated(own, 2, tracks=reports(2, 7.0), warnings=reports(2))
    assert older.member[0, :, 0].tolist() == [0, 1]
    # The items as published are shifted: by 100 km they are of something else.
    offset = np.zeros(own.mean.shape)
    offset[1, :, 1] = 100e3
    assert of_node(associated(own, 2, warnings=reports(2), offset=offset), 0) == [[0, -1], [-1, 1]]


@pytest.mark.parametrize(("burning", "latency_s", "used"), [(0.5, 90.0, False), (0.5, 20.0, True), (0.0, 90.0, True)])
def test_an_old_report_of_a_burning_engine_is_not_used(burning: float, latency_s: float, used: bool) -> None:
    own = tracks_at({0: [0.0], 1: [0.0]})
    own.boosting[1] = burning
    found = associated(own, 2, tracks=reports(2, latency_s), settings=TrackerSettings(burnout_s=60.0))
    assert (found.member[found.node == 0][:, 1] == 1).any() == used


def test_reports_are_compared_at_the_present(lofted_flight) -> None:
    """Two objects fly one path 20 s apart, and reports take 20 s: as received, the first stands where the second is."""
    behind_s = 20.0
    own = tracks_at({0: [0.0, 0.0], 1: [0.0, 0.0]})
    for row, delay in enumerate([0.0, behind_s, 0.0, behind_s]):
        own.mean[row] = lofted_flight.at(CYCLES + 300.0 - delay)
    found = associated(own, 2, tracks=reports(2, behind_s))
    rows = found.member[found.node == 0]
    assert len(rows) == 2
    received = CYCLES + behind_s <= CYCLES[-1]
    assert (rows[0][:, received] == [[0], [2]]).all()
    assert (rows[1][:, received] == [[1], [3]]).all()


def scene(seed: int) -> tuple[Tracks, int, dict[str, np.ndarray]]:
    """Four nodes with tracks that come and go, part and meet; reports that are late, out of order or lost."""
    rng, nodes = generator(seed, "association"), 4
    places = [0.0, 400.0, 1500.0, 8000.0, 60e3]
    east: dict[int, list] = {}
    for node in range(nodes):
        east[node] = []
        for place in rng.permutation(places)[: rng.integers(2, 6)]:
            walk = place + rng.normal(0.0, 100.0) + np.cumsum(rng.normal(0.0, 60.0, len(CYCLES)))
            walk[: rng.integers(0, 15)] = np.nan
            walk[rng.integers(20, 60) :] = np.nan
            walk[rng.random(len(CYCLES)) < 0.03] = np.nan
            east[node].append(np.where(rng.random() < 0.3, walk[np.arange(len(CYCLES)) // 8 * 8], walk))
    own = tracks_at(east)
    own.covariance[:] *= np.exp(rng.normal(0.0, 1.0, len(own.node)))[:, None, None, None]
    shape = (nodes, nodes, len(CYCLES))
    received = {
        name: np.where(rng.random(shape) < 0.2, NEVER, CYCLES + rng.exponential(mean_s, shape))
        for name, mean_s in (("tracks", 12.0), ("warnings", 4.0))
    }
    offset = rng.normal(0.0, 3000.0, own.mean.shape) * np.r_[1.0, 1.0, 1.0, 0.0, 0.0, 0.0]
    return own, nodes, received | {"offset": offset}


@pytest.mark.parametrize("seed", range(8))
def test_every_reported_track_is_in_one_cluster_of_those_who_received_it(seed: int) -> None:
    own, nodes, given = scene(seed)
    found = associated(own, nodes, **given)
    assert (np.diff(found.node) >= 0).all()
    assert found.cluster.tolist() == list(range(len(found.node)))
    for d in range(nodes):
        member = found.member[found.node == d]
        for o in range(nodes):
            held = own.status[own.of(o)] == 1
            times = np.array([[(member[:, o, j] == row).sum() for j in range(len(CYCLES))] for row in own.of(o)])
            first = 0
            if o != d:
                # From its first report on a track counts at every cycle until the newest report that was received.
                arrived = np.minimum(given["tracks"], given["warnings"])[o, d] <= CYCLES[-1]
                newest = np.flatnonzero(arrived).max()
                times, held = times[:, : newest + 1], held[:, : newest + 1]
                first = np.flatnonzero(arrived).min()
            assert times.max() == 1
            assert not times[~held].any()
            if o == d:
                assert times[held].all()
            assert not times[:, :first].any()
        assert set(np.unique(member)) - {-1} <= set(range(len(own.node)))
        for o in range(nodes):
            assert np.isin(member[:, o], [-1, *own.of(o)]).all()


@pytest.mark.parametrize("seed", range(8))
def test_the_past_does_not_depend_on_what_comes_later(seed: int) -> None:
    """Cut off at some cycle: until the newest report received by then everything is as in the whole run."""
    own, nodes, given = scene(seed)
    whole = associated(own, nodes, **given)
    for count in (10, 25):
        first = replace(
            own, **{name: getattr(own, name)[:, :count] for name in Tracks.__dataclass_fields__ if name != "node"}
        )
        part = associated(
            first,
            nodes,
            **{
                name: values[..., :count, :] if name == "offset" else values[..., :count]
                for name, values in given.items()
            },
        )
        for d in range(nodes):
            mine, theirs = part.member[part.node == d], whole.member[whole.node == d]
            assert len(mine) <= len(theirs)
            for o in range(nodes):
                arrived = np.flatnonzero(
                    np.minimum(given["tracks"], given["warnings"])[o, d, :count] <= CYCLES[count - 1]
                )
                end = count - 1 if o == d else max(arrived, default=0)
                np.testing.assert_array_equal(mine[:, o, :end], theirs[: len(mine), o, :end])


def test_nodes_that_receive_the_same_hold_the_same() -> None:
    """Two nodes without tracks, each with the same reports at the same times."""
    own, _, given = scene(3)
    six = {"tracks": np.full((6, 6, len(CYCLES)), NEVER), "warnings": np.full((6, 6, len(CYCLES)), NEVER)}
    for name, times in six.items():
        times[:4, 4] = times[:4, 5] = given[name][:, 0]
    found = associated(own, 6, **six, offset=given["offset"])
    np.testing.assert_array_equal(found.member[found.node == 4], found.member[found.node == 5])


def states(seed: int, count: int) -> np.ndarray:
    """States (count, 8, 7) with errors of hundreds of metres and metres a second, correlated."""
    rng, scale = generator(seed, "states"), np.array([300.0, 300.0, 300.0, 5.0, 5.0, 5.0])
    f = np.zeros((count, 8, 7))
    root = rng.standard_normal((count, 6, 6)) * scale[:, None]
    f[:, :6, :6] = root @ np.swapaxes(root, -1, -2) + 0.05 * np.diag(scale**2)
    f[:, MEAN, :6] = rng.standard_normal((count, 6)) * scale * rng.choice([1.0, 10.0, 1000.0], (count, 1))
    return f


def test_squared_distance_is_that_of_the_difference() -> None:
    f, both, work = states(1, 60), np.empty((6, 6)), np.empty((12, 9, 9))
    for row in range(0, 60, 2):
        off, spread = f[row, MEAN, :6] - f[row + 1, MEAN, :6], f[row, :6, :6] + f[row + 1, :6, :6]
        squared = squared_distance(f[row], f[row + 1], both, work)
        assert squared == pytest.approx(off @ np.linalg.solve(spread, off), rel=1e-9)
        assert lower_bound(f, row, row + 1) <= squared
    broken = -f[0]
    assert squared_distance(f[0], broken, both, work) == np.inf
    broken = f[1].copy()
    broken[MEAN, 2] = np.nan
    assert squared_distance(f[0], broken, both, work) == np.inf


def test_a_gate_that_is_no_probability_is_refused() -> None:
    with pytest.raises(SettingsError):
        associated(tracks_at({0: [0.0]}), 1, settings=replace(TrackerSettings(), gate=1.5))
