"""Detectability of one flight: the figure's dots are where the looks' probabilities put them."""

import numpy as np
import pytest
from matplotlib.text import Text

import trackfuse as tf
from trackfuse.core.errors import SettingsError
from trackfuse.sensing import Looks
from trackfuse.simulation.prepare import prepare
from trackfuse.views.figures.detection import detection_table, gain_words, last_second
from trackfuse.views.style.style import png

LAUNCH = "kn23_2022_09_25"


@pytest.fixture(scope="module")
def looks() -> Looks:
    return prepare(tf.load_scenario(LAUNCH)).looks


def test_dots_are_the_medians_of_detection(looks: Looks) -> None:
    """Worked out anew: the first look by which the chance of no detection so far is one half or less."""
    table = detection_table(looks).set_index("sensor")
    for s, sensor in enumerate(looks.sensors):
        rows = np.flatnonzero(looks.sensor == s)
        if rows.size == 0:
            assert sensor.sensor_id not in table.index
            continue
        for c, column in enumerate(("uncued_s", "cued_s")):
            missed = np.cumprod(1.0 - looks.pd[rows, c]) <= 0.5
            expected = looks.t_s[rows[np.argmax(missed)]] if missed.any() else np.inf
            assert table.loc[sensor.sensor_id, column] == expected


def test_a_cue_never_costs_time(looks: Looks) -> None:
    table = detection_table(looks)
    assert not np.any(table["gain_s"] < 0.0)
    assert table["cued_s"].is_monotonic_increasing


def test_words_for_every_case() -> None:
    assert gain_words({"cued_s": 92.0, "uncued_s": 102.0}) == "cued 92 s, uncued 102 s: gains 10 s"
    assert gain_words({"cued_s": 92.0, "uncued_s": 92.0}) == "92 s either way"
    assert gain_words({"cued_s": 92.0, "uncued_s": np.inf}) == "cued 92 s; uncued hardly ever"
    assert gain_words({"cued_s": np.inf, "uncued_s": np.inf}) == "hardly ever detects"


def test_figure_says_what_the_table_says(looks: Looks) -> None:
    figure = tf.plots.detectability(LAUNCH)
    said = [text.get_text() for text in figure.findobj(Text)]
    for record in detection_table(looks).to_dict("records"):
        assert record["sensor"] in said and gain_words(record) in said
    assert any(tf.__version__ in text and "assumptions" in text for text in said)
    assert png(figure) == png(tf.plots.detectability(LAUNCH))


def test_chosen_sensors_and_edge(looks: Looks) -> None:
    figure = tf.plots.detectability(LAUNCH, sensors=("JP-AEGIS-A", "US-SBIRS-GEO"), until_s=150.0)
    assert figure.axes[-1].get_xlim() == (0.0, 150.0)
    flight = prepare(tf.load_scenario(LAUNCH)).flight
    assert flight.burnout_s < last_second(flight, detection_table(looks)) <= flight.impact_s


def test_a_sensor_that_never_looks_can_be_asked_for() -> None:
    figure = tf.plots.detectability(LAUNCH, sensors=("US-UEWR-BEALE",))
    assert any(text.get_text() == "hardly ever detects" for text in figure.findobj(Text))


def test_bad_input() -> None:
    with pytest.raises(SettingsError, match="JP-AEGIS-B"):
        tf.plots.detectability(LAUNCH, sensors=("JP-AEGIS-X",))
    with pytest.raises(SettingsError, match="until_s"):
        tf.plots.detectability(LAUNCH, until_s=0.0)
