"""Tables of gains as HTML that a screen reader can walk."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from trackfuse.simulation.figures import METRICS, nation_figures
from trackfuse.views.style.style import looks_in, nation_looks, policy_label

if TYPE_CHECKING:
    from trackfuse.simulation.run import Run
    from trackfuse.studies.compare import Comparison

WORDS = {
    "detection_s": ("first knowledge", "s"),
    "confirmation_s": ("first track", "s"),
    "notice_s": ("first notice", "s"),
    "position_error_m": ("position error at apogee", "m"),
    "velocity_error_mps": ("velocity error at apogee", "m/s"),
    "impact_error_km": ("impact error, as of apogee", "km"),
    "warning_time_s": ("warning time", "s"),
}
"""Metric -> its words and unit."""


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
    return pd.DataFrame(_rows(run, base), columns=["whom", "metric", "value", "base", "gain"])


def _rows(run: Run, base: Run) -> list[tuple[str, str, float, float, float]]:
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
    return rows


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
    cells = [
        (whom, *WORDS[metric], _instant(value, metric), _instant(other, metric), _gain(value, other, gain, metric))
        for whom, metric, value, other, gain in _rows(run, base)
    ]
    heads = ("", "figure", "unit", policy_label(run.policy), policy_label(base.policy), "gain")
    return table("This run, on the same noise. Positive gain: sooner, closer, more warning.", heads, cells)


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
    cells, looks = [], looks_in(comparison.scenario)
    for row in comparison.gains.to_dict("records"):
        metric = str(row["metric"])
        ends = [_instant(row[end], metric) for end in ("low", "high")]
        interval = " to ".join(ends) if np.isfinite(row["median"]) else "–"
        whom = str(row["place"]) or looks[str(row["nation"])].label
        alone = [f"{row[key]} {words}" for key, words in _ALONE.items() if row[key]]
        counted = ", ".join([str(row["n"]), *alone])
        cells.append((whom, *WORDS[metric], _number(row["median"], metric, "+"), interval, counted))
    heads = ("", "figure", "unit", "median gain", "95 % interval", "runs")
    caption = f"{comparison.runs} runs, each compared with itself. Positive gain: sooner, closer, more warning."
    return table(caption, heads, cells)


def table(caption: str, heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """An HTML table whose first column names the rows; a name that repeats is written once.

    Parameters
    ----------
    caption : str
    heads : tuple of str
    rows : list of tuple of str

    Returns
    -------
    str
        All text escaped.
    """
    lines = ["".join(f'<th scope="col">{escape(head)}</th>' for head in heads)]
    last = None
    for first, *rest in rows:
        name = "" if first == last else escape(first)
        last = first
        lines.append(f'<th scope="row">{name}</th>' + "".join(f"<td>{escape(cell)}</td>" for cell in rest))
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f'<table class="trackfuse"><caption>{escape(caption)}</caption>{body}</table>'


def _number(value: float, metric: str, sign: str = "", never: str = "–") -> str:
    if not np.isfinite(value):
        return never
    digits = _digits(metric, value)
    return "0" if sign and abs(value) < 0.5 * 10.0**-digits else f"{value:{sign}.{digits}f}"


def _instant(value: float, metric: str) -> str:
    return _number(value, metric, never="never" if metric.endswith("_s") else "–")


def _gain(value: float, base: float, gain: float, metric: str) -> str:
    if np.isfinite(value) == np.isfinite(base):
        return _number(gain, metric, "+")
    return "only with" if np.isfinite(value) else "only without"


def _digits(metric: str, value: float) -> int:
    if metric.endswith("_km"):
        return 2 if abs(value) < 10.0 else 0
    return {"velocity_error_mps": 2, "position_error_m": 0}.get(metric, 1)
