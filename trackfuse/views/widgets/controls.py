"""The explorer's controls. Each says in its tooltip what it is, in which unit, and where its default comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

import ipywidgets as widgets
import numpy as np

from trackfuse.catalog.scenario import Scenario
from trackfuse.flight import Flight
from trackfuse.studies.compare import STATUS_QUO
from trackfuse.views.style.style import policy_look
from trackfuse.views.widgets.choice import AS_IT_IS, AS_RULED, OWN, Choice
from trackfuse.views.widgets.ownlaunch import OwnLaunch
from trackfuse.views.widgets.panels import View
from trackfuse.views.widgets.widget_factory import buttons, explained, grid, named, row, slider_values, value_slider

CONTENTS = {
    AS_IT_IS: "What the policy's own links carry (data/links.csv).",
    "warning": "The three published items: launch point, trajectory, predicted impact (Segye 2023).",
    "track": "State and covariance of the centre's track. Hypothetical, yours to choose.",
    "detection": "Every plot of every radar. Hypothetical, yours to choose.",
}
CONTENT_LABELS = {"warning": "warning items", "track": "tracks", "detection": "every detection"}
RADARS = "Places {places}, ranges press values or assumed (data/sensors.csv)."
SENSORS = {
    "JPN": ("Japan", f"Japan's radars on land and at sea. {RADARS.format(places='published')}"),
    "ROK": ("South Korea", f"South Korea's radars on land and at sea. {RADARS.format(places='coarse')}"),
    "USA": ("US radars", f"US radars, near and far. {RADARS.format(places='published')}"),
    "satellites": (
        "US satellites",
        "US infrared satellites: launch reports about a minute after lift-off. Orbits assumed (data/sensors.csv).",
    ),
}
ASSUMED = {
    "low": "Every assumed number of every sensor at its weakest (data/sensor_parameters.csv).",
    "nominal": "Every assumed number of every sensor at its nominal value (data/sensor_parameters.csv).",
    "high": "Every assumed number of every sensor at its best (data/sensor_parameters.csv).",
}
FUSED = {
    "ci": "Covariance intersection: honest whatever two tracks have in common (Julier & Uhlmann 1997).",
    "naive": "As if tracks had nothing in common: counts twice (Bar-Shalom & Campo 1986). To show what goes wrong.",
    "campo": "With the cross-covariance of the two tracks (Bar-Shalom & Campo 1986).",
    "ici": "Inverse covariance intersection (Noack 2017): less cautious than covariance intersection.",
    "split_ci": "Split covariance intersection: noise independent, registration in common (Julier & Uhlmann 2001).",
    "tracklet": "Tracklets: only what is new since the last report counts (Chong 1979).",
}
FILTERED = {
    "imm": "Interacting models of a burning engine, free fall and re-entry, extended filters (Blom & Bar-Shalom 1988).",
    "ekf": "One extended filter, thrust estimated all along (Bar-Shalom, Li & Kirubarajan 2001): loses more unseen.",
    "ukf": "One unscented filter, thrust estimated all along (Julier, Uhlmann & Durrant-Whyte 2000).",
}
ASSOCIATED = {
    "auto": "Known where there is one object and nothing false to see, else global nearest neighbour: yours to choose.",
    "known": "Each detection says which object it is of: what association costs shows beside it. Yours to choose.",
    "gnn": "Global nearest neighbour: every detection goes to one track outright (Bar-Shalom & Li 1995).",
    "jpda": "Joint probabilities: a track takes part of all that may be its own (Fortmann, Bar-Shalom & Scheffe 1983).",
}
LATE = {
    "reprocess": "Works through all since then again: the exact result that others are held to (Bar-Shalom 2002).",
    "one_step": "Updates the present state in one jump (Bar-Shalom, Chen & Mallick 2004).",
    "multi_step": "Updates the present state back through what was held after each plot (the same, 2004).",
    "drop": "Leaves it out: what the others are worth (Bar-Shalom 2002).",
}
MAPS = {
    "one": "Both on one map, the one compared against dashed: yours to choose.",
    "two": "A map for each, side by side: yours to choose.",
}
PAGES = {
    "sharing": "What is shared and how fast, and what is drawn: yours to choose.",
    "own launch": "Place a launch of your own, yours to choose: it is in the list of launches too.",
    "tracking and warning": "Sensors' assumptions, filter, fusion, the warning rule: yours to choose.",
}
LAUNCH = "The launch: apogee, range and time as published, bearing estimated (data/launches.csv). Space opens the list."
LATENCY = (
    "One-way delay of the exchange between Japan and South Korea, seconds. None is published; the policies' own values "
    "are assumed (data/links.csv)."
)
LOSS = "Share of messages lost on the exchange between Japan and South Korea. Assumed in the policies (data/links.csv)."
SEED = "Another number is another draw of all noise, the same for both policies. No unit; yours to choose."
CLOCK = "Seconds after launch, yours to choose: the map shows nothing that was computed later."
COVERAGE = (
    "Height for which radar coverage is outlined, km, yours to choose: a target of 1 m² seen by every other cued look. "
    "Radars as in data/sensors.csv."
)
PROBABILITY = (
    "Probability (no unit) from which on a centre warns a place under the flight path or in the impact region: assumed "
    "in the rule, yours to choose. What flies past is known at once when the engine is out, at any of these."
)
DECISION = (
    "Median time that people need to decide, seconds; its spread stays. Assumed in the rule: alerts took minutes in "
    "all (data/alerts.csv)."
)
RUNS = "Runs behind the button: 30 take a second or two; more make intervals narrower. No unit; yours to choose."
PAGE = "Which of the controls below are shown, yours to choose; those that are hidden keep what they are set to."
MANY = "Compare the two policies over many runs, each with its own noise, the same for both; with intervals."


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
    policy, against, content, assumed, filter, association, fusion, late, maps, page : ipywidgets.ToggleButtons
    latency_s, loss, coverage_km, probability, decision_s, runs : ipywidgets.SelectionSlider
    at_s, seed : ipywidgets.IntSlider
    sensors : dict of str to ipywidgets.Checkbox
    own : OwnLaunch
    many, reset, code, save_figure, save_table : ipywidgets.Button
    box : ipywidgets.Box
        All of them, arranged in as many columns as there is space for.
    """

    def __init__(self, first: Scenario, titles: Mapping[str, str]) -> None:
        tracker, seconds = first.tracker, (0, 1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600)
        listed = [*titles.items(), ("A launch of your own (see 'own launch')", OWN)]
        self.launch = named(widgets.Dropdown, "Launch", LAUNCH, options=listed, value=first.name)
        sharing = "The sharing arrangement (data/policies.toml)."
        self.policy = buttons("Policy", sharing, _meanings(first), "trilateral", _policy_label)
        baseline = "The arrangement to compare with (data/policies.toml). Bilateral is what there was in November 2023."
        self.against = buttons("Against", baseline, _meanings(first), STATUS_QUO, _policy_label)
        crosses = "What crosses between Japan and South Korea (data/links.csv)."
        self.content = buttons("Shared", crosses, CONTENTS, AS_IT_IS, lambda name: CONTENT_LABELS.get(name, name))
        self.latency_s = value_slider("Delay", LATENCY, AS_IT_IS, "{} s", seconds)
        self.loss = value_slider("Loss", LOSS, AS_IT_IS, "{:.0%}", (0.0, 0.01, 0.05, 0.1, 0.2, 0.5, 0.9))
        self.coverage_km = value_slider("Coverage", COVERAGE, "none", "{} km", (10, 20, 50, 100, 200, 500, 1000))
        self.seed = named(widgets.IntSlider, "Seed", SEED, value=0, min=0, max=99)
        self.at_s = named(widgets.IntSlider, "Map at", CLOCK, value=0, min=0, max=10)
        assumed = "How good every assumed number makes the sensors: yours to choose."
        self.assumed = buttons("Sensors as", assumed, ASSUMED, "nominal")
        fused = "How a centre fuses its track with reports: yours to choose."
        self.fusion = buttons("Fusion", fused, FUSED, tracker.fusion)
        followed = "What a centre follows the missile with: yours to choose."
        self.filter = buttons("Filter", followed, FILTERED, tracker.filter, str.upper)
        associated = "How detections are given to tracks (no unit): yours to choose."
        self.association = buttons("Associate", associated, ASSOCIATED, tracker.association)
        late = "What a filter makes of a plot that comes after newer ones: yours to choose."
        self.late = buttons("Late plots", late, LATE, tracker.late, lambda name: name.replace("_", " "))
        shares = (0.001, 0.01, 0.05, 0.1, 0.2, 0.5, 0.9)
        self.probability = value_slider("Warn from", PROBABILITY, AS_RULED, "{:.1%}", shares)
        decisions = (0, 10, 20, 30, 45, 60, 90, 120, 180, 300)
        self.decision_s = value_slider("Decide in", DECISION, AS_RULED, "{} s", decisions)
        self.maps = buttons("Maps", "Both policies on one map, or a map for each: yours to choose.", MAPS, "one")
        self.page = buttons("Set", PAGE, PAGES, "sharing")
        self.runs = value_slider("Runs", RUNS, 30, "{} runs", (10, 30, 100, 200))
        self.own = OwnLaunch()
        self.sensors = {
            key: widgets.Checkbox(value=True, description=words, tooltip=tip, indent=False, layout={"width": "auto"})
            for key, (words, tip) in SENSORS.items()
        }
        self.many = _button("Gains over many runs", MANY)
        self.reset = _button("Reset", "Every control as it was when the explorer was opened.")
        self.code = _button("Copy as code", "Shows the cell that gives this view without the explorer, to be copied.")
        written = "Writes {} to saved/, with provenance."
        self.save_figure = _button("Save figure", written.format("this view as PNG, SVG and PDF"))
        self.save_table = _button("Save table", written.format("the gains of this view as CSV"))
        self._chosen = {field.name: getattr(self, field.name) for field in fields(Choice) if field.name != "sensors"}
        self._flight: Flight | None = None
        self._start = {control: control.value for control in self._all()}
        self.box = self._arranged()

    def _arranged(self) -> widgets.Box:
        sliders = [self.latency_s, self.loss, self.seed, self.at_s, self.coverage_km, self.runs]
        tracking = [self.assumed, self.filter, self.association, self.fusion, self.late, self.maps]
        pages = {
            "sharing": widgets.VBox([row([self.content]), grid(sliders)]),
            "own launch": self.own.box,
            "tracking and warning": widgets.VBox([row(tracking), grid([self.probability, self.decision_s])]),
        }

        def turn(*_: object) -> None:
            for name, page in pages.items():
                page.layout.display = "" if name == self.page.value else "none"

        self.page.observe(turn, "value")
        turn()
        acts = [self.many, self.reset, self.code, self.save_figure, self.save_table]
        return widgets.VBox(
            [
                row([self.launch, explained(LAUNCH), self.page]),
                row([self.policy, self.against]),
                *pages.values(),
                row([widgets.Label("Sensors on"), *self.sensors.values(), *acts]),
            ]
        )

    def _all(self) -> list[Any]:
        return [self.launch, *self.of_a_run(), *self.of_the_picture(), *self.own.all(), self.page, self.runs]

    def of_a_run(self) -> list[Any]:
        """The controls that need a new run."""
        return [*self._chosen.values(), self.assumed, *self.sensors.values()]

    def of_the_picture(self) -> list[Any]:
        """The controls that change only what is drawn."""
        return [self.at_s, self.coverage_km, self.maps]

    def choice(self) -> Choice:
        """What is set for a run."""
        on = frozenset(name for name, box in self.sensors.items() if box.value)
        return Choice(**{name: control.value for name, control in self._chosen.items()}, sensors=on)

    def view(self) -> View:
        """What is set for the picture."""
        height = self.coverage_km.value
        coverage_km = None if isinstance(height, str) else height
        return View(at_s=float(self.at_s.value), coverage_km=coverage_km, two_maps=self.maps.value == "two")

    def next_choice(self, moved: Mapping[str, Any]) -> Choice | None:
        """What is set if a slider goes on by one step as it has just moved; None at its end, and of another control.

        Parameters
        ----------
        moved : dict
            `owner`, `old` and `new`, as ipywidgets reports a change.

        Returns
        -------
        Choice or None
        """
        slider = moved["owner"]
        name = next((name for name, control in self._chosen.items() if control is slider), None)
        if name is None or not isinstance(slider, widgets.SelectionSlider | widgets.IntSlider):
            return None
        scale = slider_values(slider)
        at, before = scale.index(moved["new"]), scale.index(moved["old"])
        onward = at + (1 if at > before else -1)
        return replace(self.choice(), **{name: scale[onward]}) if 0 <= onward < len(scale) else None

    def start_again(self) -> None:
        """Everything as it was at the start; the launch first, since others depend on it."""
        for control, value in self._start.items():
            control.value = value

    def fit(self, scenario: Scenario) -> None:
        """Offer the policies of another scenario, keeping the choice where it has them too.

        Parameters
        ----------
        scenario : Scenario
        """
        meanings = _meanings(scenario)
        for control, usual in ((self.policy, "trilateral"), (self.against, STATUS_QUO)):
            if [name for _, name in control.options] == list(meanings):
                continue
            wanted = [name for name in (control.value, usual, list(meanings)[-1]) if name in meanings]
            with control.hold_trait_notifications():
                control.options = [(_policy_label(name), name) for name in meanings]
                control.tooltips = list(meanings.values())
                control.value = wanted[0]

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
            self.at_s.max = int(np.floor(flight.t_s[-1]))
            self.at_s.value = min(int(np.ceil(flight.burnout_s)) + 20, self.at_s.max)


def _button(words: str, tip: str) -> widgets.Button:
    return widgets.Button(description=words, tooltip=tip, layout={"width": "auto"})


def _meanings(scenario: Scenario) -> dict[str, str]:
    """Name -> meaning of every policy."""
    return {policy.name: policy.meaning for policy in scenario.policies}


def _policy_label(name: str) -> str:
    return policy_look(name).label
