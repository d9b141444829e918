"""The report for printing: the headline and every figure on A4 pages, as vectors, the same to the byte."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import pandas as pd
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox
from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DecodedStreamObject, DictionaryObject, FloatObject, NameObject

from trackfuse.core.language import message, translate
from trackfuse.simulation.provenance import made_with
from trackfuse.views.figures.headline import readable
from trackfuse.views.report.page import Contents, Picture, Section, compared
from trackfuse.views.style.drawing import drawing
from trackfuse.views.style.fonts import in_two, length_pt, wrapped
from trackfuse.views.style.style import INK, MUTED, RC, UNDATED
from trackfuse.views.style.tables import written_once

A4_PT = (595.276, 841.89)
MARGIN_PT, GAP_PT = 42.5, 12.0
"""15 mm on every side: between the margins a figure is as wide as it is made, 180 mm."""
WIDTH_PT = A4_PT[0] - 2 * MARGIN_PT
HEADING_PT = 34.0
"""Height kept free for a section's title above its first figure."""
LEAST_SCALE = 0.88
"""How much smaller figures are made so that one more comes on their page."""
ROW_PT = 8.6
LARGE, SMALL = 11.5, 5.6
"""Size of type in headings and in tables, points: eight columns on a page."""
TITLE = message("What is sharing missile-warning data worth,\nin seconds and kilometres, and for whom?")
LEAD = message(
    "On 19 December 2023 Japan, the United States and South Korea began to share missile-warning data in real time."
    " Before, the United States shared with each of them, and the two could not pass each other anything at once. "
    "Launches that really happened are flown here, each nation's sensors see what physics lets them see, the data "
    "pass along five arrangements, and these are compared on the same noise. Everything comes from public sources, "
    "and it is about warning only."
)
ASSUMED = message(
    "Positive is better: sooner, closer, more warning. Times are of a nation's earliest centre, errors of what "
    "it holds to be surest; the warning time is at the nation's place that gains most. Sensor ranges, sectors and "
    "accuracies are press values or assumptions; no number is published for the delay of the sharing, before or "
    "after 2023. Differences between arrangements are firmer than absolute values."
)


class Drawing(NamedTuple):
    """A page that is drawn on another: its scale, and where its lower left corner comes, points."""

    page: PageObject
    scale: float
    left: float
    low: float


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
    pages = [page for section in contents.sections for page in _pages_of(section)]
    starts = [partial(_draw_cover, contents=contents)]
    entries = [translate("All launches")]
    ends: list[float] = []
    if contents.answer is not None:
        starts.insert(0, partial(_draw_answer, words=contents.answer.words, ends=ends))
        entries.insert(0, translate("The answer"))
    printed = _printed([*starts, *(partial(_draw_heading, title=title) for title, _, _ in pages)])
    writer = PdfWriter()
    for k, entry in enumerate(entries):
        below = _below(contents.answer.pictures[0], ends[0]) if contents.answer is not None and k == 0 else []
        _page(writer, [Drawing(printed[k], 1.0, 0.0, 0.0), *below], entry)
    for heading, (_, entry, drawings) in zip(printed[len(starts):], pages, strict=True):
        _page(writer, [Drawing(heading, 1.0, 0.0, 0.0), *drawings], entry)
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def _pages_of(section: Section) -> list[tuple[str, str, list[Drawing]]]:
    """Of each page of a section: its heading, its entry in the outline, and its drawings."""
    title = section.title
    return [
        (title, title, drawings) if k == 0 else (translate("{title} (continued)").format(title=title), "", drawings)
        for k, drawings in enumerate(_arranged([_first_page(picture.pdf) for picture in section.pictures]))
    ]


def _first_page(pdf: bytes) -> PageObject:
    return PdfReader(io.BytesIO(pdf)).pages[0]


def _draw_answer(page: Figure, words: str, ends: list[float]) -> None:
    """The question and the answer in words; the height at which its picture begins is added to `ends`."""
    y = A4_PT[1] - MARGIN_PT
    _write(page, MARGIN_PT, y, translate(TITLE), fontsize=16, weight="bold", linespacing=1.3)
    y -= 58.0
    for sentence in words.split("\n"):
        y = _paragraph(page, y, sentence, 10.0)
    ends.append(y)


def _below(picture: Picture, top_pt: float) -> list[Drawing]:
    """The picture below the words that end at this height."""
    ((drawn,),) = _arranged([_first_page(picture.pdf)])
    height = float(drawn.page.mediabox[3])
    return [drawn._replace(low=top_pt - GAP_PT - drawn.scale * height)]


def _page(writer: PdfWriter, drawings: list[Drawing], entry: str) -> None:
    """Add a page, and an entry in the outline if one is given."""
    _place(writer, writer.add_blank_page(*A4_PT), drawings)
    if entry:
        writer.add_outline_item(title=entry, page_number=len(writer.pages) - 1)


def _place(writer: PdfWriter, page: PageObject, drawings: list[Drawing]) -> None:
    """Put drawings on an empty page, without reading what is in them."""
    forms, words = DictionaryObject(), []
    for k, (drawn, scale, left, low) in enumerate(drawings):
        forms[NameObject(f"/Drawing{k}")] = _form(writer, drawn)
        words.append(f"q {scale:.6f} 0 0 {scale:.6f} {left:.3f} {low:.3f} cm /Drawing{k} Do Q")
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/XObject"): forms})
    said = DecodedStreamObject()
    said.set_data("\n".join(words).encode())
    page[NameObject("/Contents")] = writer._add_object(said)  # pyright: ignore[reportPrivateUsage]  # pypdf has no public one


def _form(writer: PdfWriter, page: PageObject) -> DictionaryObject:
    """A page as something that can be drawn on another, its text and images with it, as compressed as it is."""
    form: Any = page["/Contents"].clone(writer)
    form[NameObject("/Type")], form[NameObject("/Subtype")] = NameObject("/XObject"), NameObject("/Form")
    form[NameObject("/BBox")] = ArrayObject(FloatObject(side) for side in page.mediabox)
    form[NameObject("/Resources")] = page["/Resources"].clone(writer)
    return form.indirect_reference


def _arranged(drawings: list[PageObject]) -> list[list[Drawing]]:
    """The drawings of every page, below one another: as many as fit if all of them are made smaller by a little, one
    that is too high for a page by as much as it needs.
    """
    usable = A4_PT[1] - 2 * MARGIN_PT - HEADING_PT
    pages: list[list[PageObject]] = []
    for page in drawings:
        if not pages or LEAST_SCALE * _height([*pages[-1], page]) > usable:
            pages.append([])
        pages[-1].append(page)
    return [_stacked(each, min(1.0, usable / _height(each)), MARGIN_PT + usable) for each in pages]


def _height(drawings: list[PageObject]) -> float:
    """Of drawings below one another with their gaps, points."""
    return sum(float(page.mediabox[3]) + GAP_PT for page in drawings) - GAP_PT


def _stacked(drawings: list[PageObject], scale: float, top_pt: float) -> list[Drawing]:
    placed = []
    for page in drawings:
        width, height = (scale * float(side) for side in page.mediabox[2:])
        placed.append(Drawing(page, scale, 0.5 * (A4_PT[0] - width), top_pt - height))
        top_pt -= height + scale * GAP_PT
    return placed


def _printed(draws: Sequence[Callable[[Figure], None]]) -> list[PageObject]:
    """A page for each, with what it draws; in one file, so that letters are in it once."""
    buffer = io.BytesIO()
    with drawing(RC), PdfPages(buffer, metadata=UNDATED["pdf"]) as file:
        for draw in draws:
            page = Figure(figsize=(A4_PT[0] / 72.0, A4_PT[1] / 72.0))
            draw(page)
            file.savefig(page)
    return list(PdfReader(buffer).pages)


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
    repeat = translate(
        "{runs} runs a launch and policy, seed {seed}; sensor parameters {assumptions}; {made}."
    ).format(
        runs=study.runs, seed=study.seed, assumptions=study.scenario.assumptions,
        made=made_with(study.version, study.data_hash),
    )  # fmt: skip
    y = A4_PT[1] - MARGIN_PT
    if contents.answer is None:
        _write(page, MARGIN_PT, y, translate(TITLE), fontsize=16, weight="bold", linespacing=1.3)
        y -= 58.0
    y = _paragraph(page, y, translate(LEAD), 8.5)
    y = _paragraph(page, y, repeat, 7.5, MUTED)
    y = _table(page, y - 8.0, contents.gains, translate("headline"))
    y = _table(page, y - 8.0, contents.context, translate("for context"))
    _paragraph(page, y - 6.0, translate(ASSUMED), 7.5, MUTED)


def _paragraph(page: Figure, y_pt: float, words: str, points: float, color: str = INK) -> float:
    """Write a paragraph; return the height at which the next one begins, points."""
    text = wrapped(words, WIDTH_PT, points)
    _write(page, MARGIN_PT, y_pt, text, fontsize=points, color=color, linespacing=1.4)
    return y_pt - 1.45 * points * (text.count("\n") + 1) - 8.0


def _table(page: Figure, y_pt: float, gains: pd.DataFrame, what: str) -> float:
    """Write a headline as a ruled table; return the height at which the next thing begins, points."""
    caption = translate("{compared} ({what}): median gain, run by run, with its 95 % interval").format(
        compared=compared(gains), what=what
    )
    _write(page, MARGIN_PT, y_pt, caption, fontsize=8.5, weight="bold")
    table = readable(gains).reset_index()
    launch = table.columns[0]
    table[launch] = written_once(table[launch])
    heads, height_pt = [in_two(name) for name in table.columns], ROW_PT * (len(table) + 2)
    top = y_pt - 14.0
    box = MARGIN_PT / A4_PT[0], (top - height_pt) / A4_PT[1], WIDTH_PT / A4_PT[0], height_pt / A4_PT[1]
    axes = page.add_axes(box)
    axes.set_axis_off()
    drawn = axes.table(table.to_numpy().tolist(), colLabels=heads, bbox=Bbox.unit(), edges="open")
    drawn.auto_set_font_size(False)
    drawn.set_fontsize(SMALL)
    drawn.auto_set_column_width(range(len(heads)))
    for (row, column), cell in drawn.get_celld().items():
        cell.PAD = 0.0
        cell.set_text_props(ha="left" if column < 2 else "right", weight="normal" if row else "bold")
        if row == 0:
            cell.set_height(2.0 * cell.get_height())
        elif table[launch].iloc[row - 1]:
            cell.visible_edges = "T"
            cell.set(linewidth=0.4, edgecolor=MUTED)
    return top - height_pt - 8.0
