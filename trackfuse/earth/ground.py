"""Points on the ground that warnings are about: places that can be warned, and predicted impact points."""

import math
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from trackfuse.core.display import displayed
from trackfuse.core.errors import ScenarioError
from trackfuse.core.fields import LATITUDE, LONGITUDE, NAME, Between, check_fields
from trackfuse.kernels.geodesy import ecef_from_geodetic, local


@displayed(lambda value: f"{value.name}, {value.nation}: {value.lat_deg:g} N {value.lon_deg:g} E")
@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place that a nation's centres can warn.

    Parameters
    ----------
    name, nation, region : str
    lat_deg, lon_deg : float
        WGS-84 degrees.
    population : int
    radius_km : float
        Of the disc that stands for it, km: corridor and impact distance count from its edge.

    Raises
    ------
    ScenarioError
        If a value is out of range.

    Examples
    --------
    >>> tf.Place(name="Niigata", nation="JPN", region="Niigata", lat_deg=37.9, lon_deg=139.0, population=780_000)
    <Place Niigata, JPN: 37.9 N 139 E>
    """

    name: Annotated[str, NAME]
    nation: str
    region: str
    lat_deg: Annotated[float, LATITUDE]
    lon_deg: Annotated[float, LONGITUDE]
    population: int
    radius_km: Annotated[float, Between(0.0, 2000.0)] = 0.0

    def __post_init__(self) -> None:
        check_fields(ScenarioError, f"place {self.name!r}", self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """Where and when a missile is predicted to come down.

    Parameters
    ----------
    lat_deg, lon_deg : float
        WGS-84 degrees, on the ellipsoid.
    time_s : float
        Seconds after the first lift-off.
    covariance : ndarray, shape (3, 3)
        Of (east m, north m, time s) at the impact point.
    """

    lat_deg: float
    lon_deg: float
    time_s: float
    covariance: np.ndarray

    def offset_m(self, place: Place) -> np.ndarray:
        """Where a place lies from here, in the plane that touches the ellipsoid at the impact point.

        Parameters
        ----------
        place : Place

        Returns
        -------
        ndarray, shape (2,)
            East and north, m. For places within some 1,000 km: the plane is within 0.5 % of the ground there.
        """
        lat, lon = math.radians(self.lat_deg), math.radians(self.lon_deg)
        here = ecef_from_geodetic(lat, lon, 0.0)
        there = ecef_from_geodetic(math.radians(place.lat_deg), math.radians(place.lon_deg), 0.0)
        east, north, _ = local(lat, lon, *(b - a for a, b in zip(here, there, strict=True)))
        return np.array([east, north])
