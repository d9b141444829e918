"""One node's own tracks by the compiled tracker, and what any node's tracker is given."""

from dataclasses import dataclass

import numpy as np

from trackfuse.kernels import oosm
from trackfuse.kernels.association import Association
from trackfuse.kernels.filter import SCRATCH
from trackfuse.kernels.initiation import N
from trackfuse.kernels.node_state import NEVER, Confirmation, NodeState, Reception, Scratch, Settings, new_state
from trackfuse.kernels.records import IMM, MEETINGS
from trackfuse.kernels.tracker import Detected, track_node
from trackfuse.tracking.gate import gate_threshold
from trackfuse.tracking.packing import motion_of
from trackfuse.tracking.settings import TrackerSettings
from trackfuse.tracking.tracks import ARRAYS, Tracks, empty_tracks

OOSM = {"reprocess": None, "drop": oosm.DROP, "one_step": oosm.ONE_STEP, "multi_step": oosm.MULTI_STEP}
MEASURED = (2, 3, 4)
"""How many numbers a detection may hold."""


@dataclass(frozen=True, slots=True)
class Received:
    """What one node has of some detections, in order of measurement.

    Parameters
    ----------
    plots : ndarray of DETECTION, shape (m,)
        As `packing.packed` gives them.
    sensor, truth : ndarray of int, shape (m,)
        Number of the sensor, and of the object that each is of.
    received_s : ndarray, shape (m,)
        Instant of reception, s.
    confirmed_s : ndarray, shape (O,)
        From when on the node may give each object's track, s.
    """

    plots: np.ndarray
    sensor: np.ndarray
    truth: np.ndarray
    received_s: np.ndarray
    confirmed_s: np.ndarray


def compiled_node(mine: Received, cycle_s: np.ndarray, settings: TrackerSettings) -> tuple[Tracks, np.ndarray]:
    """One node's tracks by the compiled tracker.

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
    """
    coming = np.flatnonzero(mine.received_s <= cycle_s[-1]) if len(cycle_s) else np.empty(0, dtype=np.int64)
    arrival = coming[np.argsort(mine.received_s[coming], kind="stable")]
    association = association_of(settings)
    state = node_state(mine.confirmed_s, len(arrival)) if association is None else new_state(8, 32, 256)
    rows = len(mine.confirmed_s) if association is None else 8
    out = empty_tracks(np.zeros(rows, dtype=np.int64), len(cycle_s))
    if len(cycle_s):
        state, filled = track_node(
            Detected(mine.plots, mine.sensor, mine.truth), Reception(mine.received_s, arrival, cycle_s), state,
            np.empty(0, MEETINGS), association, kernel_settings(settings), OOSM[settings.late], out.arrays(),
        )  # fmt: skip
        count = rows if association is None else int(state.tally[0]["rows"])
        arrays = dict(zip(ARRAYS, (values[:count] for values in filled), strict=True))
        out = Tracks(node=np.zeros(count, dtype=np.int64), **arrays)
    if association is None:
        return out, np.where(np.isfinite(mine.received_s), mine.truth, -1)
    return _in_order(out, state, len(mine.plots))


def _in_order(tracks: Tracks, state: NodeState, detections: int) -> tuple[Tracks, np.ndarray]:
    """Tracks that were ever given, in the order of their confirmation; the track that each detection has."""
    order = np.flatnonzero((tracks.status != 0).any(axis=1))
    return tracks.select(order), given_to(state, order, detections)


def given_to(state: NodeState, rows: np.ndarray, detections: int) -> np.ndarray:
    """Which of a node's tracks has each detection, or most of it.

    Parameters
    ----------
    state : NodeState
    rows : ndarray of int, shape (K,)
        Row of output of each track.
    detections : int
        How many there are, m.

    Returns
    -------
    ndarray of int, shape (m,)
        From 0 to K - 1; -1 for none.
    """
    slots = {int(slot["row"]): k for k, slot in enumerate(state.slots) if slot["number"] >= 0 and slot["row"] >= 0}
    given, most = np.full(detections, -1, dtype=np.int64), np.zeros(detections)
    for k, row in enumerate(rows.tolist()):
        if row not in slots:  # its start was undone by what came late, and it was forgotten
            continue
        slot = slots[row]
        count = state.slots[slot]["count"]
        mine, share = state.mine[slot, :count], state.share[slot, :count]
        given[mine[share > most[mine]]] = k
        most[mine] = np.maximum(most[mine], share)
    return given


def node_state(confirmed_s: np.ndarray, detections: int) -> NodeState:
    """A node that knows nothing yet, and which objects there are: a track for each of them.

    Parameters
    ----------
    confirmed_s : ndarray, shape (O,)
        No track of each object is given before this, s.
    detections : int
        How many it is to have room for; more make it grow.

    Returns
    -------
    NodeState
    """
    count = len(confirmed_s)
    state = new_state(count, detections + 2, detections + 2 * count + 2)
    for k, slot in enumerate(state.slots):
        for name, value in (("last", -1), ("broken", NEVER), ("earliest", NEVER), ("number", k), ("row", k),
                            ("confirmed", confirmed_s[k]), ("open", True), ("stale", True)):  # fmt: skip
            slot[name] = value
    state.tally["initiated"] = state.tally["rows"] = count
    return state


def kernel_settings(settings: TrackerSettings) -> Settings:
    """Settings as the kernels take them, with arrays to work in: for one thread."""
    scratch = Scratch(
        work=np.empty((SCRATCH, 9, 9)), spare=np.empty(1, IMM), other=np.empty(1, IMM), initial=np.empty((N + 1, N)),
        estimate=np.zeros((8, 7)), trial=np.empty((8, 7)),
    )  # fmt: skip
    confirm = Confirmation(settings.confirm_plots, float(settings.confirm_window_s))
    return Settings(confirm, motion_of(settings), scratch)


def association_of(settings: TrackerSettings) -> Association | None:
    """How detections are given to tracks, as the kernels take it; None where they carry their object."""
    if settings.association in ("auto", "known"):
        return None
    limits = np.array([gate_threshold(settings.gate, n) for n in MEASURED])
    return Association(limits, gate_threshold(settings.gate, 1), settings.association == "jpda")
