"""Every node's own track, from what that node has received."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from trackfuse.core.errors import TrackingError
from trackfuse.kernels.filter import ENU, INFRARED, PLOT, RATE, RATE_SIGMA, SIGMA, SITE, T, Z
from trackfuse.kernels.imm import Motion
from trackfuse.kernels.tracker import follow_all
from trackfuse.tracking.settings import TrackerSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracks:
    """What N nodes hold to be the target's state at J cycles.

    Parameters
    ----------
    mean : ndarray, shape (N, J, 6)
        ECEF position (m) and velocity relative to the rotating Earth (m/s); nan without a track.
    covariance : ndarray, shape (N, J, 6, 6)
        m^2, m^2/s, m^2/s^2; nan without a track.
    status : ndarray of int8, shape (N, J)
        0 no track, 1 confirmed, -1 the filter failed.
    boosting : ndarray, shape (N, J)
        Probability that the engine burns; nan without a track.
    last_plot_s : ndarray, shape (N, J)
        Time of measurement of the newest plot used; nan without a track.
    """

    mean: np.ndarray
    covariance: np.ndarray
    status: np.ndarray
    boosting: np.ndarray
    last_plot_s: np.ndarray


def motion_of(settings: TrackerSettings) -> Motion:
    """What the filters assume of the target's motion, as the kernels take it."""
    return Motion(
        steering=settings.steering_psd,
        walk=settings.thrust_psd,
        coast=settings.coast_psd,
        growth=1.0 / settings.exhaust_mps,
        thin=1.0 / settings.beta_kgpm2,
        air_fraction=settings.air_fraction,
        stop_rate=1.0 / settings.burnout_s,
        start_rate=1.0 / settings.reignition_s,
        stage_rate=1.0 / settings.staging_s,
    )


def empty_tracks(nodes: int, cycles: int) -> Tracks:
    """Tracks of nodes that have none.

    Parameters
    ----------
    nodes, cycles : int

    Returns
    -------
    Tracks
        Arrays of shape (N, J, ...): nan, status 0.
    """
    return Tracks(
        mean=np.full((nodes, cycles, 6), np.nan),
        covariance=np.full((nodes, cycles, 6, 6), np.nan),
        status=np.zeros((nodes, cycles), dtype=np.int8),
        boosting=np.full((nodes, cycles), np.nan),
        last_plot_s=np.full((nodes, cycles), np.nan),
    )


def track(
    *,
    plot_t_s: np.ndarray,
    plot_sensor: np.ndarray,
    z: np.ndarray,
    sigma: np.ndarray,
    received_s: np.ndarray,
    site_m: np.ndarray,
    enu_from_ecef: np.ndarray,
    is_infrared: np.ndarray,
    cycle_times: np.ndarray,
    confirmed_s: np.ndarray,
    settings: TrackerSettings,
    site_velocity_mps: np.ndarray | None = None,
) -> Tracks:
    """Track one target at N nodes, each from the plots that it has received.

    A track starts with the first `confirm_plots` radar plots within `confirm_window_s`, with constant acceleration in
    nine states; once the velocity is known to 15 % extended Kalman filters take over, one for a burning engine
    (gravity turn, seven states with axial thrust), one for free fall (six states, J2, drag) and one for re-entry (seven
    states with drag), as interacting multiple models; or the filter that `settings.filter` names.

    Parameters
    ----------
    plot_t_s : ndarray, shape (m,)
        Time of measurement, seconds after lift-off, in any order.
    plot_sensor : ndarray of int, shape (m,)
        Row of the sensor, 0..S-1.
    z, sigma : ndarray, shape (m, 3) or (m, 4)
        Range (m), azimuth and elevation (rad) in the sensor's frame, range rate (m/s), and their standard deviations;
        an infrared plot's range is not read, nor a range rate whose standard deviation is inf.
    received_s : ndarray, shape (m, N)
        When each node has the plot; inf if never.
    site_m : ndarray, shape (S, 3)
        ECEF position of the sensors, m.
    enu_from_ecef : ndarray, shape (S, 3, 3)
    is_infrared : ndarray of bool, shape (S,)
    cycle_times : ndarray, shape (J,)
        Rising, seconds after lift-off.
    confirmed_s : ndarray, shape (N,)
        No track is given before this; inf for never.
    settings : TrackerSettings
    site_velocity_mps : ndarray, shape (S, 3), optional
        ECEF velocity of the sensors, m/s, which a range rate counts; by default they stand still.

    Returns
    -------
    Tracks
        At cycle j of node i a function of exactly the set of plots with received_s <= cycle_times[j], worked through
        in the order of measurement and carried to that time. Whatever the order of the rows.

    Raises
    ------
    TrackingError
        If a plot holds a number that is not finite where its sensor measures, or a standard deviation that is not
        positive.

    Notes
    -----
    Blom & Bar-Shalom (1988); Bar-Shalom, Li & Kirubarajan (2001). Valid for ballistic targets below 40,000
    km that boost along their velocity; a lifting body or a spinning launch phase is outside the models.
    """
    nodes = confirmed_s.shape[0]
    if plot_t_s.size == 0 or cycle_times.size == 0:
        return empty_tracks(nodes, cycle_times.shape[0])
    plots = plot_rows(plot_t_s, plot_sensor, z, sigma, site_m, enu_from_ecef, is_infrared, site_velocity_mps)
    # Ties are broken by what was measured, never by the sensor's number: its label must not matter.
    order = np.lexsort((plots[:, 3], plots[:, 2], plots[:, 1], plots[:, 0]))
    received = np.ascontiguousarray(received_s[order].T)
    # Nodes that receive the same at the same times hold the same track: it is worked out once.
    same_as = [
        next(k for k in range(i + 1) if confirmed_s[k] == confirmed_s[i] and np.array_equal(received[k], received[i]))
        for i in range(nodes)
    ]
    different = sorted(set(same_as))
    tracks = empty_tracks(len(different), cycle_times.shape[0])
    _followed(settings)(
        plots[order], received[different], np.argsort(received[different], axis=1, kind="stable"),
        np.ascontiguousarray(cycle_times, dtype=float), np.asarray(confirmed_s, dtype=float)[different],
        settings.confirm_plots, settings.confirm_window_s, motion_of(settings),
        tracks.mean, tracks.covariance, tracks.status, tracks.boosting, tracks.last_plot_s,
    )
    row = [different.index(k) for k in same_as]
    return Tracks(
        mean=tracks.mean[row], covariance=tracks.covariance[row], status=tracks.status[row],
        boosting=tracks.boosting[row], last_plot_s=tracks.last_plot_s[row],
    )


def _followed(settings: TrackerSettings) -> Callable[..., None]:
    """What works through the nodes: the usual kernel, another one for late plots, or any filter in Python."""
    if settings.engine == "filterpy" or settings.filter != "imm":
        from trackfuse.tracking import node

        if settings.engine == "filterpy":
            from trackfuse.tracking.by_filterpy import FILTERS
        else:
            from trackfuse.tracking.alone import FILTERS
        return partial(node.follow_all, FILTERS[settings.filter])
    if settings.late == "reprocess":
        return follow_all
    from trackfuse.kernels import late

    way = {"drop": late.DROP, "one_step": late.ONE_STEP, "multi_step": late.MULTI_STEP}[settings.late]
    return partial(late.follow_all_late, way)


def plot_rows(
    t_s: np.ndarray,
    sensor: np.ndarray,
    z: np.ndarray,
    sigma: np.ndarray,
    site_m: np.ndarray,
    enu_from_ecef: np.ndarray,
    is_infrared: np.ndarray,
    site_velocity_mps: np.ndarray | None = None,
) -> np.ndarray:
    """Plots as the kernels take them: ndarray, shape (m, PLOT), with the range of infrared plots set to 0 and range
    rates relative to the Earth.

    A sensor's own motion is taken off in the measured direction: its error of a thousandth leaves centimetres a second.
    """
    infrared = np.asarray(is_infrared, dtype=bool)[sensor]
    check_plots(t_s, z, sigma, infrared)
    rows = np.empty((len(t_s), PLOT))
    rows[:, T] = t_s
    rows[:, Z : Z + 3] = z[:, :3]
    rows[infrared, Z] = 0.0
    rows[:, SIGMA : SIGMA + 3] = sigma[:, :3]
    measured = np.isfinite(sigma[:, 3]) & ~infrared if sigma.shape[1] > 3 else np.zeros(len(t_s), dtype=bool)
    rows[:, RATE] = np.where(measured, z[:, -1], 0.0)
    if site_velocity_mps is not None:
        flat, up = np.cos(z[:, 2]), np.sin(z[:, 2])
        east, north = flat * np.sin(z[:, 1]), flat * np.cos(z[:, 1])
        towards = np.einsum("mi,mij->mj", np.stack([east, north, up], axis=1), enu_from_ecef[sensor])
        rows[:, RATE] += np.einsum("mj,mj->m", towards, site_velocity_mps[sensor])
    rows[:, RATE_SIGMA] = np.where(measured, sigma[:, -1], np.inf)
    rows[:, INFRARED] = infrared
    rows[:, SITE : ENU + 9] = np.hstack([site_m, enu_from_ecef.reshape(-1, 9)]).take(sensor, axis=0)
    return rows


def check_plots(t_s: np.ndarray, z: np.ndarray, sigma: np.ndarray, infrared: np.ndarray) -> None:
    """Refuse plots that no filter can take.

    Parameters
    ----------
    t_s : ndarray, shape (m,)
        Times of measurement, s.
    z, sigma : ndarray, shape (m, 3) or (m, 4)
        Range (m), azimuth and elevation (rad), range rate (m/s), and their standard deviations (see `track`).
    infrared : ndarray of bool, shape (m,)
        Whether the range is not read.

    Raises
    ------
    TrackingError
        If one of these numbers is not finite where it is measured, or a standard deviation is not positive.
    """
    if z.ndim != 2 or z.shape != sigma.shape or z.shape[1] not in (3, 4):
        raise TrackingError(f"plots: z {z.shape} and sigma {sigma.shape} must both be (m, 3) or (m, 4)")
    read = np.ones(z.shape, dtype=bool)
    read[:, 0] = ~infrared
    if z.shape[1] == 4:
        read[:, 3] = ~infrared & np.isfinite(sigma[:, 3])
    good = np.isfinite(t_s)[:, None] & (~read | (np.isfinite(z) & np.isfinite(sigma) & (sigma > 0.0)))
    if not good.all():
        k = int(np.flatnonzero(~good.all(axis=1))[0])
        what = "an infrared sensor's" if infrared[k] else "a radar's"
        raise TrackingError(
            f"plots: {what} plot {k} at {t_s[k]} s measures {z[k]} with standard deviations {sigma[k]}; all that is "
            "measured must be finite and have a positive standard deviation"
        )
