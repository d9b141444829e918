"""Errors of tracks and impact predictions against the truth."""

from dataclasses import dataclass

import numpy as np
import pymap3d
from scipy import special

from trackfuse.core.constants import MEAN_RADIUS_M
from trackfuse.scoring.consistency import nees

_FREEDOM = np.linspace(1.0, 3.0, 257)
_CHI2_90 = 2.0 * special.gammaincinv(_FREEDOM / 2.0, 0.9)
"""90 % point of the chi-square law with so many degrees of freedom."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackErrors:
    """How far each node's track is from the truth, and from what it claims.

    Parameters
    ----------
    position_m, velocity_mps : ndarray, shape (N, J)
        Length of the error of N nodes at J cycles; nan where there is no track.
    position_sigma_m : ndarray, shape (N, J)
        Claimed: square root of the trace of the position covariance.
    nees : ndarray, shape (N, J)
        Normalised estimation error squared of the six states.
    """

    position_m: np.ndarray
    velocity_mps: np.ndarray
    position_sigma_m: np.ndarray
    nees: np.ndarray


def track_errors(mean: np.ndarray, covariance: np.ndarray, status: np.ndarray, truth: np.ndarray) -> TrackErrors:
    """Errors of every node at every cycle.

    Parameters
    ----------
    mean : ndarray, shape (N, J, 6)
        ECEF position (m) and velocity (m/s).
    covariance : ndarray, shape (N, J, 6, 6)
        As claimed, m^2, m^2/s and m^2/s^2.
    status : ndarray of int, shape (N, J)
        1 where there is a track.
    truth : ndarray, shape (J, 6)
        m and m/s, as `mean`.

    Returns
    -------
    TrackErrors

    """
    there = status == 1
    error = np.where(there[..., None], mean - truth, np.nan)
    variance = np.where(there, np.einsum("njii->nj", covariance[..., :3, :3]), np.nan)
    return TrackErrors(
        position_m=np.linalg.norm(error[..., :3], axis=-1),
        velocity_mps=np.linalg.norm(error[..., 3:], axis=-1),
        position_sigma_m=np.sqrt(variance),
        nees=nees(error, covariance),
    )


def ground_distance_km(lat_deg: np.ndarray, lon_deg: np.ndarray, to_lat_deg: float, to_lon_deg: float) -> np.ndarray:
    """Distance over the ground between two points of the ellipsoid.

    Parameters
    ----------
    lat_deg, lon_deg : ndarray, shape (...,)
        Degrees; nan gives nan.
    to_lat_deg, to_lon_deg : float
        The other end, degrees.

    Returns
    -------
    ndarray, shape (...,)
        Kilometres: the chord between the points bent onto the mean sphere. Within 0.3 % of the geodesic.

    Notes
    -----
    Derived here; the geodesic is that of Karney 2013, Journal of Geodesy 87, 43-55.
    """
    here = np.stack(pymap3d.geodetic2ecef(np.asarray(lat_deg), np.asarray(lon_deg), np.zeros_like(lat_deg)), axis=-1)
    there = np.array(pymap3d.geodetic2ecef(to_lat_deg, to_lon_deg, 0.0))
    chord = np.linalg.norm(here - there, axis=-1)
    return 2.0 * MEAN_RADIUS_M * np.arcsin(np.minimum(chord / (2.0 * MEAN_RADIUS_M), 1.0)) / 1e3


def containment_radius_m(trace: np.ndarray, square: np.ndarray) -> np.ndarray:
    """Radius around an estimate within which the truth lies with 90 %, if its claimed covariance is right.

    Parameters
    ----------
    trace : ndarray, shape (...,)
        Sum of the claimed variances of two or three axes, m^2.
    square : ndarray, shape (...,)
        Sum of the squares of all entries of that covariance, m^4.

    Returns
    -------
    ndarray, shape (...,)
        Metres; nan gives nan.

    Notes
    -----
    The squared error is taken as a multiple of a chi-square variable with the same mean and variance: Satterthwaite,
    Biometrics Bulletin 2 (1946), 110-114. Exact where all variances are equal or one alone counts; between these the
    radius is within 2 %.
    """
    freedom = np.clip(trace**2 / square, 1.0, 3.0)
    return np.sqrt(trace / freedom * np.interp(freedom, _FREEDOM, _CHI2_90))
