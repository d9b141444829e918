"""The map of a saved page in the page's own units: what stands still as outlines and marks, what moves as numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from trackfuse.catalog.catalog import basemap
from trackfuse.core.language import translate
from trackfuse.flight import BOOST, PHASES, state_at
from trackfuse.sensing import Infrared
from trackfuse.simulation.run import Run
from trackfuse.views.figures.basemap import APOGEE, BURN_OUT, extent, milestones
from trackfuse.views.figures.event_words import minutes, place_words, sensor_words
from trackfuse.views.figures.map import ENLARGED, LARGEST_KM, Region, nation_centre, regions_at_each
from trackfuse.views.style.ellipse import KM_PER_DEG, SIGMAS_95, geodetic, ground_axes
from trackfuse.views.style.style import looks_in, place_label

WIDTH, SHAPE = 640.0, 1.5
"""Width of the map in its own units, about pixels of a screen of 1280; width over height that is aimed at."""
NAMED_PLACES = 9


class Sheet(NamedTuple):
    """Where longitude and latitude are on the page: plate carree, true in the middle of the map."""

    west: float
    north: float
    per_lon: float
    per_lat: float
    height: float

    def x(self, lon_deg: Any) -> Any:
        """From the left, of degrees east that run on past 180."""
        return (np.asarray(lon_deg) - self.west) * self.per_lon

    def y(self, lat_deg: Any) -> Any:
        """From the top, of degrees north."""
        return (self.north - np.asarray(lat_deg)) * self.per_lat


class Mark(NamedTuple):
    """A sign on the map: its place, class for the style sheet, words beside it ("" for none), and what a pointer sees.

    `nation` is the index of the nation whose colour it has, -1 for none.
    """

    x: float
    y: float
    kind: str
    title: str
    words: str = ""
    nation: int = -1


def sheet_of(run: Run) -> Sheet:
    """The part of the world that the map of a run shows."""
    west, east, south, north = extent(run.flight, SHAPE)
    per_lon = WIDTH / (east - west)
    per_lat = per_lon / np.cos(np.radians(0.5 * (south + north)))
    return Sheet(west, north, per_lon, float(per_lat), float((north - south) * per_lat))


def path(sheet: Sheet, lon_deg: np.ndarray, lat_deg: np.ndarray, *, close: bool = False) -> str:
    """Outline for the page through points of shape (n,): moves, lines, and nan for a gap.

    A tenth of a unit of the page is enough for the eye. Longitudes and latitudes are in degrees.
    """
    return "".join(_steps(sheet, lon_deg, lat_deg)) + ("Z" if close else "")


def _steps(sheet: Sheet, lon_deg: np.ndarray, lat_deg: np.ndarray) -> list[str]:
    """The outline point by point, "" for a gap."""
    steps, drawing = [], False
    for x, y in zip(sheet.x(lon_deg).tolist(), sheet.y(lat_deg).tolist(), strict=True):
        there = x == x and y == y  # nan is not itself
        steps.append(f"{'L' if drawing else 'M'}{x:.1f} {y:.1f}" if there else "")
        drawing = there
    return steps


def ground(sheet: Sheet) -> dict[str, str]:
    """Land, coast and borders as outlines."""
    world = basemap()
    rings = [ring for rings in world.countries_deg.values() for ring in rings]
    return {
        "land": "".join(path(sheet, *ring.T, close=True) for ring in rings if _touches(sheet, ring)),
        "coast": path(sheet, *world.coast_deg.T),
        "border": path(sheet, *world.border_deg.T),
    }


def _touches(sheet: Sheet, ring: np.ndarray) -> bool:
    x, y = sheet.x(ring[:, 0]), sheet.y(ring[:, 1])
    return bool(x.max() > 0.0 and x.min() < WIDTH and y.max() > 0.0 and y.min() < sheet.height)


def degrees(sheet: Sheet) -> tuple[list[tuple[float, str]], list[tuple[float, str]]]:
    """Lines of longitude and of latitude: where, and their words."""
    step = 5.0 if WIDTH / sheet.per_lon < 40.0 else 10.0
    lon = np.arange(np.ceil(sheet.west / step) * step, sheet.west + WIDTH / sheet.per_lon, step)
    south = sheet.north - sheet.height / sheet.per_lat
    lat = np.arange(np.ceil(south / step) * step, sheet.north, step)
    return (
        [(float(sheet.x(at)), f"{at:g}°E" if at <= 180.0 else f"{360.0 - at:g}°W") for at in lon],
        [(float(sheet.y(at)), f"{at:g}°N") for at in lat],
    )


def flown(sheet: Sheet, run: Run) -> dict[str, str]:
    """The true ground track, and the part of it with the engine burning."""
    flight = run.flight
    lat, lon = geodetic(flight.position_m)
    few = np.unique(np.append(np.arange(0, lat.size, max(1, lat.size // 600)), lat.size - 1))
    burning = np.where(flight.phase == BOOST, 1.0, np.nan)
    return {"flight": path(sheet, lon[few], lat[few]), "boost": path(sheet, lon * burning, lat)}


def marks(sheet: Sheet, run: Run) -> list[Mark]:
    """Signs that stand still: radars, places, minutes of the flight, launch and what ends it."""
    looks = looks_in(run.scenario)
    order = {nation: k for k, nation in enumerate(looks)}
    found: list[Mark] = []
    for sensor, there in zip(run.scenario.sensors, run.present, strict=True):
        if not isinstance(sensor, Infrared):
            words = sensor_words(sensor, looks[sensor.nation].label, there=bool(there))
            kind = "sensor" if there else "absent sensor"
            found.append(_at(sheet, sensor.lat_deg, sensor.lon_deg, kind, words, nation=order[sensor.nation]))
    flight = run.flight
    for minute in range(1, int(flight.end_s // 60.0) + 1):
        words = translate("{minutes} min").format(minutes=minute) if minute % 5 == 0 else ""
        found.append(_flying(sheet, run, 60.0 * minute, "minute", minutes(60.0 * minute), words))
    found.append(_flying(sheet, run, 0.0, "launch", translate("launch"), translate("launch")))
    for at_s, words in milestones(flight):
        if words not in (BURN_OUT, APOGEE):
            said = translate(words)
            found.append(_flying(sheet, run, at_s, "end", f"{said}, {minutes(at_s)}", said))
    return _thinned(found, 46.0)


def _flying(sheet: Sheet, run: Run, at_s: float, kind: str, title: str, words: str) -> Mark:
    lat, lon = geodetic(state_at(run.flight, np.array([at_s]))[:, :3])
    return _at(sheet, float(lat[0]), float(lon[0]), kind, title, words)


def _at(
    sheet: Sheet, lat_deg: float, lon_deg: float, kind: str, title: str, words: str = "", *, nation: int = -1
) -> Mark:
    x, y = float(sheet.x(lon_deg % 360.0)), float(sheet.y(lat_deg))
    return Mark(round(x, 1), round(y, 1), kind, title, words, nation)


def _thinned(found: list[Mark], spacing: float) -> list[Mark]:
    """The same marks; of minutes only those names are kept that have room."""
    taken = [(mark.x, mark.y) for mark in found if mark.kind in ("launch", "end")]
    kept = []
    for mark in found:
        if mark.kind == "minute" and mark.words:
            if any(abs(mark.x - x) < spacing and abs(mark.y - y) < 14.0 for x, y in taken):
                mark = mark._replace(words="")
            else:
                taken.append((mark.x, mark.y))
        kept.append(mark)
    return kept


def places(sheet: Sheet, run: Run) -> list[Mark]:
    """Every place that is on the map; named are those that the missile passes or hits, and capitals with room."""
    arrival = dict(zip((p.name for p in run.scenario.places), run.prepared.arrival_s[0].tolist(), strict=True))
    ordered = sorted(run.scenario.places, key=lambda p: (not np.isfinite(arrival[p.name]), -p.population))
    concerned = sum(np.isfinite(at) for at in arrival.values())
    written: list[tuple[float, float]] = []
    found = []
    for k, place in enumerate(ordered):
        reached = bool(np.isfinite(arrival[place.name]))
        label, kind = place_label(place.name), "reached place" if reached else "place"
        mark = _at(sheet, place.lat_deg, place.lon_deg, kind, place_words(place, arrival[place.name]))
        if not (0.0 <= mark.x <= WIDTH and 0.0 <= mark.y <= sheet.height):
            continue
        free = all(abs(mark.x - x) > 92.0 or abs(mark.y - y) > 15.0 for x, y in written)
        if k < concerned + 6 and len(written) < NAMED_PLACES and free:
            written.append((mark.x, mark.y))
            mark = mark._replace(words=label)
        found.append(mark)
    return found


def moving(sheet: Sheet, run: Run, instants_s: list[float]) -> dict[str, Any]:
    """What moves, as numbers for the page's script.

    Parameters
    ----------
    sheet : Sheet
    run : Run
    instants_s : list of float
        At which something changes, seconds after launch.

    Returns
    -------
    dict
        `missile`: its place at every whole second. `phase`: index into `phases` from a second on. `nations`: of each
        nation `track` (outline), `upto` (letters of it by each instant), `ellipse` and `region` (a circle's transform
        at each instant, or 0). `warned`: by place its notice and its time of arrival.
    """
    flight = run.flight
    seconds = np.arange(0.0, np.ceil(flight.t_s[-1]) + 1.0)
    lat, lon = geodetic(state_at(flight, np.minimum(seconds, flight.t_s[-1]))[:, :3])
    spots = np.round(np.stack([sheet.x(lon), sheet.y(lat)], axis=1), 1)
    phase = flight.phase[np.searchsorted(flight.t_s, np.minimum(seconds, flight.t_s[-1]), side="right") - 1]
    regions = regions_at_each(run, instants_s)
    notice = run.launch_notices[0].notices.place_notice_s.min(axis=0, initial=np.inf)
    warned = {
        place_label(place.name): [round(float(sheet.x(place.lon_deg % 360.0)), 1),
                                  round(float(sheet.y(place.lat_deg)), 1), _or_none(given), float(arrival)]
        for place, arrival, given in zip(run.scenario.places, run.prepared.arrival_s[0], notice, strict=True)
        if np.isfinite(arrival)
    }  # fmt: skip
    return {
        "missile": spots.ravel().tolist(),
        "phase": [int(k) for k in phase],
        "phases": [translate(phase) for phase in PHASES],
        "nations": [
            _moving(sheet, run, nation, instants_s, [each.get(nation) for each in regions])
            for nation in run.scenario.nations
        ],
        "warned": warned,
    }


def _or_none(value: float) -> float | None:
    return round(float(value), 1) if np.isfinite(value) else None


def _moving(
    sheet: Sheet, run: Run, nation: str, instants_s: list[float], regions: Iterable[Region | None]
) -> dict[str, Any]:
    centre, cycle_s = nation_centre(run, nation), run.prepared.cycle_s
    shown = [_circle(sheet, region) for region in regions]
    if centre is None:
        return {"track": "", "upto": [0] * len(instants_s), "ellipse": [0] * len(instants_s), "region": shown}
    held = run.fused.status[centre] == 1
    lat, lon = (np.full(held.size, np.nan) for _ in range(2))
    lat[held], lon[held] = geodetic(run.fused.mean[centre, held, :3])
    steps = _steps(sheet, lon, lat)
    ends = np.cumsum([len(step) for step in steps]).tolist()
    cycles = np.searchsorted(cycle_s, instants_s, side="right") - 1
    axes: dict[int, Region] = {}
    numbers = np.flatnonzero(held)
    for k, major, minor, turn in zip(numbers, *ground_axes(run.fused, centre, numbers), strict=True):
        large, small = ENLARGED * SIGMAS_95 * major, ENLARGED * SIGMAS_95 * minor
        if large <= LARGEST_KM:
            at = {"lat_deg": float(lat[k]), "lon_deg": float(lon[k]), "orientation_deg": float(turn)}
            axes[int(k)] = Region(major_km=float(large), minor_km=float(small), **at)
    return {
        "track": "".join(steps),
        "upto": [ends[k] if k >= 0 else 0 for k in cycles],
        "ellipse": [_circle(sheet, axes.get(int(k))) for k in cycles],
        "region": shown,
    }


def _circle(sheet: Sheet, region: Region | None) -> list[float] | int:
    """The transform that makes a unit circle the outline of a region; 0 of none."""
    if region is None:
        return 0
    turn = np.radians(region.orientation_deg)
    east = sheet.per_lon / (KM_PER_DEG * np.cos(np.radians(region.lat_deg)))
    north = sheet.per_lat / KM_PER_DEG
    along = region.major_km * east * np.sin(turn), -region.major_km * north * np.cos(turn)
    across = region.minor_km * east * np.cos(turn), region.minor_km * north * np.sin(turn)
    return np.round([*along, *across, sheet.x(region.lon_deg), sheet.y(region.lat_deg)], 2).tolist()
