"""Who is said to have tracked what, beside the model's probability of it, under several postures, and scores."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trackfuse.catalog.catalog import data_hash
from trackfuse.catalog.catalog import launches as published_launches
from trackfuse.catalog.catalog import statements as published_statements
from trackfuse.core.display import displayed
from trackfuse.core.errors import DataError, SettingsError, check_known
from trackfuse.core.rng import check_seed
from trackfuse.core.version import __version__
from trackfuse.history.launches import Event
from trackfuse.history.record_events import OF_LAUNCH, asked_of_launches, days_of, events_of
from trackfuse.history.record_learning import Learned, learned
from trackfuse.history.record_rows import COMPARED, LEARNED, climatology, held_of, launches_of, obstacle_of, row_of
from trackfuse.history.record_scores import score_table
from trackfuse.history.rows import given_table
from trackfuse.history.sightings import sightings_of
from trackfuse.history.statements import NUMBERS, Statement, checked_statements
from trackfuse.history.validate import checked_rows
from trackfuse.sensing.presence import POSTURES
from trackfuse.simulation.provenance import made_with
from trackfuse.studies.runs import check_count

if TYPE_CHECKING:
    import pandas as pd

CHOICES = (*POSTURES, LEARNED)
SHOWN = ("full", "none", "drawn", LEARNED)
"""Postures that can be asked for, and those shown unless one is."""
COLUMNS = ("statement_id", "nation", "subject", "published", "probability", "median", "p05", "p95", "inside", "posture",
           "status", "event_id", "year", "question", "certainty", "outcome", "scored", "alone", "shared", "climatology",
           "missile_class", "remark")  # fmt: skip
DOCUMENT = COLUMNS[:11]


@displayed(table=lambda value: value.scores)
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
        numbers = numbers[numbers["scored"]].astype({"inside": float})
        numbers = numbers.assign(width=numbers["p95"] - numbers["p05"])
        grouped = numbers.groupby(["nation", "question", "posture"], sort=False)
        found = grouped.agg(compared=("inside", "size"), inside=("inside", "sum"), width=("width", "median"))
        return found.reset_index()

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
            f"Flights as published; {self.runs} runs a launch and posture; arrangement of the day; what is learned, "
            f"and climatology, comes from other years than the scored one; seed {self.seed}; "
            f"{made_with(self.version, self.data_hash)}"
        )

    def document(self) -> list[dict[str, Any]]:
        """The statements as a list for a JSON document: None where there is no such answer."""
        stated = self.table[self.table["subject"] != OF_LAUNCH]
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
    arrangement of the day, in several postures. A range is what the nation would publish by
    the stage between track and figure (data/announcement.csv).

    Parameters
    ----------
    statements, launches : DataFrame, str or Path, optional
        Tables, or CSV files, with the core columns of data/statements.csv and data/launches.csv; by default those.
        With the shipped statements, every launch since May 2019 is asked as well: tracked, a figure published, right.
    posture : str, optional
        "full", "none", "published", "drawn", or "learned": on station with a probability that was learned from the
        statements of other years. By default all but "published".
    runs : int
        Runs a launch and posture, 1 or more.
    seed : int

    Returns
    -------
    Record
        Its table has one row a statement and posture: statement_id, nation, subject, published, probability (of what
        was published, where the question is one of yes and no), median, p05, p95 and inside (of numbers), posture,
        status ("ok", or why it is not compared), event_id, year, question, certainty, outcome, scored, alone and shared
        (the probability with the nation's own sensors, and with what others shared), climatology, missile_class,
        remark.

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
    days = days_of(rows)
    stated = checked_statements(*given_table(statements, published_statements, "statements"), days)
    if not stated:
        raise DataError("statements: no rows below the header; there is nothing to compare")
    wanted = {each.event_id for each in stated if each.event_id}
    if statements is None or any(each.missed[1] for each in stated):
        wanted = set(days)
    events = events_of(where, rows, stated, wanted)
    asked = stated if statements is not None else [*stated, *asked_of_launches(rows, stated, events)]
    return _answered(asked, events, (posture,) if posture else SHOWN, runs, seed)


def _answered(
    asked: list[Statement], events: dict[str, Event], postures: tuple[str, ...], runs: int, seed: int
) -> Record:
    """The record of some statements, their launches at hand."""
    import pandas as pd

    needed = {name for each in asked for name in launches_of(each, events) if not obstacle_of(each, events)}
    needs = ("full", "none") if LEARNED in postures else ()
    base = tuple(dict.fromkeys([*needs, *(each for each in postures if each != LEARNED)]))
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
        row_of(each, events, posture, partial(held_of, each, posture, found, taught))
        for posture in postures
        for each in asked
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table["climatology"] = climatology(table)
    return Record(table=table, learned=taught, runs=runs, seed=seed, version=__version__, data_hash=data_hash())
