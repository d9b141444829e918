"""Commands and answers between the process that runs a live run and the others."""

from collections.abc import Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any


class Channel:
    """One end of a pair of pipes between two processes.

    Parameters
    ----------
    connection : Connection
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def fileno(self) -> int:
        """To wait for."""
        return self._connection.fileno()

    def send(self, value: Any) -> None:
        """Send a value; if the other end is gone, nobody misses it."""
        with suppress(OSError):
            self._connection.send(value)

    def received(self) -> Iterator[tuple[str, Any]]:
        """What has come, as pairs; ("stop", None) once the other end is gone."""
        try:
            while self._connection.poll():
                yield self._connection.recv()
        except (EOFError, OSError):
            yield "stop", None

    def close(self) -> None:
        """Close it."""
        self._connection.close()
