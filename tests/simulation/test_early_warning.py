"""Shared early warning: when an ally hears of a launch from space, and what two satellites can tell it.

Published: on 2012-04-13 the alert reached Tokyo about a minute after the launch (to the minute: 30 to 90 s); and that
it tells of a launch but not where it goes. Nobody publishes kilometres or degrees.
"""

from dataclasses import replace

import numpy as np
import pymap3d
import pytest

import trackfuse as tf
from trackfuse.catalog.catalog import scenario_names
from trackfuse.flight import state_at
from trackfuse.scoring.bound import information, measurement_jacobian
from trackfuse.sensing import Infrared
from trackfuse.sharing import KNOWN_BY


def from_space(name: str, satellites: int = 9) -> tf.Scenario:
    """A shipped scenario without its radars, its first missile alone."""
    scenario = tf.load_scenario(name)
    sensors = [sensor for sensor in scenario.sensors if isinstance(sensor, Infrared)]
    return replace(scenario, sensors=tuple(sensors[:satellites]), salvo=(), debris=False, false_plots=False)


@pytest.mark.parametrize("name", scenario_names())
def test_an_ally_hears_about_a_minute_after_the_launch(name: str) -> None:
    scenario = from_space(name)
    nodes = [node.node_id for node in scenario.nodes]
    heard = []
    for run in range(11):
        knowledge = tf.simulate(scenario, "bilateral", seed=1, run=run).knowledge[0]
        for ally in ("JPN", "ROK"):
            assert KNOWN_BY[knowledge.known_by[nodes.index(ally)]] == "infrared launch report"
        heard.append(knowledge.known_s[[nodes.index("JPN"), nodes.index("ROK")]])
    median = np.median(heard, axis=0)
    assert np.all((median > 30.0) & (median < 90.0))
    without = tf.simulate(scenario, "national", seed=1).knowledge[0].known_s
    assert np.all(np.isinf(without[[nodes.index("JPN"), nodes.index("ROK")]]))


def known(satellites: int, span_s: float) -> tuple[np.ndarray, float, float]:
    """Information (6, 6) east, north, up on place and velocity from the looks of the first seconds in which anything
    is seen, the target taken to fly straight on, which is optimistic; bearing (deg) and speed over the ground."""
    run = tf.simulate(replace(from_space("hwasong12_2022_10_04", satellites), biases="white"), "ideal", seed=1)
    looks = run.looks
    at = looks.t_s[run.measurements.look]
    made = run.measurements.select(at <= at.min() + span_s)
    rows = made.look
    state = state_at(run.flight, looks.t_s[rows])
    jacobian = measurement_jacobian(made.site_m, made.enu_from_ecef, state[:, :3], state[:, 3:])
    lat, lon, _ = pymap3d.ecef2geodetic(*state[0, :3])
    enu = np.array(pymap3d.uvw2enu(*np.eye(3), lat, lon))
    straight = np.tile(np.eye(6), (len(rows), 1, 1))
    straight[:, :3, 3:] = (looks.t_s[rows] - at.min())[:, None, None] * np.eye(3)
    turn = np.kron(np.eye(2), enu)
    east, north = enu[:2] @ state[0, 3:]
    total = turn @ information(straight, jacobian, looks.sigma[rows, 0]).sum(axis=0) @ turn.T
    return total, float(np.degrees(np.arctan2(east, north))), float(np.hypot(east, north))


def heading_sigma_deg(covariance: np.ndarray, bearing_deg: float, speed_mps: float) -> float:
    across = np.array([np.cos(np.radians(bearing_deg)), -np.sin(np.radians(bearing_deg))])
    return float(np.degrees(np.sqrt(across @ covariance[3:5, 3:5] @ across) / speed_mps))


def test_two_satellites_tell_the_place_within_kilometres_but_hardly_the_heading() -> None:
    """After ten seconds of looks: 1 to 5 km, and a heading worse than 30 degrees; after a minute about ten degrees."""
    soon, late = (known(9, span_s) for span_s in (11.0, 60.0))
    covariance = np.linalg.inv(soon[0])
    assert np.all((np.sqrt(np.diag(covariance)[:2]) > 500.0) & (np.sqrt(np.diag(covariance)[:2]) < 5e3))
    assert heading_sigma_deg(covariance, *soon[1:]) > 30.0
    assert 5.0 < heading_sigma_deg(np.linalg.inv(late[0]), *late[1:]) < 20.0


def test_one_satellite_knows_a_line_and_no_place() -> None:
    """Angles from one place fix neither distance nor the speed along it: rank four of six but for rounding."""
    total, *_ = known(1, 60.0)
    scale = 1.0 / np.sqrt(np.diag(total))
    eigenvalues = np.linalg.eigvalsh(total * np.outer(scale, scale))
    assert np.all(eigenvalues[:2] < 1e-5)
    assert eigenvalues[2] > 1e-3


def test_line_of_sight_error_is_that_of_the_open_anchor() -> None:
    """Four seconds of arc, met by the visible sensor of MSX, are 19.4 microradians."""
    assert np.radians(4.0 / 3600.0) * 1e6 == pytest.approx(19.4, abs=0.05)
    for end, low, high in (("high", 9.0, 19.4), ("nominal", 19.4, 26.0), ("low", 26.0, 40.0)):
        sensors = tf.load_scenario("hwasong12_2022_10_04", assumptions=end).sensors
        assert all(low <= s.los_sigma_urad <= high for s in sensors if isinstance(s, Infrared))
