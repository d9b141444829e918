"""The answer in words, from its table: every number in a sentence is a number of the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

NAMES = {"JPN": "Japan", "ROK": "South Korea", "USA": "the United States"}
KNOWN, TRACK = "impact_known_in_time", "first_track_s"
CHANGED_S, CHANGED = 0.5, 0.05
"""A gain in seconds, and a change of a share, below which nothing changes to speak of."""


def sentences(table: pd.DataFrame, known_km: float) -> tuple[str, ...]:
    """Say for whom, how much and when, and what decides it.

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
    known = table[table["figure"] == KNOWN]
    gained = known["after"] - known["before"]
    helped = bool((gained > CHANGED).any())
    most = known.iloc[int(gained.argmax())] if helped else table.iloc[int(table["gain"].fillna(0.0).argmax())]
    nation, kind = str(most["nation"]), str(most["kind"])
    said = [_known(table, nation, kind, known_km), _by_ships(table, nation, kind)] if helped else []
    said.append(_sooner(table, nation, kind if helped else ""))
    said.append(_of_others(table, [each for each in dict.fromkeys(table["nation"]) if each != nation]))
    return tuple(said)


def _row(table: pd.DataFrame, nation: str, kind: str, posture: str) -> pd.Series:
    asked = {"nation": nation, "kind": kind, "posture": posture, "figure": KNOWN}
    return table[(table[list(asked)] == list(asked.values())).all(axis=1)].iloc[0]


def _known(table: pd.DataFrame, nation: str, kind: str, known_km: float) -> str:
    row = _row(table, nation, kind, "drawn")
    return (
        f"In a simulation with assumed ships, sharing helps {_name(nation)} most against a {kind}: a minute before "
        f"impact {_name(nation)} knows where it comes down, to {known_km:g} km, in {_percent(row['before'])} of the "
        f"runs without the sharing (95 % interval {_ends(row, 'before')}) and in {_percent(row['after'])} with it "
        f"({_ends(row, 'after')}). In {_percent(row['better'])} of the runs it knows only with the sharing, in "
        f"{_percent(row['worse'])} only without."
    )


def _by_ships(table: pd.DataFrame, nation: str, kind: str) -> str:
    cells = {}
    for posture in ("away", "full", "none"):
        row = _row(table, nation, kind, posture)
        before, after = (f"{_percent(row[when])} ({_ends(row, when)})" for when in ("before", "after"))
        cells[posture] = f"{before} without and {after} with sharing" if before != after else f"{after} either way"
    return (
        f"That depends most on which ships are at sea. For the same missile {_name(nation)} knows the place, with "
        f"95 % intervals, in {cells['away']} if no Japanese or US ship is at sea; in {cells['full']} if every ship is; "
        f"and in {cells['none']} if no ship is, not even a South Korean one."
    )


def _sooner(table: pd.DataFrame, nation: str, kind: str) -> str:
    mine = table[table["nation"] == nation]
    gain = {
        posture: mine["gain"][(mine["posture"] == posture) & (mine["figure"] == TRACK)] for posture in ("drawn", "away")
    }
    if any(each.isna().all() for each in gain.values()):
        return f"{_name(nation)} has no track both without and with the sharing, so that nothing can be compared."
    ends = {posture: f"{each.min():.0f} to {each.max():.0f} s" for posture, each in gain.items()}
    known = mine[(mine["posture"] == "drawn") & (mine["figure"] == KNOWN) & (mine["kind"] != kind)]
    which = "the other kinds of missile" if kind else "these kinds of missile"
    also = f" Where {which} come down, {_name(nation)} knows in time also without the sharing."
    return (
        f"With sharing {_name(nation)} has its first track {ends['drawn']} sooner (median, by kind of missile), and "
        f"{ends['away']} sooner if no Japanese or US ship is at sea."
        f"{also if len(known) and (known['before'] > 1.0 - CHANGED).all() else ''}"
    )


def _of_others(table: pd.DataFrame, nations: list[str]) -> str:
    rows = table[table["nation"].isin(nations) & (table["posture"] == "drawn")]
    times, known = rows["gain"][rows["figure"] == TRACK], rows[rows["figure"] == KNOWN]
    whom = " and ".join(_name(each) for each in nations)
    track = "no track comes sooner"
    if times.abs().max() >= CHANGED_S:
        track = f"the first track comes {times.min():.0f} to {times.max():.0f} s sooner"
    change = known["after"] - known["before"]
    impact = "the place of impact is known as often as before"
    if change.abs().max() >= CHANGED:
        most = known.iloc[int(change.abs().argmax())]
        impact += (
            f", except for {_name(str(most['nation']))} and a {most['kind']}: {_percent(most['before'])} without and "
            f"{_percent(most['after'])} with the sharing"
        )
    return f"For {whom} it changes little: {track}, and {impact}."


def _ends(row: pd.Series, when: str) -> str:
    return f"{_percent(row[f'{when}_low'])} to {_percent(row[f'{when}_high'])}"


def _percent(share: float) -> str:
    return f"{100.0 * share:.0f} %"


def _name(nation: str) -> str:
    return NAMES.get(nation, nation)
