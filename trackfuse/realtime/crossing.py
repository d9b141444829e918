"""What crosses the links of a live run: how many messages each has brought, of which kind, and how many are on their
way.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from trackfuse.realtime.commands import Commands
from trackfuse.sharing import Link

if TYPE_CHECKING:
    import pandas as pd

KINDS = {"plot": "detections", "launch_report": "launch_reports", "track": "tracks", "items": "items"}
"""Kinds of messages that cross links, and the columns that count them."""


class Crossing:
    """Counts what crosses some links. A message counts for the link over which a centre has it first.

    Parameters
    ----------
    links : sequence of str
    """

    def __init__(self, links: Sequence[str]) -> None:
        self._links = tuple(links)
        self._brought = [dict.fromkeys(KINDS, 0) for _ in links]
        self._waiting = [0 for _ in links]
        self._is_new = False

    def sent(self, link: int) -> None:
        """Note that a message is on its way; -1 for what crosses none."""
        if link >= 0:
            self._waiting[link] += 1
            self._is_new = True

    def arrived(self, link: int, kind: str, *, is_lost: bool) -> None:
        """Note that its time has come; it is lost where the centre is down."""
        if link >= 0:
            self._waiting[link] -= 1
            self._brought[link][kind] += not is_lost
            self._is_new = True

    def news(self) -> dict[str, Any] | None:
        """What is to be sent if anything has changed since the last time: `brought` and `waiting`, by link."""
        if not self._is_new:
            return None
        self._is_new = False
        brought = {link: dict(counts) for link, counts in zip(self._links, self._brought, strict=True)}
        return {"brought": brought, "waiting": dict(zip(self._links, self._waiting, strict=True))}


def links_now(links: Sequence[Link], news: dict[str, Any] | None, commands: Commands) -> "pd.DataFrame":
    """What `LiveRun.links` gives.

    Parameters
    ----------
    links : sequence of Link
    news : dict, optional
        As `Crossing.news` gives it; None before anything has crossed.
    commands : Commands
        Know which links are cut and which centres are stopped.

    Returns
    -------
    DataFrame
    """
    import pandas as pd

    nothing = dict.fromkeys(KINDS, 0)
    rows = []
    for link in links:
        name = link.link_id
        brought, waiting = (nothing, 0) if news is None else (news["brought"][name], news["waiting"][name])
        rows.append({
            "link": name, "source": link.source, "target": link.target, "payload": link.payload,
            "delay_s": link.latency_s, **{column: brought[kind] for kind, column in KINDS.items()},
            "on_the_way": waiting, "is_cut": commands.is_stopped(name),
            "stopped": next((end for end in (link.source, link.target) if commands.is_stopped(end)), ""),
        })  # fmt: skip
    return pd.DataFrame(rows)
