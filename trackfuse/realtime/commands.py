"""What can be done to a live run, and what cannot be done just now, with the reason."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import NamedTuple

from trackfuse.catalog.scenario import Scenario
from trackfuse.core.errors import SettingsError, check_between, unknown
from trackfuse.sharing import Policy

COMMANDS = ("pause", "resume", "cut", "mend", "stop", "start", "kill")
"""Of the whole run; of a link; of a sensor or node; of a node, which then comes back by itself."""
OF_ALL = ("pause", "resume")


class Event(NamedTuple):
    """Something that is done to a live run.

    Parameters
    ----------
    at_s : float
        When, seconds after the first lift-off.
    what : str
        One of `COMMANDS`.
    whom : str
        Name of the link, sensor or node; "" for the whole run.
    """

    at_s: float
    what: str
    whom: str = ""


@dataclass(slots=True)
class Situation:
    """What of a run is stopped: all of it, links that are cut, sensors, nodes; and whether it is over."""

    is_over: bool = False
    is_paused: bool = False
    stopped: set[str] = field(default_factory=set)


class Commands:
    """Takes commands for a live run, from any thread; the one that runs it takes them out in their order.

    Parameters
    ----------
    scenario : Scenario
    policy : Policy

    Attributes
    ----------
    links, sensors, nodes : tuple of str
        What there is.
    changed : list of callable
        Are called once something has been done, in the thread that did it.
    """

    def __init__(self, scenario: Scenario, policy: Policy) -> None:
        self.links = tuple(link.link_id for link in policy.effective_links())
        self.sensors = tuple(sensor.sensor_id for sensor in scenario.sensors)
        self.nodes = tuple(node.node_id for node in scenario.nodes)
        self._now, self._lock = Situation(), Lock()
        self._waiting: deque[tuple[str, str]] = deque()
        self.changed: list[Callable[[], object]] = []

    def names(self, what: str) -> tuple[str, ...]:
        """Whom a command may be for; nobody by name where it is for the whole run."""
        of = {"cut": self.links, "mend": self.links, "kill": self.nodes}
        return () if what in OF_ALL else of.get(what, (*self.nodes, *self.sensors))

    def check(self, what: str, whom: str = "") -> None:
        """Raise SettingsError for what is no command, or for one for what is not there."""
        if what not in COMMANDS:
            raise SettingsError(f"live command: {unknown('command', what, COMMANDS)}")
        kind = "link" if what in ("cut", "mend") else "node" if what == "kill" else "node or sensor"
        if what in OF_ALL:
            if whom:
                raise SettingsError(f"live command {what}: is for the whole run, not for {whom!r}")
        elif whom not in self.names(what):
            raise SettingsError(f"live command {what}: {unknown(kind, whom, self.names(what))}")

    def reason(self, what: str, whom: str = "") -> str:
        """Why a command cannot be done now.

        Parameters
        ----------
        what, whom : str

        Returns
        -------
        str
            "" where it can.

        Raises
        ------
        SettingsError
            If there is no such command, link, sensor or node.
        """
        self.check(what, whom)
        return _reason(self._now, what, whom)

    def give(self, what: str, whom: str = "") -> None:
        """Give a command.

        Parameters
        ----------
        what, whom : str

        Raises
        ------
        SettingsError
            If there is no such thing, or it cannot be done now, with the reason.
        """
        with self._lock:
            if why := self.reason(what, whom):
                raise SettingsError(f"live command {what}: {why}")
            _happen(self._now, what, whom)
            self._waiting.append((what, whom))
        self._tell()

    def taken(self) -> list[tuple[str, str]]:
        """Commands given since the last time."""
        with self._lock:
            out = list(self._waiting)
            self._waiting.clear()
        return out

    def is_stopped(self, whom: str) -> bool:
        """Whether a link is cut, or a sensor or node stopped."""
        return whom in self._now.stopped

    @property
    def is_over(self) -> bool:
        """Whether nothing can be done any more."""
        return self._now.is_over

    @property
    def is_paused(self) -> bool:
        """Whether the clock stands."""
        return self._now.is_paused

    def end(self) -> None:
        """From now on nothing can be done."""
        with self._lock:
            self._now.is_over = True
        self._tell()

    def _tell(self) -> None:
        for each in self.changed:
            each()


def checked_events(events: list[Event], commands: Commands) -> None:
    """Raise SettingsError for an event that nothing can come of, alone or after those before it."""
    then = Situation()
    for event in events:
        commands.check(event.what, event.whom)
        check_between(SettingsError, f"live event {event.what} at_s", event.at_s, 0.0)
        why = _reason(then, event.what, event.whom)
        if event.what == "resume":
            why = "while the run is paused no such instant comes; resume it by hand"
        if why:
            raise SettingsError(f"live event {event.what} at {event.at_s:g} s: {why}")
        if event.what != "pause":
            _happen(then, event.what, event.whom)


def _reason(now: Situation, what: str, whom: str) -> str:
    is_stopped = whom in now.stopped
    if now.is_over:
        return "the run is over"
    if what == "pause" and now.is_paused:
        return "the run is paused already"
    if what == "resume" and not now.is_paused:
        return "the run goes on"
    if what == "mend" and not is_stopped:
        return f"{whom} is in service"
    if what == "start" and not is_stopped:
        return f"{whom} works"
    if what == "cut" and is_stopped:
        return f"{whom} is cut already"
    if what in ("stop", "kill") and is_stopped:
        return f"{whom} is stopped already"
    return ""


def _happen(now: Situation, what: str, whom: str) -> None:
    if what in OF_ALL:
        now.is_paused = what == "pause"
    elif what in ("cut", "stop"):
        now.stopped.add(whom)
    elif what in ("mend", "start"):
        now.stopped.discard(whom)
