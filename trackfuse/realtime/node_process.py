"""The process of one node: it receives, works through every cycle when its time has come, sends, and writes its log."""

import gc
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pymap3d
import zmq

from trackfuse.realtime.admission import Admission, Refusal
from trackfuse.realtime.bodies import Body, Heartbeat, Message, Notice
from trackfuse.realtime.clock import Clock
from trackfuse.realtime.control import Channel
from trackfuse.realtime.log import Log
from trackfuse.realtime.node import HeldTracks, LiveNode
from trackfuse.realtime.recovery import recover
from trackfuse.realtime.setup import NodeSetup
from trackfuse.realtime.stopwatch import Stopwatch
from trackfuse.realtime.transport import Client, Keys
from trackfuse.realtime.warm import warm_up
from trackfuse.realtime.wire import encode


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeProcessSetup:
    """What the process works by.

    Parameters
    ----------
    node : NodeSetup
    address : str
        Of the links.
    server : bytes
        Their public key.
    keys : Keys
    log : Path
        If it is there, the node goes on from what it says.
    """

    node: NodeSetup
    address: str
    server: bytes
    keys: Keys
    log: Path


class NodeProcess:
    """A node in this process.

    Parameters
    ----------
    setup : NodeProcessSetup
    channel : Channel
        To the process that runs all.
    """

    def __init__(self, setup: NodeProcessSetup, channel: Channel) -> None:
        self._setup, self._channel = setup, channel
        self._node, self._door = LiveNode(setup.node), Admission(setup.node)
        self._sequence, self._clock = 0, Clock(start=math.inf, speed=1.0)

    def run(self) -> None:
        """Work until the last cycle is done or asked to stop."""
        warm_up(self._setup.node)
        gc.collect()
        gc.freeze()  # what was loaded stays: a collector that goes through it again would hold up a cycle
        self._sequence = recover(self._node, self._door, self._setup.log)
        log = Log(self._setup.log)
        client = Client(self._setup.address, self._setup.server, self._setup.keys)
        client.send(b"")
        self._channel.send(("ready", None))
        poller = zmq.Poller()
        poller.register(client.socket, zmq.POLLIN)
        poller.register(self._channel.fileno(), zmq.POLLIN)
        try:
            cycle_s = self._setup.node.cycle_s
            while self._node.cycle + 1 < len(cycle_s):
                now_s = float(cycle_s[self._node.cycle + 1])
                while (left := self._clock.left(now_s)) > 0.0:
                    poller.poll(int(1e3 * min(left, 0.2)))
                    if self._is_over(client, log):
                        return
                if self._clock.now_s() - now_s > 2.0 * (cycle_s[1] - cycle_s[0]):
                    self._node.step()  # a cycle that was missed: what it would have sent is of no use any more
                    continue
                self._work(client, log)
            self._channel.send(("done", None))
            while not self._is_over(client, log):
                poller.poll(200)
        finally:
            log.close()
            client.close()

    def _is_over(self, client: Client, log: Log) -> bool:
        """Take in what has come; whether the node is asked to stop."""
        for what, value in self._channel.received():
            if what == "stop":
                return True
            if what == "clock":
                self._clock = value
        if math.isfinite(self._clock.start):  # what comes earlier would have no time
            for data, about in client.received():
                self._take(data, about, log)
        return False

    def _take(self, data: bytes, about: dict[str, Any], log: Log) -> None:
        at_s, sender = self._clock.now_s(), str(about.get("sender", ""))
        admitted = self._door.admit(data, sender, at_s)
        if isinstance(admitted, Refusal):
            log.write("refused", at_s, sender, admitted.reason, admitted.what)
            return
        bus_ms = 1e3 * (at_s - float(about["due"])) / self._clock.speed
        log.write("received", at_s, sender, data, bus_ms)
        self._node.receive(admitted, at_s)

    def _work(self, client: Client, log: Log) -> None:
        """One cycle: what the node's own work takes is written down, without the sending."""
        spent = Stopwatch()
        with spent:
            reports = self._node.track()
        for report in reports:
            self._send(report, client, log)
        with spent:
            held, notices = self._node.conclude()
        for body in (*notices, Heartbeat(cycle=self._node.cycle)):
            self._send(body, client, log)
        log.write("step", self._clock.now_s(), self._node.cycle, 1e3 * spent.wall_s, 1e3 * spent.cpu_s)
        log.flush()
        self._channel.send(("status", node_status(self._node, held, notices, self._door)))

    def _send(self, body: Body, client: Client, log: Log) -> None:
        message = Message(origin=self._node.name, sequence=self._sequence, sent_s=self._clock.now_s(), body=body)
        data = encode(message)
        self._sequence += 1
        client.send(data, sent=message.sent_s)
        log.write("sent", message.sent_s, data)


def node_status(node: LiveNode, held: HeldTracks, notices: list[Notice], door: Admission) -> dict[str, Any]:
    """What a node tells the process that runs all, of a cycle: for people to look at.

    Parameters
    ----------
    node : LiveNode
    held : HeldTracks
    notices : list of Notice
    door : Admission

    Returns
    -------
    dict
        `cycle`, `t_s`; `tracks`, of each fused track number, latitude and longitude (deg), height (km), speed (m/s) and
        standard deviation of the position (km); `own`, how many own tracks; `notices`, `received`, `refused`.
    """
    tracks = []
    for number, track in held.fused.items():
        if track.status[0, 0] == 1:
            lat, lon, alt = (float(each) for each in pymap3d.ecef2geodetic(*track.mean[0, 0, :3]))
            speed = float(np.linalg.norm(track.mean[0, 0, 3:]))
            sigma = math.sqrt(float(np.trace(track.covariance[0, 0, :3, :3])))
            tracks.append((number, lat, lon, alt / 1e3, speed, sigma / 1e3))
    return {
        "cycle": node.cycle, "t_s": float(node.setup.cycle_s[node.cycle]), "tracks": tracks,
        "own": int((held.own.status == 1).sum()), "notices": notices, "received": door.received,
        "refused": sum(door.refused.values()),
    }  # fmt: skip
