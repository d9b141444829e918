"""Tables for reading: what stands in a cell, and headers that a screen reader can follow."""

from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from trackfuse.views.style.tables import as_html, number, spread
from trackfuse.views.style.terminal import WIDTH, as_text, paragraph


@pytest.mark.parametrize(
    ("value", "unit", "sign", "words"),
    [
        (63.24, "s", "", "63.2"),
        (0.04, "s", "+", "0"),
        (-0.06, "s", "+", "-0.1"),
        (9.994, "km", "", "9.99"),
        (12.34, "km", "+", "+12"),
        (1234.4, "m", "", "1234"),
        (float("inf"), "s", "", "–"),
    ],
)
def test_a_number_has_the_digits_of_its_unit(value: float, unit: str, sign: str, words: str) -> None:
    assert number(value, unit, sign=sign) == words


def test_a_spread_of_nothing_is_nothing() -> None:
    assert spread([4.0, -1.0, 5.52], "s", sign="+") == "+4.0 (-1.0 to 5.5)"
    assert spread([0.0, -0.04, 0.04], "s", sign="+") == "0"
    assert spread([0.0, 0.0, 0.0], "s") == "0.0 (0.0 to 0.0)"
    assert spread([float("nan")] * 3, "s", sign="+") == "-"


def test_every_cell_of_a_page_has_a_header_for_its_row_and_its_column() -> None:
    index = pd.MultiIndex.from_tuples([("Japan", "a<b"), ("Japan", "b"), ("US & allies", "b")], names=["", "figure"])
    table = ElementTree.fromstring(as_html(pd.DataFrame({"one": ["1", "2", "3"]}, index=index), "x > y"))
    assert table.findtext("caption") == "x > y"
    assert [(head.get("scope"), head.text) for head in table.iterfind("thead/tr/th")] == [
        ("col", None),
        ("col", "figure"),
        ("col", "one"),
    ]
    rows = [[(cell.get("scope"), cell.text) for cell in row] for row in table.iterfind("tbody/tr")]
    assert rows == [
        [("row", "Japan"), ("row", "a<b"), (None, "1")],
        [("row", "b"), (None, "2")],
        [("row", "US & allies"), ("row", "b"), (None, "3")],
    ]
    assert [cell.get("rowspan") for cell in table.iterfind("tbody/tr/th")] == ["2", None, None, None, None]


def test_text_for_a_terminal_has_no_nan() -> None:
    lines = as_text(pd.DataFrame({"a": [1.26, float("nan")]})).split("\n")
    assert [line.strip() for line in lines] == ["a", "1.3", "-"]


def test_a_table_fits_a_terminal() -> None:
    words = ["a flight that pulls up", "one", "a rather long reason why it was not compared with what was published"]
    rows = {f"column_{k}_km": np.linspace(-1e5, 1e5, 3) for k in range(9)}
    text = as_text(pd.DataFrame({"launch": ["L1", "L2", "L3"], "what": words, **rows}), 2)
    assert all(len(line) <= WIDTH for line in text.split("\n"))
    assert text.count("L2") > 1, "what is too wide is printed in parts, each with the names of its rows"
    assert "-0.00" not in text and text.count("-100000.00") == 9
    assert " ".join(words[2].split()[:2]) in text


def test_a_narrow_table_stays_on_its_lines_and_headings_stand_alone() -> None:
    table = pd.DataFrame({"nation": ["JPN", "ROK", "JPN"], "median_s": [1.0, -0.04, np.nan]})
    text = as_text(table, groups=["first track", "first track", "first notice"])
    assert text.split("\n") == [
        "nation  median (s)", "first track", "JPN            1.0", "ROK            0.0", "first notice",
        "JPN              -",
    ]  # fmt: skip


def test_a_paragraph_is_broken_at_spaces_alone() -> None:
    text = paragraph("five-sided words\nand more of them", 10, hanging=2)
    assert text.split("\n") == ["five-sided", "  words", "and more", "  of them"]
    assert paragraph("x" * 90) == "x" * 90


def test_nothing_has_no_sign() -> None:
    assert number(-0.04, "s") == "0.0" and number(-0.04, "s", sign="+") == "0" and number(-0.06, "s") == "-0.1"
