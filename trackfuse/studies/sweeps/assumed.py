"""Low, nominal and high of what is assumed, by the dotted name of the field that carries it."""

from typing import Any

from trackfuse.catalog.datafiles import Row, rows_of
from trackfuse.catalog.records import ASSUMPTIONS, item_accuracies
from trackfuse.catalog.scenario import Scenario
from trackfuse.catalog.sensors import assumed, parameters_of
from trackfuse.core.errors import SettingsError, check_known

MISSILE_FIELDS = (
    "vertical_s",
    "ascent_beta_kgpm2",
    "reentry_beta_kgpm2",
    "boost_rcs_m2",
    "coast_rcs_m2",
    "reentry_rcs_m2",
    "lift_to_drag",
)
_TABLES = {"nodes": ("nodes.csv", "node_id"), "links": ("links.csv", "link_id"), "missile": ("missiles.csv", "name")}
"""File and column of the name, by kind."""


def _sensor_rows() -> dict[str, Row]:
    """The rows of data/sensors.csv by the sensor's name."""
    return {row["sensor_id"]: row for row in rows_of("sensors.csv")}


def models(scenario: Scenario) -> dict[str, tuple[str, ...]]:
    """Which sensors of a scenario are of one catalogued model.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    dict of str to tuple of str
        Model -> names of its sensors, in the scenario's order.
    """
    rows = _sensor_rows()
    found: dict[str, tuple[str, ...]] = {}
    for sensor in scenario.sensors:
        if sensor.sensor_id in rows:
            model = rows[sensor.sensor_id]["model"]
            found[model] = (*found.get(model, ()), sensor.sensor_id)
    return found


def interval(kind: str, name: str, field: str) -> tuple[float, float, float] | None:
    """Low, nominal and high of one field of one catalogued thing.

    Parameters
    ----------
    kind : str
        "sensors", "nodes", "links", "missile", or "exchange": how coarse the published items are.
    name, field : str
        The thing's own name ("" of the exchange), and the field of its value.

    Returns
    -------
    tuple of float or None
        None where the catalogue has no such interval. Of a sensor and of the exchange, low is what makes it weakest.
    """
    cells: list[Any] = [None]
    if kind == "exchange":
        cells = [item_accuracies(level).get(field) for level in ASSUMPTIONS]
    elif kind == "sensors":
        row = _sensor_rows().get(name)
        parameter = parameters_of(row).get(field) if row else None
        if parameter:
            cells = [assumed(parameter, level) for level in ASSUMPTIONS]
    else:
        table, key = _TABLES[kind]
        row = next((row for row in rows_of(table) if row[key] == name), {})
        stem, unit = (field[:-2], "_s") if field.endswith("_s") and kind != "missile" else (field, "")
        cells = [row.get(f"{stem}_{level}{unit}") for level in ASSUMPTIONS]
    if None in cells:
        return None
    low, nominal, high = cells
    return low, nominal, high


def names_of_assumed(scenario: Scenario) -> tuple[str, ...]:
    """Dotted names of everything in a scenario that is assumed within an interval, sensors by their model.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    tuple of str
        Sensors, then centres, then the missile; what has no width is left out. Links are left out too: their delays
        are drawn, and which of them matter is what the policies ask.
    """
    names = []
    for model, members in models(scenario).items():
        sensor = next(s for s in scenario.sensors if s.sensor_id == members[0])
        own = (field for field in type(sensor).__dataclass_fields__ if wide(interval("sensors", members[0], field)))
        names += [f"sensors.{model}.{field}" for field in own]
    centres = (node.node_id for node in scenario.nodes if wide(interval("nodes", node.node_id, "cue_delay_s")))
    names += [f"nodes.{node_id}.cue_delay_s" for node_id in centres]
    missile = scenario.launch.missile.name
    names += [f"launch.missile.{field}" for field in MISSILE_FIELDS if wide(interval("missile", missile, field))]
    return tuple(names)


def wide(found: tuple[float, float, float] | None) -> bool:
    """Whether an interval is known, and has a width."""
    return found is not None and found[0] != found[2]


def level_of(where: str, found: tuple[float, float, float] | None, level: str) -> float:
    """The value at "low", "nominal" or "high" of an interval.

    Parameters
    ----------
    where : str
        Dotted name, for the message.
    found : tuple of float or None
        As `interval` gives it.
    level : str

    Returns
    -------
    float

    Raises
    ------
    SettingsError
        If there is no such level, or no interval.
    """
    check_known(SettingsError, "level", level, ASSUMPTIONS, where=where)
    if found is None:
        raise SettingsError(f"{where}: the data give no low, nominal and high for it; give numbers")
    return found[ASSUMPTIONS.index(level)]
