"""One filter for a whole flight: [r, v, a] of `kernels.filter`, the axial acceleration a estimated all along, by
gradients or by points. No model of free fall takes over, so that a is what tells a burning engine from drag.

Such a track is one array (9, 7): a filter in its first eight rows; in row AT the time of the estimate, that of the
newest plot, and 1 while the points can be drawn.
"""

import math

import numpy as np

from trackfuse.kernels.filter import MEAN, PLOT, ROOM, T, boost_step, straightened, update7
from trackfuse.kernels.imm import GRID_S, STEP_S, steered
from trackfuse.kernels.jit import njit
from trackfuse.kernels.single import point_move, point_room, point_update

AT, TIME, SEEN, GOOD = 8, 0, 1, 2


@njit
def piece(now, until):
    """End of the next piece of a prediction, and into how many steps it is cut: as `imm.predict` does."""
    stop = min(until, (math.floor(now / GRID_S) + 1.0) * GRID_S)
    return stop, max(1, math.ceil((stop - now) / STEP_S - 1e-9))


@njit
def carry_by_gradients(held, until, motion):
    """Predict a track to the time `until`, s."""
    at, room = held[AT], np.zeros((ROOM, 9, 9))
    while at[TIME] < until:
        stop, steps = piece(at[TIME], until)
        h = (stop - at[TIME]) / steps
        for k in range(steps):
            steering = steered(motion, at[TIME] + (k + 0.5) * h - at[SEEN])
            boost_step(held, h, steering, motion.walk, motion.growth, room)
        at[TIME] = stop


@njit
def carry_by_points(held, until, motion):
    """The same by points; the noise of a step is that of `boost_step`."""
    at, room, noise = held[AT], np.zeros((ROOM, 9, 9)), np.empty((8, 7))
    points, _, root, _ = point_room(7)
    while at[TIME] < until:
        stop, steps = piece(at[TIME], until)
        h = (stop - at[TIME]) / steps
        for k in range(steps):
            steering = steered(motion, at[TIME] + (k + 0.5) * h - at[SEEN])
            noise[:MEAN] = 0.0
            noise[MEAN] = held[MEAN]
            boost_step(noise, h, steering, motion.walk, motion.growth, room)
            if not point_move(held, 7, h, motion, points, root):
                at[GOOD] = 0.0
            for i in range(7):
                for j in range(7):
                    held[i, j] += noise[i, j]
        at[TIME] = stop


@njit
def take_by_gradients(held, plot):
    """Update a track by a plot of its own time."""
    seen = np.empty(PLOT)
    straightened(held, plot, seen)
    update7(held, seen, np.zeros((ROOM, 9, 9)))
    held[AT, SEEN] = plot[T]


@njit
def take_by_points(held, plot):
    """The same by points, which see a measurement's curvature themselves."""
    points, seen, root, work = point_room(7)
    _, good = point_update(held, 7, plot, points, seen, root, work)
    if not good:
        held[AT, GOOD] = 0.0
    held[AT, SEEN] = plot[T]
