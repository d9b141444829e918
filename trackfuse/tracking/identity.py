"""Which tracks of which centres are of one object: every node's picture, with numbers of its own."""

from dataclasses import dataclass

import numpy as np

from trackfuse.kernels.filter import ROOM
from trackfuse.kernels.fusion import DOUBT, newest_by, spread
from trackfuse.kernels.objects import apart, bring
from trackfuse.tracking.assign import assign
from trackfuse.tracking.associate import match_tracks
from trackfuse.tracking.fuse import warning_sigma
from trackfuse.tracking.gate import gate_threshold
from trackfuse.tracking.settings import TrackerSettings
from trackfuse.tracking.several import NodeTracks
from trackfuse.tracking.track import motion_of

KEEP = 4.0
"""Tracks once taken to be of one object are kept together up to so many times the distance at which they were joined:
what a centre has told its people it does not take back at the first doubt."""
BETTER = 20.0
"""A node's tracks change entries with each other where that makes the sum of distances so much less."""
FAR = 1e6
"""Squared distance beyond which it does not matter how far."""
LOOK_AGAIN_S = 30.0
"""How often it is looked at again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What one node takes to be how many objects, and which tracks are of them.

    Parameters
    ----------
    member : ndarray of int, shape (P, N, J)
        For each of its P entries: the track of every node that it counts to it, by the cycle that the node reported
        (its own: the cycle itself); -1 for none. An entry has at most one track of a node at a time.
    """

    member: np.ndarray


def pictures(
    own: tuple[NodeTracks, ...],
    *,
    track_received_s: np.ndarray,
    warning_received_s: np.ndarray,
    cycle_times: np.ndarray,
    report_offset: tuple[np.ndarray, ...],
    settings: TrackerSettings,
) -> tuple[Picture, ...]:
    """Bring the tracks that a node hears of together with its own: one entry an object, as far as it can tell.

    A node compares the newest report of each other node, carried on to the present, with what it holds: its own track
    of an entry, or else the least uncertain report of it. What lies within the gate is brought together so that the
    sum of distances is least; the rest becomes an entry of its own. Entries to which no node has a track each are
    united as soon as they lie within the gate: tracks that were unlike at a separation, or while one was a poor start.

    Parameters
    ----------
    own : tuple of NodeTracks
        Own tracks of N nodes.
    track_received_s, warning_received_s : ndarray, shape (N, N, J)
        When the second node has the first one's report of a cycle, of all its tracks, with state and covariance or as
        the three published items; inf if never.
    cycle_times : ndarray, shape (J,)
        s.
    report_offset : tuple of ndarray, shapes (K, J, 6)
        What the coarseness of the published items adds to each node's tracks, m and m/s.
    settings : TrackerSettings
        `gate` is the probability with which two tracks of one object are brought together.

    Returns
    -------
    tuple of Picture
        N of them; at a cycle a function of what the node has received by then.

    Notes
    -----
    What the errors of two centres have in common is not in a report: distances count them as independent, which makes
    them small for tracks with common plots (see `track_distance`), never large.
    """
    received = np.stack([track_received_s, warning_received_s])
    return tuple(
        _Desk(d, own, received[:, :, d], np.asarray(cycle_times, dtype=float), report_offset, settings).picture()
        for d in range(len(own))
    )


class _Desk:
    """One node at work on its picture. Lives within `pictures` alone."""

    def __init__(
        self,
        node: int,
        own: tuple[NodeTracks, ...],
        received: np.ndarray,
        cycles: np.ndarray,
        offset: tuple[np.ndarray, ...],
        settings: TrackerSettings,
    ) -> None:
        self.node, self.own, self.cycles, self.offset, self.settings = node, own, cycles, offset, settings
        self.newest = _newest(received, cycles)
        self.gate = gate_threshold(settings.gate, 6)
        self.motion, self.room, self.both = motion_of(settings), np.empty((ROOM, 9, 9)), np.empty((6, 6))
        self.floor = np.stack([np.zeros(6), warning_sigma(settings) ** 2])
        self.entry_of: dict[tuple[int, int], int] = {}
        self.spans: list[tuple[int, int, int, int, int]] = []
        self.since: dict[tuple[int, int], int] = {}
        self.live: dict[int, dict[int, int]] = {}
        self.entries = 0

    def picture(self) -> Picture:
        last = np.full(len(self.own), -1)
        checked = np.zeros(len(self.own))
        for j, cycle in enumerate(self.cycles):
            heard = [(o, *self._heard(o, j)) for o in range(len(self.own))]
            brought: dict[int, np.ndarray] = {}
            # Its own tracks first: they are what others are compared with.
            for o, k, kind in sorted(heard, key=lambda one: one[0] != self.node):
                if k <= last[o]:
                    continue
                last[o] = k
                again = cycle - checked[o] >= LOOK_AGAIN_S
                checked[o] = cycle if again else checked[o]
                self._place(o, k, kind, j, again, brought)
            self._unite(j)
        count = len(self.cycles)
        member = np.full((self.entries, len(self.own), count), -1, dtype=np.int64)
        for (o, m), begin in self.since.items():
            self.spans.append((o, m, self.entry_of[o, m], begin, count))
        for o, m, entry, begin, end in self.spans:
            rows = np.arange(begin, end)
            member[entry, o, rows[self.own[o].tracks.status[m, begin:end] == 1]] = m
        return Picture(member=member)

    def _heard(self, o: int, j: int) -> tuple[int, int]:
        """Cycle and kind of the newest report of a node."""
        if o == self.node:
            return j, 0
        track, warning = self.newest[:, o, j]
        return (int(track), 0) if track >= warning else (int(warning), 1)

    def _place(self, o: int, k: int, kind: int, j: int, again: bool, brought: dict[int, np.ndarray]) -> None:
        """Find the entries of the tracks that a node reports at cycle k, as known at cycle j."""
        reported = [int(m) for m in np.flatnonzero(self.own[o].tracks.status[:, k] == 1)]
        for m in [m for (n, m) in list(self.since) if n == o and m not in reported]:
            self._drop(o, m, k)
        states = {}
        # What burned when it was reported long ago may be anywhere: fusion does not use it either.
        age = self.cycles[j] - self.cycles[k]
        if age * self.motion.stop_rate > 1.0:
            reported = [m for m in reported if self.own[o].tracks.boosting[m, k] <= DOUBT]
        for m in reported:
            entry = self.entry_of.get((o, m)) if (o, m) in self.since else None
            if entry is not None and again and o != self.node and len(self.live[entry]) > 1:
                f = states[m] = self._brought(o, m, k, kind, j)
                other = self._holds(entry, j, o, brought)
                if other is not None and apart(f, other, self.both, self.room) > KEEP * self.gate:
                    self._drop(o, m, k)
        if again and o != self.node:
            self._exchange(o, [m for m in reported if (o, m) in self.since], k, j, states, brought)
        fresh = [m for m in reported if (o, m) not in self.since]
        if not fresh:
            return
        open_entries = [e for e, members in self.live.items() if members and o not in members]
        squared = np.full((len(fresh), len(open_entries)), np.inf)
        for b, entry in enumerate(open_entries):
            held = self._holds(entry, j, o, brought)
            for a, m in enumerate(fresh):
                if held is not None:
                    f = states[m] if m in states else states.setdefault(m, self._brought(o, m, k, kind, j))
                    squared[a, b] = apart(f, held, self.both, self.room)
        for m, b in zip(fresh, match_tracks(squared, 6, self.settings.gate), strict=True):
            if b < 0:
                self.entries += 1
            entry = open_entries[b] if b >= 0 else self.entries - 1
            self.entry_of[o, m], self.since[o, m] = entry, k
            self.live.setdefault(entry, {})[o] = m
            if o == self.node:
                brought.pop(entry, None)

    def _exchange(
        self, o: int, tracks: list[int], k: int, j: int, states: dict[int, np.ndarray], brought: dict[int, np.ndarray]
    ) -> None:
        """Let tracks of a node that were taken for each other's objects, as these had hardly parted, change places."""
        tracks = [m for m in tracks if m in states and self._holds(self.entry_of[o, m], j, o, brought) is not None]
        entries = [self.entry_of[o, m] for m in tracks]
        squared = np.full((len(tracks), len(tracks)), np.inf)
        for b, entry in enumerate(entries):
            other = self._holds(entry, j, o, brought)
            for a, m in enumerate(tracks):
                if other is not None:
                    squared[a, b] = min(apart(states[m], other, self.both, self.room), FAR)
        chosen = assign(squared, np.full(len(tracks), 2.0 * FAR))
        if np.trace(squared) - squared[np.arange(len(tracks)), chosen].sum() <= BETTER:
            return
        for m, b in zip(tracks, chosen, strict=True):
            if self.entry_of[o, m] != entries[b]:
                self._drop(o, m, k)
                self.entry_of[o, m] = entries[b]
                self.since[o, m] = k
        for m in tracks:
            self.live[self.entry_of[o, m]][o] = m

    def _unite(self, j: int) -> None:
        """Bring entries together that lie within the gate and have no node in common, the nearest first."""
        held = [(e, self._holds(e, j, -1, {})) for e, members in self.live.items() if members]
        known = [(e, f) for e, f in held if f is not None]
        pairs = []
        for n, (e, f) in enumerate(known):
            for other, g in known[n + 1 :]:
                if self.live[e].keys().isdisjoint(self.live[other]):
                    pairs.append((apart(f, g, self.both, self.room), min(e, other), max(e, other)))
        for squared, elder, younger in sorted(pairs):
            # What was brought together before may have a node in common now, or be gone.
            if squared > self.gate or not self.live[elder].keys().isdisjoint(self.live[younger]):
                continue
            for o, m in list(self.live[younger].items()):
                k, _ = self._heard(o, j)
                self._drop(o, m, k)
                self.entry_of[o, m], self.since[o, m], self.live[elder][o] = elder, k, m

    def _drop(self, o: int, m: int, k: int) -> None:
        entry = self.entry_of[o, m]
        self.spans.append((o, m, entry, self.since.pop((o, m)), k))
        self.live[entry].pop(o, None)

    def _brought(self, o: int, m: int, k: int, kind: int, j: int) -> np.ndarray:
        """A node's track as reported at cycle k, carried on to cycle j."""
        tracks, f = self.own[o].tracks, np.zeros((8, 7))
        offset = self.offset[o][m, k] if kind else np.zeros(6)
        bring(tracks.mean[m, k], tracks.covariance[m, k], offset, self.floor[kind], tracks.boosting[m, k],
              self.cycles[j] - self.cycles[k], self.motion, f, self.room)  # fmt: skip
        return f

    def _holds(self, entry: int, j: int, but: int, brought: dict[int, np.ndarray]) -> np.ndarray | None:
        """What the node holds of an entry: its own track, else the least uncertain report, of others than `but`."""
        members = self.live[entry]
        if entry in brought and but not in members:
            return brought[entry]
        if self.node in members and but != self.node:
            choice = [(self.node, members[self.node])]
        else:
            choice = [(o, m) for o, m in members.items() if o != but]
        found = []
        for o, m in choice:
            k, kind = self._heard(o, j)
            if k >= 0 and self.own[o].tracks.status[m, k] == 1:
                found.append(self._brought(o, m, k, kind, j))
        best = min(found, key=spread, default=None)
        if best is not None and but not in members:
            brought[entry] = best
        return best


def _newest(received: np.ndarray, cycles: np.ndarray) -> np.ndarray:
    """Cycle of the newest report received by each cycle, (2, N, J), -1 without one; `received` is (2, N, J)."""
    newest = np.empty(received.shape, dtype=np.int64)
    for kind in range(received.shape[0]):
        for o in range(received.shape[1]):
            newest_by(np.ascontiguousarray(received[kind, o]), cycles, newest[kind, o])
    return newest
