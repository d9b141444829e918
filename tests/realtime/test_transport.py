"""Who has no key cannot send, and a key is one sender's."""

import time
from collections.abc import Iterator

import pytest
import zmq

from trackfuse.core.errors import SettingsError
from trackfuse.realtime.transport import LOOPBACK, Client, Keys, Server, new_keys

SERVER, JPN, ROK = new_keys(), new_keys(), new_keys()


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server(SERVER, {JPN.public: "JPN", ROK.public: "ROK"}, LOOPBACK)
    yield made
    made.close()


def received(server: Server, count: int, longest_s: float = 20.0) -> list[tuple[str, bytes]]:
    """So many messages, or those that have come by then."""
    out: list[tuple[str, bytes]] = []
    until = time.monotonic() + longest_s
    while len(out) < count and time.monotonic() < until:
        out += [(sender, data) for sender, data, _ in server.received(1000)]
        time.sleep(0.001)
    return out


def client(server: Server, keys: Keys) -> Client:
    return Client(f"tcp://{LOOPBACK}:{server.port}", SERVER.public, keys)


def test_the_key_says_who_it_is_whatever_the_message_says(server: Server) -> None:
    ends = [client(server, JPN), client(server, ROK)]
    for end in ends:
        end.send(b"I am JPN")
    assert sorted(received(server, 2)) == [("JPN", b"I am JPN"), ("ROK", b"I am JPN")]
    assert server.send("ROK", b"for you", {"due": 1.0})
    assert ends[1].socket.poll(20_000)
    assert list(ends[1].received()) == [(b"for you", {"due": 1.0})]
    assert list(ends[0].received()) == []
    for end in ends:
        end.close()


def test_who_has_no_known_key_is_not_heard(server: Server) -> None:
    stranger, context = client(server, new_keys()), zmq.Context()
    plain = context.socket(zmq.DEALER)
    plain.linger = 0
    plain.connect(f"tcp://{LOOPBACK}:{server.port}")
    stranger.send(b"let me in")
    plain.send_multipart([b"let me in", b""])
    known = client(server, JPN)
    known.send(b"it is me")
    assert received(server, 1) == [("JPN", b"it is me")]
    assert received(server, 1, longest_s=1.0) == []
    assert server.strangers >= 1
    for end in (stranger, known):
        end.close()
    plain.close()
    context.term()


def test_a_flood_of_one_loses_nothing_of_another(server: Server) -> None:
    loud, quiet = client(server, ROK), client(server, JPN)
    for k in range(10_000):
        loud.send(b"noise")
        if k % 100 == 0:
            quiet.send(str(k).encode())
    got = [data for sender, data in received(server, 10_100) if sender == "JPN"]
    assert got == [str(k).encode() for k in range(0, 10_000, 100)]
    loud.close()
    quiet.close()


def test_an_address_that_is_not_ours_is_one_clear_error() -> None:
    with pytest.raises(SettingsError, match="cannot listen there"):
        Server(SERVER, {}, "192.0.2.1")


def test_a_message_is_one_frame(server: Server) -> None:
    """Where a peer is lost between two frames of one message, libzmq 4.3 ends the process of the other."""
    end = client(server, JPN)
    end.send(b"mine", sent=1.0)
    assert server.socket.poll(20_000)
    assert len(server.socket.recv_multipart()) == 2  # with the route that ROUTER puts before it
    end.send(b"again")
    assert received(server, 1) == [("JPN", b"again")]
    assert server.send("JPN", b"yours", {"due": 1.0})
    assert end.socket.poll(20_000)
    assert len(end.socket.recv_multipart()) == 1
    end.close()


@pytest.mark.parametrize(
    "frames", [[b""], [b"\xc1"], [b"\x90"], [b"\x92\x01\x80"], [b"\x92\xc4\x01x\x90"], [b"x", b"y", b"z"]]
)
def test_what_is_no_message_is_handed_on_as_it_came(server: Server, frames: list[bytes]) -> None:
    """Who reads its content refuses it, and counts."""
    end = client(server, JPN)
    end.socket.send_multipart(frames)
    assert received(server, 1) == [("JPN", frames[0])]
    end.close()
