"""A node that keeps state: `receive` queues messages by time of reception, `step` works through what has come."""

from dataclasses import dataclass

import numpy as np

from trackfuse.realtime.bodies import ITEMS, TRACK, Body, LaunchReport, Message, Notice, Plot, Report, Stated
from trackfuse.realtime.clusters import NodeClusters
from trackfuse.realtime.deciding import Decider
from trackfuse.realtime.evidence import Evidence
from trackfuse.realtime.fusing import Members, fuse_now
from trackfuse.realtime.holdings import Holdings
from trackfuse.realtime.knowledge import Knowledge
from trackfuse.realtime.plots import arrived_of
from trackfuse.realtime.predicting import OwnPredictor
from trackfuse.realtime.setup import NodeSetup
from trackfuse.sensing import ERRORS
from trackfuse.simulation.boost import LaunchPoint
from trackfuse.simulation.messages import stated_launch
from trackfuse.simulation.rounding import LAUNCH_POINT, TRAJECTORY
from trackfuse.tracking import Tracks, empty_tracks, warning_sigma
from trackfuse.tracking.stepped import Arrived, SteppedTracker

ROWS = 8
"""Tracks of a node that there is room for at first, where detections do not carry their object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldTracks:
    """What a node holds at a cycle.

    Parameters
    ----------
    own : Tracks
        Its own tracks at that cycle, by number.
    fused : dict of int to Tracks
        By number each fused track for which there is an own track or a report.
    """

    own: Tracks
    fused: dict[int, Tracks]


class LiveNode:
    """One command centre, fed one message at a time.

    Fed the same messages at the same instants, it gives the tracks, fused tracks, items and notices of `simulate` to
    the bit: it drives the same kernels, one cycle at a time.

    Parameters
    ----------
    setup : NodeSetup
    """

    def __init__(self, setup: NodeSetup) -> None:
        self.setup = setup
        nodes, cycles = len(setup.nodes), len(setup.cycle_s)
        self._index = {node.node_id: i for i, node in enumerate(setup.nodes)}
        self._queue: list[tuple[float, Message]] = []
        self.knowledge = Knowledge(setup.node, setup.tracker)
        self._tracker = SteppedTracker(setup.tracker, 1, len(setup.sources.names), len(ERRORS))
        self._holdings = Holdings(nodes, 1 if setup.known else ROWS, cycles)
        self._clusters = None
        if not setup.known:
            self._clusters = NodeClusters(setup.node, self._holdings, setup.cycle_s, setup.tracker)
        self._burned: dict[int, int] = {}
        self._predictor, self._evidence = OwnPredictor(setup), Evidence(setup)
        self.decider = Decider(setup)
        self._own: Tracks = empty_tracks(np.empty(0, dtype=np.int64), 1)
        self._launch: dict[int, LaunchPoint] = {}
        self.cycle = -1

    @property
    def name(self) -> str:
        """Of the node."""
        return self.setup.nodes[self.setup.node].node_id

    def receive(self, message: Message, received_s: float) -> None:
        """Queue a message.

        Parameters
        ----------
        message : Message
            Of a node or sensor of the scenario; see `admission` for what is let through.
        received_s : float
            When it was received, s.
        """
        self._queue.append((received_s, message))

    def track(self) -> list[Report]:
        """The first half of a cycle: work the detections received by the next cycle into the node's own tracks.

        Returns
        -------
        list of Report
            What it reports of them, which rests on nothing else.
        """
        self.cycle += 1
        now_s = float(self.setup.cycle_s[self.cycle])
        plots: list[tuple[float, Plot]] = []
        for received_s, message in self._received((Plot, LaunchReport)):
            body = message.body
            if isinstance(body, Plot):
                plots.append((received_s, body))
                self.knowledge.plot(body, self._index[message.origin], received_s)
            else:
                self.knowledge.launch_report(self._index[message.origin], received_s)
        if self.setup.known and self.knowledge.confirmed_s <= now_s:
            self._tracker.confirm(0, self.knowledge.confirmed_s)
        self._own = self._tracker.step(self._arrived(plots), now_s)
        self._make_room(len(self._own.node))
        self._holdings.put_own(self.setup.node, self.cycle, self._own)
        made = self._predictor.update(self._own, self.cycle)
        if made is not None:
            self._evidence.add(TRACK, self.setup.node, made[0], now_s)
        return self._reports(self._own, now_s)

    def conclude(self) -> tuple[HeldTracks, list[Notice]]:
        """The second half: take in the reports received by then, fuse, and decide.

        Returns
        -------
        (HeldTracks, list of Notice)
            What the node holds, and notices that it has not given before.
        """
        now_s = float(self.setup.cycle_s[self.cycle])
        for received_s, message in self._received((Report,)):
            assert isinstance(message.body, Report)
            self._take_report(self._index[message.origin], message.body, received_s)
        if self._clusters is not None:
            self._clusters.update(self._holdings, self.cycle)
        fused = self._fuse(self._own)
        if self._evidence.update():
            self.decider.decide(self._evidence, self._evidence_by_track(), self.knowledge)
        return HeldTracks(own=self._own, fused=fused), self.decider.due(now_s, self.knowledge)

    def step(self) -> tuple[HeldTracks, list[Body]]:
        """Work through everything received up to the next cycle.

        Returns
        -------
        (HeldTracks, list)
            What the node holds then, and what it sends: reports and notices.
        """
        reports = self.track()
        held, notices = self.conclude()
        return held, [*reports, *notices]

    # ---- what is received ----------------------------------------------------------------------------------------

    def _received(self, kinds: tuple[type, ...]) -> list[tuple[float, Message]]:
        """Take out of the queue what was received by the present cycle, in the order of reception."""
        now_s, taken, left = self.setup.cycle_s[self.cycle], [], []
        for each in self._queue:
            (taken if each[0] <= now_s and isinstance(each[1].body, kinds) else left).append(each)
        self._queue = left
        return sorted(taken, key=lambda each: each[0])

    def _arrived(self, plots: list[tuple[float, Plot]]) -> Arrived:
        """Detections as the tracker takes them; what came at one instant in the order that `simulate` has it in."""
        index = {name: s for s, name in enumerate(self.setup.sources.names)}
        ordered = sorted(plots, key=lambda each: (each[0], each[1].measured_s, index[each[1].sensor]))
        return arrived_of([plot for _, plot in ordered], self.setup.sources, considered=self.setup.considered)

    def _take_report(self, origin: int, report: Report, received_s: float) -> None:
        if self.setup.known or report.tracks:
            self.knowledge.report(report.level, origin, received_s)
        self._make_room(1 + max([each.track for each in report.tracks] + report.predicted.track.tolist(), default=-1))
        self._holdings.take(origin, report)
        self._evidence.add(report.level, origin, report.predicted, received_s)

    def _make_room(self, rows: int) -> None:
        if rows > self._holdings.rows:
            moved = self._holdings.grow(max(rows, 2 * self._holdings.rows))
            if self._clusters is not None:
                self._clusters.grow(self._holdings, moved)

    # ---- what it makes of it -------------------------------------------------------------------------------------

    def _fuse(self, own: Tracks) -> dict[int, Tracks]:
        """Every fused track of which there is anything, by number."""
        held, setup, cycle = self._holdings, self.setup, self.cycle
        number = self._numbers()
        out: dict[int, Tracks] = {}
        for fused in sorted(set(number[number >= 0].tolist())):
            rows = np.where((number == fused).any(axis=2), (number == fused).argmax(axis=2), -1)
            rows = np.where(rows >= 0, rows + np.arange(len(setup.nodes)) * held.rows, -1)
            mine = int(rows[TRACK, setup.node])
            rows[:, setup.node] = -1
            if mine >= 0 and held.tracks.boosting[mine, cycle] > 0.5:
                self._burned[fused] = cycle
            members = Members(row=rows, own=mine, burned=self._burned.get(fused, -1))
            out[fused] = fuse_now(setup.node, cycle, members, held, setup.cycle_s, setup.tracker)
        if setup.known and 0 not in out:
            out[0] = own  # no estimate, or one that failed
        return out

    def _numbers(self) -> np.ndarray:
        """Fused track, -1 for none, that each row of each node's newest reports is of, (2, N, R); own rows now."""
        held, node = self._holdings, self.setup.node
        newest = held.newest.copy()
        newest[:, node] = self.cycle
        nodes = newest.shape[1]
        row = np.broadcast_to(np.arange(nodes * held.rows).reshape(nodes, held.rows), (2, nodes, held.rows))
        cycle = np.broadcast_to(np.maximum(newest, 0)[:, :, None], row.shape)
        there = (held.tracks.status[row, cycle] == 1) & (newest[:, :, None] >= 0)
        if self._clusters is None:
            return np.where(there, 0, -1)
        return np.where(there, self._clusters.of_rows(row, cycle), -1)

    def _evidence_by_track(self) -> dict[int, np.ndarray]:
        """Rows of the evidence by the fused track that they are of."""
        _, origin, track, cycle = self._evidence.key.T
        if self._clusters is None:
            return {0: np.arange(len(origin))}
        row = origin * self._holdings.rows + track
        number = self._clusters.of_rows(row, cycle)
        return {int(fused): np.flatnonzero(number == fused) for fused in np.unique(number[number >= 0])}

    # ---- what it sends -------------------------------------------------------------------------------------------

    def _reports(self, own: Tracks, now_s: float) -> list[Report]:
        """Its report of this cycle, with state and covariance and as the three published items."""
        if self.setup.known and self.knowledge.confirmed_s > now_s:
            return []
        exact, coarse = self._predictor.recent(self.cycle)
        held = np.flatnonzero(own.status[:, 0] == 1).tolist()
        track = tuple(
            Stated(track=k, mean=own.mean[k, 0], covariance=own.covariance[k, 0], boosting=float(own.boosting[k, 0]),
                   last_plot_s=float(own.last_plot_s[k, 0]))
            for k in held
        )  # fmt: skip
        items = tuple(self._items(each) for each in track)
        return [
            Report(level=TRACK, cycle=self.cycle, about_s=now_s, tracks=track, predicted=exact),
            Report(level=ITEMS, cycle=self.cycle, about_s=now_s, tracks=items, predicted=coarse),
        ]

    def _items(self, exact: Stated) -> Stated:
        """A track as the published items state it."""
        setup, held, normal = self.setup, self._holdings, self._predictor.rounding(exact.track)[self.cycle]
        row = setup.node * held.rows + exact.track
        if exact.track not in self._launch:
            first_s = 0.0 if setup.known else self._tracker.first_seen_s(exact.track)
            not_after_s = self.knowledge.known_s if setup.known else first_s
            self._launch[exact.track] = LaunchPoint(not_after_s, first_s, setup.tracker.cycle_s, setup.seed)
        launch = self._launch[exact.track].at(
            held.tracks, row, self.cycle, float(setup.cycle_s[self.cycle]),
            lambda: self._tracker.first_fix(exact.track, setup.tracker),
        )  # fmt: skip
        stated = stated_launch(launch[None], normal[None, LAUNCH_POINT], setup.launch_point_m)
        return Stated(
            track=exact.track, mean=exact.mean + warning_sigma(setup.tracker) * normal[TRAJECTORY],
            covariance=exact.covariance, boosting=exact.boosting, last_plot_s=exact.last_plot_s,
            launch=np.array([float(values[0]) for values in stated.values()]),
        )  # fmt: skip
