"""A comparison, a backtest or a record as text for a terminal."""

from collections.abc import Hashable
from typing import Any

import pandas as pd

from trackfuse.history.backtest import COMPARED, Backtest
from trackfuse.history.record import Record
from trackfuse.history.record_events import OF_LAUNCH
from trackfuse.history.statements import NUMBERS
from trackfuse.simulation.figures import USUAL, WARNING_TIME
from trackfuse.studies.compare import Comparison
from trackfuse.views.figures.gainstable import no_change
from trackfuse.views.style.tables import measure, occurs, unchanged
from trackfuse.views.style.terminal import as_text, paragraph

WORDS = 24
"""Letters of a statement that a table has room for."""


def comparison_text(comparison: Comparison) -> str:
    """Figures by policy, nation and place, and the gains over the baseline, as a readable table.

    Parameters
    ----------
    comparison : Comparison

    Returns
    -------
    str
        Medians with the 5-95 % range over runs ("57 (56..62)"), of the figures that say most and of the first launch. A
        count in brackets says in how many runs it occurred, where that was not in all of them. What changes in no run
        is one line. `Comparison.nodes` and `gains` have all figures.
    """
    runs, places, gains = comparison.runs, comparison.warnings, comparison.gains
    shown = (*USUAL, WARNING_TIME.name, *(each.figure for each in comparison.own))
    nodes, gains = (
        table[table["object"].isin((comparison.objects[0], "")) & table["figure"].isin(shown)]
        for table in (comparison.nodes, gains)
    )
    table = _pivot(_cells(nodes, runs, "p05", "p95"), ["figure", "nation"])
    parts = [paragraph(comparison.caption()), "", "Figures by nation, median (5-95 % of runs)", table]
    if len(places):
        warned = _cells(places, runs, "p05", "p95")
        parts += ["", "Warning time at the places concerned, s", _pivot(warned, ["place", "nation"])]
    if len(gains):
        still = unchanged(gains)
        whom = gains["place"].where(gains["place"] != "", gains["nation"])
        what = "run by run on the same noise: median (95 % interval), positive is better"
        parts += ["", paragraph(f"Gain over {comparison.baseline}, {what}")]
        moved = gains.assign(whom=whom)[~still]
        if len(moved):
            parts.append(_pivot(_cells(moved, runs, "low", "high"), ["figure", "whom"]))
        always = gains[still].groupby(["nation", "place", "figure"], sort=False).filter(
            lambda rows: len(rows) == len(comparison.policies) - 1
        )
        parts.append(paragraph(no_change(always)))
    return "\n".join(parts).rstrip("\n")


def backtest_text(done: Backtest) -> str:
    """A backtest as text: what was compared, what was not and why, how much lies inside, and the chains' delays.

    Parameters
    ----------
    done : Backtest

    Returns
    -------
    str
        Times in seconds after the minute published for the launch.
    """
    table = done.table
    compared = table[table["status"] == COMPARED]
    shown = compared[["alert_id", "quantity", "published_s", "median_s", "p05_s", "p95_s"]].assign(
        inside=compared["inside"].map({True: "yes", False: "no"}),
        learned=compared["used_for_calibration"].map({True: "yes", False: ""}),
        event=compared["event_id"],
        system=compared["system"],
    )
    left = table[table["status"] != COMPARED]
    parts = [paragraph(done.caption()), "", as_text(shown, 0), "", "Not compared"]
    parts += [
        paragraph(f"{row['alert_id']:<5} {row['quantity']:<11} {row['status']}", hanging=18)
        for row in left.to_dict("records")
    ]
    parts += ["", "Predicted minutes, those learned from left out", as_text(done.score, 0)]
    parts += ["", "Delay of each chain for an alert not seen yet", as_text(done.calibration, 0)]
    if done.why_wide:
        parts += ["", paragraph(f"Why notices are no surer. {done.why_wide}.")]
    return "\n".join(parts)


def record_text(done: Record) -> str:
    """A record as text: each statement by posture, what was not compared and why, scores, and what was learned.

    Parameters
    ----------
    done : Record

    Returns
    -------
    str
        Probabilities of what was published; of numbers the median and the 5-95 % interval of what would be published.
    """
    stated = done.table[done.table["subject"] != OF_LAUNCH]
    compared = stated[stated["status"] == COMPARED]
    answers = [_answer(row) for row in compared.to_dict("records")]
    shown = compared.assign(published=compared["published"].str.slice(0, WORDS), answer=answers)
    labels = ["statement_id", "event_id", "nation", "subject", "published"]
    left = stated[stated["status"] != COMPARED].drop_duplicates("statement_id")
    parts = [paragraph(done.caption()), ""]
    if len(shown):
        wide = shown.pivot_table(index=labels, columns="posture", values="answer", aggfunc="first", sort=False)
        parts += ["Probability of what was published, or what would be published: median (5-95 %)"]
        parts += [as_text(wide.rename_axis(columns=None).reset_index(), labels=4)]
    if len(left):
        parts += ["", "Not compared"]
        parts += [
            paragraph(f"{row['statement_id']:<5} {row['subject']:<13} {row['status']}", hanging=20)
            for row in left.to_dict("records")
        ]
    if len(done.scores):
        parts += ["", "Scores of probabilities: Brier and logarithmic, 0 is best", as_text(done.scores, 3)]
    if len(done.intervals):
        parts += ["", "Numbers inside 5 to 95 %", as_text(done.intervals, 0)]
    if done.learned:
        parts += ["", "Learned for each year from the others", as_text(done.lessons, 2)]
    return "\n".join(parts)


def _answer(row: dict[Hashable, Any]) -> str:
    if row["question"] not in NUMBERS:
        return f"{row['probability']:.2f}"
    if pd.isna(row["median"]):
        return "no track"
    return f"{row['median']:.0f} ({row['p05']:.0f}..{row['p95']:.0f}) {'inside' if row['inside'] else 'outside'}"


def _cells(table: pd.DataFrame, runs: int, low: str, high: str) -> pd.DataFrame:
    return table.assign(cell=[_cell(row, low, high, runs) for row in table.to_dict("records")])


def _cell(row: dict[Hashable, Any], low: str, high: str, runs: int) -> str:
    if row["n"] == 0:
        return occurs(row["p_policy"], row["p_baseline"]) if "p_policy" in row else "never"
    digits = 0 if row["unit"] in ("s", "m", "count") else 2  # few, so that a table fits a terminal
    some = f" [{row['n']}/{runs}]" if row["n"] < runs else ""
    median, least, most = (f"{round(row[key], digits) + 0.0:.{digits}f}" for key in ("median", low, high))
    return (median if least == most else f"{median} ({least}..{most})") + some


def _pivot(table: pd.DataFrame, index: list[str]) -> str:
    """Cells by policy; a figure stands with its unit, and what is not in a table of gains is a gain of nothing."""
    named = table.assign(figure=[
        f"{measure(figure, unit).words}, {unit}" for figure, unit in zip(table["figure"], table["unit"], strict=True)
    ])  # fmt: skip
    wide = named.pivot_table(index=index, columns="policy", values="cell", aggfunc="first", sort=False).fillna("0")
    flat = wide.rename_axis(columns=None).reset_index()
    # A figure's rows stand together: nations that gain by different policies come in any order.
    order = {name: k for k, name in enumerate(flat[index[0]].unique())}
    flat = flat.sort_values(index[0], key=lambda names: names.map(order), kind="stable")
    return as_text(flat.drop(columns=index[0]), groups=list(flat[index[0]]))
