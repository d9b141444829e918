"""Fusion of tracks: what a node makes of its own track and of what other nodes report."""

import numpy as np

from trackfuse.kernels.fusion import fuse_all
from trackfuse.tracking.settings import TrackerSettings
from trackfuse.tracking.track import Tracks, empty_tracks, motion_of

WARNING_POSITION_M = 5000.0
"""Standard deviation, an axis, that the published items add to a position: "trajectory" is given coarsely; assumed."""
WARNING_VELOCITY_MPS = 50.0
"""The same of a velocity; assumed."""


def fuse(
    local: Tracks,
    *,
    track_received_s: np.ndarray,
    warning_received_s: np.ndarray,
    cycle_times: np.ndarray,
    report_normal: np.ndarray,
    settings: TrackerSettings,
) -> Tracks:
    """Fuse every node's own track with the newest report received from each other node, by covariance intersection.

    What is reported is always a node's own track, never a fused one: nothing comes back to its sender, and no plot
    counts twice on that account. Reports are carried on to the instant of fusion, with the thrust that a burning
    target may have had since; one of a target that most likely burned is dropped after the mean time to burn-out. How
    far two nodes' errors are correlated is not known (common plots, common process noise): covariance intersection is
    consistent whatever it is.

    Parameters
    ----------
    local : Tracks
        Own tracks of N nodes at J cycles.
    track_received_s, warning_received_s : ndarray, shape (N, N, J)
        When the second node has the first one's report of a cycle, with state and covariance, or as the three
        published items; inf if never.
    cycle_times : ndarray, shape (J,)
        Instants of the cycles, seconds after lift-off.
    report_normal : ndarray, shape (N, J, 6)
        Standard normal numbers: the coarseness of each warning message.
    settings : TrackerSettings

    Returns
    -------
    Tracks
        Arrays of the shapes given there: status 1 where a node has an own track or a report, and the same bits as the
        own track where it has nothing else.

    Notes
    -----
    Julier & Uhlmann (1997); the weight minimises the determinant, pair by pair, best track first.
    """
    nodes, cycles = local.status.shape
    fused = empty_tracks(nodes, cycles)
    if cycles == 0:
        return fused
    sigma = np.repeat([WARNING_POSITION_M, WARNING_VELOCITY_MPS], 3)
    offset = np.zeros((nodes, 2, cycles, 6))
    offset[:, 1] = sigma * report_normal
    fuse_all(
        _arrays(local), np.stack([track_received_s, warning_received_s]).astype(float),
        np.ascontiguousarray(cycle_times, dtype=float), offset, np.stack([np.zeros(6), sigma**2]), motion_of(settings),
        _arrays(fused),
    )
    return fused


def _arrays(tracks: Tracks) -> tuple[np.ndarray, ...]:
    return tracks.mean, tracks.covariance, tracks.status, tracks.boosting, tracks.last_plot_s
