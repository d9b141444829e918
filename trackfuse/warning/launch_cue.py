"""The cue that lines of sight give before any track: where, when and whereto something was launched, and what it is.

A line of sight says nothing of the distance, and a burning engine climbs as its class does. Every class, flight of it
and age at the first line is a hypothesis: its height at each line turns the line into a point over the ground. Along
those points the missile runs straight on from its launch point, by the hypothesis' arc from there. Given the
hypothesis, launch point and heading are thus a linear problem with normal errors, solved in closed form; likelihoods
weigh the hypotheses by Bayes' rule.
"""

import math
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy.stats import qmc, triang

from trackfuse.core.constants import FLATTENING, MEAN_RADIUS_M, SEMI_MAJOR_M
from trackfuse.core.display import displayed
from trackfuse.core.errors import SettingsError
from trackfuse.kernels.burn import ARC, HEIGHT
from trackfuse.warning.boost import FLOOR, GRID_S, Library

POINTS_EXPONENT = 10
"""Hypotheses of a class: 2 to this power, a Sobol set of which all classes have the same."""
CLOUD_TOPS = (0.7, 1.0, 1.2)
"""Lowest, likeliest and highest cloud top as shares of what a sensor assumes: 7, 10 and 12 km in the data."""
HEADINGS = 36
UNKNOWN_DEG = 180.0 / math.sqrt(3.0)
"""Standard deviation of a heading that may be any."""
NEGLIGIBLE = 30.0
"""Hypotheses whose logarithm of likelihood is so far below the best one's have no part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SatelliteLines:
    """Lines of sight of one launch by S infrared satellites; n of them.

    Parameters
    ----------
    t_s : ndarray, shape (n,)
        Instants, s.
    satellite : ndarray of int, shape (n,)
        Which satellite's each is, 0 to S - 1.
    site_m : ndarray, shape (n, 3)
        Where it was, ECEF, m.
    direction : ndarray, shape (n, 3)
        Unit vectors, ECEF, no unit.
    sigma_rad : ndarray, shape (n,)
        Standard deviation across the line, an axis, of what differs from line to line.
    constant_rad : ndarray, shape (S,)
        The same of what moves all lines of a satellite alike (registration), rad.
    cloud_m : ndarray, shape (S,)
        Height from which on each sees a burning engine, m: the likeliest cloud top.
    detection_probability : ndarray, shape (S,)
        Of one look, no unit.
    revisit_s : ndarray, shape (S,)
        Time between two looks.

    Raises
    ------
    SettingsError
        If there is no line, a shape is another, or a value is out of range.
    """

    t_s: np.ndarray
    satellite: np.ndarray
    site_m: np.ndarray
    direction: np.ndarray
    sigma_rad: np.ndarray
    constant_rad: np.ndarray
    cloud_m: np.ndarray
    detection_probability: np.ndarray
    revisit_s: np.ndarray

    def __post_init__(self) -> None:
        n, count = len(self.t_s), len(self.constant_rad)
        if not n:
            raise SettingsError("launch cue: no line of sight")
        for name in self.__dataclass_fields__:
            shape = (n,) if name in ("t_s", "satellite", "sigma_rad") else (count,)
            shape = (n, 3) if name in ("site_m", "direction") else shape
            given = getattr(self, name)
            if given.shape != shape or not np.isfinite(given).all():
                raise SettingsError(f"launch cue {name}: must be finite and of shape {shape}, not {given.shape}")
        _check("satellite", self.satellite, 0, count - 1)
        _check("direction (length)", np.linalg.norm(self.direction, axis=1), 1.0 - 1e-6, 1.0 + 1e-6)
        _check("sigma_rad", self.sigma_rad, 1e-9, 0.1)
        _check("constant_rad", self.constant_rad, 0.0, 0.1)
        _check("cloud_m", self.cloud_m, 0.0, 30e3)
        _check("detection_probability", self.detection_probability, 1e-6, 1.0)
        _check("revisit_s", self.revisit_s, 0.1, 600.0)


def _check(name: str, given: np.ndarray, low: float, high: float) -> None:
    wrong = np.flatnonzero(~((given >= low) & (given <= high)))
    if wrong.size:
        raise SettingsError(f"launch cue {name}[{wrong[0]}]: {given[wrong[0]]!r} is not between {low:g} and {high:g}")


@displayed(
    lambda value: (
        f"{value.lat_deg:.2f} N {value.lon_deg:.2f} E ± {value.sigma_km:.0f} km, heading {value.heading_deg:.0f} ± "
        f"{value.heading_sigma_deg:.0f}°, {value.missile} {value.classes[value.missile]:.0%}"
    )
)
@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchCue:
    """What lines of sight say of a launch, as distributions.

    Parameters
    ----------
    lines, satellites : int
        How many lines of sight it is from, of how many satellites.
    lat_deg, lon_deg : float
        Mean of the launch point, WGS-84.
    covariance_m2 : ndarray, shape (2, 2)
        Of (east, north), m^2.
    launch_s, launch_sigma_s : float
        Instant of launch, in the time of the lines.
    heading_deg : float
        Mean direction of the flight over ground, degrees clockwise from north; of a heading that may be any it means
        nothing, and `heading_sigma_deg` says so.
    heading_sigma_deg : float
        Circular standard deviation, degrees; at most that of a heading that may be any, 104.
    classes : dict of str to float
        Probability of each class, likeliest first.
    """

    lines: int
    satellites: int
    lat_deg: float
    lon_deg: float
    covariance_m2: np.ndarray
    launch_s: float
    launch_sigma_s: float
    heading_deg: float
    heading_sigma_deg: float
    classes: dict[str, float]

    @property
    def sigma_km(self) -> float:
        """Longer half-axis of the launch point's one-sigma ellipse, km."""
        return float(np.sqrt(np.linalg.eigvalsh(self.covariance_m2)[1])) / 1e3

    @property
    def missile(self) -> str:
        """The likeliest class."""
        return next(iter(self.classes))


class Hypotheses(NamedTuple):
    """N things that may have been launched.

    Parameters
    ----------
    flight : ndarray of int, shape (N,)
        Row in the library.
    prior : ndarray, shape (N,)
        Probability before any line; sums to 1.
    cloud : ndarray, shape (N,)
        Cloud top, as a share of what the sensors assume.
    chance : ndarray, shape (N,)
        Uniform number that says how long it was above the cloud before a look detected it.
    """

    flight: np.ndarray
    prior: np.ndarray
    cloud: np.ndarray
    chance: np.ndarray


def launch_cue(lines: SatelliteLines, flights: Library) -> LaunchCue:
    """Launch point, heading and class from lines of sight, of one satellite or of several; one line is enough.

    Parameters
    ----------
    lines : SatelliteLines
        In any order.
    flights : Library
        What may fly. Classes of one name are variants of one class, all equally likely; every class is equally likely
        beforehand, as are every heading, launch place and launch instant.

    Returns
    -------
    LaunchCue
        The same bits for the same arguments: the hypotheses are fixed points, not draws.

    Raises
    ------
    SettingsError
        If the lines fit no flight of the library.

    Notes
    -----
    Bayesian weights: Bar-Shalom, Li & Kirubarajan (2001), 1.4; a Gaussian sum over headings (Alspach & Sorenson, 1972)
    with the rest marginalised in closed form. Flights of one class differ by the share `FLOOR` of height and of arc. An
    engine is seen above the cloud while it burns; looks that came to nothing before the first line of each satellite
    count. That a satellite stops seeing an engine is not used. Valid while the ground path is straight: the Earth's
    rotation bends it by some 2 km in 150 s.
    """
    lines = _in_order(lines)
    made = _hypotheses(flights)
    age = _age_at_first(made, flights, lines)
    after = age[:, None] + (lines.t_s - lines.t_s[0])
    height, arc = (_at(flights.features[:, :, column], made.flight, after) for column in (HEIGHT, ARC))
    with np.errstate(divide="ignore"):
        log = np.log(made.prior * _seen(made, flights, lines, after, height))
    keep = np.flatnonzero(log > -math.inf)
    if not keep.size:
        raise SettingsError("launch cue: the lines of sight fit no flight of the library; add its class")
    frame = _frame(lines, np.average(height[keep], axis=0, weights=np.exp(log[keep])))
    fitted = _fit(_points(lines, frame, height[keep]), height[keep], arc[keep], frame)
    return _cue(lines, flights, frame, (made.flight[keep], age[keep], log[keep]), fitted)


def _in_order(lines: SatelliteLines) -> SatelliteLines:
    order = np.lexsort((lines.satellite, lines.t_s))
    of_line = ("t_s", "satellite", "site_m", "direction", "sigma_rad")
    return SatelliteLines(**{
        name: getattr(lines, name)[order] if name in of_line else getattr(lines, name)
        for name in lines.__dataclass_fields__
    })  # fmt: skip


@lru_cache(maxsize=8)
def _points_of_class() -> np.ndarray:
    """Points of the unit cube, (2^POINTS_EXPONENT, 3), the same in every session."""
    return qmc.Sobol(3, scramble=False).random_base2(POINTS_EXPONENT) + 0.5**(POINTS_EXPONENT + 1)


def _hypotheses(flights: Library) -> Hypotheses:
    """As many of each class; its variants are equally likely, and the flights of each."""
    points = _points_of_class()
    variants: dict[str, list[int]] = defaultdict(list)
    for c, missile in enumerate(flights.classes):
        variants[missile.name].append(c)
    rows = []
    for numbers in variants.values():
        mine = [np.flatnonzero(flights.which == c) for c in numbers]
        place = points[:, 0] * len(mine)
        which = place.astype(int)
        rows.append([mine[k][int((p - k) * len(mine[k]))] for p, k in zip(place, which, strict=True)])
    low, likeliest, high = CLOUD_TOPS
    cloud = triang.ppf(points[:, 1], (likeliest - low) / (high - low), loc=low, scale=high - low)
    count = len(variants)
    return Hypotheses(
        flight=np.concatenate(rows), prior=np.full(count * len(points), 1.0 / (count * len(points))),
        cloud=np.tile(cloud, count), chance=np.tile(points[:, 2], count),
    )  # fmt: skip


def _age_at_first(made: Hypotheses, flights: Library, lines: SatelliteLines) -> np.ndarray:
    """Seconds from launch to the first line, (N,), nan if never: looks come at any phase, and each may miss."""
    s = int(lines.satellite[0])
    revisit, misses = lines.revisit_s[s], 1.0 - lines.detection_probability[s]
    rising = flights.features[made.flight, :, HEIGHT]
    cloud = made.cloud * lines.cloud_m[s]
    above = rising >= cloud[:, None]
    k = np.maximum(above.argmax(axis=1), 1)
    before, there = rising[np.arange(len(k)), k - 1], rising[np.arange(len(k)), k]
    emerges = GRID_S * (k - 1 + np.clip((cloud - before) / (there - before), 0.0, 1.0))
    missed = np.floor(np.log1p(-made.chance) / math.log(misses)) if misses > 0.0 else np.zeros(len(k))
    # What is left of the uniform number once it has said how many looks missed is uniform again.
    left = (made.chance - (1.0 - misses**missed)) / (misses**missed * (1.0 - misses))
    return np.where(above.any(axis=1), emerges + revisit * (missed + left), np.nan)


def _at(feature: np.ndarray, flight: np.ndarray, after: np.ndarray) -> np.ndarray:
    """A feature of flights at instants after lift-off, both (N, n), linear between the library's."""
    place = np.clip(np.nan_to_num(after) / GRID_S, 0.0, feature.shape[1] - 1.001)
    k = place.astype(int)
    low, high = feature[flight[:, None], k], feature[flight[:, None], k + 1]
    return low + (place - k) * (high - low)


def _seen(
    made: Hypotheses, flights: Library, lines: SatelliteLines, after: np.ndarray, height: np.ndarray
) -> np.ndarray:
    """Probability (N,) that the lines are there and that no satellite after the first had one before its own."""
    burns = after <= np.minimum(flights.burnout_s, flights.t_s[-1])[made.flight, None]
    clear = height >= made.cloud[:, None] * lines.cloud_m[lines.satellite] - 1.0
    out = (burns & clear & np.isfinite(after)).all(axis=1).astype(float)
    for s in np.unique(lines.satellite[lines.satellite != lines.satellite[0]]):
        first = int(np.flatnonzero(lines.satellite == s)[0])
        for back in np.arange(1, math.ceil(flights.t_s[-1] / lines.revisit_s[s])):
            then = after[:, first] - back * lines.revisit_s[s]
            alive = out > 0.0
            if not (alive & (then > 0.0)).any():
                break
            rose = _at(flights.features[:, :, HEIGHT], made.flight, then[:, None])[:, 0]
            missed = (then > 0.0) & (rose >= made.cloud * lines.cloud_m[s])
            out *= np.where(missed, 1.0 - lines.detection_probability[s], 1.0)
    return out


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


def _frame(lines: SatelliteLines, height: np.ndarray) -> Frame:
    """The map about the first line at its mean height, with the geometry of the points at mean heights (n,)."""
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


def _points(lines: SatelliteLines, frame: Frame, height: np.ndarray) -> np.ndarray:
    """Where the lines put each hypothesis, (N, n, 2), m east and north."""
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


def _fit(points: np.ndarray, height: np.ndarray, arc: np.ndarray, frame: Frame) -> Fit:
    """Fit point k = launch + arc k * v + share of height * height k * slope k, v a direction that may be a few percent
    long or short.

    The launch point has a flat prior, v a ring of normal ones about the unit circle. First launch and share of height
    are eliminated; what is left says what the lines tell of v.
    """
    count, n = height.shape
    design = np.zeros((count, n, 2, 5))
    design[..., :2, :2] = np.eye(2)
    design[..., 2] = height[..., None] * frame.slope
    design[..., 3:] = arc[..., None, None] * np.eye(2)
    design, given = design.reshape(count, 2 * n, 5), points.reshape(count, 2 * n)
    weighed = frame.weight @ design
    information = design.transpose(0, 2, 1) @ weighed
    information[:, 2, 2] += 1.0 / FLOOR[0] ** 2
    right = np.einsum("nki,nk->ni", weighed, given)
    square = np.einsum("nk,kl,nl->n", given, frame.weight, given)
    inner, across = np.linalg.inv(information[:, :3, :3]), information[:, :3, 3:]
    still = np.einsum("nij,nj->ni", inner, right[:, :3])
    gain = inner @ across
    j = right[:, 3:] - np.einsum("nij,ni->nj", gain, right[:, :3])
    tells = information[:, 3:, 3:] - across.transpose(0, 2, 1) @ gain
    log = -0.5 * (square - np.einsum("ni,ni->n", right[:, :3], still)) + 0.5 * np.linalg.slogdet(inner)[1]
    ring = _on_ring(j, tells)
    best = ring.log.max(axis=1)
    share = np.exp(ring.log - best[:, None])
    total = share.sum(axis=1)
    share /= total[:, None]
    mean = np.einsum("nh,nhi->ni", share, ring.mean)
    apart = ring.mean - mean[:, None]
    spread = np.einsum("nh,nhij->nij", share, ring.covariance + apart[..., :, None] * apart[..., None, :])
    gain = gain[:, :2]
    tangent = ring.mean[..., ::-1] * [1.0, -1.0]
    length2 = (ring.mean**2).sum(axis=-1)
    variance = np.einsum("nhi,nhij,nhj->nh", tangent, ring.covariance, tangent) / length2**2
    return Fit(
        log + best + np.log(total), still[:, :2] - np.einsum("nij,nj->ni", gain, mean),
        inner[:, :2, :2] + gain @ spread @ gain.transpose(0, 2, 1), share,
        np.arctan2(ring.mean[..., 0], ring.mean[..., 1]), variance,
    )  # fmt: skip


class Ring(NamedTuple):
    """The vector along the flight, H normal distributions of it for each of N hypotheses.

    Parameters
    ----------
    log : ndarray, shape (N, H)
        Logarithm of each one's likelihood, but for a constant.
    mean, covariance : ndarray, shape (N, H, 2), (N, H, 2, 2)
        East and north, no unit.
    """

    log: np.ndarray
    mean: np.ndarray
    covariance: np.ndarray


def _on_ring(j: np.ndarray, tells: np.ndarray) -> Ring:
    """What lines tell of the vector, in information form `j` (N, 2) and `tells` (N, 2, 2), on a ring prior: unit
    vectors of all headings, with the arc's share of `FLOOR` along, and across such that neighbours merge.
    """
    angle = 2.0 * math.pi * np.arange(HEADINGS) / HEADINGS
    along = np.stack([np.sin(angle), np.cos(angle)], axis=1)
    aside = np.stack([along[:, 1], -along[:, 0]], axis=1)
    widths = FLOOR[1], 0.7 * (2.0 * math.pi / HEADINGS)
    prior = sum(unit[:, :, None] * unit[:, None] / width**2 for unit, width in zip((along, aside), widths, strict=True))
    known = np.einsum("hij,hj->hi", prior, along) + j[:, None]
    covariance = np.linalg.inv(prior + tells[:, None])
    mean = np.einsum("nhij,nhj->nhi", covariance, known)
    log = 0.5 * (np.einsum("nhi,nhi->nh", known, mean) + np.linalg.slogdet(covariance)[1])
    return Ring(log, mean, covariance)


def _cue(
    lines: SatelliteLines, flights: Library, frame: Frame, made: tuple[np.ndarray, np.ndarray, np.ndarray], fit: Fit
) -> LaunchCue:
    flight, age, prior = made
    weight = _normalised(prior + fit.log)
    mean = weight @ fit.launch_m
    apart = fit.launch_m - mean
    covariance = np.einsum("n,nij->ij", weight, fit.covariance_m2 + apart[:, :, None] * apart[:, None])
    distance = np.linalg.norm(mean) / MEAN_RADIUS_M
    flat = mean / MEAN_RADIUS_M * np.sinc(distance / math.pi)
    place = np.array([*flat, math.cos(distance)]) @ frame.axes
    lat = math.atan2(place[2] / (1.0 - FLATTENING) ** 2, math.hypot(place[0], place[1]))
    launch = lines.t_s[0] - age
    launch_s = float(weight @ launch)
    shares = weight[:, None] * fit.share
    resultant = (shares * np.exp(1j * fit.heading_rad - 0.5 * fit.variance)).sum()
    spread_deg = math.degrees(math.sqrt(-2.0 * math.log(min(max(abs(resultant), 1e-12), 1.0))))
    names = [missile.name for missile in flights.classes]
    probability = dict.fromkeys(names, 0.0)
    for c, each in enumerate(np.bincount(flights.which[flight], weight, minlength=len(names))):
        probability[names[c]] += float(each)
    return LaunchCue(
        lines=len(lines.t_s), satellites=len(np.unique(lines.satellite)), lat_deg=math.degrees(lat),
        lon_deg=math.degrees(math.atan2(place[1], place[0])), covariance_m2=covariance, launch_s=launch_s,
        launch_sigma_s=float(np.sqrt(weight @ (launch - launch_s) ** 2)),
        heading_deg=math.degrees(np.angle(resultant)) % 360.0, heading_sigma_deg=min(spread_deg, UNKNOWN_DEG),
        classes=dict(sorted(probability.items(), key=lambda item: -item[1])),
    )  # fmt: skip


def _normalised(log: np.ndarray) -> np.ndarray:
    log = np.where(np.isfinite(log), log, -math.inf)
    if not (log > -math.inf).any():
        raise SettingsError("launch cue: the lines of sight fit no flight of the library; add its class")
    weight = np.exp(log - log.max())
    return weight / weight.sum()
