"""What a centre hears of another's prediction: when it counts, how coarse it is, and that it is what is decided on."""

from dataclasses import replace

import numpy as np
import pymap3d
import pytest

import trackfuse as tf
from trackfuse.earth import Place
from trackfuse.sharing import Node
from trackfuse.simulation.warning_inputs import warning_inputs
from trackfuse.warning import (
    HIT,
    Arrival,
    Predictions,
    WarningRule,
    chain_delays,
    notices,
    prediction_set_of,
    rounded,
    soonest,
)

CYCLES = np.array([10.0, 20.0, 30.0])


def predictions(count: int) -> Predictions:
    """Flights due east along 40 N from 130 E to 141 E."""
    lon = np.linspace(130.0, 141.0, 16)
    ground = np.stack(pymap3d.geodetic2ecef(np.full(16, 40.0), lon, np.zeros(16)), axis=1)
    return Predictions(
        lat_rad=np.full(count, np.radians(40.0)), lon_rad=np.full(count, np.radians(141.0)),
        time_s=np.full(count, 600.0), covariance=np.tile(np.diag([3e3, 2e3, 1.0]) ** 2, (count, 1, 1)),
        status=np.zeros(count, np.int8), ground_m=np.tile(ground, (count, 1, 1)),
        ground_sigma_m=np.full((count, 16), 2e3),
    )  # fmt: skip


def test_own_and_heard_predictions() -> None:
    """The first node predicts at 20 s; its track of then is lost, the next one, with the same content, is there at
    34 s; what it tells in messages is there at 29 s. Its own it has at once, and nobody tells it to itself."""
    track, items = np.full((2, 2, 2, 3), np.inf)
    track[0, 1], items[0, 1] = [12.0, np.inf, 34.0], [np.inf, 29.0, np.inf]
    items[0, 0] = 11.0
    node, cycle = np.array([0, 1]), np.array([1, 2])
    got = prediction_set_of(
        predictions(2), node=node, made_s=CYCLES[cycle], boosting=np.zeros(2), reported=predictions(2),
        track_available_s=soonest(node, cycle, track), items_available_s=soonest(node, cycle, items),
    )  # fmt: skip
    np.testing.assert_array_equal(got.available_s, [[20.0, 34.0], [np.inf, 30.0], [np.inf, 29.0]])
    np.testing.assert_array_equal(got.origin, [0, 1, 2])


def test_another_voice_never_makes_it_later() -> None:
    rng = np.random.default_rng(5)
    for _ in range(200):
        node, cycle = rng.integers(0, 4, 6), rng.integers(0, 3, 6)
        received = CYCLES + rng.exponential(8.0, size=(4, 4, 3))
        received[rng.random(received.shape) < 0.3] = np.inf
        poorer = received.copy()
        poorer[rng.integers(4), rng.integers(4)] = np.inf
        at = soonest(node, cycle, received)
        assert (at <= soonest(node, cycle, poorer)).all()
        assert (at >= CYCLES[cycle][:, None]).all()


def test_what_is_told_is_as_coarse_as_it_says() -> None:
    """2,000 messages of one prediction: the spread of what they tell is what is added to the covariance, to five
    standard errors (a false failure below 1e-5); in the middle of the path it is that of the mean of its ends."""
    n, sure = 2000, predictions(2000)
    told = rounded(
        sure, np.random.default_rng(3).standard_normal((n, 6)), impact_m=5e3, time_s=7.0, position_m=20e3
    )  # fmt: skip
    miss = np.stack(pymap3d.geodetic2enu(told.lat_rad, told.lon_rad, 0.0, sure.lat_rad, sure.lon_rad, 0.0, deg=False))
    added = told.covariance[0] - sure.covariance[0]
    allowed = 5.0 * np.sqrt(2.0 / n)
    np.testing.assert_allclose(miss[:2].var(axis=1), np.diag(added)[:2], rtol=allowed)
    assert (told.time_s - 600.0).var() == pytest.approx(49.0, rel=allowed)
    for m, share in ((0, 0.0), (7, 7 / 15), (15, 1.0)):
        across = pymap3d.ecef2enuv(*(told.ground_m[:, m] - sure.ground_m[:, m]).T, 40.0, 130.0 + 11.0 * share)[1]
        claimed = told.ground_sigma_m[0, m] ** 2 - 2e3**2
        assert claimed == pytest.approx(((1.0 - share) * 20e3) ** 2 + (share * 5e3) ** 2, rel=1e-9)
        assert np.var(across) == pytest.approx(claimed, rel=allowed + 0.01)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_any_number_is_told(count: int) -> None:
    told = rounded(predictions(count), np.ones((count, 6)), impact_m=5e3, time_s=5.0, position_m=5e3)
    assert told.lat_rad.shape == told.lon_rad.shape == told.time_s.shape == (count,)
    assert told.ground_m.shape == (count, 16, 3) and told.covariance.shape == (count, 3, 3)


@pytest.mark.parametrize("sigma_m", [2e3, 200e3], ids=["knows better", "knows less"])
def test_a_message_counts_unless_a_track_tells_better(sigma_m: float) -> None:
    """The centre's own track leads 3 degrees past the town; what it hears, at 35 s, leads over it."""
    town = Place(name="town", nation="JPN", region="", lat_deg=40.0, lon_deg=141.0, population=1)
    nodes = Node(node_id="A", nation="ROK", name="A"), Node(node_id="B", nation="JPN", name="B")
    made, track, items = predictions(2), *np.full((2, 2, 2, 3), np.inf)
    items[0, 1, 1] = 35.0
    aside = np.stack(pymap3d.geodetic2ecef(np.linspace(40.0, 43.0, 16), np.linspace(130.0, 141.0, 16), 0.0), axis=1)
    made = replace(
        made, lat_rad=np.radians([40.0, 43.0]), ground_m=np.stack([made.ground_m[0], aside]),
        covariance=np.stack([made.covariance[0], np.diag([sigma_m, sigma_m, 1.0]) ** 2]),
    )  # fmt: skip
    told = rounded(made, np.zeros((2, 6)), impact_m=5e3, time_s=5.0, position_m=5e3)
    node, cycle = np.array([0, 1]), np.array([1, 1])
    known = prediction_set_of(
        made, node=node, made_s=CYCLES[cycle], boosting=np.zeros(2), reported=told,
        track_available_s=soonest(node, cycle, track), items_available_s=soonest(node, cycle, items),
    )  # fmt: skip
    rule = WarningRule()
    got = notices(
        known=known, nodes=nodes, places=(town,), rule=rule, confirmed_s=np.full(2, 9.0), message_s=np.full(2, np.inf),
        delay_s=chain_delays(rule, nodes, np.zeros((2, 5))), truth=Arrival(np.array([np.nan]), 0.7, 2.5, 600.0, 600.0),
    )  # fmt: skip
    assert got.place_met_s[1, 0] == (np.inf if sigma_m < 5e3 else 35.0)


@pytest.fixture(scope="module")
def deaf() -> tf.Scenario:
    """2022-10-04 with South Korea's sensors alone: Tokyo has what they measure as it is told."""
    scenario = tf.load_scenario("hwasong12_2022_10_04")
    return replace(scenario, sensors=tuple(s for s in scenario.sensors if s.node == "ROK"))


def test_messages_say_what_the_rule_decides_on(deaf: tf.Scenario) -> None:
    run = tf.simulate(deaf, seed=2)
    japan = [node.node_id for node in run.scenario.nodes].index("JPN")
    own, messages = warning_inputs(run).own, run.messages
    messages = messages[(messages["node"] == "JPN") & np.isfinite(messages["impact_lat_deg"])]
    told = set(zip(np.degrees(own.reported.lat_rad).tolist(), own.reported.time_s.tolist(), strict=True))
    assert set(zip(messages["impact_lat_deg"].tolist(), messages["impact_s"].tolist(), strict=True)) <= told
    regions = run.launch_notices[0].notices.regions
    mine = regions.node == japan
    assert mine.any() and not np.isin(japan, own.node)
    latitudes = set(np.degrees(own.reported.lat_rad[own.reported.status == HIT]).tolist())
    assert set(np.degrees(regions.lat_rad[mine]).tolist()) <= latitudes
    smaller = np.linalg.eigvalsh(regions.covariance[mine])[:, 0]
    assert (smaller >= run.scenario.rule.impact_point_m**2).all()


def test_coarser_items_are_a_smaller_help(deaf: tf.Scenario) -> None:
    """Told to 1 m, South Korea's prediction serves ships around Japan as it is; told to 200 km, it never suffices for
    the 300 km that the rule asks for. Where Tokyo has its own track nothing depends on it."""
    when = []
    for impact_m in (1.0, 5e3, 200e3):
        run = tf.simulate(replace(deaf, rule=replace(deaf.rule, impact_point_m=impact_m)), seed=2)
        japan = run.notices[(run.notices["node"] == "JPN") & (run.notices["kind"] == "region")]
        when.append(float(japan["notice_s"].min()))
    assert when[0] <= when[1] < when[2] == np.inf


@pytest.mark.parametrize("name", ["hwasong12_2022_10_04", "kn25_2023_02_20", "nodong_2016_08_03"])
def test_coarse_items_never_make_a_notice_later(name: str) -> None:
    """However coarse the exchange is, what it adds to the status quo is one more origin."""
    scenario = tf.load_scenario(name, assumptions="low")
    assert scenario.rule.impact_point_m == 50e3
    for run in range(3):
        two, three = (tf.simulate(scenario, p, seed=4, run=run).launch_notices[0].notices
                      for p in ("bilateral", "trilateral"))  # fmt: skip
        assert (three.place_notice_s <= two.place_notice_s).all()
        assert (three.launch_notice_s <= two.launch_notice_s).all()
