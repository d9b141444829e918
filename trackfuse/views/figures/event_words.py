"""What a pointer sees on a sensor, a place or an event of the time line: its name, whose it is, and when."""

from __future__ import annotations

import numpy as np

from trackfuse.core.language import message, translate
from trackfuse.earth import Place
from trackfuse.sensing.sensor import Sensor
from trackfuse.views.figures.timeline import EVENTS
from trackfuse.views.figures.timeline_rows import Lane, source_words
from trackfuse.views.style.style import place_label

SENSOR = message("{name}, {nation}")
ABSENT = message("{name}, {nation}: not there in this run")
REACHED = message("{place}: the missile is there {time} after launch")
EVENT = message("{nation}, {policy}: {event} {time} after launch ({seconds} s)")
FIRST = message("{nation}, {policy}: first knowledge {time} after launch ({seconds} s), from: {source}")
AT_PLACE = message("{place}, {policy}: {event} {time} after launch ({seconds} s)")


def minutes(at_s: float) -> str:
    """An instant in minutes and seconds, such as "4:05"."""
    return f"{int(at_s) // 60}:{int(at_s) % 60:02d}"


def sensor_words(sensor: Sensor, nation: str, *, there: bool) -> str:
    """A sensor's name, the nation as a reader knows it, and whether it takes no part in the run."""
    return translate(SENSOR if there else ABSENT).format(name=sensor.name, nation=nation)


def place_words(place: Place, arrival_s: float) -> str:
    """A place's name, and when the missile is there; `arrival_s` is nan where it never is."""
    label = place_label(place.name)
    return translate(REACHED).format(place=label, time=minutes(arrival_s)) if np.isfinite(arrival_s) else label


def event_words(name: str, lane: Lane, nation: str, policy: str) -> str:
    """An event of a lane in words.

    Parameters
    ----------
    name : str
        One of EVENTS that has happened.
    lane : Lane
    nation, policy : str
        As a reader knows them.

    Returns
    -------
    str
    """
    at_s = lane.times_s[name]
    template = {"known": FIRST, "place notice": AT_PLACE, "arrival": AT_PLACE}.get(name, EVENT)
    words, source = translate(EVENTS[name][0]), source_words(lane.known_by)
    when = {"time": minutes(at_s), "seconds": f"{at_s:.0f}", "event": words, "source": source}
    return translate(template).format(nation=nation, policy=policy, place=place_label(lane.place), **when)
