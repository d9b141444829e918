"""Flights flown by scipy, and plots of them: nothing here uses the tracker's own propagation."""

import math
from dataclasses import dataclass, replace

import numpy as np
import pymap3d
import pytest
from scipy.integrate import solve_ivp

from trackfuse.kernels.atmosphere import density
from trackfuse.kernels.geodesy import altitude, enu_from_ecef
from trackfuse.kernels.gravity import coast_acceleration
from trackfuse.kernels.node_state import new_state, with_room
from trackfuse.kernels.records import DETECTION, MEETINGS
from trackfuse.kernels.tracker import Detected, report_all, step, with_rows
from trackfuse.sensing import Detections, joined
from trackfuse.tracking import TrackerSettings, Tracks, empty_tracks
from trackfuse.tracking.compiled_node import OOSM, association_of, kernel_settings, node_state
from trackfuse.tracking.packing import packed
from trackfuse.tracking.tracks import ARRAYS


@dataclass(frozen=True)
class Path:
    """A true flight at steps of 0.1 s: t (n,), ECEF state (n, 6), burn-out."""

    t: np.ndarray
    state: np.ndarray
    burnout_s: float

    def at(self, t):
        return self.state[np.round(np.asarray(t) * 10).astype(int)]


def laws_of(stages, vertical_s, until):
    """(begin, end, ignition, thrust over mass, exhaust, whether vertical) of every piece with one law of thrust."""
    pieces, t = [], 0.0
    for pause, burn, push, exhaust in stages:
        if pause:
            pieces.append((t, t + pause, t, 0.0, 1.0, False))
        ignition, t = t + pause, t + pause + burn
        if not pieces:
            pieces.append((0.0, vertical_s, 0.0, push, exhaust, True))
            pieces.append((vertical_s, t, 0.0, push, exhaust, False))
        else:
            pieces.append((ignition, t, ignition, push, exhaust, False))
    return [*pieces, (t, until, t, 0.0, 1.0, False)], t


def fly(lat, lon, azimuth, kick, stages, until, beta=5000.0, vertical_s=9.0):
    """Vertical rise, kick, then thrust along the velocity. Stages: (pause, burn, thrust over mass at ignition,
    exhaust).
    """
    enu = enu_from_ecef(math.radians(lat), math.radians(lon))
    s = np.r_[pymap3d.geodetic2ecef(lat, lon, 0.0), 1e-6 * enu[2]]

    def rate(t, y, ignition, push, exhaust, vertical):
        speed = np.linalg.norm(y[3:])
        a = np.array(coast_acceleration(*y)) - 0.5 * density(altitude(*y[:3])) * speed / beta * y[3:]
        if push:
            a += push / (1.0 - push * (t - ignition) / exhaust) * (enu[2] if vertical else y[3:] / speed)
        return np.r_[y[3:], a]

    pieces, burnout_s = laws_of(stages, vertical_s, until)
    grid, rows = np.arange(0.0, until, 0.1), []
    for begin, end, *law in pieces:
        if begin == vertical_s:
            across = math.sin(math.radians(azimuth)) * enu[0] + math.cos(math.radians(azimuth)) * enu[1]
            turned = math.cos(math.radians(kick)) * enu[2] + math.sin(math.radians(kick)) * across
            s[3:] = np.linalg.norm(s[3:]) * turned
        wanted = grid[(grid >= begin - 1e-9) & (grid < end - 1e-9)]
        span, times = (min(begin, wanted[0]), end), np.r_[wanted, end]
        found = solve_ivp(rate, span, s, "DOP853", times, rtol=1e-10, atol=1e-5, args=law)
        rows.append(found.y[:, :-1].T)
        s = found.y[:, -1].copy()
    return Path(grid, np.concatenate(rows), burnout_s)


@pytest.fixture(scope="session")
def long_flight():
    """Two stages, 148 s of thrust, over the Sea of Japan; free fall until it is low again."""
    return fly(40.0, 125.5, 80.0, 5.0, [(0, 80, 20.0, 2600.0), (3, 65, 22.0, 2800.0)], 600.0)


@pytest.fixture(scope="session")
def stepped_flight():
    """Two stages without a pause: at 120 s thrust drops from 100 to 40 m/s^2 at once."""
    return fly(40.3, 128.5, 75.0, 7.0, [(0, 120, 19.5, 2900.0), (0, 31, 40.0, 2900.0)], 300.0)


@pytest.fixture(scope="session")
def short_flight():
    """One stage, 75 s of thrust up to 80 m/s^2."""
    return fly(40.0, 125.0, 95.0, 12.0, [(0, 75, 23.0, 2400.0)], 380.0)


@pytest.fixture(scope="session")
def lofted_flight():
    """Three stages with a pause of 10 s before the third, 192 s to burn-out, 1,100 km high."""
    return fly(39.2, 125.7, 75.0, 3.0, [(0, 65, 21.0, 2600.0), (2, 60, 25.0, 2800.0), (10, 55, 26.0, 2800.0)], 700.0)


def detections_of(t, sensor, z, sigma, site, enu, infrared, velocity=None):
    """Detections by sensors at rest (unless they have a velocity) at `site` (S, 3); z and sigma (m, 3) or (m, 4)."""
    sensor, rate = np.asarray(sensor), np.ones((len(z), 4 - z.shape[1]))
    return Detections(
        t_s=np.asarray(t, dtype=float), sensor=sensor, z=np.hstack([z, np.nan * rate]),
        sigma=np.hstack([sigma, np.inf * rate]), site_m=site[sensor], enu_from_ecef=enu[sensor],
        is_infrared=np.asarray(infrared)[sensor],
        site_velocity_mps=None if velocity is None else np.asarray(velocity)[sensor],
    )  # fmt: skip


SITES = {"west": (36.9, 127.9), "east": (35.8, 135.2), "north": (41.0, 140.0), "ship": (38.5, 131.0)}


@dataclass(frozen=True)
class Plots:
    """True measurements of some radars (and an infrared sensor), in order of time."""

    t: np.ndarray
    sensor: np.ndarray
    truth: np.ndarray
    sigma: np.ndarray
    site: np.ndarray
    enu: np.ndarray
    infrared: np.ndarray

    def noisy(self, rng):
        z = self.truth + rng.standard_normal(self.truth.shape) * np.where(np.isfinite(self.sigma), self.sigma, 0.0)
        z[:, 1] = (z[:, 1] + np.pi) % (2 * np.pi) - np.pi
        return z

    def detections(self, z):
        """The measurements z (m, 3) of these looks, in order of time."""
        return detections_of(self.t, self.sensor, z, self.sigma, self.site, self.enu, self.infrared)


def look(path, revisit, phase, lat, lon, alt, lowest_deg):
    """Times and true range, azimuth, elevation of every look from a place."""
    rows = np.arange(int(phase * revisit * 10), len(path.t), int(revisit * 10))
    az, el, r = pymap3d.ecef2aer(*path.state[rows, :3].T, lat, lon, alt)
    z = np.stack([r, (np.radians(az) + np.pi) % (2 * np.pi) - np.pi, np.radians(el)], axis=-1)
    return path.t[rows][el > lowest_deg], z[el > lowest_deg]


def see(path, revisits, range_m=30.0, angle_rad=1e-3, infrared_every=None):
    """Looks of radars {site: revisit s} above 2 degrees, and of a geostationary infrared sensor while the engine
    burns.
    """
    parts = []
    for i, (name, revisit) in enumerate(revisits.items()):
        t, z = look(path, revisit, (0.37 * (i + 1)) % 1.0, *SITES[name], 0.0, 2.0)
        parts.append((t, np.full(len(t), i), z, np.array([range_m, angle_rad, angle_rad])))
    places = [(*SITES[name], 0.0) for name in revisits]
    if infrared_every:
        t, z = look(path, infrared_every, 0.5, 0.0, 120.0, 35786e3, -90.0)
        burning = (t > 40.0) & (t < path.burnout_s)
        parts.append((t[burning], np.full(burning.sum(), len(places)), z[burning], np.array([np.inf, 2e-5, 2e-5])))
        places.append((0.0, 120.0, 35786e3))
    t, sensor, z = (np.concatenate([part[k] for part in parts]) for k in range(3))
    sigma = np.concatenate([np.tile(part[3], (len(part[0]), 1)) for part in parts])
    sigma[:, 1] /= np.cos(z[:, 2])
    order = np.argsort(t, kind="stable")
    enu = np.array([enu_from_ecef(*np.radians(place[:2])) for place in places])
    site = np.array([pymap3d.geodetic2ecef(*place) for place in places])
    infrared = np.arange(len(places)) >= len(revisits)
    return Plots(t[order], sensor[order], z[order], sigma[order], site, enu, infrared)


@pytest.fixture(scope="session")
def seen():
    """The function `see`."""
    return see


class LiveNode:
    """The compiled step as a node at work calls it: detections are appended in order of reception to an array that
    grows, of which what was not received yet is no number; state in, state out.
    """

    def __init__(self, settings: TrackerSettings, cycles: int, objects: int = 0):
        self.settings, self.oosm = kernel_settings(settings), OOSM[settings.late]
        self.association = association_of(settings)
        # Room for next to nothing: all of it has to grow.
        self.state = new_state(1, 2, 3) if self.association else node_state(np.full(objects, -np.inf), 0)
        self.meetings = np.empty(0, MEETINGS)
        self.output = empty_tracks(np.zeros(objects), cycles).arrays()
        self.plots, self.sensor, self.truth, self.count = *self.garbage(1), 0

    @staticmethod
    def garbage(count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return np.full(count, np.nan, DETECTION), np.full(count, -9), np.full(count, -9)

    def receive(self, detections: Detections) -> np.ndarray:
        """Append detections. Returns their rows in order of measurement."""
        while self.count + len(detections) > len(self.plots):
            more = self.garbage(len(self.plots))
            held = self.plots, self.sensor, self.truth
            self.plots, self.sensor, self.truth = (np.concatenate(pair) for pair in zip(held, more, strict=True))
        rows = np.arange(self.count, self.count + len(detections))
        self.write(rows, detections)
        self.count += len(detections)
        return rows[np.lexsort((*self.plots["z"][rows].T[::-1], self.plots["t_s"][rows]))]

    def write(self, rows: np.ndarray, detections: Detections) -> None:
        """Write detections into some rows."""
        self.plots[rows], self.sensor[rows], self.truth[rows] = packed(detections), detections.sensor, detections.truth

    def step(self, new: np.ndarray, t: float) -> None:
        """Work in what is new, rows in order of measurement."""
        if self.association is None:
            self.state = with_room(self.state, len(new), 0)
        self.state, self.meetings = step(
            Detected(self.plots, self.sensor, self.truth), new, t, self.state, self.meetings, self.association,
            self.settings, self.oosm,
        )  # fmt: skip

    def report(self, t: float, j: int) -> None:
        """Write what all tracks claim at cycle j."""
        associated = self.association is not None
        if associated:
            self.output = with_rows(self.output, self.state.tally[0]["rows"] + len(self.state.slots))
        report_all(self.plots, self.state, t, j, associated, self.settings, self.output)

    def found(self) -> list[tuple[int, np.ndarray]]:
        """Of every track its row of output and the rows of its detections: in the order of objects if these are known,
        else of confirmation, then of the first detection; what never claimed anything is left out.
        """
        slots = [k for k, slot in enumerate(self.state.slots) if slot["number"] >= 0 and slot["row"] >= 0]
        made = [(int(self.state.slots[k]["row"]), self.state.mine[k, : self.state.slots[k]["count"]]) for k in slots]
        if self.association is None:
            return sorted(made, key=lambda each: each[0])

        def rank(each: tuple[int, np.ndarray]) -> tuple:
            first = self.plots[each[1][0]]
            return int((self.output.status[each[0]] != 0).argmax()), first["t_s"], *first["z"]

        return sorted((each for each in made if (self.output.status[each[0]] != 0).any()), key=rank)

    def tracks(self) -> Tracks:
        """What `found` finds."""
        rows = np.array([row for row, _ in self.found()], dtype=np.int64)
        arrays = dict(zip(ARRAYS, (each[rows] for each in self.output), strict=True))
        return Tracks(node=np.zeros(len(rows), dtype=np.int64), **arrays)


@dataclass(frozen=True)
class Pair:
    """What sensors detect of two flights that start some 100 km apart: `truth` of the detections is 0 or 1."""

    flights: tuple[Path, Path]
    plots: tuple[Plots, Plots]

    def detections(self, rng, until=np.inf):
        """In order of time; those of one look are one scan."""
        parts = []
        for number, plots in enumerate(self.plots):
            given = plots.detections(plots.noisy(rng)).select(plots.t < until)
            parts.append(replace(given, truth=np.full(len(given), number)))
        return joined(parts)


@pytest.fixture(scope="session")
def pair(short_flight, lofted_flight):
    """The function that shows two flights to radars {site: revisit s}."""
    flights = short_flight, lofted_flight
    return lambda revisits, **others: Pair(flights, tuple(see(flight, revisits, **others) for flight in flights))
