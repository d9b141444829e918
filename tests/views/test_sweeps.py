"""Figures of sweeps: what they draw is what the study holds."""

from pathlib import Path

import numpy as np
import pytest

import trackfuse as tf
from trackfuse.core.errors import SettingsError
from trackfuse.views.figures.sweeps import field_words

NAME, BOTH = "hwasong12_2022_10_04", ("bilateral", "trilateral")


@pytest.fixture(scope="module")
def grid(tmp_path_factory: pytest.TempPathFactory) -> tf.Study:
    over = {"policy.latency_s": [1.0, 40.0], "launch.range_km": [4600.0, 19000.0]}
    return tf.sweep(NAME, over, BOTH, runs=3, seed=2, out=tmp_path_factory.mktemp("grid"))


def test_curves_are_the_gains(grid: tf.Study) -> None:
    reached = {"launch.range_km": 4600.0}
    figure = tf.plots.curves(
        grid, "policy.latency_s", whom="JPN", metric="first_track_s", baseline="bilateral", where=reached
    )
    table = tf.gains(grid)
    wanted = table[(table.figure == "first_track_s") & (table.nation == "JPN") & (table["launch.range_km"] == 4600.0)]
    np.testing.assert_array_equal(figure.axes[0].lines[0].get_ydata(), wanted["median"])
    np.testing.assert_array_equal(figure.axes[0].lines[0].get_xdata(), [1.0, 40.0])
    by = tf.plots.curves(grid, "launch.range_km", by="policy.latency_s", whom="Aomori")
    assert [text.get_text() for text in by.axes[0].get_legend().get_texts()] == [
        "exchange: latency (s) = 1.0",
        "exchange: latency (s) = 40.0",
    ]


def test_heat_map_tells_the_cells_that_cannot_be_flown(grid: tf.Study) -> None:
    figure = tf.plots.heatmap(grid, "policy.latency_s", "launch.range_km", whom="JPN", metric="first_track_s")
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts[2:] == ["×", "×"] and all(text.lstrip("-").isdigit() for text in texts[:2])


def test_tornado_and_sobol_indices_name_the_field_that_moves_it_first(tmp_path: Path) -> None:
    over = {"places.*.radius_km": [0.0, 1.0], "rule.decision_s": [20.0, 70.0]}
    alone = tf.sweep(NAME, over, ["ideal"], runs=2, seed=2, design="one_at_a_time", out=tmp_path / "alone")
    figure = tf.plots.tornado(alone, whom="JPN", metric="first_notice_s", policy="ideal")
    assert figure.axes[0].get_yticklabels()[0].get_text() == "rule: decision (s)"
    ends = sorted(bar.get_width() for bar in figure.axes[0].patches)
    assert ends[0] < 0.0 < ends[-1]
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == ["rule: decision (s)"], "a row that moves"
    ranges = {"places.*.radius_km": {"low": 0.0, "high": 1.0}, "rule.decision_s": {"low": 20.0, "high": 70.0}}
    both = tf.sweep(NAME, ranges, ["ideal"], runs=1, seed=2, design="saltelli", points=8, out=tmp_path / "both")
    table = tf.sensitivity(both, "first_notice_s", policy="ideal", whom="JPN")
    assert table["field"][0] == "rule.decision_s" and table["total"][0] > 0.5 and abs(table["total"][1]) < 1e-9
    drawn = tf.plots.sensitivity(both, whom="JPN", metric="first_notice_s", policy="ideal").axes[0]
    np.testing.assert_array_equal([bar.get_width() for bar in drawn.patches[:2]], table["first"])


def test_what_cannot_be_drawn_is_told(grid: tf.Study) -> None:
    with pytest.raises(SettingsError, match=r"launch\.range_km"):
        tf.plots.curves(grid, "policy.latency_s", whom="JPN")
    with pytest.raises(SettingsError, match=r"policy\.latency_s"):
        tf.plots.curves(grid, "policy.latncy_s", whom="JPN")
    with pytest.raises(SettingsError, match="no design point"):
        tf.plots.curves(grid, "policy.latency_s", whom="JPN", where={"launch.range_km": 1.0})
    with pytest.raises(SettingsError, match="trilateral"):
        tf.plots.heatmap(grid, "policy.latency_s", "launch.range_km", whom="JPN", policy="trilatral")
    with pytest.raises(SettingsError, match="Aomori"):
        tf.plots.heatmap(grid, "policy.latency_s", "launch.range_km", whom="Aomory")
    with pytest.raises(SettingsError, match="first_notice_s"):
        tf.plots.heatmap(grid, "policy.latency_s", "launch.range_km", whom="JPN", metric="first_notices_s")
    with pytest.raises(SettingsError, match="one_at_a_time"):
        tf.plots.tornado(grid, whom="JPN")
    with pytest.raises(SettingsError, match="saltelli"):
        tf.sensitivity(grid, whom="JPN")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("policy.latency_s", "exchange: latency (s)"),
        ("policies.trilateral.loss", "trilateral: loss"),
        ("sensors.fps5.range_km", "fps5: range (km)"),
        ("nodes.JPN.cue_delay_s", "Japan: cue delay (s)"),
        ("launch.site", "launch: site"),
        ("launch.missile.coast_rcs_m2", "missile: coast rcs (m²)"),
        ("rule.decision_s", "rule: decision (s)"),
        ("assumptions", "assumptions"),
    ],
)
def test_a_field_is_named_in_words(name: str, words: str) -> None:
    assert field_words(name) == words
