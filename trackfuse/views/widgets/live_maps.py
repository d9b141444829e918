"""What every nation holds in a live run: a map for each, side by side, drawn while it runs."""

from __future__ import annotations

import time
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from trackfuse.catalog.scenario import Scenario
from trackfuse.simulation.prepare import prepare
from trackfuse.views.figures import basemap
from trackfuse.views.style.drawing import drawing
from trackfuse.views.style.style import INK, RC, looks_in
from trackfuse.views.widgets.live import LiveFigure

REDRAWN_S = 0.2
"""The picture is drawn anew at most so often, s."""
WIDTH_IN, HEIGHT_IN, DPI = 2.9, 2.7, 120
SURE_KM = 1000.0
"""A track whose position is less certain than this is not drawn."""
Track = tuple[int, float, float, float, float, float]
"""As `realtime.node_process.node_status` has it: number, latitude, longitude (deg), height (km), speed (m/s), sigma
(km)."""


class LiveMaps:
    """A map for each nation of a scenario: the tracks that its surest centre holds.

    Parameters
    ----------
    scenario : Scenario

    Attributes
    ----------
    live : LiveFigure
    """

    def __init__(self, scenario: Scenario) -> None:
        self._nation = {node.node_id: node.nation for node in scenario.nodes}
        self._looks = {code: look for code, look in looks_in(scenario).items() if code in self._nation.values()}
        flight, count = prepare(scenario).flight, len(self._looks)
        self._status: dict[str, dict[str, Any]] = {}
        self._trail: dict[str, list[tuple[float, float]]] = {code: [] for code in self._looks}
        self._drawn_s, self._axes = 0.0, dict[str, Axes]()
        with drawing(RC):
            figure = Figure(figsize=(WIDTH_IN * count, HEIGHT_IN), dpi=DPI)
            for k, (code, look) in enumerate(self._looks.items()):
                axes = figure.add_axes(((k + 0.1) / count, 0.16, 0.86 / count, 0.72))
                box = axes.get_window_extent()
                basemap.draw_ground(axes, basemap.extent(flight, box.width / box.height))
                basemap.draw_flight(axes, flight)
                axes.set_title(look.label, fontsize=8, color=look.ink)
                self._axes[code] = axes
        self.live = LiveFigure(figure)
        self.live.show(list)

    @property
    def newest_s(self) -> float | None:
        """Instant of the newest cycle that any node has reported, s; None before the first."""
        return max((status["t_s"] for status in self._status.copy().values()), default=None)

    def held(self) -> str:
        """How many tracks every nation's surest centre holds, in words."""
        said = []
        for code, look in self._looks.items():
            _, tracks = self._surest(code)
            said.append(f"{look.label} {len(tracks) or 'no'} track{'' if len(tracks) == 1 else 's'}")
        return ", ".join(said)

    def clear(self) -> None:
        """Forget what an earlier run left."""
        self._status.clear()
        for trail in self._trail.values():
            trail.clear()
        self.draw()

    def take(self, node: str, status: dict[str, Any]) -> None:
        """Take in what a node tells of a cycle, and draw it if it is time."""
        self._status[node] = status
        if time.monotonic() >= self._drawn_s + REDRAWN_S:
            self.draw()

    def draw(self) -> None:
        """Draw what is known now."""
        self._drawn_s = time.monotonic()
        self.live.show(self._draw)

    def _draw(self) -> list[Artist]:
        return [artist for code in self._looks for artist in self._of_nation(code)]

    def _of_nation(self, code: str) -> list[Artist]:
        axes, look = self._axes[code], self._looks[code]
        surest, tracks = self._surest(code)
        if not surest:
            return []
        trail = self._trail[code]
        trail += [(lon, lat) for _, lat, lon, *_ in tracks if (lon, lat) not in trail[-len(tracks) :]]
        out: list[Artist] = []
        if trail:
            out += axes.plot(*zip(*trail, strict=True), ".", color=look.color, ms=2.0, zorder=4)
        for _, lat, lon, height_km, _, sigma_km in tracks:
            out += axes.plot(lon, lat, look.marker, color=look.color, mec=INK, mew=0.4, ms=5.0, zorder=5)
            words = f"{height_km:.0f} km high, ±{sigma_km:.2g} km"
            out.append(axes.annotate(words, (lon, lat), xytext=(3, -9), textcoords="offset points", fontsize=5.5,
                                     color=look.ink, zorder=6, annotation_clip=True))  # fmt: skip
        newest = self._status[surest]
        crossed = f"{surest}, {newest['t_s']:.0f} s: {newest['received']} messages in, {newest['refused']} refused"
        out.append(axes.text(0.0, -0.2, crossed, fontsize=6, color=INK, transform=axes.transAxes))
        return out

    def _surest(self, code: str) -> tuple[str, list[Track]]:
        """A nation's surest centre, "" before any has reported a cycle, and those of its tracks that are drawn."""
        of_nation = {node: each for node, each in self._status.copy().items() if self._nation[node] == code}
        best = {node: min([track[5] for track in each["tracks"]], default=SURE_KM) for node, each in of_nation.items()}
        if not best:
            return "", []
        surest = min(best, key=lambda node: best[node])
        return surest, [track for track in of_nation[surest]["tracks"] if track[5] < SURE_KM]
