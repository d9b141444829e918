"""Signal to noise and detection probability along one flight, sensor by sensor, and the seconds that a cue gains."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from trackfuse.catalog.catalog import as_scenario
from trackfuse.catalog.scenario import Scenario
from trackfuse.core.errors import SettingsError, check_between, unknown
from trackfuse.core.language import stopped, translate
from trackfuse.flight import Flight
from trackfuse.sensing import REFERENCE_SNR_DB, Looks, Radar, Sensor, coverage
from trackfuse.sensing.sensor import BuiltIn
from trackfuse.simulation.prepare import Prepared, prepare
from trackfuse.views.style.axes import lanes, legend_below, note, note_right, sign
from trackfuse.views.style.style import BURNING, FAINT, INK, LINES, MUTED, cite, looks_in, sheet

SHADES = LinearSegmentedColormap.from_list("pd", ["#f4f6f8", "#9ac8e0", "#2b6ca3", "#08306b"])
"""Detection probability 0 to 1; brightness falls all the way, so that it prints in grey."""
_CURVES = 4
"""Radars whose signal is drawn."""


def detectability(
    scenario: Scenario | str, *, sensors: tuple[str, ...] | None = None, until_s: float | None = None
) -> Figure:
    """Signal and detection probability along one flight, sensor by sensor, cued and uncued, and what a cue gains.

    Parameters
    ----------
    scenario : Scenario or str
        A scenario, or the name of a shipped one.
    sensors : tuple of str, optional
        Names of the sensors shown; by default all that ever look at the flight.
    until_s : float, optional
        Right edge, s after lift-off; by default a little after the last sensor has it.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    SettingsError
        If there is no sensor of a name, none sees the flight, or `until_s` is not a time above 0.
    ScenarioError, FlightError
        If there is no such scenario, or no such flight.
    """
    chosen = as_scenario(scenario)
    made = prepare(chosen)
    table = detection_table(made.looks, sensors)
    if table.empty:
        raise SettingsError(f"scenario {chosen.name!r}: no sensor ever looks at the flight")
    if until_s is not None:
        check_between(SettingsError, "until_s", until_s, 0.0, open_low=True)
    edge = last_second(made.flight, table) if until_s is None else float(until_s)
    title = translate(chosen.title)
    if len(made.targets) > 1:
        title = translate("{title}: the first missile").format(title=title)
    caption = cite(stopped(title), translate(
        "Every look of every sensor on its own clock, without drawing noise. Dots: by then the "
        "sensor has detected in half of all runs, if cued from the start, or never: a real cue "
        "comes in between, when a centre knows and has ordered it. Signal falls with the fourth power of distance and "
        "with the target's cross-section, which goes with aspect until the body tumbles at burn-out. "
        "Sensor parameters {assumptions}: press values or assumptions where nothing is published."
    ).format(assumptions=chosen.assumptions))  # fmt: skip
    return sheet(
        lambda figure: draw_detection(figure, chosen, made, table, edge),
        3.4 + 0.2 * len(table),
        caption=caption,
    )


def detection_table(looks: Looks, sensors: tuple[str, ...] | None = None) -> pd.DataFrame:
    """When each sensor has the flight, uncued and cued, in the order in which they have it.

    Parameters
    ----------
    looks : Looks
        Of one flight.
    sensors : tuple of str, optional
        Names of those wanted; by default all that ever look at it.

    Returns
    -------
    DataFrame
        sensor, nation, looks; first_look_s; uncued_s and cued_s (by then it has detected in half of all runs, inf if
        never); gain_s (uncued minus cued; inf where only a cued sensor detects, nan where neither does).

    Raises
    ------
    SettingsError
        If there is no sensor of a name; the nearest is offered.
    """
    table = coverage(looks)
    for name in sensors or ():
        if name not in set(table["sensor"]):
            raise SettingsError(unknown("sensor", name, list(table["sensor"])))
    table = table[table["looks"] > 0] if sensors is None else table[table["sensor"].isin(sensors)]
    found = table[["sensor", "nation", "looks", "first_look_s"]].copy()
    found["uncued_s"] = table["median_uncued_s"].fillna(np.inf)
    found["cued_s"] = table["median_cued_s"].fillna(np.inf)
    with np.errstate(invalid="ignore"):
        found["gain_s"] = found["uncued_s"].to_numpy() - found["cued_s"].to_numpy()
    return found.sort_values(["cued_s", "first_look_s", "sensor"], na_position="last").reset_index(drop=True)


def last_second(flight: Flight, table: pd.DataFrame) -> float:
    """Right edge of the figure: a little after the last detection and the burn-out, at most the impact.

    Parameters
    ----------
    flight : Flight
    table : DataFrame
        Of `detection_table`.

    Returns
    -------
    float
        Seconds after lift-off.
    """
    marks = table[["uncued_s", "cued_s", "first_look_s"]].to_numpy(dtype=float)
    last = float(np.max(marks[np.isfinite(marks)], initial=flight.burnout_s))
    return min(1.2 * last, flight.impact_s)


def draw_detection(figure: Figure, scenario: Scenario, made: Prepared, table: pd.DataFrame, until_s: float) -> None:
    """Above, the signal of the sensors to which a cue is worth most; below, every sensor's probability on its lane.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    scenario : Scenario
    made : Prepared
        What `prepare` makes of it.
    table : DataFrame
        Of `detection_table`, one row or more.
    until_s : float
        Right edge, s after lift-off.
    """
    flight, looks = made.flight, made.looks
    signal, below = figure.subplots(2, 1, sharex=True, height_ratios=[2.6, 0.7 + 0.27 * len(table)])
    ids = [sensor.sensor_id for sensor in looks.sensors]
    _draw_signal(signal, looks, ids, table, until_s)
    _draw_lanes(below, flight, looks, ids, table, until_s)
    _name_nations(below, scenario, table)
    for axes in (signal, below):
        axes.axvspan(0.0, min(flight.burnout_s, until_s), color=BURNING, alpha=0.05, lw=0, zorder=0)
        axes.axvline(flight.burnout_s, color=BURNING, lw=0.6, ls=(0, (2, 2)), zorder=1)
    at_top = {"xycoords": signal.get_xaxis_transform(), "ha": "right", "va": "top"}
    end = min(flight.burnout_s, until_s), 1.0
    note(signal, translate("engine burns"), end, (-2.2, -2.2), color=BURNING, **at_top)
    below.set(xlim=(0.0, until_s), xlabel=translate("time after lift-off (s)"))


def _most_helped(looks: Looks, ids: list[str], table: pd.DataFrame) -> list[str]:
    """The radars whose curves are drawn: those that a cue helps most, then the first to detect."""
    radars = table[table["sensor"].isin([each.sensor_id for each in looks.sensors if isinstance(each, Radar)])]
    radars = radars[np.isfinite(radars["cued_s"])]
    ranked = radars.sort_values(["gain_s", "cued_s"], ascending=[False, True])
    return list(ranked["sensor"].iloc[:_CURVES])


def _draw_signal(axes: Axes, looks: Looks, ids: list[str], table: pd.DataFrame, until_s: float) -> None:
    lowest, highest = REFERENCE_SNR_DB, REFERENCE_SNR_DB
    lines: list[Line2D] = []
    detected = table.set_index("sensor").to_dict("index")
    for name, (color, line) in zip(_most_helped(looks, ids, table), LINES, strict=False):
        rows = np.flatnonzero((looks.sensor == ids.index(name)) & (looks.t_s <= until_s))
        t, snr = looks.t_s[rows], looks.snr_db[rows]
        axes.plot(t, snr[:, 1], color=color, ls=line, lw=1.1, zorder=3)
        axes.plot(t, snr[:, 0], color=color, ls=line, lw=0.6, alpha=0.75, zorder=2.5)
        for column, cued in (("cued_s", 1), ("uncued_s", 0)):
            when = detected[name][column]
            if when <= until_s:
                at = float(np.interp(when, t, snr[:, cued]))
                axes.plot(when, at, "o", color=color, mfc=color if cued else "white", ms=3.7, zorder=4)
        lowest, highest = min(lowest, snr.min(initial=lowest)), max(highest, snr.max(initial=highest))
        lines.append(sign(name, color=color, ls=line))
    axes.axhline(REFERENCE_SNR_DB, color=MUTED, lw=0.6, ls=(0, (1, 2)))
    words = translate("reference: Pd 0.9 on a steady target")
    note(axes, words, (0.0, REFERENCE_SNR_DB), (2.2, 1.5), fontsize=5.0, va="baseline", color=MUTED)
    lines += [sign(translate("cued"), color=MUTED, lw=1.1), sign(translate("uncued"), color=MUTED, lw=0.6)]
    axes.legend(handles=lines, loc="upper left", bbox_to_anchor=(1.005, 1.0), borderaxespad=0.0)
    axes.set(ylim=(max(lowest, -20.0) - 2.0, highest + 3.0), ylabel=translate("signal to noise (dB)"))
    axes.set_title(translate("Signal to noise of the radars that a cue helps most"))


def _to_next(sensor: Sensor, t_s: np.ndarray) -> np.ndarray | float:
    """Time from a sensor's looks to the next ones, s; of a model of the user's own between those that there are."""
    if isinstance(sensor, BuiltIn):
        return sensor.revisit_s
    gaps = np.diff(t_s)
    return np.append(np.minimum(gaps, np.median(gaps)), np.median(gaps)) if gaps.size else 1.0


def _draw_lanes(axes: Axes, flight: Flight, looks: Looks, ids: list[str], table: pd.DataFrame, until_s: float) -> None:
    for row, record in enumerate(table.to_dict("records")):
        s = ids.index(record["sensor"])
        rows = np.flatnonzero((looks.sensor == s) & (looks.t_s <= until_s))
        seen_until = flight.burnout_s if looks.is_infrared[s] else np.inf
        width = np.minimum(_to_next(looks.sensors[s], looks.t_s[rows]), seen_until - looks.t_s[rows])
        for column, cued, low in (("cued_s", 1, row - 0.36), ("uncued_s", 0, row + 0.02)):
            # One collection: thousands of bars take seconds to lay out and to draw in every format.
            t_s, shades = looks.t_s[rows], SHADES(looks.pd[rows, cued])
            sides = np.stack([t_s, t_s, t_s + width, t_s + width], axis=1)
            corners = np.stack([sides, np.broadcast_to(low + np.array([0.0, 0.34, 0.34, 0.0]), sides.shape)], axis=2)
            axes.add_collection(PolyCollection(list(corners), facecolors=shades, linewidths=0, zorder=2))
            if record[column] <= until_s:
                axes.plot(record[column], low + 0.17, "o", color=INK, mfc=INK if cued else "white", ms=3.4, zorder=3)
        note_right(axes, gain_words(record), row)
    lanes(axes, list(table["sensor"]), below=0.55, spine=False, fontsize=5.3)
    axes.set_title(translate("Detection probability of each look: cued (upper half of a lane), uncued (lower)"))


def _name_nations(axes: Axes, scenario: Scenario, table: pd.DataFrame) -> None:
    """The sensors' names in their nations' colours, and the legend that says which these are."""
    looks, owners = looks_in(scenario), {sensor.nation for sensor in scenario.sensors}
    for label, nation in zip(axes.get_yticklabels(), table["nation"], strict=True):
        label.set_color(looks[nation].color)
    signs = [Patch(color=SHADES(p), label=f"Pd {p:g}") for p in (0.1, 0.5, 0.9)]
    dots = [
        sign(translate("{how}: half of all runs have it").format(how=words), "o", color=INK, ms=3.4, mfc=face)
        for face, words in ((INK, translate("cued")), ("white", translate("uncued")))
    ]
    nations = [sign(look.label, color=look.color, lw=2.2) for nation, look in looks.items() if nation in owners]
    rows, blank = max(len(signs), len(nations)), Patch(color=FAINT, alpha=0.0, label=" ")
    filled = [each for column in (signs, dots, nations) for each in [*column, *[blank] * (rows - len(column))]]
    legend_below(axes, filled, points=26.6, columns=3)


def gain_words(record: dict[Hashable, Any]) -> str:
    """What a cue gives one sensor, in a few words.

    Parameters
    ----------
    record : dict
        A row of `detection_table`.

    Returns
    -------
    str
        Such as "96 s; 198 s uncued: a cue gains 102 s".
    """
    cued, uncued = record["cued_s"], record["uncued_s"]
    if not np.isfinite(cued):
        return translate("hardly ever detects")
    if not np.isfinite(uncued):
        return translate("cued {cued} s; uncued hardly ever").format(cued=f"{cued:.0f}")
    if uncued - cued < 0.5:
        return translate("{seconds} s either way").format(seconds=f"{cued:.0f}")
    return translate("cued {cued} s, uncued {uncued} s: gains {gain} s").format(
        cued=f"{cued:.0f}", uncued=f"{uncued:.0f}", gain=f"{uncued - cued:.0f}"
    )
