"""The record as a figure and as text: every nation and question that was asked often enough, with its score."""

from dataclasses import replace

import pandas as pd
import pytest
from matplotlib.text import Text

import trackfuse as tf
from trackfuse.core.errors import SettingsError
from trackfuse.views.figures.record import LEAST
from trackfuse.views.report.text import record_text

PART = [f"T{number:03d}" for number in (24, 25, 27, 31, 44, 46, 49, 55, 82, 83, 103, 104, 143)]


@pytest.fixture(scope="module")
def done() -> tf.Record:
    asked = tf.statements()
    few = asked[asked["statement_id"].isin(PART)]
    said = {"subject": "tracked", "value": "", "unit": "", "question": "tracked", "compared_with": "own sensors"}
    tracked = few.assign(scored="y", statement_id=few["statement_id"] + "t", **said)
    return tf.record(pd.concat([few, tracked], ignore_index=True), runs=1)


def test_every_group_stands_on_the_sheet(done: tf.Record) -> None:
    said = [text.get_text() for text in tf.plots.record(done).findobj(Text)]
    assert "Japan: tracked, full" in said
    assert "Japan: tracked, climatology" in said
    assert any("may be a choice" in words and tf.__version__ in words for words in said)


def test_too_few_answers_are_refused(done: tf.Record) -> None:
    with pytest.raises(SettingsError, match=f"answered {LEAST} times"):
        tf.plots.record(replace(done, table=done.table.iloc[:0]))


def test_text_says_what_was_compared_and_what_not(done: tf.Record) -> None:
    said = " ".join(record_text(done).split())
    assert "T055" in said
    assert "cruise missiles fly below what these sensors see" in said
    assert "T103" in said
    assert said.count("(400..550)") >= 4, "a cell may stand on several lines"
    assert "climatology" in said
    assert "Learned for each year from the others" in said
