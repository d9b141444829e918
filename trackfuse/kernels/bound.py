"""State-transition matrices along a known flight, and what process noise leaves of information: what bounds on tracking
accuracy need.
"""

import math

import numpy as np

from trackfuse.core.constants import EARTH_RATE_RADPS as W
from trackfuse.kernels.gravity import position_gradient
from trackfuse.kernels.jit import njit

LONGEST_STEP_S = 5.0
TINY, ROUNDING = 1e-300, 1e-14
"""What keeps a division by no information finite, and the share of information that rounding leaves where there is
none.
"""


@njit
def _position(grid, position, velocity, t, left, out):
    """Cubic Hermite interpolation of a flight at `t`, between the grid's points `left` and `left` + 1."""
    h = grid[left + 1] - grid[left]
    u = (t - grid[left]) / h
    for i in range(3):
        p0, p1 = position[left, i], position[left + 1, i]
        m0, m1 = h * velocity[left, i], h * velocity[left + 1, i]
        out[i] = p0 + u * (m0 + u * (3.0 * (p1 - p0) - 2.0 * m0 - m1 + u * (2.0 * (p0 - p1) + m0 + m1)))


@njit
def _rate(gradient, phi, out):
    """d(phi)/dt of the variational equations in the rotating frame."""
    for j in range(6):
        for i in range(3):
            out[i, j] = phi[3 + i, j]
            out[3 + i, j] = gradient[i, 0] * phi[0, j] + gradient[i, 1] * phi[1, j] + gradient[i, 2] * phi[2, j]
        out[3, j] += 2.0 * W * phi[4, j]
        out[4, j] -= 2.0 * W * phi[3, j]


@njit
def transitions(grid, position, velocity, times, out):
    """Write the transition matrices from lift-off to the rising `times` (m,) into `out` (m, 6, 6).

    grid (n,), position and velocity (n, 3): the flight. Thrust and drag count as known functions of time, so that only
    gravity and the rotation of the Earth enter. Runge-Kutta of fourth order in steps of at most 5 s.
    """
    phi = np.eye(6)
    g0, g1, g2 = np.empty((3, 3)), np.empty((3, 3)), np.empty((3, 3))
    k1, k2, k3, k4, trial = np.empty((6, 6)), np.empty((6, 6)), np.empty((6, 6)), np.empty((6, 6)), np.empty((6, 6))
    r = np.empty(3)
    now, left = 0.0, 0
    for m in range(times.shape[0]):
        steps = int(np.ceil((times[m] - now) / LONGEST_STEP_S - 1e-12))
        h = (times[m] - now) / max(steps, 1)
        for _ in range(steps):
            for g, at in ((g0, now), (g1, now + 0.5 * h), (g2, now + h)):
                while left < grid.shape[0] - 2 and grid[left + 1] < at:
                    left += 1
                while left > 0 and grid[left] > at:
                    left -= 1
                _position(grid, position, velocity, at, left, r)
                position_gradient(r[0], r[1], r[2], g)
            _rate(g0, phi, k1)
            trial[:] = phi + 0.5 * h * k1
            _rate(g1, trial, k2)
            trial[:] = phi + 0.5 * h * k2
            _rate(g1, trial, k3)
            trial[:] = phi + h * k3
            _rate(g2, trial, k4)
            phi += h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
            now += h
        now = times[m]
        out[m] = phi


@njit
def _add_noise(information, noise):
    """Information after process noise, written over that before it: (J^-1 + Q)^-1, for any Q and J.

    By a root of J, R'R, as R' (1 + R Q R')^-1 R: however little the noise leaves, rounding cannot make it negative.
    """
    size = information.shape[0]
    scale = np.empty(size)
    for i in range(size):
        scale[i] = math.sqrt(max(information[i, i], TINY))
    value, vector = np.linalg.eigh(information / (scale.reshape(-1, 1) * scale))
    root = vector.T * scale
    for i in range(size):
        root[i] *= math.sqrt(value[i]) if value[i] > ROUNDING else 0.0
    information[:] = root.T @ np.linalg.solve(np.eye(size) + root @ noise @ root.T, root)
    information[:] = 0.5 * (information + information.T)


@njit
def noisy(pieces, received, noise_at, cycles, noise_cycle, first, out):
    """Write the information at every cycle (J, k, k) from what was received by then.

    pieces (m, k, k), in order of measurement; received (m,); noise_at (m, k, k) and noise_cycle (J, k, k): process
    noise up to the measurements and cycles, all of it and the information brought back to one instant; first (k, k):
    what is known beforehand. What has come without a gap is added once, what has come before its turn at every cycle
    anew.
    """
    complete, now, passed, since = first.copy(), np.empty_like(first), np.zeros_like(first), np.empty_like(first)
    done = 0
    for j in range(cycles.shape[0]):
        while done < pieces.shape[0] and (received[done] <= cycles[j] or received[done] == np.inf):
            if received[done] <= cycles[j]:
                _add_noise(complete, noise_at[done] - passed)
                complete += pieces[done]
                passed[:] = noise_at[done]
            done += 1
        now[:], since[:] = complete, passed
        for k in range(done, pieces.shape[0]):
            if received[k] <= cycles[j]:
                _add_noise(now, noise_at[k] - since)
                now += pieces[k]
                since[:] = noise_at[k]
        _add_noise(now, noise_cycle[j] - since)
        out[j] = now
