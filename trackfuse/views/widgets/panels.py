"""The explorer's picture: map, timeline and accuracy on one sheet of fixed layout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib import rc_context
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from trackfuse.catalog.scenario import Scenario
from trackfuse.views.figures import accuracy, map, timeline
from trackfuse.views.figures import basemap as ground
from trackfuse.views.figures.timeline_rows import Lane, lanes_of, last_second
from trackfuse.views.style.axes import stroke
from trackfuse.views.style.style import MUTED, RC, policy_label
from trackfuse.views.widgets.live import LiveFigure

if TYPE_CHECKING:
    from trackfuse.simulation.run import Run

_HALF = (0.048, 0.57, 0.45, 0.39)
"""The map where there are two."""
SIZE_IN, DPI = (9.8, 7.6), 100
_PLACES = {
    "map": (0.048, 0.57, 0.942, 0.39),
    "other map": (0.54, 0.57, 0.45, 0.39),
    "timeline": (0.145, 0.16, 0.46, 0.3),
    "accuracy": (0.712, 0.16, 0.273, 0.3),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the standing part of the picture depends on; it is drawn again only when this changes.

    Parameters
    ----------
    scenario : Scenario
    until_s : float
        Right edge of the timeline.
    two_maps : bool
        A map for each policy.
    """

    scenario: Scenario
    until_s: float
    two_maps: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A run with what is drawn of it at any instant: worked out once.

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
    """Work out what is drawn of a run.

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


def alike(one: Shown, other: Shown) -> bool:
    """Whether two runs have the same tracks, the same times and the same notices: whoever looks sees no difference.

    Parameters
    ----------
    one, other : Shown

    Returns
    -------
    bool
    """
    pairs = [
        (one.run.fused.mean, other.run.fused.mean),
        (one.run.fused.covariance, other.run.fused.covariance),
        (one.run.launch_notices[0].notices.place_notice_s, other.run.launch_notices[0].notices.place_notice_s),
    ]
    times = repr(one.lanes) == repr(other.lanes)  # as text: nan is not itself
    return times and all(np.array_equal(mine, theirs, equal_nan=True) for mine, theirs in pairs)


class Panels:
    """Map, timeline and accuracy of a run beside another policy, as a live picture.

    Attributes
    ----------
    live : LiveFigure
    """

    def __init__(self) -> None:
        with rc_context(RC):
            self._figure = Figure(figsize=SIZE_IN, dpi=DPI)
            self._axes = {name: self._figure.add_axes(place) for name, place in _PLACES.items()}
        self.live = LiveFigure(self._figure)
        self._standing: Standing | None = None

    def show(
        self, mine: Shown, other: Shown, *, at_s: float, coverage_km: float | None, two_maps: bool = False
    ) -> None:
        """Draw two runs of one launch.

        Parameters
        ----------
        mine, other : Shown
            Under the policy and under the one compared against.
        at_s : float
            Instant of the map, seconds after launch.
        coverage_km : float or None
            Height of the coverage outlines, km.
        two_maps : bool
            A map for each policy, or one for both.
        """
        run = mine.run
        until_s = 60.0 * np.ceil(last_second(run.flight, [mine.lanes, other.lanes]) / 60.0)
        wanted = Standing(scenario=run.scenario, until_s=until_s, two_maps=two_maps)
        if wanted != self._standing:
            self._draw_standing(wanted, run)
            self._standing = wanted
        self.live.show(lambda: self._draw_moving(mine, other, at_s, coverage_km, two_maps))

    def _draw_standing(self, wanted: Standing, run: Run) -> None:
        self.live.redraw_standing()
        with rc_context(RC):
            for axes in self._axes.values():
                axes.clear()
            for legend in list(self._figure.legends):
                legend.remove()
            on_map, beside, lanes, errors = self._axes.values()
            on_map.set_position(_HALF if wanted.two_maps else _PLACES["map"])
            beside.set_visible(wanted.two_maps)
            for axes in (on_map, beside) if wanted.two_maps else (on_map,):
                _draw_ground(axes, wanted, run)
            timeline.draw_frame(lanes, run.flight, wanted.until_s)
            accuracy.draw_frame(errors, run.flight)
            dashed = None if wanted.two_maps else "compared policy"
            self._explain(map.signs(against=dashed, coverage="if chosen"), (0.02, 0.534), 4)
            self._explain(timeline.signs(), (0.008, 0.088), 4)
            self._explain(accuracy.signs(against="compared policy"), (0.655, 0.106), 2)

    def _explain(self, signs: list[Artist], at: tuple[float, float], columns: int) -> None:
        self._figure.legend(
            handles=signs,
            loc="upper left",
            bbox_to_anchor=at,
            ncol=columns,
            borderaxespad=0.0,
            columnspacing=1.0,
            handletextpad=0.5,
            handlelength=1.8,
            fontsize=6.9,
        )

    def _draw_moving(
        self, mine: Shown, other: Shown, at_s: float, coverage_km: float | None, two_maps: bool
    ) -> list[Artist]:
        run, base = mine.run, other.run
        on_map, beside, lanes, errors = self._axes.values()
        names = f"{policy_label(run.policy)}, filled; {policy_label(base.policy)}, hollow or dashed"
        if two_maps:
            names = f"left {policy_label(run.policy)}, right {policy_label(base.policy)}; below filled and hollow"
        words = f"{names}; map at {at_s:.0f} s after launch"
        covered = []
        if coverage_km is not None:  # the outlines are drawn with what moves: all the rest would have to be drawn again
            words += f"; coverage at {coverage_km:g} km"
            for axes in (on_map, beside) if two_maps else (on_map,):
                covered += ground.draw_coverage(axes, run.scenario, coverage_km)
        said, other_said = map.predicted_regions(run, at_s), map.predicted_regions(base, at_s)
        on_maps = [*map.draw_tracks(on_map, run, at_s), *map.draw_regions(on_map, said)]
        on_maps += map.write_warned(on_map, run, at_s)
        if two_maps:
            on_maps += [*map.draw_tracks(beside, base, at_s), *map.draw_regions(beside, other_said)]
            on_maps += map.write_warned(beside, base, at_s)
            on_maps += [*map.write_impacts(on_map, said), *map.write_impacts(beside, other_said)]
        else:
            on_maps += map.draw_regions(on_map, other_said, filled=False)
            on_maps += map.write_impacts(on_map, said, other_said)
        return [
            *covered,
            *on_maps,
            *timeline.draw_lanes(lanes, mine.lanes, rise=0.17),
            *timeline.draw_lanes(lanes, other.lanes, rise=-0.17, faint=True),
            *timeline.write_sources(lanes, mine.lanes),
            *accuracy.draw_errors(errors, mine.curves),
            *accuracy.draw_errors(errors, other.curves),
            _mark(errors, at_s, 0.93),
            _mark(lanes, at_s, 0.87),
            self._figure.text(0.008, 0.985, words, fontsize=9.5, weight="bold", va="top"),
        ]


def _mark(axes: Axes, at_s: float, top: float) -> Artist:
    """The instant of the map, up to below the words at the top of a panel."""
    (mark,) = stroke(axes, [at_s, at_s], [0.0, top], color=MUTED, lw=0.8, zorder=1)
    mark.set_transform(axes.get_xaxis_transform())
    return mark


def _draw_ground(axes: Axes, wanted: Standing, run: Run) -> None:
    """What stands still on a map."""
    shape = _PLACES["map"] if not wanted.two_maps else _HALF
    ground.draw_ground(axes, ground.extent(run.flight, shape[2] * SIZE_IN[0] / (shape[3] * SIZE_IN[1])))
    ground.draw_sensors(axes, wanted.scenario)
    ground.draw_flight(axes, run.flight)
    ground.draw_places(axes, wanted.scenario, run.prepared.arrival_s[0])
