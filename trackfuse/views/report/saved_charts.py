"""The time line and the error curves of a saved page, in the page's own units."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from trackfuse.core.language import message, translate
from trackfuse.simulation.run import Run
from trackfuse.views.figures.accuracy import LIMITS_M, Curves
from trackfuse.views.figures.event_words import event_words, minutes
from trackfuse.views.figures.timeline_rows import Lane
from trackfuse.views.style.style import nation_looks, place_label

LEFT, RIGHT, WIDTH = 104.0, 12.0, 640.0
"""Room for names at the left and for half a label at the right, and the whole width, in units of the page."""
TOP, LANE, BOTTOM = 38.0, 58.0, 24.0
CURVES_HEIGHT = 210.0
RISE = 11.0
"""How far above or below the middle of a lane a policy is drawn."""
ROOM = 27.0
"""Between the middles of two times that are written."""
WARNED = message("{place}, {policy}: {seconds} s of warning")
CURVE = message("{nation}, {policy}: true error of the position")
_ORDER = ("known", "place notice", "confirmed", "launch notice", "arrival", "cued")
"""Which time is written where there is no room for all."""


class Sign(NamedTuple):
    """An event on a lane. `kind` is a key of EVENTS without spaces; `words` its seconds, "" where there is no room."""

    x: float
    y: float
    kind: str
    title: str
    words: str


class Bar(NamedTuple):
    """A stretch of a lane: from a nation's first to its last event, or of warning time, too late or not."""

    x: float
    width: float
    y: float
    kind: str
    title: str


class Row(NamedTuple):
    """One nation under one policy. `nation` is its index; of the policy compared against, signs are `hollow`."""

    nation: int
    hollow: bool
    y: float
    bars: list[Bar]
    signs: list[Sign]
    never: bool


class Axis(NamedTuple):
    """The axis of time: from launch to `until_s`, with the ticks' places and words."""

    until_s: float
    ticks: list[tuple[float, str]]

    def x(self, at_s: float) -> float:
        """From the left, of seconds after launch."""
        return round(LEFT + (WIDTH - LEFT - RIGHT) * at_s / self.until_s, 1)


def axis(until_s: float) -> Axis:
    """The axis of time up to an instant."""
    step = next(s for s in (30.0, 60.0, 120.0, 300.0, 600.0, 1200.0) if until_s / s <= 10 or s == 1200.0)
    plain = Axis(until_s, [])
    return plain._replace(ticks=[(plain.x(at), minutes(at)) for at in np.arange(0.0, until_s + 0.1, step)])


def rows(run: Run, time: Axis, under: list[tuple[str, list[Lane]]]) -> list[Row]:
    """The lanes of one policy or two.

    Parameters
    ----------
    run : Run
    time : Axis
    under : list of (str, list of Lane)
        Label and lanes of the policy, and of the one compared against.

    Returns
    -------
    list of Row
    """
    looks = list(nation_looks(run.scenario.nations).values())
    found = []
    above = [lane.times_s for lane in under[0][1]]
    for hollow, (policy, lanes) in enumerate(under):
        shift = 0.0 if len(under) == 1 else (RISE if hollow else -RISE)
        for k, (lane, look) in enumerate(zip(lanes, looks, strict=True)):
            y = TOP + LANE * (k + 0.5) + shift
            row = _row(lane, look.label, policy, time, k, y)
            found.append(_without_repeats(row, lane, above[k]) if hollow else row)
    return found


def _row(lane: Lane, nation: str, policy: str, time: Axis, k: int, y: float) -> Row:
    times = {name: at for name, at in lane.times_s.items() if np.isfinite(at)}
    if not times.keys() - {"arrival"}:
        return Row(k, False, y, [], [], True)
    bars = [_bar(min(times.values()), max(times.values()), y, "span", "", time)]
    if np.isfinite(lane.warning_time_s):
        notice, arrival = times["place notice"], times["arrival"]
        seconds = f"{lane.warning_time_s:.0f}"
        title = translate(WARNED).format(seconds=seconds, policy=policy, place=place_label(lane.place))
        bars.append(_bar(notice, arrival, y, "warning" if notice <= arrival else "late", title, time))
    written: list[float] = []
    signs = []
    for name in _ORDER:
        if name in times:
            x = time.x(times[name])
            room = all(abs(x - other) > ROOM for other in written)
            written += [x] if room else []
            signs.append(Sign(x, y, name.replace(" ", "-"), event_words(name, lane, nation, policy),
                              f"{times[name]:.0f}" if room else ""))  # fmt: skip
    return Row(k, False, y, bars, signs, False)


def _without_repeats(row: Row, lane: Lane, above: dict[str, float]) -> Row:
    """The row of the policy compared against: times that are written above it already are left out."""
    same = {name.replace(" ", "-") for name, at in lane.times_s.items() if f"{at:.0f}" == f"{above[name]:.0f}"}
    return row._replace(hollow=True, signs=[s._replace(words="") if s.kind in same else s for s in row.signs])


def _bar(begin_s: float, end_s: float, y: float, kind: str, title: str, time: Axis) -> Bar:
    x, end = sorted((time.x(begin_s), time.x(end_s)))
    return Bar(x, round(end - x, 1), y, kind, title)


class Curve(NamedTuple):
    """One line of the error curves: outline, index of the nation, class for the style sheet, and what it is."""

    d: str
    nation: int
    kind: str
    title: str


def errors(run: Run, time: Axis, under: list[tuple[str, dict[str, Curves]]]) -> list[Curve]:
    """True errors of each nation's track under one policy or two.

    Parameters
    ----------
    run : Run
    time : Axis
    under : list of (str, dict of str to Curves)
        Label and curves of the policy, and of the one compared against.

    Returns
    -------
    list of Curve
        The policy compared against first, so that the other is drawn over it.
    """
    looks = nation_looks(run.scenario.nations)
    order = {nation: k for k, nation in enumerate(looks)}
    found = []
    for hollow, (policy, curves) in reversed(list(enumerate(under))):
        for nation, each in curves.items():
            title = translate(CURVE).format(nation=looks[nation].label, policy=policy)
            kind = "compared" if hollow else "own"
            found.append(Curve(_line(time, each.t_s, each.error_m), order[nation], kind, title))
    return found


def error_y(error_m: np.ndarray | float) -> np.ndarray:
    """From the top, in units of the page, of a position error (m) on a logarithmic scale, both of shape (n,).

    What is off the scale is at its edge.
    """
    low, high = np.log10(LIMITS_M)
    share = (np.log10(np.clip(error_m, *LIMITS_M)) - low) / (high - low)
    return np.round((CURVES_HEIGHT - BOTTOM) - (CURVES_HEIGHT - BOTTOM - 8.0) * share, 1)


def error_ticks() -> list[tuple[float, str]]:
    """Places and words of the ticks of the position error."""
    ticks = [(1.0, "1 m"), (10.0, "10 m"), (100.0, "100 m"), (1e3, "1 km"), (1e4, "10 km")]
    return [(float(error_y(at)), words) for at, words in ticks]


def _line(time: Axis, t_s: np.ndarray, error_m: np.ndarray) -> str:
    words, drawing = [], False
    for t, y, there in zip(t_s.tolist(), error_y(error_m).tolist(), np.isfinite(error_m), strict=True):
        there = bool(there) and t <= time.until_s
        if there:
            words.append(f"{'L' if drawing else 'M'}{time.x(t):g} {y:g}")
        drawing = there
    return "".join(words)
