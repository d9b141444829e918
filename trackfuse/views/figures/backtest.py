"""Published minutes of alerts beside predicted ones, and what other arrangements would have gained."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from trackfuse.core.errors import SettingsError, check_kind
from trackfuse.core.language import joined, message, stopped, translate
from trackfuse.history.backtest import COMPARED, Backtest
from trackfuse.history.backtest import backtest as hold
from trackfuse.studies.uncertainty import headline_spread
from trackfuse.views.figures import uncertainty as _uncertainty
from trackfuse.views.style.axes import interval, lanes, note, sign
from trackfuse.views.style.style import BURNING, FAINT, INK, MUTED, NATIONS, nation_looks, sheet

MINUTE_S = 60.0
SHORT = ("detection", "notice")
_LATEST_MIN = 15.0
"""Right end of the axis of notices, minutes: what is later is written at the edge."""
_APART_MIN = 3.2
_NAME = 16
_MEANS = message(
    "Bars: 5 to 95 % of the predicted published minute; whole minutes, since that is what is published, so that "
    "even an instant known to the second spans two. Dots: published, minutes after the minute given for the "
    "launch. Overflight and impact are drawn as published minus predicted median. Sensors are never fitted to alerts."
)


def backtest(done: Backtest) -> Figure:
    """Published against predicted minutes, alert by alert, with 5-95 % intervals.

    Parameters
    ----------
    done : Backtest
        What `tf.backtest` gave.

    Returns
    -------
    matplotlib.figure.Figure
        Notices and detections on the left, overflights and impacts on the right.

    Raises
    ------
    SettingsError
        If nothing was compared.
    """
    check_kind(SettingsError, "tf.plots.backtest", done, Backtest, "tf.backtest")
    compared = done.table[done.table["status"] == COMPARED]
    if compared.empty:
        raise SettingsError("backtest: no published minute could be compared")
    ordered = compared.sort_values(["quantity", "date_local"], ascending=[False, True])
    short = ordered["quantity"].isin(SHORT)
    early, late = ordered[short], ordered[~short].drop_duplicates(["event_id", "quantity", "published_s", "nation"])
    height_in = 1.65 + 0.18 * max(len(early), len(late), 4)
    caption = joined([translate(_MEANS), stopped(done.caption())])
    return sheet(lambda figure: _draw(figure, done, early, late), height_in, caption=caption)


def alerts_of(*, runs: int = 8, seed: int = 0) -> tuple[str, str, str, Figure]:
    """What a report says of real alerts.

    Parameters
    ----------
    runs : int
        Runs a launch of the backtest: eight take about a quarter of a minute on two cores.
    seed : int

    Returns
    -------
    name, title, words, figure
    """
    done = hold(runs=runs, seed=seed)
    whole = done.score.iloc[-1]
    tested = translate(
        "{inside} of {compared} published minutes that nothing was learned from lie inside the 5 to 95 % interval. "
        "Outside are alerts whose delay was decided, not that of the chain, and minutes in which two nations "
        "contradict each other."
    ).format(inside=whole["inside"], compared=whole["compared"])
    return "backtest", translate("Published against predicted minutes"), tested, backtest(done)


def spread_of(*, points: int = 32, seed: int = 0) -> tuple[str, str, str, Figure]:
    """What a report says of how far the gains can be believed.

    Parameters
    ----------
    points : int
        Of the design, for each kind of flight; a power of two.
    seed : int

    Returns
    -------
    name, title, words, figure
    """
    gained = translate(
        "Seconds and kilometres gained by real-time exchange over the arrangement of November 2023, by nation and "
        "kind of flight: the median, and how wide it spreads when everything that is assumed is drawn at once."
    )
    figure = _uncertainty.headline_spread(headline_spread(points=points, seed=seed))
    return "headline", translate("What sharing gains, and how surely"), gained, figure


def _draw(figure: Figure, done: Backtest, early: pd.DataFrame, late: pd.DataFrame) -> None:
    left, right = figure.subplots(1, 2, width_ratios=[1.35, 1.0])
    _draw_early(left, early)
    _draw_late(right, late)
    whole = done.score.iloc[-1]
    left.set_title(translate("Detection and notice"))
    right.set_title(translate("Overflight and impact"))
    words = translate("{inside} of {compared} predicted minutes inside their interval").format(
        inside=whole["inside"], compared=whole["compared"]
    )
    signs = [
        sign(translate("predicted, 5 to 95 %"), color=FAINT, lw=5.2),
        sign(translate("median"), "|", color=INK, ms=6.6, mew=1.2),
        sign(translate("published, inside"), "o", color=NATIONS["JPN"].color),
        sign(translate("published, outside"), "X", color=BURNING),
        sign(translate("learned from: no test"), "o", color=MUTED, mfc="white"),
    ]
    figure.legend(handles=signs, loc="outside upper center", ncols=5, fontsize=5.5, title=words, title_fontsize=6.3)


def _draw_early(axes: Axes, table: pd.DataFrame) -> None:
    for row, record in enumerate(table.to_dict("records")):
        _bar(axes, row, record, 0.0)
        at = record["published_s"] / MINUTE_S
        _dot(axes, row, record, min(at, _LATEST_MIN - 0.35))
        if at > _LATEST_MIN:
            minutes, edge = translate("{minutes} min").format(minutes=f"{at:.0f}"), (_LATEST_MIN - 0.35, row)
            note(axes, minutes, edge, (-5.2, 0), ha="right", color=BURNING)
    _frame(axes, table, [f"{record['date_local']}  {_system(record)}" for record in table.to_dict("records")])
    axes.set(xlim=(-1.6, _LATEST_MIN), xlabel=translate("minutes after the minute given for the launch"))


def _draw_late(axes: Axes, table: pd.DataFrame) -> None:
    for row, record in enumerate(table.to_dict("records")):
        _bar(axes, row, record, record["median_s"])
        apart = (record["published_s"] - record["median_s"]) / MINUTE_S
        _dot(axes, row, record, float(np.clip(apart, -_APART_MIN, _APART_MIN)))
    _frame(axes, table, [_arrival(record) for record in table.to_dict("records")])
    axes.set(xlim=(-_APART_MIN - 0.3, _APART_MIN + 0.3), xlabel=translate("published minus predicted (minutes)"))


def _bar(axes: Axes, row: int, record: dict[Hashable, Any], zero_s: float) -> None:
    low, middle, high = ((record[name] - zero_s) / MINUTE_S for name in ("p05_s", "median_s", "p95_s"))
    interval(axes, [low, high], row, color=FAINT, lw=5.2, zorder=1.5)
    axes.plot(middle, row, "|", color=INK, ms=6.6, mew=1.2, zorder=2)


def _dot(axes: Axes, row: int, record: dict[Hashable, Any], x: float) -> None:
    if record["used_for_calibration"]:
        axes.plot(x, row, "o", color=MUTED, mfc="white", ms=3.7, zorder=3)
    elif record["inside"]:
        axes.plot(x, row, "o", color=NATIONS["JPN"].color, ms=3.7, zorder=3)
    else:
        axes.plot(x, row, "X", color=BURNING, ms=4.4, zorder=3)


def _frame(axes: Axes, table: pd.DataFrame, names: list[str]) -> None:
    lanes(axes, names, below=max(4.6 - len(names), 0.6), fontsize=5.2)
    quantity = list(table["quantity"])
    for row in range(1, len(quantity)):
        if quantity[row] != quantity[row - 1]:
            axes.axhline(row - 0.5, color=MUTED, lw=0.45)


def _arrival(record: dict[Hashable, Any]) -> str:
    minute = translate("{minutes} min").format(minutes=f"{record['published_s'] / MINUTE_S:.0f}")
    date, quantity = record["date_local"], str(record["quantity"])
    return translate("{date}  {quantity}, {minute}").format(date=date, quantity=translate(quantity), minute=minute)


def _system(record: dict[Hashable, Any]) -> str:
    nation = nation_looks([record["nation"]])[record["nation"]].label
    if record["quantity"] == "detection":
        return translate("{nation}: detection").format(nation=nation)
    system = record["system"]
    short = system if len(system) < _NAME else system.split(" (")[0].split(" + ")[0]
    return translate("{nation}: {system}").format(nation=nation, system=short)
