"""A clock that runs a launch: what each nation knows now, what is on its way, and what has been announced."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets
import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from trackfuse.flight import PHASES, state_at
from trackfuse.simulation.run import Run
from trackfuse.views.figures import map, network, playback_state
from trackfuse.views.figures.event_words import minutes
from trackfuse.views.figures.missile import first_missile
from trackfuse.views.style.ellipse import geodetic
from trackfuse.views.style.style import BURNING, INK, MUTED, RC, nation_looks, place_label, policy_label
from trackfuse.views.style.tables import NOTEBOOK_STYLE, as_html
from trackfuse.views.widgets.accessibility import Accessibility, accessible_box, mimebundle
from trackfuse.views.widgets.live import LiveFigure, add_legend, draw_map_background
from trackfuse.views.widgets.widget_factory import buttons, named, row

SPEEDS = (1, 2, 5, 10, 30, 60)
"""Seconds of the launch in one second of the wall clock."""
TICK_S = 0.25
"""Between two pictures, by the wall clock; a picture takes about a tenth of a second."""
SIZE_IN, DPI = (7.25, 4.875), 136
_MAP, _NETWORK = (0.048, 0.46, 0.942, 0.49), (0.01, 0.055, 0.98, 0.27)
CLOCK = "Seconds after launch. Arrow keys move it; nothing received or announced later is shown."
SPEED = "How many seconds of the launch pass in one second."
SPEED_STEP = "{speed} s of the launch in each second"
START = "Start, pause, stop and repeat the clock."
KNOWN = ("nation", "knows of the launch", "track", "impact predicted")
SAID = ("centre", "what", "when")
KNOWS = "What each nation knows at {time}"
ANNOUNCED, DECIDED = "Announced", "Decided on, not announced yet"
"""Headings and columns of the tables beside the clock."""


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
        last_s = float(np.ceil(run.flight.t_s[-1]))
        with rc_context(RC):
            self._figure = Figure(figsize=SIZE_IN, dpi=DPI)
            self._map, self._network = self._figure.add_axes(_MAP), self._figure.add_axes(_NETWORK)
            self._draw_background()
        self.live = LiveFigure(self._figure)
        self.image, self.words = self.live.image, widgets.HTML()
        self._accessibility = Accessibility()
        clock = {"min": 0.0, "max": last_s, "step": 1.0, "value": 0.0, "readout_format": ".0f"}
        wide = {"width": "auto", "min_width": "340px", "flex": "1 1 340px"}
        self.clock = named(widgets.FloatSlider, name="Clock, s", tip=CLOCK, layout=wide, **clock)
        speeds = {speed: SPEED_STEP.format(speed=speed) for speed in SPEEDS}
        labels = {speed: f"{speed}x" for speed in SPEEDS}
        self.speed = buttons(name="Speed", tip=SPEED, options=speeds, first=10, labels=labels)
        self.play = widgets.Play(interval=int(1e3 * TICK_S), min=0, max=10**6, value=0, tooltip=START)
        self._ticks = 0
        self.clock.observe(lambda change: self.show(float(change["new"])), "value")
        self.play.observe(self._advance, "value")
        controls = row([self.play, self.clock, self.speed])
        self.box = accessible_box(self._accessibility, [widgets.HTML(NOTEBOOK_STYLE), controls, self.image, self.words])
        self.show(0.0)

    def _repr_mimebundle_(self, **how: Any) -> Any:
        return mimebundle(self.box, how)

    def _advance(self, change: dict[str, Any]) -> None:
        """Move the launch's clock by as much as the speed says at each tick of the wall clock, until its end."""
        ticks = int(change["new"]) - self._ticks
        self._ticks = int(change["new"])
        if ticks <= 0:  # stopped: back to the start
            self.clock.value = 0.0
            return
        # Not rounded: at 1x, four ticks make one second.
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
        self._accessibility.alt = f"Map and messages {at_s:.0f} s after launch; the tables say the same."

    def _draw_background(self) -> None:
        run = self.run
        draw_map_background(self._map, run)
        network.draw_centres(self._network, run)
        signs = map.signs(run.scenario, against=None)
        add_legend(self._figure, signs, (0.02, 0.405), -(-len(signs) // 2))  # two rows: below is the network's title
        self._figure.text(0.008, 0.008, run.caption(), fontsize=5.0, color=MUTED, va="bottom")

    def _draw_moving(self, at_s: float) -> list[Artist]:
        run = self.run
        lat, lon = geodetic(state_at(run.flight, np.array([at_s]))[:, :3])
        phase = int(run.flight.phase[np.searchsorted(run.flight.t_s, at_s, side="right") - 1])
        (missile,) = self._map.plot(lon, lat, "o", ms=5.2, mfc=BURNING if phase == 0 else "white", mec=INK, zorder=6)
        regions = map.predicted_regions(run, at_s)
        title = f"{policy_label(run.policy)}: {minutes(at_s)} after launch, {PHASES[phase]}"
        return [
            *map.draw_tracks(self._map, run, at_s),
            *map.draw_regions(self._map, run.scenario, regions),
            *map.write_warned(self._map, run, at_s),
            *map.write_impacts(self._map, run.scenario, regions),
            missile,
            *network.draw_traffic(self._network, run, at_s),
            self._figure.text(0.008, 0.985, title, fontsize=7.0, weight="bold", va="top"),
        ]


def in_words(run: Run, at_s: float) -> str:
    """HTML tables of what is known, decided and announced at an instant."""
    known, notices = known_cells(run, playback_state.known(run, at_s).to_dict("records")), run.notices
    said = ((ANNOUNCED, announced_cells(notices, at_s)), (DECIDED, decided_cells(notices, at_s)))
    return "".join(
        [
            '<div style="display:flex;flex-wrap:wrap;align-items:start;gap:4px 28px">',
            as_html(pd.DataFrame(known, columns=list(KNOWN)).set_index("nation"), KNOWS.format(time=minutes(at_s))),
            *(
                as_html(pd.DataFrame(cells, columns=list(SAID)).set_index(list(SAID[:2])), words)
                for words, cells in said
            ),
            "</div>",
        ]
    )


def known_cells(run: Run, known: list[dict[Any, Any]]) -> list[tuple[str, ...]]:
    """What each nation knows as words.

    Parameters
    ----------
    run : Run
    known : list of dict
        Rows as `playback_state.known` gives them.

    Returns
    -------
    list of tuple of str
        A row a nation, with the columns KNOWN.
    """
    looks = nation_looks(run.scenario.nations)
    return [
        (
            looks[row["nation"]].label,
            _since(row["knows_since_s"], row["by"]),
            _since(row["track_since_s"], f"± {_km(row['sigma_km'])}" if np.isfinite(row["sigma_km"]) else ""),
            "open" if np.isnan(row["impact_lat_deg"]) else _region(row),
        )
        for row in known
    ]


def announced_cells(notices: pd.DataFrame, at_s: float) -> list[tuple[str, ...]]:
    """What has been announced by an instant, newest first: rows with the columns SAID; one that says so without any."""
    return _notices(playback_state.said(notices, at_s), "since {time}", ("nobody", "nothing", "yet"))


def decided_cells(notices: pd.DataFrame, at_s: float) -> list[tuple[str, ...]]:
    """What has been decided at an instant but not announced: rows with the columns SAID."""
    return _notices(playback_state.decided(notices, at_s), "at {time}", ("-", "-", "-"))


def _since(at_s: float, more: str) -> str:
    return "not yet" if np.isnan(at_s) else f"since {minutes(at_s)}" + (f", {more}" if more else "")


def _km(km: float) -> str:
    return f"{1e3 * km:.0f} m" if km < 1.0 else f"{km:.1f} km"


def _region(known: dict[Any, Any]) -> str:
    """A predicted impact and the half axes of its region."""
    lon_deg = known["impact_lon_deg"]
    east = f"{360.0 - lon_deg:.1f}°W" if lon_deg > 180.0 else f"{lon_deg:.1f}°E"
    return f"{known['impact_lat_deg']:.1f}°N {east}, ± {_km(known['major_km'])} by {_km(known['minor_km'])}"


def _notices(notices: pd.DataFrame, when: str, none: tuple[str, str, str]) -> list[tuple[str, ...]]:
    """What each centre announces and when; one row that says so where there is nothing."""
    rows: list[tuple[str, ...]] = []
    for notice in notices.to_dict("records"):
        where = place_label(str(notice["place"])) if notice["place"] else "of the launch"
        time = when.format(time=minutes(notice["notice_s"]))
        rows.append((str(notice["node"]), f"{notice['kind']}: {where}", time))
    return rows or [none]


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
