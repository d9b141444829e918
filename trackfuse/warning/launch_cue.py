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

from trackfuse.core.constants import FLATTENING, MEAN_RADIUS_M
from trackfuse.core.display import displayed
from trackfuse.core.errors import SettingsError
from trackfuse.kernels.burn import ARC, HEIGHT
from trackfuse.warning.boost import GRID_S, Library
from trackfuse.warning.launch_fit import Fit, Frame, fit, frame_of, points_of
from trackfuse.warning.satellite_lines import SatelliteLines

POINTS_EXPONENT = 10
"""Hypotheses of a class: 2 to this power, a Sobol set of which all classes have the same."""
CLOUD_TOPS = (0.7, 1.0, 1.2)
"""Lowest, likeliest and highest cloud top as shares of what a sensor assumes: 7, 10 and 12 km in the data."""
UNKNOWN_DEG = 180.0 / math.sqrt(3.0)
"""Standard deviation of a heading that may be any."""


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
    lines = lines.in_order()
    made = _hypotheses(flights)
    age = _age_at_first(made, flights, lines)
    after = age[:, None] + (lines.t_s - lines.t_s[0])
    height, arc = (_at(flights.features[:, :, column], made.flight, after) for column in (HEIGHT, ARC))
    with np.errstate(divide="ignore"):
        log = np.log(made.prior * _seen(made, flights, lines, after, height))
    keep = np.flatnonzero(log > -math.inf)
    if not keep.size:
        raise SettingsError("launch cue: the lines of sight fit no flight of the library; add its class")
    frame = frame_of(lines, np.average(height[keep], axis=0, weights=np.exp(log[keep])))
    fitted = fit(points_of(lines, frame, height[keep]), height[keep], arc[keep], frame)
    return _cue(lines, flights, frame, (made.flight[keep], age[keep], log[keep]), fitted)


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
        variant, within = np.divmod(points[:, 0] * len(mine), 1.0)
        of_variant = np.array([len(each) for each in mine])[variant.astype(int)]
        number = np.floor(within * of_variant).astype(int)
        rows.append(np.array([mine[int(k)][i] for k, i in zip(variant, number, strict=True)]))
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


def _cue(
    lines: SatelliteLines, flights: Library, frame: Frame, made: tuple[np.ndarray, np.ndarray, np.ndarray], fitted: Fit
) -> LaunchCue:
    flight, age, prior = made
    weight = _normalised(prior + fitted.log)
    mean = weight @ fitted.launch_m
    apart = fitted.launch_m - mean
    covariance = np.einsum("n,nij->ij", weight, fitted.covariance_m2 + apart[:, :, None] * apart[:, None])
    distance = np.linalg.norm(mean) / MEAN_RADIUS_M
    flat = mean / MEAN_RADIUS_M * np.sinc(distance / math.pi)
    place = np.array([*flat, math.cos(distance)]) @ frame.axes
    lat = math.atan2(place[2] / (1.0 - FLATTENING) ** 2, math.hypot(place[0], place[1]))
    launch = lines.t_s[0] - age
    launch_s = float(weight @ launch)
    shares = weight[:, None] * fitted.share
    resultant = (shares * np.exp(1j * fitted.heading_rad - 0.5 * fitted.variance)).sum()
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
