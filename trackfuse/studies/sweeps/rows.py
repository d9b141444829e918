"""Rows of a sweep: one a design point, policy, nation or place, and run."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from trackfuse.simulation.figures import METRICS, NATIONS
from trackfuse.studies.sweeps.design import Design

FIGURES = (*METRICS, "warning_time_s")
"""Columns of numbers: those of a nation's rows, and the warning time of a place's."""
NOT_FLOWN = b"trackfuse.not_flown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """What the rows' columns are.

    Parameters
    ----------
    names : tuple of str
        Dotted names of the fields of the design.
    kinds : tuple of str
        "number", "whole" or "text" of each.
    policies : tuple of str
    """

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    policies: tuple[str, ...]


def columns_of(design: Design, policies: Sequence[str]) -> Columns:
    """Columns that hold a design's values, the same for every block."""
    by_field = zip(*design.points, strict=True)
    return Columns(names=design.names, kinds=tuple(_kind(values) for values in by_field), policies=tuple(policies))


def _kind(values: Sequence[Any]) -> str:
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {int, float}:
        return "whole" if kinds == {int} else "number"
    return "text"


def cell(value: Any, kind: str) -> Any:
    """A design value as its column holds it."""
    if value is None or kind != "text":
        return value
    return value if isinstance(value, str) else json.dumps(value)


def value_fields(columns: Columns) -> list[pa.Field]:
    """The design's columns."""
    types = {"number": pa.float64(), "whole": pa.int64(), "text": pa.string()}
    return [pa.field(name, types[kind]) for name, kind in zip(columns.names, columns.kinds, strict=True)]


@lru_cache(maxsize=8)
def schema(columns: Columns) -> pa.Schema:
    """Columns of the rows.

    Returns
    -------
    pyarrow.Schema
        point, the design's fields, policy, run, nation, place ("" in a nation's row) and `FIGURES`: seconds, metres,
        m/s and km as their names say, null where it never happened.
    """
    return pa.schema(
        [
            pa.field("point", pa.int32()),
            *value_fields(columns),
            pa.field("policy", pa.string()),
            pa.field("run", pa.int32()),
            pa.field("nation", pa.string()),
            pa.field("place", pa.string()),
            *(pa.field(name, pa.float64()) for name in FIGURES),
        ]
    )


def table_of(
    columns: Columns,
    point: int,
    values: Sequence[Any],
    first_run: int,
    figures: np.ndarray,
    warning_time_s: np.ndarray,
    places: Sequence[tuple[str, str]],
) -> pa.Table:
    """Rows of consecutive runs of one point, in order of run, policy, nations and then places.

    Parameters
    ----------
    columns : Columns
    point : int
    values : sequence
        Of the design's fields; None where a field is left as it is.
    first_run : int
    figures : ndarray, shape (R, P, 3, 6)
        Of R runs under P policies: NATIONS by METRICS.
    warning_time_s : ndarray, shape (R, P, Q)
    places : sequence of (name, nation)
        The Q places concerned.

    Returns
    -------
    pyarrow.Table
        R * P * (3 + Q) rows of `schema`.
    """
    runs, policies = figures.shape[:2]
    told = len(NATIONS) + len(places)
    whole = np.full((runs, policies, told, len(FIGURES)), np.nan)
    whole[:, :, : len(NATIONS), : len(METRICS)] = figures
    whole[:, :, len(NATIONS) :, -1] = warning_time_s
    whole = whole.reshape(-1, len(FIGURES))
    rows = runs * policies * told
    nation, place = [*NATIONS, *(n for _, n in places)], [*[""] * len(NATIONS), *(name for name, _ in places)]

    def text(names: Sequence[str], index: np.ndarray) -> pa.Array:
        return pa.array(names, pa.string()).take(pa.array(index))

    layout = schema(columns)
    index = np.arange(rows)
    arrays = [pa.array(np.full(rows, point, np.int32))]
    for name, value, kind in zip(columns.names, values, columns.kinds, strict=True):
        arrays.append(pa.array([cell(value, kind)], layout.field(name).type).take(pa.array(np.zeros(rows, np.int64))))
    arrays.append(text(columns.policies, index // told % policies))
    arrays.append(pa.array((first_run + index // (told * policies)).astype(np.int32)))
    arrays += [text(nation, index % told), text(place, index % told)]
    arrays += [pa.array(column, mask=~np.isfinite(column)) for column in whole.T]
    return pa.Table.from_arrays(arrays, schema=layout)


def packed(columns: Columns, tables: list[pa.Table], not_flown: dict[int, str]) -> bytes:
    """One block as a Parquet file: the same bytes for the same rows.

    Parameters
    ----------
    columns : Columns
    tables : list of pyarrow.Table
        Of the block's points, in order.
    not_flown : dict of int to str
        Points of which the block tells why they cannot be flown.

    Returns
    -------
    bytes
    """
    layout = schema(columns)
    if not_flown:
        layout = layout.with_metadata({NOT_FLOWN: json.dumps(not_flown).encode()})
    whole = pa.concat_tables(tables).replace_schema_metadata(layout.metadata) if tables else layout.empty_table()
    sink = pa.BufferOutputStream()
    pq.write_table(whole.combine_chunks(), sink, compression="zstd")
    return sink.getvalue().to_pybytes()


def not_flown_in(layout: pa.Schema) -> dict[int, str]:
    """Why points cannot be flown, as the columns of a block tell it: point -> reason."""
    told = (layout.metadata or {}).get(NOT_FLOWN)
    return {int(point): reason for point, reason in json.loads(told).items()} if told else {}


def points_file(columns: Columns, design: Design, not_flown: dict[int, str]) -> bytes:
    """The design points as a Parquet file: point, the fields, what varies, and why a point cannot be flown ("" if it
    can)."""
    layout = pa.schema([
        pa.field("point", pa.int32()), *value_fields(columns), pa.field("varied", pa.string()),
        pa.field("not_flown", pa.string()),
    ])  # fmt: skip
    by_field = list(zip(*design.points, strict=True))
    arrays: list[list[Any]] = [list(range(len(design.points)))]
    arrays += [[cell(v, kind) for v in values] for values, kind in zip(by_field, columns.kinds, strict=True)]
    arrays += [list(design.varied), [not_flown.get(point, "") for point in range(len(design.points))]]
    table = pa.Table.from_arrays([pa.array(a, f.type) for a, f in zip(arrays, layout, strict=True)], schema=layout)
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue().to_pybytes()
