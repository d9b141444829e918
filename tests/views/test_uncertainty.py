"""Figures of uncertainty: a bar a group and nation, and the spread of gains by kind of flight."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

import trackfuse as tf
from trackfuse.core.errors import SettingsError
from trackfuse.studies.uncertainty import DRAWS
from trackfuse.views.style.style import png


@pytest.fixture(scope="module")
def done() -> tf.Uncertainty:
    figures = ["first_track_s", "impact_known_s"]
    return tf.uncertainty("kn25_2023_02_20", groups=["delays", "payload"], figures=figures, points=4, runs=2)


def words(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text)]


def test_a_bar_for_every_group_and_nation(done: tf.Uncertainty) -> None:
    figure = tf.plots.uncertainty(done)
    said = words(figure)
    assert {"delays", "payload", DRAWS} <= set(said)
    titles = [axes.get_title(loc="left").split("\n")[0] for axes in figure.axes]
    assert titles == ["Japan", "South Korea", "United States"]
    japan = done.indices[(done.indices["nation"] == "JPN") & (done.indices["figure"] == "first_track_s")]
    widths = [bar.get_width() for bar in figure.axes[0].patches]
    np.testing.assert_allclose(widths[::2], japan["total"].clip(lower=0.0))  # a wide bar, then the narrow one in it
    assert "the same in\nnearly all runs" in [text.get_text() for text in figure.axes[2].texts]
    assert any("4 base points" in text for text in said)
    assert png(figure) == png(tf.plots.uncertainty(done))


def test_a_figure_that_was_not_asked_for_is_refused(done: tf.Uncertainty) -> None:
    with pytest.raises(SettingsError, match="did you mean 'first_track_s'"):
        tf.plots.uncertainty(done, "first_trak_s")


def test_headline_shows_every_kind_and_nation() -> None:
    rows = [
        {"kind": kind, "scenario": "x", "object": "L", "nation": nation, "figure": figure,
         "unit": figure.rsplit("_")[-1], "gain": 5.0, "p05": 1.0, "p95": 9.0, "n": 3,
         "only_policy": 0.25, "only_baseline": 0.0}
        for kind in ("short range", "lofted ICBM")
        for nation in ("JPN", "ROK", "USA")
        for figure in ("first_track_s", "first_notice_s", "impact_error_60s_km")
    ]  # fmt: skip
    table = pd.DataFrame(rows)
    figure = tf.plots.headline_spread(table)
    said = words(figure)
    assert "short range:  Japan" in said and "South Korea" in said
    assert said.count("alone 25%") == len(table)
    assert any("bilateral" in text for text in said)
    assert png(figure) == png(tf.plots.headline_spread(table))
    with pytest.raises(SettingsError, match="no row"):
        tf.plots.headline_spread(table.head(0))
    dashes = words(tf.plots.headline_spread(table.assign(gain=np.nan)))
    assert dashes.count(" —") == len(table)
