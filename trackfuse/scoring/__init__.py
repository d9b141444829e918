"""How good it was: errors against the truth, consistency, the bound on accuracy, and gains between policies.

Knows the truth, which no node does; plain arrays in, figures out.
"""

from trackfuse.scoring.accuracy import TrackErrors, containment_radius_m, ground_distance_km, track_errors
from trackfuse.scoring.assignment import Gospa, Siap, gospa, ospa, siap
from trackfuse.scoring.bound import bound, information, measurement_jacobian, transitions
from trackfuse.scoring.consistency import band, consistency_table, nees, nis
from trackfuse.scoring.gains import median_interval, paired_gain, share_interval, summary
from trackfuse.scoring.probability import at_least_probability, brier_score, calibration, log_score
from trackfuse.scoring.recursion import bound_along, tichavsky_step

__all__ = [
    "Gospa",
    "Siap",
    "TrackErrors",
    "at_least_probability",
    "band",
    "bound",
    "bound_along",
    "brier_score",
    "calibration",
    "consistency_table",
    "containment_radius_m",
    "gospa",
    "ground_distance_km",
    "information",
    "log_score",
    "measurement_jacobian",
    "median_interval",
    "nees",
    "nis",
    "ospa",
    "paired_gain",
    "share_interval",
    "siap",
    "summary",
    "tichavsky_step",
    "track_errors",
    "transitions",
]
