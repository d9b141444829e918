"""Commands and answers between the process that runs a live run and the others, which it starts."""

import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe
from typing import Any

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""There are more processes than cores: matrices of six rows gain nothing by threads."""


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


def start(kind: str, setup: Any) -> tuple[subprocess.Popen[bytes], Channel]:
    """Start a process that works for this one.

    Parameters
    ----------
    kind : str
        As `worker` names them.
    setup : object
        What it works by; sent through the pipe, not through the command line.

    Returns
    -------
    (Popen, Channel)
        It ends by itself once this process has.
    """
    mine, its = Pipe()
    process = subprocess.Popen(
        [sys.executable, "-m", "trackfuse.realtime.worker", kind, str(its.fileno())], pass_fds=(its.fileno(),),
        stdin=subprocess.DEVNULL, env=os.environ | ONE_THREAD | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )  # fmt: skip
    its.close()
    channel = Channel(mine)
    mine.send_bytes(pickle.dumps(setup))
    return process, channel
