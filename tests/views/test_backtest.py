"""The backtest as a figure: every row is there, with its verdict."""

from dataclasses import replace

import pytest
from matplotlib.text import Text

import trackfuse as tf
from trackfuse.core.errors import SettingsError
from trackfuse.history.backtest import COMPARED, Backtest
from trackfuse.views.report.text import backtest_text


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
    said = " ".join(backtest_text(done).split())
    assert "A12" in said and "no launch: false; none (drill)" in said
    assert "JPN mariners" in said
    assert "overflight" in said
