"""Statements as values: what can be read, and what is refused with the place and the nearest choice."""

import math
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from trackfuse.catalog.catalog import launches, statements
from trackfuse.core.errors import DataError
from trackfuse.history.statements import checked_statements, published_figures

EVENTS = ("L20190731", "L20231217")
ROW = {"statement_id": "S1", "event_id": "L20190731", "date_local": "2019-07-31", "nation": "JPN",
       "subject": "range_km", "value": "250", "unit": "km"}  # fmt: skip


def read(**changes: str) -> list:
    return checked_statements(pd.DataFrame([ROW | changes]), "mine.csv", dict.fromkeys(EVENTS))


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("400", ((400.0, 400.0),)),
        (">=650", ((650.0, math.inf),)),
        ("<700", ((-math.inf, 700.0),)),
        ("300-400", ((300.0, 400.0),)),
        ("400;350", ((400.0, 400.0), (350.0, 350.0))),
        ("50 (target seen), 94 (identified as the rocket)", ((50.0, 50.0), (94.0, 94.0))),
        ("", ()),
    ],
)
def test_numbers_as_published(text: str, figures: tuple) -> None:
    assert published_figures("here", text) == figures


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"subject": "rang_km"}, "mine.csv row 2 subject: .*'rang_km'.*'range_km'"),
        ({"unit": "kn"}, "mine.csv row 2 unit: .*'kn'.*'km'"),
        ({"unit": "ships"}, "mine.csv row 2 unit: 'ships' is not 'km', the unit of subject 'range_km'"),
        ({"nation": "JAP"}, "mine.csv row 2 nation: .*'JAP'.*'JPN'"),
        ({"event_id": "L20190732"}, "mine.csv row 2 event_id: .*'L20190732'.*'L20190731'"),
        ({"value": "far"}, "mine.csv row 2 value: 'far' is not a number such as"),
        ({"value": "500-400"}, "mine.csv row 2 value: '500-400' is not in"),
        ({"value": "30000"}, "mine.csv row 2 value: '30000' is not in"),
        ({"date_local": "31 July"}, "mine.csv row 2 date_local: '31 July' is not a day"),
        ({"statement_id": ""}, "mine.csv row 2 statement_id: '' is empty"),
        ({"subject": "not_detected", "unit": "launches", "value": "two"}, "mine.csv row 2 value: 'two' does not begin"),
    ],
)
def test_what_is_malformed_is_refused_with_its_place(changes: dict[str, str], said: str) -> None:
    with pytest.raises(DataError, match=said):
        read(**changes)


def test_a_statement_twice_is_refused() -> None:
    with pytest.raises(DataError, match=r"mine.csv row 3 statement_id: 'S1' is already in mine.csv row 2"):
        checked_statements(pd.DataFrame([ROW, ROW]), "mine.csv", dict.fromkeys(EVENTS))


def test_without_the_further_columns_the_subject_says_what_is_asked() -> None:
    (number,) = read()
    assert (number.question, number.alone, number.scored, number.certainty) == ("range", False, True, "certain")
    (missed,) = read(subject="not_detected", value="no radar", unit="")
    assert (missed.question, missed.alone, missed.outcome) == ("tracked", True, False)
    (announced,) = read(subject="announced", value="07:37", unit="local time")
    assert (announced.question, announced.reason) == ("", "an announcement is a human process and no track time")


def test_a_period_and_how_many_of_how_many() -> None:
    (some,) = read(event_id="", date_local="2019-05-04..2019-09-10", subject="not_detected", unit="launches",
                   value="at least 2 of 10 launches")  # fmt: skip
    assert (some.first_day, some.last_day, some.missed) == (date(2019, 5, 4), date(2019, 9, 10), (2, 10))


def test_every_shipped_statement_can_be_read_and_says_why() -> None:
    every = checked_statements(statements(), "data/statements.csv", dict.fromkeys(launches()["event_id"]))
    assert len(every) > 140
    for each in every:
        assert each.reason, each.statement_id
        assert each.question or not each.scored, each.statement_id
        assert not each.scored or each.event_id or each.missed[1], each.statement_id
    corrected = {each.statement_id: each for each in every if each.event_id == "L20220925"}
    assert (corrected["T082"].figures, corrected["T082"].changed) == (((400.0, 400.0),), False)
    assert (corrected["T083"].figures, corrected["T083"].changed) == (((650.0, 650.0),), True)


def test_a_file_of_ones_own_keeps_its_row_numbers(tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_text("statement_id,event_id,date_local,nation,subject,value,unit\nA,L20190731,2019-07-31,JPN,trackd,,\n")
    with pytest.raises(DataError, match=r"mine.csv row 2 subject: .*'trackd'.*'tracked'"):
        statements(file)
