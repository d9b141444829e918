"""A comparison as text for a terminal."""

from typing import Any

import pandas as pd

from trackfuse.study.compare import Comparison

_DIGITS = {"_s": 0, "_m": 0, "_mps": 1, "_km": 1}


def comparison_text(comparison: Comparison) -> str:
    """Figures by policy, nation and place, and the gains over the baseline, as a readable table.

    Parameters
    ----------
    comparison : Comparison

    Returns
    -------
    str
        Medians with the 5-95 % range over runs; "-" where it never happened. A count in brackets says in how many runs
        it happened, where that was not in all of them.
    """
    runs, places, gains = comparison.runs, comparison.warnings, comparison.gains
    nodes = _cells(comparison.nodes, runs, "p05", "p95")
    parts = [comparison.caption(), "", "Median (5-95 %) by nation; errors at apogee"]
    parts += [_pivot(nodes, ["policy", "node"], "metric")]
    if len(places):
        warned = _cells(places.assign(metric="warning_time_s"), runs, "p05", "p95")
        parts += ["", "Warning time at the places concerned, s", _pivot(warned, ["place", "nation"], "policy")]
    if len(gains):
        whom = gains["place"].where(gains["place"] != "", gains["nation"])
        gained = _cells(gains.assign(whom=whom), runs, "low", "high")
        parts += ["", f"Gain over {comparison.baseline}, run by run: median (95 % interval); positive is better"]
        parts += [_pivot(gained, ["policy", "whom"], "metric")]
    return "\n".join(parts)


def _cells(table: pd.DataFrame, runs: int, low: str, high: str) -> pd.DataFrame:
    return table.assign(cell=[_cell(row, low, high, runs) for row in table.to_dict("records")])


def _cell(row: dict[Any, Any], low: str, high: str, runs: int) -> str:
    if row["n"] == 0:
        return "-"
    digits = next(digits for unit, digits in _DIGITS.items() if row["metric"].endswith(unit))
    some = f" [{row['n']}/{runs}]" if row["n"] < runs else ""
    return f"{row['median']:.{digits}f} ({row[low]:.{digits}f} to {row[high]:.{digits}f}){some}"


def _pivot(table: pd.DataFrame, index: list[str], columns: str) -> str:
    wide = table.pivot_table(index=index, columns=columns, values="cell", aggfunc="first", sort=False).fillna("-")
    return wide.rename_axis(columns=None).to_string()
