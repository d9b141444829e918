"""Two targets that a radar can hardly tell apart: nearest neighbour against joint probabilities, and what each is."""

import math
from dataclasses import dataclass

import numpy as np
import pymap3d
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import linear_sum_assignment

from trackfuse.core.errors import SettingsError
from trackfuse.core.rng import generator
from trackfuse.kernels.filter import MEAN
from trackfuse.kernels.geodesy import enu_from_ecef
from trackfuse.kernels.gravity import coast_acceleration
from trackfuse.kernels.imm import BURN, COAST, update
from trackfuse.kernels.node_state import new_state
from trackfuse.kernels.records import DETECTION, IMM
from trackfuse.kernels.track_update import update_shared
from trackfuse.scoring import gospa, ospa
from trackfuse.sensing import Detections
from trackfuse.tracking import TrackerSettings, track
from trackfuse.tracking.compiled_node import kernel_settings
from trackfuse.tracking.packing import packed

from .conftest import detections_of

LAT, LON, REVISIT_S, PD, FALSE = 38.0, 135.0, 2.0, 0.9, 0.2
SIGMA = np.array([200.0, 1e-3, 1e-3])
SITE, ENU = np.array(pymap3d.geodetic2ecef(LAT, LON, 0.0)), enu_from_ecef(math.radians(LAT), math.radians(LON))
T_S, CYCLES = np.arange(0.0, 201.0, REVISIT_S), np.arange(4.0, 201.0, 4.0)
CUTOFF_M = 2000.0


def fall(offset: np.ndarray, velocity: np.ndarray) -> np.ndarray:
    """Positions (n, 3) of something in free fall that is at an offset from the radar, ENU, at 100 s."""
    state = np.r_[SITE + ENU.T @ offset, ENU.T @ velocity]

    def rate(_: float, y: np.ndarray) -> np.ndarray:
        return np.r_[y[3:], coast_acceleration(*y)]

    parts = []
    for wanted, end in ((T_S[T_S < 100.0][::-1], -1.0), (T_S[T_S >= 100.0], 201.0)):
        parts.append(solve_ivp(rate, (100.0, end), state, "DOP853", wanted, rtol=1e-10, atol=1e-5).y[:3].T)
    return np.concatenate([parts[0][::-1], parts[1]])


def two(apart_m: float, closing_mps: float) -> np.ndarray:
    """Positions (2, n, 3), 600 km away: one passes the other across the line of sight, so far above it."""
    middle, velocity = np.array([-200e3, 500e3, 300e3]), np.array([2500.0, 500.0, 800.0])
    sight = middle / np.linalg.norm(middle)
    side = np.cross(sight, [0.0, 0.0, 1.0])
    up = np.cross(side, sight)
    return np.stack([fall(middle + s * apart_m * up, velocity + s * closing_mps * side) for s in (-0.5, 0.5)])


@dataclass(frozen=True)
class Seen:
    """A radar's plots of one run."""

    t_s: np.ndarray
    z: np.ndarray


def seen(rng: np.random.Generator, truth: np.ndarray, false: float = FALSE) -> Seen:
    """Plots of two targets, missed now and then, with false ones among them while they are close."""
    east, north, up = np.moveaxis((truth - SITE) @ ENU.T, -1, 0)
    far = np.linalg.norm(truth - SITE, axis=2)
    true = np.stack([far, np.arctan2(east, north), np.arcsin(up / far)], axis=2)
    t, z = [], []
    for k, at in enumerate(T_S):
        made = [one[k] + SIGMA * rng.standard_normal(3) for one in true if rng.random() < PD]
        wrong = rng.poisson(false if 50.0 <= at <= 150.0 else 0.0)
        made += [true[:, k].mean(axis=0) + [3e3, 6e-3, 6e-3] * rng.uniform(-1.0, 1.0, 3) for _ in range(wrong)]
        t += [at] * len(made)
        z += made
    return Seen(np.array(t), np.array(z))


def detections_at(t_s: np.ndarray, z: np.ndarray, sensor: np.ndarray) -> Detections:
    """Detections by radars at the one place."""
    sigma, radars = np.tile(SIGMA, (len(z), 1)), int(sensor.max(initial=0)) + 1
    return detections_of(t_s, sensor, z, sigma, np.tile(SITE, (radars, 1)), np.tile(ENU, (radars, 1, 1)),
                         [False] * radars)  # fmt: skip


def tracked(plots: Seen, association: str):
    given = detections_at(plots.t_s, plots.z, np.zeros(len(plots.t_s), dtype=int))
    settings = TrackerSettings(association=association, gate=0.999)
    return track(given, plots.t_s[:, None], CYCLES, settings).tracks


def whose(tracks, truth: np.ndarray, at: float) -> list[int]:
    """The track of each of the two at a time, as far as distances tell."""
    j, k = int(np.searchsorted(CYCLES, at)), int(at / REVISIT_S)
    far = np.linalg.norm(tracks.mean[:, j, None, :3] - truth[None, :, k], axis=2)
    held, target = linear_sum_assignment(np.where(tracks.status[:, j, None] == 1, far, 1e9))
    return held[np.argsort(target)].tolist()


def score(tracks, truth: np.ndarray) -> tuple[float, float]:
    """Mean GOSPA and OSPA from 40 to 188 s, m."""
    made = []
    for j in range(9, 47):
        held = tracks.mean[tracks.status[:, j] == 1, j, :3]
        true = truth[:, int(CYCLES[j] / REVISIT_S)]
        made.append((gospa(true, held, cutoff=CUTOFF_M).total, ospa(true, held, cutoff=CUTOFF_M, order=2.0)))
    return tuple(np.mean(made, axis=0))


def test_joint_probabilities_against_nearest_neighbour_where_two_cross() -> None:
    """Sixty runs: 15 m/s across the line of sight, errors of 600 m, one false plot in five scans.

    Tracks change targets about as often by either rule (23 and 21 of 60; shares of that size differ by 4.5 of their
    deviations once in 150,000), since hardly anything tells who is who afterwards. But the tracks are better: mean
    GOSPA fell from 984 to 903 m, OSPA from 723 to 671 m; the mean gains, 81 and 52 m, deviate by 18 and 14 m. With
    other noise they would not be positive once in 200,000 and once in 15,000.
    """
    truth, runs = two(0.0, 15.0), 60
    swapped, scores = np.zeros(2), np.empty((2, runs, 2))
    for run in range(runs):
        plots = seen(generator(run, "crossing"), truth)
        for n, association in enumerate(("gnn", "jpda")):
            tracks = tracked(plots, association)
            before, after = whose(tracks, truth, 52.0), whose(tracks, truth, 188.0)
            swapped[n] += before == after[::-1]
            scores[n, run] = score(tracks, truth)
    share = swapped / runs
    assert (share > 0.0).all()
    assert abs(share[0] - share[1]) < 4.5 * math.sqrt(2.0 * share.mean() * (1.0 - share.mean()) / runs)
    assert (scores[1].mean(axis=0) < scores[0].mean(axis=0)).all()


def test_close_tracks_lie_closer_by_joint_probabilities() -> None:
    """Twenty runs of two that stay 300 m apart, errors of 600 m, no false plots.

    Nearest neighbour sorts the plots and so pushes the tracks apart, to 810 m over forty runs; joint probabilities
    draw them together (coalescence), to 450 m. The mean of twenty differences deviates by 51 m from 360: below 100 m
    by chance once in five million.
    """
    truth, apart = two(300.0, 0.0), np.empty((2, 20))
    for run in range(20):
        plots = seen(generator(run, "parallel"), truth, 0.0)
        for n, association in enumerate(("gnn", "jpda")):
            tracks = tracked(plots, association)
            first, second = whose(tracks, truth, 52.0)
            both = tracks.mean[first, 20:46, :3] - tracks.mean[second, 20:46, :3]
            apart[n, run] = np.nanmean(np.linalg.norm(both, axis=1))
    assert (apart[0] - apart[1]).mean() > 100.0


def bank_at(burning: float) -> np.void:
    """Filters of one track, 10 s after it was seen to burn or not."""
    state = np.r_[SITE + ENU.T @ [-200e3, 500e3, 300e3], ENU.T @ [2500.0, 500.0, 800.0]]
    imm_state = np.zeros(1, IMM)[0]
    for k, n in ((COAST, 6), (BURN, 7)):
        f = imm_state["filters"][k]
        f[MEAN, :6] = state
        f[range(6), range(6)] = [300.0**2] * 3 + [20.0**2] * 3
        if n == 7:
            f[MEAN, :3] += 150.0
            f[MEAN, 6], f[6, 6] = 20.0, 100.0
    imm_state["probability"] = burning
    return imm_state


@pytest.mark.parametrize("burning", [0.0, 0.4])
def test_a_share_of_plots_is_the_mixture_over_whose_they_are(burning: float) -> None:
    """Bar-Shalom & Tse (1975): first two moments over the events that either plot, or none, is the track's."""
    rng, share = generator(3, "share"), np.array([0.5, 0.3])
    imm_state, true = bank_at(burning), np.array([-200e3, 500e3, 300e3])
    far = np.linalg.norm(true)
    z = np.array([far, math.atan2(true[0], true[1]), math.asin(true[2] / far)]) + rng.standard_normal((2, 3)) * SIGMA
    plots = packed(detections_at(np.zeros(2), z, np.arange(2)))
    assert plots.dtype == DETECTION and (plots["t_s"] == 0.0).all() and (plots["z"] == z).all()
    scratch = kernel_settings(TrackerSettings()).scratch
    events = [(0.2, imm_state.copy())]
    for k in range(2):
        one = imm_state.copy()
        update(one, plots[k], scratch.work)
        events.append((share[k], one))
    state, made = new_state(1, 2, 2), imm_state.copy()
    state.slots[0]["count"] = 2
    state.mine[0], state.share[0], state.scan[0] = np.arange(2), share, 0
    update_shared(plots, state, 0, 0, made, scratch)
    probability = sum(w * b["probability"] for w, b in events)
    assert made["probability"] == pytest.approx(probability, rel=1e-12)
    for k, n in ((COAST, 6), (BURN, 7)) if burning else ((COAST, 6),):
        chance = [w * abs((k == COAST) - b["probability"]) for w, b in events]
        parts, whole = [b["filters"][k] for _, b in events], made["filters"][k]
        means = np.array([f[MEAN, :n] for f in parts])
        mean = np.average(means, axis=0, weights=chance)
        spread = [f[:n, :n] + np.outer(m - mean, m - mean) for f, m in zip(parts, means, strict=True)]
        assert whole[MEAN, :n] == pytest.approx(mean, rel=1e-12)
        assert whole[:n, :n] == pytest.approx(np.average(spread, axis=0, weights=chance), rel=1e-6, abs=1e-3)


def test_an_unknown_rule_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"association.*did you mean 'jpda'"):
        TrackerSettings(association="jdpa")
