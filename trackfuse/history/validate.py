"""Computed flight times beside published ones, launch by launch, and why some cannot be compared."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trackfuse.catalog.catalog import launches as published_launches
from trackfuse.catalog.catalog import missile, missile_of
from trackfuse.catalog.missiles import missile_words
from trackfuse.core.cells import number
from trackfuse.core.errors import DataError, TrackfuseError, shortened, unknown
from trackfuse.earth import bearing_deg
from trackfuse.flight import Launch, MissileClass, fly
from trackfuse.flight.kepler import rotating_free_fall_time
from trackfuse.history import flight_time_exclusions as exclusions
from trackfuse.history.rows import Row, given_table, placed_rows, worded

if TYPE_CHECKING:
    import pandas as pd

COMPARABLE = "ok"
STRETCHED = 1.25
"""A class that stands in for another is compared up to this share of the range that it is known for."""
TOLERANCE = 0.055
"""Largest relative error of a flight time that the class models are meant to keep (the oldest liquid ICBMs)."""
ASSUMED_BEARING_DEG = 75.0
"""Into the Sea of Japan, where a row gives neither bearing nor splash; 20 degrees are worth 2 to 4 s."""
COLUMNS = ("event_id", "name", "source_country", "published_s", "computed_s", "error_s", "error_pct", "status",
           "missile", "free_fall_s", "remark")
NUMBERS = {"site_lat": (-90.0, 90.0), "site_lon": (-180.0, 180.0), "apogee_km": (0.1, 1e5), "range_km": (0.0, 2e4),
           "flight_time_s": (1.0, 1e5), "bearing_deg_est": (-360.0, 360.0)}
WORDS = ("event_id", "name", "missile_class", "source_country", "trajectory")


def validate(launches: pd.DataFrame | str | Path | None = None) -> pd.DataFrame:
    """Fly every launch with a published apogee, range and flight time, and compare the time.

    Apogee and range are met by construction, so the flight time is a prediction: of the class's boost model, the free
    flight and the air. Each class has one boost model for all its flights.

    Parameters
    ----------
    launches : DataFrame, str or Path, optional
        Rows, or a CSV file, with the columns event_id, name, missile_class, source_country, site_lat, site_lon,
        apogee_km, range_km, flight_time_s, bearing_deg_est and trajectory; outcome, flight_time_basis and the derived
        splash are used where there are any. By default the shipped launches.

    Returns
    -------
    DataFrame
        One row for each that gives apogee, range and time (`attrs["left_out"]` counts the others), in their order:
        event_id, name, source_country, published_s, computed_s, error_s (computed minus published), error_pct, status
        ("ok", or why the row is not comparable), missile (the class flown), free_fall_s (time without boost and air on
        the rotating Earth) and remark (rounding of what is published, and whether another class stands in). NaN where
        the row could not be flown.

    Raises
    ------
    DataError
        If the file or a value is malformed: file, row, column, value and what is allowed.

    Notes
    -----
    Valid for launches that come down on the Earth. No error below 5 s means anything (bearing, shape of the Earth,
    drag), and none below 60 s where the time is published to the minute.

    Examples
    --------
    >>> table = tf.validate()
    >>> bool((table["status"] == "ok").any())
    True
    """
    import pandas as pd

    rows = checked_rows(*given_table(launches, published_launches, "launches"))
    wanted = ("apogee_km", "range_km", "flight_time_s")
    complete = [row for row in rows if all(math.isfinite(row[column]) for column in wanted)]
    table = pd.DataFrame([_compared(row, rows) for row in complete], columns=list(COLUMNS))
    table.attrs["left_out"] = len(rows) - len(complete)
    return table


def checked_rows(table: pd.DataFrame, where: str) -> list[Row]:
    """The rows of a launches table as plain values, every number in its bounds.

    Parameters
    ----------
    table : DataFrame
    where : str
        Name of the table or file.

    Returns
    -------
    list of dict

    Raises
    ------
    DataError
        If a column is missing or a number is malformed: table, row, column, value and what is allowed.
    """
    rows = placed_rows(table, (*WORDS, *NUMBERS), where)
    for row in rows:
        row |= {column: worded(row[column]) for column in WORDS}
        for column, (low, high) in NUMBERS.items():
            row[column] = _number(f"{row['place']} {column}", row[column], low, high)
    return rows


def _number(where: str, value: Any, low: float, high: float) -> float:
    found = number(DataError, where, value)
    if not (math.isnan(found) or low <= found <= high):
        raise DataError(f"{where}: {shortened(value)} is not in [{low:g}, {high:g}]")
    return found


def _compared(row: Row, rows: list[Row]) -> dict[str, Any]:
    """One row of the result."""
    flown_as, published = missile_flown(row), row["flight_time_s"]
    bearing, shortest = bearing_flown(row), math.nan
    if sited(row):
        shortest = rotating_free_fall_time(row["apogee_km"], row["range_km"], row["site_lat"], bearing)
    complete = row | {"bearing_deg_est": bearing}
    computed, obstacle = _flown(complete, flown_as)
    reasons = (exclusions.not_to_impact(row), exclusions.not_ballistic(row), exclusions.too_short(row, shortest),
               obstacle, exclusions.superseded(row, rows), _too_far(row, flown_as),
               _misfit(complete, flown_as, computed))
    return {
        "event_id": row["event_id"], "name": row["name"], "source_country": row["source_country"],
        "published_s": published, "computed_s": computed, "error_s": computed - published,
        "error_pct": 100.0 * (computed - published) / published,
        "status": next((reason for reason in reasons if reason), COMPARABLE),
        "missile": flown_as.name if flown_as else "", "free_fall_s": shortest,
        "remark": "; ".join(part for part in (_stand_in(row, flown_as), exclusions.remark(row, shortest)) if part),
    }


def _stand_in(row: Row, flown_as: MissileClass | None) -> str:
    """Whether the row names no class, so that one of its kind is flown in its place."""
    if flown_as is None or missile_of(row["name"]) is not None:
        return ""
    return (
        f"{row['name']!r} names no class: flown as {flown_as.name}, which stands in for {row['missile_class']} and "
        f"reaches {flown_as.max_range_km:g} km"
    )


def _too_far(row: Row, flown_as: MissileClass | None) -> str:
    """Whether a class that only stands in for another is flown beyond what it reaches."""
    if not _stand_in(row, flown_as) or flown_as is None or row["range_km"] <= STRETCHED * flown_as.max_range_km:
        return ""
    return (
        f"not comparable: {_stand_in(row, flown_as)}, and the row flies {row['range_km']:g} km"
    )


def missile_flown(row: Row) -> MissileClass | None:
    """The class that the row speaks of; for a pull-up by a short-range missile not named, the one that does it."""
    found = missile_of(row["name"], row["missile_class"])
    if found is None or found.kind != "SRBM" or found.lift_to_drag > 0.0 or "pull-up" not in row["trajectory"]:
        return found
    return missile("KN-23")


def launch_of(row: Row, flown_as: MissileClass, *, time_utc: str = "") -> Launch:
    """The launch that a row is about, its numbers complete."""
    return Launch(
        launch_id=row["event_id"],
        missile=flown_as,
        lat_deg=row["site_lat"],
        lon_deg=row["site_lon"],
        azimuth_deg=row["bearing_deg_est"],
        apogee_km=row["apogee_km"],
        range_km=row["range_km"],
        time_utc=time_utc,
    )


def sited(row: Row) -> bool:
    """Whether the launch place is published."""
    return math.isfinite(row["site_lat"]) and math.isfinite(row["site_lon"])


def bearing_flown(row: Row) -> float:
    """Bearing of the impact: published, else that of the derived splash, else assumed."""
    if math.isfinite(row["bearing_deg_est"]):
        return row["bearing_deg_est"]
    splash = [_number("splash", row.get(f"splash_{part}_derived"), -180.0, 180.0) for part in ("lat", "lon")]
    if sited(row) and all(map(math.isfinite, splash)):
        return bearing_deg(row["site_lat"], row["site_lon"], *splash)
    return ASSUMED_BEARING_DEG


def _flown(row: Row, flown_as: MissileClass | None) -> tuple[float, str]:
    """Computed flight time and "", or NaN and why there is none."""
    if flown_as is None:
        nearest = unknown("class model for", row["name"], missile_words())
        return math.nan, f"{row['place']}: {nearest} (nor a stand-in for missile_class {row['missile_class']!r})"
    if not sited(row):
        return math.nan, "no launch place published"
    try:
        return fly(launch_of(row, flown_as)).impact_s, ""
    except TrackfuseError as impossible:
        return math.nan, str(impossible)


def _misfit(row: Row, flown_as: MissileClass | None, computed: float) -> str:
    """Whether a round apogee, and not the model, is why the time does not fit: another that rounds alike fits it."""
    apogee, published, step = row["apogee_km"], row["flight_time_s"], exclusions.rounding_step(row["apogee_km"])
    fits = not abs(computed - published) > TOLERANCE * published
    if step < exclusions.ROUND_KM or apogee < 2.0 * step or fits:
        return ""
    other = apogee + math.copysign(step, published - computed)
    share = (published - computed) / (_flown(row | {"apogee_km": other}, flown_as)[0] - computed)
    if not 0.0 < share < 1.0:
        return ""
    return (f"an apogee of {apogee:,g} km is a round figure ('about' or 'more than'): the published time belongs to "
            f"about {apogee + share * (other - apogee):,.0f} km")
