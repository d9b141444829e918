"""Links that take so many messages a second: who waits for whom, and nothing changes where nobody has to."""

import math
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from trackfuse.sharing import PAYLOADS, Link, Node, Policy, report

INF = math.inf
FIELDS = ("detected", "cued", "received_s", "launch_report_s", "known_s", "confirmed_s", "message_s",
          "track_received_s", "warning_received_s", "known_by")  # fmt: skip


def link(source: str, target: str, payload: str = "detection", latency_s: float = 4.0, **more: object) -> Link:
    return Link(
        link_id=f"{source}>{target}", source=source, target=target, payload=payload, latency_s=latency_s, **more
    )


def policy_of(*links: Link) -> Policy:
    return Policy(name="test", title="", meaning="", links=links)


def chain(
    make_certain: Callable, *links: Link, names: tuple[str, ...] = ("A", "B", "C"), **more: object
) -> SimpleNamespace:
    """Sensor 0 at A looks at 10, 11, 12 s (plots at 11, 12, 13); nobody else has a sensor."""
    case = make_certain(names=names, home=[0], infrared=[more.pop("infrared", False)], t_s=[10.0, 11.0, 12.0],
                        sensor=[0, 0, 0], cycles=[5.0, 10.0, 15.0, 20.0])  # fmt: skip
    if "nodes" in more:
        case.nodes = more["nodes"]
    return case.run_under(policy_of(*links))


@pytest.mark.parametrize("seed", range(10))
def test_ample_capacity_is_none(make_random: Callable, make_ladder: Callable, seed: int) -> None:
    """A billion messages a second against no limit, by two quite different kernels: the same, to a microsecond.

    With processing delays, outages, loss, periods, sensors of angles alone, and links that let some origins through.
    """
    case = make_random(seed, sensors=5, duration_s=150.0)
    case.angles = [infrared or s % 3 == 0 for s, infrared in enumerate(case.infrared)]
    rng = np.random.default_rng(seed)
    case.nodes = tuple(replace(node, processing_s=rng.choice([0.0, 3.0])) for node in case.nodes)
    policy = make_ladder(loss=0.2)[seed % 5]
    names = [node.node_id for node in case.nodes]
    extra = [
        link(a, b, PAYLOADS[rng.integers(3)], rng.uniform(0.0, 20.0), loss=0.3, latency_spread=rng.choice([0.0, 0.5]),
             outages_s=((40.0, 70.0),) if rng.random() < 0.3 else (), origins=(a,) if rng.random() < 0.3 else ())
        for a in names for b in names if a != b and rng.random() < 0.2
    ]  # fmt: skip
    links = (*policy.links, *extra)
    free = case.run_under(replace(policy, links=links))
    ample = case.run_under(replace(policy, links=tuple(replace(x, capacity_per_s=1e9) for x in links)))
    assert free.detected.any()
    for name in FIELDS:
        np.testing.assert_allclose(getattr(ample, name), getattr(free, name), rtol=0, atol=1e-5, err_msg=name)


def test_a_full_link_lets_messages_wait_in_turn(make_certain: Callable) -> None:
    """One message in 2.5 s: plots that reach it at 11, 12 and 13 s leave at 11, 13.5 and 16 s."""
    got = chain(make_certain, link("A", "B", capacity_per_s=0.4))
    np.testing.assert_allclose(got.received_s[:, 1], [15.0, 17.5, 20.0])
    # The reports of 15 and 20 s are behind them.
    np.testing.assert_allclose(got.track_received_s[0, 1], [INF, INF, 22.5, 25.0])
    assert got.confirmed_s[1] == 20.0


def test_a_report_crosses_once_and_in_its_richest_form(make_certain: Callable) -> None:
    onward = link("B", "C", "warning", capacity_per_s=0.1)
    got = chain(make_certain, link("A", "B", "track", capacity_per_s=0.5), onward)
    np.testing.assert_allclose(got.track_received_s[0, 1], [INF, INF, 19.0, 24.0])
    np.testing.assert_array_equal(got.warning_received_s[0, 1], got.track_received_s[0, 1])
    np.testing.assert_allclose(got.warning_received_s[0, 2], [INF, INF, 23.0, 33.0])
    assert np.isinf(got.track_received_s[0, 2]).all()


def test_nothing_goes_back_where_it_came_from(make_certain: Callable) -> None:
    """A ring both ways round: every message carries its origin, so each node receives it once, and A's own never
    load the links to A.
    """
    ring = [link(a, b, latency_s=1.0, capacity_per_s=1.0) for a in "ABC" for b in "ABC" if a != b]
    got = chain(make_certain, *ring)
    np.testing.assert_allclose(got.received_s, [[11.0, 12.0, 12.0], [12.0, 13.0, 13.0], [13.0, 14.0, 14.0]])
    assert np.isinf(got.track_received_s[0, 0]).all()
    assert (got.track_received_s[0, 1:, 2] == 16.0).all()
    # B's first report, at 15 s as well, finds the way to A free of what A sent B.
    assert got.track_received_s[1, 0, 2] == 16.0


def test_the_period_comes_first_and_then_the_turn(make_certain: Callable) -> None:
    """Plots of 11 and 12 s wait for 12 s and then for each other; that of 13 s for 24 s."""
    got = chain(make_certain, link("A", "B", period_s=12.0, capacity_per_s=2.0))
    np.testing.assert_allclose(got.received_s[:, 1], [16.0, 16.5, 28.0])


@pytest.mark.parametrize("capacity", [INF, 1e9])
def test_a_hub_takes_its_time_over_what_is_not_its_own(make_certain: Callable, capacity: float) -> None:
    nodes = tuple(Node(node_id=n, nation=n, name=n, processing_s=7.0) for n in "ABC")
    got = chain(make_certain, link("A", "B", capacity_per_s=capacity), link("B", "C", "track", capacity_per_s=capacity),
                nodes=nodes)  # fmt: skip
    np.testing.assert_allclose(got.received_s[:, 1], [15.0, 16.0, 17.0])
    np.testing.assert_allclose(got.track_received_s[0, 2], [INF, INF, 30.0, 35.0])
    np.testing.assert_allclose(got.track_received_s[1, 2], [INF, INF, INF, 24.0])


def test_waiting_times_are_those_of_queueing_theory(make_random: Callable) -> None:
    """Messages at random instants on a link with a constant service time: the mean wait is rho D / (2 (1 - rho)).

    Pollaczek and Khinchine, for a Poisson stream. 20,000 messages at half load: standard error about 1.5 % (waits are
    correlated over a few messages), tolerance 7 %: false failure below 1e-5, and the seed is fixed.
    """
    rng = np.random.default_rng(3)
    case = make_random(3, names=("A", "B"), sensors=1, duration_s=100.0)
    n = 20000
    case.t_s = np.cumsum(rng.exponential(1.0, n))
    case.sensor, case.number = np.zeros(n, np.int32), np.arange(n, dtype=np.int32)
    case.pd, case.uniform, case.home, case.infrared = np.ones((n, 2)), np.full(n, 0.5), [0], [True]
    case.cycles = case.cycles[:1]
    got = case.run_under(policy_of(link("A", "B", capacity_per_s=2.0)))
    waits = got.received_s[:, 1] - got.received_s[:, 0] - 4.0
    assert waits.min() == pytest.approx(0.0, abs=1e-9)
    assert waits.mean() == pytest.approx(0.5 * 0.5 / (2 * (1 - 0.5)), rel=0.07)


def test_a_policy_limits_its_exchange(make_certain: Callable) -> None:
    exchanged = link("A", "B", "track", exchange=True)
    policy = replace(policy_of(exchanged, link("B", "C")), capacity_per_s=0.25)
    assert [x.capacity_per_s for x in policy.effective_links()] == [0.25, INF]


def test_report_is_what_detect_reports_where_no_detection_is_in_the_way(make_random: Callable) -> None:
    """Links of limited capacity that take tracks at most: radar detections stay at home."""
    case = make_random(2, sensors=8)
    case.infrared = [False] * len(case.home)
    names = [node.node_id for node in case.nodes]
    ring = [
        link(a, b, payload, 3.0, latency_spread=0.4, loss=0.2, capacity_per_s=0.5, outages_s=((60.0, 80.0),))
        for a, b, payload in zip(names, names[1:] + names[:1], ("track", "warning") * 3, strict=False)
    ]
    policy = policy_of(*ring)
    found = case.detect_under(policy)
    tracks, warnings = report(case.network(policy), case.cycles, found.knowledge.confirmed_s)
    np.testing.assert_array_equal(tracks, found.deliveries.track_received_s)
    np.testing.assert_array_equal(warnings, found.deliveries.warning_received_s)
    # Not every message finds its link free: else every delay would be that of a link without limit.
    free = policy_of(*(replace(x, capacity_per_s=INF) for x in ring))
    assert (report(case.network(free), case.cycles, found.knowledge.confirmed_s)[1] < warnings).any()


def test_no_detection_delays_what_report_gives(make_certain: Callable) -> None:
    """One message in 2.5 s, from A alone: its reports of 5 and 10 s find the link free, though it takes detections."""
    case = make_certain(names=("A", "B"), home=[0], infrared=[False], t_s=[4.0, 4.1], sensor=[0, 0],
                        cycles=[5.0, 10.0, 11.0])  # fmt: skip
    network = case.network(policy_of(link("A", "B", capacity_per_s=0.4)))
    tracks, _ = report(network, case.cycles, np.array([0.0, INF]))
    np.testing.assert_allclose(tracks[0, 1], [9.0, 14.0, 16.5])
