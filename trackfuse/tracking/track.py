"""Every node's own tracks, from what that node has received."""

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np

from trackfuse.core.display import displayed
from trackfuse.core.errors import PluginError
from trackfuse.sensing import Detections
from trackfuse.tracking.compiled_node import Received, compiled_node
from trackfuse.tracking.packing import packed
from trackfuse.tracking.settings import TrackerSettings
from trackfuse.tracking.tracks import Tracks, joined_tracks


@displayed(lambda value: f"{value.tracks.mean.shape[0]} own tracks at {value.tracks.mean.shape[1]} instants")
@dataclass(frozen=True, slots=True, kw_only=True)
class LocalTracks:
    """What every node makes of the detections that it has received.

    Parameters
    ----------
    tracks : Tracks
        K of them; of each node one for every object if that is known, else in the order of their confirmation.
    assigned : ndarray of int, shape (m, N)
        Row of the track that each detection was given to at each node in the end, or most of it; -1 for none, or where
        the node never had it.
    """

    tracks: Tracks
    assigned: np.ndarray


Worked = dict[tuple[bytes, ...], tuple[Tracks, np.ndarray]]
"""What single nodes made of what they have received: tracks, and the one that each detection was given to."""


def track(
    detections: Detections,
    received_s: np.ndarray,
    cycle_s: np.ndarray,
    settings: TrackerSettings,
    confirmed_s: np.ndarray | None = None,
    worked: Worked | None = None,
) -> LocalTracks:
    """Track any number of objects at N nodes, each from the detections that it has received.

    A track starts with the first `confirm_plots` radar detections within `confirm_window_s`, or with angles alone from
    two places whose lines of sight cross by 5 degrees or more, two from each within that time: with constant
    acceleration in nine states. Once the velocity is known (to 15 %; to 40 % where lines of sight started it) extended
    Kalman filters take over, one for a burning engine (gravity turn, seven states with axial thrust), one for free fall
    (six states, J2, drag) and one for re-entry (seven states with drag), as interacting multiple models; or the filter
    that `settings.filter` names.

    With association "known" there is a track for each object, of the detections that are of it. Else a node works
    through what is new at every cycle in the order of measurement, scan by scan (the detections of one sensor at one
    instant). Confirmed tracks choose first among the detections within their gates, by global nearest neighbour or each
    its share of them; then tracks that crossed lines of sight began, then tentative ones, then confirmed tracks that
    went without, allowing for an engine that started or stopped. A radar detection that is left starts a tentative
    track. These share detections, and one is confirmed once it explains its own better by far than any that holds some
    of the same (`kernels.tentative`). Two lines of sight that are left and pass near enough to each other start a track
    (`kernels.line_pairs`). Which track a detection goes to is decided on its arrival, and once more for tracks that
    wanted the same ones, by what came after (`kernels.reassociation`).

    Parameters
    ----------
    detections : Detections
        m of them, in any order. `truth` says which object each is of: read with association "known" alone.
    received_s : ndarray, shape (m, N)
        When each node has each of them, s; inf if never.
    cycle_s : ndarray, shape (J,)
        Instants at which estimates are wanted, rising, s.
    settings : TrackerSettings
        Association "auto" is "known" here; `gate` is the probability with which a track's own detection is in its gate.
    confirmed_s : ndarray, shape (O, N), optional
        With association "known": no track of an object is given before this, inf for never; by default from its start
        on. O is the number of objects.
    worked : Worked, optional
        What nodes made of the same detections with the same settings before; what they make now is added.

    Returns
    -------
    LocalTracks
        At cycle j of a node a function of exactly the set of detections with received_s <= cycle_s[j], worked through
        in the order of measurement and predicted to that time, whatever the order of the rows. Tracks of known objects
        pause while they are lost, and go on after impact. Others end when they are lost (see
        `kernels.track_update.LOST_M` and LOST_BY_LINES_M), when the filter fails, when they have come down, or when
        radars that should see them keep seeing something else.

    Raises
    ------
    PluginError
        If a filter of the user's own fails, at the first node where it does.

    Notes
    -----
    Blom & Bar-Shalom (1988); Bar-Shalom, Li & Kirubarajan (2001); Bar-Shalom & Li (1995), chapter 6; Fortmann,
    Bar-Shalom & Scheffe (1983). Valid for ballistic targets below 40,000 km that boost along their velocity; a lifting
    body or a spinning launch phase is outside the models. Objects must be seen apart: two within a radar's resolution
    still give a detection each. Joint probabilities draw the tracks of objects that stay close towards each other
    (coalescence), and a detection beside a track starts another later than it would by nearest neighbour.
    """
    nodes, cycles = received_s.shape[1], np.ascontiguousarray(cycle_s, dtype=float)
    if confirmed_s is None:
        confirmed_s = np.full((int(detections.truth.max(initial=-1)) + 1, nodes), -np.inf)
    known = settings.association in ("auto", "known")
    plots = packed(detections)
    # Ties are broken by what was measured, never by the sensor's number: its label must not matter.
    order = np.lexsort((*plots["z"].T[::-1], plots["t_s"]))
    # `take` copies records as they are, an index field by field: ten times slower.
    plots, sensor, truth = plots.take(order), detections.sensor[order].astype(np.int64), detections.truth[order]
    work, made, parts = _worker(settings), {} if worked is None else worked, []
    assigned, first = np.full(received_s.shape, -1, dtype=np.int64), 0
    for i in range(nodes):
        had = np.flatnonzero(np.isfinite(received_s[order, i]))
        mine = Received(plots.take(had), sensor[had], truth[had].astype(np.int64),
                        np.ascontiguousarray(received_s[order[had], i], dtype=float),
                        np.ascontiguousarray(confirmed_s[:, i] if known else np.zeros(0), dtype=float))  # fmt: skip
        # Nodes that receive the same at the same times hold the same tracks: they are worked out once.
        key = _content(mine)
        if key not in made:
            try:
                made[key] = work(mine, cycles, settings)
            except PluginError as error:
                raise PluginError(error.part, i, error.t_s, error.what) from error.__cause__
        tracks, given = made[key]
        parts.append((i, tracks))
        assigned[order[had], i] = np.where(given >= 0, given + first, -1)
        first += len(tracks.node)
    return LocalTracks(tracks=joined_tracks(parts), assigned=assigned)


def _content(mine: Received) -> tuple[bytes, ...]:
    """All that one node's tracks are made of, field by field: between the fields of a record is what was in memory."""
    others = (getattr(mine, each.name) for each in fields(mine) if each.name != "plots")
    return tuple(each.tobytes() for each in (*(mine.plots[name] for name in mine.plots.dtype.names or ()), *others))


Worker = Callable[[Received, np.ndarray, TrackerSettings], tuple[Tracks, np.ndarray]]


def _worker(settings: TrackerSettings) -> Worker:
    """What works through one node's detections: the kernel, or any other filter in Python."""
    if (settings.engine, settings.filter) == ("compiled", "imm"):
        return compiled_node
    # Here: only who asks for them waits for these filters' compilation, or for filterpy.
    from trackfuse.tracking.filter_node import filter_node

    return filter_node
