"""What the sensors of a scenario send, and the links that bring it to the nodes."""

from dataclasses import dataclass

import numpy as np

from trackfuse.catalog.scenario import Scenario
from trackfuse.realtime.bodies import Body, LaunchReport, Message
from trackfuse.realtime.network import DETECTION, LAUNCH
from trackfuse.realtime.plots import plot_of
from trackfuse.sensing import Detections, registration_gradient
from trackfuse.sharing import Network, Policy
from trackfuse.simulation.prepare import Noise, Prepared

NOTHING = -1
"""Number of the launch that a detection of nothing is of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensed:
    """A message of a sensor.

    Parameters
    ----------
    message : Message
        Sent when the sensor's own node has it.
    level : int
        Of the links that carry it: `network.DETECTION` or `network.LAUNCH`.
    launch : int
        Number of the launch that addresses its delays; `NOTHING` for a detection of nothing.
    sensor : int
    number : int
        Count of the look on the sensor's own clock.
    """

    message: Message
    level: int
    launch: int
    sensor: int
    number: int


def sensed(scenario: Scenario, prepared: Prepared, measurements: Detections) -> list[Sensed]:
    """What the sensors of a run send, in the order in which their own nodes have it.

    Parameters
    ----------
    scenario : Scenario
    prepared : Prepared
    measurements : Detections
        What they see.

    Returns
    -------
    list of Sensed
        A detection each, and a launch report with every infrared detection.
    """
    sources, out = prepared.sources, []
    stamp_s = measurements.t_s + sources.report_delay_s[measurements.sensor]
    count = np.zeros(len(sources.names), dtype=np.int64)
    registration = registration_gradient(measurements, tuple(target.looks for target in prepared.targets))
    for row in np.argsort(stamp_s, kind="stable").tolist():
        sensor, truth = int(measurements.sensor[row]), int(measurements.truth[row])
        launch = prepared.targets[truth].launch if truth >= 0 else NOTHING
        plot = plot_of(measurements, row, sources, registration[row], known=prepared.known)
        bodies: list[tuple[int, Body]] = [(DETECTION, plot)]
        if sources.is_infrared[sensor]:
            of = launch if prepared.known else NOTHING
            report = LaunchReport(sensor=plot.sensor, number=plot.number, launch=of, measured_s=plot.measured_s)
            bodies.append((LAUNCH, report))
        for level, body in bodies:
            origin = scenario.nodes[int(sources.home[sensor])].node_id
            message = Message(origin=origin, sequence=int(count[sensor]), sent_s=float(stamp_s[row]), body=body)
            count[sensor] += 1
            out.append(Sensed(message=message, level=level, launch=launch, sensor=sensor,
                              number=plot.number))  # fmt: skip
    return out


def numbers_of(prepared: Prepared, measurements: Detections) -> np.ndarray:
    """Most messages that each of S sensors may send, ndarray of int of shape (S,)."""
    numbers = np.zeros(len(prepared.sources.names), dtype=np.int64)
    for looks in [*(target.looks for target in prepared.targets), measurements]:
        np.maximum.at(numbers, looks.sensor.astype(np.intp), looks.number.astype(np.int64) + 1)
    return numbers


def networks_of(scenario: Scenario, policy: Policy, prepared: Prepared, noise: Noise) -> dict[int, Network]:
    """The network of a run by the number of the launch whose messages it carries; the first launch's carries reports.

    Parameters
    ----------
    scenario : Scenario
    policy : Policy
    prepared : Prepared
    noise : Noise

    Returns
    -------
    dict of int to Network
        `NOTHING` for detections of nothing.
    """
    named = dict(enumerate(prepared.launch_ids)) | {NOTHING: "false plots"}
    return {
        launch: Network(nodes=scenario.nodes, policy=policy, sources=prepared.sources, seed=noise.seed, run=noise.run,
                        launch_id=name)
        for launch, name in named.items()
    }  # fmt: skip
