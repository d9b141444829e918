"""The explorer's controls. Each says in its tooltip what it is, in which unit, and where its default comes from."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets
import numpy as np

from trackfuse.flight import Flight
from trackfuse.study.compare import STATUS_QUO
from trackfuse.study.scenario import Scenario
from trackfuse.views.style import policy_look

AS_IT_IS = "as in policy"
LATENCIES_S = (0, 1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600)
CONTENTS = {AS_IT_IS: AS_IT_IS, "three warning items": "warning", "tracks": "track", "every detection": "detection"}
HEIGHTS = {
    "none": 0.0,
    "20 km": 20.0,
    "50 km": 50.0,
    "100 km": 100.0,
    "200 km": 200.0,
    "500 km": 500.0,
    "1000 km": 1000.0,
}
SENSORS = {
    "JPN": (
        "Japan",
        "Japan's radars on land and at sea. Places published; ranges press values or assumed (data/sensors.csv).",
    ),
    "ROK": ("South Korea", "South Korea's radars on land and at sea. Places coarse; ranges press values or assumed."),
    "USA": ("US radars", "US radars in the region and beyond. Places published; ranges press values or assumed."),
    "satellites": (
        "US satellites",
        "US infrared satellites: launch reports about a minute after lift-off; orbits assumed.",
    ),
}


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
    launch, policy, against, content : ipywidgets.Dropdown
    latency_s : ipywidgets.SelectionSlider
    coverage_km : ipywidgets.Dropdown
    at_s, seed : ipywidgets.IntSlider
    sensors : dict of str to ipywidgets.Checkbox
    many : ipywidgets.Button
    box : ipywidgets.Box
        All of them, arranged in as many columns as there is room for.
    """

    def __init__(self, first: Scenario, titles: dict[str, str]) -> None:
        policies = _policies(first)
        self.launch = _dropdown(
            "Launch",
            titles,
            first.name,
            "The launch. Apogee, range and time as published; bearing estimated (data/launches.csv, data/scenarios).",
        )
        self.policy = _dropdown(
            "Policy",
            policies,
            _named(first, "trilateral"),
            "The sharing arrangement (data/policies.toml says what is published).",
        )
        self.against = _dropdown(
            "Against",
            policies,
            _named(first, STATUS_QUO),
            "The arrangement to compare with. Bilateral is what there was in November 2023: the honest baseline.",
        )
        self.content = _dropdown(
            "Shared",
            CONTENTS,
            AS_IT_IS,
            "What crosses between Japan and South Korea. Published are three items: launch point, trajectory, impact.",
        )
        self.latency_s = widgets.SelectionSlider(
            description="Delay",
            options=[(AS_IT_IS, AS_IT_IS), *((f"{s} s", s) for s in LATENCIES_S)],
            value=AS_IT_IS,
            tooltip="One-way delay of the exchange between Japan and South Korea, seconds. None is published; the "
            "policies' own values are assumed (data/links.csv).",
            **_ROOM,
        )
        noise = "Another number is another draw of all noise: the same for both policies. No unit."
        self.seed = _slider("Seed", 99, noise)
        self.at_s = _slider("Map at", 10, "Seconds after launch: the map shows nothing that was computed later.")
        self.coverage_km = _dropdown(
            "Coverage",
            HEIGHTS,
            0.0,
            "Height for which radar coverage is outlined, km: a target of 1 m² seen by every second cued look.",
        )
        self.sensors = {key: _checkbox(words, tip) for key, (words, tip) in SENSORS.items()}
        self.many = widgets.Button(
            description="Gains over 30 runs",
            tooltip="Compare the two policies over 30 runs on the same noise, with intervals.",
            layout=widgets.Layout(width="auto"),
        )
        self._scenario_launch: object = None
        choices = [self.launch, self.policy, self.against, self.content, self.latency_s, self.seed, self.at_s]
        switches = [widgets.Label("Sensors on"), *self.sensors.values(), self.many]
        self.box = _box([*choices, self.coverage_km], switches)

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
        for control, wanted in ((self.policy, "trilateral"), (self.against, STATUS_QUO)):
            offered = _policies(scenario)
            if tuple(offered.items()) != tuple(control.options):
                kept = control.value if control.value in offered.values() else _named(scenario, wanted)
                with control.hold_trait_notifications():
                    control.options = list(offered.items())
                    control.value = kept

    def show_times(self, flight: Flight) -> None:
        """Fit the clock of the map to a flight; another launch starts it soon after burn-out.

        Parameters
        ----------
        flight : Flight
        """
        if flight is self._scenario_launch:
            return
        self._scenario_launch = flight
        with self.at_s.hold_trait_notifications():
            self.at_s.max = int(np.floor(flight.impact_s))
            self.at_s.value = min(int(np.ceil(flight.burnout_s)) + 20, self.at_s.max)


_ROOM: dict[str, Any] = {
    "layout": widgets.Layout(width="auto"),
    "style": {"description_width": "62px"},
    "continuous_update": True,
}


def _box(choices: list[widgets.Widget], switches: list[widgets.Widget]) -> widgets.Box:
    """Choices in as many columns as there is room for, switches below."""
    columns = "repeat(auto-fit, minmax(290px, 1fr))"
    grid = widgets.Layout(grid_template_columns=columns, grid_gap="2px 12px", width="100%")
    row = widgets.Layout(flex_flow="row wrap", grid_gap="2px 14px")
    return widgets.VBox([widgets.GridBox(choices, layout=grid), widgets.HBox(switches, layout=row)])


def _slider(name: str, highest: int, tip: str) -> widgets.IntSlider:
    return widgets.IntSlider(description=name, value=0, min=0, max=highest, tooltip=tip, **_ROOM)


def _checkbox(words: str, tip: str) -> widgets.Checkbox:
    layout = widgets.Layout(width="auto")
    return widgets.Checkbox(value=True, description=words, tooltip=tip, indent=False, layout=layout)


def _dropdown(name: str, options: dict[str, Any], value: Any, tooltip: str) -> widgets.Dropdown:
    room = {key: how for key, how in _ROOM.items() if key != "continuous_update"}
    return widgets.Dropdown(description=name, options=list(options.items()), value=value, tooltip=tooltip, **room)


def _policies(scenario: Scenario) -> dict[str, str]:
    return {policy_look(policy.name).label: policy.name for policy in scenario.policies}


def _named(scenario: Scenario, wanted: str) -> str:
    names = [policy.name for policy in scenario.policies]
    return wanted if wanted in names else names[-1]
