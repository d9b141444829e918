"""The explorer's controls, as controls.toml declares them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

import ipywidgets as widgets
import numpy as np

from trackfuse.catalog.scenario import Scenario
from trackfuse.core.plugins import identity, name_of
from trackfuse.flight import Flight
from trackfuse.studies.compare import STATUS_QUO
from trackfuse.studies.runs import DRAWN
from trackfuse.views.style.style import policy_look
from trackfuse.views.widgets.choice import OWN, Choice
from trackfuse.views.widgets.ownlaunch import OwnLaunch
from trackfuse.views.widgets.panels import View
from trackfuse.views.widgets.widget_factory import (
    declared,
    declared_first,
    declared_names,
    declared_options,
    explained,
    grid,
    row,
    slider_values,
)


def _with_own(role: str, part: Any) -> dict[str, Any]:
    """Settings that add a button for a part of the user's own to the control of its role; none if it is built in."""
    if isinstance(part, str):
        return {}
    options = declared_options(role) | {part: f"Your own: {identity(role, part)}."}
    return {"options": options, "labels": {part: name_of(role, part)}}


class Controls:
    """What a person can set.

    Parameters
    ----------
    first : Scenario
        The launch shown first.
    titles : dict of str to str
        Title -> name of every launch to choose from.

    Attributes
    ----------
    launch : ipywidgets.Dropdown
    policy, against, content, posture, assumed, filter, association, fusion, late, maps, page : ipywidgets.ToggleButtons
    latency_s, loss, coverage_km, probability, decision_s, runs : ipywidgets.SelectionSlider
    at_s, seed : ipywidgets.IntSlider
    sensors : dict of str to ipywidgets.Checkbox
    own : OwnLaunch
    many, reset, code, save_figure, save_table : ipywidgets.Button
    box : ipywidgets.Box
        All of them, arranged in as many columns as there is space for.
    """

    def __init__(self, first: Scenario, titles: Mapping[str, str]) -> None:
        tracker = first.tracker
        listed = [*titles.items(), ("A launch of your own (see 'own launch')", OWN)]
        self.launch = declared("launch", options=listed, value=first.name)
        self.policy = _policy_buttons("policy", first)
        self.against = _policy_buttons("against", first)
        self.content = declared("content")
        self.latency_s = declared("latency_s")
        self.loss = declared("loss")
        self.coverage_km = declared("coverage_km")
        self.seed = declared("seed")
        self.at_s = declared("at_s")
        self.assumed = declared("assumed")
        self.posture = declared("posture", first=first.posture or DRAWN)
        self.fusion = declared("fusion", first=tracker.fusion, **_with_own("fusion", tracker.fusion))
        self.filter = declared("filter", first=tracker.filter, **_with_own("filter", tracker.filter))
        self.association = declared("association", first=tracker.association)
        self.late = declared("late", first=tracker.late)
        self.probability = declared("probability")
        self.decision_s = declared("decision_s")
        self.maps = declared("maps")
        self.page = declared("page")
        self.runs = declared("runs")
        self.own = OwnLaunch()
        self.sensors = {name: declared(f"sensors.{name}") for name in declared_names("sensors")}
        self.many = declared("many")
        self.reset = declared("reset")
        self.code = declared("code")
        self.save_figure = declared("save_figure")
        self.save_table = declared("save_table")
        single = [field.name for field in fields(Choice) if field.name != "sensors_off"]
        self._chosen = {name: getattr(self, name) for name in single}
        self._flight: Flight | None = None
        self._start = {control: control.value for control in self._all()}
        self.box = self._arranged()

    def _arranged(self) -> widgets.Box:
        sliders = [self.latency_s, self.loss, self.seed, self.at_s, self.coverage_km, self.runs]
        tracking = [self.assumed, self.filter, self.association, self.fusion, self.late, self.maps]
        acts = [self.many, self.reset, self.code, self.save_figure, self.save_table]
        pages = widgets.Stack(
            [
                widgets.VBox([row([self.posture, self.content]), grid(sliders)]),
                self.own.box,
                widgets.VBox([row(tracking), grid([self.probability, self.decision_s])]),
            ]
        )
        widgets.dlink((self.page, "index"), (pages, "selected_index"))
        return widgets.VBox(
            [
                row([self.launch, explained(self.launch.tooltip), self.page]),
                row([self.policy, self.against]),
                pages,
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
        off = frozenset(name for name, box in self.sensors.items() if not box.value)
        return Choice(**{name: control.value for name, control in self._chosen.items()}, sensors_off=off)

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
        meanings, labels = _meanings(scenario), _labels(scenario)
        for control, usual in ((self.policy, "trilateral"), (self.against, STATUS_QUO)):
            if [name for _, name in control.options] == list(meanings):
                continue
            offered = [name for name in (control.value, usual, list(meanings)[-1]) if name in meanings]
            with control.hold_trait_notifications():
                control.options = [(labels[name], name) for name in meanings]
                control.tooltips = list(meanings.values())
                control.value = offered[0]

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


def _policy_buttons(name: str, scenario: Scenario) -> Any:
    """Buttons for the policies of a scenario; it begins with the usual one, or the richest of a scenario without it."""
    meanings, usual = _meanings(scenario), declared_first(name)
    first = usual if usual in meanings else list(meanings)[-1]
    return declared(name, options=meanings, labels=_labels(scenario), first=first)


def _meanings(scenario: Scenario) -> dict[str, str]:
    """Name -> meaning of every policy."""
    return {policy.name: policy.meaning for policy in scenario.policies}


def _labels(scenario: Scenario) -> dict[str, str]:
    """Name -> words for every policy."""
    return {policy.name: policy_look(policy.name).label for policy in scenario.policies}
