"""One filter for a whole flight: [r, v, a] of `kernels.filter`, the axial acceleration a estimated all along, by
gradients or by points. No model of free fall takes over, so that a is what tells a burning engine from drag.
"""

import math

import numpy as np

from trackfuse.kernels.filter import MEAN, ROOM, boost_step, compensated, update7
from trackfuse.kernels.filters_only import point_move, point_room, point_update
from trackfuse.kernels.imm import GRID_S, STEP_S, steered
from trackfuse.kernels.jit import njit


@njit
def piece(now, until):
    """End of the next piece of a prediction, and into how many steps it is cut: as `imm.predict` does."""
    stop = min(until, (math.floor(now / GRID_S) + 1.0) * GRID_S)
    return stop, max(1, math.ceil((stop - now) / STEP_S - 1e-9))


@njit
def carry_by_gradients(held, until, motion):
    """Predict a track to the time `until`, s."""
    f, room = held.filter, np.zeros((ROOM, 9, 9))
    while held.time < until:
        stop, steps = piece(held.time, until)
        h = (stop - held.time) / steps
        for k in range(steps):
            steering = steered(motion, held.time + (k + 0.5) * h - held.seen)
            boost_step(f, h, steering, motion.walk, motion.growth, room)
        held.time = stop


@njit
def carry_by_points(held, until, motion):
    """The same by points; the noise of a step is that of `boost_step`."""
    f, room, noise = held.filter, np.zeros((ROOM, 9, 9)), np.empty((8, 7))
    points, _, root, _ = point_room(7)
    while held.time < until:
        stop, steps = piece(held.time, until)
        h = (stop - held.time) / steps
        for k in range(steps):
            steering = steered(motion, held.time + (k + 0.5) * h - held.seen)
            noise[:MEAN] = 0.0
            noise[MEAN] = f[MEAN]
            boost_step(noise, h, steering, motion.walk, motion.growth, room)
            if not point_move(f, 7, h, motion, points, root):
                held.good = False
            for i in range(7):
                for j in range(7):
                    f[i, j] += noise[i, j]
        held.time = stop


@njit
def take_by_gradients(held, plot):
    """Update a track by a plot of its own time."""
    update7(held.filter, plot, compensated(held.filter, plot), np.zeros((ROOM, 9, 9)))
    held.seen = plot.t_s


@njit
def take_by_points(held, plot):
    """The same by points, which see a measurement's curvature themselves."""
    points, seen, root, work = point_room(7)
    _, good = point_update(held.filter, 7, plot, points, seen, root, work)
    if not good:
        held.good = False
    held.seen = plot.t_s
