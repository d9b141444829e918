"""Shapes and cross-sections of data/: read whole, chosen by phase, and selectable in a scenario."""

from dataclasses import replace

import numpy as np
import pytest

import trackfuse as tf
from trackfuse.catalog.missiles import missile
from trackfuse.catalog.shapes import shape, shapes_by_phase
from trackfuse.core.errors import ScenarioError
from trackfuse.sensing import TUMBLING
from trackfuse.simulation.prepare import prepare


def test_a_missile_is_seen_by_aspect_but_for_the_coast() -> None:
    boost, coast, reentry = shapes_by_phase()
    assert [each.tumbling for each in (boost, coast, reentry)] == [False, True, False]
    assert shape("spent-stage").tumbling
    assert tf.load_scenario("hwasong12_2022_10_04").shapes == (boost, coast, reentry)
    with pytest.raises(ScenarioError, match="did you mean 'spent-stage'"):
        shape("spent-stages")


def test_ends_of_the_cross_section() -> None:
    """Lower cross-section, fewer decibels: in the coast exactly its ratio, whatever the aspect."""
    low, nominal, high = (missile("Hwasong-12", cross_section=end) for end in ("low", "nominal", "high"))
    assert nominal == missile("Hwasong-12")
    assert low.coast_rcs_m2 < nominal.coast_rcs_m2 < high.coast_rcs_m2
    assert replace(low, boost_rcs_m2=1.0, coast_rcs_m2=1.0, reentry_rcs_m2=0.1) == nominal
    with pytest.raises(ScenarioError, match="no cross-section 'lowest'; did you mean 'low'"):
        missile("Hwasong-12", cross_section="lowest")


def test_a_scenario_carries_the_cross_section_of_its_file(tmp_path) -> None:
    text = 'title = "T"\nsources = ["none"]\n[launch]\nevent_id = "L20221004"\nsource_country = "JPN"\n'
    text += 'missile = "Hwasong-12"\ncross_section = "high"\n'
    (tmp_path / "own.toml").write_text(text)
    own, plain = tf.load_scenario(tmp_path / "own.toml"), tf.load_scenario("hwasong12_2022_10_04")
    assert own.launch.missile == missile("Hwasong-12", cross_section="high")
    strong, weak = prepare(own).looks, prepare(plain).looks
    decibels = []
    for looks in (strong, weak):
        mine = looks.sensor == [sensor.sensor_id for sensor in looks.sensors].index("JP-FPS5-SADO")
        decibels.append(looks.snr_db[mine & (looks.t_s > 400.0) & (looks.t_s < 800.0), 1])
    apart = decibels[0] - decibels[1]
    np.testing.assert_allclose(apart, 10.0 * np.log10(2.0), atol=1e-9)
    (tmp_path / "bad.toml").write_text(text.replace('"high"', '"hihg"'))
    with pytest.raises(ScenarioError, match=r"\[launch\] cross_section: .*did you mean 'high'"):
        tf.load_scenario(tmp_path / "bad.toml")


def test_shapes_are_three(tmp_path) -> None:
    with pytest.raises(ScenarioError, match=r"shapes: .* is not three shapes"):
        replace(tf.load_scenario("hwasong12_2022_10_04"), shapes=(TUMBLING,))
