"""Messages: one schema, the bits kept, and nothing believed that is not in order."""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import msgpack
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import trackfuse as tf
from trackfuse.core.errors import DataError
from trackfuse.realtime.admission import Admission, Refusal, sensors_of
from trackfuse.realtime.bodies import Body, Heartbeat, LaunchReport, Message, Notice, Plot, Report
from trackfuse.realtime.node import LiveNode
from trackfuse.realtime.pack import packed
from trackfuse.realtime.sensors import sensed
from trackfuse.realtime.setup import setups_of
from trackfuse.realtime.wire import BODIES, VERSION, decode, document, encode, schema
from trackfuse.simulation.prepare import draw_noise
from trackfuse.simulation.run import Run

NAME = "kn25_2023_02_20"


@pytest.fixture(scope="module")
def run() -> Run:
    return tf.simulate(NAME, "ideal")


@pytest.fixture(scope="module")
def setup(run: Run) -> Any:
    noise = draw_noise(run.scenario, run.prepared, seed=0, run=0)
    return setups_of(run.scenario, run.prepared, noise)[0]


@pytest.fixture(scope="module")
def every_kind(run: Run, setup: Any) -> dict[str, Message]:
    """A message of every kind, with what a node says after all detections."""
    out: dict[str, Message] = {}
    node = LiveNode(setup)
    for each in sensed(run.scenario, run.prepared, run.measurements):
        out["plot" if isinstance(each.message.body, Plot) else "launch_report"] = each.message
        node.receive(each.message, each.message.sent_s)
    bodies: list[Body] = [Heartbeat(cycle=3)]
    for _ in range(40):
        bodies += node.step()[1]
    bodies += [Notice(what="region", track=0, place="", met_s=1.0, notice_s=2.0, impact=np.arange(7.0))]
    for k, body in enumerate(bodies):
        message = Message(origin=node.name, sequence=k, sent_s=200.0, body=body)
        out[document(message)["kind"]] = message
    return out


def test_there_is_a_message_of_every_kind(every_kind: dict[str, Message]) -> None:
    assert every_kind.keys() == BODIES.keys()


@pytest.mark.parametrize("kind", BODIES)
def test_bits_survive_the_wire(every_kind: dict[str, Message], kind: str) -> None:
    again = decode(encode(every_kind[kind]))
    assert encode(again) == encode(every_kind[kind])
    one, other = every_kind[kind].body, again.body
    if isinstance(one, Report) and isinstance(other, Report):
        assert one.tracks[0].mean.tobytes() == other.tracks[0].mean.tobytes()
        assert one.predicted.impacts.ground_m.tobytes() == other.predicted.impacts.ground_m.tobytes()
    if isinstance(one, Plot) and isinstance(other, Plot):
        assert one.z.tobytes() == other.z.tobytes()
        assert one.registration.any()
        assert one.registration.tobytes() == other.registration.tobytes()


@pytest.mark.parametrize("kind", BODIES)
def test_messages_are_of_the_schema(every_kind: dict[str, Message], kind: str) -> None:
    said = msgpack.unpackb(encode(every_kind[kind]))
    jsonschema.validate(said, schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(said | {"further": 1}, schema())


def test_a_plot_that_states_no_registration_errors_has_none(every_kind: dict[str, Message]) -> None:
    said = msgpack.unpackb(encode(every_kind["plot"]))
    for name in BODIES["plot"].optional:
        del said["body"][name]
    jsonschema.validate(said, schema())
    message = decode(packed(said))
    assert isinstance(message.body, Plot)
    assert not message.body.registration.any()
    assert encode(message) == packed(said)  # what is nothing is left out again


def test_the_schema_in_the_documents_is_that_of_the_code() -> None:
    file = Path(__file__).parents[2] / "docs" / "live_message.schema.json"
    assert json.loads(file.read_text(encoding="utf-8")) == schema()


def broken(said: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """A document with one thing wrong in every way, and what the error must say."""
    yield "version", said | {"version": VERSION + 1}
    yield "version", {name: value for name, value in said.items() if name != "version"}
    yield "kind", said | {"kind": "order"}
    yield "fields", said | {"further": 1}
    yield "sequence", said | {"sequence": -1}
    yield "sequence", said | {"sequence": True}
    yield "sent_s", said | {"sent_s": float("nan")}
    yield "sent_s", said | {"sent_s": "1"}
    yield "origin", said | {"origin": 7}
    yield "fields", said | {"body": []}
    for name in said["body"]:
        if name not in BODIES[said["kind"]].optional:
            yield "fields", said | {"body": {k: v for k, v in said["body"].items() if k != name}}
        yield name, said | {"body": said["body"] | {name: {"a": 1}}}


@pytest.mark.parametrize("kind", BODIES)
def test_malformed_messages_are_refused_with_the_place(every_kind: dict[str, Message], kind: str) -> None:
    for words, said in broken(msgpack.unpackb(encode(every_kind[kind]))):
        with pytest.raises(DataError, match=words):
            decode(msgpack.packb(said))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_are_fatal(data: bytes) -> None:
    with pytest.raises(DataError):
        decode(data)


@settings(max_examples=60, deadline=None)
@given(place=st.integers(0, 10_000), flipped=st.integers(1, 255), kind=st.sampled_from(sorted(BODIES)))
def test_damaged_messages_are_read_or_refused(
    every_kind: dict[str, Message], place: int, flipped: int, kind: str
) -> None:
    data = bytearray(encode(every_kind[kind]))
    data[place % len(data)] ^= flipped
    with suppress(DataError):
        decode(bytes(data))


def reason(door: Admission, message: Message, sender: str, at_s: float = 400.0) -> str:
    out = door.admit(encode(message), sender, at_s)
    return out.reason if isinstance(out, Refusal) else "let in"


def test_who_speaks_for_another_is_refused(setup: Any, every_kind: dict[str, Message]) -> None:
    for kind, message in every_kind.items():
        of_sensor = kind in ("plot", "launch_report")
        rightful = sensors_of(message.origin) if of_sensor else message.origin
        for sender in ("JPN", "ROK", sensors_of("JPN"), sensors_of("ROK"), ""):
            wanted = "let in" if sender == rightful else "forged"
            assert reason(Admission(setup), message, sender) == wanted, (kind, sender)


def test_a_message_is_believed_once(setup: Any, every_kind: dict[str, Message]) -> None:
    door, message = Admission(setup), replace(every_kind["track"], sequence=10)
    assert reason(door, message, message.origin) == "let in"
    assert reason(door, message, message.origin) == "repeated"
    assert reason(door, replace(message, sequence=8), message.origin) == "let in"  # one that was overtaken
    far = replace(message, sequence=10**6)
    assert reason(door, far, message.origin) == "let in"
    assert reason(door, replace(message, sequence=9), message.origin) == "repeated"  # older than what is remembered
    assert door.refused == {"repeated": 2}
    assert door.received == 3


def test_messages_from_the_future_are_refused(setup: Any, every_kind: dict[str, Message]) -> None:
    for message in every_kind.values():
        of_sensor = isinstance(message.body, Plot | LaunchReport)
        sender = sensors_of(message.origin) if of_sensor else message.origin
        assert reason(Admission(setup), message, sender, message.sent_s - 0.5) == "let in"
        assert reason(Admission(setup), message, sender, message.sent_s - 1.5) == "future"


def test_what_cannot_be_is_refused(setup: Any, every_kind: dict[str, Message]) -> None:
    report, plot = every_kind["track"], every_kind["plot"]
    assert isinstance(report.body, Report)
    assert isinstance(plot.body, Plot)
    unknown = [
        (replace(report, origin="PRK"), "PRK"),
        (replace(report, body=replace(report.body, about_s=report.body.about_s + 1.0)), report.origin),
        (replace(report, body=replace(report.body, cycle=10**6)), report.origin),
        (replace(plot, body=replace(plot.body, sensor="nothing")), sensors_of(plot.origin)),
        (replace(plot, body=replace(plot.body, object=1)), sensors_of(plot.origin)),
    ]
    for message, sender in unknown:
        assert reason(Admission(setup), message, sender) == "unknown"


def test_ten_thousand_false_messages_change_nothing(run: Run, setup: Any, every_kind: dict[str, Message]) -> None:
    quiet, flooded, door = LiveNode(setup), LiveNode(setup), Admission(setup)
    forged = encode(replace(every_kind["track"], origin="USFK"))
    for each in sensed(run.scenario, run.prepared, run.measurements):
        quiet.receive(each.message, each.message.sent_s)
        admitted = door.admit(encode(each.message), sensors_of(each.message.origin), each.message.sent_s)
        assert isinstance(admitted, Message)
        flooded.receive(admitted, each.message.sent_s)
    for k in range(10_000):
        assert isinstance(door.admit(forged if k % 2 else b"\x81\xa1", "ROK", 300.0), Refusal)
    assert door.refused == {"forged": 5000, "malformed": 5000}
    for _ in range(30):
        (one, _), (other, _) = quiet.step(), flooded.step()
        assert one.own.mean.tobytes() == other.own.mean.tobytes()


def test_a_node_is_told_nothing_of_the_truth(setup: Any) -> None:
    assert not {"targets", "truth", "arrival_s"} & set(type(setup).__dataclass_fields__)
