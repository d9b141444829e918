"""A live run under way: its processes are started, watched over and ended, and commands are taken meanwhile."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path
from threading import Thread
from typing import IO, TYPE_CHECKING, Any

from trackfuse.catalog.scenario import Scenario
from trackfuse.core.display import displayed
from trackfuse.core.errors import SettingsError
from trackfuse.realtime.clock import Clock
from trackfuse.realtime.commands import Commands, Event
from trackfuse.realtime.crew import Crew
from trackfuse.realtime.crossing import links_now
from trackfuse.realtime.replay import held_in
from trackfuse.realtime.summary import summary
from trackfuse.sharing import Policy

if TYPE_CHECKING:
    import pandas as pd

LOOK_S = 0.1
"""At least so often what the processes say is read, s."""

Watch = Callable[[str, dict[str, Any]], None]
"""Is called with the name of a node and what it holds, at every cycle of every node; see `node_process.node_status`."""


@displayed(lambda value: "{scenario} {policy}, log {log}".format_map(value.document), lambda value: _nodes(value))
@dataclass(frozen=True, slots=True, kw_only=True)
class LiveResult:
    """A live run that is over.

    Parameters
    ----------
    document : dict
        `scenario`, `policy`, `speed`; `nodes`, for each node `cycles`, `step_ms` and `cpu_ms` (median and p95),
        `received`, `refused`, `first_track_s` and `first_item_s`; `bus_ms` (median and p95); `log`.
    """

    document: dict[str, Any]

    @property
    def log(self) -> Path:
        """Folder of the log: `replay` makes a run of it."""
        return Path(self.document["log"])

    @property
    def tracks(self) -> "pd.DataFrame":
        """What every centre held at every cycle, as `track_detections` gives it, with the notices in `attrs`."""
        return held_in(self.log)


def _nodes(result: LiveResult) -> "pd.DataFrame":
    """What a notebook shows of a live run: a row a node."""
    import pandas as pd

    return pd.DataFrame([
        {"node": name, "cycles": node["cycles"], "median_step_ms": node["step_ms"]["median"],
         "received": node["received"], "refused": node["refused"], "first_track_s": node["first_track_s"],
         "first_item_s": node["first_item_s"]}
        for name, node in result.document["nodes"].items()
    ])  # fmt: skip


class LiveRun:
    """A live run under way, in a thread of its own. Commands raise SettingsError where they cannot be done, with the
    reason.

    Attributes
    ----------
    scenario : Scenario
    policy : Policy
        What is run.
    speed : float
        Seconds of the run in one second.
    commands : Commands
        What can be done, and why something cannot be done now.
    """

    def __init__(self, made: "Made", watch: Watch | None) -> None:
        self.scenario, self.policy, self.speed, self.commands = made.scenario, made.policy, made.speed, made.commands
        self._result: LiveResult | None = None
        self._error: BaseException | None = None
        self._made = made
        self._thread = Thread(target=self._work, args=(watch,), daemon=True)
        self._thread.start()

    def _work(self, watch: Watch | None) -> None:
        try:
            self._result = _run(self._made, watch)
        except BaseException as error:  # raised where it is waited for
            self._error = error

    def pause(self) -> None:
        """Stop the clock of all processes."""
        self.commands.give("pause")

    def resume(self) -> None:
        """Let it go on."""
        self.commands.give("resume")

    def cut(self, link: str) -> None:
        """Let nothing cross a link."""
        self.commands.give("cut", link)

    def mend(self, link: str) -> None:
        """Put a link in service again."""
        self.commands.give("mend", link)

    def stop(self, whom: str) -> None:
        """Deliver nothing that a sensor sends, or kill a node that is to stay down."""
        self.commands.give("stop", whom)

    def start(self, whom: str) -> None:
        """Start again what was stopped: a node goes on from its log."""
        self.commands.give("start", whom)

    def kill(self, node: str) -> None:
        """Kill a node; it is started again at once."""
        self.commands.give("kill", node)

    @property
    def links(self) -> "pd.DataFrame":
        """What crosses the links: a row a link with `link`, `source`, `target`, `payload` (the richest thing that
        crosses), `delay_s` (median), how many `detections`, `launch_reports`, `tracks` and `items` it has brought
        first, how many messages are `on_the_way`, whether it `is_cut`, and which centre at one of its ends is
        `stopped` ("" for none). It is at most some 0.3 s old.
        """
        return links_now(self.policy.effective_links(), self._made.crew.crossing, self.commands)

    def end(self) -> LiveResult:
        """End the run now."""
        self.commands.end()
        return self.result()

    @property
    def is_over(self) -> bool:
        """Whether it is."""
        return not self._thread.is_alive()

    def result(self) -> LiveResult:
        """Wait until the run is over.

        Returns
        -------
        LiveResult

        Raises
        ------
        TrackfuseError
            If one of the processes failed.
        """
        try:
            while self._thread.is_alive():
                self._thread.join(LOOK_S)
        except KeyboardInterrupt:
            self.commands.end()
            self._thread.join()
            raise
        if self._error is not None:
            raise self._error
        assert self._result is not None
        return self._result


@dataclass(slots=True, kw_only=True)
class Made:
    """A live run before its start."""

    scenario: Scenario
    policy: Policy
    crew: Crew
    commands: Commands
    folder: Path
    speed: float
    end_s: float
    due: list[Event]
    place: IO[bytes] | None


def _run(made: Made, watch: Watch | None) -> LiveResult:
    """Start all, do what is to be done, start again what was killed, until the end."""
    try:
        made.crew.start(lambda: made.commands.is_over)
        _watch_over(made, watch)
    finally:
        made.commands.end()
        made.crew.stop()
        if made.place is not None:
            made.place.close()
    return LiveResult(document=summary(made.folder))


def _watch_over(made: Made, watch: Watch | None) -> None:
    crew, commands, due = made.crew, made.commands, made.due
    clock = Clock(start=time.monotonic() + LOOK_S, speed=made.speed)
    crew.run_by(clock)
    while not (crew.is_done or commands.is_over) and clock.now_s() <= made.end_s + 2.0 * LOOK_S * made.speed:
        while due and due[0].at_s <= clock.now_s():
            event = due.pop(0)
            with suppress(SettingsError):  # by hand it was done before
                commands.give(event.what, event.whom)
        for what, whom in commands.taken():
            if whom:
                crew.do(what, whom)
            else:
                clock = clock.stopped() if what == "pause" else clock.resumed()
                crew.run_by(clock)
        wait([channel.fileno() for channel in crew.channels], LOOK_S)
        for name, value in crew.statuses():
            if watch is not None:
                watch(name, value)
        crew.restore()
