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
from trackfuse.core.errors import SettingsError
from trackfuse.simulation.progress import progress
from trackfuse.simulation.provenance import made_with
from trackfuse.simulation.simulate import simulate
from trackfuse.studies.compare import STATUS_QUO, Comparison, compare
from trackfuse.studies.document import document
from trackfuse.views.figures import plots
from trackfuse.views.figures.backtest import history
from trackfuse.views.figures.headline import headline, readable
from trackfuse.views.report.booklet import booklet
from trackfuse.views.report.folder import MARK, whole_folder
from trackfuse.views.report.page import Chapter, Picture, Section, page
from trackfuse.views.style.style import policy_look, save

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
    """What a report came to; printing it prints the headline.

    Parameters
    ----------
    folder : Path
        Where it was written.
    gains, context : DataFrame
        Headline of the trilateral policy, and of the national floor, both over the bilateral one.
    runs, seed : int
    """

    folder: Path
    gains: pd.DataFrame
    context: pd.DataFrame
    runs: int
    seed: int

    def __str__(self) -> str:
        wide = readable(self.gains).reset_index()
        wide["launch"] = wide["launch"].where(wide["launch"] != wide["launch"].shift(), "")
        return (
            f"{ASKED.capitalize()} over {STATUS_QUO}: median gain, run by run on the same noise (95 % interval); "
            f"positive is better: sooner, closer, more warning.\n{wide.to_string(index=False)}\n"
            f"0: no change in any run. -: nothing to compare. {self.runs} runs a launch, seed {self.seed}.\n"
            f"Context: nations on their own, against {STATUS_QUO}: {_loss(self.context)}\n"
            f"Written: {self.folder / 'index.html'}"
        )

    def _repr_html_(self) -> str:
        return f"<p>{self.folder / 'index.html'}</p>{readable(self.gains).to_html()}"


def report(
    out: Path | str = "reports",
    *,
    runs: int = RUNS,
    seed: int = SEED,
    scenarios: Sequence[Scenario | str] | None = None,
) -> Report:
    """Run the reference study and write it: one HTML page, a PDF of it, figures (PNG, SVG, PDF), tables (CSV, LaTeX).

    Parameters
    ----------
    out : Path or str
        Folder to write; a report of before is replaced as a whole, anything else in it is refused.
    runs : int
        Runs a launch and policy, 1 or more.
    seed : int
        The same seed gives the same files to the byte.
    scenarios : sequence of Scenario or str, optional
        Default: all shipped launches.

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
    for scenario in chosen:
        for policy in (ASKED, STATUS_QUO, FLOOR):
            scenario.policy(policy)
    with whole_folder(Path(out)) as folder:
        chapters = _chapters(chosen, folder, runs, seed)
        gains, context = (headline([c.comparison for c in chapters], policy) for policy in (ASKED, FLOOR))
        _write_tables(folder, [c.comparison for c in chapters], pd.concat([gains, context], ignore_index=True))
        sections = _sections(folder, min(runs, HISTORY_RUNS), seed)
        (folder / "index.html").write_text(page(chapters, sections, gains, context), encoding="utf-8")
        (folder / "report.pdf").write_bytes(booklet(chapters, sections, gains, context))
    return Report(folder=Path(out), gains=gains, context=context, runs=runs, seed=seed)


def _chapters(scenarios: list[Scenario], folder: Path, runs: int, seed: int) -> list[Chapter]:
    (folder / "figures").mkdir()
    chapters = []
    with progress(2 * len(scenarios), "report") as bar:
        for scenario in scenarios:
            bar.set_description(f"{scenario.name}: runs")
            comparison = compare(scenario, runs=runs, seed=seed)
            bar.update()
            bar.set_description(f"{scenario.name}: figures")
            pictures = tuple(_picture(folder, scenario, *drawn) for drawn in _drawn(scenario, comparison, seed))
            chapters.append(Chapter(comparison=comparison, pictures=pictures))
            bar.update()
    return chapters


def _drawn(scenario: Scenario, comparison: Comparison, seed: int) -> list[tuple[str, str, str, Figure]]:
    """Name, title, caption and figure of a launch's pictures."""
    run, base = (simulate(scenario, policy, seed=seed) for policy in (ASKED, STATUS_QUO))
    one = f"One run (seed {seed}, run 0) under the trilateral and the bilateral policy."
    many = f"{comparison.runs} runs on the same noise (seed {seed})."
    covers = (
        "Where each nation's radars, told where to look, see a target of 1 m² at 100 km height in every second look."
    )
    knows = f"{one} Map with tracks and predicted impact; time line by nation."
    precise = f"{one} True error of each nation's track, what the track claims, and the bound."
    spread = f"{many} Median and 5 to 95 % of the runs, by nation and by place."
    gained = f"{many} Paired gains over the bilateral policy with 95 % intervals, by nation and by place."
    among = f"One run (seed {seed}, run 0): true objects, and the tracks that each nation held of them."
    return [
        *([("objects", "One run: what each nation tracked", among, plots.objects(run))] if scenario.several else []),
        ("overview", "One run: who knew what, when", knows, plots.overview(run, base)),
        ("coverage", "What the radars cover", covers, plots.map(run, base)),
        ("accuracy", "One run: how well the position is known", precise, plots.accuracy(run, base)),
        ("policies", "Five arrangements", spread, plots.policies(comparison)),
        ("gains", "What each arrangement gains", gained, plots.gains(comparison)),
    ]


def _sections(folder: Path, runs: int, seed: int) -> list[Section]:
    """What is behind all launches: real alerts and how sure the gains are, the flights, the sensors."""
    held = "What was published of real alerts, beside what the centres could have known; and what is uncertain."
    lived = history(runs=runs, seed=seed)
    flown = "Altitude and speed of every class while its engines burn, from public aggregate values."
    timed = "Computed flight times beside the published ones; apogee and range are met by construction."
    seen = "Where each nation's radars find a target, by height."
    flights = [("ascents", "How each class climbs", flown, plots.ascents()),
               ("validation", "Flight times against published ones", timed, plots.validation())]  # fmt: skip
    found = "Signal and detection probability along one flight, sensor by sensor, with a cue and without."
    sensors = [("coverage", "What each nation's radars cover, and hear of", seen,
                plots.coverage(EXAMPLE, policy=ASKED)),
               ("detectability", "One flight, radar by radar", found, plots.detectability(EXAMPLE))]  # fmt: skip
    return [
        Section(name=name, title=title, words=words, pictures=tuple(_sheet(folder, *drawn) for drawn in pictures))
        for name, title, words, pictures in (
            ("history", "Real alerts, and how surely sharing gains", held, lived),
            ("flights", "Flights", "What the flights rest on, and how far their times are as published.", flights),
            ("sensors", "Sensors", "What could be seen at all, whatever is shared.", sensors),
        )
    ]


def _picture(folder: Path, scenario: Scenario, kind: str, title: str, caption: str, figure: Figure) -> Picture:
    return _sheet(folder, f"{scenario.name}_{kind}", title, f"{scenario.title}. {caption}", figure)


def _sheet(folder: Path, name: str, title: str, caption: str, figure: Figure) -> Picture:
    files = save(figure, folder / "figures" / name, formats=("png", "svg", "pdf"), dpi=150.0)
    png, _, pdf = (path.read_bytes() for path in files)
    return Picture(name=name, title=title, caption=caption, png=png, pdf=pdf)


def _write_tables(folder: Path, comparisons: list[Comparison], gains: pd.DataFrame) -> None:
    tables = folder / "tables"
    tables.mkdir()
    gains.to_csv(tables / "headline.csv", index=False, float_format="%.6g")
    for policy, rows in gains.groupby("policy", sort=False):
        _write_latex(tables / f"headline_{policy}.tex", rows, comparisons[0])
    for kind in ("nodes", "warnings", "gains"):
        parts = [getattr(c, kind).assign(scenario=c.scenario.name) for c in comparisons]
        whole = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
        first = ["scenario", *(name for name in whole.columns if name != "scenario")]
        whole[first].to_csv(tables / f"{kind}.csv", index=False, float_format="%.6g")
    documents = [document(comparison) for comparison in comparisons]
    (folder / MARK).write_text(json.dumps(documents, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _write_latex(path: Path, gains: pd.DataFrame, study: Comparison) -> None:
    """The headline as a table for LaTeX (packages booktabs and multirow), its caption with what was assumed."""
    names = [policy_look(gains[key].iloc[0]).label for key in ("policy", "baseline")]
    caption = (
        f"Median gain of {names[0]} over {names[1]}, run by run, with its 95 % interval; positive is better. "
        f"{study.runs} runs a launch, seed {study.seed}; sensor parameters {study.scenario.assumptions}, assumed where "
        f"not published; {made_with(study.version, study.data_hash)}."
    )
    wide = readable(gains)
    wide.index = wide.index.set_names(["launch", "nation"])
    text = wide.style.format_index(escape="latex").format_index(escape="latex", axis=1).to_latex(
        hrules=True, caption=caption.replace("%", r"\%").replace("_", r"\_"), label=f"tab:{path.stem}",
        position_float="centering", multirow_align="t", column_format="ll" + "r" * len(wide.columns),
    )  # fmt: skip
    path.write_text(text, encoding="utf-8")


def _loss(context: pd.DataFrame) -> str:
    """By nation, the median over the launches of what the national floor costs in first knowledge and first track."""
    words = []
    for nation, rows in context.groupby("nation", sort=False):
        knows, track = (rows[f"{metric}_median"].median() for metric in ("detection_s", "confirmation_s"))
        words.append(f"{nation} first knowledge {knows:+.0f} s, first track {track:+.0f} s")
    return "; ".join(words)
