"""Fused tracks: what was received by then, never more sure than right, and the same whoever is called what."""

from dataclasses import replace

import numpy as np
import pytest

from trackfuse.kernels.track_update import LOST_M
from trackfuse.scoring.consistency import nees
from trackfuse.tracking import (
    LocalTracks,
    TrackerSettings,
    Tracks,
    fuse,
    known_clusters,
    track,
)
from trackfuse.tracking.reference.rules import add_information, covariance_intersection

CYCLES = np.arange(5.0, 500.0, 5.0)
J = len(CYCLES)
NEVER = np.inf
SETTINGS = TrackerSettings()


def nodes_track(plots, z, received):
    return track(plots.detections(z), received, CYCLES, SETTINGS, np.zeros((1, received.shape[1])))


def reports(nodes, delay_s):
    """Arrivals (N, N, J) of reports that take `delay_s` to everybody else."""
    arrival = np.broadcast_to(CYCLES + delay_s, (nodes, nodes, J)).copy()
    arrival[np.arange(nodes), np.arange(nodes)] = NEVER
    return arrival


def fused(local, tracks_at=None, warnings_at=None, normal=None, *, rule="ci", systematic=None):
    """Of one object: row i is node i's."""
    nodes = len(local.tracks.node)
    nothing = np.full((nodes, nodes, J), NEVER)
    received = tuple(nothing if at is None else at for at in (tracks_at, warnings_at))
    normal = np.zeros((nodes, J, 6)) if normal is None else normal
    clusters = known_clusters(local.tracks, nodes)
    return fuse(local, clusters, received, CYCLES, normal, replace(SETTINGS, fusion=rule), systematic)


def changed(local, **arrays):
    """The same with other arrays of its tracks."""
    return replace(local, tracks=replace(local.tracks, **arrays))


@pytest.fixture(scope="module")
def plots(long_flight, seen):
    return seen(long_flight, {"west": 2.0, "east": 5.0, "ship": 3.0})


@pytest.fixture(scope="module")
def local(plots):
    """Three centres with a radar each, and one with nothing."""
    z = plots.noisy(np.random.default_rng(1))
    return nodes_track(plots, z, np.where(plots.sensor[:, None] == np.arange(4), plots.t[:, None] + 1.0, NEVER))


def same(a: Tracks, b: Tracks, nodes_a, nodes_b, cycles=slice(None)):
    for field in ("mean", "covariance", "status", "boosting", "last_plot_s"):
        one, two = getattr(a, field)[nodes_a][:, cycles], getattr(b, field)[nodes_b][:, cycles]
        assert np.array_equal(one, two, equal_nan=True), field


def test_an_own_track_alone_is_left_as_it_is(local):
    same(local.tracks, fused(local), range(4), range(4))
    failed = changed(local, status=np.where(local.tracks.status == 1, -1, 0).astype(np.int8))
    assert (fused(failed, reports(4, 5.0)).status == failed.tracks.status).all()


def test_two_tracks_are_fused_as_by_the_rule(local):
    """Against the optimised intersection: determinants within 0.1 % (the weight is found to 2 %), means within 3 % of
    sigma.
    """
    only = reports(4, 5.0)
    only[[0, 1, 3], 0] = NEVER
    now = fused(local, only)
    for j in range(40, J, 7):
        # The report of the cycle before, carried on by the node that has no track of its own.
        status = np.where(np.arange(4)[:, None] == 2, local.tracks.status, 0).astype(np.int8)
        alone = fused(changed(local, status=status), only)
        mean, covariance, _ = covariance_intersection(
            (local.tracks.mean[0, j], local.tracks.covariance[0, j]), (alone.mean[0, j], alone.covariance[0, j]),
            "determinant",
        )  # fmt: skip
        sign, size = np.linalg.slogdet(now.covariance[0, j])
        assert sign == 1
        assert size == pytest.approx(np.linalg.slogdet(covariance)[1], abs=1e-3)
        assert np.abs((now.mean[0, j] - mean) / np.sqrt(np.diag(covariance))).max() < 0.03
        assert np.array_equal(now.covariance[0, j], now.covariance[0, j].T)


def test_a_report_counts_from_its_reception_and_not_before(local):
    late = fused(local, reports(4, 12.0))
    for cycle in (30, 40, 60):
        sent = np.arange(J)[None, :] * 5.0 + 5.0 + 12.0 > CYCLES[cycle]
        spoilt = changed(local, mean=np.where(sent[..., None], local.tracks.mean + 1e5, local.tracks.mean))
        # Nodes with a track of their own read that too; the one without reads reports alone.
        other = fused(spoilt, reports(4, 12.0))
        same(late, other, [3], [3], slice(0, cycle + 1))
    nobody = fused(local, reports(4, 12.0))
    first = np.argmax(local.tracks.status[:3].max(axis=0) == 1)
    assert (nobody.status[3, : first + 2] == 0).all()
    assert nobody.status[3, first + 3] == 1


@pytest.mark.parametrize("rule", ["ci", "campo", "tracklet"])
def test_names_of_nodes_do_not_matter(local, rule):
    order = np.array([2, 0, 3, 1])
    assigned = np.where(local.assigned[:, order] >= 0, np.arange(4), -1)
    turned = LocalTracks(tracks=replace(local.tracks.select(order), node=np.arange(4)), assigned=assigned)
    normal = np.random.default_rng(3).standard_normal((4, J, 6))
    arrival, warned = reports(4, 7.0), reports(4, 2.0)
    one = fused(local, arrival, warned, normal, rule=rule)
    two = fused(turned, arrival[np.ix_(order, order)], warned[np.ix_(order, order)], normal[order], rule=rule)
    if rule == "ci":
        same(one, two, order, range(4))
    else:
        # A sum in another order is another sum in the last digits.
        np.testing.assert_allclose(one.mean[order], two.mean, rtol=1e-9, atol=1e-3)
        np.testing.assert_allclose(one.covariance[order], two.covariance, rtol=1e-6, atol=1e-3)


def test_a_track_is_read_rather_than_an_older_warning_and_a_warning_is_coarse(local):
    normal = np.random.default_rng(4).standard_normal((4, J, 6))
    both = fused(local, reports(4, 5.0), reports(4, 5.0), normal)
    same(both, fused(local, reports(4, 5.0)), range(4), range(4))
    warned = fused(local, None, reports(4, 5.0), normal)
    j = 60
    assert np.sqrt(np.linalg.eigvalsh(warned.covariance[3, j, :3, :3])[0]) > SETTINGS.warning_position_m
    assert np.linalg.norm(warned.mean[3, j] - both.mean[3, j]) > 1000.0


def test_a_report_of_a_burning_target_is_not_carried_far(local, long_flight):
    last = reports(4, 5.0)
    last[:, :, np.flatnonzero(long_flight.burnout_s - 20.0 < CYCLES)[0] :] = NEVER
    status = fused(local, last).status[3]
    assert status[(CYCLES > 125.0) & (CYCLES < 160.0)].all()
    assert (status[CYCLES > 165.0] == 0).all()


@pytest.mark.parametrize("rule", ["ci", "campo", "tracklet"])
def test_an_old_report_is_given_up_as_an_own_track_would_be(local, rule):
    """An item of 50 m/s a direction, alone in the fall, is off by 20 km after some three and a half minutes: told until
    then and no longer.
    """
    told = reports(4, 5.0)
    told[:, :, np.arange(J) != np.flatnonzero(CYCLES > 230.0)[0]] = NEVER
    told[1:] = NEVER
    alone = fused(local, None, told, rule=rule)
    there = alone.status[3] == 1
    assert CYCLES[there][0] == pytest.approx(240.0, abs=5.0) and CYCLES[there][-1] == pytest.approx(440.0, abs=20.0)
    assert np.sqrt(np.einsum("jii->j", alone.covariance[3, there, :3, :3]))[-1] == pytest.approx(LOST_M, rel=0.05)


def squares(long_flight, plots, received, runs, seed, *arrivals, rule="ci"):
    rng, out = np.random.default_rng(seed), []
    truth = long_flight.at(CYCLES)
    for _ in range(runs):
        local = nodes_track(plots, plots.noisy(rng), received)
        normal = rng.standard_normal((received.shape[1], J, 6))
        for arrival in arrivals:
            tracks = fused(local, *arrival, normal, rule=rule)
            out.append(nees(tracks.mean - truth, tracks.covariance))
    return np.array(out).reshape(runs, len(arrivals), received.shape[1], J)


@pytest.mark.parametrize("rule", ["ci", "ici", "campo", "tracklet"])
def test_intersection_is_never_more_sure_than_right(long_flight, plots, rule):
    """Mean normalised error squared at most 6 in free fall, where each own track is consistent, and in boost.

    By separate radars and by common plots, as tracks 10 s late and as warnings 2 s late. A mean of 60 runs of a
    consistent estimate (6 expected) exceeds 8.2 once in 1e5.
    """
    own = np.where(plots.sensor[:, None] == np.arange(4), plots.t[:, None] + 1.0, NEVER)
    runs = 60 if rule == "ci" else 40
    common = np.where(np.arange(4) < 3, plots.t[:, None] + 1.0, NEVER)
    settled = long_flight.burnout_s + 30.0 < CYCLES
    for received, seed in ((own, 5), (common, 6)):
        found = squares(long_flight, plots, received, runs, seed, (reports(4, 10.0), None), (None, reports(4, 2.0)),
                        rule=rule)
        mean = found.mean(axis=0)
        assert np.nanmax(mean[:, :3, settled]) < 8.2
        assert np.nanmax(mean[:, 3, settled]) < 8.2
        burning = (CYCLES > 120.0) & (long_flight.burnout_s >= CYCLES)
        assert np.nanmax(mean[..., burning]) < 8.2


def test_adding_instead_counts_twice(long_flight, plots):
    """Three centres with the same plots and so the same track: adding claims a third of the variance, NEES 18 for
    6.
    """
    received = np.repeat(plots.t[:, None] + 1.0, 3, axis=1)
    rng, j, truth = np.random.default_rng(7), 60, long_flight.at(CYCLES)
    added, cautious = [], []
    for _ in range(40):
        local = nodes_track(plots, plots.noisy(rng), received)
        track_j = (local.tracks.mean[0, j], local.tracks.covariance[0, j])
        mean, covariance = add_information(add_information(track_j, track_j), track_j)
        added.append(nees(mean - truth[j], covariance))
        now = fused(local, reports(3, 0.0))
        cautious.append(nees(now.mean[0, j] - truth[j], now.covariance[0, j]))
        np.testing.assert_allclose(now.covariance[0, j], track_j[1], rtol=1e-6, atol=1e-9 * track_j[1].max())
    assert np.mean(added) == pytest.approx(3 * np.mean(cautious), rel=1e-6)
    # Mean of 40 of a chi-square with 6 degrees of freedom, times 3: below 12 once in 1e4.
    assert np.mean(added) > 12.0


def test_naive_fusion_counts_common_plots_as_often_as_they_are_told(long_flight, plots):
    """Three centres with the same plots: a third of the variance, the same mean; intersected, nothing changes."""
    received = np.repeat(plots.t[:, None] + 1.0, 3, axis=1)
    local = nodes_track(plots, plots.noisy(np.random.default_rng(7)), received)
    there = local.tracks.status[0] == 1
    own = local.tracks.covariance[:, there]
    naive = fused(local, reports(3, 0.0), rule="naive")
    np.testing.assert_allclose(3.0 * naive.covariance[:, there], own, rtol=1e-5, atol=1e-3)
    for rule in ("ici", "campo", "split_ci", "tracklet"):
        kept = fused(local, reports(3, 0.0), rule=rule)
        np.testing.assert_allclose(kept.mean[:, there], local.tracks.mean[:, there], rtol=1e-9, err_msg=rule)
        scale = np.sqrt(np.einsum("...i,...j->...ij", *2 * [np.einsum("...ii->...i", own)]))
        np.testing.assert_allclose(kept.covariance[:, there] / scale, own / scale, atol=1e-4, err_msg=rule)


def test_tracklets_come_close_to_fusing_every_detection(long_flight, plots):
    """In free fall, where process noise is next to nothing: claims 7 % larger on average, errors apart by two
    fifths of a deviation at most.

    Reports at once, a radar a centre, against a centre that has all plots. Campo's rule does as well; intersection
    claims more than 1.5 times as much, inverse intersection lies between.
    """
    rng = np.random.default_rng(8)
    own = np.where(plots.sensor[:, None] == np.arange(3), plots.t[:, None] + 1.0, NEVER)
    z = plots.noisy(rng)
    local = nodes_track(plots, z, own)
    everything = nodes_track(plots, z, plots.t[:, None] + 1.0)
    falling = (long_flight.burnout_s + 120.0 < CYCLES) & (CYCLES < 480.0)
    best = np.sqrt(np.einsum("jii->ji", everything.tracks.covariance[0, falling]))
    claim = {}
    for rule in ("tracklet", "campo", "ici", "ci"):
        now = fused(local, reports(3, 0.0), rule=rule)
        claim[rule] = np.sqrt(np.einsum("njii->nji", now.covariance[:, falling])) / best
        if rule == "tracklet":
            off = (now.mean[:, falling] - everything.tracks.mean[0, falling]) / best
            assert np.sqrt(np.mean(off**2)) < 0.4
    for rule in ("tracklet", "campo"):
        assert claim[rule].min() > 0.95
        assert claim[rule][..., :3].max() < 1.12
        assert claim[rule].mean() < 1.07
    assert claim["tracklet"].mean() < claim["ici"].mean() < claim["ci"].mean()
    assert claim["ci"].mean() > 1.5


def test_split_intersection_takes_what_may_be_common_for_common(local):
    """No dependent part: adding. All dependent: intersection. Half: between the two in determinant."""
    j = 60
    arrival = reports(4, 0.0)

    def size(rule, part=None):
        now = fused(local, arrival, rule=rule, systematic=None if part is None else part * local.tracks.covariance)
        return np.linalg.slogdet(now.covariance[0, j])[1]

    assert size("split_ci") == pytest.approx(size("naive"), abs=1e-6)
    assert size("split_ci", 1.0) == pytest.approx(size("ci"), abs=0.02)
    assert size("naive") + 0.1 < size("split_ci", 0.5) < size("ci") - 0.1


def test_a_report_is_not_carried_across_a_burn_that_its_receiver_saw(local):
    """Of a coast between two stages, later than the mean time to burn-out: node 1 saw the engine start again since,
    lost its track, and has none; node 2 saw nothing and believes the report.
    """
    k, j = np.searchsorted(CYCLES, [200.0, 300.0])
    status, boosting = local.tracks.status.copy(), np.zeros_like(local.tracks.boosting)
    status[1:, :] = 0
    status[1, k - 2 : k + 3], boosting[1, k + 2] = 1, 0.9
    told = np.full((4, 4, J), NEVER)
    told[0, 1:3, k] = CYCLES[k] + 90.0
    now = fused(changed(local, status=status, boosting=boosting), told)
    assert now.status[1, j] == 0
    assert now.status[2, j] == 1
