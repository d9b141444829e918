"""The answer in words, from its table: every number in a sentence is a number of the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trackfuse.core.language import joined, message, translate

if TYPE_CHECKING:
    import pandas as pd

NAMES = {"JPN": message("Japan"), "ROK": message("South Korea"), "USA": message("the United States")}
"""Nations as they are named in a sentence."""
KNOWN, TRACK = "impact_known_in_time", "first_track_s"
CHANGED_S, CHANGED = 0.5, 0.05
"""A gain in seconds, and a change of a share, below which nothing changes to speak of."""
KNOWN_BEFORE = message(
    "All numbers here are simulated, not measured, and where ships were is assumed. Sharing helps {nation} most "
    "against a {kind}: with ships at sea as often as assumed, {nation} knows a minute before impact where it comes "
    "down, to {km} km, in {before} of the runs without the sharing (95 % interval {before_ends}) and in {after} with "
    "it ({after_ends}). The same runs are computed both ways: in {better} of them it knows only with the sharing, in "
    "{worse} only without."
)
UNCHANGED = message(
    "All numbers here are simulated, not measured, and where ships were is assumed. With ships at sea as often as "
    "assumed, {nation} knows a minute before the impact of a {kind} where it comes down, to {km} km, in {before} of "
    "the runs without the sharing (95 % interval {before_ends}) and in {after} with it ({after_ends})."
)
BY_SHIPS = message(
    "That depends most on which ships are at sea. With no Japanese or US ship at sea {nation} knows the place in "
    "{away}; with every ship at sea in {full}; and with no ship at sea, not even a South Korean one, in {none}."
)
DIFFERS = message("{before} without and {after} with the sharing")
NO_TRACK = message(
    "{nation} has no track both without and with the sharing, so that nothing can be compared."
)  # fmt: skip
SOONER = message(
    "With sharing {nation} has its first track {drawn} sooner (median, by kind of missile), and {away} sooner if no "
    "Japanese or US ship is at sea."
)
OTHERS_KNOWN = message(
    "For the other kinds of missile that come down {nation} knows the place in time without the sharing, too."
)  # fmt: skip
ALL_KNOWN = message("For these kinds of missile {nation} knows the place of impact in time without the sharing, too.")
LITTLE = message("For {nations} it changes less: {track}, and {impact}.")
EXCEPT = message(
    "the place of impact is known as often as before, except for {nation} and a {kind}: in {before} of the runs "
    "without and in {after} with the sharing"
)
"""The sentences; what is in braces is filled in from the table."""


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
    drawn = known[known["posture"] == "drawn"]
    usual, ever = (bool((each["after"] - each["before"] > CHANGED).any()) for each in (drawn, known))
    among = drawn if usual else known  # of few runs all may have ships at sea
    most = table.iloc[int(table["gain"].fillna(0.0).argmax())]
    if ever:
        most = among.iloc[int((among["after"] - among["before"]).argmax())]
    nation, kind = str(most["nation"]), str(most["kind"])
    first = KNOWN_BEFORE if usual else UNCHANGED
    said = [_known(first, table, nation, kind, known_km), _by_ships(table, nation, kind)] if ever else []
    said.append(_sooner(table, nation, kind if ever else ""))
    said.append(_of_others(table, [each for each in dict.fromkeys(table["nation"]) if each != nation]))
    return tuple(said)


def _row(table: pd.DataFrame, nation: str, kind: str, posture: str) -> pd.Series:
    asked = {"nation": nation, "kind": kind, "posture": posture, "figure": KNOWN}
    return table[(table[list(asked)] == list(asked.values())).all(axis=1)].iloc[0]


def _known(sentence: str, table: pd.DataFrame, nation: str, kind: str, known_km: float) -> str:
    row = _row(table, nation, kind, "drawn")
    return translate(sentence).format(
        nation=_name(nation), kind=translate(kind), km=f"{known_km:g}",
        before=_percent(row["before"]), before_ends=_ends(row, "before"),
        after=_percent(row["after"]), after_ends=_ends(row, "after"),
        better=_percent(row["better"]), worse=_percent(row["worse"]),
    )  # fmt: skip


def _by_ships(table: pd.DataFrame, nation: str, kind: str) -> str:
    cells = {}
    for posture in ("away", "full", "none"):
        row = _row(table, nation, kind, posture)
        before, after = (
            translate("{share} ({interval})").format(share=_percent(row[when]), interval=_ends(row, when))
            for when in ("before", "after")
        )
        cell = translate(DIFFERS) if before != after else translate("{after} either way")
        cells[posture] = cell.format(before=before, after=after)
    return translate(BY_SHIPS).format(nation=_name(nation), **cells)


def _sooner(table: pd.DataFrame, nation: str, kind: str) -> str:
    mine = table[table["nation"] == nation]
    gain = {
        posture: mine["gain"][(mine["posture"] == posture) & (mine["figure"] == TRACK)] for posture in ("drawn", "away")
    }
    if any(each.isna().all() for each in gain.values()):
        return translate(NO_TRACK).format(nation=_name(nation))
    ends = {posture: _span(each) for posture, each in gain.items()}
    known = mine[(mine["posture"] == "drawn") & (mine["figure"] == KNOWN) & (mine["kind"] != kind)]
    said = translate(SOONER).format(nation=_name(nation), **ends)
    if not (len(known) and (known["before"] > 1.0 - CHANGED).all()):
        return said
    return joined([said, translate(OTHERS_KNOWN if kind else ALL_KNOWN).format(nation=_name(nation))])


def _of_others(table: pd.DataFrame, nations: list[str]) -> str:
    rows = table[table["nation"].isin(nations) & (table["posture"] == "drawn")]
    times, known = rows["gain"][rows["figure"] == TRACK], rows[rows["figure"] == KNOWN]
    whom = translate(" and ").join(_name(each) for each in nations)
    track = translate("no track comes sooner")
    if times.abs().max() >= CHANGED_S:
        track = translate("the first track comes {span} sooner").format(span=_span(times))
    change = known["after"] - known["before"]
    impact = translate("the place of impact is known as often as before")
    if change.abs().max() >= CHANGED:
        most = known.iloc[int(change.abs().argmax())]
        impact = translate(EXCEPT).format(
            nation=_name(str(most["nation"])), kind=translate(str(most["kind"])),
            before=_percent(most["before"]), after=_percent(most["after"]),
        )  # fmt: skip
    return translate(LITTLE).format(nations=whom, track=track, impact=impact)


def _span(times: pd.Series) -> str:
    return translate("{low} to {high} s").format(low=f"{times.min():.0f}", high=f"{times.max():.0f}")


def _ends(row: pd.Series, when: str) -> str:
    return translate("{low} to {high}").format(low=_percent(row[f"{when}_low"]), high=_percent(row[f"{when}_high"]))


def _percent(share: float) -> str:
    return f"{100.0 * share:.0f} %"


def _name(nation: str) -> str:
    return translate(NAMES.get(nation, nation))
