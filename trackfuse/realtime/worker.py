"""What a process of a live run runs: `python -m trackfuse.realtime.worker KIND FD`, started by `control.start`."""

import pickle
import signal
import sys
from multiprocessing.connection import Connection

from trackfuse.core.errors import TrackfuseError
from trackfuse.realtime.control import Channel

KINDS = ("links", "node", "sensors")


def main(kind: str, number: int) -> int:
    """Work for the process at the other end of a pipe until it says stop, or is gone.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    number : int
        File descriptor of the pipe.

    Returns
    -------
    int
        Exit status.
    """
    # Ctrl-C reaches all processes of a terminal: the one that was started by hand ends the others in order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    connection = Connection(number)
    setup, channel = pickle.loads(connection.recv_bytes()), Channel(connection)
    try:
        # Here: what carries detections need not wait for the kernels.
        if kind == "links":
            from trackfuse.realtime.link_process import Links

            Links(setup, channel).run()
        elif kind == "node":
            from trackfuse.realtime.node_process import NodeProcess

            NodeProcess(setup, channel).run()
        else:
            from trackfuse.realtime.sensor_process import run_sensors

            run_sensors(setup, channel)
    except TrackfuseError as error:
        channel.send(("failed", str(error)))
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
