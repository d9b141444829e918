"""The first row of a live view: which run is started, how fast it goes, and the buttons that start and end it."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any, NamedTuple

import ipywidgets as widgets

from trackfuse.catalog.catalog import load_scenario
from trackfuse.catalog.scenario import Scenario
from trackfuse.views.style.style import policy_label
from trackfuse.views.widgets.choice import DEFAULT
from trackfuse.views.widgets.launches import titles

SPEEDS = (1.0, 2.0, 5.0, 10.0, 20.0, 60.0)
FIRST_POLICY, FIRST_SPEED = "trilateral", 10.0
TIPS = {
    "launch": "The launch that the sensors of all nations see (data/launches.csv).",
    "policy": "The sharing arrangement: which links there are (data/policies.toml).",
    "speed": "Seconds of the flight in one second (free choice).",
    "start": "Start a process for every centre, for the sensors of each, and for the links",
    "end": "End all processes of the run now",
}


class Asked(NamedTuple):
    """What is to be run."""

    scenario: Scenario
    policy: str
    speed: float


class LiveStart:
    """Lists of launches, policies and speeds, and the buttons Start and End.

    Parameters
    ----------
    scenario : Scenario, optional
        That is run; by default there is a list of launches to choose from.
    start : callable
        Is called with what is to be run.
    end : callable
        Is called when the run is to end.

    Attributes
    ----------
    box : ipywidgets.HBox
        What to display.
    launch : ipywidgets.Dropdown or None
    policy, speed : ipywidgets.Dropdown
    start, end : ipywidgets.Button
    reasons : ipywidgets.HTML
        Why what is disabled cannot be pressed now.
    """

    def __init__(self, scenario: Scenario | None, start: Callable[[Asked], None], end: Callable[[], None]) -> None:
        self._given = scenario or load_scenario(DEFAULT)
        self.launch = None if scenario is not None else _list("launch", list(titles(self._given).items()))
        self.policy, self.speed = _list("policy", []), _list("speed", [_speed(each) for each in SPEEDS])
        self.speed.value = FIRST_SPEED
        self.start, self.end = _button("start"), _button("end")
        self.reasons = widgets.HTML()
        self._chosen = [each for each in (self.launch, self.policy, self.speed) if each is not None]
        if self.launch is not None:
            self.launch.value = DEFAULT
            self.launch.observe(lambda _: self._offer_policies(), "value")
        self._offer_policies()
        self.start.on_click(lambda _: start(Asked(self._picked(), self.policy.value, self.speed.value)))
        self.end.on_click(lambda _: end())
        self.box = widgets.HBox([*self._chosen, self.start, self.end, self.reasons],
                                layout={"flex_flow": "row wrap", "align_items": "center"})  # fmt: skip

    def show(self, launch: str, policy: str, speed: float) -> None:
        """Show what a run that was not started here goes by."""
        if self.launch is not None and launch in [name for _, name in self.launch.options]:
            self.launch.value = launch
        if policy in [name for _, name in self.policy.options]:
            self.policy.value = policy
        if speed not in [each for _, each in self.speed.options]:
            self.speed.options = (*self.speed.options, _speed(speed))
        self.speed.value = speed

    def allow(self, why_no_start: str, why_no_end: str) -> None:
        """Enable what can be done; say of the rest why it cannot.

        Parameters
        ----------
        why_no_start, why_no_end : str
            "" where it can be done.
        """
        for button, name, why in ((self.start, "start", why_no_start), (self.end, "end", why_no_end)):
            button.disabled, button.tooltip = bool(why), why or TIPS[name]
        for each in self._chosen:
            each.disabled = bool(why_no_start)
        said = dict.fromkeys(why for why in (why_no_start, why_no_end) if why)
        self.reasons.value = f"<small>{escape('; '.join(said))}</small>"

    def _picked(self) -> Scenario:
        return self._given if self.launch is None else load_scenario(self.launch.value)

    def _offer_policies(self) -> None:
        """List the policies of the launch; one that it also has stays chosen."""
        before, policies = self.policy.value or FIRST_POLICY, self._picked().policies
        self.policy.options = [(policy_label(each), each.name) for each in policies]
        names = [each.name for each in policies]
        self.policy.value = before if before in names else names[0]


def _speed(speed: float) -> tuple[str, float]:
    return f"{speed:g} ×", speed


def _list(name: str, options: list[tuple[str, Any]]) -> Any:
    return widgets.Dropdown(
        options=options, description=name.capitalize(), tooltip=TIPS[name], style={"description_width": "initial"},
        layout={"width": "auto", "max_width": "100%"},
    )  # fmt: skip


def _button(name: str) -> Any:
    style = "primary" if name == "start" else ""
    return widgets.Button(description=name.capitalize(), layout={"width": "6em"}, button_style=style)
