"""What a live run came to, from its log: how quick nodes and links were, and what was refused."""

from pathlib import Path
from typing import Any

import numpy as np

from trackfuse.realtime.bodies import ITEMS, TRACK, Report
from trackfuse.realtime.log import read_header, records
from trackfuse.realtime.wire import decode


def summary(folder: Path) -> dict[str, Any]:
    """What `LiveResult.document` says.

    Parameters
    ----------
    folder : Path
        Of the log.

    Returns
    -------
    dict

    Raises
    ------
    DataError
        If the folder is no log.
    """
    header, nodes, bus_ms = read_header(folder), {}, []
    for name in (node["node_id"] for node in header["scenario"]["nodes"]):
        nodes[name], own = _of_node(folder / f"{name}.log")
        bus_ms += own
    return {
        "scenario": header["scenario"]["name"], "policy": header["policy"]["name"], "speed": header["speed"],
        "nodes": nodes, "bus_ms": _spread(bus_ms), "log": str(folder),
    }  # fmt: skip


def _of_node(path: Path) -> tuple[dict[str, Any], list[float]]:
    """What one node did, and what the transport of each message to it took, ms."""
    step_ms, cpu_ms, bus_ms, refused, first = [], [], [], 0, {"track": None, "item": None}
    for what, at_s, *values in records(path):
        if what == "step":
            step_ms.append(values[1])
            cpu_ms.append(values[2])
        elif what == "refused":
            refused += 1
        elif what == "received":
            bus_ms.append(values[2])
            if first["item"] is None and _states(values[1], ITEMS):
                first["item"] = at_s
        elif what == "sent" and first["track"] is None and _states(values[0], TRACK):
            first["track"] = at_s
    return {
        "cycles": len(step_ms), "step_ms": _spread(step_ms), "cpu_ms": _spread(cpu_ms), "received": len(bus_ms),
        "refused": refused, "first_track_s": first["track"], "first_item_s": first["item"],
    }, bus_ms  # fmt: skip


def _states(data: bytes, level: int) -> bool:
    """Whether a message is a report of that level that states a track."""
    body = decode(data).body
    return isinstance(body, Report) and body.level == level and len(body.tracks) > 0


def _spread(values: list[float]) -> dict[str, float | None]:
    if not values:
        return {"median": None, "p95": None}
    return {"median": float(np.median(values)), "p95": float(np.percentile(values, 95))}
