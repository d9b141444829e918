"""The report: the reference study over the shipped launches, as a page, figures and tables."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from trackfuse.catalog.catalog import load_scenario, scenario_names
from trackfuse.catalog.scenario import Scenario
from trackfuse.core.errors import ScenarioError, SettingsError, check_known
from trackfuse.sensing.presence import POSTURES
from trackfuse.simulation.progress import progress
from trackfuse.simulation.provenance import made_with
from trackfuse.simulation.simulate import simulate
from trackfuse.studies.answer import KINDS, Answer, answer
from trackfuse.studies.compare import STATUS_QUO, Comparison, compare
from trackfuse.studies.document import document
from trackfuse.views.figures import plots
from trackfuse.views.figures.backtest import history
from trackfuse.views.figures.headline import headline, readable
from trackfuse.views.report.booklet import booklet
from trackfuse.views.report.folder import MARK, atomic_folder
from trackfuse.views.report.page import Contents, Picture, Section, compared, page
from trackfuse.views.style.style import save
from trackfuse.views.style.tables import NOTEBOOK_STYLE, as_html, as_text, written_once

ASKED, FLOOR = "trilateral", "national"
"""The policy that the headline is about, and the one shown for context."""
EXAMPLE = "hwasong12_2022_10_04"
"""Its sensors are those whose coverage is shown."""
HISTORY_RUNS = 3
"""Runs a launch and case of the section on real alerts: it has some 70 cases."""
RUNS, SEED = 30, 2023
"""Enough for intervals of a second or two, few enough for less than a minute on two cores."""


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
        wide["launch"] = written_once(wide["launch"])
        first = "".join(f"{each}\n" for each in self.answer.sentences) + "\n" if self.answer else ""
        return (
            f"{first}{ASKED.capitalize()} over {STATUS_QUO}: median gain, run by run on the same noise (95 % "
            f"interval); positive is better: sooner, closer, more warning.\n{as_text(wide)}\n"
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
) -> Report:
    """Run the reference study and write it: one HTML page, a PDF of it, figures (PNG, SVG, PDF), tables (CSV, LaTeX).

    Parameters
    ----------
    out : Path or str
        Folder to write; an earlier report there is replaced, a folder with other things is refused.
    runs : int
        Runs a launch and policy, 1 or more.
    seed : int
        The same seed gives the same files to the byte.
    scenarios : sequence of Scenario or str, optional
        Default: all shipped launches.
    posture : str, optional
        Which sensors are on station in the comparisons, as in `compare`; the answer shows several.

    Returns
    -------
    Report
        Prints as the headline table.

    Raises
    ------
    SettingsError
        Before any work, if nothing can be written to `out`; or if runs or seed are out of range.
    ScenarioError
        If a scenario is not known, or lacks the policies that the headline compares.
    """
    names = scenario_names(several=False) if scenarios is None else scenarios
    chosen = [load_scenario(name) if isinstance(name, str) else name for name in names]
    if not chosen:
        raise SettingsError("report scenarios: none given")
    if posture is not None:
        check_known(ScenarioError, "posture", posture, POSTURES, where="report")
    for scenario in chosen:
        for policy in (ASKED, STATUS_QUO, FLOOR):
            scenario.policy(policy)
    with atomic_folder(Path(out)) as folder:
        (folder / "figures").mkdir()
        answered, first = _answer(chosen, folder, runs, seed)
        launches = _launches(chosen, folder, runs, seed, posture)
        comparisons = [section.comparison for section in launches if section.comparison]
        gains, context = (headline(comparisons, policy) for policy in (ASKED, FLOOR))
        _write_tables(folder, comparisons, pd.concat([gains, context], ignore_index=True))
        sections = (*launches, *_sections(folder, min(runs, HISTORY_RUNS), seed))
        contents = Contents(answer=first, sections=sections, gains=gains, context=context)
        (folder / "index.html").write_text(page(contents), encoding="utf-8")
        (folder / "report.pdf").write_bytes(booklet(contents))
    return Report(folder=Path(out), gains=gains, context=context, answer=answered, runs=runs, seed=seed)


def _answer(
    scenarios: list[Scenario], folder: Path, runs: int, seed: int
) -> tuple[Answer | None, Section | None]:
    """The answer, of one launch of each kind that the report is about, and the section that shows it."""
    names = {scenario.name: scenario for scenario in scenarios if not scenario.launch.to_orbit}
    kinds = {words: names[name] for words, name in KINDS.items() if name in names}
    kinds = kinds or {scenario.title: scenario for scenario in names.values()}
    if not kinds:
        return None, None
    answered = answer(kinds, policy=ASKED, baseline=STATUS_QUO, runs=runs, seed=seed)
    caption = f"By kind of flight and by which ships are there: {answered.caption()}."
    picture = _picture(folder, "answer", "What sharing is worth to Japan", caption, plots.answer(answered))
    words = "\n".join(answered.sentences)
    return answered, Section(name="answer", title="The answer", words=words, pictures=(picture,))


def _launches(
    scenarios: list[Scenario], folder: Path, runs: int, seed: int, posture: str | None
) -> list[Section]:
    """A section for each launch, its figures written."""
    sections = []
    with progress(2 * len(scenarios), "report") as bar:
        for scenario in scenarios:
            name, title = scenario.name, scenario.title
            bar.set_description(f"{name}: runs")
            comparison = compare(scenario, runs=runs, seed=seed, posture=posture)
            bar.update()
            bar.set_description(f"{name}: figures")
            pictures = tuple(
                _picture(folder, f"{name}_{kind}", heading, f"{title}. {caption}", figure)
                for kind, heading, caption, figure in _drawn(scenario, comparison, seed)
            )
            facts = _facts(scenario)
            sections.append(Section(name=name, title=title, words=facts, pictures=pictures, comparison=comparison))
            bar.update()
    return sections


def _facts(scenario: Scenario) -> str:
    """What is published of a launch, in a sentence."""
    launch = scenario.launch
    flown = f"apogee {launch.apogee_km:g} km, range {launch.range_km:g} km"
    if launch.to_orbit:
        flown = (
            f"orbit {launch.perigee_km:g} x {launch.apogee_km:g} km at {launch.inclination_deg:g}°, last lower stage "
            f"down at {launch.range_km:g} km"
        )
    day = f"launched {launch.time_utc}" if launch.time_utc else "hypothetical"
    return f"{launch.missile.name}; {flown}; {day}. Source: {scenario.source}."


def _drawn(scenario: Scenario, comparison: Comparison, seed: int) -> list[tuple[str, str, str, Figure]]:
    """Name, title, caption and figure of a launch's pictures."""
    run, base = (simulate(comparison.scenario, policy, seed=seed) for policy in (ASKED, STATUS_QUO))
    one = f"One run (seed {seed}, run 0) under the trilateral and the bilateral policy."
    many = f"{comparison.runs} runs on the same noise (seed {seed})."
    covers = "Where each nation's cued radars see a target of 1 m² at 100 km height in every second look."
    knows = f"{one} Map with tracks and predicted impact; time line by nation."
    precise = f"{one} True error of each nation's track, what the track claims, and the bound."
    spread = f"{many} Median and 5 to 95 % of the runs, by nation and by place."
    gained = f"{many} Paired gains over the bilateral policy with 95 % intervals, by nation and by place."
    pictures = [
        ("overview", "One run: who knew what, when", knows, plots.overview(run, base)),
        ("coverage", "What the radars cover", covers, plots.map(run, base)),
        ("accuracy", "One run: how well the position is known", precise, plots.accuracy(run, base)),
        ("policies", "Five arrangements", spread, plots.policies(comparison)),
        ("gains", "What each arrangement gains", gained, plots.gains(comparison)),
    ]
    if scenario.several:
        among = f"One run (seed {seed}, run 0): true objects, and the tracks that each nation held of them."
        pictures.insert(0, ("objects", "One run: what each nation tracked", among, plots.objects(run)))
    return pictures


def _sections(folder: Path, runs: int, seed: int) -> list[Section]:
    """The sections that concern all launches: real alerts and how certain the gains are, the flights, the sensors."""
    published = "What was published of real alerts, beside what the centres could have known; and what is uncertain."
    climbs = "Altitude and speed of every class while its engines burn, from public aggregate values."
    timed = "Computed flight times beside the published ones; apogee and range are met by construction."
    covers = "Where each nation's radars find a target, by height."
    detects = "Signal and detection probability along one flight, sensor by sensor, with a cue and without."
    coverage = plots.coverage(EXAMPLE, policy=ASKED)
    flights = [
        ("ascents", "How each class climbs", climbs, plots.ascents()),
        ("validation", "Flight times against published ones", timed, plots.validation()),
    ]
    sensors = [
        ("coverage", "What each nation's radars cover, and what allies' radars add", covers, coverage),
        ("detectability", "One flight, radar by radar", detects, plots.detectability(EXAMPLE)),
    ]
    sections = [
        ("history", "Real alerts, and how surely sharing gains", published, history(runs=runs, seed=seed)),
        ("flights", "Flights", "What the flights rest on, and how far their times are as published.", flights),
        ("sensors", "Sensors", "What could be seen at all, whatever is shared.", sensors),
    ]
    return [
        Section(name=name, title=title, words=words, pictures=tuple(_picture(folder, *drawn) for drawn in pictures))
        for name, title, words, pictures in sections
    ]


def _picture(folder: Path, name: str, title: str, caption: str, figure: Figure) -> Picture:
    png, _, pdf = save(figure, folder / "figures" / name, formats=("png", "svg", "pdf"), dpi=200.0)
    return Picture(name=name, title=title, caption=caption, png=png.read_bytes(), pdf=pdf.read_bytes())


def _write_tables(folder: Path, comparisons: list[Comparison], gains: pd.DataFrame) -> None:
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
