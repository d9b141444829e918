"""Cross-covariance of two nodes' own tracks that share nothing but the target's process noise.

What a report contains is enough: of two covariances of one track, a cycle apart, the later is the earlier predicted,
times the response of the error to its past, so P+ = L P- gives L. Errors of two tracks respond each by its own L to the
same process noise: C+ = L1 (F C F' + Q) L2' (Bar-Shalom 1981). Detections within a cycle count as taken at its end.
"""

from typing import NamedTuple

import numpy as np

from trackfuse.kernels.filter import MEAN, add_axial, add_white, free_transition
from trackfuse.kernels.fusion_rules import copy_matrix, times, times_transposed
from trackfuse.kernels.imm import Motion
from trackfuse.kernels.information import inverse
from trackfuse.kernels.jit import njit
from trackfuse.kernels.node_state import TrackArrays


class CrossInput(NamedTuple):
    """Own tracks of N nodes at J cycles, their covariances those due to noise, and arrays to work in."""

    tracks: TrackArrays
    cycles: np.ndarray  # (J,), s
    motion: Motion
    noise: np.ndarray  # (8, 7)
    w: np.ndarray  # (WORK, 6, 6)


class Side(NamedTuple):
    """One of two tracks in a cycle."""

    node: int
    about: int  # cycle of the mean about which its motion is taken
    updates: bool  # whether it takes in its detections of the cycle, or is predicted without


@njit
def process_noise(f, mean, boosting, h, motion):
    """Write the process noise of `h` seconds into the covariance of `f`: steering and throttling as likely as the
    engine burns.
    """
    for i in range(6):
        f[MEAN, i] = mean[i]
        for j in range(6):
            f[i, j] = 0.0
    add_white(f, h, motion.coast_psd + boosting * motion.steering_psd)
    if boosting > 0.0:
        s = (mean[0], mean[1], mean[2], mean[3], mean[4], mean[5])
        psd = boosting * motion.thrust_psd
        add_axial(f, s, psd * h**5 / 20.0, psd * h**4 / 8.0, psd * h**3 / 3.0)


@njit
def predict_cross(a, phi, q, w):
    """a <- phi a phi' + q."""
    times(phi, a, w[8])
    times_transposed(w[8], phi, a)
    for i in range(6):
        for j in range(6):
            a[i, j] += q[i, j]


@njit
def respond(before, after, phi, q, response, w):
    """Write the response of a track's error to its past over a cycle: the identity, of nothing learned, where it cannot
    be had.
    """
    copy_matrix(before, w[9])
    predict_cross(w[9], phi, q, w)
    if inverse(w[9], w[10], w[3]):
        times(after, w[10], response)
        return
    for i in range(6):
        for j in range(6):
            response[i, j] = 1.0 if i == j else 0.0


@njit
def cycle_step(cross, one, two, j, given):
    """Predict and update the cross-covariance of two tracks (`one` and `two` a Side) from cycle j - 1 to cycle j, in
    place.
    """
    (mean, covariance, _, boosting, _), noise, w = given.tracks, given.noise, given.w
    h, s = given.cycles[j] - given.cycles[j - 1], w[15, 0]
    for i in range(6):
        s[i] = 0.5 * (mean[one.node, one.about, i] + mean[two.node, two.about, i])
    burning = 0.5 * (boosting[one.node, one.about] + boosting[two.node, two.about])
    process_noise(noise, s, burning, h, given.motion)
    half = 0.5 * h
    free_transition(s[0] + half * s[3], s[1] + half * s[4], s[2] + half * s[5], h, w[11], w[12])
    predict_cross(cross, w[11], noise, w)
    if one.updates:
        respond(covariance[one.node, j - 1], covariance[one.node, j], w[11], noise, w[13], w)
        times(w[13], cross, w[8])
        copy_matrix(w[8], cross)
    if two.updates:
        respond(covariance[two.node, j - 1], covariance[two.node, j], w[11], noise, w[13], w)
        times_transposed(cross, w[13], w[8])
        copy_matrix(w[8], cross)


@njit
def cross_all(given, crossed):
    """Write the cross-covariance of every two nodes' own tracks at every cycle into `crossed` (N, N, J, 6, 6)."""
    status, c = given.tracks.status, given.w[14]
    nodes, count = status.shape
    for o in range(nodes):
        for m in range(o + 1, nodes):
            c[:] = 0.0
            for j in range(1, count):
                alive = status[o, j] == 1 and status[m, j] == 1 and status[o, j - 1] == 1 and status[m, j - 1] == 1
                if alive:
                    cycle_step(c, Side(o, j - 1, alive), Side(m, j - 1, alive), j, given)
                else:
                    c[:] = 0.0
                for i in range(6):
                    for k in range(6):
                        crossed[o, m, j, i, k] = c[i, k]
                        crossed[m, o, j, k, i] = c[i, k]


@njit
def cross_at(one, two, j, crossed, given, out):
    """Write the cross-covariance of two tracks at cycle j, each (node, cycle of its report)."""
    (o, ko), (m, km), status = one, two, given.tracks.status
    least = min(ko, km)
    copy_matrix(crossed[o, m, least], out)
    for t in range(least + 1, j + 1):
        # About the reports' own means, however old: gravity's gradient hardly changes.
        side_o = Side(o, min(t - 1, ko), t <= ko and status[o, t - 1] == 1 and status[o, t] == 1)
        side_m = Side(m, min(t - 1, km), t <= km and status[m, t - 1] == 1 and status[m, t] == 1)
        cycle_step(out, side_o, side_m, t, given)
