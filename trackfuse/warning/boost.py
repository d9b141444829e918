"""Prediction while the engine burns: a distribution over the rest of the burn of the classes that it may be.

A library of flights is drawn once from the classes: pitch-over, cut-off and thrust spread over what the class can do.
What a track shows (height, speed, climb angle, gain of speed) gives every flight and instant of it a weight by Bayes'
rule; flights drawn by weight are burnt on from the track's state to where they come down. The same weights tell the
class, and where and when it was launched.

Derived here, from Bayes' rule, with densities by normal kernels (Silverman 1986) and maps and great circles on the
sphere (Snyder 1987, USGS Professional Paper 1395).
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from trackfuse.core.constants import MEAN_RADIUS_M
from trackfuse.core.errors import SettingsError
from trackfuse.core.rng import generator
from trackfuse.flight.vehicle import vehicle_at
from trackfuse.kernels import burn as kernel
from trackfuse.warning.boost_library import GRID_S, PAD, Library

FLOOR = (0.03, 0.03, 0.02, 0.06)
"""How flights of one class differ from its model: shares of height, speed and gain of speed, rad of the climb angle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoostPrediction:
    """Where a missile may come down that may still burn: N equally likely points, and what it may be.

    Parameters
    ----------
    t_s : float
        Instant of the track, seconds after the scenario's lift-off.
    lat_rad, lon_rad, time_s : ndarray, shape (N,)
        Impact points and instants.
    classes : dict of str to float
        Probability of each class.
    launch_lat_rad, launch_lon_rad, launch_s : float
        Where and when it was launched, the most likely estimate: means.
    launch_covariance : ndarray, shape (3, 3)
        Of (east m, north m, time s) of the launch.
    """

    t_s: float
    lat_rad: np.ndarray
    lon_rad: np.ndarray
    time_s: np.ndarray
    classes: dict[str, float]
    launch_lat_rad: float
    launch_lon_rad: float
    launch_s: float
    launch_covariance: np.ndarray

    def share_within(self, lat_rad: float, lon_rad: float) -> float:
        """Probability of all points that are likelier than a given one: it lies in the region of this share.

        Parameters
        ----------
        lat_rad, lon_rad : float

        Returns
        -------
        float
            0 for the likeliest point, towards 1 for one that nothing speaks for. The density is a sum of normal ones
            about the points, each judged without itself.
        """
        points, scale = self._plane(self.lat_rad, self.lon_rad)
        here, _ = self._plane(np.array([lat_rad]), np.array([lon_rad]))
        own = _density(points, points, scale, leave=True)
        return float((own > _density(here, points, scale)[0]).mean())

    @property
    def shares(self) -> np.ndarray:
        """Of every point, the share of the probability that is likelier: ndarray of shape (N,), 0 to 1.

        Those up to 0.9 make up the region that holds 90 %; its shape may be bent or in pieces.
        """
        points, scale = self._plane(self.lat_rad, self.lon_rad)
        own = _density(points, points, scale, leave=True)
        return np.argsort(np.argsort(-own, kind="stable"), kind="stable") / len(own)

    def _plane(self, lat: np.ndarray, lon: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Points in a plane (n, 2) in which those predicted have unit covariance, and the kernel's width there."""
        x, y = _flat(self.lat_rad, self.lon_rad, self.lat_rad, self.lon_rad)
        covariance = np.cov(x, y) + np.eye(2)
        whiten = np.linalg.inv(np.linalg.cholesky(covariance))
        a, b = _flat(lat, lon, self.lat_rad, self.lon_rad)
        return np.stack([a - x.mean(), b - y.mean()], axis=1) @ whiten.T, np.array(0.6 * len(x) ** (-1.0 / 6.0))


class BoostTrack(NamedTuple):
    """A track that may still burn.

    Parameters
    ----------
    mean : ndarray, shape (6,)
        ECEF position (m) and velocity (m/s).
    covariance : ndarray, shape (6, 6)
        m^2, m^2/s and m^2/s^2.
    t_s : float
        Instant of the track, s.
    gain_mps : float
        Its gain of speed over the 10 s before, m/s; nan where it was not tracked then.
    boosting : float
        Probability that the engine burns.
    """

    mean: np.ndarray
    covariance: np.ndarray
    t_s: float
    gain_mps: float
    boosting: float


def _flat(lat: np.ndarray, lon: np.ndarray, lats: np.ndarray, lons: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Azimuthal equidistant map (m) about the middle of some points, on the mean sphere."""
    v = np.stack([np.cos(lats) * np.cos(lons), np.cos(lats) * np.sin(lons), np.sin(lats)]).mean(axis=1)
    lat0, lon0 = math.asin(v[2] / np.linalg.norm(v)), math.atan2(v[1], v[0])
    cosine = np.sin(lat0) * np.sin(lat) + np.cos(lat0) * np.cos(lat) * np.cos(lon - lon0)
    angle = np.arccos(np.clip(cosine, -1.0, 1.0))
    stretch = MEAN_RADIUS_M * np.where(angle > 1e-9, angle / np.maximum(np.sin(angle), 1e-12), 1.0)
    return (
        stretch * np.cos(lat) * np.sin(lon - lon0),
        stretch * (np.cos(lat0) * np.sin(lat) - np.sin(lat0) * np.cos(lat) * np.cos(lon - lon0)),
    )


def _density(at: np.ndarray, points: np.ndarray, scale: np.ndarray, *, leave: bool = False) -> np.ndarray:
    distance2 = ((at[:, None] - points[None]) ** 2).sum(axis=2)
    density = np.exp(-0.5 * distance2 / scale**2)
    if leave:
        np.fill_diagonal(density, 0.0)
    return density.sum(axis=1) / (len(points) - leave)


def predict_boost(
    track: BoostTrack,
    flights: Library,
    *,
    points: int = 256,
    not_after_s: float = math.inf,
    seed: int = 0,
) -> BoostPrediction:
    """Predict from a track that may still burn.

    Parameters
    ----------
    track : BoostTrack
    flights : Library
        Every class in it is equally likely beforehand.
    points : int
        N, 16 or more.
    not_after_s : float
        The launch cannot have been after this instant: when it was first seen.
    seed : int
        Of the draws.

    Returns
    -------
    BoostPrediction
        Arrays of shape (N,).

    Raises
    ------
    SettingsError
        If the state is not finite, or fits no flight of the library.
    """
    weights, (states, after, flight, instant) = _drawn(track, flights, points, not_after_s, seed)
    ends = _burnt_on(states, after, flight, flights)
    good = np.isfinite(ends[:, 0])
    likely = weights.value / weights.value.sum()
    by_class = np.bincount(flights.which[weights.flight], likely, minlength=len(flights.classes))
    launch = _launch(states, after, flights.features[flight, instant, kernel.ARC], track.t_s)
    return BoostPrediction(
        t_s=track.t_s, lat_rad=ends[good, 0], lon_rad=ends[good, 1], time_s=track.t_s + ends[good, 2],
        classes={missile.name: float(p) for missile, p in zip(flights.classes, by_class, strict=True)},
        launch_lat_rad=launch[0], launch_lon_rad=launch[1], launch_s=launch[2], launch_covariance=launch[3],
    )  # fmt: skip


def launch_of(
    track: BoostTrack, flights: Library, *, points: int = 64, not_after_s: float = math.inf, seed: int = 0
) -> tuple[float, float, float, np.ndarray]:
    """Where and when what a track is of was launched, as `predict_boost` gives it, without where it comes down.

    Parameters
    ----------
    track : BoostTrack
    flights : Library
    points : int
    not_after_s : float
    seed : int
        As there.

    Returns
    -------
    lat_rad, lon_rad, time_s : float
    covariance : ndarray, shape (3, 3)
        Of (east m, north m, time s).

    Raises
    ------
    SettingsError
        As there.
    """
    _, (states, after, flight, instant) = _drawn(track, flights, points, not_after_s, seed)
    return _launch(states, after, flights.features[flight, instant, kernel.ARC], track.t_s)


class _Weights(NamedTuple):
    """What of a library fits a track: flight, instant and weight of each, in the order of the library; few of many."""

    flight: np.ndarray
    instant: np.ndarray
    value: np.ndarray

    def some(self, rows: np.ndarray) -> "_Weights":
        """Some of them."""
        return _Weights(*(each[rows] for each in self))


def _drawn(
    track: BoostTrack, flights: Library, points: int, not_after_s: float, seed: int
) -> tuple[_Weights, tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
    """Weights of flights and instants, and N draws by them: states, seconds after lift-off, flight, instant.

    Raises SettingsError where there is no state or no weight.
    """
    mean, covariance = np.asarray(track.mean, dtype=float), np.asarray(track.covariance, dtype=float)
    if not (np.isfinite(mean).all() and np.isfinite(covariance).all()):
        raise SettingsError("predict_boost: the track has no state")
    random = generator(seed, "boost")
    weights = _weights(track._replace(mean=mean, covariance=covariance), flights, track.t_s - not_after_s)
    total = weights.value.sum()
    if not total > 0.0:
        raise SettingsError("predict_boost: the track fits no flight of the library; add its class")
    cumulative = np.cumsum(weights.value / total)
    place = np.searchsorted(cumulative, (np.arange(points) + random.random()) / points)
    drawn = weights.some(random.permutation(np.minimum(place, len(cumulative) - 1)))
    states = random.multivariate_normal(mean, covariance, points, method="eigh")
    after = flights.t_s[drawn.instant] + GRID_S * (random.random(points) - 0.5)
    return weights, (states, after, drawn.flight, drawn.instant)


def _weights(track: BoostTrack, flights: Library, youngest_s: float) -> _Weights:
    """Weights of those flights and instants that fit a track."""
    mean, covariance, _, gain, boosting = track
    given, variance = np.empty(4), np.empty(4)
    given[:3] = kernel.height_speed_climb(*mean)
    step = np.r_[np.full(3, 10.0), np.full(3, 0.1)]
    slope = np.array([(np.array(kernel.height_speed_climb(*(mean + d))) - given[:3]) / d.sum() for d in np.diag(step)])
    variance[:3] = np.einsum("ia,ij,ja->a", slope, covariance, slope)
    given[3], variance[3] = (gain, 2.0 * variance[1] + 1.0) if math.isfinite(gain) else (0.0, 1e12)
    weights = _fitting(flights, given, variance)
    weights = weights.some(flights.t_s[weights.instant] >= youngest_s)
    burns = flights.t_s[weights.instant] < flights.burnout_s[weights.flight]
    value = weights.value
    on, off = value[burns].sum(), value[~burns].sum()
    if on > 0.0 and off > 0.0:  # what the track says of the engine is better than the library's guess
        weights = weights._replace(value=np.where(burns, value * boosting / on, value * (1.0 - boosting) / off))
    return weights.some(weights.value != 0.0)


def _fitting(flights: Library, given: np.ndarray, variance: np.ndarray) -> _Weights:
    """Weights by height, speed, climb angle and gain of speed alone, `given` with their `variance`, both (4,)."""
    floor, classes = np.array(FLOOR), np.bincount(flights.which, minlength=len(flights.classes))
    heights, speeds = (_within(given[i], variance[i], floor[i]) for i in (kernel.HEIGHT, kernel.SPEED))
    most = len(flights.by_height.place)
    place, value = np.empty(most, dtype=np.int32), np.empty(most)
    count = kernel.fit(
        flights.by_height, heights, speeds, given, variance, floor, 1.0 / classes[flights.which], place, value
    )  # fmt: skip
    in_order = np.argsort(place[:count])
    flight, instant = np.divmod(place[:count][in_order], len(flights.t_s))
    return _Weights(flight, instant, value[:count][in_order])


def _within(given: float, variance: float, share: float) -> tuple[float, float]:
    """Between what a flight's height, or speed, must be to be near a track's by that alone."""
    reach, share = math.sqrt(kernel.MOST_CHI2 * variance) + 1.0, math.sqrt(kernel.MOST_CHI2) * share
    low, high = given - reach, given + reach
    return min(low / (1.0 + share), low / (1.0 - share)), max(high / (1.0 + share), high / (1.0 - share))


def _burnt_on(states: np.ndarray, after: np.ndarray, flight: np.ndarray, flights: Library) -> np.ndarray:
    """(latitude, longitude, seconds from now) of every state burnt on as its flight is, (N, 3)."""
    made = [vehicle_at(missile, *PAD, 0.0) for missile in flights.classes]
    most = max(len(each.stages) for each in made)
    stages = np.array([np.pad(each.stages, ((0, most - len(each.stages)), (0, 0))) for each in made])
    betas, lift = np.array([each.betas for each in made]), np.array([each.lift for each in made])
    which, out = flights.which[flight], np.empty((len(states), 3))
    flown = made[0]._replace(stages=stages[which], betas=betas[which], lift=lift[which])
    kernel.resume_many(states, after, flown, flights.effort[flight], out)
    return out


def _launch(
    states: np.ndarray, after: np.ndarray, arc: np.ndarray, t_s: float
) -> tuple[float, float, float, np.ndarray]:
    """Mean place and instant of launch, and the covariance of (east m, north m, time s)."""
    apart = np.empty((len(states), 2))
    lat, lon = kernel.launched_from(states, arc, apart)
    when = t_s - after
    return lat, lon, float(when.mean()), np.cov(np.column_stack([apart, when]), rowvar=False)
