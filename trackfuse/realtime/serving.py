"""The end of a live run on another machine: it waits for one that starts a run, and runs a node for it."""

import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgpack
import zmq

from trackfuse.core.errors import TrackfuseError, check_known
from trackfuse.core.version import code_hash
from trackfuse.realtime.clock import Clock
from trackfuse.realtime.control import Channel
from trackfuse.realtime.forkserver import Forked, ForkServer
from trackfuse.realtime.machines import Machines
from trackfuse.realtime.node_process import NodeProcessSetup
from trackfuse.realtime.pack import packed
from trackfuse.realtime.remote import setup_of
from trackfuse.realtime.transport import Keys, Server

SILENT_S = 20.0
"""Who started a run and sends nothing for so long is gone, s."""
STARTER = "links"


class Serving:
    """One node, for one run that another machine starts. Only the key of that machine is known; others are turned away.

    Parameters
    ----------
    machines : Machines
    name : str
        Of the node.
    folder : Path
        For its log while it runs.

    Raises
    ------
    TrackfuseError
        If there is no such node, its key is not here, or it cannot listen at its address.
    """

    def __init__(self, machines: Machines, name: str, folder: Path) -> None:
        check_known(TrackfuseError, "node", name, machines.nodes)
        machine = machines.nodes[name]
        self._keys: Keys = machine.keys()
        self._server = Server(self._keys, {machines.links.public: STARTER}, machine.host, machine.port)
        self._log = folder / f"{name}.log"
        self._forks: ForkServer | None = None
        self._process: Forked | None = None
        self._channel: Channel | None = None
        self._heard_s, self._has_ended = time.monotonic(), False

    @property
    def strangers(self) -> int:
        """How often somebody with an unknown key was turned away."""
        return self._server.strangers

    def run(self) -> None:
        """Work until the run is over.

        Raises
        ------
        TrackfuseError
            If who started the run is gone, or runs other code.
        """
        try:
            while not self._is_over():
                self._relay()
        finally:
            if self._forks is not None:
                self._forks.close()
            self._server.close()

    def _is_over(self) -> bool:
        """Do what has been asked for; whether the run is over."""
        self._server.socket.poll(20 if self._channel is None else 1, zmq.POLLIN)
        for _, data, _ in self._server.received(100):
            self._heard_s = time.monotonic()
            what, value = msgpack.unpackb(data)
            if what == "ping":
                self._answer("pong", [value, time.monotonic()])
            elif what == "begin":
                self._begin(value)
            elif what == "kill" and self._process is not None:
                self._process.kill()
            elif what == "clock" and self._channel is not None:
                self._channel.send(("clock", Clock(**value)))
            elif what == "stop":
                self._end()
                return True
        if self._channel is not None and time.monotonic() > self._heard_s + SILENT_S:
            raise TrackfuseError(f"node: nothing has come for {SILENT_S:g} s from who started the run")
        return False

    def _begin(self, said: dict[str, Any]) -> None:
        if said["code"] != code_hash():
            self._answer("failed", f"runs other code here: {code_hash()}, not {said['code']}")
            raise TrackfuseError("node: who started the run runs other code; both machines need the same version")
        node = setup_of(said["setup"])
        self._forks = self._forks or ForkServer(node)
        self._process, self._channel = self._forks.start("node", NodeProcessSetup(
            node=node, address=said["address"], server=said["server"], keys=self._keys, log=self._log,
        ))  # fmt: skip
        self._has_ended = False

    def _relay(self) -> None:
        """Hand on what the node says, and that it has ended."""
        if self._process is None or self._channel is None or self._has_ended:
            return
        for what, value in self._channel.received():
            if what == "status":
                value = value | {"notices": [_said(notice) for notice in value["notices"]]}
            if what != "stop":  # the other end of the pipe is gone
                self._answer(what, value)
        if (code := self._process.poll()) is not None:
            self._has_ended = True
            self._answer("ended", code)

    def _end(self) -> None:
        """Let the node end, and hand over its log."""
        if self._process is not None and self._channel is not None:
            self._channel.send(("stop", None))
            try:
                self._process.wait(3.0)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._server.socket.linger = 10_000
        self._answer("log", self._log.read_bytes() if self._log.is_file() else b"")

    def _answer(self, what: str, value: Any) -> None:
        self._server.send(STARTER, packed([what, value]), {})


def serve(machines: Machines, name: str, say: Callable[[str], object]) -> int:
    """Wait for a run, and run a node for it until it is over.

    Parameters
    ----------
    machines : Machines
    name : str
        Of the node.
    say : callable
        Is called once it waits.

    Returns
    -------
    int
        How often somebody with an unknown key was turned away.

    Raises
    ------
    TrackfuseError
        As `Serving`.
    """
    with tempfile.TemporaryDirectory() as folder:
        serving = Serving(machines, name, Path(folder))
        say(f"{name} waits at {machines.nodes[name].host}:{machines.nodes[name].port}")
        serving.run()
        return serving.strangers


def _said(notice: Any) -> dict[str, Any]:
    return asdict(notice) | {"track": int(notice.track), "impact": None if notice.impact is None
                             else notice.impact.tolist()}  # fmt: skip
