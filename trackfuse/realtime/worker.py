"""What a fork server runs, `python -m trackfuse.realtime.worker FD`, and what each process does that it forks."""

import gc
import multiprocessing
import pickle
import signal
import sys
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from multiprocessing.reduction import recv_handle

from trackfuse.core.errors import TrackfuseError
from trackfuse.realtime.control import Channel
from trackfuse.realtime.link_process import Links
from trackfuse.realtime.node_process import NodeProcess
from trackfuse.realtime.sensor_process import run_sensors
from trackfuse.realtime.warm import warm_up


def main(number: int) -> int:
    """Load what nodes call; then start and kill processes as asked for, until the other end is gone.

    Parameters
    ----------
    number : int
        File descriptor of the connection to the process that asks.

    Returns
    -------
    int
        Exit status.
    """
    # Ctrl-C reaches all processes of a terminal: the one that was started by hand ends the others in order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    connection = Connection(number)
    try:
        warm_up(pickle.loads(connection.recv_bytes()))
    except TrackfuseError as error:
        connection.send(("failed", str(error)))
        return 2
    gc.collect()
    gc.freeze()  # a collector that goes through what is shared would copy it for every process
    connection.send(("ready", None))
    running = dict[int, BaseProcess]()
    with suppress(EOFError, OSError):  # the other end is gone
        while True:
            wait([connection, *(process.sentinel for process in running.values())])
            for which in [which for which, process in running.items() if process.exitcode is not None]:
                connection.send(("ended", (which, running.pop(which).exitcode)))
            while connection.poll():
                _do(connection, running)
    for process in running.values():
        process.kill()
    return 0


def _do(connection: Connection, running: dict[int, BaseProcess]) -> None:
    """Start or kill a process, as the next request says."""
    what, which = connection.recv()
    if what == "start":
        its = Connection(recv_handle(connection))
        # One thread of Python, and that of Arrow's allocator, which is made for forks: nobody else holds a lock.
        running[which] = multiprocessing.get_context("fork").Process(target=_work, args=(connection, its))
        running[which].start()
        its.close()
    elif which in running:
        running[which].kill()


def _work(server: Connection, connection: Connection) -> None:
    """Work for the process at the other end of a pipe until it says stop, or is gone."""
    server.close()  # else nobody would notice the end of the server while this process runs
    (kind, setup), channel = pickle.loads(connection.recv_bytes()), Channel(connection)
    try:
        if kind == "links":
            Links(setup, channel).run()
        elif kind == "node":
            NodeProcess(setup, channel).run()
        else:
            run_sensors(setup, channel)
    except TrackfuseError as error:
        channel.send(("failed", str(error)))
        sys.exit(2)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
