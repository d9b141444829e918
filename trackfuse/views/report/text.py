"""A comparison, a backtest or a record as text for a terminal."""

from typing import Any

import pandas as pd

from trackfuse.history.backtest import COMPARED, Backtest
from trackfuse.history.record import Record
from trackfuse.history.record_events import OF_LAUNCH
from trackfuse.history.statements import NUMBERS
from trackfuse.studies.compare import Comparison
from trackfuse.views.style.tables import MEASURES, as_text

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
        Medians with the 5-95 % range over runs ("57 (56..62)"); "-" where it never happened. A count in brackets says
        in how many runs it happened, where that was not in all of them.
    """
    runs, places, gains = comparison.runs, comparison.warnings, comparison.gains
    nodes = _cells(comparison.nodes, runs, "p05", "p95")
    what = "When each nation first knows, first holds a track, gives notice, and its errors at apogee:"
    parts = [comparison.caption(), "", what, "median (5-95 % of runs)", _pivot(nodes, ["policy", "node"], "metric")]
    if len(places):
        warned = _cells(places.assign(metric="warning_time_s"), runs, "p05", "p95")
        parts += ["", "Warning time at the places concerned, s", _pivot(warned, ["place", "nation"], "policy")]
    if len(gains):
        whom = gains["place"].where(gains["place"] != "", gains["nation"])
        gained = _cells(gains.assign(whom=whom), runs, "low", "high")
        what = "run by run on the same noise: median (95 % interval), positive is better"
        parts += ["", f"Gain over {comparison.baseline}, {what}", _pivot(gained, ["policy", "whom"], "metric")]
    return "\n".join(parts)


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
    parts = [done.caption(), "", as_text(shown, 0), "", "Not compared"]
    parts += [f"{row['alert_id']:<5} {row['quantity']:<11} {row['status']}" for row in left.to_dict("records")]
    parts += ["", "Predicted minutes, those learned from left out", as_text(done.score, 0)]
    parts += ["", "Delay of each chain for an alert not seen yet", as_text(done.calibration, 0)]
    if done.why_wide:
        parts += ["", f"Why notices are no surer. {done.why_wide}."]
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
    parts = [done.caption(), ""]
    if len(shown):
        wide = shown.pivot_table(index=labels, columns="posture", values="answer", aggfunc="first", sort=False)
        parts += ["Probability of what was published, or what would be published: median (5-95 %)"]
        parts += [as_text(wide.rename_axis(columns=None).reset_index())]
    if len(left):
        parts += ["", "Not compared"]
        parts += [f"{row['statement_id']:<5} {row['subject']:<13} {row['status']}" for row in left.to_dict("records")]
    if len(done.scores):
        parts += ["", "Scores of probabilities: Brier and logarithmic, 0 is best", as_text(done.scores, 3)]
    if len(done.intervals):
        parts += ["", "Numbers inside 5 to 95 %", as_text(done.intervals, 0)]
    if done.learned:
        parts += ["", "Learned for each year from the others", as_text(done.lessons, 2)]
    return "\n".join(parts)


def _answer(row: dict[Any, Any]) -> str:
    if row["question"] not in NUMBERS:
        return f"{row['probability']:.2f}"
    if pd.isna(row["median"]):
        return "no track"
    return f"{row['median']:.0f} ({row['p05']:.0f}..{row['p95']:.0f}) {'inside' if row['inside'] else 'outside'}"


def _cells(table: pd.DataFrame, runs: int, low: str, high: str) -> pd.DataFrame:
    return table.assign(cell=[_cell(row, low, high, runs) for row in table.to_dict("records")])


def _cell(row: dict[Any, Any], low: str, high: str, runs: int) -> str:
    if row["n"] == 0:
        return "-"
    digits = 2 if MEASURES[row["metric"]].unit in ("m/s", "km") else 0  # few, so that a table fits a terminal
    some = f" [{row['n']}/{runs}]" if row["n"] < runs else ""
    median, least, most = (f"{round(row[key], digits) + 0.0:.{digits}f}" for key in ("median", low, high))
    return (median if least == most else f"{median} ({least}..{most})") + some


def _pivot(table: pd.DataFrame, index: list[str], columns: str) -> str:
    wide = table.pivot_table(index=index, columns=columns, values="cell", aggfunc="first", sort=False).fillna("-")
    headings = {metric: f"{named.short}, {named.unit}" for metric, named in MEASURES.items()}
    return wide.rename(columns=headings).rename_axis(columns=None).to_string()
