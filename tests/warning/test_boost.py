"""Prediction during boost: exact where the burn is known, calibrated where it is drawn, and the class told by Bayes."""

import math
from dataclasses import replace

import numpy as np
import pymap3d
import pytest
from scipy import stats

import trackfuse as tf
from trackfuse.catalog.missiles import missile, missile_names
from trackfuse.core.errors import FlightError, SettingsError
from trackfuse.flight import Flight, Launch, MissileClass, refly, state_at
from trackfuse.flight.vehicle import Steering, vehicle
from trackfuse.kernels import burn as kernel
from trackfuse.warning import BoostTrack, boost, boost_library, library, predict_boost

CLASSES = tuple(missile(name) for name in missile_names())
TRACK = np.diag([300.0] * 3 + [20.0] * 3) ** 2


@pytest.fixture(scope="module")
def flights() -> boost_library.Library:
    return library(CLASSES)


def launch(kind: MissileClass) -> Launch:
    return Launch(
        launch_id="x", missile=kind, lat_deg=40.0, lon_deg=127.0, azimuth_deg=90.0, apogee_km=100.0, range_km=100.0
    )


@pytest.mark.parametrize(("name", "cut", "kick"), [("Hwasong-12", 1.0, 8.0), ("Nodong", 0.9, 3.0),
                                                   ("Hwasong-17", 0.95, 1.0), ("KN-23", 1.0, 31.0)])  # fmt: skip
def test_a_known_burn_leads_to_the_known_impact(name: str, cut: float, kick: float) -> None:
    """From any instant of a flight, burnt on as that flight is: the impact of the fine integration to 1 % of range."""
    kind = missile(name)
    flown = refly(launch(kind), burn_fraction=cut, kick_deg=kick, pitch_azimuth_deg=80.0)
    share = np.array([0.3, 0.6, 0.9, 1.0])
    after = share * flown.burnout_s
    states = state_at(flown, after)
    out, pad = np.empty((4, 3)), vehicle(launch(kind))
    alike = pad._replace(stages=np.repeat(pad.stages[None], 4, axis=0), betas=np.repeat(pad.betas[None], 4, axis=0),
                         lift=np.full(4, pad.lift))
    kernel.resume_many(states, after, alike, np.full(4, cut), out)
    miss = np.hypot(*pymap3d.geodetic2enu(
        *out[:, :2].T, 0.0, math.radians(flown.impact_lat_deg), math.radians(flown.impact_lon_deg), 0.0, deg=False
    )[:2])  # fmt: skip
    assert (miss < 0.01 * 1e3 * max(flown.range_km, flown.apogee_km)).all()
    np.testing.assert_allclose(after + out[:, 2], flown.impact_s, rtol=0.005)


def test_profiles_are_those_of_flights() -> None:
    kind = missile("Hwasong-14")
    flown = refly(launch(kind), kick_deg=1.0, pitch_azimuth_deg=90.0)
    t = np.arange(0.0, 300.0, 5.0)
    out = np.empty((60, kernel.FEATURES))
    room = np.empty((4096, 10)), np.empty((60, 3)), np.empty((60, 3))
    kernel.profile(vehicle(launch(kind)), Steering(1.0, math.radians(1.0), 0.0), t, 2, *room, out)
    states = state_at(flown, t)
    lat, lon, height = pymap3d.ecef2geodetic(*states[:, :3].T)
    speed = np.linalg.norm(states[:, 3:], axis=1)
    np.testing.assert_allclose(out[4:, kernel.HEIGHT], height[4:], rtol=0.01)
    np.testing.assert_allclose(out[4:, kernel.SPEED], speed[4:], rtol=0.005)
    np.testing.assert_allclose(out[4:, kernel.GAIN], speed[4:] - speed[2:-2], atol=5.0)
    arc = pymap3d.vincenty.vdist(40.0, 127.0, lat[40:], lon[40:])[0]
    np.testing.assert_allclose(out[40:, kernel.ARC], arc, rtol=0.01)


def test_flights_of_the_library_are_throttled_within_their_bounds(flights: boost_library.Library) -> None:
    """Half are cut early, from 0.7 of the burn on; half have up to a tenth more thrust. Of 120 flights a class and 20
    classes the outermost is nearer to a bound than 2 % of the width but once in 1e5."""
    effort = flights.effort
    assert 0.7 <= effort.min() < 0.7 + 0.02 * 0.3 and 1.1 - 0.02 * 0.1 < effort.max() <= 1.1


def test_weights_are_bayes_rule() -> None:
    """Two flights of one instant each, in closed form: with equal priors the ratio of their normal densities."""
    rows = np.array([[[50e3, 1500.0, 0.8, 300.0, 0.0]], [[55e3, 1600.0, 0.7, 280.0, 0.0]]])
    given, variance = np.array([52e3, 1540.0, 0.76, 290.0]), np.array([1e3, 30.0, 0.02, 15.0]) ** 2
    floor, place, weight = np.array([0.02, 0.01, 0.03, 0.05]), np.empty(2, np.int32), np.empty(2)
    whole = np.arange(2, dtype=np.int32)
    ordered = kernel.ByHeight(whole, whole, rows[:, 0, :4].T.copy(), np.array([0, 2]), np.array([50e3, 55e3]))
    all_of = (-np.inf, np.inf)
    assert kernel.fit(ordered, all_of, all_of, given, variance, floor, np.array([1.0, 1.0]), place, weight) == 2
    size = np.column_stack([np.abs(rows[:, 0, :2]), np.ones(2), np.abs(rows[:, 0, 3])])
    sigma = np.sqrt(variance + (floor * size) ** 2)
    expected = stats.norm.pdf(given, rows[:, 0, :4], sigma).prod(axis=1)
    assert weight[0] / weight[1] == pytest.approx(expected[0] / expected[1], rel=1e-9)


def test_flights_are_found_wherever_they_are_in_the_library(flights: boost_library.Library) -> None:
    """Those near a track in height and speed, beside a search through all."""
    rows, random = flights.features.reshape(-1, kernel.FEATURES)[:, :4], np.random.default_rng(4)
    for given in rows[np.isfinite(rows[:, 1])][random.integers(300_000, size=20)]:
        variance = np.array([3e3, 40.0, 0.02, 20.0]) ** 2 * 10.0 ** random.uniform(-2.0, 2.0)
        found = boost._fitting(flights, given, variance)
        wide = variance + (np.array(boost.FLOOR) * np.column_stack([rows[:, :2], np.ones(len(rows)), rows[:, 3]])) ** 2
        near = ((given - rows) ** 2 / wide).sum(axis=1) < kernel.MOST_CHI2
        near &= np.abs(given[1] - rows[:, 1]) <= 0.5 * rows[:, 1] + 300.0
        np.testing.assert_array_equal(len(flights.t_s) * found.flight + found.instant, np.flatnonzero(near))


def drawn(rng: np.random.Generator) -> tuple[str, Flight] | None:
    """A flight as the library's are, its thrust 3 % and its exhaust velocity 2 % off the class."""
    kind, u = CLASSES[rng.integers(len(CLASSES))], rng.random(4)
    stages = tuple(
        replace(s, acceleration_mps2=s.acceleration_mps2 * (1.0 + 0.03 * rng.standard_normal()),
                exhaust_mps=s.exhaust_mps * (1.0 + 0.02 * rng.standard_normal()))
        for s in kind.stages
    )  # fmt: skip
    low, high = boost_library.KICK_DEG
    effort = {"burn_fraction": 0.7 + 0.3 * u[1]} if u[2] < 0.5 else {"thrust_scale": 1.0 + 0.1 * u[1]}
    try:
        return kind.name, refly(launch(replace(kind, stages=stages)), kick_deg=low * (high / low) ** u[0],
                                pitch_azimuth_deg=30.0 + 150.0 * u[3], **effort)  # fmt: skip
    except FlightError:
        return None


@pytest.fixture(scope="module")
def trials(flights: boost_library.Library) -> np.ndarray:
    """150 flights, each predicted once, 30 to 95 % through its burn: share within which the impact lies, probability of
    the true class, squared distance of the launch's place and of its instant over the covariance, the true class, and
    the probability of every class."""
    rng, rows = np.random.default_rng(1), []
    while len(rows) < 150:
        one = drawn(rng)
        at = (0.3 + 0.65 * rng.random()) * one[1].burnout_s if one else 0.0
        if one is None or at < 20.0:
            continue
        before, now = state_at(one[1], np.array([at - 10.0, at]))
        now = now + rng.multivariate_normal(np.zeros(6), TRACK)
        gain = float(np.linalg.norm(now[3:]) - np.linalg.norm(before[3:]) + rng.normal(0.0, 20.0))
        made = predict_boost(BoostTrack(now, TRACK, at, gain, 0.95), flights, seed=len(rows))
        ends = math.radians(one[1].impact_lat_deg), math.radians(one[1].impact_lon_deg)
        east, north, _ = pymap3d.geodetic2enu(
            math.radians(40.0), math.radians(127.0), 0.0, made.launch_lat_rad, made.launch_lon_rad, 0.0, deg=False
        )
        miss = np.array([east, north, -made.launch_s])
        place, time = made.launch_covariance[:2, :2], made.launch_covariance[2, 2]
        rows.append((made.share_within(*ends), made.classes[one[0]], miss[:2] @ np.linalg.solve(place, miss[:2]),
                     miss[2] ** 2 / time, list(made.classes).index(one[0]), *made.classes.values()))  # fmt: skip
    return np.array(rows)


@pytest.mark.parametrize("share", [0.5, 0.9, 0.95])
def test_regions_hold_the_impact_in_that_share_of_flights(trials: np.ndarray, share: float) -> None:
    """150 flights: 4 standard deviations (a false failure below 1e-4) and 0.03 for a region drawn from 256 points."""
    held = (trials[:, 0] <= share).mean()
    assert abs(held - share) < 4.0 * math.sqrt(share * (1.0 - share) / 150) + 0.03


def test_the_class_is_told_better_than_by_chance(trials: np.ndarray) -> None:
    """The true class of 20, some of which hardly differ: a mean probability of a fourth at least, where chance is a
    twentieth; and seldom all but excluded. Both hold by more than 5 standard errors."""
    assert trials[:, 1].mean() > 0.25
    assert (trials[:, 1] < 0.005).mean() < 0.15


def test_a_class_given_a_probability_is_the_true_one_as_often(trials: np.ndarray) -> None:
    """Reliability: all 150 x 20 probabilities in four bins, the share of true ones in each against their mean. Four
    standard deviations of a count (a false failure below 1e-3) and what it costs that the flights drawn differ from the
    classes in thrust: 0.1, and 0.01 where little was given (seen: a class all but excluded is the true one in 0.5 % of
    the cases, not 0.1 %)."""
    true, chance = trials[:, 4].astype(int), trials[:, 5:]
    hit = np.arange(chance.shape[1])[None] == true[:, None]
    np.testing.assert_allclose(chance.sum(axis=1), 1.0, rtol=1e-9)
    for low, high in ((0.0, 0.02), (0.02, 0.2), (0.2, 0.5), (0.5, 1.01)):
        within = (chance >= low) & (chance < high)
        told, seen = chance[within].mean(), hit[within].mean()
        assert within.sum() > 20
        spare = max(0.01, 0.1 * min(1.0, 5.0 * told))
        assert abs(seen - told) < 4.0 * math.sqrt(told * (1.0 - told) / within.sum()) + spare


def test_launch_place_and_time_are_within_their_errors(trials: np.ndarray) -> None:
    """95 % regions hold 150 launches in 86 % or more: 4 standard deviations and 0.02 (a false failure below 1e-4)."""
    assert (trials[:, 2] < stats.chi2.ppf(0.95, 2)).mean() > 0.86
    assert (trials[:, 3] < stats.chi2.ppf(0.95, 1)).mean() > 0.86


def test_what_is_known_of_the_launch_counts(flights: boost_library.Library) -> None:
    flown = refly(launch(missile("Hwasong-12")), kick_deg=8.0, pitch_azimuth_deg=80.0)
    state = state_at(flown, np.array([80.0]))[0]
    track = BoostTrack(state, TRACK, 80.0, math.nan, 1.0)
    free = predict_boost(track, flights)
    known = predict_boost(track, flights, not_after_s=-3.0)
    assert known.launch_s < free.launch_s and known.launch_s < -2.0
    assert sum(free.classes.values()) == pytest.approx(1.0)
    assert free.launch_s == pytest.approx(0.0, abs=4.0 * math.sqrt(free.launch_covariance[2, 2]))
    inner = free.shares < 0.5
    assert inner.sum() == pytest.approx(0.5 * len(inner), abs=1)
    likeliest = int(free.shares.argmin())
    assert free.share_within(free.lat_rad[likeliest], free.lon_rad[likeliest]) < 0.2


def test_an_engine_known_to_have_stopped_leaves_little_open(flights: boost_library.Library) -> None:
    """Of what falls freely; what may glide leaves open how far it glides."""
    ballistic = library(tuple(each for each in CLASSES if each.lift_to_drag == 0.0))
    flown = refly(launch(missile("Nodong")), kick_deg=3.0, pitch_azimuth_deg=80.0)
    at = flown.burnout_s + 5.0
    state, before = state_at(flown, np.array([at, at - 10.0]))
    gain = float(np.linalg.norm(state[3:]) - np.linalg.norm(before[3:]))
    open_end, closed = (predict_boost(BoostTrack(state, TRACK, at, gain, p), ballistic) for p in (0.9, 0.0))
    assert np.ptp(closed.lon_rad) < 0.3 * np.ptp(open_end.lon_rad)
    gliding = predict_boost(BoostTrack(state, TRACK, at, gain, 0.0), flights)
    assert gliding.lon_rad.max() - closed.lon_rad.max() > np.ptp(closed.lon_rad)
    east, north, _ = pymap3d.geodetic2enu(
        flown.impact_lat_deg, flown.impact_lon_deg, 0.0,
        math.degrees(np.median(closed.lat_rad)), math.degrees(np.median(closed.lon_rad)), 0.0,
    )  # fmt: skip
    assert math.hypot(east, north) < 40e3


def test_what_fits_no_flight_is_refused(flights: boost_library.Library) -> None:
    here = np.array(pymap3d.geodetic2ecef(40.0, 130.0, 20e3))
    falling = np.r_[here, -6000.0 * here / np.linalg.norm(here)]
    with pytest.raises(SettingsError, match="fits no flight"):
        predict_boost(BoostTrack(falling, TRACK, 50.0, math.nan, 1.0), flights)
    with pytest.raises(SettingsError, match="no state"):
        predict_boost(BoostTrack(np.full(6, np.nan), TRACK, 50.0, math.nan, 1.0), flights)
    with pytest.raises(SettingsError, match="no class"):
        library(())


def test_a_centre_of_a_run_predicts_from_what_it_had() -> None:
    run = tf.simulate("hwasong12_2022_10_04", seed=7)
    made = tf.predict_boost(run, "ROK", 110.0)
    assert made.t_s == 110.0 and len(made.lat_rad) > 200
    assert made.launch_s <= run.knowledge[0].known_s[[n.node_id for n in run.scenario.nodes].index("ROK")]
    again = tf.predict_boost(run, "ROK", 110.0)
    assert made.lat_rad.tobytes() == again.lat_rad.tobytes()
    with pytest.raises(SettingsError, match="did you mean 'ROK'"):
        tf.predict_boost(run, "RKO", 110.0)
    with pytest.raises(SettingsError, match="no track"):
        tf.predict_boost(run, "ROK", 3.0)
