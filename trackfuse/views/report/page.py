"""The report as one HTML page with its figures and tables inside; its words are in report.html.j2."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass

import pandas as pd
from markupsafe import Markup

from trackfuse.catalog.scenario import Scenario
from trackfuse.core.language import language, message, translate
from trackfuse.simulation.figures import USUAL
from trackfuse.simulation.provenance import made_with
from trackfuse.studies.compare import Comparison
from trackfuse.views.figures.headline import readable
from trackfuse.views.report.paragraphs import paragraphs
from trackfuse.views.report.template import rendered
from trackfuse.views.style.style import nation_looks, policy_look
from trackfuse.views.style.tables import as_html, measure, spread

PLAYED = "play.html"
"""The page beside the report's that plays its first launch."""
NAMES = (message("policy"), message("nation"), message("figure"), message("unit"))
"""Columns that name the rows of the table of all figures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A figure of the report.

    Parameters
    ----------
    name : str
        Stem of its files in figures/.
    title, caption : str
        `caption` is also the alternative text for screen readers.
    shown, pdf : bytes
        The figure for the page (WebP), and for printing.
    """

    name: str
    title: str
    caption: str
    shown: bytes
    pdf: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Figures under one heading: those of one launch, or those that concern all launches.

    Parameters
    ----------
    name, title, words : str
        Anchor, heading, and what is shown.
    pictures : tuple of Picture
    comparison : Comparison, optional
        Results of the launch that the section is about.
    """

    name: str
    title: str
    words: str
    pictures: tuple[Picture, ...]
    comparison: Comparison | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a report shows, as a page and in print.

    Parameters
    ----------
    answer : Section, optional
        The answer in sentences, one a line, and its picture; None where no launch comes down.
    sections : tuple of Section
        The launches, of which there is at least one, then the others.
    gains, context : DataFrame
        Headlines of the policy that is asked about, and of the floor for context.
    call : str
        The code that gives the same report again.
    """

    answer: Section | None
    sections: tuple[Section, ...]
    gains: pd.DataFrame
    context: pd.DataFrame
    call: str

    @property
    def first(self) -> Comparison:
        """The comparison of the first launch: runs, seed and settings are the same in all."""
        return next(section.comparison for section in self.sections if section.comparison)


def page(contents: Contents) -> str:
    """The HTML text of the whole page.

    Parameters
    ----------
    contents : Contents

    Returns
    -------
    str
        The same text for the same input: it holds no date and no name of a machine.
    """
    return rendered(
        "report.html.j2",
        lang=language(),
        contents=contents,
        study=contents.first,
        scenario=contents.first.scenario,
        headline=_headline,
        paragraphs=paragraphs(contents.first.scenario),
        made_with=made_with,
        played=PLAYED,
        arrangements=_arrangements,
        figures=_figures,
        base64=lambda content: b64encode(content).decode(),
        unbroken=unbroken,
    )


def unbroken(words: str) -> str:
    """Words in which no line ends between a number and its unit.

    Parameters
    ----------
    words : str

    Returns
    -------
    str
    """
    return re.sub(r"(?<=\d) (?=(?:%|s|km)\b|%)", "\N{NO-BREAK SPACE}", words)


def compared(gains: pd.DataFrame) -> str:
    """The two policies of a headline, as "Trilateral over Bilateral".

    Parameters
    ----------
    gains : DataFrame
        As `headline` returns it.

    Returns
    -------
    str
    """
    policy, baseline = (policy_look(gains[key].iloc[0]).label for key in ("policy", "baseline"))
    return translate("{policy} over {baseline}").format(policy=policy, baseline=baseline)


def _headline(gains: pd.DataFrame) -> Markup:
    caption = translate("{compared}: median gain, run by run, with its 95 % interval").format(compared=compared(gains))
    return Markup(as_html(readable(gains), caption))


def _figures(comparison: Comparison) -> Markup:
    names, counted = [translate(each) for each in NAMES], translate("median (5 to 95 % of the runs)")
    rows, looks = [], nation_looks(comparison.scenario.nations)
    nodes = comparison.nodes
    for row in nodes[nodes["figure"].isin(USUAL) & (nodes["object"] == comparison.objects[0])].to_dict("records"):
        unit, words = str(row["unit"]), measure(str(row["figure"]), str(row["unit"])).words
        policy, nation = policy_look(str(row["policy"])).label, looks[str(row["nation"])].label
        ends = translate("never") if row["n"] == 0 else spread([row[name] for name in ("median", "p05", "p95")], unit)
        rows.append((policy, nation, words, translate(unit), ends, str(row["n"])))
    table = pd.DataFrame(rows, columns=[*names, counted, translate("runs")]).set_index(names)
    return Markup(as_html(table, translate("Figures by policy and nation")))


def _arrangements(scenario: Scenario) -> Markup:
    meanings = {policy_look(policy.name).label: translate(policy.meaning) for policy in scenario.policies}
    table = pd.DataFrame({translate("who passes on what"): meanings}).rename_axis(translate("arrangement"))
    return Markup(as_html(table, translate("The arrangements")))
