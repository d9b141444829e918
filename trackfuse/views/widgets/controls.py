"""The explorer's controls, as controls.toml declares them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

import ipywidgets as widgets
import numpy as np

from trackfuse.catalog.scenario import Scenario
from trackfuse.core.errors import SettingsError
from trackfuse.core.language import LANGUAGES, language, message, translate
from trackfuse.core.plugins import identity, name_of
from trackfuse.flight import Flight
from trackfuse.studies.compare import STATUS_QUO
from trackfuse.studies.runs import DRAWN
from trackfuse.tracking import TrackerSettings
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
    explanation,
    grid,
    rename,
    row,
    slider_values,
)

NOT_WITH = message("{control} “{option}” is not possible together with {other} “{chosen}”.")
OWN_LISTED = message("A launch of your own (set it under “launch”)")


def _with_own(role: str, part: Any) -> dict[str, Any]:
    """Settings that add a button for a part of the user's own to the control of its role; none if it is built in."""
    if isinstance(part, str):
        return {}
    own = translate("Your own: {identity}.").format(identity=identity(role, part))
    options = declared_options(role) | {part: own}
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
    language, launch : ipywidgets.Dropdown
    policy, against, content, posture, assumed, filter, association, fusion, late, maps, page : ipywidgets.ToggleButtons
    latency_s, loss, coverage_km, probability, decision_s, runs : ipywidgets.SelectionSlider
    at_s, seed : ipywidgets.IntSlider
    sensors : dict of str to ipywidgets.Checkbox
    own : OwnLaunch
    many, reset, code, save_figure, save_table : ipywidgets.Button
    share : ipywidgets.Text
    table : ipywidgets.ToggleButton
    named : dict of str to ipywidgets.Widget
        Those that a view depends on, by the names that a shared text gives them; the launch is the first.
    panel, time : ipywidgets.Box
        What is set for a run, in groups; and what is set for the picture.
    """

    def __init__(self, first: Scenario, titles: Mapping[str, str]) -> None:
        tracker, self._titles = first.tracker, titles
        self.language = declared("language", options=_languages(), value=language())
        self.launch = declared("launch", options=self._launches(), value=first.name)
        self.policy = declared("policy", **_policy_buttons("policy", first))
        self.against = declared("against", **_policy_buttons("against", first))
        self.content = declared("content")
        self.latency_s = declared("latency_s")
        self.loss = declared("loss")
        self.coverage_km = declared("coverage_km")
        self.seed = declared("seed")
        self.at_s = declared("at_s")
        self.assumed = declared("assumed")
        # Where the scenario has another value than those declared, it has a button of its own.
        self._first = {"posture": first.posture or DRAWN, "fusion": tracker.fusion, "filter": tracker.filter,
                       "association": tracker.association, "late": tracker.late}  # fmt: skip
        self.posture = declared("posture", **self._of_first("posture"))
        self.fusion = declared("fusion", **self._of_first("fusion"))
        self.filter = declared("filter", **self._of_first("filter"))
        self.association = declared("association", **self._of_first("association"))
        self.late = declared("late", **self._of_first("late"))
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
        self.share = declared("share")
        self.table = declared("table")
        single = [field.name for field in fields(Choice) if field.name != "sensors_off"]
        self._chosen = {name: getattr(self, name) for name in single}
        self._flight: Flight | None = None
        self.named = self._named()
        self._start = {control: control.value for control in [*self.named.values(), self.page]}
        self.panel, self.time = self._arranged(), widgets.HBox([self.at_s, self.coverage_km, self.maps])
        self.time.add_class("trackfuse-time")

    def _named(self) -> dict[str, Any]:
        own = {f"own_{name}": control for name, control in self.own.named().items()}
        rest = {name: getattr(self, name) for name in ("assumed", "at_s", "coverage_km", "maps", "runs")}
        return {"launch": self.launch, **self._chosen, **self.sensors, **own, **rest}

    def _arranged(self) -> widgets.Box:
        sensors = grid(list(self.sensors.values()), least_px=130)
        groups = {
            "sharing": [self.content, self.latency_s, self.loss],
            "sensors": [sensors, self.posture, self.assumed],
            "tracker and warning": [
                self.filter, self.association, self.fusion, self.late, self.probability, self.decision_s,
            ],
            "launch": [self.own.box, self.seed],
        }  # fmt: skip
        pages = widgets.Stack([widgets.VBox(groups[name]) for name in declared_options("page")])
        widgets.dlink((self.page, "index"), (pages, "selected_index"))
        acts = row([self.many, self.reset, self.table, self.code, self.save_figure, self.save_table])
        self._explained = explained(self.launch.tooltip)
        launch = widgets.HBox([self.launch, self._explained])
        above = [self.language, launch, self.policy, self.against, self.page]
        panel = widgets.VBox([*above, pages, self.runs, acts, self.share])
        panel.add_class("trackfuse-panel")
        return panel

    def _launches(self) -> list[tuple[str, str]]:
        listed = [(translate(title), name) for title, name in self._titles.items()]
        return [*listed, (translate(OWN_LISTED), OWN)]

    def _of_first(self, name: str) -> dict[str, Any]:
        """Settings of a control that depend on the scenario shown first."""
        first = self._first[name]
        own = _with_own(name, first) if name in ("fusion", "filter") else {}
        return {"first": first} | own

    def rename(self, scenario: Scenario) -> None:
        """Put every word in the language of now; what is set stays.

        Parameters
        ----------
        scenario : Scenario
            The launch that is chosen.
        """
        own = {f"own.{name}": control for name, control in self.own.named().items()}
        switches = {f"sensors.{name}": control for name, control in self.sensors.items()}
        shown = {name: getattr(self, name) for name in declared_names() if hasattr(self, name)}
        more: dict[str, dict[str, Any]] = {name: self._of_first(name) for name in self._first}
        more |= {name: _policy_buttons(name, scenario) for name in ("policy", "against")}
        more["launch"] = {"options": self._launches(), "value": self.launch.value}
        more["language"] = {"options": _languages(), "value": self.language.value}
        more["own.missile"] = {"options": self.own.missile.options}
        for name, control in (shown | own | switches).items():
            if isinstance(control, widgets.Widget):
                rename(control, name, **more.get(name, {}))
        self._explained.value = explanation(self.launch.tooltip)

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

    def remember_start(self) -> None:
        """What is set now is what `start_again` gives: called once the first launch has set its clock."""
        self._start |= {control: control.value for control in self._start}

    def start_again(self) -> None:
        """Everything as it was at the start; the launch first, since others depend on it.

        The clock of the map is set by `clock_at_start`, once the launch is there: it has the launch's length.
        """
        for control, value in self._start.items():
            if control is not self.at_s:
                control.value = value

    def clock_at_start(self) -> None:
        """The clock of the map as it was at the start."""
        self.at_s.value = self._start[self.at_s]

    def changed(self) -> dict[str, Any]:
        """Name -> control of those that are not as they were at the start; the launch is the first."""
        return {name: control for name, control in self.named.items() if control.value != self._start[control]}

    def impossible(self, tracker: TrackerSettings) -> dict[str, dict[str, str]]:
        """Buttons that cannot be chosen beside what is chosen of the tracker, with the reason.

        Parameters
        ----------
        tracker : TrackerSettings
            Of the scenario.

        Returns
        -------
        dict of str to dict of str to str
            Name of a control -> words of a button -> why.
        """
        now, found = self.choice().tracker_settings(), {}
        for name in now:
            control = self._chosen[name]
            for words, value in control.options:
                why = self._conflict(tracker, now | {name: value}, name)
                if value != control.value and why:
                    found.setdefault(control.description, {})[words] = why
        return found

    def conflict(self, tracker: TrackerSettings) -> str:
        """Why the choices of the tracker cannot be together, in a sentence; "" if they can."""
        now = self.choice().tracker_settings()
        return next(filter(None, (self._conflict(tracker, now, name) for name in now)), "")

    def _conflict(self, tracker: TrackerSettings, settings: dict[str, Any], name: str) -> str:
        """With which other choice a choice cannot be, all else being usual; "" if with every one."""
        usual = {each: getattr(TrackerSettings(), each) for each in settings}
        for other in settings:
            pair = {name: settings[name], other: settings[other]}
            if other != name and not _is_possible(tracker, usual | pair):
                first, second = self._chosen[name], self._chosen[other]
                words = {"control": first.description, "option": _words(first, settings[name])}
                words |= {"other": second.description, "chosen": _words(second, settings[other])}
                return translate(NOT_WITH).format(**words)
        return ""

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
                control.tooltips = [translate(meaning) for meaning in meanings.values()]
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


def _is_possible(tracker: TrackerSettings, settings: dict[str, Any]) -> bool:
    try:
        replace(tracker, **settings)
    except SettingsError:
        return False
    return True


def _words(control: Any, value: Any) -> str:
    """What a button says."""
    return next((words for words, each in control.options if each == value), translate(str(value)))


def _languages() -> list[tuple[str, str]]:
    """The name of each language in itself, and its code."""
    return [(name, code) for code, name in LANGUAGES.items()]


def _policy_buttons(name: str, scenario: Scenario) -> dict[str, Any]:
    """Settings of buttons for the policies of a scenario; the usual one is first, else the richest."""
    meanings, usual = _meanings(scenario), declared_first(name)
    first = usual if usual in meanings else list(meanings)[-1]
    return {"options": meanings, "labels": _labels(scenario), "first": first}


def _meanings(scenario: Scenario) -> dict[str, str]:
    """Name -> meaning of every policy."""
    return {policy.name: policy.meaning for policy in scenario.policies}


def _labels(scenario: Scenario) -> dict[str, str]:
    """Name -> words for every policy."""
    return {policy.name: policy_look(policy.name).label for policy in scenario.policies}
