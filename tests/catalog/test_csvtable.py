"""Files as editors, spreadsheets and programs write them, by the one reader of tables."""

import csv
import io
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

import trackfuse as tf
from trackfuse.catalog.csvtable import table_of
from trackfuse.core.cells import text
from trackfuse.core.errors import DataError, ScenarioError
from trackfuse.studies.own_data.detections import checked_detections

HEADER = (
    "t_s,sensor,range_m,azimuth_deg,elevation_deg,range_rate_mps,"
    "sigma_range_m,sigma_azimuth_mrad,sigma_elevation_mrad,sigma_range_rate_mps"
)
ROWS = ("0,OWN-1,900000,45.0,20.0,,50,1,1,", "1,OWN-1,901000,45.5,20.0,,50,1,1,")


def detections(tmp_path: Path, content: str | bytes) -> pd.DataFrame:
    path = tmp_path / "own.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return tf.read_detections(path)


@pytest.mark.parametrize(
    "content",
    [
        "\n".join([HEADER, *ROWS]),
        "\r\n".join([HEADER, *ROWS, ""]),
        "\r".join([HEADER, *ROWS]),
        "\ufeff" + "\n".join([HEADER, *ROWS]),
        "\n".join([HEADER, *ROWS]).encode("utf-16"),
        "sep=,\r\n" + "\n".join([HEADER, *ROWS]),
        "\n".join([HEADER, *(row + "," for row in ROWS)]),
        "\n".join([HEADER + ",", *(row + "," for row in ROWS)]),
        "\n".join([HEADER + ",,,", *(row + ",,," for row in ROWS), ",,,,,,,,,,,,", ""]),
        "\n".join([HEADER, "", *ROWS, "", ""]),
        "\n".join([HEADER.replace(",", " , "), *(row.replace(",", " ,\t") for row in ROWS)]),
        "\n".join([HEADER, *(row.replace("OWN-1", '"OWN-1"') for row in ROWS)]),
        "\n".join([HEADER, *(row.replace("OWN-1", "OWN-1\u00a0") for row in ROWS)]),
        "\n".join([HEADER, *(row.replace(",,", ",NaN,") + "NaN" for row in ROWS)]),
        "\n".join([HEADER, *(row.replace("20.0", "2.00e+01") for row in ROWS)]),
    ],
)
def test_one_table_however_it_is_written(tmp_path: Path, content: str | bytes) -> None:
    found = detections(tmp_path, content)
    np.testing.assert_array_equal(found["range_m"], [900000.0, 901000.0])
    np.testing.assert_array_equal(found["azimuth_deg"], [45.0, 45.5])
    assert list(found["sensor"]) == ["OWN-1", "OWN-1"] and found["range_rate_mps"].isna().all()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "empty file"),
        ("\n".join([HEADER, *ROWS]).replace(",", ";"), "row 1: is separated by semicolons"),
        ("\n".join([HEADER, *ROWS]).replace(",", "\t"), "row 1: is separated by tabs"),
        ("\n".join([HEADER, ROWS[0] + ",7", ROWS[1]]), "row 2: 11 cells, the header has 10; what holds a comma"),
        ("\n".join([HEADER, ROWS[0], "1,OWN-1"]), "row 3: 2 cells, the header has 10"),
        ("\n".join([HEADER, '0,"OWN-1']), "not CSV"),
        ("\n".join([HEADER, ROWS[0].replace("45.0", '"45,0"')]), "azimuth_deg: '45,0' is not a number; write 45.0"),
        (("\n".join([HEADER, *ROWS]) + "é").encode("latin-1"), "not UTF-8 text .* save it as UTF-8"),
        (HEADER + ",t_s\n", "column 't_s' appears twice"),
        (HEADER, "no rows"),
    ],
)
def test_what_cannot_be_read_names_its_place(tmp_path: Path, content: str | bytes, why: str) -> None:
    with pytest.raises(DataError, match=why):
        detections(tmp_path, content)


def test_breaks_of_a_line_within_a_note_end_no_row() -> None:
    """U+2028, U+0085 and a form feed come with text copied from web pages and PDF files."""
    _, rows = table_of("file", "name,note\na,one\u2028two\nb,three\x0cfour\nc,five\u0085six\n")
    assert rows == [(2, ["a", "one two"]), (3, ["b", "three four"]), (4, ["c", "five six"])]


@seed(20)
@settings(max_examples=60, deadline=None, database=None, derandomize=False)
@given(st.lists(st.tuples(*[st.text(st.characters(codec="utf-8"), max_size=6)] * 3), max_size=5))
def test_what_the_standard_library_writes_is_read_back(rows: list[tuple[str, str, str]]) -> None:
    """But for what cannot be seen, and rows of nothing."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([("a", "b", "c"), *rows])
    _, found = table_of("file", out.getvalue())
    wanted = [[text(cell) for cell in row] for row in rows]
    assert [row for _, row in found] == [row for row in wanted if any(row)]


def test_a_pipe_and_a_loop_of_links_are_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "loop.toml").symlink_to(tmp_path / "loop.toml")
    with pytest.raises(DataError, match="is a pipe"):
        tf.read_detections(tmp_path / "pipe.csv")
    with pytest.raises(ScenarioError, match="is a pipe"):
        tf.load_scenario(tmp_path / "pipe.toml")
    with pytest.raises(ScenarioError, match=r"loop\.toml"):
        tf.load_scenario(tmp_path / "loop.toml")
    with pytest.raises(ScenarioError, match="is no name of a file"):
        tf.load_scenario("a\0b.toml")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("a = " + "[" * 5000 + "]" * 5000, "nested too deeply"),
        ("title = " + "9" * 5000, "not TOML"),
        ("title = 1\n", "title|missing"),
    ],
    ids=["nested", "digits", "wrong kind"],
)
def test_toml_that_no_reader_can_take(tmp_path: Path, content: str, why: str) -> None:
    (tmp_path / "odd.toml").write_text(content)
    with pytest.raises(ScenarioError, match=why) as caught:
        tf.load_scenario(tmp_path / "odd.toml")
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("backend", ["numpy_nullable", "pyarrow"])
def test_tables_of_nullable_and_arrow_types(tmp_path: Path, backend: str) -> None:
    plain = pd.read_csv(io.StringIO("\n".join([HEADER, *ROWS])))
    other = plain.convert_dtypes(dtype_backend=backend)
    other.to_parquet(tmp_path / "own.parquet")
    wanted = detections(tmp_path, "\n".join([HEADER, *ROWS]))
    for found in (tf.read_detections(tmp_path / "own.parquet"), checked_detections(other)):
        for name in ("t_s", "range_m", "azimuth_deg", "range_rate_mps", "sigma_range_m"):
            np.testing.assert_array_equal(found[name].to_numpy(float), wanted[name])
        assert list(found["sensor"]) == list(wanted["sensor"])
