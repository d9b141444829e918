"""The explorer: choose a launch, a policy and one to compare it with, and see what the difference is."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

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
from trackfuse.views.style.style import policy_label
from trackfuse.views.style.tables import NOTEBOOK_STYLE
from trackfuse.views.widgets import downloads
from trackfuse.views.widgets.accessibility import Accessibility, accessible_box
from trackfuse.views.widgets.choice import DEFAULT, OWN, Choice
from trackfuse.views.widgets.controls import Controls
from trackfuse.views.widgets.panels import Panels, Shown, looks_same, shown
from trackfuse.views.widgets.prefetch import Prefetch

KEPT = 8
"""Answers that are kept: going back is as fast as drawing, and so is a step to what was computed in advance."""
FOLDER = Path("saved")
"""Where figures and tables are saved: beside the notebook."""


class _Request(NamedTuple):
    """What two runs are made with."""

    scenario: Scenario
    policy: Policy
    against: Policy
    seed: int


class Explorer:
    """One launch under two policies, with controls. Shown by a notebook when it is the last value of a cell.

    Parameters
    ----------
    scenario : Scenario or str, optional
        The launch shown first: a scenario of one's own, or the name of a shipped one; default the launch over Japan
        of 4 October 2022.

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
        first = load_scenario(scenario or DEFAULT) if not isinstance(scenario, Scenario) else scenario
        self._given = {} if first.name in scenario_names() else {first.name: first}
        self._panels = Panels()
        self.controls = controls = Controls(first, _titles(first))
        self.image = self._panels.live.image
        self.caption, self.gains, self.status = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self.code = widgets.Textarea(
            description="Code",
            layout={"width": "100%", "height": "11em", "display": "none"},
            tooltip="Select all (Ctrl-A) and copy (Ctrl-C), then paste into a cell.",
        )
        self._accessibility = Accessibility()
        self._shown: tuple[Shown, Shown] | None = None
        self._kept: deque[tuple[_Request, tuple[Shown, Shown]]] = deque(maxlen=KEPT)
        self._prefetch = Prefetch()
        self._compared: Comparison | None = None
        self._ignores_changes, self._message = False, ""
        for watched, act in (
            ([controls.launch], self._choose_launch),
            (controls.of_a_run(), self._compute),
            (controls.of_the_picture(), self._draw),
            (controls.own.all(), self._fly_own),
        ):
            for control in watched:
                control.observe(self._guarded(act), "value")
        for button, act in (
            (controls.many, self._compare),
            (controls.reset, self._reset),
            (controls.code, self._show_code),
            (controls.save_figure, self._save_figure),
            (controls.save_table, self._save_table),
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
        side = widgets.VBox([self.gains], layout={"flex": "1 1 420px"})
        picture = widgets.VBox([self.image, self.caption], layout={"flex": "1 1 700px", "max_width": "1100px"})
        below = widgets.Box([picture, side], layout={"flex_flow": "row wrap", "display": "flex", "grid_gap": "8px"})
        parts = [widgets.HTML(NOTEBOOK_STYLE), self.controls.box, self.status, self.code, below]
        return accessible_box(self._accessibility, parts)

    def _guarded(self, act: Callable[[], None]) -> Callable[..., None]:
        """A function that does what a control asks for and turns every error into one line."""

        def react(*moved: Any) -> None:
            if self._ignores_changes:
                return
            self._prefetch.cancel()
            begin, before = time.perf_counter(), self._shown
            self._message = ""
            try:
                act()
            except TrackfuseError as wrong:
                self._say(f"This cannot be shown: {wrong}", wrong=True)
            except Exception as wrong:  # a person moving a slider is never shown a traceback
                self._say(f"Something failed: {type(wrong).__name__}: {wrong}", wrong=True)
            else:
                took = f"Answered in {1e3 * (time.perf_counter() - begin):.0f} ms."
                self._say(self._message or f"{self._described()}{self._no_effect(before, *moved)} {took}")
                self._schedule_next(*moved)

        return react

    @contextmanager
    def _ignoring_changes(self) -> Iterator[None]:
        """Several controls are set at once: there is one answer, at the end."""
        self._ignores_changes = True
        try:
            yield
        finally:
            self._ignores_changes = False

    def _schedule_next(self, moved: Any = None) -> None:
        """Compute in advance what the next step of a moved slider would show, except of several objects: too slow."""
        following = self.controls.next_choice(moved) if isinstance(moved, dict) else None
        if following is not None and not self._scenario().several:
            self._prefetch.schedule(lambda: self._answer(self._request(following)))

    def _no_effect(self, before: tuple[Shown, Shown] | None, moved: Any = None) -> str:
        """Words for the move of a control that needed another run, which came out as the one before."""
        if before is None or self._shown is None or before is self._shown or not isinstance(moved, dict):
            return ""
        same = all(map(looks_same, before, self._shown))
        return f" {moved['owner'].description}: moved, but nothing changes in this run." if same else ""

    def _say(self, words: str, *, wrong: bool = False) -> None:
        color = "color: #b00020; font-weight: bold" if wrong else ""
        self.status.value = f'<span role="status" style="{color}">{escape(" ".join(words.split()))}</span>'

    def _described(self) -> str:
        if self.runs is None:
            return ""
        run = self.runs[0]
        unused = ""
        if not any(link.exchange for link in run.policy.links) and self.controls.choice().policy_changes():
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
            return self.controls.own.scenario(_shipped(DEFAULT, str(self.controls.assumed.value)))
        return self._given.get(name) or _shipped(name, str(self.controls.assumed.value))

    def _fly_own(self) -> None:
        """Choose the launch of one's own, which has just been set."""
        with self._ignoring_changes():
            self.controls.launch.value = OWN
        self._choose_launch()

    def _request(self, choice: Choice) -> _Request:
        """The scenario chosen, with the sensors that are on, the policy as changed and the one compared against."""
        scenario = choice.applied_to(_without_sensors(self._scenario(), choice.sensors_off))
        policy = scenario.policy(choice.policy, **choice.policy_changes())
        return _Request(scenario, policy, scenario.policy(choice.against), choice.seed)

    def _compute(self) -> None:
        answer = self._answer(self._request(self.controls.choice()))
        if answer is not self._shown:
            self._shown, self._compared = answer, None
        self._draw()
        if self.runs is not None:
            self.caption.value = f'<span class="trackfuse-caption">{escape(self.runs[0].caption())}</span>'
            self.gains.value = one_run(*self.runs)

    def _answer(self, request: _Request) -> tuple[Shown, Shown]:
        """The two runs, computed unless they are among those kept."""
        for before, answer in self._kept:
            if before == request:
                return answer
        if request.scenario.several:
            self._say("Computing several objects ...")
        run, base = self._simulated(request)
        answer = shown(run), shown(base, against=True)
        self._kept.append((request, answer))
        return answer

    def _simulated(self, request: _Request) -> list[Run]:
        """A run of the first missile under each policy; one of an answer that is kept is not simulated again."""
        scenario, *policies, seed = request
        kept = [answer for before, answer in self._kept if before.seed == seed and before.scenario == scenario]
        known = {each.run.policy: each.run for answer in kept for each in answer}
        missing = [policy for policy in dict.fromkeys(policies) if policy not in known]
        for run in simulate_each(scenario, missing, seed=seed):
            known[run.policy] = run.main
        return [known[policy] for policy in policies]

    def _draw(self) -> None:
        if self._shown is None:
            return
        self.controls.show_times(self._shown[0].run.flight)
        view = self.controls.view()
        self._panels.show(*self._shown, view)
        policy, against = (policy_label(each.run.policy) for each in self._shown)
        self._accessibility.alt = (
            f"Map {view.at_s:.0f} s after launch, timeline and position errors: {policy} against "
            f"{against}. The table of gains has the figures."
        )

    def _compare(self) -> None:
        scenario, policy, against, seed = self._request(self.controls.choice())
        if policy.name == against.name:
            policy = replace(policy, name=f"{policy.name}, changed")
        runs = int(self.controls.runs.value)
        self._say(f"Simulating {runs} runs under two policies ...")
        self._compared = compare(scenario, [against, policy], runs=runs, seed=seed, baseline=against.name)
        self.gains.value = many_runs(self._compared)

    def _reset(self) -> None:
        with self._ignoring_changes():
            self.controls.start_again()
            self.controls.fit(self._scenario())
        self.code.layout.display = "none"
        self._compute()

    def _show_code(self) -> None:
        self.code.value = downloads.as_code(self.controls, own_scenario=self.controls.launch.value in self._given)
        self.code.layout.display = ""
        self._message = "The code of this view is below: select all and copy."

    def _save_figure(self) -> None:
        if self.runs is not None:
            figure = plots.overview(*self.runs, at_s=self.controls.view().at_s)
            self._message = f"Saved: {', '.join(map(str, downloads.save_figure(FOLDER, *self.runs, figure)))}"

    def _save_table(self) -> None:
        if self.runs is not None:
            self._message = f"Saved: {downloads.save_table(FOLDER, *self.runs, self._compared)}"


@lru_cache(maxsize=64)
def _without_sensors(scenario: Scenario, kinds: frozenset[str]) -> Scenario:
    return replace(scenario, sensors=tuple(s for s in scenario.sensors if kind_of(s) not in kinds))


def kind_of(sensor: Sensor) -> str:
    """The switch that a sensor belongs to: its nation, or "satellites"."""
    return "satellites" if isinstance(sensor, Infrared) else sensor.nation


@lru_cache(maxsize=64)
def _shipped(name: str, assumptions: str) -> Scenario:
    return load_scenario(name, assumptions=assumptions)


def _titles(first: Scenario) -> dict[str, str]:
    """Title -> name of every launch to choose from."""
    shipped = {load_scenario(name).title: name for name in scenario_names()}
    if first.name in shipped.values():
        return shipped
    # A copy of a shipped scenario has its title: both can be chosen, each by its own words.
    title = f"{first.title} ({first.name})" if first.title in shipped else first.title
    return {title: first.name} | shipped


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
