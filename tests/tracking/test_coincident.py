"""Both engines hold the same numbers for every order, spacing and coincidence of detections."""

import numpy as np
import pymap3d
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from trackfuse.kernels.geodesy import enu_from_ecef
from trackfuse.sensing import Detections
from trackfuse.tracking import Estimate, TrackerSettings, fall_on, filter_detections

SPREAD = np.diag([1e6] * 3 + [1e4] * 3)
SIGMA = np.array([50.0, 1e-3, 1e-3, np.inf])
SITES = [(37.0, 137.0), (35.0, 132.5)]
GAPS = st.sampled_from([0.0, 0.0, 0.1, 1.0, 2.0, 9.9, 10.0, 10.1, 37.0])


def falling():
    """A missile in free fall in the middle of the Sea of Japan, 400 km up."""
    enu = enu_from_ecef(*np.radians(SITES[0]))
    site = np.array(pymap3d.geodetic2ecef(*SITES[0], 0.0))
    mean = np.r_[site + enu.T @ [1e5, 5e5, 4e5], enu.T @ [2000.0, 1000.0, 1500.0]]
    return Estimate(mean=mean, covariance=SPREAD, t_s=0.0)


def detections(times, sensor):
    """What two radars would measure at these times, with noise."""
    start, drawn = falling(), np.random.default_rng(3)
    site = np.array([pymap3d.geodetic2ecef(*each, 0.0) for each in SITES])[sensor]
    enu = np.array([enu_from_ecef(*np.radians(each)) for each in SITES])[sensor]
    true = np.array([fall_on(start, t, TrackerSettings()).mean[:3] for t in times])
    east, north, up = np.einsum("mij,mj->im", enu, true - site)
    far = np.sqrt(east**2 + north**2 + up**2)
    z = np.column_stack([far, np.arctan2(east, north), np.arcsin(up / far)])
    z = np.column_stack([z + drawn.standard_normal(z.shape) * SIGMA[:3], np.full(len(z), np.nan)])
    return Detections(t_s=np.array(times), sensor=np.array(sensor, dtype=np.int32), z=z,
                      sigma=np.tile(SIGMA, (len(z), 1)), site_m=site, enu_from_ecef=enu,
                      is_infrared=np.zeros(len(z), dtype=bool))  # fmt: skip


def hold_the_same(kind, times, sensor):
    true = falling()
    start = Estimate(mean=true.mean + [700, -500, 300, 50, -40, 20], covariance=SPREAD, t_s=0.0, boosting=0.0)
    seen = detections(times, sensor)
    ours, theirs = (
        filter_detections(kind, seen, start, TrackerSettings(engine=engine)) for engine in ("compiled", "filterpy")
    )
    for part in (slice(0, 3), slice(3, 6)):
        size = np.linalg.norm(theirs.mean[:, part], axis=1).max()
        assert np.abs(ours.mean[:, part] - theirs.mean[:, part]).max() < 1e-8 * size
    spread = np.sqrt(np.einsum("mii->mi", theirs.covariance))
    assert np.abs((ours.covariance - theirs.covariance) / (spread[:, :, None] * spread[:, None])).max() < 1e-8
    if kind != "imm":
        np.testing.assert_allclose(ours.nis, theirs.nis, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("kind", ["ekf", "ukf", "imm"])
@pytest.mark.parametrize("times", [[0.0, 2.0, 4.0, 6.0], [2.0, 4.0, 4.0, 6.0], [2.0, 2.0, 4.0, 6.0], [0.0] * 4])
def test_plots_at_one_time(kind, times):
    """A first plot at the filter's own time, and several at one instant: nothing is predicted between them."""
    hold_the_same(kind, times, [0, 0, 1, 0])


@pytest.mark.parametrize("kind", ["ekf", "ukf", "imm"])
@seed(20)
@settings(max_examples=8, deadline=None, derandomize=False, database=None)
@given(gaps=st.lists(st.tuples(GAPS, st.integers(0, 1)), min_size=1, max_size=6))
def test_any_spacing(kind, gaps):
    """Gaps of nothing up to several prediction steps, by two radars in any order."""
    hold_the_same(kind, np.cumsum([gap for gap, _ in gaps]), [sensor for _, sensor in gaps])
