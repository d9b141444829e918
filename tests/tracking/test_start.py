"""How a track starts: two plots give the textbook's covariance, and M of N the binomial's probability."""

import itertools

import numpy as np
import pymap3d
import pytest

from trackfuse.kernels import filter as kernel
from trackfuse.kernels import start, tracker
from trackfuse.kernels.geodesy import enu_from_ecef
from trackfuse.tracking.track import plot_rows

SITE = (37.0, 137.0, 0.0)


def plots_at(times, infrared=False):
    """Plots of a resting point 300 km away, 10 m and 1 mrad."""
    n = len(times)
    z = np.tile([300e3, 0.5, 0.6], (n, 1))
    return plot_rows(np.asarray(times, dtype=float), np.zeros(n, dtype=int), z, np.tile([10.0, 1e-3, 1e-3], (n, 1)),
                     np.array([pymap3d.geodetic2ecef(*SITE)]), enu_from_ecef(*np.radians(SITE[:2]))[None],
                     np.array([infrared]))


@pytest.mark.parametrize("seconds", [0.5, 1.0, 2.0])
def test_two_plots_start_a_track_as_the_textbook_has_it(seconds):
    """Along the range: R, R / T and 2 R / T^2 (Bar-Shalom, Li & Kirubarajan 2001, 5.5.3), the last with what an unknown
    acceleration of 40 m/s^2 adds to a mean velocity: its square times (T / 2)^2. The prior of the velocity, 4 km/s,
    takes 1e-4 off.
    """
    rows, f, room = plots_at([0.0, seconds]), np.empty((start.N + 1, start.N)), np.zeros((kernel.ROOM, 9, 9))
    start.begin(f, rows[0])
    start.advance(f, seconds, 0.0, room)
    start.take(f, rows[1], room)
    u = np.array(kernel.look_at(*start.point_of(rows[1]), rows[1])[3][:3])
    to_range = np.zeros((2, 9))
    to_range[0, :3], to_range[1, 3:6] = u, u
    found = to_range @ f[:9] @ to_range.T
    square = 10.0**2
    expected = np.array([[square, square / seconds],
                         [square / seconds, 2.0 * square / seconds**2 + (start.PUSH_MPS2 * seconds / 2.0) ** 2]])
    np.testing.assert_allclose(found, expected, rtol=2e-3)


def test_two_of_three_looks_confirm_as_often_as_the_binomial_says():
    """Detection probability 0.8: 0.896, summed over all eight outcomes; any of three looks 0.992."""
    rows, chance, any_of = plots_at([0.0, 10.0, 20.0]), 0.0, 0.0
    for outcome in itertools.product((True, False), repeat=3):
        weight = np.prod([0.8 if hit else 0.2 for hit in outcome])
        chance += weight * (tracker.first_of(rows, np.array(outcome), 0, 2, 2, 20.0) >= 0)
        any_of += weight * (tracker.first_of(rows, np.array(outcome), 0, 2, 1, 20.0) >= 0)
    assert chance == pytest.approx(0.896, abs=1e-12)
    assert any_of == pytest.approx(0.992, abs=1e-12)


def test_plots_outside_the_window_or_without_range_do_not_confirm():
    rows = plots_at([0.0, 15.0, 40.0])
    assert tracker.first_of(rows, np.ones(3, dtype=bool), 0, 2, 3, 30.0) == -1
    assert tracker.first_of(rows, np.ones(3, dtype=bool), 0, 2, 2, 30.0) == 0
    assert tracker.first_of(plots_at([0.0, 1.0, 2.0], infrared=True), np.ones(3, dtype=bool), 0, 2, 2, 30.0) == -1


def test_infrared_first_helps_the_start_that_radar_makes(long_flight, seen):
    """With line-of-sight plots from before the first radar plot on, the first confirmed track is surer across it."""
    from trackfuse.tracking import TrackerSettings, track

    sizes = []
    for every in (None, 5.0):
        plots = seen(long_flight, {"east": 5.0}, infrared_every=every)
        assert every is None or plots.infrared[plots.sensor[0]]
        got = track(
            plot_t_s=plots.t, plot_sensor=plots.sensor, z=plots.noisy(np.random.default_rng(2)), sigma=plots.sigma,
            received_s=plots.t[:, None], site_m=plots.site, enu_from_ecef=plots.enu, is_infrared=plots.infrared,
            cycle_times=np.array([145.0]), confirmed_s=np.zeros(1), settings=TrackerSettings(),
        )  # fmt: skip
        assert got.status[0, 0] == 1
        sizes.append(np.sqrt(np.trace(got.covariance[0, 0, :3, :3])))
    assert sizes[1] < 0.9 * sizes[0]
