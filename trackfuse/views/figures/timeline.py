"""The timeline: one lane a nation, from its first knowledge to its notices, beside what really happened."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_rgba
from matplotlib.markers import MarkerStyle
from matplotlib.path import Path
from matplotlib.ticker import FuncFormatter, MultipleLocator
from matplotlib.transforms import IdentityTransform

from trackfuse.core.language import message, translate
from trackfuse.simulation.run import Run
from trackfuse.views.figures.basemap import milestones
from trackfuse.views.figures.timeline_rows import Lane, gain_words, source_words
from trackfuse.views.style.axes import lanes, note, note_right, sheet_of, sign
from trackfuse.views.style.fonts import filled
from trackfuse.views.style.style import BURNING, FAINT, INK, MUTED, nation_looks, place_label

EVENTS = {
    "known": (message("first knowledge"), "D"),
    "cued": (message("radars cued"), ">"),
    "confirmed": (message("first track, own or reported"), "o"),
    "launch notice": (message("launch notice"), "s"),
    "place notice": (message("place warned"), "*"),
    "arrival": (message("missile over the place"), "x"),
}
"""Event -> its words and its sign."""


def draw_frame(axes: Axes, run: Run, until_s: float) -> None:
    """Axis in minutes and seconds, the lanes' names, and what the missile did.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    run : Run
    until_s : float
        Right edge, s after launch.
    """
    step = next(s for s in (30.0, 60.0, 120.0, 300.0, 600.0) if until_s / s <= 12 or s == 600.0)
    flight, names = run.flight, [look.label for look in nation_looks(run.scenario.nations).values()]
    lanes(axes, names, above=0.95, below=0.55, spine=False)
    axes.set_yticks([-0.6, *range(len(names))], [translate("Missile"), *names])
    axes.set(xlim=(0.0, until_s), xlabel=translate("time after launch (s, and min:s)"))
    axes.xaxis.set_major_locator(MultipleLocator(step))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda t, _: f"{t:.0f}\n{int(t) // 60}:{int(t) % 60:02d}"))
    later = flight.lands and flight.impact_s > until_s
    beyond = translate("impact at {seconds} s →").format(seconds=f"{flight.impact_s:.0f}") if later else ""
    over_s = min(flight.over_s, until_s)
    marked = [
        (when, words) for when, words in milestones(flight) if words not in ("burn-out", "in orbit") and when <= until_s
    ]
    ends = [flight.burnout_s, *(when for when, _ in marked if flight.burnout_s < when < over_s), over_s]
    begin, end = max(pairwise(ends), key=lambda part: part[1] - part[0])  # no mark crosses the words there
    within = beyond and end - begin > 0.3 * until_s
    coasts = translate("coasts, {what}").format(what=beyond) if within else translate("coasts")
    after = coasts if flight.orbit is None else translate("in orbit")
    phases = (
        (0.0, flight.burnout_s, (0.0, min(flight.burnout_s, until_s)), BURNING, translate("engine burns")),
        (flight.burnout_s, over_s, (begin, end), "#8a949e", after),
    )
    for left, right, (begin, end), color, words in phases:
        axes.barh(-0.6, right - left, left=left, height=0.2, color=color, zorder=2)
        if end - begin > 0.12 * until_s:
            middle = 0.5 * (begin + end)
            axes.text(middle, -0.6, words, color="white", ha="center", va="center", fontsize=5.2, zorder=3)
    for when, words in marked:
        note(axes, translate(words), (when, -0.7), (0, 1.5), ha="center", va="bottom")
        axes.plot([when, when], [-0.7, -0.5], color=INK, lw=0.9, zorder=3)
    if beyond and not within:
        note(axes, beyond, (until_s, -0.7), (0, 1.5), ha="right", va="bottom")


def draw_lanes(axes: Axes, run: list[Lane], *, rise: float = 0.0, faint: bool = False) -> list[Artist]:
    """The events of every nation on its lane.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    run : list of Lane
    rise : float
        How far above the middle of its lane a policy is drawn, in lanes.
    faint : bool
        Hollow signs: the policy compared against.

    Returns
    -------
    list of Artist
        What was added.
    """
    drawn: list[Artist] = []
    bars: list[_Bar] = []
    signs: list[_Sign] = []
    looks = nation_looks(lane.nation for lane in run)
    for row, lane in enumerate(run):
        y, color = row - rise, looks[lane.nation].color
        times = {name: t for name, t in lane.times_s.items() if np.isfinite(t)}
        if not times.keys() - {"arrival"}:
            at_left = {"color": MUTED, "xycoords": axes.get_yaxis_transform()}
            drawn.append(note(axes, translate("never learns of the launch"), (0.01, y), (0.0, 0.0), **at_left))
            continue
        bars.append((min(times.values()), max(times.values()), y, to_rgba(color, 0.45 if faint else 0.9), 0.65))
        if np.isfinite(lane.warning_time_s):
            bars.append(_warning(lane, y, color, faint=faint))
            drawn += _write_warning(axes, lane, y, above=rise >= 0.0)
        signs += [(name, t, y, color) for name, t in times.items()]
        drawn += _write_times(axes, times, y, above=rise >= 0.0)
    return [*drawn, _draw_bars(axes, bars), _draw_signs(axes, signs, faint=faint)] if signs else drawn


_Bar = tuple[float, float, float, tuple[float, float, float, float], float]
"""Begin and end, s; lane; colour; width in points."""
_Sign = tuple[str, float, float, str]
"""Event, its second, lane and colour."""


def _warning(lane: Lane, y: float, color: str, *, faint: bool) -> _Bar:
    """From the notice to the arrival, red where the missile was there first."""
    notice, arrival = lane.times_s["place notice"], lane.times_s["arrival"]
    return notice, arrival, y, to_rgba(color if notice <= arrival else BURNING, 0.22 if faint else 0.5), 3.7


def _write_warning(axes: Axes, lane: Lane, y: float, *, above: bool) -> list[Artist]:
    """The place and the time, if there is room between the seconds at either end."""
    notice, arrival = lane.times_s["place notice"], lane.times_s["arrival"]
    begin, end = axes.get_xlim()
    said = translate("{place}: {seconds} s of warning").format(
        place=place_label(lane.place), seconds=f"{lane.warning_time_s:.0f}"
    )
    long_points = 72.0 * axes.bbox.width / sheet_of(axes).dpi * abs(arrival - notice) / (end - begin)
    if long_points < 2.5 * len(said) + 19.0:
        return []
    return [_beside(axes, said, 0.5 * (notice + arrival), y, above)]


def _beside(axes: Axes, words: str, t: float, y: float, above: bool) -> Artist:
    """Words above or below a lane."""
    shift, va = ((0.0, 3.7), "bottom") if above else ((0.0, -3.7), "top")
    return note(axes, words, (t, y), shift, ha="center", va=va, fontsize=5.0)


def _draw_bars(axes: Axes, bars: list[_Bar]) -> Artist:
    """The bars of all lanes: one artist, which is made and drawn several times as fast as one for each."""
    drawn = LineCollection(
        [((begin, y), (end, y)) for begin, end, y, _, _ in bars],
        colors=[color for *_, color, _ in bars],
        linewidths=[width for *_, width in bars],
        capstyle="butt",
        zorder=2.0,
    )
    return axes.add_collection(drawn, autolim=False)


def _draw_signs(axes: Axes, signs: list[_Sign], *, faint: bool) -> Artist:
    """The signs of all lanes, as one artist too."""
    colors = [color for *_, color in signs]
    drawn = PathCollection(
        [_outline(EVENTS[name][1]) for name, *_ in signs],
        sizes=[_size(name) ** 2 for name, *_ in signs],
        offsets=[(t, y) for _, t, y, _ in signs],
        offset_transform=axes.transData,
        facecolors="white" if faint else colors,
        edgecolors=colors,
        linewidths=0.8,
        zorder=4,
    )
    drawn.set_transform(IdentityTransform())
    return axes.add_collection(drawn, autolim=False)


@lru_cache
def _outline(sign: str) -> Path:
    look = MarkerStyle(sign)
    return look.get_path().transformed(look.get_transform())


def _size(name: str) -> float:
    return {"place notice": 6.6, "arrival": 4.8, "known": 3.7}.get(name, 4.1)


def _write_times(axes: Axes, times: dict[str, float], y: float, *, above: bool) -> list[Artist]:
    """Seconds beside the signs, left out where two would touch; the cue is the least telling and gives way first."""
    begin, end = axes.get_xlim()
    room = 0.14 * sheet_of(axes).dpi / axes.bbox.width * (end - begin)  # as wide as three digits
    written: list[float] = []
    drawn: list[Artist] = []
    for name in ("known", "place notice", "confirmed", "launch notice", "arrival", "cued"):
        if name in times and all(abs(times[name] - other) > room for other in written):
            written.append(times[name])
            drawn.append(_beside(axes, f"{times[name]:.0f}", times[name], y, above))
    return drawn


def write_sources(axes: Axes, run: list[Lane]) -> list[Artist]:
    """Write below each nation's name its first source.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    run : list of Lane

    Returns
    -------
    list of Artist
        What was added.
    """
    small = {"ha": "right", "va": "top", "fontsize": 5.0, "color": MUTED, "xycoords": axes.get_yaxis_transform()}
    return [
        note(axes, _first(lane), (0.0, row), (-3.7, -5.9), **small)
        for row, lane in enumerate(run)
    ]


def _first(lane: Lane) -> str:
    return filled(translate("first: {source}").format(source=source_words(lane.known_by or "never")), 26)


def write_gains(axes: Axes, run: list[Lane], base: list[Lane]) -> list[Artist]:
    """On the right, what the policy gave each nation over the one compared against.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    run, base : list of Lane

    Returns
    -------
    list of Artist
        What was added.
    """
    return [
        note_right(axes, gain_words(lane, other), row, fontsize=5.3)
        for row, (lane, other) in enumerate(zip(run, base, strict=True))
    ]


def signs() -> list[Artist]:
    """The signs of the timeline with their words, for a legend.

    Returns
    -------
    list of Artist
    """
    events = [sign(translate(words), marker, color=MUTED, ms=_size(name)) for name, (words, marker) in EVENTS.items()]
    return [*events, sign(translate("warning time there (red: too late)"), color=FAINT, lw=3.7, solid_capstyle="butt")]
