"""A clock that runs a launch: what each nation knows now, what is on its way, and what has been announced."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ipywidgets as widgets
import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from trackfuse.core.language import check_language, in_language, message, translate
from trackfuse.flight import PHASES, state_at
from trackfuse.simulation.run import Run
from trackfuse.views.figures import map, network, playback_state
from trackfuse.views.figures.event_words import minutes
from trackfuse.views.figures.missile import first_missile
from trackfuse.views.figures.timeline_rows import source_words
from trackfuse.views.style.drawing import drawing
from trackfuse.views.style.ellipse import geodetic
from trackfuse.views.style.style import BURNING, INK, MUTED, RC, nation_looks, place_label, policy_label
from trackfuse.views.style.tables import NOTEBOOK_STYLE, as_html
from trackfuse.views.widgets.accessibility import Accessibility, accessible_box, clock_words, mimebundle
from trackfuse.views.widgets.live import LiveFigure, add_legend, draw_map_background
from trackfuse.views.widgets.widget_factory import buttons, named, row

SPEEDS = (1, 2, 5, 10, 30, 60)
"""Seconds of the launch in one second of the wall clock."""
TICK_S = 0.25
"""Between two pictures, by the wall clock; a picture takes about a tenth of a second."""
SIZE_IN, DPI = (7.25, 4.875), 136
_MAP, _NETWORK = (0.048, 0.46, 0.942, 0.49), (0.01, 0.055, 0.98, 0.27)
CLOCK = message("Seconds after launch. Arrow keys move it; nothing received or announced later is shown.")
SPEED = message("How many seconds of the launch pass in one second.")
SPEED_STEP = message("{speed} s of the launch in each second")
START = message("Start, pause, stop and repeat the clock.")
KNOWN = (message("nation"), message("knows of the launch"), message("track"), message("impact predicted"))
SAID = (message("centre"), message("what"), message("when"))
KNOWS = message("What each nation knows at {time}")
ANNOUNCED, DECIDED = message("Announced"), message("Decided on, not announced yet")
"""Headings and columns of the tables beside the clock."""
KINDS = {
    "launch": message("launch"), "place": message("place"), "region": message("region"), "update": message("update"),
    "cancel": message("cancel"), "clear": message("clear"),
}  # fmt: skip
"""Kind of a notice -> its word."""


class Playback:
    """One run played against a clock. Shown by a notebook when it is the last value of a cell.

    Parameters
    ----------
    run : Run
    lang : {"en", "ja", "ko"}
        Language of its words.

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

    def __init__(self, run: Run, lang: str = "en") -> None:
        self.run, self._lang = run, lang
        with in_language(lang):
            self._make()

    def _make(self) -> None:
        run = self.run
        last_s = float(np.ceil(run.flight.t_s[-1]))
        with drawing(RC):
            self._figure = Figure(figsize=SIZE_IN, dpi=DPI)
            self._map, self._network = self._figure.add_axes(_MAP), self._figure.add_axes(_NETWORK)
            self._draw_background()
        self.live = LiveFigure(self._figure)
        self.image, self.words = self.live.image, widgets.HTML()
        self._accessibility = Accessibility(clock=clock_words(), lang=self._lang)
        clock = {"min": 0.0, "max": last_s, "step": 1.0, "value": 0.0, "readout_format": ".0f"}
        wide = {"width": "auto", "min_width": "340px", "flex": "1 1 340px"}
        self.clock = named(widgets.FloatSlider, name=message("Clock, s"), tip=CLOCK, layout=wide, **clock)
        speeds = {speed: translate(SPEED_STEP).format(speed=speed) for speed in SPEEDS}
        labels = {speed: f"{speed}x" for speed in SPEEDS}
        self.speed = buttons(name=message("Speed"), tip=SPEED, options=speeds, first=10, labels=labels)
        self.play = widgets.Play(interval=int(1e3 * TICK_S), min=0, max=10**6, value=0, tooltip=translate(START))
        self._ticks = 0
        self.clock.observe(lambda change: self.show(float(change["new"])), "value")
        self.play.observe(self._advance, "value")
        controls = row([self.play, self.clock, self.speed])
        self.box = accessible_box(self._accessibility, [widgets.HTML(NOTEBOOK_STYLE), controls, self.image, self.words])
        self.show(0.0)

    def _repr_mimebundle_(self, **how: Any) -> Any:
        return mimebundle(self.box, how, self.image)

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
        with in_language(self._lang):
            self.live.show(lambda: self._draw_moving(at_s))
            self.words.value = in_words(self.run, at_s)
            words = translate("Map and messages {seconds} s after launch; the tables say the same.")
            self._accessibility.alt = words.format(seconds=f"{at_s:.0f}")

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
        title = translate("{policy}: {time} after launch, {phase}").format(
            policy=policy_label(run.policy), time=minutes(at_s), phase=translate(PHASES[phase])
        )
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
            _table(known, KNOWN, 1, translate(KNOWS).format(time=minutes(at_s))),
            *(_table(cells, SAID, 2, translate(words)) for words, cells in said),
            "</div>",
        ]
    )


def _table(cells: list[tuple[str, ...]], columns: Sequence[str], heading: int, caption: str) -> str:
    """Cells as HTML; the first `heading` columns head the rows."""
    names = [translate(each) for each in columns]
    return as_html(pd.DataFrame(cells, columns=names).set_index(names[:heading]), caption)


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
            _since(row["knows_since_s"], source_words(row["by"])),
            _since(row["track_since_s"], f"± {_km(row['sigma_km'])}" if np.isfinite(row["sigma_km"]) else ""),
            translate("no prediction") if np.isnan(row["impact_lat_deg"]) else _region(row),
        )
        for row in known
    ]


def announced_cells(notices: pd.DataFrame, at_s: float) -> list[tuple[str, ...]]:
    """What has been announced by an instant, newest first: rows with the columns SAID; one that says so without any."""
    nothing = translate("none so far"), "", ""
    return _notices(playback_state.said(notices, at_s), translate("since {time}"), nothing)


def decided_cells(notices: pd.DataFrame, at_s: float) -> list[tuple[str, ...]]:
    """What has been decided at an instant but not announced: rows with the columns SAID."""
    return _notices(playback_state.decided(notices, at_s), translate("at {time}"), ("-", "-", "-"))


def _since(at_s: float, more: str) -> str:
    if np.isnan(at_s):
        return translate("not yet")
    since = translate("since {time}").format(time=minutes(at_s))
    return translate(", ").join([since, more]) if more else since


def _km(km: float) -> str:
    return f"{1e3 * km:.0f} m" if km < 1.0 else f"{km:.1f} km"


def _region(known: dict[Any, Any]) -> str:
    """A predicted impact and the half axes of its region."""
    lon_deg = known["impact_lon_deg"]
    east = f"{360.0 - lon_deg:.1f}°W" if lon_deg > 180.0 else f"{lon_deg:.1f}°E"
    return translate("{north}°N {east}, ± {major} by {minor}").format(
        north=f"{known['impact_lat_deg']:.1f}", east=east, major=_km(known["major_km"]), minor=_km(known["minor_km"])
    )


def _notices(notices: pd.DataFrame, when: str, none: tuple[str, str, str]) -> list[tuple[str, ...]]:
    """What each centre announces and when; one row that says so where there is nothing."""
    rows: list[tuple[str, ...]] = []
    for notice in notices.to_dict("records"):
        where = place_label(translate(str(notice["place"]))) if notice["place"] else translate("of the launch")
        time = when.format(time=minutes(notice["notice_s"]))
        rows.append((str(notice["node"]), f"{translate(KINDS[notice['kind']])}: {where}", time))
    return rows or [none]


def playback(run: Run, *, lang: str = "en") -> Playback:
    """Play a run against a clock, in a notebook: pause it, scrub it, run it at 1 to 60 times.

    Parameters
    ----------
    run : Run
        As `simulate` gives it.
    lang : {"en", "ja", "ko"}
        Language of its words.

    Returns
    -------
    Playback
        A notebook shows it when it is the last value of a cell.

    Raises
    ------
    SettingsError
        If it is not a run, or there is no such language.
    """
    check_language(lang, "playback lang")
    return Playback(first_missile(run, "playback"), lang)
