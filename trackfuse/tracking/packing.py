"""Detections and settings as the kernels take them."""

import numpy as np

from trackfuse.kernels.imm import Motion
from trackfuse.kernels.records import DETECTION
from trackfuse.sensing import Detections
from trackfuse.tracking.settings import TrackerSettings


def motion_of(settings: TrackerSettings) -> Motion:
    """What the filters assume of the target's motion."""
    return Motion(
        steering_psd=settings.steering_psd,
        thrust_psd=settings.thrust_psd,
        coast_psd=settings.coast_psd,
        inverse_exhaust_speed=1.0 / settings.exhaust_mps,
        inverse_ballistic_coefficient=1.0 / settings.beta_kgpm2,
        air_fraction=settings.air_fraction,
        stop_rate=1.0 / settings.burnout_s,
        start_rate=1.0 / settings.reignition_s,
        stage_rate=1.0 / settings.staging_s,
    )


def packed(detections: Detections) -> np.ndarray:
    """Detections as records, ndarray of DETECTION (`kernels.measurement`), shape (m,), in their own order.

    The range of a detection of angles alone is set to 0. Range rates are made relative to the Earth: the sensor's own
    motion is taken off in the measured direction, whose error of a thousandth leaves centimetres a second.

    Derived here: the own motion is its part along the line of sight.
    """
    z, sigma, angles = detections.z, detections.sigma, detections.angles_only
    rows = np.empty(len(detections), DETECTION)
    rows["t_s"], rows["infrared"], rows["plume"] = detections.t_s, angles, detections.is_infrared
    rows["z"], rows["sigma"] = z[:, :3], sigma[:, :3]
    rows["z"][angles, 0] = 0.0
    measured = np.isfinite(sigma[:, 3]) & ~angles
    rate = np.where(measured, z[:, 3], 0.0)
    if measured.any() and detections.site_velocity_mps.any():
        flat, up = np.cos(z[:, 2]), np.sin(z[:, 2])
        east, north = flat * np.sin(z[:, 1]), flat * np.cos(z[:, 1])
        towards = np.einsum("mi,mij->mj", np.stack([east, north, up], axis=1), detections.enu_from_ecef)
        rate += np.einsum("mj,mj->m", towards, detections.site_velocity_mps)
    rows["rate"], rows["rate_sigma"] = rate, np.where(measured, sigma[:, 3], np.inf)
    rows["site"], rows["enu"] = detections.site_m, detections.enu_from_ecef.reshape(-1, 9)
    return rows
