"""Stone Soup's extended Kalman filter on the case of eight radars, in a bare loop.

Twice: with Stone Soup's own radar model, as its users have it (only free fall, which it lacks, is added), and with as
little of it as will run: our plain model and its analytic gradient behind Stone Soup's interface. Stone Soup is used
for comparison only; without it the rows are left out.
"""

import math
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation
from stonesoup.base import Property
from stonesoup.models.base import GaussianModel, TimeVariantModel
from stonesoup.models.measurement.base import MeasurementModel
from stonesoup.models.measurement.nonlinear import CartesianToElevationBearingRange
from stonesoup.models.transition.nonlinear import GaussianTransitionModel
from stonesoup.predictor.kalman import ExtendedKalmanPredictor
from stonesoup.types.angle import Bearing, Elevation
from stonesoup.types.array import CovarianceMatrix, StateVector
from stonesoup.types.detection import Detection
from stonesoup.types.hypothesis import SingleHypothesis
from stonesoup.types.prediction import GaussianStatePrediction
from stonesoup.types.state import GaussianState
from stonesoup.updater.kalman import ExtendedKalmanUpdater

from .case import SIGMA, STEP_S, Case, moved, process_noise, seen, seen_gradient, transition

LIFT_OFF = datetime(2023, 12, 19)


class _FreeFall(GaussianTransitionModel, TimeVariantModel):
    @property
    def ndim_state(self) -> int:
        return 6

    def function(self, state: Any, noise: Any = False, **kwargs: Any) -> StateVector:
        step_s = kwargs["time_interval"].total_seconds()
        return StateVector(moved(_plain(state), step_s)) if step_s else state.state_vector

    def jacobian(self, state: Any, **kwargs: Any) -> np.ndarray:
        return transition(_plain(state), kwargs["time_interval"].total_seconds())

    def covar(self, **kwargs: Any) -> CovarianceMatrix:
        return CovarianceMatrix(process_noise(kwargs["time_interval"].total_seconds()))


class _Radar(MeasurementModel, GaussianModel):
    place: Any = Property(doc="ECEF position and rotation of the radar")

    @property
    def ndim_meas(self) -> int:
        return 3

    def function(self, state: Any, noise: Any = False, **kwargs: Any) -> StateVector:
        return StateVector(seen(_plain(state), *self.place))

    def jacobian(self, state: Any, **kwargs: Any) -> np.ndarray:
        return seen_gradient(_plain(state), *self.place)

    def covar(self, **kwargs: Any) -> CovarianceMatrix:
        return CovarianceMatrix(np.diag(SIGMA**2))

    def rvs(self, num_samples: int = 1, **kwargs: Any) -> np.ndarray:
        raise TypeError("the measurements are given")


def _plain(state: Any) -> np.ndarray:
    return np.asarray(state.state_vector, dtype=float).ravel()


def run(case: Case) -> np.ndarray:
    """With Stone Soup's own radar model, whose Jacobian it takes by differences.

    Parameters
    ----------
    case : Case

    Returns
    -------
    ndarray, shape (600, 6)
        Means after every second.
    """
    sites = zip(case.site_m, case.enu_from_ecef, strict=True)
    radars = [
        CartesianToElevationBearingRange(
            ndim_state=6, mapping=(0, 1, 2), noise_covar=np.diag(SIGMA[[2, 1, 0]] ** 2),
            translation_offset=StateVector(site_m), rotation_offset=StateVector(_turns(enu)),
        )
        for site_m, enu in sites
    ]  # fmt: skip
    return _loop(case, radars, lambda z: StateVector([Elevation(z[2]), Bearing(math.pi / 2.0 - z[1]), z[0]]))


def run_lean(case: Case) -> np.ndarray:
    """With our plain model and its gradient in place of Stone Soup's.

    Parameters
    ----------
    case : Case

    Returns
    -------
    ndarray, shape (600, 6)
        Means after every second.
    """
    sites = zip(case.site_m, case.enu_from_ecef, strict=True)
    return _loop(case, [_Radar(ndim_state=6, mapping=(0, 1, 2), place=site) for site in sites], StateVector)


def _turns(enu_from_ecef: np.ndarray) -> np.ndarray:
    """Roll, pitch and yaw, in Stone Soup's senses of turning, of a rotation."""
    roll, pitch, yaw = Rotation.from_matrix(enu_from_ecef).as_euler("XYZ")
    return np.array([-roll, pitch, -yaw])


def _loop(case: Case, radars: Sequence[MeasurementModel], told: Callable[[np.ndarray], StateVector]) -> np.ndarray:
    predictor = ExtendedKalmanPredictor(_FreeFall())
    updater = ExtendedKalmanUpdater(None, force_symmetric_covariance=True)
    state = GaussianState(StateVector(case.mean), CovarianceMatrix(case.covariance), timestamp=LIFT_OFF)
    out = np.empty_like(case.truth)
    for k, plots in enumerate(case.z):
        at = LIFT_OFF + timedelta(seconds=STEP_S * (k + 1))
        predicted = predictor.predict(state, timestamp=at)
        for z, radar in zip(plots, radars, strict=True):
            detection = Detection(told(z), timestamp=at, measurement_model=radar)
            state = updater.update(SingleHypothesis(predicted, detection))
            # For the next radar of this second what is known now is the prediction, as for the other engines.
            predicted = GaussianStatePrediction(state.state_vector, state.covar, timestamp=at)  # pyright: ignore[reportAttributeAccessIssue]
        out[k] = _plain(state)
    return out
