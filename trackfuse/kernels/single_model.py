"""One filter for a whole flight: [r, v, a] of `kernels.filter`, the axial acceleration a estimated all along, by
gradients or by points. No model of free fall takes over, so that a is what tells a burning engine from drag.
"""

import numpy as np

from trackfuse.kernels.filter import MEAN, SCRATCH, compensated, update7
from trackfuse.kernels.filters_only import point_move, point_room, point_update
from trackfuse.kernels.imm import BURN, STEP_S, filter_step, next_stop, steps_within
from trackfuse.kernels.jit import njit


@njit
def predict(track, until, motion, by_points):
    """Predict a track to the time `until`, s: by gradients, or by points with the noise of a step by gradients."""
    f, scratch, noise = track.filter, np.zeros((SCRATCH, 9, 9)), np.empty((8, 7))
    points, _, root, _ = point_room(7)
    while track.time < until:
        stop = next_stop(track.time, until)
        steps = steps_within(stop - track.time, STEP_S)
        h = (stop - track.time) / steps
        for k in range(steps):
            unseen = track.time + (k + 0.5) * h - track.seen
            if not by_points:
                filter_step(BURN, f, h, motion, unseen, scratch)
                continue
            noise[:MEAN] = 0.0
            noise[MEAN] = f[MEAN]
            filter_step(BURN, noise, h, motion, unseen, scratch)
            if not point_move(f, 7, h, motion, points, root):
                track.good = False
            for i in range(7):
                for j in range(7):
                    f[i, j] += noise[i, j]
        track.time = stop


@njit
def update(track, plot, by_points):
    """Update a track by a detection of its own time. Points see a measurement's curvature themselves."""
    track.seen = plot.t_s
    if not by_points:
        update7(track.filter, plot, compensated(track.filter, plot), np.zeros((SCRATCH, 9, 9)))
        return
    points, seen, root, work = point_room(7)
    _, good = point_update(track.filter, 7, plot, points, seen, root, work)
    if not good:
        track.good = False
