"""A user's own detections from CSV or Parquet, checked row by row: the columns that a run's `detections` has."""

from pathlib import Path

import numpy as np
import pandas as pd

from trackfuse.catalog.csvtable import check_readable, table_of
from trackfuse.catalog.datafiles import read_text, reading_parquet, shown
from trackfuse.core.cells import number, plain
from trackfuse.core.errors import DataError, shortened, unknown

BOUNDS: dict[str, tuple[float, float]] = {
    "t_s": (-86400.0, 86400.0),
    "range_m": (1.0, 5e7),
    "azimuth_deg": (-360.0, 360.0),
    "elevation_deg": (-90.0, 90.0),
    "range_rate_mps": (-2e4, 2e4),
    "sigma_range_m": (1e-3, 1e6),
    "sigma_azimuth_mrad": (1e-6, 1000.0),
    "sigma_elevation_mrad": (1e-6, 1000.0),
    "sigma_range_rate_mps": (1e-6, 1e4),
}
"""Columns of numbers and what they may be."""
NEEDED = ("t_s", "sensor", "azimuth_deg", "elevation_deg", "sigma_azimuth_mrad", "sigma_elevation_mrad")
PAIRS = (("range_m", "sigma_range_m"), ("range_rate_mps", "sigma_range_rate_mps"))
"""A value and its standard deviation: both or neither."""
IGNORED = ("nation", "node", "kind", "launch", "snr_db", "cued")
"""Columns of a run's `detections` that nothing here needs; they are kept."""
OBJECT = "object"
"""Column, which may be missing, with the name of the object that each detection is of."""
FALSE = "false"
"""Name in it, beside none at all, of what is of no object."""


def read_detections(path: str | Path) -> pd.DataFrame:
    """Read detections from a CSV or Parquet file; `run.detections.to_csv(path, index=False)` writes one.

    Parameters
    ----------
    path : str or Path
        Ending .csv or .parquet. Columns: t_s (seconds after launch, or after any instant), sensor (its name),
        azimuth_deg (clockwise from north; negative: counter-clockwise), elevation_deg, sigma_azimuth_mrad,
        sigma_elevation_mrad (one sigma), and where measured range_m with sigma_range_m, range_rate_mps (outward) with
        sigma_range_rate_mps. Empty range: angles alone, as of an infrared sensor. Where there are several objects,
        object: the name of the one that each detection is of, empty or "false" for none. Columns nation, node, kind,
        launch, snr_db and cued may be there.

    Returns
    -------
    DataFrame
        One row a detection, in the file's order; columns that were not there are NaN.

    Raises
    ------
    DataError
        File, row (of data, from 1), column, value and what is allowed, of the first thing wrong.
    """
    file = Path(path)
    return checked_detections(_read(file), shown(file))


def checked_detections(table: pd.DataFrame, where: str = "detections") -> pd.DataFrame:
    """A table of detections, checked as `read_detections` does.

    Parameters
    ----------
    table : DataFrame
    where : str
        What messages call the table.

    Returns
    -------
    DataFrame
        A copy with all columns of numbers.

    Raises
    ------
    DataError
        Row, column, value and what is allowed, of the first thing wrong.
    """
    allowed = (*BOUNDS, "sensor", OBJECT, *IGNORED)
    missing = [name for name in NEEDED if name not in table.columns]
    for name in map(str, table.columns):
        if name not in allowed:
            raise DataError(f"{where}: {unknown('column', name, missing or allowed)}")
    if missing:
        raise DataError(f"{where}: column {missing[0]!r} is missing")
    if table.empty:
        raise DataError(f"{where}: no rows")
    checked = table.reset_index(drop=True).copy()
    for name, (low, high) in BOUNDS.items():
        checked[name] = _numbers(checked[name], where, name, low, high) if name in checked else np.nan
    checked["azimuth_deg"] += np.where(checked["azimuth_deg"] < 0.0, 360.0, 0.0)
    checked["sensor"] = _names(checked["sensor"], where)
    if OBJECT in checked:
        checked[OBJECT] = [str("" if (name := plain(given)) is None else name) for given in checked[OBJECT]]
    for value, sigma in PAIRS:
        for k in np.flatnonzero(checked[value].notna() & checked[sigma].isna()):
            raise DataError(f"{where} row {k + 1} {sigma}: empty, but {value} is {checked[value][k]!r}")
    return checked


def _read(file: Path) -> pd.DataFrame:
    kinds = {".csv": _from_csv, ".parquet": _from_parquet}
    if file.suffix.lower() not in kinds:
        raise DataError(f"{shown(file)}: {unknown('kind of file', file.suffix, kinds)}")
    if not file.is_file():
        check_readable(shown(file), file)
        raise DataError(f"{shown(file)}: no such file")
    return kinds[file.suffix.lower()](file)


def _from_csv(file: Path) -> pd.DataFrame:
    header, rows = table_of(shown(file), read_text(file))
    if not header:
        raise DataError(f"{shown(file)}: empty file; columns wanted: {', '.join(NEEDED)}")
    columns = zip(*(cells for _, cells in rows), strict=True) if rows else ([] for _ in header)
    return pd.DataFrame({name: np.array(cells, dtype=object) for name, cells in zip(header, columns, strict=True)})


def _from_parquet(file: Path) -> pd.DataFrame:
    with reading_parquet(shown(file)):
        return pd.read_parquet(file)


def _numbers(column: pd.Series, where: str, name: str, low: float, high: float) -> np.ndarray:
    numbers = _at_once(column)
    if numbers is None:
        numbers = np.array([number(DataError, f"{where} row {k + 1} {name}", given) for k, given in enumerate(column)])
    if name in NEEDED:
        for k in np.flatnonzero(np.isnan(numbers)):
            raise DataError(f"{where} row {k + 1} {name}: empty")
    for k in np.flatnonzero(~np.isnan(numbers) & ~((numbers >= low) & (numbers <= high))):
        raise DataError(f"{where} row {k + 1} {name}: {shortened(column.iloc[k])} is not in [{low:g}, {high:g}]")
    return numbers


def _at_once(column: pd.Series) -> np.ndarray | None:
    """The numbers of a column without a look at every cell, or None where one has to be taken."""
    if column.dtype.kind in "fiu":
        return column.to_numpy(dtype=float, na_value=np.nan)
    texts = column.to_numpy(dtype=object)
    if not all(type(given) is str for given in texts) or "_" in "".join(texts):
        return None
    try:
        return np.array([float(given) if given else np.nan for given in texts])
    except ValueError:
        return None


def _names(column: pd.Series, where: str) -> list[str]:
    names = list(column)
    cleaned = {given: plain(given) for given in names if isinstance(given, str)}
    for k, given in enumerate(names):
        if not isinstance(given, str) or cleaned[given] is None:
            raise DataError(f"{where} row {k + 1} sensor: {shortened(given)} is not a name")
    return [cleaned[name] for name in names]
