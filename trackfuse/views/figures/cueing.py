"""What cues are worth: seconds by which each nation's radars acquire earlier, by policy, on the same noise."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from trackfuse.catalog.catalog import as_scenario
from trackfuse.catalog.scenario import Scenario
from trackfuse.core.errors import SettingsError
from trackfuse.sharing import Policy
from trackfuse.studies.cueing import cue_gains
from trackfuse.views.style.axes import interval, lanes, legend_below, note_right, sign
from trackfuse.views.style.style import MUTED, Look, cite, looks_in, policy_look, sheet

WORTH_S = 0.5
"""A radar that gains less than this on average, under every policy, is left out."""


def cues(
    scenario: Scenario | str, policies: Sequence[Policy | str] | None = None, *, runs: int = 100, seed: int = 0
) -> Figure:
    """Seconds by which a cue brings forward the first detection, radar by radar and for each nation's first radar.

    Parameters
    ----------
    scenario : Scenario or str
        A scenario, or the name of a shipped one.
    policies : sequence of Policy or str, optional
        Default: all of the scenario's.
    runs : int
        Number of runs, 1 or more.
    seed : int

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    SettingsError
        If no radar ever detects the flight, or as in `cue_gains`.
    ScenarioError, FlightError
        If there is no such scenario or policy, or no such flight.
    """
    chosen = as_scenario(scenario)
    table = cue_gains(chosen, policies, runs=runs, seed=seed)
    if table.empty:
        raise SettingsError(f"scenario {chosen.name!r}: no radar ever detects the flight")
    rows = lanes_of(table)
    whose = ": the first missile" if chosen.salvo or chosen.debris else ""
    caption = cite(
        f"{chosen.title}{whose}. {runs} runs, seed {seed}, with cues as they come under each policy and with none, on "
        "the same noise. Signs: median gain of the first detection; bars: its 95 % interval. A centre's radars look "
        "where cued once it knows of the launch by any means, its own radars included, and has ordered it. "
        f"Radars that gain less than {WORTH_S:g} s under every policy are left out. How much more energy a cue puts "
        f"on the target is assumed (sensor parameters {chosen.assumptions})."
    )
    height_in = 1.25 + 0.31 * len(rows)
    return sheet(lambda figure: draw_cues(figure, table, rows, looks_in(chosen)), height_in, caption=caption)


def lanes_of(table: pd.DataFrame) -> list[tuple[str, str]]:
    """Nations and radars shown: every nation's first radar, then those of its radars that gain.

    Parameters
    ----------
    table : DataFrame
        Of `cue_gains`.

    Returns
    -------
    list of (nation, radar)
        `radar` is "" for the nation's first.
    """
    best = table.groupby(["nation", "radar"], sort=False)["mean_s"].max()
    rows = best.reset_index().itertuples(index=False)
    return [(nation, radar) for nation, radar, gain in rows if radar == "" or gain >= WORTH_S]


def draw_cues(
    figure: Figure, table: pd.DataFrame, rows: list[tuple[str, str]], nations: dict[str, Look]
) -> None:
    """One lane a radar, one sign a policy.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    table : DataFrame
        Of `cue_gains`.
    rows : list of (nation, radar)
        Of `lanes_of`, from the top down.
    nations : dict of str to Look
    """
    axes = figure.subplots()
    names = list(dict.fromkeys(table["policy"]))
    offsets = (np.arange(len(names)) - 0.5 * (len(names) - 1)) * min(0.16, 0.7 / len(names))
    looks = [policy_look(name, order) for order, name in enumerate(names)]
    for name, look, offset in zip(names, looks, offsets, strict=True):
        found = table[table["policy"] == name].set_index(["nation", "radar"]).to_dict("index")
        for row, lane in enumerate(rows):
            if lane in found and np.isfinite(found[lane]["gain_s"]):
                gain, low, high = (found[lane][column] for column in ("gain_s", "low_s", "high_s"))
                interval(axes, [low, high], row + offset, color=look.color, lw=0.9, zorder=2)
                axes.plot(gain, row + offset, look.marker, color=look.color, ms=3.2, zorder=3)
    _draw_lanes(axes, table, rows, nations)
    signs = [sign(look.label, look.marker, color=look.color, ms=3.7, ls="-", lw=0.9) for look in looks]
    legend_below(axes, signs, points=25.1, columns=len(signs))
    axes.set_title("Seconds by which a cue brings forward the first detection")


def _draw_lanes(
    axes: Axes, table: pd.DataFrame, rows: list[tuple[str, str]], nations: dict[str, Look]
) -> None:
    """Names of the lanes, shades behind the nations' own, and how the times come about at the right."""
    names = [radar or f"{nations[nation].label}: first radar" for nation, radar in rows]
    lanes(axes, names, above=0.5, below=0.5, spine=False, fontsize=5.5)
    for row, (tick, (nation, radar)) in enumerate(zip(axes.get_yticklabels(), rows, strict=True)):
        tick.set(color=nations[nation].ink, fontweight="normal" if radar else "bold")
        if not radar:
            axes.axhspan(row - 0.5, row + 0.5, color=MUTED, alpha=0.1, lw=0, zorder=0)
        note_right(axes, _words(table[(table["nation"] == nation) & (table["radar"] == radar)]), row)
    axes.axvline(0.0, color=MUTED, lw=0.6)
    axes.set_xlabel("gain (s)")


def _words(mine: pd.DataFrame) -> str:
    """First detection without cues, and the span of that with cues over the policies."""
    soonest, latest = mine["cued_s"].min(), mine["cued_s"].max()
    cued = f"{soonest:.0f} s" if latest - soonest < 0.5 else f"{soonest:.0f} to {latest:.0f} s"
    uncued = mine["uncued_s"].min()
    return f"uncued {f'{uncued:.0f} s' if np.isfinite(uncued) else 'hardly ever'}, cued {cued}"
