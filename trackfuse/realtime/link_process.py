"""The process that stands for all links: what is sent is handed on when the scenario's data say, or not at all."""

import time
from dataclasses import dataclass
from heapq import heappop, heappush
from pathlib import Path
from typing import Any, NamedTuple

import msgpack
import numpy as np
import zmq

from trackfuse.core.errors import DataError
from trackfuse.realtime.admission import FUTURE_S, sensors_of
from trackfuse.realtime.bodies import ITEMS, TRACK
from trackfuse.realtime.clock import Clock
from trackfuse.realtime.control import Channel
from trackfuse.realtime.crossing import Crossing
from trackfuse.realtime.log import Log
from trackfuse.realtime.network import DETECTION, LAUNCH, Arrivals, Cuts, Emulated
from trackfuse.realtime.transport import Keys, Server
from trackfuse.sharing import Network

AT_ONCE = 500
"""Messages taken in before what is due is handed on."""
TOLD_S = 0.2
"""What crosses the links is reported at most so often, s."""
REPORTS = {"track": TRACK, "items": ITEMS}
SENSED = {"plot": DETECTION, "launch_report": LAUNCH}
LOCAL = ("notice", "heartbeat")
"""Kinds of messages that go to no other node."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSetup:
    """What the process works by.

    Parameters
    ----------
    networks : dict of int to Network
        By the number of the launch, as `sensors.links_of` has it.
    numbers : ndarray of int, shape (S,)
    cycle_s : ndarray, shape (J,)
    host : str
    port : int
        0: any that is free.
    keys : Keys
    owners : dict of bytes to str
        Names of nodes and of their sensors (`sensors_of`), by public key.
    log : Path
    """

    networks: dict[int, Network]
    numbers: np.ndarray
    cycle_s: np.ndarray
    host: str
    port: int
    keys: Keys
    owners: dict[bytes, str]
    log: Path


class _Waiting(NamedTuple):
    """A message on its way: to which node, of whom and of which kind it is, and over which link, -1 for none."""

    node: int
    sender: str
    kind: str
    link: int
    data: bytes


class Links:
    """The links of a live run, in this process.

    Parameters
    ----------
    setup : LinkSetup
    channel : Channel
        To the process that runs all.
    """

    def __init__(self, setup: LinkSetup, channel: Channel) -> None:
        self._setup, self._channel, self._log = setup, channel, Log(setup.log)
        cycles = len(setup.cycle_s)
        self._links = {
            launch: Emulated(network, setup.numbers, cycles) for launch, network in setup.networks.items()
        }
        network = setup.networks[0]
        self._names = [node.node_id for node in network.nodes]
        self._place = {name: i for i, name in enumerate(self._names)}
        self._place |= {sensors_of(name): i for i, name in enumerate(self._names)}
        self._sensor = {name: s for s, name in enumerate(network.sources.names)}
        self._cuts, self._silent = Cuts(), frozenset()
        self._waiting: list[tuple[float, int, _Waiting]] = []
        self._count = 0
        self._crossing, self._told_s = Crossing(self._links[0].ids), 0.0

    def run(self) -> None:
        """Work until asked to stop."""
        server = Server(self._setup.keys, self._setup.owners, self._setup.host, self._setup.port)
        for each in self._links.values():
            each.load()
        self._channel.send(("ready", server.port))
        clock: Clock | None = None
        poller = zmq.Poller()
        poller.register(server.socket, zmq.POLLIN)
        poller.register(self._channel.fileno(), zmq.POLLIN)
        try:
            while True:
                left = clock.left(self._waiting[0][0]) if clock is not None and self._waiting else 1.0
                poller.poll(int(1e3 * min(left, 0.2)))
                for what, value in self._channel.received():
                    if what == "stop":
                        return
                    if what == "clock":
                        clock = value
                    elif clock is not None:
                        self._log.write(what, clock.now_s(), value if isinstance(value, str) else "")
                        self._obey(what, value)
                for sender, data, about in server.received(AT_ONCE):
                    if clock is not None and data:
                        self._take(sender, data, about, clock)
                if clock is not None:
                    self._hand_on(server, clock.now_s())
                    self._tell()
                self._log.flush()
        finally:
            if clock is not None:
                self._log.write("strangers", clock.now_s(), server.strangers)
            self._log.close()
            server.close()

    def _obey(self, what: str, value: str) -> None:
        cuts = self._cuts
        if what in ("cut", "mend"):
            links = cuts.links | {value} if what == "cut" else cuts.links - {value}
            self._cuts = Cuts(links=links, nodes=cuts.nodes)
        elif what in ("down", "up"):
            nodes = cuts.nodes | {value} if what == "down" else cuts.nodes - {value}
            self._cuts = Cuts(links=cuts.links, nodes=nodes)
        elif what in ("silence", "hear"):
            self._silent = self._silent | {value} if what == "silence" else self._silent - {value}

    def _take(self, sender: str, data: bytes, about: dict[str, Any], clock: Clock) -> None:
        """Work out when every node has a message, and keep it until then."""
        try:
            now_s, said = clock.now_s(), msgpack.unpackb(data)
            arrivals = self._arrivals(sender, said, about, now_s + FUTURE_S)
            sent_s = min(float(about.get("sent", now_s)), now_s)
        except Exception as error:  # whatever the bytes were made to provoke: it is for no one
            self._log.write("refused", clock.now_s(), sender, f"{type(error).__name__}: {error}")
            return
        for i in np.flatnonzero(np.isfinite(arrivals.at_s)).tolist():
            self._count += 1
            due_s, link = max(float(arrivals.at_s[i]), sent_s), int(arrivals.link[i])
            self._crossing.sent(link)
            heappush(self._waiting, (due_s, self._count, _Waiting(i, sender, said["kind"], link, data)))

    def _arrivals(self, sender: str, said: dict[str, Any], about: dict[str, Any], latest_s: float) -> Arrivals:
        """When every node has a message, by the place of its sender, whatever it says of its origin. What says that it
        was sent after `latest_s` is refused here: it would wait for nothing.
        """
        kind, body, place = said["kind"], said["body"], self._place[sender]
        nodes = len(self._names)
        never = Arrivals(np.full(nodes, np.inf), np.full(nodes, -1))
        if kind in REPORTS:
            cycle = range(len(self._setup.cycle_s))[body["cycle"]]
            about_s = _not_after(float(self._setup.cycle_s[cycle]), latest_s)
            arrivals = self._links[0].of_report(REPORTS[kind], place, cycle, about_s, self._cuts)
            arrivals.at_s[place] = np.inf
            return arrivals
        if kind in SENSED:
            sensor = self._sensor[body["sensor"]]
            if body["sensor"] in self._silent:
                return never
            number = range(int(self._setup.numbers[sensor]))[body["number"]]
            links = self._links[about["launch"]]
            sent_s = _not_after(float(said["sent_s"]), latest_s)
            return links.of_sensor(SENSED[kind], sensor, number, sent_s, self._cuts)
        if kind in LOCAL:
            return never
        raise DataError(f"no kind {kind!r}")

    def _hand_on(self, server: Server, now_s: float) -> None:
        while self._waiting and self._waiting[0][0] <= now_s:
            due_s, _, each = heappop(self._waiting)
            name = self._names[each.node]
            is_lost = name in self._cuts.nodes
            self._crossing.arrived(each.link, each.kind, is_lost=is_lost)
            if not is_lost:
                server.send(name, each.data, {"sender": each.sender, "due": due_s})

    def _tell(self) -> None:
        """Say what crosses the links if it is time: for people to look at."""
        if time.monotonic() >= self._told_s + TOLD_S and (news := self._crossing.news()) is not None:
            self._told_s = time.monotonic()
            self._channel.send(("crossing", news))


def _not_after(t_s: float, latest_s: float) -> float:
    if not t_s <= latest_s:
        raise DataError(f"of {t_s:.1f} s, which is still to come")
    return t_s
