"""Fusion around a hub: one centre fuses what it receives and sends the fused estimate back."""

from dataclasses import dataclass

import numpy as np

from trackfuse.tracking.fuse import common_detections, fusion_input
from trackfuse.tracking.settings import TrackerSettings
from trackfuse.tracking.track import LocalTracks
from trackfuse.tracking.tracks import TrackClusters, Tracks, empty_tracks


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """A centre that fuses for N centres, itself among them.

    Parameters
    ----------
    node : int
        Its number.
    permitted : ndarray of bool, shape (N, N)
        Whether the second node may receive the first one's track, with state and covariance: the hub leaves all
        other tracks out of what it sends there.
    received_s : ndarray, shape (N, J)
        When each node has the hub's estimate of each cycle, s; inf if never.
    """

    node: int
    permitted: np.ndarray
    received_s: np.ndarray


def fuse_around_hub(
    local: LocalTracks,
    clusters: TrackClusters,
    reports: tuple[np.ndarray, np.ndarray],
    cycle_s: np.ndarray,
    report_normal: np.ndarray,
    settings: TrackerSettings,
    systematic: np.ndarray | None,
    hub: Hub,
) -> Tracks:
    """Fuse the centres' tracks at a hub, and at every centre its own track with what the hub sends back.

    Parameters
    ----------
    local : LocalTracks
    clusters : TrackClusters
    reports : tuple of two ndarray, shape (N, N, J)
        When the second node has the first one's report of a cycle, with state and covariance, and as the three
        published items, s; inf if never.
    cycle_s : ndarray, shape (J,)
        Instants of the cycles, s.
    report_normal : ndarray, shape (K, J, 6)
        Standard normal numbers: the rounding of each warning message about each track.
    settings : TrackerSettings
        With feedback.
    systematic : ndarray, shape (K, J, 6, 6), or None
        What of the own tracks' covariances is due to registration errors, m^2, m^2/s, m^2/s^2. None: nothing.
    hub : Hub

    Returns
    -------
    Tracks
        As from `fuse`. Of the hub, what it makes of all that it receives; of another centre, of its own track, of the
        newest estimate that the hub has sent it, and of the published items of others.

    Notes
    -----
    The hub sends every centre an estimate at every cycle, of the tracks that this centre may receive, and centres
    use it instead of each other's tracks. The hub fuses by `settings.fusion`, with or without memory.

    Partial feedback: the centre intersects the estimate with its own track (Julier & Uhlmann 1997), whatever the two
    have in common; trackers and reports stay as without feedback. Full feedback: the centre restarts from the estimate.
    Its track is then the hub's estimate, predicted to now, and what its own detections have added since its last report
    that the hub had (Chong, Mori, Barker & Chang 1986; Chang, Saha & Bar-Shalom 1997). That is the track of a filter
    that started anew from the estimate: exactly without process noise, and with it where what is new is of one instant;
    else approximately, as tracklets are. The filter itself, with its gates and its engine's modes, goes on by its own
    detections. "ci": restarted tracks are reported, and the hub intersects them. "tracklet": it takes off what it sent,
    and what is left is what the own detections added, as with partial feedback.

    Where own tracks have errors of registration in common with what they reported before, where centres have detections
    in common, while the engine burns, and where detections are associated, so that a track may have learned from
    another object's, what is new cannot be separated: the estimate and the own track are intersected. Which tracks are
    of one object, every centre decides as without feedback, and the hub's estimate for it holds those.
    """
    # Here: only who asks for it waits for its compilation.
    from trackfuse.kernels.hub_fusion import Star
    from trackfuse.kernels.hub_fusion import fuse_around_hub as kernel

    fused = empty_tracks(clusters.node, len(cycle_s))
    for cluster, member in enumerate(clusters.member) if len(cycle_s) else ():
        rows = np.flatnonzero(clusters.cluster == cluster)
        given, part = fusion_input(local, member, reports, cycle_s, report_normal, settings, systematic)
        unbiased = part is None or not part.any()
        adding = settings.fusion == "tracklet" and unbiased
        star = Star(
            hub=hub.node, adding=adding, restarts=settings.feedback == "full",
            independent=unbiased and settings.association in ("auto", "known"),
            remembers=adding or (settings.fusion != "tracklet" and settings.remembers),
            shared=common_detections(local.assigned, member), permitted=np.ascontiguousarray(hub.permitted, dtype=bool),
            received=np.ascontiguousarray(hub.received_s, dtype=float),
        )  # fmt: skip
        out = empty_tracks(clusters.node[rows], len(cycle_s))
        kernel(given, star, clusters.node[rows], out.arrays())
        for whole, some in zip(fused.arrays(), out.arrays(), strict=True):
            whole[rows] = some
    return fused
