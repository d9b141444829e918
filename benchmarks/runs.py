"""The same flight and sensors again and again: free fall filtered for many runs at once."""

import numpy as np

from trackfuse.core.errors import TrackingError
from trackfuse.sensing import Detections
from trackfuse.tracking.estimate import Estimate

from .lanes import follow_runs


def filter_runs(
    detections: Detections, z: np.ndarray, start: Estimate, *, coast_psd: float, keep: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Extended Kalman filter of a target in free fall above the air, for many runs that differ in their noise only.

    Parameters
    ----------
    detections : Detections
        m of one run, all by radars, in order of time, none before the start: they say when and where from is measured,
        and how accurately. Their own `z` is not read, nor any range rate.
    z : ndarray, shape (runs, m, 3)
        Range (m), azimuth and elevation (rad) as measured in each run.
    start : Estimate
        Mean (6,), covariance (6, 6) and time to start from.
    coast_psd : float
        White acceleration noise, m^2/s^3 an axis.
    keep : ndarray of int, shape (k,), optional
        Detections after which the estimate is wanted, rising; the last one by default.

    Returns
    -------
    (ndarray, ndarray)
        Means, shape (runs, k, 6), and covariances, shape (runs, k, 6, 6).

    Raises
    ------
    TrackingError
        If the detections are not in order or not all by radars, or `z` has another shape or a number that is not
        finite.

    Notes
    -----
    The filter of the tracker's free fall, in lanes (see `lanes`): for Monte Carlo studies of a given geometry.
    Bar-Shalom, Li & Kirubarajan (2001), 10.3. Steps of up to 10 s are exact to 1e-4 m.
    """
    count = len(detections)
    times = np.asarray(detections.t_s, dtype=float) - start.t_s
    if count == 0 or times[0] < 0.0 or np.any(np.diff(times) < 0.0):
        raise TrackingError("filter_runs: detections must be in order of time, one or more, none before the start")
    if detections.is_infrared.any():
        raise TrackingError("filter_runs: there are infrared detections; those of radars alone are taken")
    if z.ndim != 3 or z.shape[1:] != (count, 3):
        raise TrackingError(f"filter_runs: z has shape {z.shape}, not (runs, {count}, 3)")
    if not np.isfinite(z).all():
        raise TrackingError("filter_runs: z holds numbers that are not finite")
    rows = np.array([count - 1]) if keep is None else np.asarray(keep, dtype=np.int64)
    sites = np.concatenate([detections.site_m, detections.enu_from_ecef.reshape(-1, 9)], axis=1)
    means, covariances = np.empty((len(z), len(rows), 6)), np.empty((len(z), len(rows), 6, 6))
    follow_runs(
        np.asarray(start.mean, dtype=float), np.ascontiguousarray(start.covariance, dtype=float), times,
        np.ascontiguousarray(z, dtype=float), sites, np.ascontiguousarray(detections.sigma[:, :3], dtype=float) ** 2,
        float(coast_psd), rows, means, covariances,
    )  # fmt: skip
    return means, covariances
