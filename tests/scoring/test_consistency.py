"""Bands against the textbook's, tables against chi-square draws."""

import numpy as np
import pytest

from trackfuse.core.errors import SettingsError
from trackfuse.scoring.consistency import band, consistency_table, nees, nis


@pytest.mark.parametrize(
    ("dimension", "runs", "low", "high"),
    [
        (2, 50, 1.4844, 2.5912), (4, 50, 3.2546, 4.8212), (6, 50, 5.0782, 6.9975), (6, 100, 5.3402, 6.6977),
        (6, 200, 5.5294, 6.4895), (9, 100, 8.1876, 9.8503), (3, 100, 2.5391, 3.4987),
    ],
)
def test_bands(dimension, runs, low, high):
    """Chi-square quantiles; Bar-Shalom, Li & Kirubarajan (2001) print [1.5, 2.6] for two dimensions and 50 runs."""
    assert band(dimension, runs) == pytest.approx((low, high), abs=5e-5)


def test_normalised_squares_are_chi_square():
    """Mean 6 within four standard errors (6.3e-5 to fail falsely), whatever the units of the states; nan stays nan."""
    rng = np.random.default_rng(1)
    root = rng.standard_normal((6, 6)) * np.array([1e4] * 3 + [1.0] * 3)[:, None]
    covariance, error = root @ root.T, rng.standard_normal((20000, 6)) @ root.T
    squares = nees(error, np.broadcast_to(covariance, (20000, 6, 6)))
    assert abs(squares.mean() - 6.0) < 4 * np.sqrt(12 / 20000)
    np.testing.assert_allclose(squares, nis(error, np.broadcast_to(covariance, (20000, 6, 6))))
    error[3] = np.nan
    assert np.isnan(nees(error[:5], np.broadcast_to(covariance, (5, 6, 6)))).tolist() == [False] * 3 + [True, False]


def test_a_covariance_that_is_known_in_part_gives_nothing():
    """One entry is nan: nan, and the squares of the others as without it; of one number (4/2)^2 = 4."""
    covariance = np.tile(np.diag([4.0, 9.0]), (4, 1, 1))
    covariance[1, 0, 1] = covariance[1, 1, 0] = np.nan
    covariance[2, 0, 0] = np.nan
    squares = nees(np.array([[4.0, 0.0], [4.0, 0.0], [4.0, 0.0], [np.nan, 3.0]]), covariance)
    np.testing.assert_array_equal(squares, [4.0, np.nan, np.nan, np.nan])


def test_bias_adds_its_own_square():
    """E[NEES] = n + b' P^-1 b: a bias as large as the noise of one look, after 10 looks, gives 1 + 10.

    Standard error 0.046 (mean of non-central chi-square), so 0.2 fails falsely once in 6e4.
    """
    rng = np.random.default_rng(2)
    looks = 10
    error = 1e-3 + 1e-3 / np.sqrt(looks) * rng.standard_normal((20000, 1))
    assert nees(error, np.full((20000, 1, 1), 1e-6 / looks)).mean() == pytest.approx(1 + looks, abs=0.2)


def test_table_tells_overconfident_phases_from_honest_ones():
    rng = np.random.default_rng(3)
    squares = rng.chisquare(6, (100, 200))
    squares[:, 100:] *= 2.0
    squares[:60, :10] = np.nan
    t = np.arange(200.0)
    table = consistency_table(squares, t, {"honest": (9.0, 99.0), "bold": (99.0, 199.0), "never": (500.0, 600.0)})
    assert table.loc[0, ["low", "high"]].tolist() == pytest.approx(band(6, 100))
    assert table["instants"].tolist() == [90, 100, 0]
    # Binomial, 90 instants at 5 % each: more than 15 % outside once in 1e4.
    assert table.loc[0, "below"] + table.loc[0, "above"] < 0.15
    assert table.loc[1, "above"] == 1.0
    assert np.isnan(table.loc[2, "mean"])


def test_what_makes_no_band_is_refused():
    for dimension, runs, probability in ((0, 10, 0.95), (6, 0, 0.95), (6, 10, 1.0), (6, 10, 0.0)):
        with pytest.raises(SettingsError):
            band(dimension, runs, probability)
