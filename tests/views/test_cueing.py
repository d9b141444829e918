"""The figure of what cues are worth says what the table says."""

import pytest
from matplotlib.text import Text

import trackfuse as tf
from trackfuse.core.errors import SettingsError
from trackfuse.studies.cueing import cue_gains
from trackfuse.views.figures.cueing import WORTH_S, lanes_of
from trackfuse.views.style.style import png

LAUNCH = "hwasong12_2022_10_04"


def test_lanes_are_each_nation_s_first_radar_and_those_that_gain() -> None:
    table = cue_gains(LAUNCH, runs=4)
    lanes = lanes_of(table)
    assert [nation for nation, radar in lanes if radar == ""] == ["JPN", "USA", "ROK"]
    best = table.groupby(["nation", "radar"])["mean_s"].max()
    assert {lane for lane in best.index if lane[1] and best[lane] >= WORTH_S} == {lane for lane in lanes if lane[1]}
    figure = tf.plots.cues(LAUNCH, runs=4)
    said = [text.get_text() for text in figure.findobj(Text)]
    assert all(radar in said for _, radar in lanes if radar)
    assert "Japan: first radar" in said and any("4 runs, seed 0" in text.replace("\n", " ") for text in said)
    assert png(figure) == png(tf.plots.cues(LAUNCH, runs=4))


def test_what_nobody_detects_has_no_figure() -> None:
    from dataclasses import replace

    scenario = tf.load_scenario(LAUNCH)
    blind = replace(scenario, sensors=tuple(s for s in scenario.sensors if s.sensor_id == "US-DSP"))
    with pytest.raises(SettingsError, match="no radar ever detects"):
        tf.plots.cues(blind, runs=1)
