"""Rows of a sweep: one a design point, policy, nation or place, and run."""

# pyright: reportUnknownParameterType=false
# pyarrow has no types, and these functions take and give its schemas and tables.

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from trackfuse.catalog.datafiles import reading_parquet
from trackfuse.core.errors import DataError
from trackfuse.simulation.figures import FIGURES, WARNING_TIME
from trackfuse.studies.sweeps import store
from trackfuse.studies.sweeps.design import Design

COLUMNS = (*(each.name for each in FIGURES), WARNING_TIME.name)
"""Columns of numbers: those of a nation's rows, and the warning time of a place's."""
NOT_FLOWN = b"trackfuse.not_flown"


def schema(design: Design) -> pa.Schema:
    """Columns of the rows, the same for every block.

    Parameters
    ----------
    design : Design

    Returns
    -------
    pyarrow.Schema
        point, the design's fields, policy, run, object (the launch; "" in a place's row), nation, place ("" in a
        nation's row) and `COLUMNS`: in their units, infinite where a figure never occurred, null where it does not
        apply.
    """
    return pa.schema(
        [
            pa.field("point", pa.int32()),
            *_value_fields(design),
            pa.field("policy", pa.string()),
            pa.field("run", pa.int32()),
            pa.field("object", pa.string()),
            pa.field("nation", pa.string()),
            pa.field("place", pa.string()),
            *(pa.field(name, pa.float64()) for name in COLUMNS),
        ]
    )


def _value_fields(design: Design) -> list[pa.Field]:
    by_field = zip(*design.points, strict=True)
    return [pa.field(name, _type(values)) for name, values in zip(design.names, by_field, strict=True)]


def _type(values: Sequence[Any]) -> pa.DataType:
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {int, float}:
        return pa.int64() if kinds == {int} else pa.float64()
    return pa.string()


def _cell(value: Any, kind: pa.DataType) -> Any:
    """A design value as its column holds it."""
    return value if value is None or isinstance(value, str) or kind != pa.string() else json.dumps(value)


def table_of(
    layout: pa.Schema,
    policies: Sequence[str],
    point: int,
    values: Sequence[Any],
    first_run: int,
    figures: tuple[np.ndarray, np.ndarray],
    owners: Sequence[tuple[str, str, str]],
) -> pa.Table:
    """Rows of consecutive runs of one point, in order of run, policy, nations and then places.

    Parameters
    ----------
    layout : pyarrow.Schema
        As `schema` gives it.
    policies : sequence of str
        Names of the P policies.
    point : int
    values : sequence
        Of the design's fields; None where a field is left as it is.
    first_run : int
    figures : (ndarray, shape (R, P, L, C, F), ndarray, shape (R, P, Q))
        Of R runs under P policies: L launches and C nations by FIGURES, each in its own unit, and the warning times of
        Q places, s.
    owners : sequence of (object, nation, place)
        Whose they are: the nations launch by launch, whose `place` is "", then the Q places, whose `object` is "".

    Returns
    -------
    pyarrow.Table
        R * P * (L * C + Q) rows of `schema`.
    """
    by_nation, warning_time_s = figures
    runs, flown, nations = *by_nation.shape[:2], by_nation.shape[2] * by_nation.shape[3]
    values_of = np.full((runs, flown, len(owners), len(COLUMNS)), np.nan)
    values_of[:, :, :nations, : len(FIGURES)] = by_nation.reshape(runs, flown, nations, -1)
    values_of[:, :, nations:, -1] = np.where(np.isnan(warning_time_s), np.inf, warning_time_s)
    run, policy, owner = (index.ravel() for index in np.indices(values_of.shape[:3]))
    launch, nation, place = np.array(owners, dtype=object)[owner].T
    return _table(
        layout,
        [
            np.full(len(run), point),
            *([_cell(value, field.type)] * len(run) for value, field in zip(values, list(layout)[1:], strict=False)),
            np.array(policies, dtype=object)[policy],
            first_run + run,
            launch,
            nation,
            place,
            *values_of.reshape(-1, len(COLUMNS)).T,
        ],
    )


def _table(layout: pa.Schema, columns: Sequence[Any]) -> pa.Table:
    """Lists or arrays as a table; None and nan are null."""
    arrays = [pa.array(values, field.type, from_pandas=True) for values, field in zip(columns, layout, strict=True)]
    return pa.Table.from_arrays(arrays, schema=layout)


def _parquet(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue().to_pybytes()


def packed(layout: pa.Schema, tables: list[pa.Table], not_flown: dict[int, str]) -> bytes:
    """One block as a Parquet file: the same bytes for the same rows.

    Parameters
    ----------
    layout : pyarrow.Schema
        As `schema` gives it.
    tables : list of pyarrow.Table
        Of the block's points, in order.
    not_flown : dict of int to str
        Points that cannot be flown, and why.

    Returns
    -------
    bytes
    """
    if not_flown:
        layout = layout.with_metadata({NOT_FLOWN: json.dumps(not_flown).encode()})
    block = pa.concat_tables(tables).replace_schema_metadata(layout.metadata) if tables else layout.empty_table()
    return _parquet(block.combine_chunks())


def not_flown_in(layout: pa.Schema) -> dict[int, str]:
    """Why points of a block cannot be flown, point -> reason, from the columns of its file."""
    reasons = json.loads((layout.metadata or {}).get(NOT_FLOWN, "{}"))
    return {int(point): reason for point, reason in reasons.items()}


def points_hash(file: Path | bytes) -> str:
    """Hash of the design points in a Parquet file, whatever it says of those that cannot be flown.

    Parameters
    ----------
    file : Path or bytes
        points.parquet or its content.

    Returns
    -------
    str
        "" where it cannot be read.
    """
    try:
        with reading_parquet(store.POINTS):
            table = pq.read_table(io.BytesIO(file) if isinstance(file, bytes) else file)
            said = [(name, table[name].to_pylist()) for name in table.column_names if name != "not_flown"]
    except DataError:
        return ""
    return store.digest(repr(said).encode())


def points_in(file: Path, columns: Mapping[str, str]) -> pd.DataFrame:
    """The design points of a file whose hash is known, whichever program wrote it.

    Parameters
    ----------
    file : Path
        points.parquet.
    columns : mapping of str to str
        Name and type of the columns of the rows, as the manifest has them; others hold text.

    Returns
    -------
    DataFrame
        point, the fields, varied and not_flown, of the types of the rows.

    Raises
    ------
    DataError
        If it cannot be read.
    """
    with reading_parquet(str(file)):
        table = pq.read_table(file)
        kinds = [(name, pa.type_for_alias(columns.get(name, "string"))) for name in table.column_names]
        return table.cast(pa.schema(kinds)).to_pandas(ignore_metadata=True)


def points_file(design: Design, not_flown: dict[int, str]) -> bytes:
    """The design points as a Parquet file: point, the fields, what varies, and why a point cannot be flown ("" if it
    can)."""
    points, fields = range(len(design.points)), _value_fields(design)
    by_field = zip(*design.points, strict=True)
    cells = [[_cell(v, field.type) for v in values] for values, field in zip(by_field, fields, strict=True)]
    last = [pa.field("varied", pa.string()), pa.field("not_flown", pa.string())]
    layout = pa.schema([pa.field("point", pa.int32()), *fields, *last])
    return _parquet(_table(layout, [points, *cells, design.varied, [not_flown.get(point, "") for point in points]]))
