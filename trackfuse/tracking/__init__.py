"""What a node makes of what it has received: tracks, clusters of tracks, and fused tracks.

Detections and reports in, states with covariances out, each a function of what the node had received by then. Beside
the compiled tracker stand the readable filters, rules and references that it is held to.
"""

from trackfuse.tracking.assign import assign, clusters, joint_probabilities
from trackfuse.tracking.associate import cross_covariance, match_tracks, shared_covariance, track_distance
from trackfuse.tracking.batch import BatchEstimate, batch
from trackfuse.tracking.consider import consider_predict, consider_update
from trackfuse.tracking.estimate import Estimate
from trackfuse.tracking.filters import Filtered, fall_on, filter_detections
from trackfuse.tracking.fuse import fuse, warning_sigma
from trackfuse.tracking.gate import distances, gate, gate_threshold
from trackfuse.tracking.gaussian import (
    extended_predict,
    extended_smooth,
    extended_update,
    sigma_points,
    sigma_predict,
    sigma_update,
)
from trackfuse.tracking.modes import judged, mixing, moments
from trackfuse.tracking.oosm import late_update
from trackfuse.tracking.registration import registration_part
from trackfuse.tracking.rules import (
    add_information,
    bar_shalom_campo,
    best_weight,
    covariance_intersection,
    ellipsoidal_intersection,
    inverse_covariance_intersection,
    split_covariance_intersection,
)
from trackfuse.tracking.runs import filter_runs
from trackfuse.tracking.settings import TrackerSettings
from trackfuse.tracking.track import LocalTracks, track
from trackfuse.tracking.track_association import associate_tracks
from trackfuse.tracking.tracklet import add_tracklets, tracklet
from trackfuse.tracking.tracks import TrackClusters, Tracks, empty_tracks, known_clusters

__all__ = [
    "BatchEstimate",
    "Estimate",
    "Filtered",
    "LocalTracks",
    "TrackClusters",
    "TrackerSettings",
    "Tracks",
    "add_information",
    "add_tracklets",
    "assign",
    "associate_tracks",
    "bar_shalom_campo",
    "batch",
    "best_weight",
    "clusters",
    "consider_predict",
    "consider_update",
    "covariance_intersection",
    "cross_covariance",
    "distances",
    "ellipsoidal_intersection",
    "empty_tracks",
    "extended_predict",
    "extended_smooth",
    "extended_update",
    "fall_on",
    "filter_detections",
    "filter_runs",
    "fuse",
    "gate",
    "gate_threshold",
    "inverse_covariance_intersection",
    "joint_probabilities",
    "judged",
    "known_clusters",
    "late_update",
    "match_tracks",
    "mixing",
    "moments",
    "registration_part",
    "shared_covariance",
    "sigma_points",
    "sigma_predict",
    "sigma_update",
    "split_covariance_intersection",
    "track",
    "track_distance",
    "tracklet",
    "warning_sigma",
]
