"""How a track starts: two plots give the textbook's covariance, and M of N the binomial's probability."""

import itertools

import numpy as np
import pymap3d
import pytest

from trackfuse.kernels import filter as kernel
from trackfuse.kernels import initiation as start
from trackfuse.kernels import track_update
from trackfuse.kernels.geodesy import enu_from_ecef
from trackfuse.kernels.measurement import look_at
from trackfuse.kernels.node_state import Confirmation
from trackfuse.tracking import TrackerSettings, track
from trackfuse.tracking.packing import packed

from .conftest import detections_of

SITE = (37.0, 137.0, 0.0)


def plots_at(times, infrared=False):
    """Plots of a resting point 300 km away, 10 m and 1 mrad."""
    n = len(times)
    z = np.tile([300e3, 0.5, 0.6], (n, 1))
    site, enu = np.array([pymap3d.geodetic2ecef(*SITE)]), enu_from_ecef(*np.radians(SITE[:2]))[None]
    sigma = np.tile([10.0, 1e-3, 1e-3], (n, 1))
    return packed(detections_of(times, np.zeros(n, dtype=int), z, sigma, site, enu, [infrared]))


@pytest.mark.parametrize("seconds", [0.5, 1.0, 2.0])
def test_two_plots_start_a_track_as_the_textbook_has_it(seconds):
    """Along the range: R, R / T and 2 R / T^2 (Bar-Shalom, Li & Kirubarajan 2001, 5.5.3), the last with what an unknown
    acceleration of 40 m/s^2 adds to a mean velocity: its square times (T / 2)^2. The prior of the velocity, 4 km/s,
    takes 1e-4 off.
    """
    rows, f, scratch = plots_at([0.0, seconds]), np.empty((start.N + 1, start.N)), np.zeros((kernel.SCRATCH, 9, 9))
    start.initial_state(f, rows[0])
    start.advance(f, seconds, 0.0, scratch)
    start.update_initial(f, rows[1], scratch)
    u = np.array(look_at(*start.point_of(rows[1]), rows[1])[3][:3])
    to_range = np.zeros((2, 9))
    to_range[0, :3], to_range[1, 3:6] = u, u
    found = to_range @ f[:9] @ to_range.T
    square = 10.0**2
    expected = np.array([[square, square / seconds],
                         [square / seconds, 2.0 * square / seconds**2 + (start.PUSH_MPS2 * seconds / 2.0) ** 2]])
    np.testing.assert_allclose(found, expected, rtol=2e-3)


def first_of(rows, hit, detections, window_s):
    """The first of three looks that confirms a track, of those that hit; -1 for none."""
    share = np.array(hit, dtype=float)
    return track_update.start_within(rows, np.arange(3), share, 0, 3, Confirmation(detections, window_s))[0]


def test_two_of_three_looks_confirm_as_often_as_the_binomial_says():
    """Detection probability 0.8: 0.896, summed over all eight outcomes; any of three looks 0.992."""
    rows, chance, any_of = plots_at([0.0, 10.0, 20.0]), 0.0, 0.0
    for outcome in itertools.product((True, False), repeat=3):
        weight = np.prod([0.8 if hit else 0.2 for hit in outcome])
        chance += weight * (first_of(rows, outcome, 2, 20.0) >= 0)
        any_of += weight * (first_of(rows, outcome, 1, 20.0) >= 0)
    assert chance == pytest.approx(0.896, abs=1e-12)
    assert any_of == pytest.approx(0.992, abs=1e-12)


def test_plots_outside_the_window_or_without_range_do_not_confirm():
    rows = plots_at([0.0, 15.0, 40.0])
    assert first_of(rows, (True,) * 3, 3, 30.0) == -1
    assert first_of(rows, (True,) * 3, 2, 30.0) == 0
    assert first_of(plots_at([0.0, 1.0, 2.0], infrared=True), (True,) * 3, 2, 30.0) == -1


def test_infrared_first_helps_the_start_that_radar_makes(long_flight, seen):
    """With line-of-sight plots from before the first radar plot on, the first confirmed track is surer across it."""
    sizes = []
    for every in (None, 5.0):
        plots = seen(long_flight, {"east": 5.0}, infrared_every=every)
        assert every is None or plots.infrared[plots.sensor[0]]
        given = plots.detections(plots.noisy(np.random.default_rng(2)))
        got = track(given, plots.t[:, None], np.array([145.0]), TrackerSettings(), np.zeros((1, 1))).tracks
        assert got.status[0, 0] == 1
        sizes.append(np.sqrt(np.trace(got.covariance[0, 0, :3, :3])))
    assert sizes[1] < 0.9 * sizes[0]
