"""Given what was launched and when, its launch point and heading from lines of sight: a linear problem on a map.

A height turns each line into a point over the ground; along those points the missile runs straight on. Lines and
hypotheses are those of `launch_cue`.
"""

import math
from typing import NamedTuple

import numpy as np

from trackfuse.core.constants import FLATTENING, MEAN_RADIUS_M, SEMI_MAJOR_M
from trackfuse.warning.boost import FLOOR
from trackfuse.warning.satellite_lines import SatelliteLines

HEADINGS = 36


class Frame(NamedTuple):
    """A map about the first line of sight, and what errors of lines do on it.

    Parameters
    ----------
    axes : ndarray, shape (3, 3)
        East, north and up at its middle, ECEF, no unit.
    slope : ndarray, shape (n, 2)
        East and north by which the point of a line moves for a metre of height.
    weight : ndarray, shape (2 n, 2 n)
        Inverse covariance of the n points (east, north), 1/m^2, constant errors of the satellites included.
    """

    axes: np.ndarray
    slope: np.ndarray
    weight: np.ndarray


def frame_of(lines: SatelliteLines, height: np.ndarray) -> Frame:
    """The map about the first line at its mean height, with the geometry of the points there.

    Parameters
    ----------
    lines : SatelliteLines
        n of them.
    height : ndarray, shape (n,)
        Mean height of the hypotheses at each line, m.

    Returns
    -------
    Frame

    Notes
    -----
    Derived here: the azimuthal equidistant map, and first-order propagation of the lines' errors by differences.
    """
    up = _crossings(lines.site_m[:1], lines.direction[:1], height[:1])[0]
    axes = _axes(up)
    count, n = len(lines.constant_rad), len(lines.t_s)
    across = np.array([_axes(lines.direction[lines.satellite == s].mean(axis=0))[:2] if (lines.satellite == s).any()
                       else np.zeros((2, 3)) for s in range(count)])  # fmt: skip
    step_m, step_rad = 1e3, 1e-5

    def points(direction: np.ndarray, height: np.ndarray) -> np.ndarray:
        return _mapped(_crossings(lines.site_m, direction, height), axes)

    middle = points(lines.direction, height)
    slope = (points(lines.direction, height + step_m) - middle) / step_m
    moved = np.empty((n, 2, 2))
    for k in range(2):
        tilted = lines.direction + step_rad * across[lines.satellite, k]
        moved[:, :, k] = (points(tilted, height) - middle) / step_rad
    covariance = np.zeros((n, 2, n, 2))
    for i in range(n):
        for j in range(n):
            if lines.satellite[i] == lines.satellite[j]:
                shared = lines.constant_rad[lines.satellite[i]] ** 2 + (i == j) * lines.sigma_rad[i] ** 2
                covariance[i, :, j] = shared * moved[i] @ moved[j].T
    return Frame(axes, slope, np.linalg.inv(covariance.reshape(2 * n, 2 * n)))


def _axes(up: np.ndarray) -> np.ndarray:
    """East, north and up, (3, 3), where `up` points; of directions along the Earth's axis any two across."""
    up = up / np.linalg.norm(up)
    pole = np.array([0.0, 0.0, 1.0]) if abs(up[2]) < 0.999 else np.array([1.0, 0.0, 0.0])
    east = np.cross(pole, up)
    east /= np.linalg.norm(east)
    return np.array([east, np.cross(up, east), up])


def _crossings(site: np.ndarray, direction: np.ndarray, height: np.ndarray) -> np.ndarray:
    """Unit vectors (..., n, 3), from the Earth's centre, to where lines of sight (n, 3) come down to heights (..., n);
    nan where they pass above.
    """
    a, b = SEMI_MAJOR_M + height, SEMI_MAJOR_M * (1.0 - FLATTENING) + height
    scale = np.stack([1.0 / a, 1.0 / a, 1.0 / b], axis=-1)
    p, u = scale * site, scale * direction
    uu, pu, pp = ((x * y).sum(axis=-1) for x, y in ((u, u), (p, u), (p, p)))
    with np.errstate(invalid="ignore"):
        distance = (-pu - np.sqrt(pu * pu - uu * (pp - 1.0))) / uu
    place = site + distance[..., None] * direction
    return place / np.linalg.norm(place, axis=-1, keepdims=True)


def _mapped(place: np.ndarray, axes: np.ndarray) -> np.ndarray:
    """East and north, m, of unit vectors on the azimuthal equidistant map."""
    local = place @ axes.T
    flat = np.hypot(local[..., 0], local[..., 1])
    stretch = np.where(flat > 1e-12, np.arctan2(flat, local[..., 2]) / np.maximum(flat, 1e-12), 1.0)
    return MEAN_RADIUS_M * stretch[..., None] * local[..., :2]


def points_of(lines: SatelliteLines, frame: Frame, height: np.ndarray) -> np.ndarray:
    """Where the lines put each hypothesis.

    Parameters
    ----------
    lines : SatelliteLines
        n of them.
    frame : Frame
    height : ndarray, shape (N, n)
        Of each of N hypotheses at each line, m.

    Returns
    -------
    ndarray, shape (N, n, 2)
        East and north on the map, m; nan where a line passes above the height.

    Notes
    -----
    Derived here: a line's first crossing of the ellipsoid raised by the height, on the azimuthal equidistant map.
    """
    return _mapped(_crossings(lines.site_m, lines.direction, height), frame.axes)


class Fit(NamedTuple):
    """What each of N hypotheses and H headings makes of the lines.

    Parameters
    ----------
    log : ndarray, shape (N,)
        Logarithm of each one's likelihood, but for a constant.
    launch_m, covariance_m2 : ndarray, shape (N, 2), (N, 2, 2)
        Launch point, east and north.
    share : ndarray, shape (N, H)
        Probability of each heading.
    heading_rad, variance : ndarray, shape (N, H)
        What each becomes, and its variance, rad^2.
    """

    log: np.ndarray
    launch_m: np.ndarray
    covariance_m2: np.ndarray
    share: np.ndarray
    heading_rad: np.ndarray
    variance: np.ndarray


def fit(points: np.ndarray, height: np.ndarray, arc: np.ndarray, frame: Frame) -> Fit:
    """Fit point k = launch + arc k v + height k w + (s height k + c arc k) slope k: v points along the flight, and may
    be a few percent long or short; s is the share by which it is higher than its class' flight, c and w are angles by
    which it climbs and leans otherwise.

    The launch point has a flat prior, v a ring of normal ones about the unit circle, the others are normal about 0. All
    but v is eliminated first; what is left says what the lines tell of v.

    Parameters
    ----------
    points : ndarray, shape (N, n, 2)
        From `points_of`, m.
    height, arc : ndarray, shape (N, n)
        Of each of N hypotheses at each of n lines, m; the arc is that over ground from the launch point.
    frame : Frame

    Returns
    -------
    Fit

    Notes
    -----
    Weighted least squares with priors, Bar-Shalom, Li & Kirubarajan (2001), 3.4; the ring is a Gaussian sum, Alspach &
    Sorenson (1972).
    """
    count, n = height.shape
    design = np.zeros((count, n, 2, 8))
    design[..., :2], design[..., 2:4] = np.eye(2), height[..., None, None] * np.eye(2)
    design[..., 4], design[..., 5] = height[..., None] * frame.slope, arc[..., None] * frame.slope
    design[..., 6:] = arc[..., None, None] * np.eye(2)
    design, given = design.reshape(count, 2 * n, 8), points.reshape(count, 2 * n)
    weighed = frame.weight @ design
    information = design.transpose(0, 2, 1) @ weighed
    information[:, [2, 3, 4, 5], [2, 3, 4, 5]] += 1.0 / np.array([FLOOR[2], FLOOR[2], FLOOR[0], FLOOR[2]]) ** 2
    right = np.einsum("nki,nk->ni", weighed, given)
    square = np.einsum("nk,kl,nl->n", given, frame.weight, given)
    inner, across = np.linalg.inv(information[:, :6, :6]), information[:, :6, 6:]
    still = np.einsum("nij,nj->ni", inner, right[:, :6])
    gain = inner @ across
    j = right[:, 6:] - np.einsum("nij,ni->nj", gain, right[:, :6])
    tells = information[:, 6:, 6:] - across.transpose(0, 2, 1) @ gain
    log = -0.5 * (square - np.einsum("ni,ni->n", right[:, :6], still)) + 0.5 * np.linalg.slogdet(inner)[1]
    ring = _on_ring(j, tells)
    best = ring.log.max(axis=1)
    share = np.exp(ring.log - best[:, None])
    total = share.sum(axis=1)
    share /= total[:, None]
    (e, n_), (ee, en, nn) = ring.mean, ring.covariance
    mean = np.stack([(share * e).sum(axis=1), (share * n_).sum(axis=1)], axis=1)
    x, y = e - mean[:, :1], n_ - mean[:, 1:]
    spread = [(share * each).sum(axis=1) for each in (ee + x * x, en + x * y, nn + y * y)]
    spread = np.stack([spread[0], spread[1], spread[1], spread[2]], axis=1).reshape(-1, 2, 2)
    gain = gain[:, :2]
    variance = (n_ * n_ * ee - 2.0 * e * n_ * en + e * e * nn) / (e * e + n_ * n_) ** 2
    return Fit(
        log + best + np.log(total), still[:, :2] - np.einsum("nij,nj->ni", gain, mean),
        inner[:, :2, :2] + gain @ spread @ gain.transpose(0, 2, 1), share, np.arctan2(e, n_), variance,
    )  # fmt: skip


class Ring(NamedTuple):
    """The vector along the flight, H normal distributions of it for each of N hypotheses.

    Parameters
    ----------
    log : ndarray, shape (N, H)
        Logarithm of each one's likelihood, but for a constant.
    mean : tuple of ndarray, shape (N, H)
        East and north, no unit.
    covariance : tuple of ndarray, shape (N, H)
        East with east, east with north, north with north; no unit.
    """

    log: np.ndarray
    mean: tuple[np.ndarray, np.ndarray]
    covariance: tuple[np.ndarray, np.ndarray, np.ndarray]


def _on_ring(j: np.ndarray, tells: np.ndarray) -> Ring:
    """What lines tell of the vector, in information form `j` (N, 2) and `tells` (N, 2, 2), on a ring prior: unit
    vectors of all headings, with the arc's share of `FLOOR` along, and across such that neighbours merge.
    """
    angle = 2.0 * math.pi * np.arange(HEADINGS) / HEADINGS
    along = np.stack([np.sin(angle), np.cos(angle)], axis=1)
    aside = np.stack([along[:, 1], -along[:, 0]], axis=1)
    widths = FLOOR[1], 0.7 * (2.0 * math.pi / HEADINGS)
    prior = np.add(*(
        unit[:, :, None] * unit[:, None] / width**2 for unit, width in zip((along, aside), widths, strict=True)
    ))  # fmt: skip
    known = np.einsum("hij,hj->hi", prior, along)
    # Inverses of 2 by 2 matrices by their formula: numpy's take most of the time of a cue.
    ee, en, nn = (prior[:, i, k] + tells[:, None, i, k] for i, k in ((0, 0), (0, 1), (1, 1)))
    e, n = (known[:, k] + j[:, k, None] for k in (0, 1))
    size = ee * nn - en * en
    covariance = nn / size, -en / size, ee / size
    mean = covariance[0] * e + covariance[1] * n, covariance[1] * e + covariance[2] * n
    log = 0.5 * (e * mean[0] + n * mean[1] - np.log(size))
    return Ring(log, mean, covariance)
