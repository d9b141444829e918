"""Tables and sentences as text that fits a terminal of 80 columns."""

import textwrap
from collections.abc import Sequence

import pandas as pd

from trackfuse.core.display import heading

WIDTH = 80
"""Columns of a terminal that nobody has made wider."""
GAP = 2
"""Spaces between two columns of a table."""


def as_text(
    table: pd.DataFrame, digits: int = 1, *, groups: Sequence[str] = (), labels: int = 1, width: int = WIDTH
) -> str:
    """A table as aligned text for a terminal, without its index.

    Parameters
    ----------
    table : DataFrame
    digits : int
        Of numbers, after the point.
    groups : sequence of str, optional
        A heading for every row; it is printed as a line of its own where it changes.
    labels : int
        So many columns name the rows. Where a table is too wide even with its words on several lines, its other columns
        are printed in several parts, each with these.
    width : int
        No line is longer, unless one word is.

    Returns
    -------
    str
        Numbers are aligned right, words left; what is not there is "-".
    """
    numeric = [pd.api.types.is_numeric_dtype(kind) for kind in table.dtypes]
    cells = [[_cell(value, digits) for value in table.iloc[:, k]] for k in range(table.shape[1])]
    heads = [heading(str(name)) for name in table.columns]
    parts = _parts([_least([head, *column]) for head, column in zip(heads, cells, strict=True)], labels, width)
    shown = []
    for part in parts:
        columns = [[heads[k], *cells[k]] for k in part]
        rows = _laid_out(columns, [numeric[k] for k in part], width)
        lines, last = [rows[0]], None
        for k, row in enumerate(rows[1:]):
            if groups and groups[k] != last:
                last = groups[k]
                lines.append(paragraph(last, width))
            lines.append(row)
        shown.append("\n".join(lines))
    return "\n\n".join(shown)


def paragraph(text: str, width: int = WIDTH, *, hanging: int = 0) -> str:
    """A text broken into lines at its spaces.

    Parameters
    ----------
    text : str
        Ends of lines in it stay.
    width : int
    hanging : int
        Spaces before every line but the first.

    Returns
    -------
    str
    """
    after = " " * hanging
    return "\n".join(
        textwrap.fill(line, width, subsequent_indent=after, break_long_words=False, break_on_hyphens=False)
        for line in text.split("\n")
    )


def _cell(value: object, digits: int) -> str:
    if value is None or value != value:
        return "-"
    if isinstance(value, float):
        return f"{round(value, digits) + 0.0:.{digits}f}"  # 0.0 added: nothing has no sign
    return str(value)


def _least(texts: Sequence[str]) -> int:
    """The narrowest that a column may be: as wide as its longest word."""
    return max(max((len(word) for text in texts for word in text.split()), default=0), 1)


def _parts(least: Sequence[int], labels: int, width: int) -> list[list[int]]:
    """Which columns are printed side by side, those that name the rows in every part."""
    names = list(range(min(labels, len(least))))
    parts = [[*names]]
    for k in range(len(names), len(least)):
        if len(parts[-1]) > len(names) and sum(least[j] + GAP for j in (*parts[-1], k)) - GAP > width:
            parts.append([*names])
        parts[-1].append(k)
    return parts


def _laid_out(columns: Sequence[Sequence[str]], numeric: Sequence[bool], width: int) -> list[str]:
    """The rows of a table, each of as many lines as its words need."""
    wide = [max(map(len, column)) for column in columns]
    least = [_least(column) for column in columns]
    while sum(wide) + GAP * (len(wide) - 1) > width and wide != least:
        widest = max((k for k in range(len(wide)) if wide[k] > least[k]), key=lambda k: wide[k])
        wide[widest] -= 1
    rows = []
    for texts in zip(*columns, strict=True):
        broken = [paragraph(text, each).split("\n") for text, each in zip(texts, wide, strict=True)]
        lines = []
        for k in range(max(map(len, broken))):
            line = [part[k] if k < len(part) else "" for part in broken]
            said = (f"{text:>{each}}" if right else f"{text:<{each}}"
                    for text, each, right in zip(line, wide, numeric, strict=True))  # fmt: skip
            lines.append((" " * GAP).join(said).rstrip())
        rows.append("\n".join(lines))
    return rows
