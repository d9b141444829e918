"""Computed flight times beside the published ones: the check of flight against what really flew."""

import math
from pathlib import Path
from typing import Any

import pandas as pd

from trackfuse.core.errors import FlightError
from trackfuse.flight import Launch, fly
from trackfuse.study.catalog import launches, missile_of

COLUMNS = ("event_id", "source_country", "published_s", "computed_s", "error_s", "error_pct", "status")
COMPARABLE = "compared"
_NEEDED = {"apogee_km": "apogee", "range_km": "range", "flight_time_s": "flight time"}
_BALLISTIC = ("lofted", "min-energy")
"""How the name of a ballistic trajectory begins; the others pulled up, manoeuvred, failed or went to orbit."""
_EAST_DEG = 90.0
"""Bearing where none is published; it moves the flight time by seconds only, through the Earth's rotation."""


def validate(path: str | Path | None = None) -> pd.DataFrame:
    """Fly every launch that has apogee, range and flight time, and compare the flight time.

    Parameters
    ----------
    path : str or Path, optional
        A CSV file with the columns of data/launches.csv; by default that file.

    Returns
    -------
    DataFrame
        One row a launch and source: event_id, source_country, published_s, computed_s, error_s (computed minus
        published), error_pct, and status: "compared", or why not. Apogee and range are met to 0.1 %, so the error tests
        boost, drag and the arc between; published times are rounded, most of them to the minute.

    Raises
    ------
    DataError
        If the file cannot be read: file, row, column and value.
    ScenarioError
        If a launch place lies outside the Earth's latitudes and longitudes, or a number is absurd.
    """
    table = launches(path)
    return pd.DataFrame([_compared(row) for row in table.to_dict("records")], columns=list(COLUMNS))


def _compared(row: dict[Any, Any]) -> dict[str, Any]:
    result: dict[str, Any] = dict.fromkeys(COLUMNS, math.nan)
    result |= {name: row[name] for name in ("event_id", "source_country")} | {"published_s": row["flight_time_s"]}
    launch = _launch(row)
    if isinstance(launch, str):
        return result | {"status": launch}
    try:
        computed = fly(launch).impact_s
    except FlightError as impossible:
        return result | {"status": f"not flown: {impossible}"}
    error = computed - row["flight_time_s"]
    compared = {"computed_s": computed, "error_s": error, "error_pct": 100.0 * error / row["flight_time_s"]}
    return result | compared | {"status": COMPARABLE}


def _launch(row: dict[Any, Any]) -> Launch | str:
    """The launch that a row speaks of, or why it cannot be compared."""
    missing = [word for column, word in _NEEDED.items() if not math.isfinite(row[column])]
    if missing:
        return f"not published: {', '.join(missing)}"
    if not str(row["trajectory"]).startswith(_BALLISTIC):
        return f"no ballistic flight: {row['trajectory'] or 'trajectory not known'}"
    missile = missile_of(row["name"], row["missile_class"])
    if missile is None:
        return f"no class of missile for {row['name']!r}"
    return Launch(
        launch_id=row["event_id"],
        missile=missile,
        lat_deg=row["site_lat"],
        lon_deg=row["site_lon"],
        azimuth_deg=row["bearing_deg_est"] if math.isfinite(row["bearing_deg_est"]) else _EAST_DEG,
        apogee_km=row["apogee_km"],
        range_km=row["range_km"],
    )
