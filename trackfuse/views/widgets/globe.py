"""A globe for lofted and Pacific flights: offline, without a key, beside the map that also works without it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import anywidget
import numpy as np
import pymap3d
import traitlets

from trackfuse.catalog.catalog import world
from trackfuse.simulation.run import Run
from trackfuse.views.figures.map import nation_centre, predicted_regions
from trackfuse.views.figures.missile import first_missile
from trackfuse.views.style.style import BURNING, INK, MUTED, SEA, Look, looks_in, place_label
from trackfuse.views.widgets.playback import Playback

STEP_S = 5.0
"""Between points of a line; a globe of a page's width cannot show more."""
TILT_DEG = 35.0
"""How far south of the flight the globe is first seen from, so that the height of the flight shows."""
DROPS = 12
"""One in this many points of the true flight has a line to the ground below it."""
DASH_PX = 1.2
"""Pixels of a dash for each point that it has in figures."""
PREDICTED_S = 4 * STEP_S
"""Between two predicted impacts."""


class Line(NamedTuple):
    """A path above the ground. `points`: rows of seconds after launch, longitude and latitude in degrees, height in km.

    `dash` is in pixels. A line drawn `always` does not end at the instant shown. One in `drop` points has a line to the
    ground; 0: none has.
    """

    points: list[list[float]]
    label: str
    color: str
    width: float = 2.4
    dash: tuple[int, ...] = ()
    always: bool = False
    drop: int = 0


class Spot(NamedTuple):
    """A place on the ground (degrees), its sign (pixels), and the seconds after launch between which it is shown."""

    lat: float
    lon: float
    label: str
    color: str = INK
    size: int = 4
    hollow: bool = False
    from_s: float = 0.0
    until_s: float = 1e9


class Globe(anywidget.AnyWidget):
    """A globe with a run's flight, tracks, predicted impacts and warned places. Shown as the last value of a cell.

    Attributes
    ----------
    at_s : float
        Instant that is shown, seconds after launch: tracks end there.
    centre : list of float
        Longitude and latitude in the middle, degrees.
    zoom : float
    """

    _esm = Path(__file__).with_name("globe.js")
    at_s = traitlets.Float(0.0).tag(sync=True)
    centre = traitlets.List([135.0, 35.0]).tag(sync=True)
    zoom = traitlets.Float(1.0).tag(sync=True)
    height = traitlets.Int(460).tag(sync=True)
    title = traitlets.Unicode("").tag(sync=True)
    land = traitlets.List([]).tag(sync=True)
    lines = traitlets.List([]).tag(sync=True)
    spots = traitlets.List([]).tag(sync=True)
    looks = traitlets.Dict({}).tag(sync=True)


def globe(run: Run, clock: Playback | None = None) -> Globe:
    """A globe of one run, turned by dragging or with the arrow keys.

    Parameters
    ----------
    run : Run
    clock : Playback, optional
        A playback whose clock the globe follows; without one the whole flight is shown.

    Returns
    -------
    Globe
        A notebook shows it when it is the last value of a cell.

    Raises
    ------
    SettingsError
        If it is not a run.
    """
    run = first_missile(run, "globe")
    drawn = lines(run)
    flown = drawn[0].points
    _, lon, lat, _ = flown[len(flown) // 2]
    shown = Globe(
        at_s=float(run.flight.t_s[-1]),
        centre=[lon, max(lat - TILT_DEG, -60.0)],
        zoom=_fitting(run),
        title=f"Globe: {run.scenario.title}",
        land=[np.round(ring, 1).ravel().tolist() for ring in world()],
        lines=[line._asdict() for line in drawn],
        spots=[spot._asdict() for spot in spots(run)],
        looks={"sea": SEA, "land": "#e6dfcf", "coast": MUTED, "missile": BURNING},
    )
    if clock is not None:
        traitlets.dlink((clock.clock, "value"), (shown, "at_s"))
    return shown


def lines(run: Run) -> list[Line]:
    """True flight and the track of each nation that has one.

    Parameters
    ----------
    run : Run

    Returns
    -------
    list of Line
        The true flight is the first.
    """
    flight = run.flight
    flown = _points(flight.t_s, flight.position_m)
    drawn = [Line(points=flown, label="true flight", color=INK, width=1.2, always=True, drop=DROPS)]
    looks = looks_in(run.scenario)
    for nation in run.scenario.nations:
        centre, look = nation_centre(run, nation), looks[nation]
        if centre is not None:
            held = run.fused.status[centre] == 1
            points = _points(run.prepared.cycle_s[held], run.fused.mean[centre, held, :3])
            drawn.append(Line(points=points, label=f"{look.label}: track", color=look.color, dash=_dash(look)))
    return drawn


def spots(run: Run) -> list[Spot]:
    """Places on the ground: launch, impact, each nation's predicted impact, places warned.

    Parameters
    ----------
    run : Run

    Returns
    -------
    list of Spot
        Predicted impacts have no label.
    """
    flight, looks = run.flight, looks_in(run.scenario)
    lat, lon, _ = pymap3d.ecef2geodetic(*flight.position_m[0])
    found = [Spot(float(lat), float(lon), "launch")]
    if flight.lands:
        found.append(Spot(flight.impact_lat_deg, flight.impact_lon_deg, "impact", hollow=True))
    for at_s in np.arange(PREDICTED_S, flight.t_s[-1], PREDICTED_S).tolist():
        span = {"from_s": at_s, "until_s": at_s + PREDICTED_S}
        for nation, region in predicted_regions(run, at_s).items():
            color = looks[nation].color
            found.append(Spot(region.lat_deg, region.lon_deg, "", color=color, size=6, hollow=True, **span))
    places = {place.name: place for place in run.scenario.places}
    for row in run.notices.to_dict("records"):
        # The first notice to a place: later ones of it are drawn nowhere, and one that never came neither.
        if row["kind"] == "place" and row["place"] in places and np.isfinite(row["notice_s"]):
            place = places[row["place"]]
            color, label = looks[place.nation].color, place_label(place.name)
            found.append(Spot(place.lat_deg, place.lon_deg, label, color=color, from_s=float(row["notice_s"])))
    return found


def _dash(look: Look) -> tuple[int, ...]:
    """Dashes and gaps of a nation's line, pixels; none of a line without gaps."""
    return () if isinstance(look.line, str) else tuple(round(DASH_PX * points) for points in look.line[1])


def _points(t_s: np.ndarray, position_m: np.ndarray) -> list[list[float]]:
    """Every few seconds and the last: seconds, longitude and latitude in degrees, height in km."""
    few = np.append(np.searchsorted(t_s, np.arange(t_s[0], t_s[-1], STEP_S)), t_s.size - 1)
    lat, lon, alt = pymap3d.ecef2geodetic(*position_m[few].T)
    return np.round(np.stack([t_s[few], lon, lat, np.maximum(alt, 0.0) / 1e3], axis=1), 3).tolist()


def _fitting(run: Run) -> float:
    """A zoom that is close for short flights, and far enough for high ones to show the apogee."""
    reach = max(run.scenario.launch.range_km, 1.3 * run.flight.apogee_km, 900.0)
    return float(np.clip(5500.0 / reach, 0.6, 4.0))
