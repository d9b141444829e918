"""Tables of gains, of one run and of many."""

from __future__ import annotations

import numpy as np
import pandas as pd

from trackfuse.simulation.figures import METRICS, nation_figures
from trackfuse.simulation.run import Run
from trackfuse.studies.compare import Comparison
from trackfuse.views.style.style import looks_in, nation_looks, policy_label
from trackfuse.views.style.tables import MEASURES, as_html, number

_NAMES = ["", "figure", "unit"]
"""Columns that name the rows of a table."""
_ALONE = {"only_with": "more only with it", "only_without": "more only without"}


def one_run_frame(run: Run, base: Run) -> pd.DataFrame:
    """Gain of one run over the same run under another policy.

    Parameters
    ----------
    run, base : Run

    Returns
    -------
    DataFrame
        One row a nation or place and figure: whom, metric, value, base and gain; positive is better.
    """
    rows = []
    figures, before = nation_figures(run).tolist(), nation_figures(base).tolist()
    looks = nation_looks(run.scenario.nations).values()
    for look, values, others in zip(looks, figures, before, strict=True):
        for (metric, larger), value, other in zip(METRICS.items(), values, others, strict=True):
            rows.append((look.label, metric, value, other, (value - other) * (1.0 if larger else -1.0)))
    arrival_s = run.prepared.arrival_s[0]
    with_s, without_s = (each.launch_notices[0].notices.warning_time_s.tolist() for each in (run, base))
    for place, arrival, value, other in zip(run.scenario.places, arrival_s, with_s, without_s, strict=True):
        if np.isfinite(arrival):
            rows.append((place.name, "warning_time_s", value, other, value - other))
    return pd.DataFrame(rows, columns=["whom", "metric", "value", "base", "gain"])


def one_run(run: Run, base: Run) -> str:
    """The same as an HTML table.

    Parameters
    ----------
    run, base : Run

    Returns
    -------
    str
        A row a nation or place and figure.
    """
    policies = policy_label(run.policy), policy_label(base.policy)
    rows = [
        (*_names(whom, metric), _instant(value, metric), _instant(other, metric), _gain(value, other, gain, metric))
        for whom, metric, value, other, gain in one_run_frame(run, base).itertuples(index=False, name=None)
    ]
    table = pd.DataFrame(rows, columns=[*_NAMES, *policies, "gain"]).set_index(_NAMES)
    return as_html(table, "This run, on the same noise. Positive gain: sooner, closer, more warning.")


def many_runs(comparison: Comparison) -> str:
    """Paired gains over many runs with their intervals.

    Parameters
    ----------
    comparison : Comparison

    Returns
    -------
    str
        HTML table.
    """
    rows, looks = [], looks_in(comparison.scenario)
    for row in comparison.gains.to_dict("records"):
        metric = str(row["metric"])
        interval = " to ".join(_instant(row[end], metric) for end in ("low", "high"))
        whom = str(row["place"]) or looks[str(row["nation"])].label
        alone = [f"{row[key]} {words}" for key, words in _ALONE.items() if row[key]]
        rows.append(
            (
                *_names(whom, metric),
                number(row["median"], metric, sign="+"),
                interval if np.isfinite(row["median"]) else "–",
                ", ".join([str(row["n"]), *alone]),
            )
        )
    table = pd.DataFrame(rows, columns=[*_NAMES, "median gain", "95 % interval", "runs"]).set_index(_NAMES)
    each = f"{comparison.runs} runs, each compared with itself."
    return as_html(table, f"{each} Positive gain: sooner, closer, more warning.")


def _names(whom: str, metric: str) -> tuple[str, str, str]:
    return whom, MEASURES[metric].words, MEASURES[metric].unit


def _instant(value: float, metric: str) -> str:
    return number(value, metric, never="never" if metric.endswith("_s") else "–")


def _gain(value: float, base: float, gain: float, metric: str) -> str:
    if np.isfinite(value) == np.isfinite(base):
        return number(gain, metric, sign="+")
    return "only with" if np.isfinite(value) else "only without"
