"""Errors against hand-made truth and an independent geodesic."""

import numpy as np
import pymap3d.vincenty
import pytest
from scipy import stats

from trackfuse.scoring.accuracy import containment_radius_m, ground_distance_km, track_errors


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


@pytest.mark.parametrize("axes", [2, 3])
def test_radius_against_the_law_itself_where_it_is_closed(axes: int) -> None:
    """Equal variances give a chi-square law of that many axes; one variance alone gives the normal law."""
    round_m = containment_radius_m(np.array(axes * 25.0), np.array(axes * 625.0))
    assert round_m == pytest.approx(5.0 * np.sqrt(stats.chi2.ppf(0.9, axes)), rel=1e-4)
    assert containment_radius_m(np.array(25.0), np.array(625.0)) == pytest.approx(5.0 * stats.norm.ppf(0.95), rel=1e-4)


@pytest.mark.parametrize("ratio", [1.5, 3.0, 10.0])
def test_radius_of_an_ellipse_holds_nine_tenths(ratio: float) -> None:
    """The probability inside the circle, integrated over the angle (Rice 1945): within 1 % of 90."""
    a, b = ratio**2, 1.0
    radius = float(containment_radius_m(np.array(a + b), np.array(a**2 + b**2)))
    angle = np.linspace(0.0, 2.0 * np.pi, 20001)[:-1]
    along = np.cos(angle) ** 2 / a + np.sin(angle) ** 2 / b
    inside = np.mean((1.0 - np.exp(-0.5 * radius**2 * along)) / along) / np.sqrt(a * b)
    assert inside == pytest.approx(0.9, abs=0.01)
