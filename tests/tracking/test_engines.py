"""The compiled filters and filterpy's, driven by the same models, hold the same numbers."""

from dataclasses import replace

import numpy as np
import pytest

from trackfuse.core.errors import DataError, SettingsError, TrackingError
from trackfuse.tracking import Estimate, TrackerSettings, fall_on, filter_detections, track

COMPILED, FILTERPY = TrackerSettings(), TrackerSettings(engine="filterpy")


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
    begun = Estimate(mean=start, covariance=spread, t_s=begin)
    ours, theirs = (
        filter_detections(kind, plots.detections(z).select(rows), begun, settings) for settings in (COMPILED, FILTERPY)
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
    begun = Estimate(mean=flight.at(begin) + 100.0, covariance=spread, t_s=begin)
    ours, theirs = (
        filter_detections("imm", plots.detections(z).select(rows), begun, settings)
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
        track(plots.detections(z).select(keep), received[keep], np.arange(10.0, 240.0, 10.0),
              replace(settings, filter=kind), np.zeros((1, 1))).tracks
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
    start, seen = Estimate(mean=np.ones(6), covariance=np.eye(6), t_s=0.0), plots.detections(z)
    with pytest.raises(TrackingError, match="did you mean 'ekf'"):
        filter_detections("ekff", seen, start, COMPILED)
    with pytest.raises(TrackingError, match="in order"):
        filter_detections("ekf", seen.select(slice(None, None, -1)), start, COMPILED)
    with pytest.raises(TrackingError, match="none before the start"):
        filter_detections("ekf", seen, replace(start, t_s=plots.t[0] + 0.1), COMPILED)
    spoilt = z.copy()
    spoilt[7, 1] = np.nan
    with pytest.raises(DataError, match="detection 7 at"):
        filter_detections("ekf", plots.detections(spoilt), start, COMPILED)
    with pytest.raises(SettingsError, match="did you mean 'filterpy'"):
        TrackerSettings(engine="filterpi")
    with pytest.raises(SettingsError, match="compiled only"):
        TrackerSettings(engine="filterpy", late="drop")


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"mean": np.ones(7)}, r"mean has shape \(7,\), not \(6,\)"),
        ({"covariance": np.ones(6)}, r"covariance has shape \(6,\), not \(6, 6\)"),
        ({"t_s": np.nan}, "t_s: nan is not a finite number"),
        ({"boosting": 1.1}, r"boosting: 1.1 is not a finite number in \[0, 1\]"),
    ],
)
def test_an_impossible_start_is_refused(changed, says):
    with pytest.raises(TrackingError, match=f"estimate: {says}"):
        Estimate(**{"mean": np.ones(6), "covariance": np.eye(6), "t_s": 0.0} | changed)


def test_an_estimate_falls_as_the_filter_does(whole):
    """In one piece or in two, and as the extended filter predicts on its way to a detection that says nothing."""
    flight, plots, z = whole
    begin = round(flight.burnout_s + 20.0, 1)
    start = Estimate(mean=flight.at(begin), covariance=np.diag([500.0] * 3 + [50.0] * 3) ** 2, t_s=begin)
    last = fall_on(start, begin + 60.0, COMPILED)
    assert (last.t_s, last.boosting) == (begin + 60.0, 0.0)
    assert np.linalg.norm(last.mean[:3] - flight.at(round(begin + 60.0, 1))[:3]) < 1.0
    twice = fall_on(fall_on(start, float(np.floor(begin / 10.0) * 10.0 + 30.0), COMPILED), begin + 60.0, COMPILED)
    np.testing.assert_allclose(twice.mean, last.mean, rtol=1e-12)
    k = int(np.flatnonzero((plots.t > begin + 40.0) & ~plots.infrared[plots.sensor])[0])
    one = replace(plots.detections(z).select(np.array([k])), sigma=np.array([[1e12, 1e6, 1e6, np.inf]]))
    blind, there = filter_detections("ekf", one, start, COMPILED), fall_on(start, float(plots.t[k]), COMPILED)
    np.testing.assert_allclose(blind.mean[0], there.mean, rtol=1e-12)
    np.testing.assert_allclose(np.diag(blind.covariance[0]), np.diag(there.covariance), rtol=1e-9)
    with pytest.raises(TrackingError, match="lies before"):
        fall_on(start, begin - 1.0, COMPILED)
