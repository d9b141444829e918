"""The sensors of data/: a published row and the parameters of its model make one frozen value."""

from dataclasses import MISSING, fields
from datetime import date

from trackfuse.catalog.datafiles import Row, once_per_folder, placed, rows_of
from trackfuse.catalog.records import ASSUMPTIONS
from trackfuse.core.errors import DataError, ScenarioError, check_known
from trackfuse.sensing.sensor import Infrared, Radar, Sensor


def parameters_of(row: Row) -> dict[str, Row]:
    """Parameter rows of one sensor by name: those of its model, then its own, which take precedence."""
    rows = rows_of("sensor_parameters.csv")
    return {p["parameter"]: p for owner in (row["model"], row["sensor_id"]) for p in rows if p["sensor"] == owner}


def assumed(parameter: Row, assumptions: str) -> float:
    """Value of one parameter row under a set of assumptions.

    Parameters
    ----------
    parameter : dict
        Row of data/sensor_parameters.csv.
    assumptions : str
        "low", "nominal" or "high": what makes the sensor weakest, the nominal value, what makes it best. Parameters
        of which neither end is better (a boresight) keep their nominal value.

    Returns
    -------
    float

    Raises
    ------
    ScenarioError
        If there is no such set of assumptions.
    """
    check_known(ScenarioError, "set of assumptions", assumptions, ASSUMPTIONS)
    if assumptions == "nominal" or not parameter["better"]:
        return parameter["nominal"]
    return parameter["high" if assumptions == parameter["better"] else "low"]


def sensors(*, assumptions: str = "nominal", on: date | None = None) -> tuple[Sensor, ...]:
    """The modelled sensors of data/sensors.csv.

    Parameters
    ----------
    assumptions : str
        "low", "nominal" or "high", see `assumed`.
    on : date, optional
        Only those in service on that day; by default those not known to be out of service.

    Returns
    -------
    tuple of Radar or Infrared

    Raises
    ------
    DataError
        If the files are malformed or a parameter is missing.
    """
    return tuple(sensor for sensor, begin, end in _all_sensors(assumptions) if _in_service(begin, end, on))


def _in_service(begin: date | None, end: date | None, on: date | None) -> bool:
    """Whether a span of service, open where None, contains the day; without a day, whether it has no end."""
    if on is None:
        return end is None
    return (begin is None or begin <= on) and (end is None or on <= end)


@once_per_folder
def _all_sensors(assumptions: str) -> tuple[tuple[Sensor, date | None, date | None], ...]:
    rows = (row for row in rows_of("sensors.csv") if row["modelled"] == "y")
    return tuple((_sensor(row, assumptions), row["from"], row["to"]) for row in rows)


def _sensor(row: Row, assumptions: str) -> Sensor:
    where = f"data/sensors.csv {row['sensor_id']}"
    values = {name: assumed(parameter, assumptions) for name, parameter in parameters_of(row).items()}
    if "swerling" in values:
        values["swerling"] = int(values["swerling"])
    kind = Infrared if row["type"] == "space infrared" else Radar
    optional = {field.name for field in fields(kind) if field.default is not MISSING}
    elsewhere = {"sensor_id", "name", "nation", "node", "lat_deg", "lon_deg", "alt_m", "mask"}
    wanted = set(kind.__dataclass_fields__) - elsewhere
    for name in sorted(wanted - optional - set(values)):
        raise DataError(f"{where}: data/sensor_parameters.csv has no {name!r} for it or its model {row['model']!r}")
    for name in values:
        check_known(DataError, "parameter", name, wanted, where=f"{where}: data/sensor_parameters.csv")
    same = {name: row[name] for name in ("sensor_id", "nation", "node", "lat_deg", "lon_deg", "alt_m")}
    return placed(where, kind, DataError)(name=f"{row['name']}, {row['site']}", **same, **values)
