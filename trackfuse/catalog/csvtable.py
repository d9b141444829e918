"""The one reader of CSV files: rows of cleaned text, whatever editor, spreadsheet or program wrote the file."""

import csv
import gc
import io
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from trackfuse.core import cells
from trackfuse.core.errors import DataError, shortened

Numbered = tuple[int, list[str]]
"""Number of a row, the header being row 1, and its cells."""
_OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}
MOST_BYTES = 2_000_000_000
"""Of a file; what is larger is refused before it is read."""


def table_of(where: str, text: str) -> tuple[list[str], list[Numbered]]:
    """Header and rows of a CSV file.

    Parameters
    ----------
    where : str
        What messages call the file.
    text : str
        Its content.

    Returns
    -------
    list of str
        Names of the columns, without empty ones at the end; none of an empty file.
    list of (int, list of str)
        Number of each row that is not empty, and its cells, as many as there are columns.

    Raises
    ------
    DataError
        If the file is no CSV, is separated by something else than commas, a column appears twice, or a row has
        another number of cells than the header: file, row and how many.
    """
    if text.startswith("sep=,"):  # Excel's own hint
        text = text.partition("\n")[2]
    with _without_collector():
        return _read(where, text)


@contextmanager
def _without_collector() -> Generator[None]:
    """A million rows are a million lists that stay: looking through them again and again takes twice the time of
    reading.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _read(where: str, text: str) -> tuple[list[str], list[Numbered]]:
    # Only the ends of lines that files have end a row: U+2028 or a form feed in a note does not.
    text = cells.visible(text)
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(lines, [])
        _check_separator(where, header)
        header = [cells.text(name) for name in header]
        while header and not header[-1]:
            header.pop()
        _check_header(where, header)
        rows = list(enumerate(lines, start=2))
    except csv.Error as bad:
        raise DataError(f"{where} row {lines.line_num}: not CSV: {bad}") from None
    wanted = len(header)
    rows = [(number, row if len(row) == wanted else _fitted(where, number, row, wanted)) for number, row in rows]
    if any(sign in text for sign in ' "\t'):
        rows = [(number, [cells.text(cell) for cell in row]) for number, row in rows]
    return header, [(number, row) for number, row in rows if any(row)]


def _check_separator(where: str, header: list[str]) -> None:
    for sign, name in _OTHER_SEPARATORS.items():
        if len(header) == 1 and sign in header[0]:
            raise DataError(f"{where} row 1: is separated by {name} ({sign!r}); save it with commas")


def _check_header(where: str, header: list[str]) -> None:
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise DataError(f"{where} row 1: column {shortened(twice[0])} appears twice")


def _fitted(where: str, number: int, row: list[str], wanted: int) -> list[str]:
    """A row without the empty cells that trailing commas make of it."""
    if len(row) > wanted and not any(map(cells.text, row[wanted:])):
        return row[:wanted]
    if not any(map(cells.text, row)):
        return [""] * wanted
    why = "; what holds a comma must stand in quotation marks" if len(row) > wanted else ""
    raise DataError(f"{where} row {number}: {len(row)} cells, the header has {wanted}{why}")


def check_readable(where: str, path: Path, error: type[Exception] = DataError) -> None:
    """Raise `error` unless a path is a file that ends: not a pipe or a device, and no larger than `MOST_BYTES`."""
    if path.exists() and not path.is_dir():
        if not path.is_file():
            raise error(f"{where}: is a pipe or a device, not a file")
        if path.stat().st_size > MOST_BYTES:
            raise error(f"{where}: is larger than {MOST_BYTES / 1e9:g} GB")
