"""The notices of one node: the warning rule applied to what it has, anew whenever something has come."""

import numpy as np

from trackfuse.realtime.bodies import Notice
from trackfuse.realtime.evidence import Evidence
from trackfuse.realtime.knowledge import Knowledge
from trackfuse.realtime.setup import NodeSetup
from trackfuse.warning import Arrival, Notices, notices_by

UPDATES = {1: "cancelled", 2: "again"}
"""What becomes of a notice, by `Changes.kind`."""


class Decider:
    """Decides on a node's notices, and remembers which it has given.

    Parameters
    ----------
    setup : NodeSetup
    """

    def __init__(self, setup: NodeSetup) -> None:
        self._setup = setup
        self._standing: dict[int, Notices] = {}
        self._first: dict[int, tuple[float, int]] = {}
        self._given: set[tuple[str, int, str, float]] = set()
        nowhere = np.full(len(setup.places), np.nan)
        self._truth = Arrival(nowhere, np.nan, np.nan, np.nan, np.nan)

    @property
    def standing(self) -> dict[int, Notices]:
        """By fused track what would be announced if nothing more came; of the node's own row alone."""
        return self._standing

    def decide(self, evidence: Evidence, tracks: dict[int, np.ndarray], knowledge: Knowledge) -> None:
        """Apply the rule anew.

        Parameters
        ----------
        evidence : Evidence
        tracks : dict of int to ndarray of int, each of shape (k,)
            By fused track those rows of the evidence that are of it.
        knowledge : Knowledge
            Where detections carry their object; else it is not read.
        """
        setup, never = self._setup, np.full(len(self._setup.nodes), np.inf)
        confirmed, message = never.copy(), never.copy()
        if setup.known:
            confirmed[setup.node], message[setup.node] = knowledge.confirmed_s, knowledge.message_s
        for track, rows in tracks.items():
            known, concerned = evidence.of(rows)
            self._standing[track] = notices_by(
                concerned, known, (setup.nodes, setup.places), setup.rule, (confirmed, message), setup.delay_s,
                self._truth,
            )  # fmt: skip

    def due(self, now_s: float, knowledge: Knowledge) -> list[Notice]:
        """Notices that are decided on by an instant and were not given before."""
        node, out = self._setup.node, []
        launch_s = knowledge.confirmed_s
        if self._setup.rule.launch_needs == "message":
            launch_s = min(launch_s, knowledge.message_s)
        out.append(Notice(what="launch", track=-1, place="", met_s=launch_s,
                          notice_s=launch_s + float(self._setup.delay_s[node, 0])))  # fmt: skip
        for track, made in sorted(self._standing.items()):
            for p in np.flatnonzero(made.place_met_s[node] <= now_s).tolist():
                met = float(made.place_met_s[node, p])
                if met < self._first.get(p, (np.inf, -1))[0]:
                    self._first[p] = met, track
        for track, made in sorted(self._standing.items()):
            out += self._of_track(track, made)
        new = [each for each in out if each.met_s <= now_s and _key(each) not in self._given]
        self._given |= {_key(each) for each in new}
        return sorted(new, key=lambda each: each.met_s)

    def _of_track(self, track: int, made: Notices) -> list[Notice]:
        """All notices on account of one fused track: to a place only if it was the first that called for one."""
        node, places, out = self._setup.node, self._setup.places, []
        for p, (met, first) in self._first.items():
            if first == track:
                out.append(Notice(what="place", track=track, place=places[p].name, met_s=met,
                                  notice_s=float(made.place_notice_s[node, p])))  # fmt: skip
        changes, regions = made.changes, made.regions
        for c in range(len(changes.node)):
            p = int(changes.place[c])
            if self._first.get(p, (0.0, -1))[1] == track:
                out.append(Notice(what=UPDATES[int(changes.kind[c])], track=track, place=places[p].name,
                                  met_s=float(changes.met_s[c]), notice_s=float(changes.notice_s[c])))  # fmt: skip
        for r in range(len(regions.node)):
            impact = np.array([np.degrees(regions.lat_rad[r]), np.degrees(regions.lon_rad[r]), regions.time_s[r],
                               *regions.covariance[r].ravel()])  # fmt: skip
            out.append(Notice(what="region", track=track, place="", met_s=float(regions.met_s[r]),
                              notice_s=float(regions.notice_s[r]), impact=impact))  # fmt: skip
        return out


def _key(notice: Notice) -> tuple[str, int, str, float]:
    return notice.what, notice.track, notice.place, notice.met_s
