"""Tables of gains, of one run and of many."""

from __future__ import annotations

import numpy as np
import pandas as pd

from trackfuse.simulation.figures import FIGURES, USUAL, WARNING_TIME, nation_figures
from trackfuse.simulation.run import Run
from trackfuse.simulation.warning_inputs import predicted_anew
from trackfuse.studies.compare import Comparison
from trackfuse.views.style.style import looks_in, nation_looks, policy_label
from trackfuse.views.style.tables import as_html, measure, number, occurs, unchanged

_NAMES = ["", "figure", "unit"]
"""Columns that name the rows of a table."""
_SHOWN = (*USUAL, WARNING_TIME.name)


def one_run_frame(run: Run, base: Run) -> pd.DataFrame:
    """Gain of one run over the same run under another policy.

    Parameters
    ----------
    run, base : Run

    Returns
    -------
    DataFrame
        One row a nation or place and figure of the first launch: whom, figure, unit, value, base and gain; positive is
        better. Of the figures that apply.
    """
    rows = []
    own = predicted_anew(run)  # the longest part, and the same where the centres have the same tracks of their own
    same = own if base.local_tracks is run.local_tracks else None
    figures, before = nation_figures(run, own)[0].tolist(), nation_figures(base, same)[0].tolist()
    looks = nation_looks(run.scenario.nations).values()
    for look, values, others in zip(looks, figures, before, strict=True):
        for each, value, other in zip(FIGURES, values, others, strict=True):
            if not np.isnan(value):
                gain = (value - other) * (1.0 if each.larger_is_better else -1.0) if np.isfinite(other) else np.nan
                rows.append((look.label, each.name, each.unit, value, other, gain))
    arrival_s = run.prepared.arrival_s[0]
    with_s, without_s = (each.launch_notices[0].notices.warning_time_s.tolist() for each in (run, base))
    for place, arrival, value, other in zip(run.scenario.places, arrival_s, with_s, without_s, strict=True):
        if np.isfinite(arrival):
            rows.append((place.name, WARNING_TIME.name, WARNING_TIME.unit, value, other, value - other))
    return pd.DataFrame(rows, columns=["whom", "figure", "unit", "value", "base", "gain"])


def one_run(run: Run, base: Run) -> str:
    """The same as an HTML table, of the figures that say most.

    Parameters
    ----------
    run, base : Run

    Returns
    -------
    str
        A row a nation or place and figure.
    """
    policies = policy_label(run.policy), policy_label(base.policy)
    frame = one_run_frame(run, base)
    rows = [
        (whom, measure(figure, unit).words, unit, *(number(each, unit, never="never") for each in (value, other)),
         _gain(value, other, gain, unit))
        for whom, figure, unit, value, other, gain in frame[frame["figure"].isin(_SHOWN)].itertuples(index=False)
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=[*_NAMES, *policies, "gain"]).set_index(_NAMES)
    return as_html(table, "This run, on the same noise. Positive gain: sooner, closer, longer, more warning.")


def many_runs(comparison: Comparison) -> str:
    """Paired gains over many runs with their intervals.

    Parameters
    ----------
    comparison : Comparison

    Returns
    -------
    str
        HTML table of the figures that change in any run; those that do not are named below.
    """
    gains = comparison.gains
    still, looks = unchanged(gains), looks_in(comparison.scenario)
    rows = []
    for row in gains[~still].to_dict("records"):
        unit, figure = str(row["unit"]), str(row["figure"])
        interval = " to ".join(number(row[end], unit) for end in ("low", "high"))
        whom = str(row["place"]) or looks[str(row["nation"])].label
        there = bool(np.isfinite(row["median"]))
        alone = [] if row["p_policy"] == row["p_baseline"] else [occurs(row["p_policy"], row["p_baseline"])]
        rows.append(
            (
                whom, measure(figure, unit).words, unit, number(row["median"], unit, sign="+"),
                interval if there else "", ", ".join([str(row["n"]), *alone]),
            )
        )  # fmt: skip
    table = pd.DataFrame(rows, columns=[*_NAMES, "median gain", "95 % interval", "runs"]).set_index(_NAMES)
    each = f"{comparison.runs} runs, each compared with itself."
    words = f"{each} Positive gain: sooner, closer, longer, more warning. {no_change(gains[still])}"
    return as_html(table, words.strip())


def no_change(still: pd.DataFrame) -> str:
    """One line about the figures that change in no run.

    Parameters
    ----------
    still : DataFrame
        Their rows of a table of gains.

    Returns
    -------
    str
        "" without any.
    """
    if still.empty:
        return ""
    labels = {nation: look.label for nation, look in nation_looks(still["nation"]).items()}
    whom = still["place"].where(still["place"] != "", still["nation"].map(labels))
    names = [measure(figure, unit).words for figure, unit in zip(still["figure"], still["unit"], strict=True)]
    by_name = whom.groupby(names, sort=False).agg(lambda who: ", ".join(dict.fromkeys(who)))
    return "No change in any run: " + "; ".join(f"{name} ({who})" for name, who in by_name.items()) + "."


def _gain(value: float, base: float, gain: float, unit: str) -> str:
    if np.isfinite(value) == np.isfinite(base):
        return number(gain, unit, sign="+", never="")
    return "only with" if np.isfinite(value) else "only without"
