"""Lines of sight: directions, in the Earth's frame, in which sensors see things."""

import numpy as np


def lines_of_sight(azimuth_rad: np.ndarray, elevation_rad: np.ndarray, enu_from_ecef: np.ndarray) -> np.ndarray:
    """Directions in which sensors see what they see.

    Parameters
    ----------
    azimuth_rad, elevation_rad : ndarray, shape (m,)
        In each one's local frame, azimuth clockwise from north.
    enu_from_ecef : ndarray, shape (m, 3, 3)
        Local frames, rows east, north, up. No unit.

    Returns
    -------
    ndarray, shape (m, 3)
        Unit vectors, ECEF.

    Notes
    -----
    Definition: azimuth and elevation.
    """
    flat = np.cos(elevation_rad)
    local = np.stack([flat * np.sin(azimuth_rad), flat * np.cos(azimuth_rad), np.sin(elevation_rad)], axis=-1)
    return np.einsum("mi,mij->mj", local, enu_from_ecef)
