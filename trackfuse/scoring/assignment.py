"""How good a picture of several objects is: OSPA, GOSPA with its parts, and SIAP's rates."""

from dataclasses import dataclass

import numpy as np

from trackfuse.core.errors import SettingsError, check_between


@dataclass(frozen=True, slots=True, kw_only=True)
class Gospa:
    """A GOSPA distance and what it is made of.

    Parameters
    ----------
    total : float
        The distance, in the unit of the states.
    localisation, missed, false : float
        Parts of its p-th power: matched pairs, truths without an estimate, estimates without a truth.
    """

    total: float
    localisation: float
    missed: float
    false: float


def _distances(truth: np.ndarray, estimate: np.ndarray, cutoff: float, order: float) -> np.ndarray:
    check_between(SettingsError, "cutoff", cutoff, 0.0, open_low=True)
    check_between(SettingsError, "order", order, 1.0)
    return np.linalg.norm(truth[:, None, :] - estimate[None, :, :], axis=-1)


def _assigned(cost: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    # Here, since a run has no need of it and it takes half a second to load.
    from scipy.optimize import linear_sum_assignment

    return linear_sum_assignment(cost)


def ospa(truth: np.ndarray, estimate: np.ndarray, *, cutoff: float, order: float = 1.0) -> float:
    """Optimal subpattern assignment distance between two sets of points.

    Parameters
    ----------
    truth : ndarray, shape (k, d)
        k true points, in the unit of the cutoff.
    estimate : ndarray, shape (m, d)
        m estimated points, in the unit of the cutoff.
    cutoff : float
        Distance that counts as not found at all.
    order : float
        Power p, 1 or more.

    Returns
    -------
    float
        0 for two empty sets, at most the cutoff.

    Raises
    ------
    SettingsError
        If the cutoff is not positive or the order below 1.

    Notes
    -----
    Schuhmacher, Vo & Vo (2008). A missed and a false object weigh the same as one wrong by the cutoff: use `gospa` to
    tell.
    """
    distance = np.minimum(_distances(truth, estimate, cutoff, order), cutoff) ** order
    larger = max(distance.shape)
    if larger == 0:
        return 0.0
    rows, columns = _assigned(distance)
    missing = larger - min(distance.shape)
    return float(((distance[rows, columns].sum() + missing * cutoff**order) / larger) ** (1.0 / order))


def gospa(truth: np.ndarray, estimate: np.ndarray, *, cutoff: float, order: float = 2.0) -> Gospa:
    """Generalised optimal subpattern assignment distance, with alpha = 2, and its parts.

    Parameters
    ----------
    truth : ndarray, shape (k, d)
        k true points, in the unit of the cutoff.
    estimate : ndarray, shape (m, d)
        m estimated points, in the unit of the cutoff.
    cutoff : float
        Distance beyond which a truth is missed and an estimate false rather than a pair.
    order : float
        Power p, 1 or more.

    Returns
    -------
    Gospa

    Raises
    ------
    SettingsError
        If the cutoff is not positive or the order below 1.

    Notes
    -----
    Rahmathullah, Garcia-Fernandez & Svensson (2017). A missed and a false object cost cutoff^p / 2 each.
    """
    distance = _distances(truth, estimate, cutoff, order)
    rows, columns = _assigned(np.minimum(distance, cutoff) ** order)
    paired = distance[rows, columns] < cutoff
    localisation = float((distance[rows, columns][paired] ** order).sum())
    pairs, alone = int(paired.sum()), 0.5 * cutoff**order
    missed, false = (distance.shape[0] - pairs) * alone, (distance.shape[1] - pairs) * alone
    return Gospa(
        total=(localisation + missed + false) ** (1.0 / order), localisation=localisation, missed=missed, false=false
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Siap:
    """Single integrated air picture rates over a time.

    Parameters
    ----------
    completeness : float
        Share of the objects' time in which they are tracked.
    ambiguity : float
        Tracks an object tracked; 1 is ideal.
    spuriousness : float
        Share of the tracks' time in which they follow nothing.
    """

    completeness: float
    ambiguity: float
    spuriousness: float


def siap(objects: np.ndarray, tracks: np.ndarray, followed: np.ndarray) -> Siap:
    """Rates of a picture over a time.

    Parameters
    ----------
    objects : ndarray of int, shape (K,)
        How many objects there are at each instant.
    tracks : ndarray of int, shape (K,)
        How many tracks there are.
    followed : ndarray of int, shape (K, n)
        How many tracks follow each of n objects.

    Returns
    -------
    Siap
        nan where there is nothing to divide by.

    Raises
    ------
    SettingsError
        If more tracks follow objects than there are, or more objects are followed than there are.

    Notes
    -----
    Votruba, Nisley, Rothrock & Zombro, Single Integrated Air Picture metrics (2001): rates weighted by time.
    """
    seen, assigned = (followed > 0).sum(axis=1), followed.sum(axis=1)
    if (assigned > tracks).any() or (seen > objects).any():
        raise SettingsError("siap: more tracks or objects are followed than there are")

    def share(part: int, whole: int) -> float:
        return part / whole if whole else float("nan")

    return Siap(
        completeness=share(int(seen.sum()), int(objects.sum())),
        ambiguity=share(int(assigned.sum()), int(seen.sum())),
        spuriousness=share(int((tracks - assigned).sum()), int(tracks.sum())),
    )
