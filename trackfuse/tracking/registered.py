"""What registration errors add to the covariance of every node's own track."""

import numpy as np

from trackfuse.tracking.track import Tracks, plot_rows


def registration_part(
    local: Tracks,
    *,
    plot_t_s: np.ndarray,
    plot_sensor: np.ndarray,
    z: np.ndarray,
    sigma: np.ndarray,
    received_s: np.ndarray,
    site_m: np.ndarray,
    enu_from_ecef: np.ndarray,
    is_infrared: np.ndarray,
    gradient: np.ndarray,
    source: np.ndarray,
    cycle_times: np.ndarray,
) -> np.ndarray:
    """Covariance that errors which are the same for all looks of a sensor add to tracks that took them for noise.

    Parameters
    ----------
    local : Tracks
        Own tracks of N nodes at J cycles, as from `track`.
    plot_t_s, plot_sensor, z, sigma, received_s, site_m, enu_from_ecef, is_infrared, cycle_times : ndarray
        What the tracks were made of: see `track`.
    gradient : ndarray, shape (m, 3, E)
        What one standard deviation of each of E independent errors of its sensor adds to a plot's range (m), azimuth
        and elevation (rad).
    source : ndarray of int, shape (m,)
        Whose errors those are: plots of one number share them.
    cycle_times : ndarray, shape (J,)

    Returns
    -------
    ndarray, shape (N, J, 6, 6)
        To be added to the tracks' covariances (m^2, m^2/s, m^2/s^2): it does not average down with more looks. 0 where
        there is no track.

    Notes
    -----
    Consider covariance analysis (Bierman 1977, VIII): the tracker's gains stay as they are, and what they make of
    constant errors is carried along; `consider_update` is the filter that would choose them for it. The gains are
    reconstructed from the tracks' covariances, cycle by cycle and in free fall: exact for a linear filter without
    process noise whose plots come at the cycles, some per cent off in coast, a rough figure while the engine burns.
    """
    from trackfuse.kernels.registered import registration_parts

    out = np.zeros(local.covariance.shape)
    wrong = gradient.any(axis=(1, 2))
    if not wrong.any() or not cycle_times.size:
        return out
    numbers = {int(s): c for c, s in enumerate(np.unique(source[wrong]))}
    width = gradient.shape[2]
    first = np.array([width * numbers[int(s)] if int(s) in numbers else -1 for s in source])
    plots = plot_rows(plot_t_s, plot_sensor, z, sigma, site_m, enu_from_ecef, is_infrared)
    received = np.ascontiguousarray(received_s.T, dtype=float)
    registration_parts(
        plots, received, np.argsort(received, axis=1, kind="stable"), np.ascontiguousarray(gradient), first,
        width * len(numbers), np.ascontiguousarray(cycle_times, dtype=float), local.mean, local.covariance,
        local.status, out,
    )  # fmt: skip
    return out
