"""The process of the links: what it is sent goes by the place of the sender, and nothing that it is sent ends it."""

import time
from collections.abc import Iterator
from dataclasses import replace
from multiprocessing.connection import Pipe
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

import trackfuse as tf
from trackfuse.realtime.admission import Admission, Refusal, sensors_of
from trackfuse.realtime.bodies import Message, Plot
from trackfuse.realtime.clock import Clock
from trackfuse.realtime.control import Channel
from trackfuse.realtime.link_process import Links, LinkSetup
from trackfuse.realtime.log import records
from trackfuse.realtime.sensors import networks_of, numbers_of, sensed
from trackfuse.realtime.setup import NodeSetup, setups_of
from trackfuse.realtime.transport import LOOPBACK, Client, new_keys
from trackfuse.realtime.wire import encode
from trackfuse.simulation.prepare import draw_noise

NAME, AT_S = "kn25_2023_02_20", 400.0
NAMES = ("JPN", "ROK", sensors_of("JPN"), sensors_of("ROK"))
KEYS = {name: new_keys() for name in NAMES}


class Running:
    """The links in a thread, at an instant after all has been measured, and an end for each of `NAMES`."""

    def __init__(self, log: Path) -> None:
        self.run = tf.simulate(NAME, "ideal")
        scenario, prepared, keys = self.run.scenario, self.run.prepared, new_keys()
        noise = draw_noise(scenario, prepared, seed=0, run=0)
        self.setups: tuple[NodeSetup, ...] = setups_of(scenario, prepared, noise)
        setup = LinkSetup(
            networks=networks_of(scenario, self.run.policy, prepared, noise),
            numbers=numbers_of(prepared, self.run.measurements), cycle_s=prepared.cycle_s,
            host=LOOPBACK, port=0, keys=keys,
            owners={KEYS[name].public: name for name in NAMES}, log=log,
        )  # fmt: skip
        mine, its = Pipe()
        self.channel, self.log = Channel(mine), log
        self.thread = Thread(target=Links(setup, Channel(its)).run)
        self.thread.start()
        port = self._ready()
        address = f"tcp://{LOOPBACK}:{port}"
        self.ends = {name: Client(address, keys.public, KEYS[name]) for name in NAMES}
        self.channel.send(("clock", Clock(start=time.monotonic() - AT_S, speed=1.0)))
        for end in self.ends.values():
            end.send(b"")
        time.sleep(0.5)  # all are known to the links: what comes later reaches them

    def _ready(self) -> int:
        while True:
            for _, value in self.channel.received():
                return value
            time.sleep(0.01)

    def plots(self) -> list[Message]:
        """Detections of South Korea's sensors."""
        all_of = sensed(self.run.scenario, self.run.prepared, self.run.measurements)
        return [each.message for each in all_of if each.message.origin == "ROK" and isinstance(each.message.body, Plot)]

    def received(self, name: str, count: int) -> list[tuple[bytes, dict[str, Any]]]:
        out: list[tuple[bytes, dict[str, Any]]] = []
        until = time.monotonic() + 30.0
        while len(out) < count and time.monotonic() < until:
            out += self.ends[name].received()
            time.sleep(0.002)
        return out

    def close(self) -> None:
        for end in self.ends.values():
            end.close()
        self.channel.send(("stop", None))
        self.thread.join()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    made = Running(tmp_path_factory.mktemp("links") / "links.log")
    yield made
    made.close()


def test_a_message_of_a_false_origin_comes_with_the_name_of_its_sender(running: Running) -> None:
    plot, door = running.plots()[0], Admission(running.setups[0])
    running.ends[sensors_of("ROK")].send(encode(plot), launch=0)
    ((data, about),) = running.received("JPN", 1)
    assert (data, about["sender"]) == (encode(plot), sensors_of("ROK"))
    forged = encode(replace(plot, sequence=10**6))
    running.ends[sensors_of("JPN")].send(forged, launch=0)
    ((data, about),) = running.received("JPN", 1)
    refused = door.admit(data, about["sender"], AT_S)
    assert isinstance(refused, Refusal)
    assert refused.reason == "forged"


def test_a_flood_of_what_is_no_message_loses_nothing(running: Running) -> None:
    plots = running.plots()[10:60]
    noise = [b"\xc1", b"\x80", encode(replace(plots[0], sent_s=1e5)), encode(replace(plots[0], sent_s=5e5))]
    for k in range(10_000):
        running.ends["ROK"].send(noise[k % 4], launch=0)
        if k % 200 == 0:
            running.ends[sensors_of("ROK")].send(encode(plots[k // 200]), launch=0)
    got = [data for data, about in running.received("JPN", 50) if about["sender"] == sensors_of("ROK")]
    assert sorted(got) == sorted(encode(plot) for plot in plots)
    assert running.thread.is_alive()


def test_what_is_refused_is_in_the_log(running: Running) -> None:
    refused, until = [], time.monotonic() + 60.0
    while len(refused) < 10_000 and time.monotonic() < until:  # the flood is worked through after all others' messages
        refused = [record for record in records(running.log) if record[0] == "refused"]
    assert len(refused) == 10_000
    assert {record[2] for record in refused} == {"ROK"}
    assert any("still to come" in record[3] for record in refused)
