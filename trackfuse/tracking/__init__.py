"""What a node makes of its plots: tracks, and fused tracks.

Plots and reports in, states with covariances out, each a function of what the node had received by then.
"""

from trackfuse.tracking.settings import TrackerSettings
from trackfuse.tracking.track import Tracks, track

__all__ = ["TrackerSettings", "Tracks", "track"]
