"""A run in other formats: an animated GIF for a talk, and CZML or KML for a globe program."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pymap3d
from PIL import Image

from trackfuse.core.errors import SettingsError, check_between, unknown
from trackfuse.core.times import as_instant
from trackfuse.simulation.progress import progress
from trackfuse.simulation.run import Run
from trackfuse.views.figures.missile import first_missile
from trackfuse.views.report.folder import write_atomically
from trackfuse.views.report.template import rendered
from trackfuse.views.widgets import globe
from trackfuse.views.widgets.playback import Playback

NO_DAY = "2000-01-01T00:00Z"
"""Lift-off of a launch that has no published time: globe programs need one."""
FRAME_MS = 100
HOLD_MS = 3000
"""How long the last picture of a GIF stays."""
WIDTH = 784
"""Of a GIF, pixels."""


def export(run: Run, path: Path | str, *, speed: float = 30.0) -> Path:
    """Write a run as an animated GIF or for a globe program; returns the file.

    Parameters
    ----------
    run : Run
    path : Path or str
        Ending in .gif (the playback), .czml or .kml (flight, tracks and places with their times).
    speed : float
        Of a GIF: seconds of the launch in one second, 1 to 600.

    Returns
    -------
    Path
        The file, written completely or not at all; the same bytes for the same run.

    Raises
    ------
    SettingsError
        If it is not a run, the ending or the speed is none of these, or the file cannot be written.
    """
    target, run = Path(path), first_missile(run, "export")
    writers: dict[str, Callable[[], bytes]] = {
        ".gif": lambda: gif(run, speed=speed),
        ".czml": lambda: (json.dumps(czml(run), indent=1) + "\n").encode(),
        ".kml": lambda: kml(run),
    }
    ending = target.suffix.lower()
    if ending not in writers:
        raise SettingsError(f"export {str(target)!r}: {unknown('ending', target.suffix, writers)}")
    check_between(SettingsError, "export speed", speed, 1.0, 600.0)
    if not target.parent.is_dir():
        raise SettingsError(f"export {str(target)!r}: there is no folder {str(target.parent)!r}")
    write_atomically(target, writers[ending](), "export")
    return target


def gif(run: Run, *, speed: float = 30.0) -> bytes:
    """The playback of a run as an animated GIF.

    Parameters
    ----------
    run : Run
    speed : float
        Seconds of the launch in a second.

    Returns
    -------
    bytes
    """
    shown = Playback(run)
    last_s = shown.clock.max
    step = speed * FRAME_MS / 1e3
    instants = np.append(np.arange(0.0, last_s, step), last_s)
    frames: list[Image.Image] = []
    with progress(len(instants), "pictures") as bar:
        for at in instants:
            shown.show(float(at))
            picture = shown.live.picture()
            height = round(WIDTH * picture.height / picture.width)
            small = picture.resize((WIDTH, height), Image.Resampling.BILINEAR)
            # One palette for all: the background is then the same in every picture and is stored once.
            colors = frames[0] if frames else small.quantize(96, dither=Image.Dither.NONE)
            frames.append(small.quantize(palette=colors, dither=Image.Dither.NONE))
            bar.update()
    buffer = io.BytesIO()
    durations = [FRAME_MS] * (len(frames) - 1) + [HOLD_MS]
    frames[0].save(buffer, "gif", save_all=True, append_images=frames[1:], duration=durations, loop=0, optimize=False)
    return buffer.getvalue()


def czml(run: Run) -> list[dict[str, Any]]:
    """Flight, tracks and places with their times, as CZML packets.

    Parameters
    ----------
    run : Run

    Returns
    -------
    list of dict
        As JSON wants it: ECEF metres, seconds after the epoch, times in UTC.

    Notes
    -----
    Source: CZML Guide, Analytical Graphics (2012).
    """
    # A notice may come after the flight has ended, and the last time of a line is rounded.
    lines, spots = globe.lines(run), _named_spots(run)
    last_s = max([float(run.flight.t_s[-1]), *(line.points[-1][0] for line in lines), *(s.from_s for s in spots)])
    epoch, end = _utc(run, 0.0), _utc(run, last_s)
    span = f"{epoch}/{end}"
    clock = {"interval": span, "currentTime": epoch, "multiplier": 10, "range": "LOOP_STOP"}
    packets: list[dict[str, Any]] = [
        {"id": "document", "name": run.scenario.title, "version": "1.0", "clock": clock, "description": run.caption()}
    ]
    motion = {"epoch": epoch, "interpolationAlgorithm": "LAGRANGE", "interpolationDegree": 3, "referenceFrame": "FIXED"}
    for k, line in enumerate(lines):
        t_s, lon_deg, lat_deg, alt_km = np.array(line.points).T
        ecef_m = np.stack(pymap3d.geodetic2ecef(lat_deg, lon_deg, 1e3 * alt_km), axis=1)
        packet = _packet(f"line{k}", line, f"{_utc(run, t_s[0])}/{_utc(run, t_s[-1])}", 8)
        packet["position"] = motion | {"cartesian": np.column_stack([t_s, np.round(ecef_m, 1)]).ravel().tolist()}
        packet["path"] = {"width": 2, "leadTime": 0, "material": {"solidColor": {"color": packet["point"]["color"]}}}
        packets.append(packet)
    for k, spot in enumerate(spots):
        packet = _packet(f"place{k}", spot, f"{_utc(run, spot.from_s)}/{end}", 6)
        packet["position"] = {"cartographicDegrees": [spot.lon, spot.lat, 0.0]}
        packet["label"] = {"text": spot.label, "font": "12px sans-serif", "pixelOffset": {"cartesian2": [0, -14]}}
        packets.append(packet)
    return packets


def _packet(name: str, drawn: globe.Line | globe.Spot, available: str, pixels: int) -> dict[str, Any]:
    """What the packets of lines and of places have in common."""
    color = {"rgba": [*bytes.fromhex(drawn.color.lstrip("#")), 255]}
    point = {"pixelSize": pixels, "color": color}
    return {"id": name, "name": drawn.label, "availability": available, "point": point}


def kml(run: Run) -> bytes:
    """Flight, tracks and places with their times, as KML.

    Parameters
    ----------
    run : Run

    Returns
    -------
    bytes

    Notes
    -----
    Source: OGC KML 2.2, with the gx:Track extension. Heights are above the ellipsoid.
    """
    return rendered("run.kml.j2", run=run, lines=globe.lines(run), spots=_named_spots(run), utc=_utc).encode()


def _named_spots(run: Run) -> list[globe.Spot]:
    return [spot for spot in globe.spots(run) if spot.label]


def _utc(run: Run, at_s: float) -> str:
    """An instant of the run in UTC, to a thousandth of a second."""
    launched = as_instant(SettingsError, "launch time_utc", run.scenario.launch.time_utc or NO_DAY)
    return (launched + timedelta(seconds=at_s)).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
