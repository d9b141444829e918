"""Distances, bearings and destinations on the WGS-84 ellipsoid (Vincenty 1975, as implemented by pymap3d)."""

import math

from pymap3d.vincenty import vdist, vreckon


def _inverse(lat1_deg: float, lon1_deg: float, lat2_deg: float, lon2_deg: float) -> tuple[float, float]:
    if lat1_deg == lat2_deg and lon1_deg == lon2_deg:
        return 0.0, 0.0
    metres, azimuth = vdist(lat1_deg, lon1_deg, lat2_deg, lon2_deg)[:2]
    return float(metres), float(azimuth)


def distance_km(lat1_deg: float, lon1_deg: float, lat2_deg: float, lon2_deg: float) -> float:
    """Length of the geodesic between two points at sea level.

    Parameters
    ----------
    lat1_deg, lon1_deg, lat2_deg, lon2_deg : float
        Geodetic latitude and longitude of the two points, degrees.

    Returns
    -------
    float
        Distance in km. Valid to 1 mm up to about 19,900 km; nearly antipodal points do not converge and give NaN.

    Notes
    -----
    Source: T. Vincenty, Survey Review 23(176), 1975.
    """
    return _inverse(lat1_deg, lon1_deg, lat2_deg, lon2_deg)[0] / 1e3


def bearing_deg(lat1_deg: float, lon1_deg: float, lat2_deg: float, lon2_deg: float) -> float:
    """Azimuth in which the geodesic to the second point leaves the first.

    Parameters
    ----------
    lat1_deg, lon1_deg, lat2_deg, lon2_deg : float
        Geodetic latitude and longitude of the two points, degrees.

    Returns
    -------
    float
        Degrees clockwise from north, in [0, 360); 0 if the points coincide.

    Notes
    -----
    Source: T. Vincenty, Survey Review 23(176), 1975.
    """
    return _inverse(lat1_deg, lon1_deg, lat2_deg, lon2_deg)[1] % 360.0


def destination(lat_deg: float, lon_deg: float, azimuth_deg: float, range_km: float) -> tuple[float, float]:
    """Point that lies a given distance away along the geodesic that leaves at a given azimuth.

    Parameters
    ----------
    lat_deg, lon_deg : float
        Start, degrees.
    azimuth_deg : float
        Degrees clockwise from north.
    range_km : float
        Length of the geodesic, km, up to 19,900.

    Returns
    -------
    tuple of float
        Latitude and longitude (-180 to 180) of the destination, degrees.

    Notes
    -----
    Source: T. Vincenty, Survey Review 23(176), 1975.
    """
    lat, lon = vreckon(lat_deg, lon_deg, range_km * 1e3, azimuth_deg % 360.0)
    return float(lat), math.remainder(float(lon), 360.0)
