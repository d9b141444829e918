"""Command centres, links and policies, and what a policy brings to whom and when.

A policy is a set of one-way links; `exchange` passes one run's looks along them. Nothing here knows what a missile or a
radar is: looks come in as instants and probabilities, and instants of receipt go out.
"""

from trackfuse.sharing.exchange import KNOWN_BY, Exchange, exchange
from trackfuse.sharing.network import PAYLOADS, Link, Node, Policy, check_carries

__all__ = ["KNOWN_BY", "PAYLOADS", "Exchange", "Link", "Node", "Policy", "check_carries", "exchange"]
