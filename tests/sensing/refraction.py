"""What the air does to one radar's ray, from its path: bias of elevation and range, and how far the horizon is."""

import math

import numpy as np

from trackfuse.core.constants import MEAN_RADIUS_M
from trackfuse.kernels.refraction import horizon_dip, position_of, trace


def _ray_to(radius_m: float, site_m: float, apparent_rad: float, height_m: float) -> tuple[float, float]:
    """Angle at the Earth's centre (rad) and optical path (m) of a ray from a site up to a height."""
    angle, path = np.empty(1), np.empty(1)
    trace(radius_m, site_m, apparent_rad, np.array([height_m]), angle, path)
    return float(angle[0]), float(path[0])


def refraction_bias(
    elevation_deg: float, target_km: float, *, site_m: float = 0.0, radius_m: float = MEAN_RADIUS_M
) -> tuple[float, float]:
    """Apparent less true elevation, mrad, and optical path less distance, m, of a target seen at that elevation.

    Bouguer's law in the exponential atmosphere N = 313 exp(-0.143859 h/km) of Bean and Thayer 1959 (CRPL).
    """
    apparent = math.radians(elevation_deg)
    angle, path = _ray_to(radius_m, site_m, apparent, 1e3 * target_km)
    distance, sine = position_of(radius_m, site_m, angle, 1e3 * target_km)
    return 1e3 * (apparent - math.asin(min(1.0, sine))), path - distance


def horizon_km(target_km: float, *, site_m: float = 0.0, radius_m: float = MEAN_RADIUS_M) -> float:
    """Straight-line distance, km, at which a target comes over the horizon of a radar, along the grazing ray."""
    height = max(1e3 * target_km, min(0.0, site_m))
    angle, _ = _ray_to(radius_m, site_m, -horizon_dip(radius_m, site_m), height)
    return position_of(radius_m, site_m, angle, height)[0] / 1e3


def horizon_four_thirds_km(target_km: float, *, site_m: float = 0.0, radius_m: float = MEAN_RADIUS_M) -> float:
    """The same by the 4/3-Earth rule: too far for targets above the troposphere."""
    inflated = 4.0 / 3.0 * radius_m
    return sum(math.sqrt(2.0 * inflated * h + h * h) for h in (site_m, 1e3 * target_km)) / 1e3
