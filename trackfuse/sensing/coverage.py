"""Where a sensor sees a target at a chosen height, as outlines on the map, and when each sensor sees a given flight."""

import math
from dataclasses import dataclass

import numpy as np
from pandas import DataFrame

from trackfuse.core.constants import MEAN_RADIUS_M
from trackfuse.core.errors import SettingsError, check_between
from trackfuse.kernels.detection import required
from trackfuse.kernels.geodesy import altitude, geodetic_from_ecef
from trackfuse.kernels.refraction import lowest_height, position_of
from trackfuse.sensing.arrays import REFERENCE_SNR_DB, frames_at, local_radius_m, lowest_apparent_rad, sensor_arrays
from trackfuse.sensing.looks import Looks
from trackfuse.sensing.refraction import ray_to
from trackfuse.sensing.sensor import BuiltIn, Infrared, Radar, Sensor
from trackfuse.sensing.terrain import skyline_rad

EDGE_POINTS = 12
"""Points on each straight edge of a sector, which a map bends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Footprint:
    """Where one sensor sees a target at one height.

    Parameters
    ----------
    sensor_id : str
    altitude_km : float
    rings : tuple of ndarray, each of shape (m, 2)
        Closed outlines, latitude and longitude in degrees. Longitudes start near the sensor's and run on past 180; an
        outline around a pole ends 360 degrees from where it began. A second ring is the hole overhead. Empty where the
        sensor sees nothing at that height.
    """

    sensor_id: str
    altitude_km: float
    rings: tuple[np.ndarray, ...]


def footprint(
    sensor: Sensor,
    altitude_km: float,
    *,
    rcs_m2: float = 1.0,
    pd: float = 0.5,
    cued: bool = True,
    step_deg: float = 2.0,
) -> Footprint:
    """Outline of where one look of a sensor finds a target at a height with at least a given probability.

    Parameters
    ----------
    sensor : Radar, Infrared or SensorModel
        A ship under way is where it is at lift-off. For an infrared sensor the whole disc that it sees, if the height
        is above the cloud and its detection probability reaches `pd`. Nothing for a sensor model of the user's own: it
        says what it sees of a flight, and not where else it would see one.
    altitude_km : float
        Height of the target, km, 0 to 36,000.
    rcs_m2 : float
        Its radar cross-section, m^2.
    pd : float
        Detection probability of one look, above the radar's Pfa and below 1.
    cued : bool
        Whether the radar is cued: it knows where to look.
    step_deg : float
        Spacing of the outline's points as seen from the sensor, degrees, 0.1 to 30.

    Returns
    -------
    Footprint
        From the sphere that fits the Earth around the sensor, with the height above it: at 2,000 km from the sensor
        within about 10 km of the ellipsoid's.

    Raises
    ------
    SettingsError
        If a value is out of range.

    Notes
    -----
    Derived here: the triangle of Earth's centre, sensor and target, with the ray of `kernels.refraction`.
    """
    check_between(SettingsError, "altitude_km", altitude_km, 0.0, 36_000.0)
    check_between(SettingsError, "rcs_m2", rcs_m2, 1e-6, 1e6)
    check_between(SettingsError, "step_deg", step_deg, 0.1, 30.0)
    height = 1e3 * altitude_km
    if not isinstance(sensor, BuiltIn):
        return Footprint(sensor_id=sensor.sensor_id, altitude_km=altitude_km, rings=())
    if isinstance(sensor, Infrared):
        check_between(SettingsError, "pd", pd, 0.0, 1.0)
        seen = altitude_km >= sensor.cloud_km and sensor.detection_probability >= pd and height < sensor.alt_m
        span = (0.0, _disc_angle(sensor, height)) if seen else None
        rings = _rings(sensor, span, height, 0.0, 360.0, step_deg)
    else:
        check_between(SettingsError, "pd", pd, sensor.pfa, 1.0 - 1e-12, open_low=True)
        span = _span(sensor, height, detection_range_m(sensor, rcs_m2=rcs_m2, pd=pd, cued=cued))
        rings = _rings(sensor, span, height, sensor.boresight_deg, sensor.sector_deg, step_deg)
    return Footprint(sensor_id=sensor.sensor_id, altitude_km=altitude_km, rings=rings)


def footprints(
    sensors: tuple[Sensor, ...], altitude_km: float, *, rcs_m2: float = 1.0, pd: float = 0.5, cued: bool = True
) -> tuple[Footprint, ...]:
    """Outlines of several sensors, such as a nation's, at one height; those that see nothing there have no rings.

    Parameters
    ----------
    sensors : tuple of Radar or Infrared
    altitude_km, rcs_m2, pd, cued
        As in `footprint`.

    Returns
    -------
    tuple of Footprint
        Rings of shape (m, 2).

    Raises
    ------
    SettingsError
        If a value is out of range.
    """
    return tuple(footprint(sensor, altitude_km, rcs_m2=rcs_m2, pd=pd, cued=cued) for sensor in sensors)


def detection_range_m(radar: Radar, *, rcs_m2: float = 1.0, pd: float = 0.5, cued: bool = True) -> float:
    """Distance at which one look detects with a given probability, from the range equation.

    Parameters
    ----------
    radar : Radar
    rcs_m2 : float
        Radar cross-section of the target, m^2.
    pd : float
        Detection probability, above the radar's Pfa and below 1.
    cued : bool
        Whether the radar is cued: it knows where to look.

    Returns
    -------
    float
        Metres, whatever the horizon.

    Notes
    -----
    Signal-to-noise ratio falls with the fourth power of the range. Source: Skolnik 2001, chapter 2.
    """
    snr_db = 10.0 * math.log10(required(pd, -math.log(radar.pfa), radar.swerling))
    margin_db = REFERENCE_SNR_DB - snr_db + 10.0 * math.log10(rcs_m2) - (0.0 if cued else radar.search_loss_db)
    return 1e3 * radar.range_km * 10.0 ** (margin_db / 40.0)


def _disc_angle(sensor: Infrared, height: float) -> float:
    """Angle at the Earth's centre between a satellite's nadir and the farthest point at a height that it sees."""
    edge = math.acos(MEAN_RADIUS_M / (MEAN_RADIUS_M + sensor.alt_m))
    return edge + math.acos(MEAN_RADIUS_M / (MEAN_RADIUS_M + height))


def _ray_angle(radar: Radar, apparent: float, height: float) -> float:
    """Angle at the Earth's centre swept by a ray up to a height; 0 where the ray is nowhere so low."""
    radius = local_radius_m(radar.lat_deg)
    if height <= lowest_height(radius, radar.alt_m, apparent):
        return 0.0
    return ray_to(radius, radar.alt_m, apparent, height)[0]


def _span(radar: Radar, height: float, reach: float) -> tuple[float, float] | None:
    """Nearest and farthest angle at the Earth's centre at which a radar sees a height, or None."""
    r0, r = local_radius_m(radar.lat_deg) + radar.alt_m, local_radius_m(radar.lat_deg) + height
    if reach <= abs(r - r0):
        return None
    by_reach = math.acos(max(-1.0, (r0 * r0 + r * r - reach * reach) / (2.0 * r0 * r)))
    far = min(by_reach, _ray_angle(radar, lowest_apparent_rad(radar), height))
    near = _ray_angle(radar, math.radians(radar.elevation_max_deg), height) if radar.elevation_max_deg < 90.0 else 0.0
    return (near, far) if far > near else None


def _rings(
    sensor: Sensor,
    span: tuple[float, float] | None,
    height: float,
    middle_deg: float,
    width_deg: float,
    step_deg: float,
) -> tuple[np.ndarray, ...]:
    if span is None:
        return ()
    near = span[0]
    count = 1 + max(2, math.ceil(width_deg / step_deg))
    bearing = np.radians(middle_deg + np.linspace(-0.5, 0.5, count) * width_deg)
    far = _over_land(sensor, span, height, bearing)
    if far.max() <= near:
        return ()
    outer = _arc(sensor, far, height, bearing)
    inner = _arc(sensor, np.full(count, near), height, bearing[::-1])
    if width_deg >= 360.0:
        return (_continuous(outer, sensor), _continuous(inner, sensor)) if near > 0.0 else (_continuous(outer, sensor),)
    last = _arc(sensor, np.linspace(far[-1], near, EDGE_POINTS + 2)[1:-1], height, np.full(EDGE_POINTS, bearing[-1]))
    first = _arc(sensor, np.linspace(near, far[0], EDGE_POINTS + 2)[1:-1], height, np.full(EDGE_POINTS, bearing[0]))
    if near == 0.0:
        inner = inner[:1]
    return (_continuous(np.concatenate([outer, last, inner, first, outer[:1]]), sensor),)


def _over_land(sensor: Sensor, span: tuple[float, float], height: float, bearing: np.ndarray) -> np.ndarray:
    """Farthest angle at the Earth's centre at which a height is seen in each direction, above a radar's skyline."""
    near, far = span
    if not isinstance(sensor, Radar) or not sensor.mask:
        return np.full(bearing.size, far)
    skyline = skyline_rad(sensor, bearing)
    return np.array([max(near, min(far, _ray_angle(sensor, float(low), height))) for low in skyline])


def _arc(sensor: Sensor, angle: np.ndarray, height: float, bearing: np.ndarray) -> np.ndarray:
    """Latitude and longitude, degrees, shape (m, 2), at angles from the sensor at the Earth's centre, shape (m,)."""
    arrays = sensor_arrays((sensor,))
    radius = local_radius_m(sensor.lat_deg)
    distance, sine = np.array([position_of(radius, sensor.alt_m, each, height) for each in angle]).T
    across = distance * np.sqrt(np.maximum(0.0, 1.0 - sine * sine))
    enu = np.stack([across * np.sin(bearing), across * np.cos(bearing), distance * sine], axis=1)
    points = arrays.site_m[0] + enu @ arrays.enu_from_ecef[0]
    return np.degrees([geodetic_from_ecef(x, y, z)[:2] for x, y, z in points])


def _continuous(ring: np.ndarray, sensor: Sensor) -> np.ndarray:
    lon = np.unwrap(ring[:, 1], period=360.0)
    return np.stack([ring[:, 0], lon - 360.0 * np.round((lon[0] - sensor.lon_deg) / 360.0)], axis=1)


def coverage(looks: Looks) -> DataFrame:
    """When and from which height on each sensor sees a flight.

    Parameters
    ----------
    looks : Looks
        n looks of S sensors.

    Returns
    -------
    DataFrame
        One row a sensor, also those that never see it: `sensor`, `nation`, `node`, `looks`; `last_look_s`; and instant
        (`_s`) and height (`_alt_km`) of `first_look` (could detect if cued), of `first_half_uncued` and
        `first_half_cued` (first look with a detection probability above one half), and of `median_uncued` and
        `median_cued` (by then the sensor has detected in half of all runs, if it is never cued, or always). NaN where
        there is none. The difference between uncued and cued is what a cue can gain this sensor.
    """
    return DataFrame([_seen(looks, s) for s in range(len(looks.sensors))])


def look_altitude_km(looks: Looks, rows: np.ndarray) -> np.ndarray:
    """True height of the target above the ellipsoid at some looks.

    Parameters
    ----------
    looks : Looks
    rows : ndarray of int, shape (m,)

    Returns
    -------
    ndarray, shape (m,)
        km.

    Notes
    -----
    Definition: distance, azimuth and elevation in the sensor's local frame.
    """
    across = looks.range_m[rows] * np.cos(looks.elevation_rad[rows])
    up = looks.range_m[rows] * np.sin(looks.elevation_rad[rows])
    azimuth = looks.azimuth_rad[rows]
    enu = np.stack([across * np.sin(azimuth), across * np.cos(azimuth), up], axis=1)
    site, frame = frames_at(looks.sensors, looks.sensor[rows], looks.t_s[rows])
    points = site + np.einsum("mi,mij->mj", enu, frame)
    return np.array([altitude(x, y, z) for x, y, z in points]) / 1e3


def _seen(looks: Looks, s: int) -> dict[str, object]:
    sensor = looks.sensors[s]
    rows = np.flatnonzero(looks.sensor == s)
    found: dict[str, object] = {"sensor": sensor.sensor_id, "nation": sensor.nation, "node": sensor.node}
    found["looks"] = rows.size
    found |= _first(looks, rows, "first_look")
    found["last_look_s"] = looks.t_s[rows[-1]] if rows.size else np.nan
    for c, name in enumerate(("uncued", "cued")):
        found |= _first(looks, rows[looks.pd[rows, c] > 0.5], f"first_half_{name}")
        known = 1.0 - np.cumprod(1.0 - looks.pd[rows, c])
        found |= _first(looks, rows[known >= 0.5], f"median_{name}")
    return found


def _first(looks: Looks, rows: np.ndarray, name: str) -> dict[str, float]:
    if rows.size == 0:
        return {f"{name}_s": np.nan, f"{name}_alt_km": np.nan}
    return {f"{name}_s": float(looks.t_s[rows[0]]), f"{name}_alt_km": float(look_altitude_km(looks, rows[:1])[0])}
