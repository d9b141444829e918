"""The links of a network as arrays for the kernels, with one run's delays."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from trackfuse.core.errors import NetworkError, check_known
from trackfuse.core.rng import generator
from trackfuse.kernels import delivery as kernel
from trackfuse.sharing.network import PAYLOADS, Link, Network, Node, Policy


class _Stream(NamedTuple):
    """The messages of one origin on one link whose delays are drawn."""

    link: Link
    origin: str
    messages: int


class Layout(NamedTuple):
    """Links as far as no run changes them.

    `links` has an empty table of delays, and `streams` are its rows. `payload`, `spacing_s` : ndarray, shape (L,), are
    the level of the richest form that each link takes and the least time between two messages on it, s; `is_limited`
    says whether that time is above 0 for any.
    """

    links: kernel.LinkTable
    streams: tuple[_Stream, ...]
    payload: np.ndarray
    spacing_s: np.ndarray
    is_limited: bool


def layout_of(network: Network, messages: np.ndarray, cycles: int) -> Layout:
    """Links of a network as arrays; kept from one run to the next.

    Parameters
    ----------
    network : Network
    messages : ndarray of int, shape (S,)
        Most messages that each sensor may send.
    cycles : int
        Reports that each node may send.

    Returns
    -------
    Layout

    Raises
    ------
    NetworkError
        If a link names an unknown node, or a sensor reports to none.
    """
    sources = network.sources
    home, is_infrared = (tuple(np.asarray(array).tolist()) for array in (sources.home, sources.is_infrared))
    return _layout(network.nodes, network.policy, sources.names, home, is_infrared, tuple(messages.tolist()), cycles)


@lru_cache(maxsize=64)
def _layout(
    nodes: tuple[Node, ...],
    policy: Policy,
    names: tuple[str, ...],
    home: tuple[int, ...],
    is_infrared: tuple[bool, ...],
    messages: tuple[int, ...],
    cycles: int,
) -> Layout:
    links = policy.effective_links()
    index = {node.node_id: i for i, node in enumerate(nodes)}
    _check(policy, links, names, home, index)
    usable = np.zeros((3, len(nodes), max(len(links), 1)), dtype=np.int32)
    count = np.zeros((3, len(nodes)), dtype=np.int32)
    row = np.full((len(links), len(names) + len(nodes)), -1, dtype=np.int32)
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
            (s, names[s], messages[s])
            for s in range(len(names))
            if messages[s] and home[s] in let and (level == kernel.DETECTION_LEVEL or is_infrared[s])
        ]
        origins += [(len(names) + i, nodes[i].node_id, cycles) for i in let]
        for column, name, most in origins:
            row[at, column] = len(drawn)
            drawn.append(_Stream(link=link, origin=name, messages=most))
    table = kernel.LinkTable(
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
    payload = np.array([PAYLOADS.index(link.payload) for link in links], dtype=np.int64)
    spacing_s = 1.0 / np.array([link.capacity_per_s for link in links], dtype=float)
    return Layout(table, tuple(drawn), payload, spacing_s, is_limited=bool((spacing_s > 0.0).any()))


def _check(
    policy: Policy, links: tuple[Link, ...], names: tuple[str, ...], home: tuple[int, ...], index: dict[str, int]
) -> None:
    for link in links:
        for end in (link.source, link.target, *link.origins):
            check_known(NetworkError, "node", end, index, where=f"policy {policy.name!r} link {link.link_id!r}")
    for name, node in zip(names, home, strict=True):
        if not 0 <= node < len(index):
            raise NetworkError(f"sensor {name!r} reports to node {node}; there are {len(index)}, from 0 on")


def delays(layout: Layout, network: Network) -> np.ndarray:
    """Draw one run's delays.

    Parameters
    ----------
    layout : Layout
    network : Network
        The address of the draws.

    Returns
    -------
    ndarray, shape (R, K)
        Seconds by stream of the layout and number of the message; inf where the message is lost or not sent.

    Notes
    -----
    Assumed: latency is lognormal about the median of data/links.csv or the policy.
    """
    streams = layout.streams
    longest = max((stream.messages for stream in streams), default=0)
    normal, chance = np.zeros((len(streams), longest)), np.ones((len(streams), longest))
    for r, (link, origin, messages) in enumerate(streams):
        address = (network.seed, network.run, network.launch_id, link.link_id, origin)
        if link.latency_spread > 0.0:
            normal[r, :messages] = _normals(address, 1 if link.steady else messages)
        if link.loss > 0.0:
            chance[r, :messages] = _uniforms(address, messages)
    median, spread, loss = (
        np.array([getattr(stream.link, field) for stream in streams], dtype=float)[:, None]
        for field in ("latency_s", "latency_spread", "loss")
    )
    drawn = median * np.exp(spread * normal)
    sent = np.arange(longest) < np.array([stream.messages for stream in streams])[:, None]
    return np.where(sent & (chance >= loss), drawn, np.inf)


@lru_cache(maxsize=1024)
def _normals(address: tuple[int, int, str, str, str], count: int) -> np.ndarray:
    """Standard normal numbers of a link's latency for one origin; kept, because several policies have the same link."""
    return generator(*address, "latency").standard_normal(count)


@lru_cache(maxsize=1024)
def _uniforms(address: tuple[int, int, str, str, str], count: int) -> np.ndarray:
    """Uniform numbers of a link's losses for one origin; kept likewise."""
    return generator(*address, "loss").random(count)
