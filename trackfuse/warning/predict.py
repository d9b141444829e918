"""Impact point and time with covariance from a track, by propagation to the ground."""

from dataclasses import dataclass

import numpy as np

from trackfuse.kernels import impact as kernel
from trackfuse.tracking.settings import TrackerSettings

HIT, NO_IMPACT, UNUSABLE = kernel.HIT, kernel.NO_IMPACT, kernel.UNUSABLE
"""Status of a prediction: comes down; stays up (orbit, escape); not a usable state."""
BOOST_ACCELERATION_MPS2 = 30.0
"""Growth of speed that is assumed of a target still burning, m/s^2: between the 10 of a lift-off and the 60 or more of
a last stage."""
BOOSTING = 0.5
"""A track is taken as boosting from this probability on."""
PATH_POINTS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Predictions:
    """Where and when K tracks come down, with covariance, and the ground they pass over; nan where they do not.

    Parameters
    ----------
    lat_rad, lon_rad : ndarray, shape (K,)
        Impact point on the ellipsoid, geodetic.
    time_s : ndarray, shape (K,)
        Instant of impact, seconds after lift-off.
    covariance : ndarray, shape (K, 3, 3)
        Of (east m, north m, time s) at the impact point.
    status : ndarray of int8, shape (K,)
        0 comes down, 1 stays up, 2 not a usable state.
    ground_m : ndarray, shape (K, 16, 3)
        Surface points (ECEF, m) under the flight, at equal times from the track's instant to impact.
    ground_sigma_m : ndarray, shape (K, 16)
        Standard deviation across the ground track at these points, m.
    """

    lat_rad: np.ndarray
    lon_rad: np.ndarray
    time_s: np.ndarray
    covariance: np.ndarray
    status: np.ndarray
    ground_m: np.ndarray
    ground_sigma_m: np.ndarray

    @property
    def arrays(self) -> kernel.Impacts:
        """The same arrays as kernels take them."""
        return kernel.Impacts(*(getattr(self, name) for name in kernel.Impacts._fields))


def predict(
    mean: np.ndarray, covariance: np.ndarray, t_s: np.ndarray, boosting: np.ndarray, settings: TrackerSettings
) -> Predictions:
    """Predict impact from tracks, if every engine stopped now.

    Gravitation with J2, rotating WGS-84 Earth, drag in the US Standard Atmosphere with the tracker's ballistic
    coefficient; the covariance by variational equations, projected on the surface along the velocity. What is not known
    of the ballistic coefficient (`drag_fraction`, standard deviation of its logarithm) enters by three falls with
    weights, since light objects are braked more than in proportion: the point and the instant are their means, and
    their spread is added. Process noise after the track's instant is not added: free fall has none.

    A track that coasts and has its apogee below 65 km may be that of a missile that pulls up: nothing shows it until it
    does. Its region reaches, with the same weight everywhere, from where it falls to where the greatest lift-to-drag
    ratio carries it (`lift_to_drag`).

    A track that is boosting (probability 0.5 or more) is predicted to where it would come down if thrust ended at once;
    the variance of its velocity along the velocity grows by the square of `BOOST_ACCELERATION_MPS2 * burnout_s`, the
    speed that an exponentially distributed rest of the burn adds. That region says how little is known, not where.

    Parameters
    ----------
    mean : ndarray, shape (K, 6)
        ECEF position (m) and velocity (m/s).
    covariance : ndarray, shape (K, 6, 6)
        m^2, m^2/s and m^2/s^2.
    t_s : ndarray, shape (K,)
        Instants of the tracks, seconds after lift-off.
    boosting : ndarray, shape (K,)
        Probability that the engine burns.
    settings : TrackerSettings
        `beta_kgpm2`, `drag_fraction`, `lift_to_drag` and `burnout_s` are used.

    Returns
    -------
    Predictions
        Against an integration to 1e-10 each fall is within 15 m and 0.05 s, for flights up to an hour. The covariance
        is linear in the track's (Montenbruck & Gill 2000, 7.2): good while the velocity is known to 5 %.
    """
    remaining_mps = BOOST_ACCELERATION_MPS2 * settings.burnout_s
    extra = np.where(np.asarray(boosting) >= BOOSTING, remaining_mps**2, 0.0)
    count = len(mean)
    shapes = {"lat_rad": (), "lon_rad": (), "time_s": (), "covariance": (3, 3), "ground_m": (PATH_POINTS, 3),
              "ground_sigma_m": (PATH_POINTS,)}
    out = kernel.Impacts(status=np.empty(count, dtype=np.int8),
                         **{name: np.full((count, *shape), np.nan) for name, shape in shapes.items()})
    body = kernel.Body(1.0 / settings.beta_kgpm2, settings.drag_fraction, settings.lift_to_drag)
    mean, covariance = (np.ascontiguousarray(given, dtype=float) for given in (mean, covariance))
    kernel.predict(mean, covariance, extra, body, out)
    return Predictions(**out._replace(time_s=np.asarray(t_s) + out.time_s)._asdict())
