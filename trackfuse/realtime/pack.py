"""MessagePack, as everything of a live run is sent and written."""

from typing import Any

import msgpack


def packed(value: Any) -> bytes:
    """A value as MessagePack."""
    out = msgpack.packb(value)
    assert out is not None  # as it is only where a packer collects several values
    return out
