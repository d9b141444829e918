"""The parts of a map that do not move: land and coast, places, radars and what they cover, and the true flight.

Plate carree, with the degrees of longitude shortened as at the middle of the map: distances are right there and nearly
right across Korea and Japan. The ground is Natural Earth's at 1:50 million; its borders are its own de-facto view.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline
from matplotlib.ticker import FuncFormatter, MultipleLocator

from trackfuse.catalog.catalog import basemap
from trackfuse.catalog.scenario import Scenario
from trackfuse.core.language import message, translate
from trackfuse.earth import Place
from trackfuse.flight import BOOST, Flight
from trackfuse.sensing import Radar, footprints
from trackfuse.sensing.sensor import BuiltIn, Sensor
from trackfuse.views.style.axes import note
from trackfuse.views.style.ellipse import geodetic
from trackfuse.views.style.style import BURNING, INK, LAND, MUTED, SEA, looks_in, place_label

LAUNCH_PT = 24.0
"""What the word beside a launch needs, points."""
HOME = (123.0, 147.0, 31.0, 46.0)
"""Korea and Japan, always on the map: west, east, south, north, degrees."""
DRAWN = (112.0, 159.0, 21.0, 53.0)
"""As far as the coast lines reach, in the same order; farther east there is next to no land in these latitudes."""


def extent(
    flight: Flight, shape: float, *, also: tuple[np.ndarray, np.ndarray] = (np.empty(0), np.empty(0))
) -> tuple[float, float, float, float]:
    """Part of the world to show: Korea, Japan, the whole flight, and other points.

    Parameters
    ----------
    flight : Flight
    shape : float
        Width over height of the sheet; the map is widened or heightened towards it, as far as the coast lines reach.
    also : tuple of ndarray, shapes (n,)
        Latitude and longitude of the other points, degrees.

    Returns
    -------
    (float, float, float, float)
        West, east, south, north, degrees; longitudes run on past 180.
    """
    lat, lon = (np.append(own, more) for own, more in zip(geodetic(flight.position_m), also, strict=True))
    west, east = min(HOME[0], lon.min() - 1.5), max(HOME[1], lon.max() + 2.5)
    south, north = min(HOME[2], lat.min() - 1.5), max(HOME[3], lat.max() + 1.5)
    stretch = np.cos(np.radians((south + north) / 2.0))
    wanted = shape * (north - south) / stretch
    if wanted > east - west:
        more = 0.5 * (wanted - (east - west))
        west, east = max(west - more, min(west, DRAWN[0])), min(east + more, max(east, DRAWN[1]))
    else:
        more = 0.5 * ((east - west) * stretch / shape - (north - south))
        south, north = max(south - more, min(south, DRAWN[2])), min(north + more, max(north, DRAWN[3]))
    return west, east, south, north


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
    draw_rings(axes, land, facecolors=LAND, edgecolors="none", zorder=0.5)
    axes.plot(*ground.coast_deg.T, color="#9aa7b1", lw=0.35, zorder=0.7)
    axes.plot(*ground.border_deg.T, color="#b3bcc4", lw=0.35, ls=(0, (4, 2)), zorder=0.7)
    west, east, south, north = area
    axes.set(xlim=(west, east), ylim=(south, north), aspect=1.0 / np.cos(np.radians((south + north) / 2.0)))
    step = 5.0 if max(east - west, north - south) < 40.0 else 10.0
    axes.xaxis.set_major_locator(MultipleLocator(step))
    axes.yaxis.set_major_locator(MultipleLocator(5.0 if north - south < 40.0 else 10.0))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}°E" if x <= 180.0 else f"{360.0 - x:g}°W"))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}°N"))
    axes.spines[["top", "right"]].set_visible(True)
    axes.grid(color="white", linewidth=0.45)


def draw_rings(axes: Axes, rings: Sequence[np.ndarray] | np.ndarray, **look: Any) -> PolyCollection:
    """Closed outlines on a map whose limits they leave as they are.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    rings : sequence of ndarray, each of shape (m, 2)
        Longitude and latitude, degrees.
    **look
        As for matplotlib's PolyCollection.

    Returns
    -------
    matplotlib.collections.PolyCollection
    """
    drawn = PolyCollection(list(rings), **look)
    axes.add_collection(drawn, autolim=False)
    return drawn


BROKE_UP, IN_ORBIT = message("breaks up"), message("in orbit")
BURN_OUT, APOGEE, IMPACT = message("burn-out"), message("apogee"), message("impact")
"""What happens to a flight, in English: translated where it is written."""


def milestones(flight: Flight) -> tuple[tuple[float, str], ...]:
    """What happens to a flight, s after lift-off: burn-out, apogee and impact, or that it breaks up or is in orbit."""
    if flight.broke_up:
        return ((flight.end_s, BROKE_UP),)
    if not flight.lands:
        return ((flight.burnout_s, IN_ORBIT),)
    return (flight.burnout_s, BURN_OUT), (flight.apogee_s, APOGEE), (flight.impact_s, IMPACT)


def draw_flight(axes: Axes, flight: Flight) -> None:
    """The true ground track: boost thick, a dot every minute, named every five; launch, and impact, break-up or
    insertion.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    flight : Flight
    """
    lat, lon = geodetic(flight.position_m)
    burning = flight.phase == BOOST
    axes.plot(lon, lat, color=INK, lw=0.65, zorder=3)
    axes.plot(lon[burning], lat[burning], color=BURNING, lw=1.9, zorder=3.1, solid_capstyle="butt")
    minutes = np.arange(60.0, flight.end_s, 60.0)
    at = np.searchsorted(flight.t_s, minutes)
    axes.plot(lon[at], lat[at], ".", color=INK, ms=2.2, zorder=3.2)
    _write_minutes(axes, lon[at], lat[at], float(np.hypot(lon[-1] - lon[at[-1]], lat[-1] - lat[at[-1]])))
    axes.plot(lon[0], lat[0], "^", color=INK, ms=4.4, zorder=3.3)
    _write_launch(axes, float(lon[0]), float(lat[0]))
    if flight.orbit is None:
        axes.plot(lon[-1], lat[-1], "x", color=INK, ms=4.4, mew=1.2, zorder=3.3)
        _write_end(axes, lon[-1], lat[-1], translate(IMPACT if flight.lands else BROKE_UP))
    else:
        inserted = int(np.searchsorted(flight.t_s, flight.burnout_s))
        axes.plot(lon[inserted], lat[inserted], "o", mfc="white", mec=INK, ms=3.7, mew=0.9, zorder=3.3)
        _write_end(axes, lon[inserted], lat[inserted], translate(IN_ORBIT))


def southward(axes: Axes) -> bool:
    """Whether a map is of a flight to the south: about as high as wide."""
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    return east - west < 2.0 * (north - south)


def _write_launch(axes: Axes, lon_deg: float, lat_deg: float) -> None:
    """To the left of where a flight begins, or above where there is no room."""
    west, east = axes.get_xlim()
    room_pt = (lon_deg - west) / (east - west) * 72.0 * axes.get_window_extent().width / axes.figure.dpi
    shift, side = ((-3.7, 3.7), "right") if room_pt > LAUNCH_PT else ((0.0, 5.0), "center")
    _write(axes, translate("launch"), (lon_deg, lat_deg), shift, ha=side)


def _write_end(axes: Axes, lon_deg: float, lat_deg: float, words: str) -> None:
    """To the right of where a flight ends, to the left of one to the south, or below where there is no room."""
    west, east = axes.get_xlim()
    if southward(axes):
        shift, side = (-4.4, 3.0), "right"
    elif lon_deg > east - 0.06 * (east - west):
        shift, side = (3.0, -7.4), "right"
    else:
        shift, side = (4.4, 3.0), "left"
    _write(axes, words, (lon_deg, lat_deg), shift, ha=side)


def _write_minutes(axes: Axes, lon_deg: np.ndarray, lat_deg: np.ndarray, to_impact_deg: float) -> None:
    """Name every fifth minute's dot where there is room since the launch or the last name and before the impact's."""
    west, east = axes.get_xlim()
    spacing = 0.05 * (east - west)
    steps = np.hypot(np.diff(lon_deg, prepend=lon_deg[0]), np.diff(lat_deg, prepend=lat_deg[0]))
    gone = np.cumsum(steps)
    left = gone[-1] - gone + to_impact_deg
    last = 0.0
    for k in range(4, len(gone), 5):
        if gone[k] - last > spacing and left[k] > 0.6 * spacing:
            last = gone[k]
            beside = _beside(axes, lon_deg[k - 1 : k + 1], lat_deg[k - 1 : k + 1])
            words = translate("{minutes} min").format(minutes=k + 1)
            _write(axes, words, (lon_deg[k], lat_deg[k]), beside, ha="center", color=MUTED)


def _beside(axes: Axes, lon_deg: np.ndarray, lat_deg: np.ndarray) -> tuple[float, float]:
    """Points from the end of a stretch of a line to the middle of words beside it, to the north or, of a line to the
    south, to the east: places are named on the other side of lines to the east.
    """
    shift = np.diff(axes.transData.transform(np.column_stack([lon_deg, lat_deg])), axis=0)[0]
    aside = np.array([shift[1], -shift[0]]) / max(float(np.hypot(*shift)), 1e-9)
    across = 1 if abs(shift[0]) > abs(shift[1]) else 0
    aside *= -1.0 if aside[across] < 0.0 else 1.0
    away = 3.7 + 10.3 * abs(aside[0]) + 3.0 * abs(aside[1])  # half the words' width and height
    return float(away * aside[0]), float(away * aside[1])


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
    draw_sites(axes, inside, "o", color="#8a949e", ms=1.25, zorder=2.2)
    concerned = {p.name for p, t in zip(scenario.places, arrival_s, strict=True) if np.isfinite(t)}
    by_weight = sorted(inside, key=lambda p: (p.name not in concerned, -p.population))
    written: list[tuple[float, float]] = []
    for place in by_weight[: len(concerned) + 6]:
        lon, lat = place.lon_deg % 360.0, place.lat_deg
        if len(written) < 9 and all(abs(lat - y) > 0.9 or abs(lon - x) > 6.5 for x, y in written):
            written.append((lon, lat))
            axes.plot(lon, lat, "o", color=INK, ms=1.9, zorder=4)
            # Clear of the signs of warned places.
            shift, weight = ((3.7, -5.9), "bold") if place.name in concerned else ((1.8, -1.8), "normal")
            _write(axes, place_label(place.name), (lon, lat), shift, ha="left", va="top", weight=weight)


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
    for nation, look in looks_in(scenario).items():
        how = {"color": look.color, "ms": 3.6, "mec": "white", "mew": 0.3, "zorder": 2.6}
        drawn += draw_sites(axes, nation_radars(scenario, nation), "v", **how)
        own = [s for s in scenario.sensors if not isinstance(s, BuiltIn) and s.nation == nation]
        drawn += draw_sites(axes, own, "D", **how | {"ms": 2.6}) if own else []
    return drawn


def draw_sites(axes: Axes, sites: Sequence[Place | Sensor], marker: str, **look: Any) -> list[Line2D]:
    """Draw a sign at each place or sensor.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    sites : sequence of Place, Radar or SensorModel
    marker : str
    **look
        As for matplotlib's Line2D.

    Returns
    -------
    list of matplotlib.lines.Line2D
    """
    return axes.plot([site.lon_deg % 360.0 for site in sites], [site.lat_deg for site in sites], marker, **look)


def nation_radars(scenario: Scenario, nation: str) -> tuple[Radar, ...]:
    """A nation's radars, without its satellites; none of a nation that has none."""
    return tuple(s for s in scenario.sensors if isinstance(s, Radar) and s.nation == nation)


def draw_coverage(axes: Axes, scenario: Scenario, altitude_km: float) -> list[Artist]:
    """Where each nation's cued radars find a target of 1 m^2 in every second look at a height.

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
    for nation, look in looks_in(scenario).items():
        rings = [
            np.column_stack([_eastern(ring[:, 1]), ring[:, 0]])
            for seen in footprints(nation_radars(scenario, nation), altitude_km)
            for ring in seen.rings[:1]
        ]
        if rings:
            # One path of rings that all turn the same way fills as their union, once.
            union = PathPatch(
                Outline.make_compound_path(*(Outline(ring, closed=True) for ring in rings)),
                facecolor=(look.color, 0.07),
                edgecolor=(look.color, 0.35),
                lw=0.35,
                zorder=1.2,
            )
            axes.add_artist(union)  # not as a patch: the limits are settled, and it has many corners
            drawn.append(union)
    return drawn


def _eastern(lon_deg: np.ndarray) -> np.ndarray:
    """Continuous longitudes moved to the turn that starts at the date line's west: most of them from 0 to 360."""
    return lon_deg + 360.0 * (float(np.mean(lon_deg)) < 0.0)


def _write(axes: Axes, words: str, at: tuple[float, float], shift: tuple[float, float], **look: Any) -> None:
    """Words beside a point, `shift` points away from it; left out where the point is not on the map."""
    note(axes, words, at, shift, annotation_clip=True, zorder=5, **look)
