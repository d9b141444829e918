"""Rules by which two estimates of one state become one, from the boldest to the most cautious.

An estimate is a pair of mean, shape (n,), and covariance, shape (n, n). What tells the rules apart is what they take
the errors' correlation to be: none (`add_information`), known (`bar_shalom_campo`), that of a common past which is
known (`tracklet`) or not (`ellipsoidal_intersection`, `inverse_covariance_intersection`), or anything at all
(`covariance_intersection`; `split_covariance_intersection` where a part is known to be independent). The reference for
`trackfuse.kernels.fusion_rules`.
"""

from collections.abc import Callable
from typing import Literal

import numpy as np

from trackfuse.core.errors import SettingsError, TrackingError, check_between, unknown
from trackfuse.core.estimates import check_estimate

Estimate = tuple[np.ndarray, np.ndarray]
Criterion = Literal["trace", "determinant"]
CRITERIA = ("trace", "determinant")


def check(*estimates: Estimate) -> None:
    """Raise TrackingError unless every estimate is one: a mean of n finite numbers, or n by R of R runs, and a
    covariance of n by n that is symmetric and positive definite, which a singular one is not.
    """
    n = len(np.atleast_1d(estimates[0][0]))
    for k, (mean, covariance) in enumerate(estimates):
        runs = np.asarray(mean, dtype=float)
        try:
            # A sum is not finite if any of its runs is not; all share a covariance.
            check_estimate(runs.sum(axis=1) if runs.ndim == 2 else runs, covariance, n)
        except ValueError as bad:
            raise TrackingError(f"estimate {'ab'[k]}: {bad}") from None


def best_weight(covariance: Callable[[float], np.ndarray], criterion: Criterion) -> float:
    """Weight in [0, 1] whose covariance is least.

    Parameters
    ----------
    covariance : callable
        From a weight to a covariance, shape (n, n).
    criterion : {"trace", "determinant"}
        What of the covariance is made least.

    Returns
    -------
    float
        To 1e-8; an end of the interval where no weight within beats it.

    Raises
    ------
    SettingsError
        If the criterion is not known.

    Notes
    -----
    Trace or determinant: Julier & Uhlmann 1997.
    """
    # Here, since a run has no need of it and it takes half a second to load.
    from scipy.optimize import minimize_scalar

    if criterion not in CRITERIA:
        raise SettingsError(f"criterion: {unknown('criterion', criterion, CRITERIA)}")

    def size(w: float) -> float:
        p = covariance(w)
        return float(np.trace(p)) if criterion == "trace" else float(np.linalg.slogdet(p)[1])

    inner = minimize_scalar(size, bounds=(0.0, 1.0), method="bounded", options={"xatol": 1e-10})
    return min((float(inner.x), 0.0, 1.0), key=size)


def add_information(a: Estimate, b: Estimate) -> Estimate:
    """Add information as if the errors were independent: counts twice what both hold.

    Any units that agree: a covariance has those of its state or measurement, squared.

    Parameters
    ----------
    a, b : tuple of ndarray, shapes (n,) and (n, n)

    Returns
    -------
    (ndarray, ndarray)
        Mean, shape (n,), and claimed covariance, shape (n, n): too small where the errors are positively correlated.

    Raises
    ------
    TrackingError
        If an estimate is not finite, or its covariance not symmetric and positive definite.

    Notes
    -----
    Also called naive or convex combination; here to show what double counting does. Chong & Mori 2001, Proc. 4th Int.
    Conf. on Information Fusion.
    """
    check(a, b)
    parts = np.linalg.inv(a[1]), np.linalg.inv(b[1])
    fused = np.linalg.inv(parts[0] + parts[1])
    return fused @ (parts[0] @ a[0] + parts[1] @ b[0]), fused


def bar_shalom_campo(a: Estimate, b: Estimate, cross: np.ndarray) -> Estimate:
    """Fuse two estimates whose cross-covariance is known.

    Any units that agree: a covariance has those of its state or measurement, squared.

    Parameters
    ----------
    a, b : tuple of ndarray, shapes (n,) and (n, n)
    cross : ndarray, shape (n, n)
        E[error of a, error of b transposed].

    Returns
    -------
    (ndarray, ndarray)
        Mean, shape (n,), and covariance, shape (n, n): the best linear combination of the two.

    Raises
    ------
    TrackingError
        If an estimate is not finite, or its covariance not symmetric and positive definite.

    Notes
    -----
    Bar-Shalom & Campo (1986), best in the maximum-likelihood sense; not what a filter with all
    measurements would know.
    """
    check(a, b)
    lead = a[1] - cross
    gain = np.linalg.solve((a[1] + b[1] - cross - cross.T).T, lead.T).T
    fused = a[1] - gain @ lead.T
    return a[0] + gain @ (b[0] - a[0]), 0.5 * (fused + fused.T)


def covariance_intersection(
    a: Estimate, b: Estimate, criterion: Criterion = "trace", weight: float | None = None
) -> tuple[np.ndarray, np.ndarray, float]:
    """Fuse two estimates whose errors may be correlated in any way.

    Any units that agree: a covariance has those of its state or measurement, squared.

    Parameters
    ----------
    a, b : tuple of ndarray, shapes (n,) and (n, n)
    criterion : {"trace", "determinant"}
        What of the fused covariance is made least, where no weight is given.
    weight : float, optional
        Weight of `a`, 0 to 1.

    Returns
    -------
    (ndarray, ndarray, float)
        Mean, shape (n,), covariance, shape (n, n), and the weight of `a`. Consistent for every correlation.

    Raises
    ------
    TrackingError
        If an estimate is not finite, or its covariance not symmetric and positive definite.
    SettingsError
        If the criterion is not known, or the weight not in [0, 1].

    Notes
    -----
    P^-1 = w A^-1 + (1 - w) B^-1: Julier & Uhlmann (1997).
    """
    check(a, b)
    parts = np.linalg.inv(a[1]), np.linalg.inv(b[1])

    def covariance(w: float) -> np.ndarray:
        return np.linalg.inv(w * parts[0] + (1.0 - w) * parts[1])

    if weight is not None:
        check_between(SettingsError, "covariance_intersection weight", weight, 0.0, 1.0)
    w = best_weight(covariance, criterion) if weight is None else weight
    fused = covariance(w)
    return fused @ (w * parts[0] @ a[0] + (1.0 - w) * parts[1] @ b[0]), fused, w


def inverse_covariance_intersection(
    a: Estimate, b: Estimate, criterion: Criterion = "trace"
) -> tuple[np.ndarray, np.ndarray, float]:
    """Fuse two estimates that may share information, and are otherwise independent.

    Any units that agree: a covariance has those of its state or measurement, squared.

    Parameters
    ----------
    a, b : tuple of ndarray, shapes (n,) and (n, n)
    criterion : {"trace", "determinant"}
        What of the fused covariance is made least.

    Returns
    -------
    (ndarray, ndarray, float)
        Mean, shape (n,), covariance, shape (n, n), and the weight. Never larger than by covariance intersection;
        consistent where the correlation comes from common information (a common prior, exchanged tracks), not where it
        comes from common process noise.

    Raises
    ------
    TrackingError
        If an estimate is not finite, or its covariance not symmetric and positive definite.
    SettingsError
        If the criterion is not known.

    Notes
    -----
    P^-1 = A^-1 + B^-1 - (w A + (1 - w) B)^-1: Noack, Sijs, Reinhardt & Hanebeck (2017).
    """
    check(a, b)
    parts = np.linalg.inv(a[1]), np.linalg.inv(b[1])

    def common(w: float) -> np.ndarray:
        return np.linalg.inv(w * a[1] + (1.0 - w) * b[1])

    w = best_weight(lambda w: np.linalg.inv(parts[0] + parts[1] - common(w)), criterion)
    shared = common(w)
    fused = np.linalg.inv(parts[0] + parts[1] - shared)
    mean = fused @ ((parts[0] - w * shared) @ a[0] + (parts[1] - (1.0 - w) * shared) @ b[0])
    return mean, fused, w


def ellipsoidal_intersection(a: Estimate, b: Estimate) -> Estimate:
    """Fuse two estimates as if they shared the most information that both could.

    Any units that agree: a covariance has those of its state or measurement, squared.

    Parameters
    ----------
    a, b : tuple of ndarray, shapes (n,) and (n, n)

    Returns
    -------
    (ndarray, ndarray)
        Mean, shape (n,), and claimed covariance, shape (n, n): between adding and inverse covariance intersection, and
        not always consistent.

    Raises
    ------
    TrackingError
        If an estimate is not finite, or its covariance not symmetric and positive definite.

    Notes
    -----
    Sijs & Lazar (2012). The common part is the covariance whose ellipsoid is the smallest, aligned with
    both, to hold them.
    """
    check(a, b)
    root = np.linalg.cholesky(a[1])
    whitened = np.linalg.solve(root, np.linalg.solve(root, b[1]).T)
    values, axes = np.linalg.eigh(0.5 * (whitened + whitened.T))
    # In these axes a has variance 1, b `values`; along each, the narrower of the two holds all that the wider does.
    back = root @ axes
    fused = back @ np.diag(np.minimum(values, 1.0)) @ back.T
    to_axes = np.linalg.inv(back)
    return back @ np.where(values >= 1.0, to_axes @ a[0], to_axes @ b[0]), fused


def _information(correlated: np.ndarray, independent: np.ndarray, weight: float) -> np.ndarray:
    """Information of an estimate whose correlated part is grown by a weight; the weight does not act on an empty
    part.
    """
    if not correlated.any():
        return np.linalg.inv(independent)
    return np.linalg.inv(correlated / weight + independent) if weight > 0.0 else np.zeros_like(correlated)


def split_covariance_intersection(
    a: tuple[np.ndarray, np.ndarray, np.ndarray],
    b: tuple[np.ndarray, np.ndarray, np.ndarray],
    criterion: Criterion = "trace",
) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Fuse two estimates of whose errors a part is known to be independent.

    Any units that agree: a covariance has those of its state or measurement, squared.

    Parameters
    ----------
    a, b : tuple of ndarray, shapes (n,), (n, n) and (n, n)
        Mean, covariance of the part that may be correlated (registration, common plots), covariance of the independent
        part.
    criterion : {"trace", "determinant"}
        What of the fused covariance is made least.

    Returns
    -------
    (ndarray, ndarray, ndarray, float)
        Mean, shape (n,), the two parts of the covariance, shape (n, n) each, and the weight of `a`.

    Raises
    ------
    TrackingError
        If an estimate is not finite, or its covariance not symmetric and positive definite.
    SettingsError
        If the criterion is not known.

    Notes
    -----
    Julier & Uhlmann, General decentralized data fusion with covariance intersection (2001). Without a
    correlated part it is adding, without an independent one covariance intersection.
    """

    check((a[0], a[1] + a[2]), (b[0], b[1] + b[2]))

    def covariance(w: float) -> np.ndarray:
        return np.linalg.inv(_information(a[1], a[2], w) + _information(b[1], b[2], 1.0 - w))

    w = best_weight(covariance, criterion)
    left, right = _information(a[1], a[2], w), _information(b[1], b[2], 1.0 - w)
    fused = covariance(w)
    independent = fused @ (left @ a[2] @ left + right @ b[2] @ right) @ fused
    return fused @ (left @ a[0] + right @ b[0]), fused - independent, independent, w
