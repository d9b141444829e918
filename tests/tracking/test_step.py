"""The compiled step, fed as a node at work feeds it: state in, state out, and nothing known but what was received."""

from dataclasses import replace

import numpy as np
import pytest

from trackfuse.core.rng import generator
from trackfuse.tracking import TrackerSettings, track
from trackfuse.tracking.tracks import ARRAYS

from .conftest import LiveNode

CYCLES = np.arange(50.0, 260.0, 5.0)


@pytest.fixture(scope="module")
def case(pair):
    """Detections of two objects and of none, and when the node has each: many late, some never, no two at once."""
    rng = generator(5, "step")
    detections = pair({"west": 2.0, "ship": 3.0}, infrared_every=15.0).detections(rng, until=250.0)
    stray = np.arange(30, len(detections), 15)
    z = detections.z.copy()
    z[stray, 1] += rng.uniform(0.3, 1.0, len(stray))
    truth = detections.truth.copy()
    truth[stray] = -1
    received = detections.t_s + rng.lognormal(0.7, 1.0, len(detections))
    received[rng.random(len(detections)) < 0.1] = np.inf
    assert len(np.unique(received[np.isfinite(received)])) == np.isfinite(received).sum()
    assert (np.diff(received[np.isfinite(received)]) < 0.0).sum() > 80
    return replace(detections, z=z, truth=truth), received


def same(tracks, whole):
    for name in ARRAYS:
        assert np.array_equal(getattr(tracks, name), getattr(whole, name), equal_nan=True), name


def assigned(node, order, count):
    """Track of each of the detections, of which the node has had `order`, in that order."""
    out = np.full(count, -1)
    for k, (_, rows) in enumerate(node.found()):
        out[order[rows]] = k
    return out


def in_order_of_reception(received, until):
    there = np.flatnonzero(received <= until)
    return there[np.argsort(received[there])]


def test_one_at_a_time_is_all_at_once_where_objects_are_known(case):
    """A step for each detection, in order of reception, in arrays that grow: the same bits at every cycle, and the
    detections themselves lie there in no order of measurement.
    """
    detections, received = case
    settings = TrackerSettings(association="known")
    whole = track(detections, received[:, None], CYCLES, settings)
    node, order = LiveNode(settings, len(CYCLES), objects=2), in_order_of_reception(received, CYCLES[-1])
    for j, t in enumerate(CYCLES):
        before = CYCLES[j - 1] if j else -np.inf
        for k in order[(received[order] > before) & (received[order] <= t)]:
            node.step(node.receive(detections.select(np.array([k]))), float(received[k]))
        node.report(t, j)
    assert (np.diff(node.plots["t_s"][: node.count]) < 0.0).sum() > 80
    assert (whole.tracks.status == 1).sum() > 60
    same(node.tracks(), whole.tracks)
    used = received <= CYCLES[-1]
    np.testing.assert_array_equal(assigned(node, order, len(received))[used], whole.assigned[used, 0])


@pytest.mark.parametrize("association", ["gnn", "jpda"])
@pytest.mark.parametrize("each", ["cycle", "detection"])
def test_what_is_associated_as_it_comes_is_what_is_associated_of_a_whole(case, association, each):
    """A step a cycle, or a step (and a cycle) a detection: the same tracks to the bit, of the same detections."""
    detections, received = case
    order = in_order_of_reception(received, CYCLES[-1])
    cycles = CYCLES if each == "cycle" else received[order]
    settings = TrackerSettings(association=association)
    whole = track(detections, received[:, None], cycles, settings)
    node, arrived = LiveNode(settings, len(cycles)), np.searchsorted(cycles, received[order])
    for j, t in enumerate(cycles):
        node.step(node.receive(detections.select(order[arrived == j])), t)
        node.report(t, j)
    assert len(whole.tracks.node) == 2
    assert (whole.tracks.status == 1).sum() > 0.7 * whole.tracks.status.size
    same(node.tracks(), whole.tracks)
    if association == "gnn":
        # Rows within a cycle were appended in order of reception.
        np.testing.assert_array_equal(assigned(node, order, len(received)), whole.assigned[:, 0])


@pytest.mark.parametrize("association", ["known", "gnn"])
@pytest.mark.parametrize("garbage", ["no number", "other detections"])
def test_it_never_looks_ahead(case, association, garbage):
    """What was not received yet may be anything at all: rows of no number, or of what was never measured."""
    detections, received = case
    settings = TrackerSettings(association=association)
    whole = track(detections, received[:, None], CYCLES, settings)
    node = LiveNode(settings, len(CYCLES), objects=2 if association == "known" else 0)
    node.plots, node.sensor, node.truth = node.garbage(len(received))
    if garbage == "other detections":
        rng = generator(6, "garbage")
        z = detections.z + [1e4, 0.05, 0.05, 0.0] * rng.standard_normal((len(received), 4))
        wrong = replace(detections, z=z, truth=rng.integers(0, 2, len(received)), t_s=rng.permutation(detections.t_s))
        node.write(np.arange(len(received)), wrong)
    # Ties in order of measurement as `track` breaks them: by what was measured.
    order = np.lexsort((*detections.z[:, 2::-1].T, detections.t_s))
    for j, t in enumerate(CYCLES):
        now = (received[order] <= t) & (received[order] > (CYCLES[j - 1] if j else -np.inf))
        node.write(np.flatnonzero(now), detections.select(order[now]))
        node.step(np.flatnonzero(now), t)
        node.report(t, j)
    same(node.tracks(), whole.tracks)
