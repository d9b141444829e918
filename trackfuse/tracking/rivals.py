"""Tracks that once wanted the same plots: whether one sensor's plots went to the wrong one of two.

Radars measure range far better than direction. Two tracks of which one radar's plots have changed places therefore
stay consistent for a while, each where the ranges of two objects cross: ghosts. As directions are averaged, they show.
"""

from dataclasses import dataclass, field

import numpy as np

from trackfuse.kernels.filter import ROOM, T
from trackfuse.kernels.imm import FILTERS, Motion
from trackfuse.kernels.objects import evidence
from trackfuse.kernels.start import N
from trackfuse.tracking.settings import TrackerSettings

LOOK_BACK_S = 15.0
"""How soon it is looked back first; then, while it is not clear, each time half as long again after the meeting ..."""
FAR_BACK_S = 300.0
"""... and at how much of what followed the tracks' meeting."""
APART_S = 60.0
"""Tracks that wanted none of the same plots for so long have parted."""
BETTER, CLEAR = 10.0, 20.0
"""Plots are exchanged where that makes all of them likelier by this factor (its logarithm); it is clear that they were
given rightly where every exchange makes them less likely by the other."""


@dataclass(slots=True)
class Rivalry:
    """Two tracks that want the same plots, s: since when, until when, when to look back, and whether it is clear."""

    since: float
    last: float
    next: float
    clear: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What one of two tracks holds of a node's plots.

    Parameters
    ----------
    have : ndarray of bool, shape (m,)
    bank : ndarray, shape (k, FILTERS, 8, 7)
        Snapshots of its filters ...
    at : ndarray of int, shape (k,)
        ... each after that plot; rising.
    depth : int
        How many snapshots there are.
    """

    have: np.ndarray
    bank: np.ndarray
    at: np.ndarray
    depth: int


@dataclass(slots=True)
class Rivals:
    """All rivalries of a node's tracks, by the numbers of the two. Lives within `track_several` alone."""

    found: dict[tuple[int, int], Rivalry] = field(default_factory=dict)

    def note(self, numbers: list[int], inside: np.ndarray, t: float) -> None:
        """Note which tracks want the same plots of a scan at time t: `inside` (tracks, plots) says which want which."""
        if not (inside.sum(axis=0) > 1).any():
            return
        both = inside.astype(np.int64) @ inside.T.astype(np.int64)
        for a, b in zip(*np.nonzero(np.triu(both, 1)), strict=True):
            pair = (numbers[a], numbers[b])
            known = self.found.get(pair)
            if known is None or t - known.last > APART_S:
                self.found[pair] = Rivalry(since=t, last=t, next=t + LOOK_BACK_S)
            else:
                known.last = max(known.last, t)

    def due(self, cycle: float, numbers: set[int]) -> list[tuple[tuple[int, int], Rivalry]]:
        """Rivalries to look back at, of tracks that are still open; those of others are forgotten."""
        self.found = {pair: each for pair, each in self.found.items() if numbers.issuperset(pair)}
        made = [(pair, each) for pair, each in self.found.items() if not each.clear and each.next <= cycle]
        for _, each in made:
            each.next = cycle + max(LOOK_BACK_S, 0.5 * (cycle - each.since))
            each.clear = each.next > each.since + FAR_BACK_S
        return made


def exchanged(
    plots: np.ndarray,
    sensor: np.ndarray,
    pair: tuple[Held, Held],
    rivalry: Rivalry,
    settings: TrackerSettings,
    motion: Motion,
) -> np.ndarray:
    """Plots that two tracks had better exchange: all of one sensor or of some, from their meeting on.

    Tried are every sensor by itself, and what comes of taking in one after the other, each the way round that makes
    more sense beside those before.

    Parameters
    ----------
    plots : ndarray, shape (m, PLOT)
        In the order of time.
    sensor : ndarray of int, shape (m,)
    pair : tuple of Held
    rivalry : Rivalry
        Told if it is clear that every sensor's plots were given rightly.
    settings : TrackerSettings
    motion : Motion

    Returns
    -------
    ndarray of int, shape (n,)
        Rows that either has; none where they are best left.

    Notes
    -----
    Likelihoods are compared over the plots that start no track under either hypothesis, each the Gaussian of the
    combined estimate.
    """
    begin, end = (int(k) for k in np.searchsorted(plots[:, T], (rivalry.since, rivalry.since + FAR_BACK_S)))
    rows = begin + np.flatnonzero((pair[0].have | pair[1].have)[begin:])
    names, count = np.unique(sensor[rows], return_counts=True)
    if len(names) < 2:
        return rows[:0]
    of = [rows[sensor[rows] == name] for name in names[np.argsort(-count, kind="stable")]]

    def likelihood(turned: list[int], among: int) -> np.ndarray:
        have = _turned(pair, of, turned, among)
        return _logs(plots, pair, have, begin, end, settings, motion)

    now = likelihood([], len(of))
    gains: dict[tuple[int, ...], float] = {(k,): _gain(likelihood([k], len(of)), now) for k in range(len(of))}
    grown: list[int] = []
    for k in range(1, len(of)):
        if _gain(likelihood([*grown, k], k + 1), likelihood(grown, k + 1)) > 0.0:
            grown.append(k)
    if len(grown) > 1:
        gains[tuple(grown)] = _gain(likelihood(grown, len(of)), now)
    best = max(gains, key=lambda turned: gains[turned])
    rivalry.clear |= gains[best] < -CLEAR
    return np.sort(np.concatenate([of[k] for k in best])) if gains[best] > BETTER else rows[:0]


def _gain(then: np.ndarray, now: np.ndarray) -> float:
    """By how much the plots that have a likelihood both ways are likelier `then`: not at all where a filter breaks."""
    both = ~(np.isnan(now) | np.isnan(then))
    return -np.inf if np.isneginf(then[both]).any() else float((then[both] - now[both]).sum())


def _turned(pair: tuple[Held, Held], of: list[np.ndarray], turned: list[int], among: int) -> list[np.ndarray]:
    """What each of the two would hold with some sensors' plots exchanged, of the first so many sensors alone."""
    have = [each.have.copy() for each in pair]
    for k in turned:
        have[0][of[k]], have[1][of[k]] = pair[1].have[of[k]], pair[0].have[of[k]]
    for left in of[among:]:
        have[0][left] = have[1][left] = False
    return have


def _logs(
    plots: np.ndarray,
    pair: tuple[Held, Held],
    have: list[np.ndarray],
    begin: int,
    end: int,
    settings: TrackerSettings,
    motion: Motion,
) -> np.ndarray:
    """Log-likelihood of every plot from `begin` to `end` under the track that has it, (end,); nan where none, -inf
    from a plot on that breaks the track.
    """
    logs, bank, room = np.full(end, np.nan), np.empty((2, FILTERS, 8, 7)), np.empty((ROOM, 9, 9))
    for each, mine in zip(pair, have, strict=True):
        d = int(np.searchsorted(each.at[: each.depth], begin)) - 1
        if d >= 0:
            bank[0] = each.bank[d]
        first = int(each.at[d]) + 1 if d >= 0 else -1
        evidence(plots, mine, first, end, bank[0], settings.confirm_plots, settings.confirm_window_s, motion,
                 np.empty((N + 1, N)), logs, room)  # fmt: skip
    logs[:begin] = np.nan
    return logs
