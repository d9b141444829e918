"""trackfuse's compiled filters on the case of eight radars."""

import numpy as np

from trackfuse.kernels import imm
from trackfuse.kernels.filter import MEAN, ROOM, coast_step, update6
from trackfuse.kernels.jit import njit
from trackfuse.tracking import TrackerSettings, filter_plots, filter_runs
from trackfuse.tracking.track import motion_of, plot_rows

from .case import NOISE_PSD, SIGMA, STEP_S, Case


def run(case: Case) -> np.ndarray:
    """One run of the extended Kalman filter: means after every second, ndarray of shape (600, 6)."""
    return _filter(case.mean, case.covariance, _rows(case), STEP_S, NOISE_PSD)


def run_imm(case: Case) -> np.ndarray:
    """One run of two filters, free fall and a burning engine, neither ever put to sleep: ndarray of shape (600, 6)."""
    motion = motion_of(TrackerSettings(coast_psd=NOISE_PSD, beta_kgpm2=1e6))
    return _interact(case.mean, case.covariance, _rows(case), STEP_S, motion)


def run_bank(case: Case, engine: str = "compiled") -> np.ndarray:
    """One run of the tracker's own bank, whose second filter sleeps once it has nothing to say: shape (600, 6).

    `engine` may be "filterpy": the same models and the same numbers, driven by that library.
    """
    seconds, sensors = case.z.shape[:2]
    n = seconds * sensors
    found = filter_plots(
        "imm", mean=case.mean, covariance=case.covariance, at_s=0.0,
        plot_t_s=np.repeat(STEP_S * np.arange(1.0, seconds + 1.0), sensors),
        plot_sensor=np.tile(np.arange(sensors), seconds), z=case.z.reshape(n, 3), sigma=np.tile(SIGMA, (n, 1)),
        site_m=case.site_m, enu_from_ecef=case.enu_from_ecef, is_infrared=np.zeros(sensors, dtype=bool),
        settings=TrackerSettings(coast_psd=NOISE_PSD, engine=engine),
    )  # fmt: skip
    return found.mean[sensors - 1 :: sensors]


def run_many(case: Case, runs: int = 1000) -> np.ndarray:
    """Many runs of the extended Kalman filter, their noise drawn here: means after every minute, (runs, 10, 6)."""
    seconds, sensors = case.exact.shape[:2]
    n = seconds * sensors
    z = np.random.default_rng(7).standard_normal((runs, n, 3))
    z *= SIGMA
    z += case.exact.reshape(n, 3)
    means, _ = filter_runs(
        mean=case.mean, covariance=case.covariance, at_s=0.0,
        plot_t_s=np.repeat(STEP_S * np.arange(1.0, seconds + 1.0), sensors),
        plot_sensor=np.tile(np.arange(sensors), seconds), z=z, sigma=np.tile(SIGMA, (n, 1)), site_m=case.site_m,
        enu_from_ecef=case.enu_from_ecef, coast_psd=NOISE_PSD, keep=np.arange(60 * sensors - 1, n, 60 * sensors),
    )  # fmt: skip
    return means


def _rows(case: Case) -> np.ndarray:
    seconds, sensors = case.z.shape[:2]
    n = seconds * sensors
    plots = plot_rows(
        np.repeat(STEP_S * np.arange(1.0, seconds + 1.0), sensors), np.tile(np.arange(sensors), seconds),
        case.z.reshape(n, 3), np.tile(SIGMA, (n, 1)), case.site_m, case.enu_from_ecef, np.zeros(sensors, dtype=bool),
    )  # fmt: skip
    return plots.reshape(seconds, sensors, -1)


@njit
def _filter(mean, covariance, plots, step_s, psd):
    f, room = np.empty((8, 7)), np.empty((ROOM, 9, 9))
    f[:6, :6], f[MEAN, :6] = covariance, mean
    out = np.empty((plots.shape[0], 6))
    for k in range(plots.shape[0]):
        coast_step(f, step_s, psd, 0.0, 0.0, room)
        for s in range(plots.shape[1]):
            update6(f, plots[k, s], room)
        out[k] = f[MEAN, :6]
    return out


@njit
def _interact(mean, covariance, plots, step_s, motion):
    bank, room, spread = np.zeros((imm.FILTERS, 8, 7)), np.empty((ROOM, 9, 9)), np.empty((6, 6))
    for row in range(2):
        bank[row, :6, :6], bank[row, MEAN, :6] = covariance, mean
    bank[imm.BURN, MEAN, 6], bank[imm.BURN, 6, 6] = imm.THRUST_MPS2, imm.THRUST_SIGMA_MPS2**2
    bank[imm.COAST, imm.MODE, imm.PROBABILITY] = 0.5
    out = np.empty((plots.shape[0], 6))
    for k in range(plots.shape[0]):
        bank[imm.COAST, imm.MODE, imm.BURNED] = bank[imm.COAST, imm.MODE, imm.TIME]
        imm.predict(bank, step_s * (k + 1.0), motion, room)
        for s in range(plots.shape[1]):
            imm.update(bank, plots[k, s], room)
        imm.combine(bank, out[k], spread)
    return out
