"""The looks of thirty sensors at one flight."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trackfuse.catalog.scenario import Scenario
    from trackfuse.sensing import Looks

SENSORS, LAST_S = 30, 1300.0


def geometry(scenario: Scenario) -> Callable[[], Looks]:
    """What works out every look of thirty sensors of a scenario, each once a second, at its first 1,300 s."""
    from trackfuse.flight import fly
    from trackfuse.sensing import observe

    flight = fly(scenario.launch)
    rows = flight.t_s <= LAST_S
    many = (scenario.sensors * SENSORS)[:SENSORS]
    sensors = tuple(replace(sensor, sensor_id=f"{k}", revisit_s=1.0) for k, sensor in enumerate(many))
    return lambda: observe(
        flight.t_s[rows], flight.position_m[rows], flight.velocity_mps[rows], flight.phase[rows], flight.rcs_m2,
        sensors, scenario.shapes,
    )  # fmt: skip
