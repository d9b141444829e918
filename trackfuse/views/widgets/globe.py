"""A globe for lofted and Pacific flights: offline, without a key, beside the map that also works without it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import numpy as np
import pymap3d
import traitlets

from trackfuse.catalog.catalog import world
from trackfuse.views.figures.map import nation_centre, predicted_regions
from trackfuse.views.figures.missile import first_missile
from trackfuse.views.style.style import BURNING, INK, MUTED, NATIONS, SEA, place_label

if TYPE_CHECKING:
    from trackfuse.simulation.run import Run
    from trackfuse.views.widgets.playback import Playback

STEP_S = 5.0
"""Between points of a line; a globe as wide as a page shows no more."""
TILT_DEG = 35.0
"""The globe is first seen from so far to the south of the flight that its height can be seen."""
DROPS = 12
"""Of so many points of the true flight, one has a line to the ground below it."""
LINES = {"JPN": (), "ROK": (6, 2), "USA": (6, 2, 1, 2)}


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
    middle = drawn[0]["points"][len(drawn[0]["points"]) // 2]
    shown = Globe(
        at_s=float(run.flight.t_s[-1]),
        centre=[middle[1], max(middle[2] - TILT_DEG, -60.0)],
        zoom=_fitting(run),
        title=f"Globe: {run.scenario.title}",
        land=[np.round(ring, 1).ravel().tolist() for ring in world()],
        lines=drawn,
        spots=spots(run),
        looks={"sea": SEA, "land": "#e6dfcf", "coast": MUTED, "missile": BURNING},
    )
    if clock is not None:
        traitlets.dlink((clock.clock, "value"), (shown, "at_s"))
    return shown


def lines(run: Run) -> list[dict[str, Any]]:
    """True flight and each nation's track, for drawing.

    Parameters
    ----------
    run : Run

    Returns
    -------
    list of dict
        points: rows of seconds after launch, longitude and latitude in degrees and height in km; color, width, dash;
        whole: drawn whatever the instant; drop: every so many points with a line to the ground, 0 for none.
    """
    flight = run.flight
    drawn = [
        {"points": _points(flight.t_s, flight.position_m), "color": INK, "width": 1.2, "dash": [], "whole": True,
         "drop": DROPS, "label": "true flight"}
    ]  # fmt: skip
    for nation, look in NATIONS.items():
        centre = nation_centre(run, nation)
        if centre is None:
            continue
        held = run.fused.status[centre] == 1
        points = _points(run.prepared.cycle_s[held], run.fused.mean[centre, held, :3])
        drawn.append({"points": points, "color": look.color, "width": 2.4, "dash": list(LINES[nation]), "whole": False,
                      "drop": 0, "label": f"{look.label}: track"})  # fmt: skip
    return drawn


def spots(run: Run) -> list[dict[str, Any]]:
    """Places on the ground: launch, impact, each nation's predicted impact, places warned.

    Parameters
    ----------
    run : Run

    Returns
    -------
    list of dict
        lat, lon (degrees), label, color, size (pixels), hollow, and from_s and until_s, between which it is shown.
    """
    flight, always = run.flight, {"from_s": 0.0, "until_s": 1e9, "hollow": False, "size": 4, "color": INK}
    lat, lon, _ = pymap3d.ecef2geodetic(*flight.position_m[0])
    found = [
        always | {"lat": float(lat), "lon": float(lon), "label": "launch"},
    ]
    if flight.lands:
        found.append(
            always | {"lat": flight.impact_lat_deg, "lon": flight.impact_lon_deg, "label": "impact", "hollow": True}
        )
    instants = np.arange(STEP_S * 4, flight.t_s[-1], STEP_S * 4)
    for at in instants:
        for nation, region in predicted_regions(run, float(at)).items():
            found.append(always | {"lat": region.lat_deg, "lon": region.lon_deg, "label": "", "size": 6, "hollow": True,
                                   "color": NATIONS[nation].color, "from_s": float(at),
                                   "until_s": float(at + 4 * STEP_S)})  # fmt: skip
    where = {place.name: place for place in run.scenario.places}
    for row in run.notices.to_dict("records"):
        if row["place"] in where:
            place = where[row["place"]]
            found.append(always | {"lat": place.lat_deg, "lon": place.lon_deg, "label": place_label(place.name),
                                   "color": NATIONS[place.nation].color, "from_s": float(row["notice_s"])})  # fmt: skip
    return found


def _points(t_s: np.ndarray, position_m: np.ndarray) -> list[list[float]]:
    """Every few seconds and the last: seconds, longitude and latitude in degrees, height in km."""
    if t_s.size == 0:
        return []
    few = np.append(np.searchsorted(t_s, np.arange(t_s[0], t_s[-1], STEP_S)), t_s.size - 1)
    lat, lon, alt = pymap3d.ecef2geodetic(*position_m[few].T)
    return np.round(np.stack([t_s[few], lon, lat, np.maximum(alt, 0.0) / 1e3], axis=1), 3).tolist()


def _fitting(run: Run) -> float:
    """Closer for short flights; farther for high ones, so that the apogee is on the sheet."""
    reach = max(run.scenario.launch.range_km, 1.3 * run.flight.apogee_km, 900.0)
    return float(np.clip(5500.0 / reach, 0.6, 4.0))
