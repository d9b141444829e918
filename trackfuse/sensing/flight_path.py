"""A flight as a sensor model is given it, and what a site sees of it at instants of the model's choice."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from trackfuse.core.display import displayed
from trackfuse.core.errors import SettingsError
from trackfuse.kernels import looks as kernel
from trackfuse.kernels.geodesy import ecef_from_geodetic, enu_from_ecef
from trackfuse.kernels.records import SENSOR


class Site(Protocol):
    """Anything that stands somewhere: geodetic, degrees and m."""

    @property
    def lat_deg(self) -> float: ...
    @property
    def lon_deg(self) -> float: ...
    @property
    def alt_m(self) -> float: ...


@displayed(lambda value: f"{len(value.t_s)} instants")
@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What a site would see of a flight at n instants, were nothing in between.

    Parameters
    ----------
    t_s : ndarray, shape (n,)
        Seconds after the first lift-off.
    flying : ndarray of bool, shape (n,)
        Whether the object flies then; all that follows is nan, or 0, where it does not.
    range_m, azimuth_rad, elevation_rad, range_rate_mps : ndarray, shape (n,)
        Its true place in the site's local frame; azimuth clockwise from north, [0, 2 pi).
    height_m : ndarray, shape (n,)
        Above the ellipsoid.
    position_m, velocity_mps : ndarray, shape (n, 3)
        ECEF, relative to the rotating Earth.
    phase : ndarray of int8, shape (n,)
        0 boost, 1 coast, 2 re-entry.
    rcs_m2 : ndarray, shape (n,)
        Radar cross-section of that phase, the mean over all aspects.
    hidden : ndarray of bool, shape (n,)
        Whether the Earth lies in between, by a straight line.
    rate : ndarray, shape (n, 4)
        Rates of range, azimuth and elevation (m/s, rad/s), and of the range rate (m/s^2).
    """

    t_s: np.ndarray
    flying: np.ndarray
    range_m: np.ndarray
    azimuth_rad: np.ndarray
    elevation_rad: np.ndarray
    range_rate_mps: np.ndarray
    height_m: np.ndarray
    position_m: np.ndarray
    velocity_mps: np.ndarray
    phase: np.ndarray
    rcs_m2: np.ndarray
    hidden: np.ndarray
    rate: np.ndarray


@displayed(lambda value: f"{len(value.t_s)} instants")
@dataclass(frozen=True, slots=True, kw_only=True)
class FlightPath:
    """The true path of one object, as a sensor model is given it.

    Parameters
    ----------
    t_s : ndarray, shape (k,)
        Instants in ascending order, seconds after the first lift-off; the object flies from the first to the last.
    position_m, velocity_mps : ndarray, shape (k, 3)
        ECEF, relative to the rotating Earth.
    phase : ndarray of int8, shape (k,)
        0 boost, 1 coast, 2 re-entry; holds until the next instant.
    rcs_m2 : ndarray, shape (3,)
        Radar cross-section by phase: the mean over all aspects.
    """

    t_s: np.ndarray
    position_m: np.ndarray
    velocity_mps: np.ndarray
    phase: np.ndarray
    rcs_m2: np.ndarray

    @property
    def begin_s(self) -> float:
        """The first instant at which the object flies, s."""
        return float(self.t_s[0])

    @property
    def end_s(self) -> float:
        """The last one, s."""
        return float(self.t_s[-1])

    def seen_from(self, site: Site, t_s: np.ndarray) -> Sight:
        """What a site would see at given instants; between the path's own it is a cubic Hermite curve.

        Parameters
        ----------
        site : object
            With `lat_deg`, `lon_deg` and `alt_m`, such as the model itself.
        t_s : ndarray, shape (n,)
            Seconds after the first lift-off, in ascending order.

        Returns
        -------
        Sight
            Arrays of length n.

        Raises
        ------
        SettingsError
            If the instants are not finite numbers in ascending order.
        """
        t = np.ascontiguousarray(t_s, dtype=float)
        if t.ndim != 1 or not np.isfinite(t).all() or (np.diff(t) < 0.0).any():
            raise SettingsError("seen_from t_s: not one row of finite numbers in ascending order")
        flying = (t >= self.begin_s) & (t <= self.end_s)
        n = int(flying.sum())
        shapes = {"rate": (n, 4), "position_m": (n, 3), "velocity_mps": (n, 3)}
        out = kernel.Sights(*(np.zeros(shapes.get(name, n)) for name in kernel.Sights._fields))
        target = kernel.Target(self.t_s, self.position_m, self.velocity_mps, self.phase, self.rcs_m2, np.zeros((3, 4)))
        kernel.sights(target, _stands(site), t[flying], out)
        place = {name: _spread(values, flying) for name, values in out._asdict().items()}
        phase, hidden = (np.nan_to_num(place.pop(name)) for name in ("phase", "hidden"))
        index = phase.astype(np.int8)
        return Sight(
            t_s=t, flying=flying, range_rate_mps=place["rate"][:, 0], phase=index, hidden=hidden > 0.0,
            rcs_m2=np.where(flying, self.rcs_m2[index], np.nan), **place,
        )  # fmt: skip


def _stands(site: Site) -> kernel.SensorArrays:
    """A site at rest as the kernels take a sensor."""
    lat, lon = np.radians(site.lat_deg), np.radians(site.lon_deg)
    place = np.array([ecef_from_geodetic(lat, lon, site.alt_m)])
    nothing = np.zeros((1, 1))
    return kernel.SensorArrays(
        np.zeros(1, SENSOR), place, np.array([enu_from_ecef(lat, lon)]), np.zeros(1, dtype=bool), nothing, nothing
    )


def _spread(values: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Rows at the places that are asked for, nan elsewhere."""
    out = np.full((len(where), *values.shape[1:]), np.nan)
    out[where] = values
    return out
