"""One filter, chosen by name, from a given start through detections in order: compiled, or by filterpy with the same
models.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from trackfuse.core.errors import TrackingError, unknown
from trackfuse.core.estimates import check_estimate
from trackfuse.kernels.filter import MEAN, SCRATCH
from trackfuse.kernels.imm import BURN, COAST, THRUST_MPS2, THRUST_SIGMA_MPS2
from trackfuse.kernels.records import IMM
from trackfuse.sensing import Detections
from trackfuse.tracking import own_filter
from trackfuse.tracking.estimate import Estimate
from trackfuse.tracking.own_filter import TrackFilter
from trackfuse.tracking.packing import motion_of, packed
from trackfuse.tracking.settings import TrackerSettings

Kind = Literal["ekf", "ukf", "imm"] | TrackFilter
KINDS = ("ekf", "ukf", "imm")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filtered:
    """What a filter holds after every one of m detections.

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


def filter_detections(kind: Kind, detections: Detections, start: Estimate, settings: TrackerSettings) -> Filtered:
    """Filter detections of one target from a given start.

    Parameters
    ----------
    kind : {"ekf", "ukf", "imm"} or TrackFilter
        Extended filter of free fall; unscented filter of free fall (kappa 0: the cubature points); the tracker's own
        interacting models of free fall, a burning engine and re-entry; or a filter of your own.
    detections : Detections
        m of them, in order of time, none before the start.
    start : Estimate
        Mean (6,), covariance (6, 6) and time to start from, and for interacting models the probability that the engine
        burns then.
    settings : TrackerSettings
        Its `engine` says what does the work: "compiled", or "filterpy", slower by a thousand times and to read. A
        filter of your own reads none of them.

    Returns
    -------
    Filtered
        Arrays whose first axis has length m.

    Raises
    ------
    TrackingError
        If the kind is not known, the start is not finite or its covariance not positive definite, the detections are
        not in order, or a covariance loses its positivity on the way.
    PluginError
        If a filter of your own fails.

    Notes
    -----
    Bar-Shalom, Li & Kirubarajan (2001), 10.3 and 11.6; Julier, Uhlmann & Durrant-Whyte (2000). Both engines hold the
    same numbers to 1e-8 relative.
    """
    if isinstance(kind, str) and kind not in KINDS:
        raise TrackingError(f"filter_detections: {unknown('filter', kind, KINDS)}")
    _check(start)
    rows, at_s = packed(detections), float(start.t_s)
    if len(rows) and (rows["t_s"][0] < at_s or np.any(np.diff(rows["t_s"]) < 0.0)):
        raise TrackingError("filter_detections: detections must be in order of time, none before the start")
    if not isinstance(kind, str):
        return _by_own(kind, start, rows)
    imm_state = _started(start, start.boosting if kind == "imm" else 0.0)
    work = _compiled if settings.engine == "compiled" else _by_filterpy
    out = Filtered(
        mean=np.full((len(rows), 6), np.nan), covariance=np.full((len(rows), 6, 6), np.nan),
        nis=np.full(len(rows), np.nan), boosting=np.zeros(len(rows)),
    )  # fmt: skip
    work(kind, imm_state, at_s, rows, settings, out)
    if not (np.isfinite(out.mean).all() and (np.einsum("mii->mi", out.covariance) > 0.0).all()):
        raise TrackingError(f"filter_detections: the {kind} failed: its covariance is no longer positive")
    return out


def _by_own(own: TrackFilter, start: Estimate, rows: np.ndarray) -> Filtered:
    held = own_filter.start(own, start.mean, start.covariance, float(start.t_s))
    made = []
    for plot in rows:
        own_filter.predict(own, held, float(plot["t_s"]))
        own_filter.update(own, held, plot)
        made.append((held.claims.mean, held.claims.covariance, held.nis, held.claims.boosting))
    mean, covariance, nis, boosting = zip(*made, strict=True) if made else ((), (), (), ())
    return Filtered(
        mean=np.reshape(mean, (-1, 6)), covariance=np.reshape(covariance, (-1, 6, 6)), nis=np.array(nis, dtype=float),
        boosting=np.array(boosting, dtype=float),
    )  # fmt: skip


def fall_on(estimate: Estimate, until_s: float, settings: TrackerSettings) -> Estimate:
    """Predict an estimate in free fall, as the extended filter does between detections.

    Parameters
    ----------
    estimate : Estimate
        Mean (6,), covariance (6, 6) and time.
    until_s : float
        Time wanted, not before that of the estimate, s.
    settings : TrackerSettings
        Whose process noise and drag are assumed.

    Returns
    -------
    Estimate
        At the time wanted, of a target whose engine does not burn: mean (6,) and covariance (6, 6).

    Raises
    ------
    TrackingError
        If the time wanted lies before that of the estimate, which must be finite, its covariance positive definite.
    """
    from trackfuse.kernels.filters_only import fall_to

    _check(estimate)
    if not until_s >= estimate.t_s:
        raise TrackingError(f"fall_on: until_s {until_s!r} lies before the estimate's t_s {estimate.t_s!r}")
    imm_state = _started(estimate, 0.0)
    coast = imm_state["filters"][COAST]
    fall_to(coast, float(estimate.t_s), float(until_s), motion_of(settings), np.zeros((SCRATCH, 9, 9)))
    return Estimate(
        mean=coast[MEAN, :6].copy(), covariance=coast[:6, :6].copy(), t_s=float(until_s), boosting=0.0
    )


def _check(estimate: Estimate) -> None:
    try:
        check_estimate(estimate.mean, estimate.covariance)
    except ValueError as bad:
        raise TrackingError(f"estimate: {bad}") from None


def _started(start: Estimate, boosting: float) -> np.void:
    """The kernels' filters of one target at the start: a record of IMM."""
    imm_state = np.zeros(1, IMM)[0]
    for row in (COAST, BURN):
        f = imm_state["filters"][row]
        f[:6, :6], f[MEAN, :6] = start.covariance, start.mean
    imm_state["filters"][BURN, MEAN, 6], imm_state["filters"][BURN, 6, 6] = THRUST_MPS2, THRUST_SIGMA_MPS2**2
    imm_state["probability"] = boosting
    imm_state["time"] = imm_state["burned"] = imm_state["seen"] = start.t_s
    return imm_state


def _compiled(
    kind: str, imm_state: np.void, at_s: float, rows: np.ndarray, settings: TrackerSettings, out: Filtered
) -> None:
    from trackfuse.kernels.filters_only import run_extended, run_interacting, run_points

    motion = motion_of(settings)
    if kind == "imm":
        run_interacting(imm_state, rows, motion, out.mean, out.covariance, out.boosting)
    else:
        run = run_extended if kind == "ekf" else run_points
        run(imm_state["filters"][COAST], float(at_s), rows, motion, out.mean, out.covariance, out.nis)


def _by_filterpy(
    kind: str, imm_state: np.void, at_s: float, rows: np.ndarray, settings: TrackerSettings, out: Filtered
) -> None:
    from trackfuse.tracking import by_filterpy as engine

    motion, held, now = motion_of(settings), engine.state_of(imm_state, motion_of(settings)), float(at_s)
    points = engine.point_filter(imm_state["filters"][COAST, MEAN, :6], imm_state["filters"][COAST, :6, :6])
    for m, plot in enumerate(rows):
        if kind == "imm":
            engine.predict(held, plot["t_s"], motion)
            engine.update(held, plot)
            out.mean[m], out.covariance[m] = engine.combined(held)
            out.boosting[m] = held.burning()
            continue
        for stop in engine.stops(now, plot["t_s"]):
            if kind == "ekf":
                held.free.seconds = stop - now
                held.free.predict()
            else:
                engine.point_predict(points, stop - now, motion)
            now = stop
        if kind == "ekf":
            held.free.update_by(plot)
            out.nis[m], out.mean[m], out.covariance[m] = held.free.square, held.free.x[:6], held.free.P[:6, :6]
        else:
            out.nis[m] = engine.point_update(points, plot)
            out.mean[m], out.covariance[m] = points.x, points.P
