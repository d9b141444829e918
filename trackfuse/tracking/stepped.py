"""One node's own tracks cycle by cycle: the compiled tracker of `compiled_node`, fed as detections come in."""

from dataclasses import dataclass

import numpy as np

from trackfuse.core.errors import SettingsError
from trackfuse.kernels.consider_covariance import RegistrationErrors
from trackfuse.kernels.node_state import NodeState, new_state, with_room
from trackfuse.kernels.records import DETECTION, MEETINGS
from trackfuse.kernels.tracker import Detected, work_cycle
from trackfuse.tracking.compiled_node import OOSM, association_of, given_to, kernel_settings, node_state
from trackfuse.tracking.considered import Considered
from trackfuse.tracking.first_fix import FirstFix, first_fix
from trackfuse.tracking.settings import TrackerSettings
from trackfuse.tracking.tracks import Tracks, empty_tracks

ROOM = 64
"""Detections that there is room for at first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """Detections that a node has received since its last cycle, in the order of reception.

    Parameters
    ----------
    plots : ndarray of DETECTION, shape (m,)
        As `packing.packed` gives them.
    sensor : ndarray of int, shape (m,)
        Number of each one's sensor.
    truth : ndarray of int, shape (m,)
        Object that each is of, -1 of none; read with association "known" alone.
    errors : ndarray, shape (m, 3, E)
        What one standard deviation of each of E errors of its sensor adds to each, as `register` reads it. Range in m,
        azimuth and elevation in rad.
    """

    plots: np.ndarray
    sensor: np.ndarray
    truth: np.ndarray
    errors: np.ndarray


class SteppedTracker:
    """A node's tracker that keeps its state between cycles.

    Parameters
    ----------
    settings : TrackerSettings
        With an association that is not "auto".
    objects : int
        With association "known": how many objects there are. Each has a track, of its number.
    sensors, errors : int
        How many sensors there are, and how many errors E of each.

    Raises
    ------
    SettingsError
        If a filter other than the compiled interacting models is asked for.
    """

    def __init__(self, settings: TrackerSettings, objects: int, sensors: int, errors: int) -> None:
        if (settings.engine, settings.filter) != ("compiled", "imm"):
            raise SettingsError("a live node tracks with filter 'imm' and engine 'compiled' only")
        self._settings, self._late = kernel_settings(settings), OOSM[settings.late]
        self._association = association_of(settings)
        self._known = self._association is None
        self._meetings, self._count = np.empty(0, MEETINGS), 0
        never = np.full(objects, np.inf)
        self._state: NodeState = node_state(never, ROOM) if self._known else new_state(8, 32, 256)
        self._output = empty_tracks(np.zeros(objects if self._known else 8), 1).arrays()
        self._held = Detected(np.empty(ROOM, DETECTION), np.empty(ROOM, np.int64), np.empty(ROOM, np.int64))
        self._sensors, self._errors = sensors, np.empty((ROOM, 3, errors))
        self._considered = Considered(sensors * errors) if settings.registration == "consider" else None
        self._numbers: dict[int, int] = {}

    def confirm(self, number: int, at_s: float) -> None:
        """With association "known": give the track of an object from an instant on, s."""
        self._state.slots["confirmed"][number] = at_s

    def step(self, arrived: Arrived, t_s: float) -> Tracks:
        """Work in what has arrived, and say what every track claims.

        Parameters
        ----------
        arrived : Arrived
        t_s : float
            The instant, later than that of the step before, s.

        Returns
        -------
        Tracks
            At one cycle, of node 0: row k is the node's track of number k, as `tracking.track` numbers them. Where the
            settings consider registration errors, covariances hold what these add.
        """
        new, held = self._take(arrived), self._held
        for values in self._output:
            values[...] = 0 if values.dtype == np.int8 else np.nan
        if self._known:
            self._state = with_room(self._state, len(new), 0)
        self._state, self._meetings, self._output = work_cycle(
            Detected(*(each[: self._count] for each in held)), new, float(t_s), 0, self._state, self._meetings,
            self._association, self._settings, self._late, self._output,
        )  # fmt: skip
        rows = self._rows()
        mean, covariance, status, boosting, last_plot_s = (values[rows] for values in self._output)
        tracks = Tracks(node=np.zeros(len(rows), dtype=np.int64), mean=mean, covariance=covariance, status=status,
                        boosting=boosting, last_plot_s=last_plot_s)  # fmt: skip
        if self._considered is not None:
            self._considered.widen(tracks, self._received(), self._given(rows), float(t_s))
        return tracks

    def first_seen_s(self, number: int) -> float:
        """When the first detection that a track has was measured, s."""
        row = number if self._known else next(r for r, n in self._numbers.items() if n == number)
        slots = self._state.slots
        slot = next(k for k in range(len(slots)) if slots["number"][k] >= 0 and slots["row"][k] == row)
        count = slots["count"][slot]
        return float(self._held.plots["t_s"][self._state.mine[slot, :count]].min())

    def first_fix(self, number: int, settings: TrackerSettings) -> FirstFix | None:
        """What a track's first lines of sight tell of where its object was, as `tracking.first_fix` has it."""
        plots, sensor, _ = (each[: self._count] for each in self._held)
        mine = np.flatnonzero(self._given(self._rows()) == number)
        return first_fix(plots.take(mine), sensor[mine], self._errors[mine], settings)

    def _take(self, arrived: Arrived) -> np.ndarray:
        """Store new detections; their rows, put in the order of measurement, ties broken as in `track`."""
        first, count = self._count, self._count + len(arrived.plots)
        if count > len(self._held.plots):
            room = 2 * count
            self._held = Detected(*(np.concatenate([each, np.empty(room - len(each), each.dtype)])
                                    for each in self._held))  # fmt: skip
            self._errors = np.concatenate([self._errors, np.empty((room - len(self._errors), *self._errors.shape[1:]))])
        for whole, some in zip(self._held, (arrived.plots, arrived.sensor, arrived.truth), strict=True):
            whole[first:count] = some
        self._errors[first:count] = arrived.errors
        self._count = count
        return first + np.lexsort((*arrived.plots["z"].T[::-1], arrived.plots["t_s"]))

    def _rows(self) -> np.ndarray:
        """Row of output of every track that was ever given, in the order of confirmation."""
        if self._known:
            return np.arange(len(self._output.status))
        for row in np.flatnonzero(self._output.status[:, 0] != 0).tolist():
            self._numbers.setdefault(row, len(self._numbers))
        return np.array(list(self._numbers), dtype=np.int64)

    def _received(self) -> tuple[np.ndarray, RegistrationErrors]:
        """All detections, and what registration errors add to them: columns in the order of the sensors."""
        plots, sensor, _ = (each[: self._count] for each in self._held)
        each = self._errors.shape[2]
        return plots, RegistrationErrors(self._errors[: self._count], each * sensor, self._sensors * each)

    def _given(self, rows: np.ndarray) -> np.ndarray:
        """Track that has each detection now."""
        return self._held.truth[: self._count] if self._known else given_to(self._state, rows, self._count)
