"""What sharing calibrates: how well each nation knows north and level of its own sensors after one flight."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from trackfuse.catalog.catalog import load_scenario
from trackfuse.catalog.scenario import Scenario
from trackfuse.core.errors import SettingsError
from trackfuse.views.style.axes import lanes, legend_below, sign
from trackfuse.views.style.style import MUTED, Look, cite, looks_in, policy_look, sheet

PANELS = (("azimuth_mrad", "north"), ("elevation_mrad", "level"))
"""Errors that are drawn, and what they are called."""
WORTH = 0.9
"""A sensor of which no policy leaves less than this share unknown is left out."""


def calibration(scenario: Scenario | str, table: pd.DataFrame) -> Figure:
    """How much of each sensor's errors of north and level is left after one flight, policy by policy.

    Parameters
    ----------
    scenario : Scenario or str
        That the table is of.
    table : DataFrame
        From `tf.calibration`.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    SettingsError
        If the flight tells of no sensor.
    ScenarioError
        If there is no such scenario.
    """
    chosen = load_scenario(scenario) if isinstance(scenario, str) else scenario
    shown = table[table["error"].isin([name for name, _ in PANELS])]
    learned = shown.loc[shown["claimed"] < WORTH * shown["stated"], "sensor"].unique()
    shown = shown[shown["sensor"].isin(learned)]
    if shown.empty:
        raise SettingsError(f"scenario {chosen.name!r}: its flight tells of no sensor's errors")
    rows = list(dict.fromkeys(zip(shown["nation"], shown["sensor"], strict=True)))
    caption = cite(
        f"{chosen.title}. {shown['n'].max()} runs. What is left of a sensor's constant error of north and of level "
        "once the estimate of its nation's best informed centre is taken off, as a share of what is stated before: "
        "signs, as the centre claims; ends of the lines, as it is (root mean square over the runs). The stated sizes "
        f"are assumed (sensor parameters {chosen.assumptions}). Sensors of which less than a tenth is learned are "
        "left out."
    )
    height_in = 1.3 + 0.3 * len(rows)
    return sheet(lambda figure: draw_calibration(figure, shown, rows, looks_in(chosen)), height_in, caption=caption)


def draw_calibration(
    figure: Figure, table: pd.DataFrame, rows: list[tuple[str, str]], nations: dict[str, Look]
) -> None:
    """One lane a sensor, one sign a policy, one panel an error.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    table : DataFrame
        Of `tf.calibration`.
    rows : list of (nation, sensor)
        From the top down.
    nations : dict of str to Look
    """
    panels = figure.subplots(1, len(PANELS), sharey=True)
    names = list(dict.fromkeys(table["policy"]))
    looks = [policy_look(name, order) for order, name in enumerate(names)]
    for axes, (error, title) in zip(panels, PANELS, strict=True):
        for k, (name, look) in enumerate(zip(names, looks, strict=True)):
            mine = table[(table["policy"] == name) & (table["error"] == error)].set_index("sensor")
            for row, (_, sensor) in enumerate(rows):
                if sensor not in mine.index:
                    continue
                stated = mine.loc[sensor, "stated"]
                claimed, left = (mine.loc[sensor, column] / stated for column in ("claimed", "rms_left"))
                y = row + 0.16 * (k - 0.5 * (len(names) - 1))
                axes.plot([claimed, left], [y, y], color=look.color, lw=0.9, zorder=2)
                axes.plot(claimed, y, look.marker, color=look.color, ms=3.2, zorder=3)
        axes.set_xscale("log")
        axes.axvline(1.0, color=MUTED, lw=0.6)
        ticks = [0.05, 0.1, 0.2, 0.5, 1.0, 2.0]
        axes.set_xticks(ticks, [f"{100 * tick:g} %" for tick in ticks])
        axes.minorticks_off()
        axes.set_xlabel("left of the stated error")
        axes.set_title(f"Error of {title}")
    lanes(panels[0], [sensor for _, sensor in rows], above=0.5, below=0.5, spine=False, fontsize=5.5)
    for tick, (nation, _) in zip(panels[0].get_yticklabels(), rows, strict=True):
        tick.set(color=nations[nation].ink)
    signs = [sign(look.label, look.marker, color=look.color, ms=3.7, ls="-", lw=0.9) for look in looks]
    legend_below(panels[0], signs, points=25.1, columns=len(signs))
