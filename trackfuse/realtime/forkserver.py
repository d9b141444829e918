"""The process that a live run's other processes are forked from: it loads once what all of them call."""

import os
import pickle
import subprocess
import sys
import time
from multiprocessing.connection import Pipe
from multiprocessing.reduction import send_handle
from typing import Any

from trackfuse.core.errors import TrackfuseError
from trackfuse.realtime.control import Channel
from trackfuse.realtime.setup import NodeSetup

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""There are more processes than cores: matrices of six rows gain nothing by threads."""
POLL_S = 0.01
"""So often the end of a process is looked for, s."""


class ForkServer:
    """Starts processes, each in some milliseconds, and kills them. All of them end once the caller's process has.

    The user's own process cannot be forked instead: it may have threads, and the child of such a process can hang.

    Parameters
    ----------
    setup : NodeSetup
        Of a node, on which what all nodes call is loaded, or compiled where that has not been done yet.

    Raises
    ------
    TrackfuseError
        If the server ends at once.
    """

    def __init__(self, setup: NodeSetup) -> None:
        self._connection, its = Pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "trackfuse.realtime.worker", str(its.fileno())],
            env=os.environ | ONE_THREAD | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            pass_fds=(its.fileno(),), stdin=subprocess.DEVNULL,
        )  # fmt: skip
        its.close()
        self._number, self._ended, self._is_ready = 0, dict[int, int](), False
        try:
            self._connection.send_bytes(pickle.dumps(setup))
        except OSError as error:
            raise self._lost() from error

    @property
    def pid(self) -> int:
        """Of its process."""
        return self._process.pid

    @property
    def is_ready(self) -> bool:
        """Whether it has loaded all and starts what it is asked to.

        Raises
        ------
        TrackfuseError
            If it has ended.
        """
        self._take()
        return self._is_ready

    def start(self, kind: str, setup: Any) -> tuple["Forked", Channel]:
        """Start a process.

        Parameters
        ----------
        kind : str
            "links", "node" or "sensors".
        setup : object
            What it works by.

        Returns
        -------
        (Forked, Channel)

        Raises
        ------
        TrackfuseError
            If the server has ended.
        """
        self._number += 1
        mine, its = Pipe()
        try:
            self._connection.send(("start", self._number))
            send_handle(self._connection, its.fileno(), self._process.pid)
            its.close()
            mine.send_bytes(pickle.dumps((kind, setup)))
        except OSError as error:
            raise self._lost() from error
        return Forked(self, self._number), Channel(mine)

    def kill(self, number: int) -> None:
        """Kill a process at once, if it has not ended.

        Raises
        ------
        TrackfuseError
            If the server has ended.
        """
        try:
            self._connection.send(("kill", number))
        except OSError as error:
            raise self._lost() from error

    def ended(self, number: int) -> int | None:
        """Exit status of a process, None while it runs; as `subprocess` gives it.

        Raises
        ------
        TrackfuseError
            If the server has ended.
        """
        self._take()
        return self._ended.get(number)

    def close(self) -> None:
        """End the server, and what it has started."""
        self._connection.close()
        try:
            self._process.wait(1.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _take(self) -> None:
        """Take in what the server has said."""
        try:
            while self._connection.poll():
                what, value = self._connection.recv()
                if what == "failed":
                    raise TrackfuseError(f"live: {value}")
                if what == "ready":
                    self._is_ready = True
                else:
                    self._ended |= [value]
        except (EOFError, OSError) as error:
            raise self._lost() from error

    def _lost(self) -> TrackfuseError:
        self._process.wait()  # its end of the connection is gone, and it soon
        status = self._process.returncode
        return TrackfuseError(f"live: the process that starts the others has ended, with status {status}")


class Forked:
    """A process that a fork server has started.

    Parameters
    ----------
    server : ForkServer
    number : int
        Which of its processes.
    """

    def __init__(self, server: ForkServer, number: int) -> None:
        self._server, self._number = server, number

    def poll(self) -> int | None:
        """Exit status, None while it runs."""
        return self._server.ended(self._number)

    def kill(self) -> None:
        """Kill it at once."""
        self._server.kill(self._number)

    def wait(self, timeout: float | None = None) -> None:
        """Wait until it has ended.

        Raises
        ------
        subprocess.TimeoutExpired
            If it does not in time.
        """
        until = time.monotonic() + (timeout or 0.0)
        while self.poll() is None:
            if timeout is not None and time.monotonic() > until:
                raise subprocess.TimeoutExpired(f"process {self._number} of a live run", timeout)
            time.sleep(POLL_S)
