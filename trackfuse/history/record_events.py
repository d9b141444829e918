"""The launches behind statements, and what is asked of every launch: tracked, a figure published, the figure right."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import date

from trackfuse.history.launches import Event, event_of
from trackfuse.history.pairs import ANNOUNCERS
from trackfuse.history.rows import Row
from trackfuse.history.statements import Statement

FIRST_DAY = date(2019, 5, 4)
"""From here on launches of short range are many, and what Japan says of each is known."""
ASKED_OF = ("JPN", "ROK")
SILENT = "JPN"
"""The nation whose silence is read: of others, rows without figures are gaps of the sources."""
NEAR_KM = 50.0
"""A published range is right if it is this near to the flown one: the rounding of Japan."""


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
        made[name] = event_of(where, flown, rows, own[0]["date_local"])
    return made


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
        probable, where a figure was published; "right", whether the first figure is near the flown range; and for
        Japan "figure", whether one was published, silence read as none.
    """
    failed = {row["event_id"] for row in rows if str(row.get("outcome") or "") == "failure"}
    kinds = {row["event_id"]: row["missile_class"] for row in rows}
    first = _first_figures(rows, statements)
    made = []
    for name, event in events.items():
        if event.launch is None or event.on < FIRST_DAY or name in failed or kinds[name] == "SLV":
            continue
        flown_km = event.launch.range_km
        for nation in ASKED_OF:
            figures = first.get((name, nation), ())
            if figures:
                low, high = figures
                right = low - NEAR_KM <= flown_km <= high + NEAR_KM
                made.append(_asked(event, kinds[name], nation, "tracked", "probable", True))
                made.append(_asked(event, kinds[name], nation, "right", "certain", right, (figures,)))
            if nation == SILENT:
                made.append(_asked(event, kinds[name], nation, "figure", "certain" if figures else "silence",
                                   bool(figures)))  # fmt: skip
    return made


def _first_figures(rows: list[Row], statements: list[Statement]) -> dict[tuple[str, str], tuple[float, float]]:
    """The first range that each nation published of each launch, by statements before rows of launches."""
    first: dict[tuple[str, str], tuple[float, float]] = {}
    for row in rows:
        nation = ANNOUNCERS.get(row["source_country"])
        if nation and math.isfinite(row["range_km"]):
            first.setdefault((row["event_id"], nation), (row["range_km"], row["range_km"]))
    for each in reversed(statements):
        if each.question == "range" and each.figures and not each.changed:
            first[each.event_id, each.nation] = (min(low for low, _ in each.figures), max(high for _, high in each.figures))
    return first


def _asked(
    event: Event, kind: str, nation: str, question: str, certainty: str, outcome: bool,
    figures: tuple[tuple[float, float], ...] = (),
) -> Statement:  # fmt: skip
    return Statement(
        statement_id=f"{event.event_id}:{nation}:{question}", event_id=event.event_id, first_day=event.on,
        last_day=event.on, nation=nation, subject="launch", value="yes" if outcome else "no", unit="",
        missile_class=kind, question=question, certainty=certainty, scored=True, alone=question == "tracked",
        figures=figures, missed=(0, 0), changed=False, outcome=outcome, reason="",
    )  # fmt: skip
