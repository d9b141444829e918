"""What the land around a radar hides: a skyline of azimuths and elevations, measured at the site."""

import numpy as np

from trackfuse.sensing.registration import refraction_biases
from trackfuse.sensing.sensor import Radar


def skyline_rad(radar: Radar, azimuth_rad: np.ndarray) -> np.ndarray:
    """Apparent elevation of the land in given directions.

    Parameters
    ----------
    radar : Radar
    azimuth_rad : ndarray, shape (m,)
        Clockwise from north, any turn.

    Returns
    -------
    ndarray, shape (m,)
        rad, linear between the points of `radar.mask` all round; -pi/2 without a mask.
    """
    if not radar.mask:
        return np.full(len(azimuth_rad), -0.5 * np.pi)
    azimuth, elevation = np.radians(radar.mask).T
    return np.interp(azimuth_rad, azimuth, elevation, period=2.0 * np.pi)


def hidden(radar: Radar, azimuth_rad: np.ndarray, elevation_rad: np.ndarray, range_m: np.ndarray) -> np.ndarray:
    """Whether the land hides targets from a radar.

    Parameters
    ----------
    radar : Radar
    azimuth_rad, elevation_rad, range_m : ndarray, shape (m,)
        True directions and distances.

    Returns
    -------
    ndarray of bool, shape (m,)
        Where the ray to the target leaves the site below the skyline: bending in the air counts, within 0.2 mrad. All
        land counts as nearer than the target.
    """
    apparent = elevation_rad + refraction_biases(radar, elevation_rad, range_m)[:, 0]
    return apparent < skyline_rad(radar, azimuth_rad)
