"""The command centres and what passes between them, drawn as boxes and moving messages."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from trackfuse.core.language import message, translate
from trackfuse.simulation.run import Run
from trackfuse.views.figures import playback_state as replay
from trackfuse.views.style.axes import sign
from trackfuse.views.style.style import FAINT, INK, MUTED, looks_in

_FROM_THE_WEST = {"ROK": 0.08, "USFK": 0.28, "INDOPACOM": 0.5, "USFJ": 0.72, "JPN": 0.92}
PLACED = {name: (x, 0.52) for name, x in _FROM_THE_WEST.items()}
"""From west to east, the hub in the middle; others stand below."""
SIGNS = {
    "plot": (message("detection on its way"), "."),
    "track": (message("track on its way"), "o"),
    "warning": (message("warning items on its way"), "D"),
}
"""What passes between centres -> its words and its sign."""
BOX = {"boxstyle": "round,pad=0.5", "lw": 1.05}


def places_of(run: Run) -> dict[str, tuple[float, float]]:
    """Where each centre is drawn, in shares of the panel.

    Parameters
    ----------
    run : Run

    Returns
    -------
    dict of str to (float, float)
    """
    others = [node.node_id for node in run.scenario.nodes if node.node_id not in PLACED]
    below = {name: ((k + 1) / (len(others) + 1), 0.12) for k, name in enumerate(others)}
    return PLACED | below


def draw_centres(axes: Axes, run: Run) -> None:
    """The centres and the links that the policy has between them.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    run : Run
    """
    axes.set(xlim=(0.0, 1.0), ylim=(0.0, 1.0))
    axes.axis("off")
    at, looks = places_of(run), looks_in(run.scenario)
    for k, pair in enumerate(sorted({tuple(sorted((link.source, link.target))) for link in run.policy.links})):
        line = _curve(at[pair[0]], at[pair[1]], 1 if k % 2 else -1)
        axes.plot(*line, color=FAINT, lw=0.75, zorder=1)
    for node in run.scenario.nodes:
        look = looks[node.nation]
        box = BOX | {"fc": "white", "ec": look.color}
        axes.text(
            *at[node.node_id], node.node_id, ha="center", va="center", bbox=box,
            fontsize=5.9, weight="bold", color=look.ink, zorder=5,
        )  # fmt: skip
    handles = [sign(translate(words), marker, color=MUTED, ms=3.7) for words, marker in SIGNS.values()]
    axes.legend(handles=handles, loc="upper right", ncol=3, fontsize=5.1, borderaxespad=0.0, handletextpad=0.3)
    title = translate("On its way between the centres, in the colour of whose data it is")
    axes.set_title(title, fontsize=6.3, pad=1.5)


_BEFORE = {
    "detection_s": message("knows nothing"),
    "confirmation_s": message("knows of the launch"),
    "own_track_s": message("track from others"),
}
"""Event -> what a centre holds before it."""
_EDGE = 5
"""Points of an arc under the box at either end: a sign there would hide the centre's name."""


def draw_traffic(axes: Axes, run: Run, at_s: float) -> list[Artist]:
    """Messages between centres where they are on their way, and what each centre holds below its box.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    run : Run
    at_s : float
        Seconds after launch.

    Returns
    -------
    list of Artist
        What was added.
    """
    at, looks, drawn = places_of(run), looks_in(run.scenario), []
    nation = {node.node_id: node.nation for node in run.scenario.nodes}
    for row in replay.underway(run, at_s).to_dict("records"):
        share = (at_s - row["about_s"]) / max(row["received_s"] - row["about_s"], 1e-9)
        x, y = _curve(at[row["origin"]], at[row["node"]], 1 if at[row["origin"]][0] < at[row["node"]][0] else -1)
        k = int(np.clip(share * (len(x) - 1), _EDGE, len(x) - 1 - _EDGE))
        color = looks[nation[row["origin"]]].color
        drawn += axes.plot(x, y, color=color, lw=0.5, alpha=0.35, zorder=2)
        drawn += axes.plot(x[k], y[k], SIGNS[row["kind"]][1], color=color, ms=4.1, mec="white", mew=0.35, zorder=4)
    for node, words in _held(run, at_s).items():
        x, y = at[node]
        if node in PLACED:
            beside: dict[str, Any] = {"x": x, "y": y - 0.19, "ha": "center", "va": "top"}
        else:  # there is no room below
            beside = {"x": x + 0.035, "y": y, "ha": "left", "va": "center"}
        drawn.append(axes.text(s=words, fontsize=5.3, color=INK, zorder=5, **beside))
    return drawn


def _held(run: Run, at_s: float) -> dict[str, str]:
    """By centre, what it holds in two or three words."""
    words = {}
    for row in run.nodes.to_dict("records"):
        held = next((before for event, before in _BEFORE.items() if row[event] > at_s), message("own track"))
        said = [translate(held)]
        if row["notice_s"] <= at_s:
            said.append(translate("has given notice"))
        words[row["node"]] = "\n".join(said)
    return words


def _curve(start: tuple[float, float], end: tuple[float, float], side: int) -> tuple[np.ndarray, np.ndarray]:
    """An arc between two points, the higher the longer the way."""
    u = np.linspace(0.0, 1.0, 41)
    rise = 0.9 * abs(end[0] - start[0]) ** 0.7 * side
    x = start[0] + u * (end[0] - start[0])
    return x, start[1] + u * (end[1] - start[1]) + 4.0 * u * (1.0 - u) * 0.5 * rise
