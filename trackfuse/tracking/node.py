"""One node's tracker for any filter, in Python: starts, filters, puts late plots in their place, and says what it knows
at every cycle, as `kernels.tracker` does for the interacting models that are the default.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from trackfuse.kernels import imm, tracker
from trackfuse.kernels.filter import ROOM, T
from trackfuse.kernels.imm import Motion
from trackfuse.kernels.start import N, hand_over


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeFilter:
    """A filter as a value: what it does with a track, of whatever kind that is.

    Parameters
    ----------
    begin : callable
        (bank, motion) -> track, from a start as `kernels.start.hand_over` fills it, ndarray of shape (FILTERS, 8, 7).
    predict : callable
        (track, until_s, motion): carries the track on.
    update : callable
        (track, plot): takes a plot, a row as `plot_rows` makes them, of the track's own time.
    tell : callable
        track -> mean (6,), covariance (6, 6), and the probability that the engine burns.
    sound : callable
        track -> whether its numbers are finite and its covariance positive.
    copied : callable
        track -> another that is equal.
    """

    begin: Callable[[np.ndarray, Motion], Any]
    predict: Callable[[Any, float, Motion], None]
    update: Callable[[Any, np.ndarray], None]
    tell: Callable[[Any], tuple[np.ndarray, np.ndarray, float]]
    sound: Callable[[Any], bool]
    copied: Callable[[Any], Any]

    def carried(self, track: Any, until: float, motion: Motion) -> Any:
        """Another track, carried on to that time, s."""
        ahead = self.copied(track)
        self.predict(ahead, until, motion)
        return ahead

    def lost(self, before: Any, track: Any) -> bool:
        """Whether a track, `before` at its newest plot, is to be given up; see `kernels.tracker.lost`."""
        limit = tracker.LOST_M**2 if self.tell(before)[2] > 0.5 else imm.FARTHEST_M2
        return limit < np.trace(self.tell(track)[1][:3, :3]) < math.inf


@dataclass(slots=True)
class _Node:
    """What a node holds: plots at hand, a track after every plot used and which that was, or a start."""

    plots: np.ndarray
    have: np.ndarray
    begun: np.ndarray
    bank: np.ndarray
    room: np.ndarray
    tracks: list[Any]
    at: list[int]
    last: int = -1
    broken: bool = False

    def start(self, since: int, newest: int, least: int, window: float, walk: float) -> tuple[int, bool]:
        """Start from the plots from index `since` on; see `kernels.tracker.start`."""
        return tracker.start(
            self.plots, self.have, since, newest, least, window, walk, self.begun, self.bank, self.room
        )


def follow(
    chosen: NodeFilter,
    plots: np.ndarray,
    received: np.ndarray,
    cycles: np.ndarray,
    confirmed: float,
    least: int,
    window: float,
    motion: Motion,
    out: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray],
) -> None:
    """Track at one node as `kernels.tracker.follow` does, into its arrays of J rows."""
    mean, covariance, status, boosting, last_plot = out
    node = _Node(
        plots, np.zeros(len(plots), dtype=bool), np.zeros((N + 1, N)), np.zeros((imm.FILTERS, 8, 7)),
        np.zeros((ROOM, 9, 9)), [], [],
    )  # fmt: skip
    ahead = None
    for j, cycle in enumerate(cycles):
        new = np.flatnonzero((received <= cycle) & ~node.have)
        node.have[new] = True
        if new.size:
            ahead = None
            _take_in(chosen, node, int(new[0]), least, window, motion)
        if node.last < 0 or cycle < confirmed:
            continue
        t = plots[node.last, T]
        last_plot[j], status[j] = t, tracker.FAILED if node.broken else tracker.CONFIRMED
        if node.broken:
            continue
        if not node.tracks and cycle - t <= tracker.FRESH_S:
            carried = np.empty_like(node.begun)
            tracker.tell_start(node.begun, cycle - t, motion.walk, carried, node.room, mean[j], covariance[j])
            boosting[j] = 0.5
            continue
        if ahead is None:
            ahead = chosen.copied(node.tracks[-1]) if node.tracks else _handed_over(chosen, node, t, motion)
        # Carried on from cycle to cycle, in the pieces in which it would be carried on at once: the same bits.
        chosen.predict(ahead, math.floor(cycle / imm.GRID_S) * imm.GRID_S, motion)
        mean[j], covariance[j], boosting[j] = chosen.tell(chosen.carried(ahead, cycle, motion))
        if not np.trace(covariance[j, :3, :3]) <= tracker.LOST_M**2:
            mean[j], covariance[j], boosting[j], last_plot[j], status[j] = np.nan, np.nan, np.nan, np.nan, tracker.NONE


def _handed_over(chosen: NodeFilter, node: _Node, t: float, motion: Motion) -> Any:
    hand_over(node.begun, t, node.bank, node.room)
    return chosen.begin(node.bank, motion)


def _take_in(chosen: NodeFilter, node: _Node, earliest: int, least: int, window: float, motion: Motion) -> None:
    """Work through all plots at hand from that on, the earliest of the new ones."""
    node.broken = False
    newest = int(np.flatnonzero(node.have)[-1])
    if not node.tracks or earliest <= node.at[0]:
        node.last, filled = node.start(0, newest, least, window, motion.walk)
        node.tracks, node.at = ([chosen.begin(node.bank, motion)], [node.last]) if filled else ([], [])
    while len(node.at) > 1 and node.at[-1] >= earliest:
        node.at.pop()
        node.tracks.pop()
    for k in np.flatnonzero(node.have[node.at[-1] + 1 :]) + node.at[-1] + 1 if node.tracks else []:
        if k <= node.at[-1]:
            continue
        used = int(k)
        track = chosen.carried(node.tracks[-1], node.plots[k, T], motion)
        if chosen.lost(node.tracks[-1], track):
            used, filled = node.start(used, newest, least, window, motion.walk)
            if not filled:
                break
            track = chosen.begin(node.bank, motion)
        else:
            chosen.update(track, node.plots[k])
            node.broken = not chosen.sound(track)
            if node.broken:
                break
        node.tracks.append(track)
        node.at.append(used)
    node.last = node.at[-1] if node.at else node.last


def follow_all(
    chosen: NodeFilter,
    plots: np.ndarray,
    received: np.ndarray,
    arrival: np.ndarray,
    cycles: np.ndarray,
    confirmed: np.ndarray,
    least: int,
    window: float,
    motion: Motion,
    *out: np.ndarray,
) -> None:
    """Track at every node, as `kernels.tracker.follow_all` does; `arrival` is not needed here."""
    for i in range(len(received)):
        rows = (out[0][i], out[1][i], out[2][i], out[3][i], out[4][i])
        follow(chosen, plots, received[i], cycles, confirmed[i], least, window, motion, rows)
