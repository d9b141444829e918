"""The report as one HTML page that needs nothing else: figures and tables are inside. Its words are in report.html."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from string import Template

import pandas as pd

from trackfuse.studies.compare import Comparison
from trackfuse.views.figures.gainstable import WORDS, table
from trackfuse.views.figures.headline import readable
from trackfuse.views.style.style import NATIONS, policy_look


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A figure of the page.

    Parameters
    ----------
    name : str
        Stem of its files in figures/.
    title, caption : str
        `caption` also serves those who cannot see it.
    png, pdf : bytes
        The figure for the page, and for printing.
    """

    name: str
    title: str
    caption: str
    png: bytes
    pdf: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """One launch: its comparison and its figures.

    Parameters
    ----------
    comparison : Comparison
    pictures : tuple of Picture
    """

    comparison: Comparison
    pictures: tuple[Picture, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Figures that are of no one launch.

    Parameters
    ----------
    name, title, words : str
        Anchor, heading, and what is shown.
    pictures : tuple of Picture
    """

    name: str
    title: str
    words: str
    pictures: tuple[Picture, ...]


def page(
    chapters: Sequence[Chapter], sections: Sequence[Section], gains: pd.DataFrame, context: pd.DataFrame
) -> str:
    """The whole page.

    Parameters
    ----------
    chapters : sequence of Chapter
        At least one.
    sections : sequence of Section
        What follows the launches.
    gains, context : DataFrame
        Headlines of the policy that is asked about, and of the floor for context.

    Returns
    -------
    str
        HTML; the same text for the same input: no date, no name of a machine.
    """
    first = chapters[0].comparison
    scenario = first.scenario
    words = {
        "runs": first.runs,
        "seed": first.seed,
        "assumptions": scenario.assumptions,
        "version": first.version,
        "data": first.data_hash[:10],
        "confirm_plots": scenario.tracker.confirm_plots,
        "confirm_window_s": f"{scenario.tracker.confirm_window_s:g}",
        "probability": f"{scenario.rule.probability:g}",
        "decision_s": f"{scenario.rule.processing_s + scenario.rule.decision_s:g}",
        "dissemination_s": f"{scenario.rule.dissemination_s:g}",
    }
    names = [(chapter.comparison.scenario.name, chapter.comparison.scenario.title) for chapter in chapters]
    names += [(section.name, section.title) for section in sections]
    return Template(files("trackfuse.views.report").joinpath("report.html").read_text(encoding="utf-8")).substitute(
        {key: escape(str(value)) for key, value in words.items()},
        gains=_headline(gains),
        context=_headline(context),
        contents=" ".join(f'<a href="#{escape(name)}">{escape(title)}</a>' for name, title in names),
        chapters="\n".join([*map(_chapter, chapters), *map(_section, sections)]),
        policies="\n".join(
            f'<tr><th scope="row">{escape(policy_look(policy.name).label)}</th>'
            f'<td class="words">{escape(policy.meaning)}</td></tr>'
            for policy in scenario.policies
        ),
    )


def _headline(gains: pd.DataFrame) -> str:
    first = gains.iloc[0]
    caption = (
        f"{policy_look(first['policy']).label} over {policy_look(first['baseline']).label}: "
        "median gain, run by run, with its 95 % interval"
    )
    wide = readable(gains)
    rows = [
        (str(launch), str(nation), *(str(cell) for cell in cells))
        for (launch, nation), cells in zip(wide.index, wide.to_numpy(), strict=True)
    ]
    return table(caption, ("launch", "nation", *wide.columns), rows)


def _chapter(chapter: Chapter) -> str:
    scenario = chapter.comparison.scenario
    launch = scenario.launch
    flown = f"apogee {launch.apogee_km:g} km, range {launch.range_km:g} km"
    if launch.to_orbit:
        flown = (
            f"orbit {launch.perigee_km:g} x {launch.apogee_km:g} km at {launch.inclination_deg:g}°, last lower stage "
            f"down at {launch.range_km:g} km"
        )
    facts = (
        f"{launch.missile.name}; {flown}; "
        f"{f'launched {launch.time_utc}' if launch.time_utc else 'hypothetical'}. Source: {scenario.source}."
    )
    return "\n".join(
        [
            f'<h2 id="{escape(scenario.name)}">{escape(scenario.title)}</h2>',
            f'<p class="small">{escape(facts)}</p>',
            *(_figure(picture) for picture in chapter.pictures),
            "<details><summary>All figures of this launch as a table</summary>",
            _figures(chapter.comparison),
            "</details>",
        ]
    )


def _section(section: Section) -> str:
    title = f'<h2 id="{escape(section.name)}">{escape(section.title)}</h2>'
    return "\n".join([title, f"<p>{escape(section.words)}</p>", *(_figure(picture) for picture in section.pictures)])


def _figure(picture: Picture) -> str:
    links = ", ".join(f'<a href="figures/{picture.name}.{kind}">{kind.upper()}</a>' for kind in ("pdf", "svg", "png"))
    return (
        f"<figure><h3>{escape(picture.title)}</h3>\n"
        f'<img alt="{escape(picture.caption)}" src="data:image/png;base64,{b64encode(picture.png).decode()}">\n'
        f"<figcaption>{escape(picture.caption)} Files: {links}.</figcaption></figure>"
    )


def _figures(comparison: Comparison) -> str:
    rows = []
    for row in comparison.nodes.to_dict("records"):
        words, unit = WORDS[str(row["metric"])]
        spread = "never" if row["n"] == 0 else f"{row['median']:.3g} ({row['p05']:.3g} to {row['p95']:.3g})"
        nation = NATIONS[str(row["node"])].label
        rows.append((policy_look(str(row["policy"])).label, nation, words, unit, spread, str(row["n"])))
    heads = ("policy", "nation", "figure", "unit", "median (5 to 95 % of the runs)", "runs")
    return table("Figures by policy and nation", heads, rows)
