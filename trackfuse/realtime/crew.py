"""The processes of a live run: started together, watched, started again when one is lost, ended together."""

import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from trackfuse.catalog.scenario import Scenario
from trackfuse.core.errors import TrackfuseError
from trackfuse.realtime.admission import sensors_of
from trackfuse.realtime.clock import Clock
from trackfuse.realtime.control import Channel
from trackfuse.realtime.forkserver import Forked, ForkServer
from trackfuse.realtime.link_process import LinkSetup
from trackfuse.realtime.machines import Machines
from trackfuse.realtime.node_process import NodeProcessSetup
from trackfuse.realtime.remote import Remote
from trackfuse.realtime.sensor_process import SensorSetup
from trackfuse.realtime.sensors import networks_of, numbers_of, sensed
from trackfuse.realtime.setup import setups_of
from trackfuse.realtime.transport import LOOPBACK, new_keys
from trackfuse.realtime.wire import encode
from trackfuse.sharing import Policy
from trackfuse.simulation.given import Given

LINKS = "links"
"""Name of the process that stands for all links, and of its log."""
READY_S = 600.0
"""How long a process may take until it is ready, s: it may have to compile."""
OF_SENSORS = {"stop": "silence", "start": "hear"}
"""What the links do with what a sensor sends."""
END_S = 3.0
"""How long processes have to end by themselves, s."""


class Crew:
    """The processes of one live run.

    Parameters
    ----------
    scenario : Scenario
    policy : Policy
    made : Given
        What the sensors send, and what all work by.
    folder : Path
        For the logs.
    machines : Machines, optional
        Where nodes on other machines are; by default all processes are on this one.

    Attributes
    ----------
    crossing : dict or None
        What crosses the links, as `Crossing.news` says it; None before anything has.

    Raises
    ------
    SettingsError
        If the scenario or the policy asks for what does not run live.
    """

    def __init__(
        self, scenario: Scenario, policy: Policy, made: Given, folder: Path, machines: Machines | None = None
    ) -> None:  # fmt: skip
        self._folder = folder
        prepared, noise, measurements = made.prepared, made.noise, made.measurements
        self._setups = {setup.nodes[setup.node].node_id: setup for setup in setups_of(scenario, prepared, noise)}
        own = new_keys() if machines is None else machines.links.keys()
        self._remote = {
            name: Remote(name, machine, own, folder / f"{name}.log")
            for name, machine in (machines.nodes.items() if machines else ())
        }
        self._keys = {name: new_keys() for node in self._setups for name in (node, sensors_of(node))}
        owners = {keys.public: name for name, keys in self._keys.items() if name not in self._remote}
        owners |= {machine.public: name for name, machine in (machines.nodes.items() if machines else ())}
        host, port = (LOOPBACK, 0) if machines is None else (machines.links.host, machines.links.port)
        self._links = LinkSetup(
            networks=networks_of(scenario, policy, prepared, noise), numbers=numbers_of(prepared, measurements),
            cycle_s=prepared.cycle_s, host=host, port=port, keys=own, owners=owners, log=folder / f"{LINKS}.log",
        )  # fmt: skip
        self._script: dict[str, list[tuple[float, bytes, int]]] = {}
        for each in sensed(scenario, prepared, measurements):
            said = each.message.sent_s, encode(each.message), each.launch
            self._script.setdefault(each.message.origin, []).append(said)
        self._processes: dict[str, Forked | Remote] = {}
        self._channels: dict[str, Channel | Remote] = {}
        self._forks: ForkServer | None = None
        self._done: set[str] = set()
        self._clock: Clock | None = None
        self._starting: set[str] = set()
        self._down: set[str] = set()
        self._gone: set[str] = set()
        self._address = ""
        self._is_over: Callable[[], bool] = bool
        self.crossing: dict[str, Any] | None = None

    @property
    def channels(self) -> list[Channel | Remote]:
        """What to wait for."""
        return [channel for name, channel in self._channels.items() if name not in self._gone]

    @property
    def processes(self) -> dict[str, Forked | Remote]:
        """By name."""
        return self._processes

    @property
    def is_done(self) -> bool:
        """Whether every node has worked through its last cycle."""
        return self._done == set(self._setups)

    def start(self, is_over: Callable[[], bool]) -> None:
        """Start all and wait until they are ready.

        Parameters
        ----------
        is_over : callable
            Whether the run has been ended meanwhile.

        Raises
        ------
        TrackfuseError
            If one of them fails, or the run has been ended.
        """
        self._is_over = is_over
        self._forks = ForkServer(next(iter(self._setups.values())))
        for _ in self._looks("the process that starts the others"):
            if self._forks.is_ready:
                break
        self._start(LINKS, "links", self._links)
        self._address = f"tcp://{self._links.host}:{self._ready(LINKS)}"
        for name in self._setups:
            self._start_node(name)
        for name, script in self._script.items():
            self._start(sensors_of(name), "sensors", SensorSetup(
                address=self._address, server=self._links.keys.public, keys=self._keys[sensors_of(name)],
                script=tuple(script),
            ))  # fmt: skip
        for name in self._processes:
            if name != LINKS:
                self._ready(name)

    def tell_all(self, what: tuple[str, Any]) -> None:
        """Send a command to every process."""
        for channel in self._channels.values():
            channel.send(what)

    def tell_links(self, what: tuple[str, Any]) -> None:
        """Send a command to the links."""
        self._channels[LINKS].send(what)

    def run_by(self, clock: Clock) -> None:
        """Give all processes a clock; those that are started again later get it, too."""
        self._clock = clock
        self.tell_all(("clock", clock))

    def do(self, what: str, whom: str) -> None:
        """Do a command of `commands.COMMANDS` that is for a link, sensor or node.

        A node that is killed or stopped gets no time to do anything; one that is stopped stays down until started.

        Parameters
        ----------
        what, whom : str
        """
        if whom not in self._setups:
            self.tell_links((OF_SENSORS.get(what, what), whom))
        elif what == "start":
            self._down.discard(whom)
        else:
            self._processes[whom].kill()
            self._starting.discard(whom)
            self._down |= {whom} if what == "stop" else set()

    def statuses(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """What nodes have reported since the last time, by name; what the links have said is taken in, too."""
        for what, value in self._channels[LINKS].received():
            if what == "crossing":
                self.crossing = value
        for name in self._setups:
            for what, value in self._channels[name].received():
                if what == "status":
                    yield name, value
                elif what == "done":
                    self._done.add(name)
                elif what == "ready":
                    self._starting.discard(name)
                    self._channels[name].send(("clock", self._clock))
                    self.tell_links(("up", name))

    def restore(self) -> None:
        """Start again the nodes that are gone, but for those that are to stay down: they go on from their logs.

        Raises
        ------
        TrackfuseError
            If the links are gone, or a node ends while it is being started again.
        """
        for name, process in list(self._processes.items()):
            if process.poll() is None or name in self._done:
                continue
            if name in self._starting and name not in self._down:
                raise TrackfuseError(f"live: {name} ended while it was started again")
            if name in self._setups:
                if name not in self._gone:
                    self._gone.add(name)
                    self._starting.discard(name)
                    self.tell_links(("down", name))
                if name not in self._down:
                    self._gone.discard(name)
                    self._starting.add(name)
                    self._channels[name].close()
                    self._start_node(name)
            elif name == LINKS:
                raise TrackfuseError(f"live: the process of the links has ended, with status {process.poll()}")

    def stop(self) -> None:
        """End all, whatever state they are in."""
        self.tell_all(("stop", None))
        until = time.monotonic() + END_S
        for process in self._processes.values():
            try:
                process.wait(max(until - time.monotonic(), 0.01))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for channel in self._channels.values():
            channel.close()
        if self._forks is not None:
            self._forks.close()

    def _start_node(self, name: str) -> None:
        if name in self._remote:
            remote = self._processes[name] = self._channels[name] = self._remote[name]
            remote.begin(self._setups[name], self._address, self._links.keys.public)
            return
        self._start(name, "node", NodeProcessSetup(
            node=self._setups[name], address=self._address, server=self._links.keys.public, keys=self._keys[name],
            log=self._folder / f"{name}.log",
        ))  # fmt: skip

    def _start(self, name: str, kind: str, setup: object) -> None:
        assert self._forks is not None
        self._processes[name], self._channels[name] = self._forks.start(kind, setup)

    def _ready(self, name: str) -> Any:
        """Wait until a process is ready; what it says then."""
        for _ in self._looks(name):
            for what, value in self._channels[name].received():
                if what == "ready":
                    return value
                self._processes[name].poll()  # tells why, if it is the fork server that has ended
                raise TrackfuseError(f"live: {name}: {value if what == 'failed' else 'ended before it was ready'}")
        return None

    def _looks(self, name: str) -> Iterator[None]:
        """Yields as often as is to be looked whether a process is ready; raises if it never is."""
        until = time.monotonic() + READY_S
        while time.monotonic() < until:
            if self._is_over():
                raise TrackfuseError("live: ended before it began")
            yield
            for remote in self._remote.values():  # ready long before the last, it would think the run is gone
                remote.keep_alive()
            time.sleep(0.01)
        raise TrackfuseError(f"live: {name} is not ready after {READY_S:g} s")
