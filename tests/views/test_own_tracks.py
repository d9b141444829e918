"""The figure of tracks of one's own detections draws what the table says."""

import numpy as np
import pandas as pd
import pytest

import trackfuse as tf


def test_a_line_a_track_and_one_word_a_centre() -> None:
    tracks = pd.DataFrame({
        "node": ["A", "A", "B", "A"], "track": [0, 0, 0, 1], "t_s": [1.0, 2.0, 1.5, 3.0],
        "position_sigma_m": [100.0, 50.0, 70.0, 900.0],
    })  # fmt: skip
    axes = tf.plots.claims(tracks).axes[0]
    drawn = [line for line in axes.lines if len(line.get_xdata())]
    np.testing.assert_array_equal(drawn[0].get_xdata(), [1.0, 2.0])
    np.testing.assert_array_equal(drawn[0].get_ydata(), [100.0, 50.0])
    assert len(drawn) == 3 and drawn[0].get_color() == drawn[2].get_color() != drawn[1].get_color()
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["A", "B"]
    assert axes.get_yscale() == "log" and "(m)" in axes.get_ylabel()


@pytest.mark.parametrize("table", [pd.DataFrame({"node": ["A"]}), pd.DataFrame(), [1, 2]])
def test_another_table_is_refused(table: object) -> None:
    with pytest.raises(tf.TrackfuseError, match=r"give what tf\.track_detections returns"):
        tf.plots.claims(table)
