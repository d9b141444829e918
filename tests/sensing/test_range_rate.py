"""Range rate: the derivative of range, with noise of its own stream, and moved by registration as geometry demands."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from trackfuse.core.errors import ScenarioError
from trackfuse.core.rng import generator
from trackfuse.sensing import Draws, Looks, draw, frames_at, measure, refraction_biases

from .conftest import Arc, infrared, radar
from .test_looks import at_distance
from .test_registration import only
from .test_ships import ship

DOPPLER = {"range_rate_cell_mps": 1.6, "range_rate_floor_mps": 0.5}
WIDE = {"sector_deg": 360.0, "range_km": 3000.0, "elevation_max_deg": 85.0}


@pytest.fixture(scope="module")
def looks(arc: Arc) -> Looks:
    return arc.looks(radar("a", **WIDE, **DOPPLER), radar("b", **WIDE), infrared())


def measured(looks: Looks, errors: np.ndarray | None = None) -> np.ndarray:
    """Measurements of all looks without noise, with given registration errors (S, 8)."""
    count = looks.t_s.size
    errors = np.zeros((len(looks.sensors), 8)) if errors is None else errors
    draws = Draws(uniform=np.zeros(count), normal=np.zeros((count, 4)), registration=errors)
    return measure(looks, draws, np.arange(count), np.zeros(count, dtype=bool)).z


def test_only_radars_with_a_doppler_cell_measure_it(looks: Looks) -> None:
    z, has = measured(looks), looks.sensor == 0
    assert np.all(np.isfinite(z[has, 3]))
    assert np.all(np.isnan(z[~has, 3]))
    assert np.all(np.isfinite(looks.sigma[has, :, 3]))
    assert np.all(np.isinf(looks.sigma[~has, :, 3]))


@pytest.mark.parametrize(("snr_db", "spread_mps"), [(13.0, 0.158302), (20.0, 0.070711)])
def test_accuracy_from_snr(snr_db: float, spread_mps: float) -> None:
    """Cell / sqrt(2 SNR), as for range: of 1 m/s at 13 dB 1 / sqrt(39.905), at 20 dB 1 / sqrt(200)."""
    distance = 1e6 * 10.0 ** ((13.183490 - snr_db) / 40.0)
    looks = at_distance(distance, range_km=1000.0, range_rate_cell_mps=1.0, search_loss_db=0.0)
    assert looks.sigma[0, 1, 3] == pytest.approx(spread_mps, rel=1e-5)


def test_floor_and_one_cell_bound_the_accuracy(arc: Arc) -> None:
    looks = arc.looks(radar(**(WIDE | {"range_km": 9000.0}), **DOPPLER, search_loss_db=60.0))
    assert looks.sigma[:, 1, 3].min() == pytest.approx(0.5, rel=0.01)
    assert looks.sigma[:, :, 3].max() <= math.hypot(1.6 / math.sqrt(12.0), 0.5) * (1.0 + 1e-12)
    assert np.all(looks.sigma[:, 1, 3] <= looks.sigma[:, 0, 3])


@pytest.mark.parametrize("speed_mps", [0.0, 40.0])
def test_it_is_the_rate_of_the_range_from_a_ship_or_ashore(arc: Arc, speed_mps: float) -> None:
    """Central differences of the looks' own ranges, ten a second, to 1 cm/s, and of the range rate, to 0.1 m/s^2."""
    fast = arc.looks(ship(revisit_s=0.1, speed_mps=speed_mps, **DOPPLER))
    inner = np.flatnonzero((np.diff(fast.number[:-1]) == 1) & (np.diff(fast.number[1:]) == 1)) + 1
    inner = inner[fast.t_s[inner] < arc.t_s[-2]]
    span = fast.t_s[inner + 1] - fast.t_s[inner - 1]
    np.testing.assert_allclose(
        fast.rate[inner, 0], (fast.range_m[inner + 1] - fast.range_m[inner - 1]) / span, atol=0.01
    )
    np.testing.assert_allclose(
        fast.rate[inner, 3], (fast.rate[inner + 1, 0] - fast.rate[inner - 1, 0]) / span, atol=0.1
    )


def test_it_is_the_speed_along_the_line_of_sight_less_the_ship_s(arc: Arc) -> None:
    looks = arc.looks(ship(speed_mps=40.0), radar(**WIDE))
    rows = np.flatnonzero(np.isin(looks.t_s, arc.t_s[:-1]) | (looks.sensor == 0))
    count = looks.t_s.size
    draws = Draws(uniform=np.zeros(count), normal=np.zeros((count, 4)), registration=np.zeros((2, 8)))
    found = measure(looks, draws, rows, np.zeros(count, dtype=bool))
    site, _ = frames_at(looks.sensors, looks.sensor[rows], looks.t_s[rows])
    np.testing.assert_array_equal(found.site_m, site)
    position = np.array([np.interp(looks.t_s[rows], arc.t_s, arc.position_m[:, k]) for k in range(3)]).T
    velocity = np.array([np.interp(looks.t_s[rows], arc.t_s, arc.velocity_mps[:, k]) for k in range(3)]).T
    sight = (position - site) / np.linalg.norm(position - site, axis=1, keepdims=True)
    relative = velocity - found.site_velocity_mps
    np.testing.assert_allclose(np.sum(sight * relative, axis=1), looks.rate[rows, 0], atol=0.02)
    moves = looks.sensor[rows] == 0
    np.testing.assert_allclose(np.linalg.norm(found.site_velocity_mps[moves], axis=1), 40.0, rtol=1e-9)
    assert not found.site_velocity_mps[~moves].any()
    ashore = measure(looks, draws, np.flatnonzero(looks.sensor == 1), np.zeros(count, dtype=bool))
    assert not ashore.site_velocity_mps.any()


def test_its_noise_is_a_stream_of_its_own(arc: Arc, looks: Looks) -> None:
    without = arc.looks(radar("a", **WIDE), radar("b", **WIDE), infrared())
    one, other = (draw(each, seed=3, run=5, launch_id="x") for each in (looks, without))
    assert one.normal[:, :3].tobytes() == other.normal[:, :3].tobytes()
    assert one.uniform.tobytes() == other.uniform.tobytes()
    mine = looks.sensor == 0
    stream = generator(3, 5, "x", "a", "range rate").standard_normal(2000)
    np.testing.assert_array_equal(one.normal[mine, 3], stream[looks.number[mine]])
    assert not one.normal[~mine, 3].any()


def test_errors_have_the_stated_spread(looks: Looks) -> None:
    """Sum of squares of 100 runs of every look, chi-square, and mean: five standard deviations, 1.2e-6 in all."""
    mine = np.flatnonzero(looks.sensor == 0)
    cued = np.arange(looks.t_s.size) % 2 == 0
    scaled = []
    for run in range(100):
        found = measure(looks, draw(looks, seed=29, run=run, launch_id="x"), mine, cued)
        scaled.append((found.z[:, 3] - looks.rate[mine, 0]) / found.sigma[:, 3])
    errors = np.array(scaled).ravel()
    assert stats.chi2.cdf(np.sum(errors**2), errors.size) == pytest.approx(0.5, abs=0.5 - 2.9e-7)
    assert abs(errors.sum()) < 5.0 * math.sqrt(errors.size)


def test_a_site_error_turns_the_line_of_sight(arc: Arc, looks: Looks) -> None:
    """Against the looks of a radar that truly stands 100 m further north (and 20 m up), to second order."""
    errors = only(looks, 0, "site_north_m", 100.0)
    errors[0, 2] = 20.0
    moved = measured(looks, errors) - measured(looks)
    there = replace(looks.sensors[0], lat_deg=37.0 + 100.0 / 110_994.0, alt_m=520.0)
    true = arc.looks(there, *looks.sensors[1:])  # type: ignore[arg-type]
    common = np.intersect1d(looks.number[looks.sensor == 0], true.number[true.sensor == 0])
    here = np.flatnonzero((looks.sensor == 0) & np.isin(looks.number, common))
    over = np.flatnonzero((true.sensor == 0) & np.isin(true.number, common))
    np.testing.assert_allclose(moved[here, 3], true.rate[over, 0] - looks.rate[here, 0], atol=2e-3)
    assert np.abs(moved[here, 3]).max() > 0.3


def test_a_late_clock_shows_the_range_rate_that_was(arc: Arc) -> None:
    looks = arc.looks(radar("a", **WIDE, **DOPPLER, revisit_s=0.5))
    moved = measured(looks, only(looks, 0, "clock_s", 0.5)) - measured(looks)
    was = -np.diff(looks.rate[:, 0])
    np.testing.assert_allclose(moved[1:-2, 3], was[:-2], atol=0.1)


def test_air_adds_the_rate_of_its_bias_of_range(looks: Looks) -> None:
    moved = measured(looks, only(looks, 0, "refraction", 0.05)) - measured(looks)
    rows = np.flatnonzero(looks.sensor == 0)
    bias = refraction_biases(looks.sensors[0], looks.elevation_rad[rows], looks.range_m[rows])[:, 1]  # type: ignore[arg-type]
    np.testing.assert_allclose(moved[rows[:-1], 3], 0.05 * np.diff(bias) / np.diff(looks.t_s[rows]), atol=0.02)
    for name in ("azimuth_rad", "elevation_rad", "range_m"):
        shifted = measured(looks, only(looks, 0, name, 1e-3)) - measured(looks)
        assert not shifted[rows, 3].any()


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"range_rate_cell_mps": -1.0}, "range_rate_cell_mps"), ({"range_rate_cell_mps": math.nan}, "range_rate_cell"),
        ({"range_rate_cell_mps": 1.0, "range_rate_floor_mps": -0.1}, "range_rate_floor_mps"),
        ({"range_rate_floor_mps": 0.5}, "range_rate_floor_mps: needs a range_rate_cell_mps"),
        ({"range_rate_cell_mps": math.inf}, "range_rate_cell_mps"),
    ],
)  # fmt: skip
def test_impossible_values_are_refused(changes: dict[str, float], word: str) -> None:
    with pytest.raises(ScenarioError, match=word):
        radar(**changes)
