"""Vector drawings as wide as a paper wants them, and on pages, without reading what is in them."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DecodedStreamObject, DictionaryObject, FloatObject, NameObject

if TYPE_CHECKING:
    from collections.abc import Sequence

MM_A_POINT = 25.4 / 72.0


def size_of(pdf: bytes) -> tuple[float, float]:
    """Width and height of the first page of a PDF file, points."""
    box = PdfReader(io.BytesIO(pdf)).pages[0].mediabox
    return float(box.width), float(box.height)


def place(writer: PdfWriter, page: PageObject, drawings: Sequence[tuple[bytes, float, float, float]]) -> None:
    """Put drawings on an empty page.

    Parameters
    ----------
    writer : pypdf.PdfWriter
    page : pypdf.PageObject
        One of the writer's.
    drawings : sequence of (bytes, float, float, float)
        A PDF file of one page, its scale, and where its lower left corner comes to lie, points.
    """
    forms, words = DictionaryObject(), []
    for k, (pdf, scale, left, low) in enumerate(drawings):
        forms[NameObject(f"/Drawing{k}")] = _form(writer, PdfReader(io.BytesIO(pdf)).pages[0])
        words.append(f"q {scale:.6f} 0 0 {scale:.6f} {left:.3f} {low:.3f} cm /Drawing{k} Do Q")
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/XObject"): forms})
    said = DecodedStreamObject()
    said.set_data("\n".join(words).encode())
    page[NameObject("/Contents")] = writer._add_object(said)


def written(writer: PdfWriter) -> bytes:
    """The file that a writer has made."""
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def _form(writer: PdfWriter, page: PageObject) -> DictionaryObject:
    """A page as something that can be drawn on another, its letters and pictures with it."""
    contents = page.get_contents()
    stream = DecodedStreamObject()
    stream.set_data(contents.get_data() if contents is not None else b"")
    form = stream.flate_encode()
    form[NameObject("/Type")], form[NameObject("/Subtype")] = NameObject("/XObject"), NameObject("/Form")
    form[NameObject("/BBox")] = ArrayObject(FloatObject(side) for side in page.mediabox)
    form[NameObject("/Resources")] = page["/Resources"].clone(writer)  # type: ignore[attr-defined]
    return writer._add_object(form)  # type: ignore[return-value]
