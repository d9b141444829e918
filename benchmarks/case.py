"""Eight radars, one target in free fall for 600 s, every radar once a second: 4,800 measurements for one filter.

Models are written in plain numpy, as a user of a general filter library would write them. State: ECEF position and
velocity, m and m/s. A measurement is range (m), azimuth and elevation (rad) from the radar's own east, north and up.
"""

from dataclasses import dataclass, field

import numpy as np
import pymap3d

from trackfuse.core.constants import EARTH_RATE_RADPS, J2, MU_M3PS2, SEMI_MAJOR_M
from trackfuse.sensing import Detections

STEPS = 600
STEP_S = 1.0
SIGMA = np.array([30.0, 1e-3, 1e-3])
"""Standard deviations of range (m), azimuth and elevation (rad)."""
NOISE_PSD = 1.0
"""White acceleration noise that the filter assumes, m^2/s^3 an axis."""
START_SIGMA = np.array([2e3, 2e3, 2e3, 100.0, 100.0, 100.0])

# Towns around the Sea of Japan: latitude and longitude (degrees), height (m).
SITES = np.array(
    [
        [40.8, 140.7, 50.0], [39.7, 140.1, 50.0], [37.9, 139.0, 50.0], [36.6, 136.6, 50.0],
        [35.5, 134.2, 50.0], [33.6, 130.4, 50.0], [35.5, 129.3, 50.0], [37.8, 128.9, 50.0],
    ]
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """The data that every engine gets.

    Parameters
    ----------
    site_m : ndarray, shape (8, 3)
        ECEF positions of the radars, m.
    enu_from_ecef : ndarray, shape (8, 3, 3)
    z : ndarray, shape (600, 8, 3)
        Measurements at 1, 2, ... s.
    exact : ndarray, shape (600, 8, 3)
        The same without noise.
    truth : ndarray, shape (600, 6)
        True state at the same instants.
    mean : ndarray, shape (6,)
        What the filter starts from, at 0 s.
    covariance : ndarray, shape (6, 6)
    detections : Detections
        The measurements as the package takes them, instant by instant and radar by radar: 4,800 of them.
    """

    site_m: np.ndarray
    enu_from_ecef: np.ndarray
    z: np.ndarray
    exact: np.ndarray
    truth: np.ndarray
    mean: np.ndarray
    covariance: np.ndarray
    detections: Detections = field(init=False)

    def __post_init__(self) -> None:
        seconds, sensors = self.z.shape[:2]
        sensor, nothing = np.tile(np.arange(sensors), seconds), np.full((seconds * sensors, 1), np.nan)
        detections = Detections(
            t_s=np.repeat(STEP_S * np.arange(1.0, seconds + 1.0), sensors), sensor=sensor,
            z=np.hstack([self.z.reshape(-1, 3), nothing]), sigma=np.tile([*SIGMA, np.inf], (len(sensor), 1)),
            site_m=self.site_m[sensor], enu_from_ecef=self.enu_from_ecef[sensor],
            is_infrared=np.zeros(len(sensor), dtype=bool),
        )  # fmt: skip
        object.__setattr__(self, "detections", detections)


def build() -> Case:
    """The case, the same at every call.

    Returns
    -------
    Case
        Arrays of the shapes given there.
    """
    rng = np.random.default_rng(20231219)
    site_m = np.stack(pymap3d.geodetic2ecef(*SITES.T), axis=-1)
    frames = np.stack([frame(lat, lon) for lat, lon in SITES[:, :2]])
    start = np.concatenate(
        [pymap3d.geodetic2ecef(40.5, 128.5, 80e3), frame(40.5, 128.5).T @ np.array([1700.0, -250.0, 2500.0])]
    )
    truth = np.empty((STEPS, 6))
    state = start
    for k in range(STEPS):
        state = truth[k] = moved(state, STEP_S)
    exact = np.array([[seen(state, *site) for site in zip(site_m, frames, strict=True)] for state in truth])
    return Case(
        site_m=site_m, enu_from_ecef=frames, z=exact + rng.standard_normal(exact.shape) * SIGMA, exact=exact,
        truth=truth, mean=start + rng.standard_normal(6) * START_SIGMA, covariance=np.diag(START_SIGMA**2),
    )  # fmt: skip


def frame(lat_deg: float, lon_deg: float) -> np.ndarray:
    """Rows east, north and up: ndarray of shape (3, 3)."""
    lat, lon = np.radians([lat_deg, lon_deg])
    up = np.array([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    east = np.array([-np.sin(lon), np.cos(lon), 0.0])
    return np.stack([east, np.cross(up, east), up])


def rate(state: np.ndarray) -> np.ndarray:
    """Time derivative, shape (6,), of a state in free fall: J2 and the rotating Earth."""
    x, y, z, vx, vy, vz = state
    r2 = x * x + y * y + z * z
    pull = -MU_M3PS2 / (r2 * np.sqrt(r2))
    bulge = 1.5 * J2 * SEMI_MAJOR_M**2 / r2
    flat = pull * (1.0 + bulge * (1.0 - 5.0 * z * z / r2))
    axial = pull * (1.0 + bulge * (3.0 - 5.0 * z * z / r2))
    w = EARTH_RATE_RADPS
    return np.array([vx, vy, vz, (flat + w * w) * x + 2 * w * vy, (flat + w * w) * y - 2 * w * vx, axial * z])


def moved(state: np.ndarray, step_s: float) -> np.ndarray:
    """The state, shape (6,), one Runge-Kutta step later."""
    k1 = rate(state)
    k2 = rate(state + 0.5 * step_s * k1)
    k3 = rate(state + 0.5 * step_s * k2)
    k4 = rate(state + step_s * k3)
    return state + step_s / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)


def transition(state: np.ndarray, step_s: float) -> np.ndarray:
    """Derivative, shape (6, 6), of the state after a step by the state before it, to second order, without J2."""
    r2 = state[:3] @ state[:3]
    pull = MU_M3PS2 / (r2 * np.sqrt(r2))
    w = EARTH_RATE_RADPS
    a = np.zeros((6, 6))
    a[:3, 3:] = np.eye(3)
    a[3:, :3] = pull * (3.0 / r2 * np.outer(state[:3], state[:3]) - np.eye(3)) + np.diag([w * w, w * w, 0.0])
    a[3, 4], a[4, 3] = 2.0 * w, -2.0 * w
    return np.eye(6) + step_s * a + 0.5 * step_s**2 * a @ a


def process_noise(step_s: float) -> np.ndarray:
    """Covariance, shape (6, 6), that white acceleration noise adds in a step."""
    block = NOISE_PSD * np.array([[step_s**3 / 3.0, step_s**2 / 2.0], [step_s**2 / 2.0, step_s]])
    return np.kron(block, np.eye(3))


def seen(state: np.ndarray, site_m: np.ndarray, enu_from_ecef: np.ndarray) -> np.ndarray:
    """Range, azimuth and elevation, shape (3,), of a state from a site."""
    east, north, up = enu_from_ecef @ (state[:3] - site_m)
    return np.array(
        [np.sqrt(east**2 + north**2 + up**2), np.arctan2(east, north), np.arctan2(up, np.hypot(east, north))]
    )


def seen_gradient(state: np.ndarray, site_m: np.ndarray, enu_from_ecef: np.ndarray) -> np.ndarray:
    """Derivative, shape (3, 6), of `seen` by the state."""
    east, north, up = enu_from_ecef @ (state[:3] - site_m)
    flat2 = east**2 + north**2
    flat, r2 = np.sqrt(flat2), flat2 + up**2
    r = np.sqrt(r2)
    local = np.array(
        [
            [east / r, north / r, up / r],
            [north / flat2, -east / flat2, 0.0],
            [-east * up / (r2 * flat), -north * up / (r2 * flat), flat / r2],
        ]
    )
    return np.hstack([local @ enu_from_ecef, np.zeros((3, 3))])


def difference(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a - b of two measurements, shape (3,), with the azimuth brought into [-pi, pi]."""
    d = a - b
    d[1] = (d[1] + np.pi) % (2.0 * np.pi) - np.pi
    return d
