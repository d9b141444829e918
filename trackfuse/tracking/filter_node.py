"""One node's tracker for any filter, in Python: the readable counterpart of `kernels.tracker`, which has the
interacting models alone. The extended and unscented filters, filterpy's and users' own run in it; tests hold the two to
each other.

It works as the compiled one does but for one step: it does not look back at tracks that once wanted the same
detections.
"""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from trackfuse.kernels import imm, line_pairs, tentative, track_update, tracker
from trackfuse.kernels.association import (
    AGILE,
    ALONE_INFRARED,
    ALONE_RADAR,
    STEADY,
    Scan,
    gate_limit,
    initial_at,
    nearest,
    score_estimate,
)
from trackfuse.kernels.company import score_in_company
from trackfuse.kernels.filter import MEAN
from trackfuse.kernels.geodesy import altitude
from trackfuse.kernels.initiation import N, hand_over
from trackfuse.kernels.node_state import new_state, precedes, with_room
from trackfuse.kernels.records import IMM
from trackfuse.tracking.compiled_node import Received, association_of, kernel_settings
from trackfuse.tracking.node_filter import NodeFilter
from trackfuse.tracking.own_filter import node_filter_of
from trackfuse.tracking.settings import TrackerSettings
from trackfuse.tracking.tracks import Tracks, empty_tracks

CONFIRMED, FAILED, NONE = track_update.CONFIRMED, track_update.FAILED, track_update.NONE
# Track, cycle, status, mean, covariance, probability of burning, and time of the newest detection.
_Reported = tuple["_Track", int, int, np.ndarray, np.ndarray, float, float]


@dataclass(slots=True)
class _Track:
    """A track at work: its detections in order of measurement, and a state of its filter after each of them."""

    number: int
    confirmed_s: float
    rows: list[int] = field(default_factory=list)
    states: list[Any] = field(default_factory=list)
    at: list[int] = field(default_factory=list)
    initial: np.ndarray = field(default_factory=lambda: np.zeros((N + 1, N)))
    ahead: Any = None
    last: int = -1
    broken: bool = False
    missed: int = 0
    first_cycle: int = -1
    score: float = 0.0  # of a tentative track: its log-likelihood over that of its detections each by itself
    paired: int = 0  # scans in which its first detection was paired with others


def filter_node(mine: Received, cycle_s: np.ndarray, settings: TrackerSettings) -> tuple[Tracks, np.ndarray]:
    """One node's tracks by the filter that the settings name.

    Parameters
    ----------
    mine : Received
    cycle_s : ndarray, shape (J,)
    settings : TrackerSettings

    Returns
    -------
    Tracks
        Of node 0.
    given : ndarray of int, shape (m,)
        Track that each detection was given to, -1 for none.

    Raises
    ------
    PluginError
        If a filter of the user's own fails, at node 0.
    """
    return _Node(_filter(settings), mine, settings).run(cycle_s)


def _filter(settings: TrackerSettings) -> NodeFilter:
    if not isinstance(settings.filter, str):
        return node_filter_of(settings.filter)
    if settings.engine == "filterpy":
        from trackfuse.tracking.by_filterpy import FILTERS
    else:
        from trackfuse.tracking.single_model import FILTERS
    return FILTERS[settings.filter]


class _Node:
    """A node at work. Lives within `filter_node` alone."""

    def __init__(self, chosen: NodeFilter, mine: Received, settings: TrackerSettings) -> None:
        self.chosen, self.mine, self.plots = chosen, mine, mine.plots
        self.settings = kernel_settings(settings)
        self.motion, self.scratch = self.settings.motion, self.settings.scratch
        self.association = association_of(settings)
        self.tracks = [_Track(k, at) for k, at in enumerate(mine.confirmed_s)]
        self.open = list(self.tracks)
        self.initiated = len(self.tracks)
        self.lines = new_state(0, 0, 0)

    def run(self, cycle_s: np.ndarray) -> tuple[Tracks, np.ndarray]:
        """Step through all cycles."""
        reported: list[_Reported] = []
        arrived = np.searchsorted(cycle_s, self.mine.received_s)
        for j, t in enumerate(cycle_s):
            new = np.flatnonzero(arrived == j)
            if self.association is None:
                self._give_known(new)
            else:
                for scan in _scans(self.plots["t_s"][new], self.mine.sensor[new], new):
                    self._give_associated(scan)
            for track in list(self.open):
                reported += self._report(track, j, float(t))
        return self._written(reported, len(cycle_s))

    def _give_known(self, new: np.ndarray) -> None:
        for track in self.open:
            self._give(track, [int(row) for row in new if self.mine.truth[row] == track.number])

    def _give_associated(self, scan: np.ndarray) -> None:
        """Give the detections of a scan to tracks, and begin tentative ones with radar detections that are left."""
        assert self.association is not None
        tracks, radar = list(self.open), not self.plots["infrared"][scan[0]]
        scores, ahead = np.empty((len(tracks), len(scan), 5)), np.empty((len(tracks), 7))
        for k, track in enumerate(tracks):
            self._score(track, scan, scores[k], ahead[k])
        known = np.array([track.confirmed_s < math.inf for track in tracks], dtype=bool)
        started = known & np.array([track.last >= 0 for track in tracks], dtype=bool)
        radars = np.where(known, 0, [len(self._radar_rows(track)) for track in tracks])
        count = np.where(started, [len(track.rows) for track in tracks], 0)
        for k in np.flatnonzero(radars == 1) if radar and started.any() else []:
            score_in_company(self.plots, tracks[k].rows[0], scan, ahead, count, self.association.limits, self.settings,
                             scores[k])  # fmt: skip
        free, chosen = np.ones(len(scan), dtype=bool), np.full(len(tracks), -1)
        scored = Scan(self.plots, scan, scores, free, self.association)
        nearest(scored, np.flatnonzero(started), STEADY, chosen)
        nearest(scored, np.flatnonzero(known & ~started), STEADY, chosen)
        wanted = self._choose(scored, tracks, ~known, radars, chosen)
        free[wanted] = False
        nearest(scored, np.flatnonzero(started & (chosen < 0)), AGILE, chosen)
        free[wanted] = True
        for k, track in enumerate(tracks):
            if chosen[k] >= 0:
                track.missed = 0
                self._give(track, [int(scan[chosen[k]])])
            elif radar and started[k]:
                track.missed += int(scores[k, :, 4].any())
        for track in self._confirm(float(self.plots["t_s"][scan[0]])):
            free &= ~np.isin(scan, track.rows)
        if not radar:
            for pair in self._paired(scan, free & ~wanted):
                self._begin(pair, 0.0, -math.inf)
        elif free.any():
            for k in np.flatnonzero(radars == 1):
                if tracks[k].number in {track.number for track in self.open}:
                    self._pair(scored, tracks[k], int(k))
            for row in scan[free]:
                self._begin([int(row)], 0.0)
            kept = sorted(self._tentative(), key=lambda t: (len(self._radar_rows(t)), self.plots["t_s"][t.rows[-1]]))
            self._end(kept[: -tentative.MOST])

    def _paired(self, scan: np.ndarray, free: np.ndarray) -> list[list[int]]:
        """Pairs of lines of sight that start tracks: free ones of a scan, each with one that waits; others wait on."""
        assert self.association is not None
        line_pairs.forget_lines(self.plots, self.lines, self.plots["t_s"][scan[0]] - line_pairs.LINES_WAIT_S)
        self.lines = with_room(self.lines, len(scan), 0)
        partner = line_pairs.pair_lines(self.plots, scan, free, self.lines, self.association.miss)
        for row in scan[free & (partner < 0)]:
            line_pairs.keep_line(self.lines, row)
        return [[int(a), int(b)] for a, b in zip(partner, scan, strict=True) if a >= 0]

    def _tentative(self) -> list[_Track]:
        return [track for track in self.open if track.confirmed_s == math.inf]

    def _radar_rows(self, track: _Track) -> set[int]:
        return {row for row in track.rows if not self.plots["infrared"][row]}

    def _begin(self, rows: list[int], score: float, confirmed_s: float = math.inf) -> None:
        """Begin a track, a tentative one unless it is said to be confirmed."""
        self.open.append(_Track(self.initiated, confirmed_s, score=score))
        self.tracks.append(self.open[-1])
        self.initiated += 1
        self._give(self.open[-1], rows)

    def _end(self, tracks: list[_Track]) -> None:
        gone = {track.number for track in tracks}
        self.open = [track for track in self.open if track.number not in gone]

    def _choose(
        self, scored: Scan, tracks: list[_Track], among: np.ndarray, radars: np.ndarray, chosen: np.ndarray
    ) -> np.ndarray:
        """Let tentative tracks choose, see `kernels.tentative.choose`. Returns what is wanted of the scan, (n,)."""
        wanted, limit = np.zeros(len(scored.rows), dtype=bool), gate_limit(scored)
        infrared = bool(self.plots["infrared"][scored.rows[0]])
        for k in np.flatnonzero(among):
            inside = np.flatnonzero(scored.free & (scored.scores[k, :, STEADY] <= limit))
            if len(inside) and (radars[k] > 1 or (infrared and len(inside) == 1)):
                best = inside[np.argmax(scored.scores[k, inside, STEADY + 1])]
                chosen[k], wanted[best] = best, True
                tracks[k].score += scored.scores[k, best, STEADY + 1] + (ALONE_INFRARED if infrared else ALONE_RADAR)
        return wanted

    def _pair(self, scored: Scan, track: _Track, k: int) -> None:
        """Pair a first detection with the likeliest of a scan's free detections."""
        log = scored.scores[k, :, STEADY + 1]
        inside = np.flatnonzero(scored.free & (scored.scores[k, :, STEADY] <= gate_limit(scored)))
        for n in inside[np.argsort(-log[inside], kind="stable")][: tentative.SECONDS]:
            self._begin([*track.rows, int(scored.rows[n])], track.score + float(log[n]) + ALONE_RADAR)
        track.paired += bool(len(inside))
        if track.paired == tentative.PAIRED:
            self._end([track])

    def _is_clear(self, track: _Track, others: list[_Track], waited: bool) -> bool:
        mine = self._radar_rows(track)
        for other in others:
            its = self._radar_rows(other)
            shared = len(mine & its)
            if other.number == track.number or len(its) < 2 or shared == 0:
                continue
            lead = track.score - other.score
            if lead < 0.0 or (lead == 0.0 and other.number < track.number):
                return False
            if 2 * shared <= min(len(mine), len(its)) and lead < tentative.CLEAR and not waited:
                return False
        return True

    def _confirm(self, t: float) -> list[_Track]:
        """Confirm tentative tracks that are clearly targets, and end others; see `kernels.tentative.confirm`."""
        found = []
        for track in sorted(self._tentative(), key=lambda each: -each.score):
            others = self._tentative()
            waited = t - self.plots["t_s"][track.rows[0]] > self.settings.confirm.window_s
            if track.last < 0 or track.score < tentative.SURE or all(track is not other for other in others):
                continue
            if self._is_clear(track, others, waited):
                track.confirmed_s, track.missed = -math.inf, 0
                found.append(track)
                mine = self._radar_rows(track)
                self._end([each for each in others if each is not track and mine & self._radar_rows(each)])
        return found

    def _score(self, track: _Track, scan: np.ndarray, out: np.ndarray, there: np.ndarray) -> None:
        """How well a scan's detections fit a track, and where it is, as `kernels.association.score` has it."""
        t, f, since = float(self.plots["t_s"][scan[0]]), np.zeros((8, 7)), 0.0
        before = [d for d, p in enumerate(track.at) if self.plots["t_s"][track.rows[p]] <= t]
        if before:
            state = self.chosen.predicted(track.states[before[-1]], t, self.motion)
            f[MEAN, :6], f[:6, :6], _ = self.chosen.estimate(state)
            since = t - self.plots["t_s"][track.rows[track.at[before[-1]]]]
        else:
            initial = np.empty((N + 1, N))
            rows = np.array(track.rows)
            initial_at(self.plots, rows, np.ones(len(rows)), len(rows), t, self.motion.thrust_psd, initial,
                       self.scratch.work)  # fmt: skip
            f[MEAN, :6], f[:6, :6] = initial[N, :6], initial[:6, :6]
        assert self.association is not None
        there[:6], there[6] = f[MEAN, :6], np.trace(f[3:6, 3:6])
        score_estimate(self.plots, scan, f, since, self.association.limits, self.scratch, out)

    def _give(self, track: _Track, rows: list[int]) -> None:
        """Put detections into a track's list, and work through what has changed."""
        earliest = len(track.rows) + len(rows)
        for row in rows:
            p = len(track.rows)
            while p > 0 and precedes(self.plots, row, track.rows[p - 1]):
                p -= 1
            track.rows.insert(p, row)
            track.at = [a + (a >= p) for a in track.at]
            earliest = min(earliest, p)
        if rows:
            self._reprocess(track, earliest)

    def _initiate(self, track: _Track, since: int) -> tuple[int, Any]:
        """Start a track from position `since` of its list on: position of the last one used, and its state if any."""
        imm_state = np.zeros(1, IMM)[0]
        rows = np.array(track.rows)
        last, filled = track_update.initiate(self.plots, rows, np.ones(len(rows)), since, len(rows), self.settings,
                                             track.initial, imm_state)  # fmt: skip
        return last, self.chosen.initiate(imm_state, self.motion) if filled else None

    def _reprocess(self, track: _Track, earliest: int) -> None:
        track.broken, track.ahead = False, None
        if not track.states or earliest <= track.at[0]:
            last, state = self._initiate(track, 0)
            track.last = track.rows[last] if last >= 0 else -1
            track.states, track.at = ([state], [last]) if state is not None else ([], [])
        while len(track.at) > 1 and track.at[-1] >= earliest:
            track.at.pop()
            track.states.pop()
        while track.states and track.at[-1] + 1 < len(track.rows) and self._update(track, track.at[-1] + 1):
            pass
        track.last = track.rows[track.at[-1]] if track.at else track.last

    def _update(self, track: _Track, p: int) -> bool:
        """Work in the detection at position p; false where it breaks the filter, or the track waits to start anew."""
        plot = self.plots[track.rows[p]]
        state = self.chosen.predicted(track.states[-1], float(plot["t_s"]), self.motion)
        limit_m = self._loss_limit(track, track.rows[track.at[-1]])
        if self.association is None and self.chosen.lost(track.states[-1], state, limit_m):
            p, state = self._initiate(track, p)
            if state is None:
                return False
        else:
            self.chosen.update(state, plot)
            track.broken = not self.chosen.sound(state)
            if track.broken:
                return False
        track.states.append(state)
        track.at.append(p)
        return True

    def _report(self, track: _Track, j: int, t: float) -> list[_Reported]:
        """What a track claims at cycle j, if anything; ends it if it is over."""
        if track.last < 0 or t < track.confirmed_s:
            waits = self.settings.confirm.window_s + tracker.FAST_S
            if self.association is not None and t - self.plots["t_s"][track.rows[-1]] > waits:
                self.open.remove(track)
            return []
        last_s = float(self.plots["t_s"][track.last])
        if track.broken:
            if self.association is not None:
                self.open.remove(track)
                last_s = math.nan
            return [(track, j, FAILED, np.full(6, np.nan), np.full((6, 6), np.nan), math.nan, last_s)]
        mean, covariance, burning = self._estimate(track, t, last_s)
        sure = np.trace(covariance[:3, :3]) <= self._loss_limit(track, track.last) ** 2
        over = not sure and not self._predicted_as_it_is(track, t - last_s)
        if self.association is not None:
            over = over or track.missed >= tracker.MISSED or altitude(*mean[:3]) < tracker.BELOW_M
            if over:
                self.open.remove(track)
        return [] if over else [(track, j, CONFIRMED, mean, covariance, burning, last_s)]

    def _predicted_as_it_is(self, track: _Track, since_s: float) -> bool:
        """Whether an initial state is predicted linearly, so long after its last detection."""
        if track.states or since_s > track_update.BY_LINES_S:
            return False
        return since_s <= track_update.FRESH_S or track_update.by_lines(
            self.plots, *self._listed(track), self.settings.confirm
        )

    def _listed(self, track: _Track) -> tuple[np.ndarray, np.ndarray, int]:
        """A track's list as kernels take it: rows, shares and their count."""
        return np.array(track.rows), np.ones(len(track.rows)), len(track.rows)

    def _loss_limit(self, track: _Track, last: int) -> float:
        """As `kernels.track_update.loss_limit`, with the newest detection that of row `last`."""
        return track_update.loss_limit(self.plots, *self._listed(track), last, self.settings.confirm)

    def _estimate(self, track: _Track, t: float, last_s: float) -> tuple[np.ndarray, np.ndarray, float]:
        if self._predicted_as_it_is(track, t - last_s):
            mean, covariance = np.empty(6), np.empty((6, 6))
            track_update.predict_initial(track.initial, t - last_s, self.settings, mean, covariance)
            return mean, covariance, 0.5
        if track.ahead is None:
            if track.states:
                track.ahead = self.chosen.copied(track.states[-1])
            else:
                imm_state = np.zeros(1, IMM)[0]
                hand_over(track.initial, last_s, imm_state, self.scratch.work)
                track.ahead = self.chosen.initiate(imm_state, self.motion)
        # From cycle to cycle in the pieces in which it would be predicted at once: the same bits.
        self.chosen.predict(track.ahead, math.floor(t / imm.GRID_S) * imm.GRID_S, self.motion)
        return self.chosen.estimate(self.chosen.predicted(track.ahead, t, self.motion))

    def _written(self, reported: list[_Reported], cycles: int) -> tuple[Tracks, np.ndarray]:
        """Tracks with an estimate in the order of their confirmation, or of their objects if these are known."""
        for track, j, *_ in reported:
            track.first_cycle = j if track.first_cycle < 0 else track.first_cycle
        ordered = self.tracks
        if self.association is not None:
            ordered = sorted((t for t in ordered if t.first_cycle >= 0), key=lambda t: (t.first_cycle, t.rows[0]))
        rows = {track.number: k for k, track in enumerate(ordered)}
        out, given = empty_tracks(np.zeros(len(rows), dtype=np.int64), cycles), np.full(len(self.plots), -1)
        for track, j, status, mean, covariance, burning, last_s in reported:
            k = rows[track.number]
            out.mean[k, j], out.covariance[k, j], out.status[k, j] = mean, covariance, status
            out.boosting[k, j], out.last_plot_s[k, j] = burning, last_s
        for track in self.tracks:
            if track.number in rows:
                given[track.rows] = rows[track.number]
        return out, given


def _scans(t: np.ndarray, sensor: np.ndarray, rows: np.ndarray) -> list[np.ndarray]:
    """Detections of one sensor and instant together, in the order of time."""
    if len(rows) == 0:
        return []
    order = np.lexsort((rows, sensor, t))
    cut = np.flatnonzero((np.diff(t[order]) != 0.0) | (np.diff(sensor[order]) != 0)) + 1
    return sorted(np.split(rows[order], cut), key=lambda scan: int(scan[0]))
