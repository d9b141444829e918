"""Days, instants and times of day as people write them: the one reader of every date and time of the package."""

import math
import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

from trackfuse.core.cells import plain
from trackfuse.core.errors import TrackfuseError, shortened, unknown

HOUR_S, DAY_S = 3600.0, 86400.0
YEARS = range(1899, 2201)
"""What else is no date of a missile; spreadsheets count from the end of 1899."""
ZONES_H = {"UTC": 0.0, "GMT": 0.0, "Z": 0.0, "JST": 9.0, "KST": 9.0, "ASIA/TOKYO": 9.0, "ASIA/SEOUL": 9.0,
           "CHST": 10.0, "HST": -10.0, "AKDT": -8.0, "PST": -8.0, "PDT": -7.0, "EST": -5.0, "EDT": -4.0}  # fmt: skip
"""How many hours a named zone is ahead of UTC."""
_OFFSET = re.compile(r"(?:UTC|GMT)?\s*([+-])(\d{1,2})(?::?(\d{2}))?", re.IGNORECASE)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = (
    re.compile(r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})"),
    re.compile(r"(?P<y>\d{4})/(?P<m>\d{1,2})/(?P<d>\d{1,2})"),
    re.compile(r"(?P<y>\d{4})\.\s?(?P<m>\d{1,2})\.\s?(?P<d>\d{1,2})\.?"),
    re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})"),
    re.compile(r"(?P<y>\d{4})\s?[年년]\s?(?P<m>\d{1,2})\s?[月월]\s?(?P<d>\d{1,2})\s?[日일]"),
    re.compile(r"(?P<d>\d{1,2})[ -](?P<m>[A-Za-z]{3,9})\.?[ -](?P<y>\d{4})"),
    re.compile(r"(?P<m>[A-Za-z]{3,9})\.? (?P<d>\d{1,2}),? (?P<y>\d{4})"),
)
_CLOCK = re.compile(
    r"(?:(?P<before>about|around|approx(?:imately|\.)?|ca?\.|circa|~|≈|before|after|by)\s*)?"
    r"(?P<h>\d{1,2}):(?P<m>\d{2})(?::(?P<s>\d{2}(?:\.\d+)?))?(?![\d:])(?:\s*(?P<half>[ap])\.?m\b\.?)?(?P<rest>.*)",
    re.DOTALL | re.IGNORECASE,
)
_ZONE = re.compile(
    r"\(?(?P<zone>(?i:UTC|GMT)?\s*[+-]\s?\d{1,2}(?::?\d{2})?(?![\d:])|(?i:UTC|GMT|JST|KST|Asia/\w+)\b|Z\b|[A-Z]{2,3}T\b)"
    r"\)?[\s,;]*"
)
"""What may be a zone after a time. Capitals that end in T are, whether they are known or not; other words are words."""
_HOURS = re.compile(r"(?:h|hrs?|hours?)\b\.?\s*|時|시", re.IGNORECASE)
_DATED = re.compile(r"(?P<day>\S.*?)(?:T|\s+)(?P<clock>\d{1,2}:\d{2}.*)", re.DOTALL)
_WEST = re.compile(r"(?<=\d)-(?=\d{1,2}(?::?\d{2})?$)")
"""The sign of an offset after a time that has a date, where no span can be meant."""


def as_day(error: type[TrackfuseError], where: str, given: Any) -> date:
    """A day, as text, Excel, TOML or pandas give it.

    Parameters
    ----------
    error : type
        What to raise.
    where : str
        File, row and column, for the message.
    given : object
        A date, a datetime, or text such as 2022-10-04, 2022/10/4, 20221004, 4 Oct 2022, October 4, 2022, 2022年10月4日;
        a time of day after it is read over.

    Returns
    -------
    date

    Raises
    ------
    TrackfuseError
        If it is anything else, of which month and day cannot be distinguished, say.
    """
    value = plain(given)
    if isinstance(value, date) and value.year in YEARS:
        return value.date() if isinstance(value, datetime) else value
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value) if 10_000_000 <= value <= 99_999_999 else value
    if isinstance(value, str):
        dated = _DATED.fullmatch(value)
        found = _day_of(dated["day"] if dated else value)
        if found is not None:
            return found
    raise error(f"{where}: {shortened(given)} is not a date (YYYY-MM-DD)")


def as_instant(error: type[TrackfuseError], where: str, given: Any) -> datetime:
    """An instant in UTC; without a zone it is taken to be in UTC, without a time of day to be midnight.

    Parameters
    ----------
    error, where, given
        As in `as_day`; text such as 2022-10-03T22:22Z or 2022-10-04 07:22 JST.

    Returns
    -------
    datetime
        With the zone UTC.

    Raises
    ------
    TrackfuseError
        If it is anything else.
    """
    value = plain(given)
    if isinstance(value, datetime) and value.year in YEARS:
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    try:
        if isinstance(value, str) and (dated := _DATED.fullmatch(value)):
            day = as_day(error, where, dated["day"])
            seconds, words, _ = _seconds(error, where, _WEST.sub("UTC-", dated["clock"]), 0.0)
            if words:
                raise error("words after the time")
        else:
            day, seconds = as_day(error, where, value), 0.0
        return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(seconds=seconds)
    except error:
        raise error(f"{where}: {shortened(given)} is not a time like 2022-10-03T22:22Z") from None


def zone_h(error: type[TrackfuseError], where: str, given: Any) -> float:
    """How many hours a zone is ahead of UTC.

    Parameters
    ----------
    error, where
        As in `as_day`.
    given : object
        Text such as UTC+9, +09:00, JST, Asia/Seoul.

    Returns
    -------
    float

    Raises
    ------
    TrackfuseError
        If it is anything else.
    """
    text = str(plain(given) or "")
    found = _zone(text)
    if found is None:
        raise error(f"{where}: {shortened(given)} is not a zone such as UTC+9 or one of {', '.join(ZONES_H)}")
    return found


def as_clock(
    error: type[TrackfuseError], where: str, given: Any, *, ahead_h: float, on: date | None = None
) -> tuple[float, str]:
    """A time of day, in the zone of its row.

    Parameters
    ----------
    error, where
        As in `as_day`.
    given : object
        Empty; text such as "07:55", "7:55 pm", "about 07:55", "22:22 UTC", "07:55 JST", "11:37 (stage 1)"; a time or a
        datetime; or a share of a day, as Excel holds times.
    ahead_h : float
        How many hours the row's zone is ahead of UTC.
    on : date, optional
        Day of the row. A time that has a date must have this one.

    Returns
    -------
    float
        Seconds after midnight in the row's zone; nan where the cell is empty.
    str
        The words, with what stands before the time, such as "about".

    Raises
    ------
    TrackfuseError
        If the cell holds anything else, a zone that is not known, say.
    """
    value = plain(given)
    if value is None:
        return math.nan, ""
    if isinstance(value, float) and 0.0 <= value < 1.0:
        return round(value * DAY_S), ""
    if isinstance(value, datetime) and value.year not in YEARS:
        raise error(f"{where}: {shortened(given)} is not a time of day (HH:MM)")
    if isinstance(value, datetime) and value.tzinfo is not None:
        value = value.astimezone(timezone(timedelta(hours=ahead_h))).replace(tzinfo=None)
    if isinstance(value, datetime | time):
        if isinstance(value, datetime):
            _check_day(error, where, given, value.date(), on)
        return HOUR_S * value.hour + 60.0 * value.minute + value.second, ""
    if not isinstance(value, str):
        raise error(f"{where}: {shortened(given)} is not a time of day (HH:MM)")
    dated = _DATED.fullmatch(value)
    day = _day_of(dated["day"]) if dated else None
    if dated is None or day is None:
        seconds, words, zoned = _seconds(error, where, value, ahead_h)
    else:
        seconds, words, zoned = _seconds(error, where, _WEST.sub("UTC-", dated["clock"]), ahead_h)
        _check_day(error, where, given, day + timedelta(days=seconds // DAY_S), on)
    return (seconds % DAY_S if zoned else seconds), words


def _check_day(error: type[TrackfuseError], where: str, given: Any, day: date, on: date | None) -> None:
    # 1899-12-30 to 1900-01-01 is what spreadsheets put before a time of day alone.
    if on is not None and day != on and not date(1899, 12, 30) <= day <= date(1900, 1, 1):
        raise error(f"{where}: {shortened(given)} is of another day than its row, {on}")


def _day_of(text: str) -> date | None:
    for form in _DAYS:
        if found := form.fullmatch(text.strip()):
            month = found["m"] if found["m"].isdigit() else _month(found["m"])
            try:
                made = date(int(found["y"]), int(month), int(found["d"]))
            except ValueError:
                return None
            return made if made.year in YEARS else None
    return None


def _month(name: str) -> int:
    """Number of a month by its name or the first three letters of it; 0 of anything else."""
    return _MONTHS.index(name[:3].lower()) + 1 if name[:3].lower() in _MONTHS else 0


def _zone(text: str) -> float | None:
    named = ZONES_H.get(text.strip().upper())
    if named is not None:
        return named
    found = _OFFSET.fullmatch(text.strip())
    hours = float(found[2]) + float(found[3] or 0) / 60.0 if found else math.inf
    if found is None or hours > 14.0:
        return None
    return -hours if found[1] == "-" else hours


def _seconds(error: type[TrackfuseError], where: str, text: str, ahead_h: float) -> tuple[float, str, bool]:
    """Seconds after midnight, of a row in a zone so many hours ahead, the words, and whether a zone is among them."""
    found = _CLOCK.fullmatch(text)
    hour = int(found["h"]) if found else 99
    if found is None or hour > (12 if found["half"] else 29) or int(found["m"]) > 59 or float(found["s"] or 0) >= 60.0:
        raise error(f"{where}: {shortened(text)} does not begin with a time (HH:MM or HH:MM:SS, then words if need be)")
    if found["half"]:
        hour = hour % 12 + (12 if found["half"].lower() == "p" else 0)
    seconds, rest = HOUR_S * hour + 60.0 * int(found["m"]) + float(found["s"] or 0), _HOURS.sub("", found["rest"], 1)
    glued, rest = rest[:1].isalpha(), rest.strip()
    zoned = _ZONE.match(rest)
    if zoned is not None:
        seconds, rest = _shifted(error, where, text, zoned["zone"], seconds, ahead_h), rest[zoned.end() :]
    elif glued:
        raise error(f"{where}: {shortened(text)}: {unknown('zone', rest.split()[0], ZONES_H)}")
    words = " ".join(filter(None, (found["before"], rest.strip().strip("()").strip())))
    return seconds, words, zoned is not None


def _shifted(error: type[TrackfuseError], where: str, text: str, zone: str, seconds: float, ahead_h: float) -> float:
    """Seconds after the midnight of that day in a row's zone, below 0 or past a day too, of what is said in another."""
    if zone.startswith("-"):
        raise error(f"{where}: {shortened(text)} may be a zone or a span; write UTC{zone}, or the first minute alone")
    stated = _zone(zone)
    if stated is None:
        raise error(f"{where}: {shortened(text)}: {unknown('zone', zone, ZONES_H)}")
    return seconds - HOUR_S * (stated - ahead_h)
