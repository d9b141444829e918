"""One table of spellings for every date and time that the package reads."""

import math
from datetime import UTC, date, datetime, time, timedelta, timezone

import numpy as np
import pandas as pd
import pytest

from trackfuse.core.errors import DataError
from trackfuse.core.times import as_clock, as_day, as_instant, zone_h

DAY = date(2022, 10, 4)
JAPAN = timezone(timedelta(hours=9))
MORNING = 7 * 3600.0 + 22 * 60.0


@pytest.mark.parametrize(
    "given",
    [
        "2022-10-04",
        " 2022-10-4 ",
        "2022/10/4",
        "2022.10.04",
        "2022. 10. 4.",
        "20221004",
        20221004,
        np.int64(20221004),
        "4 Oct 2022",
        "4-Oct-2022",
        "4 October 2022",
        "Oct. 4, 2022",
        "October 4 2022",
        "2022年10月4日",
        "2022년 10월 4일",
        "2022-10-04 00:00:00",
        "2022-10-04T07:22Z",
        "\ufeff2022-10-04",
        "2022-10-04\u00a0",
        DAY,
        datetime(2022, 10, 4, 7),
        pd.Timestamp("2022-10-04"),
        np.datetime64("2022-10-04"),
        np.datetime64("2022-10-04T07:22:00.000000000"),
    ],
)
def test_one_day(given: object) -> None:
    assert as_day(DataError, "row 2", given) == DAY


@pytest.mark.parametrize(
    "given",
    [
        "",
        None,
        math.nan,
        pd.NaT,
        pd.NA,
        "04/10/2022",
        "10/04/2022",
        "22-10-04",
        "2022-13-01",
        "2022-02-30",
        "0022-10-04",
        44838,
        44838.3,
        True,
        "yesterday",
        "2022-10",
        "2022-10-04x",
        date(1, 1, 1),
        [2022, 10, 4],
    ],
)
def test_no_day(given: object) -> None:
    """Neither what has no one meaning (day or month first?) nor a spreadsheet's number of days is guessed at."""
    with pytest.raises(DataError, match=r"^row 2: .* is not a date"):
        as_day(DataError, "row 2", given)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("07:22", ""),
        ("7:22", ""),
        ("07:22:00", ""),
        ("7:22 am", ""),
        ("7:22 a.m.", ""),
        ("07:22 JST", ""),
        ("07:22JST", ""),
        ("07:22 (KST)", ""),
        ("22:22 UTC", ""),
        ("22:22Z", ""),
        ("22:22 GMT", ""),
        ("22:22 UTC+0", ""),
        ("08:22 UTC+10", ""),
        ("12:22 UTC-10", ""),
        ("12:22 HST", ""),
        ("07:22+09:00", ""),
        ("07:22+0900", ""),
        ("17:22 EST", ""),
        ("07:22 Asia/Tokyo", ""),
        ("07:22 utc+9", ""),
        ("7:22 am JST", ""),
        ("22:22 UTC (stage 1)", "stage 1"),
        ("07:22h", ""),
        ("07:22 hrs", ""),
        ("07:22 (ROK JCS)", "ROK JCS"),
        ("about 07:22 JST", "about"),
        ("2022-10-04 07:22", ""),
        ("2022-10-04T07:22:00+09:00", ""),
        ("2022-10-03T22:22Z", ""),
        ("2022-10-03T12:22-10:00", ""),
        ("1900-01-00 07:22", None),
        (time(7, 22), ""),
        (datetime(2022, 10, 4, 7, 22), ""),
        (datetime(2022, 10, 3, 22, 22, tzinfo=UTC), ""),
        (datetime(1899, 12, 30, 7, 22), ""),
        (pd.Timestamp("2022-10-04 07:22"), ""),
        (MORNING / 86400.0, ""),
    ],
)
def test_one_minute(given: object, words: str | None) -> None:
    """07:22 of a row that is in UTC+9, in whatever zone and type the cell has it."""
    if words is None:
        with pytest.raises(DataError, match="row 2"):
            as_clock(DataError, "row 2", given, ahead_h=9.0, on=DAY)
    else:
        assert as_clock(DataError, "row 2", given, ahead_h=9.0, on=DAY) == (MORNING, words)


@pytest.mark.parametrize(
    "given",
    [
        "722",
        722,
        "07:22 CEST",
        "07:22 XYT",
        "07:22I",
        "07:22-07:30",
        "07:22 UTC+99",
        "99:99",
        "07:60",
        "13:22 pm",
        "noon",
        "2022-10-05 07:22",
        "2022-10-04T22:22Z",
        7.22,
        True,
    ],
)
def test_no_minute(given: object) -> None:
    """A zone that is not known, a span that may be a zone, another day: refused, and never taken as local time."""
    with pytest.raises(DataError, match=r"^row 2: "):
        as_clock(DataError, "row 2", given, ahead_h=9.0, on=DAY)


@pytest.mark.parametrize("given", ["", " ", None, math.nan, pd.NA, pd.NaT])
def test_an_empty_cell_has_no_minute(given: object) -> None:
    seconds, words = as_clock(DataError, "row 2", given, ahead_h=9.0)
    assert math.isnan(seconds) and words == ""


def test_hours_past_midnight_are_those_of_the_day_before() -> None:
    """As Japanese timetables write them; nothing is wrapped where no zone was named."""
    assert as_clock(DataError, "", "25:30", ahead_h=9.0) == (91800.0, "")


@pytest.mark.parametrize(
    "given",
    [
        "2022-10-03T22:22Z",
        "2022-10-03 22:22",
        "2022-10-03T22:22:00.000Z",
        "2022-10-04T07:22+09:00",
        "2022-10-04 07:22 JST",
        "2022-10-03T12:22-10:00",
        "3 Oct 2022 22:22 UTC",
        datetime(2022, 10, 3, 22, 22),
        datetime(2022, 10, 4, 7, 22, tzinfo=JAPAN),
        pd.Timestamp("2022-10-04 07:22", tz="Asia/Tokyo"),
    ],
)
def test_one_instant(given: object) -> None:
    assert as_instant(DataError, "row 2", given) == datetime(2022, 10, 3, 22, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    "given", ["2022-10-03T99:99Z", "2022-10-03T22:22Z or so", "22:22", "", None, "2022-10-03T22:22 CEST"]
)
def test_no_instant(given: object) -> None:
    with pytest.raises(DataError, match=r"^row 2: .* is not a time like"):
        as_instant(DataError, "row 2", given)


@pytest.mark.parametrize(
    ("given", "hours"), [("UTC+9", 9.0), ("JST", 9.0), ("+09:30", 9.5), ("UTC-10", -10.0), ("gmt", 0.0)]
)
def test_zones(given: str, hours: float) -> None:
    assert zone_h(DataError, "row 2", given) == hours


@pytest.mark.parametrize("given", ["", None, "Japan", "UTC+99", "9"])
def test_no_zone(given: object) -> None:
    with pytest.raises(DataError, match=r"^row 2: .* is not a zone"):
        zone_h(DataError, "row 2", given)
