"""A ballistic arc over the Sea of Japan, and radars that watch it: nothing here is read from data."""

import math
from dataclasses import dataclass

import numpy as np
import pymap3d
import pytest

from trackfuse.kernels.gravity import coast_acceleration
from trackfuse.sensing import Infrared, Looks, Radar, observe


@dataclass(frozen=True)
class Arc:
    """What `observe` needs to know of a flight."""

    t_s: np.ndarray
    position_m: np.ndarray
    velocity_mps: np.ndarray
    phase: np.ndarray
    rcs_m2: np.ndarray

    def looks(self, *sensors: Radar | Infrared) -> Looks:
        return observe(self.t_s, self.position_m, self.velocity_mps, self.phase, self.rcs_m2, sensors)


def rate(state: np.ndarray) -> np.ndarray:
    return np.concatenate([state[3:], coast_acceleration(*state)])


def step(state: np.ndarray, dt: float) -> np.ndarray:
    """One step of the classical Runge-Kutta method in free fall."""
    k1 = rate(state)
    k2 = rate(state + 0.5 * dt * k1)
    k3 = rate(state + 0.5 * dt * k2)
    k4 = rate(state + dt * k3)
    return state + dt / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)


def thrown(lat_deg: float, lon_deg: float, azimuth_deg: float, elevation_deg: float, speed_mps: float) -> np.ndarray:
    """ECEF state of a body thrown from the ground, relative to the rotating Earth."""
    position = pymap3d.geodetic2ecef(lat_deg, lon_deg, 0.0)
    elevation, azimuth = math.radians(elevation_deg), math.radians(azimuth_deg)
    east, north = math.cos(elevation) * math.sin(azimuth), math.cos(elevation) * math.cos(azimuth)
    direction = pymap3d.enu2uvw(east, north, math.sin(elevation), lat_deg, lon_deg)
    return np.concatenate([position, speed_mps * np.array(direction)])


@pytest.fixture(scope="session")
def arc() -> Arc:
    """About 1,300 km eastwards from near Pyongyang with a last step shorter than the others; burns 60 s by decree."""
    states = [thrown(39.2, 125.67, 95.0, 45.0, 3400.0)]
    while len(states) < 1100 and np.linalg.norm(states[-1][:3]) > 6.3695e6:
        states.append(step(states[-1], 0.5))
    table = np.array([*states[:-1], step(states[-2], 0.2)])
    t_s = 0.5 * np.arange(len(table))
    t_s[-1] = t_s[-2] + 0.2
    phase = np.where(t_s < 60.0, 0, np.where(t_s < 450.0, 1, 2)).astype(np.int8)
    return Arc(t_s, table[:, :3].copy(), table[:, 3:].copy(), phase, np.array([1.0, 0.5, 0.05]))


def hanging(lat_deg: float, lon_deg: float, alt_m: float, *, rcs_m2: float = 1.0, phase: int = 0) -> Arc:
    """A target that stands still for ten seconds: one look of every kind."""
    point = np.array(pymap3d.geodetic2ecef(lat_deg, lon_deg, alt_m))
    return standing(point, rcs_m2=rcs_m2, phase=phase)


def standing(point_m: np.ndarray, *, rcs_m2: float = 1.0, phase: int = 0) -> Arc:
    zero = np.zeros((2, 3))
    return Arc(np.array([0.0, 10.0]), zero + point_m, zero, np.full(2, phase, np.int8), np.full(3, rcs_m2))


BASE = {
    "name": "radar", "nation": "JPN", "node": "JPN", "lat_deg": 37.0, "lon_deg": 137.0, "alt_m": 500.0,
    "boresight_deg": 290.0, "sector_deg": 120.0, "elevation_min_deg": 1.0, "elevation_max_deg": 75.0,
    "range_km": 1200.0, "search_loss_db": 10.0, "revisit_s": 2.0, "beamwidth_deg": 1.0, "bandwidth_mhz": 1.0,
    "range_floor_m": 15.0, "angle_floor_mrad": 0.3,
}  # fmt: skip


def radar(sensor_id: str = "radar", **changes: object) -> Radar:
    return Radar(sensor_id=sensor_id, **(BASE | changes))  # type: ignore[arg-type]


def infrared(sensor_id: str = "infrared", **changes: object) -> Infrared:
    fields = {
        "name": "infrared", "nation": "USA", "node": "USA", "lat_deg": 0.0, "lon_deg": 120.0, "alt_m": 35_786_000.0,
        "cloud_km": 10.0, "detection_probability": 0.9, "revisit_s": 5.0, "los_sigma_urad": 20.0,
        "report_delay_s": 20.0,
    }  # fmt: skip
    return Infrared(sensor_id=sensor_id, **(fields | changes))  # type: ignore[arg-type]
