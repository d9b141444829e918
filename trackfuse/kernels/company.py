"""Where the second detection of a track is likely: targets near one another fly alike.

One radar detection says nothing of a velocity, and missiles that follow each other on one trajectory are soon where the
one before was: a radar that looks as often as they are launched sees a missile there at every look, and a chain of
detections of different missiles would pass for a slow target. So where a track that has started flies near, a velocity
like its own is one hypothesis, beside that of any velocity. (Blackman & Popoli, Design and Analysis of Modern Tracking
Systems (1999), on targets in groups.) SI, ECEF.
"""

import numpy as np

from trackfuse.kernels.association import AGILE, STEADY, score_estimate
from trackfuse.kernels.initiation import N, advance, copy_state, initial_state
from trackfuse.kernels.jit import njit

NEAR_M = 100e3
"""Targets within this distance may be of one salvo, or parts of one missile."""
ALIKE_MPS = 300.0
"""Standard deviation, an axis, of the difference of their velocities: what an engine does to one of them in ten
seconds more, or what turns the other down meanwhile."""
KNOWN_MPS = 500.0
"""Velocities that are known worse (root of the summed variances) are no company."""


@njit
def companion(plot, point, ahead, count, t):
    """Number of the track that flies near a detection and has most detections of its own; -1 without any.

    `point` (3,) is where the detection is; `ahead` (tracks, 7) the state of each track at the time t and the sum of its
    velocity's variances, `count` (tracks,) its number of detections, 0 where it has not started.
    """
    best = -1
    for k in range(ahead.shape[0]):
        if count[k] == 0 or not ahead[k, 6] < KNOWN_MPS * KNOWN_MPS:
            continue
        apart = 0.0
        for i in range(3):
            apart += (ahead[k, i] - (t - plot.t_s) * ahead[k, 3 + i] - point[i]) ** 2
        if apart < NEAR_M * NEAR_M and (best < 0 or count[k] > count[best]):
            best = k
    return best


@njit
def score_in_company(plots, first, rows, ahead, count, limits, settings, out):
    """Score a scan by a track that has one detection, `first`, again as if it flew like a track near it: the likelier
    of both hypotheses stands in `out`; see `association.score`.
    """
    plot, t = plots[first], plots[rows[0]].t_s
    if plot.infrared or t <= plot.t_s:
        return
    scratch = settings.scratch
    f = scratch.initial
    initial_state(f, plot)
    k = companion(plot, f[N], ahead, count, t)
    if k < 0:
        return
    for i in range(3):
        f[N, 3 + i] = ahead[k, 3 + i]
        f[3 + i, 3 + i] = ALIKE_MPS * ALIKE_MPS + ahead[k, 6] / 3.0
    advance(f, t - plot.t_s, settings.motion.thrust_psd, scratch.work)
    copy_state(f, scratch.estimate)
    alike = np.empty((rows.shape[0], 5))
    score_estimate(plots, rows, scratch.estimate, 0.0, limits, scratch, alike)
    for n in range(rows.shape[0]):
        for column in (STEADY, AGILE):
            if alike[n, column] <= limits[2] and alike[n, column + 1] > out[n, column + 1]:
                out[n, column], out[n, column + 1] = alike[n, column], alike[n, column + 1]
