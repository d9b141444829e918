"""Scenarios of radars alone, for tests of what tracks do that no line of sight of a satellite starts or feeds."""

from dataclasses import replace

import trackfuse as tf


def without_satellites(scenario: tf.Scenario) -> tf.Scenario:
    """The scenario without its infrared sensors."""
    radars = tuple(each for each in scenario.sensors if isinstance(each, tf.Radar))
    names = {each.sensor_id for each in radars}
    return replace(scenario, sensors=radars, presence=tuple(p for p in scenario.presence if p.sensor_id in names))
