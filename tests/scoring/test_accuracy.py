"""Errors against hand-made truth and an independent geodesic."""

import numpy as np
import pymap3d.vincenty
import pytest

from trackfuse.scoring.accuracy import best_of_nation, ground_distance_km, track_errors


def test_errors_of_a_known_offset() -> None:
    truth = np.zeros((2, 6))
    mean = np.zeros((1, 2, 6))
    mean[0, 0] = [3.0, 4.0, 0.0, 0.0, 0.0, 2.0]
    covariance = np.tile(np.diag([9.0, 16.0, 1.0, 1.0, 1.0, 4.0]), (1, 2, 1, 1))
    errors = track_errors(mean, covariance, np.array([[1, 0]]), truth)
    assert errors.position_m[0, 0] == 5.0 and errors.velocity_mps[0, 0] == 2.0
    assert errors.nees[0, 0] == pytest.approx(3.0, rel=1e-12)
    assert errors.position_sigma_m[0, 0] == pytest.approx(np.sqrt(26.0), rel=1e-12)
    assert np.isnan([errors.position_m[0, 1], errors.nees[0, 1], errors.position_sigma_m[0, 1]]).all()


def test_nees_equals_the_textbook_form_for_a_full_covariance() -> None:
    rng = np.random.default_rng(3)
    a = rng.normal(size=(6, 6)) * np.array([1e3, 1e3, 1e3, 1.0, 1.0, 1.0])[:, None]
    p = a @ a.T
    e = rng.normal(size=6)
    errors = track_errors(e[None, None], p[None, None], np.array([[1]]), np.zeros((1, 6)))
    assert errors.nees[0, 0] == pytest.approx(e @ np.linalg.solve(p, e), rel=1e-8)


@pytest.mark.parametrize("to", [(40.0, 141.0), (21.3, -157.9), (39.2, 125.7)])
def test_ground_distance_against_vincenty(to: tuple[float, float]) -> None:
    """Tolerance 0.35 %: the flattening of the Earth, which the mean sphere leaves out."""
    exact, _ = pymap3d.vincenty.vdist(38.0, 128.0, *to)
    assert ground_distance_km(np.array([38.0]), np.array([128.0]), *to)[0] == pytest.approx(
        float(exact) / 1e3, rel=3.5e-3
    )


def test_best_centre_is_chosen_by_its_own_claim() -> None:
    assert best_of_nation(np.array([np.nan, 30.0, 20.0])) == 2
    assert best_of_nation(np.array([np.nan])) is None
