"""The report for printing: the headline and every figure on A4 pages, as vectors, the same to the byte."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from pypdf import PdfWriter

from trackfuse.simulation.provenance import made_with
from trackfuse.views.figures.headline import readable
from trackfuse.views.style.fonts import length_pt, wrapped
from trackfuse.views.style.style import INK, MUTED, RC, policy_look, undated
from trackfuse.views.style.vector import place, size_of, written

if TYPE_CHECKING:
    import pandas as pd

    from trackfuse.views.report.page import Chapter, Section

Drawing = tuple[bytes, float, float, float]
"""A PDF file of one page, its scale, and its lower left corner in points."""
A4_PT = (595.276, 841.89)
MARGIN_PT, GAP_PT = 42.5, 12.0
"""15 mm on every side: between the margins a figure is as wide as it is made, 180 mm."""
HEADING_PT = 34.0
"""Room for a launch's title above its first figure."""
LARGE, SMALL = 11.5, 5.6
"""Size of type in headings and in tables, points: eight columns on a page."""
LEAD = (
    "On 19 December 2023 Japan, the United States and South Korea began to share missile-warning data in real time."
    " Before, the United States shared with each of them, and the two could not pass each other anything at once. "
    "Launches that really happened are flown here, each nation's sensors see what physics lets them see, the data "
    "pass along five arrangements, and these are compared on the same noise. Everything comes from public sources, "
    "and it is about warning only."
)
ASSUMED = (
    "Positive is better: sooner, closer, more warning. Times are of a nation's earliest centre, errors of its best "
    "track at apogee; the warning time is at the nation's place that gains most. Sensor ranges, sectors and "
    "accuracies are press values or assumptions; no number is published for the delay of the sharing, before or "
    "after 2023. Differences between arrangements are firmer than absolute values."
)


def booklet(
    chapters: Sequence[Chapter], sections: Sequence[Section], gains: pd.DataFrame, context: pd.DataFrame
) -> bytes:
    """The report as one PDF.

    Parameters
    ----------
    chapters : sequence of Chapter
        At least one; each with the PDF of every figure.
    sections : sequence of Section
        What follows the launches.
    gains, context : DataFrame
        Headlines of the policy that is asked about, and of the floor for context.

    Returns
    -------
    bytes
        The same for the same input: no date, no name of a machine.
    """
    writer = PdfWriter()
    _page(writer, [(_cover(chapters, gains, context), 1.0, 0.0, 0.0)], "Headline")
    parts = [(chapter.comparison.scenario.title, chapter.pictures) for chapter in chapters]
    parts += [(section.title, section.pictures) for section in sections]
    for title, pictures in parts:
        for k, drawings in enumerate(_arranged([picture.pdf for picture in pictures])):
            heading = _heading(title if k == 0 else f"{title} (continued)")
            _page(writer, [(heading, 1.0, 0.0, 0.0), *drawings], title if k == 0 else "")
    return written(writer)


def _page(writer: PdfWriter, drawings: list[Drawing], entry: str) -> None:
    """One more page, and an entry in the outline if it begins something."""
    place(writer, writer.add_blank_page(*A4_PT), drawings)
    if entry:
        writer.add_outline_item(title=entry, page_number=len(writer.pages) - 1)


def _arranged(drawings: list[bytes]) -> list[list[Drawing]]:
    """Figures below one another, on as many pages as they need; one too high for a page is made smaller."""
    whole = A4_PT[1] - 2 * MARGIN_PT - HEADING_PT
    pages: list[list[Drawing]] = []
    room = -1.0
    for pdf in drawings:
        wide, high = size_of(pdf)
        scale = min(1.0, whole / high)
        if scale * high > room:
            pages.append([])
            room = whole
        pages[-1].append((pdf, scale, 0.5 * (A4_PT[0] - scale * wide), MARGIN_PT + room - scale * high))
        room -= scale * high + GAP_PT
    return pages


def _paper() -> Figure:
    return Figure(figsize=(A4_PT[0] / 72.0, A4_PT[1] / 72.0))


def _printed(page: Figure) -> bytes:
    buffer = io.BytesIO()
    with rc_context(RC):
        page.savefig(buffer, format="pdf", metadata=undated("pdf"))
    return buffer.getvalue()


def _write(page: Figure, x_pt: float, y_pt: float, words: str, **how: Any) -> None:
    settings: Any = {"color": INK, "ha": "left", "va": "top"} | how
    page.text(x_pt / A4_PT[0], y_pt / A4_PT[1], words, **settings)


def heading_points(title: str) -> float:
    """Size of type in which a title fits between the margins.

    Parameters
    ----------
    title : str

    Returns
    -------
    float
        Points.
    """
    return LARGE * min(1.0, (A4_PT[0] - 2 * MARGIN_PT) / length_pt(title, LARGE, weight="bold"))


def _heading(title: str) -> bytes:
    with rc_context(RC):
        page = _paper()
        _write(page, MARGIN_PT, A4_PT[1] - MARGIN_PT, title, fontsize=heading_points(title), weight="bold")
    return _printed(page)


def _cover(chapters: Sequence[Chapter], gains: pd.DataFrame, context: pd.DataFrame) -> bytes:
    first = chapters[0].comparison
    repeat = (
        f"{first.runs} runs a launch and policy, seed {first.seed}; sensor parameters {first.scenario.assumptions}; "
        f"{made_with(first.version, first.data_hash)}."
    )
    width, y = A4_PT[0] - 2 * MARGIN_PT, A4_PT[1] - MARGIN_PT
    with rc_context(RC):
        page = _paper()
        title = "What is sharing missile-warning data worth,\nin seconds and kilometres, and for whom?"
        _write(page, MARGIN_PT, y, title, fontsize=16, weight="bold", linespacing=1.3)
        y -= 58.0
        for words, points, color in ((LEAD, 8.5, INK), (repeat, 7.5, MUTED)):
            y = _paragraph(page, y, words, points, color, width)
        for table, what in ((gains, "headline"), (context, "for context")):
            y = _table(page, y - 8.0, table, what)
        _paragraph(page, y - 6.0, ASSUMED, 7.5, MUTED, width)
    return _printed(page)


def _paragraph(page: Figure, y_pt: float, words: str, points: float, color: str, width: float) -> float:
    """Write a paragraph; return where the next one begins."""
    text = wrapped(words, width, points)
    _write(page, MARGIN_PT, y_pt, text, fontsize=points, color=color, linespacing=1.4)
    return y_pt - 1.45 * points * (text.count("\n") + 1) - 8.0


def _table(page: Figure, y_pt: float, gains: pd.DataFrame, what: str) -> float:
    """Write a headline as a ruled table; return where the next thing begins."""
    first = gains.iloc[0]
    names = [policy_look(first[key]).label for key in ("policy", "baseline")]
    caption = f"{names[0]} over {names[1]} ({what}): median gain, run by run, with its 95 % interval"
    _write(page, MARGIN_PT, y_pt, caption, fontsize=8.5, weight="bold")
    table = readable(gains)
    heads = ["launch", "nation", *(str(name).replace(" (", "\n(") for name in table.columns)]
    cells = [[str(launch), str(nation), *map(str, row)]
             for (launch, nation), row in zip(table.index, table.to_numpy(), strict=True)]  # fmt: skip
    edges, y = _edges([heads, *cells]), y_pt - 15.0
    for edge, words in zip(edges, heads, strict=True):
        _write(page, edge, y, words, fontsize=SMALL, weight="bold", ha="left" if edge < edges[2] else "right")
    y -= 8.0
    last = ""
    for row in cells:
        y -= 8.6
        if row[0] != last:
            _rule(page, y + 1.8)
        for edge, word in zip(edges, [row[0] if row[0] != last else "", *row[1:]], strict=True):
            _write(page, edge, y, word, fontsize=SMALL, ha="left" if edge < edges[2] else "right")
        last = row[0]
    return y - 14.0


def _edges(rows: list[list[str]]) -> list[float]:
    """Where columns begin, the first two, and end, the others: what is left beside their longest lines, evenly."""
    longest = [max(length_pt(line, SMALL) for cell in column for line in cell.split("\n"))
               for column in zip(*rows, strict=True)]  # fmt: skip
    spare = (A4_PT[0] - 2 * MARGIN_PT - sum(longest)) / (len(longest) - 1)
    begins = MARGIN_PT + np.cumsum([0.0, *longest[:-1]]) + spare * np.arange(len(longest))
    return [*map(float, begins[:2]), *map(float, (begins + longest)[2:])]


def _rule(page: Figure, y_pt: float) -> None:
    ends = [MARGIN_PT / A4_PT[0], 1.0 - MARGIN_PT / A4_PT[0]]
    page.add_artist(Line2D(ends, [y_pt / A4_PT[1]] * 2, color=MUTED, lw=0.4, transform=page.transFigure))
