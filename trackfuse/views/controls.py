"""The explorer's controls. Each says in its tooltip what it is, in which unit, and where its default comes from."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import ipywidgets as widgets
import numpy as np

from trackfuse.flight import Flight
from trackfuse.study.compare import STATUS_QUO
from trackfuse.study.scenario import Scenario
from trackfuse.views.style import policy_look

AS_IT_IS = "as in policy"
LATENCIES_S = (0, 1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600)
HEIGHTS_KM = (10, 20, 50, 100, 200, 500, 1000)
CONTENTS = {
    AS_IT_IS: (AS_IT_IS, "What the policy's own links carry (data/links.csv)."),
    "warning items": ("warning", "The three published items: launch point, trajectory, predicted impact (Segye 2023)."),
    "tracks": ("track", "State and covariance of the centre's track. Hypothetical."),
    "every detection": ("detection", "Every plot of every radar. Hypothetical."),
}
SENSORS = {
    "JPN": ("Japan", "Japan's radars on land and at sea. Places published, ranges press values or assumed."),
    "ROK": ("South Korea", "South Korea's radars on land and at sea. Places coarse, ranges press values or assumed."),
    "USA": (
        "US radars",
        "US radars, near and far. Places published, ranges press values or assumed (data/sensors.csv).",
    ),
    "satellites": (
        "US satellites",
        "US infrared satellites: launch reports about a minute after lift-off. Orbits assumed.",
    ),
}
LAUNCH = "The launch: apogee, range and time as published, bearing estimated (data/launches.csv). Space opens the list."
LATENCY = (
    "One-way delay of the exchange between Japan and South Korea, seconds. None is published; the policies' own values "
    "are assumed (data/links.csv)."
)
SEED = "Another number is another draw of all noise, the same for both policies. No unit."
CLOCK = "Seconds after launch: the map shows nothing that was computed later."
COVERAGE = "Height for which radar coverage is outlined, km: a target of 1 m² seen by every second cued look; assumed."
MANY = "Compare the two policies over 30 runs, each with its own noise, the same for both; with intervals."


class Controls:
    """What a person can set.

    Parameters
    ----------
    first : Scenario
        What to begin with.
    titles : dict of str to str
        Title -> name of every launch to choose from.

    Attributes
    ----------
    launch : ipywidgets.Dropdown
    policy, against, content : ipywidgets.ToggleButtons
    latency_s, coverage_km : ipywidgets.SelectionSlider
    at_s, seed : ipywidgets.IntSlider
    sensors : dict of str to ipywidgets.Checkbox
    many : ipywidgets.Button
    box : ipywidgets.Box
        All of them, arranged in as many columns as there is room for.
    """

    def __init__(self, first: Scenario, titles: Mapping[str, str]) -> None:
        self.launch = widgets.Dropdown(
            description="Launch", options=list(titles.items()), value=first.name, tooltip=LAUNCH, **_room("auto")
        )
        self.policy = _buttons(
            "Policy", "The sharing arrangement (data/policies.toml).", _policies(first), "trilateral"
        )
        honest = "The arrangement to compare with. Bilateral is what there was in November 2023: the honest baseline."
        self.against = _buttons("Against", honest, _policies(first), STATUS_QUO)
        self.content = _buttons("Shared", "What crosses between Japan and South Korea.", CONTENTS, AS_IT_IS)
        self.latency_s = _steps("Delay", LATENCY, AS_IT_IS, {f"{s} s": s for s in LATENCIES_S})
        self.coverage_km = _steps("Coverage", COVERAGE, "none", {f"{km} km": km for km in HEIGHTS_KM})
        self.seed = _slider("Seed", SEED, 99)
        self.at_s = _slider("Map at", CLOCK, 10)
        self.sensors = {
            key: widgets.Checkbox(value=True, description=words, tooltip=tip, indent=False, layout={"width": "auto"})
            for key, (words, tip) in SENSORS.items()
        }
        self.many = widgets.Button(description="Gains over 30 runs", tooltip=MANY, layout={"width": "auto"})
        self._flight: Flight | None = None
        self.box = self._arranged()

    def _arranged(self) -> widgets.Box:
        columns = {
            "grid_template_columns": "repeat(auto-fit, minmax(290px, 1fr))",
            "grid_gap": "2px 12px",
            "width": "100%",
        }
        row = {"flex_flow": "row wrap", "grid_gap": "2px 14px"}
        sliders = widgets.GridBox([self.latency_s, self.seed, self.at_s, self.coverage_km], layout=columns)
        return widgets.VBox(
            [
                widgets.HBox([self.launch, _explained(LAUNCH)]),  # a Dropdown does not show its own tooltip
                widgets.HBox([self.policy, self.against, self.content], layout=row),
                sliders,
                widgets.HBox([widgets.Label("Sensors on"), *self.sensors.values(), self.many], layout=row),
            ]
        )

    def of_a_run(self) -> list[widgets.Widget]:
        """The controls that need a new run."""
        return [self.policy, self.against, self.content, self.latency_s, self.seed, *self.sensors.values()]

    def of_the_picture(self) -> list[widgets.Widget]:
        """The controls that change only what is drawn."""
        return [self.at_s, self.coverage_km]

    def overrides(self) -> dict[str, Any]:
        """What is changed of the policy's exchange: fields of Policy."""
        asked = {"latency_s": self.latency_s.value, "payload": self.content.value}
        return {name: value for name, value in asked.items() if value != AS_IT_IS}

    def fit(self, scenario: Scenario) -> None:
        """Offer the policies of another scenario, keeping the choice where it has them too.

        Parameters
        ----------
        scenario : Scenario
        """
        offered = _policies(scenario)
        names = [name for name, _ in offered.values()]
        for control, wanted in ((self.policy, "trilateral"), (self.against, STATUS_QUO)):
            kept = control.value if control.value in names else _present(names, wanted)
            if [name for _, name in control.options] != names:
                with control.hold_trait_notifications():
                    control.options = [(words, name) for words, (name, _) in offered.items()]
                    control.tooltips = [tip for _, tip in offered.values()]
                    control.value = kept

    def show_times(self, flight: Flight) -> None:
        """Fit the clock of the map to a flight; another launch starts it soon after burn-out.

        Parameters
        ----------
        flight : Flight
        """
        if flight is self._flight:
            return
        self._flight = flight
        with self.at_s.hold_trait_notifications():
            self.at_s.max = int(np.floor(flight.impact_s))
            self.at_s.value = min(int(np.ceil(flight.burnout_s)) + 20, self.at_s.max)


def _room(width: str) -> dict[str, Any]:
    return {"layout": widgets.Layout(width=width), "style": {"description_width": "70px"}}


def _buttons(name: str, tip: str, options: Mapping[str, tuple[str, str]], wanted: str) -> widgets.ToggleButtons:
    """One button an option; each has its own tooltip beside that of the whole."""
    values = [value for value, _ in options.values()]
    return widgets.ToggleButtons(
        description=name,
        tooltip=tip,
        options=[(words, value) for words, (value, _) in options.items()],
        tooltips=[why for _, why in options.values()],
        value=_present(values, wanted),
        style={"description_width": "70px", "button_width": "auto"},
    )


def _steps(name: str, tip: str, first: str, options: Mapping[str, float]) -> widgets.SelectionSlider:
    """A slider over fixed values, with a word for the first."""
    values = [(first, first), *options.items()]
    return widgets.SelectionSlider(description=name, tooltip=tip, options=values, value=first, **_room("auto"))


def _slider(name: str, tip: str, highest: int) -> widgets.IntSlider:
    return widgets.IntSlider(description=name, tooltip=tip, value=0, min=0, max=highest, **_room("auto"))


def _explained(tip: str) -> widgets.HTML:
    """A sign to point at."""
    return widgets.HTML(f'<span title="{escape(tip)}" role="note" aria-label="{escape(tip)}">ⓘ</span>')


def _policies(scenario: Scenario) -> dict[str, tuple[str, str]]:
    """Label -> name and meaning of every policy."""
    return {policy_look(policy.name).label: (policy.name, policy.meaning) for policy in scenario.policies}


def _present(names: list[str], wanted: str) -> str:
    return wanted if wanted in names else names[-1]
