"""The compiled filters and filterpy's, driven by the same models, hold the same numbers."""

from dataclasses import replace

import numpy as np
import pytest

from trackfuse.core.errors import SettingsError, TrackingError
from trackfuse.tracking import TrackerSettings, filter_plots, track

COMPILED, FILTERPY = TrackerSettings(), TrackerSettings(engine="filterpy")


def given(plots, z, rows=slice(None)):
    return {"plot_t_s": plots.t[rows], "plot_sensor": plots.sensor[rows], "z": z[rows], "sigma": plots.sigma[rows],
            "site_m": plots.site, "enu_from_ecef": plots.enu, "is_infrared": plots.infrared}


def equal(ours, theirs, tolerance=1e-8):
    """Means relative to their size, covariances to their variances."""
    size = np.linalg.norm(theirs.mean.reshape(-1, 2, 3), axis=2, keepdims=True)
    assert np.abs((ours.mean - theirs.mean).reshape(-1, 2, 3) / size).max() < tolerance
    spread = np.sqrt(np.einsum("mii->mi", theirs.covariance))
    assert np.abs((ours.covariance - theirs.covariance) / (spread[:, :, None] * spread[:, None])).max() < tolerance


@pytest.fixture(scope="module")
def whole(lofted_flight, seen):
    """Boost, coast and infrared looks from 100 s on; a staging, an ignition and burn-out on the way."""
    plots = seen(lofted_flight, {"west": 3.0, "east": 5.0}, infrared_every=15.0)
    return lofted_flight, plots, plots.noisy(np.random.default_rng(3))


@pytest.mark.parametrize("kind", ["ekf", "ukf"])
def test_free_fall(whole, kind):
    """150 plots of two radars after burn-out, means and covariances to 1e-8 relative; innovations too."""
    flight, plots, z = whole
    rows = np.flatnonzero((plots.t > flight.burnout_s + 5.0) & ~plots.infrared[plots.sensor])[:150]
    spread = np.diag([500.0] * 3 + [50.0] * 3) ** 2
    begin = round(flight.burnout_s + 5.0, 1)
    start = flight.at(begin) + np.random.default_rng(1).standard_normal(6) * 50.0
    ours, theirs = (
        filter_plots(kind, **given(plots, z, rows), mean=start, covariance=spread, at_s=begin, settings=settings)
        for settings in (COMPILED, FILTERPY)
    )
    equal(ours, theirs)
    np.testing.assert_allclose(ours.nis, theirs.nis, rtol=1e-6)
    assert 2.0 < ours.nis[20:].mean() < 4.0  # 3 expected of 130: outside once in 1e6
    error = ours.mean[-1] - flight.at(np.round(plots.t[rows[-1]], 1))
    assert error @ np.linalg.solve(ours.covariance[-1], error) < 32.7  # once in 1e5


def test_interacting_models(whole):
    """From boost through staging, a pause, ignition, burn-out and sleep into coast: 200 plots, infrared among them."""
    flight, plots, z = whole
    rows = np.flatnonzero(plots.t > 100.0)[:200]
    begin = np.floor(plots.t[rows[0]] * 10) / 10
    spread = np.diag([500.0] * 3 + [50.0] * 3) ** 2
    ours, theirs = (
        filter_plots("imm", **given(plots, z, rows), mean=flight.at(begin) + 100.0, covariance=spread, at_s=begin,
                     settings=settings)
        for settings in (COMPILED, FILTERPY)
    )
    assert ours.boosting.max() > 0.99
    assert ours.boosting[-1] == theirs.boosting[-1] == 0.0
    np.testing.assert_allclose(ours.boosting, theirs.boosting, atol=1e-7)
    equal(ours, theirs)


@pytest.mark.parametrize("kind", ["imm", "ekf", "ukf"])
def test_whole_tracker(short_flight, seen, kind):
    """Start, boost, burn-out, coast, late plots: the node's tracks, status by status."""
    plots = seen(short_flight, {"west": 4.0, "ship": 5.0})
    rng = np.random.default_rng(6)
    z, received = plots.noisy(rng), plots.t[:, None] + rng.lognormal(1.0, 1.0, (len(plots.t), 1))
    keep = plots.t < 220.0
    ours, theirs = (
        track(**given(plots, z, keep), received_s=received[keep], cycle_times=np.arange(10.0, 240.0, 10.0),
              confirmed_s=np.zeros(1), settings=replace(settings, filter=kind))
        for settings in (COMPILED, FILTERPY)
    )
    np.testing.assert_array_equal(ours.status, theirs.status)
    np.testing.assert_array_equal(ours.last_plot_s, theirs.last_plot_s)
    np.testing.assert_allclose(ours.boosting, theirs.boosting, atol=1e-7)
    there = ours.status[0] == 1
    assert there.sum() > 10
    np.testing.assert_allclose(ours.mean[0, there], theirs.mean[0, there], rtol=1e-8)
    spread = np.sqrt(np.einsum("jii->ji", theirs.covariance[0, there]))
    wrong = (ours.covariance - theirs.covariance)[0, there] / (spread[:, :, None] * spread[:, None])
    assert np.abs(wrong).max() < 1e-7


def test_what_no_filter_can_take_is_refused(whole):
    _, plots, z = whole
    case = {"mean": np.ones(6), "covariance": np.eye(6), "at_s": 0.0, "settings": COMPILED}
    with pytest.raises(TrackingError, match="did you mean 'ekf'"):
        filter_plots("ekff", **given(plots, z), **case)
    with pytest.raises(TrackingError, match="in order"):
        filter_plots("ekf", **given(plots, z, slice(None, None, -1)), **case)
    spoilt = z.copy()
    spoilt[7, 1] = np.nan
    with pytest.raises(TrackingError, match="plot 7 at"):
        filter_plots("ekf", **given(plots, spoilt), **case)
    with pytest.raises(SettingsError, match="did you mean 'filterpy'"):
        TrackerSettings(engine="filterpi")
    with pytest.raises(SettingsError, match="compiled only"):
        TrackerSettings(engine="filterpy", late="drop")
