"""The report for printing: the headline and every figure on A4 pages, as vectors, the same to the byte."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from pypdf import PdfWriter

from trackfuse.simulation.provenance import made_with
from trackfuse.views.figures.headline import readable
from trackfuse.views.report.page import Contents, compared
from trackfuse.views.style.fonts import length_pt, wrapped
from trackfuse.views.style.style import INK, MUTED, RC, undated
from trackfuse.views.style.tables import written_once
from trackfuse.views.style.vector import place, size_of, written

Drawing = tuple[bytes, float, float, float]
"""A PDF file of one page, its scale, and its lower left corner in points."""
A4_PT = (595.276, 841.89)
MARGIN_PT, GAP_PT = 42.5, 12.0
"""15 mm on every side: between the margins a figure is as wide as it is made, 180 mm."""
WIDTH_PT = A4_PT[0] - 2 * MARGIN_PT
HEADING_PT = 34.0
"""Height kept free for a section's title above its first figure."""
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


def booklet(contents: Contents) -> bytes:
    """The report as one PDF file.

    Parameters
    ----------
    contents : Contents

    Returns
    -------
    bytes
        The same for the same input: it holds no date and no name of a machine.
    """
    writer = PdfWriter()
    cover = _printed(partial(_draw_cover, contents=contents))
    _page(writer, [(cover, 1.0, 0.0, 0.0)], "Headline")
    for section in contents.sections:
        for k, drawings in enumerate(_arranged([picture.pdf for picture in section.pictures])):
            title = section.title if k == 0 else f"{section.title} (continued)"
            heading = _printed(partial(_draw_heading, title=title))
            _page(writer, [(heading, 1.0, 0.0, 0.0), *drawings], section.title if k == 0 else "")
    return written(writer)


def _page(writer: PdfWriter, drawings: list[Drawing], entry: str) -> None:
    """Add a page, and an entry in the outline if one is given."""
    place(writer, writer.add_blank_page(*A4_PT), drawings)
    if entry:
        writer.add_outline_item(title=entry, page_number=len(writer.pages) - 1)


def _arranged(drawings: list[bytes]) -> list[list[Drawing]]:
    """The drawings of every page: figures below one another, one that is too high for a page made smaller."""
    usable = A4_PT[1] - 2 * MARGIN_PT - HEADING_PT
    pages: list[list[Drawing]] = []
    left = -1.0
    for pdf in drawings:
        width, height = size_of(pdf)
        scale = min(1.0, usable / height)
        if scale * height > left:
            pages.append([])
            left = usable
        pages[-1].append((pdf, scale, 0.5 * (A4_PT[0] - scale * width), MARGIN_PT + left - scale * height))
        left -= scale * height + GAP_PT
    return pages


def _printed(draw: Callable[[Figure], None]) -> bytes:
    """A PDF file of one page, with what `draw` puts on it."""
    buffer = io.BytesIO()
    with rc_context(RC):
        page = Figure(figsize=(A4_PT[0] / 72.0, A4_PT[1] / 72.0))
        draw(page)
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
    return LARGE * min(1.0, WIDTH_PT / length_pt(title, LARGE, weight="bold"))


def _draw_heading(page: Figure, title: str) -> None:
    _write(page, MARGIN_PT, A4_PT[1] - MARGIN_PT, title, fontsize=heading_points(title), weight="bold")


def _draw_cover(page: Figure, contents: Contents) -> None:
    study = contents.first
    repeat = (
        f"{study.runs} runs a launch and policy, seed {study.seed}; sensor parameters {study.scenario.assumptions}; "
        f"{made_with(study.version, study.data_hash)}."
    )
    title = "What is sharing missile-warning data worth,\nin seconds and kilometres, and for whom?"
    y = A4_PT[1] - MARGIN_PT
    _write(page, MARGIN_PT, y, title, fontsize=16, weight="bold", linespacing=1.3)
    y = _paragraph(page, y - 58.0, LEAD, 8.5)
    y = _paragraph(page, y, repeat, 7.5, MUTED)
    y = _table(page, y - 8.0, contents.gains, "headline")
    y = _table(page, y - 8.0, contents.context, "for context")
    _paragraph(page, y - 6.0, ASSUMED, 7.5, MUTED)


def _paragraph(page: Figure, y_pt: float, words: str, points: float, color: str = INK) -> float:
    """Write a paragraph; return the height at which the next one begins, points."""
    text = wrapped(words, WIDTH_PT, points)
    _write(page, MARGIN_PT, y_pt, text, fontsize=points, color=color, linespacing=1.4)
    return y_pt - 1.45 * points * (text.count("\n") + 1) - 8.0


def _table(page: Figure, y_pt: float, gains: pd.DataFrame, what: str) -> float:
    """Write a headline as a ruled table; return the height at which the next thing begins, points."""
    caption = f"{compared(gains)} ({what}): median gain, run by run, with its 95 % interval"
    _write(page, MARGIN_PT, y_pt, caption, fontsize=8.5, weight="bold")
    table = readable(gains).reset_index()
    heads = [name.replace(" (", "\n(") for name in table.columns]
    edges, y = _edges([heads, *table.to_numpy().tolist()]), y_pt - 15.0
    _row(page, y, edges, heads, weight="bold")
    y -= 8.0
    table["launch"] = written_once(table["launch"])
    for row in table.to_numpy().tolist():
        y -= 8.6
        if row[0]:
            _rule(page, y + 1.8)
        _row(page, y, edges, row)
    return y - 14.0


def _row(page: Figure, y_pt: float, edges: list[float], cells: list[str], **look: Any) -> None:
    """Write the cells of one row: the two names to the right of their edges, the numbers to the left of theirs."""
    for k, (edge, words) in enumerate(zip(edges, cells, strict=True)):
        _write(page, edge, y_pt, words, fontsize=SMALL, ha="left" if k < 2 else "right", **look)


def _edges(rows: list[list[str]]) -> list[float]:
    """Left edges of the first two columns and right edges of the others, points; the free width is shared evenly."""
    columns = zip(*rows, strict=True)
    widths = [max(length_pt(line, SMALL) for cell in column for line in cell.split("\n")) for column in columns]
    spare = (WIDTH_PT - sum(widths)) / (len(widths) - 1)
    begins = MARGIN_PT + np.cumsum([0.0, *widths[:-1]]) + spare * np.arange(len(widths))
    return [*begins[:2].tolist(), *(begins + widths)[2:].tolist()]


def _rule(page: Figure, y_pt: float) -> None:
    ends = [MARGIN_PT / A4_PT[0], 1.0 - MARGIN_PT / A4_PT[0]]
    page.add_artist(Line2D(ends, [y_pt / A4_PT[1]] * 2, color=MUTED, lw=0.4, transform=page.transFigure))
