"""Set distances against their published definitions worked by hand, and against Stone Soup's."""

import datetime

import numpy as np
import pytest
from stonesoup.metricgenerator.ospametric import GOSPAMetric, OSPAMetric
from stonesoup.types.state import State

from trackfuse.core.errors import SettingsError
from trackfuse.scoring.assignment import gospa, ospa, siap

TRUTH = np.array([[0.0, 0.0], [10.0, 0.0]])
CASES = [
    ([(1, 0)], 3, 3.605551, 3.5, 3.674235, (1, 12.5, 0)),
    ([(1, 0), (10, 2)], 1.5, 1.581139, 3, 2.236068, (5, 0, 0)),
    ([(1, 0), (10, 2), (100, 0)], 2.666667, 3.162278, 5.5, 4.183300, (5, 0, 12.5)),
    ([(1, 0), (100, 0)], 3, 3.605551, 6, 5.099020, (1, 12.5, 12.5)),
]


@pytest.mark.parametrize(("points", "ospa1", "ospa2", "gospa1", "gospa2", "parts"), CASES)
def test_two_objects(points, ospa1, ospa2, gospa1, gospa2, parts):
    """Cut-off 5. Rows one and four have the same OSPA: GOSPA tells a missed object from a missed and a false one."""
    estimate = np.array(points, dtype=float)
    assert ospa(TRUTH, estimate, cutoff=5.0, order=1.0) == pytest.approx(ospa1, abs=1e-6)
    assert ospa(TRUTH, estimate, cutoff=5.0, order=2.0) == pytest.approx(ospa2, abs=1e-6)
    assert gospa(TRUTH, estimate, cutoff=5.0, order=1.0).total == pytest.approx(gospa1, abs=1e-6)
    squared = gospa(TRUTH, estimate, cutoff=5.0)
    assert squared.total == pytest.approx(gospa2, abs=1e-6)
    assert (squared.localisation, squared.missed, squared.false) == pytest.approx(parts)


def test_stone_soup_agrees():
    """Random sets of up to six points."""
    rng, now = np.random.default_rng(1), datetime.datetime(2023, 12, 19)
    for _ in range(20):
        truth, estimate = rng.uniform(0, 20, (rng.integers(1, 7), 2)), rng.uniform(0, 20, (rng.integers(1, 7), 2))
        states = [[State(point.reshape(-1, 1), timestamp=now) for point in points] for points in (estimate, truth)]
        theirs = OSPAMetric(c=4.0, p=2).compute_OSPA_distance(*states)
        assert ospa(truth, estimate, cutoff=4.0, order=2.0) == pytest.approx(float(theirs.value), abs=1e-9)
        theirs, _ = GOSPAMetric(c=4.0, p=2).compute_gospa_metric(*states)
        ours = gospa(truth, estimate, cutoff=4.0)
        assert ours.total == pytest.approx(float(theirs.value["distance"]), abs=1e-9)
        assert ours.localisation == pytest.approx(float(theirs.value["localisation"]), abs=1e-9)


def test_empty_sets():
    nothing = np.zeros((0, 2))
    assert ospa(nothing, nothing, cutoff=5.0) == 0.0
    assert ospa(TRUTH, nothing, cutoff=5.0, order=2.0) == 5.0
    assert gospa(nothing, TRUTH, cutoff=2.0) == gospa(nothing, TRUTH + 1, cutoff=2.0)
    assert gospa(nothing, nothing, cutoff=2.0).total == 0.0
    assert gospa(TRUTH, nothing, cutoff=2.0).missed == 4.0


def test_distances_are_metric():
    """Symmetric and with the triangle inequality, on random sets."""
    rng = np.random.default_rng(2)
    for _ in range(50):
        a, b, c = (rng.uniform(0, 6, (rng.integers(0, 5), 2)) for _ in range(3))
        for distance in (lambda x, y: ospa(x, y, cutoff=3.0, order=2.0), lambda x, y: gospa(x, y, cutoff=3.0).total):
            assert distance(a, b) == pytest.approx(distance(b, a))
            assert distance(a, c) <= distance(a, b) + distance(b, c) + 1e-12


def test_rates_of_a_picture():
    """Two objects, ten steps; the first always tracked, by two tracks in four of them, the second in five; three
    spurious track-steps: 15/20, 19/15 and 3/22.
    """
    followed = np.zeros((10, 2), dtype=int)
    followed[:, 0] = 1
    followed[:4, 0] = 2
    followed[:5, 1] = 1
    tracks = followed.sum(axis=1)
    tracks[[2, 6, 7]] += 1
    rates = siap(np.full(10, 2), tracks, followed)
    assert rates.completeness == pytest.approx(0.75)
    assert rates.ambiguity == pytest.approx(19 / 15)
    assert rates.spuriousness == pytest.approx(3 / 22)
    assert np.isnan(siap(np.zeros(1, int), np.zeros(1, int), np.zeros((1, 2), int)).ambiguity)
    with pytest.raises(SettingsError):
        siap(np.ones(1, int), np.zeros(1, int), np.ones((1, 1), int))


def test_bad_settings_are_refused():
    for cutoff, order in ((0.0, 1.0), (-1.0, 2.0), (5.0, 0.5), (np.nan, 1.0)):
        with pytest.raises(SettingsError):
            ospa(TRUTH, TRUTH, cutoff=cutoff, order=order)
        with pytest.raises(SettingsError):
            gospa(TRUTH, TRUTH, cutoff=cutoff, order=order)
