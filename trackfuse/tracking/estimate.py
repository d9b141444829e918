"""An estimate: what is held to be a target's state at one instant, from which a filter starts or goes on."""

from dataclasses import dataclass

import numpy as np

from trackfuse.core.errors import TrackingError, check_between


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Mean and covariance of a target's state at one instant.

    Parameters
    ----------
    mean : ndarray, shape (6,)
        ECEF position (m) and velocity relative to the rotating Earth (m/s).
    covariance : ndarray, shape (6, 6)
        m^2, m^2/s, m^2/s^2.
    t_s : float
        The instant, s.
    boosting : float
        Probability that the engine burns; only interacting models read it.

    Raises
    ------
    TrackingError
        If a shape is wrong, the time is not finite, or the probability is not in [0, 1].
    """

    mean: np.ndarray
    covariance: np.ndarray
    t_s: float
    boosting: float = 0.5

    def __post_init__(self) -> None:
        for name, given, wanted in (("mean", self.mean, (6,)), ("covariance", self.covariance, (6, 6))):
            if np.shape(given) != wanted:
                raise TrackingError(f"estimate: {name} has shape {np.shape(given)}, not {wanted}")
        check_between(TrackingError, "estimate: t_s", self.t_s, -np.inf, np.inf)
        check_between(TrackingError, "estimate: boosting", self.boosting, 0.0, 1.0)
