"""The warnings of one launch as a figure: the clock shows what the notices say, and every launch can be drawn."""

import numpy as np
import pytest

import trackfuse as tf
from trackfuse.core.errors import SettingsError
from trackfuse.views.figures.warnings import clock_rows


@pytest.mark.parametrize(("name", "policy"), [("nodong_2016_08_03", "bilateral"), ("kn25_2023_02_20", "national")])
def test_every_launch_can_be_drawn(name: str, policy: str) -> None:
    figure = tf.plots.warnings(tf.simulate(name, policy, seed=3))
    upper, lower = figure.axes
    assert upper.get_title("left").startswith("Who was warned") and len(lower.get_yticklabels()) >= 4
    assert min(label.get_window_extent().x0 for label in lower.get_yticklabels()) > 0.0, "a name is clipped"


def test_the_clock_is_that_of_the_notices() -> None:
    run = tf.simulate("hwasong12_2022_10_04", seed=7)
    rows, table = clock_rows(run), run.notices
    assert [row["nation"] for row in rows] == sorted([row["nation"] for row in rows])
    aomori = next(row for row in rows if row["label"].startswith("Aomori"))
    told = table[table["place"] == "Aomori"].iloc[0]
    assert (aomori["met_s"], aomori["notice_s"], aomori["arrival_s"]) == (
        told["met_s"],
        told["notice_s"],
        told["arrival_s"],
    )
    for nation in ("JPN", "ROK", "USA"):
        mine = table[(table["nation"] == nation) & (table["kind"] == "launch")]
        row = next(row for row in rows if row["nation"] == nation and row["label"] == "launch")
        assert row["notice_s"] == mine["notice_s"].min()
    figure = tf.plots.warnings(run, boost_at_s=100.0)
    words = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert f"{told['warning_time_s']:+.0f} s" in words
    with pytest.raises(SettingsError):
        tf.plots.warnings(run, boost_at_s=-1.0)


def test_the_trade_off_is_drawn() -> None:
    made = tf.tradeoff("nodong_2016_08_03", ["national", "trilateral"], thresholds=(0.03, 0.5), runs=2)
    (false,) = tf.plots.tradeoff(made).axes  # no place is concerned: there is no warning time
    lines = [line.get_ydata() for line in false.get_lines()]
    assert len(lines) == 2 and all(np.diff(y)[0] <= 0.0 for y in lines)
    assert "threshold" not in false.get_xlabel() and "probability" in false.get_xlabel()
    overflown = tf.tradeoff("hwasong12_2022_10_04", ["trilateral"], thresholds=(0.03, 0.5), runs=1)
    assert [axes.get_title("left") for axes in tf.plots.tradeoff(overflown).axes] == ["Warning time", "False notices"]
