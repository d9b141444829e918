"""Statement by statement: whether it can be compared, what is held of its launch, and the row of the table."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from trackfuse.history.announcement import announcements
from trackfuse.history.launches import Event
from trackfuse.history.record_answers import Held, interval, probability
from trackfuse.history.record_events import OF_LAUNCH
from trackfuse.history.record_learning import Learned
from trackfuse.history.sightings import Sighting
from trackfuse.history.statements import BINARY, NUMBERS, Statement
from trackfuse.scoring.probability import at_least_probability

if TYPE_CHECKING:
    import pandas as pd

COMPARED = "ok"
LEARNED = "learned"
"""Everything on station with a probability that was learned from other years, else no ship."""


def held_of(
    each: Statement, posture: str, found: dict[tuple[str, str], Sighting], taught: dict[int, dict[str, Learned]],
    name: str,
) -> Held:  # fmt: skip
    """What is held of a launch under a posture, for a statement of some year.

    Parameters
    ----------
    each : Statement
    posture : str
    found : dict of (str, str) to Sighting
        By launch and posture of those that never change.
    taught : dict of int to dict of str to Learned
        By year and nation.
    name : str
        The launch.

    Returns
    -------
    Held
    """
    if posture != LEARNED:
        return Held(((1.0, found[name, posture]),), announcements())
    known = taught[each.first_day.year]
    presence = known[each.nation].presence
    parts = ((presence, found[name, "full"]), (1.0 - presence, found[name, "none"]))
    return Held(parts, {nation: one.announcement for nation, one in known.items()})


def launches_of(each: Statement, events: dict[str, Event]) -> list[str]:
    """The launch that a statement is about, or all of its period that can be flown.

    Parameters
    ----------
    each : Statement
    events : dict of str to Event

    Returns
    -------
    list of str
    """
    if not each.missed[1]:
        return [each.event_id]
    return [name for name, event in events.items() if each.first_day <= event.on <= each.last_day and event.launch]


def obstacle_of(each: Statement, events: dict[str, Event]) -> str:
    """Why a statement is not compared; "" where it is.

    Parameters
    ----------
    each : Statement
    events : dict of str to Event

    Returns
    -------
    str
    """
    if each.missed[1]:
        days = {events[name].on for name in launches_of(each, events)}
        few = f"not compared: launches of {len(days)} days of the period can be flown, {each.missed[1]} are spoken of"
        return "" if len(days) == each.missed[1] else few
    of_launch = each.subject == OF_LAUNCH
    if each.question not in (*BINARY, *NUMBERS) and not of_launch:
        return f"not compared: {each.reason or 'the subject answers nothing that is computed'}"
    if not each.event_id:
        return f"no launch: the statement names none{'; ' + each.reason if each.reason else ''}"
    if each.question in NUMBERS and not each.figures:
        return "not compared: no number with a unit is given"
    return events[each.event_id].obstacle


def row_of(each: Statement, events: dict[str, Event], posture: str, held: Callable[[str], Held]) -> dict[str, Any]:
    """One row of the table of a record.

    Parameters
    ----------
    each : Statement
    events : dict of str to Event
    posture : str
    held : callable
        Gives what is held of a launch.

    Returns
    -------
    dict
    """
    status = obstacle_of(each, events)
    remark = events[each.event_id].remark if each.event_id else ""
    row: dict[str, Any] = {
        "statement_id": each.statement_id, "nation": each.nation, "subject": each.subject, "published": each.value,
        "posture": posture, "status": status or COMPARED, "event_id": each.event_id, "year": each.first_day.year,
        "question": each.question, "certainty": each.certainty, "outcome": each.outcome, "scored": each.scored,
        "missile_class": each.missile_class, "remark": remark, "probability": math.nan, "median": math.nan,
        "p05": math.nan, "p95": math.nan, "inside": None, "alone": math.nan, "shared": math.nan,
    }  # fmt: skip
    if status:
        return row
    if each.question in NUMBERS:
        return row | interval(each, held(each.event_id), alone=each.alone)._asdict()
    for name, alone in (("alone", True), ("shared", False)):
        chance = _probability(each, events, held, alone=alone)
        row[name] = chance if each.outcome else 1.0 - chance
    row["probability"] = row["alone" if each.alone else "shared"]
    if math.isnan(row["probability"]):
        row["status"] = "not compared: nothing is tracked that could be right"
    return row


def _probability(each: Statement, events: dict[str, Event], held: Callable[[str], Held], *, alone: bool) -> float:
    """Probability of what is asked; of a period, that fewer launches were missed."""
    if not each.missed[1]:
        return probability(each, held(each.event_id), alone=alone)
    missed: dict[Any, float] = {}
    for name in launches_of(each, events):
        day = events[name].on
        missed[day] = missed.get(day, 1.0) * (1.0 - probability(each, held(name), alone=alone))
    return 1.0 - at_least_probability(np.array(list(missed.values())), each.missed[0])


def climatology(table: pd.DataFrame) -> list[float]:
    """What the share of other years says of what was published, row by row.

    The share is (yes + 1) / (asked + 2) of the same nation and question.

    Parameters
    ----------
    table : DataFrame
        Of a `Record`.

    Returns
    -------
    list of float
        nan where a row has no probability.
    """
    scored = table[(table["status"] == COMPARED) & table["scored"] & table["probability"].notna()]
    once = scored.drop_duplicates(["statement_id"])

    @cache
    def share(nation: str, question: str, year: int) -> float:
        like = once[(once["nation"] == nation) & (once["question"] == question) & (once["year"] != year)]
        return float((like["outcome"].sum() + 1) / (len(like) + 2))

    def said(row: Any) -> float:
        yes = share(row.nation, row.question, row.year)
        return yes if row.outcome else 1.0 - yes

    answered = table["probability"].notna()
    return [said(row) if yes else math.nan for row, yes in zip(table.itertuples(), answered, strict=True)]
