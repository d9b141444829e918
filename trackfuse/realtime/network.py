"""When every node has a message: the links' delays, losses and outages of the scenario's data, by the kernel of
`sharing`.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from trackfuse.core.errors import SettingsError
from trackfuse.kernels import delivery as kernel
from trackfuse.realtime.bodies import TRACK
from trackfuse.sharing import EVERYTHING, Network
from trackfuse.sharing.linktable import delays, layout_of

DETECTION, LAUNCH = kernel.DETECTION_LEVEL, kernel.WARNING_LEVEL
LEVELS = (kernel.TRACK_LEVEL, kernel.WARNING_LEVEL)
"""Levels of links that carry a report, by its own level: `bodies.TRACK` and `bodies.ITEMS`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cuts:
    """What is out of service.

    Parameters
    ----------
    links : frozenset of str
        Links that are cut.
    nodes : frozenset of str
        Nodes that pass nothing on.
    """

    links: frozenset[str] = frozenset()
    nodes: frozenset[str] = frozenset()


class Arrivals(NamedTuple):
    """When N nodes have a message, and how it came there.

    Parameters
    ----------
    at_s : ndarray, shape (N,)
        s; inf for never.
    link : ndarray of int, shape (N,)
        Which of the policy's links each has it over; -1 for none.
    """

    at_s: np.ndarray
    link: np.ndarray


class Emulated:
    """The links of one launch in one run.

    Parameters
    ----------
    network : Network
    numbers : ndarray of int, shape (S,)
        Most messages that each sensor may send.
    cycles : int
        Reports that each node may send.

    Attributes
    ----------
    ids : tuple of str
        Of the links.

    Raises
    ------
    SettingsError
        If the policy has a sharing rule of the user's own, or links of limited capacity.
    """

    def __init__(self, network: Network, numbers: np.ndarray, cycles: int) -> None:
        if network.policy.sharing_rule != EVERYTHING:
            raise SettingsError(f"live: policy {network.policy.name!r} has a sharing rule of its own; links that carry "
                                "everything run live")  # fmt: skip
        layout = layout_of(network, numbers, cycles)
        if layout.is_limited:
            raise SettingsError(f"live: policy {network.policy.name!r} has links of limited capacity, which wait in "
                                "queues; they are not emulated")  # fmt: skip
        self._network, self._count = network, layout.links.count
        self._links = layout.links._replace(table=delays(layout, network))
        self._everybody = np.ones(len(network.nodes), dtype=bool)
        self.ids = tuple(link.link_id for link in network.policy.effective_links())

    def load(self) -> None:
        """Load what works out arrivals, so that no message waits for it."""
        self.of_report(TRACK, 0, 0, 0.0)

    def of_sensor(self, level: int, sensor: int, number: int, stamp_s: float, cuts: Cuts = Cuts()) -> Arrivals:
        """When every node has a detection, as one (`DETECTION`) or as word of a launch (`LAUNCH`).

        Parameters
        ----------
        level, sensor, number : int
        stamp_s : float
            When the sensor's own node has it, s.
        cuts : Cuts

        Returns
        -------
        Arrivals
        """
        sources = self._network.sources
        message = kernel.Message(0, True, False, int(sources.home[sensor]), sensor, number, stamp_s)
        return self._flooded(level, message, cuts)

    def of_report(self, level: int, origin: int, cycle: int, stamp_s: float, cuts: Cuts = Cuts()) -> Arrivals:
        """When every node has a report (`bodies.TRACK` or `bodies.ITEMS`) of a node.

        Parameters
        ----------
        level, origin, cycle : int
        stamp_s : float
            When the node sends it, s.
        cuts : Cuts

        Returns
        -------
        Arrivals
        """
        address = len(self._network.sources.names) + origin
        message = kernel.Message(0, False, False, origin, address, cycle, stamp_s)
        return self._flooded(LEVELS[level], message, cuts)

    def _flooded(self, level: int, message: kernel.Message, cuts: Cuts) -> Arrivals:
        links, arrival, may_have = self._links, np.empty(len(self._everybody)), self._everybody
        if cuts.links:
            gone = np.array([name in cuts.links for name in self.ids])
            links = links._replace(delay_s=np.where(gone, np.inf, links.delay_s),
                                   row=np.where(gone[:, None], -1, links.row))  # fmt: skip
        if cuts.nodes:
            may_have = np.array([node.node_id not in cuts.nodes for node in self._network.nodes])
        kernel.flood(level, message, links, may_have, arrival)
        return Arrivals(arrival, _carriers(level, message, links, arrival))


def _carriers(level: int, message: kernel.Message, links: kernel.LinkTable, arrival: np.ndarray) -> np.ndarray:
    """The link over which every node has a message first: the one whose delay leads to its arrival."""
    usable = links.usable[level, message.origin, : links.count[level, message.origin]]
    source, target, row = links.source[usable], links.target[usable], links.row[usable, message.address]
    period_s, at_s = links.period_s[usable], arrival[source]
    at_s = at_s + np.where(source == message.origin, 0.0, links.processing_s[source])
    periods = np.ceil(np.divide(at_s, period_s, out=np.zeros(len(usable)), where=period_s > 0.0))
    delay_s = links.delay_s[usable]
    if (row >= 0).any():
        delay_s = np.where(row >= 0, links.table[row, message.number], delay_s)
    there_s = np.maximum(at_s, periods * period_s) + delay_s
    by = (there_s == arrival[target]) & np.isfinite(there_s)
    out, has = np.full(len(arrival), -1), np.zeros(len(arrival), dtype=bool)
    has[message.origin] = True
    while (new := by & has[source] & ~has[target]).any():  # outwards: without delays links lead in circles, too
        out[target[new]] = usable[new]
        has[target[new]] = True
    return out
