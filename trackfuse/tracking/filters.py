"""One filter, chosen by name, from a given start through plots in order: compiled, or by filterpy with the same
models.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from trackfuse.core.errors import TrackingError, unknown
from trackfuse.kernels.filter import MEAN, T
from trackfuse.kernels.imm import (
    BURN,
    BURNED,
    COAST,
    FILTERS,
    MODE,
    PROBABILITY,
    SEEN,
    THRUST_MPS2,
    THRUST_SIGMA_MPS2,
    TIME,
)
from trackfuse.tracking.settings import TrackerSettings
from trackfuse.tracking.track import motion_of, plot_rows

Kind = Literal["ekf", "ukf", "imm"]
KINDS = ("ekf", "ukf", "imm")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filtered:
    """What a filter holds after every plot.

    Parameters
    ----------
    mean : ndarray, shape (m, 6)
        ECEF position (m) and velocity relative to the rotating Earth (m/s).
    covariance : ndarray, shape (m, 6, 6)
        m^2, m^2/s, m^2/s^2.
    nis : ndarray, shape (m,)
        Normalised innovation squared; nan of interacting models, which have one each.
    boosting : ndarray, shape (m,)
        Probability that the engine burns; 0 of filters that know free fall only.
    """

    mean: np.ndarray
    covariance: np.ndarray
    nis: np.ndarray
    boosting: np.ndarray


def filter_plots(
    kind: Kind,
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
    is_infrared: np.ndarray,
    settings: TrackerSettings,
    boosting: float = 0.5,
    site_velocity_mps: np.ndarray | None = None,
) -> Filtered:
    """Filter plots of one target from a given start.

    Parameters
    ----------
    kind : {"ekf", "ukf", "imm"}
        Extended filter of free fall; unscented filter of free fall (kappa 0: the cubature points); the tracker's own
        interacting models of free fall, a burning engine and re-entry.
    mean : ndarray, shape (6,)
        ECEF position (m) and velocity relative to the rotating Earth (m/s) to start from.
    covariance : ndarray, shape (6, 6)
        Of the start.
    at_s : float
        Time of the start, s.
    plot_t_s : ndarray, shape (m,)
        Times of measurement, s, in order, none before `at_s`.
    plot_sensor : ndarray of int, shape (m,)
        Row of the sensor, 0..S-1.
    z, sigma : ndarray, shape (m, 3) or (m, 4)
        Range (m), azimuth and elevation (rad), range rate (m/s), and their standard deviations (see `track`).
    site_m : ndarray, shape (S, 3)
        ECEF position of the sensors, m.
    enu_from_ecef : ndarray, shape (S, 3, 3)
    is_infrared : ndarray of bool, shape (S,)
    settings : TrackerSettings
        Its `engine` says what does the work: "compiled", or "filterpy", slower by a thousand times and to read.
    boosting : float
        Of interacting models: probability that the engine burns at the start.
    site_velocity_mps : ndarray, shape (S, 3), optional
        ECEF velocity of the sensors, m/s (see `track`).

    Returns
    -------
    Filtered

    Raises
    ------
    TrackingError
        If the kind is not known, the plots are not in order, numbers are not finite, or a covariance loses its
        positivity on the way.

    Notes
    -----
    Bar-Shalom, Li & Kirubarajan (2001), 10.3 and 11.6; Julier, Uhlmann & Durrant-Whyte (2000). Both engines hold the
    same numbers to 1e-8 relative.
    """
    if kind not in KINDS:
        raise TrackingError(f"filter_plots: {unknown('filter', kind, KINDS)}")
    rows = plot_rows(plot_t_s, plot_sensor, z, sigma, site_m, enu_from_ecef, is_infrared, site_velocity_mps)
    if len(rows) and (rows[0, T] < at_s or np.any(np.diff(rows[:, T]) < 0.0)):
        raise TrackingError("filter_plots: plot_t_s must hold times in order, none before at_s")
    bank = _started(mean, covariance, at_s, boosting if kind == "imm" else 0.0)
    work = _compiled if settings.engine == "compiled" else _by_filterpy
    out = Filtered(
        mean=np.full((len(rows), 6), np.nan), covariance=np.full((len(rows), 6, 6), np.nan),
        nis=np.full(len(rows), np.nan), boosting=np.zeros(len(rows)),
    )  # fmt: skip
    work(kind, bank, at_s, rows, settings, out)
    if not (np.isfinite(out.mean).all() and (np.einsum("mii->mi", out.covariance) > 0.0).all()):
        raise TrackingError(f"filter_plots: the {kind} failed: its covariance is no longer positive")
    return out


def fall_on(
    mean: np.ndarray, covariance: np.ndarray, at_s: float, until_s: float, settings: TrackerSettings
) -> tuple[np.ndarray, np.ndarray]:
    """Predict an estimate in free fall, as the extended filter does between plots.

    Parameters
    ----------
    mean : ndarray, shape (6,)
        ECEF position (m) and velocity relative to the rotating Earth (m/s).
    covariance : ndarray, shape (6, 6)
    at_s, until_s : float
        Time of the estimate and that wanted, not before it, s.
    settings : TrackerSettings
        Whose process noise and drag are assumed.

    Returns
    -------
    (ndarray, ndarray)
        Mean (6,) and covariance (6, 6) then.

    Raises
    ------
    TrackingError
        If the time wanted lies before that of the estimate.
    """
    from trackfuse.kernels.single import fallen

    if not until_s >= at_s:
        raise TrackingError(f"fall_on: until_s {until_s!r} lies before at_s {at_s!r}")
    bank = _started(mean, covariance, at_s, 0.0)
    fallen(bank[COAST], float(at_s), float(until_s), motion_of(settings))
    return bank[COAST, MEAN, :6].copy(), bank[COAST, :6, :6].copy()


def _started(mean: np.ndarray, covariance: np.ndarray, at_s: float, boosting: float) -> np.ndarray:
    bank = np.zeros((FILTERS, 8, 7))
    for row in (COAST, BURN):
        bank[row, :6, :6], bank[row, MEAN, :6] = covariance, mean
    bank[BURN, MEAN, 6], bank[BURN, 6, 6] = THRUST_MPS2, THRUST_SIGMA_MPS2**2
    bank[COAST, MODE, PROBABILITY] = boosting
    bank[COAST, MODE, TIME] = bank[COAST, MODE, BURNED] = bank[COAST, MODE, SEEN] = at_s
    return bank


def _compiled(
    kind: str, bank: np.ndarray, at_s: float, rows: np.ndarray, settings: TrackerSettings, out: Filtered
) -> None:
    from trackfuse.kernels.single import run_extended, run_interacting, run_points

    motion = motion_of(settings)
    if kind == "imm":
        run_interacting(bank, rows, motion, out.mean, out.covariance, out.boosting)
    else:
        bank[COAST, MODE] = 0.0
        run = run_extended if kind == "ekf" else run_points
        run(bank[COAST], float(at_s), rows, motion, out.mean, out.covariance, out.nis)


def _by_filterpy(
    kind: str, bank: np.ndarray, at_s: float, rows: np.ndarray, settings: TrackerSettings, out: Filtered
) -> None:
    from trackfuse.tracking import by_filterpy as engine

    motion, held, now = motion_of(settings), engine.bank_of(bank, motion_of(settings)), float(at_s)
    points = engine.point_filter(bank[COAST, MEAN, :6], bank[COAST, :6, :6])
    for m, plot in enumerate(rows):
        if kind == "imm":
            engine.predict(held, plot[T], motion)
            engine.update(held, plot)
            out.mean[m], out.covariance[m] = engine.combined(held)
            out.boosting[m] = held.burning()
            continue
        for stop in engine.stops(now, plot[T]):
            if kind == "ekf":
                held.free.seconds = stop - now
                held.free.predict()
            else:
                engine.point_predict(points, stop - now, motion)
            now = stop
        if kind == "ekf":
            held.free.update(plot)
            out.nis[m], out.mean[m], out.covariance[m] = held.free.square, held.free.x[:6], held.free.P[:6, :6]
        else:
            out.nis[m] = engine.point_update(points, plot)
            out.mean[m], out.covariance[m] = points.x, points.P
