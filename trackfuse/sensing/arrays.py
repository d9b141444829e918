"""Sensors as records for the look kernel, worked out once a sensor."""

import math
from functools import lru_cache
from hashlib import blake2b

import numpy as np

from trackfuse.core.constants import C_MPS, ECC2, SEMI_MAJOR_M
from trackfuse.kernels.detection import required
from trackfuse.kernels.geodesy import ecef_from_geodetic, enu_from_ecef
from trackfuse.kernels.looks import MIN_PD, SensorArrays, frames
from trackfuse.kernels.records import SENSOR
from trackfuse.kernels.refraction import horizon_dip, limit_table
from trackfuse.sensing.sensor import BuiltIn, Infrared, Radar, Sensor, varying_share

REFERENCE_SNR_DB = 13.183490
"""SNR of one look that detects a steady target with Pd 0.9 at Pfa 1e-6: what `Radar.range_km` is anchored on."""

TABLE_SIZE = 128
"""Heights in a table of elevation limits; linear between them, within 5e-6 rad of the ray."""


def frames_at(sensors: tuple[Sensor, ...], sensor: np.ndarray, t_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where sensors stand at given instants, and their local frames there.

    Parameters
    ----------
    sensors : tuple of Radar, Infrared or SensorModel
    sensor : ndarray of int32, shape (m,)
        Index into them.
    t_s : ndarray, shape (m,)
        Seconds after lift-off.

    Returns
    -------
    site_m : ndarray, shape (m, 3)
        ECEF, m; of a ship under way, where it is then.
    enu_from_ecef : ndarray, shape (m, 3, 3)
        Rows east, north, up. No unit.
    """
    return frames_of(sensor_arrays(sensors), sensor, t_s)


def frames_of(arrays: SensorArrays, sensor: np.ndarray, t_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The same as `frames_at` from sensors that are rows of numbers already.

    Parameters
    ----------
    arrays : SensorArrays
    sensor : ndarray of int, shape (m,)
        Row of the sensor at each instant.
    t_s : ndarray, shape (m,)
        Seconds after lift-off.

    Returns
    -------
    site_m : ndarray, shape (m, 3)
        ECEF.
    enu_from_ecef : ndarray, shape (m, 3, 3)
        Rotations, rows east, north, up; no unit.
    """
    site, enu = np.empty((len(t_s), 3)), np.empty((len(t_s), 3, 3))
    frames(arrays, sensor, t_s, site, enu)
    return site, enu


def first_look_s(sensor: BuiltIn) -> float:
    """Instant of a sensor's first look: a fixed fraction of its revisit time.

    Parameters
    ----------
    sensor : Radar or Infrared

    Returns
    -------
    float
        Seconds after lift-off, in [0, revisit_s). The fraction is the 64-bit blake2b hash of the sensor's id over 2^64,
        so that clocks are unrelated to one another and to the launch, and the same in every study.
    """
    digest = blake2b(sensor.sensor_id.encode(), digest_size=8).digest()
    return sensor.revisit_s * (int.from_bytes(digest, "little") / 2**64)


def local_radius_m(lat_deg: float) -> float:
    """Radius of the sphere that fits the Earth best around a place: Gauss's mean of the two radii of curvature.

    Parameters
    ----------
    lat_deg : float
        Geodetic latitude.

    Returns
    -------
    float
        Metres. A ray that grazes does so within a few hundred kilometres of its site, so this radius sets the horizon.

    Notes
    -----
    Torge 2001, Geodesy, chapter 4.
    """
    return SEMI_MAJOR_M * math.sqrt(1.0 - ECC2) / (1.0 - ECC2 * math.sin(math.radians(lat_deg)) ** 2)


def lowest_apparent_rad(radar: Radar) -> float:
    """Apparent elevation of a radar's lowest ray, rad: its own limit or the refracted horizon, whichever is higher."""
    dip = horizon_dip(local_radius_m(radar.lat_deg), radar.alt_m)
    return max(math.radians(radar.elevation_min_deg), -dip)


@lru_cache(maxsize=64)
def sensor_arrays(sensors: tuple[Sensor, ...]) -> SensorArrays:
    """Records for the look kernel; kept.

    Parameters
    ----------
    sensors : tuple of Radar, Infrared or SensorModel
        S sensors; of the last the place alone.

    Returns
    -------
    SensorArrays
        Arrays of the shapes given there.

    Notes
    -----
    Range cell c / 2B, SNR by the fourth power of the distance from the distance at which it is known: Skolnik 2001,
    chapters 1 and 6; threshold -ln Pfa: Swerling 1960.
    """
    kinds = SENSOR, (float, 3), (float, (3, 3)), (float, TABLE_SIZE), (float, TABLE_SIZE)
    parameters, site, enu, low, high = (np.zeros(len(sensors), kind) for kind in kinds)
    for s, sensor in enumerate(sensors):
        parameters[s], site[s], enu[s], low[s], high[s] = _row(sensor)
    infrared = np.array([isinstance(sensor, Infrared) for sensor in sensors], dtype=bool)
    return SensorArrays(parameters, site, enu, infrared, low, high)


@lru_cache(maxsize=1024)
def _row(sensor: Sensor) -> tuple[np.void, tuple[float, float, float], np.ndarray, np.ndarray, np.ndarray]:
    lat, lon = math.radians(sensor.lat_deg), math.radians(sensor.lon_deg)
    low, high = np.zeros(TABLE_SIZE), np.zeros(TABLE_SIZE)
    if isinstance(sensor, BuiltIn):
        row = _infrared_row(sensor) if isinstance(sensor, Infrared) else _radar_row(sensor, low, high)
        row["first_look_s"], row["revisit_s"] = first_look_s(sensor), sensor.revisit_s
    else:
        row = np.zeros(1, SENSOR)[0]  # looks by a model of the user's own are its own affair
    row["lat"], row["lon"] = lat, lon
    return row, ecef_from_geodetic(lat, lon, sensor.alt_m), enu_from_ecef(lat, lon), low, high


def _infrared_row(sensor: Infrared) -> np.void:
    row = np.zeros(1, SENSOR)[0]
    row["cloud"] = 1e3 * sensor.cloud_km
    row["probability"] = sensor.detection_probability
    row["sight_sigma"] = 1e-6 * sensor.los_sigma_urad * varying_share(sensor)
    return row


def _radar_row(radar: Radar, low: np.ndarray, high: np.ndarray) -> np.void:
    """Record of a radar; writes its tables of elevation limits into `low` and `high`."""
    row = np.zeros(1, SENSOR)[0]
    radius = local_radius_m(radar.lat_deg)
    row["earth_radius"], row["height"] = radius, radar.alt_m
    row["low_base"] = limit_table(radius, radar.alt_m, lowest_apparent_rad(radar), low)
    if radar.elevation_max_deg < 90.0:
        row["high_base"] = limit_table(radius, radar.alt_m, math.radians(radar.elevation_max_deg), high)
    else:
        high[:] = 2.0
    boresight = math.radians(radar.boresight_deg)
    row["sector_east"], row["sector_north"] = math.sin(boresight), math.cos(boresight)
    # Beyond all round, so that rounding leaves no gap behind.
    row["sector_cos"] = -2.0 if radar.sector_deg >= 360.0 else math.cos(math.radians(0.5 * radar.sector_deg))
    threshold = -math.log(radar.pfa)
    row["anchor"] = 10.0 ** (0.1 * REFERENCE_SNR_DB) * (1e3 * radar.range_km) ** 4
    row["search"] = 10.0 ** (-0.1 * radar.search_loss_db)
    row["least_snr"] = required(max(MIN_PD, 2.0 * radar.pfa), threshold, radar.swerling)
    row["threshold"], row["swerling"] = threshold, radar.swerling
    varying = varying_share(radar)
    row["range_cell"], row["range_floor"] = C_MPS / (2e6 * radar.bandwidth_mhz), radar.range_floor_m * varying
    row["rate_cell"], row["rate_floor"] = radar.range_rate_cell_mps, radar.range_rate_floor_mps
    course = math.radians(radar.course_deg)
    row["north_mps"] = radar.speed_mps * math.cos(course)
    row["east_mps"] = radar.speed_mps * math.sin(course)
    row["beam"], row["angle_floor"] = math.radians(radar.beamwidth_deg), 1e-3 * radar.angle_floor_mrad * varying
    return row
