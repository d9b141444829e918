"""Which radars are meant, and which points they cover: what the coverage maps draw."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from matplotlib.path import Path as Outline

from trackfuse.catalog.scenario import Scenario
from trackfuse.core.errors import SettingsError, unknown
from trackfuse.earth import distance_km
from trackfuse.sensing import Infrared, Radar, footprint
from trackfuse.sharing import Policy
from trackfuse.views.figures.basemap import nation_radars

AREA = (112.0, 155.0, 22.0, 52.0)
"""West, east, south, north of the maps of several radars, degrees."""
_STEP_DEG = 0.15


class Target(NamedTuple):
    """What radars look for.

    Parameters
    ----------
    altitude_km, rcs_m2 : float
        Height, and radar cross-section.
    cued : bool
        Whether the radars are cued.
    """

    altitude_km: float
    rcs_m2: float = 1.0
    cued: bool = True


def radars_of(scenario: Scenario, nation: str) -> tuple[Radar, ...]:
    """A nation's radars.

    Parameters
    ----------
    scenario : Scenario
    nation : str
        A nation of one of the scenario's sensors.

    Returns
    -------
    tuple of Radar

    Raises
    ------
    SettingsError
        If no sensor is of that nation; the nearest is offered.
    """
    nations = sorted({sensor.nation for sensor in scenario.sensors})
    if nation not in nations:
        raise SettingsError(unknown("nation", nation, nations))
    return nation_radars(scenario, nation)


def radar_of(scenario: Scenario, sensor_id: str) -> Radar:
    """A radar by its name.

    Parameters
    ----------
    scenario : Scenario
    sensor_id : str

    Returns
    -------
    Radar

    Raises
    ------
    SettingsError
        If the scenario has no sensor of that name, or it is no radar: a satellite covers the whole map.
    """
    known = {sensor.sensor_id: sensor for sensor in scenario.sensors}
    if sensor_id not in known:
        raise SettingsError(unknown("sensor", sensor_id, known))
    found = known[sensor_id]
    if isinstance(found, Infrared):
        raise SettingsError(
            f"sensor {sensor_id!r} is a satellite: it sees burning engines above {found.cloud_km:g} km "
            "on the whole map; choose a radar"
        )
    if not isinstance(found, Radar):
        raise SettingsError(f"sensor {sensor_id!r} is no radar: its model says only what it sees of a flight")
    return found


def reported_radars(scenario: Scenario, policy: Policy, nation: str) -> tuple[Radar, ...]:
    """Radars whose centres' data reach a nation's centre under a policy, at whatever payload; its own among them.

    Parameters
    ----------
    scenario : Scenario
    policy : Policy
    nation : str

    Returns
    -------
    tuple of Radar
    """
    mine = {node.node_id for node in scenario.nodes if node.nation == nation}
    reach = {node.node_id: _reached(policy, node.node_id) for node in scenario.nodes}
    return tuple(s for s in scenario.sensors if isinstance(s, Radar) and reach[s.node] & mine)


def _reached(policy: Policy, origin: str) -> set[str]:
    """Centres that what an origin sends can reach."""
    links = [link for link in policy.effective_links() if not link.origins or origin in link.origins]
    reached = {origin}
    while more := {link.target for link in links if link.source in reached} - reached:
        reached |= more
    return reached


def sensor_area(radar: Radar, targets: Sequence[Target]) -> tuple[float, float, float, float]:
    """Part of the world that holds a radar's coverage of some targets.

    Parameters
    ----------
    radar : Radar
    targets : sequence of Target

    Returns
    -------
    (float, float, float, float)
        West, east, south, north, degrees.
    """
    rings = [ring for target in targets for ring in outlines(radar, target)]
    points = np.concatenate([*rings, [[radar.lon_deg % 360.0, radar.lat_deg]]])
    low, high = points.min(axis=0) - 1.5, points.max(axis=0) + 1.5
    return float(low[0]), float(high[0]), float(max(low[1], -89.0)), float(min(high[1], 89.0))


def map_height_in(area: tuple[float, float, float, float], width_in: float) -> float:
    """Height of a map of an area drawn so wide, inches, up to 1.3 times the width.

    Parameters
    ----------
    area : (float, float, float, float)
        West, east, south, north, degrees.
    width_in : float

    Returns
    -------
    float
    """
    west, east, south, north = area
    shape = (north - south) / ((east - west) * np.cos(np.radians((south + north) / 2.0)))
    return float(width_in * min(shape, 1.3))


def reach_km(radar: Radar, rings: list[np.ndarray]) -> float:
    """Distance over the ground from a radar to the farthest point of its outlines.

    Parameters
    ----------
    radar : Radar
    rings : list of ndarray, each of shape (m, 2)
        Of `outlines`, one or more. Degrees.

    Returns
    -------
    float
        Km.
    """
    return max(distance_km(radar.lat_deg, radar.lon_deg, lat, lon) for ring in rings for lon, lat in ring)


def outlines(radar: Radar, target: Target) -> list[np.ndarray]:
    """Outlines of where a radar sees a target, longitudes running on past 180 as on the maps.

    Parameters
    ----------
    radar : Radar
    target : Target

    Returns
    -------
    list of ndarray, each of shape (m, 2)
        Closed outlines, longitude and latitude in degrees; a second one is the hole overhead.
    """
    rings = footprint(radar, target.altitude_km, rcs_m2=target.rcs_m2, cued=target.cued).rings
    turn = 360.0 * (radar.lon_deg < 0.0)
    return [np.column_stack([ring[:, 1] + turn, ring[:, 0]]) for ring in rings]


def counted(radars: tuple[Radar, ...], target: Target) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How many of some radars see each point of the map.

    Parameters
    ----------
    radars : tuple of Radar
    target : Target

    Returns
    -------
    lon, lat : ndarray, shape (x,) and (y,)
        Degrees.
    count : ndarray of int, shape (y, x)
    """
    lon, lat = _grid()
    count = np.zeros((lat.size, lon.size), dtype=int)
    for radar in radars:
        count += _inside(radar, target)
    return lon, lat, count


def _grid() -> tuple[np.ndarray, np.ndarray]:
    west, east, south, north = AREA
    return np.arange(west, east + 1e-9, _STEP_DEG), np.arange(south, north + 1e-9, _STEP_DEG)


@lru_cache(maxsize=256)
def _inside(radar: Radar, target: Target) -> np.ndarray:
    """Which crossings a radar sees: those with an odd number of its rings around them."""
    lon, lat = _grid()
    inside = np.zeros((lat.size, lon.size), dtype=bool)
    for ring in outlines(radar, target):
        # Only rows and columns that the ring spans are asked: testing points is what takes the time.
        columns = slice(*np.searchsorted(lon, [ring[:, 0].min(), ring[:, 0].max()]))
        rows = slice(*np.searchsorted(lat, [ring[:, 1].min(), ring[:, 1].max()]))
        x, y = np.meshgrid(lon[columns], lat[rows])
        found = Outline(ring).contains_points(np.stack([x.ravel(), y.ravel()], axis=1))
        inside[rows, columns] ^= found.reshape(x.shape)
    inside.setflags(write=False)
    return inside
