"""One detection as a filter in Python takes it: what was measured, how well, and what its sensor sees of a state."""

import math
from dataclasses import dataclass, replace

import numpy as np

from trackfuse.kernels.filter import MEAN, Compensated, as_measured, compensated
from trackfuse.kernels.measurement import look_at
from trackfuse.tracking.estimate import Estimate

COMPONENTS = np.array(["range_m", "azimuth_rad", "elevation_rad", "range_rate_mps"])
"""What a detection may hold, in this order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """One detection of one sensor, k numbers.

    Parameters
    ----------
    t_s : float
        Time of measurement, s after the first lift-off.
    components : tuple of str
        What the k numbers are, in this order: of "range_m", "azimuth_rad", "elevation_rad", "range_rate_mps". The range
        rate is relative to the Earth.
    z : ndarray, shape (k,)
        m, rad, m/s.
    R : ndarray, shape (k, k)
        Their covariance, diagonal, in the same units squared.
    plume : bool
        Whether it is of a burning engine, as all detections by infrared satellites are.
    record : numpy.void
        The same as the kernels take it: a record of `kernels.records.DETECTION`.
    """

    t_s: float
    components: tuple[str, ...]
    z: np.ndarray
    R: np.ndarray
    plume: bool
    record: np.void

    def expected(self, mean: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What the sensor would measure of a state without noise, and its gradient.

        Parameters
        ----------
        mean : ndarray, shape (6,)
            ECEF position (m) and velocity (m/s).

        Returns
        -------
        z : ndarray, shape (k,)
            m, rad, m/s.
        H : ndarray, shape (k, 6)
            Gradient of `z`, in its units by m and by m/s.
        """
        z, gradient = look(np.asarray(mean), self.record)
        return z, gradient[:, :6]

    def residual(self, expected: np.ndarray) -> np.ndarray:
        """What was measured less what was expected, the azimuth in [-pi, pi].

        Parameters
        ----------
        expected : ndarray, shape (k,)
            m, rad, m/s.

        Returns
        -------
        ndarray, shape (k,)
            m, rad, m/s.
        """
        return off(self.z, expected, self.record)

    def corrected(self, estimate: Estimate) -> "Detection":
        """The detection for an update of an estimate by gradients, corrected for what these leave out.

        Parameters
        ----------
        estimate : Estimate
            Predicted to the time of the detection.

        Returns
        -------
        Detection
            With range and range rate corrected to second order: where the position is uncertain across the line of
            sight, the mean range is longer than the range of the mean. Without that a radar that knows range in metres
            and position across in kilometres is trusted too far.

        Notes
        -----
        Bar-Shalom, Li & Kirubarajan (2001), 10.3.3.
        """
        f = np.zeros((8, 7))
        f[:6, :6], f[MEAN, :6] = estimate.covariance, estimate.mean
        _, z, variances = measured(self.record, compensated(f, self.record))
        return replace(self, z=z, R=np.diag(variances))


def detection_of(record: np.void) -> Detection:
    """A detection from a record of DETECTION, as `packing.packed` makes it."""
    there, z, variances = measured(record)
    return Detection(
        t_s=float(record["t_s"]), components=tuple(COMPONENTS[there].tolist()), z=z, R=np.diag(variances),
        plume=bool(record["plume"]), record=record,
    )  # fmt: skip


def measured(plot: np.void, seen: Compensated | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What a detection measures, range and range rate as corrected if that is given: ndarray of bool, shape (4,), and
    the numbers measured with their variances.
    """
    range_m, range_sigma, rate, rate_sigma = as_measured(plot) if seen is None else seen
    there = np.array([not plot["infrared"], True, True, plot["rate_sigma"] < math.inf])
    z = np.array([range_m, *plot["z"][1:], rate])
    return there, z[there], np.array([range_sigma, *plot["sigma"][1:], rate_sigma])[there] ** 2


def look(x: np.ndarray, plot: np.void) -> tuple[np.ndarray, np.ndarray]:
    """What of (range, azimuth, elevation, range rate) the plot measures of a state `x`, and its gradient.

    From shape (6,) or more, ECEF m and m/s, to shape (k,), m, rad and m/s, and shape (k, 7).
    """
    r, azimuth, elevation, rows = look_at(x[0], x[1], x[2], plot)
    g = np.array(rows).reshape(3, 3)
    rate = g[0] @ x[3:6]
    h = np.zeros((4, 7))
    h[:3, :3], h[3, :3], h[3, 3:6] = g, (x[3:6] - rate * g[0]) / r, g[0]
    there = measured(plot)[0]
    return np.array([r, azimuth, elevation, rate])[there], h[there]


def off(a: np.ndarray, b: np.ndarray, plot: np.void) -> np.ndarray:
    """Difference of two measurements by a plot, shape (k,), in m, rad and m/s; its azimuth in [-pi, pi]."""
    out = a - b
    k = int(not plot["infrared"])
    out[k] = (out[k] + math.pi) % (2.0 * math.pi) - math.pi
    return out
