"""Fusion of tracks: what a node makes of its own track and of what other nodes report."""

import numpy as np

from trackfuse.kernels import pairs
from trackfuse.kernels.fusion import fuse_all
from trackfuse.tracking.settings import TrackerSettings
from trackfuse.tracking.track import Tracks, empty_tracks, motion_of

_RULES = {
    "ci": pairs.CI, "naive": pairs.NAIVE, "campo": pairs.CAMPO, "ici": pairs.ICI, "split_ci": pairs.SPLIT,
    "tracklet": pairs.TRACKLET,
}  # fmt: skip


def fuse(
    local: Tracks,
    *,
    track_received_s: np.ndarray,
    warning_received_s: np.ndarray,
    cycle_times: np.ndarray,
    report_normal: np.ndarray,
    settings: TrackerSettings,
    plot_received_s: np.ndarray | None = None,
    systematic: np.ndarray | None = None,
    only: int | None = None,
) -> Tracks:
    """Fuse every node's own track with the newest report received from each other node, by the settings' rule.

    What is reported is always a node's own track, never a fused one: nothing comes back to its sender, and no plot
    counts twice on that account. Reports are carried on to the instant of fusion, with the thrust that a burning
    target may have had since; one of a target that most likely burned is dropped after the mean time to burn-out.

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
        Its `fusion` names the rule.
    plot_received_s : ndarray, shape (m, N), optional
        When each node has each plot, inf if never: tells which nodes hold common plots. None: none do.
    systematic : ndarray, shape (N, J, 6, 6), optional
        What of the own tracks' covariances is due to registration errors (see `consider_registration`). None: nothing.
    only : int, optional
        The one cycle that is wanted, which saves the others under "ci"; None: all.

    Returns
    -------
    Tracks
        Arrays of the shapes given there: status 1 where a node has an own track or a report, and the same bits as the
        own track where it has nothing else.

    Notes
    -----
    Rules, all pair by pair, best track first; where one needs more than can be known, that pair is intersected.
    "ci", covariance intersection: Julier & Uhlmann (1997); consistent however far the errors are correlated.
    "naive" adds information as if nothing were common. "campo", Bar-Shalom & Campo (1986), with the cross-covariance
    from the common process noise, reconstructed from the reported covariances; nodes with common plots are intersected,
    since no report tells what those contribute, and so are all while the engine burns, for no report tells of thrust
    either. "ici", inverse covariance intersection: Noack et al. (2017). "split_ci"
    takes the part due to registration as correlated and that due to noise as independent; without registration errors
    it is adding, but for common plots and burning engines, as above. "tracklet" adds what is new in each report: Chang,
    Saha & Bar-Shalom (1997), with the same exceptions, and without feedback: own tracks stay own, which is what keeps
    every report's origin known. Errors of registration are never new: where there are any, its tracks are intersected.
    """
    nodes, cycles = local.status.shape
    fused = empty_tracks(nodes, cycles)
    if cycles == 0:
        return fused
    sigma = warning_sigma(settings)
    offset = np.zeros((nodes, 2, cycles, 6))
    offset[:, 1] = sigma * report_normal
    given = (
        _arrays(local), np.stack([track_received_s, warning_received_s]).astype(float),
        np.ascontiguousarray(cycle_times, dtype=float), offset, np.stack([np.zeros(6), sigma**2]), motion_of(settings),
    )  # fmt: skip
    constant = systematic is not None and systematic.any()
    if settings.fusion == "ci" or (settings.fusion == "tracklet" and constant):
        begin, end = (0, cycles) if only is None else (only, only + 1)
        fuse_all(*given, _arrays(fused), begin, end)
    else:
        _fuse_otherwise(given, _RULES[settings.fusion], _common(plot_received_s, nodes), systematic, _arrays(fused))
    return fused


def warning_sigma(settings: TrackerSettings) -> np.ndarray:
    """What the coarseness of the published items adds to a state.

    Parameters
    ----------
    settings : TrackerSettings

    Returns
    -------
    ndarray, shape (6,)
        Standard deviations, m and m/s.
    """
    return np.repeat([settings.warning_position_m, settings.warning_velocity_mps], 3)


def _fuse_otherwise(
    given: tuple, rule: int, shared: np.ndarray, systematic: np.ndarray | None, fused: tuple[np.ndarray, ...]
) -> None:
    # Here: only who asks for another rule waits for its compilation.
    from trackfuse.kernels.decorrelated import fuse_tracklets
    from trackfuse.kernels.pictures import fuse_by

    if rule == pairs.TRACKLET:
        fuse_tracklets(*given, shared, fused)
        return
    motion, covariance = given[-1], given[0][1]
    part = np.zeros_like(covariance) if systematic is None else systematic
    quiet = motion._replace(steering=0.0, walk=0.0, coast=0.0, air_fraction=0.0)
    fuse_by(rule, *given, quiet, covariance - part, part, shared, fused)


def _common(plot_received_s: np.ndarray | None, nodes: int) -> np.ndarray:
    """Which nodes ever hold a plot in common, shape (N, N)."""
    if plot_received_s is None:
        return np.zeros((nodes, nodes), dtype=bool)
    have = np.isfinite(plot_received_s).astype(float)
    return (have.T @ have > 0.0) & ~np.eye(nodes, dtype=bool)


def _arrays(tracks: Tracks) -> tuple[np.ndarray, ...]:
    return tracks.mean, tracks.covariance, tracks.status, tracks.boosting, tracks.last_plot_s
