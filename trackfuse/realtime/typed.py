"""Commands for a live run that are typed, a line each."""

from collections.abc import Callable, Iterable
from threading import Thread

from trackfuse.core.errors import SettingsError
from trackfuse.realtime.live_run import LiveRun

END = "end"
"""Ends the run."""


def obey(run: LiveRun, lines: Iterable[str], say: Callable[[str], object]) -> None:
    """Take commands from lines, in a thread of its own, until there are no more.

    Parameters
    ----------
    run : LiveRun
    lines : iterable of str
        Each a command and, where it takes one, whom it is for: "pause", "cut bi-jpn-usfj", "end".
    say : callable
        Is called with what was done, or why it cannot be.
    """
    Thread(target=_obey, args=(run, lines, say), daemon=True).start()


def _obey(run: LiveRun, lines: Iterable[str], say: Callable[[str], object]) -> None:
    for line in lines:
        what, whom = (*line.split(maxsplit=1), "", "")[:2]
        try:
            if what == END:
                run.commands.end()
            elif what:
                run.commands.give(what, whom.strip())
                say(f"{what} {whom.strip()}".strip())
        except SettingsError as error:
            say(str(error))
