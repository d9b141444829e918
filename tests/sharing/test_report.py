"""What has been detected already is delivered as if it had just been detected, and reports need no detection."""

import math
from collections.abc import Callable
from dataclasses import fields, replace

import numpy as np
import pytest

from trackfuse.core.errors import NetworkError
from trackfuse.sharing import Confirmation, Link, Policy, deliver, report

INF = math.inf
TWO = ("A", "B")
THREE = ("A", "B", "C")


def policy_of(*links: Link) -> Policy:
    return Policy(name="test", title="", meaning="", links=links)


def link(source: str, target: str, payload: str = "detection", latency_s: float = 4.0, **more: object) -> Link:
    return Link(
        link_id=f"{source}>{target}", source=source, target=target, payload=payload, latency_s=latency_s, **more
    )


def limited(policy: Policy, capacity_per_s: float) -> Policy:
    return replace(policy, links=tuple(replace(x, capacity_per_s=capacity_per_s) for x in policy.links))


@pytest.mark.parametrize("capacity", [INF, 0.5])
@pytest.mark.parametrize("seed", range(6))
def test_deliver_of_what_was_detected_is_what_detect_delivered(
    make_random: Callable, make_random_policy: Callable, seed: int, capacity: float
) -> None:
    case = make_random(seed, sensors=5, duration_s=150.0)
    policy = limited(make_random_policy(seed, tuple(node.node_id for node in case.nodes)), capacity)
    found = case.detect_under(policy)
    rows = found.rows
    assert 0 < len(rows) < len(case.t_s)
    given = case.t_s[rows], case.sensor[rows], case.number[rows], case.network(policy), case.confirmation, case.cycles
    for again, first in zip(deliver(*given), (found.deliveries, found.knowledge), strict=True):
        for field in fields(first):
            np.testing.assert_array_equal(getattr(again, field.name), getattr(first, field.name), err_msg=field.name)


def test_deliver_of_nothing(make_certain: Callable) -> None:
    case = make_certain(names=TWO, home=[0], infrared=[False], t_s=[1.0], sensor=[0], cycles=[5.0])
    none = np.empty(0)
    for cycles in (case.cycles, none):
        deliveries, knowledge = deliver(none, none, none, case.network(policy_of(link("A", "B"))), case.confirmation,
                                        cycles)  # fmt: skip
        assert deliveries.received_s.shape == (0, 2)
        assert deliveries.track_received_s.shape == deliveries.warning_received_s.shape == (2, 2, len(cycles))
        assert all(np.isinf(getattr(knowledge, name)).all() for name in ("known_s", "confirmed_s", "message_s"))


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 5, 6, 7, 8, 10, 11])
def test_report_from_the_confirmed_instant_on_is_what_detect_reports(
    make_random: Callable, make_random_policy: Callable, seed: int
) -> None:
    """Over links with outages, loss, periods and consent; some nodes never confirm, and never report."""
    case = make_random(seed, sensors=5, duration_s=150.0)
    policy = make_random_policy(seed, tuple(node.node_id for node in case.nodes))
    found = case.detect_under(policy)
    since = found.knowledge.confirmed_s
    tracks, warnings = report(case.network(policy), case.cycles, since)
    np.testing.assert_array_equal(tracks, found.deliveries.track_received_s)
    np.testing.assert_array_equal(warnings, found.deliveries.warning_received_s)
    assert np.isfinite(warnings).any()
    earlier, _ = report(case.network(policy), case.cycles, np.zeros(len(case.nodes)))
    assert (earlier <= tracks).all()


def test_report_starts_with_the_first_cycle_not_before_its_instant(make_certain: Callable) -> None:
    case = make_certain(names=THREE, home=[0], infrared=[False], t_s=[1.0], sensor=[0], cycles=[5.0, 10.0, 15.0])
    network = case.network(policy_of(link("A", "B", "track", 2.0), link("B", "C", "warning", 1.0)))
    since = np.array([10.0, 10.1, INF])
    tracks, warnings = report(network, case.cycles, since)
    np.testing.assert_array_equal(tracks[0], [[INF] * 3, [INF, 12.0, 17.0], [INF] * 3])
    np.testing.assert_array_equal(warnings[0], [[INF] * 3, [INF, 12.0, 17.0], [INF, 13.0, 18.0]])
    np.testing.assert_array_equal(warnings[1], [[INF] * 3, [INF] * 3, [INF, INF, 16.0]])
    assert np.isinf(tracks[1:]).all() and np.isinf(warnings[2]).all()
    np.testing.assert_array_equal(since, [10.0, 10.1, INF])


def test_what_cannot_be_is_refused(make_certain: Callable) -> None:
    case = make_certain(names=TWO, home=[0], infrared=[False], t_s=[1.0], sensor=[0], cycles=[5.0])
    network = case.network(policy_of())
    with pytest.raises(NetworkError, match=r"since_s: shape \(3,\) is not that of 2 nodes"):
        report(network, case.cycles, np.zeros(3))
    with pytest.raises(NetworkError, match="order of time"):
        report(network, np.array([5.0, 5.0]), np.zeros(2))
    with pytest.raises(NetworkError, match="plots: 1 is not a whole number of 2 or more"):
        Confirmation(plots=1, window_s=30.0)
    with pytest.raises(NetworkError, match="window_s"):
        Confirmation(plots=2, window_s=-1.0)
    with pytest.raises(NetworkError, match=r"sources report_delay_s: shape \(2,\) is not that of 1 names"):
        replace(network.sources, report_delay_s=np.zeros(2))
    with pytest.raises(NetworkError, match=r"opportunities pd: shape \(2, 2\) is not \(1, 2\)"):
        replace(case.looks, pd=np.zeros((2, 2)))
    case.home = [2]
    with pytest.raises(NetworkError, match="sensor 'sensor 0' reports to node 2; there are 2"):
        case.run_under(policy_of())


def test_knowledge_says_since_when_radars_are_cued(make_random: Callable, policies: tuple[Policy, ...]) -> None:
    case = make_random(4)
    knowledge = case.detect_under(policies[4]).knowledge
    delay = np.array([node.cue_delay_s for node in case.nodes])
    assert len(set(delay)) > 1
    np.testing.assert_array_equal(knowledge.cued_s, knowledge.known_s + delay)
