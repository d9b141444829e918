"""Probabilities that sensors are on station and work, on a day: rows of data/presence.csv as frozen values."""

from collections.abc import Sequence
from datetime import date
from fnmatch import fnmatchcase

from trackfuse.catalog.datafiles import Row, once_per_folder, placed, rows_of
from trackfuse.catalog.records import ASSUMPTIONS
from trackfuse.core.errors import DataError
from trackfuse.sensing.presence import Presence
from trackfuse.sensing.sensor import Sensor


def presence_of(
    sensors: Sequence[Sensor], on: date | None, *, announced: bool, assumptions: str = "nominal"
) -> tuple[Presence, ...]:
    """How probable it is that each catalogued sensor is there on a day.

    Parameters
    ----------
    sensors : sequence of Radar or Infrared
    on : date, optional
        Day of the launch; without one, a day after every period that has an end.
    announced : bool
        Whether the launch was announced, which draws ships out.
    assumptions : str
        "low", "nominal" or "high": which value of every probability.

    Returns
    -------
    tuple of Presence
        In the order of the sensors; a sensor without a row has none.

    Raises
    ------
    DataError
        If the file is malformed.
    """
    names = {sensor.sensor_id for sensor in sensors}
    return tuple(each for each in _of_catalogue(on, announced, assumptions) if each.sensor_id in names)


@once_per_folder
def _of_catalogue(on: date | None, announced: bool, assumptions: str) -> tuple[Presence, ...]:
    made = []
    for sensor in rows_of("sensors.csv"):
        if sensor["modelled"] == "y":
            rows = [row for row in rows_of("presence.csv") if _holds(row, sensor["sensor_id"], on, announced)]
            made += _presence(sensor, rows, assumptions)
    return tuple(made)


def _holds(row: Row, sensor_id: str, on: date | None, announced: bool) -> bool:
    """Whether a row is about a sensor, that day and that kind of launch."""
    about = any(fnmatchcase(sensor_id, pattern) for pattern in row["sensors"].split())
    kind = row["launches"] in ("any", "announced" if announced else "unannounced")
    day = on or date.max
    return about and kind and (row["from"] or date.min) <= day <= (row["to"] or date.max)


def _presence(sensor: Row, rows: list[Row], assumptions: str) -> list[Presence]:
    """The value of one sensor from the rows that hold; none without any."""
    ordered = sorted(rows, key=_days)
    usual = next((row for row in ordered if not row["if_absent"]), None)
    gap = next((row for row in ordered if row["if_absent"]), None)
    if usual is None:
        return []
    instead = {}
    if gap:
        instead = {
            "if_absent": tuple(gap["if_absent"].split()), "probability_if_absent": gap[assumptions],
            "interval_if_absent": tuple(gap[level] for level in ASSUMPTIONS),
        }  # fmt: skip
    make = placed(f"data/presence.csv {usual['presence_id']}", Presence, DataError)
    return [
        make(
            sensor_id=sensor["sensor_id"], probability=usual[assumptions], ship=sensor["type"].startswith("ship"),
            interval=tuple(usual[level] for level in ASSUMPTIONS), basis=usual["basis"], **instead,
        )
    ]  # fmt: skip


def _days(row: Row) -> int:
    """Length of a row's period, days."""
    return ((row["to"] or date.max) - (row["from"] or date.min)).days
