"""The launches that the explorer offers, and the sensors that can be switched off in them."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from trackfuse.catalog.catalog import load_scenario, scenario_names
from trackfuse.catalog.scenario import Scenario
from trackfuse.sensing import Infrared, Sensor

SATELLITES = "satellites"
"""The switch of all infrared sensors."""


def titles(first: Scenario) -> dict[str, str]:
    """Title -> name of every launch to choose from.

    Parameters
    ----------
    first : Scenario
        The one shown first; it is listed first if it is not a shipped one.

    Returns
    -------
    dict of str to str
    """
    named = {load_scenario(name).title: name for name in scenario_names()}
    if first.name in named.values():
        return named
    # A copy of a shipped scenario has its title: both can be chosen, each by its own words.
    title = f"{first.title} ({first.name})" if first.title in named else first.title
    return {title: first.name} | named


@lru_cache(maxsize=64)
def shipped(name: str, assumptions: str) -> Scenario:
    """A shipped scenario, with every assumed number "low", "nominal" or "high"."""
    return load_scenario(name, assumptions=assumptions)


@lru_cache(maxsize=64)
def without_sensors(scenario: Scenario, kinds: frozenset[str]) -> Scenario:
    """The scenario without the sensors of some switches: codes of nations, and SATELLITES."""
    return replace(scenario, sensors=tuple(s for s in scenario.sensors if kind_of(s) not in kinds))


def kind_of(sensor: Sensor) -> str:
    """The switch that a sensor belongs to: its nation, or SATELLITES."""
    return SATELLITES if isinstance(sensor, Infrared) else sensor.nation
