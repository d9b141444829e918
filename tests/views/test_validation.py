"""Published against computed times: every row of the table is on the sheet, with the verdict that its status gives."""

import pandas as pd
import pytest
from matplotlib.text import Text

import trackfuse as tf
from trackfuse.core.errors import SettingsError
from trackfuse.views.figures.validation import IMPOSSIBLE, OK, SET_ASIDE, verdicts
from trackfuse.views.style.style import png


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return tf.validate()


def test_every_row_stands_on_the_sheet(table: pd.DataFrame) -> None:
    figure = tf.plots.validation(table)
    said = [text.get_text() for text in figure.findobj(Text)]
    for column in ("published_s", "computed_s", "free_fall_s"):
        for value in table[column].dropna():
            assert f"{value:,.0f}" in said
    good = table[table["status"] == "ok"]
    assert any(f"largest {good['error_pct'].abs().max():.1f} %" in text for text in said)
    assert any("assumed" in text and tf.__version__ in text for text in said)


def test_the_impossible_time_is_flagged(table: pd.DataFrame) -> None:
    """KCNA's 4,052 s of 2022-03-24 is shorter than free fall for its own apogee; nothing else is."""
    said = verdicts(table)
    flagged = table[[verdict == IMPOSSIBLE for verdict in said]]
    assert list(flagged["event_id"]) == ["L20220324"] and list(flagged["source_country"]) == ["KCNA"]
    assert (flagged["published_s"] < flagged["free_fall_s"]).all()
    assert said.count(OK) == int((table["status"] == "ok").sum())
    assert said.count(OK) + said.count(SET_ASIDE) + 1 == len(table)


def test_rows_that_could_not_be_flown_are_shown(table: pd.DataFrame) -> None:
    lost = table.head(2).assign(
        computed_s=float("nan"), error_s=float("nan"), error_pct=float("nan"), status="no model"
    )
    said = [text.get_text() for text in tf.plots.validation(lost).findobj(Text)]
    assert "—" in said and "no model" in said


def test_same_bytes_twice(table: pd.DataFrame) -> None:
    assert png(tf.plots.validation(table)) == png(tf.plots.validation(table))


def test_nothing_to_show(table: pd.DataFrame) -> None:
    with pytest.raises(SettingsError, match="no launch"):
        tf.plots.validation(table.iloc[:0])
