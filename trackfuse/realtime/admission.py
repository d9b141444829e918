"""What a node lets in: messages that are well formed, of who sent them, new, and not from the future."""

from collections import Counter
from dataclasses import dataclass

from trackfuse.core.errors import DataError
from trackfuse.realtime.bodies import Heartbeat, LaunchReport, Message, Plot, Report
from trackfuse.realtime.setup import NodeSetup
from trackfuse.realtime.wire import decode

FUTURE_S = 1.0
"""A message that was sent later than this after it is received comes from a clock that is wrong, s."""
REMEMBERED = 8192
"""Numbers of a sender's messages behind its newest that are kept; what is older still is taken for repeated."""
REASONS = ("malformed", "forged", "unknown", "repeated", "future")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a message is refused: one of `REASONS`, and what was wrong."""

    reason: str
    what: str


def sensors_of(node: str) -> str:
    """Name of the sender that speaks for the sensors of a node."""
    return f"{node} sensors"


class Admission:
    """Checks what comes to a node, and counts what it refuses.

    Parameters
    ----------
    setup : NodeSetup

    Attributes
    ----------
    refused : Counter of str
        How many messages were refused, by reason.
    received : int
        How many were let in.
    """

    def __init__(self, setup: NodeSetup) -> None:
        self._setup = setup
        self._nodes = {node.node_id for node in setup.nodes}
        self._home = {
            name: setup.nodes[home].node_id
            for name, home in zip(setup.sources.names, setup.sources.home.tolist(), strict=True)
        }
        self._seen: dict[str, set[int]] = {}
        self._newest: dict[str, int] = {}
        self.refused: Counter[str] = Counter()
        self.received = 0

    def admit(self, data: bytes, sender: str, received_s: float) -> Message | Refusal:
        """Let a message in, or refuse it.

        Parameters
        ----------
        data : bytes
        sender : str
            Whose key it came with: a node, or the sensors of one (`sensors_of`).
        received_s : float

        Returns
        -------
        Message or Refusal
            Never an error, whatever the bytes.
        """
        try:
            message = decode(data)
        except DataError as error:
            out: Message | Refusal = Refusal("malformed", str(error))
        else:
            out = self._check(message, sender, received_s) or message
        if isinstance(out, Refusal):
            self.refused[out.reason] += 1
        else:
            self.received += 1
        return out

    def _check(self, message: Message, sender: str, received_s: float) -> Refusal | None:
        body, origin = message.body, message.origin
        by_sensor = isinstance(body, Plot | LaunchReport)
        if sender != (sensors_of(origin) if by_sensor else origin):
            return Refusal("forged", f"{sender} speaks for {origin}")
        if origin not in self._nodes:
            return Refusal("unknown", f"no node {origin!r}")
        if isinstance(body, Plot | LaunchReport) and self._home.get(body.sensor) != origin:
            return Refusal("unknown", f"{origin} has no sensor {body.sensor!r}")
        if wrong := self._wrong(body):
            return Refusal("unknown", wrong)
        said_s = max(message.sent_s, getattr(body, "measured_s", message.sent_s), getattr(body, "about_s", 0.0))
        if said_s > received_s + FUTURE_S:
            return Refusal("future", f"of {said_s:.1f} s, received at {received_s:.1f} s")
        stream = body.sensor if isinstance(body, Plot | LaunchReport) else origin
        if self._is_repeated(stream, message.sequence):
            return Refusal("repeated", f"{stream} {message.sequence}")
        return None

    def _is_repeated(self, stream: str, number: int) -> bool:
        """Whether a message was let in before, or is too old to tell; from now on it was."""
        newest = self._newest.get(stream, -1)
        seen = self._seen.setdefault(stream, set())
        if number in seen or number <= newest - REMEMBERED:
            return True
        seen.add(number)
        self._newest[stream] = newest = max(newest, number)
        if len(seen) > 2 * REMEMBERED:
            self._seen[stream] = {each for each in seen if each > newest - REMEMBERED}
        return False

    def _wrong(self, body: object) -> str:
        """What a message says that cannot be, else an empty text."""
        cycle_s, known = self._setup.cycle_s, self._setup.known
        if isinstance(body, Report):
            if body.cycle >= len(cycle_s) or body.about_s != cycle_s[body.cycle]:
                return f"cycle {body.cycle} is not at {body.about_s} s"
            if (body.predicted.cycle > body.cycle).any():
                return f"a prediction from after cycle {body.cycle}"
            if known and (any(each.track for each in body.tracks) or body.predicted.track.any()):
                return "a second track, where there is one object"
        if isinstance(body, Plot) and known and body.object != 0:
            return f"object {body.object}, where there is one"
        if isinstance(body, Heartbeat) and body.cycle >= len(cycle_s):
            return f"cycle {body.cycle} of {len(cycle_s)}"
        return ""
