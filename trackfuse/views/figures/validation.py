"""Published against computed flight times: a figure, and a table by row with the least time that physics allows."""

from __future__ import annotations

import textwrap
from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from trackfuse.core.errors import SettingsError, check_kind
from trackfuse.core.language import in_language
from trackfuse.history.validate import COMPARABLE, TOLERANCE, validate
from trackfuse.views.style.axes import lanes, note, sign, stacked
from trackfuse.views.style.style import BURNING, FAINT, INK, MUTED, NATIONS, cite, sheet

OK, SET_ASIDE, IMPOSSIBLE = "comparable", "set aside", "impossible"
SIGNS = {
    OK: (NATIONS["JPN"].color, "o", NATIONS["JPN"].color, "comparable"),
    SET_ASIDE: (MUTED, "D", "white", "set aside, for the reason in its row"),
    IMPOSSIBLE: (BURNING, "X", BURNING, "impossible: shorter than free fall"),
}
"""Verdict on a row -> colour, marker and inner colour of its sign, and words."""
CAPTION = (
    "Apogee and range are met by construction, so the time is computed, by one assumed boost model a class. Free fall: "
    "the time of a flight with the published apogee and range without boost and air on the turning Earth. No error "
    "below 5 s means anything; a time that is a difference of published minutes may be off by 60 s. Rows are set aside "
    "by stated rules, not by their error alone."
)
MINUTE_S = 60.0
"""How far a time that is a difference of published minutes may be off."""
_EDGE_PCT = 16.0
_COLUMNS = (("published", 0.62), ("computed", 0.82), ("free_fall", 1.0))
"""Times of a row, and the right end of each column as a share of the width."""


def validation(table: pd.DataFrame | None = None) -> Figure:
    """Published against computed flight times, with a table by row: error, free-fall limit, what is set aside.

    Parameters
    ----------
    table : DataFrame, optional
        What `tf.validate` gave for some launches; by default the shipped ones.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    SettingsError
        If the table has no row.
    """
    if table is not None:
        check_kind(SettingsError, "tf.plots.validation", table, pd.DataFrame, "tf.validate")
    shown = validate() if table is None else table
    if shown.empty:
        raise SettingsError("table: no launch with a published apogee, range and flight time")
    with in_language("en"):  # as its rows, which are remarks from the data
        caption = cite(CAPTION)
    return sheet(lambda figure: draw_validation(figure, shown), 3.4 + 0.22 * len(shown), caption=caption)


def verdicts(table: pd.DataFrame) -> list[str]:
    """What the package says of each row of a validation.

    Parameters
    ----------
    table : DataFrame
        As `tf.validate` gives it.

    Returns
    -------
    list of str
        OK, SET_ASIDE (not comparable, for the reason in `status`), or IMPOSSIBLE: the status says that the published
        time is shorter than free fall.
    """
    return [
        OK if status == COMPARABLE else IMPOSSIBLE if "shorter than free fall" in status else SET_ASIDE
        for status in table["status"]
    ]


def draw_validation(figure: Figure, table: pd.DataFrame) -> None:
    """Times against times above; below, a line a row: its times, its error beside the free-fall limit, and the verdict.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    table : DataFrame
        As `tf.validate` gives it, one row or more.
    """
    table = table.assign(verdict=verdicts(table))
    rows = table.to_dict("records")
    upper, lower = stacked(figure, [3.2, 1.1 + 0.3 * len(table)])
    times, words = upper.subplots(1, 2, width_ratios=[1.0, 1.25])
    _draw_times(times, table)
    _draw_key(words, table)
    names, errors, reasons = lower.subplots(1, 3, sharey=True, width_ratios=[1.85, 1.45, 1.35])
    for axes in (names, reasons):
        axes.set_axis_off()
    names.set_xlim(0.0, 1.0)
    heads = {"y": -0.85, "va": "center", "fontsize": 5.2, "color": MUTED}
    names.text(0.0, s="launch", **heads)
    for name, x in _COLUMNS:
        names.text(x, s=f"{name.replace('_', ' ')} (s)", ha="right", **heads)
    _draw_errors(errors, rows)
    for height, row in enumerate(rows):
        _write_row(names, height, row)
        _write_reason(reasons, height, row)


def _draw_times(axes: Axes, table: pd.DataFrame) -> None:
    ends = np.array([0.0, 1.06 * np.nanmax(table[["published_s", "computed_s"]]) / 60.0])
    axes.fill_between(ends, ends * (1.0 - TOLERANCE), ends * (1.0 + TOLERANCE), color=FAINT, alpha=0.5, lw=0)
    axes.plot(ends, ends, color=MUTED, lw=0.6)
    for verdict, (color, marker, face, _) in SIGNS.items():
        mine = table[table["verdict"] == verdict]
        x, y = mine["published_s"] / 60.0, mine["computed_s"] / 60.0
        axes.plot(x, y, marker, color=color, mfc=face, ms=3.7, zorder=3)
    axes.set(xlim=ends, ylim=ends, xlabel="published flight time (min)", ylabel="computed flight time (min)")
    axes.set_title("Flight times")


def _draw_key(axes: Axes, table: pd.DataFrame) -> None:
    signs = [
        *(
            sign(f"{words} ({(table['verdict'] == verdict).sum()})", marker, color=color, mfc=face)
            for verdict, (color, marker, face, words) in SIGNS.items()
        ),
        Patch(color=FAINT, alpha=0.5, label=f"within {100 * TOLERANCE:g} % of the published time"),
        sign("free fall: nothing real is faster", "|", color=INK, ms=6.6, mew=1.2),
        sign("published to the minute: ± 60 s", color=MUTED, lw=0.75),
    ]
    axes.set_axis_off()
    axes.legend(handles=signs, loc="upper left", bbox_to_anchor=(0.0, 1.0))
    size = table.loc[table["verdict"] == OK, "error_pct"].abs()
    if not size.empty:
        text = (
            f"Comparable rows: median |error| {size.median():.1f} %, largest {size.max():.1f} %.\n"
            f"{int((size <= 1.0).sum())} of {len(size)} within 1 %, {int((size <= 100 * TOLERANCE).sum())} within "
            f"{100 * TOLERANCE:g} %."
        )
        axes.text(0.02, 0.06, text, transform=axes.transAxes, fontsize=5.9, va="bottom", linespacing=1.5)


def _write_row(axes: Axes, height: int, record: dict[Hashable, Any]) -> None:
    launch = textwrap.shorten(f"{_day(record['event_id'])} {record['name']}", 34, placeholder="…")
    _write(axes, 0.0, height, f"{launch}\n{record['source_country']}", record)
    for name, x in _COLUMNS:
        value = record[f"{name}_s"]
        _write(axes, x, height, f"{value:,.0f}" if np.isfinite(value) else "—", record, ha="right")


def _write(axes: Axes, x: float, height: int, words: str, record: dict[Hashable, Any], **look: Any) -> None:
    axes.text(x, height, words, va="center", linespacing=1.05, fontsize=5.0, color=_ink(record), **look)


def _draw_errors(axes: Axes, rows: list[dict[Hashable, Any]]) -> None:
    lanes(axes, [""] * len(rows), above=1.2, spine=False)
    axes.axvspan(-100 * TOLERANCE, 100 * TOLERANCE, color=FAINT, alpha=0.4, lw=0)
    axes.axvline(0.0, color=MUTED, lw=0.6)
    for height, record in enumerate(rows):
        published = record["published_s"]
        if "to the minute" in record["remark"]:
            slack = min(100.0 * MINUTE_S / published, _EDGE_PCT)
            axes.plot([-slack, slack], [height, height], color=MUTED, lw=0.75, zorder=1.8)
        limit = 100.0 * (record["free_fall_s"] / published - 1.0)
        if abs(limit) <= _EDGE_PCT:
            color = BURNING if record["verdict"] == IMPOSSIBLE else INK
            axes.plot(limit, height, "|", color=color, ms=6.6, mew=1.2, zorder=2.5)
        if np.isfinite(record["error_pct"]):
            _mark_error(axes, height, record)
    axes.set(xlim=(-_EDGE_PCT, _EDGE_PCT), xlabel="computed minus published (% of published)")
    axes.set_title("Error, row by row")


def _mark_error(axes: Axes, height: int, record: dict[Hashable, Any]) -> None:
    """The error, or where it is off the axis an arrow at the edge and the number."""
    error, (color, marker, face, _) = record["error_pct"], SIGNS[record["verdict"]]
    x = error
    if abs(error) > _EDGE_PCT:
        side, marker, align = (1.0, ">", "right") if error > 0.0 else (-1.0, "<", "left")
        x = side * 0.965 * _EDGE_PCT
        white = {"facecolor": "white", "edgecolor": "none", "pad": 0.75}
        at = side * 0.93 * _EDGE_PCT, height
        note(axes, f"{error:+.0f} %", at, (-3.0 * side, 0.0), fontsize=5.0, ha=align, color=color, bbox=white)
    axes.plot(x, height, marker, color=color, mfc=face, ms=3.8, zorder=3)


def _write_reason(axes: Axes, height: int, record: dict[Hashable, Any]) -> None:
    text = str(record["status"])
    if record["verdict"] == OK:
        text = f"{record['error_s']:+.0f} s, {record['error_pct']:+.1f} % ({record['missile']})"
        text += "".join(f"; {part}" for part in record["remark"].split("; ") if "free fall" in part)
    lines = textwrap.wrap(text, 50)
    if len(lines) > 2:
        lines[1:] = [textwrap.shorten(text[len(lines[0]) + 1 :], 48, placeholder=" …")]
    _write(axes, 0.0, height, "\n".join(lines), record, transform=axes.get_yaxis_transform())


def _ink(record: dict[Hashable, Any]) -> str:
    return INK if record["verdict"] == OK else SIGNS[record["verdict"]][0]


def _day(event_id: str) -> str:
    """The date in an event's name, such as L20220324, where it has one."""
    digits = event_id[1:9]
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}" if event_id[:1] == "L" and digits.isdigit() else event_id
