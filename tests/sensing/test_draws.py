"""Noise: addressed streams, rates and errors of the stated distribution, and cumulative detection."""

import math

import numpy as np
import pytest
from scipy import stats

from trackfuse.core.errors import SettingsError
from trackfuse.core.rng import generator
from trackfuse.sensing import Looks, draw, first_look_s, measure

from .conftest import Arc, infrared, radar

RUNS = 300
FIVE_SIGMA = 5.7e-7
"""Chance that correct noise fails one two-sided test at five standard deviations; met once, as seeds are fixed."""


@pytest.fixture(scope="module")
def looks(arc: Arc) -> Looks:
    far = radar("far", lat_deg=41.0, lon_deg=140.5, boresight_deg=250.0, range_km=900.0)
    return arc.looks(radar("near", lat_deg=36.0, lon_deg=135.0, sector_deg=360.0), far, infrared(revisit_s=1.0))


def test_streams_are_addressed_by_look_number(looks: Looks) -> None:
    draws = draw(looks, seed=3, run=5, launch_id="x")
    for s, sensor in enumerate(looks.sensors):
        rows = looks.sensor == s
        number = looks.number[rows]
        address = (5, "x", sensor.sensor_id)
        np.testing.assert_array_equal(draws.uniform[rows], generator(3, *address, "detection").random(1000)[number])
        normal = generator(3, *address, "noise").standard_normal((1000, 3))
        np.testing.assert_array_equal(draws.normal[rows, :3], normal[number])


def test_another_sensor_leaves_the_draws_of_the_others_bit_identical(arc: Arc) -> None:
    few = arc.looks(radar("a"), infrared())
    many = arc.looks(radar("b", revisit_s=0.5), radar("a"), radar("c", lat_deg=35.0), infrared())
    before, after = draw(few, seed=1, run=0, launch_id="x"), draw(many, seed=1, run=0, launch_id="x")
    for old, new in ((0, 1), (1, 3)):
        np.testing.assert_array_equal(before.uniform[few.sensor == old], after.uniform[many.sensor == new])
        np.testing.assert_array_equal(before.normal[few.sensor == old], after.normal[many.sensor == new])


def test_same_seed_same_bits_and_other_address_other_bits(looks: Looks) -> None:
    one = draw(looks, seed=1, run=2, launch_id="x")
    np.testing.assert_array_equal(one.uniform, draw(looks, seed=1, run=2, launch_id="x").uniform)
    for seed, run, launch_id in ((2, 2, "x"), (1, 3, "x"), (1, 2, "y")):
        other = draw(looks, seed=seed, run=run, launch_id=launch_id)
        assert not np.any(one.uniform == other.uniform)
        assert not np.any(one.normal[:, :3] == other.normal[:, :3])
    with pytest.raises(SettingsError, match="seed"):
        draw(looks, seed=-1, run=0, launch_id="x")


def test_runs_looks_and_purposes_are_independent(looks: Looks) -> None:
    """Correlations of n pairs are normal with 1 / sqrt(n): six tests at five standard deviations, FIVE_SIGMA each."""
    first = [draw(looks, seed=7, run=run, launch_id="x") for run in range(RUNS)]
    uniform = np.array([d.uniform for d in first]) - 0.5
    normal = np.array([d.normal for d in first])
    pairs = [
        (uniform[:-1], uniform[1:]),
        (uniform[:, :-1], uniform[:, 1:]),
        (uniform, normal[:, :, 0]),
        (normal[:-1], normal[1:]),
        (normal[:, :, 0], normal[:, :, 1]),
        (normal[:, :, 1], normal[:, :, 2]),
    ]
    for a, b in pairs:
        assert abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) < 5.0 / math.sqrt(a.size)


@pytest.mark.parametrize("cued", [0, 1])
def test_measured_rates_are_the_detection_probabilities(looks: Looks, cued: int) -> None:
    """Counts of RUNS runs in ten classes of Pd, sums of independent trials: five standard deviations, 6e-6 in all."""
    hits = np.zeros(looks.t_s.size)
    for run in range(RUNS):
        hits += draw(looks, seed=11, run=run, launch_id="x").uniform < looks.pd[:, cued]
    chance = looks.pd[:, cued]
    tested = 0
    for low in np.arange(0.0, 1.0, 0.1):
        rows = (chance >= low) & (chance < low + 0.1)
        if np.sum(chance[rows]) * RUNS < 50.0:
            continue
        spread = math.sqrt(RUNS * np.sum(chance[rows] * (1.0 - chance[rows])))
        assert abs(hits[rows].sum() - RUNS * chance[rows].sum()) < 5.0 * spread
        tested += 1
    assert tested >= 5


def test_errors_have_the_stated_spread(looks: Looks) -> None:
    """Normalised squared errors are chi-square: five sigma a coordinate and sensor (nine tests, 5e-6 in all)."""
    rows, cued = np.arange(looks.t_s.size), np.arange(looks.t_s.size) % 2 == 0
    true = np.stack([looks.range_m, looks.azimuth_rad, looks.elevation_rad, looks.rate[:, 0]], axis=1)
    normalised = []
    for run in range(RUNS):
        found = measure(looks, draw(looks, seed=13, run=run, launch_id="x"), rows, cued)
        error = found.z - true
        error[:, 1] = (error[:, 1] + np.pi) % (2.0 * np.pi) - np.pi
        normalised.append(error / found.sigma)
    scaled = np.array(normalised)
    for s in range(3):
        for axis in range(3):
            e = scaled[:, looks.sensor == s, axis].ravel()
            if s == 2 and axis == 0:
                assert np.all(np.isnan(e))
                continue
            assert stats.chi2.cdf(np.sum(e**2), e.size) == pytest.approx(0.5, abs=0.5 - FIVE_SIGMA / 2.0)
            assert abs(np.sum(e)) < 5.0 * math.sqrt(e.size)


def test_measure_takes_the_accuracy_of_the_cue(looks: Looks) -> None:
    draws = draw(looks, seed=1, run=1, launch_id="x")
    rows = np.array([0, 4, 9, 30])
    cued = np.zeros(looks.t_s.size, dtype=bool)
    cued[[4, 30]] = True
    found = measure(looks, draws, rows, cued)
    np.testing.assert_array_equal(found.sigma, looks.sigma[rows, [0, 1, 0, 1]])
    np.testing.assert_array_equal(found.snr_db, looks.snr_db[rows, [0, 1, 0, 1]])
    np.testing.assert_array_equal(found.cued, [False, True, False, True])
    assert np.all((found.z[:, 1] >= 0.0) & (found.z[:, 1] < 2.0 * np.pi))
    empty = measure(looks, draws, np.zeros(0, dtype=int), cued)
    assert len(empty) == 0
    assert empty.z.shape == empty.sigma.shape == (0, 4)


def test_detections_name_their_look_and_their_object(looks: Looks) -> None:
    draws = draw(looks, seed=1, run=1, launch_id="x")
    rows = np.flatnonzero(draws.uniform < looks.pd[:, 0])
    found = measure(looks, draws, rows, np.zeros(looks.t_s.size, dtype=bool), truth=3)
    for name in ("t_s", "sensor", "number"):
        np.testing.assert_array_equal(getattr(found, name), getattr(looks, name)[rows])
    np.testing.assert_array_equal(found.look, rows)
    np.testing.assert_array_equal(found.truth, np.full(len(rows), 3))
    np.testing.assert_array_equal(found.is_infrared, looks.is_infrared[looks.sensor[rows]])
    np.testing.assert_array_equal(found.site_m, looks.site_m[looks.sensor[rows]])
    np.testing.assert_array_equal(found.enu_from_ecef, looks.enu_from_ecef[looks.sensor[rows]])


def test_azimuth_stays_in_its_circle_across_north(arc: Arc) -> None:
    looks = arc.looks(radar(lat_deg=35.0, lon_deg=131.0, sector_deg=360.0, angle_floor_mrad=50.0))
    crossing = np.flatnonzero((looks.azimuth_rad < 0.1) | (looks.azimuth_rad > 2.0 * np.pi - 0.1))
    assert crossing.size > 3
    z = measure(looks, draw(looks, seed=1, run=0, launch_id="x"), crossing, np.ones(looks.t_s.size, dtype=bool)).z
    assert np.all((z[:, 1] >= 0.0) & (z[:, 1] < 2.0 * np.pi))


@pytest.mark.parametrize("count", [1, 2, 3])
def test_mean_wait_for_the_first_of_several_fences(count: int) -> None:
    """Scanners of period T that share what they see find a target after T / (n + 1) on average: 5, 3.333, 2.5 s of 10.

    4,000 groups of clocks; the smallest of n uniform waits has variance T^2 n / ((n + 1)^2 (n + 2)). Five standard
    deviations, FIVE_SIGMA each.
    """
    period, groups = 10.0, 4000
    sensors = [radar(f"fence-{k}", revisit_s=period) for k in range(count * groups)]
    waits = np.array([first_look_s(sensor) for sensor in sensors]).reshape(groups, count).min(axis=1)
    spread = period * math.sqrt(count / ((count + 1) ** 2 * (count + 2)) / groups)
    assert waits.mean() == pytest.approx(period / (count + 1), abs=5.0 * spread)
    assert period / (count + 1) == pytest.approx({1: 5.0, 2: 3.3333, 3: 2.5}[count], abs=1e-4)


def test_first_detection_of_all_is_the_earliest_of_each(looks: Looks) -> None:
    """With full sharing the first detection is the minimum over sensors, exactly, run by run."""
    for run in range(20):
        hit = draw(looks, seed=17, run=run, launch_id="x").uniform < looks.pd[:, 0]
        each = [looks.t_s[hit & (looks.sensor == s)].min(initial=np.inf) for s in range(3)]
        earliest = min(each)
        assert looks.t_s[hit].min() == earliest


def test_cumulative_detection_follows_from_single_looks(looks: Looks) -> None:
    """Chance of a first hit by look m is 1 - prod(1 - Pd): scan-to-scan independence. Kolmogorov, 1e-6."""
    rows = np.flatnonzero(looks.sensor == 0)[:15]
    expected = 1.0 - np.cumprod(1.0 - looks.pd[rows, 0])
    firsts = np.zeros(rows.size)
    for run in range(RUNS):
        hit = draw(looks, seed=19, run=run, launch_id="x").uniform[rows] < looks.pd[rows, 0]
        firsts += np.cumsum(hit) > 0
    assert expected[0] < 0.5 < expected[-1]
    assert np.max(np.abs(firsts / RUNS - expected)) < math.sqrt(-0.5 * math.log(1e-6 / 2.0) / RUNS)
