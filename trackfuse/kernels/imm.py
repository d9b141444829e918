"""Interacting multiple models of three extended Kalman filters: free fall, a burning engine, and re-entry.

A state `b` is one record (see IMM): the filter of free fall has six states, that of the burning engine and that of a
body whose drag is estimated seven each (see `kernels.filter`). Mixing gives the filter of the burning engine a thrust
for the share that comes from free fall, where there is none to mix: the stated prior. Once the engine is as good as
certain to be out, its filter sleeps (probability 0) until free fall no longer explains the detections, or an infrared
one shows a plume: most of a flight then costs a third. The filter of re-entry is awake while a target that had left the
air comes down through it and the engine's filter sleeps, so that two are awake at most; what never left it may steer by
it, and is left to the filter of free fall. Both that are awake then know drag: that of free fall assumes it, with as
much again in any direction as noise (what glides, what tumbles), that of re-entry learns it. Sources: Blom & Bar-Shalom
(1988); Bar-Shalom, Li & Kirubarajan (2001), 11.6; Yuan et al., Multiple IMM estimation with unbiased mixing for
thrusting projectiles (2012).
"""

import math
from typing import NamedTuple

from trackfuse.core.constants import MU_M3PS2
from trackfuse.kernels.filter import (
    AIR_RADIUS2,
    MEAN,
    TAIL,
    boost_step,
    coast_step,
    compensated,
    copy_filter,
    reentry_step,
    update6,
    update7,
)
from trackfuse.kernels.jit import njit
from trackfuse.kernels.measurement import has_rate

COAST, BURN, ENTRY, FILTERS = 0, 1, 2, 3
GRID_S = 5.0
"""Every prediction stops at multiples of this, so that predicting on from such an instant gives the same bits."""
STEP_S = 1.0
"""Longest step in the air and under thrust."""
THRUST_MPS2, THRUST_SIGMA_MPS2 = 30.0, 20.0
"""Prior of the axial acceleration of an engine about which nothing is known yet."""
DRAG_SIGMA = 0.7
"""Prior of the logarithm of drag over that assumed: ballistic coefficients from 1,000 to 15,000 kg/m^2 lie within two
of it of 5,000.
"""
DRAG_PSD = 1e-3
"""Its random walk, 1/s: the drag coefficient changes by some 20 % through the air, with Mach number and attitude."""
ENTRY_FRACTION = 0.1
"""Unknown acceleration of what re-enters steadily, in any direction, as a share of drag."""
ENTER_S, LEAVE_S = 20.0, 20.0
"""Mean times from free fall to steady re-entry in the air, and back."""
LEFT_RADIUS2 = (6371e3 + 80e3) ** 2
"""Square of the geocentric distance from which a target has left the air: it carries no wings worth having there."""
STEERED_S = 4.0
"""Steering counts as white between looks so far apart, about what radars take; unseen for longer it may go on in one
direction, and its noise grows as a constant push makes it: of the settings' 4 m^2/s^3 that is 0.7 m/s^2, of the 400
of satellites' last stages 7.
"""
COLD_PLUME = 1e-3
"""Probability that an infrared plot comes from a cold engine, relative to a burning one."""
SURE = 0.9
"""Probability from which the engine is known to burn: what comes after may be the next stage's ignition."""
SLEEP, PAUSE_S = 0.02, 40.0
"""The filter of the burning engine is put to sleep once less likely than SLEEP, but not within PAUSE_S of burning."""
MEMORY, WAKE = 0.8, 45.0
"""Weight of older plots in the surprise (squared normalised innovation beyond its expectation), and where it wakes the
filter. A plot of a steady fall does so once in a hundred million; at 30 it is three in a million, and one long flight
in a hundred loses a tenth of its accuracy.
"""
WAKE_POSITION_M, WAKE_VELOCITY_MPS = 2000.0, 300.0
"""What free fall may have missed by then, an axis: about 15 s of 20 m/s^2."""
NEGLIGIBLE = 0.01
"""A model less likely than this does not enter the estimate handed on: it would widen it tenfold and move it
little.
"""
FALL_TIME_S = 1000.0
"""Correlation time that turns the curvature of gravity into white noise: about as long as a track falls unseen."""
FARTHEST_M2 = 1e10
"""Position variance beyond which that grows no further: such a track is given up, and would feed upon itself."""


class Motion(NamedTuple):
    """What the models assume of a target."""

    steering_psd: float  # white acceleration while the engine burns, m^2/s^3 an axis
    thrust_psd: float  # random walk of the axial acceleration, m^2/s^5
    coast_psd: float  # white acceleration in free fall, m^2/s^3 an axis
    inverse_exhaust_speed: float  # s/m, by which thrust grows; 0: constant
    inverse_ballistic_coefficient: float  # m^2/kg; 0: no drag
    air_fraction: float  # unknown aerodynamic acceleration, as a share of drag
    stop_rate: float  # 1/s, of an engine that burns
    start_rate: float  # 1/s, of an engine that is out
    stage_rate: float  # 1/s, of the next stage's ignition after a cut-off


@njit
def curved(f):
    """Density (m^2/s^3) of the white acceleration that stands for what a linear prediction leaves out of gravity.

    Its gradient changes over the spread of the position: by 3 mu / r^4 times the squared error, in some direction, for
    as long as the fall goes on. Nothing for a track that knows its place to a kilometre; what has fallen unseen for a
    quarter of an hour would else be sure of ten metres in one direction and be off by a hundred.
    """
    x, y, z = f[MEAN, 0], f[MEAN, 1], f[MEAN, 2]
    r2 = x * x + y * y + z * z
    a = TAIL * 3.0 * MU_M3PS2 / (r2 * r2) * min(f[0, 0] + f[1, 1] + f[2, 2], FARTHEST_M2)
    return a * a * FALL_TIME_S


@njit
def steered(motion, unseen):
    """Density (m^2/s^3) of the noise that stands for steering, so many seconds after the newest plot."""
    return motion.steering_psd * max(1.0, unseen / STEERED_S)


@njit
def next_stop(now, until):
    """End of the next piece of a prediction, s: a multiple of GRID_S, or `until`."""
    return min(until, (math.floor(now / GRID_S) + 1.0) * GRID_S)


@njit
def steps_within(span, longest):
    """Into how many steps of at most so many seconds a span is cut."""
    return max(1, math.ceil(span / longest - 1e-9))


@njit
def is_above_air(f):
    """Whether a filter's position is where drag is left out."""
    return f[MEAN, 0] ** 2 + f[MEAN, 1] ** 2 + f[MEAN, 2] ** 2 > AIR_RADIUS2


@njit
def fall_steps(f, span, motion):
    """Into how many steps a piece of free fall is cut: one above the air or without drag."""
    return 1 if motion.inverse_ballistic_coefficient == 0.0 or is_above_air(f) else steps_within(span, STEP_S)


@njit
def filter_step(row, f, h, motion, unseen, scratch):
    """Predict one of the filters (COAST, BURN or ENTRY) by one step, `unseen` seconds after the newest detection."""
    if row == COAST:
        psd = motion.coast_psd + curved(f)
        coast_step(f, h, psd, motion.inverse_ballistic_coefficient, motion.air_fraction, scratch)
    elif row == BURN:
        boost_step(f, h, steered(motion, unseen), motion.thrust_psd, motion.inverse_exhaust_speed, scratch)
    else:
        reentry_step(f, h, motion.coast_psd, motion.inverse_ballistic_coefficient, ENTRY_FRACTION, DRAG_PSD, scratch)


@njit
def copy(b, out):
    """Copy a state; of a sleeping filter there is nothing to copy."""
    out.probability, out.time, out.surprise, out.burned = b.probability, b.time, b.surprise, b.burned
    out.falling, out.left, out.seen = b.falling, b.left, b.seen
    for k in range(FILTERS):
        if k == COAST or (b.probability if k == BURN else b.falling) > 0.0:
            copy_filter(b.filters[k], out.filters[k])


@njit
def blend(c, d, probability, stop, start, prior, variance, difference):
    """Mix a filter `c` of six states and one `d` of seven, of that probability, for the chances that d's mode stops and
    starts. What c lacks is lent to it: the seventh number's prior and its variance. Returns d's probability.
    """
    after = probability * (1.0 - stop) + (1.0 - probability) * start
    from_d = probability * stop / (1.0 - after)
    from_c = (1.0 - probability) * start / after
    pull_c, pull_d = from_d * (1.0 - from_d), from_c * (1.0 - from_c)
    lack = prior - d[MEAN, 6]
    for i in range(6):
        difference[i] = d[MEAN, i] - c[MEAN, i]
    for i in range(6):
        c[MEAN, i] += from_d * difference[i]
        d[MEAN, i] -= from_c * difference[i]
        for j in range(6):
            between = difference[i] * difference[j]
            pc, pd = c[i, j], d[i, j]
            c[i, j] = pc + from_d * (pd - pc) + pull_c * between
            d[i, j] = pd + from_c * (pc - pd) + pull_d * between
        d[i, 6] = (1.0 - from_c) * d[i, 6] - pull_d * difference[i] * lack
        d[6, i] = d[i, 6]
    d[MEAN, 6] += from_c * lack
    d[6, 6] += from_c * (variance - d[6, 6]) + pull_d * lack * lack
    return after


@njit
def mix(b, h, motion, scratch):
    """Mix the filters as the engine may have started or stopped within h seconds.

    For as long as stages take to follow each other the engine that stopped is likely to be followed by another.
    """
    stop = 1.0 - math.exp(-h * motion.stop_rate)
    staging = (b.time - b.burned) * motion.stage_rate < 1.0
    start = 1.0 - math.exp(-h * (motion.stage_rate if staging else motion.start_rate))
    b.probability = blend(b.filters[COAST], b.filters[BURN], b.probability, stop, start, THRUST_MPS2,
                              THRUST_SIGMA_MPS2 * THRUST_SIGMA_MPS2, scratch[7, 1])


@njit
def may_sleep(b):
    """Whether the engine is out for good, as far as anybody can tell."""
    return b.probability < SLEEP and b.time - b.burned > PAUSE_S


@njit
def enter(b, motion):
    """Wake the filter of re-entry, from free fall and the prior of drag, once a track comes down into the air; put it
    to sleep where the engine may burn.
    """
    c = b.filters[COAST]
    if b.probability > 0.0 or motion.inverse_ballistic_coefficient == 0.0:
        b.falling = 0.0
        return
    if b.falling > 0.0:
        return
    r2 = c[MEAN, 0] * c[MEAN, 0] + c[MEAN, 1] * c[MEAN, 1] + c[MEAN, 2] * c[MEAN, 2]
    if r2 > LEFT_RADIUS2:
        b.left = 1.0
    sinking = c[MEAN, 0] * c[MEAN, 3] + c[MEAN, 1] * c[MEAN, 4] + c[MEAN, 2] * c[MEAN, 5]
    if b.left > 0.0 and r2 < AIR_RADIUS2 and sinking < 0.0:
        e = b.filters[ENTRY]
        for i in range(6):
            e[MEAN, i] = c[MEAN, i]
            for j in range(6):
                e[i, j] = c[i, j]
            e[i, 6], e[6, i] = 0.0, 0.0
        e[MEAN, 6], e[6, 6] = 0.0, DRAG_SIGMA * DRAG_SIGMA
        b.falling = 0.5


@njit
def predict(b, until, motion, scratch):
    """Predict a state to the time `until`, s."""
    c, burn, entry = b.filters[COAST], b.filters[BURN], b.filters[ENTRY]
    while b.time < until:
        stop = next_stop(b.time, until)
        span = stop - b.time
        steps = steps_within(span, STEP_S)
        if may_sleep(b):
            b.probability = 0.0
        if b.probability > 0.0:
            mix(b, span, motion, scratch)
            for k in range(steps):
                filter_step(BURN, burn, span / steps, motion, b.time + (k + 0.5) * span / steps - b.seen, scratch)
        enter(b, motion)
        if b.falling > 0.0:
            leave, start = 1.0 - math.exp(-span / LEAVE_S), 1.0 - math.exp(-span / ENTER_S)
            b.falling = blend(c, entry, b.falling, leave, start, 0.0, DRAG_SIGMA * DRAG_SIGMA, scratch[7, 1])
            for _ in range(steps):
                filter_step(ENTRY, entry, span / steps, motion, 0.0, scratch)
        steps = fall_steps(c, span, motion)
        for _ in range(steps):
            filter_step(COAST, c, span / steps, motion, 0.0, scratch)
        b.time = stop


@njit
def wake(b):
    """Bring the filter of the burning engine back: from free fall, as uncertain as what that has missed."""
    for i in range(6):
        b.filters[BURN, MEAN, i] = b.filters[COAST, MEAN, i]
        for j in range(6):
            b.filters[BURN, i, j] = b.filters[COAST, i, j]
        b.filters[BURN, i, i] += (WAKE_POSITION_M if i < 3 else WAKE_VELOCITY_MPS) ** 2
        b.filters[BURN, i, 6] = 0.0
        b.filters[BURN, 6, i] = 0.0
    b.filters[BURN, MEAN, 6] = THRUST_MPS2
    b.filters[BURN, 6, 6] = THRUST_SIGMA_MPS2 * THRUST_SIGMA_MPS2
    b.probability, b.surprise, b.burned = 0.5, 0.0, b.time
    b.falling = 0.0


@njit
def weighed(probability, gain, other):
    """Probability of a mode after a plot: `gain` is the log-likelihood under it less that under free fall, whose own is
    multiplied by `other`. Never certain: the other could not come back.
    """
    odds = (1.0 / probability - 1.0) * math.exp(min(max(-gain, -300.0), 300.0)) * other
    return min(max(1.0 / (1.0 + odds), 1e-12), 1.0 - 1e-12)


@njit
def update(b, plot, scratch):
    """Update a state by a detection of its own time."""
    b.seen = plot.t_s
    if b.probability == 0.0 and plot.plume:
        wake(b)
    f = b.filters[COAST]
    coast_nis, coast_log = update6(f, plot, compensated(f, plot), scratch)
    b.surprise = MEMORY * b.surprise + coast_nis - (4.0 if has_rate(plot) else 3.0)
    if b.probability == 0.0:
        if b.surprise > WAKE:
            wake(b)
        elif b.falling > 0.0:
            f = b.filters[ENTRY]
            _, entry_log = update7(f, plot, compensated(f, plot), scratch)
            b.falling = weighed(b.falling, entry_log - coast_log, 1.0)
        return
    f = b.filters[BURN]
    _, burn_log = update7(f, plot, compensated(f, plot), scratch)
    burning = weighed(b.probability, burn_log - coast_log, COLD_PLUME if plot.plume else 1.0)
    if burning > SURE:
        b.burned = b.time
    b.probability = burning
    if may_sleep(b):
        b.probability = 0.0


@njit
def combine(b, mean, covariance):
    """Write the mean (6,) and covariance (6, 6) of the mixture of the filters that are awake, or of one where the
    other is negligible.
    """
    c, d, share = b.filters[COAST], b.filters[BURN], b.probability
    if share == 0.0:
        d, share = b.filters[ENTRY], b.falling
    if share < NEGLIGIBLE:
        share = 0.0
    elif share > 1.0 - NEGLIGIBLE:
        share = 1.0
    # A sleeping filter holds nothing that may be read, not even times zero.
    if share == 0.0:
        d = c
    for i in range(6):
        di = d[MEAN, i] - c[MEAN, i]
        mean[i] = c[MEAN, i] + share * di
        for j in range(6):
            spread = share * (1.0 - share) * di * (d[MEAN, j] - c[MEAN, j])
            covariance[i, j] = c[i, j] + share * (d[i, j] - c[i, j]) + spread


@njit
def healthy(f, n):
    """Whether a filter's numbers are finite and its variances positive."""
    good = True
    for i in range(n):
        good = good and math.isfinite(f[MEAN, i]) and f[i, i] > 0.0 and math.isfinite(f[i, i])
    return good


@njit
def sound(b):
    """Whether the numbers of all filters of a state that are awake are finite, and their variances positive."""
    coast, burn, entry = b.filters[COAST], b.filters[BURN], b.filters[ENTRY]
    burning, falling = b.probability > 0.0, b.falling > 0.0
    return healthy(coast, 6) and (not burning or healthy(burn, 7)) and (not falling or healthy(entry, 7))
