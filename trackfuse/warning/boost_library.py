"""The library of flights that a boost seen half-way is compared with: flights of candidate classes, drawn once.

Assumed: how far pitch-over, cut-off and thrust of a class spread.
"""

import math
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from trackfuse.core.errors import SettingsError
from trackfuse.core.rng import generator
from trackfuse.flight import MissileClass
from trackfuse.flight.vehicle import steering_of, vehicle_at
from trackfuse.kernels import burn as kernel
from trackfuse.kernels import flight as flight_kernel

FLIGHTS_A_CLASS = 120
KICK_DEG = (0.2, 40.0)
"""Pitch-overs of the library, log-uniform: from lofted to depressed; those that crash are left out."""
EARLIEST_CUT, MOST_THRUST = 0.7, 1.1
"""Half the flights are cut off after a part of the burn from this to 1, half burn out with a thrust of 1 to this."""
GRID_S, UNTIL_S, LAG_S = 2.0, 400.0, 10.0
LAYERS = 64
"""Of height, in which flights are looked up."""
PAD = (math.radians(40.0), math.radians(127.0))
"""The library's pad; its place matters only through the Earth's rotation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """Flights of candidate classes; F flights at T instants.

    Parameters
    ----------
    classes : tuple of MissileClass
    which : ndarray of int, shape (F,)
        Class of each.
    effort : ndarray, shape (F,)
        Above 1 a factor on thrust, below 1 the share of the burn time, as `kernels.flight.boost` has it.
    burnout_s : ndarray, shape (F,)
    features : ndarray, shape (F, T, 5)
        Height (m), speed (m/s), climb angle (rad), gain of speed over 10 s (m/s), ground arc from the pad (m).
    t_s : ndarray, shape (T,)
        Seconds after lift-off.

    Attributes
    ----------
    by_height : kernels.burn.ByHeight
        The instants of all flights: what a track fits is looked for near its height and speed.
    """

    classes: tuple[MissileClass, ...]
    which: np.ndarray
    effort: np.ndarray
    burnout_s: np.ndarray
    features: np.ndarray
    t_s: np.ndarray
    by_height: kernel.ByHeight = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_height", _by_height(self.features))


def _by_height(features: np.ndarray) -> kernel.ByHeight:
    """Features (F, T, 5) of flights in layers of height, as many instants in each."""
    rows = features.reshape(-1, kernel.FEATURES)
    place = np.flatnonzero(np.isfinite(rows[:, kernel.SPEED]))
    place = place[np.argsort(rows[place, kernel.HEIGHT], kind="stable")]
    height = rows[place, kernel.HEIGHT]
    first = np.linspace(0, len(place), LAYERS + 1).astype(np.int64)
    layer = np.repeat(np.arange(LAYERS), np.diff(first))
    place = place[np.lexsort((rows[place, kernel.SPEED], layer))].astype(np.int32)
    seen = np.ascontiguousarray(rows[place, :4].T)
    return kernel.ByHeight(
        place, place // np.int32(features.shape[1]), seen, first, height[np.minimum(first, len(place) - 1)]
    )


@lru_cache(maxsize=8)
def library(classes: tuple[MissileClass, ...], seed: int = 0) -> Library:
    """Draw the library of flights; kept for the session.

    Parameters
    ----------
    classes : tuple of MissileClass
    seed : int

    Returns
    -------
    Library
        Arrays of the shapes given there; the same bits for the same arguments.

    Raises
    ------
    SettingsError
        If there is no class.
    """
    if not classes:
        raise SettingsError("boost library: no class of missile to choose from")
    t_s = np.arange(0.0, UNTIL_S + GRID_S, GRID_S)
    lag = round(LAG_S / GRID_S)
    knots, place, rates = np.empty((4096, 10)), np.empty((len(t_s), 3)), np.empty((len(t_s), 3))
    kept: list[tuple[int, float, float, np.ndarray]] = []
    for c, missile in enumerate(classes):
        random = generator(seed, "boost library", missile.name)
        pad = vehicle_at(missile, *PAD, 0.0)
        for _ in range(FLIGHTS_A_CLASS):
            u = random.random(4)
            kick = math.radians(KICK_DEG[0] * (KICK_DEG[1] / KICK_DEG[0]) ** u[0])
            effort = EARLIEST_CUT + (1.0 - EARLIEST_CUT) * u[1] if u[2] < 0.5 else 1.0 + (MOST_THRUST - 1.0) * u[1]
            azimuth = math.radians(30.0 + 150.0 * u[3])
            out = np.empty((len(t_s), kernel.FEATURES))
            steering = steering_of(effort, kick, azimuth)
            status, burnout, _ = kernel.profile(pad, steering, t_s, lag, knots, place, rates, out)
            if status == flight_kernel.LANDED:
                kept.append((c, effort, burnout, out))
    which, efforts, burnouts, features = (np.array([row[i] for row in kept]) for i in range(4))
    return Library(classes=classes, which=which, effort=efforts, burnout_s=burnouts, features=features, t_s=t_s)
