"""Cells as terminals, editors, Excel, MATLAB, pandas and Arrow make them."""

import decimal
import math
from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from trackfuse.core.cells import number, plain
from trackfuse.core.errors import DataError


@pytest.mark.parametrize(
    "given",
    [
        12.5,
        "12.5",
        " 12.5 ",
        "12.5\u00a0",
        "\ufeff12.5",
        "1.25e1",
        "+12.5",
        np.float32(12.5),
        np.float64(12.5),
        decimal.Decimal("12.5"),
        pd.array([12.5], dtype="Float64")[0],
        pd.array([12.5], dtype="float64[pyarrow]")[0],
    ],
)
def test_one_number(given: object) -> None:
    assert number(DataError, "row 2", given) == 12.5


@pytest.mark.parametrize("given", ["-3", "\u22123", "\u20133", -3, np.int8(-3), pd.array([-3], dtype="Int64")[0]])
def test_a_minus_however_it_is_written(given: object) -> None:
    assert number(DataError, "row 2", given) == -3.0


@pytest.mark.parametrize(
    "given", [None, "", " ", "\u200b", math.nan, np.nan, pd.NA, pd.NaT, "NaN", "nan", "N/A", "#N/A", "NULL", "<NA>"]
)
def test_no_number_at_all(given: object) -> None:
    assert math.isnan(number(DataError, "row 2", given))


BEYOND = pytest.param(10**5000, "thousands of digits", id="5,001 digits")


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ("12,5", "write 12.5"),
        ("1 200", "write 1200"),
        ("53 min", "is not a number"),
        ("1_000", "is not a number"),
        (True, "is not a number"),
        (np.True_, "is not a number"),
        ([1.0], "is not a number"),
        (10**400, "too large"),
        (datetime(2022, 1, 1), "is not a number"),
        BEYOND,
        ("x" * 5000, r"\.\.\. \(5002 letters\)"),
    ],
)
def test_what_is_no_number_is_refused_in_one_short_line(given: object, hint: str) -> None:
    with pytest.raises(DataError, match=f"^row 2: .*{hint}") as caught:
        number(DataError, "row 2", given)
    assert len(str(caught.value)) < 150


@pytest.mark.parametrize("given", ["a b", " a\u2028b", "a\x0cb", "a\u0085b ", "\ufeffa\nb"])
def test_text_is_on_one_line(given: str) -> None:
    assert plain(given) == "a b"
