"""A node on another machine, to the process that runs all: like a process of its own, and the pipe to it."""

import subprocess
import time
from collections.abc import Iterator
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any, get_type_hints

import msgpack
import numpy as np
import zmq
from pydantic import TypeAdapter

from trackfuse.core.errors import TrackfuseError
from trackfuse.core.version import code_hash
from trackfuse.realtime.bodies import Notice
from trackfuse.realtime.machines import Machine
from trackfuse.realtime.pack import packed
from trackfuse.realtime.setup import NodeSetup
from trackfuse.realtime.transport import Client, Keys
from trackfuse.sharing import Sources

PINGS = 20
"""How often the clocks of two machines are compared; the quickest answer counts."""
ANSWER_S = 20.0
"""How long a machine has to answer, s."""
ALIVE_S = 1.0
"""At least so often the other machine hears of this one, s."""


class Remote:
    """A node on another machine.

    Parameters
    ----------
    name : str
    machine : Machine
    keys : Keys
        Of the process that runs all, which the other machine knows.
    log : Path
        Where its log is put at the end.
    """

    def __init__(self, name: str, machine: Machine, keys: Keys, log: Path) -> None:
        self._name, self._machine, self._log = name, machine, log
        self._client = Client(f"tcp://{machine.host}:{machine.port}", machine.public, keys)
        self._code: int | None = None
        self._ahead_s, self._said_s, self._has_log = 0.0, 0.0, False

    # ---- as a channel --------------------------------------------------------------------------------------------

    def fileno(self) -> int:
        """To wait for."""
        return int(self._client.socket.getsockopt(zmq.FD))

    def send(self, value: tuple[str, Any]) -> None:
        """Send a command."""
        what, given = value
        if what == "clock":
            given = asdict(replace(given, start=given.start + self._ahead_s))
        self._client.send(packed([what, given]))
        self._said_s = time.monotonic()

    def received(self) -> Iterator[tuple[str, Any]]:
        """What has come, as pairs."""
        self.keep_alive()
        for data, _ in self._client.received():
            what, value = msgpack.unpackb(data)
            if what == "ended":
                self._code = value
            elif what == "log":
                self._log.write_bytes(value)
                self._has_log = True
            elif what == "status":
                yield what, value | {"notices": [_notice(each) for each in value["notices"]]}
            elif what != "pong":
                yield what, value

    def keep_alive(self) -> None:
        """Let the other machine hear of this one, if it has not for a while: it gives up a run that is silent."""
        if time.monotonic() > self._said_s + ALIVE_S:
            self.send(("ping", 0.0))

    def close(self) -> None:
        """Nothing: the connection stays for when the node is started again."""

    # ---- as a process --------------------------------------------------------------------------------------------

    def begin(self, setup: NodeSetup, address: str, server: bytes) -> None:
        """Start the node there.

        Parameters
        ----------
        setup : NodeSetup
        address : str
            Of the links.
        server : bytes
            Their public key.

        Raises
        ------
        TrackfuseError
            If the machine does not answer.
        """
        self._ahead_s, self._code = self._compared(), None
        said = {"code": code_hash(), "setup": said_of(setup), "address": address, "server": server}
        self.send(("begin", said))

    def poll(self) -> int | None:
        """Exit status of the node, None while it runs."""
        return self._code

    def kill(self) -> None:
        """Have it killed at once."""
        self.send(("kill", None))

    def wait(self, timeout: float | None = None) -> None:
        """Wait until its log has come.

        Raises
        ------
        subprocess.TimeoutExpired
            If it does not in time.
        """
        until = time.monotonic() + max(timeout or 0.0, ANSWER_S / 2)
        while not self._has_log and time.monotonic() < until:
            list(self.received())
            time.sleep(0.01)
        if not self._has_log and timeout is not None:
            raise subprocess.TimeoutExpired(self._name, timeout)
        self._client.close()

    def _compared(self) -> float:
        """How far the clock of the other machine is ahead of this one's, s: half way between question and answer."""
        best, ahead_s, until = np.inf, 0.0, time.monotonic() + ANSWER_S
        answers = 0
        while answers < PINGS:
            asked = time.monotonic()
            self.send(("ping", asked))
            while not (got := [each for each in self._pongs() if each[0] == asked]):
                if time.monotonic() > until:
                    where = f"{self._machine.host}:{self._machine.port}"
                    raise TrackfuseError(f"live: {self._name} does not answer at {where}: does `trackfuse node` run "
                                         "there, and does either know the other's key?")  # fmt: skip
                time.sleep(0.0005)
            now, answers = time.monotonic(), answers + 1
            if now - asked < best:
                best, ahead_s = now - asked, got[0][1] - 0.5 * (asked + now)
        return ahead_s

    def _pongs(self) -> list[tuple[float, float]]:
        got = [msgpack.unpackb(data) for data, _ in self._client.received()]
        return [(value[0], value[1]) for what, value in got if what == "pong"]


def said_of(setup: NodeSetup | Sources) -> dict[str, Any]:
    """What a node works by, as a document of plain values: arrays by their kind, shape and bytes."""
    out, hints = {}, get_type_hints(type(setup))
    for field in fields(setup):
        value = getattr(setup, field.name)
        if isinstance(value, np.ndarray):
            out[field.name] = [value.dtype.str, list(value.shape), value.tobytes()]
        elif isinstance(value, Sources):
            out[field.name] = said_of(value)
        else:
            out[field.name] = TypeAdapter(hints[field.name]).dump_python(value)
    return out


def setup_of(said: dict[str, Any], kind: type[Any] = NodeSetup) -> Any:
    """What a document of `said_of` says, to the bit.

    Raises
    ------
    ValueError
        If it says no such thing.
    """
    made, hints = {}, get_type_hints(kind)
    for name, value in said.items():
        if hints[name] is np.ndarray:
            made[name] = np.frombuffer(value[2], dtype=value[0]).reshape(value[1]).copy()
        elif hints[name] is Sources:
            made[name] = setup_of(value, Sources)
        else:
            made[name] = TypeAdapter(hints[name]).validate_python(value)
    return kind(**made)


def _notice(said: dict[str, Any]) -> Notice:
    made = Notice(**said)
    return made if made.impact is None else replace(made, impact=np.array(made.impact))
