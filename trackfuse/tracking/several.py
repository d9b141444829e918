"""Several targets at once: every node's own tracks, each from the plots that the node takes to be of one object."""

from dataclasses import dataclass, field

import numpy as np

from trackfuse.core.errors import SettingsError
from trackfuse.kernels.filter import INFRARED, MEAN, RATE_SIGMA, ROOM, T
from trackfuse.kernels.geodesy import altitude
from trackfuse.kernels.imm import FILTERS
from trackfuse.kernels.objects import absorb, judge, settle, stand
from trackfuse.kernels.start import N
from trackfuse.kernels.tracker import CONFIRMED, FAILED
from trackfuse.tracking.assign import LARGEST_CLUSTER, assign, clusters, joint_probabilities
from trackfuse.tracking.gate import gate_threshold
from trackfuse.tracking.rivals import Held, Rivals, exchanged
from trackfuse.tracking.settings import TrackerSettings
from trackfuse.tracking.track import Tracks, empty_tracks, motion_of, plot_rows

ALONE = 22.0, 3.0
"""Cost of a track without a plot beside a plot without a track, of a radar and of infrared: minus the logarithm of a
missed detection (0.1) times the density of plots of something new (one in a thousand looks, anywhere within 1,000 km by
1 by 0.5 rad; one in a few looks on the Earth's disc)."""
FAST_S = 2.0
"""A start whose plots end is dropped so long after the window of confirmation, for those still on their way."""
SLIGHT = 0.01
"""A plot that is a track's with a lesser probability is none of its own; with all but that, its own outright."""
BELOW_M = -2000.0
"""A track that has come down so far is of nothing any more."""

MISSED = 20
"""A track ends when radars have seen something behind it and not it so many times since its last plot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeTracks:
    """The own tracks of one node, numbered in the order in which they were confirmed.

    Parameters
    ----------
    tracks : Tracks
        Arrays whose first axis is that of the K tracks, the second that of the J cycles.
    plot_track : ndarray of int, shape (m,)
        Track that each plot was given to in the end, or most of it; -1 for none, or where the node never had the plot.
    """

    tracks: Tracks
    plot_track: np.ndarray


@dataclass(slots=True)
class _Open:
    """A track at work: what `kernels.objects` reads and writes, and its estimates so far."""

    number: int
    have: np.ndarray
    share: np.ndarray
    bank: np.ndarray
    at: np.ndarray
    begun: np.ndarray
    ahead: np.ndarray
    newest: int = -1
    count: int = 0
    depth: int = 0
    last: int = -1
    missed: int = 0
    stale: bool = True
    broken: bool = False
    given: list[tuple[int, np.ndarray, np.ndarray, int, float, float]] = field(default_factory=list)


def track_several(
    *,
    plot_t_s: np.ndarray,
    sensor: np.ndarray,
    z: np.ndarray,
    sigma: np.ndarray,
    received_s: np.ndarray,
    site_m: np.ndarray,
    enu_from_ecef: np.ndarray,
    is_infrared: np.ndarray,
    cycle_times: np.ndarray,
    settings: TrackerSettings,
) -> tuple[NodeTracks, ...]:
    """Track any number of objects at N nodes, each from the plots that it has received.

    At every cycle a node works through what is new in the order of measurement, scan by scan (the plots of one sensor
    at one instant). Confirmed tracks choose first among the plots within their gates, by global nearest neighbour or
    each its share of them (`settings.association`); then tracks that are still starting, then confirmed tracks that
    went without, allowing for an engine that started or stopped: both by nearest neighbour. A radar plot that is left
    starts a track. Which track a plot goes to is decided on its arrival, and once more for tracks that wanted the same
    plots, by what came after (`rivals.exchanged`); a track's estimate is a function of its plots, whatever their order:
    that of `track` where they are its own outright.

    Parameters
    ----------
    plot_t_s : ndarray, shape (m,)
        Time of measurement, s, in any order.
    sensor : ndarray of int, shape (m,)
        Sensor that measured: plots of one sensor and one instant are of different objects.
    z, sigma : ndarray, shape (m, 3) or (m, 4)
        As `track` takes them.
    received_s : ndarray, shape (m, N)
        When each node has the plot; inf if never.
    site_m : ndarray, shape (m, 3)
        ECEF position of the sensor at the time of each plot, m.
    enu_from_ecef : ndarray, shape (m, 3, 3)
    is_infrared : ndarray of bool, shape (m,)
    cycle_times : ndarray, shape (J,)
        Rising, s.
    settings : TrackerSettings
        A track is confirmed by `confirm_plots` radar plots within `confirm_window_s`; `gate` is the probability with
        which its own plot is in its gate.

    Returns
    -------
    tuple of NodeTracks
        N of them. A track ends when it is lost (see `kernels.tracker.LOST_M`), its filter fails, it has come down, or
        radars that should see it keep seeing something else (`MISSED`).

    Raises
    ------
    SettingsError
        If the settings ask for another way of late plots, another filter or another engine.

    Notes
    -----
    Bar-Shalom & Li, Multitarget-Multisensor Tracking (1995), chapter 6; Fortmann, Bar-Shalom & Scheffe (1983) for
    joint probabilities, of up to 16 plots that compete: more go to the nearest. Valid where objects are seen apart: two
    within a radar's resolution still give a plot each. Joint probabilities draw the tracks of objects that stay close
    towards each other (coalescence), and a plot beside a track starts another later than it would by nearest neighbour.
    """
    if (settings.late, settings.filter, settings.engine) != ("reprocess", "imm", "compiled"):
        raise SettingsError(
            "tracker: several objects are tracked with late 'reprocess', filter 'imm' and engine 'compiled' only"
        )
    nodes = received_s.shape[1]
    if len(plot_t_s) == 0:
        nothing = NodeTracks(tracks=empty_tracks(0, len(cycle_times)), plot_track=np.empty(0, dtype=np.int64))
        return (nothing,) * nodes
    rows = plot_rows(plot_t_s, np.arange(len(plot_t_s)), z, sigma, site_m, enu_from_ecef, is_infrared)
    # Ties are broken by what was measured, never by the sensor's number: its label must not matter.
    order = np.lexsort((rows[:, 3], rows[:, 2], rows[:, 1], rows[:, 0]))
    plots, sensor = np.ascontiguousarray(rows[order]), np.asarray(sensor)[order]
    cycles = np.ascontiguousarray(cycle_times, dtype=float)
    made: dict[bytes, NodeTracks] = {}
    result = []
    for i in range(nodes):
        received = np.ascontiguousarray(received_s[order, i])
        key = received.tobytes()
        if key not in made:
            found = _node(plots, sensor, received, cycles, settings)
            back = np.empty(len(order), dtype=np.int64)
            back[order] = found.plot_track
            made[key] = NodeTracks(tracks=found.tracks, plot_track=back)
        result.append(made[key])
    return tuple(result)


def _node(
    plots: np.ndarray, sensor: np.ndarray, received: np.ndarray, cycles: np.ndarray, settings: TrackerSettings
) -> NodeTracks:
    desk = _Desk(plots, sensor, settings)
    arrival = np.searchsorted(cycles, received)
    by_cycle = np.argsort(arrival, kind="stable")
    ends = np.searchsorted(arrival[by_cycle], np.arange(len(cycles) + 1))
    for j, cycle in enumerate(cycles):
        new = by_cycle[ends[j] : ends[j + 1]]
        for scan in _scans(plots[new, T], sensor[new], new):
            desk.take(scan)
        desk.look_back(float(cycle))
        desk.stand(j, float(cycle))
    return desk.closed(len(cycles))


def _scans(t: np.ndarray, sensor: np.ndarray, rows: np.ndarray) -> list[np.ndarray]:
    """Plots of one sensor and instant together, in the order of time."""
    if len(rows) == 0:
        return []
    order = np.lexsort((rows, sensor, t))
    cut = np.flatnonzero((np.diff(t[order]) != 0.0) | (np.diff(sensor[order]) != 0)) + 1
    groups = np.split(rows[order], cut)
    return sorted(groups, key=lambda group: int(group[0]))


class _Desk:
    """A node at work: its open tracks, and those that ended. Lives within `track_several` alone."""

    def __init__(self, plots: np.ndarray, sensor: np.ndarray, settings: TrackerSettings) -> None:
        self.plots, self.sensor, self.settings, self.motion = plots, sensor, settings, motion_of(settings)
        self.open: list[_Open] = []
        self.ended: list[_Open] = []
        self.room, self.spare, self.scratch = np.empty((ROOM, 9, 9)), _bank(1)[0], np.empty((N + 1, N))
        self.limits = {n: gate_threshold(settings.gate, n) for n in (2, 3, 4)}
        self.group, self.scans = np.zeros(len(plots), dtype=np.int64), 0
        self.rivals, self.begun = Rivals(), 0

    def take(self, scan: np.ndarray) -> None:
        """Give the plots of a scan to tracks, and start tracks with those left."""
        firm = [track for track in self.open if track.last >= 0]
        starting = [track for track in self.open if track.last < 0]
        seen = {id(track): self._judged(track, scan) for track in self.open}
        free = np.ones(len(scan), dtype=bool)
        self.scans += 1
        self.group[scan] = self.scans
        if len(self.open) > 1:
            wanted = self._likely(self.open, scan, seen, free, 2) > -np.inf
            self.rivals.note([track.number for track in self.open], wanted, float(self.plots[scan[0], T]))
        choose = self._shared if self.settings.association == "jpda" else self._nearest
        idle = choose(firm, scan, seen, free, 0)
        self._nearest(starting, scan, seen, free, 0)
        idle = self._nearest(idle, scan, seen, free, 2)
        if self.plots[scan[0], INFRARED] == 0.0:
            for track in idle:
                track.missed += int(seen[id(track)][:, 4].any())
            for k in scan[free]:
                self.begun += 1
                fresh = _Open(self.begun, np.zeros(len(self.plots), dtype=np.bool_), np.zeros(len(self.plots)),
                              _bank(16), np.empty(16, dtype=np.int64), np.empty((N + 1, N)), _bank(1)[0])  # fmt: skip
                self.open.append(fresh)
                self._add(fresh, np.array([k]), np.ones(1))

    def _likely(
        self, tracks: list[_Open], scan: np.ndarray, seen: dict[int, np.ndarray], free: np.ndarray, agile: int
    ) -> np.ndarray:
        """Logarithm of the likelihood of every pair over that of both alone, (tracks, plots); -inf outside gates."""
        infrared = self.plots[scan[0], INFRARED] != 0.0
        limit = self.limits[2 if infrared else 3 + int(self.plots[scan[0], RATE_SIGMA] < np.inf)]
        judged = np.array([seen[id(track)] for track in tracks])
        inside = (judged[:, :, agile] <= limit) & free
        return np.where(inside, judged[:, :, agile + 1] + ALONE[int(infrared)], -np.inf)

    def _nearest(
        self, tracks: list[_Open], scan: np.ndarray, seen: dict[int, np.ndarray], free: np.ndarray, agile: int
    ) -> list[_Open]:
        """Give free plots to tracks outright. Returns the tracks that went without."""
        if not tracks or not free.any():
            return tracks
        likely = self._likely(tracks, scan, seen, free, agile)
        # Within its gate a track would rather have any plot than none.
        cost = np.where(likely > -np.inf, np.minimum(-likely, -1e-9), np.inf)
        chosen = assign(cost, np.zeros(len(tracks)))
        for track, n in zip(tracks, chosen, strict=True):
            if n >= 0:
                self._add(track, scan[[n]], np.ones(1))
                free[n] = False
        return [track for track, n in zip(tracks, chosen, strict=True) if n < 0]

    def _shared(
        self, tracks: list[_Open], scan: np.ndarray, seen: dict[int, np.ndarray], free: np.ndarray, agile: int
    ) -> list[_Open]:
        """Give every track its share of the plots. Returns the tracks that more likely than not went without."""
        if not tracks:
            return tracks
        weight = _fewer(np.exp(np.minimum(self._likely(tracks, scan, seen, free, agile), 300.0)))
        chance = joint_probabilities(weight, np.ones(len(tracks)))
        claimed = chance[:, :-1].sum(axis=0) > 0.5
        for track, row in zip(tracks, chance, strict=True):
            share = np.where(row[:-1] < SLIGHT, 0.0, np.where(row[:-1] > 1.0 - SLIGHT, 1.0, row[:-1]))
            took = np.flatnonzero(share)
            if took.size:
                self._add(track, scan[took], share[took])
                claimed[row[:-1].argmax()] |= row[-1] < 0.5
        free &= ~claimed
        return [track for track, none in zip(tracks, chance[:, -1], strict=True) if none >= 0.5]

    def _judged(self, track: _Open, scan: np.ndarray) -> np.ndarray:
        out = np.empty((len(scan), 5))
        judge(self.plots, track.have, track.newest, track.bank, track.at, track.depth, scan, self.motion, self.spare,
              self.scratch, out, self.room)  # fmt: skip
        return out

    def _add(self, track: _Open, rows: np.ndarray, share: np.ndarray) -> None:
        """Give a track the plots of a scan, or its shares of them."""
        track.share[rows], track.have[rows] = share, share >= 0.5
        track.missed = 0 if share.sum() >= 0.5 else track.missed
        track.count += len(rows)
        track.newest = max(track.newest, int(rows.max()))
        self._rework(track, int(rows.min()))

    def _rework(self, track: _Open, earliest: int) -> None:
        """Bring a track's state up to its plots, of which those from index `earliest` on have changed."""
        if track.count + 1 > len(track.at):
            bank, at = _bank(2 * track.count), np.empty(2 * track.count, dtype=np.int64)
            bank[: len(track.bank)], at[: len(track.at)] = track.bank, track.at
            track.bank, track.at = bank, at
        settings = self.settings
        track.depth, track.last, track.broken = absorb(
            self.plots, track.have, track.share, self.group, earliest, track.newest, track.bank, track.at,
            track.depth, settings.confirm_plots, settings.confirm_window_s, self.motion, track.begun, self.spare,
            self.room,
        )  # fmt: skip
        track.stale = True

    def look_back(self, cycle: float) -> None:
        """Exchange plots between tracks that met, where these make more sense so."""
        firm = {track.number: track for track in self.open if track.depth > 0}
        for pair, rivalry in self.rivals.due(cycle, {track.number for track in self.open}):
            if not firm.keys() >= set(pair):
                continue
            one, two = (firm[number] for number in pair)
            rows = exchanged(self.plots, self.sensor, (_held(one), _held(two)), rivalry, self.settings, self.motion)
            if len(rows):
                one.share[rows], two.share[rows] = two.share[rows], one.share[rows]
                one.have[rows], two.have[rows] = two.have[rows], one.have[rows]
                for track in (one, two):
                    had = np.flatnonzero(track.share)
                    track.count, track.newest = len(had), int(had[-1])
                    self._rework(track, int(rows[0]))

    def stand(self, j: int, cycle: float) -> None:
        """Note where every confirmed track stands, and end those that are over."""
        still = []
        for track in self.open:
            if track.last < 0:
                age = cycle - self.plots[track.newest, T]
                if age <= self.settings.confirm_window_s + FAST_S:
                    still.append(track)
                continue
            if self._stands(track, j, cycle):
                still.append(track)
            else:
                self.ended.append(track)
        self.open = still

    def _stands(self, track: _Open, j: int, cycle: float) -> bool:
        mean, covariance = np.empty(6), np.empty((6, 6))
        if track.broken:
            track.given.append((j, mean * np.nan, covariance * np.nan, FAILED, np.nan, np.nan))
            return False
        if track.stale:
            settle(self.plots, track.bank, track.depth, track.begun, track.last, track.ahead, self.room)
            track.stale = False
        burning, known = stand(self.plots, track.depth, track.begun, track.last, track.ahead, self.spare, cycle,
                               self.motion, mean, covariance, self.room)  # fmt: skip
        if not known or track.missed >= MISSED or altitude(mean[0], mean[1], mean[2]) < BELOW_M:
            return False
        track.given.append((j, mean, covariance, CONFIRMED, burning, float(self.plots[track.last, T])))
        return True

    def closed(self, cycles: int) -> NodeTracks:
        """All tracks that were ever confirmed, in the order of that."""
        told = [track for track in (*self.ended, *self.open) if track.given]
        told.sort(key=lambda track: (track.given[0][0], int(np.flatnonzero(track.share)[0])))
        tracks, plot_track = empty_tracks(len(told), cycles), np.full(len(self.plots), -1, dtype=np.int64)
        most = np.zeros(len(self.plots))
        for k, track in enumerate(told):
            plot_track[track.share > most] = k
            most = np.maximum(most, track.share)
            for j, mean, covariance, status, burning, last in track.given:
                tracks.mean[k, j], tracks.covariance[k, j], tracks.status[k, j] = mean, covariance, status
                tracks.boosting[k, j], tracks.last_plot_s[k, j] = burning, last
        return NodeTracks(tracks=tracks, plot_track=plot_track)


def _held(track: _Open) -> Held:
    return Held(have=track.have, bank=track.bank, at=track.at, depth=track.depth)


def _fewer(weight: np.ndarray) -> np.ndarray:
    """Weights of pairs; where more plots compete than joint probabilities can be had of, of the best pairs alone."""
    for rows, columns in clusters(weight > 0.0):
        if len(columns) > LARGEST_CLUSTER:
            part = weight[np.ix_(rows, columns)]
            with np.errstate(divide="ignore"):
                best = assign(-np.log(part), np.zeros(len(rows)))
            only = np.zeros_like(part)
            given = np.flatnonzero(best >= 0)
            only[given, best[given]] = part[given, best[given]]
            weight[np.ix_(rows, columns)] = only
    return weight


def _bank(size: int) -> np.ndarray:
    """Room for so many snapshots of the filters."""
    return np.empty((size, FILTERS, MEAN + 1, 7))
