"""Two objects that part slowly, seen by two radars: plots that went to the wrong one at first are given back."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pymap3d
from scipy.integrate import solve_ivp

from trackfuse.core.rng import generator
from trackfuse.kernels.geodesy import enu_from_ecef
from trackfuse.kernels.gravity import coast_acceleration
from trackfuse.kernels.node_state import close_slot, new_state, open_slot
from trackfuse.kernels.reassociation import FAR_BACK_S, note_meeting
from trackfuse.kernels.records import DETECTION, MEETINGS
from trackfuse.kernels.tracker import Detected, reassociate
from trackfuse.sensing import Detections
from trackfuse.tracking import TrackerSettings, Tracks, track
from trackfuse.tracking.compiled_node import kernel_settings

from .conftest import LiveNode, detections_of

PLACES = ((38.0, 135.0), (41.0, 140.5))
SITES = np.array([pymap3d.geodetic2ecef(*place, 0.0) for place in PLACES])
ENU = np.array([enu_from_ecef(*map(math.radians, place)) for place in PLACES])
SIGMA = np.array([5.0, 1e-3, 1e-3])
T_S, CYCLES = np.arange(0.0, 240.0, 1.0), np.arange(5.0, 241.0, 5.0)
RUNS = 12
SETTINGS = TrackerSettings(association="gnn")


def parting() -> np.ndarray:
    """States (2, n, 6) of two in free fall that part at 2.5 m/s, 40 s after the first plot of the first."""
    state = np.r_[SITES[0] + ENU[0].T @ [-400e3, 500e3, 200e3], ENU[0].T @ [2500.0, 300.0, 2500.0]]

    def rate(_: float, y: np.ndarray) -> np.ndarray:
        return np.r_[y[3:], coast_acceleration(*y)]

    def path(begin: float, start: np.ndarray) -> np.ndarray:
        return solve_ivp(rate, (begin, 240.0), start, "DOP853", T_S[begin <= T_S], rtol=1e-10, atol=1e-5).y.T

    first = path(0.0, state)
    second = np.full_like(first, np.nan)
    second[40:] = path(40.0, first[40] + np.r_[np.zeros(3), [1.5, -1.0, 1.7]])
    return np.stack([first, second])


def detected(rng: np.random.Generator, truth: np.ndarray) -> Detections:
    """What two radars see every other second, in turn."""
    t, z, radar, whose = [], [], [], []
    for k, at in enumerate(T_S):
        s = k % 2
        for o in np.flatnonzero(np.isfinite(truth[:, k, 0])):
            if rng.random() < 0.8:
                east, north, up = ENU[s] @ (truth[o, k, :3] - SITES[s])
                far = math.sqrt(east**2 + north**2 + up**2)
                z.append([far, math.atan2(east, north), math.asin(up / far)] + SIGMA * rng.standard_normal(3))
                t, radar, whose = [*t, at], [*radar, s], [*whose, o]
    seen = detections_of(t, radar, np.array(z), np.tile(SIGMA, (len(t), 1)), SITES, ENU, [False, False])
    return replace(seen, truth=np.array(whose))


def looking_back(seen: Detections) -> Tracks:
    """A centre's tracks."""
    return track(seen, seen.t_s[:, None], CYCLES, SETTINGS).tracks


def not_looking_back(seen: Detections) -> Tracks:
    """The same of a node that forgets at every cycle which tracks wanted the same plots."""
    node, arrived = LiveNode(SETTINGS, len(CYCLES)), np.searchsorted(CYCLES, seen.t_s)
    for j, t in enumerate(CYCLES):
        node.step(node.receive(seen.select(arrived == j)), t)
        node.state.tally["meetings"] = 0
        node.report(t, j)
    return node.tracks()


def ghosts(truth: np.ndarray, follow: Callable[[Detections], Tracks]) -> int:
    """In how many runs a track at the end claims to be where no object is: ten of its deviations off either."""
    count = 0
    for run in range(RUNS):
        tracks = follow(detected(generator(run, "parting"), truth))
        j = 46
        wrong = 0
        for k in np.flatnonzero(tracks.status[:, j] == 1):
            off = tracks.mean[k, j, :3] - truth[:, int(CYCLES[j]), :3]
            wrong += min(e @ np.linalg.solve(tracks.covariance[k, j, :3, :3], e) for e in off) > 100.0
        count += wrong > 0
    return count


def test_ghosts_are_seen_through() -> None:
    """Ranges are known to 5 m, directions to 500 m: where two ranges cross wrongly, nothing else says so for a while.

    Of twelve runs six end on ghosts without looking back, one with it. Were half of all to do so either way, twelve
    would give two or fewer once in fifty; were a sixth, four or more once in eight.
    """
    truth = parting()
    assert ghosts(truth, looking_back) <= 2
    assert ghosts(truth, not_looking_back) >= 4


def test_a_plot_is_of_one_track_after_an_exchange() -> None:
    seen = detected(generator(0, "parting"), parting())
    made, whose = track(seen, seen.t_s[:, None], CYCLES, SETTINGS), seen.truth
    assert len(made.tracks.status) == 2
    late = np.arange(len(whose)) > len(whose) * 2 // 3
    first, second = (np.bincount(whose[late & (made.assigned[:, 0] == k)], minlength=2) for k in range(2))
    assert first.argmax() != second.argmax()
    assert first.max() + second.max() > 0.97 * (first.sum() + second.sum())


def test_it_is_looked_back_less_and_less_and_not_for_ever() -> None:
    state, settings = new_state(2, 2, 2), kernel_settings(SETTINGS)
    state.tally["initiated"] = 1
    for slot in range(2):
        open_slot(state, slot, -np.inf)
    meetings, looks = note_meeting(state, np.empty(0, MEETINGS), 1, 2, 0.0), []
    nothing = Detected(np.empty(0, DETECTION), np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))
    for cycle in np.arange(5.0, 1000.0, 5.0):
        due = meetings["next"][0]
        state = reassociate(nothing, cycle, state, meetings, settings)
        assert state.tally["meetings"] == 1
        looks += [cycle] if meetings["next"][0] != due else []
    assert len(looks) < 10 and looks[0] == 15.0 and looks[-1] <= FAR_BACK_S
    close_slot(state, 1, False)
    assert reassociate(nothing, 2000.0, state, meetings, settings).tally["meetings"] == 0
