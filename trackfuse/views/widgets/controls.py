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
from trackfuse.tracking.settings import ASSOCIATIONS, FILTERS, FUSIONS
from trackfuse.views.style.style import policy_look
from trackfuse.views.widgets.choice import AS_IT_IS, AS_RULED, Choice
from trackfuse.views.widgets.ownlaunch import OwnLaunch
from trackfuse.views.widgets.widget_factory import along, buttons, explained, room, steps, whole

OWN = "a launch of one's own"
LATENCIES_S = (0, 1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600)
LOSSES = (0.0, 0.01, 0.05, 0.1, 0.2, 0.5, 0.9)
HEIGHTS_KM = (10, 20, 50, 100, 200, 500, 1000)
PROBABILITIES = (0.001, 0.01, 0.05, 0.1, 0.2, 0.5, 0.9)
DECISIONS_S = (0, 10, 20, 30, 45, 60, 90, 120, 180, 300)
RUNS = (10, 30, 100, 200)
CONTENTS = {
    AS_IT_IS: (AS_IT_IS, "What the policy's own links carry (data/links.csv)."),
    "warning items": ("warning", "The three published items: launch point, trajectory, predicted impact (Segye 2023)."),
    "tracks": ("track", "State and covariance of the centre's track. Hypothetical, yours to choose."),
    "every detection": ("detection", "Every plot of every radar. Hypothetical, yours to choose."),
}
SENSORS = {
    "JPN": (
        "Japan",
        "Japan's radars on land and at sea. Places published, ranges press values or assumed (data/sensors.csv).",
    ),
    "ROK": (
        "South Korea",
        "South Korea's radars on land and at sea. Places coarse, ranges press values or assumed (data/sensors.csv).",
    ),
    "USA": (
        "US radars",
        "US radars, near and far. Places published, ranges press values or assumed (data/sensors.csv).",
    ),
    "satellites": (
        "US satellites",
        "US infrared satellites: launch reports about a minute after lift-off. Orbits assumed (data/sensors.csv).",
    ),
}
ASSUMED = {
    "low": ("low", "Every assumed number of every sensor at its weakest (data/sensor_parameters.csv)."),
    "nominal": ("nominal", "Every assumed number of every sensor at its nominal value (data/sensor_parameters.csv)."),
    "high": ("high", "Every assumed number of every sensor at its best (data/sensor_parameters.csv)."),
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
SURE = (
    "Probability (no unit) from which on a centre warns a place under the flight path or in the impact region: assumed "
    "in the rule, yours to choose. What flies past is known at once when the engine is out, at any of these."
)
DECIDE = (
    "Median time that people need to decide, seconds; its spread stays. Assumed in the rule: alerts took minutes in "
    "all (data/alerts.csv)."
)
MANY = "Compare the two policies over many runs, each with its own noise, the same for both; with intervals."
HOW_MANY = "Runs behind the button: 30 take a second or two; more make intervals narrower. No unit; yours to choose."
PAGE = "Which of the controls below are shown, yours to choose; those that are hidden keep what they are set to."
PAGES = {
    "sharing": ("sharing", "What is shared and how fast, and what is drawn: yours to choose."),
    "own launch": ("launch", "Place a launch of your own, yours to choose: it is in the list of launches too."),
    "tracking and warning": ("tracking", "Sensors' assumptions, filter, fusion, the warning rule: yours to choose."),
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
    launch : ipywidgets.Dropdown
    policy, against, content, assumed, filter, association, fusion, late, maps, page : ipywidgets.ToggleButtons
    latency_s, loss, coverage_km, probability, decision_s, runs : ipywidgets.SelectionSlider
    at_s, seed : ipywidgets.IntSlider
    sensors : dict of str to ipywidgets.Checkbox
    own : OwnLaunch
    many, reset, code, keep_figure, keep_table : ipywidgets.Button
    box : ipywidgets.Box
        All of them, arranged in as many columns as there is room for.
    """

    def __init__(self, first: Scenario, titles: Mapping[str, str]) -> None:
        listed = [*titles.items(), ("A launch of your own (see 'own launch')", OWN)]
        self.launch = widgets.Dropdown(
            description="Launch", options=listed, value=first.name, tooltip=LAUNCH, **room("auto")
        )
        self.policy = buttons("Policy", "The sharing arrangement (data/policies.toml).", _policies(first), "trilateral")
        honest = "The arrangement to compare with (data/policies.toml). Bilateral is what there was in November 2023."
        self.against = buttons("Against", honest, _policies(first), STATUS_QUO)
        crosses = "What crosses between Japan and South Korea (data/links.csv)."
        self.content = buttons("Shared", crosses, CONTENTS, AS_IT_IS)
        self.latency_s = steps("Delay", LATENCY, AS_IT_IS, {f"{s} s": s for s in LATENCIES_S})
        self.loss = steps("Loss", LOSS, AS_IT_IS, {f"{share:.0%}": share for share in LOSSES})
        self.coverage_km = steps("Coverage", COVERAGE, "none", {f"{km} km": km for km in HEIGHTS_KM})
        self.seed = whole("Seed", SEED, 99)
        self.at_s = whole("Map at", CLOCK, 10)
        how_good = "How good every assumed number makes the sensors: yours to choose."
        self.assumed = buttons("Sensors as", how_good, ASSUMED, "nominal")
        self.fusion = buttons("Fusion", "How a centre fuses its track with reports: yours to choose.",
                              {name: (name, FUSED[name]) for name in FUSIONS}, first.tracker.fusion)  # fmt: skip
        self.filter = buttons("Filter", "What a centre follows the missile with: yours to choose.",
                              {name.upper(): (name, FILTERED[name]) for name in FILTERS}, first.tracker.filter)
        self.association = buttons("Associate", "How detections are given to tracks (no unit): yours to choose.",
                                   {name: (name, ASSOCIATED[name]) for name in ASSOCIATIONS},
                                   first.tracker.association)  # fmt: skip
        self.late = buttons("Late plots", "What a filter makes of a plot that comes after newer ones: yours to choose.",
                            {name.replace("_", " "): (name, why) for name, why in LATE.items()},
                            first.tracker.late)  # fmt: skip
        self.probability = steps("Warn from", SURE, AS_RULED, {f"{share:.1%}": share for share in PROBABILITIES})
        self.decision_s = steps("Decide in", DECIDE, AS_RULED, {f"{s} s": s for s in DECISIONS_S})
        self.maps = buttons("Maps", "Both policies on one map, or a map for each: yours to choose.",
                            {"one": ("one", "Both on one map, the one compared against dashed: yours to choose."),
                             "two": ("two", "A map for each, side by side: yours to choose.")}, "one")  # fmt: skip
        self.page = buttons("Set", PAGE, PAGES, "sharing")
        self.runs = steps("Runs", HOW_MANY, 30, {f"{n} runs": n for n in RUNS})
        self.own = OwnLaunch()
        self.sensors = {
            key: widgets.Checkbox(value=True, description=words, tooltip=tip, indent=False, layout={"width": "auto"})
            for key, (words, tip) in SENSORS.items()
        }
        self.many = _button("Gains over many runs", MANY)
        self.reset = _button("Reset", "Every control as it was when the explorer was opened.")
        self.code = _button("Copy as code", "Shows the cell that gives this view without the explorer, to be copied.")
        self.keep_figure = _button(
            "Save figure", "Writes this view as PNG, SVG and PDF to saved/, with its provenance."
        )
        self.keep_table = _button(
            "Save table", "Writes the gains of this view as CSV to saved/, with their provenance."
        )
        self._chosen = {field.name: getattr(self, field.name) for field in fields(Choice) if field.name != "sensors"}
        self._flight: Flight | None = None
        self._start = {control: control.value for control in self._all()}
        self.box = self._arranged()

    def _arranged(self) -> widgets.Box:
        columns = {
            "grid_template_columns": "repeat(auto-fit, minmax(290px, 1fr))",
            "grid_gap": "2px 12px",
            "width": "100%",
        }
        row = {"flex_flow": "row wrap", "grid_gap": "2px 14px"}
        pages = {
            "sharing": widgets.VBox([
                widgets.HBox([self.content], layout=row),
                widgets.GridBox([self.latency_s, self.loss, self.seed, self.at_s, self.coverage_km, self.runs],
                                layout=columns),
            ]),
            "launch": self.own.box,
            "tracking": widgets.VBox([
                widgets.HBox([self.assumed, self.filter, self.association, self.fusion, self.late, self.maps],
                             layout=row),
                widgets.GridBox([self.probability, self.decision_s], layout=columns),
            ]),
        }  # fmt: skip

        def turn(*_: object) -> None:
            for name, page in pages.items():
                page.layout.display = "" if name == self.page.value else "none"

        self.page.observe(turn, "value")
        turn()
        acts = [self.many, self.reset, self.code, self.keep_figure, self.keep_table]
        return widgets.VBox(
            [
                widgets.HBox([self.launch, explained(LAUNCH), self.page], layout=row),
                widgets.HBox([self.policy, self.against], layout=row),
                *pages.values(),
                widgets.HBox([widgets.Label("Sensors on"), *self.sensors.values(), *acts], layout=row),
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
        """What is set."""
        on = frozenset(name for name, box in self.sensors.items() if box.value)
        return Choice(**{name: control.value for name, control in self._chosen.items()}, sensors=on)

    def next_choice(self, moved: Mapping[str, Any]) -> Choice | None:
        """What is set if a slider goes on by one step as it has just moved; None at its end, and of another control.

        Parameters
        ----------
        moved : dict
            `owner`, `old` and `new`, as a control tells of its change.

        Returns
        -------
        Choice or None
        """
        slider = moved["owner"]
        name = next((name for name, control in self._chosen.items() if control is slider), None)
        if name is None or not isinstance(slider, widgets.SelectionSlider | widgets.IntSlider):
            return None
        scale = along(slider)
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
            self.at_s.max = int(np.floor(flight.t_s[-1]))
            self.at_s.value = min(int(np.ceil(flight.burnout_s)) + 20, self.at_s.max)


def _button(words: str, tip: str) -> widgets.Button:
    return widgets.Button(description=words, tooltip=tip, layout={"width": "auto"})


def _policies(scenario: Scenario) -> dict[str, tuple[str, str]]:
    """Label -> name and meaning of every policy."""
    return {policy_look(policy.name).label: (policy.name, policy.meaning) for policy in scenario.policies}


def _present(names: list[str], wanted: str) -> str:
    return wanted if wanted in names else names[-1]
