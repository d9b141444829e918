"""Tracklets: what a tracker has learned since it last reported, free of what it knew before.

Sent instead of tracks they can be added without counting anything twice. Exact where there is no process noise,
whatever the interval of reports, and with process noise where every measurement is reported at once; otherwise the
tracklets of two trackers share the process noise of the interval, and the sum claims a little too much.
The reference for `trackfuse.kernels.tracklet_fusion`.
"""

import numpy as np

from trackfuse.tracking.reference.rules import Estimate, check


def tracklet(now: Estimate, expected: Estimate) -> Estimate:
    """What is new in an estimate, in information form.

    Any units that agree: a covariance has those of its state, squared, and information is the inverse of a covariance.

    Parameters
    ----------
    now : tuple of ndarray, shapes (n,) and (n, n)
        Mean and covariance now.
    expected : tuple of ndarray, shapes (n,) and (n, n)
        What was last reported (or, with feedback, received), carried to the same time.

    Returns
    -------
    (ndarray, ndarray)
        Information vector, shape (n,), and information matrix, shape (n, n): positive semidefinite, singular where
        nothing new was learned.

    Raises
    ------
    TrackingError
        If an estimate is not finite, or its covariance not symmetric and positive definite.

    Notes
    -----
    Chong's information-matrix fusion: Chang, Saha & Bar-Shalom (1997); also called channel filter or information
    decorrelation.
    """
    check(now, expected)
    there, before = np.linalg.inv(now[1]), np.linalg.inv(expected[1])
    return there @ now[0] - before @ expected[0], there - before


def add_tracklets(estimate: Estimate, tracklets: list[Estimate]) -> Estimate:
    """Add tracklets to an estimate of the same time.

    Any units that agree: a covariance has those of its state, squared, and information is the inverse of a covariance.

    Parameters
    ----------
    estimate : tuple of ndarray, shapes (n,) and (n, n)
        Mean and covariance.
    tracklets : list of tuple of ndarray, shapes (n,) and (n, n)
        Information vectors and matrices, as from `tracklet`.

    Returns
    -------
    (ndarray, ndarray)
        Mean, shape (n,), and covariance, shape (n, n).

    Raises
    ------
    TrackingError
        If the estimate is not finite, or its covariance not symmetric and positive definite.

    Notes
    -----
    Chang, Saha & Bar-Shalom (1997).
    """
    check(estimate)
    information = np.linalg.inv(estimate[1])
    pull = information @ estimate[0]
    for vector, matrix in tracklets:
        pull, information = pull + vector, information + matrix
    fused = np.linalg.inv(information)
    return fused @ pull, 0.5 * (fused + fused.T)
