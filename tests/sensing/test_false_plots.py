"""False plots: their number and places against the stated distributions, and streams of their own."""

import math

import numpy as np
import pytest
from scipy import stats

from trackfuse.core.errors import ScenarioError, SettingsError
from trackfuse.sensing import Radar, draw, false_plots, false_plots_per_look, first_look_s, searched_cells
from trackfuse.sensing.detections import NOTHING
from trackfuse.sensing.false_plots import FASTEST_MPS

from .conftest import Arc, infrared, radar
from .test_ships import ship

NOISY = {"false_plot_cap": 50.0, "range_rate_cell_mps": 1.0, "boresight_deg": 10.0}
FIVE_SIGMA = 5.7e-7


def test_cells_of_a_hand_worked_case() -> None:
    """All round, -0 to 30 degrees, 1 degree beams: 2 pi sin 30 / (pi / 180)^2 = 10,313.24 beams; 1,000 km of 150 m."""
    sensor = radar(sector_deg=360.0, elevation_min_deg=0.0, elevation_max_deg=30.0, range_km=1000.0, alt_m=0.0)
    beams = 2.0 * math.pi * 0.5 / math.radians(1.0) ** 2
    assert beams == pytest.approx(10_313.24, abs=0.01)
    assert searched_cells(sensor) == pytest.approx(beams * 1e6 / 149.896229, rel=1e-9)


def test_mean_number_is_pfa_times_cells_up_to_the_cap() -> None:
    quiet = radar(pfa=1e-10, false_plot_cap=1.0)
    assert false_plots_per_look(quiet) == pytest.approx(1e-10 * searched_cells(quiet), rel=1e-12)
    assert false_plots_per_look(quiet) < 1.0
    assert false_plots_per_look(radar(pfa=1e-4, false_plot_cap=0.3)) == 0.3
    assert false_plots_per_look(radar(false_plot_cap=0.0)) == 0.0


def test_number_of_plots_is_poisson() -> None:
    """Sums over 100 runs and variance over mean of counts per look: five standard deviations, 1.2e-6 in all."""
    sensor = radar(pfa=1e-9, false_plot_cap=50.0, revisit_s=1.0)
    mean, counts = false_plots_per_look(sensor), []
    for run in range(100):
        found = false_plots((sensor,), 200.0, seed=31, run=run)
        number = np.rint((found.t_s - first_look_s(sensor)) / sensor.revisit_s).astype(int)
        counts.append(np.bincount(number, minlength=200))
    counts = np.array(counts)
    n = counts.size
    assert abs(counts.sum() - n * mean) < 5.0 * math.sqrt(n * mean)
    # Fisher's index of dispersion is chi-square with n - 1 degrees of freedom.
    assert stats.chi2.cdf(counts.var() * n / counts.mean(), n - 1) == pytest.approx(0.5, abs=0.5 - FIVE_SIGMA / 2.0)


def test_places_are_uniform_in_what_is_searched() -> None:
    """Kolmogorov and Smirnov for range, azimuth, sine of elevation, range rate and noise above the threshold: 1e-6
    each; and no correlation of any two beyond five standard deviations (10 pairs, 6e-6)."""
    sensor = radar(pfa=1e-4, **NOISY)
    found = false_plots((sensor,), 400.0, seed=37, run=0)
    azimuth = (found.z[:, 1] - math.radians(10.0) + math.pi) % (2.0 * math.pi) - math.pi
    half, cell = math.radians(60.0), 149.896229
    low, high = math.sin(math.radians(1.0)), math.sin(math.radians(75.0))
    promised = np.hypot(cell / np.sqrt(2.0 * (-math.log(1e-4) - 1.0)), 15.0)
    assert np.all(found.sigma[:, 0] <= promised * (1.0 + 1e-9))
    snr = 0.5 * cell**2 / (found.sigma[:, 0] ** 2 - 15.0**2)
    uniform = np.array([
        (found.z[:, 0] - cell) / (1200e3 - cell), 0.5 + 0.5 * azimuth / half,
        (np.sin(found.z[:, 2]) - low) / (high - low),
        0.5 + 0.5 * found.z[:, 3] / FASTEST_MPS, np.exp(-(snr + 1.0 + math.log(1e-4))),
    ])  # fmt: skip
    count = uniform.shape[1]
    assert count > 5000
    assert np.all((uniform >= 0.0) & (uniform <= 1.0 + 1e-9))
    for each in uniform:
        assert stats.kstest(each, "uniform").pvalue > 1e-6
    assert np.abs(np.corrcoef(uniform) - np.eye(5)).max() < 5.0 / math.sqrt(count)


def test_plots_are_in_order_and_on_their_sensor_s_clock() -> None:
    sensors = (radar("a", **NOISY), infrared(), radar("b", pfa=1e-4, revisit_s=0.7, false_plot_cap=3.0))
    found = false_plots(sensors, 60.0, seed=1, run=0)
    assert set(found.sensor) == {0, 2}
    assert np.all(np.diff(found.t_s) >= 0.0)
    assert found.t_s.max() <= 60.0
    for s in (0, 2):
        number = (found.t_s[found.sensor == s] - first_look_s(sensors[s])) / sensors[s].revisit_s
        np.testing.assert_allclose(number, np.rint(number), atol=1e-9)
        np.testing.assert_array_equal(found.number[found.sensor == s], np.arange((found.sensor == s).sum()))
    assert np.all(found.truth == NOTHING) and np.all(found.look == NOTHING)
    has = found.sensor == 0
    assert np.all(np.isfinite(found.z[has])) and np.all(np.isfinite(found.sigma[has]))
    assert np.all(np.isnan(found.z[~has, 3])) and np.all(np.isinf(found.sigma[~has, 3]))


def test_streams_know_no_other_sensor_and_no_end(arc: Arc) -> None:
    mine = radar("a", **NOISY)
    short = false_plots((mine,), 100.0, seed=5, run=2)
    many = false_plots((radar("b", **NOISY), mine), 300.0, seed=5, run=2)
    rows = np.flatnonzero(many.sensor == 1)[: len(short.t_s)]
    for name in ("t_s", "z", "sigma"):
        np.testing.assert_array_equal(getattr(many, name)[rows], getattr(short, name))
    other = false_plots((mine,), 100.0, seed=5, run=3)
    assert not np.array_equal(other.t_s, short.t_s)
    # Neither the detections nor the errors of true plots move.
    looks = arc.looks(mine)
    before = draw(looks, seed=5, run=2, launch_id="x")
    assert before.normal.tobytes() == draw(looks, seed=5, run=2, launch_id="x").normal.tobytes()


def test_a_skyline_hides_false_plots_too() -> None:
    free, walled = radar("a", **NOISY), radar("a", mask=((0.0, 20.0),), **NOISY)
    all_of, left = (false_plots((sensor,), 100.0, seed=3, run=0) for sensor in (free, walled))
    high = all_of.z[:, 2] >= math.radians(20.0)
    np.testing.assert_array_equal(left.z, all_of.z[high])
    assert 0 < high.sum() < len(high)


def test_a_ship_s_false_plots_are_seen_from_where_it_is() -> None:
    moving = ship(false_plot_cap=5.0)
    found = false_plots((moving, radar("a", **NOISY)), 100.0, seed=3, run=0)
    site, frame = found.site_m, found.enu_from_ecef
    away = np.linalg.norm(site - site[found.sensor == 0][0], axis=1)[found.sensor == 0]
    np.testing.assert_allclose(away, 20.0 * (found.t_s - found.t_s[found.sensor == 0][0])[found.sensor == 0], atol=0.01)
    assert frame.shape == (len(found.t_s), 3, 3)
    speed = np.linalg.norm(found.site_velocity_mps, axis=1)
    np.testing.assert_allclose(speed, np.where(found.sensor == 0, 20.0, 0.0), atol=1e-9)


def test_nothing_to_draw() -> None:
    for found in (
        false_plots((), 100.0, seed=0, run=0),
        false_plots((infrared(),), 100.0, seed=0, run=0),
        false_plots((radar(false_plot_cap=0.0),), 100.0, seed=0, run=0),
        false_plots((radar(**NOISY),), 0.0, seed=0, run=0),
    ):
        assert found.z.shape == found.sigma.shape == (0, 4)
        assert found.enu_from_ecef.shape == (0, 3, 3)


@pytest.mark.parametrize("t_end_s", [-1.0, math.nan, math.inf, 1e6])
def test_bad_ends_are_named(t_end_s: float) -> None:
    with pytest.raises(SettingsError, match="t_end_s"):
        false_plots((radar(),), t_end_s, seed=0, run=0)


def test_bad_values_are_named() -> None:
    with pytest.raises(SettingsError, match="seed"):
        false_plots((radar(),), 10.0, seed=-1, run=0)
    for bad in (-0.1, math.nan, 1e3):
        with pytest.raises(ScenarioError, match="'radar' false_plot_cap"):
            radar(false_plot_cap=bad)
    assert isinstance(radar(), Radar)
