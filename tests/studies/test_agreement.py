"""Whoever has all the data knows what one centre with all the data would know, however they came to it."""

from dataclasses import replace

import numpy as np
import pytest

import trackfuse as tf
from trackfuse.kernels.batch import predicted
from trackfuse.kernels.measurement import look_at, wrapped
from trackfuse.sharing import Policy
from trackfuse.tracking import Estimate, batch, filter_detections, track
from trackfuse.tracking.packing import packed

FIELDS = ("mean", "covariance", "status", "boosting", "last_plot_s")


def slow(base, latency_s):
    """Detection sharing over links that take seconds, spread so that messages overtake each other."""
    links = tuple(
        replace(link, latency_s=latency_s, latency_spread=0.5 if latency_s else 0.0, period_s=0.0)
        for link in base.policy("ideal").links
        if link.link_id.startswith("ideal-")
    )
    return Policy(name="slow", title="", meaning="", links=links)


def centralised(one):
    """Track of a centre that has every plot at the instant of its measurement."""
    given = one.measurements
    return track(given, given.t_s[:, None], one.prepared.cycle_s, one.scenario.tracker, np.zeros((1, 1))).tracks


@pytest.mark.parametrize("name", ["hwasong12_2022_10_04", "kn23_2022_09_25"])
def test_ideal_is_the_centralised_tracker_at_every_centre(name):
    """Every plot everywhere as soon as it is anywhere: the same bits at all centres, own track and fused, and once the
    last plot is in those of a centre that never had to wait.
    """
    one = tf.simulate(replace(tf.load_scenario(name), biases="white"), policy="ideal", seed=4)
    central = centralised(one)
    last = np.max(one.deliveries.received_s)
    after = one.prepared.cycle_s >= last
    assert (central.status[0, after] == 1).any()
    for field in FIELDS:
        values, best = getattr(one.local, field), getattr(central, field)
        for i in range(len(one.scenario.nodes)):
            assert np.array_equal(values[i], values[0], equal_nan=field != "status"), field
            assert np.array_equal(values[i, after], best[0, after], equal_nan=field != "status"), field
    assert np.array_equal(one.fused.status, one.local.status)
    there = one.local.status == 1
    np.testing.assert_allclose(one.fused.mean[there], one.local.mean[there], rtol=1e-8)


@pytest.mark.parametrize("latency_s", [0.0, 3.0, 20.0])
def test_late_plots_bring_the_centralised_estimate_too(latency_s):
    """Detections over links that take seconds and come out of order: the same bits once the last has arrived."""
    base = replace(tf.load_scenario("hwasong12_2022_10_04"), biases="white")
    one = tf.simulate(base, policy=slow(base, latency_s), seed=4)
    central = centralised(one)
    after = one.prepared.cycle_s >= np.max(one.deliveries.received_s)
    assert (central.status[0, after] == 1).any()
    for field in ("mean", "covariance", "status", "last_plot_s"):
        for i in range(len(one.scenario.nodes)):
            ours, best = getattr(one.local, field)[i, after], getattr(central, field)[0, after]
            assert np.array_equal(ours, best, equal_nan=field != "status"), field


def in_order_of_reception(state, rows, order, prior):
    """One pass of the linear filter without process noise about the path from `state` at the first of `rows`: every
    plot, however late, counts through the transition from there to its own time. Returns the state there.
    """
    there, phi, step, path = state, np.eye(6), np.empty((6, 6)), []
    for before, row in zip([rows[0], *rows], rows, strict=False):
        there = predicted(there, before["t_s"], row["t_s"], 0.0, step)
        phi = step @ phi
        path.append((there, phi))
    p, offset = prior.copy(), np.zeros(6)
    for at in order:
        (there, phi), row = path[at], rows[at]
        r, azimuth, elevation, g = look_at(*there[:3], row)
        g = np.array(g).reshape(3, 3)
        left = [row["z"][0] - r, wrapped(row["z"][1] - azimuth), row["z"][2] - elevation]
        for k in range(3):
            h = g[k] @ phi[:3]
            gain = p @ h / (h @ p @ h + row["sigma"][k] ** 2)
            offset = offset + gain * (left[k] - h @ offset)
            p = p - np.outer(gain, p @ h)
    return state + offset


def test_without_process_noise_late_plots_make_the_centralised_batch_estimate():
    """Detection sharing over links that take 20 s in the median and overtake each other. What a centre's filter holds
    once the last plot has arrived is the batch estimate of all plots to 1e-8 of place and speed, if it is linearised
    where the batch is: run again along its own result until that stays. The tracker's filter, linearised once and on
    the way, is within a tenth of a standard deviation of it.
    """
    base = replace(tf.load_scenario("hwasong12_2022_10_04"), biases="white")
    base = replace(base, tracker=replace(base.tracker, coast_psd=0.0, beta_kgpm2=1e6))
    one = tf.simulate(base, policy=slow(base, 20.0), seed=4)
    received, t = one.deliveries.received_s, one.measurements.t_s
    begin = one.flight.burnout_s + 60.0
    rows = (t > begin) & (t < begin + 90.0) & ~one.measurements.is_infrared
    given = one.measurements.select(rows)
    given.z[:, 3], given.sigma[:, 3] = np.nan, np.inf
    received, last = received[rows], float(given.t_s.max())
    assert (np.diff(given.t_s) >= 0.0).all()
    whole = batch(given, float(given.t_s[0]))
    size = np.sqrt(np.diag(whole.covariance))
    table, phi, prior = packed(given), np.empty((6, 6)), np.diag([1e4] * 3 + [100.0] * 3) ** 2
    near = whole.mean + np.r_[300.0, -200.0, 100.0, 5.0, -3.0, 2.0]
    for node in (0, len(base.nodes) - 1):
        order = np.argsort(received[:, node], kind="stable")
        assert np.isfinite(received[:, node]).all()
        assert (np.diff(given.t_s[order]) < 0.0).sum() > 20
        held = near
        for _ in range(4):
            held = in_order_of_reception(held, table, order, prior)
        for part in (slice(3), slice(3, 6)):
            assert np.linalg.norm(held[part] - whole.mean[part]) < 1e-8 * np.linalg.norm(whole.mean[part])
        assert np.abs((held - whole.mean) / size).max() < 1e-3
    start = Estimate(mean=near, covariance=np.diag([1e6] * 3 + [1e4] * 3), t_s=float(table["t_s"][0]))
    once = filter_detections("ekf", given, start, base.tracker)
    end = predicted(whole.mean, start.t_s, last, 0.0, phi)
    size = np.sqrt(np.diag(phi @ whole.covariance @ phi.T))
    assert np.abs((once.mean[-1] - end) / size).max() < 0.1


def test_every_message_received_names_its_origin():
    """Whatever crosses, by whatever way: the table says whose it was, and nobody is told his own."""
    one = tf.simulate("hwasong12_2022_10_04", policy="mesh", seed=4)
    names = {node.node_id for node in one.scenario.nodes}
    assert set(one.received["origin"]) <= names
    assert (one.received["origin"] != one.received["node"]).all()
    assert {"track", "warning"} <= set(one.received["kind"])
    assert ("JPN", "ROK") in set(zip(one.received["origin"], one.received["node"], strict=True))
