"""Targets that follow each other where the radar looks as often as they are launched, and targets side by side."""

import math

import numpy as np
import pytest

from trackfuse.core.rng import generator
from trackfuse.kernels.filter import MEAN, SCRATCH
from trackfuse.kernels.node_state import NodeState, give, new_state
from trackfuse.kernels.records import DETECTION
from trackfuse.kernels.tentative import MOST, in_common, keep_best, open_tentative, radar_detections
from trackfuse.kernels.track_clusters import Clusters, Items, OwnTracks, Receiver, Reports, States, take_in
from trackfuse.tracking import TrackerSettings, track
from trackfuse.tracking.packing import motion_of

from .test_crossing import CYCLES, ENU, PD, SIGMA, SITE, T_S, detections_at, fall

RUNS, COUNT, FIRST = 20, 4, 5
"""The first target is seen from the look number FIRST on, each of the others one look later."""


def one_after_another() -> np.ndarray:
    """Positions (4, n, 3): each is at every look where the one before it was at the look before."""
    path = fall(np.array([-200e3, 500e3, 300e3]), np.array([2500.0, 500.0, 800.0]))
    return np.stack([np.roll(path, k, axis=0) for k in range(COUNT)])


def side_by_side() -> np.ndarray:
    """Positions (4, n, 3): 3 km between neighbours, five times what the radar is wrong by across its sight."""
    place, velocity = np.array([-200e3, 500e3, 300e3]), np.array([2500.0, 500.0, 800.0])
    return np.stack([fall(place + [0.0, 0.0, 3e3 * k], velocity) for k in range(COUNT)])


@pytest.mark.parametrize("association", ["gnn", "jpda"])
@pytest.mark.parametrize("truth", [one_after_another(), side_by_side()], ids=["in line", "side by side"])
def test_every_target_has_one_track_and_keeps_it(truth: np.ndarray, association: str) -> None:
    """Twenty runs of four targets that a radar misses now and then. A chain of detections of different targets in line
    stands still and is as long as there are targets; yet there is about a track a target, and few detections are in
    another's. Tracks are 4.0 a run in line and 4.4 side by side, deviating by 0.7; detections in another's track one
    to two in a hundred, deviating by two: means of twenty runs lie above the bounds with probabilities below 1e-4.
    """
    east, north, up = np.moveaxis((truth - SITE) @ ENU.T, -1, 0)
    far = np.linalg.norm(truth - SITE, axis=2)
    true = np.stack([far, np.arctan2(east, north), np.arcsin(up / far)], axis=2)
    count, wrong = np.zeros(RUNS), np.zeros(RUNS)
    for run in range(RUNS):
        rng = generator(run, "salvo")
        seen = [(i, k) for i in range(FIRST, len(T_S)) for k in range(COUNT) if i >= FIRST + k and rng.random() < PD]
        z = np.array([true[k, i] + SIGMA * rng.standard_normal(3) for i, k in seen])
        t, of = np.array([T_S[i] for i, _ in seen]), np.array([k for _, k in seen])
        given = detections_at(t, z, np.zeros(len(t), dtype=int))
        found = track(given, t[:, None], CYCLES, TrackerSettings(association=association))
        whose = [np.bincount(of[found.assigned[:, 0] == k], minlength=COUNT) for k in range(len(found.tracks.node))]
        count[run] = len(whose)
        wrong[run] = 1.0 - sum(each.max() for each in whose) / sum(each.sum() for each in whose)
    assert (count >= COUNT).all()
    assert count.mean() <= 5.0
    assert wrong.mean() <= 0.04


def lists(rng: np.random.Generator, tracks: int) -> tuple[np.ndarray, NodeState, list[set[int]]]:
    """Plots of a radar and an infrared sensor, a node's state with tentative tracks of them, and their lists."""
    plots = np.zeros(40, DETECTION)
    plots["t_s"], plots["infrared"] = np.sort(rng.uniform(0.0, 30.0, 40)), rng.random(40) < 0.2
    plots["z"] = rng.uniform(0.0, 1.0, (40, 3))
    state, held = new_state(tracks, 41, 4), []
    for _ in range(tracks):
        k = open_tentative(state)
        rows = rng.choice(40, rng.integers(1, 12), replace=False)
        for row in rows:
            give(plots, state, k, row, 1.0, 0)
        held.append(set(rows.tolist()))
    return plots, state, held


def test_what_tracks_have_in_common_is_the_intersection() -> None:
    plots, state, held = lists(generator(3, "lists"), 12)
    radar = {row for row in range(40) if not plots["infrared"][row]}
    for a in range(12):
        assert radar_detections(plots, state, a) == len(held[a] & radar)
        for b in range(12):
            assert in_common(plots, state, a, b) == len(held[a] & held[b] & radar)


def test_a_node_keeps_the_longest_tentative_tracks() -> None:
    plots, state, held = lists(generator(4, "lists"), MOST + 30)
    radar = {row for row in range(40) if not plots["infrared"][row]}
    keep_best(plots, state)
    kept = [len(each & radar) for each, slot in zip(held, state.slots, strict=True) if slot.open]
    gone = [len(each & radar) for each, slot in zip(held, state.slots, strict=True) if not slot.open]
    assert (len(kept), len(gone)) == (MOST, 30)
    assert min(kept) >= max(gone)


def test_items_of_one_instant_are_averaged() -> None:
    """Of n reports of one state at (nearly) one instant the filtered items are the mean, their variance an n-th."""
    count, rng = 7, generator(5, "items")
    offset = rng.standard_normal((1, count, 6)) * np.r_[np.full(3, 5e3), np.full(3, 50.0)]
    floor = np.stack([np.zeros(6), np.r_[np.full(3, 5e3), np.full(3, 50.0)] ** 2])
    state, motion = np.r_[7.0e6, 1.0e5, 2.0e6, 100.0, 2000.0, 500.0], motion_of(TrackerSettings())
    own = OwnTracks(np.array([0, 1]), np.zeros(1, np.int64), np.tile(state, (1, count, 1)),
                    np.zeros((1, count, 6, 6)), np.ones((1, count), np.int64), np.zeros((1, count)))  # fmt: skip
    one = np.zeros(1, np.int64)
    reports = Reports(1e-12 * np.arange(count), offset, floor, one.copy(), one.copy(), one.copy())
    items = Items(np.zeros((1, 8, 7)), np.full(1, -1), np.empty(6))
    states = States(np.zeros((1, 8, 7)), one.copy(), np.empty((6, 6)), np.empty((SCRATCH, 9, 9)), motion)
    receiver = Receiver(1, 30.0, own, reports, items, states, Clusters(*[np.zeros(1)] * len(Clusters._fields)))
    for k in range(count):
        take_in.py_func(0, k, receiver)
    assert items.f[0, MEAN, :6] == pytest.approx(state + offset[0].mean(axis=0), rel=1e-12)
    assert np.diag(items.f[0, :6, :6]) == pytest.approx(floor[1] / count, rel=1e-12)
    assert math.isclose(items.cycle[0], count - 1)
