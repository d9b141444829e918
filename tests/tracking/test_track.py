"""A node's track is a function of exactly what it had received, and an honest one."""

from dataclasses import fields, replace

import numpy as np
import pytest

from trackfuse.core.errors import SettingsError
from trackfuse.scoring.accuracy import track_errors
from trackfuse.tracking import TrackerSettings, track

RADARS = {"west": 2.0, "east": 5.0, "ship": 1.0}
CYCLES = np.arange(5.0, 600.0, 5.0)


def run(plots, z, received, cycles=CYCLES, confirmed=None, settings=None, rows=slice(None)):
    """Tracks of one object, row i that of node i."""
    confirmed = np.zeros(received.shape[1]) if confirmed is None else confirmed
    seen = plots.detections(z).select(rows)
    return track(seen, received[rows], cycles, settings or TrackerSettings(), confirmed[None]).tracks


@pytest.fixture(scope="module")
def case(long_flight, seen):
    """Four nodes: everything at once, late and out of order, half lost, nothing."""
    plots, rng = seen(long_flight, RADARS, infrared_every=5.0), np.random.default_rng(2)
    delay = np.stack([np.full(len(plots.t), 1.0), rng.lognormal(2.0, 1.0, len(plots.t)),
                      np.where(rng.random(len(plots.t)) < 0.5, 3.0, np.inf), np.full(len(plots.t), np.inf)], axis=-1)
    return plots, plots.noisy(rng), plots.t[:, None] + delay


def same(a, b, node, cycle):
    for field in ("mean", "covariance", "status", "boosting", "last_plot_s"):
        one, two = getattr(a, field)[node, cycle], getattr(b, field)[node, cycle]
        assert np.array_equal(one, two, equal_nan=True), field


def test_estimate_is_that_of_a_fresh_start_with_the_plots_received_by_then(case):
    """Bit for bit: late plots are put in their place, and when they came leaves no trace."""
    plots, z, received = case
    whole = run(plots, z, received)
    assert (received[:, 1] > np.maximum.accumulate(received[:, 1])).sum() == 0
    assert (np.diff(received[:, 1]) < 0).sum() > 100
    for node in range(3):
        for cycle in (16, 20, 27, 33, 50, 90, len(CYCLES) - 1):
            there = received[:, node] <= CYCLES[cycle]
            fresh = run(plots, z, np.repeat(plots.t[:, None], 4, axis=1), CYCLES[: cycle + 1], rows=there)
            same(whole, fresh, node, cycle)


def test_a_single_cycle_is_enough(case):
    """What is said at a cycle does not depend on which cycles were worked before."""
    plots, z, received = case
    whole = run(plots, z, received)
    for cycle in (30, 60, 110):
        lone = run(plots, z, received, CYCLES[[cycle]])
        for node in range(3):
            np.testing.assert_array_equal(whole.mean[node, cycle], lone.mean[node, 0])
            np.testing.assert_array_equal(whole.covariance[node, cycle], lone.covariance[node, 0])


def test_no_plot_is_used_before_it_is_received(case):
    plots, z, received = case
    whole = run(plots, z, received)
    for node in range(3):
        for cycle in (20, 30, 60):
            spoilt = np.where((received[:, node] > CYCLES[cycle])[:, None], z + 0.1, z)
            other = run(plots, spoilt, received)
            for earlier in range(cycle + 1):
                same(whole, other, node, earlier)


def test_order_of_rows_and_numbers_of_sensors_do_not_matter(case):
    plots, z, received = case
    whole = run(plots, z, received)
    rng = np.random.default_rng(3)
    shuffled = run(plots, z, received, rows=rng.permutation(len(plots.t)))
    new = np.array([2, 0, 3, 1])
    renamed = replace(plots.detections(z), sensor=new[plots.sensor])
    relabelled = track(renamed, received, CYCLES, TrackerSettings(), np.zeros((1, 4))).tracks
    for other in (shuffled, relabelled):
        for node in range(4):
            for cycle in range(len(CYCLES)):
                same(whole, other, node, cycle)


def test_inputs_are_left_alone_and_same_inputs_give_same_bits(case):
    plots, z, received = case
    given = plots.detections(z)
    arrays = [received, *(getattr(given, field.name) for field in fields(given))]
    before = [array.copy() for array in arrays]
    one, two = (track(given, received, CYCLES, TrackerSettings(), np.zeros((1, 4))).tracks for _ in range(2))
    np.testing.assert_array_equal(one.mean, two.mean)
    for array, kept in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, kept)


def test_a_node_without_radar_plots_has_no_track(case):
    plots, z, received = case
    only_infrared = np.where((plots.sensor == 3)[:, None], plots.t[:, None], np.inf)
    assert (run(plots, z, received).status[3] == 0).all()
    assert np.isnan(run(plots, z, received).mean[3]).all()
    assert (run(plots, z, only_infrared).status == 0).all()
    nothing = run(plots, z, received, rows=np.zeros(0, dtype=int))
    assert nothing.status.shape == (4, len(CYCLES))
    assert (nothing.status == 0).all()


def test_confirmation_waits_for_enough_plots_in_the_window_and_for_its_time(case):
    plots, z, received = case
    radar = np.flatnonzero(plots.sensor < 3)
    tracks = run(plots, z, received, confirmed=np.array([150.0, 0.0, 0.0, 0.0]))
    first = CYCLES[np.argmax(tracks.status == 1, axis=1)]
    assert first[0] == 150.0
    assert first[1] >= np.sort(received[radar, 1])[2]
    slow = run(plots, z, received, settings=TrackerSettings(confirm_plots=10, confirm_window_s=2.0))
    assert (slow.status == 0).all()


def test_a_broken_filter_says_so_and_only_there(case):
    """A measurement beyond all numbers breaks the nodes that use it, from then on."""
    plots, z, received = case
    spoilt, bad = z.copy(), np.flatnonzero(plots.t > 300.0)[0]
    spoilt[bad, 0] = 1e308
    only_first = received.copy()
    only_first[bad, 1:] = np.inf
    tracks = run(plots, spoilt, only_first)
    late = only_first[bad, 0] <= CYCLES
    assert (tracks.status[0, late] == -1).all()
    assert (tracks.status[0, ~late] >= 0).all()
    assert np.isnan(tracks.mean[0, late]).all()
    assert (tracks.status[1:3, late] == 1).all()


def errors(flight, plots, runs, seed, settings=None, cycles=None):
    cycles = np.arange(5.0, flight.t[-1], 5.0) if cycles is None else cycles
    rng = np.random.default_rng(seed)
    parts = [run(plots, plots.noisy(rng), plots.t[:, None] + 1.0, cycles, settings=settings) for _ in range(runs)]
    mean = np.concatenate([part.mean for part in parts])
    covariance = np.concatenate([part.covariance for part in parts])
    status = np.concatenate([part.status for part in parts])
    assert (status >= 0).all()
    good = status == 1
    assert np.linalg.eigvalsh(covariance[good] / 1e6).min() > 0.0
    return cycles, track_errors(mean, covariance, status, flight.at(cycles))


@pytest.mark.parametrize(
    ("name", "radars", "seed"),
    [
        ("long_flight", RADARS, 1),
        ("long_flight", {"east": 10.0}, 2),
        ("lofted_flight", {"west": 1.0, "east": 2.0}, 3),
        ("lofted_flight", {"west": 5.0, "east": 5.0, "north": 10.0, "ship": 2.0}, 4),
        ("short_flight", {"west": 2.0, "ship": 1.0}, 5),
    ],
)
def test_errors_are_as_large_as_claimed(name, radars, seed, request, seen):
    """Normalised errors squared over 100 runs: six expected in free fall.

    At one cycle the mean of 100 has the band 5.34 to 6.70 (95 %). The filter may claim too much (process noise that
    the true motion does not have), so the lower limit is 4; the upper, 7.6, fails falsely once in 1e5 at one cycle. In
    boost and until 30 s after burn-out the models are wrong at times, and the limits loose: measured 3.5 to 5 in
    boost, 6 to 9 in the 10 s after burn-out.
    """
    flight = request.getfixturevalue(name)
    cycles, e = errors(flight, seen(flight, radars), 100, seed)
    falling = (cycles > flight.burnout_s + 60.0) & (cycles <= flight.burnout_s + 180.0)
    nees = e.nees.mean(axis=0)
    assert nees[falling].min() > 4.0
    assert nees[falling].max() < 7.6
    just_out = (cycles > flight.burnout_s + 30.0) & (cycles <= flight.burnout_s + 60.0)
    assert np.nanmax(nees[just_out]) < 8.5
    burning = (cycles < flight.burnout_s) & np.isfinite(nees)
    assert np.nanmedian(e.nees[:, burning]) < 6.0 if burning.any() else True


def test_burn_out_is_noticed(long_flight, seen):
    """Ninety per cent sure that it burns 20 s before burn-out, and that it does not 30 s after; an infrared plot
    settles it.
    """
    for infrared in (None, 5.0):
        plots = seen(long_flight, RADARS, infrared_every=infrared)
        cycles = np.array([130.0, 180.0])
        rng = np.random.default_rng(9)
        burning = np.concatenate(
            [run(plots, plots.noisy(rng), plots.t[:, None] + 1.0, cycles).boosting for _ in range(30)]
        )
        assert np.median(burning[:, 0]) > 0.85
        assert np.median(burning[:, 1]) < 0.1
        if infrared:
            assert burning[:, 0].min() > 0.9


def test_a_step_of_thrust_is_not_burn_out_for_long(stepped_flight, seen):
    """From 100 to 40 m/s^2 at 120 s: the mean of 40 runs stays below 20 at every cycle and is back below 8 ten seconds
    later (six expected; above 8.3 once in 1e4).
    """
    plots = seen(stepped_flight, {"west": 2.0, "ship": 1.0, "north": 1.0})
    cycles, e = errors(stepped_flight, plots, 40, 13, cycles=np.arange(110.0, 150.0, 1.0))
    nees = e.nees.mean(axis=0)
    assert nees.max() < 20.0
    assert nees[cycles >= 130.0].max() < 8.3


def test_a_track_too_uncertain_to_carry_on_is_given_up(lofted_flight, seen):
    """A plot every 10 s during boost, then nothing: no claim of hundreds of kilometres is kept."""
    plots = seen(lofted_flight, {"west": 10.0})
    z = plots.noisy(np.random.default_rng(14))
    tracks = run(plots, z, plots.t[:, None] + 1.0, np.arange(5.0, 690.0, 5.0), rows=plots.t < 130.0)
    held = tracks.status[0] == 1
    assert held.any()
    assert not held[-1]
    spread = np.sqrt(np.trace(tracks.covariance[0, held][:, :3, :3], axis1=1, axis2=2))
    assert spread.max() <= 20e3
    assert np.isnan(tracks.mean[0, ~held]).all()


def test_a_track_given_up_stays_given_up(lofted_flight, seen):
    """Hours after its last plot, through the Earth if need be: nothing that is not a number is called confirmed."""
    plots = seen(lofted_flight, {"west": 10.0})
    z = plots.noisy(np.random.default_rng(14))
    tracks = run(plots, z, plots.t[:, None] + 1.0, np.arange(5.0, 8000.0, 5.0), rows=plots.t < 130.0)
    held = tracks.status[0] == 1
    assert np.isfinite(tracks.mean[0, held]).all()
    assert np.isfinite(tracks.covariance[0, held]).all()
    assert not held[1000:].any()


def test_an_engine_that_starts_again_is_followed(lofted_flight, seen):
    """Ten seconds of pause, then 26 m/s^2 more: 15 s later the error is what is claimed again."""
    plots = seen(lofted_flight, {"west": 1.0, "east": 2.0})
    _, e = errors(lofted_flight, plots, 40, 11, cycles=np.array([155.0, 160.0]))
    # Median of chi-square with 6 degrees of freedom: 5.35; the median of 40 exceeds 8.6 once in 1e4.
    assert np.median(e.nees) < 8.6


def test_settings_out_of_range_are_refused():
    for field, value in (("confirm_plots", 1), ("confirm_plots", 2.5), ("coast_psd", -1.0), ("air_fraction", np.nan),
                         ("staging_s", 0.0), ("exhaust_mps", np.inf), ("beta_kgpm2", 0.0)):
        with pytest.raises(SettingsError, match=field):
            TrackerSettings(**{field: value})
