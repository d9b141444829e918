"""Scores of probabilities against closed forms, enumeration and an independent library."""

from itertools import product

import numpy as np
import pytest
from scipy.stats import binom

from trackfuse.scoring import at_least_probability, brier_score, calibration, log_score
from trackfuse.scoring.probability import LEAST

SAID = np.array([0.9, 0.2, 0.5, 1.0, 0.0, 0.7])
HAPPENED = np.array([True, False, True, True, True, False])


def test_scores_by_hand() -> None:
    assert brier_score(SAID, HAPPENED) == pytest.approx((0.01 + 0.04 + 0.25 + 0.0 + 1.0 + 0.49) / 6.0)
    chances = [0.9, 0.8, 0.5, 1.0 - LEAST, LEAST, 0.3]
    assert log_score(SAID, HAPPENED) == pytest.approx(-np.mean(np.log(chances)))


def test_scores_of_a_library() -> None:
    library = pytest.importorskip("scoringrules")
    assert brier_score(SAID, HAPPENED) == pytest.approx(np.mean(library.brier_score(HAPPENED.astype(float), SAID)))


def test_no_answer_has_no_score() -> None:
    assert np.isnan(brier_score(np.empty(0), np.empty(0, dtype=bool)))
    assert np.isnan(log_score(np.empty(0), np.empty(0, dtype=bool)))


def test_calibration_keeps_every_answer() -> None:
    bins = calibration(SAID, HAPPENED, bins=2)
    assert bins.count.tolist() == [2, 4]
    assert bins.said == pytest.approx([0.1, (0.9 + 0.5 + 1.0 + 0.7) / 4.0])
    assert bins.happened == pytest.approx([0.5, 0.75])


@pytest.mark.parametrize("least", [0, 1, 2, 5, 10])
def test_at_least_of_equal_chances_is_binomial(least: int) -> None:
    assert at_least_probability(np.full(10, 0.3), least) == pytest.approx(binom.sf(least - 1, 10, 0.3))


def test_at_least_by_enumeration() -> None:
    chances = np.array([0.1, 0.8, 0.35, 0.6])
    for least in range(5):
        ways = [
            np.prod(np.where(way, chances, 1.0 - chances))
            for way in map(np.array, product([False, True], repeat=4))
            if way.sum() >= least
        ]
        assert at_least_probability(chances, least) == pytest.approx(sum(ways))
