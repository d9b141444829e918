"""Whoever has all the data knows what one centre with all the data would know, however they came to it."""

from dataclasses import replace

import numpy as np
import pytest

import trackfuse as tf
from trackfuse.sharing import Policy
from trackfuse.study.simulate import measured
from trackfuse.tracking import track

FIELDS = ("mean", "covariance", "status", "boosting", "last_plot_s")


def centralised(one):
    """Track of a centre that has every plot at the instant of its measurement."""
    given = measured(one.prepared, one.plots, one.exchange)
    given["received_s"] = given["plot_t_s"][:, None]
    return track(**given, confirmed_s=np.zeros(1), settings=one.scenario.tracker)


@pytest.mark.parametrize("name", ["hwasong12_2022_10_04", "kn23_2022_09_25"])
def test_ideal_is_the_centralised_tracker_at_every_centre(name):
    """Every plot everywhere as soon as it is anywhere: the same bits at all centres, own track and fused, and once the
    last plot is in those of a centre that never had to wait.
    """
    one = tf.simulate(name, policy="ideal", seed=4)
    central = centralised(one)
    last = np.max(one.exchange.plot_received_s[one.plots.look])
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
    base = tf.load_scenario("hwasong12_2022_10_04")
    links = tuple(
        replace(link, latency_s=latency_s, latency_spread=0.5 if latency_s else 0.0, period_s=0.0)
        for link in base.policy("ideal").links
        if link.link_id.startswith("ideal-")
    )
    one = tf.simulate(base, policy=Policy(name="slow", title="", meaning="", links=links), seed=4)
    central = centralised(one)
    after = one.prepared.cycle_s >= np.max(one.exchange.plot_received_s[one.plots.look])
    assert (central.status[0, after] == 1).any()
    for field in ("mean", "covariance", "status", "last_plot_s"):
        for i in range(len(one.scenario.nodes)):
            ours, best = getattr(one.local, field)[i, after], getattr(central, field)[0, after]
            assert np.array_equal(ours, best, equal_nan=field != "status"), field


def test_every_message_received_names_its_origin():
    """Whatever crosses, by whatever way: the table says whose it was, and nobody is told his own."""
    one = tf.simulate("hwasong12_2022_10_04", policy="mesh", seed=4)
    names = {node.node_id for node in one.scenario.nodes}
    assert set(one.received["origin"]) <= names
    assert (one.received["origin"] != one.received["node"]).all()
    assert {"track", "warning"} <= set(one.received["kind"])
    assert ("JPN", "ROK") in set(zip(one.received["origin"], one.received["node"], strict=True))
