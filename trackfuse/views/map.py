"""The map: ground, coverage, the true flight, each nation's track with error ellipses, and where it says it comes down.

Plate carree, with the degrees of longitude shortened as at the middle of the map: distances are right there and nearly
right across Korea and Japan. The ground is Natural Earth's at 1:50 million; its borders are its own de-facto view.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pymap3d
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.lines import Line2D
from matplotlib.offsetbox import AnchoredOffsetbox, TextArea, VPacker
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path as Outline
from matplotlib.ticker import FuncFormatter, MultipleLocator

from trackfuse.flight import BOOST, Flight
from trackfuse.sensing import Infrared, footprints
from trackfuse.study.catalog import basemap
from trackfuse.study.scenario import Scenario
from trackfuse.warning import HIT
from trackfuse.views.ellipse import SIGMAS_95, ground_axes, outline
from trackfuse.views.style import BURNING, INK, LAND, MUTED, NATIONS, SEA, legend_below

if TYPE_CHECKING:
    from trackfuse.study.simulation import Simulation

HOME = (123.0, 147.0, 31.0, 46.0)
"""Korea and Japan, always on the map: west, east, south, north, degrees."""
DRAWN = (112.0, 159.0)
"""Where the coast lines begin and end, west and east, degrees; beyond 159 there is next to no land in these latitudes."""
ENLARGED = 20.0
"""Track ellipses are drawn this many times larger; at the scale of the map they would be smaller than the line."""
_LARGEST_KM = 150.0


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


def extent(flight: Flight, shape: float | None = None) -> tuple[float, float, float, float]:
    """Part of the world to show: Korea, Japan and the whole flight.

    Parameters
    ----------
    flight : Flight
    shape : float, optional
        Width over height of the sheet; the map is widened towards it, as far as the coast lines reach.

    Returns
    -------
    (float, float, float, float)
        West, east, south, north, degrees; longitudes run on past 180.
    """
    lat, lon, _ = geodetic(flight)
    west, east = min(HOME[0], lon.min() - 1.5), max(HOME[1], lon.max() + 2.5)
    south, north = min(HOME[2], lat.min() - 1.5), max(HOME[3], lat.max() + 1.5)
    if shape is not None:
        missing = shape * (north - south) / np.cos(np.radians((south + north) / 2.0)) - (east - west)
        west = max(west - 0.5 * max(missing, 0.0), min(west, DRAWN[0]))
        east = min(east + 0.5 * max(missing, 0.0), max(east, DRAWN[1]))
    return west, east, south, north


def size_in(area: tuple[float, float, float, float], *, width_in: float, tallest_in: float = 6.5) -> tuple[float, float]:
    """Size of a sheet that the map fills.

    Parameters
    ----------
    area : (float, float, float, float)
        West, east, south, north, degrees.
    width_in, tallest_in : float
        Width wanted, and greatest height of the map, inches.

    Returns
    -------
    (float, float)
        Width and height, inches.
    """
    west, east, south, north = area
    shape = (north - south) / ((east - west) * np.cos(np.radians((south + north) / 2.0)))
    return width_in, float(np.clip(width_in * shape, 2.5, tallest_in))


def geodetic(flight: Flight) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The flight's latitude and longitude (degrees, shape (n,), longitude 0 to 360) and height (km, shape (n,))."""
    lat, lon, alt = pymap3d.ecef2geodetic(*flight.position_m.T)
    return np.asarray(lat), np.asarray(lon) % 360.0, np.asarray(alt) / 1e3


def draw_ground(axes: Axes, area: tuple[float, float, float, float]) -> None:
    """Sea, land, coast, borders and degrees.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    area : (float, float, float, float)
        West, east, south, north, degrees.
    """
    ground = basemap()
    axes.set_facecolor(SEA)
    land = [ring for rings in ground.countries_deg.values() for ring in rings]
    axes.add_collection(PolyCollection(land, facecolors=LAND, edgecolors="none", zorder=0.5))
    axes.plot(*ground.coast_deg.T, color="#9aa7b1", lw=0.5, zorder=0.7)
    axes.plot(*ground.border_deg.T, color="#b3bcc4", lw=0.5, ls=(0, (4, 2)), zorder=0.7)
    west, east, south, north = area
    axes.set(xlim=(west, east), ylim=(south, north), aspect=1.0 / np.cos(np.radians((south + north) / 2.0)))
    step = 5.0 if max(east - west, north - south) < 40.0 else 10.0
    axes.xaxis.set_major_locator(MultipleLocator(step))
    axes.yaxis.set_major_locator(MultipleLocator(5.0 if north - south < 40.0 else 10.0))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}°E" if x <= 180.0 else f"{360.0 - x:g}°W"))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}°N"))
    axes.spines[["top", "right"]].set_visible(True)
    axes.grid(color="white", linewidth=0.6)


def draw_flight(axes: Axes, flight: Flight) -> None:
    """The true ground track: boost thick, a dot every minute, named every five; launch and impact.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    flight : Flight
    """
    lat, lon, _ = geodetic(flight)
    burning = flight.phase == BOOST
    axes.plot(lon, lat, color=INK, lw=0.9, zorder=3)
    axes.plot(lon[burning], lat[burning], color=BURNING, lw=2.6, zorder=3.1, solid_capstyle="butt")
    minutes = np.arange(60.0, flight.impact_s, 60.0)
    at = np.searchsorted(flight.t_s, minutes)
    axes.plot(lon[at], lat[at], ".", color=INK, ms=3.0, zorder=3.2)
    for minute, k in zip(minutes / 60.0, at, strict=True):
        if minute % 5 == 0:
            _write(axes, lon[k], lat[k], f"{minute:.0f} min", (0.0, -9.0), color=MUTED)
    axes.plot(lon[0], lat[0], "^", color=INK, ms=6.0, zorder=3.3)
    axes.plot(lon[-1], lat[-1], "x", color=INK, ms=6.0, mew=1.6, zorder=3.3)
    _write(axes, lon[0], lat[0], "launch", (-5.0, 5.0), ha="right")
    _write(axes, lon[-1], lat[-1], "impact", (6.0, 4.0), ha="left")


def draw_places(axes: Axes, scenario: Scenario, arrival_s: np.ndarray) -> None:
    """Every place a dot; those that the missile passes or hits with their name, and capitals, where there is room.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    scenario : Scenario
    arrival_s : ndarray, shape (places,)
        When the missile is there; nan where it never is.
    """
    west, east = axes.get_xlim()
    inside = [p for p in scenario.places if west <= p.lon_deg % 360.0 <= east]
    axes.plot([p.lon_deg % 360.0 for p in inside], [p.lat_deg for p in inside], "o", color="#8a949e", ms=1.7, zorder=2.2)
    concerned = {p.name for p, t in zip(scenario.places, arrival_s, strict=True) if np.isfinite(t)}
    by_weight = sorted(inside, key=lambda p: (p.name not in concerned, -p.population))
    written: list[tuple[float, float]] = []
    for place in by_weight[: len(concerned) + 6]:
        lon, lat = place.lon_deg % 360.0, place.lat_deg
        if len(written) < 9 and all(abs(lat - y) > 0.9 or abs(lon - x) > 6.5 for x, y in written):
            written.append((lon, lat))
            axes.plot(lon, lat, "o", color=INK, ms=2.6, zorder=4)
            name = place.name.split(" (")[0]
            _write(axes, lon, lat, name, (2.5, -2.5), ha="left", va="top", weight="bold" if place.name in concerned else "normal")


def draw_sensors(axes: Axes, scenario: Scenario) -> list[Artist]:
    """Radars as small triangles in their nation's colour; satellites are not on the map.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    scenario : Scenario

    Returns
    -------
    list of Artist
        What was added.
    """
    drawn: list[Artist] = []
    for nation, look in NATIONS.items():
        mine = [s for s in scenario.sensors if s.nation == nation and not isinstance(s, Infrared)]
        drawn += axes.plot(
            [s.lon_deg % 360.0 for s in mine], [s.lat_deg for s in mine], "v", color=look.color, ms=4.4, mec="white", mew=0.4,
            zorder=2.6, clip_on=True,
        )
    return drawn


def draw_coverage(axes: Axes, scenario: Scenario, altitude_km: float) -> list[Artist]:
    """Where each nation's radars, told where to look, find a target of 1 m^2 in every second look at a height.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    scenario : Scenario
    altitude_km : float

    Returns
    -------
    list of Artist
        What was added.
    """
    drawn: list[Artist] = []
    for nation, look in NATIONS.items():
        radars = tuple(s for s in scenario.sensors if s.nation == nation and not isinstance(s, Infrared))
        rings = [np.column_stack([_eastern(ring[:, 1]), ring[:, 0]]) for seen in footprints(radars, altitude_km) for ring in seen.rings[:1]]
        if rings:
            # One path of rings that all turn the same way fills as their union, once.
            union = PathPatch(Outline.make_compound_path(*(Outline(ring, closed=True) for ring in rings)),
                              facecolor=(look.color, 0.07), edgecolor=(look.color, 0.35), lw=0.5, zorder=1.2)
            axes.add_patch(union)
            drawn.append(union)
    return drawn


def _eastern(lon_deg: np.ndarray) -> np.ndarray:
    """Continuous longitudes moved to the turn that starts at the date line's west: most of them from 0 to 360."""
    return lon_deg + 360.0 * (float(np.mean(lon_deg)) < 0.0)


def draw_run(axes: Axes, run: Simulation, at_s: float, *, filled: bool = True, with_tracks: bool = True) -> list[Artist]:
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
    for nation, look in NATIONS.items():
        centre = nation_centre(run, nation)
        if centre is None:
            continue
        if with_tracks:
            drawn += _draw_track(axes, run, centre, at_s, look.color)
        drawn += _draw_impact(axes, run, centre, at_s, look.color, filled)
    return drawn


def _draw_track(axes: Axes, run: Simulation, centre: int, at_s: float, color: str) -> list[Artist]:
    cycles = np.flatnonzero((run.fused.status[centre] == 1) & (run.prepared.cycle_s <= at_s))
    if cycles.size == 0:
        return []
    lat, lon, _ = pymap3d.ecef2geodetic(*run.fused.mean[centre, cycles, :3].T)
    lon = np.asarray(lon) % 360.0
    drawn: list[Artist] = list(axes.plot(lon, lat, "-", color=color, lw=1.1, alpha=0.9, zorder=3.5))
    few = np.unique(np.linspace(0, cycles.size - 1, min(cycles.size, 8)).round().astype(int))
    major, minor, turn = ground_axes(run.fused, centre, cycles[few])
    sane = major * ENLARGED * SIGMAS_95 <= _LARGEST_KM
    shape = outline(lat[few][sane], lon[few][sane], *(ENLARGED * SIGMAS_95 * half[sane] for half in (major, minor)), turn[sane])
    rings = PolyCollection(list(shape), facecolors="none", edgecolors=color, linewidths=0.8, zorder=3.4)
    axes.add_collection(rings, autolim=False)
    return [*drawn, rings]


def _draw_impact(axes: Axes, run: Simulation, centre: int, at_s: float, color: str, filled: bool) -> list[Artist]:
    last = _newest(run, centre, at_s)
    if last.empty:
        return []
    shape = outline(
        last["lat_deg"].to_numpy(), last["lon_deg"].to_numpy() % 360.0, SIGMAS_95 * last["major_km"].to_numpy(),
        SIGMAS_95 * last["minor_km"].to_numpy(), last["orientation_deg"].to_numpy(),
    )
    face = (color, 0.18) if filled else "none"
    ring = PolyCollection(list(shape), facecolors=[face], edgecolors=[color], linewidths=1.2,
                          linestyles="-" if filled else [(0, (3, 2))], zorder=2.9 if filled else 2.8)
    axes.add_collection(ring, autolim=False)
    return [ring]


def _newest(run: Simulation, centre: int, at_s: float) -> pd.DataFrame:
    """The centre's newest impact prediction, one row or none."""
    table = run.predictions
    mine = (table["node"] == run.scenario.nodes[centre].node_id) & (table["t_s"] <= at_s) & (table["status"] == HIT)
    return table[mine].iloc[-1:]


def _write(axes: Axes, lon: float, lat: float, text: str, shift: tuple[float, float], **how: str) -> None:
    axes.annotate(text, (lon, lat), xytext=shift, textcoords="offset points", fontsize=7, zorder=5, annotation_clip=True,
                  **({"ha": "center", "va": "center", "color": INK} | how))


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
    for nation, look in NATIONS.items():
        words = _impact_words(run, nation, at_s)
        before = _impact_words(base, nation, at_s) if base is not None else words
        rows.append((f"{look.label}: {words}" + (f"  (dashed: {before})" if before != words else ""), look.color))
    lines = [TextArea(text, textprops={"color": color, "fontsize": 7.2, "weight": "bold"}) for text, color in rows]
    box = AnchoredOffsetbox(loc="upper right", child=VPacker(children=lines, pad=0, sep=2), frameon=True, pad=0.4, borderpad=0.4)
    box.patch.set(facecolor=(1.0, 1.0, 1.0, 0.85), edgecolor="none")
    box.set_zorder(6)
    axes.add_artist(box)
    return [box]


def _impact_words(run: Simulation, nation: str, at_s: float) -> str:
    centre = nation_centre(run, nation)
    said = None if centre is None else _newest(run, centre, at_s)
    if said is None or said.empty:
        return "no track"
    major, minor = (SIGMAS_95 * float(said[name].iloc[0]) for name in ("major_km", "minor_km"))
    return f"± {_short(major)} by {_short(minor)} km"


def _short(km: float) -> str:
    return f"{km:.0f}" if km >= 10.0 else f"{km:.1f}"


def key(axes: Axes, *, against: str | None, coverage_km: float | None, columns: int = 3) -> None:
    """Explain the signs, below the map.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    against : str or None
        Label of the policy whose impact ellipses are dashed, if any.
    coverage_km : float or None
        Height of the coverage outlines, if any.
    columns : int
    """
    signs: list[Artist] = [
        Line2D([], [], color=look.color, lw=1.6, marker="v", ms=4, label=f"{look.label}: track, radars") for look in NATIONS.values()
    ]
    signs += [
        Line2D([], [], color=BURNING, lw=2.6, label="engine burning"),
        Line2D([], [], color=INK, lw=0.9, marker=".", label="true flight, a dot a minute"),
        Patch(facecolor=(MUTED, 0.18), edgecolor=MUTED, label="predicted impact, 95 % region"),
        Line2D([], [], color=MUTED, lw=0.8, marker="o", mfc="none", ls="", label=f"track, 95 % region {ENLARGED:g} times enlarged"),
    ]
    if against:
        signs.append(Line2D([], [], color=MUTED, ls=(0, (3, 2)), label=f"predicted impact under {against}"))
    if coverage_km is not None:
        signs.append(Patch(facecolor=(MUTED, 0.06), edgecolor=(MUTED, 0.5), label=f"radar coverage at {coverage_km:g} km height"))
    legend_below(axes, signs, points=24.0, columns=columns)
