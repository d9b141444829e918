"""The figure of launch reports: whose they are, and what it refuses."""

import pytest

import trackfuse as tf
from trackfuse.core.errors import SettingsError

LAUNCH = "hwasong12_2022_10_04"


def test_draws_the_centre_asked_for_and_every_centre_that_has_a_cue() -> None:
    run = tf.simulate(LAUNCH, "trilateral", seed=7)
    figure = tf.plots.launch_reports(run, "JPN")
    assert "95 %, of JPN" in figure.get_supxlabel() and "What JPN thinks" in figure.axes[2].get_title(loc="left")
    named = {text.get_text() for text in figure.axes[1].get_legend().get_texts()}
    assert named == set(run.launch_reports["node"])
    assert figure.axes[0].collections[-2].get_paths()  # the ellipses


def test_refuses_what_it_cannot_draw() -> None:
    run = tf.simulate(LAUNCH, "trilateral", seed=7)
    with pytest.raises(SettingsError, match="centre 'Japan'"):
        tf.plots.launch_reports(run, "Japan")
    with pytest.raises(SettingsError, match="is not a run"):
        tf.plots.launch_reports(LAUNCH)  # type: ignore[arg-type]
