"""A clock that runs a launch: what each nation knows now, what is on its way, and what has been said."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets
import numpy as np
from matplotlib import rc_context
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from trackfuse.flight import PHASES, state_at
from trackfuse.views.figures import basemap as ground
from trackfuse.views.figures import map, network
from trackfuse.views.figures import playback_state as replay
from trackfuse.views.figures.gainstable import table
from trackfuse.views.figures.missile import first_missile
from trackfuse.views.style.ellipse import geodetic
from trackfuse.views.style.style import BURNING, INK, MUTED, NATIONS, RC, TABLES, place_label, policy_label
from trackfuse.views.widgets.accessibility import Accessibility, spoken_box
from trackfuse.views.widgets.live import LiveFigure

if TYPE_CHECKING:
    from trackfuse.simulation.run import Run

SPEEDS = (1, 2, 5, 10, 30, 60)
"""Seconds of the launch in a second of the clock on the wall."""
TICK_S = 0.25
"""Between two pictures on the wall; a picture takes about a tenth of a second."""
SIZE_IN, DPI = (9.8, 6.6), 100
_MAP, _NETWORK = (0.048, 0.46, 0.942, 0.49), (0.01, 0.055, 0.98, 0.27)
CLOCK = "Seconds after launch, yours to choose. Arrow keys move it; nothing received or said later is shown."
SPEED = "How many seconds of the launch pass in one second: yours to choose."
START = "Start, pause, stop and repeat the clock: yours to choose."


class Playback:
    """One run played against a clock. Shown by a notebook when it is the last value of a cell.

    Parameters
    ----------
    run : Run

    Attributes
    ----------
    clock : ipywidgets.FloatSlider
        Seconds after launch; setting its `value` shows that instant.
    speed : ipywidgets.ToggleButtons
    play : ipywidgets.Play
    live : LiveFigure
    image : ipywidgets.Image
        Map and network at the instant: the picture of `live`.
    words : ipywidgets.HTML
        The same as tables.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        last = float(np.ceil(run.flight.t_s[-1]))
        with rc_context(RC):
            self._figure = Figure(figsize=SIZE_IN, dpi=DPI)
            self._map, self._network = self._figure.add_axes(_MAP), self._figure.add_axes(_NETWORK)
            self._draw_standing()
        self.live = LiveFigure(self._figure)
        self.image, self.words = self.live.image, widgets.HTML()
        room = widgets.Layout(width="auto", min_width="340px", flex="1 1 340px")
        self.clock = widgets.FloatSlider(description="Clock, s", tooltip=CLOCK, min=0.0, max=last, step=1.0,
                                         value=0.0, readout_format=".0f", layout=room)  # fmt: skip
        self.speed = widgets.ToggleButtons(description="Speed", tooltip=SPEED, value=10,
                                           options=[(f"{s}x", s) for s in SPEEDS],
                                           tooltips=[f"{s} s of the launch a second: yours to choose" for s in SPEEDS],
                                           style={"button_width": "auto"})  # fmt: skip
        self.play = widgets.Play(interval=int(1e3 * TICK_S), min=0, max=10**6, value=0, tooltip=START)
        self._ticks = 0
        self.clock.observe(lambda change: self.show(float(change["new"])), "value")
        self.play.observe(self._advance, "value")
        row = widgets.HBox(
            [self.play, self.clock, self.speed], layout={"flex_flow": "row wrap", "grid_gap": "4px 12px"}
        )
        self._spoken = Accessibility()
        self.box = spoken_box(self._spoken, [widgets.HTML(TABLES), row, self.image, self.words])
        self.show(0.0)

    def _repr_mimebundle_(self, **how: Any) -> Any:
        return self.box._repr_mimebundle_(**how)

    def _advance(self, change: dict[str, Any]) -> None:
        """The clock on the wall ticked: the launch's goes on by as much as the speed says, and stops at the end."""
        ticks = int(change["new"]) - self._ticks
        self._ticks = int(change["new"])
        if ticks <= 0:  # stopped: back to the start
            self.clock.value = 0.0
            return
        # Not rounded: at 1x four ticks make a second.
        step = TICK_S * float(self.speed.value or 1)
        self.clock.step = min(1.0, step)
        self.clock.value = min(self.clock.max, self.clock.value + ticks * step)
        if self.clock.value >= self.clock.max:
            self.play.playing = False

    def show(self, at_s: float) -> None:
        """Show an instant.

        Parameters
        ----------
        at_s : float
            Seconds after launch.
        """
        self.live.show(lambda: self._draw_moving(at_s))
        self.words.value = in_words(self.run, at_s)
        self._spoken.alt = f"Map and messages between the centres {at_s:.0f} s after launch; the tables say the same."

    def _draw_standing(self) -> None:
        run, shape = self.run, _MAP[2] * SIZE_IN[0] / (_MAP[3] * SIZE_IN[1])
        ground.draw_ground(self._map, ground.extent(run.flight, shape))
        ground.draw_sensors(self._map, run.scenario)
        ground.draw_flight(self._map, run.flight)
        ground.draw_places(self._map, run.scenario, run.prepared.arrival_s[0])
        network.draw_centres(self._network, run)
        self._figure.legend(
            handles=map.signs(against=None),
            loc="upper left",
            bbox_to_anchor=(0.02, 0.405),
            ncol=4,
            fontsize=6.9,
            columnspacing=1.0,
            handlelength=1.8,
        )
        self._figure.text(0.008, 0.008, run.caption(), fontsize=6.6, color=MUTED, va="bottom")

    def _draw_moving(self, at_s: float) -> list[Artist]:
        run = self.run
        lat, lon = geodetic(state_at(run.flight, np.array([at_s]))[:, :3])
        phase = int(run.flight.phase[np.searchsorted(run.flight.t_s, at_s, side="right") - 1])
        (missile,) = self._map.plot(lon, lat, "o", ms=7, mfc=BURNING if phase == 0 else "white", mec=INK, zorder=6)
        said = map.predicted_regions(run, at_s)
        title = f"{policy_label(run.policy)}: {minutes(at_s)} after launch, {PHASES[phase]}"
        return [
            *map.draw_tracks(self._map, run, at_s),
            *map.draw_regions(self._map, said),
            *map.write_warned(self._map, run, at_s),
            *map.write_impacts(self._map, said),
            missile,
            *network.draw_traffic(self._network, run, at_s),
            self._figure.text(0.008, 0.985, title, fontsize=9.5, weight="bold", va="top"),
        ]


def minutes(at_s: float) -> str:
    """An instant as minutes and seconds."""
    return f"{int(at_s) // 60}:{int(at_s) % 60:02d}"


def in_words(run: Run, at_s: float) -> str:
    """What is known, on its way and said at an instant, as HTML tables."""
    knows = [
        (
            NATIONS[row["nation"]].label,
            _since(row["knows_since_s"], row["by"]),
            _since(row["track_since_s"], f"± {_km(row['sigma_km'])}" if np.isfinite(row["sigma_km"]) else ""),
            "open" if np.isnan(row["impact_lat_deg"]) else _region(row),
        )
        for row in replay.known(run, at_s).to_dict("records")
    ]
    told = [_notice(row, f"since {minutes(row['notice_s'])}") for row in replay.said(run, at_s).to_dict("records")]
    soon = [_notice(row, f"at {minutes(row['notice_s'])}") for row in replay.decided(run, at_s).to_dict("records")]
    head = ("nation", "knows of the launch", "track", "impact predicted")
    return "".join(
        [
            '<div style="display:flex;flex-wrap:wrap;align-items:start;gap:4px 28px">',
            table(f"What each nation knows at {minutes(at_s)}", head, knows),
            table("What has been said", ("centre", "what", "when"), told or [("nobody", "nothing", "yet")]),
            table("Decided on, not said yet", ("centre", "what", "when"), soon or [("-", "-", "-")]),
            "</div>",
        ]
    )


def _since(at_s: float, more: str) -> str:
    return "not yet" if np.isnan(at_s) else f"since {minutes(at_s)}" + (f", {escape(more)}" if more else "")


def _km(km: float) -> str:
    return f"{1e3 * km:.0f} m" if km < 1.0 else f"{km:.1f} km"


def _region(row: dict[Any, Any]) -> str:
    west = row["impact_lon_deg"] > 180.0
    lon = 360.0 - row["impact_lon_deg"] if west else row["impact_lon_deg"]
    return (
        f"{row['impact_lat_deg']:.1f}°N {lon:.1f}°{'W' if west else 'E'}, "
        f"± {_km(row['major_km'])} by {_km(row['minor_km'])}"
    )


def _notice(row: dict[Any, Any], when: str) -> tuple[str, str, str]:
    where = place_label(str(row["place"])) if row["place"] else "of the launch"
    return str(row["node"]), f"{row['kind']}: {where}", when


def playback(run: Run) -> Playback:
    """Play a run against a clock, in a notebook: pause it, scrub it, run it at 1 to 60 times.

    Parameters
    ----------
    run : Run
        As `simulate` gives it.

    Returns
    -------
    Playback
        A notebook shows it when it is the last value of a cell.

    Raises
    ------
    SettingsError
        If it is not a run.
    """
    return Playback(first_missile(run, "playback"))
