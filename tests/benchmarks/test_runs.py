"""Many runs in lanes are the plain filter, run by run, to 1e-8 relative: means, covariances, whatever their number."""

from dataclasses import replace

import numpy as np
import pymap3d
import pytest

from benchmarks import lanes
from benchmarks.runs import filter_runs
from trackfuse.core.errors import TrackingError
from trackfuse.kernels import filter as plain
from trackfuse.kernels.geodesy import enu_from_ecef
from trackfuse.kernels.measurement import look_at
from trackfuse.sensing import Detections
from trackfuse.tracking import Estimate
from trackfuse.tracking.packing import packed

PLACES = np.array([[36.9, 127.9, 0.0], [35.8, 135.2, 0.0], [41.0, 131.0, 0.0]])
SIGMA = np.array([20.0, 8e-4, 1e-3])
PSD = 1e-3
START = np.r_[pymap3d.geodetic2ecef(39.0, 126.0, 150e3), 1500.0, 2500.0, 1800.0]
SPREAD = np.diag([1e3] * 3 + [50.0] * 3) ** 2


def detections_of(t, sensor, z, sigma, site, enu):
    """Radar detections without range rates; z and sigma (m, 3)."""
    rate = np.ones((len(z), 1))
    return Detections(
        t_s=t, sensor=sensor, z=np.hstack([z, np.nan * rate]), sigma=np.hstack([sigma, np.inf * rate]),
        site_m=site[sensor], enu_from_ecef=enu[sensor], is_infrared=np.zeros(len(z), dtype=bool),
    )  # fmt: skip


def data(runs):
    """120 plots of three radars, the last due north of the path: azimuths on both sides of zero and of south."""
    site = np.array([pymap3d.geodetic2ecef(*place) for place in PLACES])
    enu = np.array([enu_from_ecef(*np.radians(place[:2])) for place in PLACES])
    sensor = np.arange(120) % 3
    t = np.repeat(np.r_[np.arange(30) * 2.0, 70.0 + 5.0 * np.arange(10)], 3)
    state, now, exact = tuple(START), 0.0, np.empty((120, 3))
    for k in range(120):
        state, now = plain.fly_step(state, 0.0, t[k] - now, 0.0, 0.0)[0] if t[k] > now else state, t[k]
        nothing, one = np.zeros((1, 3)), np.ones((1, 3))
        place = packed(detections_of(t[:1], sensor[k : k + 1], nothing, one, site, enu))[0]
        exact[k] = look_at(*state[:3], place)[:3]
    z = exact + SIGMA * np.random.default_rng(3).standard_normal((runs, 120, 3))
    sigma = np.tile(SIGMA, (120, 1))
    return detections_of(t, sensor, exact, sigma, site, enu), z


BEGIN = Estimate(mean=START + 30.0, covariance=SPREAD, t_s=0.0)


def one_by_one(detections, z):
    f, scratch, now = np.zeros((8, 7)), np.empty((plain.SCRATCH, 9, 9)), 0.0
    f[:6, :6], f[plain.MEAN, :6] = BEGIN.covariance, BEGIN.mean
    for row in packed(replace(detections, z=np.hstack([z, detections.z[:, 3:]]))):
        if row["t_s"] > now:
            plain.coast_step(f, row["t_s"] - now, PSD, 0.0, 0.0, scratch)
            now = row["t_s"]
        plain.update6(f, row, plain.as_measured(row), scratch)
    return f[plain.MEAN, :6].copy(), f[:6, :6].copy()


@pytest.mark.parametrize("runs", [1, lanes.LANES + 3])
def test_runs_are_the_plain_filter_run_by_run(runs):
    detections, z = data(runs)
    means, covariances = filter_runs(detections, z, BEGIN, coast_psd=PSD)
    assert means.shape == (runs, 1, 6)
    for run in {0, runs // 2, runs - 1}:
        mean, covariance = one_by_one(detections, z[run])
        np.testing.assert_allclose(means[run, 0], mean, rtol=1e-8)
        size = np.sqrt(np.diag(covariance))
        assert np.abs((covariances[run, 0] - covariance) / np.outer(size, size)).max() < 1e-8


def test_what_is_kept_is_what_there_was():
    detections, z = data(2)
    means, covariances = filter_runs(detections, z, BEGIN, coast_psd=PSD, keep=np.array([0, 59, 119]))
    mean, covariance = filter_runs(detections.select(slice(60)), z[:, :60], BEGIN, coast_psd=PSD)
    assert np.array_equal(means[:, 1], mean[:, 0])
    assert np.array_equal(covariances[:, 1], covariance[:, 0])


def test_what_the_lanes_cannot_take_is_refused():
    detections, z = data(1)
    for wrong in (replace(detections, t_s=detections.t_s[::-1]), detections.select(slice(0))):
        with pytest.raises(TrackingError, match="in order"):
            filter_runs(wrong, z[:, : len(wrong)], BEGIN, coast_psd=PSD)
    with pytest.raises(TrackingError, match="none before the start"):
        filter_runs(detections, z, replace(BEGIN, t_s=1.0), coast_psd=PSD)
    with pytest.raises(TrackingError, match=r"z has shape \(1, 119, 3\), not \(runs, 120, 3\)"):
        filter_runs(detections, z[:, :-1], BEGIN, coast_psd=PSD)
    with pytest.raises(TrackingError, match="infrared"):
        filter_runs(replace(detections, is_infrared=detections.sensor == 1), z, BEGIN, coast_psd=PSD)
    z[0, 5, 0] = np.nan
    with pytest.raises(TrackingError, match="not finite"):
        filter_runs(detections, z, BEGIN, coast_psd=PSD)
