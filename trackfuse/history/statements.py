"""What nations said about a launch, as values that can be compared: the rows of data/statements.csv."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from trackfuse.catalog.datafiles import schemas
from trackfuse.core.errors import DataError, check_known, shortened
from trackfuse.core.times import as_day
from trackfuse.history.rows import Row, placed_rows, worded

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

CORE = ("statement_id", "event_id", "date_local", "nation", "subject", "value", "unit")
BINARY = ("tracked", "detected")
"""Questions that are answered by a probability."""
NUMBERS = {"range": "km", "apogee": "km", "last seen": "", "detection time": "s after launch"}
"""Questions that are answered by a number, and its unit ("" where there are several)."""
QUESTIONS = {"tracked": "tracked", "not_detected": "tracked", "detected": "detected", "range_km": "range",
             "apogee_km": "apogee", "lost": "last seen"}  # fmt: skip
"""What a subject answers where the file does not say it."""
NOT_COMPARED = {
    "announced": "an announcement is a human process and no track time",
    "corrected": "a correction of a class: classes are not guessed here",
    "count": "one missile of each launch is flown",
    "exchanged": "a fact of the arrangement",
    "ship_present": "a fact of the posture",
    "ship_absent": "a fact of the posture",
}
LAST_SEEN_UNITS = ("km of range", "km of height")
MOST = 2e4
NEXT_DAY = timedelta(days=1)
_NIGHTS = re.compile(r"(\d{4}-\d{2}-\d{2})/\d{1,2}")
"""A day and the next, of a night."""
_NUMBER = r"(\d+(?:\.\d+)?)"
_FIGURE = re.compile(rf"(>=|<=|>|<|about|~)?\s*{_NUMBER}(?:\s*-\s*{_NUMBER})?(?:\s*\([^)]*\))?", re.IGNORECASE)
_AT_LEAST = re.compile(rf"at least {_NUMBER} of {_NUMBER}", re.IGNORECASE)
_ALL = re.compile(rf"all {_NUMBER}", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement of one nation.

    Parameters
    ----------
    statement_id, event_id : str
    first_day, last_day : date
        The day of the launch, or the period that the statement speaks of.
    nation, subject, value, unit : str
        As published.
    missile_class : str
    question : str
        What it answers; "" for nothing that is computed.
    certainty : str
        "certain", "probable" or "silence".
    scored : bool
    alone : bool
        Whether it is compared with the nation's own sensors, not with what others shared as well.
    figures : tuple of (float, float)
        Least and greatest value of each number stated; infinite where one end is open.
    missed : tuple of (int, int)
        How many, at least, of how many launches of a period were not tracked; (0, 0) for one launch.
    changed : bool
        Whether it corrects an earlier one, or is what was known in the end.
    outcome : bool
        Whether what its question asks is said to have happened.
    reason : str
        What it is compared with, or why with nothing.
    """

    statement_id: str
    event_id: str
    first_day: date
    last_day: date
    nation: str
    subject: str
    value: str
    unit: str
    missile_class: str
    question: str
    certainty: str
    scored: bool
    alone: bool
    figures: tuple[tuple[float, float], ...]
    missed: tuple[int, int]
    changed: bool
    outcome: bool
    reason: str


def checked_statements(table: pd.DataFrame, where: str, events: Mapping[str, date | None]) -> list[Statement]:
    """The rows of a table of statements as values.

    Parameters
    ----------
    table : DataFrame
        With the core columns of data/statements.csv (see data/datapackage.json); others are used where there are any.
    where : str
        Name of the table or file.
    events : mapping of str to date
        The launches that there are, and their local days; None where that is not said.

    Returns
    -------
    list of Statement

    Raises
    ------
    DataError
        If a column is missing, a nation, subject, unit or launch is not known (the nearest is offered), or a day or a
        number cannot be read: file, row, column and value.
    """
    known = events
    made, seen = [], {}
    for record in placed_rows(table, CORE, where):
        row = {name: value if isinstance(value, date) else worded(value) for name, value in record.items()}
        for column, values in _choices().items():
            if row.get(column) or column in ("nation", "subject"):
                check_known(DataError, column, str(row.get(column, "")), values, where=f"{row['place']} {column}")
        if row["event_id"]:
            check_known(DataError, "launch", str(row["event_id"]), known, where=f"{row['place']} event_id")
        if row["statement_id"] in seen or not row["statement_id"]:
            first = seen.get(row["statement_id"], "")
            raise DataError(f"{row['place']} statement_id: {row['statement_id']!r} "
                            + (f"is already in {first}" if first else "is empty"))  # fmt: skip
        seen[row["statement_id"]] = row["place"]
        made.append(_statement(row))
        _check_day(row["place"], made[-1], known.get(row["event_id"]))
    return made


def _check_day(place: str, stated: Statement, launched: date | None) -> None:
    """Refuse a statement about a launch of another day; a day either way is a matter of zones."""
    if launched is None:
        return
    if not stated.first_day - NEXT_DAY <= launched <= stated.last_day + NEXT_DAY:
        raise DataError(f"{place} date_local: {stated.first_day} is not the day of {stated.event_id!r}, {launched}")


def _choices() -> dict[str, tuple[str, ...]]:
    """The words allowed in each column of words."""
    columns = schemas()["statements.csv"].columns
    names = ("nation", "subject", "unit", "question", "certainty", "scored", "compared_with")
    return {name: columns[name].constraints.enum for name in names}


def _statement(row: Row) -> Statement:
    place, subject, value, unit = row["place"], row["subject"], row["value"], row["unit"]
    question = row["question"] if "question" in row else QUESTIONS.get(subject, "")
    wanted = NUMBERS.get(question, "")
    if value and wanted and unit != wanted and subject != "detected":
        raise DataError(f"{place} unit: {unit!r} is not {wanted!r}, the unit of subject {subject!r}")
    if question == "detected" and unit == NUMBERS["detection time"]:
        question = "detection time"
    first, last = _period(f"{place} date_local", row["date_local"])
    counted = unit == "launches" and question == "tracked"
    numeric = question in NUMBERS and (question != "last seen" or unit in LAST_SEEN_UNITS)
    return Statement(
        statement_id=row["statement_id"],
        event_id=row["event_id"],
        first_day=first,
        last_day=last,
        nation=row["nation"],
        subject=subject,
        value=value,
        unit=unit,
        missile_class=row.get("missile_class", ""),
        question=question,
        certainty=row.get("certainty") or "certain",
        scored=row.get("scored", "y") != "n",
        alone=row.get("compared_with", "") == "own sensors" if "compared_with" in row else question in BINARY,
        figures=published_figures(f"{place} value", value) if numeric else (),
        missed=_missed(f"{place} value", value) if counted else (0, 0),
        changed=row.get("first_or_corrected", "") in ("corrected", "final"),
        outcome=subject != "not_detected",
        reason=row.get("reason") or NOT_COMPARED.get(subject, ""),
    )


def _period(where: str, text: Any) -> tuple[date, date]:
    """First and last day of a cell such as 2019-05-04, 2019-05-04..2019-09-10 or 2021-09-11/12."""
    first, _, last = text.partition("..") if isinstance(text, str) else (text, "", "")
    if isinstance(first, str) and (nights := _NIGHTS.fullmatch(first)):
        first = nights[1]
    try:
        period = as_day(DataError, where, first), as_day(DataError, where, last or first)
    except DataError:
        raise DataError(
            f"{where}: {shortened(text)} is not a day (YYYY-MM-DD) or a period (YYYY-MM-DD..YYYY-MM-DD)"
        ) from None
    if period[0] > period[1]:
        raise DataError(f"{where}: {shortened(text)} ends before it begins")
    return period


def published_figures(where: str, text: str) -> tuple[tuple[float, float], ...]:
    """The numbers of a cell such as 400, >=650, <700, 300-400, 400;350 or "50 (target seen), 94 (identified)".

    Parameters
    ----------
    where : str
        File, row and column, for the error message.
    text : str

    Returns
    -------
    tuple of (float, float)
        Least and greatest value of each, infinite where one end is open; none of an empty cell.

    Raises
    ------
    DataError
        If the cell holds anything else, or a number that is out of bounds.
    """
    found = []
    for part in filter(None, (part.strip() for part in re.split(r"[;,]", text))):
        match = _FIGURE.fullmatch(part)
        if match is None:
            raise DataError(f"{where}: {text!r} is not a number such as 400, >=650, <700, 300-400 or 400;350")
        low = float(match[2])
        high = float(match[3] or low)
        if not 0.0 <= low <= high <= MOST:
            raise DataError(f"{where}: {part!r} is not in [0, {MOST:g}], the lower number first")
        sign = (match[1] or "")[:1]
        found.append((-math.inf if sign == "<" else low, math.inf if sign == ">" else high))
    return tuple(found)


def _missed(where: str, text: str) -> tuple[int, int]:
    """How many at least of how many, from "at least 2 of 10 launches", or "all 10" that were tracked: one missed."""
    if found := _AT_LEAST.match(text):
        return int(float(found[1])), int(float(found[2]))
    if found := _ALL.match(text):
        return 1, int(float(found[1]))
    raise DataError(f"{where}: {text!r} does not begin with 'at least N of M' or 'all M'")
