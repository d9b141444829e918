"""The headline: what the sharing of December 2023 brings over what there was before, by launch and nation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from trackfuse.studies.compare import Comparison
from trackfuse.views.style.style import nation_looks
from trackfuse.views.style.tables import spread

COLUMNS = {
    "detection_s": "first knowledge (s)",
    "confirmation_s": "first track (s)",
    "notice_s": "first notice (s)",
    "position_error_m": "position at apogee (m)",
    "impact_error_km": "impact (km)",
    "warning_time_s": "warning time (s)",
}
"""Metric -> heading of the printed table."""


def headline(comparisons: Sequence[Comparison], policy: str = "trilateral") -> pd.DataFrame:
    """Median paired gains of one policy over the baseline, with their 95 % interval.

    Parameters
    ----------
    comparisons : sequence of Comparison
    policy : str
        The policy whose gains are shown.

    Returns
    -------
    DataFrame
        One row a launch and nation: scenario, nation, policy, baseline, and for each metric the gain's median, low,
        high and n; positive is better. The warning time is that of the nation's place with the greatest gain, named in
        `place`; nan where none of its places is concerned.
    """
    rows = []
    for comparison in comparisons:
        gains = comparison.gains
        gains = gains[gains["policy"] == policy]
        for nation in comparison.scenario.nations:
            row: dict[str, object] = {"scenario": comparison.scenario.name, "nation": nation}
            row |= {"policy": policy, "baseline": comparison.baseline, "place": ""}
            mine = gains[gains["nation"] == nation]
            for metric in list(COLUMNS)[:5]:
                found = mine[(mine["metric"] == metric) & (mine["place"] == "")]
                row |= _figures(metric, found.to_dict("records")[:1])
            places = mine[mine["place"] != ""].sort_values("median", ascending=False, kind="stable").to_dict("records")
            row |= _figures("warning_time_s", places[:1])
            row["place"] = places[0]["place"] if places else ""
            rows.append(row)
    return pd.DataFrame(rows)


def readable(table: pd.DataFrame) -> pd.DataFrame:
    """The headline for reading: one cell a figure, "median (low to high)".

    Parameters
    ----------
    table : DataFrame
        As `headline` gives it.

    Returns
    -------
    DataFrame
        Indexed by scenario and nation; "-" where there is nothing to compare, "0" where nothing changes in any run.
    """
    parts = ("median", "low", "high")
    cells = {
        words: [
            spread([row[f"{metric}_{part}"] for part in parts], metric, sign="+") for row in table.to_dict("records")
        ]
        for metric, words in COLUMNS.items()
    }
    looks = nation_looks(table["nation"])
    whom = [looks[nation].label for nation in table["nation"]]
    return pd.DataFrame(cells, index=pd.MultiIndex.from_arrays([table["scenario"], whom], names=["launch", "nation"]))


def _figures(metric: str, found: list[dict]) -> dict[str, float]:
    parts = ("median", "low", "high", "n")
    return {f"{metric}_{part}": float(found[0][part]) if found else np.nan for part in parts}
