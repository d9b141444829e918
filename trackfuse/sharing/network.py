"""Command centres, the links between them, sharing policies, and the network of one run: frozen values."""

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Annotated

import numpy as np

from trackfuse.core.display import displayed
from trackfuse.core.errors import NetworkError, check_between
from trackfuse.core.fields import NAME, SHARE, TITLE, Between, OneOf, check_fields
from trackfuse.core.language import message
from trackfuse.core.plugins import ByName, chosen
from trackfuse.sharing.sharing_rule import EVERYTHING, TAKES, SharingRule

PAYLOADS = (message("warning"), message("track"), message("detection"))
"""What may cross a link, poorest first: the three published items, state and covariance, or every detection."""


@displayed(lambda value: f"{value.node_id}: {value.name}")
@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A command centre: where a nation's data arrive, are tracked and lead to warnings.

    Parameters
    ----------
    node_id, nation, name : str
    cue_delay_s : float
        From first knowing of a launch to the centre's own radars being cued, s.
    processing_s : float
        What the centre takes to pass on a message of somebody else's, s: a hub's own work. Its own data leave at once.

    Raises
    ------
    NetworkError
        If a value is out of range.
    """

    node_id: Annotated[str, NAME]
    nation: str
    name: Annotated[str, NAME]
    cue_delay_s: Annotated[float, Between(0.0, 3600.0)] = 5.0
    processing_s: Annotated[float, Between(0.0, 3600.0)] = 0.0

    def __post_init__(self) -> None:
        check_fields(NetworkError, f"node {self.node_id!r}", self)


@displayed(lambda value: f"{value.link_id}: {value.source} to {value.target}, {value.latency_s:g} s")
@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A one-way link between two centres.

    Parameters
    ----------
    link_id : str
        Addresses the link's randomness: the same link draws the same delays under every policy that has it.
    source, target : str
        Node names.
    payload : str
        The richest thing that crosses: "warning", "track" or "detection"; poorer things cross too.
    latency_s : float
        Median one-way delay, s.
    latency_spread : float
        Standard deviation of the logarithm of the delay (lognormal); 0 is a constant delay.
    period_s : float
        Messages leave at multiples of this, s; 0 leaves at once.
    loss : float
        Probability that a message is lost.
    outages_s : tuple of (float, float)
        Intervals, in seconds after launch, in which what is sent is lost. A relayed message counts as sent when the
        link would have sent it straight from its origin, so that no detour or delay can carry it past an outage.
    origins : tuple of str
        Nodes whose data may cross; empty is all (the originator's consent is modelled here).
    exchange : bool
        True for the links by which Japan and South Korea exchange: the policy's overrides act on these.
    steady : bool
        True if one delay is drawn for all messages of an origin in a run, as where people pass them on or the delay is
        simply not known; False if every message draws its own, so that the first to arrive is a lucky one.
    capacity_per_s : float
        Messages that the link takes in a second; more of them wait, first in, first out. Infinite, the default, is no
        limit. With a limit more sharing may mean longer queues: a richer policy need no longer be the sooner one.

    Raises
    ------
    NetworkError
        If a value is out of range, an outage ends before it begins, or the link leads to its own source.
    """

    link_id: Annotated[str, NAME]
    source: str
    target: str
    payload: Annotated[str, OneOf("payload", PAYLOADS)]
    latency_s: Annotated[float, Between(0.0, 1e5)]
    latency_spread: Annotated[float, Between(0.0, 3.0)] = 0.0
    period_s: Annotated[float, Between(0.0, 3600.0)] = 0.0
    loss: Annotated[float, SHARE] = 0.0
    outages_s: tuple[tuple[float, float], ...] = ()
    origins: tuple[str, ...] = ()
    exchange: bool = False
    steady: bool = False
    capacity_per_s: float = math.inf

    def __post_init__(self) -> None:
        where = f"link {self.link_id!r}"
        check_fields(NetworkError, where, self)
        if self.source == self.target:
            raise NetworkError(f"{where}: source and target are both {self.source!r}")
        if not self.capacity_per_s > 0.0:
            raise NetworkError(f"{where} capacity_per_s: {self.capacity_per_s!r} is not above 0 (inf is no limit)")
        for begin, end in self.outages_s:
            check_between(NetworkError, f"{where} outage begin", begin, -1e6, 1e6)
            check_between(NetworkError, f"{where} outage end", end, begin, 1e6)


@displayed(lambda value: f"{value.name}: {value.title}; {len(value.links)} links")
@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A sharing arrangement: which links exist. Richer policies hold every link of the poorer ones.

    Parameters
    ----------
    name, title, meaning : str
    links : tuple of Link
    latency_s, loss, payload, capacity_per_s : optional
        Overrides for the exchange links (see `effective_links`): constant latency, loss, what crosses, how much.
    sharing_rule : str or SharingRule
        Which message may go to whom, given what it says: "everything" that the links carry, the name of a registered
        rule, or a rule of your own (see docs/extending.md).

    Raises
    ------
    NetworkError
        If a value is out of range, a name is not known, or two links have one name.
    """

    name: Annotated[str, NAME]
    title: Annotated[str, TITLE]
    meaning: str
    links: tuple[Link, ...]
    latency_s: float | None = None
    loss: float | None = None
    payload: Annotated[str | None, OneOf("payload", PAYLOADS)] = None
    capacity_per_s: float | None = None
    sharing_rule: Annotated[str | SharingRule, ByName("sharing")] = EVERYTHING

    def __post_init__(self) -> None:
        check_fields(NetworkError, f"policy {self.name!r}", self)
        where = f"policy {self.name!r} sharing_rule"
        object.__setattr__(self, "sharing_rule", chosen("sharing", self.sharing_rule, (EVERYTHING,), TAKES, where))
        ids = [link.link_id for link in self.links]
        if len(set(ids)) != len(ids):
            raise NetworkError(f"policy {self.name!r}: two links have one name")
        self.effective_links()

    def effective_links(self) -> tuple[Link, ...]:
        """Links with the policy's overrides applied.

        Into each node the overrides act on the fastest of its exchange links (least median latency; all of them where
        several are equal) and leave the slower ones as they are: under the trilateral policy the real-time exchange is
        changed and the manual relay stays behind it, while under the status quo, whose only exchange is the relay, the
        relay is changed. A policy overridden in this way still holds every slower way of the policies below it.

        Returns
        -------
        tuple of Link
            In the policy's order. An overridden latency is constant (no spread).
        """
        overrides = {name: getattr(self, name) for name in ("latency_s", "loss", "payload", "capacity_per_s")}
        change = {key: value for key, value in overrides.items() if value is not None}
        if not change:
            return self.links
        if "latency_s" in change:
            change["latency_spread"] = 0.0
        fastest: dict[str, float] = {}
        for link in self.links:
            if link.exchange:
                fastest[link.target] = min(link.latency_s, fastest.get(link.target, link.latency_s))
        return tuple(
            replace(link, **change) if link.exchange and link.latency_s == fastest[link.target] else link
            for link in self.links
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """The S sensors as the network sees them: who they are, where they report to, and how long that takes.

    Parameters
    ----------
    names : tuple of str
        S names; they address the draws.
    home : ndarray of int, shape (S,)
        Index of the node that each sensor reports to.
    is_infrared : ndarray of bool, shape (S,)
        Whether its detections are launch reports, which cross every link.
    angles_only : ndarray of bool, shape (S,)
        Whether its detections hold no range: they confirm a track only where lines of sight cross.
    report_delay_s : ndarray, shape (S,)
        From a look to its detection at the home node, s.

    Raises
    ------
    NetworkError
        If these are not of one length.
    """

    names: tuple[str, ...]
    home: np.ndarray
    is_infrared: np.ndarray
    angles_only: np.ndarray
    report_delay_s: np.ndarray

    def __post_init__(self) -> None:
        for name in ("home", "is_infrared", "angles_only", "report_delay_s"):
            if np.shape(getattr(self, name)) != (len(self.names),):
                raise NetworkError(
                    f"sources {name}: shape {np.shape(getattr(self, name))} is not that of {len(self.names)} names"
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """What carries the data of one launch in one run: nodes, links, sensors, and the address of the draws.

    Parameters
    ----------
    nodes : tuple of Node
        The N centres.
    policy : Policy
        Its links are checked against the nodes when something is first delivered.
    sources : Sources
    seed, run : int
    launch_id : str
        With seed and run the address of all draws: the same network draws the same delays, whatever is delivered.
    """

    nodes: tuple[Node, ...]
    policy: Policy
    sources: Sources
    seed: int
    run: int
    launch_id: str


@lru_cache(maxsize=256)
def check_carries(policy: Policy) -> None:
    """Refuse a policy with a link that nothing can ever cross.

    A centre that receives nothing is a policy; a link that lets through only the data of centres whose data never reach
    it is a mistake.

    Parameters
    ----------
    policy : Policy

    Raises
    ------
    NetworkError
        Naming the first such link, whose data it lets through, and where they never come.
    """
    for link in policy.links:
        if link.origins and not any(link.source in reached(policy.links, origin) for origin in link.origins):
            raise NetworkError(
                f"policy {policy.name!r} link {link.link_id!r}: nothing can cross it, for it lets through only data "
                f"of {', '.join(link.origins)}, which no other link brings to {link.source}"
            )


def reached(links: tuple[Link, ...], origin: str, payload: str = "warning") -> set[str]:
    """Nodes that an origin's data can reach.

    Parameters
    ----------
    links : tuple of Link
    origin : str
    payload : str
        The form in which they arrive: over links that carry at least that.

    Returns
    -------
    set of str
        With the origin itself.
    """
    carry = [
        link
        for link in links
        if PAYLOADS.index(link.payload) >= PAYLOADS.index(payload) and (not link.origins or origin in link.origins)
    ]
    found, before = {origin}, 0
    while len(found) > before:
        before = len(found)
        found |= {link.target for link in carry if link.source in found}
    return found
