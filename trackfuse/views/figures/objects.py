"""All objects of a run: where they truly were, and which tracks each nation's centre held of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from trackfuse.core.language import joined, message, stopped, translate
from trackfuse.simulation.run import Run
from trackfuse.views.figures.basemap import draw_ground
from trackfuse.views.figures.missile import checked_run
from trackfuse.views.style.axes import note, sign
from trackfuse.views.style.ellipse import geodetic, height_km
from trackfuse.views.style.style import BURNING, INK, MUTED, looks_in, sheet

LINES = ("-", (0, (5, 2)), (0, (2, 1.5)), (0, (6, 1.5, 1, 1.5)), (0, (1, 1)))
"""Lines of the true missiles; what they drop is thin and grey."""
FEW = 0.05
"""Tracks held for a lesser share of the time have no number: they would be written over each other."""
MOST_ACROSS = 3
"""Nations beside one another: the words above a panel of four would run into the next."""
WIDE = 2.3
"""Width of the map over its height."""
ONE_TRACK = message(
    "{nation} ({centre}): {count} track\ncomplete {complete}, {ambiguity} tracks an object, false {false}"
)
TRACKS = message(
    "{nation} ({centre}): {count} tracks\ncomplete {complete}, {ambiguity} tracks an object, false {false}"
)


def objects(run: Run) -> Figure:
    """Map, and height against time by nation: true objects and the tracks held of them.

    Parameters
    ----------
    run : Run
        Most is to be seen of a salvo, debris or false detections.

    Returns
    -------
    matplotlib.figure.Figure
        A track that is of nothing, or that changed from one object to another, is drawn in red where it is wrong.
        Numbers are those of the centre's tracks: of each nation that centre which has tracks of most.

    Raises
    ------
    SettingsError
        If it is not a run.
    """
    run = checked_run(run, "objects")
    rows = -(-len(run.scenario.nations) // MOST_ACROSS)
    caption = joined([stopped(run.caption()), translate("Tracks as fused.")])
    return sheet(lambda figure: _draw(figure, run, rows), 4.3 + 2.5 * rows, caption=caption)


def _draw(figure: Figure, run: Run, rows: int) -> None:
    nations = run.scenario.nations
    across = -(-len(nations) // rows)
    grid = figure.add_gridspec(2 + rows, across, height_ratios=(1.3, 0.16, *[1.0] * rows))
    on_map, words = figure.add_subplot(grid[0, :]), figure.add_subplot(grid[1, :])
    draw_ground(on_map, _area(run))
    heights = [figure.add_subplot(grid[2 + k // across, k % across]) for k in range(len(nations))]
    for k, panel in enumerate(heights[1:], start=1):
        panel.sharey(heights[0])
        panel.tick_params(labelleft=k % across == 0)
    for k, target in enumerate(run.prepared.targets):
        lat, lon = geodetic(target.flight.position_m)
        height, look = height_km(target.flight.position_m), _look(run, k)
        on_map.plot(lon, lat, zorder=3, **look)
        if target.flight.lands:
            on_map.plot(lon[-1], lat[-1], "x", color=look["color"], ms=3.7, zorder=3.1)
        for panel in heights:
            panel.plot(target.flight.t_s + target.lift_off_s, height, zorder=2, **look)
    for panel, nation in zip(heights, nations, strict=True):
        _draw_nation(on_map, panel, run, nation)
    for panel in heights[::across]:
        panel.set_ylabel(translate("height (km)"))
    middle = heights[-(across // 2) - 1]  # of the lowest row
    middle.set_xlabel(translate("time after the first launch (s)"))
    words.axis("off")
    words.legend(handles=_signs(run), loc="center", ncols=5, fontsize=5.3, frameon=False)


def _area(run: Run) -> tuple[float, float, float, float]:
    """Part of the world that the flights cross, with room around: west, east, south, north, degrees."""
    lat, lon = geodetic(np.concatenate([target.flight.position_m for target in run.prepared.targets]))
    middle = 0.5 * (lat.min() + lat.max())
    tall = max(lat.max() - lat.min() + 2.0, (lon.max() - lon.min() + 3.0) * np.cos(np.radians(middle)) / WIDE)
    wide = tall * WIDE / np.cos(np.radians(middle))
    centre = 0.5 * (lon.min() + lon.max())
    return centre - 0.5 * wide, centre + 0.5 * wide, middle - 0.5 * tall, middle + 0.5 * tall


def _draw_nation(on_map: Axes, panel: Axes, run: Run, nation: str) -> None:
    look, t = looks_in(run.scenario)[nation], run.prepared.cycle_s
    centres = [i for i, node in enumerate(run.scenario.nodes) if node.nation == nation]
    best = max(centres, key=lambda i: np.nan_to_num(run.siap(i).completeness))
    panel.set_xlim(0.0, t[-1] * 1.02)
    rows = run.fused.of(best)
    fused, follows, truth = run.fused.select(rows), run.follows[rows], run.objects[rows]
    for entry in range(len(rows)):
        held = fused.status[entry] == 1
        if not held.any():
            continue
        lat, lon = geodetic(np.where(held[:, None], fused.mean[entry, :, :3], fused.mean[entry, held][:1, :3]))
        height = np.where(held, height_km(np.nan_to_num(fused.mean[entry, :, :3], nan=7e6)), np.nan)
        wrong = held & ((follows[entry] != truth[entry]) | (follows[entry] < 0))
        panel.plot(t, height, color=look.color, lw=1.9, alpha=0.55, zorder=3)
        panel.plot(t, np.where(wrong, height, np.nan), color=BURNING, lw=1.9, zorder=3.2)
        lat, lon = (np.where(held, degrees, np.nan) for degrees in (lat, lon))
        on_map.plot(lon, lat, color=look.color, lw=1.6, alpha=0.5, zorder=2.8)
        if held.sum() >= FEW * len(t):
            first = int(np.argmax(held))
            note(panel, str(entry), (t[first], height[first]), (-2.2, 0.0), color=look.ink, ha="right", zorder=4)
    rates, count = run.siap(best), int((fused.status == 1).any(axis=1).sum())
    title = translate(ONE_TRACK if count == 1 else TRACKS).format(
        nation=look.label, centre=run.scenario.nodes[best].node_id, count=count, complete=f"{rates.completeness:.0%}",
        ambiguity=f"{rates.ambiguity:.2f}", false=f"{rates.spuriousness:.0%}",
    )  # fmt: skip
    panel.set_title(title, color=look.ink, fontsize=5.4)


def _look(run: Run, k: int) -> dict[str, Any]:
    target = run.prepared.targets[k]
    if target.missile:
        return {"color": INK, "lw": 0.8, "ls": LINES[k % len(LINES)]}
    return {"color": MUTED, "lw": 0.6, "ls": "-"}


def _signs(run: Run) -> list[Line2D]:
    missiles = [k for k, target in enumerate(run.prepared.targets) if target.missile]
    looks = looks_in(run.scenario)
    tracking = [looks[nation] for nation in run.scenario.nations]
    more = len(missiles) < len(run.prepared.targets)
    dropped = [sign(translate("what they drop"), color=MUTED, lw=0.6)] if more else []
    return [
        *(sign(run.object_names[k], **_look(run, k)) for k in missiles),
        *dropped,
        *(
            sign(translate("tracks of {nation}").format(nation=look.label), color=look.color, lw=1.9, alpha=0.55)
            for look in tracking
        ),
        sign(translate("following something else"), color=BURNING, lw=1.9),
        sign(translate("true impact"), "x", color=INK),
    ]
