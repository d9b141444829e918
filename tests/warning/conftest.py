"""States in flight and an integration of their fall that shares no code with the compiled one."""

from collections.abc import Callable

import numpy as np
import pymap3d
import pytest
from scipy.integrate import solve_ivp

from trackfuse.core.constants import EARTH_RATE_RADPS, J2, MU_M3PS2, SEMI_MAJOR_M
from trackfuse.kernels.atmosphere import density

SPIN = np.array([0.0, 0.0, EARTH_RATE_RADPS])


def state(lat: float, lon: float, alt_km: float, speed: float, azimuth: float, elevation: float) -> np.ndarray:
    """ECEF state at a place and height, flying at a speed (m/s) relative to the Earth; angles in degrees."""
    here = np.array(pymap3d.geodetic2ecef(lat, lon, alt_km * 1e3))
    ahead = np.array(pymap3d.aer2ecef(azimuth, elevation, 1.0, lat, lon, alt_km * 1e3)) - here
    return np.r_[here, speed * ahead / np.linalg.norm(ahead)]


def height(s: np.ndarray) -> float:
    return float(pymap3d.ecef2geodetic(*s[:3])[2])


def acceleration(s: np.ndarray, beta: float) -> np.ndarray:
    """Gravitation from the potential with J2, apparent forces and drag, written out with vectors."""
    r, v = s[:3], s[3:]
    n = np.linalg.norm(r)
    axis = np.array([0.0, 0.0, 1.0])
    sine = r[2] / n
    g = (
        -MU_M3PS2
        / n**2
        * (
            (1.0 + 1.5 * J2 * (SEMI_MAJOR_M / n) ** 2 * (1.0 - 5.0 * sine**2)) * r / n
            + 3.0 * J2 * (SEMI_MAJOR_M / n) ** 2 * sine * axis
        )
    )
    drag = -0.5 * density(height(s)) / beta * np.linalg.norm(v) * v
    return g + drag - 2.0 * np.cross(SPIN, v) - np.cross(SPIN, np.cross(SPIN, r))


def lifted(s: np.ndarray, beta: float, ratio: float) -> np.ndarray:
    """The same with lift across the velocity in the vertical plane, below 60 km and once it comes down; fading out
    between 1,200 and 800 m/s. `ratio` is that of lift to drag."""
    r, v = s[:3], s[3:]
    speed = np.linalg.norm(v)
    across = r - v * (r @ v) / speed**2
    drag = 0.5 * density(height(s)) / beta * speed**2 if height(s) < 60e3 else 0.0
    return acceleration(s, beta) + ratio * drag * min(max((speed - 800.0) / 400.0, 0.0), 1.0) * (
        across / np.linalg.norm(across))  # fmt: skip


def pulled_up(s: np.ndarray, beta: float, ratio: float) -> tuple[np.ndarray, float]:
    """State at the ground and seconds until then of a missile that pulls up after its apogee."""

    def top(_: float, y: np.ndarray) -> float:
        return float(y[:3] @ y[3:])

    def ground(_: float, y: np.ndarray) -> float:
        return height(y)

    top.terminal, ground.terminal, top.direction, ground.direction = True, True, -1.0, -1.0
    given = {"method": "DOP853", "rtol": 1e-8, "atol": 1e-3, "max_step": 2.0}
    up = solve_ivp(lambda _, y: np.r_[y[3:], acceleration(y, beta)], (0.0, 1e3), s, events=top, **given)
    down = solve_ivp(lambda _, y: np.r_[y[3:], lifted(y, beta, ratio)], (up.t[-1], 2e3), up.y[:, -1],
                     events=ground, **given)  # fmt: skip
    return down.y_events[0][0], float(down.t_events[0][0])


def fall(s: np.ndarray, beta: float) -> tuple[np.ndarray, float]:
    """State at the ground and seconds until then, by DOP853 to 1e-10."""

    def ground(_: float, y: np.ndarray) -> float:
        return height(y)

    ground.terminal, ground.direction = True, -1.0
    done = solve_ivp(
        lambda _, y: np.r_[y[3:], acceleration(y, beta)],
        (0.0, 2e4),
        s,
        method="DOP853",
        rtol=1e-10,
        atol=1e-4,
        events=ground,
        max_step=20.0,
    )
    return done.y_events[0][0], float(done.t_events[0][0])


def along(s: np.ndarray, beta: float, times: np.ndarray) -> np.ndarray:
    """States at some instants, by DOP853 to 1e-10."""
    done = solve_ivp(
        lambda _, y: np.r_[y[3:], acceleration(y, beta)],
        (0.0, times[-1]),
        s,
        method="DOP853",
        rtol=1e-10,
        atol=1e-4,
        t_eval=times,
    )
    return done.y.T


FLIGHTS = {
    "irbm over Japan": state(40.8, 128.5, 250.0, 4700.0, 85.0, 38.0),
    "icbm, lofted": state(40.0, 127.0, 300.0, 7000.0, 75.0, 85.0),
    "srbm": state(39.0, 126.0, 60.0, 1800.0, 95.0, 42.0),
    "rocket artillery, in the air": state(39.5, 126.0, 35.0, 1300.0, 60.0, 30.0),
    "icbm, far": state(41.0, 129.0, 400.0, 6800.0, 30.0, 25.0),
    "coming down": state(41.0, 150.0, 90.0, 5000.0, 85.0, -40.0),
}


@pytest.fixture(params=FLIGHTS.values(), ids=FLIGHTS.keys())
def flight_state(request: pytest.FixtureRequest) -> np.ndarray:
    return request.param


@pytest.fixture(scope="session")
def make_state() -> Callable[..., np.ndarray]:
    return state


@pytest.fixture(scope="session")
def integrate() -> Callable[[np.ndarray, float], tuple[np.ndarray, float]]:
    return fall


@pytest.fixture(scope="session")
def fly() -> Callable[[np.ndarray, float, np.ndarray], np.ndarray]:
    return along


@pytest.fixture(scope="session")
def pull_up() -> Callable[[np.ndarray, float, float], tuple[np.ndarray, float]]:
    return pulled_up
