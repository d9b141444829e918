"""What each nation holds, on the map: its track with error ellipses, and where it says the missile comes down."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.lines import Line2D
from matplotlib.offsetbox import AnchoredOffsetbox, TextArea, VPacker
from matplotlib.patches import Patch

from trackfuse.views.ellipse import SIGMAS_95, geodetic, ground_axes, outline
from trackfuse.views.style import BURNING, INK, MUTED, NATIONS
from trackfuse.warning import HIT

if TYPE_CHECKING:
    from trackfuse.study.simulation import Simulation

ENLARGED = 20.0
"""Track ellipses are drawn this many times larger; at the scale of the map they would be smaller than the line."""
_LARGEST_KM = 150.0
OPEN_KM = 1500.0
"""A predicted region that reaches farther than this is not drawn: the engine burns, and nobody can know yet."""


def nation_centre(run: Simulation, nation: str) -> int | None:
    """The centre that stands for a nation in a figure: the one with the earliest track of its own.

    Parameters
    ----------
    run : Simulation
    nation : str

    Returns
    -------
    int or None
        Index of the node; None if no centre of the nation ever has a track.
    """
    status = run.fused.status == 1
    mine = [i for i, node in enumerate(run.scenario.nodes) if node.nation == nation and status[i].any()]
    return min(mine, key=lambda i: int(np.argmax(status[i]))) if mine else None


def draw_run(
    axes: Axes, run: Simulation, at_s: float, *, filled: bool = True, with_tracks: bool = True
) -> list[Artist]:
    """What each nation's centre holds: its track up to an instant with error ellipses, and its newest impact ellipse.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    run : Simulation
    at_s : float
        Seconds after launch: nothing computed later is drawn.
    filled : bool
        Impact ellipses filled, or as dashed outlines (the policy compared against).
    with_tracks : bool
        Whether tracks are drawn, or impact ellipses only.

    Returns
    -------
    list of Artist
        What was added, so that a live figure can take it away again.
    """
    drawn: list[Artist] = []
    said = _newest(run, at_s)
    for nation, look in NATIONS.items():
        centre = nation_centre(run, nation)
        if with_tracks and centre is not None:
            drawn += _draw_track(axes, run, centre, at_s, look.color)
        drawn += _draw_impact(axes, said[nation], look.color, filled)
    return drawn


def _draw_track(axes: Axes, run: Simulation, centre: int, at_s: float, color: str) -> list[Artist]:
    cycles = np.flatnonzero((run.fused.status[centre] == 1) & (run.prepared.cycle_s <= at_s))
    if cycles.size == 0:
        return []
    lat, lon = geodetic(run.fused.mean[centre, cycles, :3])
    drawn: list[Artist] = list(axes.plot(lon, lat, "-", color=color, lw=1.1, alpha=0.9, zorder=3.5))
    few = np.unique(np.linspace(0, cycles.size - 1, min(cycles.size, 8)).round().astype(int))
    major, minor, turn = ground_axes(run.fused, centre, cycles[few])
    sane = major * ENLARGED * SIGMAS_95 <= _LARGEST_KM
    major, minor = ENLARGED * SIGMAS_95 * major[sane], ENLARGED * SIGMAS_95 * minor[sane]
    shape = outline(lat[few][sane], lon[few][sane], major, minor, turn[sane])
    rings = PolyCollection(list(shape), facecolors="none", edgecolors=color, linewidths=0.8, zorder=3.4)
    axes.add_collection(rings, autolim=False)
    return [*drawn, rings]


def _draw_impact(axes: Axes, last: pd.DataFrame, color: str, filled: bool) -> list[Artist]:
    if last.empty or SIGMAS_95 * float(last["major_km"].iloc[0]) > OPEN_KM:
        return []
    shape = outline(
        last["lat_deg"].to_numpy(),
        last["lon_deg"].to_numpy() % 360.0,
        SIGMAS_95 * last["major_km"].to_numpy(),
        SIGMAS_95 * last["minor_km"].to_numpy(),
        last["orientation_deg"].to_numpy(),
    )
    face = (color, 0.18) if filled else "none"
    ring = PolyCollection(
        list(shape),
        facecolors=[face],
        edgecolors=[color],
        linewidths=1.2,
        linestyles="-" if filled else [(0, (3, 2))],
        zorder=2.9 if filled else 2.8,
    )
    axes.add_collection(ring, autolim=False)
    return [ring]


def _newest(run: Simulation, at_s: float) -> dict[str, pd.DataFrame]:
    """Each nation's newest impact prediction, one row or none."""
    table = run.predictions
    table = table[(table["t_s"] <= at_s) & (table["status"] == HIT)]
    names = [node.node_id for node in run.scenario.nodes]
    centres = {nation: nation_centre(run, nation) for nation in NATIONS}
    return {
        nation: table[table["node"] == (names[centre] if centre is not None else None)].iloc[-1:]
        for nation, centre in centres.items()
    }


def write_impacts(axes: Axes, run: Simulation, base: Simulation | None, at_s: float) -> list[Artist]:
    """In a corner, how large each nation's predicted impact region is: what the eye cannot read off the map.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    run : Simulation
    base : Simulation or None
        The policy compared against.
    at_s : float
        Seconds after launch.

    Returns
    -------
    list of Artist
        What was added.
    """
    rows = [("predicted impact, 95 % region", INK)]
    said = _newest(run, at_s)
    other = said if base is None else _newest(base, at_s)
    for nation, look in NATIONS.items():
        words, before = _size_words(said[nation]), _size_words(other[nation])
        rows.append((f"{look.label}: {words}" + (f"  (dashed: {before})" if before != words else ""), look.ink))
    lines: list[Artist] = [
        TextArea(text, textprops={"color": color, "fontsize": 7.2, "weight": "bold"}) for text, color in rows
    ]
    box = AnchoredOffsetbox(
        loc="upper right", child=VPacker(children=lines, pad=0, sep=2), frameon=True, pad=0.4, borderpad=0.4
    )
    box.patch.set(facecolor=(1.0, 1.0, 1.0, 0.85), edgecolor="none")
    box.set_zorder(6)
    axes.add_artist(box)
    return [box]


def _size_words(said: pd.DataFrame) -> str:
    if said.empty:
        return "none yet"
    major, minor = (SIGMAS_95 * float(said[name].iloc[0]) for name in ("major_km", "minor_km"))
    return f"± {_short(major)} by {_short(minor)} km" if major <= OPEN_KM else f"± over {OPEN_KM:.0f} km"


def _short(km: float) -> str:
    return f"{km:.0f}" if km >= 10.0 else f"{km:.1f}"


def signs(*, against: str | None, coverage_km: float | None) -> list[Artist]:
    """The signs of the map with their words, for a legend.

    Parameters
    ----------
    against : str or None
        Label of the policy whose impact ellipses are dashed, if any.
    coverage_km : float or None
        Height of the coverage outlines, if any.

    Returns
    -------
    list of Artist
    """
    ring = {"color": MUTED, "lw": 0.8, "marker": "o", "mfc": "none", "ls": ""}
    explained: list[Artist] = [
        Line2D([], [], color=look.color, lw=1.6, marker="v", ms=4, label=f"{look.label}: track, radars")
        for look in NATIONS.values()
    ]
    explained += [
        Line2D([], [], color=BURNING, lw=2.6, label="engine burning"),
        Line2D([], [], color=INK, lw=0.9, marker=".", label="true flight, a dot a minute"),
        Patch(facecolor=(MUTED, 0.18), edgecolor=MUTED, label="predicted impact, 95 % region"),
        Line2D([], [], **ring, label=f"track, 95 % region {ENLARGED:g} times enlarged"),
    ]
    if against:
        explained.append(Line2D([], [], color=MUTED, ls=(0, (3, 2)), label=f"predicted impact: {against}"))
    if coverage_km is not None:
        words = f"radar coverage at {coverage_km:g} km height"
        explained.append(Patch(facecolor=(MUTED, 0.06), edgecolor=(MUTED, 0.5), label=words))
    return explained
