"""Public estimation functions state what they take, and refuse the rest before it becomes a number."""

import numpy as np
import pytest

from trackfuse.core.errors import SettingsError, TrackingError
from trackfuse.sensing import Detections
from trackfuse.tracking import Estimate, TrackerSettings, fall_on, filter_detections
from trackfuse.tracking.reference import (
    add_information,
    bar_shalom_campo,
    covariance_intersection,
    ellipsoidal_intersection,
    inverse_covariance_intersection,
    split_covariance_intersection,
    tracklet,
)

MEAN, P = np.arange(6.0), np.diag([1e4] * 3 + [1e2] * 3)
RULES = {
    "add": add_information,
    "campo": lambda a, b: bar_shalom_campo(a, b, np.zeros((6, 6))),
    "ci": covariance_intersection,
    "ici": inverse_covariance_intersection,
    "ei": ellipsoidal_intersection,
    "split": lambda a, b: split_covariance_intersection((*a, np.zeros_like(a[1])), (*b, np.zeros_like(b[1]))),
    "tracklet": tracklet,
}


def singular():
    flat = P.copy()
    flat[0, 0] = 0.0
    return flat


def lopsided():
    return P + np.triu(np.full((6, 6), 10.0), 1)


WRONG = {
    "singular": (MEAN, singular(), "not positive definite"),
    "negative": (MEAN, -P, "not positive definite"),
    "not symmetric": (MEAN, lopsided(), "not symmetric"),
    "nan": (MEAN * np.nan, P, "mean is not finite"),
    "infinite": (MEAN, P * np.inf, "covariance is not finite"),
    "shape": (MEAN, P[:3, :3], "has shape"),
}


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("rule", RULES)
def test_rules_refuse_what_is_no_estimate(rule: str, wrong: str) -> None:
    mean, covariance, why = WRONG[wrong]
    with np.errstate(invalid="ignore"), pytest.raises(TrackingError, match=why):
        RULES[rule]((MEAN, P), (mean, covariance))


@pytest.mark.parametrize("weight", [-0.1, 1.1, 2.0, np.nan])
def test_a_weight_is_a_share(weight: float) -> None:
    """2 P^-1 - (4 P)^-1 claims less than either has: weight 2 was once taken, and claimed half of what is known."""
    with pytest.raises(SettingsError, match="covariance_intersection weight"):
        covariance_intersection((MEAN, P), (MEAN, 4 * P), weight=weight)
    for end in (0.0, 1.0):
        assert covariance_intersection((MEAN, P), (MEAN, 4 * P), weight=end)[2] == end


@pytest.mark.parametrize("wrong", [name for name in WRONG if name != "shape"])
def test_filters_refuse_a_start_that_is_no_estimate(wrong: str) -> None:
    mean, covariance, why = WRONG[wrong]
    start = Estimate(mean=mean, covariance=covariance, t_s=0.0)
    none = np.empty(0)
    nothing = Detections(t_s=none, sensor=none.astype(np.int32), z=np.empty((0, 4)), sigma=np.empty((0, 4)),
                         site_m=np.empty((0, 3)), enu_from_ecef=np.empty((0, 3, 3)), is_infrared=none.astype(bool))
    with pytest.raises(TrackingError, match=why):
        filter_detections("ukf", nothing, start, TrackerSettings())
    with pytest.raises(TrackingError, match=why):
        fall_on(start, 1.0, TrackerSettings())
