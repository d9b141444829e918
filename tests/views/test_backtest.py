"""The backtest and the spread of the gains as figures: every row is there, with its verdict."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

import trackfuse as tf
from trackfuse.core.errors import SettingsError
from trackfuse.history.backtest import COMPARED, Backtest
from trackfuse.views.report.text import backtest_text
from trackfuse.views.style.style import png


@pytest.fixture(scope="module")
def done() -> Backtest:
    return tf.backtest(runs=2)


def words(figure: object) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text)]  # type: ignore[attr-defined]


def test_every_compared_minute_stands_on_the_sheet(done: Backtest) -> None:
    said = words(tf.plots.backtest(done))
    compared = done.table[done.table["status"] == COMPARED]
    for record in compared[compared["quantity"].isin(["overflight", "impact"])].to_dict("records"):
        assert f"{record['date_local']}  {record['quantity']}, {record['published_s'] / 60.0:.0f} min" in said
    assert "33 min" in said, "what is off the axis is written at its edge"
    whole = done.score.iloc[-1]
    assert any(f"{whole['inside']} of {whole['compared']} predicted" in text for text in said)
    assert any("2022-12-31" in text and tf.__version__ in text for text in said)


def test_nothing_compared_is_refused(done: Backtest) -> None:
    with pytest.raises(SettingsError, match="no published minute"):
        tf.plots.backtest(replace(done, table=done.table[done.table["status"] != COMPARED]))


def test_text_says_what_was_not_compared_and_why(done: Backtest) -> None:
    said = backtest_text(done)
    assert "A12" in said and "no launch: false; none (drill)" in said
    assert "JPN mariners" in said
    assert "overflight" in said


def test_headline_shows_every_kind_and_nation() -> None:
    ends = {
        f"{source}_{end}": value
        for source in ("noise", "parameters", "latency")
        for end, value in (("low", 3.0), ("high", 9.0))
    }
    rows = [
        {
            "kind": kind,
            "scenario": "x",
            "nation": nation,
            "place": "",
            "figure": figure,
            "object": "L",
            "gain": 5.0,
            "national": 2.0,
            "n": 3,
            "dominates": "noise",
        }
        | ends
        for kind in ("short range", "lofted ICBM")
        for nation in ("JPN", "ROK", "USA")
        for figure in ("first_track_s", "first_notice_s", "impact_error_burnout_km")
    ]
    table = pd.DataFrame(rows)
    figure = tf.plots.headline_spread(table)
    said = words(figure)
    assert "short range:  Japan" in said and "South Korea" in said
    assert any("bilateral" in text for text in said)
    assert figure is not None and png(figure) == png(tf.plots.headline_spread(table))
    with pytest.raises(SettingsError, match="no row"):
        tf.plots.headline_spread(table.head(0))
    tf.plots.headline_spread(table.assign(gain=np.nan))
