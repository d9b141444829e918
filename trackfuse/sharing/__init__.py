"""Command centres, links and policies, and what they bring to whom and when.

A policy is a set of one-way links; a `Network` is a policy with its nodes and sensors in one run. Three functions pass
data along it: `detect` settles who detects what, who is cued and who receives what; `deliver` passes on what has been
detected already; `report` says when reports of tracks would be received. Nothing here knows what a missile or a radar
is: looks come in as instants and probabilities, and instants of receipt go out.
"""

from trackfuse.sharing.delivery import (
    KNOWN_BY,
    Confirmation,
    Deliveries,
    Detected,
    Knowledge,
    Opportunities,
    deliver,
    detect,
    report,
)
from trackfuse.sharing.network import PAYLOADS, Link, Network, Node, Policy, Sources, check_carries, reached
from trackfuse.sharing.sharing_rule import EVERYTHING, Message, NodeView, Releasable, SharingRule, check_answer

__all__ = [
    "EVERYTHING",
    "KNOWN_BY",
    "PAYLOADS",
    "Confirmation",
    "Deliveries",
    "Detected",
    "Knowledge",
    "Link",
    "Message",
    "Network",
    "Node",
    "NodeView",
    "Opportunities",
    "Policy",
    "Releasable",
    "SharingRule",
    "Sources",
    "check_answer",
    "check_carries",
    "deliver",
    "detect",
    "reached",
    "report",
]
