"""A comparison as text for a terminal."""

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
    columns = (table[name] for name in ("metric", "median", low, high, "n"))
    return table.assign(cell=[_cell(*row, runs) for row in zip(*columns, strict=True)])


def _cell(metric: str, median: float, low: float, high: float, n: int, runs: int) -> str:
    if n == 0:
        return "-"
    digits = next(digits for unit, digits in _DIGITS.items() if metric.endswith(unit))
    some = f" [{n}/{runs}]" if n < runs else ""
    return f"{median:.{digits}f} ({low:.{digits}f} to {high:.{digits}f}){some}"


def _pivot(table: pd.DataFrame, index: list[str], columns: str) -> str:
    wide = table.pivot_table(index=index, columns=columns, values="cell", aggfunc="first", sort=False).fillna("-")
    return wide.rename_axis(columns=None).to_string()
