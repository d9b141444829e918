"""Ships under way: the rhumb line against its differential equation and pymap3d, and looks from where the ship is."""

import math
from dataclasses import replace

import numpy as np
import pymap3d
import pytest
from pymap3d.lox import loxodrome_direct
from scipy.integrate import solve_ivp

from trackfuse.core.errors import ScenarioError
from trackfuse.kernels.sailing import rhumb
from trackfuse.sensing import Radar, frames_at
from trackfuse.sensing.coverage import look_altitude_km

from .conftest import Arc, infrared, radar
from .test_looks import EVERYWHERE, true_state

AXIS_M, ECC2 = 6378137.0, 0.00669437999014


def sailed(lat_deg: float, course_deg: float, distance_m: float) -> tuple[float, float]:
    """Latitude and change of longitude in degrees, by integration of the course along meridian and parallel."""
    north, east = math.cos(math.radians(course_deg)), math.sin(math.radians(course_deg))

    def slope(_: float, place: np.ndarray) -> list[float]:
        w = math.sqrt(1.0 - ECC2 * math.sin(place[0]) ** 2)
        return [north * w**3 / (AXIS_M * (1.0 - ECC2)), east * w / (AXIS_M * math.cos(place[0]))]

    end = solve_ivp(slope, (0.0, distance_m), [math.radians(lat_deg), 0.0], rtol=1e-12, atol=1e-14).y[:, -1]
    return math.degrees(end[0]), math.degrees(end[1])


@pytest.mark.parametrize("lat_deg", [-35.0, 0.0, 38.2, 60.0, 78.0])
@pytest.mark.parametrize("course_deg", [0.0, 45.0, 90.0, 200.0, -60.0])
def test_a_course_kept_is_a_rhumb_line(lat_deg: float, course_deg: float) -> None:
    """Within a millimetre after the 6.5 km of 1,300 s at 10 knots, within a metre after 150 km."""
    for distance_m, tolerance_m in ((6.5e3, 1e-3), (150e3, 1.0)):
        course = math.radians(course_deg)
        end = rhumb(math.radians(lat_deg), 0.0, distance_m * math.cos(course), distance_m * math.sin(course))
        expected_lat, expected_lon = sailed(lat_deg, course_deg, distance_m)
        lat, lon = map(math.degrees, end)
        north, east, _ = pymap3d.geodetic2enu(lat, lon, 0.0, expected_lat, expected_lon, 0.0)
        assert math.hypot(north, east) < tolerance_m


def ship(sensor_id: str = "ship", **changes: object) -> Radar:
    sailing = {"lat_deg": 35.5, "lon_deg": 131.0, "alt_m": 15.0, "course_deg": 60.0, "speed_mps": 20.0}
    return radar(sensor_id, **(EVERYWHERE | {"range_km": 4000.0} | sailing | changes))


def place_then(sensor: Radar, t: float) -> tuple[float, float]:
    """Latitude and longitude of a ship, degrees, by pymap3d's rhumb line, which is within a metre of ours."""
    lat, lon = loxodrome_direct(sensor.lat_deg, sensor.lon_deg, sensor.speed_mps * t, sensor.course_deg)
    return float(lat), float(lon)


def seen(arc: Arc, sensor: Radar, t: float) -> np.ndarray:
    azimuth, elevation, distance = pymap3d.ecef2aer(*true_state(arc, t)[:3], *place_then(sensor, t), sensor.alt_m)
    return np.array([distance, math.radians(azimuth), math.radians(elevation)])


@pytest.mark.parametrize("course_deg", [60.0, 135.0, 270.0])
def test_looks_are_from_where_the_ship_is_at_the_time(arc: Arc, course_deg: float) -> None:
    """pymap3d from the ship's place at each look; 13 km further at the end, which the standing ship would not see."""
    moving = ship(course_deg=course_deg)
    looks = arc.looks(moving)
    standing = arc.looks(replace(moving, speed_mps=0.0))
    for row in range(0, looks.t_s.size, 9):
        found = np.array([looks.range_m[row], looks.azimuth_rad[row], looks.elevation_rad[row]])
        expected = seen(arc, moving, looks.t_s[row])
        np.testing.assert_allclose((found - expected) / [1.0, 1e-5, 1e-5], 0.0, atol=1.0)
        step = 0.5
        after, before = seen(arc, moving, looks.t_s[row] + step), seen(arc, moving, looks.t_s[row] - step)
        rate = np.diff(np.unwrap([before, after], axis=0), axis=0)[0] / (2.0 * step)
        rate[0] = (after[0] - before[0]) / (2.0 * step)
        if 1.0 < looks.t_s[row] < arc.t_s[-1] - 1.0:
            np.testing.assert_allclose((looks.rate[row, :3] - rate) / [1.0, 1e-5, 1e-5], 0.0, atol=1.0)
    last = np.flatnonzero(standing.number == looks.number[-1])[0]
    assert abs(looks.range_m[-1] - standing.range_m[last]) > 500.0


def test_rates_count_the_motion_of_the_ship(arc: Arc) -> None:
    """Against differences of the looks' own geometry ten times a second: the ship's motion is 20 m/s of the rate."""
    fast = arc.looks(ship(revisit_s=0.1))
    values = np.stack([fast.range_m, np.unwrap(fast.azimuth_rad), fast.elevation_rad], axis=1)
    whole = np.flatnonzero((np.diff(fast.number[:-1]) == 1) & (np.diff(fast.number[1:]) == 1)) + 1
    # Away from the kinks of velocity at the flight's own instants, and from the short last step.
    whole = whole[fast.t_s[whole] < arc.t_s[-2]]
    difference = (values[whole + 1] - values[whole - 1]) / (fast.t_s[whole + 1] - fast.t_s[whole - 1])[:, None]
    np.testing.assert_allclose((fast.rate[whole, :3] - difference) / [0.1, 2e-7, 2e-7], 0.0, atol=1.0)


def test_places_at_the_looks_give_the_target_back(arc: Arc) -> None:
    looks = arc.looks(ship(), radar(**EVERYWHERE), infrared())
    rows = np.arange(looks.t_s.size)
    site, frame = frames_at(looks.sensors, looks.sensor, looks.t_s)
    fixed = looks.sensor > 0
    np.testing.assert_array_equal(site[fixed], looks.site_m[looks.sensor[fixed]])
    np.testing.assert_array_equal(frame[fixed], looks.enu_from_ecef[looks.sensor[fixed]])
    np.testing.assert_allclose(frame @ frame.transpose(0, 2, 1), np.broadcast_to(np.eye(3), frame.shape), atol=1e-14)
    np.testing.assert_allclose(
        np.linalg.norm(site[~fixed] - looks.site_m[0], axis=1), 20.0 * looks.t_s[~fixed], rtol=1e-4
    )
    across, azimuth = looks.range_m * np.cos(looks.elevation_rad), looks.azimuth_rad
    up = looks.range_m * np.sin(looks.elevation_rad)
    enu = np.stack([across * np.sin(azimuth), across * np.cos(azimuth), up], axis=1)
    target = site + np.einsum("mi,mij->mj", enu, frame)
    truth = np.array([true_state(arc, t)[:3] for t in looks.t_s])
    np.testing.assert_allclose(target, truth, atol=0.02)
    height = [pymap3d.ecef2geodetic(*point)[2] / 1e3 for point in truth]
    np.testing.assert_allclose(look_altitude_km(looks, rows), height, atol=1e-4)


def test_a_ship_that_does_not_move_is_a_radar_ashore(arc: Arc) -> None:
    still, ashore = arc.looks(ship(speed_mps=0.0)), arc.looks(ship(speed_mps=0.0, course_deg=0.0))
    for name in ("t_s", "range_m", "azimuth_rad", "elevation_rad", "rate", "pd", "sigma"):
        assert getattr(still, name).tobytes() == getattr(ashore, name).tobytes()


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"speed_mps": -1.0}, "speed_mps"), ({"speed_mps": 41.0}, "speed_mps"), ({"speed_mps": math.nan}, "speed_mps"),
        ({"course_deg": 361.0}, "course_deg"), ({"course_deg": math.inf}, "course_deg"),
        ({"lat_deg": 85.0}, "lat_deg"),
    ],
)  # fmt: skip
def test_impossible_ships_are_refused(changes: dict[str, object], word: str) -> None:
    with pytest.raises(ScenarioError, match=f"'ship' {word}"):
        ship(**changes)
    assert ship(lat_deg=85.0, speed_mps=0.0).lat_deg == 85.0
