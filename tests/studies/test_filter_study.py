"""Filters side by side on one launch: on the bound in free fall, honest, and the same by another engine."""

from dataclasses import replace

import numpy as np
import pytest

import trackfuse as tf
from trackfuse.core.errors import SettingsError

LAUNCH = "nodong_2016_08_03"


@pytest.fixture(scope="module")
def study():
    return tf.filter_study(LAUNCH, runs=40, seed=3)


def test_filters_of_free_fall_lie_on_the_bound(study):
    """Errors over 40 runs and all instants, which are far from independent: the root mean square has a standard error
    of some 6 %, so that one off by 20 % happens once in a thousand; EKF, UKF and batch differ by much less.
    """
    found = study.summary
    for name in ("ekf", "ukf", "batch"):
        assert found.loc[name, ["position_to_bound", "velocity_to_bound"]].between(0.8, 1.2).all(), name
        assert found.loc[name, "nees"] == pytest.approx(6.0, abs=1.5)
    assert found.loc["ekf", "position_to_bound"] == pytest.approx(found.loc["batch", "position_to_bound"], rel=0.03)


def test_the_tracker_finds_the_burn_out_and_is_as_good_a_minute_later(study):
    late = study.table[study.table["t_s"] > study.burnout_s + 60.0].pivot(index="t_s", columns="filter",
                                                                         values="position_rms_m")  # fmt: skip
    np.testing.assert_allclose(late["imm"], late["batch"], rtol=0.12)
    assert (study.table["nees"] < 1.3 * study.table["high"]).all()


def test_the_bound_falls_with_every_plot_that_helps(study):
    """Velocity is known ever better: no process noise, and plots to the end."""
    limit = study.table[study.table["filter"] == "ekf"]["velocity_bound_mps"].to_numpy()
    assert (np.diff(limit) < 1e-3 * limit[:-1]).all()


def test_another_engine_gives_the_same_numbers():
    slow = tf.change(tf.load_scenario(LAUNCH), {"tracker.engine": "filterpy"})
    columns = ["position_rms_m", "velocity_rms_mps", "nees"]
    two = [tf.filter_study(s, filters=("ekf",), runs=1, seed=5).table[columns] for s in (LAUNCH, slow)]
    np.testing.assert_allclose(two[0], two[1], rtol=1e-5)


def test_same_seed_same_table():
    one, two = (tf.filter_study(LAUNCH, filters=("ekf", "imm"), runs=2, seed=4) for _ in range(2))
    assert one.table.equals(two.table)
    assert not one.table.equals(tf.filter_study(LAUNCH, filters=("ekf", "imm"), runs=2, seed=6).table)


def test_what_cannot_be_studied_is_refused():
    wrong = (({"filters": ("ekff",)}, "did you mean 'ekf'"), ({"runs": 0}, "runs: 0"), ({"seed": -1}, "seed"))
    for change, says in wrong:
        with pytest.raises(SettingsError, match=says):
            tf.filter_study(LAUNCH, **change)


def test_of_several_objects_the_first_missile_is_followed():
    """By what the scenario gives of it, however many fly: the same numbers as of its launch alone."""
    whole = tf.load_scenario("kn25_2024_05_30")
    many, one = (tf.filter_study(each, runs=2, seed=3) for each in (whole, replace(whole, salvo=())))
    columns = ["position_rms_m", "velocity_rms_mps", "nees", "position_bound_m"]
    np.testing.assert_allclose(many.table[columns], one.table[columns], rtol=1e-9)
    assert np.isfinite(many.table[many.table["filter"] != "batch"][columns]).all(axis=None)
    assert (many.table["runs"] > 0).mean() > 0.8
