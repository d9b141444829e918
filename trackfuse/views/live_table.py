"""A live run in the terminal: what every node holds while it runs, and what it came to."""

import time
from typing import Any, TextIO

import pandas as pd

from trackfuse.core.display import cut
from trackfuse.realtime.bodies import Notice
from trackfuse.views.style.terminal import WIDTH, as_text

REDRAWN_S = 0.25
"""The table is drawn anew at most so often."""
HEAD = f"{'node':<11}{'t, s':>7}{'tracks':>8}{'own':>5}{'best, km':>10}{'in':>8}{'refused':>9}  newest notice"
FIGURES = ("cycles", "received", "refused", "first_track_s", "first_item_s")


class LiveTable:
    """A table that is drawn over itself, one line a node; where the output is no terminal, only notices are printed.

    Parameters
    ----------
    out : TextIO
    """

    def __init__(self, out: TextIO) -> None:
        self._out, self._lines, self._notice = out, dict[str, str](), dict[str, str]()
        self._drawn_s, self._height = 0.0, 0

    def __call__(self, node: str, told: dict[str, Any]) -> None:
        """Take in what a node tells of a cycle; see `realtime.node_process.told`."""
        for notice in told["notices"]:
            self._notice[node] = _said(notice)
            if not self._out.isatty():
                print(f"{node}: {self._notice[node]}", file=self._out)
        sigma_km = min((track[5] for track in told["tracks"]), default=None)
        best = "" if sigma_km is None else f"{sigma_km:.2f}"
        line = (
            f"{node:<11}{told['t_s']:>7.0f}{len(told['tracks']):>8}{told['own']:>5}{best:>10}{told['received']:>8}"
            f"{told['refused']:>9}  {self._notice.get(node, '')}"
        )
        self._lines[node] = cut(line, WIDTH)  # a longer one would break, and the table be drawn below itself
        if self._out.isatty() and time.monotonic() >= self._drawn_s + REDRAWN_S:
            self._draw()

    def _draw(self) -> None:
        lines = [HEAD, *(self._lines[node] for node in sorted(self._lines))]
        up = f"\x1b[{self._height}A" if self._height else ""
        self._out.write(up + "".join(f"\x1b[2K{line}\n" for line in lines))
        self._out.flush()
        self._drawn_s, self._height = time.monotonic(), len(lines)


def _said(notice: Notice) -> str:
    whom = notice.place or ("ships and aircraft" if notice.what == "region" else "")
    return f"{notice.what} {whom}".strip() + f" at {notice.met_s:.0f} s, out at {notice.notice_s:.0f} s"


def live_text(document: dict[str, Any]) -> str:
    """What a live run came to, as a table.

    Parameters
    ----------
    document : dict
        As `LiveResult.document`.

    Returns
    -------
    str
    """
    rows = []
    for name, node in document["nodes"].items():
        step = {"step_ms": node["step_ms"]["median"], "p95_ms": node["step_ms"]["p95"], "cpu_ms": node["cpu_ms"]["p95"]}
        rows.append({"node": name} | step | {figure: node[figure] for figure in FIGURES})
    lines = [f"{document['scenario']}, {document['policy']}, {document['speed']:g} times as fast as the flight"]
    lines.append(as_text(pd.DataFrame(rows)))
    bus = document["bus_ms"]
    lines.append(f"transport: {_number(bus['median'])} ms, 95 % within {_number(bus['p95'])} ms")
    lines.append(f"log: {document['log']}")
    return "\n".join(lines)


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return str(value) if isinstance(value, int) else f"{value:.1f}"
