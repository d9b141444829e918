"""The process that the others of a live run are forked from."""

import os
import signal
import time
from collections.abc import Iterator

import pytest

import trackfuse as tf
from trackfuse.core.errors import TrackfuseError
from trackfuse.realtime import material
from trackfuse.realtime.control import Channel
from trackfuse.realtime.forkserver import Forked, ForkServer
from trackfuse.realtime.sensor_process import SensorSetup
from trackfuse.realtime.setup import NodeSetup, setups_of
from trackfuse.realtime.transport import new_keys

LONG_S = 600.0
"""What is waited for takes some seconds, or minutes where kernels are compiled."""


@pytest.fixture(scope="module")
def setup() -> NodeSetup:
    scenario = tf.load_scenario("kn25_2023_02_20")
    made = material.drawn(scenario, scenario.policy("national"), seed=1)
    return setups_of(scenario, made.prepared, made.noise)[0]


@pytest.fixture
def server(setup: NodeSetup) -> Iterator[ForkServer]:
    server = ForkServer(setup)
    until = time.monotonic() + LONG_S
    while not server.is_ready:
        assert time.monotonic() < until
        time.sleep(0.01)
    yield server
    server.close()


def sensors(server: ForkServer) -> tuple[Forked, Channel]:
    """A process that has nothing to send, to nobody."""
    return server.start("sensors", SensorSetup(
        address="tcp://127.0.0.1:9", server=new_keys().public, keys=new_keys(), script=()
    ))  # fmt: skip


def first_word(channel: Channel) -> str:
    """The first thing that a process says."""
    until = time.monotonic() + LONG_S
    while time.monotonic() < until:
        for what, _ in channel.received():
            return what
        time.sleep(0.01)
    raise AssertionError("it says nothing")


def test_processes_end_with_their_status(server: ForkServer) -> None:
    (asked, its), (killed, other) = sensors(server), sensors(server)
    assert first_word(its) == first_word(other) == "ready"
    assert asked.poll() is None
    its.send(("stop", None))
    asked.wait(LONG_S)
    assert asked.poll() == 0
    assert killed.poll() is None
    killed.kill()
    killed.wait(LONG_S)
    assert killed.poll() == -signal.SIGKILL
    assert first_word(other) == "stop"  # its end of the pipe is gone: no process beside it holds it open


def test_closing_it_ends_what_it_has_started(server: ForkServer) -> None:
    _, channel = sensors(server)
    assert first_word(channel) == "ready"
    server.close()
    assert first_word(channel) == "stop"
    with pytest.raises(TrackfuseError, match="the process that starts the others has ended"):
        sensors(server)


def test_a_server_that_is_killed_is_missed(server: ForkServer) -> None:
    process, channel = sensors(server)
    assert first_word(channel) == "ready"
    os.kill(server.pid, signal.SIGKILL)
    with pytest.raises(TrackfuseError, match="the process that starts the others has ended, with status"):
        process.wait(LONG_S)
    channel.close()


def test_a_server_that_is_killed_while_it_loads_is_missed(setup: NodeSetup) -> None:
    server = ForkServer(setup)
    os.kill(server.pid, signal.SIGKILL)
    until = time.monotonic() + LONG_S
    with pytest.raises(TrackfuseError, match="the process that starts the others has ended, with status -9"):
        while time.monotonic() < until:
            assert not server.is_ready
    server.close()
