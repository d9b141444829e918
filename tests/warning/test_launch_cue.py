"""The cue of lines of sight: calibrated against draws from its prior, against brute force, and in closed form."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pymap3d
import pytest

from trackfuse.catalog.missiles import missile
from trackfuse.core.errors import SettingsError
from trackfuse.earth import destination
from trackfuse.warning import LaunchCue, SatelliteLines, boost_library, launch_cue, library

NAMES = ("KN-23", "KN-25", "Scud-C", "Nodong", "Pukguksong-2", "Hwasong-12", "Hwasong-15", "Hwasong-18")
CLASSES = tuple(missile(name, boost=level) for name in NAMES for level in ("low", "nominal", "high"))
SITE = np.array(pymap3d.geodetic2ecef(0.0, 120.0, 35_786e3))
RANDOM_RAD, CONSTANT_RAD, REVISIT_S, CLOUD_M = 10e-6, 17e-6, 5.0, 10e3
SHARE, LEAN_RAD = 0.03, 0.02
"""By how much flights of a class differ from its own: `boost.FLOOR`, written out."""


@pytest.fixture(scope="module")
def flights() -> boost_library.Library:
    return library(CLASSES)


class Truth(NamedTuple):
    """What was launched, where (degrees), whereto (degrees), and when (s)."""

    missile: str
    lat: float
    lon: float
    heading: float
    launch_s: float


def seen(place: np.ndarray, error: np.ndarray) -> np.ndarray:
    """Unit vectors from the satellite to places (..., 3) with angular errors (..., 2) across."""
    u = (place - SITE) / np.linalg.norm(place - SITE, axis=-1, keepdims=True)
    p = np.cross([0.0, 0.0, 1.0], u)
    p /= np.linalg.norm(p, axis=-1, keepdims=True)
    u = u + error[..., :1] * p + error[..., 1:] * np.cross(u, p)
    return u / np.linalg.norm(u, axis=-1, keepdims=True)


def lines(t_s: np.ndarray, direction: np.ndarray, **changed: np.ndarray) -> SatelliteLines:
    """Lines of sight of the satellite."""
    n = len(t_s)
    made = SatelliteLines(
        t_s=t_s, satellite=np.zeros(n, dtype=int), site_m=np.tile(SITE, (n, 1)), direction=direction,
        sigma_rad=np.full(n, RANDOM_RAD), constant_rad=np.array([CONSTANT_RAD]), cloud_m=np.array([CLOUD_M]),
        detection_probability=np.array([0.95]), revisit_s=np.array([REVISIT_S]),
    )  # fmt: skip
    return replace(made, **changed) if changed else made


def draw(flights: boost_library.Library, looks: int, random: np.random.Generator) -> tuple[SatelliteLines, Truth]:
    """A launch from the prior, and its first lines of sight, once it has so many."""
    while True:
        name = NAMES[random.integers(len(NAMES))]
        variant = random.choice([c for c, each in enumerate(flights.classes) if each.name == name])
        f = random.choice(np.flatnonzero(flights.which == variant))
        t = REVISIT_S * (np.arange(60) + random.random())
        t = t[t < flights.burnout_s[f]]
        height, arc = (np.interp(t, flights.t_s, flights.features[f, :, k]) for k in (0, 4))
        see = (height > CLOUD_M * random.triangular(0.7, 1.0, 1.2)) & (random.random(len(t)) < 0.95)
        if see.sum() >= looks:
            break
    rows = np.flatnonzero(see)[:looks]
    truth = Truth(name, *random.uniform([38.0, 125.0], [41.0, 129.0]), *random.uniform(0.0, [360.0, 100.0]))
    lean, climb = LEAN_RAD * random.standard_normal(2), LEAN_RAD * random.standard_normal()
    higher, farther = 1.0 + SHARE * random.standard_normal(2)
    place = []
    for k in rows:
        there = destination(truth.lat, truth.lon, truth.heading, max(farther * arc[k], 1.0) / 1e3)
        aside = np.degrees(np.arctan2(*lean)), max(np.hypot(*lean) * height[k], 1.0) / 1e3
        there = destination(*there, *aside)
        place.append(pymap3d.geodetic2ecef(*there, higher * height[k] + climb * arc[k]))
    error = CONSTANT_RAD * random.standard_normal(2) + RANDOM_RAD * random.standard_normal((looks, 2))
    return lines(truth.launch_s + t[rows], seen(np.array(place), error)), truth


def error_m(cue: LaunchCue, lat: float, lon: float) -> np.ndarray:
    return np.array(pymap3d.geodetic2enu(cue.lat_deg, cue.lon_deg, 0.0, lat, lon, 0.0))[:2]


def assert_mean(given: list[float], expected: float, what: str) -> None:
    """By the sample's own standard error, 4 of them: fails falsely in 1 of 10,000 cases or so, tails being heavy."""
    mean, error = np.mean(given), np.std(given) / np.sqrt(len(given))
    assert abs(mean - expected) < 4.0 * error, f"{what}: {mean:.3f} ± {error:.3f}, not {expected:.3f}"


@pytest.mark.parametrize(("looks", "draws"), [(1, 100), (2, 100), (5, 100), (10, 100)])
def test_claims_are_those_of_bayes_rule(flights: boost_library.Library, looks: int, draws: int) -> None:
    """Launches drawn from the prior, flights other than the library's. Means that hold whatever the distribution: the
    squared error over the covariance is 2; Brier's score is what the probabilities say; the cosine of the heading's
    error is the resultant length; the squared error of the instant over its variance is 1.
    """
    others, random = library(CLASSES, seed=1), np.random.default_rng(looks)
    squares, scores, cosines, instants = [], [], [], []
    for _ in range(draws):
        given, truth = draw(others, looks, random)
        cue = launch_cue(given, flights)
        off = error_m(cue, truth.lat, truth.lon)
        squares.append(off @ np.linalg.solve(cue.covariance_m2, off))
        p = np.array([cue.classes[name] for name in NAMES])
        scores.append(((p - (np.array(NAMES) == truth.missile)) ** 2).sum() - (1.0 - (p**2).sum()))
        known = np.exp(-0.5 * np.radians(cue.heading_sigma_deg) ** 2) if cue.heading_sigma_deg < 103.0 else 0.0
        cosines.append(np.cos(np.radians(cue.heading_deg - truth.heading)) - known)
        instants.append(((cue.launch_s - truth.launch_s) / cue.launch_sigma_s) ** 2)
    assert_mean(squares, 2.0, "launch point")
    assert_mean(cosines, 0.0, "heading")
    assert_mean(instants, 1.0, "instant")
    if looks > 1:  # by one line all classes are about as probable, and the score is the same every time
        assert_mean(scores, 0.0, "class")


def by_hand(*profiles: tuple[np.ndarray, np.ndarray]) -> boost_library.Library:
    """A library of one flight a class, by heights and arcs (m) at 0, 2, 4, ... s."""
    t_s = 2.0 * np.arange(len(profiles[0][0]))
    features = np.zeros((len(profiles), len(t_s), 5))
    for row, (height, arc) in zip(features, profiles, strict=True):
        row[:, 0], row[:, 4] = height, arc
    count = len(profiles)
    return boost_library.Library(
        classes=tuple(missile(name) for name in NAMES[:count]), which=np.arange(count), effort=np.ones(count),
        burnout_s=np.full(count, t_s[-1]), features=features, t_s=t_s,
    )  # fmt: skip


def test_one_line_of_what_climbs_upright_is_as_long_as_the_height_is_unsure() -> None:
    """No arc: along the line of sight the launch point is as unsure as the height over the tangent of the elevation.
    The height is the cloud top's (triangular, 7, 10 and 12 km) and what it climbs in up to one revisit, and 3 % of
    all; the path may lean by 0.02 rad; the pointing is off by 20 microradians. To 2 %.
    """
    rate = 300.0
    flights = by_hand((rate * 2.0 * np.arange(101), np.zeros(101)))
    place = np.array(pymap3d.geodetic2ecef(40.0, 127.0, CLOUD_M))
    given = lines(np.zeros(1), seen(place[None], np.zeros((1, 2))), detection_probability=np.array([1.0]))
    cue = launch_cue(given, flights)
    azimuth, elevation, distance = pymap3d.ecef2aer(SITE[0], SITE[1], SITE[2], 40.0, 127.0, CLOUD_M)
    low, likeliest, high = 7e3, 10e3, 12e3
    top = (low**2 + likeliest**2 + high**2 - low * likeliest - low * high - likeliest * high) / 18.0
    mean = (low + likeliest + high) / 3.0 + 0.5 * REVISIT_S * rate
    height2 = top + (REVISIT_S * rate) ** 2 / 12.0
    height2 += SHARE**2 * (mean**2 + height2)
    pointing = np.hypot(RANDOM_RAD, CONSTANT_RAD) * distance
    sine, slope = np.sin(np.radians(elevation)), 1.0 / np.tan(np.radians(elevation))
    along = np.sqrt(height2 * slope**2 + (LEAN_RAD * mean) ** 2 + (pointing / sine) ** 2)
    assert cue.sigma_km == pytest.approx(along / 1e3, rel=0.02)
    variance, axes = np.linalg.eigh(cue.covariance_m2)
    assert np.sqrt(variance[0]) == pytest.approx(np.hypot(LEAN_RAD * mean, pointing), rel=0.05)
    turned = np.degrees(np.arctan2(*axes[:, 1])) - azimuth
    assert abs((turned + 90.0) % 180.0 - 90.0) < 2.0
    assert cue.heading_sigma_deg == pytest.approx(180.0 / np.sqrt(3.0))


def carried(lat: np.ndarray, lon: np.ndarray, bearing: np.ndarray, arc_m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Along great circles of the mean sphere, rad."""
    angle = arc_m / 6371008.8
    there = np.arcsin(np.sin(lat) * np.cos(angle) + np.cos(lat) * np.sin(angle) * np.cos(bearing))
    turn = np.arctan2(
        np.sin(bearing) * np.sin(angle) * np.cos(lat), np.cos(angle) - np.sin(lat) * np.sin(there)
    )  # fmt: skip
    return there, lon + turn


def test_three_lines_agree_with_brute_force() -> None:
    """Two classes of one flight each. Brute force draws everything that is not known, pointing errors included, puts
    the launch where the first line says, and weighs it by the angles of the others. Its own noise: 300,000 draws of
    which a few thousand count, so that moments agree to 4 % and probabilities to 0.03; 4 standard errors or more.
    """
    t = 2.0 * np.arange(101)
    profiles = [(4.0 * t**2, 1.5 * t**2), (2.5 * t**2, 0.9 * t**2 * (1.0 + t / 100.0))]
    flights, random, n = by_hand(*profiles), np.random.default_rng(3), 300_000
    when = np.array([0.0, 5.0, 10.0])
    height, arc = (np.interp(when + 53.0, t, each) for each in profiles[0])
    lat, lon = carried(np.full(3, np.radians(40.0)), np.full(3, np.radians(127.0)), np.full(3, 1.9), arc)
    place = np.stack(pymap3d.geodetic2ecef(lat, lon, height, deg=False), axis=1)
    given = lines(when, seen(place, np.zeros((3, 2))), detection_probability=np.array([1.0]))
    cue = launch_cue(given, flights)

    which, cloud = random.integers(2, size=n), CLOUD_M * random.triangular(0.7, 1.0, 1.2, n)
    emerges = np.where(which == 0, np.sqrt(cloud / 4.0), np.sqrt(cloud / 2.5))
    age = emerges + REVISIT_S * random.random(n)
    bearing, higher = random.uniform(0.0, 2.0 * np.pi, n), 1.0 + SHARE * random.standard_normal(n)
    farther, climb = 1.0 + SHARE * random.standard_normal(n), LEAN_RAD * random.standard_normal(n)
    lean, constant = LEAN_RAD * random.standard_normal((2, n)), CONSTANT_RAD * random.standard_normal((n, 2))
    rose, ran = np.empty((2, 3, n))
    for k, after in enumerate(when):
        for c, profile in enumerate(profiles):
            mine = which == c
            rose[k, mine], ran[k, mine] = (np.interp(age[mine] + after, t, each) for each in profile)
    up = rose * higher + climb * ran
    first = seen(SITE + given.direction[:1], -constant - RANDOM_RAD * random.standard_normal((n, 2)))
    distance = np.full(n, np.linalg.norm(place[0] - SITE))
    for _ in range(6):  # Newton: down the line to the height
        here = SITE + distance[:, None] * first
        lat, lon, alt = pymap3d.ecef2geodetic(*here.T, deg=False)
        zenith = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)
        distance -= (alt - up[0]) / (zenith * first).sum(axis=1)
    aside, far = np.arctan2(*lean), np.hypot(*lean)
    lat, lon = carried(lat, lon, aside + np.pi, far * rose[0])
    lat, lon = carried(lat, lon, bearing + np.pi, farther * ran[0])
    weight = np.ones(n)
    for k in (1, 2):
        there = carried(*carried(lat, lon, bearing, farther * ran[k]), aside, far * rose[k])
        expected = seen(np.stack(pymap3d.geodetic2ecef(*there, up[k], deg=False), axis=1), constant)
        off2 = ((given.direction[k] - expected) ** 2).sum(axis=1)
        weight *= np.exp(-0.5 * off2 / RANDOM_RAD**2)
    weight /= weight.sum()
    assert 1.0 / (weight**2).sum() > 2000.0
    assert cue.classes[NAMES[0]] == pytest.approx(weight[which == 0].sum(), abs=0.03)
    east, north, _ = pymap3d.geodetic2enu(np.degrees(lat), np.degrees(lon), 0.0, 40.0, 127.0, 0.0)
    mean = np.array([weight @ east, weight @ north])
    covariance = np.cov(np.stack([east, north]), aweights=weight)
    sigma = np.sqrt(np.diag(covariance))
    assert (np.abs(error_m(cue, 40.0, 127.0) - mean) < 0.08 * sigma).all()
    np.testing.assert_allclose(np.sqrt(np.diag(cue.covariance_m2)), sigma, rtol=0.06)
    assert cue.launch_s == pytest.approx(-weight @ age, abs=0.1)
    assert cue.launch_sigma_s == pytest.approx(np.sqrt(np.cov(age, aweights=weight)), rel=0.06)
    resultant = weight @ np.exp(1j * bearing)
    assert abs(np.angle(np.exp(1j * np.radians(cue.heading_deg)) / resultant)) < 0.04
    assert cue.heading_sigma_deg == pytest.approx(np.degrees(np.sqrt(-2.0 * np.log(abs(resultant)))), rel=0.08)


def test_lines_in_any_order_give_the_same_bits(flights: boost_library.Library) -> None:
    given, _ = draw(flights, 4, np.random.default_rng(5))
    order = [2, 0, 3, 1]
    shuffled = lines(given.t_s[order], given.direction[order])
    one, two, again = (launch_cue(each, flights) for each in (given, shuffled, given))
    assert repr(one) == repr(two) == repr(again) and one.classes == two.classes == again.classes
    np.testing.assert_array_equal(one.covariance_m2, two.covariance_m2)
    assert one.launch_s == again.launch_s and sum(one.classes.values()) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"direction": np.array([[1.0, 1.0, 0.0]])}, r"direction \(length\)\[0\]"),
        ({"direction": np.array([[np.nan, 0.0, 0.0]])}, "direction: must be finite"),
        ({"t_s": np.empty(0)}, "no line of sight"),
        ({"satellite": np.array([1])}, r"satellite\[0\]: .*1.* is not between 0 and 0"),
        ({"sigma_rad": np.array([0.0])}, r"sigma_rad\[0\]"),
        ({"revisit_s": np.array([5.0, 5.0])}, r"revisit_s: must be finite and of shape \(1,\), not \(2,\)"),
        ({"detection_probability": np.array([1.1])}, "detection_probability"),
    ],
)
def test_bad_lines_are_refused(changed: dict[str, np.ndarray], words: str) -> None:
    good = lines(np.zeros(1), np.array([[1.0, 0.0, 0.0]]))
    with pytest.raises(SettingsError, match=words):
        replace(good, **changed)


def test_lines_that_fit_nothing_are_refused(flights: boost_library.Library) -> None:
    """Past the Earth; and of what burns for an hour."""
    with pytest.raises(SettingsError, match="passes the Earth by"):
        launch_cue(lines(np.zeros(1), np.array([[0.0, 0.0, 1.0]])), flights)
    given, _ = draw(flights, 2, np.random.default_rng(1))
    with pytest.raises(SettingsError, match="fit no flight"):
        launch_cue(replace(given, t_s=np.array([0.0, 3600.0])), flights)
