"""The headline: what the sharing of December 2023 brings over what there was before, by launch and nation."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from trackfuse.core.language import message, translate
from trackfuse.simulation.figures import BY_NAME
from trackfuse.studies.compare import Comparison
from trackfuse.views.style.style import nation_looks
from trackfuse.views.style.tables import occurs, spread

COLUMNS = {
    "first_knowledge_s": message("first knowledge (s)"),
    "first_track_s": message("first track (s)"),
    "time_to_1km_s": message("position to 1 km (s)"),
    "impact_error_burnout_km": message("impact after burn-out (km)"),
    "impact_known_s": message("impact known (s)"),
    "first_notice_s": message("first notice (s)"),
    "warning_time_s": message("warning time (s)"),
}
"""Figure -> heading of the printed table."""
_PARTS = ("median", "low", "high", "n", "p_policy", "p_baseline")


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
        One row a scenario and nation, of its first launch: scenario, nation, policy, baseline, and for each figure the
        gain's median, low, high, n, p_policy and p_baseline; positive is better. The warning time is that of the
        nation's place with the greatest gain, named in `place`; nan where none of its places is concerned.
    """
    rows = []
    for comparison in comparisons:
        gains = comparison.gains
        gains = gains[gains["policy"] == policy]
        for nation in comparison.scenario.nations:
            row: dict[str, object] = {"scenario": comparison.scenario.name, "nation": nation}
            row |= {"policy": policy, "baseline": comparison.baseline, "place": ""}
            mine = gains[gains["nation"] == nation]
            for figure in list(COLUMNS)[:-1]:
                found = mine[(mine["figure"] == figure) & (mine["object"] == comparison.objects[0])]
                row |= _figures(figure, found.to_dict("records")[:1])
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
        Indexed by scenario and nation; "0" where nothing changes in any run. Where there is no pair, the shares of runs
        in which the figure occurs, "never" if under neither policy; "n/a" where it does not apply.
    """
    rows = table.to_dict("records")
    cells = {translate(words): [_cell(row, figure) for row in rows] for figure, words in COLUMNS.items()}
    looks = nation_looks(table["nation"])
    whom = [looks[nation].label for nation in table["nation"]]
    names = [translate("launch"), translate("nation")]
    return pd.DataFrame(cells, index=pd.MultiIndex.from_arrays([table["scenario"], whom], names=names))


def _cell(row: dict[Hashable, Any], figure: str) -> str:
    median, low, high, _, p_policy, p_baseline = (row[f"{figure}_{part}"] for part in _PARTS)
    if np.isnan(p_policy):
        return translate("n/a")
    if np.isnan(median):
        return occurs(p_policy, p_baseline)
    return spread([median, low, high], BY_NAME[figure].unit, sign="+")


def _figures(figure: str, found: list[dict[Hashable, Any]]) -> dict[str, float]:
    return {f"{figure}_{part}": float(found[0][part]) if found else np.nan for part in _PARTS}
