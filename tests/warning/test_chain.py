"""The chain of people and machines: paired draws, stated distributions, and what the rule refuses."""

import math
from dataclasses import replace

import numpy as np
import pytest

import trackfuse as tf
from trackfuse.catalog.records import item_accuracies
from trackfuse.core.errors import SettingsError
from trackfuse.sharing import Node
from trackfuse.warning import LEARNED_AT, WarningRule, chain_delays, chain_normal

NODES = (Node(node_id="A", nation="JPN", name="A"), Node(node_id="B", nation="ROK", name="B"))
RULE = WarningRule()


def drawn(runs: int) -> np.ndarray:
    return np.array([chain_normal(NODES, seed=3, run=run, launch_id="x") for run in range(runs)])


def test_medians_and_spreads_are_those_stated() -> None:
    """2,000 draws of two centres: quantiles of the logarithm within 5 standard errors (false failure below 1e-5)."""
    normal = drawn(2000)
    one = replace(RULE, processing_s=0.0, dissemination_s=0.0)
    log = np.log([chain_delays(one, NODES, z)[:, 0] for z in normal]).ravel()
    assert np.median(log) == pytest.approx(np.log(RULE.decision_s), abs=5.0 * 1.25 * RULE.decision_spread / 4000**0.5)
    assert log.std() == pytest.approx(RULE.decision_spread, rel=5.0 / (2 * 4000) ** 0.5)
    assert np.abs(np.corrcoef(normal.reshape(2000, 10).T) - np.eye(10)).max() < 5.0 / 2000**0.5
    whole = np.array([chain_delays(RULE, NODES, z)[:, 0] for z in normal]).ravel()
    low, high = np.quantile(whole, [0.025, 0.975])
    assert 40.0 < low < 50.0 and 130.0 < high < 150.0  # what the docstring of the rule says


def test_draws_belong_to_run_and_centre_alone() -> None:
    alone = chain_normal(NODES[1:], seed=3, run=5, launch_id="x")
    assert alone.tobytes() == drawn(6)[5, 1:].tobytes()
    assert not np.array_equal(drawn(2)[0], drawn(2)[1])


def test_a_nation_can_be_slower() -> None:
    slow = replace(RULE, nation_factor=(("ROK", 0.5), ("JPN", 2.0)))
    normal = drawn(1)[0]
    base, changed = chain_delays(RULE, NODES, normal), chain_delays(slow, NODES, normal)
    np.testing.assert_allclose(changed, base * [[2.0], [0.5]])
    assert (base[:, 1] > base[:, 0]).all() or (normal[:, 3] < -1.0).any()


@pytest.mark.parametrize("policy", ["national", "bilateral", "ideal"])
def test_every_notice_of_a_run_waits_for_the_same_people(policy: str) -> None:
    one, other = (tf.simulate("hwasong12_2022_10_04", name, seed=9, run=4) for name in (policy, "trilateral"))
    given = [run.launch_notices[0].notices for run in (one, other)]
    waited = [each.launch_notice_s - each.launch_met_s for each in given]
    known = np.isfinite(waited[0]) & np.isfinite(waited[1])
    assert known.sum() >= 3
    np.testing.assert_allclose(waited[0][known], waited[1][known], rtol=1e-12)
    places = given[0]
    told = np.isfinite(places.place_notice_s)
    delay = np.broadcast_to(waited[0][:, None], told.shape)[told]
    np.testing.assert_allclose((places.place_notice_s[told] - places.place_met_s[told]), delay, rtol=1e-9)


@pytest.mark.parametrize(
    ("field", "value"),
    [("decision_spread", -0.1), ("launch_needs", "trak"), ("nation_factor", (("JPN", -1.0),)), ("lost_s", float("nan")),
     ("cancel_share", 1.5), ("least_left_s", 1e9)],
)  # fmt: skip
def test_a_rule_that_cannot_be_is_refused(field: str, value: object) -> None:
    with pytest.raises(SettingsError, match=field):
        replace(RULE, **{field: value})


def test_a_launch_notice_can_wait_for_an_own_track() -> None:
    base = tf.load_scenario("hwasong12_2022_10_04")
    careful = replace(base, rule=replace(base.rule, launch_needs="track"))
    eager, late = (tf.simulate(scenario, seed=2).launch_notices[0].notices for scenario in (base, careful))
    assert (late.launch_met_s >= eager.launch_met_s).all() and (late.launch_met_s > eager.launch_met_s).any()
    np.testing.assert_array_equal(late.launch_met_s, tf.simulate(base, seed=2).knowledge[0].confirmed_s)


def test_a_learned_chain_takes_the_place_of_its_steps() -> None:
    """Points of a lognormal law of median 60 s and spread 0.3: 60 exp(0.3 z) at any z between them, the outermost point
    beyond them. Another audience, another nation and the all-clear keep their steps."""
    points = tuple(60.0 * math.exp(0.3 * z) for z in LEARNED_AT)
    plain = WarningRule()
    rule = replace(plain, learned=(("JPN public", points), ("ROK mariners", points)))
    nodes = tuple(Node(node_id=name, nation=name, name=name) for name in ("JPN", "ROK", "USA"))
    for z in (-5.0, -1.3, 0.0, 0.1, 2.0, 5.0):
        normal = np.full((3, 5), 0.4)
        normal[:, 1] = z
        expected = chain_delays(plain, nodes, normal)
        expected[0, 0] = expected[1, 1] = 60.0 * math.exp(0.3 * min(max(z, -3.5), 3.5))
        np.testing.assert_allclose(chain_delays(rule, nodes, normal), expected, rtol=1e-12)


def test_messages_are_as_coarse_as_the_table_of_the_exchange_says() -> None:
    """The rule's own numbers are those of data/exchange.csv, as assumed: no second set of them."""
    table = item_accuracies()
    assert (RULE.impact_point_m, RULE.impact_time_s) == (table["impact_point_m"], table["impact_time_s"])
