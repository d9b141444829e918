"""Interacting multiple models of two extended Kalman filters: free fall and a burning engine.

A bank is one array `b` (2, 8, 7): row COAST the filter of free fall, six states, row BURN that of the burning engine,
seven (see `kernels.filter`). In row MODE of the first, which its six states leave idle, stand the probability that the
engine burns, the time of the estimate, how surprising the latest plots were, and when it last burned more
likely than not.
Mixing gives the filter of the burning engine a thrust for the share that comes from free fall, where there is none to
mix: the stated prior. Once the engine is as good as certain to be out, its filter sleeps (probability 0) until free
fall no longer explains the plots, or an infrared plot shows a plume: most of a flight then costs a third. Sources:
Blom & Bar-Shalom (1988); Bar-Shalom, Li & Kirubarajan (2001), 11.6; Yuan et al., Multiple IMM estimation with unbiased
mixing for thrusting projectiles (2012).
"""

import math
from typing import NamedTuple

from trackfuse.kernels.filter import (
    AIR_RADIUS2,
    INFRARED,
    MEAN,
    PLOT,
    boost_step,
    coast_step,
    straightened,
    update6,
    update7,
)
from trackfuse.kernels.jit import njit

COAST, BURN = 0, 1
MODE, PROBABILITY, TIME, SURPRISE, BURNED = 6, 0, 1, 2, 3
GRID_S = 5.0
"""Every prediction stops at multiples of this, so that predicting on from such an instant gives the same bits."""
STEP_S = 1.0
"""Longest step in the air and under thrust."""
THRUST_MPS2, THRUST_SIGMA_MPS2 = 30.0, 20.0
"""Prior of the axial acceleration of an engine about which nothing is known yet."""
COLD_PLUME = 1e-3
"""Probability that an infrared plot comes from a cold engine, relative to a burning one."""
SURE = 0.9
"""Probability from which the engine is known to burn: what comes after may be the next stage's ignition."""
SLEEP, PAUSE_S = 0.02, 40.0
"""The filter of the burning engine is put to sleep once less likely than SLEEP, but not within PAUSE_S of burning."""
MEMORY, WAKE = 0.8, 30.0
"""Weight of older plots in the surprise (squared normalised innovation beyond its expectation), and where it wakes the
filter.
"""
WAKE_POSITION_M, WAKE_VELOCITY_MPS = 2000.0, 300.0
"""What free fall may have missed by then, an axis: about 15 s of 20 m/s^2."""
NEGLIGIBLE = 0.01
"""A model less likely than this does not enter the estimate handed on: it would widen it tenfold and move it
little.
"""


class Motion(NamedTuple):
    """What the models assume: densities of process noise, growth of thrust, drag, and rates of the engine's stopping
    and starting.
    """

    steering: float
    walk: float
    coast: float
    growth: float
    thin: float
    air_fraction: float
    stop_rate: float
    start_rate: float
    stage_rate: float


@njit
def copy(b, out):
    """Copy a bank; of a sleeping filter there is nothing to copy."""
    for k in range(2 if b[COAST, MODE, PROBABILITY] > 0.0 else 1):
        for i in range(8):
            for j in range(7):
                out[k, i, j] = b[k, i, j]


@njit
def mix(b, h, motion, room):
    """Mix the filters as the engine may have started or stopped within h seconds.

    For as long as stages take to follow each other the engine that stopped is likely to be followed by another.
    """
    mode, c, d, difference = b[COAST, MODE], b[COAST], b[BURN], room[7, 1]
    burning = mode[PROBABILITY]
    stop = 1.0 - math.exp(-h * motion.stop_rate)
    staging = (mode[TIME] - mode[BURNED]) * motion.stage_rate < 1.0
    start = 1.0 - math.exp(-h * (motion.stage_rate if staging else motion.start_rate))
    burn_next = burning * (1.0 - stop) + (1.0 - burning) * start
    from_burn = burning * stop / (1.0 - burn_next)
    from_coast = (1.0 - burning) * start / burn_next
    coast_pull, burn_pull = from_burn * (1.0 - from_burn), from_coast * (1.0 - from_coast)
    lack = THRUST_MPS2 - d[MEAN, 6]
    for i in range(6):
        difference[i] = d[MEAN, i] - c[MEAN, i]
    for i in range(6):
        c[MEAN, i] += from_burn * difference[i]
        d[MEAN, i] -= from_coast * difference[i]
        for j in range(6):
            between = difference[i] * difference[j]
            pc, pd = c[i, j], d[i, j]
            c[i, j] = pc + from_burn * (pd - pc) + coast_pull * between
            d[i, j] = pd + from_coast * (pc - pd) + burn_pull * between
        d[i, 6] = (1.0 - from_coast) * d[i, 6] - burn_pull * difference[i] * lack
        d[6, i] = d[i, 6]
    d[MEAN, 6] += from_coast * lack
    d[6, 6] += from_coast * (THRUST_SIGMA_MPS2 * THRUST_SIGMA_MPS2 - d[6, 6]) + burn_pull * lack * lack
    mode[PROBABILITY] = burn_next


@njit
def may_sleep(mode):
    """Whether the engine is out for good, as far as anybody can tell."""
    return mode[PROBABILITY] < SLEEP and mode[TIME] - mode[BURNED] > PAUSE_S


@njit
def predict(b, until, motion, room):
    """Predict a bank to the time `until`, s."""
    mode, c = b[COAST, MODE], b[COAST]
    while mode[TIME] < until:
        stop = min(until, (math.floor(mode[TIME] / GRID_S) + 1.0) * GRID_S)
        span = stop - mode[TIME]
        steps = max(1, math.ceil(span / STEP_S - 1e-9))
        if may_sleep(mode):
            mode[PROBABILITY] = 0.0
        if mode[PROBABILITY] > 0.0:
            mix(b, span, motion, room)
            for _ in range(steps):
                boost_step(b[BURN], span / steps, motion.steering, motion.walk, motion.growth, room)
        if motion.thin == 0.0 or c[MEAN, 0] ** 2 + c[MEAN, 1] ** 2 + c[MEAN, 2] ** 2 > AIR_RADIUS2:
            steps = 1
        for _ in range(steps):
            coast_step(c, span / steps, motion.coast, motion.thin, motion.air_fraction, room)
        mode[TIME] = stop


@njit
def wake(b):
    """Bring the filter of the burning engine back: from free fall, as uncertain as what that has missed."""
    for i in range(6):
        b[BURN, MEAN, i] = b[COAST, MEAN, i]
        for j in range(6):
            b[BURN, i, j] = b[COAST, i, j]
        b[BURN, i, i] += (WAKE_POSITION_M if i < 3 else WAKE_VELOCITY_MPS) ** 2
        b[BURN, i, 6] = 0.0
        b[BURN, 6, i] = 0.0
    b[BURN, MEAN, 6] = THRUST_MPS2
    b[BURN, 6, 6] = THRUST_SIGMA_MPS2 * THRUST_SIGMA_MPS2
    b[COAST, MODE, PROBABILITY], b[COAST, MODE, SURPRISE], b[COAST, MODE, BURNED] = 0.5, 0.0, b[COAST, MODE, TIME]


@njit
def update(b, plot, room):
    """Update a bank by a plot of its own time."""
    mode = b[COAST, MODE]
    if mode[PROBABILITY] == 0.0 and plot[INFRARED] != 0.0:
        wake(b)
    seen = room[11].reshape(-1)[:PLOT]
    straightened(b[COAST], plot, seen)
    coast_nis, coast_log = update6(b[COAST], seen, room)
    mode[SURPRISE] = MEMORY * mode[SURPRISE] + coast_nis - 3.0
    if mode[PROBABILITY] == 0.0:
        if mode[SURPRISE] > WAKE:
            wake(b)
        return
    straightened(b[BURN], plot, seen)
    _, burn_log = update7(b[BURN], seen, room)
    odds = (1.0 / mode[PROBABILITY] - 1.0) * math.exp(min(max(coast_log - burn_log, -300.0), 300.0))
    if plot[INFRARED] != 0.0:
        odds *= COLD_PLUME
    # Never certain that it burns: free fall could not come back.
    burning = min(max(1.0 / (1.0 + odds), 1e-12), 1.0 - 1e-12)
    if burning > SURE:
        mode[BURNED] = mode[TIME]
    mode[PROBABILITY] = burning
    if may_sleep(mode):
        mode[PROBABILITY] = 0.0


@njit
def combine(b, mean, covariance):
    """Write the mean (6,) and covariance (6, 6) of the mixture of the two filters, or of one where the other is
    negligible.
    """
    burning = b[COAST, MODE, PROBABILITY]
    if burning < NEGLIGIBLE:
        burning = 0.0
    elif burning > 1.0 - NEGLIGIBLE:
        burning = 1.0
    c, d = b[COAST], b[BURN]
    # A sleeping filter holds nothing that may be read, not even times zero.
    if burning == 0.0:
        d = c
    for i in range(6):
        di = d[MEAN, i] - c[MEAN, i]
        mean[i] = c[MEAN, i] + burning * di
        for j in range(6):
            spread = burning * (1.0 - burning) * di * (d[MEAN, j] - c[MEAN, j])
            covariance[i, j] = c[i, j] + burning * (d[i, j] - c[i, j]) + spread


@njit
def healthy(f, n):
    """Whether a filter's numbers are finite and its variances positive."""
    good = True
    for i in range(n):
        good = good and math.isfinite(f[MEAN, i]) and f[i, i] > 0.0 and math.isfinite(f[i, i])
    return good
