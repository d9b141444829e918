"""The launches behind statements, and what is asked of every launch: tracked, a figure published, the figure right."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import date

from trackfuse.core.errors import DataError
from trackfuse.core.times import as_day
from trackfuse.history.launches import Event, event_of
from trackfuse.history.pairs import ANNOUNCERS
from trackfuse.history.rows import Row
from trackfuse.history.statements import Statement

FIRST_DAY = date(2019, 5, 4)
"""From here on launches of short range are many, and what Japan says of each is known."""
OF_LAUNCH = "launch"
"""Subject of what no statement says and the launches say by themselves."""
ASKED_OF = ("JPN", "ROK")
SILENT = "JPN"
"""The nation whose silence is read: of others, rows without figures are gaps of the sources."""
NEAR_KM, NEAR_SHARE = 50.0, 0.1
"""A published range is right if it is this near to the flown one, which is Japan's rounding, or within this share."""
WEAK = "C"
"""Quality of rows from which no silence is read: nobody is named."""


def near_km(flown_km: float) -> float:
    """How near to the flown range a figure is right, km."""
    return max(NEAR_KM, NEAR_SHARE * flown_km)


def events_of(where: str, rows: list[Row], statements: list[Statement], wanted: set[str]) -> dict[str, Event]:
    """Launches as they can be flown, each to the greatest range that anybody published or corrected it to.

    Parameters
    ----------
    where : str
        Name of the launches file, for error messages.
    rows : list of dict
        All rows of that file.
    statements : list of Statement
    wanted : set of str
        Launches to make.

    Returns
    -------
    dict of str to Event
        The greatest range is that of the nation that saw most of the flight, not a truth.
    """
    by_event: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_event[row["event_id"]].append(row)
    corrected: dict[str, float] = defaultdict(float)
    for each in statements:
        if each.question == "range" and each.changed and each.figures:
            corrected[each.event_id] = max(corrected[each.event_id], *(low for low, _ in each.figures))
    made = {}
    for name in sorted(wanted):
        own = by_event[name]
        stated = [row["range_km"] for row in own if math.isfinite(row["range_km"])]
        greatest = max([*stated, corrected[name]] if own[0]["missile_class"] != "SLV" else [0.0], default=0.0)
        flown = [row | {"range_km": greatest} for row in own] if greatest > 0.0 else own
        made[name] = event_of(where, flown, rows, _day_of(own, statements))
    return made


def days_of(rows: list[Row]) -> dict[str, date | None]:
    """The local day of every launch; None where a file of one's own does not say it."""
    said = {row["event_id"]: (row["place"], row.get("date_local")) for row in rows}
    return {
        name: None if day is None else as_day(DataError, f"{place} date_local", day)
        for name, (place, day) in said.items()
    }


def _day_of(own: list[Row], statements: list[Statement]) -> date:
    """The local day of a launch, of its own rows or else of what was said of it."""
    name = own[0]["event_id"]
    stated = (each.first_day for each in statements if each.event_id == name)
    day = days_of(own)[name] or next(stated, None)
    if day is None:
        raise DataError(f"{own[0]['place']}: no date_local, and no statement says the day of {name!r}")
    return day


def asked_of_launches(rows: list[Row], statements: list[Statement], events: dict[str, Event]) -> list[Statement]:
    """What launches since 2019 say by themselves: who published a range, and whether it was right.

    Parameters
    ----------
    rows : list of dict
        Rows of the launches.
    statements : list of Statement
    events : dict of str to Event

    Returns
    -------
    list of Statement
        For Japan and South Korea and each launch that can be flown, is no satellite launch and did not fail: "tracked",
        probable, where a figure was published; "right", whether the first figure is near the flown range, where another
        nation or a correction gives a range too; and for Japan "figure", whether one was published, where
        silence is read as none.
    """
    failed = {row["event_id"] for row in rows if str(row.get("outcome") or "") == "failure"}
    weak = {row["event_id"] for row in rows} - {row["event_id"] for row in rows if row.get("quality") != WEAK}
    kinds = {row["event_id"]: row["missile_class"] for row in rows}
    first, checked = _first_figures(rows, statements), _who_published(rows, statements)
    untraced = {(each.event_id, each.nation) for each in statements if each.question == "range" and not each.scored}
    made = []
    for name, event in events.items():
        if event.launch is None or event.on < FIRST_DAY or name in failed or kinds[name] == "SLV":
            continue
        flown_km = event.launch.range_km
        for nation in ASKED_OF:
            if (name, nation) in untraced:
                continue
            figures = first.get((name, nation), ())
            if figures:
                made.append(_asked(event, kinds[name], nation, "tracked", "probable", True))
            if figures and checked[name] - {nation}:
                low, high = figures
                right = low - near_km(flown_km) <= flown_km <= high + near_km(flown_km)
                made.append(_asked(event, kinds[name], nation, "right", "certain", right, (figures,)))
            if nation == SILENT and (figures or name not in weak):
                certainty = "certain" if figures else "silence"
                made.append(_asked(event, kinds[name], nation, "figure", certainty, bool(figures)))
    return made


def _who_published(rows: list[Row], statements: list[Statement]) -> dict[str, set[str]]:
    """Who gave a range of each launch; a correction counts as one more."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if math.isfinite(row["range_km"]):
            source: str = row["source_country"]
            found[row["event_id"]].add(ANNOUNCERS.get(source, source))
    for each in statements:
        if each.question == "range" and each.figures and each.scored:
            found[each.event_id].add(f"{each.nation} later" if each.changed else each.nation)
    return found


def _first_figures(rows: list[Row], statements: list[Statement]) -> dict[tuple[str, str], tuple[float, float]]:
    """The first range that each nation published of each launch, by statements before rows of launches."""
    first: dict[tuple[str, str], tuple[float, float]] = {}
    for row in rows:
        nation = ANNOUNCERS.get(row["source_country"])
        if nation and math.isfinite(row["range_km"]):
            first.setdefault((row["event_id"], nation), (row["range_km"], row["range_km"]))
    for each in reversed(statements):
        if each.question == "range" and each.figures and not each.changed:
            stated = [end for figure in each.figures for end in figure if math.isfinite(end)]
            first[each.event_id, each.nation] = min(stated), max(stated)
    return first


def _asked(
    event: Event, kind: str, nation: str, question: str, certainty: str, outcome: bool,
    figures: tuple[tuple[float, float], ...] = (),
) -> Statement:  # fmt: skip
    return Statement(
        statement_id=f"{event.event_id}:{nation}:{question}", event_id=event.event_id, first_day=event.on,
        last_day=event.on, nation=nation, subject=OF_LAUNCH, value="yes" if outcome else "no", unit="",
        missile_class=kind, question=question, certainty=certainty, scored=True, alone=question == "tracked",
        figures=figures, missed=(0, 0), changed=False, outcome=outcome, reason="",
    )  # fmt: skip
