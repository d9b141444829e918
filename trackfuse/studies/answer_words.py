"""The answer in words, from its table: every number in a sentence is a number of the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

NAMES = {"JPN": "Japan", "ROK": "South Korea", "USA": "the United States"}
KNOWN, TRACK = "impact_known_in_time", "first_track_s"
SAID = ("drawn", "away", "full")
"""Postures of the first sentence, in its order."""
CHANGED_S, CHANGED = 0.5, 0.05
"""A gain in seconds, and a change of a share, below which nothing changes to speak of."""


def sentences(table: pd.DataFrame, known_km: float) -> tuple[str, ...]:
    """Say for whom, how much and when.

    Parameters
    ----------
    table : DataFrame
        As `answer` gives it.
    known_km : float
        Within which the impact counts as known, km.

    Returns
    -------
    tuple of str
    """
    known = table[table["posture"].isin(SAID) & (table["figure"] == KNOWN)]
    gained = known["after"] - known["before"]
    most = known.loc[gained.idxmax()]
    nation, kind = str(most["nation"]), str(most["kind"])
    helped = gained.max() > CHANGED
    said = [_known(table, nation, kind, known_km)] if helped else []
    said.append(_sooner(table, nation, kind if helped else ""))
    others = [each for each in dict.fromkeys(table["nation"]) if each != nation]
    said.append(_of_others(table, others))
    return tuple(said)


def _cell(table: pd.DataFrame, nation: str, kind: str, posture: str) -> tuple[float, float]:
    asked = {"nation": nation, "kind": kind, "posture": posture, "figure": KNOWN}
    row = table[(table[list(asked)] == list(asked.values())).all(axis=1)].iloc[0]
    return round(100.0 * row["before"]), round(100.0 * row["after"])


def _known(table: pd.DataFrame, nation: str, kind: str, known_km: float) -> str:
    drawn, away, full = (_cell(table, nation, kind, posture) for posture in SAID)
    return (
        f"Of a {kind}, {_name(nation)} would have known a minute before impact where it comes down, to {known_km:g} "
        f"km, in {drawn[0]} of 100 cases before December 2023 and in {drawn[1]} of 100 after, if ships are on station "
        f"as often as is likely; in {away[0]} and {away[1]} if no Japanese or US ship is; in {full[0]} and "
        f"{full[1]} if every ship is."
    )


def _sooner(table: pd.DataFrame, nation: str, kind: str) -> str:
    tracks = table[(table["nation"] == nation) & (table["posture"] == "drawn") & (table["figure"] == TRACK)]
    gain = tracks["gain"]
    known = table[(table["nation"] == nation) & (table["posture"] == "drawn") & (table["figure"] == KNOWN)]
    rest = known[known["kind"] != kind]
    before = (rest["before"] > 1.0 - CHANGED).all()
    which = "the other flights" if kind else "these flights"
    also = f" Where {which} come down it knew in time before, too." if before else ""
    return (
        f"Sharing brings {_name(nation)} its first track {gain.min():.0f} to {gain.max():.0f} s sooner (medians by "
        f"kind of flight).{also}"
    )


def _of_others(table: pd.DataFrame, nations: list[str]) -> str:
    rows = table[table["nation"].isin(nations) & (table["posture"] == "drawn")]
    shares = (rows["after"] - rows["before"])[rows["figure"] == KNOWN]
    times = rows["gain"][rows["figure"] == TRACK]
    names, words = " and ".join(_name(each) for each in nations), []
    if times.abs().max() < CHANGED_S:
        words.append("the first track comes no sooner")
    else:
        words.append(f"the first track comes {times.min():.0f} to {times.max():.0f} s sooner")
    if shares.abs().max() < CHANGED:
        words.append("the impact is known in time as often as before")
    else:
        words.append(f"the impact is known in time in at most {100.0 * shares.max():.0f} more of 100 cases")
    reason = "their own sensors, and what the United States passed on before, are as good"
    return f"For {names} {' and '.join(words)}: {reason}."


def _name(nation: str) -> str:
    return NAMES.get(nation, nation)
