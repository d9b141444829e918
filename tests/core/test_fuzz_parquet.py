"""Every place that reads Parquet, with files that are torn, altered or of other columns, types and rows.

Each is read as what it was, or refused in one line that names the file; reading changes nothing in the folder. Bounded
and seeded; `python -m tests.core.test_fuzz_parquet 1000` tries so many of each.
"""

import io
import json
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from hashlib import blake2b
from pathlib import Path
from shutil import copytree
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import strategies as st

import trackfuse as tf
from tests.core import test_fuzz as files
from tests.core.searches import search
from trackfuse.core.errors import TrackfuseError
from trackfuse.simulation import storage
from trackfuse.studies.own_data.detections import BOUNDS
from trackfuse.studies.sweeps import store

BASE = "kn25_2023_02_20"
LONGEST = 900
"""Letters of a message; the columns of detections are the longest list."""
SEED = 20
NOON = datetime(2023, 2, 20, 12, tzinfo=ZoneInfo("Asia/Tokyo"))
MADE: dict[str, tuple[pa.DataType, Callable[[int], Any]]] = {
    "text": (pa.string(), "x{}".format),
    "bytes": (pa.binary(), lambda k: bytes([k % 256, 255])),
    "whole": (pa.int8(), lambda k: k % 100),
    "large": (pa.uint64(), lambda k: 2**64 - 1 - k),
    "small": (pa.float16(), lambda k: k % 100 + 0.5),
    "decimal": (pa.decimal128(38, 2), lambda k: Decimal(k)),
    "yes": (pa.bool_(), lambda k: k % 2 == 0),
    "nothing": (pa.null(), lambda k: None),
    "instant": (pa.timestamp("ns", "Asia/Tokyo"), lambda k: NOON + timedelta(seconds=k)),
    "day": (pa.date32(), lambda k: NOON.date()),
    "clock": (pa.time64("us"), lambda k: NOON.time()),
    "duration": (pa.duration("ms"), lambda k: timedelta(seconds=k)),
    "list": (pa.list_(pa.list_(pa.float64())), lambda k: [[float(k)], [], None]),
    "struct": (pa.struct([("a", pa.int32())]), lambda k: {"a": k}),
    "map": (pa.map_(pa.string(), pa.int32()), lambda k: [("a", k)]),
    "category": (pa.dictionary(pa.int8(), pa.string()), lambda k: f"c{k % 3}"),
}
"""Types that a column may be given, with values of each."""
CAST = (pa.float32(), pa.int64(), pa.string(), pa.large_string(), pa.binary(), pa.decimal128(38, 9), pa.string_view())
"""Types to which the values of a column are turned where they can be."""


def in_bytes(table: pa.Table, **how: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, **how)
    return sink.getvalue()


@st.composite
def damaged(draw: st.DrawFn, good: bytes) -> bytes:
    """The bytes of a file, cut, with bits turned, or those of something else."""
    how = draw(st.sampled_from(["cut", "flip", "flip", "flip", "twice", "other"]))
    if how == "cut":
        return good[: draw(st.integers(0, len(good) - 1))]
    if how == "twice":
        return good + good
    if how == "other":
        long = b"PAR1\xff\xff\xff\x7fPAR1"  # says that two gigabytes describe its columns
        return draw(st.sampled_from([b"", b"PAR1", b"PAR1" * 2, b"a,b\n1,2\n", b"\0" * 100, long]))
    content = bytearray(good)
    for _ in range(draw(st.integers(1, 4))):
        near_end = draw(st.booleans())  # where the description of the columns stands
        place = draw(st.integers(max(len(good) - 400, 0) if near_end else 0, len(good) - 1))
        content[place] ^= 1 << draw(st.integers(0, 7))
    return bytes(content)


@st.composite
def rewritten(draw: st.DrawFn, good: bytes) -> bytes:
    """A sound file of a table with other columns, types or rows, or of the same by another program."""
    table = pq.read_table(io.BytesIO(good))
    for _ in range(draw(st.integers(1, 2))):
        table = draw(changed(table))
    if draw(st.integers(0, 4)):
        return in_bytes(table)
    sink = io.BytesIO()
    try:
        frame = table.to_pandas()
        backend = draw(st.sampled_from(["numpy", "numpy_nullable", "pyarrow"]))
        frame = frame if backend == "numpy" else frame.convert_dtypes(dtype_backend=backend)
        if draw(st.booleans()):
            frame = frame.set_index(list(frame.columns[: draw(st.integers(1, 2))]))
        frame.to_parquet(sink)
    except Exception:  # what pandas cannot write is no file
        return in_bytes(table)
    return sink.getvalue()


@st.composite
def changed(draw: st.DrawFn, table: pa.Table) -> pa.Table:
    ways = ["made", "made", "made", "cast", "cast", "drop", "twice", "add", "rename", "rows", "null"]
    how = draw(st.sampled_from(ways))
    if how == "rows" or not table.num_columns:
        count = draw(st.integers(0, 2))
        return table.slice(0, count) if draw(st.booleans()) else pa.concat_tables([table, table]).slice(count)
    k = draw(st.integers(0, table.num_columns - 1))
    name, column = table.column_names[k], table.column(k)
    kind, value = MADE[draw(st.sampled_from(sorted(MADE)))]
    new = pa.array([value(row) for row in range(table.num_rows)], kind)
    match how:
        case "drop":
            return table.remove_column(k)
        case "twice":
            return table.append_column(name, column)
        case "add":
            return table.append_column(draw(st.sampled_from(["", "point", "t_s", "x\n\x1b[1m", "\u2028"])), new)
        case "rename":
            names = table.column_names
            names[k] = draw(st.sampled_from(["", name.upper(), "a\nb"]))
            return table.rename_columns(names)
        case "null":
            gaps = [None if draw(st.booleans()) else each for each in column.to_pylist()]
            return table.set_column(k, name, pa.array(gaps, column.type))
        case "cast":
            try:
                kind = draw(st.sampled_from(CAST))
                new = column.dictionary_encode() if draw(st.booleans()) else column.cast(kind)
            except (pa.ArrowException, ValueError):
                return table
    return table.set_column(k, name, new)


def altered(name: str) -> st.SearchStrategy[bytes]:
    good = good_content(name)
    return damaged(good) | rewritten(good) if good.startswith(b"PAR1") else files.changed(good.decode())


# ---- what is read ----------------------------------------------------------------------------------------------------


@cache
def shelf() -> Path:
    """A folder with a file of detections, a sweep and a run, for as long as the tests go."""
    shelf.kept = tempfile.TemporaryDirectory()  # type: ignore[attr-defined]
    folder = Path(shelf.kept.name)  # type: ignore[attr-defined]
    run = tf.simulate(BASE, seed=7)
    run.save(folder / "run")
    (folder / "own").mkdir()
    run.detections.head(12).to_parquet(folder / "own/own.parquet", index=False)
    over = {"policy.latency_s": [1.0, 5.0], "rule.decision_s": [45]}
    tf.sweep(BASE, over, ["bilateral", "trilateral"], runs=1, seed=1, out=folder / "sweep", threads=1, block=1)
    return folder


def read_detections(folder: Path, content: bytes) -> None:
    (folder / "own.parquet").write_bytes(content)
    with unchanged(folder):
        read = tf.read_detections(folder / "own.parquet")
        assert all(read[name].dtype == float for name in BOUNDS)
        assert all(isinstance(name, str) for name in read["sensor"])


def read_points(folder: Path, content: bytes) -> None:
    (folder / store.POINTS).write_bytes(content)
    with unchanged(folder):
        same_study(tf.load_sweep(folder))


def read_block(folder: Path, content: bytes) -> None:
    store.blocks(folder)[0].path.write_bytes(content)
    with unchanged(folder):
        same_study(tf.load_sweep(folder))


def read_block_later(folder: Path, content: bytes) -> None:
    study = tf.load_sweep(folder)
    store.blocks(folder)[0].path.write_bytes(content)
    with unchanged(folder):
        for look in (lambda: study.rows, lambda: study.summary, lambda: tf.gains(study)):
            try:
                look()
            except TrackfuseError as bad:
                fault = bad
            else:
                fault = None
        if fault:
            raise fault


def read_arrays(folder: Path, content: bytes) -> None:
    (folder / storage.ARRAYS).write_bytes(content)
    with unchanged(folder):
        assert content == (shelf() / "run" / storage.ARRAYS).read_bytes() or not tf.load_run(folder)


def read_arrays_of_that_hash(folder: Path, content: bytes) -> None:
    (folder / storage.ARRAYS).write_bytes(content)
    said = json.loads((folder / storage.RUN).read_text())
    said = {name: each for name, each in said.items() if name != "hash"}
    said["arrays"] = blake2b(content, digest_size=16).hexdigest()
    (folder / storage.RUN).write_text(json.dumps(said | {"hash": storage.hash_of_words(said)}))
    with unchanged(folder):
        tf.load_run(folder)


def read_words(folder: Path, content: bytes) -> None:
    (folder / storage.RUN).write_bytes(content)
    with unchanged(folder):
        tf.load_run(folder)


def same_study(study: Any) -> None:
    good = tf.load_sweep(shelf() / "sweep")
    pd.testing.assert_frame_equal(study.points, good.points)
    pd.testing.assert_frame_equal(study.rows, good.rows)


@contextmanager
def unchanged(folder: Path) -> Iterator[None]:
    """Nothing in a folder is written, made or taken away."""

    def listed() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    before = listed()
    try:
        yield
    finally:
        assert listed() == before


READERS: dict[str, tuple[str, str, Callable[[Path, bytes], None]]] = {
    "detections": ("own", "own.parquet", read_detections),
    "points of a sweep": ("sweep", store.POINTS, read_points),
    "a block of a sweep": ("sweep", "rows/*.parquet", read_block),
    "a block of a sweep that is open": ("sweep", "rows/*.parquet", read_block_later),
    "a run": ("run", storage.ARRAYS, read_arrays),
    "the words of a run": ("run", storage.RUN, read_words),
    "a run that was altered as a whole": ("run", storage.ARRAYS, read_arrays_of_that_hash),
}
"""Folder of the shelf, file in it, and what reads the folder with other content of that file."""


def good_content(name: str) -> bytes:
    folder, file, _ = READERS[name]
    return sorted((shelf() / folder).glob(file))[0].read_bytes()


def read(name: str, content: bytes) -> None:
    """Read a file's content; anything but what it was and a line that names the folder is a fault."""
    of, _, reader = READERS[name]
    with tempfile.TemporaryDirectory() as place, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        folder = Path(copytree(shelf() / of, Path(place) / of))
        try:
            reader(folder, content)
        except TrackfuseError as bad:
            said = str(bad)
            assert str(folder) in said and len(said) < LONGEST and "\n" not in said, said


def trying(name: str, number: int) -> None:
    """Try so many contents of a file."""
    search(altered(name), number, lambda content: read(name, content), SEED)


@pytest.mark.parametrize("name", READERS)
def test_what_was_written_is_read(name: str) -> None:
    of, _, reader = READERS[name]
    with tempfile.TemporaryDirectory() as place:
        reader(Path(copytree(shelf() / of, Path(place) / of)), good_content(name))


@pytest.mark.parametrize("name", READERS)
def test_altered_files(name: str) -> None:
    trying(name, 40)


if __name__ == "__main__":
    for each in READERS:
        begun = time.monotonic()
        try:
            trying(each, int(sys.argv[1]))
            print(f"{each}: {sys.argv[1]} inputs, {time.monotonic() - begun:.0f} s, no fault", flush=True)
        except BaseException as fault:
            print(f"{each}: {type(fault).__name__}: {str(fault)[:300]}", flush=True)
