"""The explorer's picture: map, timeline and accuracy on one sheet of fixed layout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from trackfuse.catalog.scenario import Scenario
from trackfuse.core.language import language, translate
from trackfuse.simulation.run import Run
from trackfuse.views.figures import accuracy, basemap, map, timeline
from trackfuse.views.figures.timeline_rows import Lane, lanes_of, last_second
from trackfuse.views.style.axes import stroke
from trackfuse.views.style.drawing import drawing
from trackfuse.views.style.style import MUTED, RC, nation_looks, policy_label
from trackfuse.views.widgets.hover import RISE, overlay
from trackfuse.views.widgets.live import LiveFigure, add_legend, draw_map_background

SIZE_IN, DPI = (6.8, 4.45), 136
"""At this width a screen of 1280 shows letters of 5 points as more than 9 pixels."""
_HALF = (0.048, 0.15, 0.255, 0.375)
"""The map where there are two."""
_PLACES = {
    "map": (0.048, 0.15, 0.565, 0.375),
    "other map": (0.358, 0.15, 0.255, 0.375),
    "timeline": (0.15, 0.675, 0.835, 0.285),
    "accuracy": (0.705, 0.19, 0.28, 0.335),
}


class View(NamedTuple):
    """What is drawn of two runs: instant of the map, seconds after launch; height of the coverage outlines, km, if any;
    and whether each policy has a map of its own.
    """

    at_s: float
    coverage_km: float | None
    two_maps: bool


class Background(NamedTuple):
    """What the background depends on: scenario, right edge of the timeline (s), number of maps, language."""

    scenario: Scenario
    until_s: float
    two_maps: bool
    lang: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A run with what is drawn of it at any instant, computed once.

    Parameters
    ----------
    run : Run
    lanes : list of Lane
    curves : dict of str to Curves
    """

    run: Run
    lanes: list[Lane]
    curves: dict[str, accuracy.Curves]


def shown(run: Run, *, against: bool = False) -> Shown:
    """A run with what is drawn of it.

    Parameters
    ----------
    run : Run
    against : bool
        Under the policy compared against.

    Returns
    -------
    Shown
    """
    return Shown(run=run, lanes=lanes_of(run), curves=accuracy.curves_of(run, against=against))


class Panels:
    """Map, timeline and accuracy of a run beside another policy, as a live picture.

    Attributes
    ----------
    live : LiveFigure
    """

    def __init__(self) -> None:
        with drawing(RC):
            self._figure = Figure(figsize=SIZE_IN, dpi=DPI)
            self._axes = {name: self._figure.add_axes(place) for name, place in _PLACES.items()}
        self.live = LiveFigure(self._figure)
        self._background: Background | None = None

    def show(self, mine: Shown, other: Shown, view: View) -> None:
        """Draw two runs of one launch.

        Parameters
        ----------
        mine, other : Shown
            Under the policy and under the one compared against.
        view : View
        """
        run = mine.run
        until_s = 60.0 * np.ceil(last_second(run.flight, [mine.lanes, other.lanes]) / 60.0)
        background = Background(scenario=run.scenario, until_s=until_s, two_maps=view.two_maps, lang=language())
        if background != self._background:
            self._draw_background(background, run)
            self._background = background
        self.live.show(lambda: self._draw_moving(mine, other, view))

    def overlay(self, mine: Shown, other: Shown, view: View) -> str:
        """What a pointer sees on the picture that is shown, as an SVG of transparent signs with their words.

        Parameters
        ----------
        mine, other : Shown
        view : View

        Returns
        -------
        str
        """
        return overlay(self._figure, self._axes, (mine, other), view.at_s, two_maps=view.two_maps)

    def _draw_background(self, background: Background, run: Run) -> None:
        self.live.redraw_background()
        with drawing(RC):
            for axes in self._axes.values():
                axes.clear()
            for legend in list(self._figure.legends):
                legend.remove()
            first_map, second_map, lanes, errors = self._axes.values()
            first_map.set_position(_HALF if background.two_maps else _PLACES["map"])
            second_map.set_visible(background.two_maps)
            for axes in self._maps(background.two_maps):
                draw_map_background(axes, run)
            timeline.draw_frame(lanes, run, background.until_s)
            accuracy.draw_frame(errors, run.flight)
            dashed = None if background.two_maps else translate("compared policy")
            signs = map.signs(run.scenario, against=dashed, coverage=translate("if chosen"))
            add_legend(self._figure, signs, (0.008, 0.105), 3)
            add_legend(self._figure, timeline.signs(), (0.008, 0.57), 7)
            add_legend(self._figure, _error_signs(run.scenario), (0.7, 0.105), 2)

    def _maps(self, two_maps: bool) -> list[Axes]:
        return [self._axes["map"], self._axes["other map"]][: 2 if two_maps else 1]

    def _draw_moving(self, mine: Shown, other: Shown, view: View) -> list[Artist]:
        lanes, errors = self._axes["timeline"], self._axes["accuracy"]
        return [
            *self._draw_maps(mine.run, other.run, view),
            *timeline.draw_lanes(lanes, mine.lanes, rise=RISE),
            *timeline.draw_lanes(lanes, other.lanes, rise=-RISE, faint=True),
            *timeline.write_sources(lanes, mine.lanes),
            *accuracy.draw_errors(errors, mine.curves),
            *accuracy.draw_errors(errors, other.curves),
            _mark(errors, view.at_s, 0.93),
            _mark(lanes, view.at_s, 0.87),
            self._figure.text(0.008, 0.985, _title(mine.run, other.run, view), fontsize=7.0, weight="bold", va="top"),
        ]

    def _draw_maps(self, run: Run, base: Run, view: View) -> list[Artist]:
        maps, drawn = self._maps(view.two_maps), []
        if view.coverage_km is not None:  # the outlines are drawn with what moves: the background takes much longer
            for axes in maps:
                drawn += basemap.draw_coverage(axes, run.scenario, view.coverage_km)
        regions, base_regions = (map.predicted_regions(each, view.at_s) for each in (run, base))
        for axes, each, predicted in zip(maps, (run, base), (regions, base_regions), strict=False):
            drawn += map.draw_tracks(axes, each, view.at_s)
            drawn += map.draw_regions(axes, each.scenario, predicted)
            drawn += map.write_warned(axes, each, view.at_s)
        if view.two_maps:
            for axes, predicted in zip(maps, (regions, base_regions), strict=True):
                drawn += map.write_impacts(axes, run.scenario, predicted)
            return drawn
        drawn += map.draw_regions(maps[0], run.scenario, base_regions, filled=False)
        return [*drawn, *map.write_impacts(maps[0], run.scenario, regions, base_regions)]


def _error_signs(scenario: Scenario) -> list[Artist]:
    """The lines of the error curves; nations by their names alone, since there is little room."""
    found = accuracy.signs(scenario, against=translate("compared policy"))
    for sign, look in zip(found, nation_looks(scenario.nations).values(), strict=False):
        sign.set_label(look.label)
    return found


def _title(run: Run, base: Run, view: View) -> str:
    policy, against = policy_label(run.policy), policy_label(base.policy)
    names = translate("{policy}, filled; {against}, hollow or dashed")
    if view.two_maps:
        names = translate("left {policy}, right {against}; below filled and hollow")
    said = [names.format(policy=policy, against=against)]
    said.append(translate("map at {seconds} s after launch").format(seconds=f"{view.at_s:.0f}"))
    if view.coverage_km is not None:
        said.append(translate("coverage at {height} km").format(height=f"{view.coverage_km:g}"))
    return translate("; ").join(said)


def _mark(axes: Axes, at_s: float, top: float) -> Artist:
    """The instant of the map, up to below the words at the top of a panel."""
    (mark,) = stroke(axes, [at_s, at_s], [0.0, top], color=MUTED, lw=0.6, zorder=1)
    mark.set_transform(axes.get_xaxis_transform())
    return mark
