"""Registration errors: what is wrong with a sensor for a whole run, and how far that moves what it measures.

One row a sensor, in the order of `ERRORS`: site east, north and up (m); north alignment (rad; for an infrared sensor,
the line of sight across); zero of elevation (rad); range (m); time stamps (s); share of the air's bias left
uncorrected.
"""

import math
from functools import lru_cache

import numpy as np
from pandas import DataFrame

from trackfuse.core.rng import generator
from trackfuse.kernels.refraction import bias_table, biases
from trackfuse.sensing.arrays import TABLE_SIZE, local_radius_m, lowest_apparent_rad
from trackfuse.sensing.sensor import BuiltIn, Infrared, Radar, Sensor

ERRORS = (
    "site_east_m",
    "site_north_m",
    "site_up_m",
    "azimuth_rad",
    "elevation_rad",
    "range_m",
    "clock_s",
    "refraction",
)
_SITE, _AZIMUTH, _ELEVATION, _RANGE, _CLOCK, _REFRACTION = slice(0, 3), 3, 4, 5, 6, 7
_RAYS = 64


@lru_cache(maxsize=1024)
def registration_sigma(sensor: Sensor) -> np.ndarray:
    """One standard deviation of each of a sensor's registration errors, the constant share of its floors included.

    Parameters
    ----------
    sensor : Radar or Infrared

    Returns
    -------
    ndarray, shape (8,)
        In the order of `ERRORS`, m, rad and s; 0 for a sensor model of the user's own.
    """
    if not isinstance(sensor, BuiltIn):
        return np.zeros(len(ERRORS))
    if isinstance(sensor, Infrared):
        constant = sensor.constant_share * sensor.los_sigma_urad
        sight = 1e-6 * math.hypot(sensor.sight_offset_sigma_urad, constant)
        return np.array([0.0, 0.0, 0.0, sight, sight, 0.0, sensor.clock_sigma_s, 0.0])
    angle, distance = sensor.constant_share * sensor.angle_floor_mrad, sensor.constant_share * sensor.range_floor_m
    angles = (1e-3 * math.hypot(sensor.north_sigma_mrad, angle), 1e-3 * math.hypot(sensor.level_sigma_mrad, angle))
    rest = (math.hypot(sensor.range_offset_sigma_m, distance), sensor.clock_sigma_s, sensor.refraction_residual)
    return np.array([*(sensor.site_sigma_m,) * 3, *angles, *rest])


def draw_registration(sensors: tuple[Sensor, ...], *, seed: int, run: int) -> np.ndarray:
    """Draw what is wrong with each sensor in one run.

    Parameters
    ----------
    sensors : tuple of Radar or Infrared
        S sensors.
    seed, run : int

    Returns
    -------
    ndarray, shape (S, 8)
        In the order of `ERRORS`, in m, rad, s and a share: a sensor's stated sigmas times the normals of the stream
        (seed, run, sensor, "registration"). No launch is in the address: what is wrong with a sensor is wrong for every
        launch of the run.
    """
    errors = np.zeros((len(sensors), len(ERRORS)))
    for s, sensor in enumerate(sensors):
        sigma = registration_sigma(sensor)
        if sigma.any():
            errors[s] = sigma * generator(seed, run, sensor.sensor_id, "registration").standard_normal(len(ERRORS))
    return errors


def registration_table(sensors: tuple[Sensor, ...], errors: np.ndarray) -> DataFrame:
    """What was drawn, one row a sensor, in the units of the sensors' own fields.

    Parameters
    ----------
    sensors : tuple of Radar or Infrared
    errors : ndarray, shape (S, 8)
        From `draw_registration`, or `Draws.registration`. m, rad, s and a share, in the order of `ERRORS`.

    Returns
    -------
    DataFrame
        `sensor`, site errors and range in m, angles in mrad, clock in s, and the share of the air's bias left.
    """
    table = DataFrame(errors + 0.0, columns=list(ERRORS))  # what cannot be wrong is 0, not -0
    table[["azimuth_rad", "elevation_rad"]] *= 1e3
    table = table.rename(columns={"azimuth_rad": "azimuth_mrad", "elevation_rad": "elevation_mrad"})
    table.insert(0, "sensor", [sensor.sensor_id for sensor in sensors])
    return table


def shift(
    errors: np.ndarray,
    sensors: tuple[Sensor, ...],
    sensor: np.ndarray,
    place: np.ndarray,
    rate: np.ndarray,
    air: np.ndarray,
) -> np.ndarray:
    """How far registration errors move measurements, to first order.

    Parameters
    ----------
    errors : ndarray, shape (S, 8)
        In the order of `ERRORS`. In m, rad, s and a share.
    sensors : tuple of Radar or Infrared
        S sensors.
    sensor : ndarray of int, shape (m,)
        Which one measures.
    place : ndarray, shape (m, 3) or (m, 4)
        True range (m), azimuth and elevation (rad).
    rate : ndarray, shape (m, 4)
        Their rates and that of the range rate, m/s, rad/s and m/s^2.
    air : ndarray, shape (m, 3)
        From `air_biases`, rad and m.

    Returns
    -------
    ndarray, shape (m, 4)
        To be added to range (m), azimuth and elevation (rad) and range rate (m/s). A sensor that stands east of where
        it is believed to stand sees a target too far west; a time stamp that is late makes it seem behind its place.
        Range offset and angles leave the range rate as it is; the air adds the rate of its bias of range.

    Notes
    -----
    Derived here: gradients of distance, azimuth, elevation and range rate by the place of the sensor.
    """
    mine = errors[sensor]
    moved = -rate * mine[:, _CLOCK, None]
    moved -= _seen_from(mine[:, _SITE], place, rate)
    moved[:, 0] += mine[:, _RANGE]
    moved[:, 1] += mine[:, _AZIMUTH] / _across(sensors, sensor, place)
    moved[:, 2] += mine[:, _ELEVATION]
    up, longer, later = (mine[:, _REFRACTION, None] * air).T
    moved[:, 2] += up
    moved[:, 0] += longer
    moved[:, 3] += later - longer
    return moved


def registration_effect(
    sensors: tuple[Sensor, ...], sensor: np.ndarray, place: np.ndarray, rate: np.ndarray, air: np.ndarray
) -> np.ndarray:
    """What one standard deviation of each registration error of a sensor adds to its measurements.

    Parameters
    ----------
    sensors, sensor, place, rate, air
        As in `shift`, which is linear in the errors.

    Returns
    -------
    ndarray, shape (m, 3, 8)
        Range (m), azimuth and elevation (rad) by the errors in the order of `ERRORS`.
    """
    sigma = np.array([registration_sigma(each) for each in sensors]).reshape(len(sensors), len(ERRORS))
    out = np.zeros((len(sensor), 3, len(ERRORS)))
    for e in np.flatnonzero(sigma.any(axis=0)):
        one = np.zeros_like(sigma)
        one[:, e] = sigma[:, e]
        out[:, :, e] = shift(one, sensors, sensor, place, rate, air)[:, :3]
    return out


def air_biases(sensors: tuple[Sensor, ...], sensor: np.ndarray, place: np.ndarray, rate: np.ndarray) -> np.ndarray:
    """What the air would add to measurements of radars if it were not corrected; 0 for other sensors.

    Parameters
    ----------
    sensors, sensor, place, rate
        As in `shift`.

    Returns
    -------
    ndarray, shape (m, 3)
        Elevation (rad), range (m), and range one second later (m); see `refraction_biases`.
    """
    out = np.zeros((len(sensor), 3))
    for s, radar in enumerate(sensors):
        if not isinstance(radar, Radar):
            continue
        rows = np.flatnonzero(sensor == s)
        if rows.size:
            distance, elevation = place[rows, 0], place[rows, 2]
            out[rows, :2] = refraction_biases(radar, elevation, distance)
            out[rows, 2] = refraction_biases(radar, elevation + rate[rows, 2], distance + rate[rows, 0])[:, 1]
    return out


def _across(sensors: tuple[Sensor, ...], sensor: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Cosine of elevation where north alignment means the angle across the line of sight, else 1."""
    is_infrared = np.array([isinstance(each, Infrared) for each in sensors], dtype=bool)[sensor]
    return np.where(is_infrared, np.maximum(np.cos(place[:, 2]), 1e-9), 1.0)


def _seen_from(step_enu: np.ndarray, place: np.ndarray, rate: np.ndarray) -> np.ndarray:
    """Change (m, 4) of what is measured when a target moves by a small step, (m, 3) east, north, up in m.

    The range rate changes since the line of sight turns against the target's speed.
    """
    sa, ca, se, ce = np.sin(place[:, 1]), np.cos(place[:, 1]), np.sin(place[:, 2]), np.cos(place[:, 2])
    east, north, up = step_enu.T
    outward, across = sa * east + ca * north, ca * east - sa * north
    along, upward = ce * outward + se * up, ce * up - se * outward
    turn = across / (place[:, 0] * np.maximum(ce, 1e-9))
    pull = ce * rate[:, 1] * across + rate[:, 2] * upward
    return np.stack([along, turn, upward / place[:, 0], pull], axis=1)


def refraction_biases(radar: Radar, elevation_rad: np.ndarray, range_m: np.ndarray) -> np.ndarray:
    """What the air would add to a radar's elevation and range if it were not corrected.

    Parameters
    ----------
    radar : Radar
    elevation_rad, range_m : ndarray, shape (m,)
        True elevation and distance of targets above the radar's horizon.

    Returns
    -------
    ndarray, shape (m, 2)
        Elevation (rad) and range (m) bias, from a table of rays: within 0.5 % above 0.5 degrees, 2 % at the horizon.

    Notes
    -----
    Source: `sensing.refraction.refraction_bias`.
    """
    radius, *table = _bias_table(radar)
    out = np.empty((elevation_rad.size, 2))
    biases(elevation_rad, range_m, radius, radar.alt_m, *table, out)
    return out


@lru_cache(maxsize=256)
def _bias_table(radar: Radar) -> tuple[float, np.ndarray, np.ndarray, np.ndarray]:
    radius = local_radius_m(radar.lat_deg)
    apparent, elevation, distance = np.empty(_RAYS), np.empty((_RAYS, TABLE_SIZE)), np.empty((_RAYS, TABLE_SIZE))
    lowest = min(lowest_apparent_rad(radar), math.radians(80.0))
    bias_table(radius, radar.alt_m, lowest, apparent, elevation, distance)
    return radius, apparent, elevation, distance
