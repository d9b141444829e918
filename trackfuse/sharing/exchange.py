"""One run's exchange: who detects what, who is told what and when, under one sharing policy."""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from trackfuse.core.errors import NetworkError, unknown
from trackfuse.core.rng import generator
from trackfuse.kernels import exchange as kernel
from trackfuse.sharing.network import PAYLOADS, Link, Node, Policy

KNOWN_BY = ("own plot", "plot", "infrared launch report", "track", "warning message")
"""What first told a node of the launch, by the codes of `Exchange.known_by`; -1 is never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What every node had received and when; instants are seconds after lift-off, inf where it never happened.

    Parameters
    ----------
    detected, cued : ndarray of bool, shape (n,)
        Of every look: did it detect, and did the sensor look where it had been told.
    plot_received_s : ndarray, shape (n, N)
        When each node has the look's plot.
    known_s, confirmed_s, cued_s : ndarray, shape (N,)
        First knowledge of the launch by any means, receipt of the last plot that confirms a track, and when the
        node's own radars look where they are told.
    message_s : ndarray, shape (N,)
        First infrared launch report (of the node's own sensor too), track or warning from another node.
    track_received_s, warning_received_s : ndarray, shape (N, N, J)
        When the second node has the first one's report of a cycle, with state and covariance or as the three
        published items; inf also for a node's own.
    known_by : ndarray of int8, shape (N,)
        Index into `KNOWN_BY`, -1 for never.
    known_from : ndarray of int, shape (N,)
        Node whose data told first, -1 for never.
    """

    detected: np.ndarray
    cued: np.ndarray
    plot_received_s: np.ndarray
    known_s: np.ndarray
    confirmed_s: np.ndarray
    cued_s: np.ndarray
    message_s: np.ndarray
    track_received_s: np.ndarray
    warning_received_s: np.ndarray
    known_by: np.ndarray
    known_from: np.ndarray


def exchange(
    *,
    t_s: np.ndarray,
    sensor: np.ndarray,
    number: np.ndarray,
    home: np.ndarray,
    is_infrared: np.ndarray,
    sensor_ids: tuple[str, ...],
    pd: np.ndarray,
    uniform: np.ndarray,
    nodes: tuple[Node, ...],
    policy: Policy,
    confirm_plots: int,
    confirm_window_s: float,
    cycle_times: np.ndarray,
    report_delay_s: np.ndarray,
    seed: int,
    run: int,
    launch_id: str,
) -> Exchange:
    """Pass one run's looks along a policy's links, in one sweep through time that settles cues on the way.

    A plot is at its home centre after the sensor's report delay and floods from there over links that carry
    detections; an infrared plot is a launch report too and floods over every link; a confirmed node reports its own
    track at every cycle over links that carry tracks, and the three published items over every link. Data cross a link
    only if it lets their origin through. All delays belong to a link and a message, whatever the policy, and an arrival
    is the earliest over all paths: a policy that holds every link of another never knows later, in any run. Where a
    link's capacity is limited messages wait for each other, and that no longer holds.

    Parameters
    ----------
    t_s : ndarray, shape (n,)
        Instants of the looks, seconds after lift-off, in order.
    sensor, number : ndarray of int, shape (n,)
        Sensor of each look and the look's number on the sensor's own clock, which addresses its draws.
    home : ndarray of int, shape (S,)
        Node that each sensor reports to.
    is_infrared : ndarray of bool, shape (S,)
    sensor_ids : tuple of str
        S names; they address the draws.
    pd : ndarray, shape (n, 2)
        Detection probability uncued and cued; the second is never lower.
    uniform : ndarray, shape (n,)
        The look detects if this is below its detection probability.
    nodes : tuple of Node
        The N centres.
    policy : Policy
    confirm_plots : int
        Radar plots that confirm a track, 2 or more.
    confirm_window_s : float
        Time within which they must have been measured, s.
    cycle_times : ndarray, shape (J,)
        Instants at which nodes report, in order.
    report_delay_s : ndarray, shape (S,)
        From a look to its plot at the home centre, s.
    seed, run : int
    launch_id : str
        Address of the draws.

    Returns
    -------
    Exchange

    Raises
    ------
    NetworkError
        If a link names an unknown node, or looks or cycles are not in order.
    """
    if np.any(np.diff(t_s) < 0.0) or np.any(np.diff(cycle_times) <= 0.0):
        raise NetworkError("exchange: looks and cycles must come in order of time")
    numbers = np.zeros(len(sensor_ids), dtype=np.int64)
    np.maximum.at(numbers, sensor, np.asarray(number) + 1)
    plain = (tuple(np.asarray(array).tolist()) for array in (home, is_infrared))
    wires, streams = _layout(nodes, policy, *plain, sensor_ids, tuple(numbers.tolist()), len(cycle_times))
    wires = wires._replace(table=_delays(streams, seed, run, launch_id))
    cue_delay = np.array([node.cue_delay_s for node in nodes])
    whole, real = (lambda a: np.ascontiguousarray(a, dtype=np.int32)), (lambda a: np.ascontiguousarray(a, dtype=float))
    given = (
        real(t_s),
        whole(sensor),
        whole(number),
        whole(home),
        np.ascontiguousarray(is_infrared, dtype=bool),
        real(report_delay_s),
        real(pd),
        real(uniform),
        cue_delay,
        real(cycle_times),
        int(confirm_plots),
        float(confirm_window_s),
    )
    heard = kernel.unheard(len(t_s), len(nodes), len(cycle_times))
    capacity = np.array([link.capacity_per_s for link in policy.effective_links()])
    if np.isfinite(capacity).any():
        # Here: only who asks for queues waits for their compilation.
        from trackfuse.kernels.queues import run_queued

        payload = np.array([PAYLOADS.index(link.payload) for link in policy.effective_links()], dtype=np.int64)
        run_queued(*given, wires, tuple(heard), payload, 1.0 / capacity)
    else:
        kernel.run(*given, tuple(wires), tuple(heard))
    return Exchange(
        detected=heard.detected,
        cued=heard.cued,
        plot_received_s=heard.plot_received,
        known_s=heard.known,
        confirmed_s=heard.confirmed,
        cued_s=heard.known + cue_delay,
        message_s=heard.message,
        track_received_s=heard.track_received,
        warning_received_s=heard.warning_received,
        known_by=heard.known_code,
        known_from=heard.known_origin,
    )


class _Stream(NamedTuple):
    """The messages of one origin on one link whose delays are drawn."""

    link: Link
    origin: str
    messages: int


@lru_cache(maxsize=64)
def _layout(
    nodes: tuple[Node, ...],
    policy: Policy,
    home: tuple[int, ...],
    is_infrared: tuple[bool, ...],
    sensor_ids: tuple[str, ...],
    numbers: tuple[int, ...],
    cycles: int,
) -> tuple[kernel.Wires, tuple[_Stream, ...]]:
    """Links as arrays that no run changes, with an empty table of delays, and what is to be drawn for it."""
    links = policy.effective_links()
    index = {node.node_id: i for i, node in enumerate(nodes)}
    for link in links:
        for end in (link.source, link.target, *link.origins):
            if end not in index:
                raise NetworkError(f"policy {policy.name!r} link {link.link_id!r}: {unknown('node', end, index)}")
    usable = np.zeros((3, len(nodes), max(len(links), 1)), dtype=np.int32)
    count = np.zeros((3, len(nodes)), dtype=np.int32)
    row = np.full((len(links), len(sensor_ids) + len(nodes)), -1, dtype=np.int32)
    outage = np.full((len(links), max((len(link.outages_s) for link in links), default=0), 2), np.inf)
    drawn: list[_Stream] = []
    for at, link in enumerate(links):
        outage[at, : len(link.outages_s)] = np.reshape(link.outages_s, (-1, 2))
        level = PAYLOADS.index(link.payload)
        let = [i for i, node in enumerate(nodes) if not link.origins or node.node_id in link.origins]
        for below in range(level + 1):
            usable[below, let, count[below, let]] = at
            count[below, let] += 1
        if link.latency_spread == 0.0 and link.loss in (0.0, 1.0):
            continue
        origins = [
            (s, sensor_ids[s], numbers[s])
            for s in range(len(sensor_ids))
            if numbers[s] and home[s] in let and (level == kernel.DETECTION_LEVEL or is_infrared[s])
        ]
        origins += [(len(sensor_ids) + i, nodes[i].node_id, cycles) for i in let]
        for column, name, messages in origins:
            row[at, column] = len(drawn)
            drawn.append(_Stream(link=link, origin=name, messages=messages))
    wires = kernel.Wires(
        source=np.array([index[link.source] for link in links], dtype=np.int32),
        target=np.array([index[link.target] for link in links], dtype=np.int32),
        period_s=np.array([link.period_s for link in links], dtype=float),
        delay_s=np.array([np.inf if link.loss == 1.0 else link.latency_s for link in links], dtype=float),
        usable=usable,
        count=count,
        row=row,
        table=np.empty((0, 0)),
        outage_s=outage,
        processing_s=np.array([node.processing_s for node in nodes], dtype=float),
    )
    return wires, tuple(drawn)


def _delays(streams: tuple[_Stream, ...], seed: int, run: int, launch_id: str) -> np.ndarray:
    """One run's delays by stream and number of the message, ndarray of shape (R, K); inf where lost or not sent."""
    longest = max((stream.messages for stream in streams), default=0)
    normal, chance = np.zeros((len(streams), longest)), np.ones((len(streams), longest))
    for r, (link, origin, messages) in enumerate(streams):
        address = (seed, run, launch_id, link.link_id, origin)
        if link.latency_spread > 0.0 and link.steady:
            normal[r, :messages] = generator(*address, "latency").standard_normal()
        elif link.latency_spread > 0.0:
            generator(*address, "latency").standard_normal(out=normal[r, :messages])
        if link.loss > 0.0:
            generator(*address, "loss").random(out=chance[r, :messages])
    median, spread, loss = (
        np.array([getattr(stream.link, field) for stream in streams], dtype=float)[:, None]
        for field in ("latency_s", "latency_spread", "loss")
    )
    delays = median * np.exp(spread * normal)
    sent = np.arange(longest) < np.array([stream.messages for stream in streams])[:, None]
    return np.where(sent & (chance >= loss), delays, np.inf)
