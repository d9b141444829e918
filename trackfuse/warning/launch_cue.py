"""The cue that lines of sight give before any track: where, when and whereto something was launched, and what it is.

A line of sight says nothing of the distance, and a burning engine climbs as its class does. Every class, flight of it
and age at the first line is a hypothesis: its height at each line turns the line into a point over the ground. Along
those points the missile runs straight on from its launch point, by the hypothesis' arc from there. Given the
hypothesis, launch point and heading are thus a linear problem with normal errors, solved in closed form; likelihoods
weigh the hypotheses by Bayes' rule.
"""

import math
from dataclasses import dataclass

import numpy as np

from trackfuse.core.constants import FLATTENING, MEAN_RADIUS_M
from trackfuse.core.display import displayed
from trackfuse.core.errors import SettingsError
from trackfuse.warning.boost_library import Library
from trackfuse.warning.cue_hypotheses import PARTS, POINTS, Hypotheses, divided, hypotheses, possible
from trackfuse.warning.launch_fit import Fit, Frame, fit, frame_of, points_of
from trackfuse.warning.satellite_lines import SatelliteLines

DIVISIONS, NEGLIGIBLE = 3, 25.0
"""Many lines leave few of the hypotheses. Those whose logarithm of likelihood is at most so far below the best one's
are divided in age, so often at most, while that does not make them more than there were.
"""
NOTHING_FITS = "launch cue: the lines of sight fit no flight of the library; add its class"
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
        """Longer half-axis of the launch point's one-sigma ellipse, km. Definition: root of the larger eigenvalue."""
        return float(np.sqrt(np.linalg.eigvalsh(self.covariance_m2)[1])) / 1e3

    @property
    def missile(self) -> str:
        """The likeliest class."""
        return next(iter(self.classes))


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
        If the lines fit no flight of the library, or one passes the Earth by at the height of any.

    Notes
    -----
    Bayesian weights: Bar-Shalom, Li & Kirubarajan (2001), 1.4; a Gaussian sum over headings (Alspach & Sorenson, 1972)
    with the rest marginalised in closed form. Flights of one class differ by the share `FLOOR` of height and of arc. An
    engine is seen above the cloud while it burns; looks that came to nothing before the first line of each satellite
    count. That a satellite stops seeing an engine is not used. Valid while the ground path is straight: the Earth's
    rotation bends it by some 2 km in 150 s.
    """
    lines = lines.in_order()
    made, left = hypotheses(flights, lines), DIVISIONS
    while True:
        made, height, arc = possible(made, flights, lines)
        if not len(made.age):
            raise SettingsError(NOTHING_FITS)
        frame = frame_of(lines, np.average(height, axis=0, weights=np.exp(made.log)))
        points = points_of(lines, frame, height)
        if not (np.isfinite(points).all() and np.isfinite(frame.weight).all()):
            raise SettingsError("launch cue: a line of sight passes the Earth by")
        fitted = fit(points, height, arc, frame)
        log = made.log + fitted.log
        alive = np.flatnonzero(log > log.max() - NEGLIGIBLE)
        if left == 0 or len(alive) * PARTS > POINTS * len({missile.name for missile in flights.classes}):
            break
        made, left = divided(made, alive), left - 1
    weight = np.exp(log - log.max())
    return _cue(lines, flights, frame, made, weight / weight.sum(), fitted)


def _cue(
    lines: SatelliteLines, flights: Library, frame: Frame, made: Hypotheses, weight: np.ndarray, fitted: Fit
) -> LaunchCue:
    """Moments of the weighted hypotheses."""
    mean = weight @ fitted.launch_m
    apart = fitted.launch_m - mean
    covariance = np.einsum("n,nij->ij", weight, fitted.covariance_m2 + apart[:, :, None] * apart[:, None])
    distance = np.linalg.norm(mean) / MEAN_RADIUS_M
    flat = mean / MEAN_RADIUS_M * np.sinc(distance / math.pi)
    place = np.array([*flat, math.cos(distance)]) @ frame.axes
    lat = math.atan2(place[2] / (1.0 - FLATTENING) ** 2, math.hypot(place[0], place[1]))
    launch = lines.t_s[0] - made.age
    launch_s = float(weight @ launch)
    shares = weight[:, None] * fitted.share
    resultant = (shares * np.exp(1j * fitted.heading_rad - 0.5 * fitted.variance)).sum()
    spread_deg = math.degrees(math.sqrt(-2.0 * math.log(min(max(abs(resultant), 1e-12), 1.0))))
    names = [missile.name for missile in flights.classes]
    probability = dict.fromkeys(names, 0.0)
    for c, each in enumerate(np.bincount(flights.which[made.flight], weight, minlength=len(names))):
        probability[names[c]] += float(each)
    return LaunchCue(
        lines=len(lines.t_s), satellites=len(np.unique(lines.satellite)), lat_deg=math.degrees(lat),
        lon_deg=math.degrees(math.atan2(place[1], place[0])), covariance_m2=covariance, launch_s=launch_s,
        launch_sigma_s=float(np.sqrt(weight @ (launch - launch_s) ** 2)),
        heading_deg=math.degrees(np.angle(resultant)) % 360.0, heading_sigma_deg=min(spread_deg, UNKNOWN_DEG),
        classes=dict(sorted(probability.items(), key=lambda item: -item[1])),
    )  # fmt: skip
