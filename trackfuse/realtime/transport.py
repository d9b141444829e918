"""ZeroMQ with CURVE: every sender has a key of its own, and who has none cannot send."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgpack
import zmq
from zmq.auth.thread import ThreadAuthenticator

from trackfuse.core.errors import SettingsError
from trackfuse.realtime.pack import packed

LOOPBACK = "127.0.0.1"
QUEUE = 100_000
"""Messages that wait at most for one peer; further ones to a peer that does not read are dropped."""


@dataclass(frozen=True, slots=True)
class Keys:
    """A pair of CURVE keys, Z85."""

    public: bytes
    secret: bytes


def new_keys() -> Keys:
    """A new pair."""
    return Keys(*zmq.curve_keypair())


class _Owners:
    """Tells the authenticator whose keys are known, and counts those that are not."""

    def __init__(self, owners: dict[bytes, str]) -> None:
        self.owners, self.strangers = owners, 0

    def callback(self, domain: str, key: bytes) -> bool:
        known = key in self.owners
        self.strangers += not known
        return known


class Server:
    """The end that all others connect to.

    Parameters
    ----------
    keys : Keys
    owners : dict of bytes to str
        Name of the owner of each public key.
    host : str
        Address to listen at.
    port : int
        0: any that is free.

    Raises
    ------
    SettingsError
        If it cannot listen there.
    """

    def __init__(self, keys: Keys, owners: dict[bytes, str], host: str, port: int = 0) -> None:
        self._context = zmq.Context()
        self._known = _Owners(owners)
        self._authenticator = ThreadAuthenticator(self._context)
        self._authenticator.start()
        self._authenticator.configure_curve_callback(domain="*", credentials_provider=self._known)
        self.socket = self._context.socket(zmq.ROUTER)
        self.socket.curve_server = True
        self.socket.curve_publickey, self.socket.curve_secretkey = keys.public, keys.secret
        self.socket.set_hwm(QUEUE)
        self.socket.linger = 0
        self._routes: dict[str, bytes] = {}
        try:
            if port:
                self.socket.bind(f"tcp://{host}:{port}")
            self.port = port or self.socket.bind_to_random_port(f"tcp://{host}")
        except zmq.ZMQError as error:
            self.close()
            raise SettingsError(f"live host {host!r}, port {port or 'any'}: cannot listen there: {error}") from error

    @property
    def strangers(self) -> int:
        """How often somebody with an unknown key was turned away."""
        return self._known.strangers

    def received(self, most: int) -> Iterator[tuple[str, bytes, dict[str, Any]]]:
        """Messages that have come, at most so many: owner of the key, content, and what the transport says of it."""
        for _ in range(most):
            try:
                route, whole, *_ = self.socket.recv_multipart(zmq.NOBLOCK, copy=False)
            except zmq.Again:
                return
            sender = self._known.owners[str(whole.get("User-Id")).encode()]
            self._routes[sender] = route.bytes
            yield sender, *_parted(whole.bytes)

    def send(self, target: str, data: bytes, about: dict[str, Any]) -> bool:
        """Send to the owner of a key; whether he has connected."""
        if target not in self._routes:
            return False
        self.socket.send_multipart([self._routes[target], packed([data, about])])
        return True

    def close(self) -> None:
        """Close everything."""
        self.socket.close()
        self._authenticator.stop()
        self._context.term()


class Client:
    """The end of one owner of a key.

    Parameters
    ----------
    address : str
    server : bytes
        The server's public key.
    keys : Keys
    """

    def __init__(self, address: str, server: bytes, keys: Keys) -> None:
        self._context = zmq.Context()
        self.socket = self._context.socket(zmq.DEALER)
        self.socket.curve_serverkey = server
        self.socket.curve_publickey, self.socket.curve_secretkey = keys.public, keys.secret
        self.socket.set_hwm(QUEUE)
        self.socket.linger = 0
        self.socket.connect(address)

    def send(self, data: bytes, **about: Any) -> None:
        """Send a message, and what the transport is to say of it."""
        self.socket.send(packed([data, about]))

    def received(self) -> Iterator[tuple[bytes, dict[str, Any]]]:
        """Messages that have come: content, and what the transport says of each."""
        while True:
            try:
                yield _parted(self.socket.recv(zmq.NOBLOCK))
            except zmq.Again:
                return

    def close(self) -> None:
        """Close everything."""
        self.socket.close()
        self._context.term()


def _parted(whole: bytes) -> tuple[bytes, dict[str, Any]]:
    """Content of a message, and what the transport says of it; bytes that are no such pair are all content.

    Both are one frame: a peer that is lost between two frames of one message has libzmq end this process, too.
    """
    try:
        data, about = msgpack.unpackb(whole)
    except Exception:  # whatever the bytes were made to provoke
        return whole, {}
    return (data, about) if type(data) is bytes and type(about) is dict else (whole, {})
