"""What must hold of every run: determinism, causality, and more sharing never telling anybody later."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

import trackfuse as tf
from trackfuse import tracking
from trackfuse.catalog.scenario import Scenario
from trackfuse.simulation.information_arrival import bounds
from trackfuse.simulation.prepare import draw_noise, prepare
from trackfuse.simulation.run import Run
from trackfuse.simulation.simulate import run_each, simulate_each

POLICIES = ("national", "bilateral", "trilateral", "mesh", "ideal")


@pytest.fixture(scope="module", params=["hwasong12_2022_10_04", "hwasong18_2023_07_12", "kn25_2023_02_20"])
def scenario(request: pytest.FixtureRequest) -> Scenario:
    return tf.load_scenario(request.param)


def arrays(run: Run) -> list[np.ndarray]:
    return [
        run.measurements.z,
        run.knowledge[0].known_s,
        run.deliveries.track_received_s,
        run.fused.mean,
        run.fused.covariance,
        run.launch_notices[0].notices.place_met_s,
        run.predictions["error_km"].to_numpy(),
        run.launch_notices[0].notices.first_notice_s,
    ]


def test_same_seed_same_bits(scenario: Scenario) -> None:
    for one, two in zip(arrays(tf.simulate(scenario, seed=7)), arrays(tf.simulate(scenario, seed=7)), strict=True):
        assert one.tobytes() == two.tobytes()
    one, other = (tf.simulate(scenario, seed=seed).measurements for seed in (7, 8))
    assert not np.array_equal(one.z, other.z)


def test_several_policies_at_once_are_the_same_bits(scenario: Scenario) -> None:
    noisy = replace(scenario.policy("trilateral"), name="slow", latency_s=40.0, loss=0.3)
    policies = [*POLICIES, noisy]
    for policy, run in zip(policies, simulate_each(scenario, policies, seed=5, run=2), strict=True):
        alone = tf.simulate(scenario, policy, seed=5, run=2)
        assert run.policy == alone.policy
        for one, two in zip(arrays(run), arrays(alone), strict=True):
            assert one.tobytes() == two.tobytes()


@pytest.mark.parametrize("run", range(20))
def test_more_sharing_never_tells_anybody_later(scenario: Scenario, run: int) -> None:
    runs = [tf.simulate(scenario, policy, seed=3, run=run) for policy in POLICIES]
    for poorer, richer in itertools.pairwise(runs):
        assert (richer.knowledge[0].known_s <= poorer.knowledge[0].known_s).all()
        assert (richer.knowledge[0].cued_s <= poorer.knowledge[0].cued_s).all()
        assert np.isin(poorer.measurements.look, richer.measurements.look).all()


@pytest.mark.parametrize("name", ["trilateral", "mesh"])
def test_more_latency_never_tells_anybody_earlier(scenario: Scenario, name: str) -> None:
    policy = scenario.policy(name)
    for run in range(5):
        known = [
            tf.simulate(scenario, replace(policy, latency_s=latency), seed=5, run=run).knowledge[0].known_s
            for latency in (0.0, 1.0, 5.0, 15.0, 60.0, 300.0)
        ]
        assert all((sooner <= later).all() for sooner, later in itertools.pairwise(known))


def test_a_track_never_uses_what_was_not_yet_received(scenario: Scenario) -> None:
    """Every plot that a centre receives after an instant is spoilt: no track of that centre up to the instant moves."""
    scenario = replace(scenario, biases="white")
    prepared = prepare(scenario)
    noise = draw_noise(scenario, prepared, seed=1, run=0)
    run = run_each(scenario, [scenario.policy("ideal")], prepared, noise)[0]

    def local(z: np.ndarray) -> tracking.Tracks:
        made = replace(run.measurements, z=z, sensor=np.arange(len(z)))
        confirmed_s = run.knowledge[0].confirmed_s[None]
        return tracking.track(
            made, run.deliveries.received_s, prepared.cycle_s, scenario.tracker, confirmed_s
        ).tracks

    for node in range(len(scenario.nodes)):
        received = run.deliveries.received_s[:, node]
        if not np.isfinite(received).any():
            continue
        instant = float(np.quantile(received[np.isfinite(received)], 0.5))
        z = run.measurements.z.copy()
        z[received > instant] += 1.0
        before = prepared.cycle_s <= instant
        spoilt = local(z)
        assert spoilt.mean[node, before].tobytes() == run.local.mean[node, before].tobytes()
        assert spoilt.status[node, before].tobytes() == run.local.status[node, before].tobytes()
        assert not np.array_equal(spoilt.mean[node], run.local.mean[node])


def test_the_order_and_the_labels_of_plots_mean_nothing_to_a_tracker(scenario: Scenario) -> None:
    """A tracker is given plots without the name of what they came from; their order is not a hint either."""
    scenario = replace(scenario, biases="white")
    run = tf.simulate(scenario, "ideal", seed=2)
    order = np.random.default_rng(0).permutation(len(run.measurements))
    given = replace(run.measurements.select(order), sensor=np.arange(len(order)))
    local = tracking.track(
        given, run.deliveries.received_s[order], run.prepared.cycle_s, scenario.tracker,
        run.knowledge[0].confirmed_s[None],
    ).tracks  # fmt: skip
    assert local.mean.tobytes() == run.local.mean.tobytes()


def test_a_track_counts_where_a_ship_was_at_each_look() -> None:
    """Two destroyers at 78 knots: their own track is right, while one from where they lay at lift-off is 10 km off."""
    scenario = replace(tf.load_scenario("hwasong12_2022_10_04"), biases="white")
    ships = tuple(replace(s, speed_mps=40.0) for s in scenario.sensors if s.sensor_id.startswith("JP-AEGIS"))
    scenario = replace(scenario, sensors=ships)
    run = tf.simulate(scenario, "national", seed=6)
    node, looks, made = [n.node_id for n in scenario.nodes].index("JPN"), run.looks, run.measurements
    moored = replace(
        made, site_m=looks.site_m[made.sensor], enu_from_ecef=looks.enu_from_ecef[made.sensor],
        site_velocity_mps=np.zeros_like(made.site_velocity_mps),
    )  # fmt: skip
    left_behind = tracking.track(
        moored, run.deliveries.received_s, run.prepared.cycle_s, scenario.tracker, run.knowledge[0].confirmed_s[None]
    ).tracks
    seen = (run.local.status[node] == 1) & (run.prepared.cycle_s > 250.0) & (run.prepared.cycle_s < 400.0)
    assert seen.sum() > 20
    error, wrong = (
        np.linalg.norm(tracks.mean[node, seen, :3] - run.prepared.truth[0, seen, :3], axis=1)
        for tracks in (run.local, left_behind)
    )
    limit = np.sqrt(np.trace(bounds(run)[node, seen, :3, :3], axis1=1, axis2=2))
    assert np.median(error) < 3.0 * np.median(limit) < 0.2 * np.median(wrong)
    assert np.median(wrong) == pytest.approx(40.0 * 325.0, rel=0.5)


def test_nothing_is_received_before_it_is_measured_and_a_notice_follows_knowledge(scenario: Scenario) -> None:
    for policy in POLICIES:
        run = tf.simulate(scenario, policy, seed=4)
        assert (run.received["received_s"] >= run.received["about_s"]).all()
        notices = run.notices.merge(run.nodes[["node", "detection_s"]], on="node")
        given = notices[np.isfinite(notices["notice_s"])]
        assert (given["notice_s"] >= given["detection_s"]).all()
        at = np.searchsorted(run.prepared.cycle_s, run.nodes["confirmation_s"])
        assert all((run.fused.status[i, :j] != 1).all() for i, j in enumerate(at))


def test_unknown_policy_offers_the_nearest() -> None:
    with pytest.raises(tf.TrackfuseError, match="did you mean 'trilateral'"):
        tf.simulate("hwasong12_2022_10_04", "trilaterl")
    with pytest.raises(tf.TrackfuseError, match="seed"):
        tf.simulate("hwasong12_2022_10_04", seed=-1)
