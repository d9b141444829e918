"""What each nation first knew and when it gave notice, of one run: the lanes of the timeline."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trackfuse.core.language import message, translate
from trackfuse.flight import Flight
from trackfuse.simulation.figures.centre import first_track_s
from trackfuse.simulation.run import Run
from trackfuse.simulation.tables import FROM, known_by
from trackfuse.views.style.style import place_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """What one nation knew, did and said in one run.

    Parameters
    ----------
    nation : str
    known_by : str
        Its first source.
    times_s : dict of str to float
        Seconds after launch of each of EVENTS; inf if it never happened. Each is of the nation's earliest centre; the
        last two are of the place below.
    place : str
        The first of the nation's places that the missile passes over or hits, or "".
    """

    nation: str
    known_by: str
    times_s: dict[str, float]
    place: str

    @property
    def warning_time_s(self) -> float:
        """From the notice to the arrival at the place, s; not finite where either never happened."""
        notice, arrival = self.times_s["place notice"], self.times_s["arrival"]
        return arrival - notice if np.isfinite(notice) and np.isfinite(arrival) else np.nan


def lanes_of(run: Run) -> list[Lane]:
    """The lanes of a run, one for each of the scenario's nations, in their order.

    Parameters
    ----------
    run : Run

    Returns
    -------
    list of Lane
    """
    words = known_by(run, 0)
    return [_lane(run, nation, words) for nation in run.scenario.nations]


def _lane(run: Run, nation: str, words: list[str]) -> Lane:
    given, knowledge, places = run.launch_notices[0].notices, run.knowledge[0], run.scenario.places
    centres = [i for i, node in enumerate(run.scenario.nodes) if node.nation == nation]
    known, confirmed = knowledge.known_s, first_track_s(run, 0)
    first = min(centres, key=lambda i: known[i], default=None)
    there = [
        (float(given.arrival_s[p]), place.name, float(given.place_notice_s[i, p]))
        for i in centres
        for p, place in enumerate(places)
        if place.nation == nation and np.isfinite(given.arrival_s[p])
    ]
    arrival, place, notice = min(there, default=(np.inf, "", np.inf))
    times = {
        "known": known[centres],
        "cued": knowledge.cued_s[centres],
        "confirmed": confirmed[centres],
        "launch notice": given.launch_notice_s[centres],
        "place notice": notice,
        "arrival": arrival,
    }
    return Lane(
        nation=nation,
        known_by=words[first] if first is not None and np.isfinite(known[first]) else "",
        times_s={name: float(np.min(t, initial=np.inf)) for name, t in times.items()},
        place=place,
    )


def last_second(flight: Flight, runs: list[list[Lane]]) -> float:
    """Right edge of the timeline: a little after the last event, or the impact where that is not far off.

    Parameters
    ----------
    flight : Flight
    runs : list of list of Lane

    Returns
    -------
    float
        Seconds after launch.
    """
    happened = [t for run in runs for lane in run for t in lane.times_s.values() if np.isfinite(t)]
    last = max([flight.burnout_s, *happened])
    return 1.05 * (flight.impact_s if flight.impact_s < 1.6 * last else last + 30.0)


def source_words(known_by: str) -> str:
    """By what a centre first knew, for a reader: a word of `known_by` in the tables of a run."""
    what, whose = (known_by.split(FROM) + [""])[:2]
    return translate("{what} from {whose}").format(what=translate(what), whose=whose) if whose else translate(what)


_CHANGES = {
    "known": (
        message("knows {seconds} s sooner"), message("knows {seconds} s later"),
        message("knows where there was none"), message("knows lost"),
    ),
    "confirmed": (
        message("track {seconds} s sooner"), message("track {seconds} s later"),
        message("track where there was none"), message("track lost"),
    ),
    "launch notice": (
        message("notice {seconds} s sooner"), message("notice {seconds} s later"),
        message("notice where there was none"), message("notice lost"),
    ),
}  # fmt: skip
"""Event -> the words of one that is sooner, later, new and lost."""


def gain_words(better: Lane, base: Lane) -> str:
    """What the one policy gave a nation over the other, in a few words.

    Parameters
    ----------
    better, base : Lane

    Returns
    -------
    str
        Such as "track 42 s sooner" and "Aomori +40 s of warning", one a line, or "no change".
    """
    words = []
    for name in _CHANGES:
        words += _sooner(name, better.times_s[name], base.times_s[name])
    more, warned = better.warning_time_s - base.warning_time_s, np.isfinite(better.warning_time_s)
    place = place_name(better.place)
    if abs(more) >= 0.5:
        words.append(translate("{place} {seconds} s of warning").format(place=place, seconds=f"{more:+.0f}"))
    elif warned != np.isfinite(base.warning_time_s):
        said = translate("{place} warned, before not") if warned else translate("{place} not warned, before yes")
        words.append(said.format(place=place))
    return "\n".join(words) or translate("no change")


def _sooner(name: str, better_s: float, base_s: float) -> list[str]:
    sooner, later, new, lost = _CHANGES[name]
    if np.isfinite(better_s) != np.isfinite(base_s):
        return [translate(new if np.isfinite(better_s) else lost)]
    if not np.isfinite(base_s) or abs(base_s - better_s) < 0.5:
        return []
    return [translate(sooner if better_s < base_s else later).format(seconds=f"{abs(base_s - better_s):.0f}")]
