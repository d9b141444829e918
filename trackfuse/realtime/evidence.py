"""What a node may decide notices on: its own predictions and those of others, and since when it has each."""

from dataclasses import dataclass

import numpy as np

from trackfuse.realtime.bodies import ITEMS, StatedImpacts
from trackfuse.realtime.predicting import NOTHING, some_of
from trackfuse.realtime.setup import NodeSetup
from trackfuse.warning import HIT, Predictions, PredictionSet, concern, joined, picked


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """K predictions: `key` (K, 4) is level, origin, track and cycle of each, `available_s` (K,) since when the node has
    it, `chance` and `flown` (K, P) as `concern` gives them.
    """

    key: np.ndarray
    boosting: np.ndarray
    available_s: np.ndarray
    impacts: Predictions
    chance: np.ndarray
    flown: np.ndarray


class Evidence:
    """Predictions that one node has, each since the first message that held it.

    Parameters
    ----------
    setup : NodeSetup
    """

    def __init__(self, setup: NodeSetup) -> None:
        self._setup = setup
        self._seen: set[tuple[int, int, int, int]] = set()
        self._new: list[tuple[np.ndarray, StatedImpacts, np.ndarray]] = []
        empty = np.empty((0, len(setup.places)))
        self._all = _Part(key=np.empty((0, 4), dtype=np.int64), boosting=np.empty(0), available_s=np.empty(0),
                          impacts=NOTHING.impacts, chance=empty, flown=empty)  # fmt: skip

    @property
    def key(self) -> np.ndarray:
        """Level, origin, track and cycle of each prediction, ndarray of int of shape (K, 4)."""
        return self._all.key

    def add(self, level: int, origin: int, stated: StatedImpacts, since_s: float) -> None:
        """Take in what is new among the predictions of a message.

        Parameters
        ----------
        level : int
            `TRACK` or `ITEMS`; the node's own are those of a track.
        origin : int
        stated : StatedImpacts
        since_s : float
            From when on the node has them.
        """
        rows = []
        for k, (track, cycle) in enumerate(zip(stated.track.tolist(), stated.cycle.tolist(), strict=True)):
            key = (level, origin, track, cycle)
            if key not in self._seen:
                self._seen.add(key)
                # Items of no impact say nothing.
                if level != ITEMS or stated.impacts.status[k] == HIT:
                    rows.append(k)
        if not rows:
            return
        key = np.array([(level, origin, stated.track[k], stated.cycle[k]) for k in rows])
        self._new.append((key, some_of(stated, np.array(rows)), np.full(len(rows), since_s)))

    def update(self) -> bool:
        """Work out how likely what has come since the last time concerns each place; whether anything has."""
        if not self._new:
            return False
        setup, (key, stated, since_s) = self._setup, zip(*self._new, strict=True)
        boosting, impacts = np.concatenate([each.boosting for each in stated]), stated[0].impacts
        for each in stated[1:]:
            impacts = joined(impacts, each.impacts)
        chance, flown = concern(impacts, boosting, setup.places, setup.rule)
        new = _Part(key=np.concatenate(key), boosting=boosting, available_s=np.concatenate(since_s), impacts=impacts,
                    chance=chance, flown=flown)  # fmt: skip
        self._all = _together(self._all, new)
        self._new = []
        return True

    def of(self, rows: np.ndarray) -> tuple[PredictionSet, tuple[np.ndarray, np.ndarray]]:
        """Some of it as a rule is applied to it, and how likely each concerns each place.

        Parameters
        ----------
        rows : ndarray of int, shape (m,)

        Returns
        -------
        (PredictionSet, (ndarray, ndarray))
            Both arrays have shape (m, P): a probability and a share, as `concern` gives them. In the order in which
            `simulate` has them: tracks before items, by origin, track and cycle.
        """
        part, setup = self._all, self._setup
        rows = rows[np.lexsort(part.key[rows].T[::-1])]
        key, nodes = part.key[rows], len(setup.nodes)
        available = np.full((len(rows), nodes), np.inf)
        available[:, setup.node] = part.available_s[rows]
        known = PredictionSet(
            predictions=picked(part.impacts, rows), origin=key[:, 0] * nodes + key[:, 1],
            made_s=setup.cycle_s[key[:, 3]], boosting=part.boosting[rows], available_s=available,
        )  # fmt: skip
        return known, (part.chance[rows], part.flown[rows])


def _together(one: _Part, other: _Part) -> _Part:
    arrays = {
        name: np.concatenate([getattr(one, name), getattr(other, name)])
        for name in ("key", "boosting", "available_s", "chance", "flown")
    }
    return _Part(impacts=joined(one.impacts, other.impacts), **arrays)
