"""Several objects at several nodes: each is tracked as it would be alone."""

from dataclasses import replace

import numpy as np
import pytest

from trackfuse.core.rng import generator
from trackfuse.tracking import TrackerSettings, track
from trackfuse.tracking.tracks import ARRAYS

CYCLES = np.arange(50.0, 260.0, 5.0)


@pytest.fixture(scope="module")
def case(pair):
    """Two flights, detections of them, and when each of three nodes has these: late and with some lost, at once, and
    one sensor's alone.
    """
    seen, rng = pair({"west": 2.0, "ship": 3.0}, infrared_every=15.0), generator(7, "several")
    detections = seen.detections(rng, until=250.0)
    late = detections.t_s + rng.lognormal(0.7, 1.0, len(detections))
    late[rng.random(len(late)) < 0.2] = np.inf
    west = np.where(detections.sensor == 0, detections.t_s, np.inf)
    return seen.flights, detections, np.stack([late, detections.t_s + 0.5, west], axis=1)


@pytest.mark.parametrize("changed", [{}, {"filter": "ekf"}, {"late": "multi_step"}])
def test_known_objects_are_each_tracked_as_if_alone(case, changed):
    """To the bit, whatever is detected of the other one, or of none."""
    _, detections, received = case
    settings = TrackerSettings(association="known", **changed)
    confirmed = np.array([[60.0, 0.0, 90.0], [-np.inf, 100.0, np.inf]])
    truth = np.where(np.arange(len(detections)) % 25 == 24, -1, detections.truth)
    detections = replace(detections, truth=truth)
    both = track(detections, received, CYCLES, settings, confirmed)
    np.testing.assert_array_equal(both.tracks.node, [0, 0, 1, 1, 2, 2])
    assert (both.tracks.status == 1).any(axis=1).tolist() == [True, True, True, True, True, False]
    for number in range(2):
        mine = truth == number
        one = replace(detections.select(mine), truth=np.zeros(mine.sum(), dtype=int))
        alone = track(one, received[mine], CYCLES, settings, confirmed[[number]])
        for name in ARRAYS:
            found, expected = getattr(both.tracks, name)[number::2], getattr(alone.tracks, name)
            assert np.array_equal(found, expected, equal_nan=True), name
        rows = np.where(alone.assigned >= 0, 2 * np.arange(3) + number, -1)
        np.testing.assert_array_equal(both.assigned[mine], rows)
    assert (both.assigned[truth == -1] == -1).all()


@pytest.mark.parametrize("way", ["reprocess", "drop", "one_step", "multi_step"])
def test_associated_objects_are_kept_whatever_becomes_of_late_detections(case, way):
    """A track of each, of its own radar detections alone, held until the last cycle. A right claim would have an error
    squared beyond 36 once in 360,000.
    """
    flights, detections, received = case
    found = track(detections, received[:, :1], CYCLES, TrackerSettings(association="gnn", late=way))
    assert len(found.tracks.node) == 2
    radar = ~detections.is_infrared & np.isfinite(received[:, 0])
    objects = [np.unique(detections.truth[radar & (found.assigned[:, 0] == row)]).tolist() for row in range(2)]
    assert sorted(objects) == [[0], [1]]
    begun = (found.tracks.status == 1).argmax(axis=1)
    assert (CYCLES[begun] < 100.0).all()
    at = int(np.searchsorted(CYCLES, 250.0))
    for row, (number,) in enumerate(objects):
        assert (found.tracks.status[row, begun[row] :] == 1).all()
        error = found.tracks.mean[row, at] - flights[number].at(CYCLES[at])
        assert error @ np.linalg.solve(found.tracks.covariance[row, at], error) < 36.0
