"""Who is said to have tracked what, beside the model's probability of it, under several postures, and scores."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from trackfuse.catalog.catalog import data_hash
from trackfuse.catalog.catalog import launches as published_launches
from trackfuse.catalog.catalog import statements as published_statements
from trackfuse.core.errors import SettingsError, check_known
from trackfuse.core.rng import check_seed
from trackfuse.core.version import __version__
from trackfuse.history.announcement import announcements
from trackfuse.history.launches import Event
from trackfuse.history.record_answers import Held, interval, probability
from trackfuse.history.record_events import asked_of_launches, events_of
from trackfuse.history.record_learning import Learned, learned
from trackfuse.history.record_scores import score_table
from trackfuse.history.rows import given_table
from trackfuse.history.sightings import POSTURES, Sighting, sightings_of
from trackfuse.history.statements import BINARY, NUMBERS, Statement, checked_statements
from trackfuse.history.validate import checked_rows
from trackfuse.scoring.probability import at_least_probability
from trackfuse.simulation.provenance import made_with
from trackfuse.studies.runs import check_count

if TYPE_CHECKING:
    import pandas as pd

COMPARED = "ok"
LEARNED = "learned"
"""Everything on station with a probability that was learned from other years, else no ship."""
CHOICES = (*POSTURES, LEARNED)
LAUNCH_QUESTIONS = ("figure", "right")
COLUMNS = ("statement_id", "nation", "subject", "published", "probability", "median", "p05", "p95", "inside", "posture",
           "status", "event_id", "year", "question", "certainty", "outcome", "scored", "alone", "shared", "climatology",
           "missile_class", "remark")  # fmt: skip
DOCUMENT = COLUMNS[:11]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Statements beside what the model says of them.

    Parameters
    ----------
    table : DataFrame
        One row a statement and posture, see `record`.
    learned : dict of int to dict of str to Learned
        What was learned for each year, from the others, by nation; empty without the posture "learned".
    runs, seed : int
    version, data_hash : str
    """

    table: pd.DataFrame
    learned: dict[int, dict[str, Learned]]
    runs: int
    seed: int
    version: str
    data_hash: str

    @property
    def scores(self) -> pd.DataFrame:
        """Brier and log scores by nation, question and posture, with what is shared and without, beside climatology;
        see `score_table`.
        """
        return score_table(self.table[(self.table["status"] == COMPARED) & self.table["scored"]])

    @property
    def intervals(self) -> pd.DataFrame:
        """One row a nation, question and posture: numbers compared, how many inside 5 to 95 %, median width."""
        numbers = self.table[self.table["question"].isin(NUMBERS) & (self.table["status"] == COMPARED)]
        numbers = numbers[numbers["scored"]].assign(width=lambda t: t["p95"] - t["p05"])
        grouped = numbers.astype({"inside": float, "width": float}).groupby(["nation", "question", "posture"], sort=False)
        return grouped.agg(compared=("inside", "size"), inside=("inside", "sum"), width=("width", "median")).reset_index()

    @property
    def lessons(self) -> pd.DataFrame:
        """One row a year and nation: presence and the announcement's shares as learned from other years."""
        import pandas as pd

        names = ["year", "nation", "presence", "ordinary_path_share", "publish_near", "publish_far", "answers"]
        rows = [
            (year, nation, one.presence, one.announcement.ordinary_path_share, one.announcement.publish_near,
             one.announcement.publish_far, one.used)
            for year, known in self.learned.items() for nation, one in known.items()
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=names)

    def caption(self) -> str:
        """One line that says where the numbers come from."""
        return (
            f"Flights as published; {self.runs} runs a launch and posture; arrangement of the day; what is learned, and "
            f"climatology, is learned from other years than the scored one; seed {self.seed}; "
            f"{made_with(self.version, self.data_hash)}"
        )

    def document(self) -> list[dict[str, Any]]:
        """The statements as a list for a JSON document: None where there is no such answer."""
        stated = self.table[self.table["subject"] != "launch"]
        table = stated[list(DOCUMENT)].astype(object)
        return [dict(zip(DOCUMENT, row, strict=True)) for row in table.where(table.notna(), None).to_numpy()]

    def __repr__(self) -> str:
        compared = (self.table["status"] == COMPARED).sum()
        postures = ", ".join(dict.fromkeys(self.table["posture"]))
        return f"<Record: {compared} of {len(self.table)} rows compared, {self.runs} runs, postures {postures}>"


def record(
    statements: pd.DataFrame | str | Path | None = None,
    launches: pd.DataFrame | str | Path | None = None,
    *,
    posture: str | None = None,
    runs: int = 6,
    seed: int = 0,
) -> Record:
    """Put what nations said of their tracking beside the model's probability of it.

    Every launch that a statement is about is simulated with the sensors in service that day, alone and under the
    arrangement of the day, with everything on station and without ships. A range is what the nation would publish by
    the stage between track and figure (data/announcement.csv).

    Parameters
    ----------
    statements, launches : DataFrame, str or Path, optional
        Tables, or CSV files, with the core columns of data/statements.csv and data/launches.csv; by default those.
        With the shipped statements, every launch since May 2019 is asked as well: tracked, a figure published, right.
    posture : str, optional
        "full", "none" or "learned"; by default all.
    runs : int
        Runs a launch and posture, 1 or more.
    seed : int

    Returns
    -------
    Record
        Its table has one row a statement and posture: statement_id, nation, subject, published, probability (of what
        was published, where the question is one of yes and no), median, p05, p95 and inside (of numbers), posture, status ("ok", or why it is not
        compared), event_id, year, question, certainty, outcome, scored, alone and shared (the probability with the
        nation's own sensors, and with what others shared), climatology, missile_class, remark.

    Raises
    ------
    DataError
        If a file or a value is malformed: file, row, column, value and what is allowed.
    SettingsError
        If runs is not a positive whole number, the seed is negative, or there is no such posture.
    """
    check_count("runs", runs)
    check_seed(seed)
    if posture is not None:
        check_known(SettingsError, "posture", posture, CHOICES)
    table, where = given_table(launches, published_launches, "launches")
    rows = checked_rows(table, where)
    days = {row["event_id"]: row["date_local"] for row in rows}
    stated = checked_statements(*given_table(statements, published_statements, "statements"), days)
    wanted = {each.event_id for each in stated if each.event_id}
    if statements is None or any(each.missed[1] for each in stated):
        wanted = set(days)
    events = events_of(where, rows, stated, wanted)
    asked = stated if statements is not None else [*stated, *asked_of_launches(rows, stated, events)]
    return _answered(asked, events, (posture,) if posture else CHOICES, runs, seed)


def _answered(asked: list[Statement], events: dict[str, Event], postures: tuple[str, ...], runs: int, seed: int) -> Record:
    """The record of some statements, their launches at hand."""
    import pandas as pd

    needed = {name for each in asked for name in _launches_of(each, events) if not _obstacle(each, events)}
    base = POSTURES if LEARNED in postures else postures
    found = sightings_of([events[name] for name in sorted(needed)], base, runs, seed)
    years = sorted({each.first_day.year for each in asked})
    taught: dict[int, dict[str, Learned]] = {}
    if LEARNED in postures:
        pairs = {name: (found[name, "full"], found[name, "none"]) for name in needed}
        nations = sorted({each.nation for each in asked})
        for year in years:
            others = [each for each in asked if each.first_day.year != year]
            taught[year] = {nation: learned(others, pairs, nation) for nation in nations}
    rows = [
        _row(each, events, posture, lambda name, each=each, posture=posture: _held(each, name, posture, found, taught))
        for posture in postures
        for each in asked
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table["climatology"] = climatology(table)
    return Record(table=table, learned=taught, runs=runs, seed=seed, version=__version__, data_hash=data_hash())


def _held(each: Statement, name: str, posture: str, found: dict[tuple[str, str], Sighting],
          taught: dict[int, dict[str, Learned]]) -> Held:  # fmt: skip
    """What is held of a launch under a posture, for a statement of some year."""
    if posture != LEARNED:
        return Held(((1.0, found[name, posture]),), announcements())
    known = taught[each.first_day.year]
    presence = known[each.nation].presence
    parts = ((presence, found[name, "full"]), (1.0 - presence, found[name, "none"]))
    return Held(parts, {nation: one.announcement for nation, one in known.items()})


def _launches_of(each: Statement, events: dict[str, Event]) -> list[str]:
    """The launch that a statement is about, or all of its period."""
    if not each.missed[1]:
        return [each.event_id]
    return [name for name, event in events.items() if each.first_day <= event.on <= each.last_day and event.launch]


def _obstacle(each: Statement, events: dict[str, Event]) -> str:
    """Why a statement is not compared; "" where it is."""
    if each.missed[1]:
        days = {events[name].on for name in _launches_of(each, events)}
        few = f"not compared: launches of {len(days)} days of the period can be flown, {each.missed[1]} are spoken of"
        return "" if len(days) == each.missed[1] else few
    if each.question not in (*BINARY, *NUMBERS, *LAUNCH_QUESTIONS) or (each.question == "figure" and each.value not in ("yes", "no")):
        return f"not compared: {each.reason or 'the subject answers nothing that is computed'}"
    if not each.event_id:
        return f"no launch: the statement names none{'; ' + each.reason if each.reason else ''}"
    if each.question in NUMBERS and not each.figures:
        return "not compared: no number with a unit is given"
    return events[each.event_id].obstacle


def _row(each: Statement, events: dict[str, Event], posture: str, held: Callable[[str], Held]) -> dict[str, Any]:
    """One row of the table."""
    status = _obstacle(each, events)
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
    for name in _launches_of(each, events):
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

    @lru_cache(maxsize=None)
    def share(nation: str, question: str, year: int) -> float:
        like = once[(once["nation"] == nation) & (once["question"] == question) & (once["year"] != year)]
        return float((like["outcome"].sum() + 1) / (len(like) + 2))

    def said(row: Any) -> float:
        yes = share(row.nation, row.question, row.year)
        return yes if row.outcome else 1.0 - yes

    return [math.nan if math.isnan(row.probability) else said(row) for row in table.itertuples()]
