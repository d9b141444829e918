"""Fusion of tracks: what a node makes of its own track of an object and of what other nodes report of it."""

import numpy as np

from trackfuse.kernels import fusion_rules
from trackfuse.kernels.fusion import FusionInput, fuse_all
from trackfuse.tracking.fusion_rule import fuse_by_own_rule
from trackfuse.tracking.packing import motion_of
from trackfuse.tracking.settings import TrackerSettings
from trackfuse.tracking.track import LocalTracks
from trackfuse.tracking.tracks import TrackClusters, Tracks, empty_tracks

_RULES = {
    "naive": fusion_rules.NAIVE,
    "campo": fusion_rules.CAMPO,
    "ici": fusion_rules.ICI,
    "split_ci": fusion_rules.SPLIT,
}
"""Rules without memory, by name; "ci" is the default and may have one, and "tracklet" always has."""


def fuse(
    local: LocalTracks,
    clusters: TrackClusters,
    reports: tuple[np.ndarray, np.ndarray],
    cycle_s: np.ndarray,
    report_normal: np.ndarray,
    settings: TrackerSettings,
    systematic: np.ndarray | None = None,
    taken: tuple[np.ndarray, Tracks] | None = None,
) -> Tracks:
    """Fuse every node's own tracks with the newest reports received from the other nodes, by the settings' rule.

    What is reported is always a node's own track, never a fused one: nothing comes back to its sender, and no detection
    counts twice on that account. That is fusion without feedback; with it: `fuse_around_hub`. Reports are predicted to
    the instant of fusion, with the thrust that a burning target may have had since; one of a target that most likely
    burned is dropped after the mean time to burn-out.

    Parameters
    ----------
    local : LocalTracks
        K own tracks of N nodes at J cycles, and the detections behind them.
    clusters : TrackClusters
        Which of them are of one object.
    reports : tuple of two ndarray, shape (N, N, J)
        When the second node has the first one's report of a cycle, with state and covariance, and as the three
        published items, s; inf if never.
    cycle_s : ndarray, shape (J,)
        Instants of the cycles, s.
    report_normal : ndarray, shape (K, J, 6)
        Standard normal numbers: the rounding of each warning message about each track.
    settings : TrackerSettings
        Its `fusion` names the rule, or is one.
    systematic : ndarray, shape (K, J, 6, 6), optional
        What of the own tracks' covariances is due to registration errors (see `register`). None: nothing. In m^2, m^2/s
        and m^2/s^2.
    taken : (ndarray of bool, shape (E,), Tracks), optional
        Rows to take over, not worked out again, from E fused tracks: what a node makes of the same tracks and reports
        is the same. None: no row.

    Returns
    -------
    Tracks
        E fused tracks, as `clusters` numbers them: status 1 where a node has an own track or a report, and the same
        bits as the own track where it has nothing else.

    Raises
    ------
    PluginError
        If a rule of the user's own fails; by the number of the node.

    Notes
    -----
    Rules, all pair by pair, best track first; where one needs more than can be known, that pair is intersected.
    "ci", covariance intersection: Julier & Uhlmann (1997); consistent however far the errors are correlated, and so
    with memory too, where the fused track of the cycle before is one more that is intersected.
    "naive" adds information as if nothing were common. "campo", Bar-Shalom & Campo (1986), with the cross-covariance
    from the common process noise, reconstructed from the reported covariances; nodes with common detections are
    intersected, since no report tells what those contribute, and so are all while the engine burns, for no report tells
    of thrust either. "ici", inverse covariance intersection: Noack et al. (2017). "split_ci" takes the part due to
    registration as correlated and that due to noise as independent; without registration errors it is adding, but for
    common detections and burning engines, as above. "tracklet" adds what is new in each report: Chang, Saha &
    Bar-Shalom (1997), with the same exceptions, and without feedback: own tracks stay own, which is what keeps every
    report's origin known. Errors of registration are never new: where there are any, its tracks are intersected.
    """
    fused = empty_tracks(clusters.node, len(cycle_s))
    wanted = np.ones(len(fused.node), dtype=bool)
    if taken is not None:
        wanted = ~taken[0]
        for whole, some in zip(fused.arrays(), taken[1].arrays(), strict=True):
            whole[taken[0]] = some[taken[0]]
    for cluster in range(len(clusters.member)) if len(cycle_s) else ():
        rows = np.flatnonzero((clusters.cluster == cluster) & wanted)
        if not len(rows):
            continue
        member = clusters.member[cluster]
        given, part = fusion_input(local, member, reports, cycle_s, report_normal, settings, systematic)
        out = fused if len(rows) == len(fused.node) else empty_tracks(clusters.node[rows], len(cycle_s))
        receivers, biased = clusters.node[rows], part is not None and part.any()
        if (settings.fusion == "ci" and not settings.remembers) or (settings.fusion == "tracklet" and biased):
            fuse_all(given, receivers, out.arrays(), 0, len(cycle_s))
        elif not isinstance(settings.fusion, str):
            fuse_by_own_rule(settings.fusion, given, common_detections(local.assigned, member), receivers, out.arrays())
        elif settings.remembers:
            # Here and below: only who asks for another rule waits for its compilation.
            from trackfuse.kernels.tracklet_fusion import fuse_with_memory

            shared = common_detections(local.assigned, member)
            fuse_with_memory(given, shared, settings.fusion == "tracklet", receivers, out.arrays())
        else:
            from trackfuse.kernels.fusion_by_rule import fuse_all_by_rule

            history, (_, due) = _members(local.tracks, _from_start(member), report_normal, systematic)
            noise = history.covariance if due is None else history.covariance - due
            fuse_all_by_rule(
                _RULES[settings.fusion], given,
                given.motion._replace(steering_psd=0.0, thrust_psd=0.0, coast_psd=0.0, air_fraction=0.0),
                history.arrays()._replace(covariance=noise), np.zeros_like(noise) if part is None else part,
                common_detections(local.assigned, member), receivers, out.arrays(),
            )  # fmt: skip
        if out is not fused:
            for whole, some in zip(fused.arrays(), out.arrays(), strict=True):
                whole[rows] = some
    return fused


def fusion_input(
    local: LocalTracks, member: np.ndarray, reports: tuple[np.ndarray, np.ndarray], cycle_s: np.ndarray,
    report_normal: np.ndarray, settings: TrackerSettings, systematic: np.ndarray | None,
) -> tuple[FusionInput, np.ndarray | None]:  # fmt: skip
    """What kernels take of the tracks of one object.

    Parameters
    ----------
    local, reports, cycle_s, report_normal, settings, systematic
        As in `fuse`.
    member : ndarray of int, shape (N, J)
        Row of the track that every node has of it at each cycle; -1 for none.

    Returns
    -------
    (FusionInput, ndarray of shape (N, J, 6, 6) or None)
        Of N nodes, one track each; and what of their covariances is due to registration errors. In m^2, m^2/s and
        m^2/s^2.
    """
    own, (normal, part) = _members(local.tracks, member, report_normal, systematic)
    sigma, offset = warning_sigma(settings), np.zeros((len(member), 2, len(cycle_s), 6))
    offset[:, 1] = sigma * normal
    given = FusionInput(
        tracks=own.arrays(), received=np.stack(reports).astype(float),
        cycles=np.ascontiguousarray(cycle_s, dtype=float), offset=offset,
        floor=np.stack([np.zeros(6), sigma**2]), motion=motion_of(settings),
    )  # fmt: skip
    return given, part


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


def _members(
    tracks: Tracks, member: np.ndarray, normal: np.ndarray, systematic: np.ndarray | None
) -> tuple[Tracks, tuple[np.ndarray, np.ndarray | None]]:
    """The tracks of one cluster, one of each node, with their rounding and their part due to registration."""
    nodes, cycles = member.shape
    if len(tracks.node) == nodes and (member == np.arange(nodes)[:, None]).all():
        return tracks, (normal, systematic)
    own, rounding = empty_tracks(np.arange(nodes), cycles), np.zeros((nodes, cycles, 6))
    part = None if systematic is None else np.zeros((nodes, cycles, 6, 6))
    node, cycle = np.nonzero(member >= 0)
    row = member[node, cycle]
    for whole, some in zip(own.arrays(), tracks.arrays(), strict=True):
        whole[node, cycle] = some[row, cycle]
    rounding[node, cycle] = normal[row, cycle]
    if part is not None and systematic is not None:
        part[node, cycle] = systematic[row, cycle]
    return own, (rounding, part)


def _from_start(member: np.ndarray) -> np.ndarray:
    """Members of a cluster with the first track of every node from its start on: what two tracks have in common dates
    from then, not from the first report of them that a node took for one object's.
    """
    first = (member >= 0).argmax(axis=1)
    row = np.take_along_axis(member, first[:, None], axis=1)
    return np.where(np.arange(member.shape[1]) < first[:, None], row, member)


def common_detections(assigned: np.ndarray, member: np.ndarray) -> np.ndarray:
    """Which nodes' tracks of an object ever hold a detection in common.

    Parameters
    ----------
    assigned : ndarray of int, shape (m, N)
        As in `LocalTracks`.
    member : ndarray of int, shape (N, J)
        As in `fusion_input`.

    Returns
    -------
    ndarray of bool, shape (N, N)
        False on the diagonal.
    """
    nodes = member.shape[0]
    have = np.stack([np.isin(assigned[:, o], member[o][member[o] >= 0]) for o in range(nodes)], axis=1).astype(float)
    return (have.T @ have > 0.0) & ~np.eye(nodes, dtype=bool)
