"""Error ellipses as outlines in longitude and latitude."""

from __future__ import annotations

import numpy as np
import pymap3d
from numpy.typing import ArrayLike

from trackfuse.tracking import Tracks

SIGMAS_95 = 2.4477
"""Half axes of the region that holds 95 % of a plane normal distribution, in standard deviations: sqrt(-2 ln 0.05)."""
KM_PER_DEG = 111.195
"""One degree of arc on the mean sphere, km; the outlines are for the eye."""

_TURN = np.linspace(0.0, 2.0 * np.pi, 49)


def geodetic(position_m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Latitude and longitude of points.

    Parameters
    ----------
    position_m : ndarray, shape (k, 3)
        ECEF, m.

    Returns
    -------
    lat_deg, lon_deg : ndarray, shape (k,)
        Degrees; longitude from 0 to 360, so that the Pacific is in one piece.
    """
    lat, lon, _ = pymap3d.ecef2geodetic(position_m[:, 0], position_m[:, 1], position_m[:, 2])
    return np.atleast_1d(lat), np.atleast_1d(lon) % 360.0


def height_km(position_m: np.ndarray) -> np.ndarray:
    """Height of points above the ellipsoid.

    Parameters
    ----------
    position_m : ndarray, shape (..., 3)
        ECEF, m.

    Returns
    -------
    ndarray, shape (...)
        Km.
    """
    return np.asarray(pymap3d.ecef2geodetic(*np.moveaxis(position_m, -1, 0))[2]) / 1e3


def outline(
    lat_deg: ArrayLike, lon_deg: ArrayLike, major_km: ArrayLike, minor_km: ArrayLike, orientation_deg: ArrayLike
) -> np.ndarray:
    """Closed outlines of ellipses.

    Parameters
    ----------
    lat_deg, lon_deg : array_like, shape (k,)
        Centres, degrees.
    major_km, minor_km : array_like, shape (k,)
        Half axes, km.
    orientation_deg : array_like, shape (k,)
        Of the major axis, degrees clockwise from north.

    Returns
    -------
    ndarray, shape (k, 49, 2)
        Longitude and latitude, degrees. Flat-Earth about each centre: for the eye, up to half axes of about 1,000 km.
    """
    given = (lat_deg, lon_deg, major_km, minor_km, orientation_deg)
    lat, lon, major, minor, orientation = (np.asarray(value, dtype=float)[:, None] for value in given)
    turn = np.radians(orientation)
    along, across = np.cos(_TURN) * major, np.sin(_TURN) * minor
    north = along * np.cos(turn) - across * np.sin(turn)
    east = along * np.sin(turn) + across * np.cos(turn)
    widen = np.cos(np.radians(np.clip(lat, -85.0, 85.0)))
    return np.stack([lon + east / (KM_PER_DEG * widen), lat + north / KM_PER_DEG], axis=-1)


def ground_axes(tracks: Tracks, node: int, cycles: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One-sigma ellipses over the ground of a node's track.

    Parameters
    ----------
    tracks : Tracks
        ECEF means, shape (N, J, 6), and covariances, shape (N, J, 6, 6).
    node : int
    cycles : ndarray of int, shape (k,)

    Returns
    -------
    major_km, minor_km, orientation_deg : ndarray, shape (k,)
        Half axes, km; degrees clockwise from north.
    """
    position = tracks.mean[node, cycles, :3]
    lat, lon = np.radians(geodetic(position))
    zero = np.zeros_like(lat)
    east = np.stack([-np.sin(lon), np.cos(lon), zero], axis=-1)
    north = np.stack([-np.sin(lat) * np.cos(lon), -np.sin(lat) * np.sin(lon), np.cos(lat)], axis=-1)
    plane = np.stack([east, north], axis=1)
    return plane_axes(plane @ tracks.covariance[node, cycles, :3, :3] @ plane.transpose(0, 2, 1))


def plane_axes(covariance_m2: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One-sigma ellipses of covariances in the plane.

    Parameters
    ----------
    covariance_m2 : ndarray, shape (k, 2, 2)
        East and north, m^2.

    Returns
    -------
    major_km, minor_km, orientation_deg : ndarray, shape (k,)
        Half axes, km; degrees clockwise from north.
    """
    variance, axes = np.linalg.eigh(covariance_m2)
    half = np.sqrt(np.maximum(variance, 0.0)) / 1e3
    return half[:, 1], half[:, 0], np.degrees(np.arctan2(axes[:, 0, 1], axes[:, 1, 1])) % 180.0
