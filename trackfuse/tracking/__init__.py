"""What a node makes of what it has received: tracks, clusters of tracks, and fused tracks.

Detections and reports in, states with covariances out, each a function of what the node had received by then. Beside
the compiled tracker stand the same models driven by filterpy (`tracking.by_filterpy`) and a batch estimator
(`tracking.batch`), to which tests hold it, and the rules and filters of the textbooks, to be read and to build on
(`tracking.reference`).
"""

from trackfuse.tracking import reference
from trackfuse.tracking.batch import BatchEstimate, batch
from trackfuse.tracking.detection import Detection
from trackfuse.tracking.estimate import Estimate
from trackfuse.tracking.filters import Filtered, fall_on, filter_detections
from trackfuse.tracking.first_fix import FirstFix, first_fix
from trackfuse.tracking.fuse import fuse, warning_sigma
from trackfuse.tracking.gate import gate_threshold
from trackfuse.tracking.hub import Hub, fuse_around_hub
from trackfuse.tracking.own_filter import TrackFilter
from trackfuse.tracking.registration import Joint, Registered, register
from trackfuse.tracking.settings import TrackerSettings
from trackfuse.tracking.track import LocalTracks, track
from trackfuse.tracking.track_association import associate_tracks
from trackfuse.tracking.tracks import TrackClusters, Tracks, empty_tracks, known_clusters

__all__ = [
    "BatchEstimate",
    "Detection",
    "Estimate",
    "Filtered",
    "FirstFix",
    "Hub",
    "Joint",
    "LocalTracks",
    "Registered",
    "TrackClusters",
    "TrackFilter",
    "TrackerSettings",
    "Tracks",
    "associate_tracks",
    "batch",
    "empty_tracks",
    "fall_on",
    "filter_detections",
    "first_fix",
    "fuse",
    "fuse_around_hub",
    "gate_threshold",
    "known_clusters",
    "reference",
    "register",
    "track",
    "warning_sigma",
]
