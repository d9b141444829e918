"""A live run in a notebook: what every nation holds and what crosses the links, while it runs, and buttons for it."""

from __future__ import annotations

import os
import time
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

import ipywidgets as widgets

from trackfuse.catalog.catalog import as_scenario
from trackfuse.catalog.scenario import Scenario
from trackfuse.core.errors import TrackfuseError
from trackfuse.core.htmltable import NOTEBOOK_STYLE
from trackfuse.realtime.live import start_live
from trackfuse.realtime.live_run import LiveRun
from trackfuse.views.style.style import nation_looks
from trackfuse.views.widgets.accessibility import Accessibility, accessible_box, mimebundle
from trackfuse.views.widgets.live_controls import NO_RUN, LiveControls
from trackfuse.views.widgets.live_links import LiveLinks
from trackfuse.views.widgets.live_maps import LiveMaps
from trackfuse.views.widgets.live_start import Asked, LiveStart

TOLD_S = 0.2
"""What crosses the links, and how far the run is, is shown anew so often, s."""
UNDER_WAY = "a run is under way"
STARTING = "The processes start: one for each centre, for the sensors of each, and for the links."
ENDING = "The run is being ended."
ENDED_EARLY = "The run was ended before it began."
ALT = "A map for each nation with the tracks that it holds"


class LiveView:
    """A live run to look at and to act on: a row that starts and ends it, a map for each nation with the tracks that
    its surest centre holds, buttons for links, sensors and centres, and a table of what crosses the links.

    `Start` starts a run as `start_live` does. Or give the view to `start_live` as `watch`, and what that gives to
    `control`.

    Parameters
    ----------
    scenario : Scenario, optional
        By default there is a list of launches, and maps are drawn once a run is started.
    log : path, optional
        Folder for the log of a run that `Start` starts, new or empty; by default a temporary one, which is removed
        when the run is over.

    Attributes
    ----------
    chosen : LiveStart
    maps : LiveMaps or None
    controls : LiveControls
    links : LiveLinks
    said : ipywidgets.HTML
        How far the run is, what came of it, or why it could not be started.
    run : LiveRun or None
        The newest.
    """

    def __init__(self, scenario: Scenario | None = None, log: str | os.PathLike[str] | None = None) -> None:
        self._log = log
        self._shown: Scenario | None = None
        self._nation: dict[str, str] = {}
        self._is_starting, self._is_wanted = False, True
        self.run: LiveRun | None = None
        self.maps: LiveMaps | None = None
        self.chosen = LiveStart(scenario, self._start, self._end)
        self.controls, self.links, self.said = LiveControls(), LiveLinks(), widgets.HTML()
        self.controls.box.layout.min_width = "600px"  # what is beside it stays where it is when reasons change
        self._picture = widgets.Box()
        below = widgets.HBox(
            [self.controls.box, self.links.box], layout={"flex_flow": "row wrap", "grid_gap": "4px 20px"}
        )
        style = widgets.HTML(NOTEBOOK_STYLE, layout={"display": "none"})
        parts: list[widgets.Widget] = [style, self.chosen.box, self.said, self._picture, below]
        self._box = accessible_box(Accessibility(alt=ALT), parts)
        self._box.add_class("trackfuse-live")
        if scenario is not None:
            self._draw_maps(scenario)
        self._refresh()

    def control(self, run: LiveRun) -> None:
        """Let the buttons act on a run, and show what crosses its links until it is over.

        Parameters
        ----------
        run : LiveRun
        """
        if self.maps is None:
            self._draw_maps(run.scenario)
        self.chosen.show(run.scenario.name, run.policy.name, run.speed)
        self._take(run)
        Thread(target=self._follow, args=(run,), daemon=True).start()

    def __call__(self, node: str, status: dict[str, Any]) -> None:
        """Take in what a node tells of a cycle, and draw it if it is time."""
        if self.maps is not None:
            self.maps.take(node, status)

    # ---- start and end -------------------------------------------------------------------------------------------

    def _start(self, asked: Asked) -> None:
        """Say that processes start, and start them in a thread: the page answers meanwhile."""
        if self._why_no_start():
            return
        self._is_starting, self._is_wanted = True, True
        self._say(STARTING)
        self._refresh()
        Thread(target=self._begin, args=(asked,), daemon=True).start()

    def _begin(self, asked: Asked) -> None:
        with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            try:
                self._draw_maps(asked.scenario)
                log = Path(folder) / "log" if self._log is None else self._log
                run = start_live(asked.scenario, asked.policy, speed=asked.speed, log=log, watch=self)
            except Exception as error:  # who presses a button is never shown a traceback
                self._is_starting = False
                self._say(_words(error))
                self._refresh()
                return
            if not self._is_wanted:
                run.commands.end()
            self._take(run)
            self._follow(run)

    def _end(self) -> None:
        self._is_wanted = False
        if self.run is not None:
            self.run.commands.end()
        self._say(ENDING)
        self._refresh()

    def _take(self, run: LiveRun) -> None:
        self.run, self._is_starting = run, False
        run.commands.changed.append(self._refresh)
        self.controls.control(run)
        self._refresh()

    def _follow(self, run: LiveRun) -> None:
        """Show how far a run is until it is over; then what came of it."""
        while not run.is_over:
            self._tell(run)
            time.sleep(TOLD_S)
        try:
            words = self._outcome(run.result().document)
        except Exception as error:
            has_begun = self.maps is not None and self.maps.newest_s is not None
            words = _words(error) if has_begun or self._is_wanted else ENDED_EARLY
        if self.maps is not None and self.maps.newest_s is not None:
            self.maps.draw()
        self.links.show(run.links)
        self._refresh()
        self._say(words)

    # ---- what is shown -------------------------------------------------------------------------------------------

    def _draw_maps(self, scenario: Scenario) -> None:
        """Maps of a launch, unless they are there, with nothing of an earlier run."""
        self._nation = {node.node_id: node.nation for node in scenario.nodes}
        if self.maps is None or scenario != self._shown:
            self.maps, self._shown = LiveMaps(scenario), scenario
            self._picture.children = (self.maps.live.image,)
        elif self.maps.newest_s is not None:
            self.maps.clear()

    def _tell(self, run: LiveRun) -> None:
        """Say how far a run is, and what crosses its links."""
        self.links.show(run.links)
        maps = self.maps
        if run.commands.is_over:
            self._say(ENDING)
        elif maps is None or maps.newest_s is None:
            self._say(STARTING)
        else:
            state = "is paused" if run.commands.is_paused else "goes on"
            words = f"The run {state}, {maps.newest_s:.0f} s after the launch: {maps.held()}."
            self.said.value = f"<span>{escape(words)}</span>"  # read out once a cycle it would drown all else

    def _outcome(self, document: dict[str, Any]) -> str:
        """What came of a run, in a sentence or two."""
        first: dict[str, float] = {}
        for name, node in document["nodes"].items():
            if node["first_track_s"] is not None:
                code = self._nation[name]
                first[code] = min(first.get(code, node["first_track_s"]), node["first_track_s"])
        looks = nation_looks(dict.fromkeys(self._nation.values()))
        tracked = ", ".join(
            f"{look.label} {f'{first[code]:.0f} s' if code in first else 'none'}" for code, look in looks.items()
        )
        received = sum(node["received"] for node in document["nodes"].values())
        refused = sum(node["refused"] for node in document["nodes"].values())
        return (
            f"The run is over. First track of its own after the launch: {tracked}. "
            f"Centres received {received:,} messages and refused {refused:,}."
        )

    def _say(self, words: str) -> None:
        self.said.value = f'<span role="status">{escape(words)}</span>'

    def _refresh(self) -> None:
        """Enable what can be done."""
        self.chosen.allow(self._why_no_start(), self._why_no_end())

    def _why_no_start(self) -> str:
        return UNDER_WAY if self._is_starting or (self.run is not None and not self.run.is_over) else ""

    def _why_no_end(self) -> str:
        if not self._why_no_start():
            return NO_RUN
        is_ending = not self._is_wanted if self._is_starting or self.run is None else self.run.commands.is_over
        return "the run is being ended" if is_ending else ""

    def _repr_mimebundle_(self, **how: Any) -> Any:
        return mimebundle(self._box, how)


def _words(error: Exception) -> str:
    """An error in one sentence."""
    said = str(error) if isinstance(error, TrackfuseError) else f"{type(error).__name__}: {error}"
    return f"The run could not be done: {said}"


def live_view(scenario: Scenario | str | None = None, *, log: str | os.PathLike[str] | None = None) -> LiveView:
    """Watch a live run in a notebook, and act on it: press Start; or show it in one cell, and start the run with it as
    `watch` in the next.

    Parameters
    ----------
    scenario : Scenario or str, optional
        That is going to run; by default it is chosen from a list of launches.
    log : path, optional
        Folder for the log of a run that `Start` starts, new or empty; by default a temporary one, which is removed
        when the run is over.

    Returns
    -------
    LiveView
        A notebook shows it when it is the last value of a cell.

    Raises
    ------
    ScenarioError
        If there is no scenario of that name.
    """
    return LiveView(None if scenario is None else as_scenario(scenario), log)
