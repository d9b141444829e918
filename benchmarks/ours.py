"""trackfuse's compiled filters on the case of eight radars."""

import numpy as np

from trackfuse.kernels import imm
from trackfuse.kernels.filter import MEAN, SCRATCH, as_measured, coast_step, update6
from trackfuse.kernels.jit import njit
from trackfuse.kernels.records import IMM
from trackfuse.tracking import Estimate, TrackerSettings, filter_detections
from trackfuse.tracking.packing import motion_of, packed

from .case import NOISE_PSD, SIGMA, STEP_S, Case
from .runs import filter_runs


def run(case: Case) -> np.ndarray:
    """One run of the extended Kalman filter: means after every second, ndarray of shape (600, 6)."""
    return _filter(case.mean, case.covariance, _rows(case), STEP_S, NOISE_PSD)


def run_public(case: Case) -> np.ndarray:
    """The same by the function that users call, which makes up for the measurements' curvature: shape (600, 6)."""
    sensors, settings = case.z.shape[1], TrackerSettings(coast_psd=NOISE_PSD)
    return filter_detections("ekf", case.detections, _start(case), settings).mean[sensors - 1 :: sensors]


def run_imm(case: Case) -> np.ndarray:
    """One run of two filters, free fall and a burning engine, neither ever put to sleep: ndarray of shape (600, 6)."""
    motion = motion_of(TrackerSettings(coast_psd=NOISE_PSD, beta_kgpm2=1e6))
    return _interact(case.mean, case.covariance, _rows(case), STEP_S, motion, np.zeros(1, IMM))


def run_bank(case: Case, engine: str = "compiled") -> np.ndarray:
    """One run of the tracker's own imm_state, whose second filter sleeps once it has nothing to say: shape (600, 6).

    `engine` may be "filterpy": the same models and the same numbers, driven by that library.
    """
    sensors, settings = case.z.shape[1], TrackerSettings(coast_psd=NOISE_PSD, engine=engine)
    return filter_detections("imm", case.detections, _start(case), settings).mean[sensors - 1 :: sensors]


def run_many(case: Case, runs: int = 1000) -> np.ndarray:
    """Many runs of the extended Kalman filter, their noise drawn here: means after every minute, (runs, 10, 6)."""
    seconds, sensors = case.exact.shape[:2]
    n = seconds * sensors
    z = np.random.default_rng(7).standard_normal((runs, n, 3))
    z *= SIGMA
    z += case.exact.reshape(n, 3)
    minutes = np.arange(60 * sensors - 1, n, 60 * sensors)
    return filter_runs(case.detections, z, _start(case), coast_psd=NOISE_PSD, keep=minutes)[0]


def _start(case: Case) -> Estimate:
    return Estimate(mean=case.mean, covariance=case.covariance, t_s=0.0)


def _rows(case: Case) -> np.ndarray:
    """Rows for the kernels by instant and radar: ndarray of shape (600, 8)."""
    return packed(case.detections).reshape(case.z.shape[:2])


@njit
def _filter(mean, covariance, plots, step_s, psd):
    f, scratch = np.empty((8, 7)), np.empty((SCRATCH, 9, 9))
    f[:6, :6], f[MEAN, :6] = covariance, mean
    out = np.empty((plots.shape[0], 6))
    for k in range(plots.shape[0]):
        coast_step(f, step_s, psd, 0.0, 0.0, scratch)
        for s in range(plots.shape[1]):
            update6(f, plots[k, s], as_measured(plots[k, s]), scratch)
        out[k] = f[MEAN, :6]
    return out


@njit
def _interact(mean, covariance, plots, step_s, motion, banks):
    imm_state, scratch, spread = banks[0], np.empty((SCRATCH, 9, 9)), np.empty((6, 6))
    for row in range(2):
        f = imm_state.filters[row]
        f[:6, :6], f[MEAN, :6] = covariance, mean
    f = imm_state.filters[imm.BURN]
    f[MEAN, 6], f[6, 6] = imm.THRUST_MPS2, imm.THRUST_SIGMA_MPS2**2
    imm_state.probability = 0.5
    out = np.empty((plots.shape[0], 6))
    for k in range(plots.shape[0]):
        imm_state.burned = imm_state.time
        imm.predict(imm_state, step_s * (k + 1.0), motion, scratch)
        for s in range(plots.shape[1]):
            imm.update(imm_state, plots[k, s], scratch)
        imm.combine(imm_state, out[k], spread)
    return out
