"""The explorer: choose a launch, a policy and one to compare it with, and see what each nation gains."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from trackfuse.catalog.catalog import load_scenario, scenario_names
from trackfuse.catalog.scenario import Scenario
from trackfuse.core.errors import TrackfuseError
from trackfuse.core.language import in_language, language, translate
from trackfuse.simulation.run import Run
from trackfuse.simulation.simulate import simulate_each
from trackfuse.studies.compare import Comparison, compare
from trackfuse.views.figures import plots
from trackfuse.views.figures.gain_cards import Answer, answer_of, changes_in_comparison, changes_in_run
from trackfuse.views.figures.gainstable import many_runs, one_run_frame, one_run_table
from trackfuse.views.style.style import policy_label
from trackfuse.views.style.tables import NOTEBOOK_STYLE
from trackfuse.views.widgets import downloads, share
from trackfuse.views.widgets import explorer_words as words
from trackfuse.views.widgets.accessibility import Accessibility, accessible_box, mimebundle
from trackfuse.views.widgets.answer_html import answer_html
from trackfuse.views.widgets.choice import DEFAULT, OWN, Choice, Request
from trackfuse.views.widgets.controls import Controls
from trackfuse.views.widgets.launches import shipped, titles, without_sensors
from trackfuse.views.widgets.panels import Panels, Shown, shown
from trackfuse.views.widgets.prefetch import Prefetch
from trackfuse.views.widgets.widget_factory import row

KEPT = 8
"""Answers that are kept: going back is as fast as drawing, and so is a step to what was computed in advance."""
FOLDER = Path("saved")
"""Where figures and tables are saved: beside the notebook."""
STALE = "trackfuse-stale"
"""Class of what does not belong to what is set: it is shown pale."""


class Explorer:
    """One launch under two policies, with controls. Shown by a notebook when it is the last value of a cell.

    Parameters
    ----------
    scenario : Scenario or str, optional
        The launch shown first: a scenario of one's own, or the name of a shipped one; default the launch over Japan
        of 4 October 2022.
    lang : {"en", "ja", "ko"}
        Language of its words at the start; a control changes it.

    Attributes
    ----------
    controls : Controls
        Every control, by name; setting its `value` does what a person would do.
    image : ipywidgets.Image
        The picture.
    answer, basis, caption, gains, status : ipywidgets.HTML
        The answer in a sentence and a card a nation, what it is of, where the picture comes from, the table of gains,
        and one line: what was computed and how fast, or what is wrong.
    code : ipywidgets.Textarea
        The cell that gives this view without the explorer, once it was asked for.
    """

    def __init__(self, scenario: Scenario | str | None = None, lang: str = "en") -> None:
        with in_language(lang, "explore lang"):
            self._make(scenario)

    def _make(self, scenario: Scenario | str | None) -> None:
        first = load_scenario(scenario or DEFAULT) if not isinstance(scenario, Scenario) else scenario
        self._given = {} if first.name in scenario_names() else {first.name: first}
        self._panels = Panels()
        self.controls = controls = Controls(first, titles(first))
        self.image = self._panels.live.image
        self.answer, self.basis, self.caption, self.gains, self.status = (widgets.HTML() for _ in range(5))
        self._hover = widgets.HTML()
        self.picture = widgets.Box([self.image, self._hover])
        self.picture.add_class("trackfuse-picture")
        self._results = (self.picture, self.answer, self.gains)
        self.code = widgets.Textarea(
            layout={"width": "100%", "height": "11em", "display": "none"},
            **words.words_of_code(),
        )
        self._accessibility = Accessibility()
        self._shown: tuple[Shown, Shown] | None = None
        self._asked: Request | None = None
        self._kept: deque[tuple[Request, tuple[Shown, Shown]]] = deque(maxlen=KEPT)
        self._prefetch = Prefetch()
        self._compared: Comparison | None = None
        self._ignores_changes, self._message = False, ""
        for watched, act in (
            ([controls.language], self._choose_language),
            ([controls.launch], self._choose_launch),
            (controls.of_a_run(), self._compute),
            (controls.of_the_picture(), self._draw),
            (controls.own.all(), self._fly_own),
            ([controls.share], self._paste),
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
        widgets.dlink((controls.table, "value"), (self.gains.layout, "display"), lambda open: "" if open else "none")
        self.box = self._arranged()
        self._guarded(self._compute)()
        controls.remember_start()
        self._show_settings()

    @property
    def runs(self) -> tuple[Run, Run] | None:
        """The two runs shown: under the policy, and under the one compared against."""
        return None if self._shown is None else (self._shown[0].run, self._shown[1].run)

    def _repr_mimebundle_(self, **how: Any) -> Any:
        return mimebundle(self.box, how, self.image)

    def _arranged(self) -> widgets.Box:
        own = Path(__file__).with_name("explorer.css").read_text(encoding="utf-8")
        style = widgets.HTML(f"{NOTEBOOK_STYLE}<style>{own}</style>", layout={"display": "none"})
        said, controls = row([self.basis, self.status]), self.controls
        parts = [self.answer, said, controls.time, self.picture, self.caption, self.gains, self.code]
        main = widgets.VBox(parts)
        layout = widgets.Box([controls.panel, main])
        top = ((self.answer, "top"), (said, "top"), (self.gains, "gains"))
        for part, name in ((layout, "layout"), (main, "main"), *top):
            part.add_class(f"trackfuse-{name}")
        return accessible_box(self._accessibility, [style, layout])

    def _guarded(self, act: Callable[[], None]) -> Callable[..., None]:
        """A function that does what a control asks for and turns every error into one line.

        While it works, and after an error, picture, answer and table are pale: they do not belong to what is set.
        """

        def react(*moved: Any) -> None:
            if not self._ignores_changes:
                with in_language(str(self.controls.language.value)):
                    answer(*moved)

        def answer(*moved: Any) -> None:
            self._prefetch.cancel()
            begin, self._message = time.perf_counter(), ""
            self._say(translate(words.WORKING), "trackfuse-working")
            for result in self._results:
                result.add_class(STALE)
            try:
                with self._ignoring_changes():
                    act()
            except TrackfuseError as wrong:
                cannot = translate(words.CANNOT).format(error=wrong)
                self._say(self._conflict() or cannot, wrong=True)
            except Exception as wrong:  # a person moving a slider is never shown a traceback
                error = f"{type(wrong).__name__}: {wrong}"
                self._say(translate(words.FAILED).format(error=error), wrong=True)
            else:
                took = f"{1e3 * (time.perf_counter() - begin):.0f}"
                self._say(self._message or self._described(took))
                self._schedule_next(*moved)
            if self._is_current():
                for result in self._results:
                    result.remove_class(STALE)
                self._show_settings()

        return react

    @contextmanager
    def _ignoring_changes(self) -> Generator[None]:
        """Several controls are set at once: there is one answer, at the end."""
        before, self._ignores_changes = self._ignores_changes, True
        try:
            yield
        finally:
            self._ignores_changes = before

    def _schedule_next(self, moved: Any = None) -> None:
        """Compute in advance what the next step of a moved slider would show, except of several objects: too slow."""
        following = self.controls.next_choice(moved) if isinstance(moved, dict) else None
        if following is not None and not self._scenario().several:
            self._prefetch.schedule(lambda: self._answer(self._request(following)))

    def _is_current(self) -> bool:
        """Whether the picture belongs to what is set."""
        with suppress(TrackfuseError):  # what cannot be flown has been said
            return self._request(self.controls.choice()) == self._asked
        return False

    def _show_settings(self) -> None:
        """Which buttons cannot be pressed, and the view as text."""
        self._accessibility.lang = language()
        self._accessibility.impossible = self.controls.impossible(self._scenario().tracker)
        with self._ignoring_changes():
            self.controls.share.value = share.as_text(self.controls)

    def _conflict(self) -> str:
        """Which choices of the tracker cannot be together; "" if they can."""
        with suppress(TrackfuseError):
            found = self.controls.conflict(self._scenario().tracker)
            return translate(words.CONFLICT).format(conflict=found) if found else ""
        return ""

    def _say(self, text: str, kind: str = "", *, wrong: bool = False) -> None:
        color = "color: var(--jp-error-color1, #b00020); font-weight: bold" if wrong else ""
        said = escape(" ".join(text.split()))
        self.status.value = f'<span role="status" class="{kind}" style="{color}">{said}</span>'

    def _described(self, milliseconds: str) -> str:
        if self.runs is None:
            return ""
        run = self.runs[0]
        counts = {"sensors": len(run.scenario.sensors), "detections": len(run.measurements)}
        said = translate(words.ANSWERED).format(milliseconds=milliseconds, **counts)
        if not any(link.exchange for link in run.policy.links) and self.controls.choice().policy_changes():
            policy = policy_label(run.scenario.policy(run.policy.name))
            return translate(words.NO_EXCHANGE).format(policy=policy, answered=said)
        return said

    def _choose_language(self) -> None:
        """Everything again in another language; what was compared over many runs stays."""
        compared = self._compared
        self.controls.rename(self._scenario())
        for name, value in words.words_of_code().items():
            setattr(self.code, name, value)
        self._compute()
        if compared is not None:
            self._show_compared(compared)

    def _choose_launch(self) -> None:
        self.controls.fit(self._scenario())
        self._compute()

    def _scenario(self) -> Scenario:
        """The launch that is chosen, with every assumed number as chosen."""
        name = str(self.controls.launch.value)
        if name == OWN:
            return self.controls.own.scenario(shipped(DEFAULT, str(self.controls.assumed.value)))
        return self._given.get(name) or shipped(name, str(self.controls.assumed.value))

    def _fly_own(self) -> None:
        """Choose the launch of one's own, which has just been set."""
        self.controls.launch.value = OWN
        self._choose_launch()

    def _paste(self) -> None:
        """Show the view of a text that was pasted."""
        values = share.values_of(self.controls, self.controls.share.value)
        self.controls.start_again()
        self.controls.launch.value = values.pop("launch", self.controls.launch.value)
        self.controls.fit(self._scenario())
        at_s = values.pop("at_s", None)
        for name, value in values.items():
            if name in ("policy", "against"):
                self._scenario().policy(value)
            self.controls.named[name].value = value
        self._compute()
        if at_s is not None:
            self.controls.at_s.value = at_s
            self._draw()

    def _request(self, choice: Choice) -> Request:
        """The scenario chosen, with the sensors that are on, the policy as changed and the one compared against."""
        scenario = choice.applied_to(without_sensors(self._scenario(), choice.sensors_off))
        policy = scenario.policy(choice.policy, **choice.policy_changes())
        return Request(scenario, policy, scenario.policy(choice.against), choice.seed, language())

    def _compute(self) -> None:
        request = self._request(self.controls.choice())
        answer = self._answer(request)
        if answer is not self._shown:
            self._shown, self._compared = answer, None
        run, base = (each.run for each in answer)
        self._draw()
        self._asked = request
        self.caption.value = f'<span class="trackfuse-caption">{escape(run.caption())}</span>'
        policies = policy_label(run.policy), policy_label(base.policy)
        frame = one_run_frame(run, base)
        self.gains.value = one_run_table(frame, *policies)
        answer = answer_of(run.scenario.nations, changes_in_run(run.scenario, frame), *policies)
        self._show_answer(answer, translate(words.ONE_RUN).format(seed=run.seed))

    def _show_answer(self, answer: Answer, basis: str) -> None:
        self.answer.value, self.basis.value = answer_html(answer), escape(basis)

    def _answer(self, request: Request) -> tuple[Shown, Shown]:
        """The two runs, computed unless they are among those kept."""
        for before, answer in self._kept:
            if before == request:
                return answer
        if request.scenario.several:
            self._say(translate(words.SEVERAL), "trackfuse-working")
        run, base = self._simulated(request)
        answer = shown(run), shown(base, against=True)
        self._kept.append((request, answer))
        return answer

    def _simulated(self, request: Request) -> list[Run]:
        """A run of the first missile under each policy; one of an answer that is kept is not simulated again."""
        scenario, *policies, seed, lang = request
        same = (scenario, seed, lang)
        kept = [answer for before, answer in self._kept if (before.scenario, before.seed, before.lang) == same]
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
        self._hover.value = self._panels.overlay(*self._shown, view)
        policy, against = (policy_label(each.run.policy) for each in self._shown)
        said = translate(words.ALT)
        self._accessibility.alt = said.format(seconds=f"{view.at_s:.0f}", policy=policy, against=against)

    def _compare(self) -> None:
        scenario, policy, against, seed, _ = self._request(self.controls.choice())
        if policy.name == against.name:
            policy = replace(policy, name=translate("{policy}, changed").format(policy=policy.name))
        runs = int(self.controls.runs.value)
        self._say(translate("Simulating {runs} runs under two policies …").format(runs=runs), "trackfuse-working")
        self._show_compared(compare(scenario, [against, policy], runs=runs, seed=seed, baseline=against.name))
        self.controls.table.value = True

    def _show_compared(self, compared: Comparison) -> None:
        self._compared, (against, policy) = compared, compared.policies
        self.gains.value = many_runs(compared)
        labels = policy_label(policy), policy_label(against)
        answer = answer_of(compared.scenario.nations, changes_in_comparison(compared, policy.name), *labels)
        self._show_answer(answer, translate(words.MANY_RUNS).format(runs=compared.runs, seed=compared.seed))

    def _reset(self) -> None:
        self.controls.start_again()
        self.controls.fit(self._scenario())
        self.code.layout.display = "none"
        self.controls.table.value = False
        self._compute()
        self.controls.clock_at_start()
        self._draw()

    def _show_code(self) -> None:
        self.code.value = downloads.as_code(self.controls, own_scenario=self.controls.launch.value in self._given)
        self.code.layout.display = ""
        self._message = translate("The code of this view is below: select all and copy.")

    def _save_figure(self) -> None:
        if self.runs is not None:
            figure = plots.overview(*self.runs, at_s=self.controls.view().at_s)
            files = ", ".join(map(str, downloads.save_figure(FOLDER, *self.runs, figure)))
            self._message = translate("Saved: {files}").format(files=files)

    def _save_table(self) -> None:
        if self.runs is not None:
            file = downloads.save_table(FOLDER, *self.runs, self._compared)
            self._message = translate("Saved: {files}").format(files=file)


def explore(scenario: Scenario | str | None = None, *, lang: str = "en") -> Explorer:
    """Explore a launch with sliders, in a notebook.

    Parameters
    ----------
    scenario : Scenario or str, optional
        What to begin with; default the launch over Japan of 4 October 2022.
    lang : {"en", "ja", "ko"}
        Language of its words at the start; a control changes it.

    Returns
    -------
    Explorer
        A notebook shows it when it is the last value of a cell.

    Raises
    ------
    ScenarioError
        If there is no scenario of that name; the nearest is offered.
    SettingsError
        If there is no such language; the nearest is offered.
    """
    return Explorer(scenario, lang)
