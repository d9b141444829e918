"""What a node makes of its plots: tracks, and fused tracks.

Plots and reports in, states with covariances out, each a function of what the node had received by then.
"""

from trackfuse.tracking.batch import BatchEstimate, batch
from trackfuse.tracking.fuse import fuse
from trackfuse.tracking.rules import (
    add_information,
    bar_shalom_campo,
    best_weight,
    covariance_intersection,
    ellipsoidal_intersection,
    inverse_covariance_intersection,
    split_covariance_intersection,
)
from trackfuse.tracking.settings import TrackerSettings
from trackfuse.tracking.track import Tracks, track

__all__ = [
    "BatchEstimate",
    "TrackerSettings",
    "Tracks",
    "add_information",
    "bar_shalom_campo",
    "batch",
    "best_weight",
    "covariance_intersection",
    "ellipsoidal_intersection",
    "fuse",
    "inverse_covariance_intersection",
    "split_covariance_intersection",
    "track",
]
