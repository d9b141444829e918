"""The explorer: choose a launch, a policy and one to compare it with, and see what the difference is."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from trackfuse.catalog.catalog import load_scenario, scenario_names
from trackfuse.catalog.scenario import Scenario
from trackfuse.core.errors import TrackfuseError
from trackfuse.sensing import Infrared, Sensor
from trackfuse.sharing import Policy
from trackfuse.simulation.run import Run
from trackfuse.simulation.simulate import simulate_each
from trackfuse.studies.compare import Comparison, compare
from trackfuse.views.figures import plots
from trackfuse.views.figures.gainstable import many_runs, one_run
from trackfuse.views.style.style import TABLES, policy_label
from trackfuse.views.widgets import downloads as saved
from trackfuse.views.widgets.accessibility import Accessibility, spoken_box
from trackfuse.views.widgets.choice import Choice
from trackfuse.views.widgets.controls import OWN, Controls
from trackfuse.views.widgets.panels import Panels, Shown, alike, shown
from trackfuse.views.widgets.prefetch import Prefetch

KEPT = 8
"""Answers that are kept: going back is as fast as drawing, and so is going on, to what was worked out ahead."""
FOLDER = Path("saved")
"""Where figures and tables are saved: beside the notebook."""
_Asked = tuple[Scenario, Policy, Policy, int]
"""Scenario, policy, the one compared against, seed."""


class Explorer:
    """One launch under two policies, with controls. Shown by a notebook when it is the last value of a cell.

    Parameters
    ----------
    scenario : Scenario or str, optional
        What to begin with: a scenario of one's own, or the name of a shipped one; default the launch over Japan of
        4 October 2022.

    Attributes
    ----------
    controls : Controls
        Every control, by name; setting its `value` does what a person would do.
    image : ipywidgets.Image
        The picture.
    caption, gains, status : ipywidgets.HTML
        Where the picture comes from, the table of gains, and one line: what was computed and how fast, or what is
        wrong.
    code : ipywidgets.Textarea
        The cell that gives this view without the explorer, once it was asked for.
    """

    def __init__(self, scenario: Scenario | str | None = None) -> None:
        first = load_scenario("hwasong12_2022_10_04") if scenario is None else scenario
        first = load_scenario(first) if isinstance(first, str) else first
        self._given = {} if first.name in scenario_names() else {first.name: first}
        self._panels = Panels()
        self.controls = Controls(first, _titles(first))
        self.image = self._panels.live.image
        self.caption = widgets.HTML()
        self.gains = widgets.HTML()
        self.status = widgets.HTML()
        self.code = widgets.Textarea(
            description="Code", layout={"width": "100%", "height": "11em", "display": "none"},
            tooltip="Select all (Ctrl-A) and copy (Ctrl-C), then paste into a cell.",
        )  # fmt: skip
        self._spoken = Accessibility()
        self._shown: tuple[Shown, Shown] | None = None
        self._kept: deque[tuple[_Asked, tuple[Shown, Shown]]] = deque(maxlen=KEPT)
        self._prefetch = Prefetch()
        self._compared: Comparison | None = None
        self._quiet, self._done = False, ""
        self.controls.launch.observe(self._guarded(self._choose_launch), "value")
        for control in self.controls.of_a_run():
            control.observe(self._guarded(self._compute), "value")
        for control in self.controls.of_the_picture():
            control.observe(self._guarded(self._draw), "value")
        for control in self.controls.own.all():
            control.observe(self._guarded(self._fly_own), "value")
        for button, act in (
            (self.controls.many, self._compare),
            (self.controls.reset, self._reset),
            (self.controls.code, self._show_code),
            (self.controls.keep_figure, self._keep_figure),
            (self.controls.keep_table, self._keep_table),
        ):
            button.on_click(self._guarded(act))
        self.box = self._arranged()
        self._guarded(self._compute)()

    @property
    def runs(self) -> tuple[Run, Run] | None:
        """The two runs shown: under the policy, and under the one compared against."""
        return None if self._shown is None else (self._shown[0].run, self._shown[1].run)

    def _repr_mimebundle_(self, **how: Any) -> Any:
        return self.box._repr_mimebundle_(**how)

    def _arranged(self) -> widgets.Box:
        side = widgets.VBox([self.gains], layout=widgets.Layout(flex="1 1 420px"))
        picture = widgets.VBox([self.image, self.caption], layout=widgets.Layout(flex="1 1 700px", max_width="1100px"))
        below = widgets.Box(
            [picture, side], layout=widgets.Layout(flex_flow="row wrap", display="flex", grid_gap="8px")
        )
        return spoken_box(self._spoken, [widgets.HTML(TABLES), self.controls.box, self.status, self.code, below])

    def _guarded(self, act: Callable[[], None]) -> Callable[..., None]:
        """What a control does; whatever goes wrong becomes one line."""

        def react(*moved: Any) -> None:
            if self._quiet:  # several controls are set at once: one answer, at the end
                return
            self._prefetch.forget()
            begin, before = time.perf_counter(), self._shown
            self._done = ""
            try:
                act()
            except TrackfuseError as wrong:
                self._say(f"This cannot be shown: {wrong}", wrong=True)
            except Exception as wrong:  # a person moving a slider is never shown a traceback
                self._say(f"Something failed: {type(wrong).__name__}: {wrong}", wrong=True)
            else:
                took = f"Answered in {1e3 * (time.perf_counter() - begin):.0f} ms."
                self._say(self._done or f"{self._described()}{self._in_vain(before, *moved)} {took}")
                self._look_ahead(*moved)

        return react

    def _look_ahead(self, moved: Any = None) -> None:
        """Once a slider has moved, work out what it would show a step further on; of several objects that takes too
        long.
        """
        onward = self.controls.next_choice(moved) if isinstance(moved, dict) else None
        if onward is not None and not self._scenario().several:
            self._prefetch.then(lambda: self._answer(self._asked_by(onward)))

    def _in_vain(self, before: tuple[Shown, Shown] | None, moved: Any = None) -> str:
        """Words for the move of a control that needed another run, which came out as the one before."""
        if before is None or self._shown is None or before is self._shown or not isinstance(moved, dict):
            return ""
        same = all(map(alike, before, self._shown))
        return f" {moved['owner'].description}: moved, but nothing changes in this run." if same else ""

    def _say(self, words: str, *, wrong: bool = False) -> None:
        color = "color: #b00020; font-weight: bold" if wrong else ""
        self.status.value = f'<span role="status" style="{color}">{escape(" ".join(words.split()))}</span>'

    def _described(self) -> str:
        if self.runs is None:
            return ""
        run = self.runs[0]
        unused = ""
        if not any(link.exchange for link in run.policy.links) and self.controls.choice().overrides():
            why = "has no exchange between Japan and South Korea: delay, loss and content change nothing."
            unused = f" {run.policy.name} {why}"
        return f"{len(run.scenario.sensors)} sensors, {len(run.measurements)} detections.{unused}"

    def _choose_launch(self) -> None:
        scenario = self._scenario()
        self._say("Computing ...")
        self.controls.fit(scenario)
        self._compute()

    def _scenario(self) -> Scenario:
        """The launch that is chosen, with every assumed number as chosen."""
        name = str(self.controls.launch.value)
        if name == OWN:
            return self.controls.own.scenario(_shipped("hwasong12_2022_10_04", str(self.controls.assumed.value)))
        return self._given.get(name) or _shipped(name, str(self.controls.assumed.value))

    def _fly_own(self) -> None:
        """Another launch of one's own: it is chosen by being set."""
        self._quiet = True
        try:
            self.controls.launch.value = OWN
        finally:
            self._quiet = False
        self._choose_launch()

    def _asked_by(self, choice: Choice) -> _Asked:
        """The scenario chosen, with the sensors that are on, the policy as changed and the one compared against."""
        scenario = choice.changed(_with_sensors(self._scenario(), choice.sensors))
        policy = scenario.policy(choice.policy, **choice.overrides())
        return scenario, policy, scenario.policy(choice.against), choice.seed

    def _compute(self) -> None:
        answer = self._answer(self._asked_by(self.controls.choice()))
        if answer is not self._shown:
            self._shown, self._compared = answer, None
        self._draw()
        if self.runs is not None:
            self.caption.value = f'<span class="trackfuse-caption">{escape(self.runs[0].caption())}</span>'
            self.gains.value = one_run(*self.runs)

    def _answer(self, asked: _Asked) -> tuple[Shown, Shown]:
        """The two runs, worked out unless they are among those kept."""
        for before, answer in self._kept:
            if before == asked:
                return answer
        scenario, policy, against, seed = asked
        if scenario.several:
            self._say("Computing several objects ...")
        run, base = self._simulated(scenario, (policy, against), seed)
        answer = shown(run), shown(base, against=True)
        self._kept.append((asked, answer))
        return answer

    def _simulated(self, scenario: Scenario, policies: tuple[Policy, ...], seed: int) -> list[Run]:
        """A run of the first missile under each policy; one of an answer that is kept is not simulated again."""
        kept = [answer for (of, _, _, drawn), answer in self._kept if drawn == seed and of == scenario]
        known = {each.run.policy: each.run for answer in kept for each in answer}
        missing = [policy for policy in dict.fromkeys(policies) if policy not in known]
        for run in simulate_each(scenario, missing, seed=seed):
            known[run.policy] = run.main
        return [known[policy] for policy in policies]

    def _draw(self) -> None:
        if self._shown is None:
            return
        self.controls.show_times(self._shown[0].run.flight)
        height = self.controls.coverage_km.value
        coverage_km = None if isinstance(height, str) else height
        self._panels.show(
            *self._shown,
            at_s=float(self.controls.at_s.value),
            coverage_km=coverage_km,
            two_maps=self.controls.maps.value == "two",
        )
        policy, against = (policy_label(each.run.policy) for each in self._shown)
        self._spoken.alt = (
            f"Map {self.controls.at_s.value:.0f} s after launch, timeline and position errors: {policy} against "
            f"{against}. The table of gains has the figures."
        )

    def _compare(self) -> None:
        scenario, policy, against, seed = self._asked_by(self.controls.choice())
        if policy.name == against.name:
            policy = replace(policy, name=f"{policy.name}, changed")
        runs = int(self.controls.runs.value)
        self._say(f"Simulating {runs} runs under two policies ...")
        self._compared = compare(scenario, [against, policy], runs=runs, seed=seed, baseline=against.name)
        self.gains.value = many_runs(self._compared)

    def _reset(self) -> None:
        self._quiet = True
        try:
            self.controls.start_again()
            self.controls.fit(self._scenario())
        finally:
            self._quiet = False
        self.code.layout.display = "none"
        self._compute()

    def _show_code(self) -> None:
        self.code.value = saved.as_code(self.controls, own_scenario=self.controls.launch.value in self._given)
        self.code.layout.display = ""
        self._done = "The code of this view is below: select all and copy."

    def _keep_figure(self) -> None:
        if self.runs is not None:
            figure = plots.overview(*self.runs, at_s=float(self.controls.at_s.value))
            self._done = f"Saved: {', '.join(map(str, saved.keep_figure(FOLDER, *self.runs, figure)))}"

    def _keep_table(self) -> None:
        if self.runs is not None:
            self._done = f"Saved: {saved.keep_table(FOLDER, *self.runs, self._compared)}"


@lru_cache(maxsize=64)
def _with_sensors(scenario: Scenario, kinds: frozenset[str]) -> Scenario:
    return replace(scenario, sensors=tuple(s for s in scenario.sensors if kind_of(s) in kinds))


def kind_of(sensor: Sensor) -> str:
    """The switch that a sensor belongs to: its nation, or "satellites"."""
    return "satellites" if isinstance(sensor, Infrared) else sensor.nation


@lru_cache(maxsize=64)
def _shipped(name: str, assumptions: str) -> Scenario:
    return load_scenario(name, assumptions=assumptions)


def _titles(first: Scenario) -> dict[str, str]:
    """Title -> name of every launch to choose from."""
    shipped = {load_scenario(name).title: name for name in scenario_names()}
    return {first.title: first.name} | shipped if first.name not in shipped.values() else shipped


def explore(scenario: Scenario | str | None = None) -> Explorer:
    """Explore a launch with sliders, in a notebook.

    Parameters
    ----------
    scenario : Scenario or str, optional
        What to begin with; default the launch over Japan of 4 October 2022.

    Returns
    -------
    Explorer
        A notebook shows it when it is the last value of a cell.

    Raises
    ------
    ScenarioError
        If there is no scenario of that name; the nearest is offered.
    """
    return Explorer(scenario)
