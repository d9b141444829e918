"""What launch reports say before there is a track: launch point on the map, its accuracy, and the class."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MultipleLocator

from trackfuse.core.errors import SettingsError, check_known
from trackfuse.simulation.launch_reports import launch_cue
from trackfuse.simulation.run import Run
from trackfuse.views.figures.basemap import draw_ground, draw_rings
from trackfuse.views.figures.missile import checked_run
from trackfuse.views.style.axes import sign
from trackfuse.views.style.ellipse import SIGMAS_95, outline, plane_axes
from trackfuse.views.style.style import LINES, MUTED, looks_in, sheet
from trackfuse.warning import LaunchCue

SHOWN = 5
"""Classes drawn, those that are ever likeliest first."""
MARGIN = 1.15
DASHES = ("-", (0, (4, 1.5)), (0, (1, 1)), (0, (4, 1, 1, 1)), (0, (8, 2)))
"""Centres of one nation have its colour and differ by these."""


def launch_reports(run: Run, node: str | None = None) -> Figure:
    """What lines of sight say of the first launch before there is a track: on the map the ellipses of its launch point,
    at the right how unsure it is at each centre, and what a centre thinks that it is.

    Parameters
    ----------
    run : Run
    node : str, optional
        Centre whose ellipses and classes are drawn; by default one that has lines of sight of its own.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    SettingsError
        If it is not a run, no centre has a launch report before a track, or there is no such centre.
    """
    whole = checked_run(run, "plots.launch_reports")
    table = whole.launch_reports
    table = table[table["launch"] == whole.prepared.launch_ids[0]]
    if table.empty:
        raise SettingsError("plots.launch_reports: no centre has a line of sight or a launch report before its track")
    centres = list(dict.fromkeys(table["node"]))
    own = table[table["node"] == table["origin"]]["node"]
    centre = node if node is not None else str(own.iloc[0]) if len(own) else centres[0]
    check_known(SettingsError, "centre", centre, centres, where="plots.launch_reports")
    instants = table.loc[table["node"] == centre, "t_s"].tolist()
    cues = [launch_cue(whole, centre, t_s) for t_s in instants]
    caption = (
        f"{whole.caption()} By infrared lines of sight alone, until each centre's first track. Ellipses: 95 %, of "
        f"{centre}, dark the newest; cross: where it was launched. Every class, heading and launch place is equally "
        "likely beforehand; burn times are low, nominal or high. A launch point that crosses a link is rounded as a "
        "published item is."
    )
    return sheet(lambda figure: _draw(figure, whole, table, centre, instants, cues), 3.1, caption=caption)


def _draw(
    figure: Figure, run: Run, table: pd.DataFrame, node: str, instants: list[float], cues: list[LaunchCue]
) -> None:
    panels = figure.subplot_mosaic([["map", "sigma"], ["map", "class"]], width_ratios=[1.0, 1.2])
    _draw_map(panels["map"], run, cues)
    _draw_sigma(panels["sigma"], run, table)
    _draw_classes(panels["class"], node, instants, cues)
    panels["class"].sharex(panels["sigma"])
    panels["sigma"].tick_params(labelbottom=False)


def _draw_map(axes: Axes, run: Run, cues: list[LaunchCue]) -> None:
    launch = run.scenario.launch
    lat, lon = (np.array([getattr(cue, name) for cue in cues]) for name in ("lat_deg", "lon_deg"))
    major, minor, turn = plane_axes(np.array([cue.covariance_m2 for cue in cues]))
    rings = outline(lat, lon, SIGMAS_95 * major, SIGMAS_95 * minor, turn)
    half = MARGIN * max(
        np.abs(rings[..., 0] - launch.lon_deg).max() * np.cos(np.radians(launch.lat_deg)),
        np.abs(rings[..., 1] - launch.lat_deg).max(), 0.1,
    )  # fmt: skip
    wide = half / np.cos(np.radians(launch.lat_deg))
    area = (launch.lon_deg - wide, launch.lon_deg + wide, launch.lat_deg - half, launch.lat_deg + half)
    draw_ground(axes, area)
    step = 0.1 if half < 0.4 else 0.5
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MultipleLocator(step))
    shade = colormaps["Greys"](np.linspace(0.3, 0.95, len(cues)))
    draw_rings(axes, list(rings), facecolors="none", edgecolors=shade, linewidths=0.9, zorder=2)
    axes.scatter(lon, lat, s=5.0, c=shade, zorder=3)
    axes.plot(launch.lon_deg, launch.lat_deg, "x", color="#b3261e", ms=5.0, mew=1.2, zorder=4)
    axes.set_title("Launch point")


def _draw_sigma(axes: Axes, run: Run, table: pd.DataFrame) -> None:
    looks, count, signs = looks_in(run.scenario), {}, []
    for node in run.scenario.nodes:
        mine = table[table["node"] == node.node_id]
        if mine.empty:
            continue
        look, style = looks[node.nation], DASHES[count.setdefault(node.nation, 0) % len(DASHES)]
        count[node.nation] += 1
        axes.plot(mine["t_s"], mine["launch_sigma_km"], color=look.color, ls=style, lw=1.0, marker="o", ms=1.8)
        signs.append(sign(node.node_id, color=look.color, ls=style, lw=1.0))
    axes.set(ylim=(0.0, None), ylabel="longer half-axis (km)")
    _legend_beside(axes, signs)
    axes.set_title("How unsure the launch point is, one sigma")


def _draw_classes(axes: Axes, node: str, instants: list[float], cues: list[LaunchCue]) -> None:
    best = {name: max(cue.classes[name] for cue in cues) for name in cues[0].classes}
    shown = sorted(best, key=lambda name: -best[name])[:SHOWN]
    for name, (color, line) in zip(shown, LINES, strict=False):
        axes.plot(instants, [cue.classes[name] for cue in cues], color=color, ls=line, lw=1.0, marker="o", ms=1.8)
    axes.axhline(0.9, color=MUTED, lw=0.5, ls=(0, (1, 2)))
    axes.set(ylim=(0.0, 1.0), ylabel="probability", xlabel="time after lift-off (s)")
    axes.set_title(f"What {node} thinks it is: the {len(shown)} likeliest classes")
    signs = [sign(name, color=color, ls=line, lw=1.0) for name, (color, line) in zip(shown, LINES, strict=False)]
    _legend_beside(axes, signs)


def _legend_beside(axes: Axes, signs: list[Line2D]) -> None:
    axes.legend(handles=signs, fontsize=5.0, loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
