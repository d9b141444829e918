"""What a pointer sees on the explorer's picture: transparent signs over it, each with sensor, place, time or value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any, NamedTuple, Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from trackfuse.core.language import message, translate
from trackfuse.sensing import Infrared
from trackfuse.simulation.run import Run
from trackfuse.views.figures.accuracy import Curves
from trackfuse.views.figures.event_words import event_words, minutes, place_words, sensor_words
from trackfuse.views.figures.map import predicted_regions
from trackfuse.views.figures.timeline_rows import Lane
from trackfuse.views.style.style import looks_in, nation_looks, policy_label

RISE = 0.14
"""How far above and below the middle of its lane a policy is drawn, in lanes."""
STRIPS = 60
"""Of the error curves; each says the errors in its middle."""
IMPACT = message("{nation}, {policy}: predicted impact {time} after launch, 95 % region ± {major} by {minor} km")
ERRORS = message("Position error {time} after launch. {errors}")
ERROR = message("{nation}: {error}")


class Drawn(Protocol):
    """A run with what is drawn of it."""

    run: Run
    lanes: list[Lane]
    curves: dict[str, Curves]


class Spot(NamedTuple):
    """A transparent disc: its middle from the left and from the top, radius, pixels of the picture, and its words."""

    x: float
    y: float
    radius: float
    words: str


def overlay(
    figure: Figure, axes: Mapping[str, Axes], drawn: Sequence[Any], at_s: float, *, two_maps: bool
) -> str:
    """An SVG as large as the picture.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    axes : mapping of str to Axes
        "map", "other map", "timeline" and "accuracy".
    drawn : sequence of Drawn
        The policy, and the one compared against.
    at_s : float
        Instant of the map, seconds after launch.
    two_maps : bool
        Whether each policy has a map of its own.

    Returns
    -------
    str
    """
    width, height = figure.bbox.width, figure.bbox.height
    maps = [(axes["map"], drawn)] if not two_maps else [(axes["map"], drawn[:1]), (axes["other map"], drawn[1:])]
    spots: list[Spot] = []
    for one, shown in maps:
        spots += _inside(one, height, _on_map(one, shown, at_s))
    spots += _inside(axes["timeline"], height, _on_lanes(axes["timeline"], drawn))
    signs = [
        f'<circle cx="{s.x:.0f}" cy="{s.y:.0f}" r="{s.radius:.0f}"><title>{escape(s.words)}</title></circle>'
        for s in spots
    ]
    strips = "".join(_strips(axes["accuracy"], height, drawn[0]))
    view = f'viewBox="0 0 {width:.0f} {height:.0f}"'
    return f'<svg class="trackfuse-hover" {view} fill="transparent" aria-hidden="true">{strips}{"".join(signs)}</svg>'


def _inside(axes: Axes, height: float, spots: Iterator[Spot]) -> list[Spot]:
    """Spots in data coordinates as spots of the picture; those outside the axes are left out."""
    box, found = axes.bbox, []
    for spot in spots:
        x, y = axes.transData.transform((spot.x, spot.y))
        if box.x0 <= x <= box.x1 and box.y0 <= y <= box.y1:
            found.append(Spot(float(x), float(height - y), spot.radius, spot.words))
    return found


def _on_map(axes: Axes, drawn: Sequence[Drawn], at_s: float) -> Iterator[Spot]:
    """The largest first: those drawn later are in front."""
    run = drawn[0].run
    looks = looks_in(run.scenario)
    for each in drawn:
        policy = policy_label(each.run.policy)
        for nation, region in predicted_regions(each.run, at_s).items():
            sizes = {"major": f"{region.major_km:.0f}", "minor": f"{region.minor_km:.0f}"}
            words = translate(IMPACT).format(nation=looks[nation].label, policy=policy, time=minutes(at_s), **sizes)
            yield Spot(region.lon_deg, region.lat_deg, 12.0, words)
    for place, arrival in zip(run.scenario.places, run.prepared.arrival_s[0], strict=True):
        yield Spot(place.lon_deg % 360.0, place.lat_deg, 4.0, place_words(place, float(arrival)))
    for sensor, there in zip(run.scenario.sensors, run.present, strict=True):
        if not isinstance(sensor, Infrared):
            words = sensor_words(sensor, looks[sensor.nation].label, there=bool(there))
            yield Spot(sensor.lon_deg % 360.0, sensor.lat_deg, 5.0, words)


def _on_lanes(axes: Axes, drawn: Sequence[Drawn]) -> Iterator[Spot]:
    for shown, rise in zip(drawn, (RISE, -RISE), strict=True):
        looks = nation_looks(lane.nation for lane in shown.lanes)
        for row, lane in enumerate(shown.lanes):
            nation, policy = looks[lane.nation].label, policy_label(shown.run.policy)
            for name, at_s in lane.times_s.items():
                if np.isfinite(at_s):
                    yield Spot(at_s, row - rise, 7.0, event_words(name, lane, nation, policy))


def _strips(axes: Axes, height: float, shown: Drawn) -> Iterator[str]:
    """Strips over the error curves, from left to right."""
    box, (begin, end) = axes.bbox, axes.get_xlim()
    for k in range(STRIPS):
        at_s = begin + (k + 0.5) * (end - begin) / STRIPS
        said = [
            translate(ERROR).format(nation=each.look.label, error=_length(float(each.error_m[i])))
            for each in shown.curves.values()
            for i in [int(np.argmin(np.abs(each.t_s - at_s)))]
            if np.isfinite(each.error_m[i])
        ]
        if said:
            x, wide = box.x0 + k * box.width / STRIPS, box.width / STRIPS
            words = translate(ERRORS).format(time=minutes(at_s), errors=translate("; ").join(said))
            yield (
                f'<rect x="{x:.1f}" y="{height - box.y1:.0f}" width="{wide:.1f}" height="{box.height:.0f}">'
                f"<title>{escape(words)}</title></rect>"
            )


def _length(meters: float) -> str:
    return f"{meters / 1e3:.1f} km" if meters >= 1e3 else f"{meters:.0f} m"
