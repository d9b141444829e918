"""What cues are worth: seconds by which each nation's radars acquire earlier, by policy, on the same noise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from trackfuse.catalog.catalog import load_scenario
from trackfuse.catalog.scenario import Scenario
from trackfuse.core.errors import SettingsError
from trackfuse.sharing import Policy
from trackfuse.studies.cueing import cue_gains
from trackfuse.views.style.cite import cite
from trackfuse.views.style.style import INK, MUTED, NATIONS, legend_below, policy_look, sheet

if TYPE_CHECKING:
    import pandas as pd

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
    chosen = load_scenario(scenario) if isinstance(scenario, str) else scenario
    table = cue_gains(chosen, policies, runs=runs, seed=seed)
    if table.empty:
        raise SettingsError(f"scenario {chosen.name!r}: no radar ever detects the flight")
    lanes = lanes_of(table)
    whose = ": the first missile" if chosen.salvo or chosen.debris else ""
    caption = cite(
        f"{chosen.title}{whose}. {runs} runs, seed {seed}, with cues as they come under each policy and with none, on "
        "the same noise. Signs: median gain of the first detection; bars: its 95 % interval. A centre's radars look "
        "where they are told once it knows of the launch by any means, its own radars included, and has ordered it. "
        f"Radars that gain less than {WORTH_S:g} s under every policy are left out. How much more energy a cue puts "
        f"on the target is assumed (sensor parameters {chosen.assumptions})."
    )
    size = 9.6, 1.7 + 0.42 * len(lanes)
    return sheet(lambda figure: draw_cues(figure, table, lanes), size_in=size, caption=caption)


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
    return [(nation, radar) for (nation, radar), gain in best.items() if radar == "" or gain >= WORTH_S]  # type: ignore[misc]


def draw_cues(figure: Figure, table: pd.DataFrame, lanes: list[tuple[str, str]]) -> None:
    """One lane a radar, one sign a policy.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    table : DataFrame
        Of `cue_gains`.
    lanes : list of (nation, radar)
        Of `lanes_of`, from the top down.
    """
    axes = figure.subplots()
    names = list(dict.fromkeys(table["policy"]))
    offsets = (np.arange(len(names)) - 0.5 * (len(names) - 1)) * min(0.16, 0.7 / len(names))
    for order, (name, offset) in enumerate(zip(names, offsets, strict=True)):
        look = policy_look(name, order)
        found = table[table["policy"] == name].set_index(["nation", "radar"])
        for row, lane in enumerate(lanes):
            if lane in found.index and np.isfinite(found.loc[lane, "gain_s"]):
                gain, low, high = (float(found.loc[lane, column]) for column in ("gain_s", "low_s", "high_s"))
                axes.plot([low, high], [row + offset] * 2, color=look.color, lw=1.2, zorder=2, solid_capstyle="butt")
                axes.plot(gain, row + offset, ls="", marker=look.marker, color=look.color, ms=4.4, zorder=3)
    _lanes(axes, table, lanes)
    looks = [policy_look(name, order) for order, name in enumerate(names)]
    signs = [Line2D([], [], color=look.color, marker=look.marker, ms=5, lw=1.2, label=look.label) for look in looks]
    legend_below(axes, signs, points=34.0, columns=len(signs))
    axes.set_title("Seconds by which a cue brings forward the first detection")


def _lanes(axes: Axes, table: pd.DataFrame, lanes: list[tuple[str, str]]) -> None:
    """Names of the lanes, shades behind the nations' own, and how the times come about at the right."""
    axes.set_yticks(range(len(lanes)), [radar or f"{_label(nation)}: first radar" for nation, radar in lanes])
    for tick, (nation, radar) in zip(axes.get_yticklabels(), lanes, strict=True):
        tick.set(color=NATIONS[nation].ink if nation in NATIONS else INK, fontsize=7.4)
        tick.set_fontweight("normal" if radar else "bold")
    for row, (nation, radar) in enumerate(lanes):
        if not radar:
            axes.axhspan(row - 0.5, row + 0.5, color=MUTED, alpha=0.1, lw=0, zorder=0)
        mine = table[(table["nation"] == nation) & (table["radar"] == radar)]
        axes.annotate(_words(mine), (1.0, row), xycoords=axes.get_yaxis_transform(), xytext=(6, 0), fontsize=7,
                      textcoords="offset points", va="center")  # fmt: skip
    axes.axvline(0.0, color=MUTED, lw=0.8)
    axes.set(ylim=(len(lanes) - 0.5, -0.5), xlabel="gain (s)")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="y", visible=False)


def _label(nation: str) -> str:
    return NATIONS[nation].label if nation in NATIONS else nation


def _words(mine: pd.DataFrame) -> str:
    """First detection without cues, and the span of that with cues over the policies."""
    soonest, latest = mine["cued_s"].min(), mine["cued_s"].max()
    cued = f"{soonest:.0f} s" if latest - soonest < 0.5 else f"{soonest:.0f} to {latest:.0f} s"
    uncued = mine["uncued_s"].min()
    return f"uncued {f'{uncued:.0f} s' if np.isfinite(uncued) else 'hardly ever'}, cued {cued}"
