"""All nodes of a scenario in one process and in no time: what is sent arrives when the links' data say."""

from collections.abc import Iterator

import numpy as np

from trackfuse.catalog.scenario import Scenario
from trackfuse.core.errors import DataError
from trackfuse.realtime.admission import Admission, Refusal, sensors_of
from trackfuse.realtime.bodies import Message, Notice, Report
from trackfuse.realtime.network import Emulated
from trackfuse.realtime.node import HeldTracks, LiveNode
from trackfuse.realtime.sensors import networks_of, numbers_of, sensed
from trackfuse.realtime.setup import setups_of
from trackfuse.realtime.wire import encode
from trackfuse.sensing import Detections
from trackfuse.sharing import Policy
from trackfuse.simulation.prepare import Noise, Prepared

Step = tuple[LiveNode, HeldTracks, list[Report], list[Notice]]
"""A node after a cycle, what it holds, what it reports and what it announces."""


def rehearse(
    scenario: Scenario, policy: Policy, prepared: Prepared, noise: Noise, measurements: Detections
) -> Iterator[Step]:
    """Run all nodes of a scenario.

    Parameters
    ----------
    scenario : Scenario
    policy : Policy
    prepared : Prepared
    noise : Noise
    measurements : Detections
        What the sensors see.

    Yields
    ------
    (LiveNode, HeldTracks, list of Report, list of Notice)
        One node after the other at every cycle.

    Raises
    ------
    SettingsError
        If the scenario or the policy asks for what does not run live.
    DataError
        If a node refuses what another sends.
    """
    setups = setups_of(scenario, prepared, noise)
    nodes, doors = [LiveNode(setup) for setup in setups], [Admission(setup) for setup in setups]
    numbers = numbers_of(prepared, measurements)
    links = {
        launch: Emulated(network, numbers, len(prepared.cycle_s))
        for launch, network in networks_of(scenario, policy, prepared, noise).items()
    }

    def deliver(message: Message, sender: str, arrival_s: np.ndarray) -> None:
        data = encode(message)
        for i in np.flatnonzero(np.isfinite(arrival_s)).tolist():
            admitted = doors[i].admit(data, sender, float(arrival_s[i]))
            if isinstance(admitted, Refusal):
                raise DataError(f"{nodes[i].name} refuses a message of {sender}: {admitted.reason}, {admitted.what}")
            nodes[i].receive(admitted, float(arrival_s[i]))

    for each in sensed(scenario, prepared, measurements):
        arrival_s = links[each.launch].of_sensor(each.level, each.sensor, each.number, each.message.sent_s).at_s
        deliver(each.message, sensors_of(each.message.origin), arrival_s)
    for cycle, now_s in enumerate(prepared.cycle_s.tolist()):
        reports = [node.track() for node in nodes]
        for i, sent in enumerate(reports):
            for report in sent:
                arrival_s = links[0].of_report(report.level, i, cycle, now_s).at_s
                arrival_s[i] = np.inf
                name = nodes[i].name
                message = Message(origin=name, sequence=2 * cycle + report.level, sent_s=now_s, body=report)
                deliver(message, name, arrival_s)
        for node, sent in zip(nodes, reports, strict=True):
            held, notices = node.conclude()
            yield node, held, sent, notices
