"""What must hold in every single run, not on average: sharing never hurts, latency never helps, nothing is early."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trackfuse.sharing import Policy

TIMES = ("known_s", "confirmed_s", "cued_s", "message_s", "received_s", "launch_report_s",
         "track_received_s", "warning_received_s")  # fmt: skip
seeds = st.integers(0, 10**6)


def assert_no_later(more: SimpleNamespace, less: SimpleNamespace) -> None:
    for name in TIMES:
        assert (getattr(more, name) <= getattr(less, name)).all(), name
    assert (more.detected >= less.detected).all() and (more.cued >= less.cued).all()


@settings(deadline=None, max_examples=40)
@given(
    seed=seeds,
    period_s=st.sampled_from([0.0, 12.0]),
    loss=st.sampled_from([0.0, 0.4]),
    spread=st.sampled_from([0.0, 0.6]),
)
def test_richer_policy_never_knows_later(
    make_ladder: Callable, make_random: Callable, seed: int, period_s: float, loss: float, spread: float
) -> None:
    case = make_random(seed)
    runs = [case.run_under(policy) for policy in make_ladder(period_s=period_s, loss=loss, spread=spread)]
    for less, more in pairwise(runs):
        assert_no_later(more, less)


@settings(deadline=None, max_examples=40)
@given(seed=seeds, which=st.integers(0, 29), extra_s=st.floats(0.0, 300.0), outage=st.booleans())
def test_more_latency_on_any_link_is_never_earlier(
    make_ladder: Callable, make_random: Callable, seed: int, which: int, extra_s: float, outage: bool
) -> None:
    case = make_random(seed)
    policy = make_ladder()[3]
    links = list(policy.links)
    which %= len(links)
    if outage:
        links[(which + 1) % len(links)] = replace(links[(which + 1) % len(links)], outages_s=((50.0, 90.0),))
    slow = [replace(x, latency_s=x.latency_s + extra_s) if k == which else x for k, x in enumerate(links)]
    assert_no_later(
        case.run_under(replace(policy, links=tuple(links))), case.run_under(replace(policy, links=tuple(slow)))
    )


@settings(deadline=None, max_examples=25)
@given(seed=seeds, low=st.floats(0.0, 100.0), extra=st.floats(0.0, 500.0))
def test_overridden_exchange_keeps_both_orders(
    make_ladder: Callable, make_random: Callable, seed: int, low: float, extra: float
) -> None:
    case = make_random(seed)
    status_quo, trilateral = make_ladder()[1:3]
    fast, slow = (case.run_under(replace(trilateral, latency_s=s)) for s in (low, low + extra))
    assert_no_later(fast, slow)
    assert_no_later(slow, case.run_under(status_quo))


@settings(deadline=None, max_examples=30)
@given(seed=seeds)
def test_nothing_is_used_before_it_is_received(make_random: Callable, make_ladder: Callable, seed: int) -> None:
    case = make_random(seed)
    for policy in make_ladder(loss=0.2):
        got = case.run_under(policy)
        hit = got.detected
        home = np.array(case.home)[case.sensor]
        at_home = case.t_s + case.report_delay_s[case.sensor]
        np.testing.assert_array_equal(got.received_s[hit, home[hit]], at_home[hit])
        assert (got.received_s[hit] >= at_home[hit, None]).all()
        report = hit & np.array(case.infrared)[case.sensor]
        np.testing.assert_array_equal(got.launch_report_s[report, home[report]], at_home[report])
        assert (got.launch_report_s[report] <= got.received_s[report]).all()
        assert np.isinf(got.launch_report_s[~report]).all()
        assert (got.track_received_s >= case.cycles).all() and (got.warning_received_s <= got.track_received_s).all()
        sent = np.isfinite(got.warning_received_s).any(axis=1)
        assert not sent[case.cycles[None, :] < got.confirmed_s[:, None]].any()
        first = np.minimum(
            got.received_s.min(axis=0), np.minimum(got.message_s, got.warning_received_s.min(axis=(0, 2)))
        )
        np.testing.assert_array_equal(got.known_s, first)
        for k in np.flatnonzero(got.cued):
            before = (case.sensor[:k] == case.sensor[k]) & got.detected[:k]
            assert before.any() or case.t_s[k] >= got.cued_s[home[k]]


@settings(deadline=None, max_examples=20)
@given(seed=seeds)
def test_a_new_sensor_or_link_leaves_other_draws_alone(make_random: Callable, make_ladder: Callable, seed: int) -> None:
    """A new node with a sensor of its own, linked to nobody's disadvantage: everyone else's instants keep every bit."""
    case = make_random(seed, names=("JPN", "ROK", "USFJ", "USFK", "INDOPACOM", "NEW"))
    case.home = [h % 5 for h in case.home[:-1]] + [5]
    policy = make_ladder()[2]
    with_it = case.run_under(policy)
    keep = case.sensor != len(case.home) - 1
    for name in ("t_s", "sensor", "number", "pd", "uniform"):
        setattr(case, name, getattr(case, name)[keep])
    case.home, case.infrared, case.ids = case.home[:-1], case.infrared[:-1], case.ids[:-1]
    case.report_delay_s, case.nodes = case.report_delay_s[:-1], case.nodes[:-1]
    without = case.run_under(policy)
    np.testing.assert_array_equal(with_it.received_s[keep][:, :5], without.received_s)
    np.testing.assert_array_equal(with_it.warning_received_s[:5, :5], without.warning_received_s)
    np.testing.assert_array_equal(with_it.known_s[:5], without.known_s)


@pytest.mark.parametrize("step", range(4))
def test_same_seed_same_bits_and_other_seed_other_delays(
    make_random: Callable, make_ladder: Callable, step: int
) -> None:
    case = make_random(11)
    policy: Policy = make_ladder()[step]
    one, two, other = case.run_under(policy), case.run_under(policy), case.run_under(policy, seed=99)
    for name in (*TIMES, "detected", "cued", "known_by", "known_from"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
    assert not np.array_equal(one.warning_received_s, other.warning_received_s)
