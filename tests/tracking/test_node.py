"""The node's loop in Python, which runs any filter, against the compiled one."""

from dataclasses import replace

import numpy as np
import pytest

from trackfuse.core.errors import SettingsError
from trackfuse.tracking import TrackerSettings, track

CYCLES = np.arange(10.0, 240.0, 10.0)


def agree(ours, theirs):
    """Whose detections are whose, and what is claimed of it: as `test_engines` has it of one track."""
    np.testing.assert_array_equal(ours.assigned, theirs.assigned)
    ours, theirs = ours.tracks, theirs.tracks
    np.testing.assert_array_equal(ours.node, theirs.node)
    np.testing.assert_array_equal(ours.status, theirs.status)
    np.testing.assert_array_equal(ours.last_plot_s, theirs.last_plot_s)
    np.testing.assert_allclose(ours.boosting, theirs.boosting, atol=1e-7)
    there = ours.status == 1
    np.testing.assert_allclose(ours.mean[there], theirs.mean[there], rtol=1e-8)
    spread = np.sqrt(np.einsum("kii->ki", theirs.covariance[there]))
    wrong = (ours.covariance - theirs.covariance)[there] / (spread[:, :, None] * spread[:, None])
    assert np.abs(wrong).max() < 1e-7


def late(detections, rng):
    """When a node has each: a second or two after its measurement, some far later, so out of order."""
    return detections.t_s[:, None] + rng.lognormal(0.5, 1.0, (len(detections), 1))


@pytest.fixture(scope="module")
def two(pair):
    """Two flights far apart, by radars and an infrared sensor, and when a node has what is measured of them."""
    seen, rng = pair({"west": 4.0, "ship": 5.0}, infrared_every=15.0), np.random.default_rng(4)
    detections = seen.detections(rng, until=200.0)
    received = late(detections, rng)
    assert (np.diff(received[:, 0]) < 0.0).sum() > 30
    return seen.flights, detections, received


@pytest.mark.parametrize("association", ["known", "gnn"])
def test_of_one_object(short_flight, seen, association):
    """Start, boost, burn-out, coast, late detections; with false alarms that start nothing."""
    plots, rng = seen(short_flight, {"west": 4.0, "ship": 5.0}), np.random.default_rng(6)
    detections = plots.detections(plots.noisy(rng)).select(plots.t < 220.0)
    stray = np.arange(20, len(detections), 12)
    z = detections.z.copy()
    z[stray, 1] += rng.uniform(0.3, 1.0, len(stray))
    detections = replace(detections, z=z, truth=np.where(np.isin(np.arange(len(z)), stray), -1, 0))
    received, settings = late(detections, rng), TrackerSettings(association=association)
    ours, theirs = (track(detections, received, CYCLES, replace(settings, engine=engine))
                    for engine in ("compiled", "filterpy"))
    assert len(ours.tracks.node) == 1
    assert (ours.tracks.status == 1).sum() > 10
    assert (ours.assigned[stray] == -1).all()
    agree(ours, theirs)


@pytest.mark.parametrize("association", ["known", "gnn"])
def test_of_two_objects(two, association):
    _, detections, received = two
    settings = TrackerSettings(association=association)
    ours, theirs = (track(detections, received, CYCLES, replace(settings, engine=engine))
                    for engine in ("compiled", "filterpy"))
    assert len(ours.tracks.node) == 2
    assert ((ours.tracks.status == 1).sum(axis=1) > 8).all()
    agree(ours, theirs)


@pytest.mark.parametrize("kind", ["ekf", "ukf"])
def test_a_single_filter_finds_both_objects(two, kind):
    """Each track of one object alone, and off the truth at the end as it claims: a right claim would have an error
    squared beyond 36 once in 360,000.
    """
    flights, detections, received = two
    found = track(detections, received, CYCLES, TrackerSettings(association="gnn", filter=kind))
    assert len(found.tracks.node) == 2
    radar = ~detections.is_infrared
    objects = [set(detections.truth[radar & (found.assigned[:, 0] == row)].tolist()) for row in range(2)]
    assert sorted(objects, key=min) == [{0}, {1}]
    j = np.searchsorted(CYCLES, 200.0)
    for row, (number,) in enumerate(objects):
        assert found.tracks.status[row, j] == 1
        error = found.tracks.mean[row, j] - flights[number].at(CYCLES[j])
        assert error @ np.linalg.solve(found.tracks.covariance[row, j], error) < 36.0


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"filter": "ekf"}, "'jpda' is for filter 'imm'.*not 'ekf'"),
        ({"filter": "ukf"}, "'jpda' is for filter 'imm'.*not 'ukf'"),
        ({"engine": "filterpy"}, "'jpda' is for filter 'imm'.*'filterpy'"),
        *(({"late": way}, f"late: '{way}'.*'jpda'") for way in ("drop", "one_step", "multi_step")),
    ],
)
def test_joint_probabilities_are_refused_where_they_cannot_be(two, settings, said):
    _, detections, received = two
    with pytest.raises(SettingsError, match=said):
        track(detections, received, CYCLES, TrackerSettings(association="jpda", **settings))
