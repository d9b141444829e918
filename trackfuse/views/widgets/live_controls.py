"""Buttons for a live run: what cannot be done just now is disabled, and says why."""

from __future__ import annotations

from functools import partial
from html import escape
from typing import Any

import ipywidgets as widgets

from trackfuse.core.errors import SettingsError
from trackfuse.realtime.live_run import LiveRun

NO_RUN = "no run is under way"
ROWS: dict[str, dict[str, str]] = {
    "run": {"pause": "Pause", "resume": "Resume"},
    "link": {"cut": "Cut", "mend": "Restore"},
    "sensor": {"stop": "Stop", "start": "Start"},
    "centre": {"stop": "Stop", "start": "Start", "kill": "Kill"},
}
"""What is named in each row, and its commands with the words on their buttons."""
TIPS = {
    ("run", "pause"): "The clock of all centres stands", ("run", "resume"): "It goes on",
    ("link", "cut"): "Nothing crosses this link", ("link", "mend"): "It is in service again",
    ("sensor", "stop"): "Nothing that this sensor sends is delivered", ("sensor", "start"): "It is delivered again",
    ("centre", "stop"): "Kill this centre's process; it stays down",
    ("centre", "start"): "Start it again: it goes on from its log",
    ("centre", "kill"): "Kill this centre's process; it is started again at once",
}  # fmt: skip


class LiveControls:
    """Buttons in four rows: the run, its links, its sensors, its centres.

    Attributes
    ----------
    box : ipywidgets.VBox
        What to display.
    buttons : dict of (str, str) to ipywidgets.Button
        By row and command.
    chosen : dict of str to ipywidgets.Dropdown
        By row, where one is chosen by name.
    said : ipywidgets.HTML
        What was done last, or why it could not be.
    """

    def __init__(self) -> None:
        self._run: LiveRun | None = None
        self.buttons: dict[tuple[str, str], Any] = {}
        self.chosen: dict[str, Any] = {}
        self.reasons: dict[str, Any] = {}
        self.said = widgets.HTML()
        self.box = widgets.VBox([*(self._row(row) for row in ROWS), self.said])
        self.refresh()

    def _row(self, row: str) -> Any:
        parts: list[Any] = [widgets.Label(row.capitalize(), layout={"width": "4em"})]
        if row != "run":
            self.chosen[row] = widgets.Dropdown(layout={"width": "14em"})
            self.chosen[row].observe(lambda _: self.refresh(), "value")
            parts.append(self.chosen[row])
        for what, words in ROWS[row].items():
            button = widgets.Button(description=words, layout={"width": "6em"})
            button.on_click(partial(self._clicked, row, what))
            self.buttons[row, what] = button
            parts.append(button)
        self.reasons[row] = widgets.HTML()
        return widgets.HBox([*parts, self.reasons[row]])

    def control(self, run: LiveRun) -> None:
        """Take a run under control."""
        commands, self._run = run.commands, run
        for row, names in (("link", commands.links), ("sensor", commands.sensors), ("centre", commands.nodes)):
            self.chosen[row].options, self.chosen[row].value = names, names[0] if names else None
        commands.changed.append(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Enable what can be done; say of the rest why it cannot."""
        for row, whats in ROWS.items():
            why = {what: self._reason(row, what) for what in whats}
            for what, reason in why.items():
                button = self.buttons[row, what]
                button.disabled, button.tooltip = bool(reason), reason or TIPS[row, what]
            said = dict.fromkeys(reason for reason in why.values() if reason)
            self.reasons[row].value = f"<small>{escape('; '.join(said))}</small>"

    def _reason(self, row: str, what: str) -> str:
        if self._run is None:
            return NO_RUN
        whom = self._whom(row)
        return f"no {row}" if whom is None else self._run.commands.reason(what, whom)

    def _whom(self, row: str) -> str | None:
        return "" if row == "run" else self.chosen[row].value

    def _clicked(self, row: str, what: str, _: Any) -> None:
        whom = self._whom(row)
        if self._run is None or whom is None:
            return
        try:
            self._run.commands.give(what, whom)
            self.said.value = escape(f"{what} {whom}".strip())
        except SettingsError as error:
            self.said.value = escape(str(error))
        self.refresh()
