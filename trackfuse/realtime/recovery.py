"""What a node that was stopped takes in again: its own log."""

from pathlib import Path

from trackfuse.realtime.admission import Admission
from trackfuse.realtime.bodies import Message
from trackfuse.realtime.log import records
from trackfuse.realtime.node import LiveNode


def recover(node: LiveNode, door: Admission, log: Path) -> int:
    """Bring a new node to where its log ends.

    Parameters
    ----------
    node : LiveNode
        That has received nothing yet.
    door : Admission
        Its own: knows afterwards which messages were let in before.
    log : Path
        If there is none, nothing is done; a record that was cut off is left out.

    Returns
    -------
    int
        How many messages it has sent.
    """
    sent = 0
    for what, at_s, *values in records(log):
        if what == "received":
            admitted = door.admit(values[1], values[0], at_s)
            if isinstance(admitted, Message):
                node.receive(admitted, at_s)
        elif what == "refused":
            door.refused[values[1]] += 1
        elif what == "sent":
            sent += 1
        elif what == "step":
            node.step()
    return sent
