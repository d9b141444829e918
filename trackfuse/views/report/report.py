"""The report: the reference study over the shipped launches, as a page, figures and tables."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from trackfuse.catalog.catalog import load_scenario, scenario_names
from trackfuse.catalog.scenario import Scenario
from trackfuse.core.display import displayed
from trackfuse.core.errors import ScenarioError, SettingsError, check_known
from trackfuse.core.language import in_language, language, translate
from trackfuse.core.times import as_instant
from trackfuse.sensing.presence import POSTURES
from trackfuse.simulation.progress import progress
from trackfuse.simulation.provenance import made_with
from trackfuse.studies.answer import KINDS, KNOWN_FROM, KNOWN_KM, TRACK, Answer, answer
from trackfuse.studies.answer_words import CHANGED
from trackfuse.studies.compare import STATUS_QUO, Comparison, compare
from trackfuse.studies.document import document
from trackfuse.studies.processes import Submit, workers
from trackfuse.views.figures.headline import headline, readable
from trackfuse.views.report.booklet import booklet
from trackfuse.views.report.chapters import ASKED, of_alerts, of_answer, of_flights, of_launch, of_sensors, of_spread
from trackfuse.views.report.folder import MARK, atomic_folder
from trackfuse.views.report.page import PLAYED, Contents, Picture, Section, compared, page
from trackfuse.views.report.saved_page import save_page
from trackfuse.views.style.tables import NOTEBOOK_STYLE, as_html
from trackfuse.views.style.terminal import as_text, paragraph

FLOOR = "national"
"""The policy that is shown for context."""
MOST_POINTS = 32
"""Points a kind of flight of the section on how certain the gains are; each is another flight."""
HISTORY_RUNS = 3
"""Runs a launch and case of the section on real alerts: it has some 70 cases."""
RUNS, SEED = 30, 2023
"""Enough for intervals of a second or two, few enough for less than a minute on two cores."""


@displayed(lambda value: f"{value.folder}: {value.runs} runs a launch, seed {value.seed}")
@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The result of a report; printing it prints the headline.

    Parameters
    ----------
    folder : Path
        Where it was written.
    gains, context : DataFrame
        Headline of the trilateral policy, and of the national floor, both over the bilateral one.
    answer : Answer, optional
        None where no launch comes down.
    runs, seed : int
    """

    folder: Path
    gains: pd.DataFrame
    context: pd.DataFrame
    answer: Answer | None
    runs: int
    seed: int

    def __str__(self) -> str:
        wide = readable(self.gains).reset_index()
        table = as_text(wide.drop(columns="launch"), groups=list(wide["launch"]))
        first = "".join(f"{each}\n" for each in self.answer.sentences) + "\n" if self.answer else ""
        return paragraph(
            f"{first}{ASKED.capitalize()} over {STATUS_QUO}: median gain, run by run on the same noise (95 % "
            f"interval); positive is better: sooner, closer, more warning.\n{table}\n"
            f"0: no change in any run. n/a: does not apply. {self.runs} runs a launch, seed {self.seed}.\n"
            f"Context: nations on their own, against {STATUS_QUO}: {_loss(self.context)}\n"
            f"Written: {self.folder / 'index.html'}"
        )

    def _repr_html_(self) -> str:
        return f"{NOTEBOOK_STYLE}{as_html(readable(self.gains), str(self.folder / 'index.html'))}"


def report(
    out: Path | str = "reports",
    *,
    runs: int = RUNS,
    seed: int = SEED,
    scenarios: Sequence[Scenario | str] | None = None,
    posture: str | None = None,
    processes: int | None = None,
    lang: str = "en",
) -> Report:
    """Run the reference study and write it: one HTML page, a PDF of it, figures (PNG, SVG, PDF), tables (CSV, LaTeX).

    Beside the page is one that plays its first launch; see `save_page`.

    Parameters
    ----------
    out : Path or str
        Folder to write; an earlier report there is replaced, a folder with other things is refused.
    runs : int
        Runs a launch and policy, 1 or more.
    seed : int
        The same seed gives the same files to the byte.
    scenarios : sequence of Scenario or str, optional
        In the order of the report; default: all shipped launches, those first for which sharing changes most.
    posture : str, optional
        Which sensors are on station in the comparisons, as in `compare`; the answer shows several.
    processes : int, optional
        How many draw side by side; default one a core. The files do not depend on it.
    lang : {"en", "ja", "ko"}
        Language of the page, the PDF, the figures and the page that plays; tables as CSV and LaTeX are in English.

    Returns
    -------
    Report
        Prints as the headline table.

    Raises
    ------
    SettingsError
        Before any work, if nothing can be written to `out`; or if runs or seed are out of range, or there is no such
        language.
    ScenarioError
        If a scenario is not known, or lacks the policies that the headline compares.
    """
    with in_language(lang, "report lang"):
        return _report(Path(out), runs, seed, scenarios, posture, processes)


def _report(
    out: Path, runs: int, seed: int, scenarios: Sequence[Scenario | str] | None, posture: str | None,
    processes: int | None,
) -> Report:  # fmt: skip
    names = scenario_names(several=False) if scenarios is None else scenarios
    chosen = [load_scenario(name) if isinstance(name, str) else name for name in names]
    if not chosen:
        raise SettingsError("report scenarios: none given")
    if posture is not None:
        check_known(ScenarioError, "posture", posture, POSTURES, where="report")
    for scenario in chosen:
        for policy in (ASKED, STATUS_QUO, FLOOR):
            scenario.policy(policy)
    with atomic_folder(out) as folder:
        (folder / "figures").mkdir()
        answered = _answer(chosen, runs, seed)
        with workers(processes) as submit, progress(2 * len(chosen) + 4, "report") as bar:
            first, general = _first(submit, folder, answered), _general(submit, folder, runs, seed)
            launches = []
            for scenario in chosen:
                bar.set_description(f"{scenario.name}: runs")
                launches.append(_launch(submit, folder, compare(scenario, runs=runs, seed=seed, posture=posture)))
                bar.update()
            if scenarios is None:
                launches.sort(key=lambda chapter: telling(chapter.comparison))
            sections = []
            for chapter in (*first, *launches, *general):
                bar.set_description(f"{chapter.name}: figures")
                sections.append(chapter.section())
                bar.update()
        begins = sections.pop(0) if first else None
        comparisons = [section.comparison for section in sections if section.comparison]
        gains, context = (headline(comparisons, policy) for policy in (ASKED, FLOOR))
        with in_language("en"):
            _write_tables(folder, comparisons, pd.concat([gains, context], ignore_index=True))
        call = _call(runs, seed, None if scenarios is None else [scenario.name for scenario in chosen], posture)
        contents = Contents(answer=begins, sections=tuple(sections), gains=gains, context=context, call=call)
        save_page(contents.first, folder / PLAYED, lang=language())
        (folder / "index.html").write_text(page(contents), encoding="utf-8")
        (folder / "report.pdf").write_bytes(booklet(contents))
    return Report(folder=out, gains=gains, context=context, answer=answered, runs=runs, seed=seed)


def _call(runs: int, seed: int, names: list[str] | None, posture: str | None) -> str:
    """The code that gives the same report again."""
    given = [f"runs={runs}", f"seed={seed}"]
    given += [] if names is None else [f"scenarios={json.dumps(names)}"]
    given += [] if posture is None else [f'posture="{posture}"']
    given += [] if language() == "en" else [f'lang="{language()}"']
    return f"tf.report({', '.join(given)})"


def _answer(scenarios: list[Scenario], runs: int, seed: int) -> Answer | None:
    """The answer, of one launch of each kind that the report is about; None if none of them comes down."""
    names = {scenario.name: scenario for scenario in scenarios if scenario.launch.lands}
    kinds = {words: names[name] for words, name in KINDS.items() if name in names}
    kinds = kinds or {translate(scenario.title): scenario for scenario in names.values()}
    return answer(kinds, policy=ASKED, baseline=STATUS_QUO, runs=runs, seed=seed) if kinds else None


class _Chapter(NamedTuple):
    """A section whose pictures are being drawn."""

    name: str
    title: str
    words: str
    pictures: list[Future[tuple[Picture, ...]]]
    comparison: Comparison | None = None

    def section(self) -> Section:
        """The section, once they are."""
        pictures = tuple(picture for drawn in self.pictures for picture in drawn.result())
        return Section(
            name=self.name, title=self.title, words=self.words, pictures=pictures, comparison=self.comparison
        )


def _first(submit: Submit, folder: Path, answered: Answer | None) -> list[_Chapter]:
    """The answer, if there is one."""
    if answered is None:
        return []
    words = "\n".join(answered.sentences)
    return [_Chapter("answer", translate("The answer"), words, [submit(of_answer, folder, answered)])]


def _general(submit: Submit, folder: Path, runs: int, seed: int) -> list[_Chapter]:
    """What concerns all launches: real alerts and how certain the gains are, the flights, the sensors."""
    published = translate(
        "What was published of real alerts, beside what the centres could have known; and what is uncertain."
    )
    rest = translate("What the flights rest on, and how far their times are as published.")
    seen = translate("What could be seen at all, whatever is shared.")
    points = min(max(1 << (runs - 1).bit_length(), 4), MOST_POINTS)  # of about as many runs as a launch has
    spread = submit(of_spread, folder, points, seed)
    alerts = submit(of_alerts, folder, min(runs, HISTORY_RUNS), seed)
    return [
        _Chapter("history", translate("Real alerts, and how surely sharing gains"), published, [alerts, spread]),
        _Chapter("flights", translate("Flights"), rest, [submit(of_flights, folder)]),
        _Chapter("sensors", translate("Sensors"), seen, [submit(of_sensors, folder)]),
    ]


def _launch(submit: Submit, folder: Path, comparison: Comparison) -> _Chapter:
    scenario = comparison.scenario
    drawn = submit(of_launch, folder, comparison, comparison.seed)
    return _Chapter(scenario.name, translate(scenario.title), _facts(scenario), [drawn], comparison)


def telling(comparison: Comparison) -> tuple[bool, float, float]:
    """Sorts launches by what sharing changes: first those whose place of impact more runs know a minute ahead, then
    those whose first track comes soonest before that without sharing, of the nation that gains most; what does not come
    down last.

    Parameters
    ----------
    comparison : Comparison
        Of the policy that the report is about and the status quo.

    Returns
    -------
    tuple
    """
    names = [policy.name for policy in comparison.policies]
    after, before = names.index(ASKED), names.index(STATUS_QUO)
    known, sooner = [0.0], [0.0]
    for each in comparison.values():
        if each.figure == KNOWN_FROM:
            share = (each.by_run <= KNOWN_KM).mean(axis=1)
            gain = float(share[after] - share[before])
            known.append(gain if gain >= CHANGED else 0.0)
        elif each.figure == TRACK:
            gain = float(each.gain_of(after, before)["median"])
            sooner.append(gain if np.isfinite(gain) else 0.0)
    return not comparison.scenario.launch.lands, -max(known), -max(sooner)


def _facts(scenario: Scenario) -> str:
    """What is published of a launch, in a sentence."""
    launch = scenario.launch
    far = {"apogee": f"{launch.apogee_km:g}", "range": f"{launch.range_km:g}"}
    flown = translate("apogee {apogee} km, range {range} km").format(**far)
    if launch.to_orbit:
        orbit = translate("orbit {perigee} x {apogee} km at {inclination}°, last lower stage down at {range} km")
        flown = orbit.format(perigee=f"{launch.perigee_km:g}", inclination=f"{launch.inclination_deg:g}", **far)
    if launch.failure:
        failed = translate("{flown} as intended; {failure} after {seconds} s")
        flown = failed.format(flown=flown, failure=translate(launch.failure), seconds=f"{launch.fails_s:g}")
    day = translate("hypothetical")
    if launch.time_utc:
        lifted = as_instant(ScenarioError, scenario.name, launch.time_utc)
        day = translate("launched {time}").format(time=f"{lifted:%Y-%m-%d %H:%M} UTC")
    return translate("{missile}; {flown}; {day}. Source: {source}.").format(
        missile=launch.missile.name, flown=flown, day=day, source=scenario.source
    )


def _write_tables(folder: Path, comparisons: list[Comparison], gains: pd.DataFrame) -> None:
    """Tables for other programs: in English whatever the report's language is."""
    tables = folder / "tables"
    tables.mkdir()
    gains.to_csv(tables / "headline.csv", index=False, float_format="%.6g")
    for policy, rows in gains.groupby("policy", sort=False):
        _write_latex(tables / f"headline_{policy}.tex", rows, comparisons[0])
    for kind in ("nodes", "warnings", "gains"):
        parts = [getattr(c, kind) for c in comparisons]
        joined = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
        joined.to_csv(tables / f"{kind}.csv", index=False, float_format="%.6g")
    documents = [document(comparison) for comparison in comparisons]
    (folder / MARK).write_text(json.dumps(documents, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _write_latex(path: Path, gains: pd.DataFrame, study: Comparison) -> None:
    """The headline as a table for LaTeX (packages booktabs and multirow), its caption with what was assumed."""
    caption = (
        f"Median gain of {compared(gains)}, run by run, with its 95 % interval; positive is better. "
        f"{study.runs} runs a launch, seed {study.seed}; sensor parameters {study.scenario.assumptions}, assumed where "
        f"not published; {made_with(study.version, study.data_hash)}."
    )
    wide = readable(gains)
    text = (
        wide.style.format_index(escape="latex")
        .format_index(escape="latex", axis=1)
        .to_latex(
            hrules=True,
            caption=caption.replace("%", r"\%").replace("_", r"\_"),
            label=f"tab:{path.stem}",
            position_float="centering",
            multirow_align="t",
            column_format="ll" + "r" * len(wide.columns),
        )
    )
    path.write_text(text, encoding="utf-8")


def _loss(context: pd.DataFrame) -> str:
    """By nation, the median over the launches of what the national floor costs in first knowledge and first track."""
    words = []
    for nation, rows in context.groupby("nation", sort=False):
        knows, track = (rows[f"{metric}_median"].median() for metric in ("first_knowledge_s", "first_track_s"))
        words.append(f"{nation} first knowledge {knows:+.0f} s, first track {track:+.0f} s")
    return "; ".join(words)
