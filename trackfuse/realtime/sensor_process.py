"""The process that stands for the sensors of one node: it sends what they measure when the node would have it."""

from dataclasses import dataclass

import zmq

from trackfuse.realtime.clock import Clock
from trackfuse.realtime.control import Channel
from trackfuse.realtime.transport import Client, Keys


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorSetup:
    """What the process works by.

    Parameters
    ----------
    address : str
        Of the links.
    server : bytes
        Their public key.
    keys : Keys
    script : tuple of (float, bytes, int)
        When each message is sent, s, the message, and the number of the launch that addresses its delays; in order.
    """

    address: str
    server: bytes
    keys: Keys
    script: tuple[tuple[float, bytes, int], ...]


def run_sensors(setup: SensorSetup, channel: Channel) -> None:
    """Send until all is sent, or asked to stop.

    Parameters
    ----------
    setup : SensorSetup
    channel : Channel
    """
    client = Client(setup.address, setup.server, setup.keys)
    client.send(b"")
    channel.send(("ready", None))
    clock: Clock | None = None
    poller, sent = zmq.Poller(), 0
    poller.register(channel.fileno(), zmq.POLLIN)
    try:
        while True:
            wait_s = 0.2
            if clock is not None and sent < len(setup.script):
                wait_s = min(clock.left(setup.script[sent][0]), 0.2)
            poller.poll(int(1e3 * wait_s))
            for what, value in channel.received():
                if what == "stop":
                    return
                if what == "clock":
                    clock = value
            while clock is not None and sent < len(setup.script) and setup.script[sent][0] <= clock.now_s():
                _, data, launch = setup.script[sent]
                client.send(data, launch=launch, sent=clock.now_s())
                sent += 1
    finally:
        client.close()
