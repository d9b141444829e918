"""The same flight and sensors again and again: free fall filtered for many runs at once."""

import numpy as np

from trackfuse.core.errors import TrackingError
from trackfuse.kernels.lanes import follow_runs


def filter_runs(
    *,
    mean: np.ndarray,
    covariance: np.ndarray,
    at_s: float,
    plot_t_s: np.ndarray,
    plot_sensor: np.ndarray,
    z: np.ndarray,
    sigma: np.ndarray,
    site_m: np.ndarray,
    enu_from_ecef: np.ndarray,
    coast_psd: float,
    keep: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Extended Kalman filter of a target in free fall above the air, for many runs that differ in their noise only.

    Parameters
    ----------
    mean : ndarray, shape (6,)
        ECEF position (m) and velocity relative to the rotating Earth (m/s) to start from.
    covariance : ndarray, shape (6, 6)
        Of the start.
    at_s : float
        Time of the start, s.
    plot_t_s : ndarray, shape (m,)
        Times of measurement, s, in order, none before `at_s`.
    plot_sensor : ndarray of int, shape (m,)
        Row of the radar, 0..S-1.
    z : ndarray, shape (runs, m, 3)
        Range (m), azimuth and elevation (rad) as measured in each run.
    sigma : ndarray, shape (m, 3)
        Their standard deviations.
    site_m : ndarray, shape (S, 3)
        ECEF position of the radars, m.
    enu_from_ecef : ndarray, shape (S, 3, 3)
    coast_psd : float
        White acceleration noise, m^2/s^3 an axis.
    keep : ndarray of int, shape (k,), optional
        Plots after which the estimate is wanted, rising; the last one by default.

    Returns
    -------
    (ndarray, ndarray)
        Means, shape (runs, k, 6), and covariances, shape (runs, k, 6, 6).

    Raises
    ------
    TrackingError
        If the plots are not in order, or a number among them is not finite.

    Notes
    -----
    The filter of the tracker's free fall, in lanes (see `kernels.lanes`): for Monte Carlo studies of a given geometry.
    Bar-Shalom, Li & Kirubarajan (2001), 10.3. Steps of up to 10 s are exact to 1e-4 m.
    """
    times = np.asarray(plot_t_s, dtype=float) - at_s
    if times.size == 0 or times[0] < 0.0 or np.any(np.diff(times) < 0.0):
        raise TrackingError("filter_runs: plot_t_s must hold times in order, none before at_s")
    for name, values in (("z", z), ("sigma", sigma)):
        if not np.isfinite(values).all():
            raise TrackingError(f"filter_runs: {name} holds numbers that are not finite; radar plots alone are taken")
    rows = np.array([len(times) - 1]) if keep is None else np.asarray(keep, dtype=np.int64)
    sites = np.concatenate([site_m, enu_from_ecef.reshape(-1, 9)], axis=1)[plot_sensor]
    means, covariances = np.empty((len(z), len(rows), 6)), np.empty((len(z), len(rows), 6, 6))
    follow_runs(
        np.asarray(mean, dtype=float), np.ascontiguousarray(covariance, dtype=float), times,
        np.ascontiguousarray(z, dtype=float), sites, np.ascontiguousarray(sigma, dtype=float) ** 2, float(coast_psd),
        rows, means, covariances,
    )
    return means, covariances
