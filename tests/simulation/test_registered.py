"""Scenarios whose sensors are out of register: what ignoring that claims, and what considering it does."""

from dataclasses import replace

import numpy as np
import pytest

import trackfuse as tf
from trackfuse.core.errors import SettingsError
from trackfuse.sensing import Radar

RUNS = 16


def out_of_register(sensor):
    if isinstance(sensor, Radar):
        return replace(sensor, site_sigma_m=30.0, range_offset_sigma_m=20.0, north_sigma_mrad=0.5, level_sigma_mrad=0.5,
                       clock_sigma_s=0.005)  # fmt: skip
    return replace(sensor, sight_offset_sigma_urad=30.0)


@pytest.fixture(scope="module")
def base():
    plain = tf.load_scenario("hwasong12_2022_10_04")
    return replace(plain, sensors=tuple(out_of_register(sensor) for sensor in plain.sensors))


def squares(base, policy, **tracker):
    """Mean NEES over runs and free fall of every node."""
    scenario = replace(base, tracker=replace(base.tracker, **tracker))
    found = []
    for run in range(RUNS):
        one = tf.simulate(scenario, policy=policy, seed=3, run=run)
        t, flight = one.prepared.cycle_s, one.flight
        found.append(one.errors.nees[:, (t > flight.burnout_s + 30.0) & (t < flight.impact_s - 60.0)])
    return np.nanmean(found, axis=(0, 2))


@pytest.mark.parametrize("policy", ["national", "ideal"])
def test_what_is_considered_is_not_averaged_away(base, policy):
    """30 m, 20 m, 0.5 mrad, 5 ms: who ignores it is wrong by ten times what it claims and more, NEES in the hundreds
    for 6. Considered, the mean of 16 runs, of which each has one draw of the errors for all its looks, is below
    6 + 4.5 * sqrt(12 / 16) = 9.9 (false failure below 1e-5 where the claim is right), and not far below 6 either.
    """
    considered = squares(base, policy)
    assert considered.max() < 9.9
    assert considered.min() > 2.0
    assert squares(base, policy, registration="ignore").min() > 60.0


@pytest.mark.parametrize("fusion", ["ci", "ici", "split_ci", "tracklet"])
def test_fused_reports_stay_honest_too(base, fusion):
    assert squares(base, "mesh", fusion=fusion).max() < 9.9


def test_in_register_nothing_changes():
    """No sensor states an error: the same bits whether it would be considered or not."""
    plain = replace(tf.load_scenario("hwasong12_2022_10_04"), biases="white")
    ignoring = replace(plain, tracker=replace(plain.tracker, registration="ignore"))
    one, two = (tf.simulate(scenario, policy="mesh", seed=3) for scenario in (plain, ignoring))
    assert np.array_equal(one.fused.covariance, two.fused.covariance, equal_nan=True)


def test_an_unknown_way_with_registration_is_refused(base):
    with pytest.raises(SettingsError, match="no way with registration 'considered'; did you mean 'consider'"):
        replace(base.tracker, registration="considered")
