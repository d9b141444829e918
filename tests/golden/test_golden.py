"""No number changes unknowingly: what is computed now is what was kept in golden.parquet.

To the bit on the processor and with the versions that made the file, within 1e-7 elsewhere; a test's name says which.
"""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.golden import golden

MOST_LINES = 20
MADE, KEPT = golden.read()
OTHER = golden.differences_of_makers(MADE, golden.made_by())
HOW = "within 1e-7" if OTHER else "to the bit"


@pytest.fixture(scope="module", autouse=True)
def _say_how() -> None:
    """Say in the summary of the tests where numbers are not compared to the bit, and why."""
    if OTHER:
        warnings.warn(f"golden results are compared {HOW}: {'; '.join(OTHER)}", stacklevel=1)


def told(case: str, wrong: list[str]) -> str:
    more = [f"... and {len(wrong) - MOST_LINES} more"] if len(wrong) > MOST_LINES else []
    head = f"{case}, compared {HOW}: {len(wrong)} of {len(KEPT[case])} columns are not what was kept"
    return "\n".join([head, *wrong[:MOST_LINES], *more])


@pytest.mark.parametrize("how", [HOW])
@pytest.mark.parametrize("case", KEPT)
def test_what_was_kept_is_computed(case: str, how: str) -> None:
    now = golden.summarised(golden.cases()[case](), KEPT[case])
    wrong = golden.compared(KEPT[case], now, to_the_bit=how == "to the bit")
    assert not wrong, told(case, wrong)


VALUES = np.array([np.nan, -3.0, np.inf, *np.linspace(1.0, 7.0, 40)])
TABLE = pd.DataFrame({"x": VALUES, "n": np.arange(len(VALUES)), "who": "JPN", "path": [((v, 1.0),) for v in VALUES]})


def lines(changed: pd.DataFrame, *, to_the_bit: bool) -> list[str]:
    before, after = (golden.summarised({"run": {"table": table}}) for table in (TABLE, changed))
    return golden.compared(before, after, to_the_bit=to_the_bit)


def with_x(place: int, value: float) -> pd.DataFrame:
    return TABLE.assign(x=np.where(np.arange(len(VALUES)) == place, value, VALUES))


@pytest.mark.parametrize("to_the_bit", [True, False])
def test_order_and_further_columns_do_not_matter(to_the_bit: bool) -> None:
    other = TABLE[TABLE.columns[::-1]].assign(further=1.0)
    assert not lines(other, to_the_bit=to_the_bit)


@pytest.mark.parametrize(("place", "words"), [(len(VALUES) - 1, "7.000000000000001 now"), (5, "not sampled")])
def test_the_last_bit_is_seen(place: int, words: str) -> None:
    changed = with_x(place, np.nextafter(VALUES[place], np.inf))
    (line,) = lines(changed, to_the_bit=True)
    assert line.startswith("run: table: x: ") and words in line
    assert not lines(changed, to_the_bit=False)


@pytest.mark.parametrize(("place", "share"), [(len(VALUES) - 1, 1e-6), (5, 1e-4)], ids=["sampled", "in sums alone"])
@pytest.mark.parametrize("to_the_bit", [True, False])
def test_a_small_change_is_seen(place: int, share: float, to_the_bit: bool) -> None:
    """A millionth of a value that is kept, and a ten-thousandth of one of forty that only sums hold."""
    (line,) = lines(with_x(place, VALUES[place] * (1.0 + share)), to_the_bit=to_the_bit)
    assert line.startswith("run: table: x: ")


@pytest.mark.parametrize("to_the_bit", [True, False])
@pytest.mark.parametrize(
    ("changed", "line"),
    [
        (TABLE.drop(columns="n"), "run: table: n: is not there"),
        (TABLE[:-1][["x"]].assign(n=1, who="JPN", path=[((0.0, 1.0),)] * (len(VALUES) - 1)), "rows: 43 kept, 42 now"),
        (TABLE.assign(who="ROK"), "value 0: \"'JPN'\" kept, \"'ROK'\" now"),
        (TABLE.assign(n=TABLE["n"].astype(float)), "run: table: n: kind: whole kept, number now"),
        (TABLE.assign(path=[((v, 1.1),) for v in VALUES]), "run: table: path: value"),
    ],
)
def test_other_changes_are_seen(changed: pd.DataFrame, line: str, to_the_bit: bool) -> None:
    assert any(line in one for one in lines(changed, to_the_bit=to_the_bit))


@pytest.mark.parametrize(("place", "value"), [(0, 0.0), (2, 1e9), (2, -np.inf), (5, np.nan)])
@pytest.mark.parametrize("to_the_bit", [True, False])
def test_numbers_that_come_or_go_are_seen(place: int, value: float, to_the_bit: bool) -> None:
    assert len(lines(with_x(place, value), to_the_bit=to_the_bit)) == 1


def test_rows_that_change_places_are_seen() -> None:
    swapped = VALUES.copy()
    swapped[[4, 6]] = VALUES[[6, 4]]
    for to_the_bit in (True, False):
        assert len(lines(TABLE.assign(x=swapped), to_the_bit=to_the_bit)) == 1


def test_another_machine_is_told() -> None:
    assert not golden.differences_of_makers(MADE, MADE)
    assert golden.differences_of_makers(MADE, MADE | {"numpy": "3"}) == [f"numpy {MADE['numpy']} there, 3 here"]


def test_what_is_written_is_read(tmp_path: Path) -> None:
    golden.write(KEPT, tmp_path / "again.parquet")
    assert repr(golden.read(tmp_path / "again.parquet")[1]) == repr(KEPT)  # NaN is not equal to NaN


def test_a_long_list_of_differences_is_cut() -> None:
    text = told("salvo", [f"line {k}" for k in range(50)]).splitlines()
    assert len(text) == MOST_LINES + 2 and text[-1] == "... and 30 more"
