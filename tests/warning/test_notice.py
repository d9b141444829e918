"""The warning rule: probabilities against Monte Carlo, and what must hold of every notice."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pymap3d
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymap3d.vincenty import vdist, vreckon

from trackfuse.earth import Place
from trackfuse.kernels import notice as kernel
from trackfuse.sharing import Node
from trackfuse.tracking.settings import TrackerSettings
from trackfuse.warning import (
    Arrival,
    Changes,
    Notices,
    Predictions,
    PredictionSet,
    Regions,
    WarningRule,
    arrivals,
    chain_delays,
    concern,
    notices,
    notices_table,
    predict,
    prediction_set_of,
)
from trackfuse.warning.notice import AGAIN, CANCEL
from trackfuse.warning.table import regions_table

NODES = (Node(node_id="A", nation="JPN", name="A"), Node(node_id="B", nation="ROK", name="B"))
RULE = WarningRule(probability=0.1, corridor_km=50.0, impact_km=50.0)
MEDIANS = np.zeros((2, 5))
NOTHING = np.empty(0)
NO_CHANGES = Changes(
    node=NOTHING.astype(int), place=NOTHING.astype(int), kind=NOTHING.astype(int), met_s=NOTHING, notice_s=NOTHING
)
NO_REGIONS = Regions(
    node=NOTHING.astype(int), update=NOTHING.astype(bool), met_s=NOTHING, notice_s=NOTHING, lat_rad=NOTHING,
    lon_rad=NOTHING, time_s=NOTHING, covariance=np.empty((0, 2, 2)), holds=NOTHING.astype(bool),
)  # fmt: skip
SETTINGS = TrackerSettings(drag_fraction=0.0)


def place(name: str, lat: float, lon: float, nation: str = "JPN") -> Place:
    return Place(name=name, nation=nation, region="", lat_deg=lat, lon_deg=lon, population=1)


def predicted(states: np.ndarray, sigma_m: float = 100.0, sigma_mps: float = 1.0) -> Predictions:
    states = np.atleast_2d(states)
    covariance = np.diag([sigma_m] * 3 + [sigma_mps] * 3) ** 2
    k = len(states)
    return predict(states, np.broadcast_to(covariance, (k, 6, 6)), np.zeros(k), np.zeros(k), SETTINGS)


def alone(made: Predictions, node: np.ndarray, cycle_s: np.ndarray, boosting: float = 0.0) -> PredictionSet:
    """What centres know that hear nothing; each with one prediction a cycle."""
    silent = np.full((len(node), len(NODES)), np.inf)
    return prediction_set_of(
        made, node=node, made_s=cycle_s[np.arange(len(node)) % len(cycle_s)], boosting=np.full(len(node), boosting),
        reported=made, track_available_s=silent, items_available_s=silent,
    )  # fmt: skip


@settings(deadline=None, max_examples=40)
@given(
    across=st.floats(-120e3, 120e3),
    rest=st.floats(-200e3, 400e3),
    sigma_across=st.floats(10.0, 80e3),
    sigma_along=st.floats(1e3, 150e3),
    correlation=st.floats(-0.95, 0.95),
    corridor=st.sampled_from([20e3, 50e3, 90e3]),
    impact=st.sampled_from([20e3, 50e3, 90e3]),
    seed=st.integers(0, 10**6),
)
def test_probability_is_that_of_monte_carlo(
    across: float,
    rest: float,
    sigma_across: float,
    sigma_along: float,
    correlation: float,
    corridor: float,
    impact: float,
    seed: int,
) -> None:
    """20,000 flights a case: within 6 standard deviations (a false failure once in 1e7) and 0.025.

    Where the impact is known much better than the track, the quadrature rounds off the edge of the impact's disc.
    """
    n = 20000
    z = np.random.default_rng(seed).standard_normal((2, n))
    aside = across - sigma_across * z[0]
    flown = rest + sigma_along * (correlation * z[0] + math.sqrt(1.0 - correlation**2) * z[1])
    hit = ((np.abs(aside) <= corridor) & (flown >= 0.0)) | (np.hypot(aside, flown) <= impact)
    p = kernel.concern(across, rest, (sigma_along, sigma_across, correlation), sigma_across, corridor, impact)
    assert abs(p - hit.mean()) < 6.0 * math.sqrt(max(p * (1.0 - p), 1e-4) / n) + 0.025


@settings(deadline=None, max_examples=60)
@given(
    across=st.floats(-200e3, 200e3),
    rest=st.floats(-300e3, 300e3),
    sigma=st.floats(100.0, 2e5),
    more=st.floats(1.0, 3.0),
)
def test_a_wider_concern_is_never_less_likely(across: float, rest: float, sigma: float, more: float) -> None:
    """To the quadrature's 0.01."""
    narrow = kernel.concern(across, rest, (sigma, sigma, 0.0), sigma, 50e3, 50e3)
    wide = kernel.concern(across, rest, (sigma, sigma, 0.0), sigma, 50e3 * more, 50e3 * more)
    assert 0.0 <= narrow <= wide + 0.01 <= 1.01


def test_position_against_a_track_is_that_of_geodesy() -> None:
    """A track due east along the equator, in legs of 300 km; offsets by the geodesic: 0.5 % for the flattening."""
    lon = np.linspace(0.0, 27.0, 11)
    ground = np.ascontiguousarray(np.stack(pymap3d.geodetic2ecef(np.zeros(11), lon, np.zeros(11)), axis=1))
    leg, metre = np.zeros((10, 10)), math.radians(1.0) * 6378137.0
    kernel.legs(ground, leg)
    for lat_off, at, rest in ((0.3, 13.4, 13.6), (-0.4, 2.7, 24.3), (0.0, 28.0, -1.0), (0.2, 27.5, -0.5)):
        across, left, _, _ = kernel.nearest(leg, *(float(c) for c in pymap3d.geodetic2ecef(lat_off, at, 0.0)))
        north = math.copysign(float(vdist(0.0, at, lat_off, at)[0]), lat_off) if lat_off else 0.0
        assert across == pytest.approx(north, rel=0.005, abs=20.0)
        assert left == pytest.approx(rest * metre, rel=0.002)
    behind, left, segment, _ = kernel.nearest(leg, *(float(c) for c in pymap3d.geodetic2ecef(0.0, -1.0, 0.0)))
    assert (
        abs(behind) == pytest.approx(metre, rel=1e-3)
        and left == pytest.approx(27.0 * metre, rel=0.002)
        and segment == 0
    )


def test_known_flights_concern_what_they_pass(make_state: Callable) -> None:
    """A flight known to the metre: 1 within the corridor, 0 outside it, up to 50 km past the impact and no farther."""
    made = predicted(make_state(40.8, 128.5, 250.0, 4700.0, 85.0, 38.0), 1.0, 1e-3)
    lat, lon, _ = pymap3d.ecef2geodetic(*made.ground_m[0].T)
    ends = math.degrees(made.lat_rad[0]), math.degrees(made.lon_rad[0])
    _, back = vdist(*ends, lat[-2], lon[-2])
    ahead = float(back) + 180.0

    def aside(km: float, k: int = 7) -> tuple[float, float]:
        return tuple(float(x) for x in vreckon(lat[k], lon[k], km * 1e3, 0.0))

    def beyond(km: float) -> tuple[float, float]:
        return tuple(float(x) for x in vreckon(*ends, km * 1e3, ahead))

    where = [aside(0.0), aside(45.0), aside(55.0), beyond(0.0), beyond(45.0), beyond(55.0)]
    places = tuple(place(str(k), *point) for k, point in enumerate(where))
    chance = concern(made, np.zeros(1), places, RULE)[0][0]
    np.testing.assert_allclose(chance, [1, 1, 0, 1, 1, 0], atol=1e-5)


@pytest.mark.parametrize(("leg", "offset_km"), [(5, 40.0), (5, 65.0), (12, 30.0), (15, 20.0), (15, 90.0)])
def test_probability_covers_drawn_flights(make_state: Callable, leg: int, offset_km: float) -> None:
    """2,000 flights drawn from a track of 2 km and 40 m/s: the share that concerns a place is the probability given.

    4.5 standard deviations (false failure below 1e-5; seed fixed) and 0.03 for the straight lines of the rule.
    """
    rng = np.random.default_rng(leg)
    mean = make_state(40.8, 128.5, 250.0, 4700.0, 85.0, 38.0)
    sigma = np.array([2000.0] * 3 + [40.0] * 3)
    made = predicted(mean, 2000.0, 40.0)
    lat, lon, _ = pymap3d.ecef2geodetic(*made.ground_m[0, leg])
    there = place("P", *(float(x) for x in vreckon(lat, lon, offset_km * 1e3, 20.0)))
    p = concern(made, np.zeros(1), (there,), RULE)[0][0, 0]
    flown = predicted(mean + rng.standard_normal((2000, 6)) * sigma, 1.0, 1e-3)
    share = concern(flown, np.zeros(2000), (there,), RULE)[0][:, 0].mean()
    assert 0.02 < p < 0.98
    assert abs(p - share) < 4.5 * math.sqrt(p * (1.0 - p) / 2000) + 0.03


def test_arrival_is_the_closest_passage(make_state: Callable, fly: Callable) -> None:
    start = make_state(40.8, 128.5, 250.0, 4700.0, 85.0, 38.0)
    end = float(predicted(start).time_s[0])
    t = np.append(np.arange(0.0, end, 0.5), end)
    position = fly(start, SETTINGS.beta_kgpm2, t[1:])[:, :3]
    position = np.concatenate([start[None, :3], position])
    lat, lon, _ = pymap3d.ecef2geodetic(*position.T)
    k = 800
    off = [tuple(float(x) for x in vreckon(lat[k], lon[k], d, 0.0)) for d in (0.0, 45e3, 60e3)]
    places = (
        *(place(str(i), *point) for i, point in enumerate(off)),
        place("splash", float(lat[-1]), float(lon[-1])),
        place("far", 0.0, 0.0),
    )
    got = arrivals(t, position, places, RULE)
    assert got[0] == pytest.approx(t[k], abs=0.5) and got[1] == pytest.approx(t[k], abs=10.0)
    assert np.isnan(got[2]) and np.isnan(got[4])
    assert got[3] == pytest.approx(t[-1], abs=0.5)
    small = replace(RULE, corridor_km=1.0)
    beside = place("beside", *(float(x) for x in vreckon(lat[-1], lon[-1], 30e3, 0.0)))
    assert arrivals(t, position, (beside,), small)[0] == t[-1]


def applied(
    states: np.ndarray, rule: WarningRule, boosting: float = 0.0, sigma_mps: float = 60.0, known: float = 90.0
) -> Notices:
    """A track a centre and cycle of 10 s from 200 s on, the same for both centres, ever better known."""
    places = (
        place("east", 41.2, 141.0),
        place("other", 41.2, 141.0, "ROK"),
        place("off", 38.0, 141.0),
        place("far", 20.0, 141.0),
    )
    k = len(states)
    shrink = 0.7 ** np.arange(k)
    covariance = np.diag([1000.0] * 3 + [sigma_mps] * 3) ** 2 * shrink[:, None, None] ** 2
    made = predict(
        np.tile(states, (2, 1)), np.tile(covariance, (2, 1, 1)), np.zeros(2 * k), np.full(2 * k, boosting), SETTINGS
    )
    return notices(
        known=alone(made, np.repeat([0, 1], k), 200.0 + 10.0 * np.arange(k), boosting),
        nodes=NODES,
        places=places,
        rule=rule,
        confirmed_s=np.array([150.0, np.inf]),
        message_s=np.array([np.inf, known]),
        delay_s=chain_delays(rule, NODES, MEDIANS),
        truth=Arrival(np.array([420.0, 420.0, np.nan, np.nan]), 0.7, 2.5, 1100.0, 1100.0),
    )


@pytest.fixture(scope="module")
def states(make_state: Callable) -> np.ndarray:
    return np.tile(make_state(40.8, 128.5, 250.0, 4700.0, 85.0, 38.0), (12, 1))


@settings(deadline=None, max_examples=40)
@given(low=st.floats(0.001, 1.0), high=st.floats(0.001, 1.0), seed=st.integers(0, 10**6), sigma=st.floats(1.0, 300.0))
def test_a_higher_threshold_is_never_earlier(
    states: np.ndarray, low: float, high: float, seed: int, sigma: float
) -> None:
    low, high = sorted((low, high))
    drawn = states + np.random.default_rng(seed).standard_normal(states.shape) * np.array([1000.0] * 3 + [30.0] * 3)
    eager = applied(drawn, replace(RULE, probability=low), sigma_mps=sigma)
    careful = applied(drawn, replace(RULE, probability=high), sigma_mps=sigma)
    assert (careful.place_notice_s >= eager.place_notice_s).all()
    assert (careful.first_notice_s >= eager.first_notice_s).all()


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10**6), more_s=st.floats(0.0, 600.0))
def test_notices_follow_knowledge_and_delays(states: np.ndarray, seed: int, more_s: float) -> None:
    drawn = states + np.random.default_rng(seed).standard_normal(states.shape) * np.array([3000.0] * 3 + [60.0] * 3)
    soon, late = applied(drawn, RULE), applied(drawn, replace(RULE, decision_s=RULE.decision_s + more_s))
    np.testing.assert_array_equal(soon.launch_notice_s, np.array([150.0, 90.0]) + 75.0)
    assert (soon.place_met_s >= 200.0).all() and (soon.place_notice_s >= soon.place_met_s + 75.0).all()
    np.testing.assert_allclose(late.place_notice_s, soon.place_notice_s + more_s)
    assert np.isinf(soon.place_notice_s[0, 1]) and np.isinf(soon.place_notice_s[1, [0, 2, 3]]).all()
    given_time = soon.warning_time_s
    assert given_time[0] == 420.0 - soon.place_notice_s[0, 0] or np.isnan(given_time[0])
    assert np.isnan(given_time[2:]).all()


def test_no_place_is_warned_while_the_engine_burns(states: np.ndarray) -> None:
    assert np.isinf(applied(states, RULE, boosting=0.6).place_notice_s).all()
    assert np.isfinite(applied(states, RULE, boosting=0.1).place_notice_s).any()


def test_a_lofted_flight_brings_a_launch_notice_alone(make_state: Callable) -> None:
    lofted = np.tile(make_state(40.0, 127.0, 300.0, 7000.0, 75.0, 85.0), (3, 1))
    got = applied(lofted, RULE, sigma_mps=5.0)
    assert np.isinf(got.place_notice_s).all()
    np.testing.assert_array_equal(got.first_notice_s, got.launch_notice_s)


def test_table_tells_the_four_outcomes() -> None:
    places = tuple(place(name, 40.0, 140.0) for name in ("early", "tardy", "spared", "unwarned", "quiet"))
    given_notices = Notices(
        launch_met_s=np.array([20.0]),
        launch_notice_s=np.array([95.0]),
        place_met_s=np.array([[100.0, 400.0, 120.0, np.inf, np.inf]]),
        place_notice_s=np.array([[175.0, 475.0, 195.0, np.inf, np.inf]]),
        changes=NO_CHANGES,
        regions=NO_REGIONS,
        over_met_s=np.full((1, 2), 500.0),
        over_notice_s=np.full((1, 2), 920.0),
        arrival_s=np.array([300.0, 450.0, np.nan, 310.0, np.nan]),
        impact_s=1000.0,
        over_s=1000.0,
    )
    table = notices_table(given_notices, NODES[:1], places)
    assert list(table[table["kind"] == "clear"]["outcome"]) == ["in time"]
    table = table[table["kind"] != "clear"].set_index("place").drop("ships and aircraft")
    assert dict(table["outcome"]) == {
        "": "in time",
        "early": "in time",
        "spared": "false",
        "tardy": "late",
        "unwarned": "missed",
    }
    assert table.loc["early", "warning_time_s"] == 125.0 and table.loc["tardy", "warning_time_s"] == -25.0
    assert np.isnan(table.loc["spared", "warning_time_s"]) and table.loc["", "warning_time_s"] == 905.0
    assert list(table.index) == ["", "early", "spared", "tardy", "unwarned"]


def test_a_change_is_of_its_own_centre_and_place() -> None:
    """A takes back "one" and informs it again; B, of the same nation, takes back "two" for good; "three" nobody does.

    None is concerned, so that a notice taken back for good is cancelled and every other one false.
    """
    nodes = NODES[0], replace(NODES[0], node_id="B")
    places = tuple(place(name, 40.0, 140.0) for name in ("one", "two", "three"))
    changes = Changes(
        node=np.array([0, 1, 0]), place=np.array([0, 1, 0]), kind=np.array([CANCEL, CANCEL, AGAIN]),
        met_s=np.array([150.0, 160.0, 170.0]), notice_s=np.array([250.0, 260.0, 270.0]),
    )  # fmt: skip
    given_notices = Notices(
        launch_met_s=np.full(2, 20.0), launch_notice_s=np.full(2, 95.0),
        place_met_s=np.full((2, 3), 100.0), place_notice_s=np.full((2, 3), 175.0),
        changes=changes, regions=NO_REGIONS, over_met_s=np.full((2, 2), 500.0), over_notice_s=np.full((2, 2), 920.0),
        arrival_s=np.full(3, np.nan), impact_s=1000.0, over_s=1000.0,
    )  # fmt: skip
    table = notices_table(given_notices, nodes, places)
    outcome = table[table["kind"] == "place"].set_index(["node", "place"])["outcome"]
    assert {key for key, value in outcome.items() if value == "cancelled"} == {("B", "two")}
    assert set(outcome.drop(("B", "two"))) == {"false"} and len(outcome) == 6


def test_a_region_is_warned_with_its_first_disc_and_concerned_by_any() -> None:
    """Of the north's two discs the second is warned and reached first; of the coast's two one notice is taken back; the
    hill's only one is; nothing is of the south. Korea's west is reached and not warned."""
    regions = {"north": 2, "coast": 2, "hill": 1, "south": 1}
    named = [place(name, 40.0, 140.0) for name, count in regions.items() for _ in range(count)]
    discs = tuple(replace(each, region=each.name) for each in (*named, place("west", 36.0, 128.0, "ROK")))
    met = np.array([[125.0, 75.0, 90.0, 80.0, 85.0, np.inf, np.inf], [np.inf] * 7])
    changes = Changes(
        node=np.zeros(2, int), place=np.array([3, 4]), kind=np.full(2, CANCEL), met_s=np.full(2, 200.0),
        notice_s=np.full(2, 275.0),
    )  # fmt: skip
    given_notices = Notices(
        launch_met_s=np.full(2, 20.0), launch_notice_s=np.full(2, 95.0), place_met_s=met, place_notice_s=met + 75.0,
        changes=changes, regions=NO_REGIONS, over_met_s=np.full((2, 2), 500.0), over_notice_s=np.full((2, 2), 920.0),
        arrival_s=np.array([400.0, 380.0] + [np.nan] * 4 + [450.0]), impact_s=1000.0, over_s=1000.0,
    )  # fmt: skip
    table = regions_table(given_notices, NODES, discs).set_index(["node", "region"])
    assert dict(table["outcome"]) == {
        ("A", "north"): "in time", ("A", "coast"): "false", ("A", "hill"): "cancelled", ("B", "west"): "missed",
    }  # fmt: skip
    north, coast = table.loc[("A", "north")], table.loc[("A", "coast")]
    assert (north["met_s"], north["notice_s"], north["arrival_s"]) == (75.0, 150.0, 380.0)
    assert (north["warning_time_s"], coast["met_s"], coast["notice_s"]) == (230.0, 80.0, 155.0)


def test_half_axes_of_a_region_are_those_of_its_ellipse() -> None:
    """Half-axes of 30 and 4 km of one sigma, the longer one 35 degrees off north."""
    turn = math.radians(35.0)
    axes = np.array([[math.sin(turn), math.cos(turn)], [math.cos(turn), -math.sin(turn)]])
    region = Regions(
        node=np.zeros(1, int), update=np.zeros(1, bool), met_s=np.full(1, 100.0), notice_s=np.full(1, 310.0),
        lat_rad=np.full(1, 0.7), lon_rad=np.full(1, 2.5), time_s=np.full(1, 990.0), holds=np.ones(1, bool),
        covariance=(axes.T @ np.diag([30e3, 4e3]) ** 2 @ axes)[None],
    )  # fmt: skip
    given_notices = Notices(
        launch_met_s=np.array([20.0]), launch_notice_s=np.array([95.0]), place_met_s=np.empty((1, 0)),
        place_notice_s=np.empty((1, 0)), changes=NO_CHANGES, regions=region, over_met_s=np.full((1, 2), 500.0),
        over_notice_s=np.full((1, 2), 920.0), arrival_s=NOTHING, impact_s=1000.0, over_s=1000.0,
    )  # fmt: skip
    row = notices_table(given_notices, NODES[:1], ()).set_index("kind").loc["region"]
    assert (row["major_km"], row["minor_km"]) == pytest.approx((30.0, 4.0), rel=1e-9)
    assert (row["impact_lat_deg"], row["impact_lon_deg"]) == pytest.approx((math.degrees(0.7), math.degrees(2.5)))
    assert (row["impact_s"], row["outcome"], row["warning_time_s"]) == (990.0, "in time", 690.0)


def test_nothing_known_is_nothing_said() -> None:
    none = predicted(np.full((1, 6), np.nan))
    got = notices(
        known=alone(none, np.zeros(1, int), np.array([5.0])),
        nodes=NODES,
        places=(),
        rule=RULE,
        confirmed_s=np.full(2, np.inf),
        message_s=np.full(2, np.inf),
        delay_s=chain_delays(RULE, NODES, MEDIANS),
        truth=Arrival(np.empty(0), 0.7, 2.2, 100.0, 100.0),
    )
    assert np.isinf(got.first_notice_s).all() and got.warning_time_s.shape == (0,)
    assert list(notices_table(got, NODES, ())["outcome"]) == ["missed"] * 4
