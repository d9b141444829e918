"""What a tracker may know of registration errors: not what they are, but how large they may be and where it shows."""

from dataclasses import replace

import numpy as np

from trackfuse.sensing.detections import NOTHING, Detections
from trackfuse.sensing.looks import Looks
from trackfuse.sensing.registration import ERRORS, air_biases, registration_effect


def registration_gradient(detections: Detections, looks: tuple[Looks, ...]) -> np.ndarray:
    """What one standard deviation of each of its sensor's registration errors would add to a measurement.

    Parameters
    ----------
    detections : Detections
        m of them, of any number of objects.
    looks : tuple of Looks
        The looks at each object, one or more, all by the same sensors.

    Returns
    -------
    ndarray, shape (m, 3, 8)
        Range (m), azimuth and elevation (rad) by the errors in the order of `ERRORS`; 0 for a sensor in perfect
        register. To first order, at the true place of the target: that measured is next to it. A false detection, and
        any that is of no look, has that at its measured place, as of a target at rest.
    """
    out = np.zeros((len(detections), 3, len(ERRORS)))
    seen = detections.look != NOTHING
    for o, at in enumerate(looks):
        mine = np.flatnonzero(seen & (detections.truth == o))
        out[mine] = at.registration[detections.look[mine]]
    rest = np.flatnonzero(~seen)
    place = detections.z[rest, :3]
    place[detections.angles_only[rest], 0] = np.inf  # it is not known, and no error of such a sensor depends on it
    sensors, sensor, rate = looks[0].sensors, detections.sensor[rest], np.zeros((len(rest), 4))
    out[rest] = registration_effect(sensors, sensor, place, rate, air_biases(sensors, sensor, place, rate))
    return out


def with_registration(detections: Detections, gradient: np.ndarray) -> Detections:
    """Detections whose standard deviations hold what registration errors may add to each by itself.

    Parameters
    ----------
    detections : Detections
        m of them.
    gradient : ndarray, shape (m, 3, 8)
        From `registration_gradient`: m, rad and rad.

    Returns
    -------
    Detections
        As a tracker needs them that is not to take a sensor's error for a manoeuvre: detections of two sensors differ
        by more than their noise.
    """
    sigma = detections.sigma.copy()
    sigma[:, :3] = np.sqrt(sigma[:, :3] ** 2 + (gradient**2).sum(axis=2))
    return replace(detections, sigma=sigma)
