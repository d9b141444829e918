"""Published against computed flight times: a picture, and a table by row with the least time that physics allows."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from trackfuse.core.errors import SettingsError
from trackfuse.history.validate import COMPARABLE, TOLERANCE, validate
from trackfuse.views.style.cite import cite
from trackfuse.views.style.style import BURNING, FAINT, INK, MUTED, NATIONS, sheet

if TYPE_CHECKING:
    import pandas as pd

OK, SET_ASIDE, IMPOSSIBLE = "comparable", "set aside", "impossible"
SIGNS = {OK: (NATIONS["JPN"].color, "o"), SET_ASIDE: (MUTED, "D"), IMPOSSIBLE: (BURNING, "X")}
"""Verdict on a row -> its colour and its sign."""
MINUTE_S = 60.0
"""How far a time that is a difference of published minutes may be off."""
_EDGE_PCT = 16.0
_COLUMNS = ((0.0, "launch", "left"), (0.66, "published", "right"), (0.84, "computed", "right"),
            (1.0, "free fall", "right"))  # fmt: skip


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
    shown = validate() if table is None else table
    if shown.empty:
        raise SettingsError("table: no launch with a published apogee, range and flight time")
    caption = cite(
        "Apogee and range are met by construction, so the time is computed, by one assumed boost model a class. Free "
        "fall: the time of a flight with the published apogee and range without boost and air on the turning Earth. No "
        "error below 5 s means anything; a time that is a difference of published minutes may be off by 60 s. Rows are "
        "set aside by stated rules, not by their error alone."
    )
    return sheet(lambda figure: draw_validation(figure, shown), size_in=(10.4, sheet_height_in(shown)), caption=caption)


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


def sheet_height_in(table: pd.DataFrame) -> float:
    """Height of the sheet for this many rows, inches."""
    return 4.6 + 0.3 * len(table)


def draw_validation(figure: Figure, table: pd.DataFrame) -> None:
    """Times against times above; below, a line a row: its times, its error beside the free-fall limit, and the verdict.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    table : DataFrame
        As `tf.validate` gives it, one row or more.
    """
    said = verdicts(table)
    upper, lower = figure.subfigures(2, 1, squeeze=False, height_ratios=[3.2, 1.1 + 0.3 * len(table)])[:, 0]
    times, words = upper.subplots(1, 2, width_ratios=[1.0, 1.25])
    _draw_times(times, table, said)
    _draw_key(words, table, said)
    names, errors, reasons = lower.subplots(1, 3, sharey=True, width_ratios=[1.7, 1.5, 1.35])
    errors.set_ylim(len(table) - 0.4, -1.2)
    _write_rows(names, table, said)
    _draw_errors(errors, table, said)
    _write_reasons(reasons, table, said)


def _draw_times(axes: Axes, table: pd.DataFrame, said: list[str]) -> None:
    published, computed = table["published_s"] / 60.0, table["computed_s"] / 60.0
    ends = np.array([0.0, 1.06 * np.nanmax([published.max(), computed.max()])])
    axes.fill_between(ends, ends * (1.0 - TOLERANCE), ends * (1.0 + TOLERANCE), color=FAINT, alpha=0.5, lw=0)
    axes.plot(ends, ends, color=MUTED, lw=0.8)
    for verdict, (color, sign) in SIGNS.items():
        mine = np.array([one == verdict for one in said])
        face = "white" if verdict == SET_ASIDE else color
        axes.plot(published[mine], computed[mine], sign, color=color, mfc=face, ms=5.0, zorder=3)
    axes.set(xlim=ends, ylim=ends, xlabel="published flight time (min)", ylabel="computed flight time (min)")
    axes.set_title("Flight times")


def _draw_key(axes: Axes, table: pd.DataFrame, said: list[str]) -> None:
    good = table[[one == OK for one in said]]
    counts = {verdict: said.count(verdict) for verdict in SIGNS}
    words = {
        OK: "comparable",
        SET_ASIDE: "set aside, for the reason in its row",
        IMPOSSIBLE: "impossible: shorter than free fall",
    }
    signs = [
        Line2D([], [], color=color, marker=sign, ls="", mfc="white" if verdict == SET_ASIDE else color,
               label=f"{words[verdict]} ({counts[verdict]})")
        for verdict, (color, sign) in SIGNS.items()
    ]  # fmt: skip
    more = [
        Patch(color=FAINT, alpha=0.5, label=f"within {100 * TOLERANCE:g} % of the published time"),
        Line2D([], [], color=INK, marker="|", ms=9, mew=1.6, ls="", label="free fall: nothing real is faster"),
        Line2D([], [], color=MUTED, lw=1.0, label="published to the minute: ± 60 s"),
    ]
    axes.set_axis_off()
    axes.legend(handles=[*signs, *more], loc="upper left", bbox_to_anchor=(0.0, 1.0))
    if not good.empty:
        size = good["error_pct"].abs()
        text = (
            f"Comparable rows: median |error| {size.median():.1f} %, largest {size.max():.1f} %.\n"
            f"{int((size <= 1.0).sum())} of {len(good)} within 1 %, {int((size <= 100 * TOLERANCE).sum())} within "
            f"{100 * TOLERANCE:g} %."
        )
        axes.text(0.02, 0.06, text, transform=axes.transAxes, fontsize=8, va="bottom", linespacing=1.5)


def _write_rows(axes: Axes, table: pd.DataFrame, said: list[str]) -> None:
    axes.set_axis_off()
    axes.set_xlim(0.0, 1.0)
    for x, head, side in _COLUMNS:
        axes.text(x, -0.85, head + ("" if x == 0.0 else " (s)"), ha=side, va="center", fontsize=7, color=MUTED)
    for row, (record, verdict) in enumerate(zip(table.to_dict("records"), said, strict=True)):
        color = MUTED if verdict == SET_ASIDE else SIGNS[verdict][0] if verdict == IMPOSSIBLE else INK
        launch = textwrap.shorten(f"{_day(record['event_id'])} {record['name']}", 34, placeholder="…")
        texts = (f"{launch}\n{record['source_country']}", *(_seconds(record[f"{name}_s"]) for name in
                 ("published", "computed", "free_fall")))  # fmt: skip
        for (x, _, side), text in zip(_COLUMNS, texts, strict=True):
            axes.text(x, row, text, ha=side, va="center", fontsize=6.6, color=color, linespacing=1.05)


def _draw_errors(axes: Axes, table: pd.DataFrame, said: list[str]) -> None:
    axes.axvspan(-100 * TOLERANCE, 100 * TOLERANCE, color=FAINT, alpha=0.4, lw=0)
    axes.axvline(0.0, color=MUTED, lw=0.8)
    for row, (record, verdict) in enumerate(zip(table.to_dict("records"), said, strict=True)):
        color, sign = SIGNS[verdict]
        published = record["published_s"]
        if "to the minute" in record["remark"]:
            slack = min(100.0 * MINUTE_S / published, _EDGE_PCT)
            axes.plot([-slack, slack], [row, row], color=MUTED, lw=1.0, zorder=1.8)
        limit = 100.0 * (record["free_fall_s"] / published - 1.0)
        if abs(limit) <= _EDGE_PCT:
            axes.plot(limit, row, "|", color=color if verdict == IMPOSSIBLE else INK, ms=9, mew=1.6, zorder=2.5)
        _mark_error(axes, row, record["error_pct"], color, sign, hollow=verdict == SET_ASIDE)
    axes.set(xlim=(-_EDGE_PCT, _EDGE_PCT), xlabel="computed minus published (% of published)")
    axes.tick_params(axis="y", left=False, labelleft=False)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="y", visible=False)
    axes.set_title("Error, row by row")


def _mark_error(axes: Axes, row: int, error: float, color: str, sign: str, *, hollow: bool) -> None:
    if not np.isfinite(error):
        return
    face = "white" if hollow else color
    if abs(error) <= _EDGE_PCT:
        axes.plot(error, row, sign, color=color, mfc=face, ms=5.2, zorder=3)
        return
    side = np.sign(error)
    axes.plot(side * 0.965 * _EDGE_PCT, row, ">" if side > 0 else "<", color=color, mfc=face, ms=5.2, zorder=3)
    axes.annotate(f"{error:+.0f} %", (side * 0.93 * _EDGE_PCT, row), xytext=(-side * 4, 0), fontsize=6.6, va="center",
                  textcoords="offset points", ha="right" if side > 0 else "left", color=color,
                  bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0})  # fmt: skip


def _write_reasons(axes: Axes, table: pd.DataFrame, said: list[str]) -> None:
    axes.set_axis_off()
    for row, (record, verdict) in enumerate(zip(table.to_dict("records"), said, strict=True)):
        text, color = f"{record['error_s']:+.0f} s, {record['error_pct']:+.1f} % ({record['missile']})", INK
        text += "".join(f"; {part}" for part in record["remark"].split("; ") if "free fall" in part)
        if verdict != OK:
            text, color = str(record["status"]), SIGNS[verdict][0]
        lines = textwrap.wrap(text, 50)[:2]
        if len(textwrap.wrap(text, 50)) > 2:
            lines[1] = textwrap.shorten(text[len(lines[0]) + 1 :], 48, placeholder=" …")
        axes.text(0.0, row, "\n".join(lines), va="center", fontsize=6.4, color=color, linespacing=1.05,
                  transform=axes.get_yaxis_transform())  # fmt: skip


def _day(event_id: str) -> str:
    """The date in an event's name, such as L20220324, where it has one."""
    digits = event_id[1:9]
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}" if event_id[:1] == "L" and digits.isdigit() else event_id


def _seconds(value: float) -> str:
    return f"{value:,.0f}" if np.isfinite(value) else "—"
