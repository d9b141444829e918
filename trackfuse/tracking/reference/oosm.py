"""Late measurements taken into a linear filter without working through the others again.

The tracker reprocesses exactly (see `trackfuse.tracking.track`); these are the cheap ways that the literature offers,
and what reprocessing is compared with. The reference for `trackfuse.kernels.oosm`.
"""

from typing import Literal

import numpy as np

from trackfuse.core.errors import SettingsError, unknown
from trackfuse.tracking.reference.rules import Estimate

Algorithm = Literal["A", "B"]
ALGORITHMS = ("A", "B")


def late_update(
    now: Estimate,
    before: Estimate,
    z: np.ndarray,
    measured: np.ndarray,
    noise: np.ndarray,
    *,
    since_before: tuple[np.ndarray, np.ndarray],
    since_late: tuple[np.ndarray, np.ndarray],
    algorithm: Algorithm = "A",
) -> Estimate:
    """Update an estimate by a measurement that is older than it.

    Any units that agree: a covariance has those of its state or measurement, squared.

    Parameters
    ----------
    now : tuple of ndarray, shapes (n,) and (n, n)
        Mean and covariance at the time of the newest measurement used.
    before : tuple of ndarray, shapes (n,) and (n, n)
        Those right after the last measurement older than the late one.
    z : ndarray, shape (d,)
        The late measurement.
    measured : ndarray, shape (d, n)
        Its gradient H.
    noise : ndarray, shape (d, d)
        Its covariance.
    since_before, since_late : tuple of ndarray, shapes (n, n) and (n, n)
        Transition and process noise from the time of `before`, and from that of the late measurement, to now.
    algorithm : {"A", "B"}
        A retrodicts the process noise too; B takes it as zero.

    Returns
    -------
    (ndarray, ndarray)
        Mean, shape (n,), and covariance, shape (n, n).

    Raises
    ------
    SettingsError
        If the algorithm is not known.

    Notes
    -----
    Bar-Shalom (2002) for a lag of one measurement, where A is the same as reprocessing; Bar-Shalom, Chen & Mallick
    (2004) for more (Al1, Bl1), where all since `before` count as one equivalent measurement. Without process noise
    both are exact.
    """
    if algorithm not in ALGORITHMS:
        raise SettingsError(f"algorithm: {unknown('algorithm', algorithm, ALGORITHMS)}")
    mean, p = now
    f, q = since_before
    expected, ahead = f @ before[0], f @ before[1] @ f.T + q
    inverse = np.linalg.inv(ahead)
    # Of the equivalent measurement: its innovation and the inverse of that's covariance, without its (singular) noise.
    certainty, pull = inverse - inverse @ p @ inverse, inverse @ (mean - expected)
    back, walk = np.linalg.inv(since_late[0]), since_late[1]
    cross = walk - ahead @ certainty @ walk
    own = walk - walk @ certainty @ walk if algorithm == "A" else walk
    retrodicted = back @ (mean - walk @ pull) if algorithm == "A" else back @ mean
    then = back @ (p + own - cross - cross.T) @ back.T
    spread = measured @ then @ measured.T + noise
    gain = np.linalg.solve(spread, measured @ back @ (p - cross).T).T
    updated = p - gain @ spread @ gain.T
    return mean + gain @ (z - measured @ retrodicted), 0.5 * (updated + updated.T)
