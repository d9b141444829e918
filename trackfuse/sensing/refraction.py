"""What the air does to a radar's ray: bias of elevation and range, and how far the horizon is."""

import math

import numpy as np

from trackfuse.core.constants import MEAN_RADIUS_M
from trackfuse.core.errors import SettingsError, check_between
from trackfuse.kernels.refraction import horizon_dip, lowest_height, position_of, trace


def ray_to(radius_m: float, site_m: float, apparent_rad: float, height_m: float) -> tuple[float, float]:
    """Angle at the Earth's centre (rad) and optical path (m) of a ray from a site up to a height."""
    angle, path = np.empty(1), np.empty(1)
    trace(radius_m, site_m, apparent_rad, np.array([height_m]), angle, path)
    return float(angle[0]), float(path[0])


def refraction_bias(
    elevation_deg: float, target_km: float, *, site_m: float = 0.0, radius_m: float = MEAN_RADIUS_M
) -> tuple[float, float]:
    """How much too high and too far an uncorrected radar places a target.

    Parameters
    ----------
    elevation_deg : float
        Apparent elevation, degrees: from the refracted horizon to 90.
    target_km : float
        Height of the target above the sphere, km: above the site's (the ray's lowest, if it leaves downward), to 1e5.
    site_m : float
        Height of the radar, m.
    radius_m : float
        Radius of the sphere.

    Returns
    -------
    elevation_mrad : float
        Apparent less true elevation, mrad.
    range_m : float
        Optical path less distance, m.

    Raises
    ------
    SettingsError
        If a value is out of range, or the ray does not reach the height.

    References
    ----------
    Bouguer's law in the exponential atmosphere N = 313 exp(-0.143859 h/km) of Bean and Thayer 1959 (CRPL).
    """
    _check(target_km, site_m, radius_m)
    dip = horizon_dip(radius_m, site_m)
    apparent = math.radians(elevation_deg)
    check_between(SettingsError, "elevation_deg", elevation_deg, -math.degrees(dip), 90.0)
    lowest = lowest_height(radius_m, site_m, apparent)
    check_between(SettingsError, "target_km", target_km, lowest / 1e3, 1e5, open_low=True)
    angle, path = ray_to(radius_m, site_m, apparent, 1e3 * target_km)
    distance, sine = position_of(radius_m, site_m, angle, 1e3 * target_km)
    return 1e3 * (apparent - math.asin(min(1.0, sine))), path - distance


def horizon_km(target_km: float, *, site_m: float = 0.0, radius_m: float = MEAN_RADIUS_M) -> float:
    """Distance at which a target comes over the horizon of a radar, along the grazing ray.

    Parameters
    ----------
    target_km : float
        Height of the target, km, 0 to 1e5.
    site_m : float
        Height of the radar above a smooth Earth, m, -500 to 20,000.
    radius_m : float
        Radius of the sphere.

    Returns
    -------
    float
        Straight-line distance, km.

    Raises
    ------
    SettingsError
        If a value is out of range.

    References
    ----------
    As in `refraction_bias`. Source: `sensing.refraction.refraction_bias`.
    """
    _check(target_km, site_m, radius_m)
    height = max(1e3 * target_km, min(0.0, site_m))
    angle, _ = ray_to(radius_m, site_m, -horizon_dip(radius_m, site_m), height)
    return position_of(radius_m, site_m, angle, height)[0] / 1e3


def horizon_four_thirds_km(target_km: float, *, site_m: float = 0.0, radius_m: float = MEAN_RADIUS_M) -> float:
    """The same distance by the 4/3-Earth rule, for comparison: too far for targets above the troposphere.

    Parameters
    ----------
    target_km, site_m, radius_m : float
        As in `horizon_km`; `site_m` 0 or more.

    Returns
    -------
    float
        km.

    Raises
    ------
    SettingsError
        If a value is out of range.

    References
    ----------
    Schelleng, Burrows & Ferrell (1933), Proceedings of the IRE 21, 427-463.
    """
    _check(target_km, site_m, radius_m)
    check_between(SettingsError, "site_m", site_m, 0.0, 20_000.0)
    inflated = 4.0 / 3.0 * radius_m
    return sum(math.sqrt(2.0 * inflated * h + h * h) for h in (site_m, 1e3 * target_km)) / 1e3


def _check(target_km: float, site_m: float, radius_m: float) -> None:
    check_between(SettingsError, "target_km", target_km, 0.0, 1e5)
    check_between(SettingsError, "site_m", site_m, -500.0, 20_000.0)
    check_between(SettingsError, "radius_m", radius_m, 6.3e6, 6.5e6)
