"""What a tracker may know of registration errors: not what they are, but how large they may be and where it shows."""

import numpy as np

from trackfuse.sensing.looks import Looks
from trackfuse.sensing.registration import ERRORS, registration_sigma, shift


def registration_gradient(looks: Looks, rows: np.ndarray) -> np.ndarray:
    """What one standard deviation of each of its sensor's registration errors would add to a measurement.

    Parameters
    ----------
    looks : Looks
    rows : ndarray of int, shape (m,)
        Looks that are measured.

    Returns
    -------
    ndarray, shape (m, 3, 8)
        Range (m), azimuth and elevation (rad) by the errors in the order of `ERRORS`; 0 for a sensor in perfect
        register. To first order, at the true place of the target: that measured is next to it.
    """
    place = np.stack([looks.range_m[rows], looks.azimuth_rad[rows], looks.elevation_rad[rows]], axis=1)
    sigma = np.array([registration_sigma(sensor) for sensor in looks.sensors])
    out = np.zeros((len(rows), 3, len(ERRORS)))
    for e in range(len(ERRORS)):
        if sigma[:, e].any():
            one = np.zeros_like(sigma)
            one[:, e] = sigma[:, e]
            out[:, :, e] = shift(one, looks.sensors, looks.sensor[rows], place, looks.rate[rows])[:, :3]
    return out
