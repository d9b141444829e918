"""What was published, as tables and outlines: sensors, launches, alerts, the basemap. Read once a session."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from trackfuse.catalog.datafiles import data_dir, once_per_folder, own_schema, read_csv, read_text, rows_of, shown
from trackfuse.catalog.sensors import assumed, parameters_of
from trackfuse.core.errors import DataError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class Basemap:
    """Outlines for drawing, longitude and latitude in degrees (Natural Earth 1:50 million, lon 110-160, lat 20-55).

    Parameters
    ----------
    coast_deg, border_deg : ndarray, shape (n, 2)
        Lines of coast and of land borders, one after the other, with a row of nan between them: one call draws all.
    countries_deg : dict of str to tuple of ndarray, shape (m, 2)
        Outer rings by country, for filling; they follow the edge of the map where it cuts a country.
    """

    coast_deg: np.ndarray
    border_deg: np.ndarray
    countries_deg: dict[str, tuple[np.ndarray, ...]]


def sensors_table(*, assumptions: str = "nominal") -> pd.DataFrame:
    """Every sensor known, modelled or not, with what is published and what the model uses.

    Parameters
    ----------
    assumptions : str
        "low", "nominal" or "high", see `assumed`.

    Returns
    -------
    DataFrame
        One row a sensor, nan where it has no such parameter; `parameters_table` gives the reasons.

    Examples
    --------
    >>> table = tf.sensors_table().set_index("sensor_id")
    >>> table.loc["JP-FPS5-SADO", "nation"]
    'JPN'
    """
    import pandas as pd

    rows = []
    for row in rows_of("sensors.csv"):
        parameters = parameters_of(row) if row["modelled"] == "y" else {}
        rows.append(row | {name: assumed(parameter, assumptions) for name, parameter in parameters.items()})
    return pd.DataFrame(rows)


def parameters_table() -> pd.DataFrame:
    """Every sensor parameter with its interval, basis, source and reason.

    Returns
    -------
    DataFrame
        One row a parameter of a sensor or of a model of sensor.
    """
    return _table("sensor_parameters.csv", None)


def launches(path: str | Path | None = None) -> pd.DataFrame:
    """Launches as published, one row a launch and source.

    Parameters
    ----------
    path : str or Path, optional
        A file with the core columns of data/launches.csv (see data/datapackage.json), others kept as text; by default
        data/launches.csv.

    Returns
    -------
    DataFrame
        Numbers are nan where nothing is published.

    Raises
    ------
    DataError
        If the file cannot be read: file, row, column and value.

    Examples
    --------
    >>> {"event_id", "apogee_km", "range_km"} <= set(tf.launches().columns)
    True
    """
    return _table("launches.csv", path)


def alerts(path: str | Path | None = None) -> pd.DataFrame:
    """Public alerts and their times as published (to the minute: every latency is +-60 s).

    Parameters
    ----------
    path : str or Path, optional
        A file with the core columns of data/alerts.csv (see data/datapackage.json), others kept as text; by default
        data/alerts.csv.

    Returns
    -------
    DataFrame

    Raises
    ------
    DataError
        If the file cannot be read: file, row, column and value.

    Examples
    --------
    >>> bool(tf.alerts()["alert_id"].is_unique)
    True
    """
    return _table("alerts.csv", path)


def statements(path: str | Path | None = None) -> pd.DataFrame:
    """What nations said of which launches they detected and tracked, and how far they flew.

    Parameters
    ----------
    path : str or Path, optional
        A file with the core columns of data/statements.csv (see data/datapackage.json), others kept as text; by default
        data/statements.csv.

    Returns
    -------
    DataFrame

    Raises
    ------
    DataError
        If the file cannot be read: file, row, column and value.

    Examples
    --------
    >>> bool(tf.statements()["statement_id"].is_unique)
    True
    """
    return _table("statements.csv", path)


def _table(name: str, path: str | Path | None) -> pd.DataFrame:
    """The shipped file of that name, or one of one's own with its core columns."""
    import pandas as pd

    if path is None:
        return pd.DataFrame(list(rows_of(name)))
    schema = own_schema(name)
    rows = read_csv(Path(path), schema)
    return pd.DataFrame(list(rows), columns=None if rows else list(schema.columns))


@once_per_folder
def basemap() -> Basemap:
    """Coast, borders and countries for drawing.

    Returns
    -------
    Basemap
        Read once a session.

    Raises
    ------
    DataError
        If data/basemap.geojson is missing or malformed.
    """
    path = data_dir() / "basemap.geojson"
    try:
        features = json.loads(read_text(path))["features"]
        lines = {
            f["properties"]["kind"]: f["geometry"]["coordinates"]
            for f in features
            if f["geometry"]["type"] == "MultiLineString"
        }
        countries = {
            f["properties"]["name"]: tuple(np.array(polygon[0]) for polygon in f["geometry"]["coordinates"])
            for f in features
            if f["geometry"]["type"] == "MultiPolygon"
        }
        return Basemap(
            coast_deg=_joined(lines["coastline"]), border_deg=_joined(lines["land_border"]), countries_deg=countries
        )
    except (ValueError, KeyError, TypeError, IndexError) as bad:
        raise DataError(f"{shown(path)}: not the map expected: {type(bad).__name__} {bad}") from None


@once_per_folder
def world() -> tuple[np.ndarray, ...]:
    """Outlines of all land, coarse, for a globe.

    Returns
    -------
    tuple of ndarray, shape (k, 2)
        Closed rings of longitude and latitude, degrees. Read once a session.

    Raises
    ------
    DataError
        If data/world.geojson is missing or malformed.
    """
    path = data_dir() / "world.geojson"
    try:
        (land,) = json.loads(read_text(path))["features"]
        return tuple(np.array(ring, dtype=float) for part in land["geometry"]["coordinates"] for ring in part)
    except (ValueError, KeyError, TypeError) as bad:
        raise DataError(f"{shown(path)}: not the map expected: {type(bad).__name__} {bad}") from None


def _joined(lines: list[list[list[float]]]) -> np.ndarray:
    gap = np.full((1, 2), np.nan)
    return np.concatenate([part for line in lines for part in (np.array(line, dtype=float), gap)])
