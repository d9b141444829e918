"""Estimation as a textbook writes it: filters, late updates and rules of fusion on numpy arrays.

Nothing of a run goes through these: the pipeline has compiled forms of the same, which tests hold to these to the
stated tolerance. They are here to be read, to be compared with, and to build rules of one's own on.
"""

from trackfuse.tracking.reference.consider import consider_predict, consider_update
from trackfuse.tracking.reference.gaussian import (
    extended_predict,
    extended_smooth,
    extended_update,
    sigma_points,
    sigma_predict,
    sigma_update,
)
from trackfuse.tracking.reference.modes import mixing, moments
from trackfuse.tracking.reference.oosm import late_update
from trackfuse.tracking.reference.rules import (
    add_information,
    bar_shalom_campo,
    best_weight,
    covariance_intersection,
    ellipsoidal_intersection,
    inverse_covariance_intersection,
    split_covariance_intersection,
)
from trackfuse.tracking.reference.tracklet import add_tracklets, tracklet

__all__ = [
    "add_information",
    "add_tracklets",
    "bar_shalom_campo",
    "best_weight",
    "consider_predict",
    "consider_update",
    "covariance_intersection",
    "ellipsoidal_intersection",
    "extended_predict",
    "extended_smooth",
    "extended_update",
    "inverse_covariance_intersection",
    "late_update",
    "mixing",
    "moments",
    "sigma_points",
    "sigma_predict",
    "sigma_update",
    "split_covariance_intersection",
    "tracklet",
]
