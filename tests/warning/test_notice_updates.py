"""What follows a first notice: taken back, given again, and the region told to ships and aircraft as it moves."""

import math
from dataclasses import replace

import numpy as np
import pymap3d
import pytest

import trackfuse as tf
from trackfuse.earth import Place
from trackfuse.kernels import notice_updates as kernel
from trackfuse.sharing import Node
from trackfuse.warning import (
    Arrival,
    Predictions,
    WarningRule,
    arrivals,
    chain_delays,
    concern,
    notices,
    notices_table,
    prediction_set_of,
    soonest,
)

JAPAN, KOREA = Node(node_id="A", nation="JPN", name="A"), Node(node_id="B", nation="ROK", name="B")
RULE = WarningRule(lost_s=100.0, update_km=50.0, update_s=120.0, least_left_s=-3600.0)
TOWN = Place(name="town", nation="JPN", region="", lat_deg=40.0, lon_deg=141.0, population=1)


def flights(ends: list[tuple[float, float]], sigma_m: float = 10e3) -> Predictions:
    """Predictions from 40 N 130 E to the ends given (degrees), one every 10 s, that come down at 600 s."""
    k, share = len(ends), np.linspace(0.0, 1.0, 16)
    lat = np.array([40.0 + share * (end[0] - 40.0) for end in ends])
    lon = np.array([130.0 + share * (end[1] - 130.0) for end in ends])
    ground = np.stack(pymap3d.geodetic2ecef(lat, lon, np.zeros_like(lat)), axis=2)
    covariance = np.tile(np.diag([sigma_m, sigma_m, 1.0]) ** 2, (k, 1, 1))
    return Predictions(
        lat_rad=np.radians(lat[:, -1]), lon_rad=np.radians(lon[:, -1]), time_s=np.full(k, 600.0), covariance=covariance,
        status=np.zeros(k, np.int8), ground_m=ground, ground_sigma_m=np.full((k, 16), sigma_m),
    )  # fmt: skip


def given(ends: list[tuple[float, float]], *, rule: WarningRule = RULE, arrival: float = np.nan, sigma_m: float = 10e3,
          nodes: tuple[Node, ...] = (JAPAN,), at: list[float] | None = None) -> tuple:  # fmt: skip
    k, n = len(ends), len(nodes)
    cycle_s = np.array(at) if at is not None else 100.0 + 10.0 * np.arange(k)
    received = np.full((n, n, k), np.inf)
    if n > 1:
        received[0, 1] = cycle_s + 7.0
    made = flights(ends, sigma_m)
    known = prediction_set_of(
        made, node=np.zeros(k, int), made_s=cycle_s, boosting=np.zeros(k), reported=made,
        track_available_s=soonest(np.zeros(k, int), np.arange(k), received), items_available_s=np.full((k, n), np.inf),
    )  # fmt: skip
    got = notices(
        known=known, nodes=nodes, places=(TOWN,), rule=rule,
        confirmed_s=np.full(n, 90.0), message_s=np.full(n, np.inf),
        delay_s=chain_delays(rule, nodes, np.zeros((n, 5))),
        truth=Arrival(np.array([arrival]), math.radians(40.0), math.radians(145.0), 600.0, 600.0),
    )  # fmt: skip
    return got, notices_table(got, nodes, (TOWN,))


OVER, SHORT = (40.0, 145.0), (40.0, 137.0)


def test_an_object_seen_to_fall_short_cancels() -> None:
    """Three predictions over the town, then it falls 340 km before it: cancelled once the picture says so."""
    got, table = given([OVER] * 3 + [SHORT] * 2)
    assert got.place_met_s[0, 0] == 100.0
    np.testing.assert_array_equal(got.changes.met_s, [130.0])
    np.testing.assert_array_equal(got.changes.notice_s, [130.0 + 75.0])
    place = table[table["kind"] == "place"].iloc[0]
    assert place["outcome"] == "cancelled"
    assert list(table[table["kind"] == "cancel"]["place"]) == ["town"]


def test_a_missile_cancelled_wrongly_is_missed() -> None:
    _, table = given([OVER] * 3 + [SHORT] * 2, arrival=470.0)
    assert table[table["kind"] == "place"].iloc[0]["outcome"] == "missed"
    _, table = given([OVER] * 3 + [SHORT] * 2, arrival=200.0)  # it came before the cancellation was out
    assert table[table["kind"] == "place"].iloc[0]["outcome"] == "in time"


def test_what_is_taken_back_can_be_given_again() -> None:
    got, table = given([OVER, SHORT, OVER], rule=replace(RULE, lost_s=1e4), arrival=470.0)
    np.testing.assert_array_equal(got.changes.kind, [kernel.CANCEL, kernel.AGAIN])
    assert table[table["kind"] == "place"].iloc[0]["outcome"] == "in time"


def test_a_place_already_passed_is_not_cancelled() -> None:
    """Expected over the town at 579 s: a prediction of 590 s that says nothing of it takes nothing back."""
    past = [OVER] * 3 + [SHORT]
    assert given(past, at=[100.0, 110.0, 120.0, 130.0])[0].changes.kind.size == 1
    assert given(past, at=[500.0, 510.0, 520.0, 590.0])[0].changes.kind.size == 0


def test_a_track_lost_for_long_cancels() -> None:
    """Nothing new after 120 s: silence for 100 s, and the missile is expected only after that."""
    got, _ = given([OVER] * 3)
    np.testing.assert_array_equal(got.changes.met_s, [220.0])
    patient, _ = given([OVER] * 3, rule=replace(RULE, lost_s=400.0))
    assert patient.changes.kind.size == 0


def test_a_cancellation_never_overtakes_its_notice() -> None:
    rule = replace(RULE, nation_factor=(("JPN", 3.0),))
    got, _ = given([OVER, SHORT, SHORT], rule=rule)
    assert (got.changes.notice_s >= got.place_notice_s[0, 0]).all() and np.isfinite(got.place_notice_s[0, 0])


def test_too_late_a_notice_is_not_given_if_the_rule_says_so() -> None:
    """Expected at about 470 s; out at 175 s: so 295 s are left."""
    lon = np.interp(141.0, [130.0, 145.0], [0.0, 1.0])
    left = 100.0 + 500.0 * lon - 175.0
    assert np.isfinite(given([OVER], rule=replace(RULE, least_left_s=left - 20.0))[0].place_met_s).all()
    assert np.isinf(given([OVER], rule=replace(RULE, least_left_s=left + 20.0))[0].place_met_s).all()


def test_a_region_is_told_once_small_enough_and_again_when_it_moves_or_ages() -> None:
    near, far = (40.0, 145.2), (40.0, 146.0)  # 17 and 85 km on
    got, table = given([OVER] * 2 + [near] + [far], nodes=(JAPAN, KOREA))
    for node, lag in ((0, 0.0), (1, 7.0)):
        mine = got.regions.node == node
        np.testing.assert_array_equal(got.regions.met_s[mine], [100.0 + lag, 130.0 + lag])
        np.testing.assert_array_equal(got.regions.update[mine], [False, True])
        np.testing.assert_allclose(got.regions.notice_s[mine] - got.regions.met_s[mine], 210.0)
    told = table[(table["place"] == "ships and aircraft") & (table["kind"] != "clear")].groupby("node")
    assert told["outcome"].apply(list).to_dict() == {"A": ["in time", "false"], "B": ["in time", "false"]}
    aged, _ = given([OVER] * 20)
    np.testing.assert_array_equal(aged.regions.met_s, [100.0, 220.0])
    vague, table = given([OVER] * 3, sigma_m=200e3)
    assert vague.regions.node.size == 0 and (table["outcome"][table["kind"] == "region"] == "missed").all()


def test_a_prediction_that_arrives_after_a_newer_one_is_not_believed() -> None:
    """The centre hears of 110 s before 100 s: the older one moves nothing."""
    made = flights([SHORT, OVER])
    changes, told = np.empty((9, 3)), np.empty((9, 3))
    received = kernel.Received(np.array([1, 0]), np.array([130.0, 120.0]), np.ones(2, bool))
    evidence = kernel.Evidence(
        np.zeros(2, int), np.array([100.0, 110.0]), np.ones(2, bool), 1, np.zeros((2, 0)), np.zeros((2, 0), bool),
        np.zeros((2, 0)), made.arrays,
    )  # fmt: skip
    limits = kernel.Limits(0.01, 100.0, 3e5, 5e4, 120.0)
    _, count = kernel.update_notices(received, evidence, np.empty(0), limits, changes, told, np.empty(2))
    assert count == 1 and told[0, 1] == 1.0


def test_a_disc_is_concerned_from_its_edge() -> None:
    """A disc of 80 km whose middle is 100 km beside the flight is concerned, a point there is not."""
    aside = replace(TOWN, lat_deg=40.9)
    rule = replace(RULE, corridor_km=30.0, impact_km=30.0)
    made = flights([OVER], 1e3)
    discs = aside, replace(aside, radius_km=80.0)
    point, disc = concern(made, np.zeros(1), discs, rule)[0][0]
    assert point < 1e-6 and disc > 0.999


def test_a_disc_is_concerned_by_an_impact_at_its_edge() -> None:
    """The middle is 100 km past the impact, which is known to 1 km. A disc of 80 km ends 20 km from it, within the 30
    km that count; one of 60 km ends 40 km from it, as far as the point in its middle is beyond all that counts."""
    rule = replace(RULE, corridor_km=1.0, impact_km=30.0)
    made = flights([OVER], 1e3)
    past = replace(TOWN, lat_deg=40.0, lon_deg=145.0 + math.degrees(100e3 / (6387e3 * math.cos(math.radians(40.0)))))
    discs = tuple(replace(past, radius_km=radius) for radius in (80.0, 60.0, 0.0))
    np.testing.assert_allclose(concern(made, np.zeros(1), discs, rule)[0][0], [1.0, 0.0, 0.0], atol=1e-6)
    end = made.ground_m[0, -1]
    reached = arrivals(np.array([0.0, 600.0]), np.stack([made.ground_m[0, 0], end]), discs, rule)
    np.testing.assert_array_equal(reached, [600.0, np.nan, np.nan])


def test_all_clear_follows_the_last_place_and_the_impact() -> None:
    """Over the town at 467 s, down at 600 s: the public is told 7 min after the one, ships 7 min after the other."""
    got, table = given([OVER] * 3, rule=replace(RULE, lost_s=1e4), arrival=470.0)
    passed = 100.0 + 500.0 * np.interp(141.0, [130.0, 145.0], [0.0, 1.0])
    np.testing.assert_allclose(got.over_met_s, [[passed, 600.0]], atol=8.0)
    np.testing.assert_allclose(got.clear_s - got.over_met_s, 420.0)
    clear = table[table["kind"] == "clear"]
    assert list(clear["outcome"]) == ["in time", "in time"] and list(clear["arrival_s"]) == [470.0, 600.0]


def test_an_all_clear_that_comes_too_soon_is_false() -> None:
    """The picture says 467 s and 600 s; the missile is there at 1,500 s."""
    _, table = given([OVER] * 3, rule=replace(RULE, lost_s=1e4), arrival=1500.0)
    assert list(table[table["kind"] == "clear"]["outcome"]) == ["false", "in time"]


def test_without_a_predicted_impact_all_is_over_after_a_silence() -> None:
    """The last word of a region that nobody could predict is that of 120 s; nobody was told of an impact."""
    made = flights([OVER] * 3)
    silent, nodes = np.full((3, 1), np.inf), (JAPAN,)
    known = prediction_set_of(
        made, node=np.zeros(3, int), made_s=np.array([100.0, 110.0, 120.0]), boosting=np.ones(3), reported=made,
        track_available_s=silent, items_available_s=silent,
    )  # fmt: skip
    got = notices(
        known=known, nodes=nodes, places=(TOWN,), rule=RULE, confirmed_s=np.full(1, 90.0), message_s=np.full(1, np.inf),
        delay_s=chain_delays(RULE, nodes, np.zeros((1, 5))), truth=Arrival(np.array([np.nan]), 0.7, 2.5, 600.0, 600.0),
    )  # fmt: skip
    np.testing.assert_allclose(got.clear_s, [[120.0 + RULE.lost_s + 420.0, np.inf]])


def test_who_gave_no_notice_gives_no_all_clear() -> None:
    run = tf.simulate("kn25_2023_02_20", "national", seed=3)
    told = run.notices[np.isfinite(run.notices["notice_s"])]
    assert set(told[told["kind"] == "clear"]["node"]) == set(told[told["kind"] == "launch"]["node"]) != set()
    first = told[told["kind"] == "launch"].set_index("node")["notice_s"]
    clear = told[(told["kind"] == "clear") & (told["place"] == "")].set_index("node")
    assert (clear["notice_s"] > first[clear.index]).all() and (clear["notice_s"] > clear["met_s"]).all()


@pytest.mark.parametrize("name", ["hwasong12_2022_10_04", "kn25_2023_02_20", "hwasong18_2023_07_12"])
def test_every_notice_of_a_shipped_launch_follows_its_cause(name: str) -> None:
    for policy in ("bilateral", "trilateral", "ideal"):
        run = tf.simulate(name, policy, seed=11)
        table = run.notices
        given = table[np.isfinite(table["notice_s"])]
        assert (given["notice_s"] > given["met_s"]).all()
        known = run.nodes.set_index("node")["detection_s"]
        assert (given["met_s"].to_numpy() >= known[given["node"]].to_numpy()).all()
        assert set(table["kind"]) <= {"launch", "place", "region", "update", "cancel", "clear"}
        assert set(table["outcome"]) <= {"in time", "late", "missed", "false", "cancelled"}
