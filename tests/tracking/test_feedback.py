"""Memory and feedback: nothing is counted twice, against filters that have every measurement.

The oracles are information filters in numpy. The pipeline's own functions are driven in a world that stands still: all
cycles lie within a nanosecond, in which nothing is predicted, so that tracks and fusion are linear and without process
noise to the last digits.
"""

from dataclasses import replace

import numpy as np
import pytest

from trackfuse.core.errors import SettingsError
from trackfuse.scoring.consistency import nees
from trackfuse.tracking import (
    Hub,
    LocalTracks,
    TrackerSettings,
    empty_tracks,
    fuse,
    fuse_around_hub,
    known_clusters,
)
from trackfuse.tracking.reference.tracklet import add_tracklets, tracklet

J = 40
CYCLES = 1e-11 * np.arange(J)
NEVER = np.inf
TRUTH = np.array([-3.1e6, 3.7e6, 4.6e6, 900.0, -1200.0, 2500.0])
SCALE = np.array([200.0, 300.0, 250.0, 3.0, 2.0, 4.0])
EVERY, LATE = "every report at once", "reports late, out of order, lost"


def measured(rng, nodes):
    """Information matrices (N, J, 6, 6) and vectors about the truth (N, J, 6) of what each node measures at a cycle:
    all six states at the first, two combinations of them later.
    """
    rows = rng.standard_normal((nodes, J, 6, 6)) / SCALE
    rows[:, 1:, 2:] = 0.0
    noise = rng.standard_normal((nodes, J, 6))
    return np.einsum("njki,njkl->njil", rows, rows), np.einsum("njki,njk->nji", rows, noise)


def estimate(matrix, vector):
    covariance = np.linalg.inv(matrix)
    return TRUTH + covariance @ vector, 0.5 * (covariance + covariance.T)


def own_tracks(matrix, vector, has):
    """Tracks of information filters, of the nodes that have sensors."""
    tracks = empty_tracks(np.arange(len(has)), J)
    for n in np.flatnonzero(has):
        for j in range(J):
            tracks.mean[n, j], tracks.covariance[n, j] = estimate(matrix[n, : j + 1].sum(0), vector[n, : j + 1].sum(0))
    tracks.status[has], tracks.boosting[has], tracks.last_plot_s[has] = 1, 0.0, CYCLES
    # Each node has a detection of its own, which is all that tells who has common ones.
    return LocalTracks(tracks=tracks, assigned=np.where(np.eye(len(has), dtype=bool), np.arange(len(has)), -1))


def arrivals(rng, nodes, case):
    """When reports and the hub's estimates come, (N, N, J) and (N, J)."""
    shape = (nodes, nodes, J)
    late = np.zeros(shape) if case == EVERY else 1e-11 * rng.integers(0, 6, shape)
    lost = np.zeros(shape, dtype=bool) if case == EVERY else rng.random(shape) < 0.4
    received = np.where(lost, NEVER, CYCLES + late)
    received[np.arange(nodes), np.arange(nodes)] = NEVER
    return received


def fused_by(local, received, hub, permitted=None, systematic=None, **settings):
    nodes = len(local.tracks.node)
    settings = TrackerSettings(hub="hub", **settings)
    permitted = np.ones((nodes, nodes), dtype=bool) if permitted is None else permitted
    of = Hub(node=hub, permitted=permitted, received_s=received[hub])
    given = local, known_clusters(local.tracks, nodes), (received, np.full_like(received, NEVER)), CYCLES
    return fuse_around_hub(*given, np.zeros((nodes, J, 6)), settings, systematic, of)


def newest(received, j):
    """Cycle of the newest report received by cycle j; -1 without one."""
    there = np.flatnonzero(received <= CYCLES[j])
    return there[-1] if len(there) else -1


def check(fused, node, j, matrix, vector):
    mean, covariance = estimate(matrix, vector)
    sigma = np.sqrt(np.diag(covariance))
    assert np.abs((fused.mean[node, j] - mean) / sigma).max() < 1e-8
    assert np.abs((fused.covariance[node, j] - covariance) / np.outer(sigma, sigma)).max() < 1e-8


@pytest.mark.parametrize("hub_sees", [False, True])
@pytest.mark.parametrize("case", [EVERY, LATE])
def test_a_restarted_track_and_the_hubs_are_those_of_filters_with_all_that_came(case, hub_sees):
    """Tracklets, full feedback, two sensors and a hub: to 1e-8 the filter of every measurement whose information has
    come by then, each once: what the hub had when it sent, and all that the centre has measured itself.
    """
    rng, hub = np.random.default_rng(21), 2
    matrix, vector = measured(rng, 3)
    local, received = own_tracks(matrix, vector, np.array([True, True, hub_sees])), arrivals(rng, 3, case)
    fused = fused_by(local, received, hub, fusion="tracklet", feedback="full")
    total, about = np.cumsum(matrix, axis=1), np.cumsum(vector, axis=1)
    matrix[hub] *= hub_sees
    vector[hub] *= hub_sees
    checked = 0
    for j in range(J):
        had = [newest(received[d, hub], j) for d in range(2)] + [j if hub_sees else -1]
        if max(had) >= 0:
            know = [(matrix[d, : n + 1].sum(0), vector[d, : n + 1].sum(0)) for d, n in enumerate(had)]
            check(fused, hub, j, sum(m for m, _ in know), sum(v for _, v in know))
        for d in range(2):
            k = newest(received[hub, d], j)
            had = [newest(received[e, hub], k) if k >= 0 else -1 for e in range(2)] + [k if hub_sees else -1]
            had[d] = j
            know = [(matrix[e, : n + 1].sum(0), vector[e, : n + 1].sum(0)) for e, n in enumerate(had)]
            check(fused, d, j, sum(m for m, _ in know), sum(v for _, v in know))
            checked += had[1 - d] >= 0
            if case == EVERY:
                check(fused, d, j, total[: 2 + hub_sees, j].sum(0), about[: 2 + hub_sees, j].sum(0))
    assert checked > J


def test_partial_feedback_intersects_what_the_hub_sends_with_the_own_track():
    """The hub's estimate is that of all measurements; what the centre holds adds nothing to it, and claims no more."""
    rng = np.random.default_rng(22)
    matrix, vector = measured(rng, 3)
    local = own_tracks(matrix, vector, np.array([True, True, False]))
    fused = fused_by(local, arrivals(rng, 3, EVERY), 2, fusion="tracklet", feedback="partial")
    for j in range(J):
        check(fused, 2, j, matrix[:2, : j + 1].sum((0, 1)), vector[:2, : j + 1].sum((0, 1)))
        for d in range(2):
            check(fused, d, j, matrix[:2, : j + 1].sum((0, 1)), vector[:2, : j + 1].sum((0, 1)))
    late = fused_by(local, arrivals(rng, 3, LATE), 2, fusion="tracklet", feedback="partial")
    full = fused_by(local, arrivals(rng, 3, LATE), 2, fusion="tracklet", feedback="full")
    size = [np.linalg.slogdet(each.covariance[:2, -20:])[1].mean() for each in (late, full)]
    assert size[0] > size[1] + 0.1


@pytest.mark.parametrize("settings", [
    {"fusion": "ci", "memory": memory, "feedback": feedback}
    for memory in ("with", "without") for feedback in ("none", "partial", "full")
] + [{"fusion": "tracklet", "feedback": feedback} for feedback in ("none", "partial", "full")])  # fmt: skip
@pytest.mark.parametrize("what", ["common detections", "errors of registration"])
def test_what_is_common_stays_counted_once(settings, what):
    """Two centres whose tracks are the same, for they have the same detections or are wrong by their registration
    alone: after 40 cycles of reports and feedback they claim what each claimed by itself.
    """
    rng = np.random.default_rng(23)
    matrix, vector = measured(rng, 3)
    matrix[1], vector[1] = matrix[0], vector[0]
    local, systematic = own_tracks(matrix, vector, np.array([True, True, False])), None
    if what == "common detections":
        local = replace(local, assigned=np.array([[0, 1, -1]]))
    else:
        systematic = local.tracks.covariance.copy()
    received = arrivals(rng, 3, LATE)
    if settings["feedback"] == "none":
        given = local, known_clusters(local.tracks, 3), (received, np.full_like(received, NEVER)), CYCLES
        fused = fuse(*given, np.zeros((3, J, 6)), TrackerSettings(**settings), systematic)
    else:
        fused = fused_by(local, received, 2, systematic=systematic, **settings)
    scale = np.sqrt(np.einsum("njii->nji", local.tracks.covariance[:2]))
    part = (fused.covariance[:2] - local.tracks.covariance[:2]) / scale[..., :, None] / scale[..., None, :]
    assert np.abs(part).max() < 1e-6
    last = np.linalg.slogdet(fused.covariance[2, -1])[1] - np.linalg.slogdet(local.tracks.covariance[0, -1])[1]
    assert last > -1e-6


@pytest.mark.parametrize("feedback", ["partial", "full"])
@pytest.mark.parametrize(("fusion", "memory"), [("ci", "without"), ("ci", "with"), ("tracklet", "auto")])
def test_biases_are_never_fresh(fusion, memory, feedback):
    """Two centres of 40 reports each, whose biases are larger than their noise and half of which is common to both:
    mean NEES of 60 runs. A right claim of 6 degrees of freedom exceeds 8.2 once in 1e5. Were what each report adds
    taken for fresh, the claim would fall as the noise's does; that such a claim is found out is checked with it.
    """
    rng, runs, found, wrong = np.random.default_rng(24), 60, [], []
    bias, half = np.diag(SCALE**2 / 10.0), np.sqrt(0.5)
    for _ in range(runs):
        matrix, vector = measured(rng, 3)
        noise = own_tracks(matrix, vector, np.array([True, True, False]))
        common, each = rng.standard_normal(6), rng.standard_normal((2, 6))
        off = half * (common + each) @ np.sqrt(bias)
        tracks = replace(noise.tracks, mean=noise.tracks.mean.copy(), covariance=noise.tracks.covariance + bias)
        tracks.mean[:2] += off[:, None]
        local, received = replace(noise, tracks=tracks), arrivals(rng, 3, LATE)
        part = np.broadcast_to(bias, tracks.covariance.shape).copy()
        asked = {"fusion": fusion, "memory": memory, "feedback": feedback}
        for systematic, into in ((part, found), (None, wrong)):
            fused = fused_by(local, received, 2, systematic=systematic, **asked)
            into.append(nees(fused.mean[:, -1] - TRUTH, fused.covariance[:, -1]))
    assert np.mean(found, axis=0).max() < 8.2
    if fusion == "tracklet":
        assert np.mean(wrong, axis=0).max() > 8.2


@pytest.mark.parametrize("settings", [{"fusion": "tracklet"}, {"fusion": "ci"}, {"fusion": "ci", "memory": "with"}])
@pytest.mark.parametrize("feedback", ["partial", "full"])
def test_nobody_is_told_of_a_track_that_may_not_reach_him(settings, feedback):
    """Node 0 may not receive node 2's track, by the hub or by what node 1 restarts from: the same bits whatever
    that track is. The hub and node 1 may.
    """
    rng = np.random.default_rng(25)
    matrix, vector = measured(rng, 4)
    matrix[2], vector[2] = 25.0 * matrix[2], 5.0 * vector[2]
    local, received = own_tracks(matrix, vector, np.array([True, True, True, False])), arrivals(rng, 4, LATE)
    permitted = np.ones((4, 4), dtype=bool)
    permitted[2, 0] = False
    moved = local.tracks.mean.copy()
    moved[2] += SCALE
    other = replace(local, tracks=replace(local.tracks, mean=moved))
    one, two = (fused_by(each, received, 3, permitted, feedback=feedback, **settings) for each in (local, other))
    assert np.array_equal(one.mean[0], two.mean[0]) and np.array_equal(one.covariance[0], two.covariance[0])
    for node in (1, 3):
        assert np.abs((one.mean[node] - two.mean[node]) / SCALE).max() > 0.1


@pytest.mark.parametrize("memory", ["with", "without"])
def test_memory_keeps_what_an_older_report_told(memory):
    """A report of the west is followed by worse ones of the same node: with memory what it said is still there, who has
    none forgets it. The west's own track has common process noise with nothing: claims may be compared.
    """
    rng = np.random.default_rng(26)
    matrix, vector = measured(rng, 2)
    local = own_tracks(matrix, vector, np.array([True, False]))
    worse = local.tracks.covariance.copy()
    worse[0, 21:] *= 9.0
    local = replace(local, tracks=replace(local.tracks, covariance=worse))
    received = arrivals(rng, 2, EVERY)
    given = local, known_clusters(local.tracks, 2), (received, np.full_like(received, NEVER)), CYCLES
    fused = fuse(*given, np.zeros((2, J, 6)), TrackerSettings(fusion="ci", memory=memory))
    size = np.linalg.slogdet(fused.covariance[1])[1]
    if memory == "with":
        assert size[21] == pytest.approx(size[20], abs=1e-6)
    else:
        assert size[21] > size[20] + 6.0


H, STEP = np.array([[1.0, 0.0]]), np.array([[1.0, 1.0], [0.0, 1.0]])


def around_a_hub(q, interval, samples, seed, restarting):
    """Two sensors of position, a hub that receives every `interval` samples and answers at once. Estimates (samples, 2
    nodes, mean and covariance) of the centres: of filters that do restart from what the hub sends (`restarting`), or by
    the pipeline's form, the hub's estimate and the tracklet of a filter that never restarts; and the centralised.
    """
    rng, noise = np.random.default_rng(seed), q * np.array([[1 / 3, 1 / 2], [1 / 2, 1.0]])
    move = lambda x: (STEP @ x[0], STEP @ x[1] @ STEP.T + noise)  # noqa: E731

    def seen(x, z):
        gain = x[1] @ H.T / (H @ x[1] @ H.T + 1.0)
        return x[0] + gain @ (z - H @ x[0]), x[1] - gain @ H @ x[1]

    start = np.zeros(2), 100.0 * np.eye(2)
    state, central, hub, sent = 10.0 * rng.standard_normal(2), start, start, start
    own, reported, held, out = [start, start], [start, start], [start, start], []
    for k in range(1, samples + 1):
        state = STEP @ state + (np.linalg.cholesky(noise) @ rng.standard_normal(2) if q else 0.0)
        z = state[0] + rng.standard_normal((2, 1))
        central = seen(seen(move(central), z[0]), z[1])
        own, held = ([seen(move(x), each) for x, each in zip(group, z, strict=True)] for group in (own, held))
        reported, hub, sent = [move(x) for x in reported], move(hub), move(sent)
        if k % interval == 0:
            now, before = (held, [sent, sent]) if restarting else (own, reported)
            hub = add_tracklets(hub, [tracklet(a, b) for a, b in zip(now, before, strict=True)])
            sent, reported, held = hub, list(own), [hub, hub]
        new = [tracklet(now, before) for now, before in zip(own, reported, strict=True)]
        out.append((held if restarting else [add_tracklets(sent, [each]) for each in new], hub, central))
    return out


@pytest.mark.parametrize(("q", "interval"), [(0.0, 1), (0.0, 5), (0.1, 1), (10.0, 1)])
def test_a_track_restarted_by_its_tracklet_is_that_of_a_filter_that_restarts(q, interval):
    """Without process noise at any interval, and with it where every measurement is reported at once; and the hub is
    then the centralised filter (Chong, Mori, Barker & Chang 1986), to 1e-8.
    """
    true, ours = (around_a_hub(q, interval, 40, 27, restarting) for restarting in (True, False))
    for k, ((real, hub, central), (form, same, _)) in enumerate(zip(true, ours, strict=True), start=1):
        for one, two in [*zip(real, form, strict=True), (hub, same)] + ([(hub, central)] if k % interval == 0 else []):
            np.testing.assert_allclose(one[0], two[0], rtol=1e-8, atol=1e-8)
            np.testing.assert_allclose(one[1], two[1], rtol=1e-8, atol=1e-8)


def test_with_process_noise_between_reports_the_form_is_an_approximation():
    """Process noise of 0.1 in the interval of 5: variances apart by a few per cent between a filter that restarts and
    the form; the hub claims less than the centralised filter, but not by 12 %, for tracklets share process noise.
    """
    true, ours = (around_a_hub(0.1, 5, 100, 28, restarting)[-1] for restarting in (True, False))
    apart = ours[0][0][1][0, 0] / true[0][0][1][0, 0]
    assert 1e-4 < abs(apart - 1.0) < 0.05
    for hub, central in (true[1:], ours[1:]):
        assert 0.88 < hub[1][0, 0] / central[1][0, 0] < 1.0


@pytest.mark.parametrize(("wrong", "says"), [
    ({"feedback": "ful"}, "no feedback 'ful'; did you mean 'full'"),
    ({"memory": "wit"}, "no memory 'wit'; did you mean 'with'"),
    ({"memory": "with", "fusion": "ici"}, "fusion 'ici' is without memory alone"),
    ({"memory": "without", "fusion": "tracklet"}, "'tracklet' is with memory alone; 'split_ci' adds"),
    ({"feedback": "partial", "fusion": "naive", "hub": "H"}, "'partial' is for fusion 'ci' and 'tracklet'; 'naive'"),
])  # fmt: skip
def test_what_cannot_be_is_refused(wrong, says):
    with pytest.raises(SettingsError, match=says):
        TrackerSettings(**wrong)
