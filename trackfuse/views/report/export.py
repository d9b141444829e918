"""A run for elsewhere: a moving picture for a talk, and CZML or KML for a globe program."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import numpy as np
import pymap3d
from PIL import Image

from trackfuse.core.errors import SettingsError, check_between, unknown
from trackfuse.simulation.progress import progress
from trackfuse.views.figures.missile import first_missile
from trackfuse.views.widgets import globe
from trackfuse.views.widgets.playback import Playback

if TYPE_CHECKING:
    from trackfuse.simulation.run import Run

NO_DAY = "2000-01-01T00:00Z"
"""Lift-off of a launch that has no published time: globe programs want one."""
FRAME_MS = 100
HOLD_MS = 3000
"""How long the last picture stays."""


def export(run: Run, path: Path | str, *, speed: float = 30.0) -> Path:
    """Write a run as a moving picture or for a globe program.

    Parameters
    ----------
    run : Run
    path : Path or str
        Ending in .gif (the playback), .czml or .kml (flight, tracks and places with their times).
    speed : float
        Of a moving picture: seconds of the launch in a second, 1 to 600.

    Returns
    -------
    Path
        The file, written whole or not at all; the same bytes for the same run.

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
    if target.suffix not in writers:
        raise SettingsError(f"export {str(target)!r}: {unknown('ending', target.suffix, writers)}")
    check_between(SettingsError, "export speed", speed, 1.0, 600.0)
    if not target.parent.is_dir():
        raise SettingsError(f"export {str(target)!r}: there is no folder {str(target.parent)!r}")
    content = writers[target.suffix]()
    partial = target.with_name(f".{target.name}.partial")
    try:
        partial.write_bytes(content)
        partial.replace(target)
    except OSError as wrong:
        partial.unlink(missing_ok=True)
        raise SettingsError(f"export {str(target)!r}: cannot be written: {wrong.strerror}") from None
    return target


def gif(run: Run, *, speed: float = 30.0, width: int = 784) -> bytes:
    """The playback of a run as an animated GIF.

    Parameters
    ----------
    run : Run
    speed : float
        Seconds of the launch in a second.
    width : int
        Pixels.

    Returns
    -------
    bytes
    """
    shown = Playback(run)
    step = speed * FRAME_MS / 1e3
    instants = np.append(np.arange(0.0, shown.clock.max, step), shown.clock.max)
    frames: list[Image.Image] = []
    with progress(len(instants), "pictures") as bar:
        for at in instants:
            shown.show(float(at))
            picture = shown.live.picture()
            small = picture.resize((width, round(width * picture.height / picture.width)), Image.Resampling.BILINEAR)
            # One palette for all: what stands still is the same in every picture and is stored once.
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
    CZML Guide, Analytical Graphics (2012).
    """
    epoch, end = _epoch(run), _utc(run, float(run.flight.t_s[-1]))
    span = f"{epoch}/{end}"
    clock = {"interval": span, "currentTime": epoch, "multiplier": 10, "range": "LOOP_STOP"}
    packets: list[dict[str, Any]] = [
        {"id": "document", "name": run.scenario.title, "version": "1.0", "clock": clock, "description": run.caption()}
    ]
    for k, line in enumerate(globe.lines(run)):
        seconds, lon, lat, alt_km = np.array(line["points"]).T
        ecef = np.stack(pymap3d.geodetic2ecef(lat, lon, 1e3 * alt_km), axis=1)
        flat = np.column_stack([seconds, np.round(ecef, 1)]).ravel().tolist()
        color = {"solidColor": {"color": {"rgba": _rgba(line["color"])}}}
        packets.append(
            {
                "id": f"line{k}",
                "name": line["label"],
                "availability": f"{_utc(run, seconds[0])}/{_utc(run, seconds[-1])}",
                "position": {"epoch": epoch, "interpolationAlgorithm": "LAGRANGE", "interpolationDegree": 3,
                             "referenceFrame": "FIXED", "cartesian": flat},
                "point": {"pixelSize": 8, "color": {"rgba": _rgba(line["color"])}},
                "path": {"width": 2, "leadTime": 0, "material": color},
            }
        )  # fmt: skip
    for k, spot in enumerate(_named_spots(run)):
        packets.append(
            {
                "id": f"place{k}",
                "name": spot["label"],
                "availability": f"{_utc(run, spot['from_s'])}/{end}",
                "position": {"cartographicDegrees": [spot["lon"], spot["lat"], 0.0]},
                "point": {"pixelSize": 6, "color": {"rgba": _rgba(spot["color"])}},
                "label": {"text": spot["label"], "font": "12px sans-serif", "pixelOffset": {"cartesian2": [0, -14]}},
            }
        )
    return packets


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
    OGC KML 2.2 with the gx:Track extension; heights are above the ellipsoid.
    """
    gx = "http://www.google.com/kml/ext/2.2"
    ElementTree.register_namespace("gx", gx)
    root = ElementTree.Element("kml", xmlns="http://www.opengis.net/kml/2.2")
    document = _child(root, "Document")
    _child(document, "name", run.scenario.title)
    _child(document, "description", run.caption())
    for line in globe.lines(run):
        mark = _child(document, "Placemark")
        _child(mark, "name", line["label"])
        style = _child(_child(mark, "Style"), "LineStyle")
        _child(style, "color", _abgr(line["color"]))
        _child(style, "width", "2")
        track = _child(mark, f"{{{gx}}}Track")
        _child(track, "altitudeMode", "absolute")
        for seconds, *_ in line["points"]:
            _child(track, "when", _utc(run, seconds))
        for _, lon, lat, alt_km in line["points"]:
            _child(track, f"{{{gx}}}coord", f"{lon:.5f} {lat:.5f} {1e3 * alt_km:.0f}")
    for spot in _named_spots(run):
        mark = _child(document, "Placemark")
        _child(mark, "name", spot["label"])
        _child(_child(mark, "TimeSpan"), "begin", _utc(run, spot["from_s"]))
        _child(_child(mark, "Point"), "coordinates", f"{spot['lon']:.4f},{spot['lat']:.4f},0")
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)


def _child(parent: ElementTree.Element, tag: str, text: str = "") -> ElementTree.Element:
    made = ElementTree.SubElement(parent, tag)
    made.text = text or None
    return made


def _named_spots(run: Run) -> list[dict[str, Any]]:
    return [spot for spot in globe.spots(run) if spot["label"]]


def _epoch(run: Run) -> str:
    return _utc(run, 0.0)


def _utc(run: Run, at_s: float) -> str:
    """An instant of the run in UTC, to a thousandth of a second."""
    start = datetime.fromisoformat((run.scenario.launch.time_utc or NO_DAY).replace("Z", "+00:00"))
    start = start if start.tzinfo else start.replace(tzinfo=UTC)
    return (start + timedelta(seconds=float(at_s))).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _rgba(color: str) -> list[int]:
    return [*bytes.fromhex(color.lstrip("#")), 255]


def _abgr(color: str) -> str:
    """KML writes colours as alpha, blue, green, red."""
    red, green, blue = (color.lstrip("#")[k : k + 2] for k in (0, 2, 4))
    return f"ff{blue}{green}{red}"
