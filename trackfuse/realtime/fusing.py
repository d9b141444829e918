"""What a node holds of one object at one instant: its own track and the newest reports, by the kernel of `fuse`."""

from dataclasses import dataclass

import numpy as np

from trackfuse.kernels.fusion import FusionInput, fuse_all
from trackfuse.realtime.bodies import ITEMS, TRACK
from trackfuse.realtime.holdings import Holdings
from trackfuse.tracking import TrackerSettings, Tracks, empty_tracks, warning_sigma
from trackfuse.tracking.packing import motion_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """Tracks of N nodes that a node takes to be of one object at a cycle.

    Parameters
    ----------
    row : ndarray of int, shape (2, N)
        Row in the holdings of each node's newest report, with state and covariance and as the published items; -1 where
        there is none of this object.
    own : int
        Row of the node's own track, -1 without one.
    burned : int
        Last cycle at which the own track had the engine burn, -1 without one.
    """

    row: np.ndarray
    own: int
    burned: int


def fuse_now(
    node: int, cycle: int, members: Members, holdings: Holdings, cycle_s: np.ndarray, settings: TrackerSettings
) -> Tracks:
    """Fuse a node's own track with the reports that it has at a cycle, by covariance intersection.

    Only the cycles that matter are given to the kernel: those of the reports, of the own track, and of its last burn.

    Parameters
    ----------
    node, cycle : int
    members : Members
    holdings : Holdings
    cycle_s : ndarray, shape (J,)
    settings : TrackerSettings

    Returns
    -------
    Tracks
        One, at one cycle: the bits of `tracking.fuse`.
    """
    nodes, held, newest = members.row.shape[1], holdings.tracks, holdings.newest
    # Items count only if they are newer than the track.
    reports = [(kind, o, int(newest[kind, o])) for kind in (TRACK, ITEMS) for o in range(nodes)
               if members.row[kind, o] >= 0 and (kind == TRACK or newest[ITEMS, o] > newest[TRACK, o])]  # fmt: skip
    cycles = sorted({cycle, *(k for _, _, k in reports), *([members.burned] if members.burned >= 0 else [])})
    place = {k: n for n, k in enumerate(cycles)}
    some, received = empty_tracks(np.arange(nodes), len(cycles)), np.full((2, nodes, nodes, len(cycles)), np.inf)
    if members.burned >= 0:
        some.status[node, place[members.burned]], some.boosting[node, place[members.burned]] = 1, 1.0
    taken = [(o, k, members.row[kind, o]) for kind, o, k in reports]
    for o, k, row in [*taken, *([(node, cycle, members.own)] if members.own >= 0 else [])]:
        for whole, of in zip(some.arrays(), held.arrays(), strict=True):
            whole[o, place[k]] = of[row, k]
    for kind, o, k in reports:
        received[kind, o, node, place[k]] = -np.inf
    given = FusionInput(
        tracks=some.arrays(), received=received, cycles=cycle_s[np.array(cycles)],
        offset=np.zeros((nodes, 2, len(cycles), 6)), floor=np.stack([np.zeros(6), warning_sigma(settings) ** 2]),
        motion=motion_of(settings),
    )  # fmt: skip
    fused = empty_tracks(np.array([node]), len(cycles))
    fuse_all(given, np.array([node]), fused.arrays(), len(cycles) - 1, len(cycles))
    mean, covariance, status, boosting, last_plot_s = (each[:, -1:] for each in fused.arrays())
    return Tracks(node=fused.node, mean=mean, covariance=covariance, status=status, boosting=boosting,
                  last_plot_s=last_plot_s)  # fmt: skip
